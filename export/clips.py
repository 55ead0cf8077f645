"""Clips: what a corrector hears of a draft, the mix and the voice, cut at the bounds of its work unit."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, get_args

from core.settings import MachineSettings
from core.store import MediaStore, write_atomically
from core.types import Audio, Loudness, Unit
from export.sound import Sound, encode_audio

VERSION = 1

MIX_RATE = 24_000
"""The mix is kept for listening at this rate: speech has nothing to say above 12 kHz."""

Track = Literal["mix", "voice"]
TRACKS: tuple[Track, ...] = get_args(Track)


@dataclass(frozen=True, slots=True)
class Clip:
    """The two tracks of one work unit, each as long as the unit and at the target loudness.

    The mix has a gain of its own, measured over the whole recording; the voice has that which the recogniser
    heard it with.
    """

    mix: Sound
    voice: Sound

    def placed(self, place: Callable[[Path], Path]) -> Clip:
        """The clip with each of its files at the path that `place` gives for it."""
        return Clip(self.mix.placed(place), self.voice.placed(place))


@dataclass(frozen=True, slots=True)
class Clips:
    """The clips of a recording, one for each work unit in order, and how its mix came to its loudness."""

    mix_loudness: Loudness
    clips: tuple[Clip, ...]


def encode_clips(
    windows: Iterable[Audio], units: Sequence[Unit], folder: Path, track: Track, machine: MachineSettings
) -> tuple[Sound, ...]:
    """One sound for each of `units`, which partition a recording, from its `windows` in one streamed pass.

    A cut falls on the sample at the unit's start, rounded to the millisecond as in its document: time 0 of a
    sound is the unit's start to the sample. The last unit takes what is left. Raises as `encode_audio` does,
    and ValueError where the windows end before the last unit begins.
    """
    sounds = [
        encode_audio((audio for _, audio in pieces), folder / f"{track}-{index}.m4a", machine)
        for index, pieces in groupby(_by_unit(windows, units), key=lambda piece: piece[0])
    ]
    if len(sounds) != len(units):
        raise ValueError(f"the {track} ends in work unit {len(sounds)} of {len(units)}")
    return tuple(sounds)


def _by_unit(windows: Iterable[Audio], units: Sequence[Unit]) -> Iterator[tuple[int, Audio]]:
    """The windows, those that a border falls into in pieces, each with the index of its unit."""
    position = 0
    for window in windows:
        rate, samples = window.sample_rate, window.samples
        borders = [round(round(unit.start, 3) * rate) for unit in units[1:]]
        while samples.shape[1]:
            unit = bisect_right(borders, position)
            left = borders[unit] - position if unit < len(borders) else samples.shape[1]
            yield unit, Audio(samples[:, :left], rate, position / rate)
            position += min(left, samples.shape[1])
            samples = samples[:, left:]


def note_clip(
    store: MediaStore, recording_id: str, draft_id: str, files: Mapping[Track, str], peaks: Mapping[Track, str]
) -> None:
    """Have `clips_of` find the store's `files` for a draft, and `peaks_of` the `peaks` of them. Raises OSError."""
    note = store.path(recording_id, _note(draft_id))
    text = (json.dumps({**files, "peaks": dict(peaks)}) + "\n").encode()
    if not note.exists() or note.read_bytes() != text:
        write_atomically(note, text)


def clips_of(store: MediaStore, recording_id: str, draft_id: str) -> dict[Track, Path]:
    """The files that are heard with a draft, as far as they are kept: AAC in MP4, time 0 at the start of its unit.

    Drafts share files: the clips of a newer pipeline with the same units and the same loudness
    are those of the older one.
    """
    return _kept(store, recording_id, _noted(store, recording_id, draft_id))


def peaks_of(store: MediaStore, recording_id: str, draft_id: str) -> dict[Track, Path]:
    """The peaks of what is heard with a draft (`export.sound`), as far as they are kept."""
    return _kept(store, recording_id, _noted(store, recording_id, draft_id).get("peaks", {}))


def _noted(store: MediaStore, recording_id: str, draft_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(store.path(recording_id, _note(draft_id)).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _kept(store: MediaStore, recording_id: str, files: Mapping[str, str]) -> dict[Track, Path]:
    paths = {track: store.path(recording_id, files[track]) for track in TRACKS if track in files}
    return {track: path for track, path in paths.items() if path.is_file()}


def _note(draft_id: str) -> str:
    return f"{draft_id}.clips.json"
