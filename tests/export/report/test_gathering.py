from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.types import Draft
from export.estimates import published
from export.queue import Queue
from export.report.difficulty import difficulty_page
from export.report.difficulty_data import DifficultyReport
from export.report.gathering import HARDEST, gather_difficulty, in_words
from export.scores import Selection, score_corrections
from export.tables import corrections, fitted_models, unscored
from tests.export.desks import correct
from tests.export.exchanges import Desk
from tests.queues import predict

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def gathered(queue: Queue, **selection: Any) -> DifficultyReport:
    return gather_difficulty(queue, Selection(**selection), made_at=NOW)


def worked_on(desk: Desk, count: int) -> list[Draft]:
    """Drafts that were predicted, then corrected and scored: more and more of them is wrong; every third waits for
    a verdict."""
    drafts = desk.add(count)
    for number, draft in enumerate(drafts):
        predict(desk.queue, draft.draft_id, 10.0 * number)
    for number, draft in enumerate(drafts):
        verdict = None if number % 3 == 2 else "accepted"
        correct(desk, draft, change=lambda text, part=number: "x" * part + text[part:], verdict=verdict)  # type: ignore[misc]
    assert score_corrections(desk.queue, desk.store).scored == count
    return drafts


def shift(queue: Queue, drafts: Sequence[Draft], at: Sequence[datetime]) -> None:
    """As if their corrections had come in then."""
    with queue.writing() as transaction:
        for draft, moment in zip(drafts, at, strict=True):
            transaction.connection.execute(
                corrections.update().where(corrections.c.draft_id == draft.draft_id).values(at=moment)
            )


def test_an_empty_queue_has_a_report(desk: Desk) -> None:
    report = gathered(desk.queue)
    assert (report.languages, report.hardest, report.evidence, report.afresh) == ((), (), (), ())
    assert report.first is None
    assert "No corrections yet" in difficulty_page(report)


def test_every_scored_draft_is_in_one_language_and_provisional_ones_are_told_apart(desk: Desk) -> None:
    worked_on(desk, 8)
    report = gathered(desk.queue)
    assert [one.language for one in report.languages] == ["ko", "en", "zh", "ja"]
    assert [one.figures.drafts for one in report.languages] == [2, 2, 2, 2]
    assert sum(one.provisional for one in report.languages) == 2
    assert [one.key["language"] for one in report.evidence] == ["ko", "en", "zh", "ja"]
    assert sum(one.drafts for one in report.evidence) == 8
    assert "Project" not in difficulty_page(report)


def test_what_was_expected_stands_beside_what_came(desk: Desk) -> None:
    worked_on(desk, 8)
    korean = gathered(desk.queue).languages[0].outcomes
    assert list(korean.predicted) == [0.0, 40.0]
    assert list(korean.came) == list(korean.observed)
    assert korean.models == {"rules-1": 2}


def test_the_hardest_come_first_with_their_names_and_untouched_ones_not_at_all(desk: Desk) -> None:
    worked_on(desk, HARDEST + 4)
    hardest = gathered(desk.queue).hardest
    assert len(hardest) == HARDEST
    assert [one.difficulty for one in hardest] == sorted((one.difficulty for one in hardest), reverse=True)
    assert hardest[-1].difficulty > 0
    assert all(one.uri and one.uri.endswith(".mp4") and one.predicted for one in hardest)


def test_weeks_begin_on_monday_in_seoul(desk: Desk) -> None:
    drafts = [draft for draft in worked_on(desk, 8) if draft.language == "ko"]
    monday = datetime(2026, 9, 6, 15, 0, tzinfo=UTC)
    shift(desk.queue, drafts, [monday - timedelta(seconds=1), monday])
    report = gathered(desk.queue, language="ko")
    assert [(week.monday, week.figures.drafts) for week in report.languages[0].weeks] == [
        (date(2026, 8, 31), 1),
        (date(2026, 9, 7), 1),
    ]
    assert (report.first, report.last) == (monday - timedelta(seconds=1), monday)


def test_a_selection_is_kept_to_and_told(desk: Desk) -> None:
    worked_on(desk, 4)
    report = gathered(desk.queue, language="ja")
    assert [one.language for one in report.languages] == ["ja"]
    assert report.about == "Language Japanese"
    assert gathered(desk.queue, project="another").languages == ()
    since = datetime(2026, 9, 6, 15, 0, tzinfo=UTC)
    assert in_words(Selection(project="news", since=since)) == "Project news, corrections from 2026-09-07 on"
    assert in_words(Selection()) == "All projects and languages"


def test_waiting_drafts_that_are_better_typed_afresh_are_listed_hardest_first(desk: Desk) -> None:
    drafts = desk.add(8)
    for number, draft in enumerate(drafts):
        predict(desk.queue, draft.draft_id, 40.0 + 8 * number)  # from scratch above 75
    report = gathered(desk.queue)
    assert [(one.language, one.drafts, one.seconds) for one in report.afresh] == [
        ("en", 1, 10.0),
        ("zh", 1, 10.0),
        ("ja", 1, 10.0),
    ]
    assert [one.predicted.value for one in report.afresh_drafts] == [96.0, 88.0, 80.0]
    assert gathered(desk.queue, language="ko").afresh == ()


def test_what_was_said_to_be_better_typed_afresh_is_held_against_what_it_took(desk: Desk) -> None:
    drafts = desk.add(2)
    for draft in drafts:
        predict(desk.queue, draft.draft_id, 90.0)
    correct(desk, drafts[0], change=lambda text: "완전히 다른 말" * 9, verdict="accepted")
    correct(desk, drafts[1], verdict="accepted")
    score_corrections(desk.queue, desk.store)
    check = gathered(desk.queue).afresh_check
    assert (check.said, check.said_right, check.unsaid) == (2, 1, 0)


def test_words_are_counted_by_recogniser_against_the_usual_calibration(desk: Desk) -> None:
    worked_on(desk, 4)
    report = gathered(desk.queue)
    assert [(one.language, one.recogniser) for one in report.confidences] == [
        (language, "whisper abc123 int8") for language in ("ko", "en", "zh", "ja")
    ]
    assert all(sum(one.total) and not one.is_fitted for one in report.confidences)
    assert sum(report.confidences[0].right) == sum(report.confidences[0].total)
    assert all(len(one.curve) == len(one.total) for one in report.confidences)


def test_corrections_that_could_not_be_scored_are_told(desk: Desk) -> None:
    (draft,) = desk.add(1)
    correct(desk, draft)
    (desk.store.root / desk.queue.get(draft.draft_id).draft.body_path).unlink()
    assert score_corrections(desk.queue, desk.store).troubles
    with desk.queue.reading(once=True) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(unscored)) == 1
    assert gathered(desk.queue).unscored == 1
    assert gathered(desk.queue, project="another").unscored == 0
    assert "1 correction could not be scored" in difficulty_page(gathered(desk.queue))


@pytest.mark.parametrize("kind", ["difficulty", "confidence"])
def test_a_model_that_cannot_be_read_is_told_and_not_in_use(desk: Desk, kind: str) -> None:
    worked_on(desk, 1)
    scope = "ko" if kind == "difficulty" else "ko whisper abc123 int8"
    model = {"kind": kind, "scope": scope, "name": f"ko-{kind}-1", "at": NOW, "good": True, "examples": 60}
    with desk.queue.writing() as transaction:
        transaction.connection.execute(fitted_models.insert().values(**model, document={"schema": "another"}))
    (note,) = gathered(desk.queue).models
    assert not note.in_use
    assert "It cannot be read" in note.why
    assert note.why in difficulty_page(gathered(desk.queue)).replace("&#39;", "'")


def test_models_of_work_are_told_with_the_minutes_and_not_as_models_of_difficulty(desk: Desk) -> None:
    worked_on(desk, 1)
    row = {"kind": "work", "scope": "ko", "name": "ko-work-1", "at": NOW, "good": True, "examples": 60}
    with desk.queue.writing() as transaction:
        document = published("ko").to_dict()
        transaction.connection.execute(fitted_models.insert().values(**row, document=document))
    assert gathered(desk.queue).models == ()
