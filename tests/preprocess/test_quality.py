from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.settings import MachineSettings, SeparateSettings
from core.types import Audio, SignalQuality
from preprocess.decode import read_windows
from preprocess.quality import Spans, measure_quality
from preprocess.separate import worth_separating

RATE = 44100
CLIPS = Path(__file__).parents[2] / "flows" / "clips"

Samples = npt.NDArray[np.float32]


class Told:
    """A detector that is told where the voice is, and remembers what it was given to hear."""

    def __init__(self, *spans: tuple[float, float]) -> None:
        self.spans = spans
        self.windows: list[Audio] = []

    def listen(self) -> Told:
        return self

    def hear(self, window: Audio) -> None:
        self.windows.append(window)

    def voiced(self) -> Spans:
        return self.spans


def test_levels_are_those_of_voice_and_of_what_is_between() -> None:
    signal = noise(4.0, -60)
    signal[:, RATE : 3 * RATE] += noise(2.0, -20, seed=2)
    quality = measured(signal, Told((1.0, 3.0)))
    assert quality.voice_share == pytest.approx(0.5)
    assert quality.voice_level_dbfs == pytest.approx(-20, abs=0.5)
    assert quality.noise_level_dbfs == pytest.approx(-60, abs=0.5)
    assert quality.snr_db == pytest.approx(40, abs=1)
    assert quality.voiced == ((1.0, 3.0),)


def test_without_voice_or_without_a_pause_there_is_no_ratio() -> None:
    silent = measured(noise(2.0, -30), Told())
    assert silent.voice_level_dbfs is None and silent.snr_db is None
    assert silent.noise_level_dbfs == pytest.approx(-30, abs=0.5)
    endless = measured(noise(2.0, -30), Told((0.0, 2.0)))
    assert endless.noise_level_dbfs is None and endless.snr_db is None


def test_a_constant_offset_is_told_and_counts_as_no_noise() -> None:
    quality = measured(noise(2.0, -60) + np.float32(0.25), Told((0.0, 1.0)))
    assert quality.dc_offset == pytest.approx(0.25, abs=1e-3)
    assert quality.noise_level_dbfs == pytest.approx(-60, abs=0.5)


def test_only_runs_at_full_scale_are_clipped_wherever_windows_end() -> None:
    signal = np.zeros((2, RATE), np.float32)
    signal[0, 9_990:10_010] = 1.0
    signal[0, 20_000:20_002] = -1.0  # two samples: a peak, not a run
    signal[1, 30_000:30_003] = -1.2
    for size in (10_000, 10_009, 30_001, RATE, 1000):
        assert measured(signal, Told(), size).clipped_share == pytest.approx(23 / (2 * RATE))


def test_a_wave_normalised_to_its_peak_is_not_clipped() -> None:
    time = np.arange(RATE) / RATE
    assert measured(np.sin(2 * np.pi * 1000 * time)[None].astype(np.float32), Told()).clipped_share == 0.0


@pytest.mark.parametrize("top", [4000, 8000, 16000])
def test_bandwidth_is_where_the_spectrum_falls_off(top: int) -> None:
    assert measured(noise(3.0, -20, top=top), Told()).bandwidth_hz == pytest.approx(top, abs=150)


def test_silence_and_nothing_have_no_bandwidth_and_no_music() -> None:
    for quality in (measured(np.zeros((2, RATE), np.float32), Told()), measure_quality([], Told())):
        assert quality.bandwidth_hz == 0.0 and quality.music_share == 0.0 and quality.dc_offset == 0.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: noise(20.0, -25),
        lambda: brown(20.0),
        lambda: sum(sine(30.0, 50.0 * k, 0.02 / k) for k in range(1, 10)),
        lambda: speech(20.0),
        lambda: speech(20.0) + noise(20.0, -45),
    ],
    ids=["white", "brown", "hum", "speech", "speech in noise"],
)
def test_noise_hum_and_speech_are_not_music(make: Callable[[], Samples]) -> None:
    assert measured(make(), Told()).music_share == 0.0


@pytest.mark.parametrize("below_db", [0, 6, 10])
def test_music_is_found_alone_and_under_speech(below_db: int) -> None:
    alone, both = music(20.0), speech(20.0)
    assert measured(alone, Told()).music_share > 0.9
    both += alone * np.float32(level(both) / level(alone) * 10 ** (-below_db / 20))
    assert measured(both, Told((0.0, 20.0))).music_share > 0.6


def test_music_under_a_part_counts_for_that_part() -> None:
    both = speech(40.0)
    both[:, 15 * RATE : 25 * RATE] += music(10.0) * np.float32(0.3)
    assert measured(both, Told((0.0, 40.0))).music_share == pytest.approx(0.25, abs=0.1)


def test_music_too_faint_to_matter_is_left_alone() -> None:
    both = speech(20.0)
    both += music(20.0) * np.float32(level(both) / level(music(20.0)) * 10 ** (-45 / 20))
    assert measured(both, Told((0.0, 20.0))).music_share == 0.0


def test_the_detector_hears_all_of_it_as_mono_at_16_khz_on_the_same_clock() -> None:
    told = Told()
    tone = sine(2.5, 440.0, 0.3)
    measured(tone, told, 12_345)
    assert all(window.sample_rate == 16000 and window.samples.shape[0] == 1 for window in told.windows)
    heard = np.concatenate([window.samples[0] for window in told.windows])
    expected = 0.3 * np.sin(2 * np.pi * 440 * np.arange(heard.size) / 16000)
    assert heard.size == 40_000
    assert np.abs(heard - expected)[300:-300].max() < 1e-3
    assert [window.start for window in told.windows[1:]] == pytest.approx([w.end for w in told.windows[:-1]])


@pytest.mark.parametrize("size", [777, 44100, 441_000])
def test_the_size_of_the_windows_changes_nothing(size: int) -> None:
    signal = speech(8.0) + music(8.0) * np.float32(0.2)
    whole, cut = (measured(signal, Told((1.0, 6.0)), size) for size in (signal.shape[1], size))
    for name in ("voice_level_dbfs", "noise_level_dbfs", "music_share", "bandwidth_hz", "clipped_share"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), abs=1e-3), name


@pytest.mark.parametrize("language", ["ko", "en", "zh", "ja"])
def test_demo_clips_are_separated_for_their_music_and_would_not_be_without_it(language: str) -> None:
    from models.voice_activity import SileroVoice

    windows = list(read_windows(CLIPS / f"{language}.mp4", 0, MachineSettings()))
    quality = measure_quality(windows, SileroVoice())
    assert worth_separating(quality, SeparateSettings())[0] and quality.music_share > 0.2
    clean = measure_quality(windows[:1], SileroVoice())  # the music begins after ten seconds
    assert worth_separating(clean, SeparateSettings()) == (False, worth_separating(clean, SeparateSettings())[1])
    assert 0.5 < clean.voice_share < 1.0 and clean.music_share == 0.0


def measured(signal: Samples, detector: Told, size: int = 100_000) -> SignalQuality:
    def windows() -> Iterator[Audio]:
        for first in range(0, signal.shape[1], size):
            yield Audio(signal[:, first : first + size], RATE, first / RATE)

    return measure_quality(windows(), detector)


def level(signal: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(signal))))


def noise(seconds: float, dbfs: float, *, seed: int = 1, top: float = RATE / 2) -> Samples:
    """Stereo, alike in both channels: white up to `top` Hz."""
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum[np.fft.rfftfreq(count, 1 / RATE) > top] = 0
    signal = np.fft.irfft(spectrum, count)
    signal *= 10 ** (dbfs / 20) / np.sqrt(np.mean(signal**2))
    return np.stack([signal, signal]).astype(np.float32)


def brown(seconds: float) -> Samples:
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(count)) / (1 + np.arange(count // 2 + 1))
    signal = np.fft.irfft(spectrum, count)
    return np.stack([signal, signal]).astype(np.float32) * np.float32(0.05 / np.sqrt(np.mean(signal**2)))


def sine(seconds: float, hertz: float, amplitude: float) -> Samples:
    signal = amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    return np.stack([signal, signal]).astype(np.float32)


def speech(seconds: float) -> Samples:
    """Syllables of gliding harmonics and hisses between them, a pause every few words, and a quiet room."""
    rng = np.random.default_rng(4)
    pieces: list[npt.NDArray[np.float64]] = []
    while sum(piece.size for piece in pieces) < seconds * RATE:
        length = int(rng.uniform(0.12, 0.25) * RATE)
        time = np.arange(length) / RATE
        pitch = rng.uniform(100, 180) * (1 + rng.uniform(-0.8, 0.8) * time)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        vowel = sum(np.sin(k * phase) / k * rng.uniform(0.2, 1) for k in range(1, 25)) * np.hanning(length)
        hiss = rng.standard_normal(int(rng.uniform(0.03, 0.08) * RATE)) * 0.05
        pause = np.zeros(int((rng.uniform(0.3, 0.7) if rng.random() < 0.2 else 0.03) * RATE))
        pieces += [0.1 * vowel, hiss, pause]
    signal = np.concatenate(pieces)[: int(seconds * RATE)]
    signal += rng.standard_normal(signal.size) * 1e-4
    return np.stack([signal, signal]).astype(np.float32)


def music(seconds: float) -> Samples:
    """A chord every two seconds, of three notes with overtones, and a drum on every half second."""
    rng = np.random.default_rng(5)
    signal = np.zeros(int(seconds * RATE))
    for bar in range(0, signal.size, 2 * RATE):
        time = np.arange(min(2 * RATE, signal.size - bar)) / RATE
        root = 110 * 2 ** (rng.choice([0, 3, 5, 7, 8]) / 12)
        for interval in (0, 4, 7):
            hertz = root * 2 ** (interval / 12)
            signal[bar : bar + time.size] += (
                sum(np.sin(2 * np.pi * k * hertz * time) / k for k in range(1, 5)) * 0.05
            )
        beat = np.exp(-30 * (time % 0.5)) * rng.standard_normal(time.size)
        signal[bar : bar + time.size] += 0.05 * beat
    return np.stack([signal, signal]).astype(np.float32)
