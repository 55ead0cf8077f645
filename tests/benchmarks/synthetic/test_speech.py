"""Utterances: what is heard lies where the truth says that it is said."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from benchmarks.synthetic.speech import Utterance, speak
from benchmarks.synthetic.voices import make_voices
from core.types import LANGUAGES, Language

RATE = 16_000
FRAME = RATE // 200
VOICES = make_voices("train", 24)


def spoken(language: Language, seed: int) -> Utterance:
    chance = random.Random(f"{language} {seed}")
    return speak(write_sentence(GRAMMARS[language], chance, "train"), VOICES[seed % len(VOICES)], RATE, chance)


def levels(said: Utterance) -> npt.NDArray[np.float64]:
    """RMS of frames of 5 ms."""
    frames = said.samples[: len(said.samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    return np.sqrt(np.mean(frames**2, axis=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_spell_the_sentence_and_follow_one_another(language: Language) -> None:
    for seed in range(24):
        said = spoken(language, seed)

        assert "".join(word.text for word in said.words).strip() == said.text
        assert all(word.start < word.end for word in said.words)
        assert all(one.end <= two.start + 1e-6 for one, two in zip(said.words, said.words[1:], strict=False))
        assert said.words[-1].end <= said.duration + 1e-6


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_after_a_pause_begins_where_sound_begins(language: Language) -> None:
    off = []
    for seed in range(48):
        said = spoken(language, seed)
        for before, word in zip(said.words, said.words[1:], strict=False):
            pause = levels(said)[round(before.end * 200) + 4 : round(word.start * 200) + 30]
            if word.start - before.end > 0.1 and pause[: len(pause) // 4].max(initial=0.0) < 0.05:
                onset = (round(before.end * 200) + 4 + np.argmax(pause > 0.05)) / 200
                off.append(onset - word.start)

    assert len(off) >= 5
    assert abs(np.median(off)) < 0.05
    assert np.mean(np.abs(off) < 0.07) > 0.85


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_a_level_of_one_while_it_is_said(language: Language) -> None:
    said = spoken(language, 0)
    loud = levels(said)

    assert np.sqrt(np.mean(loud[loud > 0.02 * loud.max()] ** 2)) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_request_is_the_same_sound_whatever_was_said_before(language: Language) -> None:
    once = spoken(language, 1)
    spoken(language, 2)
    again = spoken(language, 1)

    assert np.array_equal(once.samples, again.samples)
    assert once.words == again.words


def test_korean_words_begin_with_a_phone() -> None:
    for seed in range(24):
        said = spoken("ko", seed)
        phones = [phone.start for phone in said.phones if phone.symbol]
        off = [min(abs(word.start - phone) for phone in phones) for word in said.words]
        assert np.median(off) < 0.005
