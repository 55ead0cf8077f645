"""One number in many spellings."""

from __future__ import annotations

import pytest

from export.scoring.numerals import LONGEST, parts, spans, value, value_of_words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("25", "25"),
        ("二十五", "25"),
        ("이십오", "25"),
        ("스물다섯", "25"),
        ("열두", "12"),
        ("세", "3"),
        ("十", "10"),
        ("百", "100"),
        ("三千五百万", "35000000"),
        ("1万5千", "15000"),
        ("십만", "100000"),
        ("일곱", "7"),
        ("일흔일곱", "77"),
        ("만5천", "15000"),
        ("一20", None),
        ("이3", None),
        ("1이", None),
        ("이천이십육", "2026"),
        ("二〇二六", "2026"),
        ("공일공", "010"),
        ("3.5", "3.5"),
        ("三点五", "3.5"),
        ("삼점오", "3.5"),
        ("两百", "200"),
        ("칠천사구십", None),
        ("十百", None),
        ("시", None),
        (".", None),
        ("", None),
        ("9" * (LONGEST + 1), None),
    ],
)
def test_value_of_numerals(text: str, number: str | None) -> None:
    assert value(text) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("three", "3"),
        ("twenty five", "25"),
        ("one hundred and five", "105"),
        ("five hundred thousand", "500000"),
        ("two thousand twenty six", "2026"),
        ("nineteen ninety nine", "1999"),
        ("twenty twenty six", "2026"),
        ("three point five", "3.5"),
        ("oh one oh", "010"),
        ("third", "3th"),
        ("3rd", "3th"),
        ("twenty first", "21th"),
        ("twentieth", "20th"),
        ("25", "25"),
        ("and", None),
        ("five and", None),
        ("hello", None),
        ("five hello", None),
        ("\U00010a40 five", None),
    ],
)
def test_value_of_english_words(words: str, number: str | None) -> None:
    assert value_of_words(words.split()) == number


def test_numerals_are_found_among_other_characters() -> None:
    assert spans("지금세시삼십분", "ko") == [(2, 3), (4, 6)]
    assert spans("会议三点开始", "zh") == [(2, 3)]
    assert spans("책이세권", "ko") == [(1, 3)]
    assert spans("三点五です", "ja") == [(0, 3)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("이세", "이 세"),
        ("스물일곱", "스물 일곱"),
        ("일흔일", "일흔 일"),
        ("이5만", "이 5 만"),
        ("一二十", "一 二 十"),
        ("三点五", "三 点 五"),
        ("3.5", "3.5"),
    ],
)
def test_numerals_are_cut_into_parts_and_native_words_stay_whole(text: str, cut: str) -> None:
    assert [text[start:end] for start, end in parts(text)] == cut.split()
