"""`prelabel webhook`: where events are posted, for people and programs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from export.background import Rounds
from export.webhooks.deliveries import Delivery, list_deliveries, redrive
from export.webhooks.endpoints import (
    Endpoint,
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
)
from export.webhooks.sending import dispatch, keep_dispatching, ping_endpoint
from flows.places import queue_at

Shown = tuple[dict[str, Any], str]
"""An answer for programs, and the same for people."""


def added(url: str, name: str | None, kinds: Sequence[str], private: bool, queue_url: str | None) -> Shown:
    """Add an endpoint, named after its host where no name is given. Its secret is in the answer, this once."""
    wanted = [kind for part in kinds for kind in part.split(",") if kind]
    with queue_at(queue_url) as queue:
        endpoint, secret = add_endpoint(queue, name or _host(url), url, kinds=wanted, private=private)
    return _with_secret(endpoint, secret, f"endpoint {endpoint.name} gets {_wants(endpoint)} from now on.")


def rotated(name: str, queue_url: str | None) -> Shown:
    """Make another secret."""
    with queue_at(queue_url) as queue:
        endpoint, secret = rotate_secret(queue, name)
    return _with_secret(endpoint, secret, "the old one signs alongside for 24 hours.")


def listing(queue_url: str | None) -> Shown:
    """Every endpoint, how much waits for it, and what was given up, a hundred of each."""
    with queue_at(queue_url) as queue:
        endpoints = list_endpoints(queue)
        dead = [
            (one, given_up)
            for one in endpoints
            if one.dead
            for given_up in list_deliveries(queue, one.name, dead=True)
        ]
    lines = [
        f"{one.name:24} {_standing(one):10} {one.url}  {_wants(one)}, {one.waiting} waiting, {one.dead} dead"
        for one in endpoints
    ]
    lines += [
        f"dead: event {given_up.event} to {one.name}, {given_up.attempts} attempts: {given_up.error}"
        for one, given_up in dead
    ]
    document = {
        "endpoints": [_document(one) for one in endpoints],
        "dead": [_dead_document(one, given_up) for one, given_up in dead],
    }
    return document, "\n".join(lines) or "no endpoints"


def tested(name: str, queue_url: str | None) -> tuple[dict[str, Any], str, bool]:
    """Post a `prelabel.ping`: (document, text, whether it was answered 2xx)."""
    with queue_at(queue_url) as queue:
        status = ping_endpoint(queue, name)
    return {"name": name, "status": status}, f"endpoint {name} answered {status}", 200 <= status < 300


def switched(name: str, on: bool, queue_url: str | None) -> Shown:
    """Disable an endpoint, or post to it again."""
    with queue_at(queue_url) as queue:
        endpoint = enable_endpoint(queue, name) if on else disable_endpoint(queue, name)
    return _document(endpoint), f"endpoint {name} is {_standing(endpoint)}"


def removed(name: str, queue_url: str | None) -> Shown:
    """Drop an endpoint."""
    with queue_at(queue_url) as queue:
        endpoint = remove_endpoint(queue, name)
    return _document(endpoint), f"endpoint {name} is gone, with {endpoint.waiting + endpoint.dead} deliveries"


def redriven(name: str, queue_url: str | None) -> Shown:
    """Have what was given up sent again."""
    with queue_at(queue_url) as queue:
        count = redrive(queue, name)
    return {"name": name, "redriven": count}, f"{count} deliveries to {name} will be sent again"


def sent(follow: bool, queue_url: str | None) -> Shown:
    """Post what is due, once; or for as long as the process lives."""
    with queue_at(queue_url) as queue:
        if follow:
            asyncio.run(keep_dispatching(queue, Rounds("dispatching webhooks")))
        tally = dispatch(queue)
    document = {"sent": tally.sent, "failed": tally.failed, "dead": tally.dead}
    return document, f"{tally.sent} sent, {tally.failed} to be tried again, {tally.dead} given up"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "")[:64]
    except ValueError:
        return ""


def _wants(endpoint: Endpoint) -> str:
    return ", ".join(endpoint.kinds) or "all events"


def _standing(endpoint: Endpoint) -> str:
    if endpoint.disabled_reason is not None:
        return "disabled"
    return "good" if endpoint.failing_since is None else "failing"


def _with_secret(endpoint: Endpoint, secret: str, more: str) -> Shown:
    return _document(endpoint) | {
        "secret": secret
    }, f"{secret}\n{more} The secret is shown this once: keep it safe."


def _document(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "kinds": list(endpoint.kinds),
        "private": endpoint.private,
        "created_at": endpoint.created_at.isoformat(timespec="seconds"),
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since and endpoint.failing_since.isoformat(timespec="seconds"),
        "seen": endpoint.seen,
        "waiting": endpoint.waiting,
        "dead": endpoint.dead,
    }


def _dead_document(endpoint: Endpoint, dead: Delivery) -> dict[str, Any]:
    return {"endpoint": endpoint.name, "event": dead.event, "attempts": dead.attempts, "error": dead.error}
