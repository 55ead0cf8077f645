import random
import re

import pytest

from benchmarks.synthetic.grammars.english import GRAMMAR
from benchmarks.synthetic.sentences import vocabulary, write_sentence


def _read(text: str) -> str:
    return "".join(piece.written for piece in GRAMMAR.pieces(text)).strip()


def test_every_slot_of_every_pattern_exists() -> None:
    named = set(re.findall(r"\{([A-Z]+)\d?\}", " ".join(GRAMMAR.patterns)))
    assert named == set(GRAMMAR.slots)


def test_the_words_are_many_and_the_patterns_differ() -> None:
    assert len(vocabulary(GRAMMAR)) >= 480
    assert len(set(GRAMMAR.patterns)) == len(GRAMMAR.patterns) >= 130


def test_a_sentence_has_one_piece_for_each_word_and_begins_with_a_capital() -> None:
    pieces = GRAMMAR.pieces("Well, the train to London leaves at three o'clock.")
    assert "".join(piece.written for piece in pieces) == " Well, the train to London leaves at three o'clock."
    assert [piece.spoken for piece in pieces][:3] == ["Well,", "the", "train"]
    assert _read("my brother went home.") == "My brother went home."


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("a old umbrella", "An old umbrella"),
        ("it takes a hour", "It takes an hour"),
        ("bring a umbrella", "Bring an umbrella"),
        ("near a university", "Near a university"),
        ("wear a uniform", "Wear a uniform"),
        ("wear a coat", "Wear a coat"),
    ],
)
def test_the_article_follows_the_sound_after_it(pattern: str, written: str) -> None:
    assert _read(pattern) == written


@pytest.mark.parametrize(
    ("slot", "spoken"),
    [
        ("YEAR", "nineteen oh five"),
        ("YEAR", "two thousand eight"),
        ("YEAR", "nineteen hundred"),
        ("DATE", "the first of May"),
        ("CLOCK", "half past six"),
        ("DEGREES", "minus twelve degrees"),
    ],
)
def test_numbers_are_written_as_they_are_spoken(slot: str, spoken: str) -> None:
    assert spoken in GRAMMAR.slots[slot]


def test_sentences_hold_only_letters_and_the_marks_we_speak() -> None:
    chance = random.Random(1)
    for _ in range(500):
        text = write_sentence(GRAMMAR, chance, "train").text
        assert re.fullmatch(r"[A-Z][A-Za-z', ]*[.?]", text), text
        assert "  " not in text
    assert all(re.fullmatch(r"[A-Z][a-z' ]*[.?]", answer) for answer in GRAMMAR.backchannels)
    assert all(re.fullmatch(r"[A-Z][A-Za-z ]*,", filler) for filler in GRAMMAR.fillers)
