"""The scale of difficulty, observed and predicted alike: what share of typing it all the edits of a draft are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.types import Language

KEY_SECONDS: Final = 0.28
"""A key of an average typist (Card, Moran and Newell 1980; more of their model in `core.handwork`)."""

KEYS: Final[Mapping[Language, float]] = {"ko": 2.8, "en": 1.2, "zh": 3.4, "ja": 2.7}
"""Keys per content character, with those for spaces and for choosing characters.

Counted over 500 sentences of `benchmarks.synthetic` per language (`python -m benchmarks.scoring keys`): Korean on
two-set keyboards, Chinese in pinyin with a choice every two characters, Japanese in Latin letters with two keys for
each converted word.
"""

FEWEST_CHARACTERS: Final = 20
"""Shorter texts are judged as if they had so many characters: one edit in a short answer is not a hard passage."""
HALF: Final = 0.5
"""The share of typing afresh that is difficulty 50."""


def typing_seconds(characters: float, language: Language) -> float:
    """Typing so many content characters."""
    return characters * KEYS[language] * KEY_SECONDS


def difficulty(effort: float, typing: float) -> float:
    """0 to 100: 0 where nothing was changed, 50 where the edits cost half of typing it all, 75 where all of it.

    D = 100 · (1 − 2^(−r / 0.5)) with r = effort / typing. The curve bends because what lies beyond typing afresh
    makes no difference to anybody, and because no effort may leave the scale.
    """
    return float(100 * (1 - 2 ** (-effort / typing / HALF)))
