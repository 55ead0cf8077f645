"""What stands behind the voices of the trainings: music in all styles, and noise of all kinds in turn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.levels import at_unit_level
from benchmarks.synthetic.music import compose
from benchmarks.synthetic.noise import NOISES, make_noise


def is_noise(number: int, every: int) -> bool:
    """The last of `every` backgrounds is noise, the others are music."""
    return number % every == every - 1


def draw_background(
    chance: np.random.Generator, number: int, length: int, sample_rate: int, *, noise_every: int, channels: int
) -> npt.NDArray[np.float32]:
    """Background `number` of a training: (channels, length), RMS 1, in one channel or two.

    Noise in two channels is the same in both, or as wide as can be.
    """
    if not is_noise(number, noise_every):
        music = compose(chance, length, sample_rate)
        return music if channels == 2 else at_unit_level(music.mean(axis=0, keepdims=True))
    kinds = sorted(NOISES)
    kind = kinds[number // noise_every % len(kinds)]
    noise = make_noise(kind, chance, length, sample_rate)
    if channels == 1:
        return noise[None]
    other = make_noise(kind, chance, length, sample_rate) if chance.random() < 0.4 else noise
    return np.stack([noise, other])
