"""How hard a draft is expected to be before any correction is known: the edits that it seems to need, added up.

Wrong words, missing text, speakers, times and borders are each expected from what was measured, and cost what
`core.handwork` says. The constants that no model of handwork knows (how many edits of a kind come with how much of
a feature) are non-negative least squares over the 160 recordings of the test bed's part `dev` (`python -m
benchmarks.difficulty FOLDER --constants`), rounded. Text that repeats itself or may be invented was not among them:
it is taken as wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.handwork import SENTENCE_SECONDS, SPEAKER_SECONDS, SPLIT_SECONDS, TIME_SECONDS
from core.types import Language
from models.difficulty.features import ALL

NAME: Final = "rules-1"

WRONG_TEXT: Final[Mapping[Language, float]] = {"ko": 1.85, "en": 2.35, "zh": 2.65, "ja": 2.5}
"""Mending a word costs so many times what typing it costs: the place has to be found as well."""
OVERLAP_TEXT: Final = 1.2
"""Where two speak at once, what one of them says is missing, or wrong although it looks sure."""
BROKEN_TEXT: Final = 0.3
"""Sentences that break off go on where something was missed."""

MISSING_WITH_WRONG: Final = 0.47
MISSING_WITH_OVERLAP: Final = 0.8
"""By how much the correction is longer than the draft: who mishears, leaves out."""

HALF_WIDTH: Final = 0.35
"""Of the interval, on the scale of `models.difficulty.scale`: 95 in 100 recordings of `dev` were within, so that
eight in ten may be where recogniser and sound are others."""

_USUAL_OWN: Final[Mapping[Language, Mapping[str, float]]] = {
    "ko": {"wrong_words": 0.17, "overlap": 0.04, "unfinished_sentences": 0.12, "short_sentences": 0.10},
    "en": {"wrong_words": 0.21, "overlap": 0.05, "unfinished_sentences": 0.13, "short_sentences": 0.11},
    "zh": {"wrong_words": 0.11, "overlap": 0.04, "unfinished_sentences": 0.15, "short_sentences": 0.11},
    "ja": {"wrong_words": 0.11, "overlap": 0.06, "unfinished_sentences": 0.11, "short_sentences": 0.10},
}
_USUAL_ALL: Final = {"worst_words": 0.5, "noise": 15.0, "speakers": 1.0, "changes": 9.0, "silent_turns": 0.03}
USUAL: Final[Mapping[Language, Mapping[str, float]]] = {
    language: {**dict.fromkeys(ALL, 0.0), **_USUAL_ALL, **own} for language, own in _USUAL_OWN.items()
}
"""The usual draft: medians of `dev`, where four recordings in five have music or noise behind the voice."""

HEARD: Final[Mapping[str, float]] = {"noise": 0.006, "overlap": 0.95, "fast_speech": 0.07}
"""How many more of the words are wrong with so much more of what is heard (least squares over `dev`). It adds
nothing to a prediction; it says which part of the wrong words is due to the noise when reasons are told."""


def share(values: Mapping[str, float], language: Language) -> float:
    """The effort that is expected, as a share of typing it all; 0 and above. `values` holds every feature."""
    wrong = _wrong(values)
    broken, speakers, overlap = values["unfinished_sentences"], values["speakers"], values["overlap"]
    text = WRONG_TEXT[language] * wrong + OVERLAP_TEXT * overlap + BROKEN_TEXT * broken
    speaker = 0.05 + 0.05 * speakers + 0.33 * overlap + 0.16 * wrong + values["uncertain_speakers"]
    time = 0.8 * wrong + 0.47 * broken + 0.09 * values["silent_turns"] + 0.02 * speakers
    border = 0.045 + 0.4 * broken
    hands = SPEAKER_SECONDS * min(speaker, 1.0) + TIME_SECONDS * min(time, 2.0) + SPLIT_SECONDS * border
    written = text + hands * values["short_sentences"]
    lost = max(values["unwritten_voice"], values["sparse_sentences"])
    return written + lost * max(0.0, afresh(values) - written)


def longer(values: Mapping[str, float]) -> float:
    """How many times as long as the draft its correction is expected to be, where something is written."""
    return 1 + MISSING_WITH_WRONG * _wrong(values) + MISSING_WITH_OVERLAP * values["overlap"]


def afresh(values: Mapping[str, float]) -> float:
    """The share that is typing it all, with every sentence put in: what correcting an empty draft comes to."""
    return 1 + SENTENCE_SECONDS * values["short_sentences"]


def _wrong(values: Mapping[str, float]) -> float:
    return 1 - (1 - values["wrong_words"]) * (1 - values["loops"]) * (1 - values["inventions"])
