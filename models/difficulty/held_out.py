"""Judging on recordings that were not learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

FOLDS: Final = 5
CONFIDENCE: Final = 0.95

Places = npt.NDArray[np.intp]


def folds(groups: Sequence[str], *, seed: int = 0) -> Iterator[tuple[Places, Places]]:
    """(places to learn from, places to ask about), FOLDS times; what is of one group is never on both sides."""
    names = sorted(set(groups))
    drawn = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[place]: number % FOLDS for number, place in enumerate(drawn)}
    numbers = np.array([fold_of[group] for group in groups])
    for number in range(min(FOLDS, len(names))):
        yield np.flatnonzero(numbers != number), np.flatnonzero(numbers == number)


def is_better(gains: Sequence[float], *, least: float) -> bool:
    """Whether the mean gain is at least `least`, and above 0 beyond chance: one-sided paired t test at 5 %."""
    from scipy.stats import t

    values = np.asarray(gains, np.float64)
    if values.size < 2:
        return False
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(values.size)
    return bool(mean >= least and mean > t.ppf(CONFIDENCE, values.size - 1) * error)
