"""What is learned from logged times, as it is kept in the queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.trends import scored_draft
from core.types import LANGUAGES
from export import worktimes
from export.estimates import LISTENING, WorkModel, published
from export.predictions import kept_models, models_in_use
from export.queue import Queue
from export.scores import ScoredDraft
from export.tables import fitted_models
from export.worktimes import learn_work, work_models


def timed(many: int, ratio: float = 4.0) -> list[ScoredDraft]:
    """Accepted Korean drafts on which people worked `ratio` times as long as they last."""
    found = []
    for number in range(many):
        draft = scored_draft(recording=f"r{number}", worker=f"w{number % 3}")
        audio = draft.figures.audio_seconds
        found.append(replace(draft, worked_seconds=ratio * audio * (1 + 0.1 * (number % 5 - 2))))
    return found


def test_factors_are_published_ones_until_times_were_logged(queue: Queue) -> None:
    assert learn_work(queue, "ko").basis == "published"
    assert kept_models(queue) == ()
    found = work_models(queue)
    assert set(found) == set(LANGUAGES)
    assert {one.listening for one in found.values()} == {LISTENING}


def test_what_was_learned_is_kept_and_used_for_its_language_only(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktimes, "observed", lambda database, selection: iter(timed(60)))

    learned = learn_work(queue, "ko")

    assert learned.basis == "fitted"
    found = work_models(queue)
    assert found["ko"].listening == pytest.approx(learned.listening, abs=1e-3)
    assert found["en"].basis == "published"
    (kept,) = kept_models(queue)
    assert (kept.kind, kept.scope, kept.examples, kept.in_use) == ("work", "ko", learned.drafts, True)
    assert models_in_use(queue).difficulty == {}, "it predicts no difficulty"


@pytest.mark.parametrize("document", [None, [], {}, {"listening": "long"}, {"later": 1}])
def test_factors_that_cannot_be_read_are_the_published_ones(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, document: Any
) -> None:
    monkeypatch.setattr(worktimes, "observed", lambda database, selection: iter(timed(60)))
    kept = learn_work(queue, "ko").to_dict()
    with queue.writing() as transaction:
        spoilt = kept | document if document else document
        transaction.connection.execute(fitted_models.update().values(document=spoilt))

    assert work_models(queue)["ko"] == published("ko")


def test_a_model_that_is_no_better_is_kept_and_the_published_factors_are_used(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktimes, "observed", lambda database, selection: iter(timed(4)))

    assert learn_work(queue, "ko").basis == "published"

    model: WorkModel = work_models(queue)["ko"]
    assert (model.basis, model.listening) == ("published", LISTENING)
    assert [one.in_use for one in kept_models(queue)] in ([], [False])
