"""Drafts and corrections of a few sentences, two seconds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.types import CorrectedSentence, Correction, Draft, Language
from export.scoring import DraftScore, score_correction
from tests.export.conftest import build_draft, build_sentence

SECONDS = 2.0
PAUSE = 0.2


def drafted(texts: Sequence[str], language: Language = "ko", speakers: Sequence[str | None] = ()) -> Draft:
    """A draft of `texts`, ids from '0001', by S1 where `speakers` does not say."""
    names = [*speakers, *["S1"] * (len(texts) - len(speakers))]
    sentences = [
        build_sentence(
            text,
            SECONDS * place,
            SECONDS * (place + 1) - PAUSE,
            id=f"{place + 1:04d}",
            language=language,
            speaker=names[place],
        )
        for place, text in enumerate(texts)
    ]
    return build_draft(sentences, language=language, seconds=SECONDS * len(texts) + 1.0)


def row(text: str, place: float, speaker: str | None = "S1", **changes: Any) -> CorrectedSentence:
    """A corrected sentence at the time of the draft's sentence number `place`, from 0."""
    start = changes.pop("start", SECONDS * place)
    end = changes.pop("end", SECONDS * (place + 1) - PAUSE)
    return CorrectedSentence(start, end, speaker, text, **changes)


def corrected(draft: Draft, rows: Sequence[CorrectedSentence], **changes: Any) -> Correction:
    values: dict[str, Any] = {"revision": 1, "worker": "kim", "lead_time": 30.0} | changes
    return Correction("prelabel.correction/1", draft.draft_id, sentences=tuple(rows), **values)


def scored(before: Sequence[str], after: Sequence[str], language: Language = "ko") -> DraftScore:
    """Texts against texts, one by one at the same times, without ids."""
    draft = drafted(before, language)
    return score_correction(draft, corrected(draft, [row(text, place) for place, text in enumerate(after)]))
