from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.types import Draft, Sentence, Unit
from export.drafts import from_json, rounded
from export.formats import FORMATS

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


@pytest.mark.parametrize("language", ["ko", "en", "zh", "ja"])
def test_srt_and_vtt_of_each_language(draft: Make, sentence: Say, said: dict[str, str], language: str) -> None:
    made = draft([sentence(said[language], 0.5, 2.25, language=language)], language=language)

    assert FORMATS["srt"](made) == f"1\n00:00:00,500 --> 00:00:02,250\nS1: {said[language]}\n"
    assert FORMATS["vtt"](made) == (f"WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.250\n<v S1>{said[language]}\n")


def test_cues_of_two_speakers_may_overlap_and_stand_by_start_time(draft: Make, sentence: Say) -> None:
    made = draft(
        [
            sentence("No, wait.", 2.0, 3.0, speaker="S2"),
            sentence("We should go now.", 1.0, 4.0),
            sentence("Who said that?", 5.0, 6.0, speaker=None),
        ]
    )

    assert FORMATS["srt"](made) == (
        "1\n00:00:01,000 --> 00:00:04,000\nS1: We should go now.\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nS2: No, wait.\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nWho said that?\n"
    )
    assert FORMATS["vtt"](made) == (
        "WEBVTT\n\n"
        "1\n00:00:01.000 --> 00:00:04.000\n<v S1>We should go now.\n\n"
        "2\n00:00:02.000 --> 00:00:03.000\n<v S2>No, wait.\n\n"
        "3\n00:00:05.000 --> 00:00:06.000\nWho said that?\n"
    )


def test_what_looks_like_markup_is_shown_as_it_was_said(draft: Make, sentence: Say) -> None:
    made = draft([sentence("if a<b & b<3 then <i>{\\an8}</i> --> done", 0.0, 1.0)])

    assert FORMATS["vtt"](made) == (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n"
        "<v S1>if a&lt;b &amp; b&lt;3 then &lt;i&gt;{\\an8}&lt;/i&gt; --&gt; done\n"
    )
    srt = FORMATS["srt"](made)
    assert srt == (
        "1\n00:00:00,000 --> 00:00:01,000\n"
        "S1: if a<\u2060b & b<3 then <\u2060i>{\u2060\\an8}<\u2060/i> --\u2060> done\n"
    )


def test_line_breaks_inside_a_sentence_never_end_its_cue(draft: Make, sentence: Say) -> None:
    made = draft([sentence(" one\r\n\r\n two\u2028three ", 0.0, 1.0), sentence(" \n", 2.0, 3.0)])

    assert FORMATS["srt"](made) == "1\n00:00:00,000 --> 00:00:01,000\nS1: one two three\n"


def test_times_count_from_the_start_of_the_unit_and_never_stand_still(draft: Make, sentence: Say) -> None:
    made = draft(
        [sentence("early", 599.9, 600.2), sentence("no length", 601.0, 601.0), sentence("next", 601.0, 602.0)],
        seconds=1200.0,
    )
    second = _with_unit(made, Unit(1, 2, 600.0, 1200.0))

    assert [line for line in FORMATS["srt"](second).splitlines() if "-->" in line] == [
        "00:00:00,000 --> 00:00:00,200",
        "00:00:01,000 --> 00:00:01,001",
        "00:00:01,000 --> 00:00:02,000",
    ]


def test_a_hundred_hours_take_three_digits(draft: Make, sentence: Say) -> None:
    made = draft([sentence("late", 360000.0, 363599.9995)], seconds=400000.0)

    assert "100:00:00,000 --> 101:00:00,000" in FORMATS["srt"](made)
    assert "100:00:00.000 --> 101:00:00.000" in FORMATS["vtt"](made)


def test_a_draft_without_speech_has_no_cues(draft: Make) -> None:
    assert FORMATS["srt"](draft(flags=["no_speech"])) == ""
    assert FORMATS["vtt"](draft(flags=["no_speech"])) == "WEBVTT\n"


def test_json_format_is_the_document_itself(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hello there.", 0.0, 1.0)])

    assert from_json(FORMATS["json"](made).encode()) == rounded(made)


def _with_unit(draft: Draft, unit: Unit) -> Draft:
    return replace(draft, unit=unit)
