"""What a CUDA GPU gives: `python -m benchmarks.gpu`. With `--smoke` it proves its own code on any machine.

Prints one table. Networks are full-size with random weights (`full_size`), because speed does not depend on their
values; they are written to disk and loaded by prelabel's own wrappers. Each part runs in a process of its own, so
that one that dies takes no other along; `--part` names those to run.

- both_compute: torch (CUDA 13) and CTranslate2 (cuBLAS 12) computing in one process;
- separation: the library's own loop against ours, per batch size, in float32, TF32 and under autocast, and how far
  the outputs are apart (SI-SDR), from the library's with the same network, and the GPU's from the CPU's; on noise;
- transcription: faster-whisper's batched pipeline against ours, per batch size and precision, on the same windows
  with the same options, a hundred tokens in each; what the first call costs (kernels compiled for GPUs that
  CTranslate2 has none for; `CUDA_CACHE_PATH` keeps them); voice detection, which is on the CPU;
- diarization: segmentation and embedding, per batch size, embedding as pyannote does it and as we do; all of it;
- whole: the set `fast` on recordings of speech, from file to queue, several in flight: speed, how busy the GPU is,
  and how long each stage takes, waiting for others included;
- short_of_memory: each network with less memory than its batch needs: the batch shrinks, the answer stays.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.quiet import forbid_hub, silence_libraries

silence_libraries()
forbid_hub()

from benchmarks import full_size  # noqa: E402 (libraries are silenced before anything imports them)
from benchmarks.synthetic.levels import si_sdr  # noqa: E402
from core.settings import (  # noqa: E402
    DiarizeSettings,
    MachineSettings,
    PipelineSettings,
    SeparateSettings,
    Settings,
    TranscribeSettings,
)
from core.types import Audio, Decoded, Transcript  # noqa: E402
from models.devices import Device, preload_cublas12  # noqa: E402

WINDOW_SECONDS = 30.0

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds of sound per second, and GPU memory at its highest.

    Memory is torch's own, or where CTranslate2 takes part that of the whole card.
    """

    part: str
    variant: str
    batch: int | None = None
    speed: float | None = None
    peak_gb: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    device: Device
    tiny: bool
    separation_seconds: float
    separation_batches: tuple[int, ...]
    precise_batches: tuple[int, ...]  # for separation in other precisions
    windows: int
    transcriptions: tuple[tuple[str, str, tuple[int, ...]], ...]  # network, precision, batches
    diarization_seconds: float
    diarization_batches: tuple[int, ...]
    recordings: int
    recording_minutes: float
    in_flight: tuple[int, ...]


WHOLE = Extent(
    device="cuda",
    tiny=False,
    separation_seconds=600.0,
    separation_batches=(1, 4, 8, 16, 32, 64),
    precise_batches=(16, 32),
    windows=32,
    transcriptions=(
        ("large-v3-turbo", "int8_float16", (1, 8, 16, 24, 32, 64)),
        ("large-v3-turbo", "float16", (16, 32, 64)),
        ("large-v3", "float16", (1, 8, 16, 32)),
        ("large-v3", "int8_float16", (16,)),
    ),
    diarization_seconds=300.0,
    diarization_batches=(1, 16, 32, 64, 128),
    recordings=4,
    recording_minutes=10.0,
    in_flight=(1, 2, 4),
)
QUICK = replace(
    WHOLE,
    separation_seconds=120.0,
    separation_batches=(1, 16),
    precise_batches=(16,),
    windows=16,
    transcriptions=(
        ("large-v3-turbo", "int8_float16", (16,)),
        ("large-v3-turbo", "float16", (16,)),
        ("large-v3", "float16", (16,)),
    ),
    diarization_seconds=120.0,
    diarization_batches=(64,),
    recordings=2,
    recording_minutes=2.0,
    in_flight=(2,),
)
SMOKE = Extent(
    device="cpu",
    tiny=True,
    separation_seconds=6.0,
    separation_batches=(1, 2),
    precise_batches=(2,),
    windows=2,
    transcriptions=(("tiny", "int8_float32", (1, 2)), ("tiny", "float32", (2,))),
    diarization_seconds=15.0,
    diarization_batches=(1, 4),
    recordings=2,
    recording_minutes=0.25,
    in_flight=(1, 2),
)


def both_compute(extent: Extent, networks: Path) -> Iterator[Row]:
    """torch and CTranslate2 in one process, each with its own cuBLAS."""
    import torch

    mapped = preload_cublas12() if extent.device == "cuda" else False
    square = torch.ones(512, 512, device=extent.device)
    product = float((square @ square)[0, 0])
    import ctranslate2

    whisper = _whisper("tiny", networks)
    features = np.zeros((1, full_size.TINY_WHISPER.mel_bands, 3000), np.float32)
    for precision in dict.fromkeys(("float32", *(precision for _, precision, _ in extent.transcriptions))):
        began = time.perf_counter()
        model = ctranslate2.models.Whisper(str(whisper), device=extent.device, compute_type=precision)
        heard = np.asarray(model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True))
        seconds = time.perf_counter() - began
        again = float((square @ square)[0, 0])
        fine = product == again == 512.0 and heard.shape[:2] == (1, 1500) and bool(np.isfinite(heard).all())
        yield Row(
            "both compute",
            precision,
            note=f"{'yes' if fine else 'no'}; cuBLAS 12 mapped: {mapped}; first answer after {seconds:.1f} s",
        )


def separation(extent: Extent, networks: Path) -> Iterator[Row]:
    """The library's loop, then ours at each batch size, then ours in other precisions."""
    folder = written(networks / "htdemucs", lambda new: full_size.write_htdemucs(new, tiny=extent.tiny))
    mix = _noise(extent.separation_seconds, 44100, channels=2)
    mono = mix.mean(axis=0)
    decoded = Decoded(0, extent.separation_seconds, float(mono.mean()), float(mono.std(ddof=1)), 1.0)
    network = _separator(folder, extent, 1)._networks[0][0]
    reference, seconds, peak = _timed(lambda: _by_library(network, mix, decoded, extent.device), extent.device)
    yield Row("separation", "library's loop, float32", 1, extent.separation_seconds / seconds, peak)
    for precision in ("float32", "TF32", "float16", "bfloat16"):
        for batch in extent.separation_batches if precision == "float32" else extent.precise_batches:
            yield _ours(_separator(folder, extent, batch), mix, decoded, precision, reference, extent)
    batch = extent.precise_batches[0]
    separator = _separator(folder, extent, batch)
    segments = np.resize(mix, (batch, 2, separator.segment_samples))
    voice, seconds, peak = _timed(lambda: separator.voice(segments), extent.device)
    advance = batch * separator.segment_samples / 44100 * (1 - SeparateSettings().overlap)
    on_cpu = _separator(folder, replace(extent, device="cpu"), 1).voice(segments[:1])
    note = f"{si_sdr(on_cpu, voice[:1]):.0f} dB to the CPU's output"
    yield Row("separation", "the network alone, float32", batch, advance / seconds, peak, note)


def _separator(folder: Path, extent: Extent, batch: int) -> Any:
    from models.separation import Demucs

    return Demucs(folder, MachineSettings(device=extent.device, separation_batch=batch))


def _by_library(network: Any, mix: Samples, decoded: Decoded, device: Device) -> Samples:
    """As demucs' own Separator does it, without its random shifts."""
    import torch
    from demucs.apply import apply_model

    normalised = torch.from_numpy((mix - np.float32(decoded.mean)) / np.float32(decoded.deviation + 1e-8))[None]
    with torch.inference_mode():
        stems = apply_model(network, normalised, shifts=0, overlap=0.25, split=True, device=device)
    voice: Samples = stems[0, network.sources.index("vocals")].cpu().numpy()
    return voice * np.float32(decoded.deviation) + np.float32(decoded.mean)


def _ours(
    separator: Any, mix: Samples, decoded: Decoded, precision: str, reference: Samples, extent: Extent
) -> Row:
    import torch

    batch = separator.batch_size
    separator.sample_rate  # noqa: B018 - loads the network, which sets what TF32 is here set to
    name = f"ours, {precision}"
    run = separator._run
    if precision in ("float16", "bfloat16"):
        lower = torch.autocast(extent.device, dtype=getattr(torch, precision))
        separator._run = lower(run)
    try:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "TF32"
        voice, seconds, peak = _timed(lambda: _separated(separator, mix, decoded), extent.device)
    except (RuntimeError, TypeError) as error:
        # Out of memory at a large batch, or an operation that autocast does not know: a result of its own.
        return Row("separation", name, batch, note=f"failed: {str(error).splitlines()[0][:120]}")
    note = f"{si_sdr(reference, voice):.0f} dB to the library's output"
    if separator.batch_size != batch:
        note += f"; memory was short, went on with {separator.batch_size}"
    return Row("separation", name, batch, extent.separation_seconds / seconds, peak, note)


def _separated(separator: Any, mix: Samples, decoded: Decoded) -> Samples:
    from preprocess.separate import separate_voice

    windows = [Audio(mix[:, at : at + 441000], 44100, at / 44100) for at in range(0, mix.shape[1], 441000)]
    voice = [window.samples for window in separate_voice(windows, separator, decoded, SeparateSettings())]
    return np.concatenate(voice, axis=1)


def transcription(extent: Extent, networks: Path) -> Iterator[Row]:
    """faster-whisper's batched pipeline and ours, over the same windows."""
    sound = _noise(600.0, 16000, channels=1)
    from models.transcription import _voice_in
    from models.voice_activity import SileroVoice

    _, seconds, _ = _timed(lambda: _voice_in(Audio(sound, 16000), SileroVoice()), extent.device)
    yield Row("transcription", "voice detection, on the CPU", None, 600.0 / seconds)
    for name, precision, batches in extent.transcriptions:
        yield from _transcription(_whisper(name, networks), f"{name}, {precision}", precision, batches, extent)


def _whisper(name: str, networks: Path) -> Path:
    shape = full_size.WHISPERS.get(name, full_size.TINY_WHISPER)
    return written(networks / f"whisper-{name}", lambda folder: full_size.write_whisper(folder, shape))


def _transcription(
    folder: Path, variant: str, precision: str, batches: tuple[int, ...], extent: Extent
) -> Iterator[Row]:
    recogniser = _recogniser(folder, precision, extent, 1)
    began = time.perf_counter()
    recogniser.load()
    loaded = time.perf_counter() - began
    sound = _noise(WINDOW_SECONDS * max(extent.windows, *batches), 16000, channels=1)[0]
    began = time.perf_counter()
    _by_faster_whisper(recogniser, sound[: int(WINDOW_SECONDS * 16000)])
    first = time.perf_counter() - began
    yield Row("transcription", variant, None, note=f"loads in {loaded:.1f} s, first call {first:.1f} s")
    for batch in batches:
        # One by one is slow, and a few windows tell how slow.
        count = max(batch, extent.windows) if batch > 1 else max(1, extent.windows // 8)
        heard = sound[: int(WINDOW_SECONDS * 16000) * count]
        for whose, work in (("faster-whisper", _by_faster_whisper), ("ours", _by_us)):
            recogniser.batch_size = batch
            work(recogniser, heard[: int(WINDOW_SECONDS * 16000)])
            with GpuWatch(extent.device) as gpu:
                began = time.perf_counter()
                note = work(recogniser, heard)
                seconds = time.perf_counter() - began
            note += f"; GPU busy {gpu.busy:.0%} of the time"
            speed = WINDOW_SECONDS * count / seconds
            yield Row("transcription", f"{variant}, {whose}", batch, speed, gpu.peak_gb, note)


def _recogniser(folder: Path, precision: str, extent: Extent, batch: int) -> Any:
    from models.devices import thread_count
    from models.transcription import FasterWhisper

    return FasterWhisper(
        folder,
        device=extent.device,
        compute_type=precision,
        threads=thread_count(MachineSettings()),
        batch_size=batch,
        voice_detector=AllVoice(),
    )


class AllVoice:
    """A voice detector that hears voice in all but the half seconds around each half minute."""

    name = "all-voice"

    def __init__(self) -> None:
        self._seconds = 0.0

    def listen(self) -> AllVoice:
        return AllVoice()

    def hear(self, window: Audio) -> None:
        self._seconds = window.end

    def voiced(self) -> tuple[tuple[float, float], ...]:
        count = round(self._seconds / WINDOW_SECONDS)
        return tuple((WINDOW_SECONDS * at + 0.5, WINDOW_SECONDS * (at + 1) - 0.5) for at in range(count))


def _by_faster_whisper(recogniser: Any, sound: Samples) -> str:
    """Its own pipeline over the windows that ours makes of it, with the same options."""
    count = round(len(sound) / 16000 / WINDOW_SECONDS)
    segments, _ = recogniser._batched.transcribe(
        sound,
        language="en",
        beam_size=TranscribeSettings().beam_size,
        word_timestamps=True,
        without_timestamps=False,
        vad_filter=False,
        clip_timestamps=[
            {"start": WINDOW_SECONDS * at + 0.3, "end": WINDOW_SECONDS * (at + 1) - 0.3} for at in range(count)
        ],
        batch_size=recogniser.batch_size,
    )
    return f"{sum(len(segment.tokens) for segment in segments) / count:.0f} tokens a window"


def _by_us(recogniser: Any, sound: Samples) -> str:
    transcript = _transcript(recogniser, sound)
    windows = len(transcript.passages)
    note = f"{len(_words(transcript)) / windows:.0f} words a window"
    return note + (f"; {transcript.redecoded} of {windows} decoded again" if transcript.redecoded else "")


def _transcript(recogniser: Any, sound: Samples) -> Transcript:
    transcript: Transcript = recogniser.transcribe(
        Audio(sound[None], 16000), language="en", allowed=("en",), glossary=(), settings=TranscribeSettings()
    )
    return transcript


def _words(transcript: Transcript) -> list[str]:
    return [word.text for passage in transcript.passages for word in passage.words]


def diarization(extent: Extent, networks: Path) -> Iterator[Row]:
    """pyannote's two networks, each by itself, and all of it with the usual batch."""
    import torch
    from pyannote.core import SlidingWindowFeature

    diarizer = _diarizer(networks, extent, extent.diarization_batches[-1])
    pipeline = diarizer._pipeline
    ours = pipeline._embedding
    sound = Audio(_noise(extent.diarization_seconds, 16000, channels=1), 16000)
    file = {"waveform": torch.from_numpy(sound.samples), "sample_rate": 16000, "uri": "noise"}
    for batch in extent.diarization_batches:
        pipeline.segmentation_batch_size = pipeline.embedding_batch_size = batch
        found, seconds, peak = _timed(lambda: pipeline.get_segmentations(file), extent.device)
        yield Row("diarization", "segmentation", batch, extent.diarization_seconds / seconds, peak)
        # Two speakers in each window, taking turns: what the embedding network gets from real speech.
        active = np.zeros_like(found.data)
        half = active.shape[1] // 2
        active[:, :half, 0] = active[:, half:, 1] = 1.0
        turns = SlidingWindowFeature(active, found.sliding_window)
        theirs = None
        for whose, embedding in (("pyannote", ours.inner), ("ours", ours)):
            pipeline.__dict__["_embedding"] = embedding
            told, seconds, peak = _timed(
                lambda turns=turns: pipeline.get_embeddings(file, turns, exclude_overlap=True),  # type: ignore[misc]
                extent.device,
            )
            theirs = told if theirs is None else theirs
            apart = np.abs(told[:, :2] - theirs[:, :2]).max() / np.abs(theirs[:, :2]).max()
            note = "" if whose == "pyannote" else f"differs by at most {apart:.1e} of the largest"
            yield Row("diarization", f"embedding, {whose}", batch, extent.diarization_seconds / seconds, peak, note)
    _, seconds, peak = _timed(lambda: diarizer.diarize(sound, None, DiarizeSettings()), extent.device)
    yield Row("diarization", "all of it", diarizer.batch_size, extent.diarization_seconds / seconds, peak)


def _diarizer(networks: Path, extent: Extent, batch: int) -> Any:
    from models.diarization import Pyannote

    folder = written(networks / "diarization", lambda new: full_size.write_diarization(new, tiny=extent.tiny))
    return Pyannote(folder, device=extent.device, threads=1, batch_size=batch)


def whole(extent: Extent, networks: Path) -> Iterator[Row]:
    """Recordings of speech with the set `fast`, separation always on, the language detected."""
    from benchmarks.budget import long_recording
    from flows.plan import Choices
    from flows.work import prepare

    cache = written(networks / "fast", lambda new: full_size.write_fast_set(new, tiny=extent.tiny))
    pipeline = PipelineSettings(separate=SeparateSettings(mode="always"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machine = MachineSettings(device=extent.device)
        run = prepare(
            Choices(model_set="fast", pipeline=pipeline),
            Settings(home=folder / "home", models_dir=cache, machine=machine),
        )
        began = time.perf_counter()
        run.toolbox.warm_up()
        yield Row("whole", "all networks loaded", note=f"in {time.perf_counter() - began:.1f} s")
        _drafted(run, [long_recording(0.5, folder)], 1, folder / "first")
        # No two alike: the same sound is drafted once.
        files = [
            long_recording(extent.recording_minutes + 0.001 * number, folder) for number in range(extent.recordings)
        ]
        for lanes in extent.in_flight:
            with GpuWatch(extent.device) as gpu:
                began = time.perf_counter()
                stages = _drafted(run, files, lanes, folder / str(lanes))
                seconds = time.perf_counter() - began
            speed = extent.recording_minutes * 60 * extent.recordings / seconds
            longest = sorted(stages, key=lambda stage: stages[stage], reverse=True)[:9]
            times = ", ".join(f"{stage} {stages[stage]:.1f}" for stage in longest)
            yield Row(
                "whole",
                f"{extent.recordings} × {extent.recording_minutes:g} min, {lanes} in flight",
                speed=speed,
                peak_gb=gpu.peak_gb,
                note=f"GPU busy {gpu.busy:.0%} of the time; seconds a recording: {times}",
            )


def _drafted(run: Any, files: Sequence[Path], lanes: int, home: Path) -> dict[str, float]:
    """Draft `files` into a home of their own; the mean seconds of each stage."""
    from core.store import MediaStore
    from flows.drafting import Entry
    from flows.work import carry_out

    machine = run.settings.machine.model_copy(update={"recordings_in_flight": lanes})
    settings = run.settings.model_copy(update={"home": home, "machine": machine})
    taken: dict[str, list[float]] = defaultdict(list)

    def perform(stage: str, recording: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        try:
            return work()
        finally:
            taken[stage].append(time.perf_counter() - began)

    here = replace(run, settings=settings, store=MediaStore(settings.store_path).open())
    summary = carry_out(here, [Entry(str(file)) for file in files], home / "out", settings.queue_url, perform)
    if len(summary.drafts) != len(files):
        raise RuntimeError(f"not every recording was drafted: {summary.rejected}")
    shutil.rmtree(home)
    return {stage: sum(seconds) / len(files) for stage, seconds in taken.items()}


class GpuWatch:
    """How busy the GPU is, and its memory at its highest, while the block runs, as nvidia-smi sees it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.busy = 0.0
        self.peak_gb: float | None = None

    def __enter__(self) -> GpuWatch:
        if self._device == "cuda":
            query = "--query-gpu=utilization.gpu,memory.used"
            command = ["nvidia-smi", query, "--format=csv,noheader,nounits", "-lms", "200"]
            self._watch = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._device == "cuda":
            self._watch.terminate()
            said, _ = self._watch.communicate()
            seen = [line.split(", ") for line in said.splitlines() if ", " in line]
            self.busy = sum(float(busy) for busy, _ in seen) / 100 / max(1, len(seen))
            self.peak_gb = max((float(used) for _, used in seen), default=0.0) * 2**20 / 1e9


def short_of_memory(extent: Extent, networks: Path) -> Iterator[Row]:
    """A third of what a large batch takes for torch's networks, 1.5 GB for the recogniser's."""
    sound = Audio(_noise(extent.separation_seconds, 16000, channels=1), 16000)
    mix = _noise(extent.separation_seconds, 44100, channels=2)
    mono = mix.mean(axis=0)
    decoded = Decoded(0, extent.separation_seconds, float(mono.mean()), float(mono.std(ddof=1)), 1.0)
    folder = written(networks / "htdemucs", lambda new: full_size.write_htdemucs(new, tiny=extent.tiny))
    separator = _separator(folder, extent, 64)
    yield _cramped(
        "separation",
        separator,
        lambda: _separated(separator, mix, decoded),
        lambda one, two: bool(si_sdr(one, two) > 40),
        extent,
    )
    diarizer = _diarizer(networks, extent, 256)
    yield _cramped(
        "diarization",
        diarizer,
        lambda: diarizer.diarize(sound, None, DiarizeSettings()),
        lambda one, two: bool(one == two),
        extent,
    )
    yield _cramped_recogniser(extent, networks)


def _cramped(
    part: str, network: Any, work: Callable[[], Any], alike: Callable[[Any, Any], bool], extent: Extent
) -> Row:
    import torch

    asked = network.batch_size
    expected, _, peak = _timed(work, extent.device)
    allowed = 0.0
    if extent.device == "cuda":
        weights = torch.cuda.memory_allocated() / 1e9
        allowed = weights + ((peak or 0.0) - weights) / 3
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(allowed * 1e9 / torch.cuda.get_device_properties(0).total_memory)
    try:
        fine = alike(expected, work())
    finally:
        if extent.device == "cuda":
            torch.cuda.set_per_process_memory_fraction(1.0)
    note = f"{allowed:.1f} GB allowed: went on with batch {network.batch_size}, the answer is "
    return Row("short of memory", part, asked, None, peak, note + ("the same" if fine else "another"))


def _cramped_recogniser(extent: Extent, networks: Path) -> Row:
    """CTranslate2 allocates beside torch: what torch holds is not there for it."""
    import torch

    name, precision, _ = extent.transcriptions[0]
    recogniser = _recogniser(_whisper(name, networks), precision, extent, 1)
    sound = _noise(WINDOW_SECONDS * (2 if extent.tiny else 64), 16000, channels=1)[0]
    expected = _transcript(recogniser, sound[: int(WINDOW_SECONDS * 16000 * 2)])
    left = 1.5
    ballast = None
    if extent.device == "cuda":
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info()
        ballast = torch.empty(int(free - left * 1e9), dtype=torch.uint8, device="cuda")
    recogniser.batch_size = 64
    found = _transcript(recogniser, sound)
    del ballast
    fine = _words(found)[: len(_words(expected))] == _words(expected)
    note = f"{left} GB left: went on with batch {recogniser.batch_size}, the answer is "
    return Row("short of memory", "transcription", 64, note=note + ("the same" if fine else "another"))


PARTS: dict[str, Callable[[Extent, Path], Iterator[Row]]] = {
    part.__name__: part for part in (both_compute, separation, transcription, diarization, whole, short_of_memory)
}


def written(folder: Path, write: Callable[[Path], Any]) -> Path:
    """`folder`, where `write` put a network, now or in an earlier part; it appears when it is whole."""
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as half:
            write(Path(half, "new"))
            Path(half, "new").rename(folder)
    return folder


def _noise(seconds: float, sample_rate: int, *, channels: int) -> Samples:
    return np.random.default_rng(0).standard_normal((channels, int(seconds * sample_rate)), np.float32) * 0.1


def _timed(call: Callable[[], Any], device: Device) -> tuple[Any, float, float | None]:
    """What `call` gives, its seconds, and torch's peak GPU memory in GB. Runs it twice: the first one warms up."""
    import torch

    if device == "cpu":
        began = time.perf_counter()
        answer = call()
        return answer, time.perf_counter() - began, None
    call()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    began = time.perf_counter()
    answer = call()
    torch.cuda.synchronize()
    return answer, time.perf_counter() - began, torch.cuda.max_memory_allocated() / 1e9


def machine() -> str:
    """The hardware and the versions that the figures belong to."""
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in ("torch", "ctranslate2", "faster-whisper", "demucs", "pyannote-audio", "numpy")
    )
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    gpu = "no NVIDIA GPU"
    if shutil.which("nvidia-smi"):
        gpu = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip() or gpu
    return f"{gpu}; Python {platform.python_version()}, {versions}"


def as_line(row: Row) -> str:
    speed = "" if row.speed is None else f"{row.speed:.1f}×"
    peak = "" if row.peak_gb is None else f"{row.peak_gb:.2f} GB"
    return f"| {row.part} | {row.variant} | {row.batch or ''} | {speed} | {peak} | {row.note} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description="Time the networks on a CUDA GPU."
    )
    extents = parser.add_mutually_exclusive_group()
    extents.add_argument(
        "--smoke", action="store_true", help="tiny networks on the CPU: proves the code, times nothing"
    )
    extents.add_argument("--quick", action="store_true", help="full-size networks, the usual batch sizes only")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="all where none is named")
    parser.add_argument("--networks", type=Path, help="folder that keeps the networks for another time")
    parser.add_argument("--row-by-row", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.row_by_row:
        extent = SMOKE if chosen.smoke else QUICK if chosen.quick else WHOLE
        for row in PARTS[chosen.part[0]](extent, chosen.networks):
            print(as_line(row), flush=True)
        return
    print(f"{machine()}\n")
    if chosen.smoke:
        print("Smoke run: tiny networks on the CPU. The figures mean nothing.\n")
    print(
        "| part | variant | batch | speed (× real time) | peak GPU memory | |\n|---|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as temporary:
        networks = chosen.networks or Path(temporary)
        networks.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.gpu", "--networks", str(networks), "--row-by-row"]
        command += ["--smoke"] if chosen.smoke else ["--quick"] if chosen.quick else []
        for part in chosen.part:
            done = subprocess.run([*command, "--part", part], stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                why = done.stderr.strip().splitlines()[-1:] or [f"ended with status {done.returncode}"]
                print(as_line(Row(part, "failed", note=why[0][:200])), flush=True)


if __name__ == "__main__":
    main()
