"""What is counted when a transcript, turns or a voice are compared with the truth, and how sure a figure is.

Counts are kept for each recording and added before anything is divided: a figure of several recordings is not the
mean of theirs. How much a figure would differ with other recordings of the same kind, the bootstrap says; of fewer
than about twenty recordings its intervals are narrower than they should be.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

T = TypeVar("T")

COLLAR = 0.25
"""In the meaning of pyannote.metrics: half of it on either side of a boundary is not scored."""
DRAWS = 2000
LEVEL = 0.95
FEWEST = 5
"""Fewer recordings than this have no interval: there is too little to draw from."""


class Timed(Protocol):
    """A piece of text and when it is said."""

    @property
    def text(self) -> str: ...

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Speakers:
    """Seconds of speech, missed, made up and given to the wrong one; how many speakers were found and are true."""

    speech: float
    missed: float
    false_alarm: float
    confused: float
    found: int
    true: int

    @property
    def errors(self) -> float:
        return self.missed + self.false_alarm + self.confused


def letters(text: str) -> str:
    """What counts for CER: NFC, lower case, no spaces, no punctuation."""
    plain = unicodedata.normalize("NFC", text).lower()
    return "".join(sign for sign in plain if not sign.isspace() and not unicodedata.category(sign).startswith("P"))


def edits(said: str, written: str) -> tuple[int, int]:
    """Edits from what was said to what was written, and letters that were said."""
    from rapidfuzz.distance import Levenshtein

    true = letters(said)
    return Levenshtein.distance(true, letters(written)), len(true)


def word_time_errors(said: Sequence[Timed], written: Sequence[Timed]) -> tuple[float, ...]:
    """By how many seconds the starts and ends of correctly recognised words are off.

    Words need not be cut alike: the start of a true word counts where all its letters were recognised and a
    recognised word begins with its first, and so does its end.
    """
    found = _Letters(written)
    errors: list[float] = []
    for word, first, last in _recognised(said, found):
        if first in found.starts:
            errors.append(abs(found.starts[first] - word.start))
        if last in found.ends:
            errors.append(abs(found.ends[last] - word.end))
    return tuple(errors)


def first_word_errors(said: Sequence[Timed], passages: Sequence[Sequence[Timed]]) -> tuple[float, ...]:
    """How many seconds after its true start the first word of each passage is put; negative where before it.

    Passages that do not begin with a correctly recognised word are left out.
    """
    found = _Letters([word for passage in passages for word in passage])
    firsts: set[int] = set()
    place = 0
    for passage in passages:
        firsts.add(place)
        place += sum(len(letters(word.text)) for word in passage)
    return tuple(found.starts[first] - word.start for word, first, _ in _recognised(said, found) if first in firsts)


def _recognised(said: Sequence[Timed], found: _Letters) -> Iterator[tuple[Timed, int, int]]:
    """The true words all of whose letters were found, in a row, and the places of their first and last letter."""
    from rapidfuzz.distance import Levenshtein

    true = _Letters(said)
    place: dict[int, int] = {}
    for step in Levenshtein.opcodes(true.text, found.text):
        if step.tag == "equal":
            place.update(
                zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True)
            )
    for word, (first, last) in zip(said, true.spans, strict=True):
        places = [place.get(at, -1) for at in range(first, last + 1)]
        if places and -1 not in places and places[-1] - places[0] == last - first:
            yield word, places[0], places[-1]


class _Letters:
    """The letters of words in a row: where each word lies (first, last), and times by the place of a letter."""

    def __init__(self, words: Sequence[Timed]) -> None:
        self.text = ""
        self.spans: list[tuple[int, int]] = []
        self.starts: dict[int, float] = {}
        self.ends: dict[int, float] = {}
        for word in words:
            first = len(self.text)
            self.text += letters(word.text)
            last = len(self.text) - 1
            self.spans.append((first, last))
            if last >= first:
                self.starts[first] = word.start
                self.ends[last] = word.end


def speaker_errors(
    true: Mapping[str, Sequence[tuple[float, float]]],
    found: Mapping[str, Sequence[tuple[float, float]]],
    duration: float,
) -> Speakers:
    """Compare who speaks when, (start, end) by speaker; speakers are matched optimally, overlap is scored."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: Mapping[str, Sequence[tuple[float, float]]]) -> Annotation:
        made = Annotation()
        for speaker, spans in turns.items():
            for track, span in enumerate(spans):
                made[Segment(*span), f"{speaker} {track}"] = speaker
        return made

    parts = DiarizationErrorRate(collar=COLLAR, skip_overlap=False)(
        annotation(true), annotation(found), uem=Timeline([Segment(0.0, duration)]), detailed=True
    )
    return Speakers(
        speech=float(parts["total"]),
        missed=float(parts["missed detection"]),
        false_alarm=float(parts["false alarm"]),
        confused=float(parts["confusion"]),
        found=sum(1 for spans in found.values() if spans),
        true=sum(1 for spans in true.values() if spans),
    )


def share(parts: Sequence[float], wholes: Sequence[float]) -> float | None:
    """The parts of all recordings over the wholes of all; None where there is nothing to divide by."""
    whole = sum(wholes)
    return sum(parts) / whole if whole else None


def interval(
    recordings: Sequence[T],
    figure: Callable[[Sequence[T]], float | None],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Where `figure` lies in 95 of 100 draws of as many recordings, with replacement.

    The percentile bootstrap (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13). None for
    fewer than five recordings, and where most draws give no figure.
    """
    if len(recordings) < FEWEST:
        return None
    chance = np.random.default_rng(seed)
    drawn = chance.integers(len(recordings), size=(draws, len(recordings)))
    figures = [figure([recordings[index] for index in draw]) for draw in drawn]
    known = [value for value in figures if value is not None]
    if 2 * len(known) < draws:
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
