"""Seconds of handwork."""

from __future__ import annotations

import pytest

from core import handwork
from core.difficulty import KEY_SECONDS, typing_seconds
from core.types import LANGUAGES, Language
from export.scoring.effort import Stretch, content_seconds, retyping_seconds

LETTERS = 4.8
"""Letters of an English word in the texts of `benchmarks.synthetic`, which have five or so as all English has."""
READING_SECONDS = 0.25
"""A word read silently, at 240 a minute (Brysbaert, Journal of Memory and Language 109, 2019: 238)."""


def test_editing_english_takes_as_long_as_typing_it_near_three_wrong_words_in_ten() -> None:
    """Gaur et al. 2016 measured that people are no faster by editing from 30 % word errors on."""
    edit = content_seconds([Stretch(5, 5, 0)], "en")
    typing = typing_seconds(LETTERS, "en")
    break_even = (typing - READING_SECONDS) / edit
    assert 0.25 < break_even < 0.35


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cheaper_way_is_taken(language: Language) -> None:
    near = content_seconds([Stretch(1, 1, 1), Stretch(1, 1, 0)], language)
    far = content_seconds([Stretch(1, 1, 50), Stretch(1, 1, 0)], language)
    assert near < far == pytest.approx(2 * content_seconds([Stretch(1, 1, 0)], language))
    # a long stretch is drawn over, not taken away letter by letter
    assert content_seconds([Stretch(500, 0, 0)], language) < 5.0
    assert content_seconds([], language) == 0.0


def test_more_edits_are_more_effort_and_scattered_ones_more_than_the_same_in_a_row() -> None:
    scattered = content_seconds([Stretch(1, 1, 20)] * 5, "ko")
    assert content_seconds([Stretch(1, 1, 20)] * 4, "ko") < scattered
    assert content_seconds([Stretch(5, 5, 0)], "ko") < scattered


def test_typing_a_sentence_afresh_is_little_more_than_typing_it() -> None:
    assert retyping_seconds(50, "en") - typing_seconds(50, "en") == pytest.approx(
        handwork.PLACE_SECONDS + KEY_SECONDS
    )
