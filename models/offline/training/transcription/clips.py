"""The sentences that the recogniser learns from, made in shards as the training needs them.

A shard is a function of its number. It is kept in the run's folder, so that a training that goes on need not speak
it again, and can be deleted at any time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.flite import FliteMissing
from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import Sentence, write_backchannel, write_sentence
from benchmarks.synthetic.speech import SilentUtterance, Utterance, speak
from benchmarks.synthetic.voices import Voice, flite_voices, make_voices
from core.types import LANGUAGES, Language
from models.offline.training.runs import made_once

SAMPLE_RATE = 16_000
SHARD_CLIPS = 1000

CASTS, CAST_VOICES = 6, 150
"""In each cast three in ten voices wear a variant that espeak-ng brings, as in the other parts of the corpus."""
_FLITE_SHARE = 0.12
"""Of the English clips."""
_BACKCHANNELS = 0.05
_MARK_SECONDS = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One sentence that somebody says: (n,) int16 at 16 kHz.

    `spans` (characters, 2) float32: when each character of `text` is said, seconds from the clip's start; (0, 2)
    where the synthesiser does not tell. `phones` are (symbol without stress, start).
    """

    language: Language
    voice: str
    text: str
    samples: npt.NDArray[np.int16]
    spans: npt.NDArray[np.float32]
    phones: tuple[tuple[str, float], ...]


def read_shard(folder: Path, number: int) -> list[Clip]:
    """The clips of one shard, made first if they are not in the folder yet."""
    return made_once(folder / f"clips-{number:03d}.pickle", lambda: make_shard(number))


def make_shard(number: int, count: int = SHARD_CLIPS) -> list[Clip]:
    """`count` clips in four languages, by voices of the training part. Without flite, all by espeak-ng."""
    chance = random.Random(f"clips {number}")
    voices = [voice for cast in range(CASTS) for voice in make_voices("train", CAST_VOICES, seed=cast)]
    others: Sequence[Voice] = flite_voices("train")
    clips: list[Clip] = []
    while len(clips) < count:
        language = LANGUAGES[len(clips) % len(LANGUAGES)]
        backchannel = chance.random() < _BACKCHANNELS
        sentence = (
            write_backchannel(GRAMMARS[language], chance)
            if backchannel
            else write_sentence(GRAMMARS[language], chance, "train")
        )
        flite = language == "en" and chance.random() < _FLITE_SHARE
        voice = chance.choice(others) if flite else chance.choice(voices)
        try:
            clips.append(_clip(sentence, voice, chance))
        except FliteMissing:
            others = voices
        except SilentUtterance:
            continue
    return clips


def _clip(sentence: Sentence, voice: Voice, chance: random.Random) -> Clip:
    said = speak(sentence, voice, SAMPLE_RATE, chance)
    text = "".join(piece.written for piece in sentence.pieces)
    peak = float(np.abs(said.samples).max())
    return Clip(
        language=sentence.language,
        voice=voice.name,
        text=text,
        samples=np.round(said.samples / peak * 30_000).astype(np.int16),
        spans=_character_spans(said, text),
        phones=tuple((phone.symbol.strip("ˈˌ"), phone.start) for phone in said.phones if "(" not in phone.symbol),
    )


def _character_spans(said: Utterance, text: str) -> npt.NDArray[np.float32]:
    """The letters of a piece share its time; a mark is at its end, a space at its start."""
    spans: list[tuple[float, float]] = []
    for word in said.words:
        letters = sum(character.isalnum() or character == "'" for character in word.text) or 1
        step, done = (word.end - word.start) / letters, 0
        for character in word.text:
            if character.isalnum() or character == "'":
                spans.append((word.start + done * step, word.start + (done + 1) * step))
                done += 1
            elif character == " ":
                spans.append((word.start, word.start + step))
            else:
                spans.append((word.end - _MARK_SECONDS, word.end))
    assert not spans or len(spans) == len(text)
    return np.array(spans, np.float32).reshape(-1, 2)
