"""Scoring: what a person changed in a draft, how much work that was, and how often the draft was wrong."""

from __future__ import annotations

from export.scoring.counts import COUNTS, Edits, Figures, added, flat, from_flat, read_figures, rounded
from export.scoring.normaliser import normaliser_name, normaliser_steps
from export.scoring.results import BatchScore, DraftScore, SentenceScore, score_batch
from export.scoring.score import SCORER, content_texts, score_correction

__all__ = [
    "COUNTS",
    "SCORER",
    "BatchScore",
    "DraftScore",
    "Edits",
    "Figures",
    "SentenceScore",
    "added",
    "content_texts",
    "flat",
    "from_flat",
    "normaliser_name",
    "normaliser_steps",
    "read_figures",
    "rounded",
    "score_batch",
    "score_correction",
]
