"""A signal as a person hears and sees it: compressed audio, waveform peaks, spectrogram, in one streamed pass."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.settings import MachineSettings
from core.types import Audio
from preprocess.ffmpeg import running

VERSION = 1

PEAKS_PER_SECOND = 50  # a whole number of samples at every usual rate
BIT_RATE = "56k"

COLUMNS = 1200
"""A spectrogram has fewer than twice as many columns, however long the recording is."""

BANDS = 96
LOWEST_HZ = 60.0
HIGHEST_HZ = 8000.0
RANGE_DB = 75.0
"""What lies further below the loudest cell is drawn as the darkest colour."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """One signal as a person hears and sees it: three files, made in one pass.

    `audio` is AAC in MP4; `peaks` int16, little-endian: lowest and highest sample of every fiftieth of a
    second; `spectrogram` a PNG, mel-spaced from `lowest_hz` (bottom) to `highest_hz` (top).
    """

    audio: Path
    peaks: Path
    spectrogram: Path
    duration: float
    lowest_hz: float
    highest_hz: float

    def placed(self, place: Callable[[Path], Path]) -> Sound:
        """The sound with each of its files at the path that `place` gives for it."""
        return replace(self, audio=place(self.audio), peaks=place(self.peaks), spectrogram=place(self.spectrogram))


def encode_audio(windows: Iterable[Audio], file: Path, machine: MachineSettings | None = None) -> Sound:
    """Write `file` (.m4a), and its peaks and spectrogram beside it (.peaks, .png), in memory that stays flat.

    `windows` follow one another without a gap; channels are averaged. It is AAC in MP4, which every
    browser plays and which has an index to seek by. Raises ValueError where there is no
    window, BadRecording "crashed" or "timeout" where the encoder dies, OSError (EIO) where it cannot write.
    """
    windows = iter(windows)
    first = next(windows, None)
    if first is None:
        raise ValueError("there is no sound to encode")
    rate = first.sample_rate
    peaks, spectrogram, samples = _Peaks(rate), _Spectrogram(rate), 0
    with running(_arguments(rate, file), machine or MachineSettings(), source=None) as encoder:
        for mono in _mono(chain([first], windows)):
            encoder.write(mono.data)
            peaks.add(mono)
            spectrogram.add(mono)
            samples += len(mono)
        if encoder.finish() != 0:
            raise OSError(errno.EIO, f"the encoder could not write {file}: {encoder.errors}")
    peaks_file, picture_file = file.with_suffix(".peaks"), file.with_suffix(".png")
    peaks_file.write_bytes(peaks.finish())
    _paint(spectrogram.finish(), picture_file)
    return Sound(file, peaks_file, picture_file, samples / rate, LOWEST_HZ, min(HIGHEST_HZ, rate / 2))


def draw_peaks(windows: Iterable[Audio]) -> bytes:
    """What `encode_audio` would write as the peaks of `windows`, of which there is at least one."""
    windows = iter(windows)
    first = next(windows)
    peaks = _Peaks(first.sample_rate)
    for mono in _mono(chain([first], windows)):
        peaks.add(mono)
    return peaks.finish()


def _arguments(rate: int, file: Path) -> list[str]:
    source = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]  # same sound, same bytes
    encoded = ["-c:a", "aac", "-b:a", BIT_RATE, "-movflags", "+faststart", "-f", "mp4"]
    return [*source, *exact, *encoded, f"file:{file}"]


def _mono(windows: Iterable[Audio]) -> Iterator[Floats]:
    for window in windows:
        mono = np.clip(window.samples.mean(axis=0, dtype=np.float32), -1.0, 1.0)
        if mono.size:
            yield np.ascontiguousarray(mono, dtype="<f4")


class _Peaks:
    """Lowest and highest sample of each bin."""

    def __init__(self, rate: int) -> None:
        self.bin = max(1, rate // PEAKS_PER_SECOND)
        self.rest: Floats = np.empty(0, np.float32)
        self.found: list[bytes] = []

    def add(self, mono: Floats) -> None:
        joined = np.concatenate((self.rest, mono))
        whole = len(joined) - len(joined) % self.bin
        self.rest = joined[whole:]
        if whole:
            self._keep(joined[:whole].reshape(-1, self.bin))

    def _keep(self, bins: Floats) -> None:
        pairs = np.stack((bins.min(axis=1), bins.max(axis=1)), axis=1)
        self.found.append(np.round(pairs * 32767).astype("<i2").tobytes())

    def finish(self) -> bytes:
        if self.rest.size:
            self._keep(self.rest[np.newaxis])
        return b"".join(self.found)


class _Spectrogram:
    """Mean power in mel bands, a column per stretch of time; stretches double when there are too many columns."""

    def __init__(self, rate: int) -> None:
        self.hop = max(1, rate // 100)
        self.window = np.hanning(4 * self.hop + 1)[:-1].astype(np.float32)
        self.size = 1 << (6 * self.hop).bit_length()
        self.filters = _mel_filters(rate, self.size)
        self.rest: Floats = np.empty(0, np.float32)
        self.hops_per_column = 1
        self.columns: Floats = np.empty((0, BANDS), np.float32)
        self.loose: Floats = np.empty((0, BANDS), np.float32)

    def add(self, mono: Floats) -> None:
        joined = np.concatenate((self.rest, mono))
        length = len(self.window)
        count = (len(joined) - length) // self.hop + 1
        if count < 1:
            self.rest = joined
            return
        frames = np.lib.stride_tricks.sliding_window_view(joined, length)[:: self.hop][:count]
        self.rest = joined[count * self.hop :]
        spectrum = np.fft.rfft(frames * self.window, self.size, axis=1)
        self._collect((spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ self.filters)

    def _collect(self, powers: Floats) -> None:
        powers = np.concatenate((self.loose, powers))
        whole = len(powers) - len(powers) % self.hops_per_column
        means = powers[:whole].reshape(-1, self.hops_per_column, BANDS).mean(axis=1)
        self.loose = powers[whole:]
        self.columns = np.concatenate((self.columns, means))
        while len(self.columns) >= 2 * COLUMNS:
            even = len(self.columns) - len(self.columns) % 2
            odd = np.repeat(self.columns[even:], self.hops_per_column, axis=0)
            self.loose = np.concatenate((odd, self.loose))
            self.columns = self.columns[:even].reshape(-1, 2, BANDS).mean(axis=1)
            self.hops_per_column *= 2

    def finish(self) -> Floats:
        """(column, band) mean power; at least one column."""
        if self.rest.size and (self.rest.size > len(self.window) - self.hop or not len(self.columns)):
            self.add(np.zeros(max(0, len(self.window) - len(self.rest)), np.float32))
        if len(self.loose):
            self.columns = np.concatenate((self.columns, self.loose.mean(axis=0, keepdims=True)))
        return self.columns


def _mel_filters(rate: int, size: int) -> Floats:
    """(bin, band) triangles, evenly spaced on O'Shaughnessy's mel scale; none narrower than a bin of the FFT."""
    hertz = np.fft.rfftfreq(size, 1 / rate)
    edges = _hertz(np.linspace(_mel(LOWEST_HZ), _mel(min(HIGHEST_HZ, rate / 2)), BANDS + 2))
    spacing = hertz[1]
    left = np.maximum(edges[1:-1] - edges[:-2], spacing)
    right = np.maximum(edges[2:] - edges[1:-1], spacing)
    away = hertz[:, np.newaxis] - edges[1:-1]
    triangles = np.maximum(0.0, 1.0 - np.where(away < 0, -away / left, away / right))
    return np.asarray(triangles / triangles.sum(axis=0), np.float32)


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))


def frequency_share(hertz: float, sound: Sound) -> float:
    """Where `hertz` lies in a spectrogram, as a share of its height from the bottom."""
    low, high = _mel(sound.lowest_hz), _mel(sound.highest_hz)
    return (_mel(hertz) - low) / (high - low)


_RAMP = (
    (9, 12, 28),
    (27, 38, 92),
    (30, 92, 140),
    (45, 152, 143),
    (122, 200, 110),
    (226, 224, 112),
    (255, 251, 224),
)
"""From silence to the loudest cell. Lightness only rises, so the picture reads without seeing colours."""


def _paint(powers: Floats, file: Path) -> None:
    from PIL import Image

    decibels = 10.0 * np.log10(np.maximum(powers.T[::-1], 1e-12))
    loudest = max(float(decibels.max()), -90.0)  # silence stays dark
    levels = np.clip((decibels - loudest) / RANGE_DB + 1.0, 0.0, 1.0)
    image = Image.fromarray(np.round(levels * 255).astype(np.uint8), mode="L")
    image.putpalette([int(part) for colour in _palette() for part in colour])
    image.save(file, optimize=True)


def _palette() -> npt.NDArray[np.float64]:
    anchors = np.linspace(0.0, 1.0, len(_RAMP))
    return np.stack(
        [np.interp(np.linspace(0.0, 1.0, 256), anchors, [colour[part] for colour in _RAMP]) for part in range(3)],
        axis=1,
    )


def read_peaks(sound: Sound, at_most: int) -> tuple[npt.NDArray[np.int8], float]:
    """(bin, 2) lowest and highest sample, scaled so that the loudest is 127, and bins per second.

    Bins are joined in pairs until there are `at_most`, so a long recording does not make a large page.
    """
    peaks = np.frombuffer(sound.peaks.read_bytes(), "<i2").reshape(-1, 2).astype(np.float32)
    per_second = float(PEAKS_PER_SECOND)
    while len(peaks) > at_most:
        if len(peaks) % 2:
            peaks = np.concatenate((peaks, peaks[-1:]))
        pairs = peaks.reshape(-1, 2, 2)
        peaks = np.stack((pairs[:, :, 0].min(axis=1), pairs[:, :, 1].max(axis=1)), axis=1)
        per_second /= 2
    loudest = max(float(np.abs(peaks).max(initial=0.0)), 1.0)
    return np.round(peaks * (127 / loudest)).astype(np.int8), per_second


WAVEFORM_RATE = 24_000
_WAVEFORM_HEADER = struct.Struct("<iIiiIi")


def waveform(peaks: bytes) -> bytes:
    """A file of peaks as waveform editors read it: audiowaveform's binary format, version 2, 8 bits, one channel.

    Full scale is 127, however quiet the sound. The rate in the header is nominal: of it and the samples of a pair
    only the quotient is known, which is PEAKS_PER_SECOND. Source: doc/DataFormat.md of bbc/audiowaveform.
    """
    pairs = np.frombuffer(peaks, "<i2")
    in_eight_bits = np.clip(np.round(pairs / 256), -128, 127).astype(np.int8)
    eight_bits, channels = 1, 1
    header = (2, eight_bits, WAVEFORM_RATE, WAVEFORM_RATE // PEAKS_PER_SECOND, len(pairs) // 2, channels)
    return _WAVEFORM_HEADER.pack(*header) + in_eight_bits.tobytes()
