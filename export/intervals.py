"""How sure a rate of many drafts is. Drafts of one recording are alike, so recordings are drawn, never sentences.

Rates are pooled: the counts of all recordings added, then divided. How far such a rate would move had other
recordings come in is seen by drawing as many of them again, with replacement, many times (the cluster bootstrap;
Davison and Hinkley, "Bootstrap Methods and their Application", 1997). Draws are seeded: the same data give the same
interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

LEVEL: Final = 0.95
DRAWS: Final = 1000
FEWEST_RECORDINGS: Final = 5
"""Below, a rate is given without an interval: draws of four recordings say nothing about a fifth."""

_TAIL: Final = (1 - LEVEL) / 2
_AT_ONCE: Final = 2_000_000

Numbers: TypeAlias = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """Where a figure lies with 95 in 100, as far as chance goes."""

    low: float
    high: float


class Compared(NamedTuple):
    """A difference with its interval, its standard error, and how often chance alone would bring as much."""

    value: float
    interval: Interval | None
    error: float
    p: float


class Sample(NamedTuple):
    """What was counted of each recording, (recording, count), and its share in a sum of several samples."""

    counts: Numbers
    weight: float


Smooth: TypeAlias = Callable[[Numbers], tuple[Numbers, Numbers]]
"""A figure of sums (…, count) → (…), and its gradient (…, count). Twice as much of everything must change
nothing."""


def wilson(part: int, whole: int) -> Interval | None:
    """Of a share that was counted, by E. B. Wilson (1927): it holds for few cases and for none or all of them."""
    if not whole:
        return None
    z = float(-ndtri(_TAIL))
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return Interval(max(0.0, middle - half) if part else 0.0, min(1.0, middle + half) if part < whole else 1.0)


def resampled(counts: Numbers, *, draws: int = DRAWS, seed: int = 0) -> Numbers:
    """The sums (draw, count) of as many recordings, drawn again, as `counts` (recording, count) has."""
    many = len(counts)
    chance = np.random.default_rng(seed)
    block = max(1, _AT_ONCE // many)
    sums = []
    for first in range(0, draws, block):
        rows = min(block, draws - first)
        chosen = chance.integers(many, size=(rows, many)) + many * np.arange(rows)[:, None]
        times = np.bincount(chosen.ravel(), minlength=rows * many).reshape(rows, many)
        sums.append(times.astype(float) @ counts)
    return np.concatenate(sums)


def interval(values: Numbers, recordings: int) -> Interval | None:
    """Between which of the drawn `values` of a rate it lies; None for fewer than FEWEST_RECORDINGS.

    The quantiles lie as far outside the usual ones as Student's t does, because the interval of the plain ones is
    too narrow for few recordings (Hesterberg, "What teachers should know about the bootstrap", 2015, section
    4.3.2).
    """
    sound = values[np.isfinite(values)]
    if recordings < FEWEST_RECORDINGS or not len(sound):
        return None
    tail = ndtr(stdtrit(recordings - 1, _TAIL) * math.sqrt(recordings / (recordings - 1)))
    low, high = np.quantile(sound, [tail, 1 - tail])
    return Interval(float(low), float(high))


def compare(samples: Sequence[Sample], figure: Smooth, *, draws: int = DRAWS, seed: int = 0) -> Compared:
    """How far the weighted sum of a figure of independent samples lies from 0. Each needs two recordings or more.

    The bootstrap-t: each draw is divided by its own standard error, which keeps the share of false alarms where it
    should be for ten recordings against sixty as well (`python -m benchmarks.trends`); plain quantiles do not.
    """
    value, variance = 0.0, 0.0
    drawn, spread = np.zeros(draws), np.zeros(draws)
    for number, sample in enumerate(samples):
        many, columns = sample.counts.shape
        products = (sample.counts[:, :, None] * sample.counts[:, None, :]).reshape(many, -1)
        both = np.hstack([sample.counts, products])
        here, own = _with_variance(both.sum(axis=0)[None], columns, many, figure)
        again, theirs = _with_variance(resampled(both, draws=draws, seed=seed + number), columns, many, figure)
        value += sample.weight * float(here[0])
        variance += sample.weight**2 * float(own[0])
        drawn += sample.weight * again
        spread += sample.weight**2 * theirs
    error = math.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(drawn - value) / np.sqrt(spread)
    # draws without any error of either kind tell nothing, and must not count as close
    away = np.where(np.isfinite(away), away, np.inf)
    if not error:
        return Compared(value, None, error, 1.0)
    reach = float(np.quantile(away, LEVEL, method="higher")) * error
    p = (1 + int(np.count_nonzero(away >= abs(value) / error))) / (draws + 1)
    return Compared(value, Interval(value - reach, value + reach) if math.isfinite(reach) else None, error, p)


def ratio(sums: Numbers) -> tuple[Numbers, Numbers]:
    """The first count divided by the second."""
    part, whole = sums[..., 0], sums[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = part / whole
        return value, np.stack([1 / whole, -value / whole], axis=-1)


def rise(sums: Numbers) -> tuple[Numbers, Numbers]:
    """The ratio of the third to the fourth count less that of the first to the second, of the same recordings."""
    before, falls = ratio(sums[..., :2])
    after, rises = ratio(sums[..., 2:])
    return after - before, np.concatenate([-falls, rises], axis=-1)


def growth(sums: Numbers) -> tuple[Numbers, Numbers]:
    """The logarithm of what the ratio of the first to the second count became in the third and fourth.

    What makes easy and hard recordings worse by the same share is the same for all of them in this figure, and much
    fewer recordings show it. It needs some of every count.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(sums)
        return logs @ np.array([-1.0, 1.0, 1.0, -1.0]), np.array([-1.0, 1.0, 1.0, -1.0]) / sums


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Chances of error of several comparisons, so that one in twenty families has a false alarm (S. Holm, 1979)."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    adjusted = [1.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        adjusted[place] = highest
    return tuple(adjusted)


def _with_variance(sums: Numbers, columns: int, many: int, figure: Smooth) -> tuple[Numbers, Numbers]:
    """The figure of each row of sums and products, and its variance by the delta method."""
    value, gradient = figure(sums[:, :columns])
    moments = sums[:, columns:].reshape(-1, columns, columns)
    with np.errstate(invalid="ignore"):
        square = np.einsum("di,dij,dj->d", gradient, moments, gradient)
    return value, np.maximum(square, 0.0) * many / (many - 1)
