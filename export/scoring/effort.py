"""Effort: how many seconds of handwork the edits of a correction are, and what share of typing it all that is.

The times are those of `core.handwork`. Listening and reading are in none of it: every draft takes those. So the
weights are times that anybody can check, not points; they hold until enough logged work exists to fit better ones.

A check from outside: by these numbers, reading and editing English takes as long as typing it when a quarter to a
third of the words are wrong (`tests/export/scoring/test_effort.py`), and people were measured to be no faster by
editing from 30 % on (Gaur et al., "The effects of automatic speech recognition quality on human transcription
latency", W4A 2016).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.difficulty import KEY_SECONDS, typing_seconds
from core.handwork import CLICK_SECONDS, PLACE_SECONDS, POINT_SECONDS
from core.types import Language

LONGEST_WORD: Final = 10
"""Characters that a second click chooses at once."""

RETYPE_RATE: Final = 0.30
"""Above this error rate people delete and type anew (Gaur et al. 2016; words in English, characters elsewhere)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Content characters in a row that changed: how many a person took away and wrote, how many kept ones follow.

    `kept` counts up to the next stretch of the same sentence; after the last one it means nothing.
    """

    taken: int
    typed: int
    kept: int


def content_seconds(stretches: Iterable[Stretch], language: Language) -> float:
    """Changing these stretches, by the cheaper way each time.

    A few kept characters between two of them are typed again where that is quicker than placing the cursor anew.
    """
    seconds = 0.0
    kept = None
    for stretch in stretches:
        again = _taking_seconds(kept) + typing_seconds(kept, language) if kept is not None else PLACE_SECONDS
        seconds += min(PLACE_SECONDS, again) + _taking_seconds(stretch.taken)
        seconds += typing_seconds(stretch.typed, language)
        kept = stretch.kept
    return seconds


def retyping_seconds(characters: int, language: Language) -> float:
    """Emptying a sentence and typing it afresh: what changing its text never costs more than."""
    return PLACE_SECONDS + KEY_SECONDS + typing_seconds(characters, language)


def _taking_seconds(characters: int) -> float:
    """Taking characters away: a key each; a second click for a word, or drawing over them, and one key."""
    chosen = CLICK_SECONDS if characters <= LONGEST_WORD else POINT_SECONDS
    return min(characters * KEY_SECONDS, chosen + KEY_SECONDS)
