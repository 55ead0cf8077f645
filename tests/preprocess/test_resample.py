from __future__ import annotations

import numpy as np
import pytest

from preprocess.resample import Resampler, Samples


@pytest.mark.parametrize(("source", "target"), [(44100, 16000), (16000, 64000), (8000, 16000), (48000, 16000)])
def test_a_tone_keeps_its_phase_level_and_length(source: int, target: int) -> None:
    frequency = 0.4 * min(source, target)
    tone = np.sin(2 * np.pi * frequency * np.arange(source * 2 + 17) / source).astype(np.float32)
    result = resampled(tone, source, target, [len(tone)])
    expected = np.sin(2 * np.pi * frequency * np.arange(len(result)) / target)
    assert len(result) == round(len(tone) * target / source)
    assert np.abs(result - expected)[500:-500].max() < 1e-4


def test_windows_of_any_size_give_the_same_samples() -> None:
    noise = np.random.default_rng(1).standard_normal(60_000).astype(np.float32)
    whole = resampled(noise, 44100, 16000, [60_000])
    pieces = resampled(noise, 44100, 16000, [1, 440, 442, 0, 30_001, 29_116])
    assert len(whole) == len(pieces)
    assert np.abs(whole - pieces).max() < 1e-5


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    tone = np.sin(2 * np.pi * 8100 * np.arange(44100) / 44100).astype(np.float32)
    assert np.abs(resampled(tone, 44100, 16000, [44100]))[500:-500].max() < 1e-4


def test_equal_rates_change_nothing() -> None:
    noise = np.random.default_rng(2).standard_normal(1000).astype(np.float32)
    assert np.array_equal(resampled(noise, 16000, 16000, [300, 700]), noise)


def test_a_few_samples_and_none_at_all_keep_their_length() -> None:
    assert len(resampled(np.ones(5, np.float32), 44100, 16000, [5])) == 2
    assert len(resampled(np.ones(0, np.float32), 44100, 16000, [0])) == 0


def test_rates_without_a_simple_ratio_are_refused() -> None:
    with pytest.raises(ValueError, match="no simple ratio"):
        Resampler(44099, 16000)


def resampled(samples: Samples, source: int, target: int, sizes: list[int]) -> Samples:
    """`samples` through one Resampler, cut into windows of `sizes`."""
    resampler = Resampler(source, target)
    pieces = [resampler.push(piece) for piece in np.split(samples, np.cumsum(sizes)[:-1])]
    return np.concatenate((*pieces, resampler.finish()))
