"""Music without voices, in many styles, composed by chance.

A style (`styles`) says which layers may play; a layer has an instrument family (`instruments`) and a role, which is
what it plays (`tunes`); every instrument, tune, tempo and mix is drawn anew.

The makers work in float64; the same generator state gives the same 16-bit samples on any machine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from benchmarks.synthetic.instruments import FAMILIES, TAU, resonance
from benchmarks.synthetic.levels import at_unit_level
from benchmarks.synthetic.styles import STYLES, Layer, Style
from benchmarks.synthetic.tunes import PROGRESSIONS, ROLES, SCALES, Tune

Samples = npt.NDArray[np.float64]


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
        closed = resonance(track, chance.uniform(300, 800), tune.sample_rate)
        opened = resonance(track, chance.uniform(900, 2800), tune.sample_rate)
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
