"""Levels of voices against backgrounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.synthetic.levels import amplitude, at_snr, at_unit_level, decibels, limit, rms, si_sdr, speech_rms

RATE = 16000


def test_rms_of_a_sine_is_its_peak_over_the_root_of_two() -> None:
    assert rms(np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)) == pytest.approx(2**-0.5)


def test_rms_of_nothing_is_zero() -> None:
    assert rms(np.zeros(0)) == 0.0
    assert rms(np.zeros((2, 10))) == 0.0


def test_unit_level_leaves_silence_silent() -> None:
    assert rms(at_unit_level(np.full((2, 7), 0.25))) == pytest.approx(1.0)
    assert not at_unit_level(np.zeros(5)).any()


@pytest.mark.parametrize("sample_rate", [16000, 22050, 44100])
def test_speech_rms_counts_only_where_somebody_speaks(sample_rate: int) -> None:
    voice = np.zeros(2 * sample_rate)
    voice[:sample_rate] = 0.5
    flags = np.arange(200) < 100
    assert speech_rms(voice, flags, sample_rate) == pytest.approx(0.5)
    assert speech_rms(np.stack([voice, voice]), flags, sample_rate) == pytest.approx(0.5)
    assert speech_rms(voice, ~flags, sample_rate) == 0.0
    assert speech_rms(voice, np.zeros(200, np.bool_), sample_rate) == 0.0


def test_flags_may_end_before_or_after_the_voice() -> None:
    voice = np.full(1605, 0.5)
    assert speech_rms(voice, np.ones(5, np.bool_), RATE) == pytest.approx(0.5)
    assert speech_rms(voice, np.ones(50, np.bool_), RATE) == pytest.approx(0.5)
    assert speech_rms(voice[:1], np.ones(1, np.bool_), RATE) == pytest.approx(0.5)


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0])
def test_the_background_lies_so_many_decibels_under_the_voice_while_somebody_speaks(snr_db: float) -> None:
    chance = np.random.default_rng(1)
    flags = np.arange(200) % 50 < 20
    voice = chance.standard_normal(2 * RATE) * np.repeat(flags, RATE // 100) * 0.1
    background = chance.standard_normal((2, 2 * RATE))
    scaled = at_snr(voice, background, snr_db, flags, RATE)
    assert scaled.shape == background.shape
    assert scaled.dtype == np.float32
    assert decibels(speech_rms(voice, flags, RATE) / rms(scaled)) == pytest.approx(snr_db, abs=1e-3)


def test_with_nothing_to_measure_the_background_stays() -> None:
    background, flags = np.ones(RATE, np.float32), np.ones(100, np.bool_)
    assert (at_snr(np.zeros(RATE), background, 0.0, flags, RATE) == background).all()
    assert not at_snr(np.ones(RATE), np.zeros(RATE), 0.0, flags, RATE).any()


def test_decibels_and_amplitude_are_inverse() -> None:
    assert amplitude(6.0) == pytest.approx(1.9953, abs=1e-4)
    assert decibels(amplitude(-17.0)) == pytest.approx(-17.0)
    assert decibels(0.0) == -np.inf


def test_limit_lowers_the_whole_recording_by_one_factor() -> None:
    loud = np.array([[0.5, -1.9], [0.1, 0.0]])
    limited, factor = limit(loud, 0.95)
    assert factor == pytest.approx(0.5)
    np.testing.assert_allclose(limited, loud * 0.5, rtol=1e-6)
    quiet, same = limit(loud / 4, 0.95)
    assert same == 1.0
    np.testing.assert_allclose(quiet, loud / 4, rtol=1e-6)
    assert limit(np.zeros((2, 0)))[0].shape == (2, 0)


def test_si_sdr_does_not_depend_on_the_level_and_falls_with_noise() -> None:
    chance = np.random.default_rng(0)
    voice = chance.standard_normal(50_000).astype(np.float32)
    noise = chance.standard_normal(50_000).astype(np.float32)

    assert si_sdr(voice, voice + noise) == pytest.approx(0.0, abs=0.1)
    assert si_sdr(voice, np.float32(0.01) * (voice + np.float32(0.1) * noise)) == pytest.approx(20.0, abs=0.1)
    assert si_sdr(voice, voice) == math.inf
