"""What scoring gives back: of a sentence, of a draft, of many drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.types import Language
from export.scoring.counts import Edits, Figures, added, rounded
from export.scoring.normaliser import normaliser_name, normaliser_steps


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """What happened to one sentence. `index` is its place in the correction, None for one that was taken out.

    `from_ids` are the sentences of the draft that it was made of, whatever the correction says. `flags`: `retype`
    (above 30 % errors; faster typed anew) and `unread` (unchanged, and never played or done faster than it could be
    heard). `played_share` and `seconds` are None where the correction does not say.
    """

    index: int | None
    from_ids: tuple[str, ...]
    edits: Edits
    content_characters: int
    cer: float | None
    effort: float
    difficulty: float | None
    flags: tuple[str, ...]
    played_share: float | None = None
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "from": list(self.from_ids),
            "edits": self.edits.to_dict(),
            "content_characters": self.content_characters,
            "cer": rounded(self.cer, 6),
            "effort": rounded(self.effort, 3),
            "difficulty": rounded(self.difficulty, 1),
            "flags": list(self.flags),
            "played_share": rounded(self.played_share, 3),
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True)
class DraftScore:
    """One revision of a correction against its draft.

    `sentences` are those of the correction, in its order; `removed` are the draft's that nothing is left of;
    `renamed` are names that were changed throughout, which is one edit each and belongs to no sentence. All their
    edits together are `figures.edits`. `flags`: `retype`; `unread` (nothing changed, and not played or done faster
    than it could be heard).
    """

    draft_id: str
    revision: int
    language: Language
    normaliser: str
    figures: Figures
    sentences: tuple[SentenceScore, ...]
    removed: tuple[SentenceScore, ...]
    renamed: tuple[tuple[str | None, str | None], ...]
    flags: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What `prelabel score --json` and the API say; docs/scoring.md describes every field."""
        shown = self.figures.to_dict()
        return {
            "draft_id": self.draft_id,
            "revision": self.revision,
            "language": self.language,
            "normaliser": self.normaliser,
            "normaliser_steps": list(normaliser_steps(self.language)),
            **shown,
            "flags": list(self.flags),
            "renamed": [{"from": here, "to": there} for here, there in self.renamed],
            "sentences": [one.to_dict() for one in self.sentences],
            "removed": [one.to_dict() for one in self.removed],
        }


@dataclass(frozen=True, slots=True)
class BatchScore:
    """Many drafts together, and by language. Error rates are only comparable within one normaliser."""

    all: Figures
    by_language: Mapping[Language, Figures]

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.all.to_dict(),
            "by_language": {
                language: {"normaliser": normaliser_name(language), **figures.to_dict()}
                for language, figures in sorted(self.by_language.items())
            },
        }


def score_batch(scores: Iterable[DraftScore]) -> BatchScore:
    """The figures of many drafts, added. Hand in one score per draft: its accepted revision, or the latest."""
    by_language: dict[Language, Figures] = {}
    for score in scores:
        by_language[score.language] = by_language.get(score.language, Figures()) + score.figures
    return BatchScore(added(by_language.values()), by_language)
