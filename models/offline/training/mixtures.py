"""Voices under music and noise at 44.1 kHz, as the separation learns them: the voice and the rest apart.

Speaking and composing cost more than mixing, so a bank of utterances is spoken once and a pool of backgrounds is
kept that changes slowly. Every mix has a number, and is the same wherever it is made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic import rooms
from benchmarks.synthetic.espeak import EspeakFailed
from benchmarks.synthetic.flite import FliteMissing
from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.levels import amplitude, at_snr, at_unit_level
from benchmarks.synthetic.sentences import Part, write_sentence
from benchmarks.synthetic.speech import SilentUtterance, speak, speech_flags
from benchmarks.synthetic.voices import flite_voices, make_voices
from models.offline.training.backgrounds import draw_background, is_noise

SAMPLE_RATE = 44_100

VOICE_ALONE = 0.08
"""Share of the mixes without a background: a clean voice should come out as it went in."""
BACKGROUND_ALONE = 0.05
MUSIC, NOISE = 0.55, 0.30
"""Shares of the backgrounds; the rest is both at once."""

_BANK_LEVEL = 0.06
"""RMS of a banked voice while it speaks, as a share of 16-bit full scale."""
_PIECE_SECONDS = 12
_NOISE_EVERY = 4
_STEPS_PER_PIECE = 2
"""The pool of backgrounds takes in a new one after so many steps."""
_LONGEST_ROOM = SAMPLE_RATE // 2

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Utterances of many voices, (n,) int16 one after the other; number i ends where `starts[i + 1]` begins."""

    samples: npt.NDArray[np.int16]
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def utterance(self, index: int) -> Samples:
        """(time,) with an RMS of 1 while it speaks."""
        said = self.samples[self.starts[index] : self.starts[index + 1]]
        return said.astype(np.float32) / np.float32(_BANK_LEVEL * 32768)


def record_bank(part: Part, voices: int, utterances: int, seed: int) -> Bank:
    """Let every voice of a part speak; what a synthesiser cannot say, or one that is not installed, is left out."""
    samples = []
    for number, voice in enumerate((*make_voices(part, voices, seed), *flite_voices(part))):
        for index in range(utterances):
            chance = random.Random(f"separation {part} {seed} {number} {index}")
            grammar = GRAMMARS[voice.languages[(number + index) % len(voice.languages)]]
            try:
                said = speak(write_sentence(grammar, chance, part), voice, SAMPLE_RATE, chance).samples
            except (EspeakFailed, FliteMissing, SilentUtterance):
                continue
            samples.append(np.clip(said * (_BANK_LEVEL * 32768), -32767, 32767).astype(np.int16))
    return Bank(np.concatenate(samples), np.cumsum([0, *map(len, samples)]))


class Backgrounds:
    """Pieces of music and noise, 12 s of stereo each. `count` are held at a time, three of four of them music."""

    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._seed = seed
        self._ready: dict[int, npt.NDArray[np.float16]] = {}

    def draw(self, step: int, music: bool, length: int, chance: np.random.Generator) -> Samples:
        """A stretch of one that is held at a step, (2, length), from a piece with RMS 1."""
        first = step // _STEPS_PER_PIECE
        for number in [number for number in self._ready if number < first]:
            del self._ready[number]
        fit = [number for number in range(first, first + self._count) if is_noise(number, _NOISE_EVERY) != music]
        piece = self._piece(fit[int(chance.integers(len(fit)))])
        begin = int(chance.integers(piece.shape[1] - length + 1))
        return piece[:, begin : begin + length].astype(np.float32)

    def _piece(self, number: int) -> npt.NDArray[np.float16]:
        if number not in self._ready:
            self._ready[number] = make_background(number, self._seed, _PIECE_SECONDS * SAMPLE_RATE).astype(
                np.float16
            )
        return self._ready[number]


def make_background(number: int, seed: int, length: int) -> Samples:
    """Background `number`, (2, length), RMS 1."""
    chance = np.random.default_rng([seed, 1, number])
    return draw_background(chance, number, length, SAMPLE_RATE, noise_every=_NOISE_EVERY, channels=2)


def make_mix(bank: Bank, backgrounds: Backgrounds, seconds: float, seed: int, step: int, index: int) -> Samples:
    """Mix `index` of a training step: (2, 2, time), the voice and the rest, each in stereo. At most 12 s."""
    chance = np.random.default_rng([seed, 2, step, index])
    length = int(seconds * SAMPLE_RATE)
    voice = _in_scene(_talk(bank, length, chance), chance)
    rest = _behind(backgrounds, step, length, chance) / np.float32(amplitude(_draw_snr(chance)))
    kind = chance.random()
    if kind < VOICE_ALONE:
        rest[:] = 0.0
    elif kind < VOICE_ALONE + BACKGROUND_ALONE:
        voice[:] = 0.0
    stems = np.stack([voice, rest])
    if chance.random() < 0.1:
        taps = rooms.telephone(SAMPLE_RATE) if chance.random() < 0.4 else rooms.microphone(chance, SAMPLE_RATE)
        stems = rooms.filtered(stems.reshape(4, length), taps).reshape(2, 2, length)
    return stems


def make_test_mix(bank: Bank, background: Samples, snr_db: float | None, seed: int, index: int) -> Samples:
    """As `make_mix`, but dry, from the middle, over a given (2, time) background at a level that is exact.

    Without an `snr_db` the voice is alone.
    """
    chance = np.random.default_rng([seed, 3, index])
    length = background.shape[1]
    voice = _talk(bank, length, chance, pauses=False)
    if snr_db is None:
        rest = np.zeros_like(background)
    else:
        rest = at_snr(voice, background, snr_db, speech_flags(voice, SAMPLE_RATE), SAMPLE_RATE)
    return np.stack([np.stack([voice, voice]), rest])


def _draw_snr(chance: np.random.Generator) -> float:
    """From -6 to 15 dB, mostly around 0; now and then up to 35: hardly anything behind the voice."""
    kind = chance.random()
    if kind < 0.65:
        return float(np.clip(chance.normal(0.0, 4.0), -6.0, 15.0))
    return float(chance.uniform(-6.0, 15.0) if kind < 0.93 else chance.uniform(15.0, 35.0))


def _talk(bank: Bank, length: int, chance: np.random.Generator, pauses: bool = True) -> Samples:
    """(length,): one utterance after the other; with `pauses` also late starts, longer pauses, interruptions."""
    voice = np.zeros(length, np.float32)
    at = int(chance.uniform(-2.0, 0.7 if pauses else 0.0) * SAMPLE_RATE)
    while at < length:
        said = bank.utterance(int(chance.integers(len(bank)))) * np.float32(amplitude(chance.uniform(-2, 2)))
        _add(voice, said, at)
        if pauses and chance.random() < 0.1:
            other = bank.utterance(int(chance.integers(len(bank))))
            _add(
                voice, other * np.float32(amplitude(chance.uniform(-8, 0))), at + int(chance.uniform(0, len(said)))
            )
        at += len(said) + int(chance.exponential(0.4 if pauses else 0.15) * SAMPLE_RATE)
    return voice


def _add(voice: Samples, said: Samples, at: int) -> None:
    """Add an utterance at a sample that may lie before the start; what does not fit is cut off."""
    left, right = max(at, 0), min(at + len(said), len(voice))
    if right > left:
        voice[left:right] += said[left - at : right - at]


def _in_scene(voice: Samples, chance: np.random.Generator) -> Samples:
    """(2, time): dry and in the middle, or in a room, through a microphone, to one side."""
    stereo = np.stack([voice, voice])
    if chance.random() < 0.4:
        left = rooms.impulse_response(chance, SAMPLE_RATE)[:_LONGEST_ROOM]
        stereo[:] = rooms.reverberated(voice, left)
        if chance.random() < 0.2:
            stereo[1] = rooms.reverberated(voice, rooms.impulse_response(chance, SAMPLE_RATE)[:_LONGEST_ROOM])
    if chance.random() < 0.25:
        stereo = rooms.filtered(stereo, rooms.microphone(chance, SAMPLE_RATE))
    if chance.random() < 0.2:
        stereo *= _panning(chance, 6.0)
    return stereo


def _behind(backgrounds: Backgrounds, step: int, length: int, chance: np.random.Generator) -> Samples:
    """(2, length) of music, noise or both, in stereo, narrowed to the middle, or to one side."""
    kind = chance.random()
    rest = backgrounds.draw(step, kind < MUSIC or kind >= MUSIC + NOISE, length, chance)
    if kind >= MUSIC + NOISE:
        rest += backgrounds.draw(step, False, length, chance) * np.float32(amplitude(chance.uniform(-10, 4)))
        rest = at_unit_level(rest)
    if chance.random() < 0.25:
        rest[:] = rest.mean(axis=0)
    if chance.random() < 0.5:
        rest = rest[::-1].copy()
    if chance.random() < 0.3:
        rest *= _panning(chance, 5.0)
    return rest


def _panning(chance: np.random.Generator, most_db: float) -> Samples:
    """(2, 1): one side louder, the other softer by as many dB."""
    side = chance.uniform(-most_db, most_db) / 2
    return np.array([[amplitude(side)], [amplitude(-side)]], np.float32)
