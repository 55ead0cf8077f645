from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import export.predictions
from core.errors import StoreUnusable
from core.store import MediaStore
from core.types import Draft, Language
from export.database import Database
from export.handoff import Wanted, lease
from export.predictions import (
    RULES,
    keep_model,
    kept_models,
    models_in_use,
    newest_model,
    next_name,
    predict_draft,
    renew,
)
from export.queue import Queue
from export.states import State
from export.tables import fitted_models, measured, predictions
from models.difficulty import ConfidenceModel, DifficultyModel, HeldOut, Reliability, confidence_scope, rules
from models.difficulty.confidence import Curve
from models.difficulty.scale import softened
from tests.export.conftest import build_draft, build_recording, build_sentence
from tests.export.exchanges import Desk
from tests.queues import bring_to, predict, queued

DAY = datetime(2026, 11, 26, tzinfo=UTC)
HELD_OUT = HeldOut(0.8, 5.0, 0.0, 0.1)
RELIABLE = Reliability(2000, 1800, 0.01, 0.2, 0.8)


def difficulty_model(
    name: str, share: float, language: Language = "en", *, good: bool = True, confidences: tuple[str, ...] = ()
) -> DifficultyModel:
    """One that expects `share` of typing it all, whatever the draft."""
    return DifficultyModel(
        name=name,
        language=language,
        good=good,
        since=DAY,
        until=DAY,
        recordings=20,
        drafts=20,
        confidences=confidences,
        intercept=softened(share),
        slope=0.0,
        bends={},
        penalty=1.0,
        half_width=0.3,
        usual=rules.USUAL[language],
        model=HELD_OUT,
        rules=HELD_OUT,
        coverage=0.8,
        width=20.0,
    )


def confidence_model(name: str, scope: str, *, sure: bool, good: bool = True) -> ConfidenceModel:
    """One under which nearly every word is right, or hardly any."""
    curve = Curve(low=0.0, high=0.0, offset=6.0 if sure else -6.0)
    return ConfidenceModel(name, scope, good, curve, 20, RELIABLE, RELIABLE, RELIABLE)


def keep(queue: Database, model: DifficultyModel | ConfidenceModel) -> None:
    kind: Any = "difficulty" if isinstance(model, DifficultyModel) else "confidence"
    scope = model.language if isinstance(model, DifficultyModel) else model.scope
    assert keep_model(queue, kind, scope, model, 20, after=newest_model(queue, kind, scope))


def english(desk: Desk, count: int, first: int = 0) -> list[Draft]:
    """English drafts that wait, of which nothing is predicted."""
    made = []
    for number in range(first, first + count):
        draft = build_draft(
            [build_sentence("The meeting starts at three today.", 0.5, 2.0, id="0001")],
            recording=build_recording(identity=f"{number:064x}"),
        )
        desk._enqueue(draft)
        made.append(draft)
    return made


def models_of(desk: Desk) -> list[str | None]:
    return [entry.prediction and entry.prediction.model for entry in desk.queue.list()]


def predicted_events(desk: Desk) -> list[str]:
    return [one.draft_id for one in desk.queue.events() if one.kind == "predicted"]


def test_what_is_expected_is_written_with_the_drafts_and_only_with_new_ones(queue: Queue) -> None:
    rows = queued(units=2)
    drafts = [build_draft([build_sentence("Good morning.", 0.0, 2.0)], recording=build_recording())] * 2
    expected = {row.draft_id: predict_draft(draft, RULES) for row, draft in zip(rows, drafts, strict=True)}

    entries = queue.enqueue(rows, predicted=expected).entries

    prediction = expected[rows[0].draft_id].prediction
    assert [entry.prediction for entry in entries] == [prediction] * 2
    assert [entry.difficulty for entry in entries] == [prediction.value] * 2
    assert [(entry.version, entry.state) for entry in entries] == [(1, State.READY)] * 2
    assert [(one.kind, one.details) for one in queue.events()] == [
        ("enqueued", {"difficulty": round(prediction.value, 1)})
    ] * 2

    other = {
        draft_id: replace(one, prediction=replace(prediction, value=1.0)) for draft_id, one in expected.items()
    }
    again = queue.enqueue(rows, predicted=other)
    assert again.entries == entries


def test_drafts_of_which_nothing_is_expected_are_enqueued_as_ever(queue: Queue) -> None:
    (entry,) = queue.enqueue(queued()).entries

    assert (entry.difficulty, entry.prediction) == (None, None)
    assert [one.details for one in queue.events()] == [{}]


def test_where_a_recording_cannot_be_enqueued_nothing_of_its_predictions_remains(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = queued()
    draft = build_draft([build_sentence("Good morning.", 0.0, 2.0)])

    def fails(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("export.queue._note_alias", fails)
    with pytest.raises(KeyboardInterrupt):
        queue.enqueue(rows, predicted={rows[0].draft_id: predict_draft(draft, RULES)})

    assert queue.list() == ()
    assert rows_of(queue, predictions) == rows_of(queue, measured) == 0


def rows_of(queue: Database, table: sa.Table) -> int:
    with queue.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_forgetting_a_recording_erases_what_was_expected_of_it(desk: Desk) -> None:
    (draft,) = english(desk, 1)
    renew(desk.queue, desk.store)
    assert rows_of(desk.queue, predictions) == rows_of(desk.queue, measured) == 1

    desk.queue.forget(draft.recording.id)
    assert rows_of(desk.queue, predictions) == rows_of(desk.queue, measured) == 0


def test_waiting_drafts_are_predicted_by_the_rules_until_a_model_is_good(desk: Desk) -> None:
    english(desk, 3)

    first = renew(desk.queue, desk.store)
    assert (first.looked_at, first.renewed, first.troubles) == (3, 3, ())
    assert models_of(desk) == [rules.NAME] * 3
    assert renew(desk.queue, desk.store).renewed == 0

    keep(desk.queue, difficulty_model("en-difficulty-1", 1.0, good=False))
    assert renew(desk.queue, desk.store).renewed == 0

    keep(desk.queue, difficulty_model("en-difficulty-2", 0.5))
    assert renew(desk.queue, desk.store).renewed == 3
    entries = desk.queue.list()
    assert [round(entry.difficulty or 0.0, 6) for entry in entries] == [50.0] * 3
    assert models_of(desk) == ["en-difficulty-2"] * 3
    assert desk.queue.events()[-1].details == {"difficulty": 50.0, "model": "en-difficulty-2"}

    keep(
        desk.queue, difficulty_model("en-difficulty-3", 0.5, good=False)
    )  # what learnt most is worse than the rules
    assert renew(desk.queue, desk.store).renewed == 3
    assert models_of(desk) == [rules.NAME] * 3


def test_a_prediction_is_left_alone_until_somebody_would_see_that_it_moves(desk: Desk) -> None:
    (draft,) = english(desk, 1)
    renew(desk.queue, desk.store)
    before = desk.queue.get(draft.draft_id).prediction
    assert before is not None
    ends = {"low": before.low, "high": before.high, "from_scratch": False}

    for off, renewed in ((0.9, 0), (-0.9, 0), (1.1, 1)):
        predict(desk.queue, draft.draft_id, before.value + off, **ends)
        assert renew(desk.queue, desk.store).renewed == renewed
    for changes, renewed in (
        ({"model": "another"}, 0),
        ({"high": before.high - 4.9}, 0),
        ({"low": before.low + 5.1}, 1),
        ({"from_scratch": True}, 1),
    ):
        predict(desk.queue, draft.draft_id, before.value, **ends | changes)
        assert renew(desk.queue, desk.store).renewed == renewed


def test_drafts_that_somebody_has_or_had_keep_what_was_expected(desk: Desk) -> None:
    drafts = english(desk, len(State))
    renew(desk.queue, desk.store)
    for draft, state in zip(drafts, State, strict=True):
        bring_to(desk.queue, draft.draft_id, state)
    keep(desk.queue, difficulty_model("en-difficulty-1", 0.5))

    assert renew(desk.queue, desk.store).renewed == 2
    renewed = {
        entry.state for entry in desk.queue.list() if entry.prediction and entry.prediction.model != rules.NAME
    }
    assert renewed == {State.READY, State.WITHHELD}


def test_a_draft_that_is_leased_while_it_is_renewed_stays_as_it_was_given_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    english(desk, 3)
    renew(desk.queue, desk.store)
    keep(desk.queue, difficulty_model("en-difficulty-1", 0.5))
    whole = export.predictions._written

    def leased_before(*given: Any) -> int | None:
        (leased,) = lease(desk.queue, Wanted("platform"))
        assert leased.entry.prediction and leased.entry.prediction.model == rules.NAME
        return whole(*given)

    monkeypatch.setattr(export.predictions, "_written", leased_before)
    result = renew(desk.queue, desk.store)

    assert (result.looked_at, result.renewed) == (3, 2)
    assert models_of(desk) == [rules.NAME, "en-difficulty-1", "en-difficulty-1"]
    assert [one.kind for one in desk.queue.history(desk.queue.list()[0].draft.draft_id)][-1] == "leased"


def test_a_model_that_comes_into_use_meanwhile_predicts_them_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    english(desk, 5)
    monkeypatch.setattr(export.predictions, "_AT_ONCE", 2)
    whole = export.predictions._written
    batches = []

    def learnt_meanwhile(*given: Any) -> int | None:
        batches.append(len(given[1]))
        if len(batches) == 2:
            keep(desk.queue, difficulty_model("en-difficulty-1", 0.5))
        return whole(*given)

    monkeypatch.setattr(export.predictions, "_written", learnt_meanwhile)
    result = renew(desk.queue, desk.store)

    assert models_of(desk) == ["en-difficulty-1"] * 5
    assert batches == [2, 2, 2, 2, 1]
    assert (result.looked_at, result.models.difficulty.keys()) == (5, {"en"})


def test_a_draft_that_cannot_be_measured_stops_no_other(desk: Desk, tmp_path: Path) -> None:
    lost, damaged, good = english(desk, 3)
    for draft, body in ((lost, None), (damaged, b"{}")):
        file = desk.store.root / desk.queue.get(draft.draft_id).draft.body_path
        file.unlink() if body is None else file.write_bytes(body)

    result = renew(desk.queue, desk.store)
    assert (result.looked_at, result.renewed) == (3, 1)
    assert [one.draft_id for one in result.troubles] == [lost.draft_id, damaged.draft_id]
    assert desk.queue.get(good.draft_id).prediction is not None

    with pytest.raises(StoreUnusable):
        renew(desk.queue, MediaStore(tmp_path / "elsewhere"))


def test_predicting_anew_opens_no_draft_that_was_measured(desk: Desk) -> None:
    english(desk, 3)
    renew(desk.queue, desk.store)
    for file in desk.store.root.rglob("*.json"):
        file.unlink()
    keep(desk.queue, difficulty_model("en-difficulty-1", 0.5))

    assert renew(desk.queue, desk.store).renewed == 3


def test_what_another_release_measured_is_measured_anew(desk: Desk) -> None:
    (draft,) = english(desk, 1)
    renew(desk.queue, desk.store)
    with desk.queue.writing() as transaction:
        transaction.connection.execute(measured.update().values(document={"schema": "prelabel.measures/0"}))

    assert renew(desk.queue, desk.store).renewed == 1
    assert renew(desk.queue, desk.store).renewed == 0
    assert desk.queue.get(draft.draft_id).prediction is not None


def test_a_model_that_cannot_be_read_is_said_and_the_rules_stand_in(desk: Desk) -> None:
    english(desk, 1, first=100)
    desk.add(4)
    for language in ("en", "ko"):
        keep(desk.queue, difficulty_model(f"{language}-difficulty-1", 0.5, language))
    with desk.queue.writing() as transaction:
        spoilt = fitted_models.update().where(fitted_models.c.scope == "en")
        transaction.connection.execute(spoilt.values(document={"schema": "prelabel.difficulty-model/9"}))

    result = renew(desk.queue, desk.store)

    assert [one.name for one in result.models.troubles] == ["en-difficulty-1"]
    assert "prelabel.difficulty-model/9" in result.models.troubles[0].why
    of = {entry.draft.language: entry.prediction and entry.prediction.model for entry in desk.queue.list()}
    assert of == {"en": rules.NAME, "ko": "ko-difficulty-1", "zh": rules.NAME, "ja": rules.NAME}
    assert [(one.name, one.in_use) for one in kept_models(desk.queue)] == [
        ("ko-difficulty-1", True),
        ("en-difficulty-1", False),
    ]


@pytest.mark.parametrize("document", [None, [], "model", 7, {}, {"confidences": None}, {"confidences": [["a"]]}])
def test_a_model_of_which_nothing_is_left_is_said_too(desk: Desk, document: Any) -> None:
    english(desk, 1)
    keep(desk.queue, difficulty_model("en-difficulty-1", 0.5))
    keep(desk.queue, confidence_model("en-confidence-2", confidence_scope("en", "whisper abc123 int8"), sure=True))
    with desk.queue.writing() as transaction:
        transaction.connection.execute(fitted_models.update().values(document=document))

    result = renew(desk.queue, desk.store)

    assert [one.name for one in result.models.troubles] == ["en-difficulty-1", "en-confidence-2"]
    assert models_of(desk) == [rules.NAME]
    assert [one.in_use for one in kept_models(desk.queue)] == [False, False]


def test_drafts_without_anything_are_predicted(desk: Desk) -> None:
    empty = replace(build_draft([], recording=build_recording(identity="5" * 64)), quality={}, turns=(), flags=())
    silent = replace(build_sentence("x", 0.0, 1.0), speaker=None, words=(), text="", raw_text="")
    wordless = replace(build_draft([silent], recording=build_recording(identity="6" * 64)), quality={})
    for draft in (empty, wordless):
        desk._enqueue(draft)

    result = renew(desk.queue, desk.store)
    assert (result.renewed, result.troubles) == (2, ())
    for entry in desk.queue.list():
        assert (
            entry.prediction
            and 0.0 <= entry.prediction.low <= entry.prediction.value <= entry.prediction.high <= 100
        )


def recogniser(desk: Desk) -> str:
    with desk.queue.reading() as connection:
        document = connection.scalar(sa.select(measured.c.document).limit(1))
    assert document is not None
    return str(document["recogniser"])


def test_confidences_are_read_as_the_model_of_difficulty_learnt_to(desk: Desk) -> None:
    english(desk, 1)
    renew(desk.queue, desk.store)
    scope = confidence_scope("en", recogniser(desk))
    keep(desk.queue, confidence_model("en-confidence-1", scope, sure=True))
    surer = renew(desk.queue, desk.store)
    assert surer.models.confidence[scope].name == "en-confidence-1"

    keep(desk.queue, difficulty_model("en-difficulty-2", 0.5, confidences=("en-confidence-1",)))
    keep(desk.queue, confidence_model("en-confidence-3", scope, sure=False))
    used = models_in_use(desk.queue)
    assert used.confidence[scope].name == "en-confidence-1"
    assert {one.name for one in kept_models(desk.queue) if one.in_use} == {"en-difficulty-2", "en-confidence-1"}

    keep(desk.queue, difficulty_model("en-difficulty-4", 0.5, good=False))
    assert models_in_use(desk.queue).confidence[scope].name == "en-confidence-3"


def test_the_newest_model_is_in_use_where_it_is_good(queue: Queue) -> None:
    assert (models_in_use(queue), kept_models(queue), newest_model(queue, "difficulty", "en")) == (RULES, (), None)
    for number, good in enumerate((True, True, False), 1):
        keep(queue, difficulty_model(f"en-difficulty-{number}", 0.5, good=good))
        listed = [(one.name, one.good, one.in_use) for one in kept_models(queue)]
        assert listed[0] == (f"en-difficulty-{number}", good, good)
        assert sum(one.in_use for one in kept_models(queue)) == good
    assert next_name(queue, "difficulty", "ko") == "ko-difficulty-4"
    found = newest_model(queue, "difficulty", "en")
    assert found is not None and (found.name, found.good, found.examples) == ("en-difficulty-3", False, 20)


def test_of_two_that_fit_at_once_one_is_kept(queue: Queue) -> None:
    both = threading.Barrier(2)
    kept = []

    def fitted() -> None:
        last = newest_model(queue, "difficulty", "en")
        model = difficulty_model(next_name(queue, "difficulty", "en"), 0.5)
        both.wait(30)
        kept.append(keep_model(queue, "difficulty", "en", model, 20, after=last))

    at_once = [threading.Thread(target=fitted) for _ in range(2)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()

    assert sorted(kept) == [False, True]
    assert [one.name for one in kept_models(queue)] == ["en-difficulty-1"]


def test_two_renewals_at_once_write_each_prediction_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    english(desk, 4)
    both = threading.Barrier(2)
    whole = export.predictions._written

    def together(*given: Any) -> int | None:
        both.wait(30)
        return whole(*given)

    monkeypatch.setattr(export.predictions, "_written", together)
    results = []
    at_once = [threading.Thread(target=lambda: results.append(renew(desk.queue, desk.store))) for _ in range(2)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()

    assert sum(one.renewed for one in results) == 4
    assert len(predicted_events(desk)) == 4
