"""Five seconds of synthetic conversation at a time, to train the networks that tell who speaks when.

Composing a piece costs more than drawing one, so a bank of utterances is spoken once and a pool of backgrounds and
rooms is made once. Every piece has a number, and is the same wherever it is composed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from benchmarks.synthetic import rooms
from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.levels import amplitude
from benchmarks.synthetic.sentences import Part, write_backchannel, write_sentence
from benchmarks.synthetic.speech import FLAGS_PER_SECOND, SilentUtterance, speak, speech_flags
from benchmarks.synthetic.voices import make_voices
from models.offline.training.backgrounds import draw_background
from models.offline.training.checkpoints import SECONDS
from models.offline.training.runs import Run

SAMPLE_RATE = 16_000
SAMPLES = int(SECONDS * SAMPLE_RATE)
FRAMES = int(SECONDS * FLAGS_PER_SECOND)
HOP = SAMPLE_RATE // FLAGS_PER_SECOND
MOST_SPEAKERS = 3
MOST_AT_ONCE = 2

VOICES, DEV_VOICES, UTTERANCES = 1000, 60, 8

_BANK_LEVEL = 0.06
"""RMS of a banked voice while it speaks, as a share of 16-bit full scale."""
_BACKCHANNEL_SHARE = 0.15
_BACKGROUND_SECONDS = 20
_LONGEST_ROOM = SAMPLE_RATE // 2
_FFT_SIZE = next_fast_len(SAMPLES + _LONGEST_ROOM + SAMPLE_RATE // 10, real=True)

Samples = npt.NDArray[np.float32]
Example = TypeVar("Example")


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Utterances of many voices at 16 kHz, one after the other.

    `samples` (n,) int16; `flags` (n / 160,) bool: somebody speaks within these 10 ms. Utterance i covers the
    frames `starts[i]` to `starts[i + 1]`; `voices[i]` numbers its voice. A voice's utterances lie together.
    """

    samples: npt.NDArray[np.int16]
    flags: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]
    voices: npt.NDArray[np.int64]

    @property
    def voice_count(self) -> int:
        return int(self.voices[-1]) + 1

    def utterances_of(self, voice: int) -> tuple[int, int]:
        """The first utterance of a voice, and the one after its last."""
        first, last = np.searchsorted(self.voices, [voice, voice + 1])
        return int(first), int(last)


@dataclass(frozen=True, slots=True, eq=False)
class Scenery:
    """What stands behind and around voices. `backgrounds` (count, time) float32 with RMS 1; `rooms` (count, bins)
    complex64: spectra of impulse responses of rooms and microphones, for a transform of `_FFT_SIZE` samples."""

    backgrounds: Samples
    rooms: npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Five seconds. `samples` (80000,) int16 mono; `active` (3, 500) bool: who speaks in each 10 ms; `voices` (3,):
    the numbers of the speakers' voices, -1 where nobody is."""

    samples: npt.NDArray[np.int16]
    active: npt.NDArray[np.bool_]
    voices: npt.NDArray[np.int64]

    @property
    def alone(self) -> npt.NDArray[np.bool_]:
        """(3, 500): where each speaker speaks and nobody else does."""
        return np.asarray(self.active & (self.active.sum(axis=0) == 1))


def open_bank(part: Part, voices: int, utterances: int, seed: int, folder: Path | None = None) -> Bank:
    """The voices of a part, each with `utterances` in all its languages; kept in `folder` for the next run."""
    kept = folder / f"bank-{part}-{voices}-{utterances}-{seed}.npz" if folder else None
    if kept and kept.exists():
        with np.load(kept) as arrays:
            return Bank(**arrays)
    bank = record_bank(part, voices, utterances, seed)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial.npz")
        np.savez(partial, samples=bank.samples, flags=bank.flags, starts=bank.starts, voices=bank.voices)
        partial.replace(kept)
    return bank


def record_bank(part: Part, voices: int, utterances: int, seed: int) -> Bank:
    """Let every voice of a part speak; what cannot be heard is left out. Raises EspeakFailed."""
    samples, flags, owners = [], [], []
    for number, voice in enumerate(make_voices(part, voices, seed)):
        for index in range(utterances):
            chance = random.Random(f"utterance {part} {seed} {number} {index}")
            grammar = GRAMMARS[voice.languages[(number + index) % len(voice.languages)]]
            short = chance.random() < _BACKCHANNEL_SHARE
            sentence = write_backchannel(grammar, chance) if short else write_sentence(grammar, chance, part)
            try:
                said = speak(sentence, voice, SAMPLE_RATE, chance).samples
            except SilentUtterance:
                continue
            spoken = speech_flags(said, SAMPLE_RATE)
            loud = np.clip(said[: len(spoken) * HOP] * (_BANK_LEVEL * 32768), -32767, 32767)
            samples.append(loud.astype(np.int16))
            flags.append(spoken)
            owners.append(number)
    starts = np.concatenate(([0], np.cumsum([len(spoken) for spoken in flags])))
    return Bank(np.concatenate(samples), np.concatenate(flags), starts, np.array(owners))


def make_scenery(seed: int, count: int = 60) -> Scenery:
    """`count` backgrounds of 20 s, half noise and half music, and as many rooms."""
    length = _BACKGROUND_SECONDS * SAMPLE_RATE
    backgrounds = np.zeros((count, length), np.float32)
    spectra = np.zeros((count, _FFT_SIZE // 2 + 1), np.complex64)
    for index in range(count):
        chance = np.random.default_rng([seed, index])
        # Counted from 1, so that the first is noise.
        backgrounds[index] = draw_background(chance, index + 1, length, SAMPLE_RATE, noise_every=2, channels=1)[0]
        microphone = rooms.microphone(chance, SAMPLE_RATE)
        response = np.convolve(rooms.impulse_response(chance, SAMPLE_RATE)[:_LONGEST_ROOM], microphone)
        # A microphone's filter is symmetric: its middle belongs at the start.
        response = np.roll(np.append(response, np.zeros(_FFT_SIZE - len(response))), -(len(microphone) // 2))
        spectra[index] = rfft(response.astype(np.float32))
    return Scenery(backgrounds, spectra)


def make_piece(bank: Bank, scenery: Scenery, seed: int, number: int) -> Piece:
    """Piece `number` of a training with `seed`: one to three voices that take turns, interrupt and agree."""
    chance = np.random.default_rng([seed, number])
    count = int(chance.choice([1, 2, 3], p=[0.12, 0.43, 0.45]))
    voices = chance.choice(bank.voice_count, count, replace=False)
    sound, active = _talk(bank, voices, chance)
    if chance.random() < 0.04:
        sound[:], active[:] = 0.0, False
    sound = _set_in_scene(sound, scenery, chance)
    numbers = np.full(MOST_SPEAKERS, -1)
    numbers[:count] = np.where(active[:count].any(axis=1), voices, -1)
    return Piece(_quantised(sound, chance), active, numbers)


def cut_mask(alone: npt.NDArray[np.bool_], chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """What a segmentation network would keep of a speaker: (500,) flags, moved by up to 50 ms, and in three of ten
    cases one stretch of a second or two alone."""
    by = int(chance.integers(-5, 6))
    moved = np.zeros_like(alone)
    moved[max(by, 0) : FRAMES + min(by, 0)] = alone[max(-by, 0) : FRAMES - max(by, 0)]
    spoken = np.flatnonzero(moved)
    if chance.random() < 0.3 and len(spoken) > FLAGS_PER_SECOND:
        kept = int(chance.integers(FLAGS_PER_SECOND * 7 // 10, min(len(spoken), 2 * FLAGS_PER_SECOND) + 1))
        first = int(chance.integers(0, len(spoken) - kept + 1))
        moved = np.zeros_like(alone)
        moved[spoken[first : first + kept]] = True
    return moved


class Stream(Generic[Example]):
    """Batches of examples that change with the steps of a training.

    Of the `held` examples that a step may draw from, `fresh` are new at each, so that each is seen `batch / fresh`
    times and what `make` does, given an example's number, costs less. A training that is resumed goes on with the
    examples that it would have seen.
    """

    def __init__(
        self, make: Callable[[int], Example], seed: int, *, batch: int, fresh: int, held: int = 1024
    ) -> None:
        self.make = make
        self.seed = seed
        self.batch = batch
        self.fresh = fresh
        self.held = held
        self._ready: dict[int, Example] = {}

    def examples(self, step: int) -> tuple[Example, ...]:
        """The batch of a step."""
        first = step * self.fresh
        for number in [number for number in self._ready if number < first]:
            del self._ready[number]
        chance = np.random.default_rng([self.seed, 1, step])
        return tuple(self._example(int(number)) for number in first + chance.choice(self.held, self.batch, False))

    def _example(self, number: int) -> Example:
        if number not in self._ready:
            self._ready[number] = self.make(number)
        return self._ready[number]


def open_stream(
    hear: Callable[[Piece], Example], part: Part, run: Run, batch: int, fresh: int, series: int = 0
) -> Stream[Example]:
    """Conversations of the voices of a part, as `hear` takes them in; another `series` is other conversations.

    Those for development are few, and the same at every test.
    """
    training = part == "train"
    bank = open_bank(part, VOICES if training else DEV_VOICES, UTTERANCES, run.seed, run.folder.parent)
    scenery = make_scenery(run.seed if training else run.seed + 1)
    seed = run.seed + series

    def make(number: int) -> Example:
        return hear(make_piece(bank, scenery, seed, number))

    if training:
        return Stream(make, seed, batch=batch, fresh=fresh)
    return Stream(make, seed, batch=batch, fresh=batch, held=batch)


def waveform(piece: Piece) -> Samples:
    """(1, 1, 80000) in [-1, 1], a batch of one."""
    return (piece.samples / np.float32(32768)).astype(np.float32)[None, None]


def _talk(
    bank: Bank, voices: npt.NDArray[np.int64], chance: np.random.Generator
) -> tuple[Samples, npt.NDArray[np.bool_]]:
    """The voices dry, (80000,), and when each speaks, (3, 500)."""
    sound = np.zeros(SAMPLES, np.float32)
    active = np.zeros((MOST_SPEAKERS, FRAMES), np.bool_)
    gains = [amplitude(chance.uniform(-4, 4)) for _ in voices]
    overlaps, hurried = chance.uniform(0.1, 0.7), chance.random() < 0.5
    at = -int(chance.uniform(0, 250)) if chance.random() < 0.75 else int(chance.uniform(0, 200))
    speaker = 0
    while at < FRAMES:
        first, last = bank.utterances_of(int(voices[speaker]))
        utterance = int(chance.integers(first, last))
        begin, end = int(bank.starts[utterance]), int(bank.starts[utterance + 1])
        if hurried and end - begin > 90:
            length = int(chance.integers(70, min(end - begin, 260) + 1))
            begin += int(chance.integers(0, end - begin - length + 1))
            end = begin + length
        left, right = max(at, 0), min(at + end - begin, FRAMES)
        flags = bank.flags[begin + left - at : begin + right - at]
        others = active[:, left:right].sum(axis=0)
        if right > left and not active[speaker, left:right].any() and not (others[flags] >= MOST_AT_ONCE).any():
            active[speaker, left:right] = flags
            said = bank.samples[(begin + left - at) * HOP : (begin + right - at) * HOP].astype(np.float32)
            sound[left * HOP : right * HOP] += _faded(said) * np.float32(gains[speaker] / 32768)
        following = speaker
        if len(voices) > 1 and chance.random() < 0.65:
            following = (speaker + int(chance.integers(1, len(voices)))) % len(voices)
        at = _next_start(at, end - begin, overlaps if following != speaker else 0.0, chance)
        speaker = following
    return sound, active


def _next_start(at: int, length: int, overlaps: float, chance: np.random.Generator) -> int:
    """The frame in which the next utterance begins: before the last one ends, soon after it, or after a silence."""
    kind = chance.random()
    if kind < overlaps:
        return at + max(10, length - int(chance.uniform(10, 150)))
    if kind < 0.88:
        return at + length + int(chance.exponential(25))
    return at + length + int(chance.uniform(80, 350))


def _faded(said: Samples) -> Samples:
    """Without clicks where an utterance was cut: 5 ms up, 5 ms down."""
    edge = HOP // 2
    if len(said) > 2 * edge:
        slope = np.linspace(0, 1, edge, dtype=np.float32)
        said[:edge] *= slope
        said[-edge:] *= slope[::-1]
    return said


def _set_in_scene(sound: Samples, scenery: Scenery, chance: np.random.Generator) -> Samples:
    """Put the voices into a room, half of the time, and a background under them, four times of five."""
    if chance.random() < 0.5:
        room = scenery.rooms[int(chance.integers(len(scenery.rooms)))]
        sound = irfft(rfft(sound, _FFT_SIZE) * room, _FFT_SIZE)[:SAMPLES]
    if chance.random() < 0.8:
        background = scenery.backgrounds[int(chance.integers(len(scenery.backgrounds)))]
        first = int(chance.integers(len(background) - SAMPLES))
        level = _BANK_LEVEL * amplitude(-chance.uniform(3, 35))
        sound = sound + background[first : first + SAMPLES] * np.float32(level)
    return sound


def _quantised(sound: Samples, chance: np.random.Generator) -> npt.NDArray[np.int16]:
    """16-bit samples, up to 10 dB louder or softer."""
    loud = sound * np.float32(32768 * amplitude(chance.uniform(-10, 10)))
    return np.asarray(np.clip(np.rint(loud), -32767, 32767), np.int16)
