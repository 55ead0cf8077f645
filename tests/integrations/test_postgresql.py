"""What only PostgreSQL can get wrong: locks, clocks, rights."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

import export.database
from core.errors import Conflict, NotFound, QueueUnusable, UsageProblem
from export.actions import act
from export.handoff import Wanted, acknowledge, lease, refuse, renew
from export.queue import Queue
from export.reviews import Review, review, submit
from export.states import Actor, State
from export.tables import drafts
from tests.export.test_migrations import write_as_release_0001
from tests.integrations.conftest import PostgresqlDatabases
from tests.queues import correction, pass_time, queued

pytestmark = pytest.mark.integration


def together(*works: Callable[[], object]) -> list[Exception]:
    """Run all at the same time, each in a thread; what they raised."""
    raised: list[Exception] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


RECORDINGS = ("r1", "r2")


def one_step(queue: Queue, chance: random.Random) -> None:
    """Do one of all the things that change drafts, to whatever is there."""
    recording = chance.choice(RECORDINGS)
    known = queue.list(recording=recording)
    draft = chance.choice(known).draft.draft_id if known else "0" * 32
    revision = queue.get(draft).revision if known else 0
    match chance.randrange(10):
        case 0 | 1 | 2:
            rows = queued(recording, fingerprint=f"p{chance.randrange(10**6)}", units=3)
            queue.enqueue(rows, release=chance.random() < 0.5)
        case 3:
            queue.forget(recording)
        case 4 | 5 | 6:
            worker = chance.choice(("kim", "lee", "park"))
            wanted = Wanted("platform", count=4, seconds=1.0, worker=worker)
            for leased in lease(queue, wanted, one_language=chance.random() < 0.5):
                held = leased.entry.draft.draft_id
                work = chance.choice((acknowledge, refuse, renew, None))
                if work is acknowledge:
                    acknowledge(queue, held, leased.token)
                elif work is refuse:
                    refuse(queue, held, leased.token, reason="full")
                elif work is renew:
                    renew(queue, held, leased.token, 1.0)
        case 7:
            submit(queue, correction(draft, revision + 1), source="api")
        case 8:
            review(queue, draft, Review("lee", revision, chance.choice(("accepted", "rework"))))
        case 9:
            act(queue, draft, chance.choice(("return", "withhold", "release", "reopen")), Actor.OPERATOR)


def test_whatever_happens_to_the_same_recordings_at_once_nobody_waits_in_a_circle(queue: Queue) -> None:
    def work(seed: int) -> None:
        chance = random.Random(seed)
        with Queue(queue.url) as own:
            for _ in range(40):
                with suppress(Conflict, NotFound):  # somebody else was faster
                    one_step(own, chance)

    raised = together(*(lambda seed=seed: work(seed) for seed in range(8)))

    assert raised == []
    for recording in RECORDINGS:
        for entry in queue.list(recording=recording):
            history = queue.history(entry.draft.draft_id)
            assert history[-1].to_state == entry.state
            assert history[-1].version == entry.version


def test_a_reader_of_the_feed_misses_nothing_while_many_write(queue: Queue) -> None:
    queue.open()
    writing = threading.Event()
    seen: list[int] = []

    def write(number: int) -> None:
        for index in range(25):
            queue.enqueue(queued(f"r{number}-{index}", units=2))

    def read() -> None:
        while True:
            last_look = writing.is_set()
            found = queue.events(after=seen[-1] if seen else 0, limit=7)
            seen.extend(one.seq for one in found)
            if last_look and not found:
                return

    reader = threading.Thread(target=read)
    reader.start()
    raised = together(*(lambda number=number: write(number) for number in range(6)))
    writing.set()
    reader.join()

    assert raised == []
    assert len(seen) == 300
    assert seen == [one.seq for one in queue.events()]


def test_more_waiting_than_any_look_ahead_are_not_mistaken_for_none(queue: Queue) -> None:
    """Others hold the first 80 candidates, not committed: the lease goes on behind them."""
    for number in range(82):
        queue.enqueue(queued(f"r{number}"))
    with queue.writing() as transaction:
        first = sa.select(drafts.c.seq).order_by(drafts.c.seq).limit(80).with_for_update()
        assert len(transaction.connection.execute(first).all()) == 80

        assert len(lease(queue, Wanted("platform", count=1))) == 1


def test_a_renewal_that_is_under_way_is_not_expired(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added
    (leased,) = lease(queue, Wanted("platform", seconds=60.0))
    pass_time(queue, 61.0)
    with queue.writing() as transaction:
        until = transaction.now + timedelta(seconds=60)
        row = drafts.update().where(drafts.c.draft_id == draft).values(leased_until=until)
        transaction.connection.execute(row)

        assert lease(queue, Wanted("other")) == ()

    assert lease(queue, Wanted("other")) == ()
    assert acknowledge(queue, draft, leased.token).state is State.DELIVERED


def test_a_writer_that_waited_too_long_says_so(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    (draft,) = queue.enqueue(queued()).added
    monkeypatch.setattr(export.database, "BUSY_SECONDS", 1.0)
    hasty = Queue(queue.url)

    with queue.writing() as transaction:
        transaction.connection.execute(sa.select(drafts).with_for_update())
        with pytest.raises(QueueUnusable, match="lock timeout") as caught:
            hasty.prioritise(draft, 1)

    assert "until the other process is done" in caught.value.fix
    assert hasty.prioritise(draft, 1).priority == 1
    hasty.close()


def test_readers_see_one_state_while_a_writer_goes_on(queue: Queue) -> None:
    with queue.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(drafts)
        assert connection.scalar(counted) == 0
        queue.enqueue(queued())
        assert connection.scalar(counted) == 0
    assert queue.count() == 1


def test_a_user_who_may_not_make_tables_is_told_what_to_grant(databases: PostgresqlDatabases, url: str) -> None:
    databases.run("CREATE ROLE guest LOGIN")

    with pytest.raises(QueueUnusable) as caught:
        Queue(url.replace("postgres@", "guest@", 1)).open()

    assert "permission denied" in caught.value.why or "no schema" in caught.value.why
    assert "GRANT CREATE" in caught.value.fix


def test_a_database_that_is_not_there_is_unusable(databases: PostgresqlDatabases) -> None:
    with pytest.raises(QueueUnusable, match="does not exist"):
        Queue(databases.server.replace("/postgres?", "/nowhere?")).open()


def test_a_server_that_is_not_there_is_unusable() -> None:
    with pytest.raises(QueueUnusable) as caught:
        Queue("postgresql://user:hunter2@127.0.0.1:1/prelabel").open()

    assert "hunter2" not in str(caught.value)
    assert "server runs" in caught.value.fix


def test_what_no_text_of_postgresql_holds_is_the_senders_problem(queue: Queue) -> None:
    queue.enqueue(queued())

    with pytest.raises(UsageProblem, match="NUL"):
        queue.get("\0")
    with pytest.raises(UsageProblem, match="cannot hold"):
        queue.prioritise(queue.list()[0].draft.draft_id, 2**40)


def test_tables_of_other_programs_beside_the_queue_are_left_alone(databases: PostgresqlDatabases, url: str) -> None:
    databases.run("CREATE TABLE invoices (id int)", url)
    with Queue(url) as queue:
        assert queue.count() == 0

    other = databases.empty()
    databases.run("CREATE TABLE drafts (id int)", other)
    with pytest.raises(QueueUnusable, match="not a queue of prelabel"):
        Queue(other).open()


def test_a_table_of_another_program_in_the_way_of_a_migration_leaves_the_queue_as_it_was(
    databases: PostgresqlDatabases, url: str
) -> None:
    _, new = write_as_release_0001(url)
    databases.run("CREATE TABLE tokens (id int)", url)

    with pytest.raises(QueueUnusable, match="already exists") as caught:
        Queue(url).open()

    assert "another database" in caught.value.fix
    databases.run("DROP TABLE tokens", url)
    with Queue(url) as queue:
        assert queue.get(new).state is State.READY


def test_several_processes_that_open_a_new_queue_make_its_tables_once(url: str) -> None:
    assert together(*(lambda: Queue(url).open().close() for _ in range(4))) == []
    with Queue(url) as queue:
        assert queue.enqueue(queued()).added
