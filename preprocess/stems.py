"""Stems at rest: mono 16 kHz FLAC of 16 bits, written and read as a stream through the bundled ffmpeg."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import BadRecording, StoreUnusable
from core.settings import MachineSettings
from core.types import Audio, Stem
from preprocess.ffmpeg import GUARDED_INPUT, running
from preprocess.resample import Resampler

SAMPLE_RATE = 16000
FULL_SCALE = 32768
HEADROOM = 10 ** (-6.0 / 20)
"""Where the mix's peak comes to lie: a separated voice may rise above its mix, by less than 6 dB."""

PCM = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1")


def write_stem(
    windows: Iterable[Audio], file: Path, *, peak: float, machine: MachineSettings | None = None
) -> tuple[float, float]:
    """Store `windows` of any rate and channels as a mono stem; gives its seconds and its gain (see `Stem`).

    Channels are averaged. Samples are scaled so that `peak` lies at -6 dBFS; what still goes over full scale
    is clipped. Sample k lies at k / 16000 s, and n samples of rate r become round(n * 16000 / r).
    `machine` limits the encoder's memory and the time that it may stand still.
    `file` appears when it is whole, and not at all when `windows` or the encoder fails.
    Raises StoreUnusable where the stem cannot be written.
    """
    scale = HEADROOM / peak if peak > 0 else 1.0
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        count = _encode((_as_integers(samples, scale) for samples in _heard(windows)), temporary, machine)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return count / SAMPLE_RATE, 1 / scale


def read_stem(
    store_path: Path, stem: Stem, gain_db: float = 0.0, *, machine: MachineSettings | None = None
) -> Audio:
    """The stem in the file `store_path` as (1, time) float32 at 16 kHz: as it was before storing, plus `gain_db`.

    Raises StoreUnusable where the file is missing or damaged.
    """
    size = round(stem.duration * SAMPLE_RATE)
    samples = np.zeros((1, size), np.float32)
    filled = 0
    for window in read_stem_windows(store_path, stem, gain_db, machine=machine):
        samples[:, filled : filled + window.samples.shape[1]] = window.samples
        filled += window.samples.shape[1]
    return Audio(samples, SAMPLE_RATE)


def read_stem_windows(
    store_path: Path,
    stem: Stem,
    gain_db: float = 0.0,
    window_seconds: float = 30.0,
    *,
    machine: MachineSettings | None = None,
) -> Iterator[Audio]:
    """The same in windows of `window_seconds`, of which only the last may be shorter."""
    scale = np.float32(stem.gain * 10 ** (gain_db / 20) / FULL_SCALE)
    size = round(window_seconds * SAMPLE_RATE)
    expected = round(stem.duration * SAMPLE_RATE)
    found = 0
    buffer = bytearray(2 * size)
    try:
        with running([*GUARDED_INPUT, *PCM, "pipe:1"], machine or MachineSettings(), source=store_path) as child:
            while filled := child.read_into(memoryview(buffer)) // 2:
                if found + filled > expected:
                    raise _unreadable(store_path, f"it holds more than the {expected} samples that were stored")
                samples = np.frombuffer(buffer, "<i2", filled).astype(np.float32) * scale
                yield Audio(samples[None], SAMPLE_RATE, start=found / SAMPLE_RATE)
                found += filled
            status, errors = child.finish(), child.errors
    except BadRecording as error:
        raise _unreadable(store_path, error.advice) from error
    if status or errors or found != expected:
        raise _unreadable(store_path, errors or f"it holds {found} samples where {expected} were stored")


def _heard(windows: Iterable[Audio]) -> Iterator[npt.NDArray[np.float32]]:
    """The windows as one mono stream at the stem's rate, piece by piece."""
    resampler: Resampler | None = None
    for window in windows:
        if resampler is None:
            resampler = Resampler(window.sample_rate, SAMPLE_RATE)
        if window.sample_rate != resampler.source_rate:
            raise ValueError(f"a stem's windows must share one rate, not {window.sample_rate} after others")
        yield resampler.push(window.samples.mean(axis=0))
    if resampler is not None:
        yield resampler.finish()


def _as_integers(samples: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.int16]:
    scaled = np.rint(np.nan_to_num(samples) * np.float32(scale * FULL_SCALE))
    return np.asarray(np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1), "<i2")


def _encode(pieces: Iterable[npt.NDArray[np.int16]], file: Path, machine: MachineSettings | None) -> int:
    """FLAC of all `pieces`, without names or dates, so that equal stems are equal files; gives their samples."""
    count = 0
    arguments = [*PCM, "-i", "pipe:0", "-c:a", "flac", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    with running([*arguments, "-f", "flac", f"file:{file}"], machine or MachineSettings(), source=None) as child:
        for piece in pieces:
            count += piece.size
            with _blaming_the_store(file):
                child.write(piece.data)
        with _blaming_the_store(file):
            status = child.finish()
    if status or not file.exists():
        raise _unwritable(file, child.errors or f"the encoder ended with status {status}")
    return count


@contextmanager
def _blaming_the_store(file: Path) -> Iterator[None]:
    """An encoder that stalls or dies is trouble with the store; what the windows raise is left as it is."""
    try:
        yield
    except BadRecording as error:
        raise _unwritable(file, f"the encoder failed ({error.reason})") from error


def _unwritable(file: Path, why: str) -> StoreUnusable:
    return StoreUnusable(
        f"the stem {file} cannot be written",
        why=why,
        fix="free space on that disk and check that the folder can be written, then run again",
    )


def _unreadable(file: Path, why: str) -> StoreUnusable:
    return StoreUnusable(
        f"the stem {file} cannot be read",
        why=why,
        fix="remove that file and run again: it is made anew",
    )
