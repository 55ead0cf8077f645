"""Who speaks: how many names a person changed, and how many seconds the draft gave to the wrong one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from core.spans import merged
from export.scoring.sides import Row, Timed

Name = str | None
"""None is a name here: whoever leaves a speaker uncertain says so."""


@dataclass(frozen=True, slots=True)
class Relabelling:
    """`renamed`: what names of the draft became throughout; `changed`: sentences given another name besides."""

    renamed: Mapping[Name, Name]
    changed: tuple[int, ...]

    @property
    def edits(self) -> int:
        return len(self.renamed) + len(self.changed)


@dataclass(frozen=True, slots=True)
class SpeakerSeconds:
    """Seconds of speech in the correction, and of those in the draft that are missing, made up, or another's."""

    speech: float = 0.0
    missed: float = 0.0
    false_alarm: float = 0.0
    confused: float = 0.0


def relabelled(pairs: Sequence[tuple[Name, Name]]) -> Relabelling:
    """The fewest edits from the first to the second name of every pair.

    Each name of the draft is renamed once at most, whatever the others are; then single sentences are changed. Two
    names that become one are two speakers found to be the same. Positions in `pairs` say which sentences.
    """
    by_name: dict[Name, Counter[Name]] = defaultdict(Counter)
    for drafted, corrected in pairs:
        by_name[drafted][corrected] += 1
    renamed: dict[Name, Name] = {}
    for drafted, found in by_name.items():
        name, most = max(found.items(), key=lambda item: (item[1], item[0] or ""))
        # a single sentence is changed, not renamed: both are one edit, and this one is told of the sentence
        if name != drafted and most - 1 > found[drafted]:
            renamed[drafted] = name
    changed = tuple(
        place for place, (drafted, corrected) in enumerate(pairs) if renamed.get(drafted, drafted) != corrected
    )
    return Relabelling(renamed, changed)


def speaker_seconds(draft: Sequence[Row], corrected: Sequence[Row]) -> SpeakerSeconds:
    """The parts of the diarization error rate of the draft's sentences, without collar, overlap scored.

    At each moment: missed are speakers of the correction for whom the draft has none, false alarms the other way
    about, confused those that have another name after the one-to-one matching of names that makes the fewest
    confusions (NIST md-eval; the same as pyannote.metrics with collar=0, skip_overlap=False). Several sentences of
    one speaker at once count once.
    """
    sides = (_turns(corrected), _turns(draft))
    names = [list(side) for side in sides]
    cuts = np.unique([time for side in sides for spans in side.values() for span in spans for time in span])
    if len(cuts) < 2:
        return SpeakerSeconds()
    lengths = np.diff(cuts)
    there, here = (
        np.array([_active(side[name], cuts) for name in own], dtype=bool).reshape(len(own), len(lengths))
        for side, own in zip(sides, names, strict=True)
    )
    together = (there * lengths) @ here.T
    rows, columns = linear_sum_assignment(together, maximize=True)
    right = float(together[rows, columns].sum())
    many_there, many_here = there.sum(axis=0), here.sum(axis=0)
    return SpeakerSeconds(
        speech=float(many_there @ lengths),
        missed=float(np.maximum(many_there - many_here, 0) @ lengths),
        false_alarm=float(np.maximum(many_here - many_there, 0) @ lengths),
        confused=max(0.0, float(np.minimum(many_there, many_here) @ lengths) - right),
    )


def _turns(rows: Sequence[Row]) -> dict[Name, tuple[tuple[float, float], ...]]:
    by_name: dict[Name, list[Timed]] = defaultdict(list)
    for row in rows:
        if row.end > row.start:
            by_name[row.speaker].append(Timed(row.start, row.end))
    return {name: merged(spans) for name, spans in by_name.items()}


def _active(spans: Sequence[tuple[float, float]], cuts: np.ndarray) -> np.ndarray:
    """In which of the pieces between `cuts` somebody speaks."""
    change = np.zeros(len(cuts), dtype=int)
    change[np.searchsorted(cuts, [start for start, _ in spans])] += 1
    np.subtract.at(change, np.searchsorted(cuts, [end for _, end in spans]), 1)
    active: np.ndarray = np.cumsum(change)[:-1] > 0
    return active
