"""Webhooks: the queue's events, posted to platforms by Standard Webhooks (https://www.standardwebhooks.com).

A webhook is a doorbell: it comes at least once, in no certain order, and the feed of events stays the truth. The
body is a CloudEvents 1.0 envelope around the event as the feed gives it:

    POST /hooks HTTP/1.1
    content-type: application/cloudevents+json
    webhook-id: evt_5f3a91c2_12_1
    webhook-timestamp: 1795608000
    webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

    {"specversion": "1.0", "id": "12", "source": "urn:prelabel:queue:5f3a91c2", "type": "prelabel.draft.submitted",
     "subject": "<draft id>", "time": "…", "datacontenttype": "application/json", "data": {"seq": 12, …}}

`webhook-id` names the event and the endpoint: a receiver drops what it has seen. While a secret is being rotated
the signature header holds one signature for each secret that is good, with spaces between. A receiver checks it so:

    import base64, hashlib, hmac, time

    def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
        sent, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        if abs(time.time() - int(stamp)) > 300:
            return False
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"{sent}.{stamp}.".encode() + body, hashlib.sha256).digest()
        good = "v1," + base64.b64encode(mac).decode()
        return any(hmac.compare_digest(good, one) for one in headers["webhook-signature"].split())

What is not answered 2xx within ten seconds is tried again for about three days, then it is dead: kept, listed, and
sent again by `prelabel webhook retry`. An answer 410 disables the endpoint. Several dispatchers may run: a delivery
is claimed before it is sent, and only one whose dispatcher died is sent again, under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from standardwebhooks import Webhook

from core.errors import EnvironmentProblem, NotFound, PrelabelError, UsageProblem
from export.database import Database, time_of
from export.entries import Event, select_events
from export.outbound import NotPosted, guarded_pool, post, resolve, why_refused
from export.states import KINDS
from export.tables import deliveries, endpoints, events
from export.tokens import NAME, made_once

log = logging.getLogger("prelabel")

ANSWER_SECONDS = 10.0
CLAIM_SECONDS = 60.0
"""So long a claimed delivery is left to its dispatcher: well above ANSWER_SECONDS."""

FIRST_RETRY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 6 * 3600.0
MOST_ATTEMPTS = 23
"""Waits that double from ten seconds up to six hours: 23 attempts are spread over 71 hours."""

ROTATION_HOURS = 24

_AT_ONCE = 32
"""Endpoints that are posted to at the same time."""
_BATCH = 4
"""Deliveries of one endpoint that are claimed, and posted, at a time."""
_EVENTS_AT_ONCE = 1000
_LONGEST_URL = 2000
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are posted. `kinds`: the wanted ones, () for all. `private`: it may lie inside our network.

    `seen` is the number of the last event that was looked at, `waiting` and `dead` count deliveries.
    """

    seq: int
    name: str
    url: str
    kinds: tuple[str, ...]
    private: bool
    created_at: datetime
    disabled_reason: str | None
    seen: int
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """What was given up: `error` is what the last attempt came to."""

    endpoint: str
    event: int
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What a dispatcher did: deliveries sent, failed and to be tried again, given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A delivery that is ours to send; `attempts` counts this one."""

    seq: int
    event: Event
    attempts: int


@dataclass(frozen=True, slots=True)
class _Target:
    """An endpoint as a dispatcher needs it; `keys` are the secrets that are good, the newest first."""

    seq: int
    url: str
    private: bool
    keys: tuple[str, ...]


def add_endpoint(
    database: Database, name: str, url: str, *, kinds: Iterable[str] = (), private: bool = False
) -> tuple[Endpoint, str]:
    """A new endpoint, which gets the events from now on, and its secret.

    Raises UsageProblem where the name, the URL or a kind does not hold, or the host is inside and not `private`.
    """
    wanted = _insist_kinds(kinds)
    _insist_url(url, private)
    if not NAME.fullmatch(name):
        raise UsageProblem(
            f"endpoint {name[:80]!r} cannot be made",
            why="a name is of small letters, digits, dots, dashes and underscores, 64 at most",
            fix="give one with --name, as in `annotation-platform`",
        )
    secret = _new_secret()
    try:
        with database.writing() as transaction:
            connection = transaction.connection
            row = {
                "name": name,
                "url": url,
                "secrets": [{"secret": secret, "until": None}],
                "kinds": list(wanted),
                "private": private,
                "created_at": transaction.now,
                "seen": connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0,
            }
            connection.execute(endpoints.insert().values(row))
            made = _endpoint(connection, name)
    except IntegrityError as error:
        raise UsageProblem(
            f"endpoint {name!r} cannot be made",
            why="there is one of this name already",
            fix="take another name with --name, or remove that one first",
        ) from error
    return made, secret


def list_endpoints(database: Database) -> tuple[Endpoint, ...]:
    """Every endpoint, the oldest first."""
    with database.reading() as connection:
        return _endpoints(connection, sa.true())


def list_dead(database: Database, name: str | None = None, most: int = 100) -> tuple[DeadDelivery, ...]:
    """Deliveries that were given up, of one endpoint or of all, `most` of them. Raises NotFound."""
    query = (
        sa.select(endpoints.c.name, deliveries.c.event, deliveries.c.attempts, deliveries.c.error)
        .join_from(deliveries, endpoints, deliveries.c.endpoint == endpoints.c.seq)
        .where(deliveries.c.next_at.is_(None))
        .order_by(deliveries.c.endpoint, deliveries.c.event)
        .limit(most)
    )
    with database.reading() as connection:
        if name is not None:
            query = query.where(deliveries.c.endpoint == _endpoint(connection, name).seq)
        return tuple(DeadDelivery(*row) for row in connection.execute(query))


def retry_dead(database: Database, name: str) -> int:
    """Have everything that was given up for an endpoint sent again; how much that is. Raises NotFound."""
    with database.writing() as transaction:
        endpoint = _endpoint(transaction.connection, name)
        done = transaction.connection.execute(
            deliveries.update()
            .where(deliveries.c.endpoint == endpoint.seq, deliveries.c.next_at.is_(None))
            .values(next_at=transaction.now, attempts=0)
        )
        return done.rowcount


def rotate_secret(database: Database, name: str) -> tuple[Endpoint, str]:
    """A new secret; the one before it signs alongside for ROTATION_HOURS, older ones no more. Raises NotFound."""
    secret = _new_secret()
    with database.writing() as transaction:
        connection = transaction.connection
        endpoint = _endpoint(connection, name, locked=True)
        row = endpoints.c.seq == endpoint.seq
        newest = connection.execute(sa.select(endpoints.c.secrets).where(row)).scalar_one()[0]
        until = (transaction.now + timedelta(hours=ROTATION_HOURS)).isoformat()
        kept = [{"secret": secret, "until": None}, {"secret": newest["secret"], "until": until}]
        connection.execute(endpoints.update().where(row).values(secrets=kept))
    return endpoint, secret


def disable_endpoint(database: Database, name: str, reason: str = "disabled by command") -> Endpoint:
    """Post nothing more to an endpoint; what happens meanwhile waits for it. Raises NotFound."""
    return _set_disabled(database, name, reason)


def enable_endpoint(database: Database, name: str) -> Endpoint:
    """Post again, beginning with what waited. Raises NotFound."""
    return _set_disabled(database, name, None)


def remove_endpoint(database: Database, name: str) -> Endpoint:
    """Drop an endpoint and all that waits for it. Raises NotFound."""
    with database.writing() as transaction:
        endpoint = _endpoint(transaction.connection, name, locked=True)
        transaction.connection.execute(deliveries.delete().where(deliveries.c.endpoint == endpoint.seq))
        transaction.connection.execute(endpoints.delete().where(endpoints.c.seq == endpoint.seq))
    return endpoint


def ping_endpoint(database: Database, name: str) -> int:
    """The status with which an endpoint answers a signed event of the type `prelabel.ping`.

    Raises NotFound, and EnvironmentProblem where it does not answer.
    """
    with database.reading() as connection:
        endpoint = _endpoint(connection, name)
        row = connection.execute(sa.select(endpoints).where(endpoints.c.seq == endpoint.seq)).one()
    with database.writing() as transaction:
        now = transaction.now
    source = _source(database)
    sent = f"ping_{secrets.token_hex(8)}"
    body = _body({"id": sent, "source": source, "type": "prelabel.ping", "time": now.isoformat(), "data": {}})
    target = _target(row, now)

    async def ping() -> int:
        async with guarded_pool(private=target.private) as pool:
            return await post(pool, target.url, _headers(target, sent, now, body), body, seconds=ANSWER_SECONDS)

    try:
        return asyncio.run(ping())
    except NotPosted as error:
        raise EnvironmentProblem(
            f"endpoint {name!r} cannot be reached",
            why=str(error),
            fix="check that its server runs and its certificate is good; inside the network add it with "
            "--allow-private",
        ) from error


def dispatch(database: Database, *, now: datetime | None = None) -> Tally:
    """Post what is due, once: new events first become deliveries. `now`: instead of the database's time.

    An endpoint that fails is left alone until its next retry is due, and holds no other one up.
    """

    async def once() -> Tally:
        await asyncio.to_thread(spread, database)
        slots = asyncio.Semaphore(_AT_ONCE)
        due = await asyncio.to_thread(_due, database, now)
        source = await asyncio.to_thread(_source, database) if due else ""
        tallies = await asyncio.gather(*(_drain(database, one, source, slots, now) for one in due))
        return sum(tallies, Tally())

    return asyncio.run(once())


async def keep_dispatching(database: Database, *, every_seconds: float = 1.0) -> None:
    """Post what is due, until cancelled. Troubles of the database are logged, and it goes on."""
    slots = asyncio.Semaphore(_AT_ONCE)
    busy: dict[int, asyncio.Task[Tally]] = {}
    try:
        while True:
            busy = {endpoint: task for endpoint, task in busy.items() if not _ended(task)}
            try:
                await asyncio.to_thread(spread, database)
                for endpoint in await asyncio.to_thread(_due, database, None):
                    if endpoint not in busy:
                        source = await asyncio.to_thread(_source, database)
                        busy[endpoint] = asyncio.create_task(_drain(database, endpoint, source, slots, None))
            except PrelabelError as error:
                log.error("%s", error)
            except Exception:  # a mistake of ours must not end it unnoticed
                log.exception("webhooks could not be dispatched")
            await asyncio.sleep(every_seconds)
    finally:
        for task in busy.values():
            task.cancel()


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


def _due(database: Database, now: datetime | None) -> list[int]:
    """Endpoints for which something is to be sent."""
    with database.reading() as connection:
        query = (
            sa.select(endpoints.c.seq)
            .join_from(deliveries, endpoints, deliveries.c.endpoint == endpoints.c.seq)
            .where(deliveries.c.next_at <= (now or time_of(connection)), endpoints.c.disabled_reason.is_(None))
            .distinct()
        )
        return list(connection.scalars(query))


async def _drain(
    database: Database, endpoint: int, source: str, slots: asyncio.Semaphore, now: datetime | None
) -> Tally:
    """Send what is due to one endpoint, until nothing is or something fails."""
    done = Tally()
    async with slots:
        pool = None
        try:
            while True:
                target, claimed, at = await asyncio.to_thread(_claim, database, endpoint, now)
                if target is None or not claimed:
                    return done
                pool = pool or guarded_pool(private=target.private)
                results = await asyncio.gather(*(_send(pool, target, one, source, at) for one in claimed))
                tally = await asyncio.to_thread(
                    _settle, database, endpoint, list(zip(claimed, results, strict=True)), now
                )
                done += tally
                if tally.failed or tally.dead:
                    return done
        finally:
            if pool is not None:
                await pool.aclose()


def _claim(
    database: Database, endpoint: int, now: datetime | None
) -> tuple[_Target | None, list[_Claimed], datetime]:
    """Deliveries that no other dispatcher sends before CLAIM_SECONDS have gone by, the oldest event first."""
    with database.writing() as transaction:
        connection, at = transaction.connection, now or transaction.now
        row = connection.execute(
            sa.select(endpoints).where(endpoints.c.seq == endpoint, endpoints.c.disabled_reason.is_(None))
        ).one_or_none()
        if row is None:
            return None, [], at
        due = connection.execute(
            sa.select(deliveries)
            .where(deliveries.c.endpoint == endpoint, deliveries.c.next_at <= at)
            .order_by(deliveries.c.event)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        connection.execute(
            deliveries.update()
            .where(deliveries.c.seq.in_([one.seq for one in due]))
            .values(attempts=deliveries.c.attempts + 1, next_at=at + timedelta(seconds=CLAIM_SECONDS))
        )
        happened = select_events(connection, events.c.seq.in_([one.event for one in due]))
        known = {event.seq: event for event in happened}
        claimed = [_Claimed(one.seq, known[one.event], one.attempts + 1) for one in due]
        return _target(row, at), claimed, transaction.now


async def _send(pool: Any, target: _Target, claimed: _Claimed, source: str, at: datetime) -> int | NotPosted:
    """The status of the answer, or why there was none."""
    sent = f"evt_{source.rpartition(':')[2]}_{claimed.event.seq}_{target.seq}"
    body = _body(_envelope(claimed.event, source))
    try:
        return await post(pool, target.url, _headers(target, sent, at, body), body, seconds=ANSWER_SECONDS)
    except NotPosted as error:
        return error


def _settle(
    database: Database,
    endpoint: int,
    results: Sequence[tuple[_Claimed, int | NotPosted]],
    now: datetime | None,
) -> Tally:
    """Note what sending came to. A delivery that another dispatcher claimed meanwhile is left to it."""
    sent = failed = dead = 0
    with database.writing() as transaction:
        connection, at = transaction.connection, now or transaction.now
        for claimed, result in results:
            row = deliveries.c.seq == claimed.seq
            if isinstance(result, int) and 200 <= result < 300:
                connection.execute(deliveries.delete().where(row))
                sent += 1
                continue
            given_up = claimed.attempts >= MOST_ATTEMPTS
            dead, failed = dead + given_up, failed + (not given_up)
            wait = timedelta(seconds=retry_seconds(claimed.attempts) * random.uniform(0.75, 1.25))  # noqa: S311
            connection.execute(
                deliveries.update()
                .where(row, deliveries.c.attempts == claimed.attempts)
                .values(next_at=None if given_up else at + wait, error=_error(result))
            )
            if result == 410:
                connection.execute(
                    endpoints.update()
                    .where(endpoints.c.seq == endpoint)
                    .values(disabled_reason="it answered 410 Gone")
                )
    return Tally(sent, failed, dead)


def retry_seconds(attempts: int) -> float:
    """How long to wait after so many attempts, before jitter of a quarter either way."""
    return min(FIRST_RETRY_SECONDS * 2.0 ** (attempts - 1), LONGEST_RETRY_SECONDS)


def _error(result: int | NotPosted) -> str:
    if not isinstance(result, int):
        return str(result)
    return f"it answered {result}" + (", and redirects are not followed" if 300 <= result < 400 else "")


def _envelope(event: Event, source: str) -> dict[str, Any]:
    return {
        "id": str(event.seq),
        "source": source,
        "type": f"prelabel.draft.{event.kind}",
        "subject": event.draft_id,
        "time": event.at.isoformat(timespec="milliseconds"),
        "data": event.to_dict(),
    }


def _body(envelope: Mapping[str, Any]) -> bytes:
    """CloudEvents 1.0, JSON format, structured mode."""
    document = {"specversion": "1.0", "datacontenttype": "application/json", **envelope}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _headers(target: _Target, sent: str, at: datetime, body: bytes) -> dict[str, str]:
    text = body.decode()
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "prelabel",
        "Webhook-Id": sent,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": " ".join(Webhook(key).sign(sent, at, text) for key in target.keys),
    }


def _target(row: sa.Row[Any], now: datetime) -> _Target:
    good = [one["secret"] for one in row.secrets if one["until"] is None or _read(one["until"]) > now]
    return _Target(row.seq, row.url, row.private, tuple(good))


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _source(database: Database) -> str:
    """Which queue this is: `source` and `id` name an event among those of all queues."""
    return f"urn:prelabel:queue:{made_once(database, 'identity')[:8]}"


def _ended(task: asyncio.Task[Tally]) -> bool:
    """Whether a task is done; what went wrong in it is logged."""
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        log.error("webhooks: %s", error)
    return task.done()


def _set_disabled(database: Database, name: str, reason: str | None) -> Endpoint:
    with database.writing() as transaction:
        endpoint = _endpoint(transaction.connection, name, locked=True)
        row = endpoints.c.seq == endpoint.seq
        transaction.connection.execute(endpoints.update().where(row).values(disabled_reason=reason))
        return _endpoint(transaction.connection, name)


def _endpoint(connection: Connection, name: str, *, locked: bool = False) -> Endpoint:
    if locked:
        connection.execute(sa.select(endpoints.c.seq).where(endpoints.c.name == name).with_for_update())
    found = _endpoints(connection, endpoints.c.name == name)
    if not found:
        raise NotFound(
            f"there is no endpoint {name[:80]!r}", why="none was added", fix="`prelabel webhook list` shows them"
        )
    return found[0]


def _endpoints(connection: Connection, wanted: sa.ColumnElement[bool]) -> tuple[Endpoint, ...]:
    mine = sa.select(sa.func.count()).where(deliveries.c.endpoint == endpoints.c.seq)
    waiting = mine.where(deliveries.c.next_at.is_not(None)).scalar_subquery()
    dead = mine.where(deliveries.c.next_at.is_(None)).scalar_subquery()
    query = sa.select(endpoints, waiting.label("waiting"), dead.label("dead")).where(wanted)
    return tuple(
        Endpoint(
            seq=row.seq,
            name=row.name,
            url=row.url,
            kinds=tuple(row.kinds),
            private=row.private,
            created_at=row.created_at,
            disabled_reason=row.disabled_reason,
            seen=row.seen,
            waiting=row.waiting,
            dead=row.dead,
        )
        for row in connection.execute(query.order_by(endpoints.c.seq))
    )


def _insist_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(kinds))
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown:
        raise UsageProblem(
            f"there is no kind of event {unknown[0][:40]!r}",
            why=f"events are {', '.join(KINDS)}",
            fix="name some of these with --kinds, or leave it out for all",
        )
    return wanted


def _insist_url(url: str, private: bool) -> None:
    """Raise UsageProblem where nothing can, or may, be posted to a URL."""
    host, port, why = "", 0, None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        why = str(error)
    else:
        if parts.scheme not in (("https", "http") if private else ("https",)):
            why = "it does not begin with https://, and what is posted may be read on the way"
        elif not host:
            why = "it names no host"
        elif parts.username is not None or parts.password is not None:
            why = "it holds a user or a password; what is posted is signed instead"
        elif parts.fragment:
            why = "it has a fragment, which is never sent"
        elif len(url) > _LONGEST_URL or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
            why = f"it is not of at most {_LONGEST_URL} printable ASCII characters without spaces"
    if why is None:
        why = _why_host_refused(host, port, private)
    if why is not None:
        raise UsageProblem(
            f"nothing can be posted to {_shown(url)!r}",
            why=why,
            fix="give an https:// address that the internet can reach, or --allow-private for one inside",
        )


def _why_host_refused(host: str, port: int, private: bool) -> str | None:
    """A first look, so that a person learns at once; what counts is the look at each connection."""
    try:
        addresses = asyncio.run(resolve(host, port))
    except (OSError, UnicodeError):
        return None  # it may be known tomorrow
    return next(filter(None, (why_refused(address, private=private) for address in addresses)), None)


def _shown(url: str) -> str:
    return url[:80] if "@" not in url else "…@" + url.rpartition("@")[2][:80]


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
