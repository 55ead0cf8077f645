"""Places where draft and correction write the same words otherwise: numerals in all languages, kana in Japanese.

They are looked for only where the two differ. A respelling counts where it explains the difference, that is where
the characters around it need fewer edits once it is taken back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
LONGEST: Final[Mapping[Language, int]] = {"en": 6, "ja": 4}
"""Words that one respelling has at most: nine hundred and ninety nine thousand; 出来 なかっ た."""
SIGNS: Final = frozenset("%‰°$€£¥₩")
"""Are read aloud beside a number, and written with it as one word."""
WITHIN_DIGITS: Final = frozenset(["", ","])
"""What may stand between two digits of one number: 1,000."""
NUMBER: Final = "#"
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
    """A word, a character, or a stretch of `numerals`; `read` and `normal` in Japanese."""

    start: int
    end: int
    read: str = ""
    normal: str = ""
    numerals: bool = False


class _Beside(NamedTuple):
    """A numeral without a space between it and a number; `another` where the two are another number together."""

    text: str
    another: bool


class _Run(NamedTuple):
    """What may be spelt otherwise as a whole: words, or a number and the numerals right beside it."""

    start: int
    end: int
    words: Sequence[_Piece] = ()
    before: _Beside | None = None
    after: _Beside | None = None


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
            found += _within(draft, corrected, zone, here, there, kept, language, digits=digits)
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
        signs = (at for at in range(start, end) if one.folded[at] in SIGNS)
        return [_Piece(begin, stop) for begin, stop in pairwise(sorted({*inner, *_around(signs, start, end)}))]
    pieces: list[_Piece] = []
    at = start
    for begin, stop in numerals.spans(one.folded[start:end], language):
        pieces += _characters(one, at, start + begin, language)
        pieces.append(_Piece(start + begin, start + stop, numerals=True))
        at = start + stop
    return pieces + list(_characters(one, at, end, language))


def _around(places: Iterable[int], start: int, end: int) -> Iterator[int]:
    """The borders of characters, within start and end."""
    for at in places:
        yield from (one for one in (at, at + 1) if start < one < end)


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
    kept: Sequence[Step],
    language: Language,
    *,
    digits: bool,
) -> Iterator[Respelling]:
    """Runs of pieces that are the same words, the shortest first, as long as each makes the rest differ less."""
    core, zone = zone, _widened(zone, here, there)
    theirs: dict[str, list[_Run]] = defaultdict(list)
    for key, run in _keyed(corrected, there, (core.j0, core.j1), (zone.j0, zone.j1), language, digits=digits):
        theirs[key].append(run)
    candidates: dict[Respelling, bool] = {}
    for key, run in _keyed(draft, here, (core.i0, core.i1), (zone.i0, zone.i1), language, digits=digits):
        for other in theirs.get(key, ()):
            one = Respelling(run.start, run.end, other.start, other.end)
            if _same(draft, corrected, run, other, key) and not _is_kept(one, kept):
                candidates[one] = key.startswith(NUMBER)
    if not 0 < len(candidates) <= MOST_CANDIDATES:
        return
    target = corrected.folded[zone.j0 : zone.j1]

    def left(taken: Sequence[Respelling]) -> int:
        at, text = zone.i0, []
        for one in taken:
            text += [draft.folded[at : one.i0], corrected.folded[one.j0 : one.j1]]
            at = one.i1
        return Levenshtein.distance("".join([*text, draft.folded[at : zone.i1]]), target)

    taken: list[Respelling] = []
    cost = left(taken)
    alone = {one: left([one]) for one, is_number in candidates.items() if is_number}
    for one in sorted(candidates, key=lambda one: (one.i1 - one.i0 + one.j1 - one.j0, one.i0)):
        if any(_touch(one, other) for other in taken) or not _in_one_sentence(draft, corrected, one):
            continue
        # one hundred and three is 103, and so is hundred and three
        if one in alone and any(
            less < alone[one] and (other[:2] == one[:2] or other[2:] == one[2:]) for other, less in alone.items()
        ):
            continue
        tried = sorted([*taken, one])
        less = left(tried)
        # beside something that was put in, what a respelling explains may not show; a long one is no accident
        if less < cost or (less == cost and _differing(draft, corrected, one) >= NEAR):
            taken, cost = tried, less
    yield from taken


def _keyed(
    one: Side,
    pieces: Sequence[_Piece],
    core: tuple[int, int],
    around: tuple[int, int],
    language: Language,
    *,
    digits: bool,
) -> Iterator[tuple[str, _Run]]:
    """Runs within `around` that touch `core`, under what two of them may find each other.

    That is the value of a number, the reading, or the common form.
    """
    start, end = around
    if language in LONGEST:
        words = [piece for piece in pieces if start <= piece.start and piece.end <= end]
        for run in _runs_of_words(words, *core, LONGEST[language]):
            if language == "en":
                number = numerals.value_of_words([one.folded[word.start : word.end] for word in run.words])
                if number is not None:
                    yield f"{NUMBER}{number}", run
            elif all(word.read for word in run.words):
                yield "".join(word.read for word in run.words), run
                if len(run.words) == 1:
                    yield f"={run.words[0].normal}", run
    if language != "en" and digits:
        for piece in pieces:
            if piece.numerals and piece.start < end and piece.end > start:
                for number, run in _numbers(one, piece):
                    if start <= run.start <= core[1] and core[0] <= run.end <= end:
                        yield f"{NUMBER}{number}", run


def _runs_of_words(words: Sequence[_Piece], start: int, end: int, longest: int) -> Iterator[_Run]:
    """Words in a row that touch what differs, from `start` to `end`."""
    for first in range(len(words)):
        if words[first].start > end:
            return
        for last in range(first, min(first + longest, len(words))):
            if last > first and words[last].start != words[last - 1].end:
                break
            if words[last].end >= start:
                yield _Run(words[first].start, words[last].end, words[first : last + 1])


def _numbers(one: Side, stretch: _Piece) -> Iterator[tuple[str, _Run]]:
    """Every number that can be read in a stretch of numerals; one of too many numerals is nobody's number."""
    cuts = {at for span in numerals.parts(one.folded[stretch.start : stretch.end]) for at in span}
    bounds = sorted(
        {stretch.start + at for at in cuts}
        | {at for at in range(stretch.start + 1, stretch.end) if one.gaps[at] not in WITHIN_DIGITS}
    )
    if len(bounds) > MOST_PIECES:
        return

    last = len(bounds) - 1
    for first in range(last):
        for behind in range(first + 1, last + 1):
            begin, stop = bounds[first], bounds[behind]
            if stop - begin > numerals.LONGEST:
                break
            number = numerals.value(one.folded[begin:stop])
            if number is None:
                continue
            before = after = None
            if first and not one.gaps[begin]:
                start = bounds[first - 1]
                before = _Beside(one.folded[start:begin], numerals.value(one.folded[start:stop]) is not None)
            if behind < last and not one.gaps[stop]:
                end = bounds[behind + 1]
                after = _Beside(one.folded[stop:end], numerals.value(one.folded[begin:end]) is not None)
            yield number, _Run(begin, stop, (), before, after)


def _same(draft: Side, corrected: Side, here: _Run, there: _Run, key: str) -> bool:
    ours, theirs = draft.folded[here.start : here.end], corrected.folded[there.start : there.end]
    if ours == theirs:
        return False
    if key.startswith(NUMBER):
        # in words on both sides they are said otherwise: 스물다섯, 이십오; 四十三, 四三. And 五 of 二十五 is no 5
        return (
            (_has_digit(ours) or _has_digit(theirs))
            and _alike(here.before, there.before)
            and _alike(here.after, there.after)
        )
    return written_otherwise(
        ours,
        theirs,
        [(word.read, word.normal) for word in here.words],
        [(word.read, word.normal) for word in there.words],
    )


def _alike(here: _Beside | None, there: _Beside | None) -> bool:
    """Whether both sides go on with the same numeral, or with none that belongs to the number."""
    return _text(here) == _text(there) or not any(one and one.another for one in (here, there))


def _text(one: _Beside | None) -> str:
    return one.text if one else ""


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
