from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.errors import QueueUnusable, UsageProblem
from export.queue import Queue
from export.tables import VERSION_TABLE
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
