from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from export.intervals import Sample, compare, growth, holm, interval, ratio, resampled, rise, wilson


def counted(recordings: int, rate: float, chance: np.random.Generator) -> np.ndarray:
    """Edits and characters of recordings that are not equally hard."""
    characters = chance.integers(500, 9000, recordings)
    own = rate * np.exp(chance.normal(-0.125, 0.5, recordings))
    return np.stack([chance.poisson(characters * own), characters], axis=1).astype(float)


@pytest.mark.parametrize(("part", "whole"), [(0, 5), (5, 5), (1, 3), (40, 100), (999, 1000)])
def test_wilson_is_that_of_scipy(part: int, whole: int) -> None:
    expected = binomtest(part, whole).proportion_ci(method="wilson")
    assert wilson(part, whole) == pytest.approx((expected.low, expected.high))


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_same_counts_give_the_same_interval() -> None:
    counts = counted(20, 0.05, np.random.default_rng(1))
    assert np.array_equal(resampled(counts), resampled(counts))


def test_draws_in_blocks_are_drawn_of_all_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.intervals._AT_ONCE", 7)
    sums = resampled(np.ones((5, 1)), draws=30)
    assert sums.shape == (30, 1)
    assert set(sums[:, 0]) == {5.0}


def test_four_recordings_are_too_few_for_an_interval() -> None:
    assert interval(np.array([0.1, 0.2, 0.3]), 4) is None
    assert interval(np.array([0.1, 0.2, 0.3]), 5) is not None


def test_few_recordings_have_wider_intervals_as_students_t_does() -> None:
    """Of five, t is 2.776, times √(5/4) is 3.104 normal standard deviations, beyond which lies 0.00095."""
    drawn = np.linspace(0, 1, 100_001)
    assert interval(drawn, 5) == (pytest.approx(0.00095, abs=1e-5), pytest.approx(0.99905, abs=1e-5))
    assert interval(drawn, 100_000) == (pytest.approx(0.025, abs=1e-4), pytest.approx(0.975, abs=1e-4))


def test_draws_without_anything_to_divide_by_are_left_out() -> None:
    assert interval(np.array([np.nan, np.inf, 0.2]), 9) == (0.2, 0.2)
    assert interval(np.array([np.nan, np.inf]), 9) is None


def test_intervals_of_a_rate_hold_the_true_one_about_as_often_as_they_say() -> None:
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        sums = resampled(counted(30, 0.05, chance), draws=400)
        bounds = interval(sums[:, 0] / sums[:, 1], 30)
        assert bounds
        held += bounds.low <= 0.05 <= bounds.high
    assert held >= 176


def test_interval_and_chance_of_a_difference_agree() -> None:
    chance = np.random.default_rng(4)
    for rate in (0.05, 0.06, 0.08):
        samples = [Sample(counted(25, 0.05, chance), -1.0), Sample(counted(15, rate, chance), 1.0)]
        found = compare(samples, ratio)
        assert found.interval
        assert (found.p > 0.05) == (found.interval.low <= 0 <= found.interval.high)


def test_equal_counts_are_no_difference() -> None:
    found = compare([Sample(np.tile([3.0, 100.0, 3.0, 100.0], (12, 1)), 1.0)], rise)
    assert (found.value, found.interval, found.p) == (0.0, None, 1.0)


def test_pairs_show_what_other_recordings_hide() -> None:
    chance = np.random.default_rng(5)
    before = counted(30, 0.05, chance)
    after = before * [1.1, 1.0]
    paired = compare([Sample(np.hstack([before, after]), 1.0)], rise)
    apart = compare([Sample(before, -1.0), Sample(after, 1.0)], ratio)
    assert paired.value == pytest.approx(apart.value)
    assert paired.p < 0.01 < apart.p


def test_what_makes_all_worse_by_the_same_share_has_no_spread() -> None:
    before = counted(8, 0.05, np.random.default_rng(6))
    found = compare([Sample(np.hstack([before, before * [1.2, 1.0]]), 1.0)], growth)
    assert found.value == pytest.approx(np.log(1.2))
    assert found.error < 1e-6


def test_holm_multiplies_the_smallest_by_the_number_of_comparisons_and_keeps_the_order() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()
