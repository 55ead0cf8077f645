"""Rooms, microphones and telephones, as filters to lay over a clean voice.

A room is causal and starts with the direct path: a voice keeps its place in time. Microphones and telephones are
symmetric, of odd length: `filtered` lays them on centred, and a voice keeps its place as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import firwin, firwin2, lfilter, oaconvolve

Samples = npt.NDArray[np.float32]
Metres = npt.NDArray[np.float64]

SPEED_OF_SOUND = 343.0
"""Metres a second, air at 20 °C."""


def impulse_response(
    chance: np.random.Generator, sample_rate: int, reverberation_seconds: float | None = None
) -> Samples:
    """What a drawn room makes of a click: (n,), the direct path 1.0 at sample 0, down to −50 dB of the tail.

    `reverberation_seconds` is T60, the time in which its lows fall by 60 dB; drawn from 0.1 to 0.8 if not given.

    - The room is a box of V = 17 to 324 m³, the speaker at a distance d of 0.25 to 2 m from the microphone.
    - One early reflection from each of the six walls: image sources at their places, weakened by d / d_i and by
      √(1 − α), with α = 0.161 V / (S T60) after Sabine. Allen and Berkley, "Image method for efficiently simulating
      small-room acoustics", J. Acoust. Soc. Am. 65(4), 1979.
    - A tail of Gaussian noise whose amplitude falls as exp(−3 ln 10 · t / T60) from √V milliseconds on (Polack,
      "La transmission de l'énergie sonore dans les salles", 1988), the highs in less time than the lows. It carries
      d² / d_c² times the energy of the direct path, where d_c = 0.057 √(Q V / T60) is the distance at which both
      are the same and Q = 2 the directivity of somebody who faces the microphone (Kuttruff, "Room Acoustics", 5.3).
    """
    drawn = float(np.exp(chance.uniform(np.log(0.1), np.log(0.8))))
    seconds = drawn if reverberation_seconds is None else reverberation_seconds
    if seconds <= 0:
        raise ValueError(f"a room of {seconds} s: reverberation_seconds must be above 0")
    sides = np.array([chance.uniform(3, 9), chance.uniform(2.5, 8), chance.uniform(2.3, 4.5)])
    microphone_at, speaker_at = _places(chance, sides)
    distance, volume = _distance(speaker_at, microphone_at), float(np.prod(sides))
    count = max(2, int(seconds * 50 / 60 * sample_rate))
    critical = 0.057 * np.sqrt(2 * volume / seconds)
    response = _tail(chance, count, sample_rate, seconds, np.sqrt(volume) / 1000) * (distance / critical)
    surface = 2 * float(sides[0] * sides[1] + sides[0] * sides[2] + sides[1] * sides[2])
    kept = float(np.sqrt(1 - min(0.95, 0.161 * volume / (surface * seconds))))
    for axis in range(3):
        for wall in (0.0, sides[axis]):
            image = speaker_at.copy()
            image[axis] = 2 * wall - speaker_at[axis]
            path = _distance(image, microphone_at)
            at = round((path - distance) / SPEED_OF_SOUND * sample_rate)
            if at < count:
                response[at] += kept * distance / path
    response[0] = 1.0
    heard: Samples = response.astype(np.float32)
    return heard


def _places(chance: np.random.Generator, sides: Metres) -> tuple[Metres, Metres]:
    """Where microphone and speaker are, (3,) each, 0.2 m from the walls at least."""
    microphone_at = sides * chance.uniform(0.25, 0.75, 3)
    direction = chance.standard_normal(3) * (1.0, 1.0, 0.3)
    away = float(np.exp(chance.uniform(np.log(0.25), np.log(2.0))))
    speaker_at = microphone_at + direction * (away / _distance(direction, np.zeros(3)))
    return microphone_at, np.clip(speaker_at, 0.2, sides - 0.2)


def _distance(a: Metres, b: Metres) -> float:
    return float(np.sqrt(np.sum((a - b) ** 2)))


def _tail(
    chance: np.random.Generator, count: int, sample_rate: int, seconds: float, mixed: float
) -> npt.NDArray[np.float64]:
    """The diffuse tail, (count,), with an energy of 1 but for its start, which fades in until `mixed` seconds."""
    time = np.arange(count) / sample_rate
    noise = chance.standard_normal(count)
    pole = np.exp(-2 * np.pi * chance.uniform(1500, 4000) / sample_rate)
    low = lfilter([1 - pole], [1, -pole], noise)
    fall = -3 * np.log(10) / seconds
    tail = low * np.exp(fall * time) + (noise - low) * np.exp(fall / chance.uniform(0.4, 0.9) * time)
    tail /= np.sqrt(np.sum(tail**2))
    faded: npt.NDArray[np.float64] = tail * np.clip(2 * time / mixed - 1, 0.0, 1.0)
    return faded


def microphone(chance: np.random.Generator, sample_rate: int) -> Samples:
    """How a drawn microphone colours: (n,) symmetric, n odd, 8 ms long, 0 dB at 1 kHz."""
    nyquist = sample_rate / 2
    low, high = chance.uniform(40, 250), chance.uniform(0.6, 1.0) * min(nyquist, 14000.0)
    drawn = chance.uniform(-5, 2, 2).tolist() + chance.uniform(-4, 6, 2).tolist() + [chance.uniform(-12, 2)]
    curve_db = dict(zip((low, 500.0, 2000.0, 4000.0, high), drawn, strict=True))
    curve_db |= {0.0: -30.0, low / 2: -15.0, 1000.0: 0.0, min(1.3 * high, nyquist): -25.0, nyquist: -30.0}
    points = sorted((hertz / nyquist, 10 ** (level / 20)) for hertz, level in curve_db.items() if hertz <= nyquist)
    taps = int(0.008 * sample_rate) | 1
    colouring: Samples = firwin2(taps, *zip(*points, strict=True)).astype(np.float32)
    return colouring


def telephone(sample_rate: int) -> Samples:
    """The band of a telephone, 300 to 3400 Hz (ITU-T G.712): (n,) symmetric, n odd, 10 ms long."""
    taps = int(0.01 * sample_rate) | 1
    edges = [300.0, min(3400.0, 0.49 * sample_rate)]
    band: Samples = firwin(taps, edges, pass_zero=False, fs=sample_rate).astype(np.float32)
    return band


def reverberated(samples: npt.NDArray[Any], response: Samples) -> Samples:
    """A voice in a room: as long as before, what rings on after the end cut off. (n,) or (channels, n)."""
    return _convolved(samples, response)[..., : samples.shape[-1]].astype(np.float32)


def filtered(samples: npt.NDArray[Any], filters: Samples) -> Samples:
    """A sound through a symmetric filter: as long as before and not delayed. (n,) or (channels, n)."""
    begin = len(filters) // 2
    return _convolved(samples, filters)[..., begin : begin + samples.shape[-1]].astype(np.float32)


def _convolved(samples: npt.NDArray[Any], filters: Samples) -> npt.NDArray[np.float64]:
    wide = samples.astype(np.float64)
    shape = (1,) * (wide.ndim - 1) + (-1,)
    convolved: npt.NDArray[np.float64] = oaconvolve(wide, filters.astype(np.float64).reshape(shape), axes=-1)
    return convolved
