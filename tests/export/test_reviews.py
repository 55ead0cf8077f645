from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import BadDocument, Conflict, NotFound
from core.types import CorrectedSentence
from export.actions import act
from export.answers import Answer, answered_once
from export.corrections import correction_json
from export.database import Database
from export.handoff import Wanted, acknowledge, lease
from export.queue import Queue
from export.reviews import Comment, Review, latest_review, review, reviews_of, submission, submissions, submit
from export.states import Actor, State
from export.tables import answers
from tests.queues import bring_to, correction, queued


def delivered(queue: Queue, recording: str = "r1") -> str:
    """A draft that the platform has."""
    (draft,) = queue.enqueue(queued(recording)).added
    (leased,) = lease(queue, Wanted("platform", worker="w1"))
    acknowledge(queue, draft, leased.token)
    return draft


def submitted(queue: Queue, text: str = "안녕하세요") -> str:
    """A draft of which revision 1 came in."""
    draft = delivered(queue)
    submit(queue, correction(draft, text=text), source="api")
    return draft


def last_change(queue: Queue) -> tuple[Any, ...]:
    happened = queue.events()[-1]
    return happened.kind, happened.actor, happened.from_state, happened.to_state


def test_a_submission_is_kept_letter_for_letter_as_the_next_revision(queue: Queue) -> None:
    draft = delivered(queue)
    sent = correction(draft, text="한글 e\u0301 é שלום", worker="w2")

    entry, new = submit(queue, sent, source="label_studio", flags=("lead_time_incomplete",), by="platform")

    assert new
    assert (entry.state, entry.revision, entry.worker, entry.version) == (State.SUBMITTED, 1, "w2", 4)
    assert entry == queue.get(draft)
    (kept,) = submissions(queue, draft)
    assert (kept.correction, kept.source, kept.flags) == (sent, "label_studio", ("lead_time_incomplete",))
    assert submission(queue, draft, 1) == kept
    assert last_change(queue) == ("submitted", Actor.PLATFORM, State.DELIVERED, State.SUBMITTED)
    assert queue.events()[-1].details == {"revision": 1, "source": "label_studio"}
    assert queue.events()[-1].by == "platform"


def test_what_is_handed_in_is_drawn_at_random_each_time_and_only_then(queue: Queue) -> None:
    ids = [queue.enqueue(queued(f"r{number}")).added[0] for number in range(40)]
    assert queue.list(drawn=1.0) == ()
    for draft in ids:
        bring_to(queue, draft, State.DELIVERED)
        submit(queue, correction(draft), source="api")

    def sample(share: float) -> set[str]:
        return {entry.draft.draft_id for entry in queue.list(drawn=share)}

    first = [sample(share) for share in (0.2, 0.5, 0.8, 1.0)]
    assert first[0] <= first[1] <= first[2] <= first[3] == set(ids)
    assert 0 < len(first[1]) < 40  # otherwise a coin fell on one side forty times
    submit(queue, correction(ids[0]), source="api")
    assert [sample(share) for share in (0.2, 0.5, 0.8, 1.0)] == first, "a replay is no submission"

    for draft in ids:
        submit(queue, correction(draft, revision=2), source="api")
    assert sample(0.5) != first[1]


def test_the_same_submission_again_changes_nothing(queue: Queue) -> None:
    draft = submitted(queue)
    before = queue.get(draft), queue.events()

    for version in (None, 1):
        assert submit(queue, correction(draft), source="api", version=version) == (before[0], False)

    assert (queue.get(draft), queue.events()) == before
    assert len(submissions(queue, draft)) == 1


@pytest.mark.parametrize("state", sorted(set(State) - {State.SUBMITTED, State.DELIVERED}))
def test_a_replay_is_recognised_whatever_became_of_the_draft(queue: Queue, state: State) -> None:
    draft = submitted(queue)
    bring_to(queue, draft, state)

    entry, new = submit(queue, correction(draft), source="api")

    assert (entry.state, new) == (state, False)


def test_an_old_revision_is_no_answer_to_a_new_delivery(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "rework"))
    act(queue, draft, "return", Actor.PLATFORM)
    (leased,) = lease(queue, Wanted("platform"))
    acknowledge(queue, draft, leased.token)

    with pytest.raises(Conflict, match="revision 1") as caught:
        submit(queue, correction(draft), source="api")

    assert caught.value.code == "revision"
    assert "as revision 2" in caught.value.fix
    assert submit(queue, correction(draft, 2), source="api")[1]


def test_another_content_under_a_taken_revision_is_a_conflict(queue: Queue) -> None:
    draft = submitted(queue)

    with pytest.raises(Conflict, match="revision 1") as caught:
        submit(queue, correction(draft, text="다른 말"), source="api")

    assert caught.value.code == "revision"
    assert "revisions never change" in caught.value.why
    assert "revision 2" in caught.value.fix
    assert submission(queue, draft, 1).correction == correction(draft)


@pytest.mark.parametrize("revision", [0, 2, 10_000])
def test_revisions_count_up_without_a_gap(queue: Queue, revision: int) -> None:
    draft = delivered(queue)

    with pytest.raises(Conflict) as caught:
        submit(queue, correction(draft, revision), source="api")

    assert caught.value.code == "revision"
    assert "the next one is 1" in caught.value.why
    assert submissions(queue, draft) == ()


def test_a_later_revision_leaves_the_earlier_one_alone(queue: Queue) -> None:
    draft = submitted(queue)

    entry, new = submit(queue, correction(draft, 2, text="둘째"), source="api")

    assert (entry.revision, new) == (2, True)
    assert [one.correction for one in submissions(queue, draft)] == [
        correction(draft),
        correction(draft, 2, text="둘째"),
    ]
    assert last_change(queue) == ("submitted", Actor.PLATFORM, State.SUBMITTED, State.SUBMITTED)


@pytest.mark.parametrize("state", sorted(set(State) - {State.DELIVERED, State.SUBMITTED, State.REWORK}))
def test_a_draft_that_is_not_with_people_takes_no_submission(queue: Queue, state: State) -> None:
    draft = delivered(queue)
    bring_to(queue, draft, state)

    with pytest.raises(Conflict) as caught:
        submit(queue, correction(draft), source="api")

    assert caught.value.code == "state"
    assert f"it is {state}" in caught.value.why
    assert submissions(queue, draft) == ()
    assert queue.get(draft).revision == 0


def test_a_submission_for_another_version_of_the_draft_is_refused(queue: Queue) -> None:
    draft = delivered(queue)

    with pytest.raises(Conflict) as caught:
        submit(queue, correction(draft), source="api", version=2)

    assert caught.value.code == "stale_version"
    assert submit(queue, correction(draft), source="api", version=3)[1]


def test_a_submission_for_an_unknown_draft_is_not_found(queue: Queue) -> None:
    with pytest.raises(NotFound):
        submit(queue, correction("0" * 32), source="api")
    with pytest.raises(NotFound, match="no revision 1"):
        submission(queue, "0" * 32, 1)
    assert submissions(queue, "0" * 32) == ()


def test_acceptance_has_a_time_and_a_review(queue: Queue) -> None:
    draft = submitted(queue)
    judged = Review("lee", 1, "accepted", "good", (Comment(0, "well heard"),))

    entry, new = review(queue, draft, judged, by="platform")

    assert (entry.state, new) == (State.ACCEPTED, True)
    assert entry.accepted_at is not None
    (kept,) = reviews_of(queue, draft)
    assert (kept.reviewer, kept.verdict, kept.comments) == ("lee", "accepted", (Comment(0, "well heard"),))
    assert kept.at == entry.accepted_at
    assert last_change(queue) == ("accepted", Actor.REVIEWER, State.SUBMITTED, State.ACCEPTED)
    assert queue.events()[-1].details == {"revision": 1, "reviewer": "lee", "comments": 1}


def test_a_draft_that_nobody_judged_has_no_latest_review(queue: Queue) -> None:
    draft = submitted(queue)
    for unjudged in (draft, "0" * 32):
        with pytest.raises(NotFound, match="has no review"):
            latest_review(queue, unjudged)

    review(queue, draft, Review("lee", 1, "rework"))
    review(queue, draft, Review("lee", 1, "rework"))

    assert latest_review(queue, draft) == reviews_of(queue, draft)[-1]


def test_the_same_judgement_again_changes_nothing(queue: Queue) -> None:
    draft = submitted(queue)
    judged = Review("lee", 1, "rework", "names", (Comment(0, "Kim, not Gim"),))
    entry, _ = review(queue, draft, judged)

    assert review(queue, draft, judged, version=1) == (entry, False)
    assert len(reviews_of(queue, draft)) == 1
    with pytest.raises(Conflict):
        review(queue, draft, Review("lee", 1, "rework", "other words"))
    with pytest.raises(Conflict):
        review(queue, draft, Review("park", 1, "rework", "names", (Comment(0, "Kim, not Gim"),)))


def test_rework_goes_back_to_people_and_comes_again(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "rework"))
    assert queue.get(draft).state is State.REWORK

    submit(queue, correction(draft, 2), source="api")
    entry, _ = review(queue, draft, Review("lee", 2, "accepted"))

    assert (entry.state, entry.revision) == (State.ACCEPTED, 2)
    assert [(one.revision, one.verdict) for one in reviews_of(queue, draft)] == [(1, "rework"), (2, "accepted")]


@pytest.mark.parametrize("revision", [0, 2, 2**80])
def test_only_the_latest_revision_is_judged(queue: Queue, revision: int) -> None:
    draft = submitted(queue)

    with pytest.raises(Conflict, match=f"revision {revision}") as caught:
        review(queue, draft, Review("lee", revision, "accepted"))

    assert (caught.value.code, caught.value.why) == ("revision", "the latest revision is 1")


def test_a_judgement_that_was_overtaken_by_a_revision_is_refused(queue: Queue) -> None:
    draft = submitted(queue)
    submit(queue, correction(draft, 2), source="api")

    with pytest.raises(Conflict):
        review(queue, draft, Review("lee", 1, "accepted"))
    assert queue.get(draft).state is State.SUBMITTED


@pytest.mark.parametrize("state", sorted(set(State) - {State.SUBMITTED, State.IN_REVIEW}))
@pytest.mark.parametrize("verdict", ["accepted", "rework"])
def test_what_awaits_no_judgement_takes_none(queue: Queue, state: State, verdict: Any) -> None:
    draft = submitted(queue)
    bring_to(queue, draft, state)

    with pytest.raises(Conflict) as caught:
        review(queue, draft, Review("lee", 1, verdict))

    assert caught.value.code == "state"
    assert reviews_of(queue, draft) == ()


def test_a_draft_without_a_submission_is_not_judged(queue: Queue) -> None:
    draft = delivered(queue)

    with pytest.raises(Conflict, match="latest revision is none"):
        review(queue, draft, Review("lee", 1, "accepted"))


def test_comments_name_sentences_that_are_there(queue: Queue) -> None:
    draft = submitted(queue)
    judged = Review("lee", 1, "rework", comments=(Comment(0, "here"), Comment(1, "?"), Comment(-1, "?")))

    with pytest.raises(BadDocument) as caught:
        review(queue, draft, judged)

    assert [pointer for pointer, _ in caught.value.problems] == ["/comments/1/sentence", "/comments/2/sentence"]
    assert "sentences 0 to 0" in caught.value.why
    assert queue.get(draft).state is State.SUBMITTED


def test_a_comment_on_a_correction_without_sentences_says_so(queue: Queue) -> None:
    draft = delivered(queue)
    submit(queue, correction(draft, sentences=()), source="api")

    with pytest.raises(BadDocument, match="no sentences"):
        review(queue, draft, Review("lee", 1, "rework", comments=(Comment(0, "?"),)))


def test_a_judgement_on_another_version_of_the_draft_is_refused(queue: Queue) -> None:
    draft = submitted(queue)

    with pytest.raises(Conflict) as caught:
        review(queue, draft, Review("lee", 1, "accepted"), version=3)

    assert caught.value.code == "stale_version"


def test_reopening_takes_the_acceptance_back_and_a_new_one_counts(queue: Queue) -> None:
    draft = submitted(queue)
    judged = Review("lee", 1, "accepted")
    first, _ = review(queue, draft, judged)

    reopened = act(queue, draft, "reopen", Actor.REVIEWER)
    assert (reopened.state, reopened.accepted_at) == (State.IN_REVIEW, None)
    again, new = review(queue, draft, judged, version=reopened.version)

    assert new
    assert first.accepted_at is not None
    assert again.accepted_at is not None
    assert again.accepted_at >= first.accepted_at
    assert len(reviews_of(queue, draft)) == 2


def test_a_judgement_that_comes_late_does_not_judge_what_was_reopened(queue: Queue) -> None:
    draft = submitted(queue)
    judged = Review("lee", 1, "accepted")
    review(queue, draft, judged)
    reopened = act(queue, draft, "reopen", Actor.REVIEWER)

    for late in (judged, Review("lee", 1, "rework")):
        with pytest.raises(Conflict, match="judged before") as caught:
            review(queue, draft, late)
        assert caught.value.code == "judged"

    assert queue.get(draft) == reopened
    assert len(reviews_of(queue, draft)) == 1


def test_what_is_judged_and_was_not_reopened_is_judged_by_its_state(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "rework"))

    with pytest.raises(Conflict) as caught:
        review(queue, draft, Review("kim", 1, "accepted"))

    assert (caught.value.code, caught.value.why) == (
        "state",
        "it is rework; from there the reviewer may bring it nowhere",
    )


def test_a_revision_that_follows_a_reopening_is_judged_as_any_other(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "accepted"))
    act(queue, draft, "reopen", Actor.REVIEWER)
    act(queue, draft, "stop_review", Actor.REVIEWER)
    submit(queue, correction(draft, 2), source="api")

    assert review(queue, draft, Review("lee", 2, "accepted"))[1]


def test_only_who_holds_a_draft_hands_it_in_or_gives_it_back(queue: Queue) -> None:
    draft = delivered(queue)
    before = queue.get(draft), queue.events()

    with pytest.raises(Conflict, match="is not yours") as submitting:
        submit(queue, correction(draft), source="api", holder="stranger")
    with pytest.raises(Conflict, match="is not yours") as returning:
        act(queue, draft, "return", Actor.PLATFORM, holder="stranger")

    assert (submitting.value.code, returning.value.code) == ("not_yours", "not_yours")
    assert (queue.get(draft), queue.events()) == before
    assert submit(queue, correction(draft), source="api", holder="platform")[1]


def test_a_draft_that_went_on_to_another_platform_is_no_longer_the_first_ones(queue: Queue) -> None:
    draft = delivered(queue)
    act(queue, draft, "return", Actor.PLATFORM, holder="platform")
    (leased,) = lease(queue, Wanted("second"))
    acknowledge(queue, draft, leased.token)

    with pytest.raises(Conflict, match="is not yours"):
        submit(queue, correction(draft), source="api", holder="platform")

    assert submit(queue, correction(draft), source="api", holder="second")[1]


def test_a_draft_given_back_after_rework_keeps_its_revisions_for_the_next_worker(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "rework"))

    entry = act(queue, draft, "return", Actor.PLATFORM)
    assert (entry.state, entry.revision, entry.worker) == (State.READY, 1, None)
    (leased,) = lease(queue, Wanted("platform", worker="w2"))
    acknowledge(queue, draft, leased.token)
    with pytest.raises(Conflict):
        submit(queue, correction(draft, 1, text="again"), source="api")

    assert submit(queue, correction(draft, 2), source="api")[0].revision == 2


def test_a_draft_with_a_revision_is_never_superseded(queue: Queue) -> None:
    draft = submitted(queue)
    review(queue, draft, Review("lee", 1, "rework"))
    act(queue, draft, "return", Actor.PLATFORM)

    result = queue.enqueue(queued(fingerprint="p2"), release=True)

    assert result.superseded == ()
    assert queue.get(draft).state is State.READY


def test_a_correction_of_a_superseded_draft_is_refused_and_nothing_is_lost(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added
    queue.enqueue(queued(fingerprint="p2"))

    with pytest.raises(Conflict) as caught:
        submit(queue, correction(draft), source="folder")

    assert caught.value.why == "it is superseded; from there the platform may bring it nowhere"
    assert queue.get(draft).state is State.SUPERSEDED


def rows_that_mention(database: Database, text: str) -> list[str]:
    """The tables in which `text` still stands somewhere."""
    found = []
    with database.reading() as connection:
        inspector = sa.inspect(connection)
        for name in inspector.get_table_names():
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).all()
            found += [name for row in rows if text in repr(row)]
    return sorted(set(found))


def test_forget_erases_corrections_reviews_details_and_answers(queue: Queue) -> None:
    kept = submitted(queue, text="kept words")
    (draft,) = queue.enqueue(queued("r2", uri="Minji.mp4")).added
    (leased,) = lease(queue, Wanted("platform", worker="Minji"))
    acknowledge(queue, draft, leased.token)
    sent = correction(draft, text="Minji said", worker="Minji")
    submit(queue, sent, source="api")
    review(queue, draft, Review("Minji", 1, "rework", "Minji?", (Comment(0, "Minji!"),)))
    act(queue, draft, "return", Actor.PLATFORM, reason="Minji is ill")
    answered_once(queue, "key", b"request", lambda _: Answer(200, correction_json(sent), (kept, draft)))
    answered_once(queue, "other", b"request", lambda _: Answer(200, correction_json(correction(kept)), (kept,)))
    assert rows_that_mention(queue, "Minji") == ["aliases", "answers", "corrections", "drafts", "events", "reviews"]

    queue.forget("r2")

    assert rows_that_mention(queue, "Minji") == []
    assert rows_that_mention(queue, draft) == ["events"]
    assert submission(queue, kept, 1).correction.sentences == (
        CorrectedSentence(0.0, 1.0, "S1", "kept words", "0001", ("0001",)),
    )
    with queue.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(answers)) == 1


def test_what_was_forgotten_may_come_again_as_if_it_were_new(queue: Queue) -> None:
    draft = submitted(queue)
    queue.forget("r1")
    with pytest.raises(NotFound):
        submit(queue, correction(draft, 2), source="api")

    assert delivered(queue) == draft
    assert submit(queue, correction(draft), source="api")[1]
    assert len(submissions(queue, draft)) == 1
