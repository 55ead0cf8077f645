from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import export.scores
from core.errors import DocumentLost, NotFound, StoreUnusable
from core.store import MediaStore
from core.types import CorrectedSentence
from export.actions import act
from export.queue import Queue
from export.scores import (
    MOST_ATTEMPTS,
    ScoredDraft,
    Selection,
    confirmed_confidences,
    observed,
    score_corrections,
    score_of,
    summed,
)
from export.scoring import SCORER, added, score_correction
from export.states import Actor, State
from export.tables import corrections, events, scores, unscored
from tests.export.conftest import build_draft, build_recording, build_sentence
from tests.export.desks import correct
from tests.export.exchanges import Desk
from tests.queues import predict, statements


def counted(desk: Desk, **selection: Any) -> list[ScoredDraft]:
    return list(observed(desk.queue, Selection(**selection)))


def scored_events(desk: Desk) -> list[dict[str, Any]]:
    return [dict(one.details) for one in desk.queue.events() if one.kind == "scored"]


def body_of(desk: Desk, draft_id: str) -> Path:
    return desk.store.root / desk.queue.get(draft_id).draft.body_path


def without_last(text: str) -> str:
    return text[:-2]


def test_every_revision_is_scored_once_and_the_counts_come_back_as_they_were(desk: Desk) -> None:
    drafts = desk.add(4)
    sent = [correct(desk, draft, change=without_last, verdict="accepted") for draft in drafts]

    assert score_corrections(desk.queue, desk.store).scored == 4
    assert score_corrections(desk.queue, desk.store).scored == 0

    found = counted(desk)
    assert [one.draft_id for one in found] == [draft.draft_id for draft in drafts]
    for one, draft, correction in zip(found, drafts, sent, strict=True):
        figures = score_correction(draft, correction).figures
        assert one.figures == figures
        assert (one.difficulty, one.language, one.revision) == (figures.difficulty, draft.language, 1)
        assert (one.provisional, one.state, one.worker) == (False, State.ACCEPTED, "kim")
        assert one.corrected_at <= one.scored_at and one.accepted_at is not None
    assert len({one["difficulty"] for one in scored_events(desk)}) == 4
    assert [one["provisional"] for one in scored_events(desk)] == [False] * 4


def test_what_counts_is_the_latest_revision_until_one_is_accepted(desk: Desk) -> None:
    (draft,) = desk.add(1)
    correct(desk, draft, 1, change=lambda text: "x", verdict="rework", worker="kim")
    score_corrections(desk.queue, desk.store)
    (first,) = counted(desk)
    assert (first.revision, first.provisional, first.rework) == (1, True, 1)
    assert counted(desk, accepted=True) == []

    correct(desk, draft, 2, verdict="accepted", worker="lee", lead_time=7.5)
    assert counted(desk) == []  # the revision that counts now is not scored yet, and no other stands in for it

    score_corrections(desk.queue, desk.store)
    (second,) = counted(desk)
    assert (second.revision, second.provisional, second.worker, second.rework) == (2, False, "lee", 1)
    assert (second.worked_seconds, second.figures.lead_seconds) == (50.0, 7.5)
    assert second.difficulty == 0.0

    act(desk.queue, draft.draft_id, "reopen", Actor.REVIEWER)
    assert counted(desk)[0].provisional


def test_what_was_withdrawn_counts_only_where_it_was_accepted(desk: Desk) -> None:
    kept, ended = desk.add(2)
    correct(desk, kept, verdict="accepted")
    correct(desk, ended)
    score_corrections(desk.queue, desk.store)
    for draft in (kept, ended):
        act(desk.queue, draft.draft_id, "withdraw", Actor.OPERATOR)

    assert [one.draft_id for one in counted(desk)] == [kept.draft_id]
    assert summed(desk.queue)[0].figures.drafts == 1


def test_what_is_counted_can_be_selected(desk: Desk) -> None:
    drafts = desk.add(4)
    for number, draft in enumerate(drafts):
        correct(desk, draft, verdict="accepted" if number else None, worker=f"w{number % 2}")
    score_corrections(desk.queue, desk.store)
    every = counted(desk)
    moment = every[2].corrected_at

    assert counted(desk, language=drafts[1].language) == [every[1]]
    assert counted(desk, worker="w1") == [every[1], every[3]]
    assert counted(desk, accepted=True) == every[1:]
    assert counted(desk, since=moment) == every[2:]
    assert counted(desk, until=moment) == every[:2]
    assert counted(desk, since=moment + timedelta(days=1)) == []
    for name in ("project", "source", "model_set", "fingerprint"):
        assert counted(desk, **{name: getattr(every[0], name)}) == every
        assert counted(desk, **{name: "another"}) == []


def test_the_source_is_what_the_manifest_says_and_else_the_project(desk: Desk) -> None:
    for number, metadata in enumerate(({"source": "radio"}, {"source": " "}, {})):
        draft = build_draft(
            [build_sentence("Good morning.", 0.5, 2.0)],
            recording=build_recording(identity=f"{number:064x}"),
            project="news",
            metadata=metadata,
        )
        desk._enqueue(draft)
        correct(desk, draft)
    score_corrections(desk.queue, desk.store)

    assert [one.source for one in counted(desk)] == ["radio", "news", "news"]


def test_sums_are_those_of_the_scores_one_by_one(desk: Desk) -> None:
    drafts = desk.add(8)
    for number, draft in enumerate(drafts):
        verdict: Any = "accepted" if number % 2 else None
        correct(desk, draft, change=without_last, verdict=verdict, worker=f"w{number % 3}")
    assert summed(desk.queue) == ()
    score_corrections(desk.queue, desk.store)
    every = counted(desk)

    (whole,) = summed(desk.queue)
    assert whole.figures.to_dict() == added(one.figures for one in every).to_dict()
    assert (whole.key, whole.provisional, whole.normaliser) == ({}, 4, None)
    by_language = summed(desk.queue, by=["language"])
    assert [one.key["language"] for one in by_language] == ["en", "ja", "ko", "zh"]
    for one in by_language:
        language = one.key["language"]
        alone = added(other.figures for other in every if other.language == language)
        assert one.figures.to_dict() == alone.to_dict()
        assert one.normaliser == f"prelabel-{language}-1"
    pairs = summed(desk.queue, Selection(accepted=True), by=["worker", "language"])
    assert sum(one.figures.drafts for one in pairs) == 4
    assert len(pairs) == len({(one.worker, one.language) for one in every if not one.provisional})
    assert summed(desk.queue, Selection(worker="nobody"), by=["language"]) == ()
    assert summed(desk.queue, Selection(worker="nobody")) == ()


def test_a_draft_that_cannot_be_read_stops_no_other_and_is_not_tried_for_ever(desk: Desk) -> None:
    lost, damaged, good = desk.add(3)
    for draft in (lost, damaged, good):
        correct(desk, draft)
    body_of(desk, lost.draft_id).unlink()
    kept = body_of(desk, damaged.draft_id).read_bytes()
    body_of(desk, damaged.draft_id).write_bytes(b"{}")

    first = score_corrections(desk.queue, desk.store)
    assert (first.scored, first.given_up) == (1, ())
    assert [(one.draft_id, one.revision, one.reason, one.attempts) for one in first.troubles] == [
        (lost.draft_id, 1, "lost", 1),
        (damaged.draft_id, 1, "lost", 1),
    ]
    assert "No such file" in first.troubles[0].why and "not what was enqueued" in first.troubles[1].why
    for attempt in range(2, MOST_ATTEMPTS + 1):
        again = score_corrections(desk.queue, desk.store)
        assert [one.attempts for one in again.troubles] == [attempt, attempt]
    last = score_corrections(desk.queue, desk.store)
    assert (last.scored, last.troubles) == (0, ())
    assert [(one.draft_id, one.reason, one.attempts) for one in last.given_up] == sorted(
        (draft.draft_id, "lost", MOST_ATTEMPTS) for draft in (lost, damaged)
    )

    body_of(desk, damaged.draft_id).write_bytes(kept)
    mended = score_corrections(desk.queue, desk.store, again=True)
    assert (mended.scored, len(mended.troubles)) == (1, 1)
    assert [one.draft_id for one in score_corrections(desk.queue, desk.store).given_up] == [lost.draft_id]


def test_documents_that_are_none_and_a_mistake_of_ours_are_told_apart(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable, crashing, good = desk.add(3)
    for draft in (unreadable, crashing, good):
        correct(desk, draft)
    with desk.queue.writing() as transaction:
        spoilt = corrections.update().where(corrections.c.draft_id == unreadable.draft_id).values(body="{}")
        transaction.connection.execute(spoilt)
    whole = export.scores.score_and_confirm

    def fails(draft: Any, correction: Any) -> Any:
        if draft.draft_id == crashing.draft_id:
            raise IndexError("list index out of range")
        return whole(draft, correction)

    monkeypatch.setattr(export.scores, "score_and_confirm", fails)
    found = score_corrections(desk.queue, desk.store)

    assert found.scored == 1
    assert {one.draft_id: one.reason for one in found.troubles} == {
        unreadable.draft_id: "unreadable",
        crashing.draft_id: "crashed",
    }


def test_a_store_that_is_not_there_is_no_trouble_of_a_draft(desk: Desk, tmp_path: Path) -> None:
    (draft,) = desk.add(1)
    correct(desk, draft)

    with pytest.raises(StoreUnusable):
        score_corrections(desk.queue, MediaStore(tmp_path / "elsewhere"))

    assert score_corrections(desk.queue, desk.store).scored == 1


def test_a_newer_scoring_counts_anew_and_tells_only_what_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    same, other = desk.add(2)
    for draft in (same, other):
        correct(desk, draft, change=without_last)
    score_corrections(desk.queue, desk.store)
    before = counted(desk)
    whole = export.scores.score_and_confirm

    def counts_otherwise(draft: Any, correction: Any) -> Any:
        score, confidences = whole(draft, correction)
        extra = 1.0 if draft.draft_id == other.draft_id else 0.0
        return replace(score, figures=replace(score.figures, effort=score.figures.effort + extra)), confidences

    monkeypatch.setattr(export.scores, "SCORER", SCORER + 1)
    monkeypatch.setattr(export.scores, "_TRIED", sa.false())
    monkeypatch.setattr(export.scores, "score_and_confirm", counts_otherwise)

    assert score_corrections(desk.queue, desk.store).scored == 2
    assert score_corrections(desk.queue, desk.store).scored == 0
    after = counted(desk)
    assert after[0].figures == before[0].figures
    assert after[1].figures.effort == before[1].figures.effort + 1.0
    assert len(scored_events(desk)) == 3


def test_two_rounds_at_once_score_each_revision_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for draft in desk.add(6):
        correct(desk, draft)
    both = threading.Barrier(2)
    whole = export.scores._keep

    def together(*given: Any) -> int:
        both.wait(30)
        return whole(*given)

    monkeypatch.setattr(export.scores, "_keep", together)
    results = []
    rounds = [
        threading.Thread(target=lambda: results.append(score_corrections(desk.queue, desk.store))) for _ in range(2)
    ]
    for one in rounds:
        one.start()
    for one in rounds:
        one.join()

    assert sum(one.scored for one in results) == 6
    assert len(scored_events(desk)) == len(counted(desk)) == 6


def test_a_draft_that_is_forgotten_while_it_is_scored_leaves_no_score(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = desk.add(2)
    for draft in (gone, stays):
        correct(desk, draft)
    whole = export.scores.score_and_confirm

    def forgetting(draft: Any, correction: Any) -> Any:
        if draft.draft_id == gone.draft_id:
            desk.queue.forget(gone.recording.id)
        return whole(draft, correction)

    monkeypatch.setattr(export.scores, "score_and_confirm", forgetting)
    found = score_corrections(desk.queue, desk.store)

    assert (found.scored, found.troubles) == (1, ())
    assert [one.draft_id for one in counted(desk)] == [stays.draft_id]


def test_forgetting_a_recording_erases_its_scores_and_troubles(desk: Desk) -> None:
    scored, lost = desk.add(2)
    for draft in (scored, lost):
        correct(desk, draft)
    body_of(desk, lost.draft_id).unlink()
    score_corrections(desk.queue, desk.store)

    for draft in (scored, lost):
        desk.queue.forget(draft.recording.id)

    with desk.queue.reading() as connection:
        for table in (scores, unscored):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        details = connection.scalars(sa.select(events.c.details).where(events.c.kind == "scored"))
        assert list(details) == [None]
    assert score_corrections(desk.queue, desk.store).troubles == ()


def sentence(text: str, start: float = 0.5, end: float = 2.0, **given: Any) -> CorrectedSentence:
    return CorrectedSentence(start, end, "S1", text, **given)


@pytest.mark.parametrize(
    "sentences",
    [
        (),
        (sentence("one", id="a"), sentence("two", id="a")),
        (sentence("two", 5.0, 6.0), sentence("one", 0.0, 1.0)),
        (sentence("Good morning. " * 100),),
        (sentence("…"),),
        (sentence("x", from_ids=("0009", "0009")),),
    ],
    ids=["empty", "ids twice", "reordered", "a hundred times the text", "marks only", "unknown sentences"],
)
def test_whatever_a_correction_holds_its_draft_has_a_score(desk: Desk, sentences: Any) -> None:
    (draft,) = desk.add(1)
    correct(desk, draft, sentences=sentences)

    assert score_corrections(desk.queue, desk.store).scored == 1
    (one,) = counted(desk)
    assert one.difficulty is None or 0.0 <= one.difficulty <= 100.0
    (whole,) = summed(desk.queue)
    assert whole.figures == one.figures


def test_a_draft_without_anything_has_a_score_without_rates(desk: Desk) -> None:
    draft = replace(build_draft([], recording=build_recording(identity="5" * 64)), quality={}, turns=())
    desk._enqueue(draft)
    correct(desk, draft, sentences=(), lead_time=0.0)

    assert score_corrections(desk.queue, desk.store).scored == 1
    (one,) = counted(desk)
    assert (one.difficulty, one.figures.cer, one.figures.work_ratio, one.worked_seconds) == (None, None, None, 0.0)
    assert scored_events(desk) == [{"revision": 1, "difficulty": None, "cer": None, "provisional": True}]


def test_the_correction_of_a_draft_that_was_superseded_meanwhile_counts(desk: Desk) -> None:
    (draft,) = desk.add(1)
    correct(desk, draft)
    desk.add_newer(draft)

    assert score_corrections(desk.queue, desk.store).scored == 1
    assert [one.fingerprint for one in counted(desk)] == [draft.pipeline.fingerprint]


def test_what_was_predicted_stands_beside_what_came_of_it(desk: Desk) -> None:
    told, untold = desk.add(2)
    predict(desk.queue, told.draft_id, 30.0)
    for draft in (told, untold):
        correct(desk, draft)
    score_corrections(desk.queue, desk.store)

    first, second = counted(desk)
    assert first.predicted is not None and second.predicted is None
    assert (first.predicted.value, first.predicted.reasons[0].points) == (30.0, 12.5)


def test_many_are_read_some_at_a_time_and_no_transaction_stays_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = desk.add(5)
    for draft in drafts:
        correct(desk, draft)
    monkeypatch.setattr(export.scores, "_AT_ONCE", 2)
    monkeypatch.setattr(export.scores, "_WRITTEN_AT_ONCE", 2)
    assert score_corrections(desk.queue, desk.store).scored == 5

    stream = observed(desk.queue)
    first = next(stream)
    desk.queue.forget(drafts[1].recording.id)  # erasing the log fails where somebody is still reading
    desk.queue.forget(drafts[3].recording.id)
    rest = [one.draft_id for one in stream]

    assert first.draft_id == drafts[0].draft_id
    assert rest[-1] == drafts[4].draft_id and drafts[3].draft_id not in rest


def test_the_whole_score_is_made_on_request(desk: Desk) -> None:
    draft, untouched = desk.add(2)
    first = correct(desk, draft, 1, change=without_last, verdict="rework")
    second = correct(desk, draft, 2, verdict="accepted")

    assert score_of(desk.queue, desk.store, draft.draft_id)[0] == score_correction(draft, second)
    assert score_of(desk.queue, desk.store, draft.draft_id, 1)[0] == score_correction(draft, first)
    for missing in ((draft.draft_id, 3), (untouched.draft_id, None), ("0" * 32, None)):
        with pytest.raises(NotFound):
            score_of(desk.queue, desk.store, *missing)
    body_of(desk, draft.draft_id).unlink()
    with pytest.raises(DocumentLost):
        score_of(desk.queue, desk.store, draft.draft_id)


def test_a_score_asked_for_while_its_draft_is_forgotten_is_not_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, _ = desk.add(2)
    correct(desk, draft)
    whole = export.scores.draft_of

    def forgotten(store: Any, entry: Any) -> Any:
        body_of(desk, draft.draft_id).unlink()
        desk.queue.forget(draft.recording.id)
        return whole(store, entry)

    monkeypatch.setattr(export.scores, "draft_of", forgotten)
    with pytest.raises(NotFound):
        score_of(desk.queue, desk.store, draft.draft_id)


def test_the_words_of_a_recogniser_are_counted_by_recording(desk: Desk) -> None:
    drafts = desk.add(8)
    for draft in drafts:
        correct(desk, draft)
    score_corrections(desk.queue, desk.store)

    ((recogniser, recordings),) = confirmed_confidences(desk.queue, "en").items()
    english = [draft for draft in drafts if draft.language == "en"]
    assert recogniser == counted(desk)[0].recogniser
    assert recordings.keys() == {draft.recording.id for draft in english}
    words = sum(len(one.words) for draft in english for one in draft.sentences)
    assert sum(sum(counts.total) for counts in recordings.values()) == words
    assert confirmed_confidences(desk.queue, "ko").keys() == {recogniser}


def test_looking_for_what_to_score_opens_no_draft_twice(queue: Queue, tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "store").open()
    with statements(queue) as sent:
        assert score_corrections(queue, store).scored == 0

    assert len(sent) == 2  # what is to be scored, and what was given up
