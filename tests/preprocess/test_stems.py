from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import BadRecording, StoreUnusable
from core.settings import MachineSettings
from core.types import Audio, Stem
from preprocess.stems import read_stem, read_stem_windows, write_stem

Samples = npt.NDArray[np.float32]


def test_a_stem_reads_back_as_it_was_before_storing(tmp_path: Path) -> None:
    signal = speech_band(5.0)
    stem = stored(tmp_path, signal, 16000, peak=float(np.abs(signal).max()))
    found = read_stem(tmp_path / stem.file, stem)
    assert found.samples.shape == signal.shape and found.sample_rate == 16000
    assert signal_to_noise(found.samples, signal) > 75


def test_gain_is_applied_on_reading(tmp_path: Path) -> None:
    stem = stored(tmp_path, speech_band(1.0), 16000, peak=0.5)
    plain = read_stem(tmp_path / stem.file, stem).samples
    louder = read_stem(tmp_path / stem.file, stem, gain_db=6.0).samples
    assert np.allclose(louder, plain * 10 ** (6 / 20), atol=1e-6)


@pytest.mark.parametrize("length", [1, 440, 44100, 100_001])
def test_44100_hz_stereo_becomes_as_many_samples_as_its_seconds_hold(tmp_path: Path, length: int) -> None:
    stem = stored(tmp_path, np.full((2, length), 0.1, np.float32), 44100, peak=0.1)
    assert abs(stem.duration * 16000 - length * 16000 / 44100) <= 0.5
    assert read_stem(tmp_path / stem.file, stem).samples.shape == (1, round(stem.duration * 16000))


def test_resampling_delays_nothing(tmp_path: Path) -> None:
    rate = 44100
    times = np.arange(3 * rate) / rate
    sweep = np.sin(2 * np.pi * (200 * times + 900 * times**2)).astype(np.float32)
    stem = stored(tmp_path, np.stack([sweep, sweep]), rate, peak=1.0)
    found = read_stem(tmp_path / stem.file, stem).samples[0]
    moments = np.arange(found.size) / 16000
    expected = np.sin(2 * np.pi * (200 * moments + 900 * moments**2))
    lags = np.arange(-40, 41)
    agreement = [np.dot(found[100:-100], np.roll(expected, lag)[100:-100]) for lag in lags]
    assert lags[np.argmax(agreement)] == 0
    assert signal_to_noise(found[100:-100], expected[100:-100]) > 60


def test_channels_are_averaged(tmp_path: Path) -> None:
    left = speech_band(1.0)
    stem = stored(tmp_path, np.concatenate([left, np.zeros_like(left)]), 16000, peak=0.5)
    assert signal_to_noise(read_stem(tmp_path / stem.file, stem).samples, left / 2) > 60


def test_what_rises_above_the_mix_has_room_and_beyond_it_is_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(-1, 1, 1600, dtype=np.float32)[None]
    room = stored(tmp_path, ramp, 16000, peak=0.55)
    assert np.abs(read_stem(tmp_path / room.file, room).samples - ramp).max() < 1e-4
    clipped = stored(tmp_path, ramp, 16000, peak=0.25)
    limit = 0.25 * 10 ** (6 / 20)
    assert np.abs(read_stem(tmp_path / clipped.file, clipped).samples - np.clip(ramp, -limit, limit)).max() < 1e-4


def test_silence_and_samples_that_are_no_numbers_are_stored(tmp_path: Path) -> None:
    stem = stored(tmp_path, np.full((1, 800), np.nan, np.float32), 16000, peak=0.0)
    assert not read_stem(tmp_path / stem.file, stem).samples.any()


def test_windows_follow_one_another_and_add_up(tmp_path: Path) -> None:
    stem = stored(tmp_path, speech_band(2.5), 16000, peak=0.5)
    windows = list(read_stem_windows(tmp_path / stem.file, stem, window_seconds=1.0))
    assert [window.start for window in windows] == [0.0, 1.0, 2.0]
    assert [window.samples.shape for window in windows] == [(1, 16000), (1, 16000), (1, 8000)]
    whole = read_stem(tmp_path / stem.file, stem).samples
    assert np.array_equal(np.concatenate([window.samples for window in windows], axis=1), whole)


def test_equal_stems_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.flac", "b.flac"):
        write_stem(cut(speech_band(1.0), 16000, 5000), tmp_path / name, peak=0.5)
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_no_partial_file_stays_when_the_windows_fail(tmp_path: Path) -> None:
    def failing() -> Iterator[Audio]:
        yield Audio(speech_band(1.0), 16000)
        raise BadRecording("crashed", "the decoder died")

    with pytest.raises(BadRecording, match="the decoder died"):
        write_stem(failing(), tmp_path / "voice.flac", peak=0.5)
    assert list(tmp_path.iterdir()) == []


def test_what_the_encoder_says_comes_to_light(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="No such file or directory"):
        write_stem(cut(speech_band(1.0), 16000, 5000), tmp_path / "missing" / "voice.flac", peak=0.5)


def test_a_missing_a_damaged_and_a_cut_stem_say_so(tmp_path: Path) -> None:
    stem = stored(tmp_path, speech_band(3.0), 16000, peak=0.5)
    file = tmp_path / stem.file
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreUnusable, match="made anew"):
        read_stem(file, stem)
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes(500) + content[middle + 500 :])
    with pytest.raises(StoreUnusable, match="made anew"):
        read_stem(file, stem)
    file.write_bytes(content)
    with pytest.raises(StoreUnusable, match="made anew"):
        read_stem(file, Stem(stem.file, stem.duration - 1.0, stem.gain))
    file.unlink()
    with pytest.raises(StoreUnusable, match="made anew"):
        read_stem(file, stem)


def test_reading_a_stem_needs_little_more_memory_than_its_samples(tmp_path: Path) -> None:
    stem = stored(tmp_path, np.zeros((1, 600 * 16000), np.float32), 16000, peak=0.0)
    tracemalloc.start()
    try:
        voice = read_stem(tmp_path / stem.file, stem)
        assert tracemalloc.get_traced_memory()[1] < 1.2 * voice.samples.nbytes
    finally:
        tracemalloc.stop()


def test_the_limits_of_this_machine_hold_for_stems_too(tmp_path: Path) -> None:
    tight = MachineSettings(decoder_memory_mb=64)
    stem = stored(tmp_path, speech_band(1.0), 16000, peak=0.5)
    with pytest.raises(StoreUnusable):
        read_stem(tmp_path / stem.file, stem, machine=tight)
    with pytest.raises(StoreUnusable):
        list(read_stem_windows(tmp_path / stem.file, stem, machine=tight))
    with pytest.raises(StoreUnusable):
        write_stem(cut(speech_band(1.0), 16000, 5000), tmp_path / "tight.flac", peak=0.5, machine=tight)
    assert not (tmp_path / "tight.flac").exists()


def test_windows_that_change_their_rate_are_refused(tmp_path: Path) -> None:
    windows = [Audio(speech_band(0.1), 16000), Audio(speech_band(0.1), 8000)]
    with pytest.raises(ValueError, match="share one rate"):
        write_stem(windows, tmp_path / "voice.flac", peak=0.5)
    assert list(tmp_path.iterdir()) == []


def speech_band(seconds: float) -> Samples:
    """(1, time) at 16 kHz: noise under 3 kHz with slow swells, as loud as speech."""
    count = int(seconds * 16000)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    spectrum[int(3000 * seconds) :] = 0
    noise = np.fft.irfft(spectrum, count) * (1 + np.sin(np.arange(count) / 2000))
    return (0.5 * noise / np.abs(noise).max())[None].astype(np.float32)


def cut(signal: Samples, rate: int, size: int) -> Iterator[Audio]:
    for first in range(0, signal.shape[1], size):
        yield Audio(signal[:, first : first + size], rate, first / rate)


def stored(folder: Path, signal: Samples, rate: int, *, peak: float) -> Stem:
    duration, gain = write_stem(cut(signal, rate, 12_345), folder / "voice.flac", peak=peak)
    return Stem("voice.flac", duration, gain)


def signal_to_noise(found: npt.NDArray[np.floating], expected: npt.NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.sum(expected**2) / np.sum((found - expected) ** 2)))
