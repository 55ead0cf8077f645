from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from core.types import Draft, Sentence
from export.formats.vtt import render
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


@pytest.mark.parametrize("language", ["ko", "en", "zh", "ja"])
def test_vtt_of_each_language(draft: Make, sentence: Say, said: dict[str, str], language: str) -> None:
    made = draft([sentence(said[language], 0.5, 2.25, language=language)], language=language)

    assert render(made) == f"WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.250\n<v S1>{said[language]}\n"


def test_cues_of_two_speakers_may_overlap_and_stand_by_start_time(draft: Make, sentence: Say) -> None:
    made = draft(
        [
            sentence("No, wait.", 2.0, 3.0, speaker="S2"),
            sentence("We should go now.", 1.0, 4.0),
            sentence("Who said that?", 5.0, 6.0, speaker=None),
        ]
    )

    assert render(made) == (
        "WEBVTT\n\n"
        "1\n00:00:01.000 --> 00:00:04.000\n<v S1>We should go now.\n\n"
        "2\n00:00:02.000 --> 00:00:03.000\n<v S2>No, wait.\n\n"
        "3\n00:00:05.000 --> 00:00:06.000\nWho said that?\n"
    )


def test_what_looks_like_markup_is_escaped(draft: Make, sentence: Say) -> None:
    made = draft([sentence("if a<b & b<3 then <i>{\\an8}</i> --> done", 0.0, 1.0)])

    assert render(made) == (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n"
        "<v S1>if a&lt;b &amp; b&lt;3 then &lt;i&gt;{\\an8}&lt;/i&gt; --&gt; done\n"
    )


def test_a_hundred_hours_take_three_digits(draft: Make, sentence: Say) -> None:
    made = draft([sentence("late", 360000.0, 363599.9996)], seconds=400000.0)

    assert "100:00:00.000 --> 101:00:00.000" in render(made)


def test_a_draft_without_speech_is_only_the_header(draft: Make) -> None:
    assert render(draft(flags=["no_speech"])) == "WEBVTT\n"


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_webvtt_py_reads_the_same_sentences(texts: tuple[str, ...]) -> None:
    assert read_back("vtt", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_webvtt_py_reads_what_any_draft_says(made: Draft) -> None:
    assert read_back("vtt", made) == told(made)
