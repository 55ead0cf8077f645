"""Scores of the corrections that came in: kept beside them in the queue, so that they can be summed and compared.

A revision is scored once. What counts for a draft is the score of its accepted revision; before acceptance that of
the latest one, which is provisional. A draft that was withdrawn before anybody accepted it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.types import Language, Prediction, Unit
from export.database import Database
from export.entries import PREDICTED, prediction_of
from export.scoring import Figures, from_flat
from export.states import State
from export.tables import corrections, drafts, predictions, reviews, scores

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """Which scored drafts are meant; None: any. `since` and `until` are of the correction, `until` not included.

    `accepted`: only drafts that were accepted.
    """

    project: str | None = None
    language: str | None = None
    source: str | None = None
    model_set: str | None = None
    fingerprint: str | None = None
    worker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class ScoredDraft:
    """The score that counts for a draft, and what is known beside it.

    `source` is where its recording came from, `recogniser` what wrote the draft, `worker` who handed in `revision`.
    `rework` counts how often it was sent back; `worked_seconds` are active seconds of all its revisions together,
    0 where none says. `doubts` are what the correction's adapter was not sure of, as `lead_time_incomplete`.
    `predicted` is what was last expected before anybody had the draft.
    """

    draft_id: str
    recording_id: str
    unit: Unit
    project: str
    language: Language
    source: str
    model_set: str
    fingerprint: str
    recogniser: str
    normaliser: str
    worker: str
    state: State
    revision: int
    scored_at: datetime
    corrected_at: datetime
    accepted_at: datetime | None
    provisional: bool
    rework: int
    worked_seconds: float
    figures: Figures
    difficulty: float | None
    flags: tuple[str, ...]
    doubts: tuple[str, ...]
    predicted: Prediction | None


def observed(database: Database, selection: Selection | None = None) -> Iterator[ScoredDraft]:
    """The score that counts for each draft of a selection, in the order in which the drafts came.

    Some are read at a time, and no transaction stays open between, however long the caller takes.
    """
    wanted = _wanted(selection or Selection())
    query = (
        sa.select(*_COLUMNS)
        .select_from(_COUNTING.outerjoin(predictions, predictions.c.draft_id == drafts.c.draft_id))
        .where(*wanted, drafts.c.seq > sa.bindparam("after"))
        .order_by(drafts.c.seq)
        .limit(_AT_ONCE)
    )
    after = 0
    while True:
        with database.reading(once=True) as connection:
            rows = connection.execute(query, {"after": after}).all()
        yield from map(_scored_draft, rows)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].draft_seq


_COUNTING = drafts.join(
    scores, sa.and_(scores.c.draft_id == drafts.c.draft_id, scores.c.revision == drafts.c.revision)
).join(
    corrections, sa.and_(corrections.c.draft_id == drafts.c.draft_id, corrections.c.revision == drafts.c.revision)
)
"""A draft with the score that counts: a verdict is always on the latest revision, and nothing comes after it."""

_COUNTS_AT_ALL = sa.or_(drafts.c.state != State.WITHDRAWN, drafts.c.accepted_at.is_not(None))

_EVERY = corrections.alias("every")

_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    drafts.c.seq.label("draft_seq"),
    *(column for column in drafts.c if column.name in ("recording_id", "project", "language", "state")),
    *(column for column in drafts.c if column.name in ("model_set", "fingerprint", "accepted_at")),
    *(column for column in drafts.c if column.name.startswith("unit_")),
    *(column for column in scores.c if column.name not in ("seq", "confidences")),
    corrections.c.worker,
    corrections.c.at.label("corrected_at"),
    corrections.c.flags.label("doubts"),
    sa.select(sa.func.count())
    .where(reviews.c.draft_id == drafts.c.draft_id, reviews.c.verdict == "rework")
    .scalar_subquery()
    .label("rework"),
    sa.select(sa.func.sum(_EVERY.c.lead_time))
    .where(_EVERY.c.draft_id == drafts.c.draft_id)
    .scalar_subquery()
    .label("worked_seconds"),
    *PREDICTED,
)


def _wanted(selection: Selection) -> list[sa.ColumnElement[bool]]:
    equal = {
        drafts.c.project: selection.project,
        drafts.c.language: selection.language,
        scores.c.source: selection.source,
        drafts.c.model_set: selection.model_set,
        drafts.c.fingerprint: selection.fingerprint,
        corrections.c.worker: selection.worker,
    }
    wanted = [column == value for column, value in equal.items() if value is not None]
    wanted += [corrections.c.at >= selection.since] if selection.since is not None else []
    wanted += [corrections.c.at < selection.until] if selection.until is not None else []
    return [drafts.c.accepted_at.is_not(None) if selection.accepted else _COUNTS_AT_ALL, *wanted]


def _scored_draft(row: sa.Row[Any]) -> ScoredDraft:
    return ScoredDraft(
        draft_id=row.draft_id,
        recording_id=row.recording_id,
        unit=Unit(row.unit_index, row.unit_count, row.unit_start, row.unit_end),
        project=row.project,
        language=row.language,
        source=row.source,
        model_set=row.model_set,
        fingerprint=row.fingerprint,
        recogniser=row.recogniser,
        normaliser=row.normaliser,
        worker=row.worker,
        state=State(row.state),
        revision=row.revision,
        scored_at=row.at,
        corrected_at=row.corrected_at,
        accepted_at=row.accepted_at,
        provisional=row.accepted_at is None,
        rework=row.rework,
        worked_seconds=row.worked_seconds,
        figures=from_flat(dict(row._mapping)),
        difficulty=row.difficulty,
        flags=tuple(row.flags),
        doubts=tuple(row.doubts),
        predicted=prediction_of(row),
    )
