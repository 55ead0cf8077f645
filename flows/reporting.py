"""The report of a batch: what it shows is gathered here, how it looks is `export.report`."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from core.errors import BadRecording, StoreUnusable
from core.fingerprint import stage_fingerprint
from core.store import write_atomically
from core.types import Audio, Draft, Duplicate, Rejected
from export.drafts import to_json
from export.report import IndexRow, RecordingReport, Sound, StageTime, encode_audio, write_page
from export.report.sound import VERSION
from flows.drafting import Drafted
from flows.stages import Run, discard_staged, mix_windows
from flows.summary import DraftedFile
from preprocess.stems import read_stem_windows

log = logging.getLogger("prelabel")

MIX_RATE = 24_000
"""The mix is kept for listening at this rate: speech has nothing to say above 12 kHz."""


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
        recording = drafted.recording
        files.append(DraftedFile(draft.draft_id, recording.uri, recording.id, draft.language, str(path)))
    try:
        mix, voice = _sounds_if_any(run, drafted)
        rows = tuple(
            write_page(folder / "report", page, run.choices.model_set)
            for page in _pages(drafted, folder, mix, voice, times)
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
    drafted: Drafted, folder: Path, mix: Sound | None, voice: Sound | None, times: Sequence[StageTime]
) -> Iterator[RecordingReport]:
    states = {entry.draft.draft_id: str(entry.state) for entry in drafted.entries}
    for draft in drafted.drafts:
        yield RecordingReport(
            recording=drafted.recording,
            draft=draft,
            state=states[draft.draft_id],
            mix=mix,
            voice=voice,
            times=tuple(times),
            documents=(folder / "drafts" / f"{draft.draft_id}.json",),
        )


def _sounds_if_any(run: Run, drafted: Drafted) -> tuple[Sound | None, Sound | None]:
    """A report without sound is better than none: the source may be gone by now."""
    try:
        return _sounds(run, drafted)
    except (BadRecording, StoreUnusable, OSError, ValueError) as error:
        log.warning("the report of %s has no sound: %s", drafted.recording.uri, error)
        return None, None


def _sounds(run: Run, drafted: Drafted) -> tuple[Sound, Sound]:
    """Mix and voice as they are heard and seen; kept in the store, so a second report is quick."""
    recording, store = drafted.recording, run.store
    fingerprint = stage_fingerprint(
        "sounds",
        VERSION,
        settings={"mix_rate": MIX_RATE},
        models={},
        hints={},
        guideline="",
        before=[run.plan.fingerprint("loudness")],
    )
    kind = TypeAdapter(tuple[Sound, Sound])
    stored = store.get(recording.id, "sounds", fingerprint, kind)
    if stored is None:
        with store.scratch(recording.id) as scratch:
            made = (
                encode_audio(_mix(run, drafted), scratch / "mix.m4a", run.settings.machine),
                encode_audio(_voice(run, drafted), scratch / "voice.m4a", run.settings.machine),
            )
            artefacts: dict[str, Path] = {}
            mix, voice = (_renamed(run, fingerprint, sound, artefacts) for sound in made)
            kept = store.put(
                recording.id, "sounds", fingerprint, (mix, voice), kind, seconds=0.0, artefacts=artefacts
            )
    else:
        kept = stored.value
    mix, voice = (_within(store.folder(recording.id), sound) for sound in kept)
    return mix, voice


def _mix(run: Run, drafted: Drafted) -> Iterator[Audio]:
    """The mix with the voice's gain, so that speech is at its target loudness; its peaks never clip."""
    decoded, loudness = drafted.decoded, drafted.loudness
    gain = 10 ** (loudness.gain_db / 20)
    if decoded.peak > 0:
        gain = min(gain, 10 ** (run.choices.pipeline.loudness.ceiling_dbtp / 20) / decoded.peak)
    windows = mix_windows(run, drafted.recording, decoded, sample_rate=MIX_RATE, channels=1)
    return (replace(window, samples=window.samples * np.float32(gain)) for window in windows)


def _voice(run: Run, drafted: Drafted) -> Iterable[Audio]:
    stem = drafted.separation.voice
    file = run.store.path(drafted.recording.id, stem.file)
    return read_stem_windows(file, stem, drafted.loudness.gain_db, machine=run.settings.machine)


def _renamed(run: Run, fingerprint: str, sound: Sound, artefacts: dict[str, Path]) -> Sound:
    """`sound` under the names that its files get in the store; notes which file goes where in `artefacts`."""

    def renamed(file: Path) -> Path:
        name = run.store.artefact_name("sounds", fingerprint, file)
        artefacts[name] = file
        return Path(name)

    return replace(
        sound,
        audio=renamed(sound.audio),
        peaks=renamed(sound.peaks),
        spectrogram=renamed(sound.spectrogram),
    )


def _within(folder: Path, sound: Sound) -> Sound:
    return replace(
        sound,
        audio=folder / sound.audio,
        peaks=folder / sound.peaks,
        spectrogram=folder / sound.spectrogram,
    )
