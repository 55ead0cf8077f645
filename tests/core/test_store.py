"""The media store never gives back half a result, and never loses a whole one."""

import errno
import json
import multiprocessing
import os
import platform
import signal
import time
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from core.errors import StoreUnusable
from core.store import MediaStore, write_atomically, write_folder_atomically
from core.types import Turn

TURNS = TypeAdapter(tuple[Turn, ...])
TURN = (Turn(0.0, 1.0, "S1"),)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "store").open()


def test_a_result_comes_back_as_it_was_put(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.5)
    stored = store.get("rec", "diarize", "f1", TURNS)
    assert stored is not None
    assert stored.value == TURN
    assert stored.seconds == 1.5


def test_a_result_of_another_fingerprint_is_not_there(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    assert store.get("rec", "diarize", "f2", TURNS) is None


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "not json"])
def test_a_damaged_result_counts_as_missing(store: MediaStore, damage: str) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    path = store.path("rec", "diarize-f1.json")
    text = path.read_text()
    path.write_text({"cut": text[:50], "changed": text.replace("S1", "S2"), "emptied": "", "not json": "x"}[damage])
    assert store.get("rec", "diarize", "f1", TURNS) is None


def test_a_damaged_result_is_replaced_by_the_next_whole_one(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    store.path("rec", "diarize-f1.json").write_text("")
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    assert store.get("rec", "diarize", "f1", TURNS) is not None


def test_a_late_writer_gets_the_winners_result(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    kept = store.put("rec", "diarize", "f1", (Turn(5.0, 6.0, "S9"),), TURNS, seconds=1.0)
    assert kept == TURN


def test_a_result_whose_artefact_is_gone_or_changed_counts_as_missing(store: MediaStore) -> None:
    with store.scratch("rec") as scratch:
        file = scratch / "voice.flac"
        file.write_bytes(b"sound")
        name = store.artefact_name("separate", "f1", file)
        store.put("rec", "separate", "f1", TURN, TURNS, seconds=1.0, artefacts={name: file})
    assert store.get("rec", "separate", "f1", TURNS) is not None
    store.path("rec", name).write_bytes(b"noise")
    assert store.get("rec", "separate", "f1", TURNS) is None
    store.path("rec", name).unlink()
    assert store.get("rec", "separate", "f1", TURNS) is None


def test_a_lease_of_a_killed_process_is_taken_over_at_once(store: MediaStore) -> None:
    def hold() -> None:
        with store.computing("rec", "diarize", "f1"):
            (store.root / "held").touch()
            time.sleep(60)

    holder = multiprocessing.get_context("fork").Process(target=hold)
    holder.start()
    while not (store.root / "held").exists():
        time.sleep(0.01)
    assert holder.pid
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    began = time.monotonic()
    with store.computing("rec", "diarize", "f1"):
        waited = time.monotonic() - began
    assert waited < 30


def test_a_lease_whose_holder_died_before_signing_it_is_taken_over(store: MediaStore) -> None:
    store.folder("rec").mkdir()
    marker = store.path("rec", "diarize-f1.lock")
    marker.touch()
    with store.computing("rec", "diarize", "f1"):
        assert marker.stat().st_size > 0
    assert not marker.exists()


def test_two_processes_do_not_compute_the_same_stage_at_once(store: MediaStore) -> None:
    log = store.root / "log"

    def compute() -> None:
        with store.computing("rec", "diarize", "f1"), log.open("a") as file:
            file.write("in\n")
            file.flush()
            time.sleep(0.2)
            file.write("out\n")

    workers = [multiprocessing.get_context("fork").Process(target=compute) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert log.read_text().split() == ["in", "out"] * 3


def test_sweeping_removes_what_dead_processes_of_this_machine_left(store: MediaStore) -> None:
    dead = store.folder("rec") / f".tmp-{platform.node()}-4194304-x"
    elsewhere = store.folder("rec") / ".tmp-another-machine-4194304-x"
    dead.mkdir(parents=True)
    elsewhere.mkdir()
    with store.scratch("rec") as living:
        store.sweep("rec")
        assert living.exists()
    assert not dead.exists()
    assert elsewhere.exists()
    os.utime(elsewhere, (0, 0))
    store.sweep("rec")
    assert not elsewhere.exists()


def test_staged_copies_that_nobody_came_back_for_go_when_the_store_opens(store: MediaStore) -> None:
    old, new = store.incoming / "old", store.incoming / "new"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    store.open()
    assert not old.exists()
    assert new.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_folder_atomically(tmp_path / "new", {"a": b"1", "b": "not bytes"})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []
    write_folder_atomically(tmp_path / "new", {"a": b"1", "b": b"2"})
    assert {one.name: one.read_bytes() for one in (tmp_path / "new").iterdir()} == {"a": b"1", "b": b"2"}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_bytes(b"kept")
    with pytest.raises(OSError, match="not empty"):
        write_folder_atomically(tmp_path / "mine", {"a": b"1"})
    assert [one.name for one in tmp_path.rglob("*")] == ["mine", "notes"]


def test_a_store_on_a_file_is_refused_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreUnusable, match="PRELABEL_STORE"):
        MediaStore(tmp_path / "store").open()


def test_sound_is_dropped_and_what_lies_on_it_is_made_anew(store: MediaStore) -> None:
    with store.scratch("r1") as scratch:
        stem = scratch / "voice.flac"
        stem.write_bytes(b"x" * 100)
        name = store.artefact_name("separate", "f1", stem)
        store.put("r1", "separate", "f1", TURN, TURNS, seconds=1.0, artefacts={name: stem})
    store.put("r1", "diarize", "f2", TURN, TURNS, seconds=1.0)

    with store.computing("r1", "transcribe", "f3"):
        assert store.drop_sound("r1") == 0, "somebody works on it"
    assert store.drop_sound("r1") == 100
    assert store.drop_sound("r1") == 0

    assert store.get("r1", "separate", "f1", TURNS) is None
    assert store.get("r1", "diarize", "f2", TURNS) is not None
    assert store.drop_sound("r2") == 0


def test_forgetting_leaves_nothing(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    assert store.forget("rec")
    assert not store.folder("rec").exists()
    assert not store.forget("rec")


def test_a_stored_result_says_what_it_is(store: MediaStore) -> None:
    store.put("rec", "diarize", "f1", TURN, TURNS, seconds=1.0)
    record = json.loads(store.path("rec", "diarize-f1.json").read_text())
    assert (record["stage"], record["fingerprint"]) == ("diarize", "f1")


def test_a_full_disk_is_the_stores_trouble_and_not_the_recordings(store: MediaStore) -> None:
    with pytest.raises(StoreUnusable, match="No space left"), store.scratch("rec"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(FileNotFoundError), store.scratch("rec"):
        raise FileNotFoundError(errno.ENOENT, "another matter")
    assert not list(store.folder("rec").iterdir())
