"""A grammar for each language."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.synthetic.grammars import chinese, english, japanese, korean
from benchmarks.synthetic.sentences import Grammar
from core.types import Language

GRAMMARS: Mapping[Language, Grammar] = {
    "ko": korean.GRAMMAR,
    "en": english.GRAMMAR,
    "zh": chinese.GRAMMAR,
    "ja": japanese.GRAMMAR,
}
