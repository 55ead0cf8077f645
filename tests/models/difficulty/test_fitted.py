from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from core.difficulty import difficulty
from core.errors import BadDocument
from models.difficulty import (
    DifficultyModel,
    Example,
    NotFitted,
    fit_difficulty,
    fitted,
    measure,
    predict,
    read_difficulty_model,
)
from models.difficulty.features import ALL
from models.difficulty.fitted import Bend, conformal_half_width
from models.difficulty.held_out import folds, is_better
from tests.models.difficulty.talks import examples, talk

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def fit(chosen: Sequence[Example]) -> DifficultyModel | NotFitted:
    return fit_difficulty("en", chosen, name="difficulty-en-1", since=SINCE, until=UNTIL)


def model_of(chosen: Sequence[Example]) -> DifficultyModel:
    found = fit(chosen)
    assert isinstance(found, DifficultyModel)
    return found


def refused(chosen: Sequence[Example]) -> str:
    found = fit(chosen)
    assert isinstance(found, NotFitted)
    assert found.scope == "en"
    assert found.advice
    return found.reason


def test_where_work_is_twice_what_the_rules_expect_a_model_learns_it_and_is_good() -> None:
    model = model_of(examples(60, times=2.0, seed=12))
    assert model.good
    assert model.model.error < model.rules.error / 2
    fresh = examples(200, times=2.0, seed=1)
    expected = [predict(one.measures, "en", model) for one in fresh]
    true = [difficulty(one.share, 1.0) for one in fresh]
    assert {one.model for one in expected} == {"difficulty-en-1"}
    assert np.mean([abs(one.value - real) for one, real in zip(expected, true, strict=True)]) < 5.0
    assert 0.65 <= np.mean([one.low <= real <= one.high for one, real in zip(expected, true, strict=True)]) <= 0.95
    ruled = [predict(one.measures, "en") for one in fresh]
    assert np.mean([here.high - here.low for here in expected]) < np.mean(
        [there.high - there.low for there in ruled]
    )


def recordings_of(drafts: Sequence[int], seed: int) -> list[Example]:
    """Recordings of so many drafts each, which are off from what the rules say by a share of their own."""
    chance = np.random.default_rng(seed)
    single, found = iter(examples(sum(drafts), spread=0.05, seed=seed)), []
    for number, many in enumerate(drafts):
        off = float(chance.lognormal(0.0, 0.4))
        found += [replace(next(single), recording_id=f"r{number}") for _ in range(many)]
        found[-many:] = [replace(one, share=off * one.share) for one in found[-many:]]
    return found


def test_a_long_recording_counts_no_more_than_others_in_the_interval() -> None:
    within = []
    for seed in range(5):
        model = model_of(recordings_of([18, 18, *[1] * 18], seed))
        for one in recordings_of([1] * 100, 100 + seed):
            expected = predict(one.measures, "en", model)
            within.append(expected.low <= difficulty(one.share, 1.0) <= expected.high)
    assert np.mean(within) > 0.74
    residuals = np.random.default_rng(0).exponential(size=29)
    assert conformal_half_width(residuals, np.ones(29)) == np.sort(residuals)[23], "the 24th of 29"
    assert conformal_half_width(np.array([3.0, 1.0, 2.0]), np.ones(3)) == 3.0


def test_where_the_rules_are_right_no_model_is_good() -> None:
    assert not model_of(examples(40)).good


def test_work_that_has_nothing_to_do_with_the_drafts_makes_no_good_model() -> None:
    shares = np.random.default_rng(0).uniform(0.1, 1.5, 40)
    shuffled = [replace(one, share=float(share)) for one, share in zip(examples(40), shares, strict=True)]
    model = model_of(shuffled)
    low, high = (
        predict(one.measures, "en", model).value for one in sorted(shuffled, key=lambda one: one.share)[::39]
    )
    assert abs(low - high) < 60.0
    assert model.half_width > 0.3


def test_more_of_anything_hard_never_makes_a_draft_easier() -> None:
    model = model_of(examples(40, spread=0.5))
    assert model.slope >= 0.0
    assert all(bend.weight > 0.0 for bend in model.bends.values())
    for name in ALL:
        shares = [model.share({**model.usual, name: model.usual[name] + more}) for more in (0.0, 0.1, 0.3, 5.0)]
        assert shares == sorted(shares)


def test_where_drafts_that_look_hard_were_easy_no_model_learns_to_turn_it_round() -> None:
    turned = [replace(one, share=0.5 / (one.share + 0.1)) for one in examples(40)]
    model = model_of(turned)
    assert model.slope >= 0.0
    for name in ALL:
        assert model.share({**model.usual, name: model.usual[name] + 0.3}) >= model.share(model.usual)


def test_a_line_that_is_held_firmly_is_that_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted, "PENALTIES", (1e6,))
    model = model_of(examples(40, times=2.0))
    assert model.slope == pytest.approx(1.0, abs=0.01)
    assert all(bend.weight < 0.001 for bend in model.bends.values())


def test_beyond_what_was_seen_a_feature_adds_nothing() -> None:
    bend = Bend(middle=2.0, unit=1.0, lowest=0.0, highest=3.0, weight=0.5)
    assert [bend.adds(value) for value in (-9.0, 0.0, 3.0, 9.0)] == [-1.0, -1.0, 0.5, 0.5]


def test_a_draft_unlike_any_before_is_not_carried_off() -> None:
    model = model_of(examples(40, times=2.0))
    found = predict(measure(talk(0.05, snr_db=-100.0, clipped_share=1.0, bandwidth_hz=1.0)), "en", model)
    assert found.low <= found.value <= found.high <= 100.0
    assert math.isfinite(found.effort_high)


@pytest.mark.parametrize("many", [0, 1, 3, 19])
def test_a_few_corrections_are_refused(many: int) -> None:
    assert refused(examples(many)) == f"{many} corrected recordings are too few to tell chance from habit"


def test_many_drafts_of_a_few_recordings_are_a_few() -> None:
    drafts = [replace(one, recording_id=f"recording {number % 5}") for number, one in enumerate(examples(60))]
    assert refused(drafts) == "5 corrected recordings are too few to tell chance from habit"


def test_a_draft_that_is_there_twice_counts_once_and_its_last_score_holds() -> None:
    once = examples(40)
    wrong = [replace(one, share=9.0) for one in once[:30]]
    assert model_of([*wrong, *once]) == model_of(once)


def test_drafts_that_were_all_as_hard_are_refused() -> None:
    for share in (0.0, 0.7):
        alike = [replace(one, share=share) for one in examples(30)]
        assert refused(alike) == "all 30 drafts were equally hard to correct"


def test_drafts_that_all_measure_the_same_are_refused() -> None:
    same = [replace(one, measures=measure(talk())) for one in examples(30)]
    assert refused(same) == "all drafts measure the same, so nothing tells hard from easy"


def test_what_is_the_same_in_all_drafts_is_left_out() -> None:
    model = model_of(examples(40, times=2.0))
    assert not {"clipping", "loops", "narrow_band"} & set(model.bends)
    assert set(model.usual) == set(ALL)


def test_drafts_of_another_language_are_refused_and_a_model_says_nothing_about_another() -> None:
    assert (
        refused([*examples(30), *(replace(one, draft_id="x" + one.draft_id) for one in examples(2, "ko"))])
        == "2 of 32 corrected drafts are in another language"
    )
    with pytest.raises(ValueError, match="a difficulty model of en says nothing about ko"):
        predict(measure(talk(language="ko")), "ko", model_of(examples(30)))


@pytest.mark.parametrize("share", [math.nan, math.inf, -0.1])
def test_shares_that_are_no_numbers_are_refused(share: float) -> None:
    broken = examples(30)
    assert refused([replace(broken[0], share=share), *broken[1:]]) == "1 of 30 shares of effort are no numbers"


def test_a_model_comes_back_from_json_and_predicts_the_same() -> None:
    model = model_of(examples(40, times=2.0))
    again = read_difficulty_model(json.loads(json.dumps(model.to_dict(), allow_nan=False)))
    assert again == model
    one = examples(1, seed=5)[0].measures
    assert predict(one, "en", again) == predict(one, "en", model)


@pytest.mark.parametrize(
    "damage",
    [
        {"schema": "prelabel.difficulty-model/2"},
        {"schema": None},
        {"language": "fr"},
        {"slope": -1.0},
        {"half_width": math.nan},
        {"usual": {}},
        {"bends": {"mood": {"middle": 0.0, "unit": 1.0, "lowest": 0.0, "highest": 1.0, "weight": 1.0}}},
        {"bends": {"noise": {"middle": 0.0, "unit": 0.0, "lowest": 0.0, "highest": 1.0, "weight": 1.0}}},
        {"bends": {"noise": {"middle": 0.0, "unit": 1.0, "lowest": 0.0, "highest": 1.0, "weight": -1.0}}},
        {"later": True},
    ],
)
def test_models_that_are_damaged_or_newer_are_refused(damage: dict[str, Any]) -> None:
    kept = model_of(examples(20)).to_dict()
    with pytest.raises(BadDocument, match="model of difficulty"):
        read_difficulty_model(kept | damage)


def test_no_recording_is_learned_from_and_asked_about() -> None:
    groups = [f"recording {number % 23}" for number in range(60)]
    asked: list[int] = []
    for learned, held_out in folds(groups):
        assert not {groups[place] for place in learned} & {groups[place] for place in held_out}
        asked += held_out.tolist()
    assert sorted(asked) == list(range(60))


@pytest.mark.parametrize(
    ("gains", "better"),
    [([], False), ([5.0], False), ([1.0, 1.1, 0.9] * 5, True), ([9.0, -8.0] * 5, False), ([0.1, 0.11] * 9, False)],
)
def test_a_gain_has_to_be_worth_it_and_beyond_chance(gains: list[float], better: bool) -> None:
    assert is_better(gains, least=0.5) is better
