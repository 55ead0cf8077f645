"""The same Japanese words in other characters, and other words that sound alike."""

from __future__ import annotations

import pytest

from export.scoring.readings import read_words, written_otherwise


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("出来ない", "できない", True),
        ("引っ越し", "引越し", True),
        ("分かる", "解る", True),
        ("事", "こと", True),
        ("私", "わたし", True),
        ("言う", "いう", True),
        ("下さい", "ください", True),
        ("機械", "機会", False),
        ("会う", "合う", False),
        ("私", "僕", False),
        ("やはり", "やっぱり", False),
        ("行く", "行った", False),
    ],
)
def test_spellings_of_one_word(one: str, other: str, same: bool) -> None:
    words = [[(word.reading, word.normal) for word in read_words(text)] for text in (one, other)]
    assert written_otherwise(one, other, *words) is same
    assert written_otherwise(other, one, *words[::-1]) is same
