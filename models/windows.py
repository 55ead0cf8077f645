"""Where a recogniser listens: voice cut into windows at silences, and the language of each.

A window has one language. Which one is decided over runs of windows: a change must be worth its cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from core.spans import merged, total
from core.types import Language

SAMPLE_RATE = 16_000
PADDING_SECONDS = 0.2
"""Sound kept before and after voice, so that soft beginnings and endings are heard."""
LONGEST_SILENCE = 2.0
"""A longer silence (s) ends a window: recognisers invent text over silence."""
LANGUAGE_CHANGE = math.log(2.0)
"""What a change of language from one window to the next must overcome, in nats."""

Samples = npt.NDArray[np.float32]
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the recording that goes through the network at once, and where voice is in it."""

    start: float
    end: float
    voices: tuple[Stretch, ...]
    language: Language
    probability: float

    @property
    def voiced(self) -> float:
        """Seconds of voice."""
        return total(self.voices)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A stretch as `core.spans` takes it."""

    start: float
    end: float


def lay_windows(
    samples: Samples,
    voiced: Sequence[Stretch],
    fixed: Language | None,
    chances_in: Callable[[Sequence[Stretch]], Sequence[Mapping[Language, float]]],
    *,
    longest: float,
    detect_seconds: float,
) -> list[Window]:
    """Where the network listens, at most `longest` seconds at once, and in which language.

    Where none is `fixed`, `chances_in` tells for regions of some `detect_seconds` how probable each language is.
    """
    duration = samples.shape[0] / SAMPLE_RATE
    spans = _speakable(samples, voiced, duration, longest)
    if fixed is not None:
        return [
            Window(start, end, _voices_within(voiced, start, end), fixed, 1.0)
            for start, end in _packed(spans, longest)
        ]
    regions = _packed(spans, min(longest, detect_seconds))
    weights = [total(_voices_within(voiced, start, end)) for start, end in regions]
    chances = chances_in(regions)
    chosen = _smoothed([_among(chance) for chance in chances], [weight / detect_seconds for weight in weights])
    windows: list[Window] = []
    for one, run in groupby(zip(regions, chances, chosen, strict=True), key=lambda item: item[2]):
        members = list(run)
        first, last = members[0][0][0], members[-1][0][1]
        sure = sum(chance[one] for _, chance, _ in members) / len(members)
        inside = [span for span in spans if span[0] >= first and span[1] <= last]
        windows.extend(
            Window(start, end, _voices_within(voiced, start, end), one, sure)
            for start, end in _packed(inside, longest)
        )
    return windows


def blocks(windows: Sequence[Window], longest: float) -> Iterator[list[Window]]:
    """Consecutive windows in blocks of at most `longest` seconds from start to end, at least one in each."""
    block: list[Window] = []
    for window in windows:
        if block and window.end - block[0].start > longest:
            yield block
            block = []
        block.append(window)
    if block:
        yield block


def main_language(windows: Sequence[Window]) -> Language:
    """The language with most seconds of voice; the earlier one of two that are equal."""
    seconds: dict[Language, float] = {}
    for window in windows:
        seconds[window.language] = seconds.get(window.language, 0.0) + window.voiced
    return max(seconds, key=lambda one: seconds[one])


def confidence_in(language: Language, windows: Sequence[Window]) -> float:
    """The mean probability of a language over the voice that was taken for it."""
    mine = [window for window in windows if window.language == language]
    whole = sum(window.voiced for window in mine)
    return sum(window.probability * window.voiced for window in mine) / whole if whole > 0.0 else 0.0


def excerpt(samples: Samples, start: float, end: float) -> Samples:
    """The samples between two times."""
    return samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]


def _speakable(samples: Samples, voiced: Sequence[Stretch], duration: float, longest: float) -> list[Stretch]:
    """Voice with some sound around it, in disjoint spans of at most `longest` seconds."""
    padded = merged(
        Bounds(max(0.0, start - PADDING_SECONDS), min(duration, end + PADDING_SECONDS)) for start, end in voiced
    )
    spans: list[Stretch] = []
    for start, end in padded:
        while end - start > longest:
            cut = _quietest(samples, start + longest / 2, start + longest)
            spans.append((start, cut))
            start = cut
        spans.append((start, end))
    return spans


def _quietest(samples: Samples, start: float, end: float) -> float:
    """The middle of the quietest tenth of a second between two times."""
    frame = SAMPLE_RATE // 50
    heard = excerpt(samples, start, end)
    frames = heard[: heard.shape[0] // frame * frame].reshape(-1, frame)
    level = np.convolve(np.square(frames).mean(axis=1), np.ones(5), mode="valid")
    return start + (int(level.argmin()) + 2.5) * frame / SAMPLE_RATE


def _packed(spans: Sequence[Stretch], longest: float) -> list[Stretch]:
    """Neighbouring spans joined to windows of at most `longest` seconds, with no long silence inside."""
    windows: list[Stretch] = []
    for start, end in spans:
        if windows and end - windows[-1][0] <= longest and start - windows[-1][1] <= LONGEST_SILENCE:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _voices_within(voiced: Sequence[Stretch], start: float, end: float) -> tuple[Stretch, ...]:
    return tuple((max(start, a), min(end, b)) for a, b in voiced if a < end and b > start)


def _among(chances: Mapping[Language, float]) -> Mapping[Language, float]:
    """The same chances, adding to one; all are equal where none has any."""
    whole = sum(chances.values())
    return {one: chance / whole if whole > 0.0 else 1.0 / len(chances) for one, chance in chances.items()}


def _smoothed(chances: Sequence[Mapping[Language, float]], weights: Sequence[float]) -> list[Language]:
    """The likeliest run of languages (Viterbi), where a change must be worth its cost.

    Each region counts by its `weight`, so that a short one that sounds foreign does not change the language, and
    a long one does.
    """
    best: list[dict[Language, tuple[float, Language]]] = []
    for chance, weight in zip(chances, weights, strict=True):
        row: dict[Language, tuple[float, Language]] = {}
        for one, probability in chance.items():
            came = (0.0, one)
            if best:
                came = max(
                    (score - (LANGUAGE_CHANGE if before != one else 0.0), before)
                    for before, (score, _) in best[-1].items()
                )
            row[one] = (came[0] + weight * math.log(max(probability, 1e-4)), came[1])
        best.append(row)
    path = [max(best[-1], key=lambda one: best[-1][one][0])]
    for row in reversed(best[1:]):
        path.append(row[path[-1]][1])
    return path[::-1]
