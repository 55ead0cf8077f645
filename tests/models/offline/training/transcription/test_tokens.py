from __future__ import annotations

import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from core.types import LANGUAGES
from models.offline.training.transcription.tokens import SPECIALS, TIMES, Tokens, learn_tokens


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return learn_tokens(tmp_path_factory.mktemp("tokens") / "tokens.json")


def test_hanzi_kana_and_syllables_are_tokens_of_their_own(tokens: Tokens) -> None:
    for text in ("我们在邮局吃了鸡汤。", "傘はどこにありますか？", " 학생에게 공책을"):
        assert len(tokens.encode(text)) == len(text.replace(" ", ""))


def test_the_written_tokenizer_spells_every_sentence(tokens: Tokens, tmp_path: Path) -> None:
    tokens.write(tmp_path / "tokenizer.json")
    written = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    chance = random.Random(1)
    for language in LANGUAGES:
        for _ in range(40):
            text = write_sentence(GRAMMARS[language], chance, "test").text
            assert written.decode([token for token, _, _ in tokens.encode(text)]) == text


def test_ids_lie_as_whisper_needs_them(tokens: Tokens) -> None:
    """Text, the empty token, specials, times: every id behind `notimestamps` counts as a time."""
    vocabulary = tokens.vocabulary()
    assert sorted(vocabulary.values()) == list(range(tokens.count))
    assert vocabulary[""] == tokens.empty
    assert vocabulary[SPECIALS[-1]] == tokens.first_time - 1
    assert vocabulary[TIMES[0]] == tokens.time(0.0) == tokens.first_time
    assert tokens.time(99.0) == tokens.count - 1
