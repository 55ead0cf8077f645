"""What is content, how it is compared, and that nothing of a text is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import LANGUAGES, Language
from export.scoring.normaliser import content, folded_marks, normaliser_name, normaliser_steps


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
