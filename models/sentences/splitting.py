"""Text alone becomes sentences."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from models.sentences import en, ja, ko, zh
from models.sentences.boundaries import (
    HINT,
    SENTENCE_CHARACTERS,
    THRESHOLD,
    WEAK,
    Finder,
    bare_stretches,
    marks_only,
    pieces,
)

FINDERS: Mapping[str, Finder] = {"ko": ko.cues, "en": en.cues, "zh": zh.cues, "ja": ja.cues}

# Pieces of bare text beyond so many usual sentences are cut at weak cues, at least so far from other cuts.
LONG = 2.0
NEAR = 0.5


def split(text: str, language: str) -> list[str]:
    """The sentences of `text`, stripped; joined they spell it again, white space aside.

    Marks cut, and so do endings that a language is sure of; where a minute of text has hardly any marks, weaker
    cues do as well. A language without rules of its own (FINDERS) is cut at marks only.
    """
    cues = FINDERS.get(language, marks_only)(text)
    bare = bare_stretches(text, cues, language) if language in FINDERS else []
    offsets = _chosen(cues, bare)
    return pieces(text, offsets + _rescued(cues, bare, offsets, len(text), language))


def _chosen(cues: Mapping[int, float], bare: Sequence[tuple[int, int]]) -> list[int]:
    """The offsets, sorted, where `cues` reach the threshold: a hint is enough within `bare` spans."""
    return [
        offset
        for offset in sorted(cues)
        if cues[offset] >= THRESHOLD or (cues[offset] >= HINT and _inside(bare, offset))
    ]


def _rescued(
    cues: Mapping[int, float], bare: Sequence[tuple[int, int]], offsets: Sequence[int], end: int, language: str
) -> list[int]:
    """Weak cues too, in order, where a bare piece is longer than LONG usual sentences; none near another cut."""
    usual = SENTENCE_CHARACTERS.get(language, SENTENCE_CHARACTERS["en"])
    weak = sorted(offset for offset, weight in cues.items() if weight == WEAK and _inside(bare, offset))
    found: list[int] = []
    for begin, finish in pairwise([0, *offsets, end]):
        if finish - begin <= LONG * usual:
            continue
        last = begin
        for offset in weak[bisect_left(weak, begin) : bisect_left(weak, finish)]:
            if offset - last >= NEAR * usual and finish - offset >= NEAR * usual:
                found.append(offset)
                last = offset
    return found


def _inside(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    index = bisect_right(spans, (offset, inf)) - 1
    return index >= 0 and offset <= spans[index][1]
