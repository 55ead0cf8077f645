"""Noise without speech, in kinds: what stands behind a voice when no music does.

Every maker draws its own settings from `chance`, so that no two recordings of a kind are alike. The makers work in
float64; the same generator state gives the same 16-bit samples on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len
from scipy.signal import lfilter

from benchmarks.synthetic.levels import at_unit_level, rms

Samples = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator, int, int], Samples]
"""(chance, length, sample rate) to (length,) at any level."""

TAU = 2 * np.pi


def make_noise(kind: str, chance: np.random.Generator, length: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """Noise of a kind of `NOISES`: (length,) mono, RMS 1. Raises KeyError for another name.

    Clicks and blows are pressed to some 15 times the RMS, so that a voice beside them need not be turned down much.
    Another length or rate from the same state is another noise.
    """
    noise = _level(1.0, NOISES[kind](chance, max(length, sample_rate // 10), sample_rate)[:length])
    return at_unit_level(12 * np.tanh(noise / 12))


def hiss(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """White to blue noise of a preamplifier or a tape, duller where it was drawn so."""
    slope, edge = chance.uniform(-0.1, 0.6), chance.uniform(3000, 12000)
    return _shaped(chance, length, sample_rate, lambda f: f**slope / (1 + (f / edge) ** 6))


def pink(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Noise that falls by 2 to 4.5 dB an octave."""
    slope = chance.uniform(0.33, 0.75)
    return _shaped(chance, length, sample_rate, lambda f: np.maximum(f, 20.0) ** -slope)


def rumble(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Low noise that comes and goes: handling, a lift, a far engine."""
    edge, slope = chance.uniform(60, 250), chance.uniform(1.5, 3)
    low = _shaped(chance, length, sample_rate, lambda f: np.minimum(1, f / 20) / (1 + (f / edge) ** slope))
    return low * (1 + 0.6 * np.tanh(_wander(chance, length, sample_rate, chance.uniform(0.3, 3))))


def hum(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Mains hum at 50 or 60 Hz, odd or even harmonics the stronger, over a little hiss."""
    base = float(chance.choice([50.0, 60.0])) * chance.uniform(0.998, 1.002)
    tilt, favours = chance.uniform(0.4, 1.6), int(chance.integers(2))
    phase = TAU * base * np.arange(length) / sample_rate
    sound = np.zeros(length)
    for harmonic in range(1, 17):
        strength = harmonic**-tilt * chance.uniform(0.2, 1) * (1.0 if harmonic % 2 == favours else 0.35)
        sound += strength * np.sin(harmonic * phase + chance.uniform(0, TAU))
    return sound + _level(chance.uniform(0.02, 0.3), hiss(chance, length, sample_rate))


def fan(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Air of a fan: broad, steady noise with the tones of its blades, beating slightly."""
    edge, blades = chance.uniform(200, 1200), chance.uniform(60, 320)
    air = _shaped(chance, length, sample_rate, lambda f: np.minimum(1, f / 40) / (1 + (f / edge) ** 1.6))
    time = np.arange(length) / sample_rate
    phase = TAU * blades * time + 0.05 * np.cumsum(_wander(chance, length, sample_rate, 1.0)) * TAU / sample_rate
    tone = np.zeros(length)
    for order in (1, 2, 3):
        tone += chance.uniform(0.1, 1) / order * np.sin(order * phase + chance.uniform(0, TAU))
    beating = 1 + chance.uniform(0, 0.3) * np.sin(TAU * chance.uniform(1, 12) * time)
    return (_level(1.0, air) + chance.uniform(0, 0.7) * tone) * beating


def rain(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Many drops, each a short ring, over the wash of those further away."""
    sound = np.zeros(length)
    for _ in range(5):
        drops = _impacts(chance, length, chance.uniform(20, 300) / sample_rate)
        sound += _ring(drops, chance.uniform(900, 6500), chance.uniform(0.0003, 0.002), sample_rate)
    low, high = chance.uniform(200, 1000), chance.uniform(3000, 9000)
    wash = _shaped(chance, length, sample_rate, lambda f: (f / (f + low)) / (1 + (f / high) ** 2))
    return _level(1.0, sound) + _level(chance.uniform(0.3, 2.0), wash)


def wind(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Gusts: noise through a resonance whose strength follows the wind, and blasts low down."""
    gusts = np.exp(chance.uniform(0.4, 1.0) * _wander(chance, length, sample_rate, chance.uniform(0.15, 0.8)))
    centre, width = chance.uniform(250, 900), chance.uniform(0.15, 0.6)
    howl = _shaped(chance, length, sample_rate, lambda f: np.exp(-((np.log(f / centre) / width) ** 2) / 2))
    edge = chance.uniform(60, 160)
    blast = _shaped(chance, length, sample_rate, lambda f: 1 / (1 + (f / edge) ** 2.5))
    body = _shaped(chance, length, sample_rate, lambda f: 1 / (1 + (f / centre) ** 1.5))
    parts = _level(chance.uniform(0.1, 1), howl) * gusts + _level(chance.uniform(0.2, 1), body)
    return gusts * (parts + _level(chance.uniform(0.3, 1.5), blast))


def traffic(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """A road: a steady murmur, and cars that come, pass and go, with the tone of an engine now and then."""
    edge = chance.uniform(200, 700)
    sound = _level(chance.uniform(0.2, 0.8), _shaped(chance, length, sample_rate, lambda f: (1 + f / edge) ** -1.5))
    seconds = length / sample_rate
    for _ in range(1 + int(chance.poisson(seconds / chance.uniform(2.5, 8)))):
        middle, width = chance.uniform(-1, seconds + 1), chance.uniform(0.5, 2.5)
        first = max(0, int((middle - 3 * width) * sample_rate))
        last = min(length, int((middle + 3 * width) * sample_rate))
        if last > first:
            time = np.arange(first, last) / sample_rate - middle
            near = chance.uniform(0.3, 1.5) / (1 + (2 * time / width) ** 2)
            sound[first:last] += near * _car(chance, time, sample_rate)
    return sound


def _car(chance: np.random.Generator, time: Samples, sample_rate: int) -> Samples:
    """Tyres and an engine whose pitch falls as it passes at time 0: as long as `time`."""
    high, pitch = chance.uniform(600, 2500), chance.uniform(45, 130)
    tyres = _shaped(chance, len(time), sample_rate, lambda f: f / (1 + f / high) ** 3)
    phase = TAU * pitch * (time - 0.03 * np.sqrt(time**2 + 0.1))
    engine: Samples = np.tanh(3 * np.sin(phase) + np.sin(phase / 2))
    return tyres + chance.uniform(0, 0.6) * engine


def keyboard(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Typing in bursts: each key goes down and up, some harder, over room tone."""
    sound = _level(chance.uniform(0.03, 0.15), room_tone(chance, length, sample_rate))
    struck = np.zeros((2, length + sample_rate))
    at = chance.uniform(0, 0.6)
    while at < length / sample_rate:
        for _ in range(int(chance.integers(2, 14))):
            down, up = int(at * sample_rate), int((at + chance.uniform(0.06, 0.12)) * sample_rate)
            if up < struck.shape[1]:
                struck[0, down] += chance.lognormal(0, 0.4)
                struck[1, up] += chance.lognormal(-0.9, 0.4)
            at += chance.gamma(4, 0.04)
        at += chance.exponential(0.7)
    for row, centre in (
        (0, chance.uniform(900, 2400)),
        (1, chance.uniform(1800, 4500)),
        (0, chance.uniform(150, 500)),
    ):
        click = _ring(struck[row, :length], centre, chance.uniform(0.002, 0.008), sample_rate)
        sound += chance.uniform(0.5, 1.5) * click / max(float(np.abs(click).max()), 1e-9)
    return sound


def room_tone(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """An empty room: dull air with one or two weak standing waves and a hint of mains."""
    edge = chance.uniform(80, 400)
    air = _shaped(chance, length, sample_rate, lambda f: np.minimum(1, f / 30) / (1 + f / edge) ** 1.8 + 0.003)
    time = np.arange(length) / sample_rate
    for _ in range(2):
        waver = 1 + 0.5 * np.tanh(_wander(chance, length, sample_rate, 0.5))
        tone = np.sin(TAU * chance.uniform(60, 420) * time + chance.uniform(0, TAU))
        air = _level(1.0, air) + chance.uniform(0, 0.15) * waver * tone
    return air


def crackle(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """A worn record or a bad cable: clicks of all sizes over hiss and rumble."""
    clicks = _impacts(chance, length, chance.uniform(5, 120) / sample_rate)
    clicks *= np.abs(clicks)
    sound = _level(1.0, _ring(clicks, chance.uniform(1500, 5500), chance.uniform(0.0003, 0.0015), sample_rate))
    sound += _level(chance.uniform(0.3, 1.2), pink(chance, length, sample_rate))
    return sound + _level(chance.uniform(0.0, 0.5), rumble(chance, length, sample_rate))


def clatter(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Dishes and tools: blows now and then, each with its own inharmonic ring, over room tone."""
    sound = _level(chance.uniform(0.03, 0.15), room_tone(chance, length, sample_rate))
    for at in chance.uniform(-0.5, length / sample_rate, 1 + int(chance.poisson(length / sample_rate * 2))):
        time = np.arange(int(0.6 * sample_rate)) / sample_rate
        ring, lowest = chance.uniform(0.01, 0.15), chance.uniform(300, 3000)
        blow = chance.standard_normal(len(time)) * np.exp(-time / 0.004)
        for _ in range(int(chance.integers(2, 6))):
            partial = min(lowest * chance.uniform(1, 4), 0.45 * sample_rate)
            blow += (
                chance.uniform(0.2, 1)
                * np.sin(TAU * partial * time + chance.uniform(0, TAU))
                * np.exp(-time / ring)
            )
        _lay(sound, int(at * sample_rate), chance.lognormal(-1, 0.6) * blow)
    return sound


def footsteps(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Somebody walks by: heel and sole, nearer and further, over room tone."""
    sound = _level(chance.uniform(0.02, 0.1), room_tone(chance, length, sample_rate))
    pace, heel, sole = chance.uniform(0.35, 0.7), chance.uniform(80, 300), chance.uniform(800, 4000)
    near = np.exp(0.7 * _wander(chance, length, sample_rate, 0.1))
    at = chance.uniform(-pace, 0)
    while at < length / sample_rate:
        struck = np.zeros(int(0.2 * sample_rate))
        struck[0], struck[int(chance.uniform(0.03, 0.08) * sample_rate)] = 1.0, chance.uniform(0.2, 0.8)
        scuff = _shaped(chance, len(struck), sample_rate, lambda f: f / (f + sole)) * _decay(
            struck, 0.02, sample_rate
        )
        step = _level(1.0, _ring(struck, heel, 0.015, sample_rate)) + chance.uniform(0.05, 0.5) * scuff
        _lay(sound, int(at * sample_rate), chance.uniform(0.7, 1.3) * step)
        at += pace * chance.uniform(0.93, 1.07)
    return sound * near


def machine(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """An engine or a pump: a buzz of many harmonics, strokes that repeat, speed that drifts."""
    speed = chance.uniform(15, 90) * np.exp(chance.uniform(0, 0.15) * _wander(chance, length, sample_rate, 0.3))
    phase = TAU * np.cumsum(speed) / sample_rate
    sound = np.zeros(length)
    for harmonic in range(1, 13):
        sound += chance.uniform(0, 1) / harmonic**0.5 * np.sin(harmonic * phase + chance.uniform(0, TAU))
    stroke = np.exp(chance.uniform(1, 4) * (np.sin(phase / int(chance.integers(1, 5))) - 1))
    edge = chance.uniform(400, 3000)
    air = _shaped(chance, length, sample_rate, lambda f: np.minimum(1, f / 200) / (1 + (f / edge) ** 1.5))
    return _level(chance.uniform(0.2, 1), sound) + stroke * _level(1.0, air)


def birds(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Chirps in groups, sliding and trilling between 1.5 and 7 kHz, over leaves in the wind."""
    edge = chance.uniform(500, 3000)
    leaves = _shaped(chance, length, sample_rate, lambda f: (f / edge) / (1 + (f / edge) ** 2))
    sound = _level(chance.uniform(0.03, 0.3), leaves)
    top = min(7000.0, 0.4 * sample_rate)
    at = chance.uniform(-1, 0.5)
    while at < length / sample_rate:
        middle, slide, lasts = chance.uniform(1500, top), chance.uniform(-0.3, 0.3), chance.uniform(0.03, 0.25)
        trill, force = chance.uniform(0, 0.06), chance.lognormal(-0.5, 0.5)
        time = np.arange(int(lasts * sample_rate)) / sample_rate
        pitch = middle * (1 + slide * (time / lasts - 0.5) + trill * np.sin(TAU * chance.uniform(15, 45) * time))
        chirp = np.sin(TAU * np.cumsum(pitch) / sample_rate) * np.sin(np.pi * time / lasts) ** 0.5
        for _ in range(int(chance.integers(1, 7))):
            _lay(sound, int(at * sample_rate), force * chirp)
            at += lasts + chance.uniform(0.02, 0.12)
        at += chance.exponential(0.8)
    return sound


def beeps(chance: np.random.Generator, length: int, sample_rate: int) -> Samples:
    """Appliances, alarms and dial tones: one or two steady tones in a rhythm, over room tone."""
    sound = _level(chance.uniform(0.05, 0.3), room_tone(chance, length, sample_rate))
    tones, overtone = chance.uniform(350, 3200, int(chance.integers(1, 3))), chance.uniform(0, 0.5)
    on, off = chance.uniform(0.06, 0.8), chance.uniform(0.06, 1.2)
    time = np.arange(int(on * sample_rate)) / sample_rate
    beep = np.zeros(len(time))
    for tone in tones:
        beep += np.sin(TAU * tone * time)
        if 3 * tone < 0.45 * sample_rate:
            beep += overtone * np.sin(3 * TAU * tone * time)
    beep *= np.minimum(1, np.minimum(time, time[::-1]) / 0.004)
    for at in np.arange(-on * chance.uniform(), length / sample_rate, on + off):
        if chance.uniform() < 0.9:
            _lay(sound, int(at * sample_rate), beep)
    return sound


def _lay(sound: Samples, first: int, piece: Samples) -> None:
    """Add `piece` to `sound` from sample `first` on, in place; what lies outside is cut."""
    cut = piece[max(0, -first) : max(0, len(sound) - first)]
    sound[max(0, first) : max(0, first) + len(cut)] += cut


def _decay(hits: Samples, seconds: float, sample_rate: int) -> Samples:
    """Each hit dies away, to 1/e in `seconds`."""
    pole = np.exp(-1 / (seconds * sample_rate))
    decayed: Samples = lfilter([1.0], [1.0, -pole], hits)
    return decayed


def _shaped(
    chance: np.random.Generator, length: int, sample_rate: int, curve: Callable[[Samples], Samples]
) -> Samples:
    """Gaussian noise whose spectrum follows `curve` (hertz to amplitude): (length,)."""
    size = next_fast_len(length + 1, real=True)
    size += size % 2
    frequencies = np.arange(size // 2 + 1) * (sample_rate / size)
    parts = chance.standard_normal((2, len(frequencies)))
    spectrum = (parts[0] + 1j * parts[1]) * curve(np.maximum(frequencies, 1.0))
    spectrum[0] = 0.0
    noise: Samples = irfft(spectrum, size)[:length]
    return _level(1.0, noise)


def _wander(chance: np.random.Generator, length: int, sample_rate: int, rate: float) -> Samples:
    """A smooth random curve about 0 with a deviation of about 1, (length,): about `rate` swings a second."""
    step = max(1, int(sample_rate / rate / 2))
    points = chance.standard_normal(length // step + 4)
    where = np.arange(length) / step + chance.uniform()
    curve: Samples = np.interp(where, np.arange(len(points)), points)
    return curve


def _impacts(chance: np.random.Generator, length: int, share: float) -> Samples:
    """Random hits, (length,): `share` of all samples, of random size and sign."""
    hits = np.zeros(length)
    count = 1 + int(chance.poisson(share * length))
    hits[chance.integers(0, length, count)] = chance.standard_normal(count)
    return hits


def _ring(hits: Samples, centre: float, seconds: float, sample_rate: int) -> Samples:
    """Each hit makes a resonance at `centre` hertz ring for `seconds` (down to 1/e)."""
    radius = np.exp(-1 / (seconds * sample_rate))
    angle = TAU * min(centre, 0.45 * sample_rate) / sample_rate
    rung: Samples = lfilter([1.0, -1.0], [1.0, -2 * radius * np.cos(angle), radius**2], hits)
    return rung


def _level(level: float, samples: Samples) -> Samples:
    """The same sound at an RMS of `level`; silence stays silence."""
    found = rms(samples)
    return samples * (level / found) if found > 0 else samples


NOISES: Mapping[str, Maker] = {
    "hiss": hiss,
    "pink": pink,
    "rumble": rumble,
    "hum": hum,
    "fan": fan,
    "rain": rain,
    "wind": wind,
    "traffic": traffic,
    "keyboard": keyboard,
    "room tone": room_tone,
    "crackle": crackle,
    "clatter": clatter,
    "footsteps": footsteps,
    "machine": machine,
    "birds": birds,
    "beeps": beeps,
}
