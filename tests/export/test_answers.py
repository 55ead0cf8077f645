from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.errors import Conflict
from export.answers import KEPT_HOURS, Answer, answered_once, forget_answers
from export.database import Transaction
from export.handoff import Wanted, lease
from export.queue import Queue
from export.states import State
from export.tables import answered_drafts, answers
from tests.queues import queued


def one_lease(transaction: Transaction) -> Answer:
    """A change, and an answer that tells of it."""
    (leased,) = lease(transaction, Wanted("platform"))
    return Answer(200, leased.token, (leased.entry.draft.draft_id,))


def rows(queue: Queue, table: sa.Table) -> int:
    with queue.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_key_that_comes_again_gets_the_same_answer_and_changes_nothing(queue: Queue) -> None:
    queue.enqueue(queued(units=2))

    first, replayed_first = answered_once(queue, "key", b"{}", one_lease)
    again, replayed_again = answered_once(queue, "key", b"{}", one_lease)

    assert (again.status, again.body) == (first.status, first.body)
    assert (replayed_first, replayed_again) == (False, True)
    assert len(queue.list(state=State.LEASED)) == 1


def test_a_key_is_for_one_request(queue: Queue) -> None:
    queue.enqueue(queued())
    answered_once(queue, "key", b"{}", one_lease)

    with pytest.raises(Conflict) as caught:
        answered_once(queue, "key", b'{"count": 2}', one_lease)

    assert caught.value.code == "key_reused"


def test_where_the_answer_fails_the_change_is_undone_and_the_key_free(queue: Queue) -> None:
    queue.enqueue(queued())
    before = queue.list(), queue.events()

    def fail(transaction: Transaction) -> Answer:
        one_lease(transaction)
        raise RuntimeError("after the change, before the answer")

    with pytest.raises(RuntimeError):
        answered_once(queue, "key", b"{}", fail)

    assert (queue.list(), queue.events()) == before
    assert answered_once(queue, "key", b"{}", one_lease)[1] is False


def test_the_same_request_twice_at_the_same_time_is_carried_out_once(queue: Queue) -> None:
    queue.enqueue(queued(units=8))
    barrier = threading.Barrier(6)
    found: list[tuple[str, bool]] = []

    def ask() -> None:
        barrier.wait()
        answer, replayed = answered_once(queue, "key", b"{}", one_lease)
        found.append((answer.body, replayed))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({body for body, _ in found}) == 1
    assert sorted(replayed for _, replayed in found) == [False, True, True, True, True, True]
    assert len(queue.list(state=State.LEASED)) == 1


def test_answers_are_kept_for_a_day_and_dropped_without_anybody_asking(queue: Queue) -> None:
    queue.enqueue(queued(units=2))
    answered_once(queue, "old", b"{}", one_lease)
    with queue.writing() as transaction:
        earlier = transaction.now - timedelta(hours=KEPT_HOURS, minutes=1)
        transaction.connection.execute(answers.update().values(at=earlier))
    answered_once(queue, "new", b"{}", one_lease)

    assert forget_answers(queue) == 1

    assert (rows(queue, answers), rows(queue, answered_drafts)) == (1, 1)
    assert answered_once(queue, "new", b"{}", one_lease)[1] is True
