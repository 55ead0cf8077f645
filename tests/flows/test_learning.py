"""The loop: corrections in, scores, models, predictions, one round after the other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.settings import settings
from core.store import MediaStore
from export.corrections import correction_json
from export.folders.outgoing import push
from export.handoff import Wanted, acknowledge, lease
from export.queue import Queue
from export.reviews import submit
from export.scores import MOST_ATTEMPTS
from flows.drafting import plainly
from flows.learning import learn
from tests.flows.test_scoring import corrected, sample

T = TypeVar("T")


def correct() -> None:
    """Somebody takes the Korean sample and corrects its first sentence."""
    draft = sample()
    with Queue(settings().queue_url) as queue:
        (leased,) = lease(queue, Wanted(holder="platform", languages=("ko",)))
        acknowledge(queue, draft.draft_id, leased.token, holder="platform")
        submit(queue, corrected(draft, first="다른 문장입니다."), source="api")


def test_a_round_scores_what_came_in_and_predicts_what_waits_and_the_next_has_nothing_to_do(
    sampled_home: Path,
) -> None:
    correct()

    first, again = (learn(None, plainly) for _ in range(2))

    assert (first.scoring.scored, again.scoring.scored) == (1, 0)
    assert (first.renewal.looked_at, first.renewal.renewed, again.renewal.renewed) == (3, 3, 0)
    assert not first.failures and not first.fits and not first.worse
    with Queue(settings().queue_url) as queue:
        waiting = [entry for entry in queue.list() if entry.state == "ready"]
    assert len(waiting) == 3
    assert all(entry.prediction and entry.difficulty == entry.prediction.value for entry in waiting)
    document = json.loads(json.dumps(first.to_dict()))
    assert document["predicted"] == {"waiting": 3, "renewed": 3}
    assert first.as_text().splitlines() == [
        "scored: 1 revision",
        "predicted: 3 of 3 drafts that nobody has taken yet",
    ]


def test_corrections_are_pulled_from_every_folder_and_one_that_is_gone_stops_no_other(sampled_home: Path) -> None:
    folders = sampled_home / "one", sampled_home / "two"
    with Queue(settings().queue_url) as queue:
        for folder, language in zip(folders, ("ko", "en"), strict=True):
            folder.mkdir()
            push(queue, MediaStore(settings().store_path), str(folder), languages=(language,))
    inbox = folders[0] / "in"
    inbox.mkdir(exist_ok=True)
    written = correction_json(corrected(sample(), first="다른 문장입니다."))
    (inbox / "ko.json").write_text(written, encoding="utf-8")
    _touch_long_ago(inbox / "ko.json")
    for path in sorted(folders[1].rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folders[1].rmdir()

    learned = learn(None, plainly)

    came = {one.place: one for one in learned.pulled}
    assert [one.taken for one in came.values() if one.trouble is None] == [1]
    (failure,) = learned.failures
    assert str(folders[1]) in failure
    assert learned.scoring.scored == 1
    assert f"failed: {failure}" in learned.as_text()


def test_a_mistake_of_ours_in_one_place_is_told_and_the_round_goes_on(sampled_home: Path) -> None:
    folder = sampled_home / "one"
    folder.mkdir()
    correct()
    with Queue(settings().queue_url) as queue:
        push(queue, MediaStore(settings().store_path), str(folder), languages=("en",))

    def perform(stage: str, what: str, work: Callable[[], T]) -> T:
        if stage == "pull":
            raise ZeroDivisionError("a mistake")
        return work()

    learned = learn(None, perform)

    assert learned.pulled[0].trouble == "ZeroDivisionError: a mistake"
    assert learned.scoring.scored == 1


def test_languages_with_too_little_are_said_when_fitting_is_asked_for(sampled_home: Path) -> None:
    correct()

    learned = learn(None, plainly, pull=False, when="always")

    assert {found.language for found in learned.fits} == {"ko", "en", "zh", "ja"}
    assert all(one.outcome == "not_fitted" for found in learned.fits for one in found.fitted)
    assert "none was made" in learned.as_text()


def test_a_draft_whose_document_is_lost_fails_the_round_and_stops_no_other(sampled_home: Path) -> None:
    correct()
    with Queue(settings().queue_url) as queue:
        lost = next(entry for entry in queue.list() if entry.draft.language == "en")
    (settings().store_path / lost.draft.body_path).unlink()

    learned = learn(None, plainly)

    (failure,) = learned.failures
    assert lost.draft.draft_id in failure
    assert (learned.scoring.scored, learned.renewal.renewed) == (1, 2)


def test_what_was_left_after_many_attempts_is_named_in_every_round_and_tried_again_when_asked(
    sampled_home: Path,
) -> None:
    correct()
    with Queue(settings().queue_url) as queue:
        place = settings().store_path / queue.get(sample().draft_id).draft.body_path
    kept = place.read_bytes()
    place.unlink()
    for _ in range(MOST_ATTEMPTS):
        learn(None, plainly)

    left = learn(None, plainly)
    assert f"draft {sample().draft_id}, revision 1: " in left.as_text()
    assert left.to_dict()["given_up"][0]["reason"] == "lost"
    place.write_bytes(kept)
    assert learn(None, plainly).scoring.scored == 0
    assert learn(None, plainly, again=True).scoring.scored == 1
    assert not learn(None, plainly).scoring.given_up


def _touch_long_ago(file: Path) -> None:
    """So that nobody takes it for one that is still being written."""
    os.utime(file, (1e9, 1e9))
