from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict, NotFound
from export.actions import act
from export.handoff import MOST_RECEIVED, Lease, Wanted, acknowledge, expire, lease, refuse
from export.queue import Queue
from export.reviews import Review, review, submit
from export.states import Actor, State
from export.tables import working_copies
from export.working_copies import KEPT_DAYS, WorkingCopy, drop_copy, find_copy, forget_copies, save_copy
from tests.queues import bring_to, correction, pass_time, queued


def one_lease(queue: Queue, worker: str | None = "kim", **wanted: Any) -> Lease:
    (leased,) = lease(queue, Wanted("studio", worker=worker, **wanted))
    return leased


@pytest.fixture
def draft(queue: Queue) -> str:
    """A draft that kim of the studio has."""
    (draft_id,) = queue.enqueue(queued()).added
    acknowledge(queue, draft_id, one_lease(queue).token)
    return draft_id


def save(
    queue: Queue, draft_id: str, body: str = "안녕", replaces: int | None = None, **changes: Any
) -> WorkingCopy:
    parts: dict[str, Any] = {"worker": "kim", "revision": 0, "platform": "studio", "holder": "studio"} | changes
    worker = parts.pop("worker")
    return save_copy(queue, draft_id, worker, body, replaces=replaces, **parts)


def kept(queue: Queue, draft_id: str, worker: str = "kim") -> str | None:
    try:
        return find_copy(queue, draft_id, worker, platform="studio").body
    except NotFound:
        return None


def saved_days_ago(queue: Queue, days: float) -> None:
    """As if every copy had been saved so long ago."""
    with queue.writing() as transaction:
        earlier = transaction.now - timedelta(days=days)
        transaction.connection.execute(working_copies.update().values(saved_at=earlier))


def test_what_was_typed_is_given_back_letter_for_letter_and_changes_nothing_else(queue: Queue, draft: str) -> None:
    before = queue.get(draft), queue.events()

    first = save(queue, draft, "가나 e\u0301 שלום 👩‍👩‍👧")
    second = save(queue, draft, "another", replaces=1, revision=2)

    assert (first.version, second.version, second.revision) == (1, 2, 2)
    assert first.body == "가나 e\u0301 שלום 👩‍👩‍👧"
    assert find_copy(queue, draft, "kim", platform="studio") == second
    assert second.saved_at >= first.saved_at
    assert (queue.get(draft), queue.events()) == before


@pytest.mark.parametrize("replaces", [None, 1, 3])
def test_whoever_names_another_version_is_refused_and_told_of_the_one_that_is_kept(
    queue: Queue, draft: str, replaces: int | None
) -> None:
    save(queue, draft, "one")
    mine = save(queue, draft, "two", replaces=1)

    with pytest.raises(Conflict) as caught:
        save(queue, draft, "three", replaces=replaces)

    assert caught.value.code == "stale_version"
    assert f"version 2 was saved at {mine.saved_at.isoformat(timespec='seconds')}" in caught.value.why
    assert kept(queue, draft) == "two"


def test_a_version_of_a_copy_that_is_not_there_is_refused(queue: Queue, draft: str) -> None:
    with pytest.raises(Conflict) as caught:
        save(queue, draft, replaces=1)

    assert (caught.value.code, caught.value.why) == ("stale_version", "you named version 1, and there is none")


def test_the_same_once_more_is_the_answer_that_got_lost(queue: Queue, draft: str) -> None:
    first = save(queue, draft, "one")
    assert save(queue, draft, "one") == first
    second = save(queue, draft, "two", replaces=1)
    assert save(queue, draft, "two", replaces=1) == second

    with pytest.raises(Conflict):
        save(queue, draft, "two", replaces=1, revision=1)
    third = save(queue, draft, "two", replaces=2)
    assert third.version == 3
    with pytest.raises(Conflict):
        save(queue, draft, "two", replaces=1)


def test_of_many_windows_that_save_at_the_same_time_one_is_kept(queue: Queue, draft: str) -> None:
    save(queue, draft, "one")
    barrier = threading.Barrier(6)
    outcomes: list[str] = []

    def type_in(text: str) -> None:
        barrier.wait()
        try:
            outcomes.append(save(queue, draft, text, replaces=1).body)
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=type_in, args=(f"window {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = [outcome for outcome in outcomes if outcome != "stale_version"]
    assert len(outcomes) == 6
    assert (kept(queue, draft), find_copy(queue, draft, "kim").version) == (winner, 2)


@pytest.mark.parametrize("state", sorted(State))
def test_it_is_saved_while_somebody_has_the_draft_and_read_whatever_became_of_it(
    queue: Queue, draft: str, state: State
) -> None:
    save(queue, draft, "one")
    bring_to(queue, draft, state)

    if state in (State.LEASED, State.DELIVERED, State.REWORK):
        assert save(queue, draft, "two", replaces=1).version == 2
        return
    with pytest.raises(Conflict) as caught:
        save(queue, draft, "two", replaces=1)
    assert caught.value.code == "state"
    assert f"it is {state}" in caught.value.why
    assert kept(queue, draft) == "one"


def test_nobody_saves_of_a_draft_that_is_anothers(queue: Queue, draft: str) -> None:
    for changes in ({"worker": "lee"}, {"holder": "elsewhere", "platform": "elsewhere"}):
        with pytest.raises(Conflict) as caught:
            save(queue, draft, **changes)
        assert caught.value.code == "not_yours"
    with pytest.raises(NotFound):
        save(queue, "0" * 32)


def test_of_a_draft_whose_person_is_not_known_everybody_of_the_platform_may_save(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    acknowledge(queue, draft_id, one_lease(queue, None).token)

    save(queue, draft_id, "kim's")
    save(queue, draft_id, "lee's", worker="lee")

    assert (kept(queue, draft_id), kept(queue, draft_id, "lee")) == ("kim's", "lee's")


def test_a_copy_is_of_one_platforms_person_even_where_two_have_the_same_name(queue: Queue, draft: str) -> None:
    save(queue, draft, "the studio's kim")
    act(queue, draft, "return", Actor.PLATFORM)
    (leased,) = lease(queue, Wanted("elsewhere", worker="kim"))
    acknowledge(queue, draft, leased.token)

    assert save(queue, draft, "another kim", holder="elsewhere", platform="elsewhere").version == 1

    assert kept(queue, draft) == "the studio's kim"
    assert find_copy(queue, draft, "kim", platform="elsewhere").body == "another kim"
    assert find_copy(queue, draft, "kim").body == "another kim", "of any platform: the newest"
    drop_copy(queue, draft, "kim", platform="elsewhere")
    assert kept(queue, draft) == "the studio's kim"


def test_what_an_administrator_saves_is_kept_for_the_platform_that_has_the_draft(queue: Queue, draft: str) -> None:
    save(queue, draft, "typed in Seoul", holder=None, platform="boss")

    assert kept(queue, draft) == "typed in Seoul"


def test_what_was_dropped_is_gone_and_no_old_window_writes_over_what_comes_after_it(
    queue: Queue, draft: str
) -> None:
    for number in (None, 1, 2):
        save(queue, draft, f"after {number}", replaces=number)
    drop_copy(queue, draft, "kim", platform="studio")
    drop_copy(queue, draft, "kim", platform="studio")

    assert kept(queue, draft) is None
    with pytest.raises(Conflict):
        save(queue, draft, "an old window", replaces=3)
    anew = [save(queue, draft, "anew"), save(queue, draft, "anew and more", replaces=4)]
    assert [one.version for one in anew] == [4, 5]
    for old in (None, 1, 2, 3):
        with pytest.raises(Conflict):
            save(queue, draft, "an old window", replaces=old)


def test_it_goes_when_its_person_hands_in_and_only_then(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    acknowledge(queue, draft_id, one_lease(queue, None).token)
    save(queue, draft_id, "kim's")
    save(queue, draft_id, "lee's", worker="lee")
    sent = correction(draft_id, worker="kim")

    submit(queue, sent, source="api")

    assert (kept(queue, draft_id), kept(queue, draft_id, "lee")) == (None, "lee's")
    review(queue, draft_id, Review("park", 1, "rework"))
    save(queue, draft_id, "the second attempt", revision=1)
    submit(queue, sent, source="api")
    assert kept(queue, draft_id) == "the second attempt", "a replay hands in nothing"


def test_it_stays_while_the_draft_is_with_somebody_else(queue: Queue, draft: str) -> None:
    save(queue, draft, "kim's")
    act(queue, draft, "return", Actor.PLATFORM)
    acknowledge(queue, draft, one_lease(queue, "lee").token)
    submit(queue, correction(draft, worker="lee"), source="api")

    assert kept(queue, draft) == "kim's"


def test_it_goes_when_the_draft_is_accepted_withdrawn_superseded_or_forgotten(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    leased = one_lease(queue)
    save(queue, draft_id, "until superseded")
    refuse(queue, draft_id, leased.token, reason="went home")
    assert kept(queue, draft_id) == "until superseded"
    (newer,) = queue.enqueue(queued(fingerprint="p2")).added
    assert queue.get(draft_id).state is State.SUPERSEDED
    assert kept(queue, draft_id) is None

    acknowledge(queue, newer, one_lease(queue).token)
    submit(queue, correction(newer, worker="lee"), source="api")
    bring_to(queue, newer, State.REWORK)
    save(queue, newer, "until accepted", worker="lee", revision=1)
    bring_to(queue, newer, State.SUBMITTED)
    review(queue, newer, Review("park", 1, "accepted"))
    assert kept(queue, newer, "lee") is None

    bring_to(queue, newer, State.REWORK)
    save(queue, newer, "until withdrawn", worker="lee", revision=1)
    act(queue, newer, "withdraw", Actor.OPERATOR)
    assert kept(queue, newer, "lee") is None

    bring_to(queue, newer, State.REWORK)
    save(queue, newer, "until forgotten", worker="lee", revision=1)
    queue.forget("r1")
    with queue.reading() as connection:
        assert connection.execute(working_copies.select()).all() == []


def test_no_copy_of_another_draft_goes_with_it(queue: Queue, draft: str) -> None:
    save(queue, draft)
    (other,) = queue.enqueue(queued("r2")).added
    acknowledge(queue, other, one_lease(queue).token)
    save(queue, other)

    submit(queue, correction(other, worker="kim"), source="api")
    act(queue, other, "withdraw", Actor.OPERATOR)
    queue.forget("r2")

    assert kept(queue, draft) == "안녕"


def test_it_goes_when_nobody_has_saved_it_for_long(queue: Queue, draft: str) -> None:
    save(queue, draft)
    saved_days_ago(queue, KEPT_DAYS - 0.1)
    assert (forget_copies(queue), kept(queue, draft)) == (0, "안녕")
    saved_days_ago(queue, KEPT_DAYS + 0.1)
    assert (forget_copies(queue), kept(queue, draft)) == (1, None)
    assert save(queue, draft, "anew").version == 1


def run_out(queue: Queue) -> None:
    pass_time(queue, 61.0)
    with queue.writing() as transaction:
        expire(transaction)


def test_a_draft_that_somebody_worked_on_does_not_die_of_leases_that_run_out(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    replaces = None
    for _ in range(2 * MOST_RECEIVED):
        one_lease(queue)
        replaces = save(queue, draft_id, f"after {replaces}", replaces).version
        run_out(queue)

    entry = queue.get(draft_id)
    assert (entry.state, entry.received, entry.worker, entry.leased_until) == (State.READY, 0, None, None)
    assert kept(queue, draft_id) == f"after {2 * MOST_RECEIVED - 1}"


def test_what_was_saved_under_an_earlier_lease_saves_no_draft(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    one_lease(queue)
    save(queue, draft_id)
    run_out(queue)
    for _ in range(MOST_RECEIVED):
        assert queue.get(draft_id).state is State.READY
        one_lease(queue)
        run_out(queue)

    assert queue.get(draft_id).state is State.DEAD
    assert kept(queue, draft_id) == "안녕"


def test_the_last_lease_of_a_draft_spares_it_where_something_was_saved(queue: Queue) -> None:
    (draft_id,) = queue.enqueue(queued()).added
    for _ in range(MOST_RECEIVED - 1):
        one_lease(queue)
        run_out(queue)
    one_lease(queue)
    save(queue, draft_id)
    run_out(queue)

    assert (queue.get(draft_id).state, queue.get(draft_id).received) == (State.READY, MOST_RECEIVED - 1)
    one_lease(queue)
    run_out(queue)
    assert queue.get(draft_id).state is State.DEAD
