"""Music without voices, in many styles, composed by chance.

A style says which layers may play; a layer has an instrument family and a role (what it plays); every instrument,
tune, tempo and mix is drawn anew. Tones are read from a table of one period, computed for each note from the
instrument's spectrum: harmonics that fall off, weighed by formants at fixed frequencies, so that a reed or a bowed
string has resonances as a voice has. Vibrato, glides, breath, overdrive and plucked, struck and bell-like sounds
come on top, so that whoever learns to separate voices cannot take every harmonic sound for one.

The makers work in float64; the same generator state gives the same 16-bit samples on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft
from scipy.signal import lfilter

from benchmarks.synthetic.levels import at_unit_level

Samples = npt.NDArray[np.float64]

TAU = 2 * np.pi
TABLE = 2048
"""Points of a table that holds one period of a tone."""

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
class Layer:
    """What one player does in a style: `role` of `ROLES`, `family` of `FAMILIES`, and how often it takes part."""

    role: str
    family: str
    level_db: float
    likely: float = 1.0


@dataclass(frozen=True, slots=True)
class Style:
    """A kind of music: beats per minute and the layers it may have."""

    tempo: tuple[float, float]
    layers: tuple[Layer, ...]
    scales: tuple[str, ...] = ("major", "minor", "dorian", "mixolydian", "harmonic minor", "pentatonic")
    swing: float = 0.0
    room: float = 0.5


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


@dataclass(frozen=True, slots=True)
class Timbre:
    """An instrument whose tones are harmonics. Times in seconds, widths of formants in octaves.

    `bright` and `dark` are the frequencies above which harmonics fade at the start of a note and after it has
    settled, which takes `settle`; `decay` is the time to 1/e of the whole, 0 for a sustained tone. `scatter`
    runs from 0, where all harmonics start together as in the pulses of a voice, to 1, where they start anywhere.
    """

    tilt: float
    even: float
    formants: tuple[tuple[float, float, float], ...]
    bright: float
    dark: float
    settle: float
    attack: float
    decay: float
    release: float
    vibrato_hz: float
    vibrato_semitones: float
    detune: float
    breath: float
    drive: float
    scatter: float


Instrument = Callable[[np.random.Generator, float, float, float | None, int], Samples]
"""(chance, hertz, seconds, glide from, sample rate) to one note, (n,) at a peak of about 1."""


def compose(chance: np.random.Generator, length: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """A piece of music in a style drawn from `STYLES`: (2, length), RMS 1, peaks not limited, no voice in it.

    It begins somewhere within the tune. Another length or rate from the same state is another piece.
    """
    names = sorted(STYLES)
    return compose_style(names[int(chance.integers(len(names)))], chance, length, sample_rate)


def compose_style(name: str, chance: np.random.Generator, length: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """A piece of one style: (2, length), RMS 1. Raises KeyError for a style that is not in `STYLES`."""
    style = STYLES[name]
    whole = max(length, 2 * sample_rate)
    tune = _draw_tune(style, chance, whole, sample_rate)
    playing = [layer for layer in style.layers if chance.uniform() < layer.likely] or [style.layers[0]]
    sound = np.zeros((2, whole))
    for layer in playing:
        pauses = 0.0 if layer is playing[0] else chance.uniform(0, 0.5)
        track = _play(layer, tune, chance, whole, pauses)
        _place(sound, _with_effects(track, tune, chance), layer, chance, sample_rate)
    if chance.uniform() < style.room:
        _reverberate(sound, chance, sample_rate)
    return at_unit_level(_mastered(sound, chance, sample_rate)[:, :length])


def _draw_tune(style: Style, chance: np.random.Generator, length: int, sample_rate: int) -> Tune:
    beat = 60 / chance.uniform(*style.tempo)
    return Tune(
        beat_seconds=beat,
        start=chance.uniform(8, 64),
        beats=length / sample_rate / beat,
        root=110.0 * 2 ** (chance.uniform(-5.5, 6.5) / 12),
        scale=SCALES[style.scales[int(chance.integers(len(style.scales)))]],
        chords=PROGRESSIONS[int(chance.integers(len(PROGRESSIONS)))],
        beats_per_bar=3 if chance.uniform() < 0.12 else 4,
        swing=style.swing * chance.uniform(),
        sample_rate=sample_rate,
    )


def _play(layer: Layer, tune: Tune, chance: np.random.Generator, length: int, pauses: float) -> Samples:
    """One layer alone, (length,): every note sounded once or twice and laid wherever it comes again.

    The layer is silent for `pauses` of the groups of four bars.
    """
    track = np.zeros(length)
    instrument = FAMILIES[layer.family](chance)
    silent = {group for group in range(tune.bars().stop // 4 + 1) if chance.uniform() < pauses}
    sounded: dict[tuple[float, float, float | None], list[Samples]] = {}
    for note in ROLES[layer.role](tune, chance):
        first = int((note.at - tune.start) * tune.beat_seconds * tune.sample_rate)
        seconds = note.beats * tune.beat_seconds
        if first >= length or first + (seconds + 2.0) * tune.sample_rate < 0:
            continue
        if int(note.at // tune.beats_per_bar // 4) in silent:
            continue
        takes = sounded.setdefault((note.hertz, note.beats, note.glide_from), [])
        if len(takes) < (2 if seconds < 1.0 else 1):
            takes.append(instrument(chance, note.hertz, seconds, note.glide_from, tune.sample_rate))
        take = takes[int(chance.integers(len(takes)))]
        piece = take[max(0, -first) : length - first]
        track[max(0, first) : max(0, first) + len(piece)] += note.strength * piece
    return track


def _with_effects(track: Samples, tune: Tune, chance: np.random.Generator) -> Samples:
    """Tremolo, a filter that opens and closes (wah), echoes: each now and then. (n,) to (n,)."""
    tremolo, wah, echo = chance.uniform(size=3)
    beat = tune.beat_seconds * tune.sample_rate
    if tremolo < 0.1:
        track = track * (
            1 - chance.uniform(0.3, 0.9) * _swing(len(track), beat * float(chance.choice([0.25, 0.5, 1])))
        )
    if wah < 0.12:
        open_share = _swing(len(track), beat * float(chance.choice([0.5, 1, 2, 4])))
        closed = _resonance(track, chance.uniform(300, 800), tune.sample_rate)
        opened = _resonance(track, chance.uniform(900, 2800), tune.sample_rate)
        track = 0.3 * track + closed + open_share * (opened - closed)
    if echo < 0.2:
        late, fed = int(beat * float(chance.choice([0.5, 0.75, 1]))), chance.uniform(0.2, 0.5)
        track = track.copy()
        for turn in range(1, 4):
            if turn * late < len(track):
                track[turn * late :] += fed**turn * track[: -turn * late]
    return track


def _swing(length: int, period: float) -> Samples:
    """From 0 to 1 and back in `period` samples, (length,)."""
    swing: Samples = 0.5 - 0.5 * np.cos(TAU / period * np.arange(length))
    return swing


def _resonance(track: Samples, hertz: float, sample_rate: int) -> Samples:
    """The track through one formant, a fifth of its frequency wide."""
    radius, angle = np.exp(-np.pi * 0.2 * hertz / sample_rate), TAU * min(hertz, 0.45 * sample_rate) / sample_rate
    rung: Samples = lfilter([1 - radius, 0, radius - 1], [1, -2 * radius * np.cos(angle), radius**2], track)
    return rung


def _place(sound: Samples, track: Samples, layer: Layer, chance: np.random.Generator, sample_rate: int) -> None:
    """Lay a track into the stereo picture, in place: level, side, width by a short delay."""
    pan, width = chance.uniform(-0.7, 0.7), chance.uniform()
    behind = int(chance.uniform(0.008, 0.025) * sample_rate)
    gain = 10 ** ((layer.level_db + chance.uniform(-5, 5)) / 20)
    level = max(float(np.sqrt(np.mean(track**2))), 0.1 * float(np.abs(track).max()))
    if level == 0.0:
        return
    track = track * (gain / level)
    if layer.family in ("kick", "snare", "bass", "subbass"):
        pan, width = 0.3 * pan, 0.0
    sound[0] += (1 - max(0.0, pan)) * track
    sound[1] += (1 + min(0.0, pan)) * track
    if width > 0.5:
        side = (width - 0.3) * track[:-behind]
        sound[0, behind:] += side
        sound[1, behind:] -= side


def _reverberate(sound: Samples, chance: np.random.Generator, sample_rate: int) -> None:
    """Add a hall, in place: sparse echoes that fall by 60 dB over its time (velvet noise), duller than the source.

    Karjalainen and Järveläinen, "Reverberation modeling using velvet noise", AES 30th conference, 2007.
    """
    seconds, amount = chance.uniform(0.4, 2.5), chance.uniform(0.05, 0.3)
    dull = lfilter([0.4], [1, -0.6], sound.mean(axis=0))
    for channel in sound:
        for at in chance.uniform(0.008, 0.6 * seconds, 24):
            first = int(at * sample_rate)
            if first < len(channel):
                strength = amount * 10 ** (-3 * at / seconds) * float(chance.choice([-1, 1]))
                channel[first:] += strength * dull[: len(channel) - first]


def _mastered(sound: Samples, chance: np.random.Generator, sample_rate: int) -> Samples:
    """The mix as a listener gets it: (2, n), over a trace of hiss; at times pressed, dull, thin or mono."""
    pressed, dulled, thinned, sides = chance.uniform(size=4)
    level = float(np.sqrt(np.mean(sound**2)))
    sound = sound / max(level, 1e-9) + 0.002 * chance.standard_normal(sound.shape[1])
    if pressed < 0.3:
        drive = chance.uniform(0.2, 0.8)
        sound = np.tanh(drive * sound) / drive
    if dulled < 0.2:
        pole = np.exp(-TAU * chance.uniform(1000, 4000) / sample_rate)
        sound = lfilter([1 - pole], [1, -pole], sound)
    if thinned < 0.2:
        pole = np.exp(-TAU * chance.uniform(150, 700) / sample_rate)
        sound = lfilter([1, -1], [1, -pole], sound)
    if sides < 0.15:
        sound = np.repeat(sound.mean(axis=0, keepdims=True), 2, axis=0)
    return sound


# What is played


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


# What it is played on


def _sounding(timbre: Timbre) -> Instrument:
    """An instrument of harmonics."""

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        count = int((seconds + timbre.release) * sample_rate) + 1
        time = np.arange(count) / sample_rate
        phase = hertz * time
        if glide_from is not None:
            slide = min(0.12, seconds / 2) if seconds < 3 else seconds
            bend = np.log2(glide_from / hertz)
            frequency = hertz * 2 ** (bend * np.maximum(0.0, 1 - time / slide))
            phase = np.cumsum(frequency) / sample_rate
        if timbre.vibrato_semitones > 0 and seconds > 0.2:
            rate = timbre.vibrato_hz * chance.uniform(0.9, 1.1)
            swing = hertz * timbre.vibrato_semitones * np.log(2) / 12 / (TAU * rate)
            phase = phase + swing * np.minimum(1, time / 0.4) * np.sin(TAU * rate * time + chance.uniform(0, TAU))
        angles = timbre.scatter * chance.uniform(-np.pi, np.pi, TABLE // 4 - 1)
        bright = _table(timbre, hertz, timbre.bright, angles, sample_rate)
        tone = _read(bright, phase + 1)
        if timbre.detune > 0:
            tone = 0.6 * (tone + _read(bright, phase * (1 + timbre.detune) + 1.37))
        if timbre.dark < timbre.bright:
            dark = _read(_table(timbre, hertz, timbre.dark, angles, sample_rate), phase + 1)
            tone = dark + np.exp(-time / timbre.settle) * (tone - dark)
        if timbre.breath > 0:
            tone = tone + timbre.breath * lfilter([0.15], [1, -0.8], chance.standard_normal(count))
        shape = np.minimum(1, time / timbre.attack) * np.clip((count / sample_rate - time) / timbre.release, 0, 1)
        if timbre.decay > 0:
            shape *= np.exp(-time / timbre.decay)
        tone = tone * shape
        bent: Samples = np.tanh(timbre.drive * tone) if timbre.drive > 0 else tone
        return bent

    return sound


def _table(timbre: Timbre, hertz: float, edge: float, angles: Samples, sample_rate: int) -> Samples:
    """One period, (TABLE + 1,) with its first point again at the end, at a peak of 1 and below half the rate.

    `angles` are the phases of the harmonics, (TABLE // 4 - 1,).
    """
    numbers = np.arange(1, TABLE // 4)
    frequencies = hertz * numbers
    strength = numbers**-timbre.tilt / (1 + (frequencies / edge) ** 4)
    strength[1::2] *= timbre.even
    if timbre.formants:
        weight = np.full(len(numbers), 0.08)
        for centre, octaves, gain in timbre.formants:
            weight += gain * np.exp(-0.5 * (np.log2(frequencies / centre) / octaves) ** 2)
        strength *= weight
    strength *= frequencies < 0.46 * sample_rate
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    spectrum[1 : TABLE // 4] = strength * np.exp(1j * angles)
    period = irfft(spectrum, TABLE)
    period /= max(float(np.abs(period).max()), 1e-12)
    return np.append(period, period[0])


def _read(table: Samples, phase: Samples) -> Samples:
    """The table at `phase` periods (not negative), between its points by straight lines."""
    where = phase * TABLE
    index = where.astype(np.intp)
    share = where - index
    index &= TABLE - 1
    low = table[index]
    return low + share * (table[index + 1] - low)


def _formants(chance: np.random.Generator, count: int) -> tuple[tuple[float, float, float], ...]:
    return tuple(
        (float(200 * 2 ** chance.uniform(0, 4.3)), float(chance.uniform(0.12, 0.6)), float(chance.uniform(0.3, 1)))
        for _ in range(count)
    )


def _timbre(
    chance: np.random.Generator,
    tilt: tuple[float, float],
    attack: tuple[float, float],
    decay: tuple[float, float] = (0.0, 0.0),
    formants: int = 0,
    vibrato: float = 0.0,
    detune: float = 0.0,
    breath: float = 0.0,
    drive: float = 0.0,
    even: tuple[float, float] = (0.5, 1.0),
    bright: tuple[float, float] = (2000.0, 9000.0),
    closing: float = 0.0,
    release: tuple[float, float] = (0.03, 0.2),
) -> Instrument:
    """An instrument with settings drawn between the given limits; `closing` is how likely its filter closes."""
    high = float(np.exp(chance.uniform(*np.log(bright))))
    closes = chance.uniform() < closing
    return _sounding(
        Timbre(
            tilt=chance.uniform(*tilt),
            even=chance.uniform(*even),
            formants=_formants(chance, int(chance.integers(0, formants + 1))),
            bright=high,
            dark=high * chance.uniform(0.08, 0.5) if closes else high,
            settle=chance.uniform(0.05, 0.5),
            attack=chance.uniform(*attack),
            decay=chance.uniform(*decay),
            release=chance.uniform(*release),
            vibrato_hz=chance.uniform(3.5, 7.5),
            vibrato_semitones=vibrato * chance.uniform(0.1, 1),
            detune=detune * chance.uniform(),
            breath=breath * chance.uniform(),
            drive=drive * chance.uniform(0.3, 1),
            scatter=min(1.0, chance.uniform(0, 2)),
        )
    )


def _plucked(chance: np.random.Generator) -> Instrument:
    """A string: a burst that runs round a loop and loses its highs on the way.

    Karplus and Strong, "Digital synthesis of plucked-string and drum timbres", Computer Music Journal 7(2), 1983.
    """
    ring, soft, body = chance.uniform(0.4, 3.0), chance.uniform(0.0, 0.85), _formants(chance, 2)

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        period = max(8, int(sample_rate / hertz))
        turns = int(min(seconds + 0.3, 3.0) * hertz) + 2
        loop = lfilter([1 - soft], [1, -soft], chance.uniform(-1, 1, period))
        loop -= loop.mean()
        numbers = np.arange(period // 2 + 1)
        spectrum = np.fft.rfft(loop)
        for centre, octaves, gain in body:
            spectrum *= 1 + 3 * gain * np.exp(
                -0.5 * (np.log2(np.maximum(numbers, 0.5) * hertz / centre) / octaves) ** 2
            )
        lost = np.cos(np.pi * numbers / period * 0.7) * np.exp(-1 / (ring * hertz))
        rounds = irfft(spectrum * lost ** np.arange(turns)[:, None], period, axis=1).ravel()
        count = int(min(seconds + 0.3, 3.0) * sample_rate)
        string = np.interp(np.arange(count) * (period * hertz / sample_rate), np.arange(len(rounds)), rounds)
        tail = np.minimum(1, np.arange(count)[::-1] / (0.1 * sample_rate))
        note: Samples = string * tail / max(float(np.abs(string).max()), 1e-12)
        return note

    return sound


def _struck(chance: np.random.Generator) -> Instrument:
    """A bell, bar or glass: partials that are not whole multiples, the high ones gone first."""
    count = int(chance.integers(3, 7))
    ratios = np.concatenate([[1.0], np.sort(chance.uniform(1.8, 11.0, count - 1))])
    strengths, ring = chance.uniform(0.2, 1, count) / np.sqrt(ratios), chance.uniform(0.2, 2.0)

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        time = np.arange(int(min(3.0, 3 * ring) * sample_rate)) / sample_rate
        tone = np.zeros(len(time))
        for ratio, strength in zip(ratios, strengths, strict=True):
            if hertz * ratio < 0.46 * sample_rate:
                tone += strength * np.sin(TAU * hertz * ratio * time) * np.exp(-time * np.sqrt(ratio) / ring)
        ends = np.minimum(1, np.minimum(time / 0.002, time[::-1] / 0.02))
        return tone * ends

    return sound


def _modulated(chance: np.random.Generator) -> Instrument:
    """Frequency modulation: electric pianos, metallic basses, brass.

    Chowning, "The synthesis of complex audio spectra by means of frequency modulation", JAES 21(7), 1973.
    """
    ratio = float(chance.choice([0.5, 1.0, 1.0, 2.0, 3.0, 3.5, 7.0]))
    depth, fall, decay = chance.uniform(0.5, 5), chance.uniform(0.05, 0.8), chance.uniform(0.2, 2.0)

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        time = np.arange(int((min(seconds, 3 * decay) + 0.1) * sample_rate)) / sample_rate
        reach = min(depth, max(0.0, (0.4 * sample_rate / hertz - 1) / ratio - 1))
        bend = reach * np.exp(-time / fall) * np.sin(TAU * hertz * ratio * time)
        ends = np.minimum(1, np.minimum(time / 0.004, time[::-1] / 0.05))
        return np.sin(TAU * hertz * time + bend) * np.exp(-time / decay) * ends

    return sound


def _distorted(chance: np.random.Generator) -> Instrument:
    """A guitar through an overdriven amplifier and its loudspeaker: root, fifth and octave bent together."""
    string = _plucked(chance)
    drive, skew, cabinet = chance.uniform(3, 40), chance.uniform(0, 0.4), chance.uniform(2500, 6000)
    fifth, octave = chance.uniform() < 0.8, chance.uniform() < 0.6

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        tone = string(chance, hertz, seconds, glide_from, sample_rate)
        if fifth:
            tone = tone + 0.8 * string(chance, hertz * 2 ** (7 / 12), seconds, glide_from, sample_rate)
        if octave:
            tone = tone + 0.6 * string(chance, hertz * 2, seconds, glide_from, sample_rate)
        bent = np.tanh(drive * tone + skew) - np.tanh(skew)
        pole = np.exp(-TAU * min(cabinet, 0.45 * sample_rate) / sample_rate)
        end = np.minimum(1, np.arange(len(bent))[::-1] / (0.03 * sample_rate))
        heard: Samples = end * lfilter([(1 - pole) ** 2], [1, -2 * pole, pole**2], bent)
        return heard

    return sound


def _drum(
    chance: np.random.Generator,
    low: tuple[float, float],
    sweep: tuple[float, float],
    ring: tuple[float, float],
    wires: tuple[float, float],
    wires_ring: tuple[float, float],
    colour: tuple[float, float],
) -> Instrument:
    """A skin that falls in pitch and wires that rattle. Hertz, times its pitch at the start, seconds, 0 to 1.

    `colour` is the centre of the rattle in hertz; above 4000 it is metal.
    """
    pitch, fall, body = chance.uniform(*low), chance.uniform(*sweep), chance.uniform(*ring)
    rattle, short, centre = chance.uniform(*wires), chance.uniform(*wires_ring), chance.uniform(*colour)

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        time = np.arange(int(5 * max(body, short) * sample_rate) + 2) / sample_rate
        skin = np.sin(TAU * pitch * (time + (fall - 1) * 0.025 * (1 - np.exp(-time / 0.025)))) * np.exp(
            -time / body
        )
        angle = TAU * min(centre, 0.42 * sample_rate) / sample_rate
        hiss = lfilter([0.3, 0, -0.3], [1, -1.2 * np.cos(angle), 0.36], chance.standard_normal(len(time)))
        stroke = (1 - rattle) * skin + rattle * hiss * np.exp(-time / short)
        ended: Samples = stroke * np.minimum(1, time / 0.001 + 0.1) * np.minimum(1, time[::-1] / 0.01)
        return ended

    return sound


def _sweep(chance: np.random.Generator) -> Instrument:
    """Noise through a resonance that rises or falls over the whole note."""
    low, high = chance.uniform(200, 1000), chance.uniform(2000, 7000)
    rises = chance.uniform() < 0.7

    def sound(
        chance: np.random.Generator, hertz: float, seconds: float, glide_from: float | None, sample_rate: int
    ) -> Samples:
        count = max(2, int(seconds * sample_rate))
        along = np.linspace(0, 1, count) if rises else np.linspace(1, 0, count)
        noise = chance.standard_normal(count)
        centres = low * (high / low) ** np.linspace(0, 1, 6)
        swept = np.zeros(count)
        for number, centre in enumerate(centres):
            near = np.maximum(0.0, 1 - np.abs(5 * along - number))
            swept += near * _resonance(noise, centre, sample_rate)
        ends = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.02 * sample_rate))
        return swept * ends

    return sound


FAMILIES: Mapping[str, Callable[[np.random.Generator], Instrument]] = {
    "pad": lambda c: _timbre(
        c, (0.8, 2.0), (0.1, 0.8), formants=2, detune=0.006, release=(0.2, 0.8), bright=(600, 5000)
    ),
    "strings": lambda c: _timbre(
        c, (0.8, 1.4), (0.04, 0.3), formants=4, vibrato=0.5, detune=0.004, release=(0.1, 0.4)
    ),
    "fiddle": lambda c: _timbre(c, (0.7, 1.2), (0.02, 0.12), formants=4, vibrato=0.9, breath=0.03),
    "reed": lambda c: _timbre(c, (0.6, 1.4), (0.01, 0.06), formants=4, vibrato=0.6, breath=0.04, even=(0.05, 1.0)),
    "brass": lambda c: _timbre(c, (0.5, 1.1), (0.02, 0.1), formants=2, vibrato=0.4, closing=0.5, drive=1.5),
    "flute": lambda c: _timbre(c, (1.8, 3.2), (0.03, 0.15), formants=1, vibrato=0.6, breath=0.15),
    "organ": lambda c: _timbre(c, (0.3, 1.6), (0.004, 0.05), vibrato=0.15, detune=0.003, even=(0.3, 1.5)),
    "lead": lambda c: _timbre(
        c, (0.3, 1.2), (0.003, 0.05), formants=2, vibrato=0.7, detune=0.01, closing=0.5, drive=2.0
    ),
    "synth pluck": lambda c: _timbre(c, (0.6, 1.4), (0.002, 0.01), (0.1, 0.6), detune=0.008, closing=1.0),
    "keys": lambda c: _timbre(c, (1.2, 2.2), (0.002, 0.008), (0.4, 1.8), formants=1, closing=1.0, detune=0.001),
    "bass": lambda c: _timbre(c, (0.8, 1.8), (0.003, 0.02), (0.2, 1.2), closing=0.9, drive=1.5, bright=(400, 4000)),
    "subbass": lambda c: _timbre(c, (2.0, 3.5), (0.005, 0.03), (0.3, 2.0), drive=1.0, bright=(200, 900)),
    "chip": lambda c: _timbre(c, (0.9, 1.05), (0.001, 0.003), even=(0.0, 1.0), vibrato=0.4, bright=(8000, 20000)),
    "plucked": _plucked,
    "struck": _struck,
    "modulated": _modulated,
    "distorted": _distorted,
    "sweep": _sweep,
    "kick": lambda c: _drum(c, (38, 70), (2, 6), (0.06, 0.25), (0, 0.12), (0.004, 0.02), (1500, 4000)),
    "snare": lambda c: _drum(c, (150, 260), (1, 1.6), (0.03, 0.1), (0.4, 0.9), (0.04, 0.15), (1200, 5000)),
    "hat": lambda c: _drum(c, (300, 500), (1, 1), (0.005, 0.01), (0.95, 1), (0.012, 0.12), (6000, 11000)),
    "shaker": lambda c: _drum(c, (300, 500), (1, 1), (0.005, 0.01), (0.95, 1), (0.02, 0.06), (3500, 8000)),
    "tom": lambda c: _drum(c, (70, 400), (1, 2), (0.06, 0.3), (0.0, 0.3), (0.01, 0.05), (400, 3000)),
    "crash": lambda c: _drum(c, (300, 500), (1, 1), (0.01, 0.02), (0.95, 1), (0.3, 0.8), (4000, 9000)),
}

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

_KIT = (
    Layer("beat", "kick", -2, 0.95),
    Layer("backbeat", "snare", -7, 0.9),
    Layer("ride", "hat", -16, 0.9),
    Layer("crash", "crash", -14, 0.2),
    Layer("groove", "shaker", -18, 0.2),
)
_TONES = tuple(name for name in FAMILIES if name not in ("kick", "snare", "hat", "shaker", "tom", "crash", "sweep"))
_TUNES = ("hold", "stab", "strum", "power", "arpeggio", "bass", "walk", "melody", "drone", "riser")
_HEAVY = ("minor", "dorian", "mixolydian", "phrygian")

STYLES: Mapping[str, Style] = {
    "ambient": Style(
        (60, 80),
        (
            Layer("hold", "pad", 0),
            Layer("drone", "strings", -4, 0.6),
            Layer("melody", "struck", -6, 0.6),
            Layer("riser", "sweep", -12, 0.3),
        ),
        room=1.0,
    ),
    "anything": Style(
        (60, 160),
        (
            *(Layer(role, family, -3, 3.0 / len(_TUNES) / len(_TONES)) for role in _TUNES for family in _TONES),
            *(Layer(layer.role, layer.family, layer.level_db, 0.35) for layer in _KIT),
        ),
        scales=tuple(SCALES),
        swing=0.5,
    ),
    "ballad": Style(
        (60, 84),
        (
            Layer("arpeggio", "keys", 0),
            Layer("hold", "strings", -5, 0.8),
            Layer("bass", "subbass", -3, 0.7),
            Layer("melody", "fiddle", -3, 0.5),
            Layer("groove", "shaker", -18, 0.3),
        ),
        room=0.9,
    ),
    "brass band": Style(
        (70, 130),
        (
            Layer("melody", "brass", 0),
            Layer("stab", "brass", -4, 0.8),
            Layer("bass", "brass", -3, 0.8),
            Layer("backbeat", "snare", -10, 0.6),
            Layer("beat", "kick", -6, 0.6),
        ),
    ),
    "chamber": Style(
        (60, 120),
        (
            Layer("hold", "strings", -4),
            Layer("melody", "fiddle", 0, 0.6),
            Layer("melody", "flute", -1, 0.5),
            Layer("walk", "fiddle", -5, 0.6),
            Layer("melody", "reed", -2, 0.3),
        ),
        room=0.9,
    ),
    "chip": Style(
        (100, 160),
        (
            Layer("arpeggio", "chip", -3),
            Layer("melody", "chip", 0, 0.9),
            Layer("bass", "chip", -2, 0.9),
            Layer("groove", "hat", -16, 0.7),
        ),
        room=0.1,
    ),
    "drone": Style(
        (60, 70),
        (
            Layer("drone", "strings", 0),
            Layer("drone", "organ", 0, 0.5),
            Layer("drone", "reed", -2, 0.5),
            Layer("melody", "reed", 0, 0.4),
        ),
        room=0.8,
    ),
    "east": Style(
        (60, 120),
        (
            Layer("melody", "plucked", 0),
            Layer("melody", "flute", -1, 0.6),
            Layer("drone", "strings", -8, 0.5),
            Layer("groove", "tom", -6, 0.5),
        ),
        scales=("pentatonic", "hirajoshi", "phrygian"),
    ),
    "electronic": Style(
        (110, 160),
        (
            Layer("bass", "bass", 0),
            *_KIT,
            Layer("arpeggio", "synth pluck", -4, 0.9),
            Layer("stab", "pad", -6, 0.5),
            Layer("riser", "sweep", -10, 0.3),
            Layer("riser", "lead", -10, 0.2),
        ),
    ),
    "folk": Style(
        (80, 140),
        (
            Layer("strum", "plucked", 0),
            Layer("arpeggio", "plucked", -3, 0.6),
            Layer("melody", "flute", -3, 0.5),
            Layer("groove", "tom", -6, 0.4),
            Layer("walk", "plucked", -2, 0.4),
        ),
        scales=("major", "dorian", "mixolydian", "pentatonic"),
    ),
    "jazz": Style(
        (80, 160),
        (
            Layer("walk", "bass", 0),
            Layer("ride", "hat", -14),
            Layer("beat", "kick", -8, 0.6),
            Layer("stab", "modulated", -4, 0.8),
            Layer("melody", "reed", -1, 0.7),
        ),
        scales=("major", "dorian", "mixolydian"),
        swing=1.0,
    ),
    "metal": Style(
        (120, 160),
        (
            Layer("power", "distorted", 0),
            Layer("melody", "distorted", -3, 0.5),
            *_KIT,
            Layer("bass", "bass", -3, 0.8),
        ),
        scales=_HEAVY,
        room=0.2,
    ),
    "music box": Style(
        (60, 110),
        (Layer("arpeggio", "struck", 0), Layer("melody", "struck", 0, 0.7), Layer("hold", "pad", -10, 0.4)),
        room=0.8,
    ),
    "organ": Style((60, 110), (Layer("hold", "organ", 0), Layer("melody", "organ", -2, 0.7)), room=0.9),
    "percussion": Style(
        (70, 160),
        (
            Layer("groove", "tom", 0),
            Layer("groove", "tom", -3, 0.8),
            Layer("groove", "shaker", -14, 0.8),
            Layer("beat", "kick", 0, 0.5),
            Layer("groove", "struck", -8, 0.3),
        ),
    ),
    "pop": Style(
        (84, 128),
        (
            Layer("bass", "bass", 0),
            *_KIT,
            Layer("hold", "pad", -6, 0.8),
            Layer("strum", "plucked", -5, 0.5),
            Layer("melody", "lead", -4, 0.4),
        ),
    ),
    "rock": Style(
        (90, 150),
        (
            Layer("bass", "bass", -2),
            *_KIT,
            Layer("power", "distorted", 0, 0.9),
            Layer("melody", "lead", -4, 0.4),
            Layer("hold", "organ", -6, 0.3),
        ),
        scales=_HEAVY,
    ),
    "slow groove": Style(
        (60, 96),
        (
            Layer("bass", "subbass", 0),
            *_KIT,
            Layer("stab", "modulated", -4, 0.8),
            Layer("arpeggio", "keys", -6, 0.5),
            Layer("melody", "flute", -5, 0.3),
        ),
        swing=1.0,
    ),
    "solo": Style(
        (60, 130),
        tuple(Layer("melody", family, 0, 1.3 / len(_TONES)) for family in _TONES),
        scales=tuple(SCALES),
    ),
}
