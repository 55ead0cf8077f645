"""Scores of the corrections that came in: kept beside them in the queue, so that they can be summed and compared.

A revision is scored once. What counts for a draft is the score of its accepted revision; before acceptance that of
the latest one, which is provisional. A draft that was withdrawn before anybody accepted it does not count.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import sqlalchemy as sa

from core.errors import DocumentLost, NotFound, PrelabelError, StoreUnusable, UsageProblem
from core.store import MediaStore
from core.types import Correction, Draft, Language, Prediction, Unit
from export.bodies import draft_of, is_of_one_draft
from export.corrections import parse_correction
from export.database import Database, Transaction
from export.entries import (
    ENTRY,
    PREDICTED,
    PREDICTED_DRAFTS,
    QueueEntry,
    no_such_draft,
    note,
    predicted_entry,
    prediction_of,
    select_entries,
)
from export.reviews import no_such_revision
from export.scoring import COUNTS, SCORER, DraftScore, Figures, flat, from_flat, score_correction
from export.scoring.confirmed import score_and_confirm
from export.scoring.differences import Differences, differences, named_after
from export.states import Actor, State
from export.tables import corrections, drafts, measured, predictions, reviews, scores, unscored
from models.difficulty import Confidences, read_confidences, recogniser_of

log = logging.getLogger("prelabel")

MOST_ATTEMPTS: Final = 5
"""So often it is tried to score a revision; then only by `prelabel corrections --again`."""

UNREAD: Final = "unread"
"""The flag of a draft that was handed in as it came, and not heard."""

_AT_ONCE = 500
_WRITTEN_AT_ONCE = 50

Reason: TypeAlias = Literal["lost", "unreadable", "crashed"]
By: TypeAlias = Literal["project", "language", "source", "model_set", "fingerprint", "recogniser", "worker"]
BYS: Final[tuple[By, ...]] = get_args(By)
"""What sums can be taken by."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A revision that could not be scored, for the `attempts`-th time.

    `lost`: the store has lost or damaged the draft's document. `unreadable`: one of the two documents is not what
    it should be. `crashed`: a mistake of ours, which the log tells more of.
    """

    draft_id: str
    revision: int
    reason: Reason
    why: str
    attempts: int


@dataclass(frozen=True, slots=True)
class ScoringResult:
    """What a round of scoring came to.

    `scored` revisions have a score now that had none, or one of an older version of scoring; `troubles` could not
    be scored this time; `given_up` were not tried, because it had failed MOST_ATTEMPTS times.
    """

    scored: int
    troubles: tuple[Trouble, ...]
    given_up: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which scored drafts are meant; None: any. `since` and `until` are of the correction, `until` not included.

    `accepted`: only drafts that were accepted. `finished`: only those whose correction nobody has to work on again.
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
    finished: bool = False


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


@dataclass(frozen=True, slots=True)
class Sum:
    """The figures of all drafts that have `key` in common: a value for each thing that was summed by.

    `provisional` of them are not accepted. `normaliser` is None where there are several: error rates of different
    ones do not compare, and so that of all together says little.
    """

    key: Mapping[By, str]
    figures: Figures
    provisional: int
    normaliser: str | None


def score_corrections(database: Database, store: MediaStore, *, again: bool = False) -> ScoringResult:
    """Score every revision that this version of scoring has not scored; none is scored twice.

    Each draft is read by itself, so memory does not grow with how many there are; what is done is kept, whatever
    comes after. `again`: try those as well that were given up. Raises StoreUnusable where the store is not there,
    since that is no draft's own trouble.
    """
    scored, after = 0, 0
    troubles: list[Trouble] = []
    pending: list[_Scored | Trouble] = []
    while keys := _to_score(database, after, again):
        for key in keys:
            found = _attempt(database, store, key)
            pending += [found] if found is not None else []
            if len(pending) == _WRITTEN_AT_ONCE or key is keys[-1]:
                scored += _keep(database, pending)
                troubles += [one for one in pending if isinstance(one, Trouble)]
                pending = []
        after = keys[-1].seq
    return ScoringResult(scored, tuple(troubles), () if again else _given_up(database))


@dataclass(frozen=True, slots=True)
class _Key:
    """A revision to score; `failed` is how often that was tried."""

    seq: int
    draft_id: str
    revision: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Scored:
    """A score and what is kept beside it."""

    score: DraftScore
    confidences: Confidences
    source: str
    recogniser: str


_TRIED = sa.and_(
    unscored.c.draft_id == corrections.c.draft_id,
    unscored.c.revision == corrections.c.revision,
    unscored.c.scorer == SCORER,
)


def _to_score(database: Database, after: int, again: bool) -> list[_Key]:
    """The next revisions without a score of this version; without those that were given up, unless `again`."""
    failed = sa.func.coalesce(unscored.c.attempts, 0)
    is_scored = sa.exists().where(
        scores.c.draft_id == corrections.c.draft_id,
        scores.c.revision == corrections.c.revision,
        scores.c.scorer == SCORER,
    )
    query = (
        sa.select(corrections.c.seq, corrections.c.draft_id, corrections.c.revision, failed.label("failed"))
        .select_from(corrections.outerjoin(unscored, _TRIED))
        .where(corrections.c.seq > after, ~is_scored, sa.true() if again else failed < MOST_ATTEMPTS)
        .order_by(corrections.c.seq)
        .limit(_AT_ONCE)
    )
    with database.reading(once=True) as connection:
        return [_Key(*row) for row in connection.execute(query)]


def _given_up(database: Database) -> tuple[Trouble, ...]:
    kept = sa.select(*(unscored.c[name] for name in ("draft_id", "revision", "reason", "why", "attempts")))
    query = kept.where(unscored.c.scorer == SCORER, unscored.c.attempts >= MOST_ATTEMPTS)
    with database.reading(once=True) as connection:
        return tuple(Trouble(*row) for row in connection.execute(query.order_by("draft_id", "revision")))


def _attempt(database: Database, store: MediaStore, key: _Key) -> _Scored | Trouble | None:
    """A revision's score, or why there is none; None where it was forgotten meanwhile.

    Raises StoreUnusable where the whole store is not there.
    """

    def trouble(reason: Reason, why: str) -> Trouble:
        return Trouble(key.draft_id, key.revision, reason, why, key.failed + 1)

    try:
        entry, body = _documents(database, key.draft_id, key.revision)
        draft = draft_of(store, entry)
        score, confidences = score_and_confirm(draft, parse_correction(body.encode()))
        return _Scored(score, confidences, source_of(draft), recogniser_of(draft))
    except NotFound:
        return None
    except PrelabelError as error:
        if not is_of_one_draft(store, error):
            raise
        return trouble("lost" if isinstance(error, StoreUnusable) else "unreadable", error.why)
    except Exception as error:  # whatever one draft does, the others are scored
        log.exception("revision %s of draft %s cannot be scored", key.revision, key.draft_id)
        return trouble("crashed", f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class Edited:
    """What revision `revision` of a correction changed in revision `base`; 0 is the draft."""

    draft_id: str
    language: Language
    base: int
    revision: int
    differences: Differences

    def to_dict(self) -> dict[str, Any]:
        return {
            "draft_id": self.draft_id,
            "language": self.language,
            "base": self.base,
            "revision": self.revision,
            **self.differences.to_dict(),
        }


def _documents(database: Database, draft_id: str, revision: int) -> tuple[QueueEntry, str]:
    """A draft's entry and the document of a revision. Raises NotFound."""
    of_revision = sa.and_(corrections.c.draft_id == drafts.c.draft_id, corrections.c.revision == revision)
    query = (
        sa.select(*ENTRY, corrections.c.body)
        .select_from(PREDICTED_DRAFTS.outerjoin(corrections, of_revision))
        .where(drafts.c.draft_id == draft_id)
    )
    with database.reading(once=True) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise no_such_draft(draft_id)
    if row.body is None:
        raise no_such_revision(draft_id, revision)
    return predicted_entry(row), row.body


def source_of(draft: Draft) -> str:
    """Where a draft's recording came from: `source` in the manifest where that says it, else the project."""
    return draft.metadata.get("source", "").strip() or draft.project


def _keep(database: Database, found: Sequence[_Scored | Trouble]) -> int:
    """Write scores and troubles of drafts that are still there, with an event where a score is news; how many
    scores there were."""
    by_key = {_key_of(one): one for one in found}
    with database.writing() as transaction:
        connection = transaction.connection
        ids = {draft_id for draft_id, _ in by_key}
        # Whoever forgets a draft waits for this, or it is gone by now.
        there = {
            entry.draft.draft_id: entry
            for entry in select_entries(connection, drafts.c.draft_id.in_(ids), locked=True)
        }
        kept = {
            (row.draft_id, row.revision): row
            for row in connection.execute(sa.select(scores).where(scores.c.draft_id.in_(ids)))
        }
        written = 0
        for key, one in by_key.items():
            before, entry = kept.get(key), there.get(key[0])
            if entry is None or (before is not None and before.scorer == SCORER):
                continue  # forgotten, or scored by somebody else meanwhile
            for table in (scores, unscored) if isinstance(one, _Scored) else (unscored,):
                connection.execute(table.delete().where(table.c.draft_id == key[0], table.c.revision == key[1]))
            if isinstance(one, Trouble):
                connection.execute(unscored.insert().values(_trouble_row(transaction, one)))
                continue
            connection.execute(scores.insert().values(_score_row(transaction, one)))
            written += 1
            if before is None or from_flat(dict(before._mapping)) != one.score.figures:
                _note_score(transaction, entry, one.score)
        return written


def _key_of(one: _Scored | Trouble) -> tuple[str, int]:
    found = one.score if isinstance(one, _Scored) else one
    return found.draft_id, found.revision


def _score_row(transaction: Transaction, one: _Scored) -> dict[str, Any]:
    score = one.score
    return {
        "draft_id": score.draft_id,
        "revision": score.revision,
        "at": transaction.now,
        "scorer": SCORER,
        "normaliser": score.normaliser,
        "source": one.source,
        "recogniser": one.recogniser,
        "difficulty": score.figures.difficulty,
        "flags": list(score.flags),
        "confidences": one.confidences.to_dict(),
        **flat(score.figures),
    }


def _trouble_row(transaction: Transaction, one: Trouble) -> dict[str, Any]:
    return {
        "draft_id": one.draft_id,
        "revision": one.revision,
        "scorer": SCORER,
        "attempts": one.attempts,
        "reason": one.reason,
        "why": one.why,
        "at": transaction.now,
    }


def _note_score(transaction: Transaction, entry: QueueEntry, score: DraftScore) -> None:
    shown = score.figures.to_dict()
    details = {
        "revision": score.revision,
        "difficulty": shown["difficulty"],
        "cer": shown["cer"],
        "provisional": is_provisional(entry, score.revision),
    }
    state, version = entry.state, entry.version
    note(transaction, "scored", Actor.PIPELINE, entry.draft, state, state, version=version, details=details)


def is_provisional(entry: QueueEntry, revision: int) -> bool:
    """Whether a revision is not the one that was accepted."""
    return entry.accepted_at is None or revision != entry.revision


def score_of(
    database: Database, store: MediaStore, draft_id: str, revision: int | None = None
) -> tuple[DraftScore, QueueEntry]:
    """The whole score of a revision, sentence by sentence, made now; without a number that of the one that counts.

    Raises NotFound where there is no such draft or revision (any more), StoreUnusable, and UsageProblem where a
    document is not what it should be.
    """
    entry, correction = _counting(database, draft_id, revision)
    return score_correction(_draft(database, store, entry), correction), entry


def edits_of(
    database: Database, store: MediaStore, draft_id: str, revision: int | None = None, base: int = 0
) -> Edited:
    """What a revision changed in the draft, or in an earlier revision: `base`; made now, and not kept.

    Without a number it is the revision that counts. Raises as `score_of` does, and UsageProblem where `base` is not
    earlier.
    """
    entry, correction = _counting(database, draft_id, revision)
    if base >= correction.revision:
        raise UsageProblem(
            f"revision {correction.revision} cannot be compared with revision {base}",
            why="that is not an earlier one",
            fix="name an earlier revision as `base`, or 0 for the draft",
        )
    language = cast("Language", entry.draft.language)
    if base:
        before = parse_correction(_documents(database, draft_id, base)[1].encode())
        found = differences(*named_after(before.sentences, correction.sentences), language)
    else:
        found = differences(_draft(database, store, entry).sentences, correction.sentences, language)
    return Edited(draft_id, language, base, correction.revision, found)


def _counting(database: Database, draft_id: str, revision: int | None) -> tuple[QueueEntry, Correction]:
    """A draft's entry and one of its revisions, or the one that counts. Raises NotFound."""
    with database.reading(once=True) as connection:
        latest = connection.scalar(sa.select(drafts.c.revision).where(drafts.c.draft_id == draft_id))
    if latest is None:
        raise no_such_draft(draft_id)
    entry, body = _documents(database, draft_id, latest if revision is None else revision)
    return entry, parse_correction(body.encode())


def _draft(database: Database, store: MediaStore, entry: QueueEntry) -> Draft:
    """An entry's document. Raises NotFound where the draft is gone, DocumentLost where only its document is."""
    try:
        return draft_of(store, entry)
    except DocumentLost:
        _documents(database, entry.draft.draft_id, entry.revision)  # it may have been forgotten meanwhile
        raise


def summed(database: Database, selection: Selection | None = None, by: Sequence[By] = ()) -> tuple[Sum, ...]:
    """The scores that count for the drafts of a selection, added up: all together, or for each value of `by`.

    In the order of those values; () where there is no score.
    """
    keys = [_SUMMED_BY[name].label(f"by_{name}") for name in dict.fromkeys(by)]
    query = (
        sa.select(
            *keys,
            *(sa.func.sum(scores.c[name]).label(name) for name in COUNTS),
            (sa.func.count() - sa.func.count(drafts.c.accepted_at)).label("provisional"),
            sa.func.min(scores.c.normaliser).label("first_normaliser"),
            sa.func.max(scores.c.normaliser).label("last_normaliser"),
        )
        .select_from(_COUNTING)
        .where(*_wanted(selection or Selection()))
        .group_by(*keys)
        .order_by(*keys)
        .having(sa.func.count() > 0)
    )
    with database.reading(once=True) as connection:
        rows = connection.execute(query).all()
    return tuple(
        Sum(
            {name: getattr(row, f"by_{name}") for name in dict.fromkeys(by)},
            from_flat(dict(row._mapping)),
            row.provisional,
            row.first_normaliser if row.first_normaliser == row.last_normaliser else None,
        )
        for row in rows
    )


def confirmed_confidences(database: Database, language: Language) -> Mapping[str, Mapping[str, Confidences]]:
    """How right recognisers were at each confidence, by recogniser and recording, over the scores that count.

    Only of finished corrections: in one that was sent back, errors may be left. And of none that was handed in
    unread.
    """
    columns = [drafts.c.recording_id, scores.c.recogniser, scores.c.confidences, scores.c.flags]
    found: dict[str, dict[str, Confidences]] = defaultdict(dict)
    for row in scored_rows(database, columns, Selection(language=language, finished=True)):
        if UNREAD in row.flags:
            continue
        recordings = found[row.recogniser]
        recordings[row.recording_id] = recordings.get(row.recording_id, Confidences()) + read_confidences(
            row.confidences
        )
    return found


def observed(database: Database, selection: Selection | None = None) -> Iterator[ScoredDraft]:
    """The score that counts for each draft of a selection, in the order in which the drafts came.

    Some are read at a time, and no transaction stays open between, however long the caller takes.
    """
    for row in scored_rows(database, _COLUMNS, selection or Selection()):
        yield _scored_draft(row)


def scored_rows(
    database: Database, columns: Sequence[sa.ColumnElement[Any]], selection: Selection
) -> Iterator[sa.Row[Any]]:
    """Such columns of each draft of a selection and of the score that counts for it, as `observed` goes.

    They may be of `drafts`, `scores`, `corrections`, `predictions` and `measured`.
    """
    query = (
        sa.select(drafts.c.seq.label("draft_seq"), *columns)
        .select_from(
            _COUNTING.outerjoin(predictions, predictions.c.draft_id == drafts.c.draft_id).outerjoin(
                measured, measured.c.draft_id == drafts.c.draft_id
            )
        )
        .where(*_wanted(selection), drafts.c.seq > sa.bindparam("after"))
        .order_by(drafts.c.seq)
        .limit(_AT_ONCE)
    )
    after = 0
    while True:
        with database.reading(once=True) as connection:
            rows = connection.execute(query, {"after": after}).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].draft_seq


_COUNTING = drafts.join(
    scores, sa.and_(scores.c.draft_id == drafts.c.draft_id, scores.c.revision == drafts.c.revision)
).join(
    corrections, sa.and_(corrections.c.draft_id == drafts.c.draft_id, corrections.c.revision == drafts.c.revision)
)
"""A draft with the score that counts: a verdict is always on the latest revision, and nothing comes after it."""

_IS_FINISHED = sa.or_(drafts.c.state.in_((State.SUBMITTED, State.IN_REVIEW)), drafts.c.accepted_at.is_not(None))
_COUNTS_AT_ALL = sa.or_(drafts.c.state != State.WITHDRAWN, drafts.c.accepted_at.is_not(None))

_SUMMED_BY: Mapping[By, sa.ColumnElement[str]] = {
    "project": drafts.c.project,
    "language": drafts.c.language,
    "source": scores.c.source,
    "model_set": drafts.c.model_set,
    "fingerprint": drafts.c.fingerprint,
    "recogniser": scores.c.recogniser,
    "worker": corrections.c.worker,
}

_EVERY = corrections.alias("every")

_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
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
    wanted += [_IS_FINISHED] if selection.finished else []
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
