"""Chinese sentences: what is written, and the pinyin that says it."""

from __future__ import annotations

import random
import re

import pytest

from benchmarks.synthetic.grammars.chinese import GRAMMAR
from benchmarks.synthetic.scenes import write_scene
from benchmarks.synthetic.sentences import vocabulary, write_sentence

SENTENCES = [write_sentence(GRAMMAR, random.Random(seed), "train") for seed in range(500)]
COUNTED = ("CLOCK", "DATE", "YEAR", "NUMBER", "PRICE", "PERCENT", "DEGREES", "ORDINAL", "SCORE", "PHONE", "ROOM")


def _spoken(text: str) -> str:
    return " ".join(piece.spoken for piece in GRAMMAR.pieces(text))


def test_every_slot_of_a_pattern_has_words_and_every_slot_is_used() -> None:
    used = {slot.rstrip("0123456789") for pattern in GRAMMAR.patterns for slot in re.findall(r"{(\w+)}", pattern)}
    assert used <= GRAMMAR.slots.keys()
    assert {word for slot in used for word in GRAMMAR.slots[slot]} == vocabulary(GRAMMAR)


def test_vocabulary_is_large_without_counting_numbers() -> None:
    numbers = {word for slot in COUNTED for word in GRAMMAR.slots[slot]}
    assert len(vocabulary(GRAMMAR) - numbers) >= 480
    assert len(set(GRAMMAR.patterns)) == len(GRAMMAR.patterns) >= 130


def test_pieces_join_to_the_written_sentence_without_spaces() -> None:
    written = "".join(piece.written for piece in GRAMMAR.pieces("嗯， 我叫小明，是北京人。"))
    assert written == "嗯，我叫小明，是北京人。"


def test_every_piece_is_one_character_with_its_reading_and_its_mark() -> None:
    for sentence in SENTENCES:
        assert re.fullmatch(r"([\u4e00-\u9fff]，?)+[。？]", sentence.text)
        for piece in sentence.pieces:
            assert re.fullmatch(r"[a-z]+[1-5][,.?]?", piece.spoken)
            assert len(piece.written) == (1 if piece.spoken[-1].isdigit() else 2)


def test_fillers_end_with_a_comma_and_backchannels_are_whole() -> None:
    assert all(_spoken(filler).endswith(",") for filler in GRAMMAR.fillers)
    assert all(re.search(r"[.?]$", _spoken(answer)) for answer in GRAMMAR.backchannels)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("他去了重庆的银行。", "ta1 qu4 le5 chong2 qing4 de5 yin2 hang2."),
        ("我想当会计。", "wo3 xiang3 dang1 kuai4 ji4."),
        ("他长大以后想当作家。", "ta1 zhang3 da4 yi3 hou4 xiang3 dang1 zuo4 jia1."),
        ("导游说，先生还喜欢下棋。", "dao3 you2 shuo1, xian1 sheng5 hai2 xi3 huan5 xia4 qi2."),
        ("书要还给老师吗？", "shu1 yao4 huan2 gei3 lao3 shi1 ma5?"),
    ],
)
def test_a_character_with_several_readings_takes_the_one_of_its_word(text: str, spoken: str) -> None:
    assert _spoken(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("他现在不在，我不想找他。", "ta1 xian4 zai4 bu2 zai4, wo3 bu4 xiang3 zhao3 ta1."),
        ("一月二十一号一起去。", "yi1 yue4 er4 shi2 yi1 hao4 yi4 qi3 qu4."),
        ("星期一等一下一个朋友。", "xing1 qi1 yi1 deng3 yi2 xia4 yi2 ge4 peng2 you5."),
        ("第一名要一百零一块。", "di4 yi1 ming2 yao4 yi4 bai3 ling2 yi1 kuai4."),
    ],
)
def test_bu_and_yi_take_the_tone_that_what_follows_asks_for(text: str, spoken: str) -> None:
    assert _spoken(text) == spoken


def test_every_demo_scene_is_made_of_patterns_and_words_of_this_grammar() -> None:
    def shape(pattern: str) -> str:
        return re.sub(r"{(\w+)}", lambda slot: f"(?:{'|'.join(GRAMMAR.slots[slot[1]])})", pattern)

    known = re.compile(f"(?:{'|'.join(GRAMMAR.fillers)})?(?:{'|'.join(map(shape, GRAMMAR.patterns))})")
    lines = [line.sentence.text for seed in range(20) for line in write_scene("zh", "dev", seed)]
    assert [line for line in lines if not known.fullmatch(line)] == []
