from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import export.fitting
from core.errors import StoreUnusable
from core.store import MediaStore
from core.types import Draft
from export.fitting import DUE_DRAFTS, examples_of, fit, is_due
from export.predictions import keep_model, kept_models, models_in_use, newest_model, next_name, renew
from export.reviews import submission
from export.scores import confirmed_confidences, score_corrections
from export.scoring import score_correction
from export.tables import measured
from models.difficulty import FEWEST_RECORDINGS, NotFitted, rules
from tests.export.conftest import build_draft, build_recording, build_sentence
from tests.export.desks import correct
from tests.export.exchanges import Desk
from tests.export.test_predictions import confidence_model, difficulty_model, english, keep, rows_of

SAID = "the people of this town have met in the old house near the river every single week since last winter"


def spoken(desk: Desk, number: int, *, unsure: float) -> Draft:
    """A draft whose words are as sure as `unsure` says, 0 to 1."""
    sentences = []
    for place in range(6):
        sentence = build_sentence(SAID, 10.0 * place, 10.0 * place + 8.0, id=f"{place + 1:04d}")
        words = tuple(replace(word, confidence=1.0 - 0.7 * unsure) for word in sentence.words)
        sentences.append(replace(sentence, words=words))
    draft = build_draft(sentences, seconds=60.0, recording=build_recording(seconds=60.0, identity=f"{number:064x}"))
    desk._enqueue(draft)
    return draft


def mend(share: float) -> Any:
    """Changes such a share of the words of a text."""

    def changed(text: str) -> str:
        words = text.split(" ")
        every = round(1 / share) if share else len(words) + 1
        return " ".join("qqqqq" if (place + 1) % every == 0 else word for place, word in enumerate(words))

    return changed


def world(desk: Desk, count: int, first: int = 0) -> list[Draft]:
    """Drafts that were corrected the less, the surer their words were: a third of what the rules expect."""
    drafts = []
    for number in range(first, first + count):
        unsure = (number % 10) / 10
        drafts.append(spoken(desk, number, unsure=unsure))
        correct(desk, drafts[-1], change=mend(0.25 * unsure), verdict="accepted")
    assert score_corrections(desk.queue, desk.store).troubles == ()
    return drafts


def test_a_model_is_fitted_to_what_was_corrected_and_predicts_what_waits(desk: Desk) -> None:
    world(desk, 40)
    assert is_due(desk.queue, "en")

    result = fit(desk.queue, desk.store, "en")

    assert result.passed_over == ()
    (confidence, difficulty) = result.fitted
    assert (confidence.kind, difficulty.kind, difficulty.scope) == ("confidence", "difficulty", "en")
    assert (difficulty.outcome, difficulty.examples) == ("in_use", 40)
    assert not is_due(desk.queue, "en")
    kept = newest_model(desk.queue, "difficulty", "en")
    assert kept is not None and (kept.name, kept.good, kept.in_use) == (difficulty.name, True, True)
    assert kept.document["drafts"] == 40
    waiting = spoken(desk, 1000, unsure=0.5)
    renew(desk.queue, desk.store)
    prediction = desk.queue.get(waiting.draft_id).prediction
    assert prediction is not None and prediction.model == difficulty.name


def test_examples_are_the_finished_corrections_measured_once(desk: Desk) -> None:
    drafts = world(desk, 6)
    reworked, other, _ = (spoken(desk, number, unsure=0.2) for number in (100, 101, 102))
    correct(desk, reworked, change=mend(0.5), verdict="rework")
    correct(desk, other, sentences=())
    desk.add(4, first=200)
    score_corrections(desk.queue, desk.store)

    learning = examples_of(desk.queue, desk.store, "en")

    assert [one.draft_id for one in learning.examples] == [one.draft_id for one in (*drafts, other)]
    assert learning.finished == 7
    assert rows_of(desk.queue, measured) == 7
    for file in desk.store.root.rglob("*.json"):
        file.unlink()
    again = examples_of(desk.queue, desk.store, "en")
    assert list(again.examples) == list(learning.examples)
    assert again.span == learning.span
    figures = score_correction(drafts[5], submission(desk.queue, drafts[5].draft_id, 1).correction).figures
    assert learning.examples[5].share == pytest.approx(figures.effort / figures.typing)


def test_a_draft_that_cannot_be_measured_is_passed_over_and_said(desk: Desk, tmp_path: Path) -> None:
    drafts = world(desk, 3)
    (desk.store.root / desk.queue.get(drafts[1].draft_id).draft.body_path).unlink()

    learning = examples_of(desk.queue, desk.store, "en")

    assert [one.draft_id for one in learning.examples] == [drafts[0].draft_id, drafts[2].draft_id]
    ((draft_id, why),) = learning.passed_over
    assert draft_id == drafts[1].draft_id and "No such file" in why
    with desk.queue.writing() as transaction:
        transaction.connection.execute(measured.delete())
    with pytest.raises(StoreUnusable):
        examples_of(desk.queue, MediaStore(tmp_path / "elsewhere"), "en")


def test_nothing_is_learnt_from_what_was_handed_in_unread_or_sent_back(desk: Desk) -> None:
    (draft,) = world(desk, 1)
    unheard, hurried, sent_back = (spoken(desk, number, unsure=0.5) for number in (100, 101, 102))
    correct(desk, unheard, played=(), verdict="accepted")
    correct(desk, hurried, lead_time=2.0)
    correct(desk, sent_back, verdict="rework")
    score_corrections(desk.queue, desk.store)

    learning = examples_of(desk.queue, desk.store, "en")

    assert [one.draft_id for one in learning.examples] == [draft.draft_id]
    assert learning.finished == 3, "they are no reason to fit again and again"
    ((_, recordings),) = confirmed_confidences(desk.queue, "en").items()
    assert recordings.keys() == {draft.recording.id}


def test_only_the_newest_are_learnt_from(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = world(desk, 5)
    monkeypatch.setattr(export.fitting, "MOST_EXAMPLES", 2)

    learning = examples_of(desk.queue, desk.store, "en")

    assert [one.draft_id for one in learning.examples] == [draft.draft_id for draft in drafts[3:]]
    assert learning.finished == 5


def test_too_little_is_data_and_nothing_is_kept(desk: Desk) -> None:
    empty = fit(desk.queue, desk.store, "en")
    assert [(one.kind, one.outcome, one.examples) for one in empty.fitted] == [("difficulty", "not_fitted", 0)]
    assert empty.fitted[0].advice

    world(desk, 3)
    few = fit(desk.queue, desk.store, "en")
    assert [one.outcome for one in few.fitted] == ["not_fitted", "not_fitted"]
    assert few.fitted[1].why.startswith("3 corrected recordings are too few")
    assert kept_models(desk.queue) == ()


def test_a_model_that_is_no_better_is_kept_and_not_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    world(desk, 3)
    monkeypatch.setattr(
        export.fitting, "fit_difficulty", lambda language, _, *, name, **__: difficulty_model(name, 0.5, good=False)
    )

    difficulty = fit(desk.queue, desk.store, "en").fitted[-1]

    assert (difficulty.outcome, difficulty.name) == ("not_better", "en-difficulty-1")
    assert [(one.name, one.in_use) for one in kept_models(desk.queue)] == [("en-difficulty-1", False)]
    assert models_in_use(desk.queue).difficulty == {}
    waiting = english(desk, 1, first=500)[0]
    renew(desk.queue, desk.store)
    prediction = desk.queue.get(waiting.draft_id).prediction
    assert prediction is not None and prediction.model == rules.NAME


def test_confidences_are_fitted_first_and_handed_to_the_model_of_difficulty(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(desk, 3)
    given = []
    good = {"whisper abc123 int8": True}

    def curve(scope: str, recordings: Any, *, name: str) -> Any:
        given.append((scope, len(recordings)))
        return confidence_model(name, scope, sure=True, good=good["whisper abc123 int8"])

    def line(_language: str, _examples: Any, *, confidence: Any, **__: Any) -> Any:
        given.append([one.name for one in confidence])
        return NotFitted("en", "too few", "more")

    monkeypatch.setattr(export.fitting, "fit_confidence", curve)
    monkeypatch.setattr(export.fitting, "fit_difficulty", line)
    fit(desk.queue, desk.store, "en")
    good["whisper abc123 int8"] = False
    fit(desk.queue, desk.store, "en")

    assert given == [
        ("en whisper abc123 int8", 3),
        ["en-confidence-1"],
        ("en whisper abc123 int8", 3),
        [],
    ]


def test_who_fits_while_another_one_does_is_overtaken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    world(desk, 3)

    def slow(_language: str, _examples: Any, *, name: str, **__: Any) -> Any:
        keep(desk.queue, difficulty_model("en-difficulty-9", 0.25))
        return difficulty_model(name, 0.5)

    monkeypatch.setattr(export.fitting, "fit_difficulty", slow)
    difficulty = fit(desk.queue, desk.store, "en").fitted[-1]

    assert (difficulty.outcome, difficulty.name) == ("overtaken", None)
    assert [one.name for one in kept_models(desk.queue)] == ["en-difficulty-9"]


def test_a_language_is_due_after_so_many_more_corrections(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def due(now: int, then: int, recordings: int = FEWEST_RECORDINGS) -> bool:
        monkeypatch.setattr(export.fitting, "_finished", lambda *_: now)
        monkeypatch.setattr(export.fitting, "_finished_recordings", lambda *_: recordings)
        assert then == 0 or keep_model(
            desk.queue,
            "difficulty",
            "en",
            difficulty_model(next_name(desk.queue, "difficulty", "en"), 0.5),
            then,
            after=newest_model(desk.queue, "difficulty", "en"),
        )
        return is_due(desk.queue, "en")

    assert [due(now, 0) for now in (DUE_DRAFTS - 1, DUE_DRAFTS)] == [False, True]
    assert not due(40, 0, FEWEST_RECORDINGS - 1), "it would be refused, round after round"
    assert [due(now, 50) for now in (50 + DUE_DRAFTS - 1, 50 + DUE_DRAFTS)] == [False, True]
    assert [due(now, 1000) for now in (1199, 1200)] == [False, True]
