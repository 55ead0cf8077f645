"""What waits for each endpoint: when it is tried, and when it is given up.

An endpoint that takes what it is sent gets it as fast as it answers, BATCH posts at a time. Once a batch brings
nothing but failures, or the endpoint asks to be left alone, it *fails*: nothing is posted until its `next_at`, then
one delivery as a probe, by one dispatcher of all. Each probe that fails doubles the pause, up to
LONGEST_PAUSE_SECONDS; the first post that is answered 2xx ends it, and what waited flows. An endpoint that has
answered nothing 2xx for DISABLED_AFTER_DAYS is disabled, and what happens from then on waits as events.

Each delivery has waits of its own beside that, so that one which its receiver cannot digest holds up no other, and
MOST_ATTEMPTS, so that it ends. Probes take the delivery that has waited longest for its turn, and one that failed
goes behind those that were never tried: while an endpoint is down, what waits is neither posted nor used up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from export.database import Database, time_of
from export.entries import Event, select_events
from export.outbound import Answered, NotPosted
from export.tables import deliveries, endpoints, events
from export.webhooks.endpoints import NOT_FAILING, endpoint_named

CLAIM_SECONDS = 60.0
"""So long a claimed delivery is left to its dispatcher: well above the time in which an answer must come."""

FIRST_RETRY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 3600.0
MOST_ATTEMPTS = 80
"""Waits of a delivery that double from ten seconds up to an hour: 80 attempts are spread over three days."""

LONGEST_PAUSE_SECONDS = 900.0
"""How late, at most, it is noticed that an endpoint is up again. Shorter than the waits of a delivery, so that one
that its receiver cannot digest leaves time, in a quiet queue, in which others go out at once."""

LONGEST_RETRY_AFTER_SECONDS = 3600.0
DISABLED_AFTER_DAYS = 5

BATCH = 4
"""Deliveries of one endpoint that are claimed, and posted, at a time."""
_EVENTS_AT_ONCE = 1000

Result = Answered | NotPosted
"""What a post came to."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that an endpoint has not got; `next_at` None: it was given up. `error`: of the last attempt."""

    event: int
    attempts: int
    next_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a dispatcher did: deliveries sent, failed and to be tried again, given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send; `attempts` counts this one."""

    seq: int
    event: Event
    attempts: int


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint as a dispatcher needs it; `keys` are the secrets that are good, the newest first.

    `failures`: how often it had failed in a row.
    """

    seq: int
    url: str
    private: bool
    keys: tuple[str, ...]
    failures: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What one dispatcher sends to one endpoint next; `at` is when it was claimed."""

    target: Target
    deliveries: tuple[Claimed, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class EndpointTotals:
    """What became of the deliveries of an endpoint, and how it stands; ages in seconds.

    `sent` and `failed` count posts since it was added, `waiting` and `dead` deliveries. `oldest_waiting` is the age
    of the oldest event that waits, 0.0 where none does; `failing` how long nothing has been answered 2xx.
    """

    name: str
    disabled: bool
    sent: int
    failed: int
    waiting: int
    dead: int
    oldest_waiting: float
    failing: float


def spread(database: Database) -> int:
    """Turn events that no endpoint has seen into deliveries; how many there are.

    The cursor of an endpoint and its new deliveries change in one transaction, so that none is lost or doubled.
    """
    behind = sa.and_(
        endpoints.c.disabled_reason.is_(None),
        endpoints.c.seen < sa.select(sa.func.max(events.c.seq)).scalar_subquery(),
    )
    made = 0
    while True:
        with database.reading() as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(endpoints).where(behind)) == 0:
                return made
        with database.writing() as transaction:
            connection = transaction.connection
            query = sa.select(endpoints).where(behind).order_by(endpoints.c.seq).with_for_update()
            for row in connection.execute(query).all():
                made += _spread_to(connection, row, transaction.now)


def _spread_to(connection: Connection, row: sa.Row[Any], now: datetime) -> int:
    new = connection.execute(
        sa.select(events.c.seq, events.c.kind)
        .where(events.c.seq > row.seen)
        .order_by(events.c.seq)
        .limit(_EVENTS_AT_ONCE)
    ).all()
    wanted = [
        {"endpoint": row.seq, "event": seq, "attempts": 0, "next_at": now}
        for seq, kind in new
        if not row.kinds or kind in row.kinds
    ]
    if wanted:
        connection.execute(deliveries.insert(), wanted)
    connection.execute(endpoints.update().where(endpoints.c.seq == row.seq).values(seen=new[-1].seq))
    return len(wanted)


def due_endpoints(database: Database, now: datetime | None = None) -> list[int]:
    """Endpoints to which something is to be sent now."""
    with database.reading() as connection:
        return list(connection.scalars(_due_query(now or time_of(connection))))


def _due_query(at: datetime) -> sa.Select[tuple[int]]:
    waits = sa.exists().where(deliveries.c.endpoint == endpoints.c.seq, deliveries.c.next_at <= at)
    return sa.select(endpoints.c.seq).where(_may_be_posted_to(at), waits).order_by(endpoints.c.seq)


def _may_be_posted_to(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        endpoints.c.disabled_reason.is_(None),
        sa.or_(endpoints.c.next_at.is_(None), endpoints.c.next_at <= at),
    )


def claim(database: Database, endpoint: int, now: datetime | None = None) -> Claim | None:
    """What is to be sent to an endpoint next: no other dispatcher sends it before CLAIM_SECONDS have gone by.

    One delivery where the endpoint fails, and then nothing else is sent there meanwhile. None where nothing is due.
    Whoever changes deliveries locks their endpoint first, so that two dispatchers never see the same ones.
    """
    with database.writing() as transaction:
        connection, at = transaction.connection, now or transaction.now
        mine = endpoints.c.seq == endpoint
        row = connection.execute(
            sa.select(endpoints).where(mine, _may_be_posted_to(at)).with_for_update()
        ).one_or_none()
        if row is None:
            return None
        fails = row.next_at is not None
        due = connection.execute(_waiting_query(endpoint, at, 1 if fails else BATCH)).all()
        if not due:
            return None
        until = at + timedelta(seconds=CLAIM_SECONDS)
        if fails:
            connection.execute(endpoints.update().where(mine).values(next_at=until))
        connection.execute(
            deliveries.update()
            .where(deliveries.c.seq.in_([one.seq for one in due]))
            .values(attempts=deliveries.c.attempts + 1, next_at=until)
        )
        happened = select_events(connection, events.c.seq.in_([one.event for one in due]))
        known = {event.seq: event for event in happened}
        claimed = tuple(Claimed(one.seq, known[one.event], one.attempts + 1) for one in due)
        return Claim(target_of(row, at), claimed, transaction.now)


def _waiting_query(endpoint: int, at: datetime, most: int) -> sa.Select[Any]:
    return (
        sa.select(deliveries)
        .where(deliveries.c.endpoint == endpoint, deliveries.c.next_at <= at)
        .order_by(deliveries.c.next_at, deliveries.c.event)
        .limit(most)
    )


def target_of(row: sa.Row[Any], now: datetime) -> Target:
    """An endpoint's row as a dispatcher needs it."""
    good = [
        one["secret"] for one in row.secrets if one["until"] is None or datetime.fromisoformat(one["until"]) > now
    ]
    return Target(row.seq, row.url, row.private, tuple(good), row.failures)


def settle(database: Database, claim: Claim, results: Sequence[Result], now: datetime | None = None) -> Tally:
    """Note what sending came to. A delivery that another dispatcher claimed meanwhile is left to it."""
    pairs = list(zip(claim.deliveries, results, strict=True))
    good = [claimed.seq for claimed, result in pairs if isinstance(result, Answered) and result.good]
    bad = [(claimed, result) for claimed, result in pairs if claimed.seq not in good]
    with database.writing() as transaction:
        connection, at = transaction.connection, now or transaction.now
        mine = endpoints.c.seq == claim.target.seq
        row = connection.execute(sa.select(endpoints).where(mine).with_for_update()).one_or_none()
        if row is None:
            return Tally()  # removed meanwhile, and its deliveries with it
        standing = _standing(row, claim, bool(good), [result for _, result in bad], at)
        counted = {"sent": row.sent + len(good), "failed": row.failed + len(bad)}
        connection.execute(endpoints.update().where(mine).values(standing | counted))
        connection.execute(deliveries.delete().where(deliveries.c.seq.in_(good)))
        paused_until = standing.get("next_at") or at
        for claimed, result in bad:
            own = at + _with_jitter(retry_seconds(claimed.attempts))
            next_at = None if claimed.attempts >= MOST_ATTEMPTS else max(own, paused_until)
            connection.execute(
                deliveries.update()
                .where(deliveries.c.seq == claimed.seq, deliveries.c.attempts == claimed.attempts)
                .values(next_at=next_at, error=_error(result))
            )
    dead = sum(claimed.attempts >= MOST_ATTEMPTS for claimed, _ in bad)
    return Tally(len(good), len(bad) - dead, dead)


def _standing(row: sa.Row[Any], claim: Claim, good: bool, bad: Sequence[Result], at: datetime) -> dict[str, Any]:
    """The columns by which an endpoint changes after a batch: it fails or not, and until when it is left alone."""
    asked = [seconds for result in bad if (seconds := _asked_pause(result, at)) is not None]
    if any(isinstance(result, Answered) and result.status == 410 for result in bad):
        return {"disabled_reason": "it answered 410 Gone", "version": row.version + 1}
    if good and not asked:
        return NOT_FAILING
    if row.failures != claim.target.failures:
        return {}  # another dispatcher's batch failed at the same time, and was counted
    failures = 1 if good else row.failures + 1
    since = at if good else row.failing_since or at
    if at - since >= timedelta(days=DISABLED_AFTER_DAYS):
        why = f"it has answered nothing 2xx for {DISABLED_AFTER_DAYS} days"
        return {"disabled_reason": why, "version": row.version + 1}
    pause = max([_with_jitter(pause_seconds(failures)), *(timedelta(seconds=seconds) for seconds in asked)])
    return {"failures": failures, "failing_since": since, "next_at": at + pause}


def retry_seconds(attempts: int) -> float:
    """How long a delivery waits after so many attempts, before jitter of a quarter either way."""
    return min(FIRST_RETRY_SECONDS * 2.0 ** (attempts - 1), LONGEST_RETRY_SECONDS)


def pause_seconds(failures: int) -> float:
    """How long an endpoint is left alone after so many failures in a row, before jitter of a quarter either way."""
    return min(FIRST_RETRY_SECONDS * 2.0 ** (failures - 1), LONGEST_PAUSE_SECONDS)


def _with_jitter(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def _asked_pause(result: Result, at: datetime) -> float | None:
    """For how many seconds an answer asks to be left alone, as far as we heed it; None where it does not."""
    if not isinstance(result, Answered) or (result.retry_after is None and result.status != 429):
        return None
    written = (result.retry_after or "").strip()
    if written.isascii() and written.isdecimal():
        seconds = float(written[:9])
    else:
        try:
            moment = parsedate_to_datetime(written)
        except (ValueError, OverflowError):
            return 0.0  # it asks for a pause, and does not say for how long
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def _error(result: Result) -> str:
    if isinstance(result, NotPosted):
        return str(result)
    redirected = ", and redirects are not followed" if 300 <= result.status < 400 else ""
    return f"it answered {result.status}{redirected}"


def list_deliveries(
    database: Database, name: str, *, dead: bool | None = None, after: int = 0, limit: int = 100
) -> tuple[Delivery, ...]:
    """What an endpoint has not got, in the order of the events behind number `after`; `dead`: what was given up, or
    what still waits, alone. Raises NotFound."""
    wanted = {None: sa.true(), True: deliveries.c.next_at.is_(None), False: deliveries.c.next_at.is_not(None)}
    columns = (deliveries.c.event, deliveries.c.attempts, deliveries.c.next_at, deliveries.c.error)
    with database.reading() as connection:
        mine = deliveries.c.endpoint == endpoint_named(connection, name).seq
        query = sa.select(*columns).where(mine, deliveries.c.event > after, wanted[dead])
        return tuple(Delivery(*row) for row in connection.execute(query.order_by(deliveries.c.event).limit(limit)))


def redrive(database: Database, name: str) -> int:
    """Have everything that was given up for an endpoint sent again; how much that is. Raises NotFound.

    One that fails is tried at once, and if it still does, no oftener than before.
    """
    with database.writing() as transaction:
        endpoint = endpoint_named(transaction.connection, name, locked=True)
        transaction.connection.execute(
            endpoints.update()
            .where(endpoints.c.seq == endpoint.seq, endpoints.c.next_at > transaction.now)
            .values(next_at=transaction.now)
        )
        done = transaction.connection.execute(
            deliveries.update()
            .where(deliveries.c.endpoint == endpoint.seq, deliveries.c.next_at.is_(None))
            .values(next_at=transaction.now, attempts=0)
        )
        return done.rowcount


def endpoint_totals(database: Database) -> tuple[EndpointTotals, ...]:
    """Every endpoint in numbers, the oldest first. Reads one index entry for each delivery."""
    counts = (
        sa.select(
            deliveries.c.endpoint,
            sa.func.count(deliveries.c.next_at).label("waiting"),
            (sa.func.count() - sa.func.count(deliveries.c.next_at)).label("dead"),
            sa.func.min(sa.case((deliveries.c.next_at.is_not(None), deliveries.c.event))).label("oldest"),
        )
        .group_by(deliveries.c.endpoint)
        .subquery()
    )
    query = (
        sa.select(endpoints, counts.c.waiting, counts.c.dead, events.c.at)
        .join_from(endpoints, counts, counts.c.endpoint == endpoints.c.seq, isouter=True)
        .join(events, events.c.seq == counts.c.oldest, isouter=True)
        .order_by(endpoints.c.seq)
    )
    with database.reading() as connection:
        now = time_of(connection)

        def age(moment: datetime | None) -> float:
            return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())

        return tuple(
            EndpointTotals(
                name=row.name,
                disabled=row.disabled_reason is not None,
                sent=row.sent,
                failed=row.failed,
                waiting=row.waiting or 0,
                dead=row.dead or 0,
                oldest_waiting=age(row.at),
                failing=age(row.failing_since),
            )
            for row in connection.execute(query)
        )
