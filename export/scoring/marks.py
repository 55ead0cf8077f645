"""What lies between the content characters: marks, spaces, and how characters themselves are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz.distance import Levenshtein

from export.scoring.alignment import Step
from export.scoring.normaliser import folded_marks
from export.scoring.respelling import Respelling
from export.scoring.sides import BORDER, Side

Kind = Literal["orthography", "punctuation", "spacing"]


class Facing(NamedTuple):
    """Gaps of both sides that are compared with one another: what was written there, and which ones they are.

    From gap `i0` of ours on to gap `i1`, and from `j0` to `j1` of theirs. Where these are two, or where one has
    several borders in it and its text has one, it is the end of the sentence before and the beginning of the one
    after. `at` is the corrected character that they lie before.
    """

    here: str
    there: str
    at: int
    i0: int
    i1: int
    j0: int
    j1: int


class Part(NamedTuple):
    """What is compared of two gaps as one thing; `at` is the corrected character that it belongs to."""

    here: str
    there: str
    at: int


class Found(NamedTuple):
    """So many edits of one kind at a corrected character (len for what stands behind the last one)."""

    at: int
    kind: Kind
    edits: int


def other_forms(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[Found]:
    """Places where the same character is written in another form: script, width, case."""
    for at, begins in rewritten(ours, theirs, steps):
        if begins:
            yield Found(at, "orthography", 1)


def rewritten(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[tuple[int, bool]]:
    """Corrected characters that are written in another form, and whether a place begins with it.

    Neighbouring characters of one word are one place.
    """
    for step in steps:
        if not step.equal or ours.written[step.i0 : step.i1] == theirs.written[step.j0 : step.j1]:
            continue
        last = -2
        for by in range(step.i1 - step.i0):
            i, j = step.i0 + by, step.j0 + by
            if ours.written[i] != theirs.written[j]:
                yield j, last != by - 1 or bool(theirs.gaps[j])
                last = by


def between(ours: Side, theirs: Side, steps: Sequence[Step], respelt: Sequence[Respelling]) -> Iterator[Found]:
    """Marks and spaces that differ next to a character that was kept.

    What stands inside a stretch that was typed anew came with it. The spaces around another spelling belong to it
    (세 시, 3시).
    """
    edges = edges_of(respelt)
    for one in facing(ours, theirs, steps):
        if one.here != one.there:
            for part in parts(one):
                yield from counted(part, edges)


def edges_of(respelt: Sequence[Respelling]) -> frozenset[int]:
    """The corrected characters before which another spelling begins or ends."""
    return frozenset(at for one in respelt for at in (one.j0, one.j1))


def facing(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[Facing]:
    """The gaps next to characters that were kept, in order; none for those between two of them that are alike.

    Where something was put in or taken away, one of the gaps around it is the one that was there; it is taken to be
    the one that differs least.
    """
    # the ends of a text are kept, unless nothing of it is
    at_ends = any(step.equal for step in steps)
    kept_before = at_ends
    for number, step in enumerate(steps):
        if step.equal:
            if number == 0:
                yield pair(ours, theirs, 0, 0)
            for by in range(1, step.i1 - step.i0):
                if ours.gaps[step.i0 + by] != theirs.gaps[step.j0 + by]:
                    yield pair(ours, theirs, step.i0 + by, step.j0 + by)
        kept_after = _is_kept(steps, number + 1) if number + 1 < len(steps) else at_ends
        if not step.equal:
            yield from _around(ours, theirs, step, kept_before, kept_after)
        elif number == len(steps) - 1:
            yield pair(ours, theirs, step.i1, step.j1)
        kept_before = _is_kept(steps, number)
    if not steps:
        yield pair(ours, theirs, 0, 0)


def parts(one: Facing) -> list[Part]:
    """The gaps as they are compared. What stands before a border belongs to the sentence that ends there."""
    here, there, at = one[:3]
    if here.count(BORDER) == 1 and there.count(BORDER) == 1:
        (h0, h1), (t0, t1) = here.split(BORDER), there.split(BORDER)
        # a quotation mark may stand on either side of a border without meaning anything else
        if sum(_compared(h0, t0)) + sum(_compared(h1, t1)) <= sum(_compared(here, there)):
            return [Part(h0 + BORDER, t0 + BORDER, max(0, at - 1)), Part(BORDER + h1, BORDER + t1, at)]
    elif BORDER in there and not there.split(BORDER)[-1].strip():
        at -= 1
    return [Part(here, there, max(0, at))]


def counted(part: Part, edges: frozenset[int]) -> Iterator[Found]:
    """The edits from one to the other; spaces at `edges` are part of another spelling."""
    kinds: tuple[Kind, ...] = ("punctuation", "orthography", "spacing")
    for kind, edits in zip(kinds, _compared(part.here, part.there), strict=True):
        if edits and (kind != "spacing" or part.at not in edges):
            yield Found(part.at, kind, edits)


def pair(ours: Side, theirs: Side, i: int, j: int) -> Facing:
    """One gap of either side."""
    return Facing(ours.gaps[i], theirs.gaps[j], j, i, i, j, j)


def _is_kept(steps: Sequence[Step], number: int) -> bool:
    """Whether a step was kept: a single character between two changes is there by accident."""
    return steps[number].equal and (steps[number].i1 - steps[number].i0 > 1 or number in (0, len(steps) - 1))


def _around(ours: Side, theirs: Side, step: Step, kept_before: bool, kept_after: bool) -> Iterator[Facing]:
    """The gaps at the two ends of a difference."""
    if step.i1 > step.i0 and step.j1 > step.j0:
        if kept_before:
            yield pair(ours, theirs, step.i0, step.j0)
        if kept_after:
            yield pair(ours, theirs, step.i1, step.j1)
        return
    if not (kept_before or kept_after):
        return
    here = _one_gap(ours.gaps, step.i0, step.i1)
    there = _one_gap(theirs.gaps, step.j0, step.j1)
    choices = [(one, other) for one in here for other in there]
    (one, i0, i1), (other, j0, j1) = min(choices, key=lambda pair: sum(_compared(pair[0][0], pair[1][0])))
    yield Facing(one, other, step.j1 if len(there) == 1 else j1, i0, i1, j0, j1)


def _one_gap(gaps: Sequence[str], first: int, last: int) -> list[tuple[str, int, int]]:
    """What may have been written where something was put in or taken away, of the gaps on either side of it.

    Around whole sentences it is the end of the one before and the beginning of the one after.
    """
    before, after = gaps[first], gaps[last]
    if BORDER in before and BORDER in after:
        return [(before.split(BORDER)[0] + BORDER + after.split(BORDER)[-1], first, last)]
    if before == after:
        return [(before, first, first)]
    return [(before, first, first), (after, last, last)]


@lru_cache(maxsize=4096)
def _compared(here: str, there: str) -> tuple[int, int, int]:
    """Marks that differ, marks in another form, and whether a space differs; one difference is in one of them."""
    marks, other_marks = folded_marks(here), folded_marks(there)
    if marks != other_marks:
        return Levenshtein.distance(marks, other_marks), 0, 0
    bare, other_bare = _without_spaces(here), _without_spaces(there)
    forms = int(bare != other_bare and bool(marks))
    at_border = BORDER in here or BORDER in there
    spaced = not at_border and _spaces(here) != _spaces(there)
    return 0, forms, int(spaced)


def _without_spaces(gap: str) -> str:
    return "".join(one for one in gap if not one.isspace())


def _spaces(gap: str) -> tuple[bool, ...]:
    """Whether there is a space before, between and after the marks."""
    return (gap[:1] == " ", " " in gap.strip(), gap[-1:] == " ")
