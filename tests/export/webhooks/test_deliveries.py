from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import export.webhooks.deliveries
from export.outbound import Answered, NotPosted
from export.queue import Queue
from export.tables import deliveries, events
from export.webhooks.deliveries import (
    BATCH,
    CLAIM_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MOST_ATTEMPTS,
    Result,
    Tally,
    _due_query,
    _waiting_query,
    claim,
    due_endpoints,
    endpoint_totals,
    list_deliveries,
    pause_seconds,
    redrive,
    retry_seconds,
    settle,
    spread,
)
from export.webhooks.endpoints import add_endpoint, disable_endpoint, enable_endpoint, list_endpoints
from export.webhooks.sending import dispatch
from tests.export.events import enqueue, later, waits
from tests.export.receivers import receiving


def posted(queue: Queue, at: datetime, answer: Callable[[int], Result]) -> list[int]:
    """The events that are posted at a moment, each answered by its number."""
    sent: list[int] = []
    for endpoint in due_endpoints(queue, at):
        while claimed := claim(queue, endpoint, at):
            sent += (numbers := [one.event.seq for one in claimed.deliveries])
            settle(queue, claimed, [answer(number) for number in numbers], at)
    return sent


def down(event: int) -> Result:
    return NotPosted("connection refused")


def paused_until(queue: Queue) -> datetime:
    """When an endpoint that fails is tried next."""
    (endpoint,) = list_endpoints(queue)
    assert endpoint.next_at is not None
    return endpoint.next_at


def ask_until(queue: Queue, at: datetime, answer: Callable[[int], Result], done: Callable[[], bool]) -> datetime:
    """Go from one try to the next until `done`: the moment of the last."""
    for _ in range(2000):
        posted(queue, at, answer)
        if done():
            return at
        (endpoint,) = list_endpoints(queue)
        turn = min(one.next_at for one in list_deliveries(queue, endpoint.name, dead=False) if one.next_at)
        at = max(turn, endpoint.next_at or turn)
    raise AssertionError("it never ends")


def test_an_endpoint_that_fails_is_tried_again_later_and_later_with_the_same_id(queue: Queue) -> None:
    with receiving(lambda number: (500 if number < 2 else 200, {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        assert dispatch(queue) == Tally(failed=1)
        ((attempts, next_at, error),) = waits(queue)
        assert (attempts, error) == (1, "it answered 500")
        assert next_at is not None
        assert timedelta(seconds=7) < next_at - datetime.now(UTC) < timedelta(seconds=13)
        assert dispatch(queue) == Tally()
        assert dispatch(queue, now=later(20)) == Tally(failed=1)
        assert dispatch(queue, now=later(60)) == Tally(sent=1)

    assert len(set(receiver.ids())) == 1
    assert len(receiver.got) == 3


def test_the_waits_double_up_to_an_hour_and_last_three_days_together() -> None:
    waits = [retry_seconds(attempt) for attempt in range(1, MOST_ATTEMPTS)]

    assert waits[:3] == [10.0, 20.0, 40.0]
    assert max(waits) == 3600.0
    assert 70 < sum(waits) / 3600 < 74
    assert max(pause_seconds(failures) for failures in range(1, 100)) == 900.0


def test_what_was_given_up_is_kept_and_sent_once_it_is_retried(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 1)
    spread(queue)
    at = ask_until(queue, later(0), lambda event: Answered(503), lambda: list_endpoints(queue)[0].dead == 1)
    assert timedelta(hours=50) < at - datetime.now(UTC) < timedelta(hours=90)
    (dead,) = list_deliveries(queue, "platform", dead=True)
    assert (dead.event, dead.attempts, dead.error) == (1, MOST_ATTEMPTS, "it answered 503")
    assert list_deliveries(queue, "platform", dead=False) == ()
    assert posted(queue, later(1e7), lambda event: Answered(204)) == []

    assert redrive(queue, "platform") == 1
    assert posted(queue, later(1), lambda event: Answered(204)) == [1]
    assert list_deliveries(queue, "platform") == ()


def test_behind_a_dead_endpoint_everything_waits_and_flows_once_it_is_back(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 40)
    spread(queue)
    at, posts = later(0), 0
    end = at + timedelta(days=1)
    assert len(posted(queue, at, down)) == BATCH
    while (at := paused_until(queue)) < end:
        assert posted(queue, at - timedelta(seconds=1), down) == []
        posts += len(posted(queue, at, down))

    assert 80 < posts < 140  # one a pause
    (endpoint,) = list_endpoints(queue)
    assert (endpoint.waiting, endpoint.dead) == (40, 0)
    assert max(attempts for attempts, _, _ in waits(queue)) < 8
    first = posted(queue, at, lambda event: Answered(204))
    rest = posted(queue, at + timedelta(hours=1), lambda event: Answered(204))
    assert len(first) > 30
    assert sorted(first + rest) == list(range(1, 41))


def test_only_one_of_all_dispatchers_tries_an_endpoint_that_fails(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 20)
    spread(queue)
    at = later(0)
    posted(queue, at, down)
    at = paused_until(queue)
    assert due_endpoints(queue, at) == [1]

    first = claim(queue, 1, at)
    assert first is not None
    assert len(first.deliveries) == 1
    assert (due_endpoints(queue, at), claim(queue, 1, at)) == ([], None)
    # Its dispatcher may have died.
    assert claim(queue, 1, at + timedelta(seconds=CLAIM_SECONDS)) is not None


def test_batches_that_fail_at_the_same_time_are_one_failure(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 3 * BATCH)
    spread(queue)
    at = later(0)
    claims = [claim(queue, 1, at) for _ in range(3)]
    for claimed in claims:
        assert claimed is not None
        settle(queue, claimed, [Answered(500)] * BATCH, at)

    assert timedelta(seconds=7) < paused_until(queue) - at < timedelta(seconds=13)


def test_a_delivery_that_its_receiver_cannot_digest_holds_up_no_other_and_ends(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 30)
    spread(queue)
    at = later(0)

    def picky(event: int) -> Answered:
        return Answered(422 if event == 3 else 204)

    assert sorted(posted(queue, at, picky)) == list(range(1, 31))
    assert list_endpoints(queue)[0].failing_since is None
    at = ask_until(queue, at, picky, lambda: list_endpoints(queue)[0].dead == 1)
    enqueue(queue, 1, first=30)
    spread(queue)
    assert posted(queue, at + timedelta(seconds=LONGEST_PAUSE_SECONDS * 1.25), picky) == [31]
    assert list_endpoints(queue)[0].failing_since is None


def test_an_endpoint_that_answers_nothing_good_for_days_is_disabled_and_its_events_wait(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 20)
    spread(queue)
    began = later(0)
    at = ask_until(queue, began, down, lambda: list_endpoints(queue)[0].disabled_reason is not None)

    assert timedelta(days=5) <= at - began < timedelta(days=5, hours=1)
    assert list_endpoints(queue)[0].disabled_reason == "it has answered nothing 2xx for 5 days"
    enqueue(queue, 5, first=20)
    assert (spread(queue), posted(queue, at + timedelta(days=9), down)) == (0, [])
    enable_endpoint(queue, "platform")
    assert spread(queue) == 5
    assert sorted(posted(queue, at + timedelta(days=9), lambda event: Answered(204))) == list(range(1, 26))


def test_what_is_redriven_to_an_endpoint_that_fails_is_no_burst(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 20)
    spread(queue)
    posted(queue, later(0), down)
    with queue.writing() as transaction:
        transaction.connection.execute(deliveries.update().values(next_at=None))

    assert redrive(queue, "platform") == 20
    assert len(posted(queue, later(1), down)) == 1


@pytest.mark.parametrize(
    ("status", "retry_after", "least", "most"),
    [
        (503, "120", 120, 121),
        (429, "120", 120, 121),
        (503, "1", 7, 13),
        (503, "-5", 7, 13),
        (503, "soon", 7, 13),
        (503, "", 7, 13),
        (429, None, 7, 13),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", 7, 13),
        (503, "Fri, 31 Dec 2999 23:59:59 GMT", 3600, 3601),
        (503, "Fri, 31 Dec 2999 23:59:59", 3600, 3601),
        (503, "9" * 400, 3600, 3601),
        (503, "Mon, 01 Jan 99999999999 00:00:00 GMT", 7, 13),
        (503, "٣٠٠", 7, 13),
    ],
)
def test_retry_after_is_honoured_within_bounds(
    queue: Queue, status: int, retry_after: str | None, least: float, most: float
) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 2)
    spread(queue)
    at = later(0)
    posted(queue, at, lambda event: Answered(204) if event == 1 else Answered(status, retry_after))

    assert timedelta(seconds=least) <= paused_until(queue) - at < timedelta(seconds=most)
    assert posted(queue, at + timedelta(seconds=least - 1), down) == []


def test_a_failure_beside_successes_is_no_reason_to_leave_an_endpoint_alone(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    enqueue(queue, 12)
    spread(queue)

    assert len(posted(queue, later(0), lambda event: Answered(204 if event % 2 else 500))) == 12
    assert list_endpoints(queue)[0].next_at is None


def test_looking_for_what_is_due_reads_neither_what_waits_for_later_nor_what_is_dead(queue: Queue) -> None:
    if queue.url.startswith("postgresql"):
        pytest.skip("PostgreSQL reads small tables whole")
    plans = []
    with queue.reading() as connection:
        for query in (_due_query(later(0)), _waiting_query(1, later(0), BATCH)):
            compiled = query.compile(connection)
            values = tuple(compiled.params[name] for name in compiled.positiontup or ())
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
            plans.append("; ".join(row.detail for row in rows))

    for plan in plans:
        assert re.search(r"ix_deliveries_endpoint_next_at_event \(endpoint=\? AND next_at[<>]", plan), plan
        assert "SCAN deliveries" not in plan
        assert "TEMP B-TREE" not in plan


def test_totals_say_what_became_of_what_was_to_be_sent(queue: Queue) -> None:
    add_endpoint(queue, "good", "https://platform.example/")
    add_endpoint(queue, "bad", "https://platform.example/", kinds=["enqueued"])
    add_endpoint(queue, "idle", "https://platform.example/", kinds=["accepted"])
    disable_endpoint(queue, "idle")
    enqueue(queue, 6)
    spread(queue)
    with queue.writing() as transaction:
        mine = deliveries.c.endpoint == 2
        transaction.connection.execute(deliveries.update().where(mine, deliveries.c.event > 4).values(next_at=None))
        transaction.connection.execute(events.update().where(events.c.seq == 1).values(at=later(-500)))
    for endpoint, result in ((1, Answered(204)), (2, Answered(500))):
        claimed = claim(queue, endpoint)
        assert claimed is not None
        settle(queue, claimed, [result] * BATCH)

    good, bad, idle = endpoint_totals(queue)
    assert (good.sent, good.failed, good.waiting, good.dead, good.failing) == (4, 0, 2, 0, 0.0)
    assert (bad.sent, bad.failed, bad.waiting, bad.dead, bad.disabled) == (0, 4, 4, 2, False)
    assert good.oldest_waiting < 500 <= bad.oldest_waiting
    assert (idle.waiting, idle.oldest_waiting, idle.disabled) == (0, 0.0, True)


def test_a_crash_while_events_become_deliveries_neither_loses_nor_doubles_any(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    add_endpoint(queue, "other", "https://platform.example/")
    enqueue(queue, 3)
    real = export.webhooks.deliveries._spread_to
    calls: list[int] = []

    def crashing(connection: Any, row: Any, now: datetime) -> int:
        calls.append(row.seq)
        made = real(connection, row, now)
        if len(calls) == 2:
            raise MemoryError
        return made

    monkeypatch.setattr(export.webhooks.deliveries, "_spread_to", crashing)
    with pytest.raises(MemoryError):
        spread(queue)
    assert [one.waiting for one in list_endpoints(queue)] == [0, 0]

    assert spread(queue) == 6
    assert spread(queue) == 0
    assert [(one.waiting, one.seen) for one in list_endpoints(queue)] == [(3, 3), (3, 3)]
