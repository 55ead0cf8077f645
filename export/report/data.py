"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.types import Draft, Duplicate, Prediction, Recording, Rejected
from export.prices import Price
from export.sound import Sound


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage took when it was computed; `stored`: this run found the result in the store."""

    stage: str
    seconds: float
    stored: bool


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """One work unit of a drafted recording. `state` is the draft's in the queue; `times` are the whole recording's.

    `price` is the estimate for its correction, `prediction` what is expected of it. `documents` are files that the
    page links to; `draft_ids` those of all units of the recording, in order, whose pages stand beside this one.
    """

    recording: Recording
    draft: Draft
    state: str
    mix: Sound | None
    voice: Sound | None
    times: tuple[StageTime, ...]
    price: Price | None = None
    prediction: Prediction | None = None
    documents: tuple[Path, ...] = ()
    draft_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the index says of a work unit whose page is written: small, so a long batch can keep them all.

    `cells` are for the index's template; `duration` in seconds of sound. The times of a recording stand in the row
    of its first unit.
    """

    cells: dict[str, Any]
    recording_id: str
    duration: float
    price: Price | None
    times: tuple[StageTime, ...]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One run: what became of everything that went in. `wall_seconds` is the whole run's, start to end."""

    rows: tuple[IndexRow, ...]
    rejected: tuple[Rejected, ...]
    duplicates: tuple[Duplicate, ...]
    model_set: str
    wall_seconds: float
