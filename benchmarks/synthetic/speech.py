"""A sentence in somebody's voice: samples, and when each word and phone begins and ends."""

from __future__ import annotations

import bisect
import random
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from benchmarks.synthetic import espeak, flite
from benchmarks.synthetic.sentences import Piece, Sentence
from benchmarks.synthetic.voices import Voice
from core.types import Language

Samples = npt.NDArray[np.float32]

FLAGS_PER_SECOND = 100

_LEAD, _TAIL = 0.010, 0.020
_AUDIBLE = 0.004
_INNER_PAUSE = 0.06
_FILLED_PAUSE = 0.25
_FLAG_LEVEL = 0.02
_AT_ONCE, _EARLY = 0.005, 0.06
"""A Korean word event comes at most 5 ms after its first phone, and less than 60 ms before it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a sentence as it is written; seconds from the utterance's start. Pauses after it are not in it."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Phone:
    """What the synthesiser says from `start` on (IPA); a pause has no symbol."""

    symbol: str
    start: float


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """What one voice says in one go: (n,) float32 mono with an RMS of 1 while it speaks.

    10 ms before the first sound and 20 ms after the last are kept. `words` and `phones` are empty for flite, which
    does not tell them.
    """

    language: Language
    text: str
    voice: Voice
    samples: Samples
    sample_rate: int
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]

    @property
    def duration(self) -> float:
        return len(self.samples) / self.sample_rate


class SilentUtterance(RuntimeError):
    """The synthesiser said nothing that can be heard."""


def speak(sentence: Sentence, voice: Voice, sample_rate: int, chance: random.Random) -> Utterance:
    """Say a sentence; `chance` varies rate and pitch a little, as a person does.

    Raises EspeakFailed, FliteMissing, SilentUtterance.
    """
    rate_change, pitch_change = chance.uniform(0.92, 1.1), chance.randint(-5, 5)
    if voice.engine == "flite":
        text = " ".join(piece.spoken for piece in sentence.pieces)
        said, rate = flite.say(text, voice.variant, 1 / rate_change)
        starts: list[float] = []
        phones: list[tuple[str, float]] = []
    else:
        text, offsets = _join(sentence.pieces)
        answer = espeak.say(
            espeak.Request(
                text=text,
                accent=voice.accents[sentence.language],
                variant=voice.variant,
                words_per_minute=round(voice.words_per_minute * rate_change),
                pitch=max(0, min(99, voice.pitch + pitch_change)),
                pitch_range=voice.pitch_range,
            )
        )
        said, rate = answer.samples, espeak.SAMPLE_RATE
        starts, phones = _starts(sentence, answer, offsets), list(answer.phones)
    first, last = _sounding(said, rate, text)
    samples = _resampled(said[first:last], rate * voice.factor, sample_rate)
    to_utterance = 1 / voice.factor
    shift = first / rate
    end = len(samples) / sample_rate
    moved = [Phone(symbol, max(0.0, (time - shift) * to_utterance)) for symbol, time in phones]
    words = _words(sentence.pieces, [max(0.0, (time - shift) * to_utterance) for time in starts], moved, end)
    return Utterance(sentence.language, sentence.text, voice, samples, sample_rate, words, tuple(moved))


def speech_flags(samples: Samples, sample_rate: int) -> npt.NDArray[np.bool_]:
    """(frames,) of 10 ms: somebody speaks. Pauses under 250 ms count as speech, as RTTM annotators do.

    `samples` is a clean voice; a frame counts from 2 % of the loudest frame's level on.
    """
    hop = sample_rate // FLAGS_PER_SECOND
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1)) if len(frames) else np.zeros(0)
    flags: npt.NDArray[np.bool_] = levels > max(_FLAG_LEVEL * levels.max(initial=0.0), 1e-6)
    sounding = np.flatnonzero(flags)
    gaps = np.diff(sounding)
    for index in np.flatnonzero((gaps > 1) & (gaps <= _FILLED_PAUSE * FLAGS_PER_SECOND)):
        flags[sounding[index] : sounding[index + 1]] = True
    return flags


def _join(pieces: tuple[Piece, ...]) -> tuple[str, list[int]]:
    """The text for the synthesiser, and where each piece begins in it."""
    offsets, text = [], ""
    for piece in pieces:
        text += " " if text else ""
        offsets.append(len(text))
        text += piece.spoken
    return text, offsets


def _starts(sentence: Sentence, answer: espeak.Answer, offsets: list[int]) -> list[float]:
    """When each piece begins.

    The synthesiser runs some words together (`in the`) and tells no word that begins with ㄴ or ㅁ. Such a piece
    begins behind the pause that its sentence makes before it, or gets its share of the time by its letters, moved
    to the nearest phone, in Korean to the nearest nasal.
    """
    korean = sentence.language == "ko"
    known: dict[int, float] = {}
    for offset, time in answer.words:
        index = max(0, bisect.bisect_right(offsets, offset) - 1)
        known.setdefault(index, _first_phone(answer, time) if korean else time)
    known[0] = 0.0
    end = len(answer.samples) / espeak.SAMPLE_RATE
    ends = [offset + len(piece.spoken) for offset, piece in zip(offsets, sentence.pieces, strict=True)]
    stops: dict[int, float] = {}
    for index in range(1, len(offsets)):
        if sentence.pieces[index - 1].spoken[-1] in ",.?":
            left = max(time for one, time in known.items() if one < index)
            right = known.get(index, min((time for one, time in known.items() if one > index), default=end))
            if pause := _first_pause(answer, left, right + _AT_ONCE):
                stops[index - 1], known[index] = pause[0], known.get(index, pause[1])
    starts: list[float] = []
    for index, offset in enumerate(offsets):
        if index in known:
            starts.append(known[index])
            continue
        before = max(one for one in known if one < index)
        after = min((one for one in known if one > index), default=len(offsets))
        last = min((one for one in stops if index <= one < after), default=after - 1)
        left, right = known[before], stops.get(last, known.get(after, end))
        guess = left + (right - left) * (offset - offsets[before]) / (ends[last] - offsets[before])
        starts.append(_nearest_phone(answer, guess, starts[-1], right, nasal=korean))
    return starts


def _first_phone(answer: espeak.Answer, time: float) -> float:
    """The start of the phone that a Korean word event stands for: the synthesiser tells it up to 50 ms early."""
    near = (start for symbol, start in answer.phones if symbol and time - _AT_ONCE < start < time + _EARLY)
    return min(near, default=time)


def _first_pause(answer: espeak.Answer, left: float, right: float) -> tuple[float, float] | None:
    """When the first pause between two times begins and ends."""
    for (symbol, start), (_, following) in zip(answer.phones, answer.phones[1:], strict=False):
        if not symbol and left < start and following < right and following - start >= _INNER_PAUSE:
            return start, following
    return None


def _nearest_phone(answer: espeak.Answer, guess: float, left: float, right: float, *, nasal: bool) -> float:
    """The start of a phone strictly between two times that is nearest to a guess; the guess if there is none."""
    between = [(symbol, time) for symbol, time in answer.phones if left < time < right and symbol]
    wanted = [time for symbol, time in between if not nasal or symbol[0] in "nmɲŋ"]
    return min(wanted or [time for _, time in between], key=lambda time: abs(time - guess), default=guess)


def _words(pieces: tuple[Piece, ...], starts: list[float], phones: list[Phone], end: float) -> tuple[Word, ...]:
    """Each piece lasts until the next begins, or until the pause before it."""
    words = []
    for index, start in enumerate(starts):
        stop = starts[index + 1] if index + 1 < len(starts) else end
        for phone, following in zip(phones, [*phones[1:], Phone("", end)], strict=True):
            inside = start < phone.start < stop
            if inside and not phone.symbol and following.start - phone.start >= _INNER_PAUSE:
                stop = phone.start
        words.append(Word(pieces[index].written, start, stop))
    return tuple(words)


def _sounding(said: npt.NDArray[np.int16], rate: int, text: str) -> tuple[int, int]:
    """First and last sample to keep."""
    loud = np.abs(said.astype(np.int32))
    heard = np.flatnonzero(loud > max(_AUDIBLE * loud.max(initial=0), 20))
    if len(heard) < rate // 50:
        raise SilentUtterance(f"nothing to hear in {text!r}")
    return max(0, int(heard[0]) - int(_LEAD * rate)), min(len(said), int(heard[-1]) + int(_TAIL * rate))


def _resampled(said: npt.NDArray[np.int16], rate: float, sample_rate: int) -> Samples:
    ratio = Fraction(sample_rate / rate).limit_denominator(400)
    sound = resample_poly(said.astype(np.float64), ratio.numerator, ratio.denominator)
    speech = speech_flags(sound.astype(np.float32), sample_rate)
    hop = sample_rate // FLAGS_PER_SECOND
    spoken = sound[: len(speech) * hop][np.repeat(speech, hop)]
    level = np.sqrt(np.mean(spoken**2)) if len(spoken) else np.sqrt(np.mean(sound**2))
    normal: Samples = (sound / level).astype(np.float32)
    return normal
