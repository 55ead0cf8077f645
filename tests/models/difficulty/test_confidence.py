from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadDocument
from core.types import LANGUAGES
from models.difficulty import (
    ConfidenceModel,
    Confidences,
    NotFitted,
    confidence_scope,
    fit_confidence,
    read_confidence_model,
    read_confidences,
)
from models.difficulty.confidence import BINS, USUAL_CURVES, Curve, bin_of, count_words, fit_curve, reliability

SCOPE = confidence_scope("ja", "whisper 1")
SHY = Curve(low=0.2, high=1.0, offset=2.0)
"""A recogniser that is right far more often than it says."""


def recordings(many: int, words: int, curve: Curve, seed: int = 0) -> dict[str, Confidences]:
    """Words of any confidence, right as often as the curve says."""
    chance = random.Random(seed)
    rights = curve.rights()
    found = {}
    for number in range(many):
        sure = [chance.random() for _ in range(words)]
        found[f"recording {number}"] = count_words((one, chance.random() < rights[bin_of(one)]) for one in sure)
    return found


def test_counts_of_words_add_and_come_back_from_json() -> None:
    here, there = count_words([(0.0, False), (1.0, True), (0.51, True)]), count_words([(0.999, False)])
    both = here + there
    assert (both.total[0], both.total[25], both.total[-1]) == (1, 1, 2)
    assert (sum(both.total), sum(both.right)) == (4, 2)
    assert read_confidences(json.loads(json.dumps(both.to_dict()))) == both


def test_a_confidence_that_is_no_number_is_not_counted_and_one_out_of_bounds_is_at_the_end() -> None:
    counted = count_words([(math.nan, True), (math.inf, True), (-3.0, False), (7.0, True)])
    assert (sum(counted.total), counted.total[0], counted.total[-1]) == (2, 1, 1)


@pytest.mark.parametrize(
    "damage",
    [
        {"total": [1] * (BINS - 1)},
        {"total": [-1] * BINS},
        {"total": ["many"] * BINS},
        {"right": [1] * BINS},
        {"left": []},
    ],
)
def test_counts_that_cannot_be_are_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(BadDocument, match="counts of words"):
        read_confidences(Confidences().to_dict() | damage)


def test_the_curve_that_words_came_from_is_found_again() -> None:
    together = sum(recordings(20, 1000, SHY).values(), Confidences())
    assert np.abs(fit_curve(together).rights() - SHY.rights()).max() < 0.03


def test_where_the_likeliest_curve_would_fall_the_rest_of_it_is_fitted_anew() -> None:
    chance = random.Random(1)
    sure = [chance.random() for _ in range(20_000)]
    # many of the least sure words are right, as some recognisers have it
    words = count_words((one, chance.random() < (0.4 if one < 0.1 else 0.1 + 0.85 * one**3)) for one in sure)
    rights = fit_curve(words).rights()
    assert (np.diff(rights) >= 0.0).all()
    found = np.dot(words.total, rights) / sum(words.right)
    assert found == pytest.approx(1.0, abs=0.01)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_more_confidence_never_means_fewer_right_words(judged: list[tuple[float, bool]]) -> None:
    words = [*judged, (0.5, True), (0.5, False)]
    assert (np.diff(fit_curve(count_words(words)).rights()) >= 0.0).all()


def test_a_model_says_how_far_confidences_were_off_before_and_after() -> None:
    model = fit_confidence(SCOPE, recordings(10, 500, SHY), name="confidence-1")
    assert isinstance(model, ConfidenceModel)
    assert model.good
    assert (model.recordings, model.before.words) == (10, 5000)
    assert model.before.ece is not None
    assert model.after.ece is not None
    assert model.before.nce is not None
    assert model.after.nce is not None
    assert model.before.ece > 0.2 > 0.05 > model.after.ece
    assert model.after.nce > model.before.nce
    assert read_confidence_model(json.loads(json.dumps(model.to_dict(), allow_nan=False))) == model


def test_a_recogniser_that_is_as_usual_needs_no_model_of_its_own() -> None:
    for language in LANGUAGES:
        usual = recordings(10, 500, USUAL_CURVES[language])
        model = fit_confidence(confidence_scope(language, "whisper 1"), usual, name="confidence-1")
        assert isinstance(model, ConfidenceModel)
        assert not model.good


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({}, "0 corrected words of 0 recordings"),
        (recordings(9, 100, SHY), "900 corrected words"),
        (recordings(4, 5000, SHY), "4 recordings"),
        (recordings(10, 500, Curve(low=0.0, high=0.0, offset=30.0)), "only 0 of 5,000 corrected words were wrong"),
        (recordings(10, 500, Curve(low=0.0, high=0.0, offset=-30.0)), "only 0 of 5,000 corrected words were right"),
    ],
)
def test_too_little_to_learn_from_is_said_and_not_fitted(words: dict[str, Confidences], reason: str) -> None:
    found = fit_confidence(SCOPE, words, name="confidence-1")
    assert isinstance(found, NotFitted)
    assert reason in found.reason
    assert found.scope == SCOPE
    assert found.advice


def test_a_scope_of_no_language_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="'whisper 1' does not begin with a language"):
        fit_confidence("whisper 1", recordings(10, 500, SHY), name="confidence-1")


def test_recordings_without_words_count_for_nothing() -> None:
    words = recordings(5, 1000, SHY)
    with_empty = fit_confidence(SCOPE, words | {"empty": Confidences()}, name="confidence-1")
    assert with_empty == fit_confidence(SCOPE, words, name="confidence-1")


def test_of_no_words_and_of_words_all_right_there_is_no_figure_where_nothing_divides() -> None:
    rights = [SHY.rights()]
    assert reliability([Confidences()], rights).ece is None
    all_right = reliability([count_words([(0.9, True)] * 50)], rights)
    assert (all_right.nce, all_right.auc) == (None, None)
    assert all_right.ece is not None


def test_models_that_are_damaged_or_newer_are_refused() -> None:
    model = fit_confidence(SCOPE, recordings(10, 500, SHY), name="confidence-1")
    assert isinstance(model, ConfidenceModel)
    kept = model.to_dict()
    for damage in (
        {"schema": "prelabel.confidence-model/2"},
        {"curve": {"low": -1.0, "high": 1.0, "offset": 0.0}},
        {"curve": {"low": 1.0, "high": 1.0, "offset": math.inf}},
        {"good": "perhaps"},
        {"later": 1},
    ):
        with pytest.raises(BadDocument, match="model of confidences"):
            read_confidence_model(kept | damage)
