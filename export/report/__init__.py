"""The report of a batch: pages that open from a folder, without a server or a network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote

from core.store import write_atomically
from export.report.data import BatchReport, IndexRow, RecordingReport, StageTime
from export.report.pages import Shown, index_page, index_row, recording_page, slug_of

__all__ = [
    "BatchReport",
    "IndexRow",
    "RecordingReport",
    "StageTime",
    "write_index",
    "write_page",
]


def write_page(folder: Path, report: RecordingReport, model_set: str) -> IndexRow:
    """Write the page of one work unit under `folder`, with its sounds and pictures beside it; its row in the index.

    What an earlier report left there is overwritten where it has the same name. Raises OSError.
    """
    shown = _place(folder, report)
    page = folder / "recordings" / shown.slug / "index.html"
    write_atomically(page, recording_page(shown, model_set).encode())
    return index_row(shown)


def write_index(folder: Path, batch: BatchReport) -> Path:
    """Write `index.html` over the pages in `folder`; give it back. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.html"
    write_atomically(index, index_page(batch).encode())
    return index


def _place(folder: Path, report: RecordingReport) -> Shown:
    """Put the files of one recording beside its page."""
    slug = slug_of(report.recording.uri, report.draft.draft_id)
    home = folder / "recordings" / slug
    home.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | None] = {}
    for name, sound in (("mix", report.mix), ("voice", report.voice)):
        files[name] = _beside(sound.audio, home / f"{name}{sound.audio.suffix}") if sound else None
        files[f"{name}_picture"] = _beside(sound.spectrogram, home / f"{name}.png") if sound else None
    return Shown(
        report=report,
        slug=slug,
        mix=files["mix"],
        voice=files["voice"],
        mix_picture=files["mix_picture"],
        voice_picture=files["voice_picture"],
        documents=tuple((_label(document), _address(document, home)) for document in report.documents),
    )


def _beside(source: Path, target: Path) -> str:
    """Have the file `source` as `target` too: the same bytes on the disk where that can be, else a copy."""
    if target.exists() and target.samefile(source):
        return target.name
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        temporary.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, temporary)
    temporary.replace(target)
    return target.name


def _label(document: Path) -> str:
    return f"Draft as {document.suffix.removeprefix('.').upper()}" if document.suffix else document.name


def _address(document: Path, home: Path) -> str:
    return quote(os.path.relpath(document, home))
