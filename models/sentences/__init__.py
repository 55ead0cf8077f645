"""Words and texts become sentences: what a person corrects, one row each."""

from __future__ import annotations

from models.sentences.cutting import VERSION, cut_sentences
from models.sentences.splitting import split

__all__ = ["VERSION", "cut_sentences", "split"]
