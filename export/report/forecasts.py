"""How well difficulty was foreseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from export.report.difficulty_data import Floats, Outcomes

FEWEST_JUDGED: Final = 20
"""So many forecasts before anything is said about how good they are."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """How well difficulty was foreseen, over `drafts`: all None below FEWEST_JUDGED.

    `order` is Spearman's rank correlation with its interval, `off` the mean distance in points, `lean` how much
    harder drafts turned out than foreseen. Of the drafts `inside` came out within the interval given.
    """

    drafts: int
    order: tuple[float, float, float] | None
    off: float | None
    lean: float | None
    inside: int


def judge(outcomes: Iterable[Outcomes]) -> Forecasts:
    """How well that was foreseen, all together."""
    every = list(outcomes)
    if not every:
        return Forecasts(0, None, None, None, 0)
    predicted, came, low, high = (
        np.concatenate([getattr(one, name) for one in every]) for name in ("predicted", "came", "low", "high")
    )
    inside = int(np.sum((came >= low) & (came <= high)))
    if len(came) < FEWEST_JUDGED:
        return Forecasts(len(came), None, None, None, inside)
    return Forecasts(
        len(came),
        _rank_correlation(predicted, came),
        float(np.mean(np.abs(came - predicted))),
        float(np.mean(came - predicted)),
        inside,
    )


def _rank_correlation(x: Floats, y: Floats) -> tuple[float, float, float] | None:
    """Spearman's, with its 95 % interval (Bonett and Wright 2000); None where all of one side are the same."""
    from scipy.stats import spearmanr

    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    found = float(spearmanr(x, y).statistic)
    if abs(found) >= 1.0:
        return found, found, found
    reach = 1.96 * np.sqrt((1 + found**2 / 2) / (len(x) - 3))
    low, high = np.tanh(np.arctanh(found) + np.array([-reach, reach]))
    return found, float(low), float(high)
