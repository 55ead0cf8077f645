"""Places where draft and correction write the same words otherwise: numerals in all languages, kana in Japanese.

They are looked for only where the two differ. A respelling counts where it explains the difference, that is where
the characters around it need fewer edits once it is taken back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from core.types import Language
from export.scoring import numerals
from export.scoring.alignment import Step
from export.scoring.readings import read_words, written_otherwise
from export.scoring.sides import Side, word_starts

NEAR: Final = 4
"""So many kept characters or fewer between two differences: both are looked at together."""
LONGEST: Final[Mapping[Language, int]] = {"ko": 3, "en": 6, "zh": 3, "ja": 4}
"""Pieces that one respelling has at most: nine hundred and ninety nine thousand; 三 点 五; 出来 なかっ た."""
MOST_PIECES: Final = 80
"""A difference of more pieces is another text, no other spelling."""


class Respelling(NamedTuple):
    """draft[i0:i1] and corrected[j0:j1] are the same words, written otherwise."""

    i0: int
    i1: int
    j0: int
    j1: int


MOST_CANDIDATES: Final = 300
"""Of more pairs that are read alike in one place, somebody made a pattern."""
LONGEST_READ: Final = 10_000
"""Characters in a row that are read; Sudachi refuses more than 49,149 bytes."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What may be spelt otherwise as a whole: a word, a numeral, a character; `read` and `normal` in Japanese."""

    start: int
    end: int
    read: str = ""
    normal: str = ""


def respellings(draft: Side, corrected: Side, steps: Sequence[Step], language: Language) -> list[Respelling]:
    """In order and disjoint; none reaches over the border of a sentence."""
    ours, theirs = _pieces_of(draft, language), _pieces_of(corrected, language)
    found: list[Respelling] = []
    kept = [step for step in steps if step.equal]
    for zone in _zones(steps):
        digits = _has_digit_near(draft, zone.i0, zone.i1) or _has_digit_near(corrected, zone.j0, zone.j1)
        if not digits and language != "ja":
            continue
        here, there = ours(zone.i0, zone.i1), theirs(zone.j0, zone.j1)
        if here and there and len(here) <= MOST_PIECES and len(there) <= MOST_PIECES:
            candidates = _within(draft, corrected, zone, here, there, language, digits=digits)
            found += [one for one in candidates if not _is_kept(one, kept)]
    return _disjoint(found)


def respelt(draft: Side, corrected: Side, found: Sequence[Respelling]) -> Side:
    """The draft with these places as the correction writes them."""
    folded, written, gaps = [], [], []
    moved: list[tuple[int, int]] = []
    at = shift = 0
    for one in found:
        folded += [draft.folded[at : one.i0], corrected.folded[one.j0 : one.j1]]
        written += [*draft.written[at : one.i0], *corrected.written[one.j0 : one.j1]]
        gaps += [*draft.gaps[at : one.i0 + 1], *corrected.gaps[one.j0 + 1 : one.j1]]
        shift += (one.j1 - one.j0) - (one.i1 - one.i0)
        at = one.i1
        moved.append((one.i1, shift))
    folded.append(draft.folded[at:])
    written += draft.written[at:]
    gaps += draft.gaps[at:]
    ends = [end for end, _ in moved]
    starts = tuple(
        start + (moved[place][1] if (place := bisect_right(ends, start) - 1) >= 0 else 0) for start in draft.starts
    )
    return Side("".join(folded), tuple(written), tuple(gaps), starts, (*starts[1:], len(written)))


@dataclass(frozen=True, slots=True)
class _Zone:
    """draft[i0:i1] and corrected[j0:j1] differ, with `before` kept characters in front and `after` behind."""

    i0: int
    i1: int
    j0: int
    j1: int
    before: int
    after: int


def _zones(steps: Sequence[Step]) -> Iterator[_Zone]:
    """Differences, those close to one another together."""
    zone: _Zone | None = None
    kept = 0
    for step in steps:
        length = step.i1 - step.i0
        if not step.equal:
            zone = replace(zone, i1=step.i1, j1=step.j1) if zone else _Zone(*step[:4], kept, 0)
            continue
        if zone and length > NEAR:
            yield replace(zone, after=length)
            zone = None
        kept = length
    if zone:
        after = steps[-1].i1 - steps[-1].i0 if steps[-1].equal else 0
        yield replace(zone, after=after)


def _widened(zone: _Zone, here: Sequence[_Piece], there: Sequence[_Piece]) -> _Zone:
    """The zone with the kept characters around it, the same on both sides, that its pieces reach into."""
    left = min(zone.before, max(zone.i0 - here[0].start, zone.j0 - there[0].start, 0))
    right = min(zone.after, max(here[-1].end - zone.i1, there[-1].end - zone.j1, 0))
    return replace(zone, i0=zone.i0 - left, i1=zone.i1 + right, j0=zone.j0 - left, j1=zone.j1 + right)


def _pieces_of(one: Side, language: Language) -> Callable[[int, int], list[_Piece]]:
    """The pieces around a stretch of a side, one more on either side; what they are is found out when asked for."""
    by_sentence: dict[int, list[_Piece]] = {}
    words = word_starts(one) if language == "en" else []

    def pieces(start: int, end: int) -> list[_Piece]:
        if not one.folded:
            return []
        first = one.sentence_at(max(0, min(start, len(one.folded) - 1) - 1))
        last = one.sentence_at(min(end, len(one.folded) - 1))
        found: list[_Piece] = []
        for number in range(first, last + 1):
            if number not in by_sentence:
                by_sentence[number] = _cut(one, one.starts[number], one.ends[number], words, language)
            found += by_sentence[number]
        begins = [piece.start for piece in found]
        low = max(0, bisect_right(begins, max(0, start - 1)) - 1)
        return found[low : bisect_left(begins, end) + 1]

    return pieces


def _cut(one: Side, start: int, end: int, words: Sequence[int], language: Language) -> list[_Piece]:
    if language == "en":
        inner = words[bisect_left(words, start) : bisect_right(words, end)]
        return [_Piece(begin, stop) for begin, stop in pairwise(inner)]
    pieces: list[_Piece] = []
    at = start
    for begin, stop in numerals.spans(one.folded[start:end], language):
        pieces += _characters(one, at, start + begin, language)
        pieces.append(_Piece(start + begin, start + stop))
        at = start + stop
    return pieces + list(_characters(one, at, end, language))


def _characters(one: Side, start: int, end: int, language: Language) -> Iterator[_Piece]:
    """What is no numeral: words in Japanese, single characters elsewhere."""
    if language != "ja":
        yield from (_Piece(at, at + 1) for at in range(start, end))
        return
    cuts = [start, *(at for at in range(start + 1, end) if one.gaps[at]), end]
    for begin, stop in pairwise(cuts):
        if 0 < stop - begin <= LONGEST_READ:
            for word in read_words(one.folded[begin:stop]):
                yield _Piece(begin + word.start, begin + word.end, word.reading, word.normal)


def _within(
    draft: Side,
    corrected: Side,
    zone: _Zone,
    here: Sequence[_Piece],
    there: Sequence[_Piece],
    language: Language,
    *,
    digits: bool,
) -> Iterator[Respelling]:
    """Runs of pieces that are the same words, the shortest first, as long as each makes the rest differ less."""
    core, zone = zone, _widened(zone, here, there)
    here = [piece for piece in here if zone.i0 <= piece.start and piece.end <= zone.i1]
    there = [piece for piece in there if zone.j0 <= piece.start and piece.end <= zone.j1]
    runs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for first, last in _all_runs(there, core.j0, core.j1, LONGEST[language]):
        for key in _keys(corrected, there[first : last + 1], language, digits=digits):
            runs[key].append((first, last))
    candidates: list[Respelling] = []
    for first, last in _all_runs(here, core.i0, core.i1, LONGEST[language]):
        i0, i1 = here[first].start, here[last].end
        for key in _keys(draft, here[first : last + 1], language, digits=digits):
            for begin, stop in runs.get(key, ()):
                j0, j1 = there[begin].start, there[stop].end
                if draft.folded[i0:i1] != corrected.folded[j0:j1] and _same(
                    draft, corrected, here[first : last + 1], there[begin : stop + 1], key
                ):
                    candidates.append(Respelling(i0, i1, j0, j1))
    if not 0 < len(candidates) <= MOST_CANDIDATES:
        return
    target = corrected.folded[zone.j0 : zone.j1]
    taken: list[Respelling] = []
    cost = Levenshtein.distance(draft.folded[zone.i0 : zone.i1], target)
    for one in sorted(candidates, key=lambda one: (one.i1 - one.i0 + one.j1 - one.j0, one.i0)):
        if any(_touch(one, other) for other in taken) or not _in_one_sentence(draft, corrected, one):
            continue
        tried = sorted([*taken, one])
        at, text = zone.i0, []
        for other in tried:
            text += [draft.folded[at : other.i0], corrected.folded[other.j0 : other.j1]]
            at = other.i1
        less = Levenshtein.distance("".join([*text, draft.folded[at : zone.i1]]), target)
        # beside something that was put in, what a respelling explains may not show; a long one is no accident
        if less < cost or (less == cost and _differing(draft, corrected, one) >= NEAR):
            taken, cost = tried, less
    yield from taken


def _all_runs(pieces: Sequence[_Piece], start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """(first, last) of pieces in a row that touch what differs, from `start` to `end`."""
    for first in range(len(pieces)):
        if pieces[first].start > end:
            return
        for last in range(first, min(first + longest, len(pieces))):
            if last > first and pieces[last].start != pieces[last - 1].end:
                break
            if pieces[last].end >= start:
                yield first, last


def _keys(one: Side, run: Sequence[_Piece], language: Language, *, digits: bool) -> Iterator[str]:
    """Under what two runs may find each other: the value of a number, the reading, the common form."""
    if digits and (number := _number(one, run, language)) is not None:
        yield f"#{number}"
    if len(run) == 1:
        if run[0].read:
            yield run[0].read
            yield f"={run[0].normal}"
    elif all(piece.read for piece in run):
        yield "".join(piece.read for piece in run)


def _number(one: Side, run: Sequence[_Piece], language: Language) -> str | None:
    if language == "en":
        return numerals.value_of_words([one.folded[piece.start : piece.end] for piece in run])
    # three pieces: a point stands between two numerals
    if len(run) not in (1, 3) and language != "ja":
        return None
    return numerals.value(one.folded[run[0].start : run[-1].end])


def _same(draft: Side, corrected: Side, here: Sequence[_Piece], there: Sequence[_Piece], key: str) -> bool:
    ours = draft.folded[here[0].start : here[-1].end]
    theirs = corrected.folded[there[0].start : there[-1].end]
    if key.startswith("#"):
        # in words on both sides they are said otherwise: 스물다섯, 이십오; 四十三, 四三
        return _has_digit(ours) or _has_digit(theirs)
    return written_otherwise(
        ours,
        theirs,
        [(piece.read, piece.normal) for piece in here],
        [(piece.read, piece.normal) for piece in there],
    )


def _has_digit_near(one: Side, start: int, end: int) -> bool:
    """Whether a numeral of digits may reach into a stretch."""
    return _has_digit(one.folded[max(0, start - 1) : end + 1])


def _differing(draft: Side, corrected: Side, one: Respelling) -> int:
    """Characters of the longer spelling between what both begin and end with."""
    here, there = draft.folded[one.i0 : one.i1], corrected.folded[one.j0 : one.j1]
    steps = Levenshtein.opcodes(here, there)
    changed = [step for step in steps if step.tag != "equal"]
    first, last = changed[0], changed[-1]
    return max(last.src_end - first.src_start, last.dest_end - first.dest_start)


def _has_digit(text: str) -> bool:
    return any("0" <= one <= "9" for one in text)


def _is_kept(one: Respelling, kept: Sequence[Step]) -> bool:
    """Whether all of one spelling was kept somewhere else: then the other one is another word."""
    here = there = 0
    first = max(0, bisect_right(kept, one.i0, key=lambda step: step.i0) - 1)
    first = min(first, max(0, bisect_right(kept, one.j0, key=lambda step: step.j0) - 1))
    for step in kept[first:]:
        if step.i0 >= one.i1 and step.j0 >= one.j1:
            break
        by = step.j0 - step.i0
        here += sum(not one.j0 <= at + by < one.j1 for at in range(max(step.i0, one.i0), min(step.i1, one.i1)))
        there += sum(not one.i0 <= at - by < one.i1 for at in range(max(step.j0, one.j0), min(step.j1, one.j1)))
    return here == one.i1 - one.i0 or there == one.j1 - one.j0


def _touch(one: Respelling, other: Respelling) -> bool:
    """Whether they share a character on either side, or lie in another order there."""
    if one.i0 < other.i1 and other.i0 < one.i1:
        return True
    return (one.i0 < other.i0) != (one.j0 < other.j0) or (one.j0 < other.j1 and other.j0 < one.j1)


def _in_one_sentence(draft: Side, corrected: Side, one: Respelling) -> bool:
    return draft.sentence_at(one.i0) == draft.sentence_at(one.i1 - 1) and corrected.sentence_at(
        one.j0
    ) == corrected.sentence_at(one.j1 - 1)


def _disjoint(found: Sequence[Respelling]) -> list[Respelling]:
    """Without those that overlap one before them: zones look at the pieces next to them too."""
    kept: list[Respelling] = []
    for one in sorted(found):
        if not kept or (one.i0 >= kept[-1].i1 and one.j0 >= kept[-1].j1):
            kept.append(one)
    return kept
