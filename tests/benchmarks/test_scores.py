"""What is counted against the truth, and the interval around a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scores import (
    edits,
    first_word_errors,
    interval,
    letters,
    share,
    speaker_errors,
    word_time_errors,
)
from benchmarks.synthetic.speech import Word


def words(*timed: tuple[str, float, float]) -> list[Word]:
    return [Word(*one) for one in timed]


def test_only_letters_and_digits_count() -> None:
    assert letters("It's  TWO o'clock, isn't it?") == "itstwooclockisntit"
    assert letters("안녕하세요. ") == "안녕하세요"


def test_edits_come_with_the_letters_that_were_said() -> None:
    assert edits("Good morning.", "good mourning") == (1, 11)
    assert edits("你好。", "") == (2, 2)
    assert edits("", "made up") == (6, 0)


def test_word_times_are_compared_where_a_word_is_recognised() -> None:
    said = words((" Good", 1.0, 1.4), (" morning,", 1.4, 2.0), (" Ann", 2.0, 2.5))
    written = words((" good", 1.1, 1.4), (" mourning", 1.5, 2.2), (" ann", 2.25, 2.5))

    assert word_time_errors(said, written) == pytest.approx((0.1, 0.0, 0.25, 0.0))


def test_words_that_are_cut_otherwise_count_where_their_borders_meet() -> None:
    said = words(("札幌", 1.0, 1.5), ("の", 1.5, 1.7), ("天気。", 1.7, 2.0))
    written = words(("札", 1.0, 1.2), ("幌の", 1.2, 1.8), ("天", 1.9, 2.0), ("気", 2.0, 2.3))

    # 札幌 begins with a written word and ends inside one; の ends with one; 天気 does both.
    assert word_time_errors(said, written) == pytest.approx((0.0, 0.1, 0.2, 0.3))


def test_nothing_is_compared_where_nothing_is_recognised() -> None:
    assert word_time_errors(words(("one", 0.0, 1.0)), []) == ()
    assert word_time_errors([], words(("one", 0.0, 1.0))) == ()
    assert word_time_errors(words(("...", 0.0, 1.0)), words(("one", 0.0, 1.0))) == ()


def test_first_words_are_compared_where_a_passage_begins_with_one_that_is_recognised() -> None:
    said = words((" Good", 1.0, 1.4), (" morning,", 1.4, 2.0), (" Ann.", 2.5, 3.0), (" Sit", 4.0, 4.2))
    passages = [
        words((" good", 0.7, 1.4), (" morning,", 1.5, 2.2)),
        words((" and", 2.4, 3.0)),
        words((" –", 3.8, 3.9)),
        words((" sit", 4.1, 4.2), (" down", 4.2, 4.5)),
    ]

    assert first_word_errors(said, passages) == pytest.approx((-0.3, 0.1))
    assert first_word_errors(said, []) == first_word_errors([], passages) == ()


def test_a_passage_that_begins_within_a_word_has_no_first_word() -> None:
    said = words((" morning", 1.0, 1.6), (" Ann", 2.0, 2.5))

    assert first_word_errors(said, [words((" mor", 1.0, 1.3)), words(("ning", 1.4, 1.6), (" Ann", 2.0, 2.5))]) == (
        0.0,
    )


def test_speakers_are_matched_by_what_they_say_and_not_by_name() -> None:
    scored = speaker_errors(
        {"A": [(0.0, 10.0)], "B": [(10.0, 20.0)]}, {"S1": [(10.0, 20.0)], "S2": [(0.0, 10.0)]}, 20
    )

    assert scored.errors == pytest.approx(0.0)
    assert (scored.found, scored.true) == (2, 2)


def test_missed_made_up_and_confused_speech_are_told_apart() -> None:
    true = {"A": [(0.0, 10.0)], "B": [(10.0, 20.0)]}

    missed = speaker_errors(true, {"S1": [(0.0, 10.0)]}, 30)
    assert missed.missed == pytest.approx(9.75)
    assert missed.speech == pytest.approx(19.5)
    made_up = speaker_errors(true, {"S1": [(0.0, 10.0)], "S2": [(10.0, 25.0)]}, 30)
    assert made_up.false_alarm == pytest.approx(4.875)
    confused = speaker_errors(true, {"S1": [(0.0, 20.0)]}, 30)
    assert confused.confused == pytest.approx(9.75)
    assert (confused.found, confused.true) == (1, 2)


def test_overlap_is_scored() -> None:
    scored = speaker_errors({"A": [(0.0, 10.0)], "B": [(4.0, 8.0)]}, {"S1": [(0.0, 10.0)]}, 10)

    assert scored.missed == pytest.approx(3.75)


def test_counts_are_added_before_they_are_divided() -> None:
    assert share([1, 0], [10, 90]) == pytest.approx(0.01)
    assert share([], []) is None
    assert share([3], [0]) is None


def mean(values: Sequence[float]) -> float | None:
    return share(values, [1] * len(values))


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = [float(value) for value in np.random.default_rng(1).standard_normal(400)]

    found = interval(values, mean)

    assert found is not None
    low, high = found
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(400), rel=0.12)
    assert low < float(np.mean(values)) < high


def test_the_interval_is_the_same_each_time() -> None:
    values = [0.0, 1.1, 3.7, 7.3, 11.9, 12.2, 19.0]

    assert interval(values, mean) == interval(values, mean)
    assert interval(values, mean) != interval(values, mean, seed=1)


def test_few_recordings_and_missing_figures_have_no_interval() -> None:
    assert interval([1.0, 2.0, 3.0, 4.0], mean) is None
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0], lambda values: None) is None


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=12))
def test_an_interval_stays_within_what_was_measured(values: list[float]) -> None:
    found = interval(values, mean, draws=100)

    assert found is not None
    assert min(values) - 1e-9 <= found[0] <= found[1] <= max(values) + 1e-9
