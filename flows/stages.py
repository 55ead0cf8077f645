"""The stages of one recording, each asked of the media store first and computed only when it is not there.

Plain functions of plain values; `flows.tasks` makes Prefect tasks of them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import TypeAdapter

from core.errors import BadRecording, EnvironmentProblem
from core.fingerprint import stage_fingerprint
from core.settings import Settings
from core.store import MediaStore, sha256_of_file
from core.types import (
    Audio,
    Checked,
    Decoded,
    Draft,
    Loudness,
    Media,
    Passage,
    Recording,
    Sentence,
    Separation,
    SignalQuality,
    Stem,
    Transcript,
    Turn,
    Unit,
)
from export import clips, sound
from export.clips import Clip, Clips
from export.drafts import from_json, make_draft, printable, to_json
from export.entries import QueuedDraft
from export.predictions import models_in_use, predict_draft
from export.queue import EnqueueResult, Queue
from export.units import partition
from flows.observing import watched
from flows.plan import Choices, Plan
from models.attribution import attribute_speakers
from models.checks import check
from models.sentences import cut_sentences
from models.toolbox import Toolbox
from preprocess import decode as decoding
from preprocess import probe as probing
from preprocess.fetch import fetch
from preprocess.loudness import measure_loudness
from preprocess.quality import measure_quality
from preprocess.separate import separate_voice, worth_separating
from preprocess.stems import read_stem, read_stem_windows, write_stem

T = TypeVar("T")
log = logging.getLogger("prelabel")


@dataclass(frozen=True, slots=True)
class Run:
    """What every stage of a run is told: the choices, the plan made of them, and this machine's means."""

    choices: Choices
    plan: Plan
    store: MediaStore
    toolbox: Toolbox
    settings: Settings


def probe(run: Run, uri: str) -> Recording:
    """Fetch, identify and probe. Raises BadRecording."""
    path = fetch(uri, run.store.incoming)
    uri = printable(uri)
    recording_id = identify(path)
    run.store.sweep(recording_id)
    try:
        media = _kept_with_artefacts(
            run,
            (recording_id, uri),
            "probe",
            TypeAdapter(Media),
            lambda _: (probing.probe(path, run.settings.machine), {}),
        )
    except BadRecording:
        discard_staged(run, path)
        raise
    return Recording(recording_id, uri, path, media)


def discard_staged(run: Run, path: Path) -> None:
    """Remove the local copy of a remote recording that nobody needs any more; a local recording stays."""
    if path.parent == run.store.incoming.absolute():
        path.unlink(missing_ok=True)


def identify(path: Path) -> str:
    """The recording's id: SHA-256 of the file's bytes, remembered while the file does not change.

    Raises BadRecording where the disk fails.
    """
    try:
        facts = path.stat()
        return _hash_of(path, facts.st_mtime_ns, facts.st_size)
    except OSError as error:
        raise BadRecording(
            "unreadable", f"The file cannot be read ({error.strerror}). Check its disk and its permissions."
        ) from error


@lru_cache(maxsize=4096)
def _hash_of(path: Path, mtime_ns: int, size_bytes: int) -> str:
    return sha256_of_file(path)


def is_drafted(run: Run, uri: str) -> bool:
    """Whether the store holds this local recording's drafts of this very pipeline already."""
    try:
        if not Path(uri).is_file():
            return False
        recording_id = identify(Path(uri).absolute())
    except (BadRecording, OSError, ValueError):
        return False  # a name that no file can have, a folder that may not be entered: the run will say so
    return run.store.holds(recording_id, _store_stage(run, "draft"), run.plan.fingerprint("draft"))


def decode(run: Run, recording: Recording) -> Decoded:
    """Choose the audio track and decode it whole, once. Raises BadRecording."""

    def compute() -> Decoded:
        decoded = decoding.decode(
            recording.path, recording.media, run.choices.pipeline.decode, run.settings.machine
        )
        _insist_unchanged(recording)
        return decoded

    decoded = _kept(run, recording, "decode", TypeAdapter(Decoded), compute)
    watched().duration_known(recording.uri, decoded.duration)
    return decoded


def measure(run: Run, recording: Recording, decoded: Decoded) -> SignalQuality:
    """How the mix sounds."""
    return _kept(
        run,
        recording,
        "quality",
        TypeAdapter(SignalQuality),
        lambda: measure_quality(mix_windows(run, recording, decoded), run.toolbox.voice_detector),
    )


def separate(run: Run, recording: Recording, decoded: Decoded, quality: SignalQuality) -> Separation:
    """The voice stem; the plain mix where separation is not worth it, or failed (then flagged)."""
    settings, machine = run.choices.pipeline.separate, run.settings.machine

    def compute(scratch: Path) -> tuple[Separation, Mapping[str, Path]]:
        worth, why = worth_separating(quality, settings)
        flags: tuple[str, ...] = ()
        file = scratch / "voice.flac"
        if worth:
            windows = separate_voice(mix_windows(run, recording, decoded), run.toolbox.separator, decoded, settings)
            try:
                duration, gain = write_stem(windows, file, peak=decoded.peak, machine=machine)
            except (RuntimeError, MemoryError) as error:
                if str(error).startswith("CUDA error"):
                    raise EnvironmentProblem(
                        "the GPU failed in the middle of its work",
                        why=str(error).splitlines()[0],
                        fix="run the same command again: a new process starts the GPU anew and goes on where this "
                        "one ended",
                    ) from error
                # What torch raises when a network fails. A draft from the mix is worth more than none.
                log.warning("separation failed on %s: %s", recording.uri, error)
                worth, why, flags = (
                    False,
                    "The separation network failed on this recording.",
                    ("separation_failed",),
                )
        if not worth:
            mix = mix_windows(run, recording, decoded)
            duration, gain = write_stem(mix, file, peak=decoded.peak, machine=machine)
        name = run.store.artefact_name("separate", run.plan.fingerprint("separate"), file)
        return Separation(Stem(name, duration, gain), worth, why, flags), {name: file}

    return _kept_with_artefacts(run, (recording.id, recording.uri), "separate", TypeAdapter(Separation), compute)


def level(run: Run, recording: Recording, separation: Separation) -> Loudness:
    """The gain that brings the voice to its target loudness."""
    stem = run.store.path(recording.id, separation.voice.file)
    return _kept(
        run,
        recording,
        "loudness",
        TypeAdapter(Loudness),
        lambda: measure_loudness(
            read_stem_windows(stem, separation.voice, machine=run.settings.machine), run.choices.pipeline.loudness
        ),
    )


def diarize(
    run: Run, recording: Recording, decoded: Decoded, separation: Separation, loudness: Loudness
) -> tuple[Turn, ...]:
    """Who speaks when: regular and exclusive turns."""
    settings = run.choices.pipeline.diarize

    def compute() -> tuple[Turn, ...]:
        if settings.hears == "mix":
            audio = _mix_for_speech(run, recording, decoded)
        else:
            audio = normalised_voice(run, recording, separation, loudness)
        return run.toolbox.diarizer.diarize(audio, run.choices.speakers, settings)

    return _kept(run, recording, "diarize", TypeAdapter(tuple[Turn, ...]), compute)


def transcribe(run: Run, recording: Recording, separation: Separation, loudness: Loudness) -> Transcript:
    """What is said, word by word."""
    choices = run.choices
    return _kept(
        run,
        recording,
        "transcribe",
        TypeAdapter(Transcript),
        lambda: run.toolbox.transcriber.transcribe(
            normalised_voice(run, recording, separation, loudness),
            language=choices.language,
            allowed=choices.project.languages,
            glossary=choices.project.glossary,
            settings=choices.pipeline.transcribe,
        ),
    )


def attribute(
    run: Run, recording: Recording, transcript: Transcript, turns: tuple[Turn, ...]
) -> tuple[Passage, ...]:
    """The passages with a speaker on every word that has one."""
    return _kept(
        run,
        recording,
        "attribute",
        TypeAdapter(tuple[Passage, ...]),
        lambda: attribute_speakers(transcript.passages, turns),
    )


def cut(
    run: Run,
    recording: Recording,
    decoded: Decoded,
    transcript: Transcript,
    passages: tuple[Passage, ...],
) -> tuple[Sentence, ...]:
    """Words into sentences."""
    choices = run.choices
    return _kept(
        run,
        recording,
        "sentences",
        TypeAdapter(tuple[Sentence, ...]),
        lambda: cut_sentences(
            passages,
            transcript.voiced,
            choices.pipeline.sentences,
            choices.project.guideline,
            decoded.duration,
        ),
    )


def inspect(
    run: Run,
    recording: Recording,
    quality: SignalQuality,
    sentences: tuple[Sentence, ...],
    transcript: Transcript,
    turns: tuple[Turn, ...],
) -> Checked:
    """Flags on what a person should look at twice."""
    return _kept(
        run,
        recording,
        "checks",
        TypeAdapter(Checked),
        lambda: check(sentences, transcript, turns, run.choices.pipeline.checks, heard_in_mix=quality.voiced),
    )


def divide(
    run: Run, recording: Recording, decoded: Decoded, transcript: Transcript, checked: Checked
) -> tuple[Unit, ...]:
    """The work units."""
    return _kept(
        run,
        recording,
        "units",
        TypeAdapter(tuple[Unit, ...]),
        lambda: partition(decoded.duration, checked.sentences, transcript.voiced, run.choices.pipeline.units),
    )


def assemble(
    run: Run,
    recording: Recording,
    decoded: Decoded,
    quality: SignalQuality,
    separation: Separation,
    loudness: Loudness,
    turns: tuple[Turn, ...],
    transcript: Transcript,
    checked: Checked,
    units: tuple[Unit, ...],
    external_id: str,
    metadata: Mapping[str, str],
) -> tuple[Draft, ...]:
    """The drafts of a recording, one per work unit. The first body that was stored stays."""

    def compute(scratch: Path) -> tuple[tuple[str, ...], Mapping[str, Path]]:
        documents: dict[str, Path] = {}
        for unit in units:
            draft = make_draft(
                recording,
                run.choices.project,
                unit,
                transcript=transcript,
                checked=checked,
                turns=turns,
                decoded=decoded,
                quality=quality,
                separation=separation,
                loudness=loudness,
                pipeline=run.plan.pipeline,
                external_id=external_id,
                metadata=metadata,
            )
            file = scratch / document_name(draft.draft_id)
            file.write_bytes(to_json(draft))
            documents[file.name] = file
        return tuple(documents), documents

    names = _kept_with_artefacts(run, (recording.id, recording.uri), "draft", TypeAdapter(tuple[str, ...]), compute)
    return tuple(from_json(run.store.path(recording.id, name).read_bytes()) for name in names)


def make_clips(
    run: Run,
    recording: Recording,
    decoded: Decoded,
    separation: Separation,
    loudness: Loudness,
    drafts: Sequence[Draft],
) -> tuple[Clip, ...]:
    """What is heard with each of the drafts; `clips_of` and `peaks_of` of `export.clips` find it from then on.

    Clips depend on sound and units alone, so a pipeline that only writes other words makes no new ones. Mix and
    voice are encoded at the same time.
    """
    units = [draft.unit for draft in drafts]
    fingerprint = stage_fingerprint(
        "clips",
        clips.VERSION,
        settings={"mix_rate": clips.MIX_RATE, "encoding": sound.VERSION},
        models={},
        hints={"units": [[unit.start, unit.end] for unit in units]},
        guideline="",
        before=[run.plan.fingerprint("loudness")],
    )

    def compute(scratch: Path) -> tuple[Clips, Mapping[str, Path]]:
        machine, stem, cut_off = run.settings.machine, separation.voice, threading.Event()
        voice = read_stem_windows(run.store.path(recording.id, stem.file), stem, loudness.gain_db, machine=machine)
        heard = takewhile(lambda _: not cut_off.is_set(), voice)
        with ThreadPoolExecutor(1, thread_name_prefix="voice") as beside:  # what works are ffmpeg's processes
            encoding = beside.submit(clips.encode_clips, heard, units, scratch, "voice", machine)
            try:
                level = measure_loudness(_mix_to_hear(run, recording, decoded), run.choices.pipeline.loudness)
                mix = (_amplified(window, level.gain_db) for window in _mix_to_hear(run, recording, decoded))
                mixes = clips.encode_clips(mix, units, scratch, "mix", machine)
            except BaseException:
                cut_off.set()
                raise
            voices = encoding.result()
        artefacts: dict[str, Path] = {}

        def keep(file: Path) -> Path:
            name = run.store.artefact_name("clips", fingerprint, file)
            artefacts[name] = file
            return Path(name)

        made = tuple(Clip(*tracks).placed(keep) for tracks in zip(mixes, voices, strict=True))
        return Clips(level, made), artefacts

    kept = _kept_with_artefacts(
        run, (recording.id, recording.uri), "clips", TypeAdapter(Clips), compute, fingerprint=fingerprint
    )
    with run.store.scratch(recording.id):  # what the disk refuses is the store's trouble here, too
        for draft, one in zip(drafts, kept.clips, strict=True):
            files = {track: getattr(one, track).audio.name for track in clips.TRACKS}
            peaks = {track: getattr(one, track).peaks.name for track in clips.TRACKS}
            clips.note_clip(run.store, recording.id, draft.draft_id, files, peaks)
    folder = run.store.folder(recording.id)
    return tuple(one.placed(folder.joinpath) for one in kept.clips)


def _mix_to_hear(run: Run, recording: Recording, decoded: Decoded) -> Iterator[Audio]:
    return mix_windows(run, recording, decoded, sample_rate=clips.MIX_RATE, channels=1)


def _amplified(window: Audio, gain_db: float) -> Audio:
    return replace(window, samples=window.samples * np.float32(10 ** (gain_db / 20)))


def enqueue(run: Run, recording: Recording, drafts: Sequence[Draft], queue: Queue) -> EnqueueResult:
    """Put the drafts into the correction queue, with what is expected of them; doing it again changes nothing."""
    watched().stage_began(recording.uri, "enqueue")
    began = time.monotonic()
    remote = "://" in recording.uri
    address = recording.uri if remote else printable(str(recording.path.resolve()))
    queued = []
    for draft in drafts:
        name = document_name(draft.draft_id)
        digest = sha256_of_file(run.store.path(recording.id, name))
        queued.append(replace(QueuedDraft.of(draft, f"{recording.id}/{name}", digest), uri=address))
    models = models_in_use(queue)
    result = queue.enqueue(queued, predicted={draft.draft_id: predict_draft(draft, models) for draft in drafts})
    watched().stage_ended(recording.uri, "enqueue", time.monotonic() - began, from_store=False)
    return result


def document_name(draft_id: str) -> str:
    """The file of a draft's document within its recording's folder of the media store."""
    return f"{draft_id}.draft.json"


def mix_windows(
    run: Run, recording: Recording, decoded: Decoded, *, sample_rate: int = 44100, channels: int = 2
) -> Iterator[Audio]:
    """The mix as it is decoded, window by window. Raises BadRecording, also where the file changed meanwhile."""
    yield from decoding.read_windows(
        recording.path,
        decoded.track,
        run.settings.machine,
        sample_rate=sample_rate,
        channels=channels,
        expected=decoded.duration,
    )
    _insist_unchanged(recording)


def _insist_unchanged(recording: Recording) -> None:
    """What was read must be what was identified: results are kept under the id. Raises BadRecording."""
    if identify(recording.path) != recording.id:
        raise BadRecording(
            "unreadable", "The file changed while it was read. Run it again when nothing writes to it any more."
        )


def normalised_voice(run: Run, recording: Recording, separation: Separation, loudness: Loudness) -> Audio:
    """The voice at its target loudness: (1, n) at 16 kHz."""
    stem = run.store.path(recording.id, separation.voice.file)
    return read_stem(stem, separation.voice, loudness.gain_db, machine=run.settings.machine)


def _mix_for_speech(run: Run, recording: Recording, decoded: Decoded) -> Audio:
    """The mix as speech models hear it: (1, n) at 16 kHz."""
    audio = decoding.read_whole(
        recording.path, decoded.track, run.settings.machine, sample_rate=16000, expected=decoded.duration
    )
    _insist_unchanged(recording)
    return audio


def _kept(run: Run, recording: Recording, stage: str, kind: TypeAdapter[T], compute: Callable[[], T]) -> T:
    """The stored result of a stage that leaves no artefact, computed when it is not there."""
    return _kept_with_artefacts(run, (recording.id, recording.uri), stage, kind, lambda _: (compute(), {}))


def _kept_with_artefacts(
    run: Run,
    recording: tuple[str, str],
    stage: str,
    kind: TypeAdapter[T],
    compute: Callable[[Path], tuple[T, Mapping[str, Path]]],
    fingerprint: str | None = None,
) -> T:
    """The stored result of a stage, computed under its lease when it is not there.

    `recording` is (id, uri). `compute` gets a scratch folder and gives the result with the finished files to
    keep, under their final names. `fingerprint` is the plan's where none is given.
    """
    recording_id, uri = recording
    fingerprint = fingerprint or run.plan.fingerprint(stage)
    file = _store_stage(run, stage)
    watched().stage_began(uri, stage)
    stored = run.store.get(recording_id, file, fingerprint, kind)
    if stored is None:
        with run.store.computing(recording_id, file, fingerprint):
            stored = run.store.get(recording_id, file, fingerprint, kind)
            if stored is None:
                began = time.monotonic()
                with run.store.scratch(recording_id) as scratch:
                    value, artefacts = compute(scratch)
                    seconds = time.monotonic() - began
                    value = run.store.put(
                        recording_id, file, fingerprint, value, kind, seconds=seconds, artefacts=artefacts
                    )
                watched().stage_ended(uri, stage, seconds, from_store=False)
                return value
    watched().stage_ended(uri, stage, stored.seconds, from_store=True)
    return stored.value


def _store_stage(run: Run, stage: str) -> str:
    """A stage's name in the store: drafts are kept per project, whose name is no part of a fingerprint."""
    return f"draft-{run.choices.project.name}" if stage == "draft" else stage
