"""Rooms, microphones, telephones: physics that can be checked."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.synthetic.rooms import filtered, impulse_response, microphone, reverberated, telephone


@pytest.mark.parametrize("sample_rate", [16000, 44100])
def test_the_direct_path_comes_first_and_is_one(sample_rate: int) -> None:
    for seed in range(20):
        response = impulse_response(np.random.default_rng(seed), sample_rate)
        assert response.dtype == np.float32
        assert response[0] == 1.0
        assert np.isfinite(response).all()
        assert np.abs(response[1:]).max() < 1.0


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_the_tail_falls_by_sixty_decibels_in_the_time_asked_for(seconds: float) -> None:
    measured = [
        _reverberation_seconds(impulse_response(np.random.default_rng(seed), 16000, seconds)) for seed in range(10)
    ]
    assert float(np.median(measured)) == pytest.approx(seconds, rel=0.2)


def test_a_longer_reverberation_leaves_more_energy_behind_the_direct_path() -> None:
    def behind(seconds: float) -> float:
        rooms = [impulse_response(np.random.default_rng(seed), 16000, seconds) for seed in range(20)]
        return float(np.median([np.sum(room[1:].astype(np.float64) ** 2) for room in rooms]))

    assert behind(0.15) < behind(0.4) < behind(0.9)


def test_a_room_without_time_is_an_error() -> None:
    with pytest.raises(ValueError, match="above 0"):
        impulse_response(np.random.default_rng(0), 16000, 0.0)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_microphones_and_telephones_are_symmetric_and_of_odd_length(sample_rate: int) -> None:
    for filters in (
        telephone(sample_rate),
        *(microphone(np.random.default_rng(n), sample_rate) for n in range(20)),
    ):
        assert filters.dtype == np.float32
        assert len(filters) % 2 == 1
        np.testing.assert_allclose(filters, filters[::-1], atol=1e-7)


def test_a_microphone_leaves_one_kilohertz_and_no_two_are_alike() -> None:
    drawn = [microphone(np.random.default_rng(seed), 16000) for seed in range(20)]
    for filters in drawn:
        assert _gain_db(filters, 1000, 16000) == pytest.approx(0.0, abs=1.0)
    assert np.std([_gain_db(filters, 4000, 16000) for filters in drawn]) > 1.0


def test_a_telephone_passes_its_band_only() -> None:
    for sample_rate in (16000, 44100):
        filters = telephone(sample_rate)
        for hertz in (700, 1500, 2800):
            assert _gain_db(filters, hertz, sample_rate) == pytest.approx(0.0, abs=1.0)
        for hertz in (60, 4500, 7000):
            assert _gain_db(filters, hertz, sample_rate) < -25


@pytest.mark.parametrize("shape", [(1,), (10,), (2, 10), (2, 5000)])
def test_filters_keep_length_and_place(shape: tuple[int, ...]) -> None:
    click = np.zeros(shape, np.float32)
    click[..., shape[-1] // 2] = 1.0
    through = filtered(click, telephone(16000))
    roomy = reverberated(click, impulse_response(np.random.default_rng(1), 16000))
    assert through.shape == roomy.shape == shape
    assert (np.abs(through).argmax(axis=-1) == shape[-1] // 2).all()
    assert (np.abs(roomy).argmax(axis=-1) == shape[-1] // 2).all()
    assert np.abs(roomy[..., : shape[-1] // 2]).max(initial=0.0) < 1e-6


def test_the_same_seed_gives_the_same_room_and_microphone_everywhere() -> None:
    chance = np.random.default_rng([3, 0])
    drawn = [draw(chance, rate) for rate in (16000, 44100) for draw in (impulse_response, microphone)]
    whole = np.round(np.concatenate(drawn) * 20000).astype("<i2")
    assert (
        hashlib.sha256(whole.tobytes()).hexdigest()
        == "78d45cb1eb1b3e7b290664f96f6202dc2187137bbed9be0de9e15e07f47c943e"
    )


def _gain_db(filters: npt.NDArray[np.float32], hertz: float, sample_rate: int) -> float:
    turned = np.exp(-2j * np.pi * hertz * np.arange(len(filters)) / sample_rate)
    return float(20 * np.log10(np.abs(np.sum(filters * turned)) + 1e-9))


def _reverberation_seconds(response: npt.NDArray[np.float32]) -> float:
    """T60 of a response at 16 kHz from the slope between −5 and −25 dB of what is left (Schroeder's integral)."""
    tail = response[1:].astype(np.float64)
    left = np.cumsum(tail[::-1] ** 2)[::-1]
    level_db = 10 * np.log10(left / left[0])
    return float(np.argmax(level_db < -25) - np.argmax(level_db < -5)) / 16000 * 3
