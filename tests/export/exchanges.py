"""A queue, a store and drafts in it, for what is exchanged with other tools as files."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import export
from core.store import MediaStore
from core.types import Draft
from export.drafts import to_json
from export.entries import QueuedDraft
from export.folders.incoming import Pulled, pull
from export.folders.outgoing import push
from export.queue import Queue
from tests.export.conftest import SAID, build_draft, build_recording, build_sentence

ROOT = Path(str(export.__file__)).parents[1]

Kept = dict[str, bytes]
"""The contents of a folder, by relative name."""


@dataclass
class Desk:
    """One end of an exchange: ours."""

    queue: Queue
    store: MediaStore

    def add(self, count: int, first: int = 0) -> list[Draft]:
        """Drafts that wait, in turn in each language."""
        languages = list(SAID)
        made = []
        for number in range(first, first + count):
            language = languages[number % len(languages)]
            draft = build_draft(
                [build_sentence(SAID[language], 0.5, 2.0, id="0001", language=language)],
                recording=build_recording(f"talk{number}.mp4", identity=f"{number:064x}"),
                language=language,
            )
            self._enqueue(draft)
            made.append(draft)
        return made

    def add_newer(self, draft: Draft) -> None:
        """A newer pipeline drafts the same recording."""
        self._enqueue(build_draft(draft.sentences, recording=draft.recording, fingerprint="newer", language="ko"))

    def _enqueue(self, draft: Draft) -> None:
        document = to_json(draft)
        file = self.store.root / draft.recording.id / f"{draft.draft_id}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(document)
        place = str(file.relative_to(self.store.root))
        self.queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())])

    def kinds(self, draft: Draft) -> list[str]:
        """What happened to a draft, renewed leases left out."""
        return [event.kind for event in self.queue.history(draft.draft_id) if event.kind != "renewed"]


def desk_at(folder: Path) -> Desk:
    return Desk(Queue(f"sqlite:///{folder / 'queue.db'}").open(), MediaStore(folder / "store").open())


def correction_of(draft: Draft, revision: int = 1, **changes: Any) -> bytes:
    """A correction that leaves every sentence as it is."""
    sentences = [
        {"id": one.id, "from": [one.id], "start": one.start, "end": one.end, "speaker": "S1", "text": one.text}
        for one in draft.sentences
    ]
    document: dict[str, Any] = {
        "schema": "prelabel.correction/1",
        "draft_id": draft.draft_id,
        "revision": revision,
        "worker": "kim",
        "lead_time": 61.5,
        "sentences": sentences,
    }
    return json.dumps(document | changes, ensure_ascii=False).encode()


def insist_whole(kept: Callable[[], Kept], draft: Draft, *names: str, next_revision: int = 1) -> None:
    """A draft is there once, with the files named, and its manifest is right."""
    place = f"out/{draft.draft_id}/"
    files = {name.removeprefix(place): content for name, content in kept().items() if name.startswith(place)}
    manifest = json.loads(files.pop("manifest.json"))
    assert (manifest["schema"], manifest["draft_id"]) == ("prelabel.manifest/1", draft.draft_id)
    assert manifest["next_revision"] == next_revision
    assert sorted(files) == sorted(["draft.json", *names])
    assert files["draft.json"] == to_json(draft)
    assert {one["name"]: (one["size"], one["sha256"]) for one in manifest["files"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    }


@pytest.fixture
def desk(tmp_path: Path, queue: Queue) -> Desk:
    return Desk(queue, MediaStore(tmp_path / "store").open())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "exchange"
    path.mkdir()
    return path


def kept_in(folder: Path) -> Kept:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def pushed(desk: Desk, folder: Path, **choices: Any) -> tuple[str, ...]:
    return push(desk.queue, desk.store, str(folder), **choices).written


def pulled(desk: Desk, folder: Path, settle_seconds: float = 0.0) -> Pulled:
    return pull(desk.queue, desk.store, str(folder), settle_seconds=settle_seconds)


def put(folder: Path, name: str, content: bytes) -> Path:
    file = folder / "in" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def receipt(folder: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "in" / f"{name}.receipt.json").read_bytes())
    return document


def delivered(desk: Desk, folder: Path, count: int = 1) -> list[Draft]:
    """Drafts that are with the platform."""
    made = desk.add(count)
    assert len(pushed(desk, folder)) == count
    return made


RUN = """
import sys
from pathlib import Path
from core.store import MediaStore
from export.folders.incoming import pull
from export.folders.outgoing import push
from export.queue import Queue
url, store, folder, verb = sys.argv[1:]
queue, store = Queue(url), MediaStore(Path(store))
print("ready", flush=True)
push(queue, store, folder, formats=["srt"]) if verb == "push" else pull(queue, store, folder, settle_seconds=0)
"""


def killed_while(verb: str, desk: Desk, folder: Path, pattern: str, count: int) -> bool:
    """Whether a process of ours was killed once so many files of a pattern lay in the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, desk.queue.url, str(desk.store.root), str(folder), verb],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    while process.poll() is None and len(list(folder.glob(pattern))) < count:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    killed = process.wait() == -signal.SIGKILL
    process.stdout.close()
    return killed


def told(kept: Kept) -> list[dict[str, Any]]:
    """The events that lie in a folder, as its reader finds them."""
    names = sorted(name for name in kept if name.startswith("out/events/") and name.endswith(".jsonl"))
    return [json.loads(line) for name in names for line in kept[name].splitlines()]


def broken_off(*_: Any, **__: Any) -> Any:
    """What takes the place of a step at which a process is killed."""
    raise KeyboardInterrupt


@contextmanager
def counted(queue: Queue, asked: list[str]) -> Iterator[None]:
    """Notes what the queue's database is asked meanwhile."""

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(queue._engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        sa.event.remove(queue._engine, "before_cursor_execute", note)
