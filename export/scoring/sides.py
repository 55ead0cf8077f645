"""All sentences of a draft, or of a correction, as one row of content characters that knows where it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Protocol

from core.types import Language
from export.scoring.normaliser import Content, content

BORDER: Final = "\n"
"""Stands in a gap where one sentence ends and the next begins."""

_WITHIN_WORDS = frozenset("'’‘.,")


class Row(Protocol):
    """What both sides have in common."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...

    @property
    def speaker(self) -> str | None: ...

    @property
    def text(self) -> str: ...


class Drafted(Row, Protocol):
    """A sentence that corrected ones were made of, and may name by its id."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Timed:
    """A stretch of time."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Side:
    """Sentences in a row: sentence n is folded[starts[n]:ends[n]].

    `gaps[i]` is what was written before character i, with BORDER between sentences.
    """

    folded: str
    written: tuple[str, ...]
    gaps: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def sentence_at(self, offset: int) -> int:
        """The sentence that the character at `offset` belongs to."""
        return bisect_right(self.starts, offset) - 1

    def texts(self) -> list[str]:
        """The content of each sentence."""
        return [self.folded[start:end] for start, end in zip(self.starts, self.ends, strict=True)]


def side(rows: Sequence[Row], language: Language) -> Side:
    """`rows` in the order in which they are given."""
    return joined([content(row.text, language) for row in rows])


def joined(parts: Sequence[Content]) -> Side:
    """Sentences that are taken apart already, one after another."""
    folded: list[str] = []
    written: list[str] = []
    gaps: list[str] = []
    starts: list[int] = []
    behind = ""
    for number, part in enumerate(parts):
        starts.append(len(written))
        if number:
            behind += BORDER
        folded.append(part.folded)
        written.extend(part.written)
        gaps.append(behind + part.gaps[0])
        gaps.extend(part.gaps[1:])
        behind = gaps.pop()
    ends = (*starts[1:], len(written))[: len(starts)]
    return Side("".join(folded), tuple(written), (*gaps, behind), tuple(starts), ends)


@lru_cache(maxsize=4096)
def parts_words(gap: str) -> bool:
    """Whether a gap lies between two words of a language with spaces: don’t, 1,000 and U.S. are one word each."""
    return any(one not in _WITHIN_WORDS for one in gap)


def word_starts(one: Side) -> list[int]:
    """Offsets at which words begin; the end of the text is the last."""
    if not one.folded:
        return [0]
    return [0, *(at for at in range(1, len(one.folded)) if parts_words(one.gaps[at])), len(one.folded)]


def words(one: Side) -> list[str]:
    """The words of a side, as they are compared."""
    return [one.folded[begin:end] for begin, end in pairwise(word_starts(one))]


def liking(one: Side) -> list[int]:
    """How well each offset suits as the border of something put in: 4 between sentences, 1 between words."""
    weights = [1 if gap else 0 for gap in one.gaps]
    for start in (*one.starts, len(one.folded)):
        weights[start] = 4
    return weights
