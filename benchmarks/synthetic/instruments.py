"""What music is played on: families of instruments, of which every one is drawn anew.

Tones are read from a table of one period, computed for each note from the instrument's spectrum: harmonics that
fall off, weighed by formants at fixed frequencies, so that a reed or a bowed string has resonances as a voice has.
Vibrato, glides, breath, overdrive and plucked, struck and bell-like sounds come on top, so that whoever learns to
separate voices cannot take every harmonic sound for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft
from scipy.signal import lfilter

Samples = npt.NDArray[np.float64]

TAU = 2 * np.pi
TABLE = 2048
"""Points of a table that holds one period of a tone."""


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


def resonance(track: Samples, hertz: float, sample_rate: int) -> Samples:
    """The track through one formant, a fifth of its frequency wide."""
    radius, angle = np.exp(-np.pi * 0.2 * hertz / sample_rate), TAU * min(hertz, 0.45 * sample_rate) / sample_rate
    rung: Samples = lfilter([1 - radius, 0, radius - 1], [1, -2 * radius * np.cos(angle), radius**2], track)
    return rung


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
            swept += near * resonance(noise, centre, sample_rate)
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
