"""The value of a number however it is written: 25, 二十五, 이십오, 스물다섯, twenty-five.

Libraries that read numbers exist for each language by itself (cn2an, kanjize, text2num); none reads Korean, and all
that is needed here is whether two spellings are of one number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from core.types import Language

LONGEST: Final = 24
"""Characters of a number; longer rows of digits are nobody's number."""

_DIGITS: Final = {
    **dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)),
    **dict(zip("영공일이삼사오육칠팔구", "00123456789", strict=True)),
    "两": "2",
    "兩": "2",
    "륙": "6",
    "壱": "1",
    "弐": "2",
    "参": "3",
}
_TENS: Final = {
    **dict.fromkeys("十십拾", 10),
    **dict.fromkeys("百백", 100),
    **dict.fromkeys("千천", 1000),
}
_MYRIADS: Final = {
    **dict.fromkeys("万萬만", 10**4),
    **dict.fromkeys("亿億억", 10**8),
    **dict.fromkeys("兆조", 10**12),
}
_POINTS: Final = frozenset(".点점")
_NATIVE_TENS: Final = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE_ONES: Final = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "석": 3,
    "넷": 4,
    "네": 4,
    "넉": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_BEGINNINGS: Final = frozenset(
    [*"0123456789.", *_DIGITS, *_TENS, *_MYRIADS, *(word[0] for word in (*_NATIVE_TENS, *_NATIVE_ONES))]
)
_NATIVE: Final = re.compile(f"(?:({'|'.join(_NATIVE_TENS)})({'|'.join(_NATIVE_ONES)})?|({'|'.join(_NATIVE_ONES)}))")
_SINO_PART: Final = "[0-9.]+|[" + "".join([*_DIGITS, *_TENS, *_MYRIADS]) + "]"
# native words first: the 일 of 일곱 and 일흔 is no 1
_KOREAN_PART: Final = "|".join([*_NATIVE_TENS, *_NATIVE_ONES, _SINO_PART])
_PARTS: Final = re.compile(f"{_KOREAN_PART}|[点점]")
_SINO: Final = re.compile(f"(?:{_SINO_PART})+(?:[点점](?:{_SINO_PART})+)*")
_KOREAN: Final = re.compile(f"(?:{_KOREAN_PART})+(?:[点점](?:{_KOREAN_PART})+)*")

_ONES: Final = {
    **{"zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15},
    **{"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
}
_ENGLISH_TENS: Final = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50},
    **{"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
}
_ORDINALS: Final = {
    "first": "one",
    "second": "two",
    "third": "three",
    "fifth": "five",
    "eighth": "eight",
    "ninth": "nine",
    "twelfth": "twelve",
}
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINAL_DIGITS: Final = re.compile(r"([0-9]+)(st|nd|rd|th)")


def spans(text: str, language: Language) -> list[tuple[int, int]]:
    """Where `text`, content characters of Korean, Chinese or Japanese, may hold numbers; in order, disjoint.

    A span may hold more than one of them, and what is none: 이 in 사람이 세 명, 一 in 统一二十个.
    """
    return [match.span() for match in (_KOREAN if language == "ko" else _SINO).finditer(text)]


def parts(text: str) -> list[tuple[int, int]]:
    """The smallest pieces that numbers in a span are made of: digits in a row, a native word, a character."""
    return [match.span() for match in _PARTS.finditer(text)]


def value(text: str) -> str | None:
    """The number that all of `text` writes, in digits; None where it is none. Leading zeros count: 010 is no 10.

    `text` is folded and without spaces; of English words see `value_of_words`.
    """
    if text[:1] not in _BEGINNINGS or len(text) > LONGEST:
        return None
    if text.isascii():
        return text if text and all(one.isdigit() or one == "." for one in text) and text != "." else None
    if (native := _NATIVE.fullmatch(text)) is not None:
        tens, ones, single = native.groups()
        return str(_NATIVE_TENS.get(tens, 0) + _NATIVE_ONES.get(ones or single or "", 0))
    whole, point, part = _at_point(text)
    if point:
        digits = _row(part)
        before = _whole(whole)
        return f"{before}.{digits}" if digits and before else None
    return _whole(text)


def value_of_words(words: Sequence[str]) -> str | None:
    """The number that English words (folded, without marks) write together; ordinals end in `th`."""
    if not _may_begin(words[0]):
        return None
    if len(words) == 1:
        if (match := _ORDINAL_DIGITS.fullmatch(words[0])) is not None:
            return f"{match[1]}th"
        if (plain := value(words[0])) is not None:
            return plain
    *before, last = words
    cardinal = _cardinal_of(last)
    spelt = _spelt([*before, cardinal] if cardinal else list(words))
    return f"{spelt}th" if spelt is not None and cardinal else spelt


@lru_cache(maxsize=4096)
def _may_begin(word: str) -> bool:
    """Whether a number may begin with a word."""
    return (
        word[:1].isdigit() or word in _ONES or word in _ENGLISH_TENS or word in _SCALES or bool(_cardinal_of(word))
    )


def _cardinal_of(word: str) -> str | None:
    """The number whose ordinal a word is."""
    if word in _ORDINALS:
        return _ORDINALS[word]
    stem = word.removesuffix("th")
    if stem == word:
        return None
    if stem.endswith("ie"):
        stem = stem[:-2] + "y"
    return stem if stem in _ONES or stem in _ENGLISH_TENS or stem in _SCALES else None


def _spelt(words: list[str]) -> str | None:
    if "point" in words[1:-1]:
        at = words.index("point")
        before, after = _spelt(words[:at]), [_ONES.get(word, 10) for word in words[at + 1 :]]
        return f"{before}.{''.join(map(str, after))}" if before and max(after) < 10 else None
    if len(words) > 1 and all(_ONES.get(word, 10) < 10 for word in words):
        return "".join(str(_ONES[word]) for word in words)
    total = group = 0
    last = 10**15
    seen = False
    for number, word in enumerate(words):
        if word == "and" and seen and number + 1 < len(words):
            continue
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                group = (group or 1) * 100
            else:
                total, group = total + (group or 1) * scale, 0
            last = scale
        else:
            amount = _ENGLISH_TENS.get(word, _ONES.get(word))
            if amount is None and word.isdecimal() and len(word) <= LONGEST:
                amount = int(word)
            if amount is None:
                return None
            if last < 100 and not (last >= 20 and amount < 10):
                # 'nineteen ninety nine', 'twenty twenty six': years are read in two halves
                if total or not 10 <= group <= 99 or amount < 10:
                    return None
                total, group = group * 100, 0
            group, last = group + amount, amount
        seen = True
    return str(total + group) if seen else None


def _at_point(text: str) -> tuple[str, str, str]:
    for at, character in enumerate(text):
        if character in _POINTS:
            return text[:at], character, text[at + 1 :]
    return text, "", ""


def _row(text: str) -> str | None:
    """Digits in a row, in one script: the 一 of 第一23页 belongs to no number."""
    if not text.isascii() and any(one.isascii() for one in text):
        return None
    digits = [one if one.isascii() and one.isdigit() else _DIGITS.get(one, "") for one in text]
    return "".join(digits) if digits and all(digits) else None


def _whole(text: str) -> str | None:
    """A whole number: digits in a row, or with tens, hundreds and myriads."""
    row = _row(text)
    if row is not None or not text:
        return row
    total = group = 0
    digits = before = ""
    below = within = 10**16
    for character in text:
        if character in _TENS:
            unit = _TENS[character]
            if unit >= within:
                return None
            group, digits, within = group + int(digits or "1") * unit, "", unit
        elif character in _MYRIADS:
            unit = _MYRIADS[character]
            if unit >= below:
                return None
            total += (group + int(digits or "0") or 1) * unit
            group, digits, below, within = 0, "", unit, 10**16
        elif (digit := _row(character)) is not None and (not digits or (before.isascii() and character.isascii())):
            digits += digit
        else:
            return None
        before = character
    return str(total + group + int(digits or "0"))
