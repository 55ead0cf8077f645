"""The posts: an event as a signed CloudEvent, sent by whoever dispatches.

    POST /hooks HTTP/1.1
    content-type: application/cloudevents+json
    webhook-id: evt_5f3a91c2_12_1
    webhook-timestamp: 1795608000
    webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

    {"specversion": "1.0", "id": "12", "source": "urn:prelabel:queue:5f3a91c2", "type": "prelabel.draft.submitted",
     "subject": "<draft id>", "time": "…", "datacontenttype": "application/json", "data": {"seq": 12, …}}

`webhook-id` names the event and the endpoint: a receiver drops what it has seen. While a secret is being rotated
the signature header holds one signature for each secret that is good, with spaces between.

Several dispatchers may run: a delivery is claimed before it is sent, and only one whose dispatcher died is sent
again, under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpcore2
import sqlalchemy as sa
from standardwebhooks import Webhook

from core.errors import EndpointUnreachable
from export.background import Rounds
from export.database import Database, time_of
from export.entries import Event
from export.keys import made_once
from export.outbound import NotPosted, guarded_pool, post
from export.tables import endpoints
from export.webhooks.deliveries import (
    Claimed,
    Result,
    Tally,
    Target,
    claim,
    due_endpoints,
    settle,
    spread,
    target_of,
)
from export.webhooks.endpoints import endpoint_named

ANSWER_SECONDS = 10.0

_AT_ONCE = 32
"""Endpoints that are posted to at the same time."""


def dispatch(database: Database, *, now: datetime | None = None) -> Tally:
    """Post what is due, once: new events first become deliveries. `now`: instead of the database's time.

    An endpoint that fails is left alone until its next try is due, and holds no other one up.
    """

    async def once() -> Tally:
        await asyncio.to_thread(spread, database)
        slots = asyncio.Semaphore(_AT_ONCE)
        due = await asyncio.to_thread(due_endpoints, database, now)
        source = await asyncio.to_thread(_source, database) if due else ""
        drained = (_drain(database, one, source, slots, now) for one in due)
        tallies = await asyncio.gather(*drained, return_exceptions=True)  # the trouble of one stops no other
        for one in tallies:
            if isinstance(one, BaseException):
                raise one
        return sum((one for one in tallies if isinstance(one, Tally)), Tally())

    return asyncio.run(once())


async def keep_dispatching(database: Database, rounds: Rounds, *, every_seconds: float = 1.0) -> None:
    """Post what is due, until cancelled. Troubles are logged by `rounds`, and it goes on."""
    slots = asyncio.Semaphore(_AT_ONCE)
    busy: dict[int, asyncio.Task[None]] = {}
    sending = Rounds("sending webhooks")

    async def drained(endpoint: int) -> None:
        with sending.round():
            source = await asyncio.to_thread(_source, database)
            await _drain(database, endpoint, source, slots, None)

    try:
        while True:
            busy = {endpoint: task for endpoint, task in busy.items() if not task.done()}
            with rounds.round():
                await asyncio.to_thread(spread, database)
                for endpoint in await asyncio.to_thread(due_endpoints, database):
                    if endpoint not in busy:
                        busy[endpoint] = asyncio.create_task(drained(endpoint))
            await asyncio.sleep(every_seconds)
    finally:
        for task in busy.values():
            task.cancel()


async def _drain(
    database: Database, endpoint: int, source: str, slots: asyncio.Semaphore, now: datetime | None
) -> Tally:
    """Send what is due to one endpoint, until nothing is."""
    done = Tally()
    async with slots:
        pool = None
        try:
            while claimed := await asyncio.to_thread(claim, database, endpoint, now):
                pool = pool or guarded_pool(private=claimed.target.private)
                sending = (_send(pool, claimed.target, one, source, claimed.at) for one in claimed.deliveries)
                results = await asyncio.gather(*sending)
                done += await asyncio.to_thread(settle, database, claimed, results, now)
        finally:
            if pool is not None:
                await pool.aclose()
    return done


async def _send(
    pool: httpcore2.AsyncConnectionPool, target: Target, claimed: Claimed, source: str, at: datetime
) -> Result:
    """The answer, or why there was none."""
    sent = f"evt_{source.rpartition(':')[2]}_{claimed.event.seq}_{target.seq}"
    body = _body(_envelope(claimed.event, source))
    try:
        return await post(pool, target.url, _headers(target, sent, at, body), body, seconds=ANSWER_SECONDS)
    except NotPosted as error:
        return error


def ping_endpoint(database: Database, name: str) -> int:
    """The status with which an endpoint answers a signed event of the type `prelabel.ping`.

    Raises NotFound, and EndpointUnreachable where it does not answer.
    """
    with database.reading() as connection:
        endpoint = endpoint_named(connection, name)
        row = connection.execute(sa.select(endpoints).where(endpoints.c.seq == endpoint.seq)).one()
        now = time_of(connection)
    sent = f"ping_{secrets.token_hex(8)}"
    ping = {"id": sent, "source": _source(database), "type": "prelabel.ping", "time": now.isoformat(), "data": {}}
    body = _body(ping)
    target = target_of(row, now)

    async def answer() -> int:
        async with guarded_pool(private=target.private) as pool:
            headers = _headers(target, sent, now, body)
            return (await post(pool, target.url, headers, body, seconds=ANSWER_SECONDS)).status

    try:
        return asyncio.run(answer())
    except NotPosted as error:
        raise EndpointUnreachable(
            f"endpoint {name!r} cannot be reached",
            why=str(error),
            fix="check that its server runs and its certificate is good; inside the network add it with "
            "--allow-private",
        ) from error


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


def _headers(target: Target, sent: str, at: datetime, body: bytes) -> dict[str, str]:
    text = body.decode()
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "prelabel",
        "Webhook-Id": sent,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": " ".join(Webhook(key).sign(sent, at, text) for key in target.keys),
    }


def _source(database: Database) -> str:
    """Which queue this is: `source` and `id` name an event among those of all queues."""
    return f"urn:prelabel:queue:{made_once(database, 'identity')[:8]}"
