"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.types import Draft, Duplicate, Recording, Rejected


@dataclass(frozen=True, slots=True)
class Sound:
    """One signal of a recording as a person hears and sees it: three files, made in one pass.

    `audio` is AAC in MP4; `peaks` int16, little-endian: lowest and highest sample of every fiftieth of a
    second; `spectrogram` a PNG, mel-spaced from `lowest_hz` (bottom) to `highest_hz` (top).
    """

    audio: Path
    peaks: Path
    spectrogram: Path
    duration: float
    lowest_hz: float
    highest_hz: float


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage took when it was computed; `stored`: this run found the result in the store."""

    stage: str
    seconds: float
    stored: bool


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """A drafted recording. `state` is the draft's in the queue; `documents` are files that the page links to."""

    recording: Recording
    draft: Draft
    state: str
    mix: Sound | None
    voice: Sound | None
    times: tuple[StageTime, ...]
    documents: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the index says of a recording whose page is written: small, so a long batch can keep them all.

    `cells` are for the index's template; `duration` in seconds of sound.
    """

    cells: dict[str, Any]
    duration: float
    times: tuple[StageTime, ...]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One run: what became of everything that went in. `wall_seconds` is the whole run's, start to end."""

    rows: tuple[IndexRow, ...]
    rejected: tuple[Rejected, ...]
    duplicates: tuple[Duplicate, ...]
    model_set: str
    wall_seconds: float
