"""Sentences from our own grammars, and which part of the corpus each belongs to.

A grammar is a set of patterns with slots. A filled pattern becomes pieces: what is written, and what the
synthesiser must read to say it. A piece is the unit whose time is known: a word in English, Japanese and Korean,
a character in Chinese.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.types import Language

Part = Literal["train", "dev", "test"]
PARTS: tuple[Part, ...] = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Piece:
    """One timed piece of a sentence.

    `written` carries the space before it where the language writes one, and the marks after it; `spoken` is what
    the synthesiser reads: letters, kana or numbered pinyin, and `,` `.` `?` where it should pause or rise.
    """

    written: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """What somebody says in one go."""

    language: Language
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The sentence as it is written."""
        return "".join(piece.written for piece in self.pieces).strip()


@dataclass(frozen=True, slots=True)
class Grammar:
    """The sentences of one language.

    `patterns` name their slots in braces: `{PERSON}`; a name with a digit, `{PERSON1}`, keeps its word within the
    sentence. `fillers` are put before a sentence now and then, with their mark: `Well,`. `backchannels` are
    whole short answers of a listener. `pieces` cuts a filled pattern and gives each piece its reading.
    """

    language: Language
    slots: Mapping[str, tuple[str, ...]]
    patterns: tuple[str, ...]
    fillers: tuple[str, ...]
    backchannels: tuple[str, ...]
    pieces: Callable[[str], tuple[Piece, ...]]


FILLER_SHARE = 0.12
"""How many sentences begin with a filler."""
ATTEMPTS = 500
"""A tenth of all sentences belong to the smaller parts."""


class NoSuchSentence(LookupError):
    """A grammar seems to have no sentence in a part."""


_SLOT = re.compile(r"\{([A-Z]+)(\d?)\}")


def write_sentence(grammar: Grammar, chance: random.Random, part: Part) -> Sentence:
    """A random sentence of one part, now and then with a filler before it.

    Raises NoSuchSentence where so few sentences can be made that none may belong to the part.
    """
    for _ in range(ATTEMPTS):
        text, filler = _fill(grammar, chance)
        sentence = Sentence(grammar.language, grammar.pieces(text))
        if part_of(sentence.text) == part:
            return Sentence(grammar.language, grammar.pieces(f"{filler} {text}")) if filler else sentence
    raise NoSuchSentence(f"none of {ATTEMPTS} sentences belongs to the {part} part")


def write_backchannel(grammar: Grammar, chance: random.Random) -> Sentence:
    """A listener's short answer. There are too few of them to be divided into parts."""
    return Sentence(grammar.language, grammar.pieces(chance.choice(grammar.backchannels)))


def part_of(text: str) -> Part:
    """Eight tenths of all sentences are for training, a tenth for development, a tenth for the test.

    A sentence with a filler before it belongs where it belongs without: `text` is without.
    """
    tenth = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10
    return "test" if tenth == 0 else "dev" if tenth == 1 else "train"


def vocabulary(grammar: Grammar) -> frozenset[str]:
    """The distinct slot words of a grammar."""
    return frozenset(word for words in grammar.slots.values() for word in words)


def _fill(grammar: Grammar, chance: random.Random) -> tuple[str, str]:
    """A pattern with words in its slots, and the filler to put before it, or nothing."""
    kept: dict[str, str] = {}

    def word(slot: re.Match[str]) -> str:
        choice = chance.choice(grammar.slots[slot[1]])
        return kept.setdefault(slot[0], choice) if slot[2] else choice

    text = _SLOT.sub(word, chance.choice(grammar.patterns))
    return text, chance.choice(grammar.fillers) if chance.random() < FILLER_SHARE else ""
