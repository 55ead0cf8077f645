"""The hand-off: drafts are leased, and delivered once the platform has them safe.

A lease is the platform taking custody, for seconds to minutes. Whoever holds its token may acknowledge, give back
or renew it. One that runs out makes its draft ready again, and a draft that nobody ever acknowledges dies, with the
reason, until an operator redrives it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict, NotFound, UsageProblem
from core.fingerprint import sha256_of_text
from core.types import LANGUAGES, Language
from export.database import Database, Transaction
from export.entries import (
    QueueEntry,
    alter,
    change,
    change_all,
    entry_of,
    insist_holder,
    locked_entry,
    no_such_draft,
    select_entries,
    with_predictions,
)
from export.states import Actor, State
from export.tables import IS_READY, ORDERS, Order, drafts, workers, working_copies

MOST_RECEIVED = 5
"""So often a draft is leased without being acknowledged; then it is dead."""

LONGEST_LEASE_SECONDS = 3600.0
MOST_LEASED = 100

_AHEAD = (16, 128, 1024)
"""So many more candidates are looked at than wanted, try by try, because others take some at the same time."""

_ACKNOWLEDGED = frozenset({State.DELIVERED, State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED, State.REWORK})
"""A draft in one of these states was acknowledged by whoever leased it last: nothing else leads to them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which drafts somebody wants: at most `count`, in one of `languages`, of one project or of any.

    `holder` is who takes custody. `worker` is for whom, where that is known. A draft of unknown difficulty is not
    within any bounds. `order` is among those of one priority. `draft_id` is for one very draft: then languages,
    project, bounds and order do not count.
    """

    holder: str
    count: int = 1
    seconds: float = 60.0
    languages: tuple[Language, ...] = LANGUAGES
    project: str | None = None
    easiest: float | None = None
    hardest: float | None = None
    worker: str | None = None
    order: Order = "received"
    draft_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Custody of one draft until `entry.leased_until`; `token` proves it."""

    entry: QueueEntry
    token: str


def lease(
    database: Database | Transaction, wanted: Wanted, *, one_language: bool = False, by: str | None = None
) -> tuple[Lease, ...]:
    """Lease the first drafts that fit: of the highest priority, then in the order wanted. () where none waits.

    `one_language`: a worker gets drafts in the language of the first one only. Raises UsageProblem where the worker
    is not named then, or where a bound does not hold, and Conflict where the worker has another language. Where one
    very draft is wanted, raises NotFound where there is none, and Conflict where it is not ready.
    """
    _insist_sensible(wanted, one_language)
    with database.writing() as transaction:
        worker = wanted.worker if one_language else None
        if wanted.draft_id is not None:
            return (_take_named(transaction, wanted, wanted.draft_id, worker, by),)
        languages, undecided = _languages_for(transaction, wanted, worker)
        if not undecided:
            return _take(transaction, wanted, languages, wanted.count, by)
        first = _take(transaction, wanted, languages, 1, by)
        if not first:
            return ()
        language = first[0].entry.draft.language
        transaction.connection.execute(workers.insert().values({"worker": worker, "language": language}))
        same = [one for one in languages if one == language]
        return first + _take(transaction, wanted, same, wanted.count - 1, by)


def acknowledge(
    database: Database, draft_id: str, token: str, *, holder: str | None = None, by: str | None = None
) -> QueueEntry:
    """The platform has the draft safe: it is delivered. Doing it twice changes nothing, whatever came after it.

    Raises NotFound, and Conflict where the lease was lost, or is not `holder`'s.
    """
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id)
        if entry.state in _ACKNOWLEDGED and _proves(token, entry, holder):
            return entry
        _insist_leased(entry, token, holder)
        columns: dict[str, Any] = {"received": 0, "leased_until": None, "delivered_at": transaction.now}
        return change(transaction, entry, State.DELIVERED, "delivered", Actor.PLATFORM, by=by, **columns)


def refuse(
    database: Database,
    draft_id: str,
    token: str,
    *,
    reason: str,
    again: bool = True,
    counts: bool = True,
    holder: str | None = None,
    by: str | None = None,
) -> QueueEntry:
    """The platform cannot take the draft: it is ready once more, or dead if not `again` or refused too often.

    `counts` False: the trouble is not this draft's own, and does not bring it nearer to its death. Doing
    it twice changes nothing. Raises NotFound, and Conflict where the lease was lost, or is not `holder`'s.
    """
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id)
        if entry.state in (State.READY, State.DEAD) and _proves(token, entry, holder):
            return entry
        _insist_leased(entry, token, holder)
        if again and (entry.received < MOST_RECEIVED or not counts):
            details = {"reason": reason}
            return change(
                transaction,
                entry,
                State.READY,
                "refused",
                Actor.PLATFORM,
                by=by,
                details=details,
                received=entry.received - (0 if counts else 1),
                leased_until=None,
                worker=None,
            )
        return _bury(transaction, entry, Actor.PLATFORM, by, f"refused: {reason}")


def renew(
    database: Database,
    draft_id: str,
    token: str,
    seconds: float,
    *,
    holder: str | None = None,
    by: str | None = None,
) -> QueueEntry:
    """Let a lease end `seconds` from now.

    Raises NotFound, UsageProblem, and Conflict where the lease was lost, or is not `holder`'s.
    """
    _insist_length(seconds)
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id)
        _insist_leased(entry, token, holder)
        until = transaction.now + timedelta(seconds=seconds)
        return alter(transaction, entry, "renewed", Actor.PLATFORM, by=by, leased_until=until)


def languages_of_workers(database: Database) -> Mapping[str, str]:
    """The language to which each worker keeps, by the worker's name."""
    query = sa.select(workers.c.worker, workers.c.language).order_by(workers.c.worker)
    with database.reading() as connection:
        return {row.worker: row.language for row in connection.execute(query)}


def forget_language(database: Database, worker: str) -> None:
    """Let a worker's next lease decide the language anew. Raises NotFound where the worker keeps to none."""
    with database.writing() as transaction:
        found = transaction.connection.execute(workers.delete().where(workers.c.worker == worker)).rowcount
    if not found:
        raise NotFound(
            f"worker {worker!r} keeps to no language",
            why="no lease was made for a worker of this name while one language per worker was switched on",
            fix="`prelabel worker list` shows the names",
        )


def regain(database: Database, holder: str, seconds: float) -> tuple[Lease, ...]:
    """The leases of a holder that has lost their tokens, under new ones, each until `seconds` from now.

    Whoever has an old token has lost the lease.
    """
    with database.writing() as transaction:
        mine = sa.and_(drafts.c.holder == holder, drafts.c.state == State.LEASED)
        entries = select_entries(transaction.connection, mine, MOST_LEASED, locked=True)
        columns: dict[str, Any] = {"leased_until": transaction.now + timedelta(seconds=seconds)}
        leases = []
        for entry in entries:
            token = secrets.token_urlsafe(24)
            columns["lease_sha256"] = sha256_of_text(token)
            changed = alter(transaction, entry, "renewed", Actor.PLATFORM, by=holder, **columns)
            leases.append(Lease(changed, token))
        return tuple(leases)


def expire(transaction: Transaction, most: int = MOST_LEASED) -> int:
    """Make drafts ready whose lease has run out, or dead if that happened too often; how many there were.

    `most` at a time, so that whoever leases next does not have to wait for all that somebody dropped.
    """
    query = (
        sa.select(drafts)
        .where(drafts.c.state == State.LEASED, drafts.c.leased_until < transaction.now)
        .order_by(drafts.c.leased_until)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    run_out = [entry_of(row) for row in transaction.connection.execute(query)]
    _end(transaction, run_out)
    return len(run_out)


def _end(transaction: Transaction, run_out: Sequence[QueueEntry]) -> None:
    """End the leases of locked drafts: what was leased so too often is dead, the others are ready.

    A lease under which somebody saved a working copy does not count: the draft had arrived.
    """
    arrived = _arrived(transaction, run_out)
    counted = [(entry, entry.received - (entry.seq in arrived)) for entry in run_out]
    again = [
        (entry, {"leased_until": None, "worker": None, "received": received})
        for entry, received in counted
        if received < MOST_RECEIVED
    ]
    change_all(transaction, again, State.READY, "expired", Actor.QUEUE)
    for entry, received in counted:
        if received >= MOST_RECEIVED:
            _bury(transaction, entry, Actor.QUEUE, None, f"leased {received} times and never acknowledged")


def _arrived(transaction: Transaction, leased: Sequence[QueueEntry]) -> frozenset[int]:
    """The numbers of those drafts of which a working copy was saved under the lease that they have."""
    if not leased:
        return frozenset()
    saved = sa.and_(
        working_copies.c.draft_id == drafts.c.draft_id, working_copies.c.lease_sha256 == drafts.c.lease_sha256
    )
    query = sa.select(drafts.c.seq).join(working_copies, saved)
    numbers = drafts.c.seq.in_([entry.seq for entry in leased])
    return frozenset(transaction.connection.scalars(query.where(numbers)))


def _bury(transaction: Transaction, entry: QueueEntry, actor: Actor, by: str | None, reason: str) -> QueueEntry:
    return change(
        transaction,
        entry,
        State.DEAD,
        "dead",
        actor,
        by=by,
        details={"reason": reason},
        dead_reason=reason,
        leased_until=None,
        worker=None,
    )


def _insist_sensible(wanted: Wanted, one_language: bool) -> None:
    _insist_length(wanted.seconds)
    if not 1 <= wanted.count <= MOST_LEASED:
        raise UsageProblem(
            f"{wanted.count} drafts cannot be leased at once",
            why=f"a lease is of 1 to {MOST_LEASED} drafts",
            fix="ask for fewer, several times",
        )
    if wanted.draft_id is not None and wanted.count != 1:
        raise UsageProblem(
            f"{wanted.count} drafts cannot be leased by one id",
            why="`draft_id` names one draft",
            fix="leave `count` out, or ask for each draft by itself",
        )
    if None not in (wanted.easiest, wanted.hardest) and wanted.easiest > wanted.hardest:  # type: ignore[operator]
        raise UsageProblem(
            f"no draft is as difficult as {wanted.easiest:g} and no more than {wanted.hardest:g}",
            why="the bounds are the wrong way round",
            fix="give the lower one as `easiest` and the higher one as `hardest`",
        )
    if one_language and wanted.worker is None:
        raise UsageProblem(
            "it is not said for which worker the drafts are",
            why="on this queue a worker gets drafts in one language only",
            fix="name the worker in the request",
        )


def _insist_length(seconds: float) -> None:
    if not 1.0 <= seconds <= LONGEST_LEASE_SECONDS:
        raise UsageProblem(
            f"a lease cannot last {seconds:g} seconds",
            why=f"it lasts 1 to {LONGEST_LEASE_SECONDS:g} seconds: it is for handing over, not for the work itself",
            fix="acknowledge the draft once you have it safe, and keep it as long as the work takes",
        )


def _proves(token: str, entry: QueueEntry, holder: str | None) -> bool:
    """Whether a token is that of the draft's last lease. Raises Conflict where that was another holder's."""
    if entry.lease_sha256 != sha256_of_text(token):
        return False
    insist_holder(entry, holder)
    return True


def _insist_leased(entry: QueueEntry, token: str, holder: str | None) -> None:
    proven = _proves(token, entry, holder)
    if proven and entry.state is State.LEASED:
        return
    if proven and entry.state in _ACKNOWLEDGED:
        raise Conflict(
            f"draft {entry.draft.draft_id} is acknowledged already",
            why=f"it is {entry.state}, and yours: its lease has done what it was for",
            fix="go on with it; to give it back send the action `return`",
            code="state",
        )
    raise Conflict(
        f"this lease of draft {entry.draft.draft_id} is lost",
        why=f"the draft is {entry.state}, under another lease or none: yours ran out or was ended",
        fix="drop your copy of the draft and lease again",
        code="lease_lost",
    )


def _languages_for(
    transaction: Transaction, wanted: Wanted, worker: str | None
) -> tuple[tuple[Language, ...], bool]:
    """In which languages a lease may be, and whether what it takes will decide that for its worker."""
    if worker is None:
        return wanted.languages, False
    query = sa.select(workers.c.language).where(workers.c.worker == worker)
    decided = transaction.connection.scalar(query)
    if decided is None:
        transaction.hold(f"worker {worker}")  # two requests for one worker must not decide differently
        decided = transaction.connection.scalar(query)
    if decided is None:
        return wanted.languages, True
    if decided not in wanted.languages:
        raise Conflict(
            f"worker {worker!r} gets no drafts in {', '.join(wanted.languages)}",
            why=f"this worker has had drafts in {decided!r}, and on this queue a worker keeps to one language",
            fix=f"ask for {decided!r}; an operator lets the worker choose anew by `prelabel worker reset`",
            code="language",
        )
    return (decided,), False


def _take_named(
    transaction: Transaction, wanted: Wanted, draft_id: str, worker: str | None, by: str | None
) -> Lease:
    """A lease of one very draft."""
    connection = transaction.connection
    language = connection.scalar(sa.select(drafts.c.language).where(drafts.c.draft_id == draft_id))
    if language is None:
        raise no_such_draft(draft_id)
    # Before the draft is locked, because the worker may have to be held.
    _, undecided = _languages_for(transaction, replace(wanted, languages=(language,)), worker)
    entry = locked_entry(transaction, draft_id)
    if entry.leased_until is not None and entry.leased_until < transaction.now:
        _end(transaction, [entry])
        entry = locked_entry(transaction, draft_id)
    if entry.state is not State.READY:
        raise Conflict(
            f"draft {draft_id} cannot be leased",
            why=f"it is {entry.state}, and only what is ready is given out",
            fix="choose another one, or leave `draft_id` out to get the next that waits",
            code="state",
        )
    if undecided:
        connection.execute(workers.insert().values({"worker": worker, "language": language}))
    (leased,) = _leased(transaction, wanted, [entry], transaction.now, by)
    return leased


def _take(
    transaction: Transaction, wanted: Wanted, languages: Sequence[Language], count: int, by: str | None
) -> tuple[Lease, ...]:
    """Leases of the first `count` drafts that wait and that nobody else takes at the same time."""
    if not count or not languages:
        return ()
    for ahead in _AHEAD:
        found = _asked(transaction, wanted, languages, count, ahead)
        # Only where something has run out, which a server's housekeeping rarely leaves to whoever leases.
        if (not found or found[0].overdue) and expire(transaction):
            found = _asked(transaction, wanted, languages, count, ahead)
        if found:
            entries = with_predictions(transaction.connection, [entry_of(row) for row in found])
            return _leased(transaction, wanted, entries, found[0].now, by)
        if not _asked(transaction, wanted, languages, count, ahead, locked=False):
            break  # otherwise others have all of these
    return ()


def _asked(
    transaction: Transaction,
    wanted: Wanted,
    languages: Sequence[Language],
    count: int,
    ahead: int,
    *,
    locked: bool = True,
) -> Sequence[sa.Row[Any]]:
    """Rows of drafts that wait, in the order in which they are given out.

    With each come the time (`now`) and whether there is a lease that has run out (`overdue`).
    """
    bounds = {"project": wanted.project, "easiest": wanted.easiest, "hardest": wanted.hardest}
    given = {name: value for name, value in bounds.items() if value is not None}
    named = {f"language_{number}": language for number, language in enumerate(languages)}
    clock, time = transaction.clock
    query = _waiting(clock, len(languages), frozenset(given), wanted.order, locked)
    numbers = {"count": count, "candidates": count + ahead}
    return transaction.connection.execute(query, {**given, **named, **numbers, **time}).all()


@cache
def _waiting(
    clock: sa.ColumnElement[datetime], languages: int, given: frozenset[str], order: Order, locked: bool
) -> sa.Select[Any]:
    """The statement of `_asked`, built once for each kind of question.

    Each language is asked for by itself: so an index gives the order, however many wait in other languages.
    """
    bounds = {
        "project": drafts.c.project == sa.bindparam("project"),
        "easiest": drafts.c.difficulty >= sa.bindparam("easiest"),
        "hardest": drafts.c.difficulty <= sa.bindparam("hardest"),
    }
    key, *behind = ORDERS[order]
    in_order = drafts.c.priority.desc(), key, *behind
    first = [
        sa.select(drafts.c.priority, key.label("key"), drafts.c.seq)
        .where(IS_READY, drafts.c.language == sa.bindparam(f"language_{number}"))
        .where(*(bounds[name] for name in sorted(given)))
        .order_by(*in_order)
        .limit(sa.bindparam("candidates"))
        .subquery()
        for number in range(languages)
    ]
    merged = sa.union_all(*(sa.select(one.c.priority, one.c.key, one.c.seq) for one in first)).subquery()
    candidates = (
        sa.select(merged.c.seq)
        .order_by(merged.c.priority.desc(), merged.c.key, merged.c.seq)
        .limit(sa.bindparam("candidates"))
    )
    overdue = sa.exists().where(drafts.c.leased_until < clock)
    query = (
        sa.select(drafts, clock.label("now"), overdue.label("overdue"))
        .where(drafts.c.seq.in_(candidates), IS_READY)
        .order_by(*in_order)
        .limit(sa.bindparam("count"))
    )
    return query.with_for_update(skip_locked=True) if locked else query


def _leased(
    transaction: Transaction, wanted: Wanted, entries: Sequence[QueueEntry], now: datetime, by: str | None
) -> tuple[Lease, ...]:
    tokens = [secrets.token_urlsafe(24) for _ in entries]
    columns = [
        {
            "lease_sha256": sha256_of_text(token),
            "leased_until": now + timedelta(seconds=wanted.seconds),
            "holder": wanted.holder,
            "received": entry.received + 1,
            "worker": wanted.worker,
        }
        for entry, token in zip(entries, tokens, strict=True)
    ]
    leased = change_all(
        transaction,
        list(zip(entries, columns, strict=True)),
        State.LEASED,
        "leased",
        Actor.PLATFORM,
        by=by or wanted.holder,
    )
    return tuple(Lease(entry, token) for entry, token in zip(leased, tokens, strict=True))
