"""Where events are posted: endpoints are added, changed and removed by operators."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from core.errors import Conflict, NotFound, UsageProblem
from export.database import Database
from export.entries import last_event
from export.outbound import resolve, why_refused
from export.states import KINDS
from export.tables import deliveries, endpoints
from export.tokens import NAME

ROTATION_HOURS = 24
LONGEST_URL = 2000
_SECRET_BYTES = 32

NOT_FAILING = {"failures": 0, "failing_since": None, "next_at": None}
"""The columns of an endpoint that takes what it is sent, or of which that is not known yet."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are posted. `kinds`: the wanted ones, () for all. `private`: it may lie inside our network.

    `version` counts what operators change. `seen` is the number of the last event that was looked at, `waiting` and
    `dead` count deliveries. `failing_since`: nothing was answered 2xx since; nothing is posted before `next_at`.
    """

    seq: int
    name: str
    url: str
    kinds: tuple[str, ...]
    private: bool
    version: int
    created_at: datetime
    disabled_reason: str | None
    failing_since: datetime | None
    next_at: datetime | None
    seen: int
    waiting: int
    dead: int


def add_endpoint(
    database: Database, name: str, url: str, *, kinds: Iterable[str] = (), private: bool = False
) -> tuple[Endpoint, str]:
    """A new endpoint, which gets the events from now on, and its secret.

    Raises UsageProblem where the name, the URL or a kind does not hold, or the host is inside and not `private`;
    Conflict where the name is taken.
    """
    wanted = _insist_kinds(kinds)
    _insist_url(url, private)
    if not NAME.fullmatch(name):
        raise UsageProblem(
            f"endpoint {name[:80]!r} cannot be made",
            why="a name is of small letters, digits, dots, dashes and underscores, 64 at most",
            fix="name it for who listens there, as in `annotation-platform`",
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
                "seen": last_event(connection),
            }
            connection.execute(endpoints.insert().values(row))
            made = endpoint_named(connection, name)
    except IntegrityError as error:
        raise Conflict(
            f"endpoint {name!r} cannot be made",
            why="there is one of this name already",
            fix="take another name, or remove that one first; a lost secret is replaced by rotating it",
            code="name_taken",
        ) from error
    return made, secret


def list_endpoints(database: Database) -> tuple[Endpoint, ...]:
    """Every endpoint, the oldest first."""
    with database.reading() as connection:
        return _endpoints(connection, sa.true())


def find_endpoint(database: Database, name: str) -> Endpoint:
    """The endpoint of a name. Raises NotFound."""
    with database.reading() as connection:
        return endpoint_named(connection, name)


def rotate_secret(database: Database, name: str, version: int | None = None) -> tuple[Endpoint, str]:
    """A new secret; the one before it signs alongside for ROTATION_HOURS, older ones no more.

    Raises NotFound, and Conflict where the endpoint is not at the `version` given.
    """
    secret = _new_secret()
    with database.writing() as transaction:
        connection = transaction.connection
        endpoint = endpoint_named(connection, name, locked=True, version=version)
        row = endpoints.c.seq == endpoint.seq
        newest = connection.execute(sa.select(endpoints.c.secrets).where(row)).scalar_one()[0]
        until = (transaction.now + timedelta(hours=ROTATION_HOURS)).isoformat()
        kept = [{"secret": secret, "until": None}, {"secret": newest["secret"], "until": until}]
        return _changed(connection, endpoint, secrets=kept), secret


def disable_endpoint(
    database: Database, name: str, reason: str = "disabled by an operator", version: int | None = None
) -> Endpoint:
    """Post nothing more to an endpoint; what happens meanwhile waits for it. Raises NotFound and Conflict."""
    with database.writing() as transaction:
        endpoint = endpoint_named(transaction.connection, name, locked=True, version=version)
        return _changed(transaction.connection, endpoint, disabled_reason=reason)


def enable_endpoint(database: Database, name: str, version: int | None = None) -> Endpoint:
    """Post again, at once and beginning with what waited: also to one that fails. Raises NotFound and Conflict."""
    with database.writing() as transaction:
        endpoint = endpoint_named(transaction.connection, name, locked=True, version=version)
        waiting = sa.and_(deliveries.c.endpoint == endpoint.seq, deliveries.c.next_at > transaction.now)
        transaction.connection.execute(deliveries.update().where(waiting).values(next_at=transaction.now))
        return _changed(transaction.connection, endpoint, disabled_reason=None, **NOT_FAILING)


def remove_endpoint(database: Database, name: str, version: int | None = None) -> Endpoint:
    """Drop an endpoint and all that waits for it. Raises NotFound and Conflict."""
    with database.writing() as transaction:
        endpoint = endpoint_named(transaction.connection, name, locked=True, version=version)
        transaction.connection.execute(deliveries.delete().where(deliveries.c.endpoint == endpoint.seq))
        transaction.connection.execute(endpoints.delete().where(endpoints.c.seq == endpoint.seq))
    return endpoint


def endpoint_named(
    connection: Connection, name: str, *, locked: bool = False, version: int | None = None
) -> Endpoint:
    """The endpoint of a name; `locked`: nobody else changes it, or what waits for it, before the transaction ends.

    Raises NotFound, and Conflict where it is not at the `version` given.
    """
    if locked:
        connection.execute(sa.select(endpoints.c.seq).where(endpoints.c.name == name).with_for_update())
    found = _endpoints(connection, endpoints.c.name == name)
    if not found:
        raise NotFound(
            f"there is no endpoint {name[:80]!r}",
            why="none was added, or it was removed",
            fix="`prelabel webhook list` and GET /v1/webhooks show them",
        )
    if version is not None and found[0].version != version:
        raise Conflict(
            f"endpoint {name!r} has changed",
            why=f"it is at version {found[0].version}, not {version}",
            fix="look at it again and decide again",
            code="stale_version",
        )
    return found[0]


def _changed(connection: Connection, endpoint: Endpoint, **columns: object) -> Endpoint:
    changes = {**columns, "version": endpoint.version + 1}
    connection.execute(endpoints.update().where(endpoints.c.seq == endpoint.seq).values(changes))
    return endpoint_named(connection, endpoint.name)


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
            version=row.version,
            created_at=row.created_at,
            disabled_reason=row.disabled_reason,
            failing_since=row.failing_since,
            next_at=row.next_at,
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
            fix="name some of these, or none for all",
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
        elif len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
            why = f"it is not of at most {LONGEST_URL} printable ASCII characters without spaces"
    if why is None:
        why = _why_host_refused(host, port, private)
    if why is not None:
        raise UsageProblem(
            f"nothing can be posted to {_shown(url)!r}",
            why=why,
            fix="give an https:// address that the internet can reach; one inside our network is added by "
            "`prelabel webhook add --allow-private`",
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
