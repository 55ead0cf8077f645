"""What music plays: a tune that all players share, and roles that turn it into notes by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

SCALES: Mapping[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "pentatonic": (0, 2, 4, 7, 9),
}
PROGRESSIONS: tuple[tuple[int, ...], ...] = (
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 3, 4, 3),
    (1, 4, 0, 0),
    (0, 0, 3, 4),
    (0, 6, 5, 4),
    (0, 2, 3, 4),
    (0, 0, 0, 0),
    (0, 6, 3, 0),
)
"""Degrees of the scale on which the chords of four bars stand."""


@dataclass(frozen=True, slots=True)
class Tune:
    """What the layers of one piece share. `start` is where the recording begins, in beats from the first bar."""

    beat_seconds: float
    start: float
    beats: float
    root: float
    scale: tuple[int, ...]
    chords: tuple[int, ...]
    beats_per_bar: int
    swing: float
    sample_rate: int

    def hertz(self, degree: int, octave: int = 0) -> float:
        """Frequency of a degree of the scale, counted from 0; degrees go on below and above the octave."""
        turns, step = divmod(degree, len(self.scale))
        return self.root * 2 ** (turns + octave + self.scale[step] / 12)

    def bars(self) -> range:
        """The bars that sound in the recording, and two before it whose notes may ring into it."""
        first = int(self.start // self.beats_per_bar) - 2
        return range(first, int((self.start + self.beats) // self.beats_per_bar) + 1)

    @property
    def top(self) -> int:
        """The degree that is the root an octave up."""
        return len(self.scale)

    def chord(self, bar: int) -> int:
        """The degree on which the chord of a bar stands."""
        return self.chords[bar % len(self.chords)]


@dataclass(frozen=True, slots=True)
class Note:
    """One tone: beats from the first bar, hertz, 0 to 1.

    `glide_from` is the pitch it starts from; it slides quickly, but all the way where it lasts 3 s or more.
    """

    at: float
    beats: float
    hertz: float
    strength: float = 1.0
    glide_from: float | None = None


def _hold(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Chords of two to four voices, held for a bar."""
    voices = (0, 2, 4, 6)[: int(chance.integers(2, 5))]
    octave = int(chance.integers(0, 3))
    return [
        Note(bar * tune.beats_per_bar, tune.beats_per_bar, tune.hertz(tune.chord(bar) + voice, octave))
        for bar in tune.bars()
        for voice in voices
    ]


def _stab(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Short chords in a rhythm that repeats every bar."""
    voices, octave = (0, 2, 4, 6)[: int(chance.integers(2, 5))], int(chance.integers(1, 3))
    hits = _rhythm(tune, chance, 0.35)
    long = float(chance.choice([0.25, 0.5, 1.0]))
    return [
        Note(bar * tune.beats_per_bar + hit, long, tune.hertz(tune.chord(bar) + voice, octave), force)
        for bar in tune.bars()
        for hit, force in hits
        for voice in voices
    ]


def _strum(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Chords whose strings follow each other closely, downwards on the beat, upwards off it."""
    hits = _rhythm(tune, chance, 0.6)
    spread = chance.uniform(0.01, 0.05) / tune.beat_seconds
    shape = (0, 4, tune.top, tune.top + 2, tune.top + 4)
    notes = []
    for bar in tune.bars():
        for hit, force in hits:
            strings = shape if (2 * hit) % 2 == 0 else shape[:1:-1]
            for order, string in enumerate(strings):
                at = bar * tune.beats_per_bar + hit + order * spread
                notes.append(Note(at, 1.5, tune.hertz(tune.chord(bar) + string, 0), force))
    return notes


def _power(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Root, fifth and octave, struck in a rhythm."""
    hits = _rhythm(tune, chance, 0.55)
    long = float(chance.choice([0.4, 0.5, 1.0, 2.0]))
    return [
        Note(bar * tune.beats_per_bar + hit, long, tune.hertz(tune.chord(bar)), force)
        for bar in tune.bars()
        for hit, force in hits
    ]


def _arpeggio(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """The notes of the chord one after another, in a pattern of four to eight."""
    step = float(chance.choice([0.25, 0.25, 0.5, 1 / 3]))
    tones = (0, 2, 4, tune.top, tune.top + 2, tune.top + 4)
    pattern = [tones[int(chance.integers(6))] for _ in range(int(chance.integers(4, 9)))]
    octave, rest = int(chance.integers(1, 3)), chance.uniform(0, 0.25)
    notes = []
    for bar in tune.bars():
        for number in range(int(tune.beats_per_bar / step)):
            if chance.uniform() >= rest:
                pitch = tune.hertz(tune.chord(bar) + pattern[number % len(pattern)], octave)
                at = bar * tune.beats_per_bar + _swung(number * step, tune)
                notes.append(Note(at, step * 1.5, pitch, chance.uniform(0.7, 1)))
    return notes


def _bass(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """The root in a rhythm, the fifth and the octave now and then."""
    hits = _rhythm(tune, chance, chance.uniform(0.2, 0.9))
    steps = [int(chance.choice([0, 0, 0, 4, tune.top])) for _ in hits]
    return [
        Note(bar * tune.beats_per_bar + hit, 0.9, tune.hertz(tune.chord(bar) + step, -1), force)
        for bar in tune.bars()
        for (hit, force), step in zip(hits, steps, strict=True)
    ]


def _walk(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """A walking bass: one note a beat, step by step from chord to chord."""
    notes = []
    for bar in tune.bars():
        degree = tune.chord(bar)
        for beat in range(tune.beats_per_bar):
            notes.append(Note(bar * tune.beats_per_bar + beat, 1.0, tune.hertz(degree, -1), chance.uniform(0.8, 1)))
            degree += int(chance.choice([-1, 1, 2, -2, 1]))
    return notes


def _melody(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """A tune that walks the scale in phrases with rests between."""
    octave, lively, slides = int(chance.integers(0, 3)), chance.uniform(0.2, 1.0), chance.uniform(0, 0.7)
    bars = tune.bars()
    at, end, degree = float(bars.start * tune.beats_per_bar), float(bars.stop * tune.beats_per_bar), 4
    notes: list[Note] = []
    while at < end:
        for _ in range(int(chance.integers(3, 10))):
            long = float(chance.choice([0.25, 0.5, 1.0, 2.0], p=_shares(lively)))
            before = tune.hertz(degree, octave)
            degree = int(np.clip(degree + chance.choice([-3, -2, -1, -1, 0, 1, 1, 2, 4]), -2, 10))
            glide = before if chance.uniform() < slides else None
            notes.append(Note(_swung(at, tune), long, tune.hertz(degree, octave), chance.uniform(0.6, 1), glide))
            at += long
        at += float(chance.choice([0.0, 0.5, 1.0, 2.0]))
    return notes


def _drone(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Root and fifth, held for two bars and overlapping."""
    voices = (-tune.top, 0, 4, tune.top)[: int(chance.integers(1, 5))]
    return [
        Note(bar * tune.beats_per_bar, 2.4 * tune.beats_per_bar, tune.hertz(voice))
        for bar in tune.bars()
        if bar % 2 == 0
        for voice in voices
    ]


def _riser(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """A tone that slides up or down over one to four bars."""
    long = float(chance.choice([1, 2, 4])) * tune.beats_per_bar
    ratio = 2 ** float(chance.choice([-2, -1, 1, 2]))
    octave = int(chance.integers(0, 3))
    return [
        Note(bar * tune.beats_per_bar, long, tune.hertz(0, octave) * ratio, 1.0, tune.hertz(0, octave))
        for bar in range(tune.bars().start // 4 * 4, tune.bars().stop, 4)
    ]


def _beat(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Kick-like: the first beat, and others by chance."""
    four = chance.uniform() < 0.3
    hits = (
        [(float(b), 1.0) for b in range(tune.beats_per_bar)] if four else [(0.0, 1.0), *_rhythm(tune, chance, 0.25)]
    )
    return _drummed(tune, chance, hits)


def _backbeat(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Snare-like: every second beat, with a ghost note or a fill now and then."""
    hits = [(float(beat), 1.0) for beat in range(1, tune.beats_per_bar, 2)]
    hits += [(at, 0.3) for at in np.arange(0.25, tune.beats_per_bar, 0.5) if chance.uniform() < 0.15]
    return _drummed(tune, chance, hits)


def _ride(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Hat-like: eighths, triplets or sixteenths, every second one weaker."""
    step = float(chance.choice([0.25, 0.5, 0.5, 1 / 3, 1.0]))
    count = round(tune.beats_per_bar / step)
    weak = chance.uniform(0.3, 1)
    return _drummed(tune, chance, [(_swung(k * step, tune), 1.0 if k % 2 == 0 else weak) for k in range(count)])


def _groove(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """Hand drums and shakers: a busy pattern with accents."""
    return _drummed(tune, chance, _rhythm(tune, chance, chance.uniform(0.3, 0.9)))


def _crash(tune: Tune, chance: np.random.Generator) -> list[Note]:
    """One stroke every two or four bars."""
    every = int(chance.choice([2, 4]))
    return [Note(bar * tune.beats_per_bar, 1.0, 1.0) for bar in tune.bars() if bar % every == 0]


def _drummed(tune: Tune, chance: np.random.Generator, hits: Sequence[tuple[float, float]]) -> list[Note]:
    """A bar of strokes, repeated, a little uneven in time and strength."""
    uneven = chance.uniform(0, 0.012) / tune.beat_seconds
    return [
        Note(
            bar * tune.beats_per_bar + hit + uneven * chance.standard_normal(),
            1.0,
            1.0,
            force * chance.uniform(0.7, 1),
        )
        for bar in tune.bars()
        for hit, force in hits
    ]


def _rhythm(tune: Tune, chance: np.random.Generator, busy: float) -> list[tuple[float, float]]:
    """Beats of a bar that are struck, on a grid of eighths or sixteenths, and how hard; never none."""
    step = 0.25 if chance.uniform() < 0.35 else 0.5
    grid = np.arange(0, tune.beats_per_bar, step)
    hits = [
        (_swung(float(at), tune), float(chance.uniform(0.6, 1)))
        for at in grid
        if chance.uniform() < (min(1.0, busy * 1.6) if at % 1 == 0 else busy)
    ]
    return hits or [(0.0, 1.0)]


def _swung(at: float, tune: Tune) -> float:
    """Off-beat eighths come late by the swing of the tune, in beats."""
    return at + tune.swing / 6 if abs(at % 1 - 0.5) < 1e-6 else at


def _shares(lively: float) -> list[float]:
    """How often sixteenths, eighths, quarters and halves are chosen."""
    weights = [lively**2, lively, 1.0, 1.2 - lively]
    return [weight / sum(weights) for weight in weights]


ROLES: Mapping[str, Callable[[Tune, np.random.Generator], list[Note]]] = {
    "hold": _hold,
    "stab": _stab,
    "strum": _strum,
    "power": _power,
    "arpeggio": _arpeggio,
    "bass": _bass,
    "walk": _walk,
    "melody": _melody,
    "drone": _drone,
    "riser": _riser,
    "beat": _beat,
    "backbeat": _backbeat,
    "ride": _ride,
    "groove": _groove,
    "crash": _crash,
}
