from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import Conflict, NotFound, UsageProblem
from export import reviews
from export.actions import act
from export.handoff import (
    LONGEST_LEASE_SECONDS,
    MOST_LEASED,
    MOST_RECEIVED,
    Lease,
    Wanted,
    acknowledge,
    forget_language,
    languages_of_workers,
    lease,
    refuse,
    regain,
    renew,
)
from export.queue import Queue
from export.states import Actor, State
from tests.queues import bring_to, correction, fill, pass_time, predict, queued, statements, whole_scans

CROWD = 2000
"""Drafts in whose presence an index pays."""


def one_lease(queue: Queue, **wanted: Any) -> Lease:
    (leased,) = lease(queue, Wanted("platform", **wanted))
    return leased


def enqueue(queue: Queue, *recordings: str, language: str = "ko", project: str = "default") -> list[str]:
    """One ready draft of each recording; their ids."""
    return [
        queue.enqueue(queued(recording, language=language, project=project)).added[0] for recording in recordings
    ]


def leased_ids(queue: Queue, **wanted: Any) -> list[str]:
    return [one.entry.draft.draft_id for one in lease(queue, Wanted("platform", **{"count": 100} | wanted))]


def test_a_lease_gives_custody_for_a_time_and_says_so_in_the_feed(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")

    leased = one_lease(queue, seconds=30.0, worker="w1")

    assert leased.entry == queue.get(draft)
    assert (leased.entry.state, leased.entry.version, leased.entry.received) == (State.LEASED, 2, 1)
    assert (leased.entry.holder, leased.entry.worker) == ("platform", "w1")
    assert leased.entry.leased_until is not None
    assert timedelta(0) < leased.entry.leased_until - datetime.now(UTC) <= timedelta(seconds=31)
    happened = queue.events()[-1]
    assert (happened.kind, happened.actor, happened.by) == ("leased", Actor.PLATFORM, "platform")
    assert (happened.from_state, happened.to_state, happened.version) == (State.READY, State.LEASED, 2)


def test_a_holder_that_lost_its_tokens_gets_its_leases_back_and_the_old_tokens_are_worth_nothing(
    queue: Queue,
) -> None:
    enqueue(queue, "r1", "r2")
    lost = one_lease(queue)
    (other,) = lease(queue, Wanted("another"))

    (regained,) = regain(queue, "platform", 60.0)

    draft_id = lost.entry.draft.draft_id
    assert (regained.entry.draft.draft_id, regained.entry.received) == (draft_id, 1)
    with pytest.raises(Conflict):
        acknowledge(queue, draft_id, lost.token)
    assert acknowledge(queue, draft_id, regained.token).state is State.DELIVERED
    assert acknowledge(queue, other.entry.draft.draft_id, other.token).state is State.DELIVERED


def test_a_token_lies_in_the_queue_as_a_hash_only(queue: Queue) -> None:
    enqueue(queue, "r1")
    leased = one_lease(queue)

    assert leased.entry.lease_sha256 is not None
    assert leased.token not in repr(queue.get(leased.entry.draft.draft_id))
    assert leased.token not in repr(leased.entry.to_dict())


def test_nothing_that_waits_is_no_lease(queue: Queue) -> None:
    assert lease(queue, Wanted("platform")) == ()


def test_what_is_leased_is_leased_to_nobody_else(queue: Queue) -> None:
    ids = enqueue(queue, "r1", "r2", "r3")

    assert leased_ids(queue, count=2) == ids[:2]
    assert leased_ids(queue, count=2) == ids[2:]
    assert leased_ids(queue, count=2) == []


def test_the_highest_priority_comes_first_and_then_the_oldest(queue: Queue) -> None:
    first, second, third, fourth = enqueue(queue, "r1", "r2", "r3", "r4")
    queue.prioritise(third, 5)
    queue.prioritise(fourth, 5)
    queue.prioritise(first, -1)

    assert leased_ids(queue) == [third, fourth, second, first]


def test_priority_counts_across_languages(queue: Queue) -> None:
    (korean,) = enqueue(queue, "r1", language="ko")
    (japanese,) = enqueue(queue, "r2", language="ja")
    (english,) = enqueue(queue, "r3", language="en")
    queue.prioritise(japanese, 1)

    assert leased_ids(queue) == [japanese, korean, english]


def test_filters_by_language_project_and_difficulty(queue: Queue) -> None:
    (korean,) = enqueue(queue, "r1")
    (japanese,) = enqueue(queue, "r2", language="ja")
    (news,) = enqueue(queue, "r3", project="news")
    easy, hard, unknown = enqueue(queue, "r4", "r5", "r6", project="rated")
    predict(queue, easy, 10.0)
    predict(queue, hard, 90.0)

    assert leased_ids(queue, languages=("zh",)) == []
    assert leased_ids(queue, languages=("ja", "zh")) == [japanese]
    assert leased_ids(queue, project="news") == [news]
    assert leased_ids(queue, easiest=10.0, hardest=10.0) == [easy]
    assert leased_ids(queue, easiest=89.9) == [hard]
    assert leased_ids(queue, hardest=100.0) == []
    assert leased_ids(queue, project="rated") == [unknown]
    assert leased_ids(queue) == [korean]


def test_one_very_draft_is_leased_whatever_comes_before_it(queue: Queue) -> None:
    first, wanted = enqueue(queue, "r1", "r2")
    queue.prioritise(first, 5)
    predict(queue, wanted, 90.0)

    leased = one_lease(queue, draft_id=wanted, languages=("ja",), project="news", hardest=10.0, worker="kim")

    assert (leased.entry.draft.draft_id, leased.entry.worker, leased.entry.received) == (wanted, "kim", 1)
    assert leased.entry == queue.get(wanted)
    assert acknowledge(queue, wanted, leased.token).state is State.DELIVERED
    assert queue.get(first).state is State.READY


@pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))
def test_one_very_draft_that_is_not_ready_is_refused_with_its_state(queue: Queue, state: State) -> None:
    wanted, _ = enqueue(queue, "r1", "r2")
    bring_to(queue, wanted, state)

    with pytest.raises(Conflict) as caught:
        one_lease(queue, draft_id=wanted)

    assert (caught.value.code, queue.get(wanted).version) == ("state", 1)
    assert f"it is {state}," in caught.value.why


def test_one_very_draft_whose_lease_ran_out_is_leased_anew_and_one_that_died_of_it_is_not(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    for _ in range(MOST_RECEIVED):
        one_lease(queue, draft_id=draft, seconds=60.0)
        with pytest.raises(Conflict, match="cannot be leased"):
            one_lease(queue, draft_id=draft)
        pass_time(queue, 61.0)

    with pytest.raises(Conflict) as caught:
        one_lease(queue, draft_id=draft)

    assert "it is dead" in caught.value.why
    kinds = [happened.kind for happened in queue.history(draft)]
    assert kinds == ["enqueued", *["leased", "expired"] * (MOST_RECEIVED - 1), "leased"]


def test_one_very_draft_keeps_to_the_workers_language(queue: Queue) -> None:
    (korean,) = enqueue(queue, "r1")
    (japanese,) = enqueue(queue, "r2", language="ja")
    kim = Wanted("platform", worker="kim")

    (leased,) = lease(queue, replace(kim, draft_id=korean), one_language=True)
    with pytest.raises(Conflict, match="no drafts in ja") as caught:
        lease(queue, replace(kim, draft_id=japanese), one_language=True)

    assert leased.entry.draft.draft_id == korean
    assert languages_of_workers(queue) == {"kim": "ko"}
    assert caught.value.code == "language"
    with pytest.raises(UsageProblem, match="for which worker"):
        lease(queue, Wanted("platform", draft_id=japanese), one_language=True)


def test_a_draft_that_is_refused_decides_no_workers_language(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    bring_to(queue, draft, State.WITHHELD)

    with pytest.raises(Conflict):
        lease(queue, Wanted("platform", worker="kim", draft_id=draft), one_language=True)

    assert languages_of_workers(queue) == {}


def test_one_very_draft_is_one_and_is_there(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")

    with pytest.raises(UsageProblem, match="by one id"):
        lease(queue, Wanted("platform", count=2, draft_id=draft))
    with pytest.raises(NotFound):
        lease(queue, Wanted("platform", draft_id="0" * 32))


def test_of_many_who_want_one_very_draft_one_gets_it(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    barrier = threading.Barrier(6)
    outcomes: list[str] = []

    def ask(worker: str) -> None:
        barrier.wait()
        try:
            lease(queue, Wanted("platform", worker=worker, draft_id=draft), one_language=True)
            outcomes.append("leased")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=ask, args=(f"w{number % 3}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["leased", *["state"] * 5]
    assert len(languages_of_workers(queue)) == 1


@pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))
def test_only_what_is_ready_is_leased(queue: Queue, state: State) -> None:
    (draft,) = enqueue(queue, "r1")
    bring_to(queue, draft, state)

    assert leased_ids(queue) == []


def test_more_leases_at_once_than_others_look_ahead_still_find_something(queue: Queue) -> None:
    enqueue(queue, *(f"r{number}" for number in range(130)))

    assert len(leased_ids(queue, count=MOST_LEASED)) == MOST_LEASED
    assert len(leased_ids(queue, count=MOST_LEASED)) == 30


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"count": 0}, "1 to 100"),
        ({"count": MOST_LEASED + 1}, "1 to 100"),
        ({"seconds": 0.5}, "1 to 3600"),
        ({"seconds": LONGEST_LEASE_SECONDS + 1}, "1 to 3600"),
        ({"seconds": float("nan")}, "1 to 3600"),
        ({"seconds": float("inf")}, "1 to 3600"),
    ],
)
def test_a_lease_beyond_its_bounds_is_refused(queue: Queue, wanted: dict[str, Any], said: str) -> None:
    enqueue(queue, "r1")

    with pytest.raises(UsageProblem) as caught:
        lease(queue, Wanted("platform", **wanted))

    assert said in caught.value.why
    assert queue.list()[0].state is State.READY


def test_a_name_that_no_database_holds_is_the_askers_problem_and_nothing_is_leased(queue: Queue) -> None:
    enqueue(queue, "r1")

    try:
        (taken,) = lease(queue, Wanted("plat\0form"))  # SQLite holds it
        assert taken.entry.holder == "plat\0form"
    except UsageProblem as problem:
        assert "NUL" in problem.why
        assert queue.list()[0].state is State.READY


def test_acknowledging_delivers_and_starts_the_count_anew(queue: Queue) -> None:
    enqueue(queue, "r1")
    leased = one_lease(queue)

    entry = acknowledge(queue, leased.entry.draft.draft_id, leased.token, by="platform")

    assert (entry.state, entry.version, entry.received, entry.leased_until) == (State.DELIVERED, 3, 0, None)
    happened = queue.events()[-1]
    assert (happened.kind, happened.by, happened.version) == ("delivered", "platform", 3)


def test_acknowledging_twice_changes_nothing(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue)
    first = acknowledge(queue, draft, leased.token)

    assert acknowledge(queue, draft, leased.token) == first
    assert len(queue.events()) == 3


def test_an_acknowledgement_that_comes_again_after_the_correction_is_still_no_lost_lease(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue)
    acknowledge(queue, draft, leased.token)
    reviews.submit(queue, correction(draft), source="api")
    act(queue, draft, "start_review", Actor.REVIEWER)

    assert acknowledge(queue, draft, leased.token).state is State.IN_REVIEW
    assert [one.kind for one in queue.events()].count("delivered") == 1


def test_a_lease_that_ran_out_but_was_given_to_nobody_may_still_be_acknowledged(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue, seconds=60.0)
    pass_time(queue, 61.0)

    assert acknowledge(queue, draft, leased.token).state is State.DELIVERED


def test_a_lease_that_runs_out_makes_its_draft_ready_for_the_next_one(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    lost = one_lease(queue, seconds=60.0, worker="w1")
    assert lease(queue, Wanted("other")) == ()
    pass_time(queue, 61.0)

    (found,) = lease(queue, Wanted("other"))

    assert found.entry.draft.draft_id == draft
    assert (found.entry.received, found.entry.holder, found.entry.worker) == (2, "other", None)
    assert found.token != lost.token
    expired = queue.events()[2]
    assert (expired.kind, expired.actor, expired.from_state, expired.to_state, expired.version) == (
        "expired",
        Actor.QUEUE,
        State.LEASED,
        State.READY,
        3,
    )


def test_a_lost_lease_can_do_nothing_any_more(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    lost = one_lease(queue, seconds=60.0)
    pass_time(queue, 61.0)
    held = one_lease(queue)
    before = queue.get(draft)

    for attempt in (
        lambda: acknowledge(queue, draft, lost.token),
        lambda: refuse(queue, draft, lost.token, reason="full"),
        lambda: renew(queue, draft, lost.token, 60.0),
    ):
        with pytest.raises(Conflict, match="is lost") as caught:
            attempt()
        assert caught.value.code == "lease_lost"
    assert queue.get(draft) == before
    assert acknowledge(queue, draft, held.token).state is State.DELIVERED


def test_a_token_holds_for_its_own_draft_only(queue: Queue) -> None:
    first, second = enqueue(queue, "r1", "r2")
    one, other = lease(queue, Wanted("platform", count=2))

    with pytest.raises(Conflict):
        acknowledge(queue, first, other.token)
    with pytest.raises(Conflict):
        refuse(queue, second, one.token, reason="full")
    with pytest.raises(Conflict):
        renew(queue, second, "", 60.0)
    assert [entry.state for entry in queue.list()] == [State.LEASED] * 2


def test_what_the_queue_does_not_know_is_not_found(queue: Queue) -> None:
    for attempt in (
        lambda: acknowledge(queue, "0" * 32, "token"),
        lambda: refuse(queue, "0" * 32, "token", reason="full"),
        lambda: renew(queue, "../../etc/passwd", "token", 60.0),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_refused_draft_is_ready_again_and_the_feed_says_why(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue, worker="w1")

    entry = refuse(queue, draft, leased.token, reason="disk full", by="platform")

    assert (entry.state, entry.leased_until, entry.worker, entry.received) == (State.READY, None, None, 1)
    happened = queue.events()[-1]
    assert (happened.kind, happened.actor, happened.by) == ("refused", Actor.PLATFORM, "platform")
    assert happened.details == {"reason": "disk full"}
    assert refuse(queue, draft, leased.token, reason="disk full") == entry
    assert leased_ids(queue) == [draft]


def test_a_draft_that_is_refused_for_good_is_dead_with_the_reason(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue)

    entry = refuse(queue, draft, leased.token, reason="no sound", again=False)

    assert (entry.state, entry.dead_reason) == (State.DEAD, "refused: no sound")
    assert queue.events()[-1].details == {"reason": "refused: no sound"}
    assert refuse(queue, draft, leased.token, reason="no sound", again=False) == entry
    assert leased_ids(queue) == []


def test_a_draft_that_nobody_ever_acknowledges_dies(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    for number in range(MOST_RECEIVED):
        assert one_lease(queue, seconds=60.0).entry.received == number + 1
        pass_time(queue, 61.0)

    assert leased_ids(queue) == []

    entry = queue.get(draft)
    assert entry.state is State.DEAD
    assert entry.dead_reason == f"leased {MOST_RECEIVED} times and never acknowledged"
    happened = queue.events()[-1]
    assert (happened.kind, happened.actor, happened.from_state) == ("dead", Actor.QUEUE, State.LEASED)


def test_a_draft_that_is_refused_too_often_dies_of_the_last_reason(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    for number in range(MOST_RECEIVED):
        refuse(queue, draft, one_lease(queue).token, reason=f"attempt {number}")

    entry = queue.get(draft)
    assert (entry.state, entry.dead_reason) == (State.DEAD, f"refused: attempt {MOST_RECEIVED - 1}")


def test_a_redriven_draft_has_all_its_leases_again(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    refuse(queue, draft, one_lease(queue).token, reason="no sound", again=False)

    entry = act(queue, draft, "redrive", Actor.OPERATOR)

    assert (entry.state, entry.received, entry.dead_reason) == (State.READY, 0, None)
    assert one_lease(queue).entry.received == 1


def test_renewing_lengthens_the_lease_and_is_a_change_like_any_other(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue, seconds=60.0)
    pass_time(queue, 50.0)

    entry = renew(queue, draft, leased.token, 60.0, by="platform")

    assert entry.version == 3
    pass_time(queue, 50.0)
    assert leased_ids(queue) == []
    happened = queue.events()[-1]
    assert (happened.kind, happened.from_state, happened.to_state, happened.version, happened.by) == (
        "renewed",
        State.LEASED,
        State.LEASED,
        3,
        "platform",
    )
    pass_time(queue, 11.0)
    assert leased_ids(queue) == [draft]


def test_troubles_that_are_no_drafts_fault_never_bury_one(queue: Queue) -> None:
    queue.enqueue(queued())
    for _ in range(2 * MOST_RECEIVED):
        (leased,) = lease(queue, Wanted("platform"))
        refuse(queue, leased.entry.draft.draft_id, leased.token, reason="the bucket is down", counts=False)

    (entry,) = queue.list()
    assert (entry.state, entry.received) == (State.READY, 0)


def test_renewing_for_too_long_is_refused(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue)

    with pytest.raises(UsageProblem, match="cannot last"):
        renew(queue, draft, leased.token, LONGEST_LEASE_SECONDS + 1)


def test_a_draft_that_was_given_back_leaves_its_old_lease_without_power(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased = one_lease(queue)
    acknowledge(queue, draft, leased.token)
    act(queue, draft, "return", Actor.PLATFORM)

    with pytest.raises(Conflict):
        acknowledge(queue, draft, leased.token)
    assert queue.get(draft).state is State.READY


def test_one_language_keeps_a_worker_in_the_language_of_the_first_draft(queue: Queue) -> None:
    (korean,) = enqueue(queue, "r1")
    (japanese,) = enqueue(queue, "r2", language="ja")
    (another,) = enqueue(queue, "r3")
    kim = Wanted("platform", count=10, worker="kim")

    taken = lease(queue, kim, one_language=True)

    assert [one.entry.draft.draft_id for one in taken] == [korean, another]
    assert lease(queue, kim, one_language=True) == ()
    with pytest.raises(Conflict, match="no drafts in ja") as caught:
        lease(queue, replace(kim, languages=("ja",)), one_language=True)
    assert caught.value.code == "language"
    (other,) = lease(queue, replace(kim, worker="sato"), one_language=True)
    assert other.entry.draft.draft_id == japanese


def test_an_operator_lets_a_worker_choose_anew(queue: Queue) -> None:
    enqueue(queue, "r1")
    enqueue(queue, "r2", language="ja")
    kim = Wanted("platform", worker="kim", languages=("ko",))
    lease(queue, kim, one_language=True)
    assert languages_of_workers(queue) == {"kim": "ko"}

    forget_language(queue, "kim")

    assert len(lease(queue, replace(kim, languages=("ja",)), one_language=True)) == 1
    assert languages_of_workers(queue) == {"kim": "ja"}
    with pytest.raises(NotFound, match="'sato' keeps to no language"):
        forget_language(queue, "sato")


def test_one_language_asks_for_the_worker(queue: Queue) -> None:
    with pytest.raises(UsageProblem, match="for which worker"):
        lease(queue, Wanted("platform"), one_language=True)


def test_a_worker_who_got_nothing_is_bound_to_no_language(queue: Queue) -> None:
    kim = Wanted("platform", worker="kim")
    assert lease(queue, replace(kim, languages=("ko",)), one_language=True) == ()
    enqueue(queue, "r1", language="ja")

    assert len(lease(queue, kim, one_language=True)) == 1


def test_without_one_language_a_worker_gets_every_language(queue: Queue) -> None:
    enqueue(queue, "r1")
    enqueue(queue, "r2", language="ja")

    assert len(lease(queue, Wanted("platform", count=2, worker="kim"))) == 2


def test_a_workers_language_is_decided_once_however_many_ask_at_the_same_time(queue: Queue) -> None:
    for number in range(8):
        enqueue(queue, f"k{number}")
        enqueue(queue, f"j{number}", language="ja")
    barrier = threading.Barrier(4)
    found: list[set[str]] = []

    def ask(language: Any) -> None:
        barrier.wait()
        wanted = Wanted("platform", count=2, worker="kim", languages=(language,))
        try:
            found.append({one.entry.draft.language for one in lease(queue, wanted, one_language=True)})
        except Conflict as error:
            assert error.code == "language"
            found.append(set())

    threads = [threading.Thread(target=ask, args=(language,)) for language in ("ko", "ja", "ko", "ja")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set().union(*found)) == 1


def test_many_who_lease_at_the_same_time_get_each_draft_once_and_none_is_left(queue: Queue) -> None:
    ids = enqueue(queue, *(f"r{number}" for number in range(24)))
    barrier = threading.Barrier(8)
    taken: list[str] = []

    def take() -> None:
        barrier.wait()
        while leases := lease(queue, Wanted("platform", count=1)):
            taken.append(leases[0].entry.draft.draft_id)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(ids)


def test_a_lease_of_many_drafts_in_all_languages_asks_no_more_than_one_of_one(queue: Queue) -> None:
    enqueue(queue, *(f"r{number}" for number in range(40)))
    enqueue(queue, *(f"s{number}" for number in range(40)), language="ja")

    with statements(queue) as one:
        leased_ids(queue, count=1, languages=("ko",))
    with statements(queue) as many:
        assert len(leased_ids(queue, count=60)) == 60

    assert len(many) == len(one) == 4  # begin, look and lock, change, append the events


def test_nothing_that_waits_is_found_without_asking_for_each_language(queue: Queue) -> None:
    with statements(queue) as sent:
        assert leased_ids(queue) == []

    assert len(sent) <= 5


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"project": "news"},
        {"easiest": 10.0, "hardest": 20.0},
        {"project": "news", "hardest": 5.0},
        {"order": "difficulty"},
        {"order": "-difficulty"},
        {"order": "difficulty", "project": "news", "easiest": 10.0},
    ],
)
def test_no_lease_reads_the_whole_queue(queue: Queue, wanted: dict[str, Any]) -> None:
    fill(queue, CROWD)

    with statements(queue) as sent:
        leased_ids(queue, count=1, **wanted)

    looked = [one for one in sent if one[0].startswith("SELECT")]
    assert looked
    assert [whole_scans(queue, *one) for one in looked] == [[]] * len(looked)


def test_of_drafts_that_ran_out_those_of_higher_priority_still_come_first(queue: Queue) -> None:
    first, second, third = enqueue(queue, "r1", "r2", "r3")
    assert leased_ids(queue, count=2, seconds=60.0) == [first, second]
    pass_time(queue, 61.0)

    assert leased_ids(queue, count=3) == [first, second, third]


def test_the_lease_of_a_draft_that_is_withdrawn_never_runs_out(queue: Queue) -> None:
    (draft,) = enqueue(queue, "r1")
    leased_ids(queue)
    act(queue, draft, "withdraw", Actor.OPERATOR)

    assert queue.get(draft).leased_until is None
