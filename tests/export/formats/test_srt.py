from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from core.types import Draft, Sentence
from export.formats.srt import render
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, second_unit, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


@pytest.mark.parametrize("language", ["ko", "en", "zh", "ja"])
def test_srt_of_each_language(draft: Make, sentence: Say, said: dict[str, str], language: str) -> None:
    made = draft([sentence(said[language], 0.5, 2.25, language=language)], language=language)

    assert render(made) == f"1\n00:00:00,500 --> 00:00:02,250\nS1: {said[language]}\n"


def test_cues_of_two_speakers_may_overlap_and_stand_by_start_time(draft: Make, sentence: Say) -> None:
    made = draft(
        [
            sentence("No, wait.", 2.0, 3.0, speaker="S2"),
            sentence("We should go now.", 1.0, 4.0),
            sentence("Who said that?", 5.0, 6.0, speaker=None),
        ]
    )

    assert render(made) == (
        "1\n00:00:01,000 --> 00:00:04,000\nS1: We should go now.\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nS2: No, wait.\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nWho said that?\n"
    )


def test_what_looks_like_markup_is_parted_by_a_word_joiner(draft: Make, sentence: Say) -> None:
    made = draft([sentence("if a<b & b<3 then <i>{\\an8}</i> --> done", 0.0, 1.0)])

    assert render(made) == (
        "1\n00:00:00,000 --> 00:00:01,000\n"
        "S1: if a<\u2060b & b<3 then <\u2060i>{\u2060\\an8}<\u2060/i> --\u2060> done\n"
    )


def test_line_breaks_inside_a_sentence_never_end_its_cue(draft: Make, sentence: Say) -> None:
    made = draft([sentence(" one\r\n\r\n two\u2028three ", 0.0, 1.0), sentence(" \n", 2.0, 3.0)])

    assert render(made) == "1\n00:00:00,000 --> 00:00:01,000\nS1: one two three\n"


def test_a_control_character_shows_that_it_was_there(draft: Make, sentence: Say) -> None:
    assert "S1: a\ufffdb\n" in render(draft([sentence("a\x00b", 0.0, 1.0)]))


def test_times_count_from_the_start_of_the_unit_and_never_stand_still(draft: Make, sentence: Say) -> None:
    made = draft(
        [sentence("early", 599.9, 600.2), sentence("no length", 601.0, 601.0), sentence("next", 601.0, 602.0)],
        seconds=1200.0,
    )

    assert [line for line in render(second_unit(made, 600.0)).splitlines() if "-->" in line] == [
        "00:00:00,000 --> 00:00:00,200",
        "00:00:01,000 --> 00:00:01,001",
        "00:00:01,000 --> 00:00:02,000",
    ]


def test_a_hundred_hours_take_three_digits(draft: Make, sentence: Say) -> None:
    made = draft([sentence("late", 360000.0, 363599.9996)], seconds=400000.0)

    assert "100:00:00,000 --> 101:00:00,000" in render(made)


def test_a_draft_without_speech_has_no_cues(draft: Make) -> None:
    assert render(draft(flags=["no_speech"])) == ""


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_pysubs2_reads_the_same_sentences(texts: tuple[str, ...]) -> None:
    assert read_back("srt", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_pysubs2_reads_what_any_draft_says(made: Draft) -> None:
    assert read_back("srt", made) == told(made)
