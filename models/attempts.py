"""What one decoding of a window gave: whether it looks wrong, and where its words belong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.settings import TranscribeSettings
from core.spans import merged
from core.types import Word
from models.windows import Bounds, Stretch, Window

SNAP_WITHIN = 0.3
"""Shorter pauses (s) do not count as silence when words are moved to where voice is."""
SHORTEST_WORD = 0.02
"""The recogniser's own time step (s); no word is shorter."""
UNWRITTEN_SECONDS = 1.5
"""This much voice (s) with no text, at an end of a window or in all of it, is suspect."""
LOOP = re.compile(r"(.{1,40}?)\1{3,}")
LOOP_CHARACTERS = 12
"""Repetitions shorter than this many characters in all occur in honest speech."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one decoding of a window gave; word times are seconds from the start of the recording."""

    words: tuple[Word, ...]
    mean_log_probability: float
    compression_ratio: float
    no_speech_probability: float

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


def attempt_of(segments: Sequence[Any], offset: float) -> Attempt:
    """The library's segments of one window in our types; `offset` is added to their times."""
    from faster_whisper.transcribe import get_compression_ratio

    words = tuple(
        Word(text, word.start + offset, word.end + offset, min(1.0, max(0.0, float(word.probability))))
        for segment in segments
        for word in segment.words or ()
        # Half a character, where the network stopped in its middle, is decoded to this mark.
        if (text := word.word.replace("\N{REPLACEMENT CHARACTER}", "")).strip()
    )
    tokens = [len(segment.tokens) + 1 for segment in segments]
    weight = sum(tokens) or 1
    return Attempt(
        words,
        mean_log_probability=sum(s.avg_logprob * n for s, n in zip(segments, tokens, strict=True)) / weight,
        compression_ratio=get_compression_ratio("".join(word.text for word in words)) if words else 0.0,
        no_speech_probability=max((float(segment.no_speech_prob) for segment in segments), default=0.0),
    )


def faults(attempt: Attempt, window: Window, settings: TranscribeSettings) -> int:
    """How many things look wrong with an attempt."""
    if not attempt.words:
        return int(window.voiced >= UNWRITTEN_SECONDS and attempt.no_speech_probability < 0.6)
    return sum(
        (
            attempt.compression_ratio > settings.compression_ratio_above,
            attempt.mean_log_probability < settings.log_probability_below,
            _loops(attempt.text),
            _impossible(attempt.words, window),
            _stops_short(attempt.words, window),
        )
    )


def badness(attempt: Attempt, window: Window, settings: TranscribeSettings) -> tuple[bool, int, float]:
    """Smaller is better. Suspect text is better than none: it is flagged for the corrector, never dropped."""
    return not attempt.words, faults(attempt, window, settings), -attempt.mean_log_probability


def place_words(words: Sequence[Word], window: Window, *, not_before: float) -> tuple[Word, ...]:
    """Words moved to where voice is, in order, inside their window, none shorter than a time step.

    The recogniser starts the first word of a window at the window's start, and stretches words over pauses.
    """
    near = merged((Bounds(start, end) for start, end in window.voices), join_within=SNAP_WITHIN)
    floor = max(window.start, not_before)
    placed: list[Word] = []
    for word in words:
        start, end = _into_voice(word, near)
        start = max(start, floor)
        end = max(end, start + SHORTEST_WORD)
        placed.append(replace(word, start=start, end=end))
        floor = end
    ceiling = window.end
    for index in range(len(placed) - 1, -1, -1):
        word = placed[index]
        if word.end <= ceiling:
            break
        end = ceiling
        # Where more words stand at the end than fit a time step each, they share what is left.
        start = min(word.start, max(window.start, end - SHORTEST_WORD))
        placed[index] = replace(word, start=start, end=end)
        ceiling = start
    return tuple(placed)


def _loops(text: str) -> bool:
    """Whether something repeats four times or more; compression alone does not show it in short or CJK text."""
    return any(len(found.group()) >= LOOP_CHARACTERS for found in LOOP.finditer(re.sub(r"\s", "", text)))


def _impossible(words: Sequence[Word], window: Window) -> bool:
    """Whether the times cannot be: most words without any length, or text after the end of the sound."""
    instant = sum(word.end - word.start < SHORTEST_WORD for word in words)
    return (len(words) >= 4 and instant * 2 > len(words)) or words[-1].start >= window.end


def _stops_short(words: Sequence[Word], window: Window) -> bool:
    """Whether voice goes on where the text ends, or begins before it: a sentence left open is dropped whole."""
    before = sum(min(end, words[0].start) - start for start, end in window.voices if start < words[0].start)
    after = sum(end - max(start, words[-1].end) for start, end in window.voices if end > words[-1].end)
    return max(before, after) >= UNWRITTEN_SECONDS


def _into_voice(word: Word, voiced: Sequence[Stretch]) -> Stretch:
    """The part of a word that lies in the voice it shares most with; the whole word where it meets none."""
    shares = [(min(word.end, end) - max(word.start, start), start, end) for start, end in voiced]
    share, start, end = max(shares, default=(0.0, 0.0, 0.0))
    if share <= 0.0:
        return word.start, word.end
    return max(word.start, start), min(word.end, end)
