from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from benchmarks.trends import BEGIN, scored_draft
from core.types import Prediction, Unit
from export.estimates import (
    FEWEST_DRAFTS,
    LISTENING,
    Estimate,
    WorkModel,
    estimate,
    estimate_batch,
    expected_minutes,
    fit_work,
    published,
    read_work_model,
)
from export.prices import Price
from export.scores import ScoredDraft


def prediction(effort: float, low: float | None = None, high: float | None = None) -> Prediction:
    return Prediction(
        20.0,
        10.0,
        30.0,
        effort,
        effort if low is None else low,
        effort if high is None else high,
        False,
        "rules",
        (),
    )


def logged(
    many: int,
    seed: int = 0,
    *,
    listening: float = 1.5,
    handwork: float = 2.0,
    spread: float = 0.2,
    **changes: Any,
) -> list[ScoredDraft]:
    """Drafts of ten minutes, two of a recording, on which people worked so long for every minute, more or less."""
    chance = np.random.default_rng(seed)
    found = []
    for n in range(many):
        edits = int(chance.integers(10, 600))
        worked = (600 * listening + handwork * 1.5 * edits) * math.exp(chance.normal(-(spread**2) / 2, spread))
        parts: dict[str, Any] = {
            "unit": Unit(n % 2, 2, 600.0 * (n % 2), 600.0 * (n % 2) + 600.0),
            "edits": edits,
            "characters": 3500,
            "worker": f"w{n % 5}",
            "at": BEGIN + timedelta(hours=n),
            "worked_seconds": worked,
        }
        found.append(scored_draft(f"r{n // 2}", **parts | changes))
    return found


def fitted(**changes: Any) -> WorkModel:
    parts = {"listening": 1.5, "handwork": 2.0, "shortest": 0.8, "longest": 1.3, "error": 0.05, "drafts": 90}
    return WorkModel("ko", "fitted", "", **parts | changes)


# one draft


def test_published_figures_hear_everything_and_add_the_handwork() -> None:
    found = expected_minutes(prediction(120.0), 600.0, published("ko"))
    assert found.value == pytest.approx(LISTENING * 10 + 2)
    assert (found.low, found.high) == (pytest.approx(12.0), pytest.approx(42.0))
    assert found.basis == "published figures, predicted by rules"


def test_where_nothing_is_predicted_minutes_are_by_the_audio() -> None:
    found = expected_minutes(None, 600.0, published("ja"))
    assert (found.value, found.low, found.high) == (40.0, 10.0, 80.0)
    assert found.basis.endswith("nothing predicted")


def test_fitted_factors_say_how_many_drafts_they_stand_on() -> None:
    found = expected_minutes(prediction(120.0, 60.0, 240.0), 600.0, fitted())
    assert found.value == pytest.approx(15 + 4)
    assert found.low < found.value < found.high
    assert found.high - found.value == pytest.approx(math.hypot(4.0, 0.3 * 19, 0.05 * 1.2816 * 19))
    assert found.basis == "90 ko drafts, predicted by rules"


@pytest.mark.parametrize("audio", [0.0, 0.5, 600.0, 10_800.0])
@pytest.mark.parametrize("model", [published("zh"), fitted()])
@pytest.mark.parametrize("foretold", [None, prediction(0.0), prediction(50.0, 80.0, 20.0)])
def test_minutes_lie_in_their_interval_and_are_never_below_zero(
    audio: float, model: WorkModel, foretold: Prediction | None
) -> None:
    found = expected_minutes(foretold, audio, model)
    assert 0.0 <= found.low <= found.value <= found.high


# price


def test_the_price_of_an_hour_of_work_stands_beside_the_price() -> None:
    unit = Unit(0, 1, 0.0, 600.0)
    found = estimate("r1", unit, "ko", prediction(120.0), Price(6000), {"ko": fitted()})
    assert found.per_hour
    assert found.per_hour.value == pytest.approx(6000 * 60 / 19)
    assert found.per_hour.low < found.per_hour.value < found.per_hour.high
    assert found.to_dict()["billable_minutes"] == 10.0


def test_without_a_rate_or_without_audio_there_is_no_price_of_an_hour() -> None:
    assert estimate("r", Unit(0, 1, 0.0, 600.0), "ko", None, None, {}).per_hour is None
    nothing = estimate("r", Unit(0, 1, 5.0, 5.0), "ko", None, Price(0), {})
    assert nothing.per_hour is None
    assert json.dumps(nothing.to_dict(), allow_nan=False)


# batches


def units(many: int, recordings: int, model: WorkModel | None = None, price: Price | None = None) -> list[Estimate]:
    models = {"ko": model or fitted()}
    return [
        estimate(
            f"r{n % recordings}", Unit(n, many, 0.0, 600.0), "ko", prediction(120.0, 60.0, 240.0), price, models
        )  # type: ignore[arg-type]
        for n in range(many)
    ]


def test_ends_of_other_recordings_do_not_add_and_those_of_one_recording_do() -> None:
    one = units(1, 1)[0].minutes
    apart, together = estimate_batch(units(16, 16)).minutes, estimate_batch(units(16, 1)).minutes
    assert apart.value == pytest.approx(16 * one.value)
    assert together.high - together.value == pytest.approx(16 * (one.high - one.value))
    assert apart.own_high == pytest.approx(4 * one.own_high)
    assert apart.shared_high == pytest.approx(16 * one.shared_high)


def test_published_factors_may_be_off_for_the_whole_batch_alike() -> None:
    one = units(1, 1, published("ko"))[0].minutes
    many = estimate_batch(units(400, 400, published("ko"))).minutes
    assert many.high - many.value > 0.9 * 400 * (one.high - one.value) * one.shared_high / math.hypot(
        one.shared_high, one.own_high
    )


def test_a_batch_counts_what_has_no_price() -> None:
    found = estimate_batch([*units(3, 3, price=Price(6000)), *units(2, 2)])
    assert (found.units, found.recordings, found.unpriced, found.billable_minutes) == (5, 3, 2, 50.0)
    assert found.prices == (Price(18_000),)
    assert found.per_hour[0].value == pytest.approx(6000 * 60 / 19)
    assert found.bases == {"90 ko drafts, predicted by rules": 5}


def test_an_empty_batch_is_no_work() -> None:
    found = estimate_batch([])
    assert (found.units, found.minutes.value, found.minutes.high, found.prices, found.per_hour) == (0, 0, 0, (), ())
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_batches_of_batches_add_up() -> None:
    parts = units(7, 7)
    whole = estimate_batch(parts).minutes.value
    assert whole == pytest.approx(estimate_batch(parts[:3]).minutes.value + estimate_batch(parts[3:]).minutes.value)


# fitting


def test_factors_come_back_from_logged_times() -> None:
    model = fit_work(logged(300))["ko"]
    assert model.basis == "fitted"
    assert model.listening == pytest.approx(1.5, rel=0.1)
    assert model.handwork == pytest.approx(2.0, rel=0.15)
    assert (model.drafts, model.recordings, model.workers, model.left_out) == (290, 145, 5, 10)
    assert model.held_out_error == pytest.approx(0.17, abs=0.04)
    assert model.published_error
    assert model.held_out_error < model.published_error


def test_eight_in_ten_new_drafts_take_as_long_as_the_interval_says() -> None:
    model = fit_work(logged(200))["ko"]
    held = 0
    for draft in logged(400, seed=9):
        found = expected_minutes(prediction(draft.figures.effort), 600.0, model)
        held += found.low <= draft.worked_seconds / 60 <= found.high
    assert 0.74 <= held / 400 <= 0.9


def test_the_interval_of_a_batch_holds_its_whole_work() -> None:
    model, held = fit_work(logged(200))["ko"], 0
    for seed in range(20, 60):
        drafts = logged(40, seed)
        batch = estimate_batch(
            estimate(one.recording_id, one.unit, "ko", prediction(one.figures.effort), None, {"ko": model})
            for one in drafts
        ).minutes
        held += batch.low <= sum(one.worked_seconds for one in drafts) / 60 <= batch.high
        assert batch.high - batch.low < 0.25 * batch.value
    assert held >= 28


def test_people_who_work_at_different_speeds_leave_the_factors_less_sure() -> None:
    drafts = logged(200)
    speeds = {"w0": 0.6, "w1": 0.8, "w2": 1.0, "w3": 1.25, "w4": 1.6}
    uneven = [replace(draft, worked_seconds=speeds[draft.worker] * draft.worked_seconds) for draft in drafts]
    even, other = fit_work(drafts)["ko"], fit_work(uneven)["ko"]
    assert even.error < 0.05
    assert other.error > 0.1


def test_clocks_left_running_change_little() -> None:
    drafts = logged(200)
    idle = [
        scored_draft(f"idle{n}", worked_seconds=seconds, at=BEGIN, worker=f"w{n % 5}")
        for n, seconds in enumerate([2_592_000.0] * 20 + [9000.0] * 15)
    ]
    calm, shaken = fit_work(drafts)["ko"], fit_work([*drafts, *idle])["ko"]
    assert shaken.left_out >= 20
    assert shaken.listening == pytest.approx(calm.listening, rel=0.1)
    assert shaken.handwork == pytest.approx(calm.handwork, rel=0.1)


def test_few_drafts_fit_nothing() -> None:
    model = fit_work(logged(FEWEST_DRAFTS + 9))["ko"]  # ten are the first ones of five people
    assert (model.basis, model.listening, model.handwork) == ("published", LISTENING, 1.0)
    assert model.why == "30 drafts of 10 recordings with a time are needed, there are 29 of 15"


def test_many_drafts_of_one_recording_fit_nothing() -> None:
    alone = [scored_draft("r", worked_seconds=900.0, at=BEGIN + timedelta(hours=n)) for n in range(90)]
    assert fit_work(alone)["ko"].basis == "published"


def test_fitted_factors_that_are_worse_on_held_out_recordings_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.estimates._factors", lambda *_: (9.0, 9.0))
    model = fit_work(logged(100))["ko"]
    assert (model.basis, model.listening, model.handwork) == ("published", LISTENING, 1.0)
    assert model.why == "factors fitted to logged times are no better on recordings that were held out"
    assert model.held_out_error
    assert model.published_error
    assert model.held_out_error > model.published_error


def test_drafts_in_which_nothing_was_ever_edited_leave_handwork_as_published() -> None:
    model = fit_work(logged(100, edits=0, handwork=0.0))["ko"]
    assert (model.basis, model.handwork) == ("fitted", pytest.approx(1.0))
    assert model.listening == pytest.approx(1.5, rel=0.1)


def test_a_language_without_times_keeps_published_factors() -> None:
    models = fit_work(logged(200))
    assert {language: model.basis for language, model in models.items()} == {
        "ko": "fitted",
        "en": "published",
        "zh": "published",
        "ja": "published",
    }
    assert fit_work([])["en"].why.endswith("there are 0 of 0")


def test_half_corrected_incomplete_and_untimed_drafts_are_not_fitted_to() -> None:
    drafts = [
        *logged(90, provisional=True),
        *logged(90, worked_seconds=0.0),
        *logged(90, doubts=("lead_time_incomplete",)),
    ]
    model = fit_work(drafts)["ko"]
    assert (model.drafts, model.left_out) == (0, 90)


def test_models_come_back_from_what_was_written_down() -> None:
    model = fit_work(logged(100))["ko"]
    again = read_work_model(json.loads(json.dumps(model.to_dict(), allow_nan=False)))
    assert again.to_dict() == model.to_dict()
    assert read_work_model(published("en").to_dict()) == published("en")
