"""The correction queue: drafts wait here, once each, until people take them.

Rows lie in SQL, draft bodies in the media store. Every change of a row appends an event in the same transaction.
What happens to a draft once it waits is in handoff.py and reviews.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from core.errors import UsageProblem
from export.database import Database, Transaction, time_of
from export.drafts import printable
from export.entries import (
    Event,
    Place,
    QueuedDraft,
    QueueEntry,
    alter,
    beyond,
    change,
    insist_allowed,
    last_event,
    locked_entry,
    note,
    one_entry,
    select_entries,
    select_events,
    values_of,
)
from export.predictions import Predicted, add_predictions
from export.states import GONE, UNTOUCHED, Actor, State
from export.tables import (
    Order,
    aliases,
    answered_drafts,
    answers,
    corrections,
    drafts,
    events,
    label_studio_annotations,
    label_studio_tasks,
    measured,
    predictions,
    reviews,
    scores,
    unscored,
    working_copies,
)

_OF_DRAFTS = (
    *(corrections, reviews, scores, unscored, predictions, measured, working_copies),
    *(label_studio_tasks, label_studio_annotations),
)
"""What is kept of drafts beside their rows, and is forgotten with them."""


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """What enqueueing one recording came to.

    `entries` are its drafts as they now stand, `added` the ids that were new, `superseded` the ids whose place
    they took. `duplicate_of` is the address under which the same bytes were drafted by the same pipeline for
    the same project before, None where that was this address.
    """

    entries: tuple[QueueEntry, ...]
    added: tuple[str, ...]
    superseded: tuple[str, ...]
    duplicate_of: str | None


class Queue(Database):
    """The drafts and what became of them. Free to build; opens, and makes its tables, on first use."""

    def enqueue(
        self,
        queued: Sequence[QueuedDraft],
        *,
        predicted: Mapping[str, Predicted] | None = None,
        release: bool = False,
    ) -> EnqueueResult:
        """Put all drafts of one recording, by one pipeline for one project, into the queue; all or none.

        `predicted` is what is expected of them, by their ids. A draft id that is there already stays as it is, with
        what was predicted of it: the first body wins. Older drafts of the recording
        that nobody has touched are superseded. Where a person has one of them in hand, the new drafts are
        withheld and the old ones stay, so that nobody is paid twice; `release` makes the new ones ready even
        so, and then takes back the old ones that are still waiting.
        """
        one = _of_one_recording(queued)
        named = drafts.c.draft_id.in_([draft.draft_id for draft in queued])
        with self.writing() as transaction:
            transaction.hold(one.recording_id)
            known = {entry.draft.draft_id: entry for entry in select_entries(transaction.connection, named)}
            new = [draft for draft in queued if draft.draft_id not in known]
            superseded = _place(transaction, one, new, predicted or {}, release=release) if new else ()
            first = known[queued[0].draft_id].draft.uri if queued[0].draft_id in known else one.uri
            _note_alias(transaction, one)
            entries = select_entries(transaction.connection, named)
        return EnqueueResult(
            entries=entries,
            added=tuple(draft.draft_id for draft in new),
            superseded=superseded,
            duplicate_of=None if first == one.uri else first,
        )

    def list(
        self,
        *,
        state: State | Collection[State] | None = None,
        language: str | None = None,
        project: str | None = None,
        recording: str | None = None,
        difficulty_from: float | None = None,
        difficulty_to: float | None = None,
        from_scratch: bool | None = None,
        worker: str | None = None,
        search: str | None = None,
        drawn: float | None = None,
        not_by: str | None = None,
        order: Order = "received",
        after: Place | None = None,
        limit: int | None = None,
    ) -> tuple[QueueEntry, ...]:
        """Entries in an order, `limit` of them beyond the place `after`.

        `state` may be several, of which none is as good as no wish. `recording` is a recording's id or an address
        under which its bytes came in. A draft of unknown difficulty is within no bounds, nor is it expected to be
        typed afresh. `search` is a part of the external id or the address, in any case, or the beginning of the
        draft's id. `drawn` is a share, 0 to 1: drafts whose latest submission is in a random sample of so many; a
        larger sample holds the smaller ones. `not_by` is a worker whose drafts are left out.
        """
        wanted = [] if after is None else [beyond(order, after)]
        if isinstance(state, State):
            wanted += [drafts.c.state == state]
        elif state:
            wanted += [drafts.c.state.in_(sorted(state))]
        wanted += [drafts.c.worker == worker] if worker is not None else []
        wanted += [_called(search)] if search is not None else []
        wanted += [drafts.c.drawn < drawn] if drawn is not None else []
        wanted += [drafts.c.worker.is_distinct_from(not_by)] if not_by is not None else []
        wanted += [drafts.c.language == language] if language is not None else []
        wanted += [drafts.c.project == project] if project is not None else []
        wanted += [drafts.c.difficulty >= difficulty_from] if difficulty_from is not None else []
        wanted += [drafts.c.difficulty <= difficulty_to] if difficulty_to is not None else []
        if from_scratch is not None:
            expected = predictions.c.from_scratch
            wanted += [expected.is_(True) if from_scratch else expected.is_not(True)]
        if recording is not None:
            itself = sa.select(sa.literal(printable(recording)))
            named = sa.select(aliases.c.recording_id).where(aliases.c.uri == printable(recording))
            wanted += [drafts.c.recording_id.in_(itself.union_all(named))]
        with self.reading(once=True) as connection:
            return select_entries(connection, sa.and_(sa.true(), *wanted), limit, order=order)

    def recordings(self, start: str) -> tuple[str, ...]:
        """The ids of recordings that start so; two at most, since it should be one."""
        query = sa.select(events.c.recording_id).where(events.c.recording_id.startswith(start, autoescape=True))
        with self.reading(once=True) as connection:
            return tuple(connection.scalars(query.distinct().limit(2)))

    def drafts_ever(self, recording_id: str) -> tuple[str, ...]:
        """The ids of every draft that a recording has or had: the events know them also once it is forgotten."""
        query = sa.select(events.c.draft_id).where(events.c.recording_id == recording_id)
        with self.reading(once=True) as connection:
            return tuple(sorted(connection.scalars(query.distinct())))

    def show(self, draft: str) -> QueueEntry:
        """The entry of a draft id, or of the start of one that no other shares. Raises UsageProblem."""
        with self.reading(once=True) as connection:
            found = select_entries(connection, drafts.c.draft_id.startswith(draft, autoescape=True), 2)
        if len(found) == 1 and draft:
            return found[0]
        raise UsageProblem(
            f"there is no draft {draft!r}" if not found else f"{draft!r} is the start of several draft ids",
            why="the queue has no draft whose id starts so" if not found else "it has to name exactly one",
            fix="`prelabel queue list` shows the ids" + ("" if not found else "; give more digits"),
        )

    def addresses(self, recording_id: str, project: str) -> tuple[str, ...]:
        """Every address under which a recording came in for a project, the first one first."""
        query = (
            sa.select(aliases.c.uri)
            .where(aliases.c.recording_id == recording_id, aliases.c.project == project)
            .order_by(aliases.c.seq)
        )
        with self.reading(once=True) as connection:
            return tuple(dict.fromkeys(connection.scalars(query)))

    def get(self, draft_id: str) -> QueueEntry:
        """The entry of a draft id. Raises NotFound."""
        with self.reading(once=True) as connection:
            return one_entry(connection, draft_id)

    def events(self, *, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
        """The first `limit` events whose number is above `after`: ask again with the last number you got."""
        with self.reading(once=True) as connection:
            return select_events(connection, events.c.seq > after, limit)

    def last_event(self) -> int:
        """The number of the newest event; 0 before there was any."""
        with self.reading(once=True) as connection:
            return last_event(connection)

    def history(self, draft_id: str) -> tuple[Event, ...]:
        """Every change of one draft, the first one first."""
        with self.reading(once=True) as connection:
            return select_events(connection, events.c.draft_id == draft_id)

    def count(self) -> int:
        """How many drafts there are, in whatever state."""
        with self.reading(once=True) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(drafts)) or 0

    def settled(self, days: float) -> tuple[str, ...]:
        """The ids of recordings whose work is done: every draft that counts was accepted `days` ago or earlier."""
        open_still = sa.func.sum(sa.case((drafts.c.state.in_(GONE | {State.ACCEPTED}), 0), else_=1))
        with self.reading() as connection:
            before = time_of(connection) - timedelta(days=days)
            query = (
                sa.select(drafts.c.recording_id)
                .group_by(drafts.c.recording_id)
                .having(open_still == 0, sa.func.max(drafts.c.accepted_at) <= before)
                .order_by(drafts.c.recording_id)
            )
            return tuple(connection.scalars(query))

    def forget(self, recording_id: str) -> int:
        """Erase a recording from the queue, whatever its drafts' states; how many drafts there were.

        Its corrections, what was being typed, reviews, scores and predictions go with it, and kept answers that
        speak of it. The events stay, because readers of the feed have to learn of it; they hold ids and states
        only. Raises QueueUnusable where traces of it cannot be erased yet: forgetting it once more tries again.
        """
        with self.writing() as transaction:
            transaction.hold(recording_id)
            connection = transaction.connection
            gone = select_entries(connection, drafts.c.recording_id == recording_id, locked=True)
            ids = [entry.draft.draft_id for entry in gone]
            for entry in gone:
                note(transaction, "forgotten", Actor.OPERATOR, entry.draft, entry.state, State.WITHDRAWN)
            for table in _OF_DRAFTS:
                connection.execute(table.delete().where(table.c.draft_id.in_(ids)))
            connection.execute(events.update().where(events.c.recording_id == recording_id).values(details=None))
            said = sa.select(answered_drafts.c.key_sha256).where(answered_drafts.c.draft_id.in_(ids))
            theirs = answers.c.key_sha256.in_(said)
            connection.execute(
                sa.select(answers.c.key_sha256).where(theirs).order_by("key_sha256").with_for_update()
            )
            connection.execute(answers.delete().where(theirs))
            connection.execute(drafts.delete().where(drafts.c.recording_id == recording_id))
            connection.execute(aliases.delete().where(aliases.c.recording_id == recording_id))
        self.erase_traces()
        return len(gone)

    def prioritise(self, draft_id: str, priority: int, *, by: str | None = None) -> QueueEntry:
        """Give a draft out before others of lower priority. Raises NotFound."""
        with self.writing() as transaction:
            entry = locked_entry(transaction, draft_id)
            details = {"priority": priority}
            return alter(
                transaction, entry, "prioritised", Actor.OPERATOR, by=by, details=details, priority=priority
            )


def _called(search: str) -> sa.ColumnElement[bool]:
    """Drafts of which somebody remembers a part of a name. Names of files come in both of Unicode's forms.

    Every database knows the cases of the letters of English, and not every one those of others: for these it is
    asked for all ways of writing that are likely.
    """
    written = {search} if search.isascii() else {search, search.lower(), search.upper(), search.title()}
    parts = sorted({unicodedata.normalize(form, part) for form in ("NFC", "NFD") for part in written})
    named = [
        column.icontains(part, autoescape=True) for column in (drafts.c.external_id, drafts.c.uri) for part in parts
    ]
    return sa.or_(*named, drafts.c.draft_id.startswith(search.lower(), autoescape=True))


def _of_one_recording(queued: Sequence[QueuedDraft]) -> QueuedDraft:
    """The first of `queued`, after a look whether the others belong to it."""
    if len({(draft.recording_id, draft.project, draft.fingerprint, draft.uri) for draft in queued}) != 1:
        raise ValueError("drafts are enqueued for one recording, project and pipeline at a time")
    return queued[0]


def _place(
    transaction: Transaction,
    one: QueuedDraft,
    new: Sequence[QueuedDraft],
    predicted: Mapping[str, Predicted],
    *,
    release: bool,
) -> tuple[str, ...]:
    """Insert `new` in the state that older drafts of the recording leave to them; the ids they superseded."""
    older = select_entries(
        transaction.connection,
        sa.and_(
            drafts.c.recording_id == one.recording_id,
            drafts.c.project == one.project,
            drafts.c.fingerprint != one.fingerprint,
            drafts.c.state.not_in(GONE),
        ),
        locked=True,
    )
    in_hand = any(entry.state not in UNTOUCHED or entry.revision for entry in older)
    state = State.WITHHELD if in_hand and not release else State.READY
    # Withheld ones never reached anybody: only the newest pipeline's are worth keeping.
    yielding = {State.WITHHELD} if state is State.WITHHELD else UNTOUCHED
    superseded = [entry for entry in older if entry.state in yielding and not entry.revision]
    for draft in new:
        insist_allowed(None, state, Actor.PIPELINE, draft.draft_id)
        row = values_of(draft) | {"state": state, "version": 1}
        if draft.draft_id in predicted:
            row["difficulty"] = predicted[draft.draft_id].prediction.value
        transaction.connection.execute(drafts.insert().values(row))
    for entry in superseded:
        change(transaction, entry, State.SUPERSEDED, "superseded", Actor.PIPELINE)
    told = {draft.draft_id: predicted[draft.draft_id] for draft in new if draft.draft_id in predicted}
    add_predictions(transaction, told)
    for draft in new:
        details = None
        if draft.draft_id in told:
            details = {"difficulty": round(told[draft.draft_id].prediction.value, 1)}
        note(transaction, "enqueued", Actor.PIPELINE, draft, None, state, version=1, details=details)
    return tuple(entry.draft.draft_id for entry in superseded)


def _note_alias(transaction: Transaction, draft: QueuedDraft) -> None:
    """Remember how the recording was called; every name after the first is an event."""
    of_recording = sa.and_(aliases.c.recording_id == draft.recording_id, aliases.c.project == draft.project)
    seen = [
        (uri, external_id)
        for uri, external_id in transaction.connection.execute(
            sa.select(aliases.c.uri, aliases.c.external_id).where(of_recording)
        )
    ]
    if (draft.uri, draft.external_id) in seen:
        return
    transaction.connection.execute(
        aliases.insert().values(
            recording_id=draft.recording_id,
            project=draft.project,
            uri=draft.uri,
            external_id=draft.external_id,
        )
    )
    if seen:
        note(transaction, "alias", Actor.PIPELINE, draft, None, None)
