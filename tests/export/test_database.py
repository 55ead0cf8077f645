from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

import export.database
from core.errors import QueueUnusable, UsageProblem
from export.entries import alter
from export.queue import Queue
from export.states import Actor
from export.tables import VERSION_TABLE, drafts, keys
from tests.queues import queued


def sqlite_file(queue: Queue) -> Path:
    return Path(queue.url.removeprefix("sqlite:///"))


def test_what_was_enqueued_is_there_after_opening_again(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.close()

    assert len(Queue(queue.url).list()) == 1


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes " * 100)

    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{file}").open()

    assert "not a database" in caught.value.why
    assert file.read_text() == "my notes " * 100


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE drafts (id INTEGER)")
    connection.close()

    with pytest.raises(QueueUnusable, match="not a queue of prelabel"):
        Queue(f"sqlite:///{file}").open()


def test_a_queue_of_a_newer_release_is_left_alone(queue: Queue) -> None:
    queue.close()
    with sqlite3.connect(queue.url.removeprefix("sqlite:///")) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.close()

    with pytest.raises(QueueUnusable, match="newer prelabel"):
        queue.open()


@pytest.mark.parametrize("place", ["/proc/nowhere/queue.db", "/dev/null/queue.db"])
def test_a_place_that_cannot_be_written_says_so(place: str) -> None:
    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{place}").open()

    assert "PRELABEL_QUEUE" in caught.value.fix


def test_a_folder_in_the_place_of_the_queue_says_so(tmp_path: Path) -> None:
    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{tmp_path}").open()

    assert "unable to open" in caught.value.why


@pytest.mark.parametrize("address", ["", "queue.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_a_queue_is_a_usage_problem(address: str) -> None:
    with pytest.raises(UsageProblem):
        Queue(address).open()


def test_a_password_is_never_shown() -> None:
    with pytest.raises(UsageProblem) as caught:
        Queue("mysql://me:hunter2@host/db").open()

    assert "hunter2" not in str(caught.value)


def test_forgetting_leaves_no_bytes_in_the_files(queue: Queue) -> None:
    queue.enqueue(queued("r1", uri="Kim Minji interview.mp4"))
    folder = sqlite_file(queue).parent
    assert any(b"Kim Minji" in file.read_bytes() for file in folder.iterdir())

    queue.forget("r1")

    assert all(b"Kim Minji" not in file.read_bytes() for file in folder.iterdir())


def test_forgetting_while_somebody_reads_says_what_is_left_and_can_be_finished_later(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.database, "BUSY_SECONDS", 0.1)
    queue.enqueue(queued("r1", uri="Kim Minji interview.mp4"))
    other = sqlite3.connect(sqlite_file(queue), isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM drafts").fetchone()
    hasty = Queue(queue.url)

    with pytest.raises(QueueUnusable, match="still holds what was deleted"):
        hasty.forget("r1")

    assert hasty.list() == ()
    other.close()
    assert hasty.forget("r1") == 0
    assert all(b"Kim Minji" not in file.read_bytes() for file in sqlite_file(queue).parent.iterdir())
    hasty.close()


def test_of_a_transaction_that_fails_nothing_remains(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added

    with pytest.raises(RuntimeError, match="power cut"), queue.writing() as transaction:
        alter(transaction, queue.get(draft), "prioritised", Actor.OPERATOR, priority=9)
        raise RuntimeError("power cut")

    assert (queue.get(draft).priority, queue.get(draft).version) == (0, 1)
    assert [one.kind for one in queue.events()] == ["enqueued"]


def test_readers_see_one_state_while_a_writer_goes_on(queue: Queue) -> None:
    with queue.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(drafts)
        before = connection.scalar(counted)
        writer = threading.Thread(target=queue.enqueue, args=(queued(),))
        writer.start()
        writer.join()
        assert connection.scalar(counted) == before == 0
    assert queue.count() == 1


def test_what_only_a_mistake_of_ours_can_raise_is_not_explained_away(queue: Queue) -> None:
    with pytest.raises(sa.exc.IntegrityError), queue.writing() as transaction:
        for _ in range(2):
            transaction.connection.execute(keys.insert().values(name="k", value="v"))


def test_a_writer_that_waited_too_long_says_for_whom(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.open()
    monkeypatch.setattr(export.database, "BUSY_SECONDS", 0.1)
    hasty = Queue(queue.url)

    with queue.writing(), pytest.raises(QueueUnusable) as caught:
        hasty.enqueue(queued())

    assert "locked" in caught.value.why
    assert "until the other process is done" in caught.value.fix
    assert hasty.enqueue(queued()).added
    hasty.close()


def test_writers_of_one_process_wait_for_their_turn_and_are_not_turned_away(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom SQLite turns away sleeps while others pass; without any sleep allowed it would be an error."""
    queue.close()
    monkeypatch.setattr(export.database, "BUSY_SECONDS", 0.0)
    queue.open()
    monkeypatch.undo()
    errors: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(10):
                queue.enqueue(queued(f"{name}-{number}"))
        except QueueUnusable as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(f"r{number}",)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert errors == []
    assert queue.count() == 60


def test_a_writer_that_waited_too_long_for_another_of_its_process_says_so(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.open()
    caught: list[QueueUnusable] = []

    def write() -> None:
        try:
            queue.enqueue(queued())
        except QueueUnusable as error:
            caught.append(error)

    with queue.writing():
        monkeypatch.setattr(export.database, "BUSY_SECONDS", 0.05)
        other = threading.Thread(target=write)
        other.start()
        other.join()

    assert "locked by another thread" in caught[0].why
    assert queue.enqueue(queued()).added
