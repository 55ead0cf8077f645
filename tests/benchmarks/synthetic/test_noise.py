"""Noise in kinds: what every kind promises."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.synthetic.levels import rms
from benchmarks.synthetic.noise import NOISES, make_noise


@pytest.mark.parametrize("sample_rate", [16000, 44100])
@pytest.mark.parametrize("length", [1, 10, 12345])
def test_any_kind_length_and_rate_gives_mono_at_an_rms_of_one(length: int, sample_rate: int) -> None:
    for kind in NOISES:
        noise = make_noise(kind, np.random.default_rng([1, length]), length, sample_rate)
        assert noise.shape == (length,), kind
        assert noise.dtype == np.float32, kind
        assert np.isfinite(noise).all(), kind
        assert rms(noise) == pytest.approx(1.0, abs=1e-4), kind


def test_the_same_seed_gives_the_same_samples_everywhere() -> None:
    chance = np.random.default_rng([3, 0])
    assert (
        _hash_of(np.concatenate([make_noise(kind, chance, 16000, 16000) for kind in NOISES]))
        == "864308a8e4a42ae3686a06dba625bae81a8b2297e1c9658376b79017ff70eee7"
    )
    assert (
        _hash_of(np.concatenate([make_noise(kind, chance, 9000, 44100) for kind in NOISES]))
        == "25d4516a3da169c9de8e863dd764f4ce457837554ee6a3fdd9a62773492cec07"
    )


def test_kinds_differ_in_spectrum_or_in_how_they_change() -> None:
    pictures = {kind: _picture(make_noise(kind, np.random.default_rng([4, 0]), 48000, 16000)) for kind in NOISES}
    for (first, a), (second, b) in itertools.combinations(pictures.items(), 2):
        assert np.sqrt(np.mean((a - b) ** 2)) > 1.0, (first, second)


def test_noises_of_a_kind_differ() -> None:
    for kind in NOISES:
        drawn = [_picture(make_noise(kind, np.random.default_rng([5, seed]), 16000, 16000)) for seed in range(4)]
        assert max(np.sqrt(np.mean((a - b) ** 2)) for a, b in itertools.combinations(drawn, 2)) > 0.7, kind


def test_there_are_steady_and_changing_kinds() -> None:
    changes = {}
    for kind in NOISES:
        frames = make_noise(kind, np.random.default_rng([6, 0]), 48000, 16000).reshape(-1, 1600)
        changes[kind] = float(np.std([20 * np.log10(rms(frame)) for frame in frames]))
    assert len(NOISES) >= 10
    assert sum(change < 1.0 for change in changes.values()) >= 4, changes
    assert sum(change > 2.0 for change in changes.values()) >= 4, changes


def test_clicks_are_pressed() -> None:
    for kind in ("keyboard", "crackle", "clatter", "footsteps"):
        assert np.abs(make_noise(kind, np.random.default_rng([7, 0]), 32000, 16000)).max() < 25


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        make_noise("silence", np.random.default_rng(0), 100, 16000)


def _hash_of(samples: npt.NDArray[np.float32]) -> str:
    whole = np.clip(np.round(samples * 1000), -32768, 32767).astype("<i2")
    return hashlib.sha256(whole.tobytes()).hexdigest()


def _levels_db(noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Levels of 50 ms frames in 16 bands from 60 Hz to 8 kHz, (frames, 16), for samples at 16 kHz."""
    frames = noise[: len(noise) // 800 * 800].reshape(-1, 800).astype(np.float64) * np.hanning(800)
    energy = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.geomspace(60, 8000, 17) / 20
    bands = [energy[:, int(low) : int(high) + 1].mean(axis=1) for low, high in itertools.pairwise(edges)]
    level: npt.NDArray[np.float64] = 10 * np.log10(np.array(bands).T + 1e-6)
    return level


def _picture(noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Mean level of each band and how much it changes: (32,)."""
    level = _levels_db(noise)
    return np.concatenate([level.mean(axis=0), level.std(axis=0)])
