"""Figures of predictions: known by hand, and by scikit-learn and SciPy."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from benchmarks.difficulty import Guess, Recorded, bias, covered, error, isotonic, relative, spearman, worst_quarter
from core.difficulty import HALF
from export.scoring import Figures
from models.difficulty import Confidences, measure
from models.difficulty.confidence import count_words
from tests.models.difficulty.talks import talk


def guess(observed: float, value: float, effort: float = 0.0, spread: float = 5.0) -> Guess:
    draft = talk()
    figures = Figures(effort=-100.0 * HALF * math.log2(1 - observed / 100), typing=100.0, content_characters=500)
    recorded = Recorded("talk", "en", draft, measure(draft), figures, Confidences())
    return Guess(recorded, value, effort, value - spread, value + spread)


def test_correlation_and_area_are_those_of_the_libraries() -> None:
    chance = random.Random(0)
    guesses = [guess(float(n), n + chance.gauss(0.0, 20.0)) for n in range(1, 41)]
    values, observed = [one.value for one in guesses], [one.of.difficulty for one in guesses]
    assert spearman(guesses) == pytest.approx(spearmanr(values, observed).statistic)
    assert worst_quarter(guesses) == pytest.approx(roc_auc_score([place > 30 for place in range(1, 41)], values))


def test_where_nothing_differs_there_is_no_figure() -> None:
    alike = [guess(50.0, 40.0)] * 5
    assert spearman(alike) is None
    assert worst_quarter(alike) is None


def test_errors_are_means_over_recordings_and_effort_is_a_share_of_all() -> None:
    guesses = [guess(50.0, 54.0, effort=60.0), guess(50.0, 40.0, effort=45.0)]
    assert (error(guesses), bias(guesses)) == pytest.approx((7.0, -3.0))
    assert relative(guesses) == pytest.approx(15.0)
    assert covered(guesses) == 50.0


def test_isotonic_chances_never_fall_and_are_never_certain() -> None:
    chances = isotonic(count_words([(0.1, True), (0.5, False), (0.9, True), (0.95, True)]))
    assert all(here <= there for here, there in pairwise(chances))
    assert 0.0 < chances[0] <= chances[-1] < 1.0
