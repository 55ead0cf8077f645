"""What the demo clips say: sentences of the grammars, in turns, about the same things throughout."""

from __future__ import annotations

import re
from itertools import groupby

import pytest

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.scenes import SCENES, SPEAKERS, write_scene
from benchmarks.synthetic.sentences import part_of
from core.types import LANGUAGES, Language
from tests.fillers import without_filler

SEEDS = range(8)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_a_sentence_of_the_grammar_and_of_the_part(language: Language) -> None:
    patterns = [re.sub(r"\d}", "}", pattern) for pattern in SCENES[language]]

    assert [pattern for pattern in patterns if pattern not in GRAMMARS[language].patterns] == []
    for seed in SEEDS:
        texts = [line.sentence.text for line in write_scene(language, "dev", seed)]
        assert {part_of(without_filler(text, language)) for text in texts} == {"dev"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_speakers_take_turns_of_at_most_three_sentences(language: Language) -> None:
    turns = [(speaker, len(list(lines))) for speaker, lines in groupby(SPEAKERS)]

    assert [speaker for speaker, _ in turns] == ["A", "B"] * (len(turns) // 2)
    assert max(count for _, count in turns) == 3
    assert [line.speaker for line in write_scene(language, "dev", 0)] == list(SPEAKERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_slot_with_a_digit_keeps_its_word_through_the_scene(language: Language) -> None:
    grammar = GRAMMARS[language]
    slots = {slot for pattern in SCENES[language] for slot in re.findall(r"\{([A-Z]+)\d\}", pattern)}
    assert len(slots) == 4
    for seed in SEEDS:
        texts = [line.sentence.text.lower() for line in write_scene(language, "dev", seed)]
        for slot in slots:
            using = [
                text for text, pattern in zip(texts, SCENES[language], strict=True) if f"{{{slot}1}}" in pattern
            ]
            words = ["".join(piece.written for piece in grammar.pieces(word)) for word in grammar.slots[slot]]
            assert len(using) > 1
            assert any(all(word.strip().lower() in text for text in using) for word in words), using


def test_the_same_seed_gives_the_same_scene_and_another_one_another() -> None:
    assert write_scene("ko", "dev", 3) == write_scene("ko", "dev", 3) != write_scene("ko", "dev", 4)
