"""Two strings aligned with the fewest edits, in blocks where they are long.

Levenshtein's distance needs time with the product of both lengths: 10 ms for 5,000 characters, 2.5 s for 100,000.
So texts are cut where they certainly agree: at sentences, and in long blocks at short runs, that occur once on
either side and in the same order (patience diff; B. Cohen). For texts up to EXACT characters the result is then
compared with the distance of the whole, and one that is not as short is dropped: there it is exactly the fewest.
Longer texts of which blocks agree in little are aligned as a whole as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

EXACT: Final = 12_000
"""Characters of the longer side up to which the alignment is certain to be a shortest one (some 20 ms)."""
BLOCK: Final = 4_000
"""Longer blocks are cut further."""
DOUBTFUL: Final = 0.4
"""Where more of the characters differ, blocks may have been cut at accidents: the whole is tried too."""
MOST_WORK: Final = 2 * 10**10
"""Of texts whose lengths multiply to more (140,000 characters each, 5 s), the whole is never tried."""
SLIDE: Final = 200
"""Characters that something put in or taken away is moved at most."""
RUN: Final = 24
"""Characters of a run that cuts a long block: they occur once on either side."""
SHORTEST_SENTENCE: Final = 6
"""Characters that a sentence needs to be a place where both sides agree."""


class Step(NamedTuple):
    """draft[i0:i1] became corrected[j0:j1]: equal, or as many others, or nothing on one side."""

    i0: int
    i1: int
    j0: int
    j1: int
    equal: bool


def align(draft: str, corrected: str, draft_starts: Sequence[int], corrected_starts: Sequence[int]) -> list[Step]:
    """The steps from `draft` to `corrected`, in order, without holes; neighbours are not both equal.

    `draft_starts` and `corrected_starts` are the offsets at which their sentences begin. What was put in or taken
    away lies, where several places give the same result, so that it begins with a sentence or a word.
    """
    anchors = _by_sentences(draft, corrected, draft_starts, corrected_starts)
    steps = _joined(_blocks(draft, corrected, anchors))
    found, longer = cost(steps), max(len(draft), len(corrected))
    if longer <= EXACT:
        if anchors and found and Levenshtein.distance(draft, corrected, score_cutoff=found - 1) < found:
            steps = _joined(_shortest(draft, corrected, 0, 0))
    elif found > DOUBTFUL * longer and len(draft) * len(corrected) <= MOST_WORK:
        whole = _joined(_shortest(draft, corrected, 0, 0))
        if cost(whole) < found:
            steps = whole
    return steps


def cost(steps: Sequence[Step]) -> int:
    """How many characters were replaced, put in or taken away."""
    return sum(max(step.i1 - step.i0, step.j1 - step.j0) for step in steps if not step.equal)


def gathered(steps: Sequence[Step], draft: str, corrected: str) -> list[Step]:
    """The same alignment in fewer pieces: what was put in or taken away in several is one where it can be.

    Of a sentence that was taken away, single characters may be found again in what follows it. They are given back
    where the same characters stand at either end of the whole.
    """
    out = list(steps)
    at = len(out) - 2
    while at > 0:
        before, island, after = out[at - 1 : at + 2]
        if island.equal and (kind := _one_sided(before)) and kind == _one_sided(after):
            many = island.i1 - island.i0
            text, lo, hi = (draft, before.i0, after.i1) if kind == "out" else (corrected, before.j0, after.j1)
            kept = draft[island.i0 : island.i1]
            if text[hi - many : hi] == kept:
                out[at - 1 : at + 2] = [
                    Step(before.i0, after.i1 - many, before.j0, after.j1 - many, False),
                    Step(after.i1 - many, after.i1, after.j1 - many, after.j1, True),
                ]
            elif text[lo : lo + many] == kept:
                out[at - 1 : at + 2] = [
                    Step(before.i0, before.i0 + many, before.j0, before.j0 + many, True),
                    Step(before.i0 + many, after.i1, before.j0 + many, after.j1, False),
                ]
            at = min(at, len(out) - 1)
        at -= 1
    return _joined(iter(out))


def slid(
    steps: Sequence[Step], draft: str, corrected: str, draft_liking: Sequence[int], corrected_liking: Sequence[int]
) -> list[Step]:
    """As short an alignment, with what was put in or taken away moved to where it most likely was.

    Of 'a b' in 'a b a b' nobody can tell which one was put in; the place is chosen whose borders are liked best.
    `liking` says so of each offset: more at the start of a sentence than at that of a word, nothing inside one.
    """
    out: list[Step] = []
    one_sided = [step for step in steps if _one_sided(step)]
    ends = (len(draft), len(draft), len(corrected), len(corrected))
    i = j = 0
    for step, following in pairwise([*one_sided, Step(*ends, False)]):
        put_in = step.j1 > step.j0
        text, lo, hi = (corrected, step.j0, step.j1) if put_in else (draft, step.i0, step.i1)
        other, across = (draft, step.i0) if put_in else (corrected, step.j0)
        back = min(step.i0 - i, SLIDE)
        forth = min(following.i0 - step.i1, SLIDE)
        moves = [0]
        for direction, most in ((-1, back), (1, forth)):
            more = 0
            for by in range(1, most + 1):
                # a character that leaves one end for the other has another one beside it
                if direction > 0:
                    beside, was, becomes = other[across + by - 1], text[hi + by - 1], text[lo + by - 1]
                else:
                    beside, was, becomes = other[across - by], text[lo - by], text[hi - by]
                more += (beside != becomes) - (beside != was)
                if more > 1:
                    break
                if more == 0:
                    moves.append(direction * by)
        own_liking, other_liking = (corrected_liking, draft_liking) if put_in else (draft_liking, corrected_liking)
        move, most_liked = 0, (-1, 0)
        for by in moves:
            liked = own_liking[lo + by] + own_liking[hi + by] + other_liking[across + by], -abs(by)
            if liked > most_liked:
                move, most_liked = by, liked
        _diagonal(out, draft, corrected, i, j, step.i0 + move - i)
        out.append(Step(step.i0 + move, step.i1 + move, step.j0 + move, step.j1 + move, False))
        i, j = step.i1 + move, step.j1 + move
    _diagonal(out, draft, corrected, i, j, len(draft) - i)
    return _joined(iter(out))


def _diagonal(out: list[Step], draft: str, corrected: str, i: int, j: int, length: int) -> None:
    """Adds `length` characters against as many, as steps that are equal and steps that are not."""
    here, there = draft[i : i + length], corrected[j : j + length]
    if here == there:
        out.append(Step(i, i + length, j, j + length, True))
        return
    at = 0
    for equal, run in groupby(zip(here, there, strict=True), key=lambda pair: pair[0] == pair[1]):
        end = at + sum(1 for _ in run)
        out.append(Step(i + at, i + end, j + at, j + end, equal))
        at = end


def heaviest_order(places: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Which of `places` to keep, as indices, so that they rise and their weights add up to the most."""
    ranks = {place: rank for rank, place in enumerate(sorted(set(places)), start=1)}
    best = [(0, -1)] * (len(ranks) + 1)
    before: list[int] = []
    for index, (place, weight) in enumerate(zip(places, weights, strict=True)):
        total, last, rank = 0, -1, ranks[place] - 1
        while rank > 0:
            if best[rank][0] > total:
                total, last = best[rank]
            rank &= rank - 1
        before.append(last)
        total, rank = total + weight, ranks[place]
        while rank <= len(ranks):
            if total > best[rank][0]:
                best[rank] = (total, index)
            rank += rank & -rank
    chosen: list[int] = []
    index = max(best)[1]
    while index >= 0:
        chosen.append(index)
        index = before[index]
    return chosen[::-1]


def _one_sided(step: Step) -> str:
    """Whether a step only puts in, or only takes out."""
    if step.equal or (step.i1 > step.i0 and step.j1 > step.j0):
        return ""
    return "in" if step.j1 > step.j0 else "out"


def _by_sentences(
    draft: str, corrected: str, draft_starts: Sequence[int], corrected_starts: Sequence[int]
) -> list[tuple[int, int, int]]:
    """(offset, offset, length) of sentences that are whole and the same, once on either side, in one order.

    Their neighbours join them where they are the same, even if they occur elsewhere as well.
    """
    ours = _cut(draft, draft_starts)
    theirs = _cut(corrected, corrected_starts)
    once = _once(ours)
    there = _once(theirs)
    pairs = [
        (index, there[text]) for text, index in once.items() if text in there and len(text) >= SHORTEST_SENTENCE
    ]
    pairs.sort()
    kept = heaviest_order([there_ for _, there_ in pairs], [len(ours[here]) for here, _ in pairs])
    anchors: list[tuple[int, int, int]] = []
    bound = (0, 0)
    for number, chosen in enumerate(kept):
        here, other = pairs[chosen]
        next_ = pairs[kept[number + 1]] if number + 1 < len(kept) else (len(ours), len(theirs))
        first, last = 0, 0
        while (
            here - first > bound[0]
            and other - first > bound[1]
            and ours[here - first - 1] == theirs[other - first - 1]
        ):
            first += 1
        while (
            here + last + 1 < next_[0]
            and other + last + 1 < next_[1]
            and ours[here + last + 1] == theirs[other + last + 1]
        ):
            last += 1
        anchors += [
            (draft_starts[here + by], corrected_starts[other + by], len(ours[here + by]))
            for by in range(-first, last + 1)
        ]
        bound = (here + last + 1, other + last + 1)
    return anchors


def _blocks(draft: str, corrected: str, anchors: Sequence[tuple[int, int, int]]) -> Iterator[Step]:
    i = j = 0
    for here, there, length in [*anchors, (len(draft), len(corrected), 0)]:
        yield from _block(draft, corrected, i, here, j, there)
        if length:
            yield Step(here, here + length, there, there + length, True)
        i, j = here + length, there + length


def _block(draft: str, corrected: str, i0: int, i1: int, j0: int, j1: int) -> Iterator[Step]:
    """One block, cut at runs where it is long."""
    a, b = draft[i0:i1], corrected[j0:j1]
    i = j = 0
    if max(len(a), len(b)) > BLOCK:
        for here, there in _by_runs(a, b):
            if here - i >= BLOCK // 4 and there - j >= BLOCK // 4:
                yield from _shortest(a[i:here], b[j:there], i0 + i, j0 + j)
                i, j = here, there
    yield from _shortest(a[i:], b[j:], i0 + i, j0 + j)


def _by_runs(a: str, b: str) -> list[tuple[int, int]]:
    """Offsets in the middle of runs that occur once on either side, in one order."""
    once, there = _once(_runs(a)), _once(_runs(b))
    pairs = sorted((here, there[run]) for run, here in once.items() if run in there)
    kept = heaviest_order([other for _, other in pairs], [1] * len(pairs))
    return [(pairs[one][0] + RUN // 2, pairs[one][1] + RUN // 2) for one in kept]


def _runs(text: str) -> list[str]:
    return [text[at : at + RUN] for at in range(len(text) - RUN + 1)]


def _once(texts: Sequence[str]) -> dict[str, int]:
    """Where each text lies that occurs once."""
    many = Counter(texts)
    return {text: index for index, text in enumerate(texts) if many[text] == 1}


def _cut(text: str, starts: Sequence[int]) -> list[str]:
    ends = [*starts[1:], len(text)]
    return [text[begin:end] for begin, end in zip(starts, ends, strict=False)]


def _shortest(a: str, b: str, i: int, j: int) -> Iterator[Step]:
    for code in Levenshtein.opcodes(a, b):
        yield Step(
            i + code.src_start, i + code.src_end, j + code.dest_start, j + code.dest_end, code.tag == "equal"
        )


def _joined(steps: Iterator[Step]) -> list[Step]:
    """Neighbouring equal steps as one."""
    out: list[Step] = []
    for step in steps:
        if step.i1 == step.i0 and step.j1 == step.j0:
            continue
        if out and out[-1].equal and step.equal:
            out[-1] = out[-1]._replace(i1=step.i1, j1=step.j1)
        else:
            out.append(step)
    return out
