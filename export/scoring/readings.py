"""How Japanese words are read, so that 出来ない and できない are one word.

SudachiPy and its small dictionary (both Apache-2.0, released several times a year; 110 MB on disk, mapped into
memory, 1 ms per 1,000 characters) give each word its reading and the form that all its spellings share. Of the
others, unidic-lite has had no release since 2021, janome none since 2023, and pykakasi is GPL.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple


class ReadWord(NamedTuple):
    """A word and where it lies in the text; `normal` is the form that its spellings share."""

    start: int
    end: int
    reading: str
    normal: str


_LOCK = threading.Lock()


def read_words(text: str) -> list[ReadWord]:
    """The words of a Japanese text, in order; marks are among them."""
    with _LOCK:
        found = _tokenizer().tokenize(text)
        return [ReadWord(one.begin(), one.end(), _said(one.reading_form()), one.normalized_form()) for one in found]


def written_otherwise(
    one: str, other: str, one_words: Sequence[tuple[str, str]], other_words: Sequence[tuple[str, str]]
) -> bool:
    """Whether two texts are the same words in other characters; `words` are their (reading, normal form).

    They must be read alike and have all kanji of one of them in the other, in order (引っ越し, 引越し), or share
    their normal forms (分かる, 解る). 機械 and 機会 sound alike and are different words. Where only one of them
    has kanji, whose reading is a guess, normal forms are enough (私, わたし).
    """
    normal = [form for _, form in one_words] == [form for _, form in other_words]
    here, there = _kanji(one), _kanji(other)
    if _read(one_words) == _read(other_words):
        return normal or _within(here, there) or _within(there, here)
    return normal and len(one_words) == 1 and bool(here) != bool(there) and _uninflected(one, other)


def _said(reading: str) -> str:
    """The dictionary reads 言う as ユウ and いう as イウ."""
    return "ユウ" if reading == "イウ" else reading


def _read(words: Sequence[tuple[str, str]]) -> str:
    return "".join(reading for reading, _ in words)


def _kanji(text: str) -> str:
    return "".join(one for one in text if "\u3400" <= one <= "\u9fff" or one == "々")


def _within(few: str, many: str) -> bool:
    rest = iter(many)
    return all(one in rest for one in few)


def _uninflected(one: str, other: str) -> bool:
    """Whether neither ends like a verb or adjective: there the normal form hides what was said."""
    kanji = one if _kanji(one) else other
    return bool(kanji) and not "\u3041" <= kanji[-1] <= "\u3096"


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary

    return Dictionary(dict="small").tokenizer()
