from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from core.settings import LoudnessSettings
from core.types import Audio, Loudness
from preprocess.loudness import UNCHANGED, measure_loudness

RATE = 16000
SETTINGS = LoudnessSettings()


def test_a_997_hz_sine_at_minus_20_dbfs_is_minus_23_lufs() -> None:
    loudness = measured(sine(997, 0.1, 20))
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.05)  # BS.1770-5: 0 dBFS in one channel is -3.01
    assert loudness.true_peak_dbtp == pytest.approx(-20.0, abs=0.1)
    assert loudness.gain_db == pytest.approx(0.0, abs=0.05)
    assert not loudness.limited


@pytest.mark.parametrize("kind", ["speech", "noise", "quiet half", "fades", "hum"])
def test_whole_signals_agree_with_pyloudnorm(kind: str) -> None:
    import pyloudnorm

    signal = SIGNALS[kind]
    expected = pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(signal.astype(np.float64))
    assert measured(signal).integrated_lufs == pytest.approx(expected, abs=0.05)


def test_other_rates_agree_with_pyloudnorm_too() -> None:
    import pyloudnorm

    signal = (np.random.default_rng(3).standard_normal(44100 * 5) * 0.1).astype(np.float32)
    expected = pyloudnorm.Meter(44100, filter_class="DeMan").integrated_loudness(signal.astype(np.float64))
    loudness = measure_loudness([Audio(signal[None], 44100)], SETTINGS)
    assert loudness.integrated_lufs == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("size", [777, 6400, 100_000])
def test_the_size_of_the_windows_changes_nothing(size: int) -> None:
    whole, cut = measured(SIGNALS["speech"]), measured(SIGNALS["speech"], size)
    assert whole.integrated_lufs is not None and whole.true_peak_dbtp is not None
    assert cut.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)
    assert cut.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-4)


def test_a_peak_between_two_samples_is_found_wherever_the_window_ends() -> None:
    between = sine(RATE / 4, 0.5, 1, phase=np.pi / 4)  # every sample lies at -9.03 dBFS, the wave at -6.02
    between *= np.hanning(len(between)).astype(np.float32)
    for size in (len(between), 8000, 8001, 999):
        assert measured(between, size).true_peak_dbtp == pytest.approx(-6.02, abs=0.05)


def test_quiet_speech_is_raised_to_the_target() -> None:
    loudness = measured(SIGNALS["speech"] * np.float32(0.05))
    assert loudness.reached_lufs == pytest.approx(-23.0)
    assert loudness.gain_db > 6
    again = measured(SIGNALS["speech"] * np.float32(0.05 * 10 ** (loudness.gain_db / 20)))
    assert again.integrated_lufs == pytest.approx(-23.0, abs=0.01)


def test_the_ceiling_wins_over_the_target_and_what_was_reached_is_told() -> None:
    clicks = sine(500, 0.01, 5)
    clicks[::8000] = 0.8
    loudness = measured(clicks)
    assert loudness.limited
    assert loudness.true_peak_dbtp is not None and loudness.reached_lufs is not None
    assert loudness.true_peak_dbtp + loudness.gain_db == pytest.approx(SETTINGS.ceiling_dbtp)
    assert loudness.reached_lufs < SETTINGS.target_lufs


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(RATE, np.float32),
        np.full(RATE * 2, 1e-4, np.float32),
        np.ones(6399, np.float32),
        np.zeros(0, np.float32),
        np.array([0.1] * RATE + [np.nan] + [0.1] * RATE, np.float32),
        np.array([0.1] * RATE + [np.inf] + [0.1] * RATE, np.float32),
    ],
    ids=["silence", "under the gate", "under 0.4 s", "nothing", "not a number", "infinite"],
)
def test_what_cannot_be_measured_keeps_its_level(signal: npt.NDArray[np.float32]) -> None:
    assert measured(signal, 5000) == UNCHANGED


def test_no_windows_at_all_keep_their_level() -> None:
    assert measure_loudness([], SETTINGS) == UNCHANGED


def test_stereo_is_refused() -> None:
    with pytest.raises(ValueError, match="mono"):
        measure_loudness([Audio(np.zeros((2, 100), np.float32), RATE)], SETTINGS)


def sine(frequency: float, level: float, seconds: float, phase: float = 0.0) -> npt.NDArray[np.float32]:
    time = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * frequency * time + phase)).astype(np.float32)


def syllables(seconds: float) -> npt.NDArray[np.float32]:
    """Harmonics under an envelope of four syllables a second, with a pause every three seconds."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(140 + 20 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    voice = sum(np.sin(k * pitch) / k for k in range(1, 12))
    envelope = np.clip(np.sin(2 * np.pi * 4 * time), 0, None) * (time % 3 < 2)
    return (0.2 * voice * envelope).astype(np.float32)


SIGNALS = {
    "speech": syllables(21.37),
    "noise": (np.random.default_rng(1).standard_normal(RATE * 8) * 0.05).astype(np.float32),
    "quiet half": np.concatenate((sine(300, 0.2, 6), sine(300, 0.003, 6))),
    "fades": sine(1500, 0.5, 15) * np.linspace(0, 1, 15 * RATE, dtype=np.float32) ** 3,
    "hum": sine(60, 0.1, 10),
}


def measured(signal: npt.NDArray[np.float32], size: int = 160_000) -> Loudness:
    def windows() -> Iterator[Audio]:
        for first in range(0, len(signal), size):
            yield Audio(signal[None, first : first + size], RATE, first / RATE)

    return measure_loudness(windows(), SETTINGS)
