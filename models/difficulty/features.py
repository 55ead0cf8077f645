"""What measures mean for the work: each feature is a number that is larger where a draft is harder.

The catalogue is FEATURES; CAUSES says how they are told to people. A feature is None where nothing was measured
that says so; whoever predicts takes the language's usual value instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from core.difficulty import FEWEST_CHARACTERS, typing_seconds
from core.types import Language
from models.difficulty.confidence import USUAL_CURVES, ConfidenceModel, confidence_scope
from models.difficulty.measures import Measures

CLEAR_DB: Final = 30.0
"""A voice that stands so far above what is under it loses nothing (ANSI S3.5-1997: speech has a range of 30 dB)."""
DROWNED_DB: Final = 40.0
"""No draft is noisier than 10 dB of noise above the voice."""
PACKED: Final = 2.4
"""Text that packs better is a loop (Whisper's own threshold)."""
WIDE_HZ: Final = 8_000.0
"""Recognisers hear nothing above."""
MUSIC_SHARE: Final = 0.2
"""With less music than this, what is under the voice is called noise."""
MOST_LETTERS: Final = 100.0
"""A second; where words have hardly any length, their times mean nothing."""
FASTEST: Final = math.log(2.0)
"""Nobody speaks at more than twice the usual rate, as `models.checks` has it."""

USUAL_LETTERS_PER_SECOND: Final[Mapping[Language, float]] = {"ko": 6.5, "en": 16.0, "zh": 5.2, "ja": 6.3}
"""Syllables per second (Pellegrino, Coupé and Marsico 2011, as in `models.checks`; Korean between Mandarin and
Japanese), in letters: 2.6 for an English syllable, 0.8 for a Japanese one."""

Values: TypeAlias = Mapping[str, float | None]
Reading: TypeAlias = Callable[[Measures], float | None]


def expected_wrong(measures: Measures, confidence: ConfidenceModel | None) -> float | None:
    """The share of the draft's words that are expected to be wrong; None where its words are not known.

    A model of another language or recogniser is passed over.
    """
    words = measures.words
    if not words:
        return None
    scope = confidence_scope(measures.language, measures.recogniser)
    curve = (
        confidence.curve
        if confidence is not None and confidence.scope == scope
        else USUAL_CURVES[measures.language]
    )
    return float(1.0 - np.dot(measures.confidences, curve.rights()) / words)


def features(measures: Measures, confidence: ConfidenceModel | None) -> dict[str, float | None]:
    """Every feature by its name. Where nothing is written nothing is wrong; it may only be missing."""
    if not measures.characters:
        lost = FEATURES["unwritten_voice"](measures) or 0.0
        return {**dict.fromkeys(ALL, 0.0), "unwritten_voice": lost, "short_sentences": None if lost else 0.0}
    read = {name: reading(measures) for name, reading in FEATURES.items()}
    return {"wrong_words": expected_wrong(measures, confidence), **read}


def letters_per_second(measures: Measures) -> float | None:
    """Of what is written, while words are said; at most MOST_LETTERS."""
    rate = _ratio(measures.characters, measures.speech_seconds)
    return None if rate is None else min(rate, MOST_LETTERS)


def _noise(measures: Measures) -> float | None:
    return None if measures.snr_db is None else min(max(CLEAR_DB - measures.snr_db, 0.0), DROWNED_DB)


def _fast_speech(measures: Measures) -> float | None:
    rate = letters_per_second(measures)
    if not rate:
        return None
    return min(max(math.log(rate / USUAL_LETTERS_PER_SECOND[measures.language]), -FASTEST), FASTEST)


def _short_sentences(measures: Measures) -> float | None:
    typing = typing_seconds(max(measures.characters, FEWEST_CHARACTERS), measures.language)
    return measures.sentences / typing if measures.sentences else None


def _narrow_band(measures: Measures) -> float | None:
    return max(0.0, math.log2(WIDE_HZ / measures.bandwidth_hz)) if measures.bandwidth_hz else None


def _per_minute(part: float, measures: Measures) -> float | None:
    rate = _ratio(part, measures.audio_seconds / 60.0)
    return None if rate is None else min(rate, 60.0)


def _share(part: float | None, whole: float | None) -> float | None:
    ratio = None if part is None or whole is None else _ratio(part, whole)
    return None if ratio is None else min(ratio, 1.0)


def _of_sentences(name: str) -> Reading:
    return lambda measures: _share(getattr(measures, name), measures.sentences)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


FEATURES: Final[Mapping[str, Reading]] = {
    "worst_words": lambda one: None if one.worst_confidence is None else 1.0 - one.worst_confidence,
    "noise": _noise,
    "overlap": lambda one: _share(one.overlap_seconds, one.turn_seconds),
    "speakers": lambda one: float(min(max(one.speakers - 1, 0), 9)),
    "changes": lambda one: _per_minute(one.changes, one),
    "fast_speech": _fast_speech,
    "unwritten_voice": lambda one: _share(one.unwritten_seconds, one.unwritten_seconds + one.speech_seconds),
    "silent_turns": lambda one: _share(one.silent_turn_seconds, one.turn_seconds),
    "sparse_sentences": _of_sentences("sparse_sentences"),
    "unfinished_sentences": _of_sentences("unfinished_sentences"),
    "short_sentences": _short_sentences,
    "uncertain_speakers": _of_sentences("uncertain_sentences"),
    "loops": _of_sentences("looped_sentences"),
    "inventions": _of_sentences("invented_sentences"),
    "hurried_sentences": _of_sentences("hurried_sentences"),
    "other_languages": _of_sentences("other_language_sentences"),
    "mixed_sentences": _of_sentences("mixed_sentences"),
    "redecoded": lambda one: _per_minute(one.redecoded, one),
    "packing": lambda one: None if one.compression_ratio is None else max(0.0, one.compression_ratio - PACKED),
    "narrow_band": _narrow_band,
    "clipping": lambda one: one.clipped_share,
}
"""All but `wrong_words`, which is read with a model of confidences as well. Shares are 0 to 1; `noise` is in dB
under a clear voice, `speakers` are those beyond the first, `changes` and `redecoded` are per minute,
`short_sentences` are sentences per second of typing them, `fast_speech` and `narrow_band` are logarithms."""

ALL: Final = ("wrong_words", *FEATURES)


@dataclass(frozen=True, slots=True)
class Told:
    """Features that are one cause to people, and how it is told."""

    features: tuple[str, ...]
    tell: Callable[[Measures, Values], str]


def _tell_wrong(measures: Measures, values: Values) -> str:
    return f"{_percent(values, 'wrong_words')} of the words expected to be wrong"


def _tell_noise(measures: Measures, values: Values) -> str:
    what = "music" if (measures.music_share or 0.0) >= MUSIC_SHARE else "noise"
    level = round(measures.snr_db or 0.0)
    return f"{what} {level} dB below the voice" if level >= 0 else f"{what} {-level} dB above the voice"


def _tell_speakers(measures: Measures, values: Values) -> str:
    many = measures.speakers
    named = f"{_NUMBERS.get(many, str(many))} speaker{'' if many == 1 else 's'}"
    return f"{named}, overlapping {_percent(values, 'overlap')}" if values["overlap"] else named


def _tell_rate(measures: Measures, values: Values) -> str:
    pace = "fast" if (values["fast_speech"] or 0.0) > 0.0 else "calm"
    return f"{pace} speech, {letters_per_second(measures) or 0.0:.1f} characters per second"


def _tell_missing(measures: Measures, values: Values) -> str:
    seconds = max(measures.unwritten_seconds, measures.silent_turn_seconds or 0.0)
    return f"{seconds:.0f} s of voice without text" if seconds >= 0.5 else "text for all that is heard"


def _tell_languages(measures: Measures, values: Values) -> str:
    most = "mixed_sentences" if measures.mixed_sentences > measures.other_language_sentences else "other_languages"
    return f"another language in {_percent(values, most)} of the sentences"


def _percent(values: Values, name: str) -> str:
    return f"{100 * (values[name] or 0.0):.0f} %"


def _telling(name: str, words: str) -> Told:
    return Told((name,), lambda _, values: words.format(_percent(values, name)))


_NUMBERS: Final = dict(enumerate(["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]))

CAUSES: Final[Mapping[str, Told]] = {
    "wrong_words": Told(("wrong_words", "worst_words"), _tell_wrong),
    "noise": Told(("noise",), _tell_noise),
    "overlap": Told(("overlap", "speakers", "changes"), _tell_speakers),
    "fast_speech": Told(("fast_speech",), _tell_rate),
    "unwritten_voice": Told(("unwritten_voice", "silent_turns", "sparse_sentences"), _tell_missing),
    "unfinished_sentences": _telling("unfinished_sentences", "{} of the sentences break off"),
    "short_sentences": Told(
        ("short_sentences",),
        lambda one, _: f"{one.characters / max(one.sentences, 1):.0f} characters per sentence",
    ),
    "uncertain_speakers": _telling("uncertain_speakers", "speaker uncertain in {} of the sentences"),
    "loops": _telling("loops", "{} of the sentences repeat themselves"),
    "inventions": _telling("inventions", "{} of the sentences may be invented"),
    "hurried_sentences": _telling("hurried_sentences", "more text than can be said in {} of the sentences"),
    "other_languages": Told(("other_languages", "mixed_sentences"), _tell_languages),
    "redecoded": Told(("redecoded", "packing"), lambda one, _: f"suspect passages decoded again: {one.redecoded}"),
    "narrow_band": Told(
        ("narrow_band",), lambda one, _: f"sound up to {(one.bandwidth_hz or 0.0) / 1000:.1f} kHz only"
    ),
    "clipping": Told(
        ("clipping",), lambda one, _: f"{100 * (one.clipped_share or 0.0):.1f} % of the sound clipped"
    ),
}
"""Every feature is in exactly one of them; a cause has the name of its first feature."""
