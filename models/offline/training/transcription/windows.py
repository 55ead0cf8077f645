"""Training windows of ten seconds: sentences with pauses, behind noise or music, as the pipeline would cut them.

What the decoder should write carries when it is said, so that its attention can be told where to look.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.synthetic.rooms import impulse_response, reverberated
from core.types import LANGUAGES, Language
from models.offline.training.backgrounds import draw_background
from models.offline.training.transcription.clips import SAMPLE_RATE, Clip, read_shard
from models.offline.training.transcription.network import FRAMES, MELS, POSITIONS
from models.offline.training.transcription.separated import STREAM_WINDOWS, Placed, Stored, read_separated
from models.offline.training.transcription.tokens import Tokens

SECONDS = 10.0
IGNORED = -100
"""A label that no loss counts, as in torch's cross entropy."""

LAST_SHARD = 47
WINDOWS_PER_SHARD = 800
"""A new shard of clips comes in after so many windows, until all have come."""

LAST_SEPARATED_SHARD = 19
WINDOWS_PER_SEPARATED_SHARD = 1600
SEPARATED_SHARE = 0.4
"""Of the windows, once separated ones come in."""

_BACKGROUNDS, _BACKGROUND_SECONDS, _ROOMS = 96, 15, 60
_LANGUAGE_WEIGHTS = [1.5 if language == "en" else 1.0 for language in LANGUAGES]
"""English spelling takes longest to learn."""
_EMPTY, _HOTWORDS, _WITHOUT_TIMES, _CUT = 0.03, 0.08, 0.35, 0.2
_CLEAN, _IN_A_ROOM = 0.5, 0.45
_NOISE_DB = (8.0, 35.0, 20.0)
_HISS_DB = (65.0, 40.0)
_LONGEST_TEXT = 440

Samples = npt.NDArray[np.float32]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One training example.

    `spectrogram` (MELS, FRAMES) float32. `phones` and `tokens_by_frame` (POSITIONS,) int64: what is said at each
    encoder position. `tokens` go into the decoder, `labels` should come out, `spans` (length, 2) are the first
    position where each label is said and the one behind it, (-1, -1) where that is not known.
    """

    spectrogram: Tensor
    phones: npt.NDArray[np.int64]
    tokens_by_frame: npt.NDArray[np.int64]
    tokens: tuple[int, ...]
    labels: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Coded:
    """A clip with its tokens: (id, start, end) in seconds from the clip's start; times are NaN if not known."""

    clip: Clip
    tokens: tuple[tuple[int, float, float], ...]

    @property
    def duration(self) -> float:
        return len(self.clip.samples) / SAMPLE_RATE


@dataclass(slots=True)
class _Label:
    token: int
    span: Span | None


class Composer:
    """Makes window after window of one training; window number n is the same in every run of a seed."""

    def __init__(
        self, folder: Path, tokens: Tokens, phones: Sequence[str], seed: int, separated_from: int | None = None
    ) -> None:
        """From window `separated_from` on some are separated ones; never if it is None."""
        self._folder, self._tokens, self._seed, self._separated_from = folder, tokens, seed, separated_from
        self._phones = {symbol: index for index, symbol in enumerate(phones)}
        self._clips: dict[Language, list[_Coded]] = {language: [] for language in LANGUAGES}
        self._shards = 0
        self._separated: list[Stored] = []
        self._separated_shards = 0
        self._spectrogram = Spectrogram()
        self._background = cache(lambda n: _make_background(seed, n))
        self._room = cache(lambda n: impulse_response(np.random.default_rng([seed, 2, n]), SAMPLE_RATE))

    def window(self, number: int) -> Window:
        """Window `number`."""
        while self._shards <= min(LAST_SHARD, number // WINDOWS_PER_SHARD):
            self._take(read_shard(self._folder, self._shards))
            self._shards += 1
        chance = random.Random(f"window {self._seed} {number}")
        (language,) = chance.choices(LANGUAGES, _LANGUAGE_WEIGHTS)
        if chance.random() < _EMPTY:
            return self._empty(language, chance)
        if self._separated_from is not None and number >= self._separated_from:
            self._take_separated((number - self._separated_from) // WINDOWS_PER_SEPARATED_SHARD)
            if chance.random() < SEPARATED_SHARE:
                return self._stored(chance.choice(self._separated), chance)
        return self._spoken(language, chance)

    def _take(self, clips: Sequence[Clip]) -> None:
        for clip in clips:
            self._clips[clip.language].append(_Coded(clip, _timed_tokens(clip, self._tokens)))

    def _take_separated(self, shard: int) -> None:
        while self._separated_shards <= min(LAST_SEPARATED_SHARD, shard):
            self._separated += read_separated(self._folder, self._seed, self._separated_shards, self._to_separate)
            self._separated_shards += 1

    def _to_separate(self, number: int) -> tuple[Language, Placed]:
        """Clips laid into window `number` of those to be separated; a stream of six is in one language."""
        chance = random.Random(f"separated {self._seed} {number}")
        language = LANGUAGES[number // STREAM_WINDOWS % len(LANGUAGES)]
        pool = self._clips[language]
        placed = [(at, coded) for at, coded in self._place(language, chance) if at + coded.duration < SECONDS]
        voice = self._laid(placed, chance)
        if chance.random() < _IN_A_ROOM:
            voice = reverberated(voice, self._room(chance.randrange(_ROOMS)))
        return language, Placed(tuple((at, pool.index(coded)) for at, coded in placed), voice)

    def _stored(self, stored: Stored, chance: random.Random) -> Window:
        placed = [(at, self._clips[stored.language][number]) for at, number in stored.places]
        sound = stored.samples.astype(np.float32) / np.float32(32768)
        hiss = self._noise(len(sound), chance) * np.float32(10 ** (chance.uniform(-90, -60) / 20))
        return self._window(stored.language, placed, sound + hiss, SECONDS, chance)

    def _empty(self, language: Language, chance: random.Random) -> Window:
        """Nobody speaks: nothing is to be written."""
        sound = self._noise(int(chance.uniform(1, SECONDS) * SAMPLE_RATE), chance) * 10 ** chance.uniform(-4, -1)
        special = self._tokens.special
        if chance.random() < 0.6:
            said = [_Label(special("nospeech"), None)]
        else:
            said = [_Label(special(language), None), _Label(special("transcribe"), None)]
            said += [_Label(special("notimestamps"), None), _Label(special("endoftext"), None)]
        nothing = np.full(POSITIONS, IGNORED, np.int64)
        phones = np.zeros(POSITIONS, np.int64)
        phones[-1] = IGNORED
        return self._labelled(self._spectrogram.of(sound, chance), phones, nothing, [], said)

    def _spoken(self, language: Language, chance: random.Random) -> Window:
        placed = self._place(language, chance)
        sound = self._laid(placed, chance)
        end = max(min(SECONDS, at + coded.duration) for at, coded in placed)
        length = SECONDS if chance.random() < 0.1 else min(SECONDS, end + chance.uniform(0.0, 0.4))
        sound = self._heard(sound[: int(length * SAMPLE_RATE)], chance)
        return self._window(language, placed, sound, length, chance)

    def _window(
        self,
        language: Language,
        placed: Sequence[tuple[float, _Coded]],
        sound: Samples,
        length: float,
        chance: random.Random,
    ) -> Window:
        phones, by_frame = self._frames(placed)
        said = self._written(placed, language, length, chance)
        before = self._hotwords(language, chance) if chance.random() < _HOTWORDS else []
        return self._labelled(self._spectrogram.of(sound, chance), phones, by_frame, before, said)

    def _place(self, language: Language, chance: random.Random) -> list[tuple[float, _Coded]]:
        """Clips and where they begin: in one voice or two; now and then the window cuts the first or the last."""
        pool = self._clips[language]
        count = chance.choice((1, 2, 3, 9, 9, 9, 9, 9))
        first = chance.choice(pool)
        at = chance.uniform(0.02, 0.4) if chance.random() < 0.9 else chance.uniform(0.4, 2.0)
        if chance.random() < _CUT * 0.5 and len(first.tokens) > 6:
            at = -_cut_time(first, chance.uniform(0.2, 0.6))
        placed: list[tuple[float, _Coded]] = []
        coded = first
        while len(placed) < count:
            if at + coded.duration > SECONDS - 0.02 and (not placed or chance.random() > _CUT or at > 9.0):
                break
            placed.append((at, coded))
            at += coded.duration + chance.choice((chance.uniform(0.05, 0.4), chance.uniform(0.2, 0.9)))
            if at > SECONDS:
                break
            coded = self._next(pool, first, chance)
        return placed or [(0.1, min((chance.choice(pool) for _ in range(8)), key=lambda one: one.duration))]

    def _laid(self, placed: Sequence[tuple[float, _Coded]], chance: random.Random) -> Samples:
        """Ten seconds of the clips where they belong, each at a level of its own."""
        sound = np.zeros(int(SECONDS * SAMPLE_RATE), np.float32)
        for at, coded in placed:
            _lay(sound, coded.clip.samples, at, 10 ** (chance.uniform(-4, 2) / 20) / 32768)
        return sound

    def _next(self, pool: Sequence[_Coded], first: _Coded, chance: random.Random) -> _Coded:
        """A clip of the same voice if one is found soon; speakers change within a window, too."""
        for _ in range(4):
            coded = chance.choice(pool)
            if coded.clip.voice == first.clip.voice:
                break
        return coded

    def _heard(self, sound: Samples, chance: random.Random) -> Samples:
        """A voice in a room, with noise or music behind it."""
        if chance.random() < _IN_A_ROOM:
            sound = reverberated(sound, self._room(chance.randrange(_ROOMS)))
        level = float(np.sqrt(np.mean(sound**2)) + 1e-9)
        ratio_db = chance.uniform(*_HISS_DB) if chance.random() < _CLEAN else chance.triangular(*_NOISE_DB)
        return sound + self._noise(len(sound), chance) * np.float32(level * 10 ** (-ratio_db / 20))

    def _noise(self, length: int, chance: random.Random) -> Samples:
        """A background with an RMS of about 1."""
        background = self._background(chance.randrange(_BACKGROUNDS))
        at = chance.randrange(len(background))
        if chance.random() < 0.2:
            background = background + np.roll(self._background(chance.randrange(_BACKGROUNDS)), at)
        return np.resize(np.roll(background, -at), length)

    def _frames(
        self, placed: Sequence[tuple[float, _Coded]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        phones, tokens = np.zeros(POSITIONS, np.int64), np.full(POSITIONS, IGNORED, np.int64)
        phones[-1] = IGNORED
        for at, coded in placed:
            last = _position(at + coded.duration)
            if not coded.clip.phones:
                phones[max(0, _position(at)) : max(0, last)] = IGNORED
            ends = [*(start for _, start in coded.clip.phones[1:]), coded.duration]
            for (symbol, start), end in zip(coded.clip.phones, ends, strict=False):
                phones[_inside(at + start, at + end)] = self._phones.get(symbol, 0)
            for token, start, end in coded.tokens:
                if end - start > 0.05:
                    tokens[_inside(at + start, at + end)] = token
        return phones, tokens

    def _written(
        self, placed: Sequence[tuple[float, _Coded]], language: Language, length: float, chance: random.Random
    ) -> list[_Label]:
        """What is to be written; of a sentence that the window cuts, the words that are whole in it."""
        special = self._tokens.special
        said = [_Label(special(language), None), _Label(special("transcribe"), None)]
        timed = chance.random() >= _WITHOUT_TIMES
        if not timed:
            said.append(_Label(special("notimestamps"), None))
        for at, coded in placed:
            spoken = [
                _Label(token, None if np.isnan(start) else (at + start, at + end))
                for token, start, end in coded.tokens
                if np.isnan(start) or (at + start >= -0.06 and at + end <= length + 0.06)
            ]
            if not spoken:
                continue
            start, end = max(0.0, at), min(length, at + coded.duration)
            if timed:
                said.append(_Label(self._tokens.time(start), (start - 0.05, start + 0.1)))
            said += spoken
            if timed:
                said.append(_Label(self._tokens.time(end), (end - 0.1, end + 0.05)))
        return [*said, _Label(special("endoftext"), None)]

    def _hotwords(self, language: Language, chance: random.Random) -> list[int]:
        """What the pipeline puts before a window when a project has a glossary: some words that may be said."""
        ids: list[int] = [self._tokens.special("startofprev")]
        for _ in range(chance.randint(1, 6)):
            tokens = chance.choice(self._clips[language]).tokens
            at = chance.randrange(len(tokens))
            ids += [token for token, _, _ in tokens[at : at + chance.randint(2, 6)]]
        return ids

    def _labelled(
        self,
        spectrogram: Tensor,
        phones: npt.NDArray[np.int64],
        by_frame: npt.NDArray[np.int64],
        before: Sequence[int],
        said: Sequence[_Label],
    ) -> Window:
        """What comes before the text, and the tasks that the library sets itself, are no labels."""
        given = {self._tokens.special(name) for name in ("transcribe", "notimestamps")}
        tokens = [*before, self._tokens.special("startoftranscript"), *(label.token for label in said)]
        labels = [IGNORED] * len(before) + [IGNORED if one.token in given else one.token for one in said]
        spans = [(-1, -1)] * len(before) + [
            (-1, -1) if one.span is None or one.token in given else _wide(one.span) for one in said
        ]
        return Window(
            spectrogram=spectrogram,
            phones=phones,
            tokens_by_frame=by_frame,
            tokens=tuple(tokens[:-1][:_LONGEST_TEXT]),
            labels=tuple(labels[:_LONGEST_TEXT]),
            spans=tuple(spans[:_LONGEST_TEXT]),
        )


class Spectrogram:
    """Log-mel spectrograms as faster-whisper makes them, now and then coloured as by another microphone."""

    def __init__(self) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        self._filters = torch.from_numpy(FeatureExtractor.get_mel_filters(SAMPLE_RATE, 400, MELS).astype("float32"))
        self._window = torch.hann_window(400)

    def of(self, sound: Samples, chance: random.Random) -> Tensor:
        """(n,) samples of at most ten seconds → (MELS, FRAMES); what lies behind the sound is 0."""
        if len(sound) < 400:
            sound = np.pad(sound, (0, 400 - len(sound)))
        waves = torch.from_numpy(np.ascontiguousarray(sound, np.float32))
        spectrum = torch.stft(
            waves, 400, 160, window=self._window, center=True, pad_mode="reflect", return_complex=True
        )
        energy = self._filters @ (spectrum[:, :-1].abs() ** 2)
        if chance.random() < 0.5:
            energy = energy * _colour(chance)[:, None]
        loud = energy.clamp(min=1e-10).log10()
        scaled = (torch.maximum(loud, loud.max() - 8.0) + 4.0) / 4.0
        padded = torch.zeros(MELS, FRAMES)
        count = min(FRAMES - 4, scaled.shape[1])
        padded[:, :count] = scaled[:, :count]
        return padded


def batches(
    composer: Composer, first: int, size: int, together: int = 4
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]]:
    """Endless batches from step `first` on: (spectrograms, phones, tokens by frame, tokens, labels, spans).

    Windows of `together` batches are sorted by the length of their text, so that little is padding; a training
    should be resumed at a multiple of `together`.
    """
    step = first - first % together
    while True:
        windows = [composer.window(number) for number in range(step * size, (step + together) * size)]
        windows.sort(key=lambda window: len(window.tokens))
        order = list(range(together))
        random.Random(step).shuffle(order)
        for index in order:
            yield _collated(windows[index * size : (index + 1) * size])
        step += together


def _collated(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    longest = max(len(window.tokens) for window in windows)
    tokens = torch.zeros(len(windows), longest, dtype=torch.long)
    labels = torch.full((len(windows), longest), IGNORED)
    spans = torch.full((len(windows), longest, 2), -1)
    for row, window in enumerate(windows):
        tokens[row, : len(window.tokens)] = torch.tensor(window.tokens)
        labels[row, : len(window.labels)] = torch.tensor(window.labels)
        spans[row, : len(window.spans)] = torch.tensor(window.spans)
    return (
        torch.stack([window.spectrogram for window in windows]),
        torch.from_numpy(np.stack([window.phones for window in windows])),
        torch.from_numpy(np.stack([window.tokens_by_frame for window in windows])),
        tokens,
        labels,
        spans,
    )


def _timed_tokens(clip: Clip, tokens: Tokens) -> tuple[tuple[int, float, float], ...]:
    if not len(clip.spans):
        return tuple((token, float("nan"), float("nan")) for token, _, _ in tokens.encode(clip.text))
    last = len(clip.text) - 1
    return tuple(
        (token, float(clip.spans[min(start, last)][0]), float(clip.spans[max(start, min(end, last + 1) - 1)][1]))
        for token, start, end in tokens.encode(clip.text)
    )


def _cut_time(coded: _Coded, share: float) -> float:
    """A time within a clip at which one token ends and the next begins; 0.0 if the times are not known."""
    start = coded.tokens[int(share * len(coded.tokens))][1]
    return 0.0 if np.isnan(start) else start


def _lay(sound: Samples, samples: npt.NDArray[np.int16], at: float, gain: float) -> None:
    """Add a clip at a time that may lie before the window's start; what reaches beyond it is cut."""
    first = int(at * SAMPLE_RATE)
    skipped = max(0, -first)
    first = max(0, first)
    count = min(len(samples) - skipped, len(sound) - first)
    sound[first : first + count] += samples[skipped : skipped + count] * np.float32(gain)


def _colour(chance: random.Random) -> Tensor:
    """(MELS,) factors on the energy: a tilt and a smooth curve of at most some decibels."""
    bands = torch.linspace(-1, 1, MELS)
    decibels = bands * chance.gauss(0, 4)
    for waves in (1, 2, 3):
        decibels = decibels + torch.sin(bands * waves * 1.6 + chance.uniform(0, 6.28)) * chance.gauss(0, 1.5)
    return 10 ** (decibels / 10)


def _make_background(seed: int, number: int) -> Samples:
    """(n,) float32, RMS 1."""
    chance, length = np.random.default_rng([seed, 1, number]), _BACKGROUND_SECONDS * SAMPLE_RATE
    background: Samples = draw_background(chance, number, length, SAMPLE_RATE, noise_every=2, channels=1)[0]
    return background


def _position(seconds: float) -> int:
    return round(seconds * 50)


def _inside(start: float, end: float) -> slice:
    return slice(max(0, _position(start)), max(0, min(POSITIONS - 1, _position(end))))


def _wide(span: Span) -> tuple[int, int]:
    """Positions of a span, one more before it and two behind."""
    first = min(max(0, int(span[0] * 50) - 1), POSITIONS - 3)
    return first, max(first + 1, min(POSITIONS - 2, int(span[1] * 50) + 2))
