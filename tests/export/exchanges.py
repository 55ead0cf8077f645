"""A queue, a store and drafts in it, for what is exchanged with other tools as files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.store import MediaStore
from core.types import Draft
from export.drafts import to_json
from export.entries import QueuedDraft
from export.queue import Queue
from tests.export.conftest import SAID, build_draft, build_recording, build_sentence

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
            document = to_json(draft)
            file = self.store.root / draft.recording.id / f"{draft.draft_id}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(document)
            place = str(file.relative_to(self.store.root))
            self.queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())])
            made.append(draft)
        return made

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


def insist_whole(kept: Callable[[], Kept], draft: Draft, *names: str) -> None:
    """A draft is there once, with the files named, and its manifest is right."""
    place = f"out/{draft.draft_id}/"
    files = {name.removeprefix(place): content for name, content in kept().items() if name.startswith(place)}
    manifest = json.loads(files.pop("manifest.json"))
    assert (manifest["schema"], manifest["draft_id"]) == ("prelabel.manifest/1", draft.draft_id)
    assert sorted(files) == sorted(["draft.json", *names])
    assert files["draft.json"] == to_json(draft)
    assert {one["name"]: (one["size"], one["sha256"]) for one in manifest["files"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    }
