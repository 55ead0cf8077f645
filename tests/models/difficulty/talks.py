"""Drafts, measures and examples that are known to be easy or hard."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.types import Draft, DraftRecording, Language, Pipeline, Sentence, StageProvenance, Turn, Unit, Word
from models.difficulty import Example, Measures, measure, rules
from models.difficulty.features import features

RECOGNISER = "whisper 1234/int8"
QUALITY: dict[str, Any] = {
    "snr_db": 25.0,
    "music_share": 0.0,
    "clipped_share": 0.0,
    "bandwidth_hz": 16000.0,
    "voice_share": 0.8,
    "unwritten_voice": [],
    "redecoded": 0,
    "separation": {"separated": False, "why": "clean"},
}


def sentence(
    start: float,
    *,
    confidences: Sequence[float],
    speaker: str | None = "S1",
    language: Language = "en",
    **changes: Any,
) -> Sentence:
    """As many words of four letters as there are confidences, a third of a second each."""
    words = tuple(
        Word(" word", start + number / 3, start + (number + 1) / 3, confidence, speaker)
        for number, confidence in enumerate(confidences)
    )
    text = " ".join(["word"] * len(words)) + "."
    end = start + len(words) / 3
    plain = Sentence("0001", start, end, speaker, language, text, text, 0.9, (), words)
    return replace(plain, **changes)


def draft(
    sentences: Sequence[Sentence] = (),
    *,
    turns: Sequence[Turn] | None = None,
    seconds: float = 60.0,
    language: Language = "en",
    flags: tuple[str, ...] = (),
    quality: dict[str, Any] | None = None,
    **heard: Any,
) -> Draft:
    """What is heard may be given by its name in QUALITY. Without `turns`, each sentence is one."""
    spoken = [Turn(one.start, one.end, one.speaker) for one in sentences if one.speaker]
    stage = StageProvenance("transcribe", 1, "f", {}, {"whisper": "1234/int8", "silero-vad": "faster-whisper 1"})
    return Draft(
        "prelabel.draft/1",
        "d" * 32,
        "default",
        "talk",
        {},
        DraftRecording("r" * 64, "talk.wav", seconds),
        Unit(0, 1, 0.0, seconds),
        language,
        tuple(sentences),
        tuple(spoken if turns is None else turns),
        QUALITY | heard if quality is None else quality,
        flags,
        Pipeline("f", "fast", (stage,)),
    )


def talk(confidence: float = 0.95, *, sentences: int = 10, language: Language = "en", **changes: Any) -> Draft:
    """Ten sentences of six words, by one speaker, all as sure as this."""
    return draft(
        [sentence(n * 3.0, confidences=[confidence] * 6, language=language) for n in range(sentences)],
        **{"seconds": sentences * 3.0, "language": language} | changes,
    )


def measured(chance: random.Random, language: Language = "en") -> Measures:
    """A talk whose noise, overlap and confidences are drawn, the latter worse with the former."""
    noise = chance.random()
    rows = []
    for number in range(12):
        sure = [min(max(chance.gauss(0.97 - 0.5 * noise, 0.1), 0.01), 0.99) for _ in range(6)]
        rows.append(
            sentence(number * 3.0, confidences=sure, speaker=chance.choice(("S1", "S2")), language=language)
        )
    overlap = [Turn(0.0, 36.0 * 0.1 * noise, "S2")]
    turns = [*(Turn(one.start, one.end, "S1") for one in rows), *overlap]
    return measure(draft(rows, turns=turns, language=language, seconds=36.0, snr_db=30.0 - 30.0 * noise))


def examples(
    many: int, language: Language = "en", *, times: float = 1.0, spread: float = 0.1, seed: int = 0
) -> list[Example]:
    """Recordings whose effort is `times` what the rules say, but for chance."""
    chance = random.Random(seed)
    found = []
    for number in range(many):
        measures = measured(chance, language)
        values = {name: value or 0.0 for name, value in features(measures, None).items()}
        share = times * rules.share(values, language) * chance.lognormvariate(0.0, spread)
        found.append(Example(f"recording {number}", f"draft {number}", measures, share))
    return found
