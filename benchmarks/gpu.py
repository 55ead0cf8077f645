"""What a CUDA GPU gives: `python -m benchmarks.gpu`. With `--smoke` it proves its own code on any machine.

Prints one table. Networks are full-size with random weights (`full_size`), because speed does not depend on their
values; they are written to disk and loaded by prelabel's own wrappers. The sound is noise.

- does it run: torch (CUDA 13) and CTranslate2 (cuBLAS 12) computing in one process;
- separation: the library's own loop against ours, per batch size, in float32 and under autocast, and how far the
  outputs are apart (SI-SDR against the library's);
- transcription: faster-whisper's batched pipeline, per batch size and precision, with a fixed number of tokens per
  30 s window, and what the first call costs (kernels compiled for new GPUs; `CUDA_CACHE_PATH` keeps them);
- diarization: segmentation and embedding, per batch size.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
from core.settings import MachineSettings, SeparateSettings  # noqa: E402
from core.types import Audio, Decoded  # noqa: E402
from models.devices import Device, preload_cublas12  # noqa: E402

TOKENS_PER_WINDOW = 100
"""About what half a minute of Korean speech takes; forced, because random weights never come to an end."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds of sound per second, and the GPU's memory at its highest."""

    part: str
    variant: str
    batch: int | None
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
    windows: int
    transcription_batches: tuple[int, ...]
    precisions: tuple[str, ...]
    diarization_seconds: float
    diarization_batches: tuple[int, ...]


WHOLE = Extent(
    "cuda", False, 600.0, (1, 4, 8, 16, 32, 64), 64, (1, 8, 16, 24, 32, 64), ("float16", "int8_float16"), 600.0,
    (1, 16, 32, 64, 128),
)  # fmt: skip
SMOKE = Extent("cpu", True, 6.0, (1, 2), 2, (1, 2), ("float32", "int8_float32"), 15.0, (1, 4))


def measure(extent: Extent, folder: Path) -> Iterator[Row]:
    """Every row of the table, as it is measured. A part that fails says so in its row, and the others go on."""
    parts: list[Callable[[Extent, Path], Iterator[Row]]] = [both_compute, separation, transcription, diarization]
    for part in parts:
        try:
            yield from part(extent, folder)
        except (RuntimeError, ValueError, OSError, TypeError, AttributeError, ImportError) as error:
            # The point of a first run on new hardware is to learn what fails; the rest is still worth having.
            yield Row(
                part.__name__, "failed", None, note=f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"
            )


def both_compute(extent: Extent, folder: Path) -> Iterator[Row]:
    """torch and CTranslate2 in one process, each with its own cuBLAS."""
    import torch

    mapped = preload_cublas12() if extent.device == "cuda" else False
    square = torch.ones(512, 512, device=extent.device)
    product = float((square @ square)[0, 0])
    import ctranslate2

    whisper = folder / "first"
    full_size.write_whisper(whisper, full_size.TINY_WHISPER)
    model = ctranslate2.models.Whisper(str(whisper), device=extent.device, compute_type="float32")
    features = np.zeros((1, full_size.TINY_WHISPER.mel_bands, 3000), np.float32)
    heard = np.asarray(model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True))
    again = float((square @ square)[0, 0])
    fine = product == again == 512.0 and heard.shape[:2] == (1, 1500) and bool(np.isfinite(heard).all())
    yield Row("both compute", f"cuBLAS 12 mapped: {mapped}", None, note="yes" if fine else "no")


def separation(extent: Extent, folder: Path) -> Iterator[Row]:
    """The library's loop, then ours at each batch size, then ours under autocast."""
    file = folder / "htdemucs.th"
    network = full_size.write_htdemucs(file, tiny=extent.tiny).to(extent.device)
    mix = _noise(extent.separation_seconds, 44100, channels=2)
    mono = mix.mean(axis=0)
    decoded = Decoded(0, extent.separation_seconds, float(mono.mean()), float(mono.std(ddof=1)), 1.0)
    reference, seconds, peak = _timed(lambda: _by_library(network, mix, decoded, extent.device), extent.device)
    yield Row("separation", "library's loop, float32", 1, extent.separation_seconds / seconds, peak)
    network.to("cpu")
    for autocast in (False, True):
        for batch in extent.separation_batches:
            yield _ours(file, mix, decoded, batch, reference, extent, autocast=autocast)


def _by_library(
    network: Any, mix: npt.NDArray[np.float32], decoded: Decoded, device: Device
) -> npt.NDArray[np.float32]:
    """As demucs' own Separator does it, without its random shifts."""
    import torch
    from demucs.apply import apply_model

    normalised = torch.from_numpy((mix - np.float32(decoded.mean)) / np.float32(decoded.deviation + 1e-8))[None]
    with torch.inference_mode():
        stems = apply_model(network, normalised, shifts=0, overlap=0.25, split=True, device=device)
    voice: npt.NDArray[np.float32] = stems[0, network.sources.index("vocals")].cpu().numpy()
    return voice * np.float32(decoded.deviation) + np.float32(decoded.mean)


def _ours(
    file: Path,
    mix: npt.NDArray[np.float32],
    decoded: Decoded,
    batch: int,
    reference: npt.NDArray[np.float32],
    extent: Extent,
    *,
    autocast: bool,
) -> Row:
    import torch

    from models.separation import Demucs
    from preprocess.separate import separate_voice

    separator = Demucs(file, MachineSettings(device=extent.device, separation_batch=batch))
    windows = [Audio(mix[:, at : at + 441000], 44100, at / 44100) for at in range(0, mix.shape[1], 441000)]

    def separate() -> npt.NDArray[np.float32]:
        with torch.autocast(extent.device, dtype=torch.bfloat16, enabled=autocast):
            voice = [window.samples for window in separate_voice(windows, separator, decoded, SeparateSettings())]
        return np.concatenate(voice, axis=1)

    name = "ours, bfloat16 autocast" if autocast else "ours, float32"
    try:
        voice, seconds, peak = _timed(separate, extent.device)
    except (RuntimeError, TypeError) as error:
        # Out of memory at a large batch, or an operation that autocast does not know: a result of its own.
        return Row("separation", name, batch, note=f"failed: {str(error).splitlines()[0][:120]}")
    note = f"{si_sdr(reference, voice):.0f} dB to the library's output"
    if separator.batch_size != batch:
        note += f"; memory was short, went on with {separator.batch_size}"
    return Row("separation", name, batch, extent.separation_seconds / seconds, peak, note)


def transcription(extent: Extent, folder: Path) -> Iterator[Row]:
    """faster-whisper's batched pipeline over windows of half a minute, words with times as in prelabel."""
    shapes = {"tiny": full_size.TINY_WHISPER} if extent.tiny else full_size.WHISPERS
    for name, shape in shapes.items():
        model_folder = folder / name
        full_size.write_whisper(model_folder, shape)
        for precision in extent.precisions:
            yield from _transcription(model_folder, f"{name}, {precision}", precision, extent)
        shutil.rmtree(model_folder)


def _transcription(folder: Path, variant: str, precision: str, extent: Extent) -> Iterator[Row]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    began = time.perf_counter()
    before = _memory_in_use(extent.device)
    model = WhisperModel(str(folder), device=extent.device, compute_type=precision, local_files_only=True)
    loaded = time.perf_counter() - began
    pipeline = BatchedInferencePipeline(model)
    end_of_text = model.hf_tokenizer.token_to_id("<|endoftext|>")
    window = _noise(30.0, 16000, channels=1)[0]

    def run(windows: int, batch: int) -> int:
        segments, _ = pipeline.transcribe(
            np.tile(window, windows),
            language="ko",
            beam_size=5,
            word_timestamps=True,
            # Time tokens cost as much as others, and segments whose times random weights mix up would be dropped.
            without_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": 30.0 * at, "end": 30.0 * (at + 1)} for at in range(windows)],
            batch_size=batch,
            max_new_tokens=8 if extent.tiny else TOKENS_PER_WINDOW,
            suppress_tokens=[end_of_text],
        )
        return sum(len(segment.tokens) for segment in segments)

    began = time.perf_counter()
    run(1, 1)
    yield Row(
        "transcription",
        variant,
        None,
        note=f"loads in {loaded:.1f} s, first call {time.perf_counter() - began:.1f} s",
    )
    for batch in extent.transcription_batches:
        try:
            began = time.perf_counter()
            tokens = run(extent.windows, batch)
            seconds = time.perf_counter() - began
        except RuntimeError as error:
            yield Row("transcription", variant, batch, note=f"failed: {str(error).splitlines()[0][:120]}")
            continue
        peak = _memory_in_use(extent.device) - before
        note = f"{tokens / extent.windows:.0f} tokens a window"
        yield Row("transcription", variant, batch, 30.0 * extent.windows / seconds, max(0.0, peak), note)


def diarization(extent: Extent, folder: Path) -> Iterator[Row]:
    """pyannote's two networks, each by itself; clustering depends on what is said and is left out."""
    import torch
    from pyannote.core import SlidingWindowFeature

    from models.diarization import Pyannote

    pipeline_folder = folder / "diarization"
    full_size.write_diarization(pipeline_folder, tiny=extent.tiny)
    pipeline = Pyannote(pipeline_folder, device=extent.device, threads=1, batch_size=1)._pipeline
    waveform = torch.from_numpy(_noise(extent.diarization_seconds, 16000, channels=1))
    file = {"waveform": waveform, "sample_rate": 16000, "uri": "noise"}
    for batch in extent.diarization_batches:
        pipeline.segmentation_batch_size = pipeline.embedding_batch_size = batch
        found, seconds, peak = _timed(lambda: pipeline.get_segmentations(file), extent.device)
        yield Row("diarization", "segmentation", batch, extent.diarization_seconds / seconds, peak)
        # Two speakers in each window, taking turns: what the embedding network gets from real speech.
        active = np.zeros_like(found.data)
        half = active.shape[1] // 2
        active[:, :half, 0] = active[:, half:, 1] = 1.0
        turns = SlidingWindowFeature(active, found.sliding_window)
        _, seconds, peak = _timed(
            lambda turns=turns: pipeline.get_embeddings(file, turns, exclude_overlap=True),  # type: ignore[misc]
            extent.device,
        )
        yield Row("diarization", "embedding", batch, extent.diarization_seconds / seconds, peak)


def _noise(seconds: float, sample_rate: int, *, channels: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((channels, int(seconds * sample_rate))).astype(np.float32) * 0.1


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


def _memory_in_use(device: Device) -> float:
    """GB that the whole GPU has in use: CTranslate2 keeps what it once took, so this is its peak too."""
    if device == "cpu":
        return 0.0
    import torch

    torch.cuda.empty_cache()
    free, whole = torch.cuda.mem_get_info()
    return (whole - free) / 1e9


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
    parser.add_argument(
        "--smoke", action="store_true", help="tiny networks on the CPU: proves the code, times nothing"
    )
    chosen = parser.parse_args(arguments)
    print(f"{machine()}\n")
    if chosen.smoke:
        print("Smoke run: tiny networks on the CPU. The figures mean nothing.\n")
    print("| part | variant | batch | speed (× real time) | peak GPU memory | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(SMOKE if chosen.smoke else WHOLE, Path(folder)):
            print(as_line(row), flush=True)


if __name__ == "__main__":
    main()
