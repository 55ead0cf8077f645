"""A draft's row in the queue, an event, and the one way in which a row changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from core.errors import Conflict, NotFound
from core.types import Cause, Draft, Prediction, Unit
from export.database import Change, Transaction
from export.states import FINISHED, TRANSITIONS, Actor, State
from export.tables import ORDERS, Order, drafts, events, predictions, working_copies


@dataclass(frozen=True, slots=True)
class QueuedDraft:
    """What the queue knows of a draft without opening it; `body_path` is relative to the media store."""

    draft_id: str
    recording_id: str
    uri: str
    external_id: str
    project: str
    language: str
    duration: float
    unit: Unit
    fingerprint: str
    model_set: str
    body_path: str
    body_sha256: str

    @classmethod
    def of(cls, draft: Draft, body_path: str, body_sha256: str) -> QueuedDraft:
        """The row of `draft`, whose document lies at `body_path` in the store."""
        return cls(
            draft_id=draft.draft_id,
            recording_id=draft.recording.id,
            uri=draft.recording.uri,
            external_id=draft.external_id,
            project=draft.project,
            language=draft.language,
            duration=draft.recording.duration,
            unit=draft.unit,
            fingerprint=draft.pipeline.fingerprint,
            model_set=draft.pipeline.model_set,
            body_path=body_path,
            body_sha256=body_sha256,
        )


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A draft as it stands in the queue.

    `seq` is its place, `version` counts its changes, `revision` the corrections that came in (0: none).
    `priority`: higher ones are given out first. `prediction` is None before anybody predicted, and `difficulty` is
    its value, 0 to 100. `received` counts the leases since it was last delivered or redriven. `holder` has or had
    it last, `worker` corrects or corrected it, where the platform said so.
    """

    seq: int
    state: State
    version: int
    draft: QueuedDraft
    priority: int = 0
    difficulty: float | None = None
    prediction: Prediction | None = None
    revision: int = 0
    accepted_at: datetime | None = None
    worker: str | None = None
    received: int = 0
    lease_sha256: str | None = None
    leased_until: datetime | None = None
    holder: str | None = None
    dead_reason: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.seq, self.difficulty)

    def to_dict(self) -> dict[str, Any]:
        """The entry for programs, in words of the draft document."""
        draft = self.draft
        return {
            "draft_id": draft.draft_id,
            "state": str(self.state),
            "project": draft.project,
            "external_id": draft.external_id,
            "recording": draft.uri,
            "recording_id": draft.recording_id,
            "duration": round(draft.duration, 3),
            "unit": {
                "index": draft.unit.index,
                "count": draft.unit.count,
                "start": round(draft.unit.start, 3),
                "end": round(draft.unit.end, 3),
            },
            "language": draft.language,
            "fingerprint": draft.fingerprint,
            "model_set": draft.model_set,
            "path": draft.body_path,
            "sha256": draft.body_sha256,
            "version": self.version,
            "priority": self.priority,
            "difficulty": self.difficulty,
            "prediction": self.prediction and shown_prediction(self.prediction),
            "revision": self.revision,
            "worker": self.worker,
            "holder": self.holder,
            "received": self.received,
            "leased_until": _written(self.leased_until) if self.state is State.LEASED else None,
            "accepted_at": _written(self.accepted_at),
            "dead_reason": self.dead_reason,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is in any order: behind it the next page begins."""

    seq: int
    difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One change, numbered by `seq`. An alias, a priority, a prediction and a renewed lease change no state.

    `by` says who did it, where known; `version` is the draft's version after it; `details` depend on `kind`.
    """

    seq: int
    at: datetime
    kind: str
    actor: Actor
    by: str | None
    draft_id: str
    recording_id: str
    from_state: State | None
    to_state: State | None
    version: int | None
    details: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The event for programs."""
        return {
            "seq": self.seq,
            "at": _written(self.at),
            "kind": self.kind,
            "actor": str(self.actor),
            "by": self.by,
            "draft_id": self.draft_id,
            "recording_id": self.recording_id,
            "from": self.from_state and str(self.from_state),
            "to": self.to_state and str(self.to_state),
            "version": self.version,
            "details": dict(self.details),
        }


def shown_prediction(prediction: Prediction) -> dict[str, Any]:
    """A prediction for programs: difficulties to a tenth, seconds to a whole one's tenth."""
    return {
        "value": round(prediction.value, 1),
        "low": round(prediction.low, 1),
        "high": round(prediction.high, 1),
        "effort": round(prediction.effort, 1),
        "effort_low": round(prediction.effort_low, 1),
        "effort_high": round(prediction.effort_high, 1),
        "from_scratch": prediction.from_scratch,
        "model": prediction.model,
        "reasons": [
            {"feature": cause.feature, "text": cause.text, "points": round(cause.points, 1)}
            for cause in prediction.reasons
        ],
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def values_of(draft: QueuedDraft) -> dict[str, Any]:
    """The columns of a new row."""
    return {
        "draft_id": draft.draft_id,
        "recording_id": draft.recording_id,
        "uri": draft.uri,
        "external_id": draft.external_id,
        "project": draft.project,
        "language": draft.language,
        "duration": draft.duration,
        "unit_index": draft.unit.index,
        "unit_count": draft.unit.count,
        "unit_start": draft.unit.start,
        "unit_end": draft.unit.end,
        "fingerprint": draft.fingerprint,
        "model_set": draft.model_set,
        "body_path": draft.body_path,
        "body_sha256": draft.body_sha256,
    }


def select_entries(
    connection: Connection,
    wanted: sa.ColumnElement[bool],
    limit: int | None = None,
    *,
    order: Order = "received",
    locked: bool = False,
) -> tuple[QueueEntry, ...]:
    """Entries in an order. `locked`: nobody else changes them before this transaction ends."""
    if locked:
        query = sa.select(drafts).where(wanted).order_by(*ORDERS[order]).limit(limit).with_for_update()
        return with_predictions(connection, [entry_of(row) for row in connection.execute(query)])
    query = sa.select(*ENTRY).select_from(PREDICTED_DRAFTS).where(wanted).order_by(*ORDERS[order]).limit(limit)
    return tuple(predicted_entry(row) for row in connection.execute(query))


def with_predictions(connection: Connection, locked: Sequence[QueueEntry]) -> tuple[QueueEntry, ...]:
    """Entries that were just locked, with what is expected of them.

    Asked for by itself: a row that another transaction changed meanwhile PostgreSQL gives as it is now, but what is
    joined to it as it was when the statement began; and what is joined makes every lease slower.
    """
    known = [one.draft.draft_id for one in locked if one.difficulty is not None]
    if not known:
        return tuple(locked)
    rows = connection.execute(_PREDICTIONS, {_KNOWN.key: known})
    expected = {row.predicted_draft_id: prediction_of(row) for row in rows}
    return tuple(replace(one, prediction=expected.get(one.draft.draft_id)) for one in locked)


def beyond(order: Order, place: Place) -> sa.ColumnElement[bool]:
    """What comes after a place in an order."""
    if order == "received":
        return drafts.c.seq > place.seq
    if place.difficulty is None:
        key = _UNKNOWN[order]
    else:
        key = place.difficulty if order == "difficulty" else -place.difficulty
    return sa.tuple_(*ORDERS[order]) > sa.tuple_(
        sa.literal(key, sa.Float), sa.literal(place.seq, drafts.c.seq.type)
    )


_UNKNOWN: Mapping[Order, float] = {"difficulty": 101.0, "-difficulty": 1.0}


def predicted_entry(row: Row[Any]) -> QueueEntry:
    """The entry that a row of ENTRY holds."""
    return replace(entry_of(row), prediction=prediction_of(row))


def entry_of(row: Row[Any]) -> QueueEntry:
    """The entry that a row of `drafts` holds; what is expected of it is not in there."""
    return QueueEntry(
        seq=row.seq,
        state=State(row.state),
        version=row.version,
        draft=QueuedDraft(
            draft_id=row.draft_id,
            recording_id=row.recording_id,
            uri=row.uri,
            external_id=row.external_id,
            project=row.project,
            language=row.language,
            duration=row.duration,
            unit=Unit(row.unit_index, row.unit_count, row.unit_start, row.unit_end),
            fingerprint=row.fingerprint,
            model_set=row.model_set,
            body_path=row.body_path,
            body_sha256=row.body_sha256,
        ),
        priority=row.priority,
        difficulty=row.difficulty,
        revision=row.revision,
        accepted_at=row.accepted_at,
        worker=row.worker,
        received=row.received,
        lease_sha256=row.lease_sha256,
        leased_until=row.leased_until,
        holder=row.holder,
        dead_reason=row.dead_reason,
    )


PREDICTED: tuple[sa.ColumnElement[Any], ...] = tuple(
    column.label(f"predicted_{column.name}") for column in predictions.c if column.name != "at"
)
"""What `prediction_of` reads from a row."""

ENTRY: tuple[sa.ColumnElement[Any], ...] = (*drafts.c, *PREDICTED)
PREDICTED_DRAFTS = drafts.outerjoin(predictions, predictions.c.draft_id == drafts.c.draft_id)
"""What `predicted_entry` reads from a row, and where it stands. Not for rows that are locked: see
`with_predictions`."""

_KNOWN: sa.BindParameter[Any] = sa.bindparam("known", expanding=True)
_PREDICTIONS = sa.select(*PREDICTED).where(predictions.c.draft_id.in_(_KNOWN))


def prediction_of(row: Row[Any]) -> Prediction | None:
    """What is expected of a draft; None before anybody predicted."""
    if row.predicted_draft_id is None:
        return None
    return Prediction(
        value=row.predicted_value,
        low=row.predicted_low,
        high=row.predicted_high,
        effort=row.predicted_effort,
        effort_low=row.predicted_effort_low,
        effort_high=row.predicted_effort_high,
        from_scratch=row.predicted_from_scratch,
        model=row.predicted_model,
        reasons=tuple(Cause(**cause) for cause in row.predicted_reasons),
    )


def select_events(
    connection: Connection, wanted: sa.ColumnElement[bool], limit: int | None = None
) -> tuple[Event, ...]:
    """Events in the order of their numbers."""
    query = sa.select(events).where(wanted).order_by(events.c.seq).limit(limit)
    return tuple(
        Event(
            seq=row.seq,
            at=row.at,
            kind=row.kind,
            actor=Actor(row.actor),
            by=row.by,
            draft_id=row.draft_id,
            recording_id=row.recording_id,
            from_state=State(row.from_state) if row.from_state else None,
            to_state=State(row.to_state) if row.to_state else None,
            version=row.version,
            details=row.details or {},
        )
        for row in connection.execute(query)
    )


def last_event(connection: Connection) -> int:
    """The number of the newest event; 0 before there was any."""
    return connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def one_entry(connection: Connection, draft_id: str, *, locked: bool = False) -> QueueEntry:
    """The entry of a draft id. `locked`: nobody else changes it before this transaction ends. Raises NotFound."""
    row = connection.execute(_ONE_LOCKED if locked else _ONE, {_DRAFT_ID.key: draft_id}).one_or_none()
    if row is None:
        raise no_such_draft(draft_id)
    return with_predictions(connection, [entry_of(row)])[0] if locked else predicted_entry(row)


# Built once: putting together so many columns takes longer than the database does.
_DRAFT_ID = sa.bindparam("wanted", type_=drafts.c.draft_id.type)
_ONE = sa.select(*ENTRY).select_from(PREDICTED_DRAFTS).where(drafts.c.draft_id == _DRAFT_ID)
_ONE_LOCKED = sa.select(drafts).where(drafts.c.draft_id == _DRAFT_ID).with_for_update()


def locked_entry(transaction: Transaction, draft_id: str, version: int | None = None) -> QueueEntry:
    """The entry of a draft id, which nobody else changes before the transaction ends.

    Raises NotFound, and Conflict where the entry is no longer at `version`.
    """
    entry = one_entry(transaction.connection, draft_id, locked=True)
    insist_version(entry, version)
    return entry


def insist_version(entry: QueueEntry, version: int | None) -> None:
    """Raise Conflict where a version is named that is not the entry's."""
    if version is not None and entry.version != version:
        raise Conflict(
            f"draft {entry.draft.draft_id} has changed",
            why=f"you named version {version}, and it is at version {entry.version} ({entry.state})",
            fix="get the draft again, and decide by what it says now",
            code="stale_version",
        )


def insist_holder(entry: QueueEntry, holder: str | None) -> None:
    """Raise Conflict where a holder is named and the draft was last given to another one."""
    if holder is not None and entry.holder is not None and entry.holder != holder:
        raise Conflict(
            f"draft {entry.draft.draft_id} is not yours",
            why="it was given to another platform, or given to another one since you had it",
            fix="drop your copy, and compare what you hold with what the queue believes",
            code="not_yours",
        )


def insist_worker(entry: QueueEntry, worker: str | None) -> None:
    """Raise Conflict where a worker is named and the draft is another one's."""
    if worker is not None and entry.worker is not None and entry.worker != worker:
        raise Conflict(
            f"draft {entry.draft.draft_id} is not yours",
            why=f"it is {entry.state}, and with another person of your platform: {entry.worker}",
            fix="take another one; to pass it on, let whoever has it give it back",
            code="not_yours",
        )


def no_such_draft(draft_id: str) -> NotFound:
    """What to raise for a draft id that the queue does not know."""
    return NotFound(
        f"there is no draft {draft_id[:64]!r}",
        why="the queue has no draft of this id; its recording may have been forgotten",
        fix="take ids from the list of drafts or from the events",
    )


def change(
    transaction: Transaction,
    entry: QueueEntry,
    to: State,
    kind: str,
    actor: Actor,
    *,
    by: str | None = None,
    details: Mapping[str, Any] | None = None,
    **columns: Any,
) -> QueueEntry:
    """Bring a locked draft into another state and set further columns; the entry as it is then.

    Raises Conflict where the table of states does not allow it.
    """
    (changed,) = change_all(transaction, [(entry, columns)], to, kind, actor, by=by, details=details)
    return changed


def change_all(
    transaction: Transaction,
    entries: Sequence[tuple[QueueEntry, Mapping[str, Any]]],
    to: State,
    kind: str,
    actor: Actor,
    *,
    by: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> tuple[QueueEntry, ...]:
    """`change` for several locked drafts at once, each with values of its own for the same columns.

    What people were typing is erased where nobody works on the drafts any more.
    """
    for entry, _ in entries:
        insist_allowed(entry.state, to, actor, entry.draft.draft_id)
    changed = _written_to(transaction, [(entry, {"state": to, **columns}) for entry, columns in entries])
    for (before, _), after in zip(entries, changed, strict=True):
        version = after.version
        note(transaction, kind, actor, after.draft, before.state, to, version=version, by=by, details=details)
    if to in FINISHED:
        empty_copies(transaction.connection, working_copies.c.draft_id.in_([one.draft.draft_id for one in changed]))
    return changed


def empty_copies(connection: Connection, *wanted: sa.ColumnElement[bool]) -> None:
    """Erase what is kept in working copies. Their rows stay, so that an old window's version fits no new copy."""
    connection.execute(working_copies.update().where(*wanted).values(body=None))


def alter(
    transaction: Transaction,
    entry: QueueEntry,
    kind: str,
    actor: Actor,
    *,
    by: str | None = None,
    details: Mapping[str, Any] | None = None,
    **columns: Any,
) -> QueueEntry:
    """Set columns of a locked draft that stand beside its state; the entry as it is then."""
    (changed,) = alter_all(transaction, [(entry, columns, details)], kind, actor, by=by)
    return changed


def alter_all(
    transaction: Transaction,
    entries: Sequence[tuple[QueueEntry, Mapping[str, Any], Mapping[str, Any] | None]],
    kind: str,
    actor: Actor,
    *,
    by: str | None = None,
) -> tuple[QueueEntry, ...]:
    """`alter` for several locked drafts at once, each with values and details of its own for the same columns."""
    changed = _written_to(transaction, [(entry, columns) for entry, columns, _ in entries])
    for (_, _, details), entry in zip(entries, changed, strict=True):
        state, version = entry.state, entry.version
        note(transaction, kind, actor, entry.draft, state, state, version=version, by=by, details=details)
    return changed


def _written_to(
    transaction: Transaction, entries: Sequence[tuple[QueueEntry, Mapping[str, Any]]]
) -> tuple[QueueEntry, ...]:
    """The entries with new values; they are locked, so nothing has to be read again."""
    rows = [{"version": entry.version + 1, **columns} for entry, columns in entries]
    if rows:
        numbered = [{_NUMBER.key: entry.seq, **row} for (entry, _), row in zip(entries, rows, strict=True)]
        transaction.connection.execute(_OF_NUMBER, numbered)
    return tuple(
        replace(entry, **{name: value for name, value in row.items() if name in _FIELDS})
        for (entry, _), row in zip(entries, rows, strict=True)
    )


_NUMBER = sa.bindparam("number", type_=drafts.c.seq.type)
_OF_NUMBER = drafts.update().where(drafts.c.seq == _NUMBER)
_FIELDS = {field.name for field in fields(QueueEntry)}


def insist_allowed(before: State | None, after: State, actor: Actor, draft_id: str) -> None:
    """Raise Conflict where the table of states does not allow a change."""
    if (before, after, actor) in TRANSITIONS:
        return
    possible = sorted({str(to) for come, to, who in TRANSITIONS if come == before and who == actor})
    leads = f"to {' or '.join(possible)} only" if possible else "nowhere"
    raise Conflict(
        f"draft {draft_id} cannot become {after}",
        why=f"it is {before or 'new'}; from there the {actor} may bring it {leads}",
        fix=(_ADVICE.get(before) if actor is Actor.PLATFORM else None)
        or "get the draft again to see its state; docs/platform.md has the table of states",
        code="state",
    )


_ADVICE: Mapping[State | None, str] = {
    State.READY: "nobody holds it: it was given back, or its lease ran out; lease it again first",
    State.LEASED: "acknowledge it first",
    State.DEAD: "ask an operator to redrive it",
    State.IN_REVIEW: "wait for the verdict: a reviewer has it open",
    State.ACCEPTED: "nothing is left to do, unless somebody reopens it",
    State.SUPERSEDED: "drop your copy: the draft of a newer pipeline has taken its place",
    State.WITHHELD: "wait until an operator releases it",
    State.WITHDRAWN: "drop your copy: an operator has ended it",
}
"""What a platform may do where a draft in such a state cannot become what it asked."""


def note(
    transaction: Transaction,
    kind: str,
    actor: Actor,
    draft: QueuedDraft,
    before: State | None,
    after: State | None,
    *,
    version: int | None = None,
    by: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an event about a draft."""
    transaction.note(Change(kind, actor, by, draft.draft_id, draft.recording_id, before, after, version, details))
