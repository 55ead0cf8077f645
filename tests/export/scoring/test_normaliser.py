"""What is content, how it is compared, and that nothing of a text is lost."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import LANGUAGES, Language
from export.scoring.normaliser import content, folded_marks, normaliser_name, normaliser_steps, raw_places


@pytest.mark.parametrize(
    ("text", "language", "folded"),
    [
        ("오늘, 회의!", "ko", "오늘회의"),
        (unicodedata.normalize("NFD", "회의"), "ko", "회의"),
        ("㈜한국", "ko", "주한국"),
        ("ＡＢＣ１２３", "en", "abc123"),
        ("It's 3.5%, OK?", "en", "its3.5%ok"),
        ("1,000 people & co.", "en", "1000people&co"),
        ("會議開始。", "zh", "会议开始"),
        ("計程車", "zh", "计程车"),
        ("ﾊﾟｿｺﾝ", "ja", "パソコン"),
        ("2〜3人", "ja", "23人"),
        ("コーヒー", "ja", "コーヒー"),
        ("30℃", "ja", "30°c"),
        ("좋아요 👍🏽 ♪", "ko", "좋아요"),
        ("①番", "ja", "1番"),
        ("", "en", ""),
        ("?!…", "ko", ""),
    ],
)
def test_content_is_compared_as(text: str, language: Language, folded: str) -> None:
    assert content(text, language).folded == folded


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), language=st.sampled_from(LANGUAGES))
def test_letters_and_gaps_spell_the_text_again(text: str, language: Language) -> None:
    found = content(text, language)
    assert len(found.written) == len(found.folded) == len(found.gaps) - 1
    spelt = "".join(gap + letter for gap, letter in zip(found.gaps, [*found.written, ""], strict=True))
    kept = [
        one
        for one in unicodedata.normalize("NFC", text).strip()
        if unicodedata.category(one) not in ("Cf", "Cc", "Cs", "Me")
        and not "\ufe00" <= one <= "\ufe0f"
        and not "\U0001f3fb" <= one <= "\U0001f3ff"
    ]
    assert [one for one in spelt if not one.isspace()] == [one for one in kept if not one.isspace()]


@pytest.mark.parametrize(
    ("gap", "marks"),
    [
        ("... ", ("…",)),
        ("……", ("…",)),
        ("？！", ("?", "!")),
        ("” ", ('"',)),
        ("，", (",",)),
        ("。", ("。",)),
        ("—", ("-",)),
    ],
)
def test_marks_are_compared_in_one_form(gap: str, marks: str) -> None:
    assert folded_marks(gap) == tuple(marks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_normaliser_has_a_name_and_says_what_it_does(language: Language) -> None:
    assert normaliser_name(language) == f"prelabel-{language}-1"
    assert len(normaliser_steps(language)) >= 6


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), language=st.sampled_from(LANGUAGES))
def test_each_letter_is_found_again_where_it_was_written(text: str, language: Language) -> None:
    composed = unicodedata.normalize("NFC", text)
    found = content(text, language)
    for written, place in zip(found.written, found.places, strict=True):
        assert composed[place : place + len(written)][:1] == written[:1]


@given(
    text=st.text(
        st.sampled_from([*"aㄱ각한 .", "\u1100", "\u1161", "\u11a8", "\u0301", "\u0327", "\u0958", "\ufb2c"]),
        max_size=12,
    )
)
def test_what_is_composed_is_found_again_in_the_text(text: str) -> None:
    composed, places = unicodedata.normalize("NFC", text), raw_places(text)
    assert len(places) == len(composed) + 1
    assert (places[0], places[-1]) == (0, len(text))
    assert list(places) == sorted(places)
    pieces = [text[begin:end] for begin, end in pairwise(places)]
    assert "".join(pieces) == text
    assert text != composed or pieces == list(text)


def test_decomposed_syllables_are_one_place_each() -> None:
    text = unicodedata.normalize("NFD", "한 국")
    assert [text[begin:end] for begin, end in pairwise(raw_places(text))] == [
        unicodedata.normalize("NFD", one) for one in "한 국"
    ]
