"""The fewest edits, also where long texts are cut into blocks."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from benchmarks.scoring import spoilt
from core.types import LANGUAGES, Language
from export.scoring.alignment import BLOCK, Step, align, cost, gathered, heaviest_order, slid
from export.scoring.normaliser import content
from export.scoring.sides import Side, joined, liking, side


def whole(steps: list[Step], draft: str, corrected: str) -> bool:
    """Whether steps lead from one text to the other, without holes, and say the truth about what is equal."""
    ends = [(0, 0), *((step.i1, step.j1) for step in steps)]
    starts = [*((step.i0, step.j0) for step in steps), (len(draft), len(corrected))]
    return ends == starts and all(
        step.equal == (draft[step.i0 : step.i1] == corrected[step.j0 : step.j1]) for step in steps
    )


TEXTS = st.lists(st.text("abc", max_size=9), max_size=8)


def of(texts: list[str]) -> Side:
    return joined([content(text, "ko") for text in texts])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(before=TEXTS, after=TEXTS)
def test_alignment_is_whole_and_the_shortest_wherever_it_is_moved(before: list[str], after: list[str]) -> None:
    here, there = of(before), of(after)
    fewest = Levenshtein.distance(here.folded, there.folded)
    steps = align(here.folded, there.folded, here.starts, there.starts)
    assert whole(steps, here.folded, there.folded)
    assert cost(steps) == fewest
    steps = gathered(steps, here.folded, there.folded)
    assert whole(steps, here.folded, there.folded)
    assert cost(steps) == fewest
    steps = slid(steps, here.folded, there.folded, liking(here), liking(there))
    assert whole(steps, here.folded, there.folded)
    assert sum(max(step.i1 - step.i0, step.j1 - step.j0) for step in steps if not step.equal) == fewest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_long_texts_in_blocks_need_as_few_edits_as_whole(language: Language, share: float) -> None:
    draft, correction = spoilt(language, 60, share)
    here, there = side(draft.sentences, language), side(correction.sentences, language)
    assert len(there.folded) > 3 * BLOCK
    steps = align(here.folded, there.folded, here.starts, there.starts)
    assert whole(steps, here.folded, there.folded)
    fewest = Levenshtein.distance(here.folded, there.folded)
    assert fewest <= cost(steps) <= 1.001 * fewest


def test_texts_that_agree_by_accident_only_are_not_cut_there() -> None:
    chance = random.Random(1)
    common = ["".join(chance.choices("가나다라마바사아", k=9)) for _ in range(60)]

    def talk() -> list[str]:
        chance.shuffle(common)
        return [
            text
            for one in common
            for text in (one, *("".join(chance.choices("자차카타파하", k=40)) for _ in "12345"))
        ]

    here, there = of(talk()), of(talk())
    steps = align(here.folded, there.folded, here.starts, there.starts)
    assert len(there.folded) > 12_000
    assert cost(steps) <= Levenshtein.distance(here.folded, there.folded)


def test_what_was_put_in_begins_where_a_sentence_does() -> None:
    here, there = of(["가나다", "라마다"]), of(["가나다", "바사다", "라마다"])
    steps = slid(
        align(here.folded, there.folded, here.starts, there.starts),
        here.folded,
        there.folded,
        liking(here),
        liking(there),
    )
    assert steps == [Step(0, 3, 0, 3, True), Step(3, 3, 3, 6, False), Step(3, 6, 6, 9, True)]


def test_what_was_taken_away_in_pieces_is_gathered() -> None:
    # 'xa' and 'ya' around an 'a' that could as well be the last one
    steps = [Step(0, 1, 0, 0, False), Step(1, 2, 0, 1, True), Step(2, 4, 1, 1, False), Step(4, 5, 1, 2, True)]
    assert gathered(steps, "xayab", "ab") == [Step(0, 3, 0, 0, False), Step(3, 5, 0, 2, True)]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=9, unique_by=lambda pair: pair[0]))
def test_heaviest_order_rises_and_nothing_is_heavier(pairs: list[tuple[int, int]]) -> None:
    places, weights = [place for place, _ in pairs], [weight for _, weight in pairs]
    kept = heaviest_order(places, weights)
    assert all(places[a] < places[b] for a, b in pairwise(kept)) and kept == sorted(kept)
    best = [0] * len(pairs)
    for here in range(len(pairs)):
        best[here] = weights[here] + max(
            (best[one] for one in range(here) if places[one] < places[here]), default=0
        )
    assert sum(weights[one] for one in kept) == max(best, default=0)
