from __future__ import annotations

import random
import re

from benchmarks.synthetic.grammars.japanese import GRAMMAR
from benchmarks.synthetic.scenes import write_scene
from benchmarks.synthetic.sentences import vocabulary, write_backchannel, write_sentence


def test_every_slot_of_a_pattern_exists_and_every_slot_is_used() -> None:
    named = {slot for pattern in GRAMMAR.patterns for slot in re.findall(r"\{([A-Z]+)\d?\}", pattern)}
    assert named == set(GRAMMAR.slots)


def test_sentences_are_written_without_digits_spaces_or_readings_and_read_in_hiragana() -> None:
    chance = random.Random(1)
    for _ in range(500):
        sentence = write_sentence(GRAMMAR, chance, "train")
        assert re.fullmatch(r"[ぁ-ゖァ-ヶー一-龯々、]+[。？]", sentence.text)
        assert all(re.fullmatch(r"[ぁ-ゖー]+[,.?]?", piece.spoken) for piece in sentence.pieces)


def test_particles_are_read_as_they_sound() -> None:
    pieces = GRAMMAR.pieces("母|はは は 駅|えき へ 傘|かさ を 届けました|とどけました。 駅|えき には いません。")
    assert " ".join(piece.spoken for piece in pieces) == "はは わ えき え かさ お とどけました. えき にわ いません."


def test_marks_are_read_where_they_are_written() -> None:
    first, second = GRAMMAR.pieces("はい、 バス ですか？")[::2]
    assert (first.written, first.spoken) == ("はい、", "はい,")
    assert (second.written, second.spoken) == ("ですか？", "ですか?")


def test_counters_change_their_sound_after_some_numbers() -> None:
    assert {"三本|さんぼん", "六本|ろっぽん", "十本|じゅっぽん", "十八本|じゅうはっぽん"} <= set(
        GRAMMAR.slots["BOTTLES"]
    )
    assert {"午後|ごご 四時|よじ", "午前|ごぜん 九時|くじ 半|はん"} <= set(GRAMMAR.slots["CLOCK"])
    assert "千九百五十四|せんきゅうひゃくごじゅうよ 年|ねん" in GRAMMAR.slots["YEAR"]
    assert {"八百五十|はっぴゃくごじゅう 円|えん", "一万五千|いちまんごせん 円|えん"} <= set(GRAMMAR.slots["PRICE"])


def test_vocabulary_is_large_and_every_kanji_has_a_reading() -> None:
    words = vocabulary(GRAMMAR)
    assert len(words) > 1500
    assert all("|" in token for word in words for token in word.split() if re.search("[一-龯]", token))


def test_backchannels_are_short_whole_sentences() -> None:
    assert len(GRAMMAR.backchannels) >= 15
    sentence = write_backchannel(GRAMMAR, random.Random(2))
    assert sentence.text[-1] in "。？" and len(sentence.pieces) <= 4


def test_the_lines_of_the_demo_clip_are_made_of_words_of_this_grammar() -> None:
    known = {piece.written.rstrip("、。？") for text in (*GRAMMAR.patterns, *GRAMMAR.fillers, *vocabulary(GRAMMAR))
             for piece in GRAMMAR.pieces(re.sub(r"\{\w+\}", "", text))}  # fmt: skip
    longest = max(map(len, known))
    for line in write_scene("ja", "dev", 1):
        rest = line.sentence.text.rstrip("。？").replace("、", "")
        reachable = {0}
        for start in range(len(rest)):
            if start in reachable:
                reachable |= {end for end in range(start + 1, start + longest + 1) if rest[start:end] in known}
        assert len(rest) in reachable, rest
