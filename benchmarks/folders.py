"""What a pull costs where much was judged before: `python -m benchmarks.folders [--files 100000] [--at FOLDER]`.

Fills a queue with drafts that a folder has, a correction and a receipt of each in its `in/`, all of them judged; a
tenth were refused and may be taken one day. Then one new correction comes, and a pull takes it. Printed are the
seconds of that pull and of one that finds nothing, the questions to the database, and the files that were read.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.store import MediaStore
from core.types import Correction
from export.corrections import SCHEMA, correction_json
from export.drafts import from_json, to_json
from export.entries import values_of
from export.folders import incoming
from export.folders.counting import count_daily
from export.folders.places import Folder, open_folder, remember
from export.queue import Queue
from export.states import Actor, State
from export.tables import drafts, events, folder_drafts, folder_files
from tests.queues import queued

SAMPLE = Path(__file__).parents[1] / "flows" / "samples" / "en.json"
_AT_ONCE = 5000
_REFUSED_EACH = 10


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="that were judged before")
    parser.add_argument("--at", type=Path, help="a new folder on the disk to be measured; else a temporary one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.at) as home, Queue(f"sqlite:///{home}/queue.db") as queue:
        store = MediaStore(Path(home) / "store").open()
        (Path(home) / "exchange").mkdir()
        folder = open_folder(f"{home}/exchange")
        _fill(queue, store, folder, chosen.files)
        print(f"{chosen.files} files judged before")
        print("| pull | seconds | names listed | files read | questions | accepted |\n|---|---|---|---|---|---|")
        for what in ("one new file", "nothing new"):
            print(f"| {what} | {_measured(queue, store, folder)} |", flush=True)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _measured(queue: Queue, store: MediaStore, folder: Folder) -> str:
    read: list[str] = []
    asked: list[str] = []
    listed = sum(1 for _ in incoming._listed(folder))
    real = incoming.read

    def reading(at: Folder, name: str, most: int | None = None) -> bytes | None:
        read.append(name)
        return real(at, name, most)

    def asking(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    incoming.read = reading  # type: ignore[attr-defined]
    sa.event.listen(queue._engine, "before_cursor_execute", asking)
    try:
        began = time.perf_counter()
        done = incoming.pull(queue, store, folder.root, settle_seconds=0.0)
        seconds = time.perf_counter() - began
    finally:
        incoming.read = real  # type: ignore[attr-defined]
        sa.event.remove(queue._engine, "before_cursor_execute", asking)
    assert not done.refused, done.refused[0].problem
    return f"{seconds:.2f} | {listed} | {len(read)} | {len(asked)} | {len(done.accepted)}"


def _fill(queue: Queue, store: MediaStore, folder: Folder, count: int) -> None:
    sample = from_json(SAMPLE.read_bytes())
    rows = [_row(number, sample.pipeline.fingerprint, folder) for number in range(count)]
    document = to_json(replace(sample, draft_id=rows[0]["draft_id"]))
    file = store.root / rows[0]["body_path"]
    file.parent.mkdir()
    file.write_bytes(document)
    rows[0]["body_sha256"] = hashlib.sha256(document).hexdigest()
    with queue.writing() as transaction:
        for at in range(0, count, _AT_ONCE):
            chunk = rows[at : at + _AT_ONCE]
            transaction.connection.execute(drafts.insert(), chunk)
            transaction.connection.execute(events.insert(), [_delivery(row, transaction.now) for row in chunk])
            pushed = [
                {"target": folder.target, "draft_id": row["draft_id"], "at": transaction.now, "erased": False}
                for row in chunk
            ]
            transaction.connection.execute(folder_drafts.insert(), pushed)
    remember(queue, folder)
    for row in rows:
        place = Path(folder.root) / "in" / row["draft_id"]
        place.mkdir(parents=True)
        (place / "1.json").write_bytes(b"{}")
        (place / "1.receipt.json").write_bytes(b"{}")
    _note(queue, folder, frozenset(row["draft_id"] for row in rows[1::_REFUSED_EACH]))
    count_daily(queue, folder)
    with queue.writing() as transaction:
        transaction.connection.execute(sa.text("ANALYZE"))
    new = Correction(SCHEMA, rows[0]["draft_id"], 2, "kim", 42.0, ())
    (Path(folder.root) / "in" / rows[0]["draft_id"] / "2.json").write_text(correction_json(new))


def _row(number: int, fingerprint: str, folder: Folder) -> dict[str, Any]:
    recording = hashlib.sha256(str(number).encode()).hexdigest()
    [row] = queued(recording, fingerprint, language="en")
    return values_of(row) | {
        "state": State.SUBMITTED,
        "version": 4,
        "revision": 1,
        "holder": folder.target,
    }


def _delivery(row: dict[str, Any], at: Any) -> dict[str, Any]:
    return {
        "at": at,
        "kind": "delivered",
        "actor": Actor.PLATFORM,
        "by": row["holder"],
        "draft_id": row["draft_id"],
        "recording_id": row["recording_id"],
        "from_state": State.LEASED,
        "to_state": State.DELIVERED,
        "version": 3,
        "details": None,
    }


def _note(queue: Queue, folder: Folder, refused: frozenset[str]) -> None:
    """Have every file judged, as a pull would have left it."""
    listed = {found.name: found for found in incoming._listed(folder) if found.name.endswith("/1.json")}
    judged = [
        {
            "target": folder.target,
            "name_sha256": incoming.sha256_of_text(name),
            "version_sha256": next(incoming._versions(found, listed)),
            "draft_id": name.partition("/")[0],
            "again_after": 4 if name.partition("/")[0] in refused else None,
        }
        for name, found in listed.items()
    ]
    with queue.writing() as transaction:
        for at in range(0, len(judged), _AT_ONCE):
            transaction.connection.execute(folder_files.insert(), judged[at : at + _AT_ONCE])


if __name__ == "__main__":
    main()
