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
    """Noise of a kind of `NOISES`: (length,) mono, RMS 1, peaks not limited. Raises KeyError for another name."""
    return at_unit_level(NOISES[kind](chance, max(length, sample_rate // 10), sample_rate)[:length])


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
    for _ in range(3):
        drops = _impacts(chance, length, chance.uniform(20, 300) / sample_rate)
        sound += _ring(drops, chance.uniform(900, 6500), chance.uniform(0.001, 0.006), sample_rate)
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
    sound = _level(
        chance.uniform(0.2, 0.8), _shaped(chance, length, sample_rate, lambda f: 1 / (1 + f / edge) ** 1.5)
    )
    seconds = length / sample_rate
    for _ in range(1 + int(chance.poisson(seconds / chance.uniform(2.5, 8)))):
        middle, width, high = chance.uniform(-1, seconds + 1), chance.uniform(0.5, 2.5), chance.uniform(600, 2500)
        first = max(0, int((middle - 3 * width) * sample_rate))
        last = min(length, int((middle + 3 * width) * sample_rate))
        if last - first < sample_rate // 100:
            continue
        time = np.arange(first, last) / sample_rate - middle
        tyres = _level(
            1.0, _shaped(chance, last - first, sample_rate, lambda f, high=high: (f / 100) / (1 + f / high) ** 3)
        )
        pitch = chance.uniform(45, 130)
        phase = TAU * pitch * (time - 0.03 * np.sqrt(time**2 + 0.1))
        engine = np.tanh(3 * np.sin(phase) + np.sin(phase / 2)) * chance.uniform(0, 0.6)
        sound[first:last] += chance.uniform(0.3, 1.5) / (1 + (time / width * 2) ** 2) * (tyres + engine)
    return sound


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
    clicks = _impacts(chance, length, chance.uniform(5, 120) / sample_rate) ** 3
    sound = _level(1.0, _ring(clicks, chance.uniform(1500, 5500), chance.uniform(0.0003, 0.0015), sample_rate))
    sound += _level(chance.uniform(0.1, 0.7), pink(chance, length, sample_rate))
    return sound + _level(chance.uniform(0.0, 0.5), rumble(chance, length, sample_rate))


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
}
