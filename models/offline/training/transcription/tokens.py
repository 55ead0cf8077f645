"""A small byte-level vocabulary in Whisper's layout: text, specials, times.

One token for each Korean syllable, kana and hanzi, short pieces of English words. The empty token is what tells
CTranslate2 (4.7 and later) that a Whisper is multilingual; it is never written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from core.types import LANGUAGES, Language

SPECIALS = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|ko|>", "<|ja|>", "<|translate|>"),
    *("<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
)
TIME_STEP = 0.02
TIMES = tuple(f"<|{index * TIME_STEP:.2f}|>" for index in range(501))
"""From 0.00 to 10.00 s."""

_LONGEST_TOKEN = 5
_SENTENCES = 8000
_VOCABULARY = 6000
_SPLIT = Regex(
    r" ?[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]| ?[\u3040-\u30ff\u4e00-\u9fff]| ?[A-Za-z']+"
    r"| ?[^\sA-Za-z'\uac00-\ud7af\u3040-\u30ff\u4e00-\u9fff]+|\s+"
)


class Tokens:
    """Text to ids and back; ids of specials and times. Ids are those of the exported model."""

    def __init__(self, text: Tokenizer) -> None:
        self._text = text
        self.words = text.get_vocab_size()
        self.empty = self.words
        self._first_special = self.words + 1
        self.first_time = self._first_special + len(SPECIALS)
        self.count = self.first_time + len(TIMES)

    def special(self, name: str) -> int:
        """The id of `<|name|>`. Raises ValueError for a name that is not among SPECIALS."""
        return self._first_special + SPECIALS.index(f"<|{name}|>")

    def time(self, seconds: float) -> int:
        """The id of the nearest time within the window."""
        return self.first_time + min(len(TIMES) - 1, max(0, round(seconds / TIME_STEP)))

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """(id, first character, character after the last) of each token of a text."""
        coded = self._text.encode(text)
        return [(one, start, end) for one, (start, end) in zip(coded.ids, coded.offsets, strict=True)]

    def vocabulary(self) -> dict[str, int]:
        """Every token of the exported model by its text."""
        extra = ("", *SPECIALS, *TIMES)
        return self._text.get_vocab() | {text: self.words + index for index, text in enumerate(extra)}

    def write(self, file: Path) -> None:
        """Write `tokenizer.json` with the whole vocabulary, as faster-whisper reads it."""
        content = json.loads(self._text.to_str())
        content["model"]["vocab"] = self.vocabulary()
        content["added_tokens"] = [
            {"id": self._first_special + index, "content": text, "special": index < len(SPECIALS)}
            | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
            for index, text in enumerate((*SPECIALS, *TIMES))
        ]
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def learn_tokens(file: Path) -> Tokens:
    """The vocabulary of the grammars, from a file that an earlier call wrote, or learned and written there."""
    if not file.exists():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(_SPLIT, "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=_VOCABULARY,
            min_frequency=3,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            max_token_length=_LONGEST_TOKEN,
            show_progress=False,
        )
        tokenizer.train_from_iterator(_texts(LANGUAGES), trainer)
        file.parent.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(file))
    return Tokens(Tokenizer.from_file(str(file)))


def _texts(languages: Sequence[Language]) -> Iterator[str]:
    chance = random.Random("tokens")
    for language in languages:
        for _ in range(_SENTENCES):
            sentence = write_sentence(GRAMMARS[language], chance, "train")
            yield "".join(piece.written for piece in sentence.pieces)
