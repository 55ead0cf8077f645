"""Sentences of the corpus without what somebody says before them."""

from __future__ import annotations

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import Sentence
from core.types import Language


def without_filler(text: str, language: Language) -> str:
    """A sentence as it stands alone: `So, it is cold.` is `It is cold.`"""
    grammar = GRAMMARS[language]
    for filler in grammar.fillers:
        before = Sentence(language, grammar.pieces(filler)).text
        if text.startswith(before) and len(text) > len(before):
            body = text[len(before) :].strip()
            return body[0].upper() + body[1:]
    return text
