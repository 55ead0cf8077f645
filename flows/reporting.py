"""The report of a batch: what it shows is gathered here, how it looks is `export.report`."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import StoreUnusable
from core.project import Project
from core.store import write_atomically
from core.types import Draft, Duplicate, Rejected
from export.drafts import to_json
from export.prices import billable_minutes, estimated_price, shown_minutes
from export.report import IndexRow, RecordingReport, StageTime, write_page
from flows.drafting import Drafted
from flows.stages import Run, discard_staged
from flows.summary import DraftedFile

log = logging.getLogger("prelabel")


@dataclass(slots=True)
class Timekeeper:
    """Observer that remembers how long each stage of each recording took."""

    _times: dict[str, list[StageTime]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stage_began(self, recording: str, stage: str) -> None:
        return

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None:
        with self._lock:
            self._times[recording].append(StageTime(stage, seconds, from_store))

    def duration_known(self, recording: str, seconds: float) -> None:
        return

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None:
        return

    def taken(self, recording: str) -> list[StageTime]:
        """The times of a recording, which are forgotten then."""
        with self._lock:
            return self._times.pop(recording, [])


@dataclass(frozen=True, slots=True)
class Finished:
    """What is left of a drafted recording when its documents and its page are written: small."""

    files: tuple[DraftedFile, ...]
    rows: tuple[IndexRow, ...]


def finish(run: Run, drafted: Drafted, folder: Path, times: Sequence[StageTime] = ()) -> Finished:
    """Write a recording's draft documents and its page under `folder`; let go of what was staged for it.

    Raises StoreUnusable where the folder cannot be written. A page that fails is logged: the drafts count.
    """
    files = []
    for draft in drafted.drafts:
        path = folder / "drafts" / f"{draft.draft_id}.json"
        try:
            write_atomically(path, to_json(draft))
        except OSError as error:
            raise unusable_folder(folder, error) from error
        files.append(
            DraftedFile(
                draft_id=draft.draft_id,
                recording=drafted.recording.uri,
                recording_id=drafted.recording.id,
                language=draft.language,
                path=str(path),
                unit=draft.unit,
                billable_minutes=shown_minutes(billable_minutes(draft.unit)),
                estimated_price=estimated_price(draft.unit, draft.language, run.choices.project),
            )
        )
    try:
        rows = tuple(
            write_page(folder / "report", page, run.choices.model_set)
            for page in _pages(drafted, folder, times, run.choices.project)
        )
    except Exception:
        # A page is for looking at; whatever breaks it must not take a finished draft along.
        log.exception("the page of %s could not be written", drafted.recording.uri)
        rows = ()
    discard_staged(run, drafted.recording.path)
    return Finished(tuple(files), rows)


def make_folder(folder: Path) -> None:
    """Have the folder for documents and report before hours of work go into it. Raises StoreUnusable."""
    try:
        (folder / "drafts").mkdir(parents=True, exist_ok=True)
        (folder / "report").mkdir(exist_ok=True)
        write_atomically(folder / "report" / ".writable", b"")
        (folder / "report" / ".writable").unlink()
    except OSError as error:
        raise unusable_folder(folder, error) from error


def unusable_folder(folder: Path, error: OSError) -> StoreUnusable:
    """The error for a folder that cannot take the documents."""
    return StoreUnusable(
        f"the folder {folder} for drafts and report cannot be written",
        why=error.strerror or str(error),
        fix="make it writable and its disk large enough, or name another one with --out; "
        "what is drafted is in the store and the queue",
    )


def _pages(
    drafted: Drafted, folder: Path, times: Sequence[StageTime], project: Project
) -> Iterator[RecordingReport]:
    entries = {entry.draft.draft_id: entry for entry in drafted.entries}
    for draft, clip in zip(drafted.drafts, drafted.clips, strict=True):
        yield RecordingReport(
            recording=drafted.recording,
            draft=draft,
            state=str(entries[draft.draft_id].state),
            mix=clip.mix,
            voice=clip.voice,
            times=tuple(times),
            documents=(folder / "drafts" / f"{draft.draft_id}.json",),
            price=estimated_price(draft.unit, draft.language, project),
            prediction=entries[draft.draft_id].prediction,
            draft_ids=tuple(one.draft_id for one in drafted.drafts),
        )
