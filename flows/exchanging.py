"""`prelabel exchange`: drafts and corrections as files in a folder, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.store import MediaStore
from core.types import LANGUAGES, Language
from export.clips import clips_of
from export.entries import QueueEntry
from export.folders.counting import reconciliation
from export.folders.incoming import SETTLE_SECONDS, Receipt, pull
from export.folders.outgoing import push
from flows.places import media_store, queue_at


def pushed(
    folder: str,
    formats: Sequence[str],
    project: str | None,
    language: Language | None,
    most: int | None,
    queue_url: str | None,
) -> tuple[dict[str, Any], str, bool]:
    """Write waiting drafts: (document, text, whether every draft could be written)."""
    store = media_store()
    with queue_at(queue_url) as queue:
        done = push(
            queue,
            store,
            folder,
            formats=formats,
            clips=lambda entry: _clips(store, entry),
            project=project,
            languages=(language,) if language else LANGUAGES,
            most=most,
        )
    document = {
        "written": list(done.written),
        "dead": [{"draft_id": draft_id, "reason": why} for draft_id, why in done.dead],
    }
    lines = [f"{len(done.written)} drafts written"] + [f"dead: {draft_id}: {why}" for draft_id, why in done.dead]
    return document, "\n".join(lines), not done.dead


def pulled(folder: str, settle: float | None, queue_url: str | None) -> tuple[dict[str, Any], str, bool]:
    """Take corrections: (document, text, whether none was refused)."""
    with queue_at(queue_url) as queue:
        done = pull(queue, media_store(), folder, settle_seconds=SETTLE_SECONDS if settle is None else settle)
    document = {
        "accepted": [one.to_dict() for one in done.accepted],
        "refused": [one.to_dict() for one in done.refused],
        "waiting": [{"file": file, "why": why} for file, why in done.waiting],
        "forgotten": list(done.forgotten),
    }
    lines = [
        f"{len(done.accepted)} corrections accepted, {len(done.refused)} refused, {len(done.waiting)} waiting",
        *(_refusal(one) for one in done.refused),
        *(f"waiting: {file}: {why}" for file, why in done.waiting),
        *(f"forgotten: {file}: the platform has yet to erase it" for file in done.forgotten),
    ]
    return document, "\n".join(_one_line(line) for line in lines), not done.refused


def status(folder: str, now: bool, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """What was sent to a folder, is held, came back; with `now` that is written into the folder too."""
    with queue_at(queue_url) as queue:
        document = reconciliation(queue, folder, write_it=now)
    lines = [
        f"{name.replace('_', ' '):10} {document[name]['drafts']:6} drafts {document[name]['minutes']:10.1f} minutes"
        for name in ("sent", "held", "came_back")
    ]
    return document, "\n".join(lines)


def _clips(store: MediaStore, entry: QueueEntry) -> dict[str, Path]:
    """The sound of a draft that the store still keeps, by the names that the files get."""
    draft = entry.draft
    return {f"{track}.m4a": path for track, path in clips_of(store, draft.recording_id, draft.draft_id).items()}


def _one_line(text: str) -> str:
    """`text` with its line breaks and control characters escaped: names of files are the platform's."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _refusal(receipt: Receipt) -> str:
    problem = receipt.problem or {}
    return f"refused: {receipt.file}: {problem.get('title')}: {problem.get('detail')}"
