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


class Found(NamedTuple):
    """So many edits of one kind at a corrected character (len for what stands behind the last one)."""

    at: int
    kind: Kind
    edits: int


def other_forms(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[Found]:
    """Places where the same character is written in another form: script, width, case.

    Neighbouring characters of one word are one place.
    """
    for step in steps:
        if not step.equal or ours.written[step.i0 : step.i1] == theirs.written[step.j0 : step.j1]:
            continue
        last = -2
        for by in range(step.i1 - step.i0):
            i, j = step.i0 + by, step.j0 + by
            if ours.written[i] != theirs.written[j]:
                if last != by - 1 or theirs.gaps[j]:
                    yield Found(j, "orthography", 1)
                last = by


def between(ours: Side, theirs: Side, steps: Sequence[Step], respelt: Sequence[Respelling]) -> Iterator[Found]:
    """Marks and spaces that differ next to a character that was kept.

    What stands inside a stretch that was typed anew came with it. Where something was put in or taken away, one of
    the gaps around it is the one that was there; it is taken to be the one that differs least. The spaces around
    another spelling belong to it (세 시, 3시).
    """
    edges = {at for one in respelt for at in (one.j0, one.j1)}
    for found in _between(ours, theirs, steps):
        if found.kind != "spacing" or found.at not in edges:
            yield found


def _between(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[Found]:
    # the ends of a text are kept, unless nothing of it is
    at_ends = any(step.equal for step in steps)
    kept_before = at_ends
    for number, step in enumerate(steps):
        if step.equal:
            for by in range(1, step.i1 - step.i0):
                here, there = ours.gaps[step.i0 + by], theirs.gaps[step.j0 + by]
                if here != there:
                    yield from _placed(here, there, step.j0 + by)
        kept_after = _is_kept(steps, number + 1) if number + 1 < len(steps) else at_ends
        if not step.equal:
            yield from _around(ours, theirs, step, kept_before, kept_after)
        elif number == 0:
            yield from _placed(ours.gaps[0], theirs.gaps[0], 0)
        if step.equal and number == len(steps) - 1:
            yield from _placed(ours.gaps[-1], theirs.gaps[-1], len(theirs.folded))
        kept_before = _is_kept(steps, number)
    if not steps:
        yield from _placed(ours.gaps[0], theirs.gaps[0], 0)


def _is_kept(steps: Sequence[Step], number: int) -> bool:
    """Whether a step was kept: a single character between two changes is there by accident."""
    return steps[number].equal and (steps[number].i1 - steps[number].i0 > 1 or number in (0, len(steps) - 1))


def _around(ours: Side, theirs: Side, step: Step, kept_before: bool, kept_after: bool) -> Iterator[Found]:
    """The gaps at the two ends of a difference."""
    if step.i1 > step.i0 and step.j1 > step.j0:
        if kept_before:
            yield from _placed(ours.gaps[step.i0], theirs.gaps[step.j0], step.j0)
        if kept_after:
            yield from _placed(ours.gaps[step.i1], theirs.gaps[step.j1], step.j1)
        return
    if not (kept_before or kept_after):
        return
    here = _one_gap(ours.gaps[step.i0], ours.gaps[step.i1])
    there = _one_gap(theirs.gaps[step.j0], theirs.gaps[step.j1])
    choices = [(one, other) for one in here for other in there]
    one, other = min(choices, key=lambda pair: sum(_compared(*pair)))
    yield from _placed(one, other, step.j1 if len(there) == 1 or other == there[-1] else step.j0)


def _one_gap(before: str, after: str) -> list[str]:
    """What may have been written where something was put in or taken away, given the gaps on either side of it.

    Around whole sentences it is the end of the one before and the beginning of the one after.
    """
    if BORDER in before and BORDER in after:
        return [before.split(BORDER)[0] + BORDER + after.split(BORDER)[-1]]
    return list(dict.fromkeys((before, after)))


def _placed(here: str, there: str, at: int) -> Iterator[Found]:
    """The edits from one gap to the other. What stands before a border belongs to the sentence that ends there."""
    if here == there:
        return
    parts = [(here, there, at)]
    if here.count(BORDER) == 1 and there.count(BORDER) == 1:
        (h0, h1), (t0, t1) = here.split(BORDER), there.split(BORDER)
        # a quotation mark may stand on either side of a border without meaning anything else
        if sum(_compared(h0, t0)) + sum(_compared(h1, t1)) <= sum(_compared(here, there)):
            parts = [(h0 + BORDER, t0 + BORDER, at - 1), (BORDER + h1, BORDER + t1, at)]
    elif BORDER in there and not there.split(BORDER)[-1].strip():
        parts = [(here, there, at - 1)]
    kinds: tuple[Kind, ...] = ("punctuation", "orthography", "spacing")
    for one, other, place in parts:
        for kind, edits in zip(kinds, _compared(one, other), strict=True):
            if edits:
                yield Found(max(0, place), kind, edits)


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
