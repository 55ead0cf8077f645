from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trends import BEGIN, scored_draft
from core.types import CorrectedSentence, Correction, Prediction
from export.corrections import SCHEMA
from export.evidence import FEWEST_DRAFTS, INCOMPLETE, MEASURES, By, Work, gather, work_on, works
from export.queue import Queue
from export.reviews import Submission, submit
from export.scoring import Edits
from export.states import State
from tests.queues import bring_to, correction, queued


def submission(
    lead_time: float = 60.0,
    played: tuple[tuple[float, float], ...] | None = None,
    revision: int = 1,
    flags: Sequence[str] = (),
    sentences: Sequence[tuple[float, float]] = ((0.0, 40.0), (40.0, 100.0)),
) -> Submission:
    """A revision of 100 seconds of speech."""
    rows = tuple(CorrectedSentence(start, end, "S1", "안녕") for start, end in sentences)
    correction = Correction(SCHEMA, "d1", revision, "kim", lead_time, rows, played)
    return Submission(correction, "api", tuple(flags), BEGIN)


def predicted(value: float) -> Prediction:
    return Prediction(value, value, value, 1.0, 1.0, 1.0, False, "rules", ())


def work(*revisions: Submission, **changes: Any) -> Work:
    return work_on(scored_draft(**changes), revisions or (submission(),))


def alike(
    many: int, worker: str, lead_time: float = 60.0, difficulty: float | None = 15.0, **changes: Any
) -> list[Work]:
    prediction = None if difficulty is None else predicted(difficulty)
    return [
        work(submission(lead_time), recording=f"{worker}-{n}", worker=worker, predicted=prediction, **changes)
        for n in range(many)
    ]


# one draft


@pytest.mark.parametrize(("lead_time", "shorter"), [(49.0, True), (50.0, False), (300.0, False), (0.0, None)])
def test_work_is_compared_with_hearing_at_double_speed(lead_time: float, shorter: bool | None) -> None:
    assert work(submission(lead_time)).shorter_than_hearing is shorter


def test_later_revisions_answer_a_review_and_need_no_hearing() -> None:
    found = work(submission(200.0), submission(5.0, revision=2), revision=2, rework=1)
    assert (found.shorter_than_hearing, found.worked_seconds) == (False, 205.0)


def test_time_that_may_be_incomplete_is_no_evidence() -> None:
    found = work(submission(5.0, flags=[INCOMPLETE]))
    assert (found.shorter_than_hearing, found.worked_seconds, found.work_ratio) == (None, None, None)


def test_one_revision_without_a_time_leaves_the_whole_unknown() -> None:
    assert work(submission(200.0), submission(0.0, revision=2)).worked_seconds is None


@pytest.mark.parametrize(
    ("played", "share", "not_played"),
    [
        (None, None, None),
        ((), 0.0, True),
        (((0.0, 5.0),), 0.05, True),
        (((0.0, 60.0), (20.0, 80.0)), 0.8, False),
        (((-5.0, 500.0),), 1.0, False),
    ],
)
def test_what_was_played_is_known_where_the_correction_says_so(
    played: tuple[tuple[float, float], ...] | None, share: float | None, not_played: bool | None
) -> None:
    found = work(submission(played=played))
    assert found.played_share == (None if share is None else pytest.approx(share))
    assert found.not_played is not_played


def test_a_revision_that_does_not_say_what_was_played_may_have_heard_all() -> None:
    assert work(submission(played=()), submission(revision=2)).not_played is None
    assert work(submission(played=()), submission(revision=2, played=((0.0, 100.0),))).not_played is False


def test_a_correction_without_sentences_has_nothing_to_hear() -> None:
    found = work(submission(1.0, played=(), sentences=()))
    assert (found.shorter_than_hearing, found.played_share, found.not_played) == (None, None, None)


def test_before_acceptance_nobody_knows_whether_it_is_accepted_unchanged() -> None:
    assert work(edits=0).accepted_unchanged is True
    assert work(edits=1).accepted_unchanged is False
    waiting = work(edits=0, provisional=True)
    assert (waiting.accepted_unchanged, waiting.accepted_at_first) == (None, None)


def test_absurd_times_and_odd_names_are_told_as_they_are() -> None:
    found = work(submission(30 * 24 * 3600.0), worker="\u202e'; DROP TABLE 金")
    assert found.work_ratio == pytest.approx(4320.0)
    assert json.loads(json.dumps(found.to_dict()))["worker"] == "\u202e'; DROP TABLE 金"


def test_work_is_read_from_the_queue_with_every_revision(queue: Queue) -> None:
    first, forgotten = (queued(name)[0].draft_id for name in ("r1", "r2"))
    for name, draft in (("r1", first), ("r2", forgotten)):
        queue.enqueue(queued(name))
        bring_to(queue, draft, State.DELIVERED)
        submit(queue, correction(draft, lead_time=0.2), source="api")
    bring_to(queue, first, State.DELIVERED)
    submit(queue, correction(first, 2, lead_time=60.0), source="api")
    queue.forget("r2")
    (found,) = works(queue, [scored_draft("r1", draft_id=first), scored_draft("r2", draft_id=forgotten)])
    assert (found.worked_seconds, found.shorter_than_hearing, found.played_share) == (60.2, True, None)


# many


def test_shares_stand_beside_their_counts_and_interval() -> None:
    (found,) = gather([*alike(6, "kim", 20.0), *alike(14, "lee")])
    share = found.findings["shorter_than_hearing"]
    assert (share.value, share.part, share.whole, share.drafts) == (0.3, 6, 20, 20)
    assert share.interval == (pytest.approx(0.1455, abs=1e-3), pytest.approx(0.5190, abs=1e-3))


def test_of_nine_drafts_only_the_counts_are_told() -> None:
    (found,) = gather(alike(FEWEST_DRAFTS - 1, "kim", 20.0))
    share = found.findings["shorter_than_hearing"]
    assert (share.value, share.interval, share.too_few, share.part, share.whole) == (None, None, True, 9, 9)


def test_what_is_not_known_is_not_counted() -> None:
    (found,) = gather([*alike(12, "kim"), *alike(8, "kim", 0.0)])
    assert found.findings["work_ratio"].drafts == 12
    assert found.findings["not_played"].to_dict() == {
        "value": None,
        "low": None,
        "high": None,
        "part": 0.0,
        "whole": 0.0,
        "drafts": 0,
        "too_few": True,
        "expected": None,
    }


def test_easy_drafts_are_expected_to_be_quick() -> None:
    """Kim had easy drafts only; on those everybody is as quick."""
    easy, hard = (alike(30, "lee", seconds, difficulty) for seconds, difficulty in ((30.0, 5.0), (300.0, 55.0)))
    found = {row.key["worker"]: row for row in gather([*alike(20, "kim", 30.0, 5.0), *easy, *hard], ["worker"])}
    kim = found["kim"].findings
    assert kim["shorter_than_hearing"].value == 1.0
    assert kim["shorter_than_hearing"].expected
    assert kim["shorter_than_hearing"].expected.value == 1.0
    assert kim["work_ratio"].expected
    assert kim["work_ratio"].expected.value == pytest.approx(0.05)
    assert found["lee"].findings["shorter_than_hearing"].expected
    assert found["lee"].findings["shorter_than_hearing"].expected.drafts == 30


def test_of_one_person_alone_the_same_is_expected_as_among_the_others() -> None:
    rows = [*alike(20, "kim"), *alike(20, "lee", 300.0)]
    among = {row.key["worker"]: row for row in gather(rows, ["worker"])}
    assert gather(rows, ["worker"], worker="kim") == (among["kim"],)
    (alone,) = gather(rows, worker="kim")
    assert alone.findings == among["kim"].findings
    assert alone.findings["work_ratio"].expected is not None
    assert gather(rows, worker="nobody") == ()


def test_expectations_are_those_of_others_of_the_same_language_only() -> None:
    rows = [*alike(20, "kim"), *alike(20, "lee", language="en"), *alike(20, "park", difficulty=None)]
    for row in gather(rows, ["worker"]):
        assert row.findings["shorter_than_hearing"].expected is None


def test_units_of_one_recording_are_one_piece_of_evidence() -> None:
    rows = [work(submission(60.0), recording="r") for _ in range(12)]
    (found,) = gather(rows)
    assert found.findings["work_ratio"].value == pytest.approx(0.1)
    assert found.findings["work_ratio"].interval is None


def test_rework_is_counted_per_draft() -> None:
    (found,) = gather([*alike(10, "kim", rework=2), *alike(10, "lee")])
    assert found.findings["rework_rounds"].value == 1.0
    assert found.findings["accepted_at_first"].value == 0.5


def test_unchanged_sentences_are_those_of_accepted_drafts() -> None:
    kept = scored_draft("a").figures
    figures = replace(kept, edits=Edits(), corrected_sentences=10, unchanged_sentences=10)
    rows = [*alike(12, "kim", figures=figures), *alike(12, "lee", provisional=True)]
    (found,) = gather(rows)
    share = found.findings["sentences_unchanged"]
    assert (found.provisional, share.value, share.part, share.whole) == (12, 1.0, 120, 120)


def test_nothing_is_said_of_no_drafts() -> None:
    assert gather([]) == ()
    assert gather([], ["worker"]) == ()


def test_words_are_neutral() -> None:
    said = " ".join([*MEASURES, *(measure.meaning for measure in MEASURES.values())]).lower()
    for word in ("cheat", "fraud", "lazy", "suspicious", "fault", "guilt", "bad", "careless", "worst"):
        assert word not in said


WORKS = st.lists(
    st.builds(
        lambda draft, seconds, played, level: work_on(
            replace(draft, predicted=level and predicted(level)), (submission(seconds, played),)
        ),
        st.builds(
            scored_draft,
            st.sampled_from(["r1", "r2", "r3"]),
            language=st.sampled_from(["ko", "ja"]),
            source=st.sampled_from(["", "studio"]),
            worker=st.text(max_size=3),
            edits=st.integers(0, 3),
            characters=st.integers(0, 100),
            provisional=st.booleans(),
        ),
        st.sampled_from([0.0, 1.0, 60.0, 2_592_000.0]),
        st.sampled_from([None, (), ((0.0, 50.0),)]),
        st.sampled_from([None, 0.5, 55.0, 99.9]),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(WORKS, st.lists(st.sampled_from(["worker", "project", "language", "source"]), unique=True))
def test_rows_add_to_all(rows: list[Work], by: list[By]) -> None:
    found, (everything, *_) = gather(rows, by), (*gather(rows), None)
    assert sum(row.drafts for row in found) == len(rows)
    if everything:
        for name in MEASURES:
            for count in ("part", "whole", "drafts"):
                total = sum(getattr(row.findings[name], count) for row in found)
                assert total == pytest.approx(getattr(everything.findings[name], count))
    assert json.dumps([row.to_dict() for row in found], allow_nan=False)


def test_what_another_one_did_is_charged_to_nobody() -> None:
    hurried = [submission(3.0), replace(submission(300.0, revision=2))]
    first, second = hurried
    second = replace(second, correction=replace(second.correction, worker="ben"))
    drafts = [
        work_on(scored_draft(recording=f"r{n}", worker="ben", rework=1), (first, second))
        for n in range(FEWEST_DRAFTS)
    ]

    (ben,) = gather(drafts, ["worker"])
    (everybody,) = gather(drafts)

    for name in ("shorter_than_hearing", "rework_rounds", "accepted_at_first"):
        assert ben.findings[name].drafts == 0
        assert everybody.findings[name].drafts == FEWEST_DRAFTS


def test_units_of_one_recording_count_as_one_case_of_a_share() -> None:
    units = [work(recording=f"r{n // 10}") for n in range(40)]
    (found,) = gather(units)
    shared = found.findings["accepted_unchanged"].interval
    (found,) = gather([work(recording=f"r{n}") for n in range(40)])
    apart = found.findings["accepted_unchanged"].interval
    assert shared is not None and apart is not None
    assert shared.high - shared.low > 2 * (apart.high - apart.low)
