from __future__ import annotations

import random
import re

import pytest

from benchmarks.synthetic.grammars.korean import GRAMMAR
from benchmarks.synthetic.sentences import vocabulary, write_backchannel, write_sentence


def test_every_slot_of_a_pattern_has_words_and_every_slot_is_used() -> None:
    used = {slot for pattern in GRAMMAR.patterns for slot in re.findall(r"\{([A-Z]+)\d?\}", pattern)}

    assert used == set(GRAMMAR.slots)
    assert all(GRAMMAR.slots.values())


def test_there_are_enough_words_patterns_and_pauses() -> None:
    assert len(vocabulary(GRAMMAR)) >= 480
    assert len(set(GRAMMAR.patterns)) == len(GRAMMAR.patterns) >= 130
    assert sum("," in pattern for pattern in GRAMMAR.patterns) >= 30
    assert len(GRAMMAR.fillers) >= 8
    assert len(GRAMMAR.backchannels) >= 15


def test_sentences_are_hangul_with_plain_marks_and_their_pieces_are_their_words() -> None:
    chance = random.Random(0)
    for _ in range(500):
        sentence = write_sentence(GRAMMAR, chance, "train")

        assert re.fullmatch(r"[가-힣]+(,? [가-힣]+)*[.?]", sentence.text), sentence.text
        assert [piece.spoken for piece in sentence.pieces] == sentence.text.split(" ")


def test_a_backchannel_is_a_short_sentence() -> None:
    chance = random.Random(0)
    for _ in range(50):
        assert re.fullmatch(r"[가-힣]+(,? [가-힣]+){0,3}[.?]", write_backchannel(GRAMMAR, chance).text)


@pytest.mark.parametrize(
    ("marked", "written"),
    [
        ("책@이가 의자@이가", "책이 의자가"),
        ("책@은는 의자@을를", "책은 의자를"),
        ("형@와과 누나@와과", "형과 누나와"),
        ("부산@으로 제주@으로 서울@으로", "부산으로 제주로 서울로"),
        ("학생@이에요. 의사@이에요.", "학생이에요. 의사예요."),
        ("지영@아야, 민수@아야,", "지영아, 민수야,"),
    ],
)
def test_a_particle_takes_its_form_from_the_sound_before_it(marked: str, written: str) -> None:
    assert " ".join(piece.spoken for piece in GRAMMAR.pieces(marked)) == written


def test_verb_stems_take_any_ending() -> None:
    for slot, words in GRAMMAR.slots.items():
        for word in words:
            final = (ord(word[-1]) - ord("가")) % 28
            assert final == 0 or not slot.endswith("STEM"), word
            assert final == 20 or not slot.endswith("PAST"), word  # 20 is ㅆ


@pytest.mark.parametrize(
    ("slot", "spoken"),
    [
        ("PRICE", "만 천오백 원"),
        ("CLOCK", "오후 세 시 반"),
        ("DATE", "시월 십일일"),
        ("YEAR", "이천이십사 년"),
        ("AGE", "스무 살"),
        ("PERCENT", "오십 퍼센트"),
    ],
)
def test_numbers_are_written_as_they_are_spoken(slot: str, spoken: str) -> None:
    assert spoken in GRAMMAR.slots[slot]
