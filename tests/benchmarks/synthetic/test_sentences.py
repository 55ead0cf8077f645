"""Sentences from grammars, and the parts they belong to."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import PARTS, NoSuchSentence, Part, part_of, write_sentence
from core.types import LANGUAGES, Language
from tests.fillers import without_filler


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filler_before_a_sentence_changes_nothing_about_its_part(language: Language, part: Part) -> None:
    texts = [write_sentence(GRAMMARS[language], random.Random(seed), part).text for seed in range(200)]
    alone = [without_filler(text, language) for text in texts]

    assert {part_of(text) for text in alone} == {part}
    assert 8 < sum(text != body for text, body in zip(texts, alone, strict=True)) < 45


def test_a_pattern_without_a_sentence_in_a_part_says_so() -> None:
    lonely = replace(GRAMMARS["en"], patterns=("hello.",))
    (home,) = [part for part in PARTS if part_of("Hello.") == part]

    assert write_sentence(lonely, random.Random(0), home).text.endswith("ello.")
    for other in set(PARTS) - {home}:
        with pytest.raises(NoSuchSentence, match=f"{other} part"):
            write_sentence(lonely, random.Random(0), other)
