from __future__ import annotations

import random
from types import SimpleNamespace

from core.settings import TranscribeSettings
from core.types import Word
from models.attempts import Attempt, _impossible, _stops_short, attempt_of, badness, place_words
from models.windows import Window


def window(start: float, end: float, *voices: tuple[float, float]) -> Window:
    return Window(start, end, voices or ((start, end),), "en", 1.0)


def word(text: str, start: float, end: float) -> Word:
    return Word(text, start, end, 0.9)


def test_suspect_text_is_better_than_none() -> None:
    suspect = Attempt((word("a", 0.0, 1.0),), -3.0, 9.0, 0.9)
    nothing = Attempt((), 0.0, 0.0, 0.9)
    heard, settings = window(0.0, 1.0), TranscribeSettings()
    assert badness(suspect, heard, settings) < badness(nothing, heard, settings)


def test_words_without_length_or_beyond_the_sound_are_impossible() -> None:
    assert _impossible([word("a", 1.0, 1.0)] * 4, window(0.0, 5.0))
    assert _impossible([word("a", 1.0, 2.0), word("b", 5.5, 6.0)], window(0.0, 5.0))
    assert not _impossible([word("a", 1.0, 1.3), word("b", 1.3, 1.3)], window(0.0, 5.0))


def test_text_that_stops_before_the_voice_does_is_seen() -> None:
    heard = window(0.0, 9.0, (0.2, 3.0), (3.5, 8.8))
    assert _stops_short([word("a", 0.2, 3.0)], heard)
    assert _stops_short([word("a", 4.0, 8.8)], heard)
    assert not _stops_short([word("a", 0.3, 1.0), word("b", 5.0, 8.0)], heard)


def test_half_a_character_is_not_text() -> None:
    half = SimpleNamespace(
        words=[
            SimpleNamespace(word="東\N{REPLACEMENT CHARACTER}", start=0.0, end=0.5, probability=0.5),
            SimpleNamespace(word="\N{REPLACEMENT CHARACTER}", start=0.5, end=0.6, probability=0.5),
        ],
        tokens=[1, 2],
        avg_logprob=-0.5,
        no_speech_prob=0.0,
    )
    assert attempt_of([half], 2.0).words == (Word("東", 2.0, 2.5, 0.5),)


def test_placed_words_are_always_in_order_and_inside_their_window() -> None:
    rng = random.Random(7)
    for _ in range(500):
        start, length = rng.uniform(0.0, 50.0), rng.uniform(0.5, 10.0)
        voices = sorted(rng.uniform(start, start + length) for _ in range(2 * rng.randint(1, 4)))
        heard = window(start, start + length, *zip(voices[::2], voices[1::2], strict=True))
        raw = [
            word("x", begin := rng.uniform(start - 1.0, start + length + 1.0), begin + rng.uniform(0.0, 3.0))
            for _ in range(rng.randint(0, 12))
        ]
        placed = place_words(raw, heard, not_before=0.0)
        times = [start, *(time for one in placed for time in (one.start, one.end)), start + length]
        assert times == sorted(times)
        assert all(one.end > one.start for one in placed)
        assert len(placed) == len(raw)


def test_a_word_stretched_over_a_pause_goes_to_its_voice() -> None:
    heard = window(10.0, 20.0, (10.2, 12.0), (15.0, 18.0))
    first, late = place_words([word("so", 10.0, 11.0), word("then", 12.0, 15.4)], heard, not_before=0.0)
    assert (first.start, first.end) == (10.2, 11.0)
    assert (late.start, late.end) == (15.0, 15.4)
