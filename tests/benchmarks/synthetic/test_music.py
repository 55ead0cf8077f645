"""Music by chance: what every style promises."""

from __future__ import annotations

import hashlib
import itertools
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.synthetic.levels import rms
from benchmarks.synthetic.music import compose, compose_style
from benchmarks.synthetic.styles import STYLES

LENGTH, RATE = 24000, 16000


@cache
def _pieces() -> dict[str, npt.NDArray[np.float32]]:
    """One piece of each style, a second and a half."""
    return {
        style: compose_style(style, np.random.default_rng([1, number]), LENGTH, RATE)
        for number, style in enumerate(sorted(STYLES))
    }


def test_every_style_gives_stereo_at_an_rms_of_one() -> None:
    for style, piece in _pieces().items():
        assert piece.shape == (2, LENGTH), style
        assert piece.dtype == np.float32, style
        assert np.isfinite(piece).all(), style
        assert rms(piece) == pytest.approx(1.0, abs=1e-4), style


@pytest.mark.parametrize("sample_rate", [16000, 44100])
@pytest.mark.parametrize("length", [1, 10, 12345])
def test_any_length_at_any_rate(length: int, sample_rate: int) -> None:
    piece = compose(np.random.default_rng(length), length, sample_rate)
    assert piece.shape == (2, length)
    assert np.isfinite(piece).all()
    assert rms(piece) == pytest.approx(1.0, abs=1e-4)


def test_the_same_seed_gives_the_same_samples_everywhere() -> None:
    assert (
        _hash_of(np.concatenate(list(_pieces().values()), axis=1))
        == "4d636cb32798b2dc81215f197d5606337495ac890ce6ab9ae272320ccc630152"
    )
    assert (
        _hash_of(compose(np.random.default_rng([3, 1]), 44100, 44100))
        == "d0bb01b452648b27e0cd6807ae8322aa3571b44c0cace18d996e9e69cde5c4f6"
    )


def test_all_styles_differ_in_spectrum() -> None:
    assert len(STYLES) >= 8
    spectra = {style: _spectrum_db(piece) for style, piece in _pieces().items()}
    for (first, a), (second, b) in itertools.combinations(spectra.items(), 2):
        assert np.sqrt(np.mean((a - b) ** 2)) > 2.0, (first, second)


def test_two_pieces_of_a_style_differ_in_spectrum() -> None:
    for style in ("pop", "chamber", "rock", "solo"):
        other = compose_style(style, np.random.default_rng([2, 0]), LENGTH, RATE)
        apart = _spectrum_db(other) - _spectrum_db(_pieces()[style])
        assert np.sqrt(np.mean(apart**2)) > 2.0, style


def test_compose_chooses_by_chance() -> None:
    spectra = [_spectrum_db(compose(np.random.default_rng([5, seed]), LENGTH, RATE)) for seed in range(6)]
    assert float(np.std(spectra, axis=0).mean()) > 4.0


def test_no_half_second_is_silent_but_where_one_player_may_rest() -> None:
    for style in sorted(set(STYLES) - {"solo", "east"}):
        for part in np.split(_pieces()[style], 3, axis=1):
            assert rms(part) > 10 ** (-30 / 20), style


def test_an_unknown_style_is_an_error() -> None:
    with pytest.raises(KeyError):
        compose_style("silence", np.random.default_rng(0), 100, RATE)


def _hash_of(samples: npt.NDArray[np.float32]) -> str:
    whole = np.clip(np.round(samples * 2000), -32768, 32767).astype("<i2")
    return hashlib.sha256(whole.tobytes()).hexdigest()


def _spectrum_db(piece: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Levels of 20 bands from 60 Hz to 8 kHz, (20,)."""
    energy = np.abs(np.fft.rfft(np.atleast_2d(piece).mean(axis=0))) ** 2
    edges = np.geomspace(60, 8000, 21) * (piece.shape[-1] / RATE)
    bands = [energy[int(low) : int(high) + 1].mean() for low, high in itertools.pairwise(edges)]
    level: npt.NDArray[np.float64] = 10 * np.log10(np.array(bands) + 1e-6)
    return level
