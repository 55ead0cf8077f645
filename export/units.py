"""Work units: a partition of [0, duration] into the pieces that one person gets, cut where nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.settings import UnitSettings
from core.spans import Span, merged, subtracted
from core.types import Unit

VERSION = 1

Floats = npt.NDArray[np.float64]
Gaps = Sequence[tuple[float, float]]

CLEAR_SECONDS = 1.0
"""A cut this far from all that is said costs nothing; nearer, its price rises to 1. That is a silence of 2 s, which
is where a pause always ends a sentence (SentenceSettings.hard_pause_seconds)."""

OPEN_SECONDS = 5.0
"""So far from any sentence it does not matter where a cut falls, and there is a place for one every GRID_SECONDS; a
shorter silence is cut in its middle."""
GRID_SECONDS = 5.0

VOICE_PRICE = 1.0
"""Added where somebody is heard between sentences: worse than any silence."""
CROSSED_PRICE = 10.0
"""Added for each sentence that is cut through, where that must be: worse than any place between sentences."""
OUTSIDE_PRICE = 1e6
"""For a unit that is shorter or longer than it should be: more than all other prices of twelve hours together."""

SLACK_SECONDS = 1e-6
"""By so much rounding may miss the bounds of a unit."""


def partition(duration: float, sentences: Sequence[Span], voiced: Gaps, settings: UnitSettings) -> tuple[Unit, ...]:
    """The work units of a recording of `duration` seconds: disjoint, in order, without a gap, 0 to `duration`.

    A recording up to `whole_up_to_minutes` is one unit. A longer one is cut in the middle of silences, so that
    units last between `shortest_minutes` and `longest_minutes`; among all ways to do so, long silences and even
    lengths win together. `voiced` is where somebody is heard, sorted and disjoint: a pause between sentences
    that the voice fills is cut only where no silence serves. What nobody speaks in is cut evenly.
    Where places between sentences lie too far apart, length gives way, and units last up to twice
    `longest_minutes`. Only a stretch that is longer still is cut through sentences: through as few as units of
    the right length allow. Time grows with the number of sentences, and hardly faster.
    """
    cuts: Floats = np.empty(0)
    if duration > 60 * settings.whole_up_to_minutes:
        cuts = _cuts(duration, sentences, voiced, settings)
    bounds = [0.0, *cuts.tolist(), duration]
    return tuple(Unit(n, len(bounds) - 1, bounds[n], bounds[n + 1]) for n in range(len(bounds) - 1))


def _cuts(duration: float, sentences: Sequence[Span], voiced: Gaps, settings: UnitSettings) -> Floats:
    rows = [(sentence.start, sentence.end) for sentence in sentences if sentence.end > sentence.start]
    starts, ends = (np.sort([row[side] for row in rows]) for side in (0, 1))
    between = subtracted([(0.0, duration)], merged(sentences))
    quiet = subtracted(between, voiced)

    def crossed(times: Floats) -> npt.NDArray[np.int64]:
        """How many sentences each of `times` lies inside of."""
        return np.searchsorted(starts, times, "left") - np.searchsorted(ends, times, "right")

    def price(times: Floats) -> Floats:
        clear, apart = _distance_in(quiet, times), _distance_in(between, times)
        silent = 1.0 - np.minimum(clear, CLEAR_SECONDS) / CLEAR_SECONDS
        spoken = 1.0 - np.minimum(apart, CLEAR_SECONDS) / CLEAR_SECONDS + VOICE_PRICE
        return np.asarray(np.where(clear > 0, silent, spoken) + CROSSED_PRICE * crossed(times))

    touching = np.intersect1d(starts, ends)
    anywhere = _evenly(duration, settings)
    silence, distance = _distance_in(quiet, anywhere), _distance_in(between, anywhere)
    open_ = anywhere[np.where(silence > 0, silence, distance) >= OPEN_SECONDS]
    places = _within(duration, _middles(quiet), _middles(between), touching[crossed(touching) == 0], open_)
    inside = _within(duration, starts, ends, anywhere)
    places = _within(duration, places, inside[_in_holes(inside, places, duration, 120 * settings.longest_minutes)])
    return _cheapest(duration, places, price(places), settings)


def _within(duration: float, *times: Floats) -> Floats:
    """All `times` inside the recording, sorted."""
    joined: Floats = np.unique(np.concatenate(times))
    return joined[(joined > 0) & (joined < duration)]


def _in_holes(times: Floats, places: Floats, duration: float, reach: float) -> npt.NDArray[np.bool_]:
    """Which of `times` lie between two neighbours of `places` that are further than `reach` apart."""
    edges: Floats = np.concatenate(([0.0], places, [duration]))
    after = np.searchsorted(edges, times, "left")
    return edges[after] - edges[after - 1] > reach


def _evenly(duration: float, settings: UnitSettings) -> Floats:
    """Places all over the recording: GRID_SECONDS apart, and where units of one length would end."""
    usual = 30 * (settings.shortest_minutes + settings.longest_minutes)
    steps = np.arange(1.0, duration / 2, GRID_SECONDS) - 1.0
    fewer = max(1, int(duration / usual))
    even = [duration * np.arange(1, count) / count for count in (fewer, fewer + 1)]
    return np.concatenate((duration / 2 - steps, duration / 2 + steps, *even))


def _middles(gaps: Gaps) -> Floats:
    return np.array([(start + end) / 2 for start, end in gaps])


def _distance_in(gaps: Gaps, times: Floats) -> Floats:
    """How far each of `times` is from the nearer end of the gap that it lies in; 0 outside of all."""
    if not gaps:
        return np.zeros(len(times))
    starts, ends = np.array(gaps).T
    gap = np.maximum(np.searchsorted(starts, times, "right") - 1, 0)
    return np.asarray(np.maximum(np.minimum(times - starts[gap], ends[gap] - times), 0.0))


def _cheapest(duration: float, times: Floats, prices: Floats, settings: UnitSettings) -> Floats:
    """Those of `times` at which to cut so that prices and uneven lengths together cost least.

    The cheapest way to each place is the best of those over the places before it that a unit may reach back to.
    """
    shortest, longest = 60 * settings.shortest_minutes, 60 * settings.longest_minutes
    usual, spread = (shortest + longest) / 2, (longest - shortest) / 2
    places = np.concatenate(([0.0], times, [duration]))
    prices = np.concatenate(([0.0], prices, [0.0]))
    costs = np.full(len(places), np.inf)
    costs[0] = 0.0
    before = np.zeros(len(places), np.int64)
    firsts = np.searchsorted(places, places - 2 * longest - SLACK_SECONDS)
    for place in range(1, len(places)):
        first = firsts[place]
        lengths = places[place] - places[first:place]
        outside = (lengths < shortest - SLACK_SECONDS) | (lengths > longest + SLACK_SECONDS)
        ways = costs[first:place] + ((lengths - usual) / spread) ** 2 + OUTSIDE_PRICE * outside
        best = int(ways.argmin())
        costs[place], before[place] = ways[best] + prices[place], first + best
    chosen, place = [], int(before[-1])
    while place:
        chosen.append(places[place])
        place = int(before[place])
    return np.array(chosen[::-1])
