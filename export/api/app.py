"""The HTTP API: one application per queue.

Everything under /v1 needs a token. `/healthz` says that the process lives, `/readyz` that it can work, `/metrics`
how many drafts are where. `/openapi.json` describes it all, `/docs` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import StoreUnusable
from core.types import Correction, Draft
from export.api import corrections, drafts
from export.api.documents import Health, examples_by_name
from export.api.problems import Problem, handle_problems
from export.api.schemas import schemas_of
from export.api.service import Served, Service
from export.states import State
from export.totals import reconcile

MOST_BYTES = 8 << 20
"""A correction of 500,000 characters in JSON, escaped, with room."""

_DESCRIPTION = """\
Drafts go out, corrections come back. docs/platform.md is the guide: the life of a draft, every call, the rules.
Every answer other than 2xx and 304 is a problem document (RFC 9457) that says what to do."""


def make_app(
    service: Service, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """The application that serves `service`; `lifespan` surrounds its time as a server."""
    app = FastAPIOffline(  # its pages come from this server, not from a CDN that many platforms cannot reach
        title="prelabel", version="1", description=_DESCRIPTION, redoc_url=None, lifespan=lifespan
    )
    app.state.service = service
    app.include_router(drafts.router, responses=_problems(401, 403, 404, 422, 503))
    app.include_router(corrections.router, responses=_problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 503))
    app.include_router(_watching)
    handle_problems(app)
    app.add_middleware(BodyLimit)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


_watching = APIRouter(tags=["operation"])


@_watching.get("/healthz")
def healthz() -> Health:
    """The process lives."""
    return Health(status="ok")


@_watching.get("/readyz")
def readyz(service: Served) -> Health:
    """Queue and store can be used; 503 says why not."""
    service.queue.answer()
    if not service.store.root.is_dir():
        raise StoreUnusable(
            "no draft can be read",
            why=f"the media store {service.store.root} is not there",
            fix="mount it, or set PRELABEL_STORE to where it is",
        )
    return Health(status="ok")


@_watching.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(service: Served) -> Response:
    """Prometheus: drafts and seconds by state, and the number of the last event."""
    found = reconcile(service.queue)
    registry = CollectorRegistry()
    count = Gauge("prelabel_queue_drafts", "Drafts in the queue.", ["state"], registry=registry)
    seconds = Gauge("prelabel_queue_seconds", "Seconds of their work units.", ["state"], registry=registry)
    for state in State:
        number, total = found.states.get(state, (0, 0.0))
        count.labels(state).set(number)
        seconds.labels(state).set(total)
    Gauge("prelabel_queue_last_event", "Number of the last event.", registry=registry).set(found.event)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class BodyLimit:
    """Refuses a request body of more than MOST_BYTES, before it is read where it says its length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"")
        declared = int(length) if length.isdigit() else 0
        taken = 0

        async def counted() -> Message:
            # Raised where the body is asked for, so that it becomes an answer like every other.
            nonlocal taken
            message = await receive() if declared <= MOST_BYTES else {}
            taken += len(message.get("body", b""))
            if max(taken, declared) > MOST_BYTES:
                raise HTTPException(413, f"its body has more than {MOST_BYTES >> 20} MiB")
            return message

        await self._app(scope, counted, send)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANINGS[status], "content": schema} for status in statuses}


_MEANINGS: Mapping[int, str] = {
    400: "The body cannot be read.",
    401: "No good token.",
    403: "The token may not do this.",
    404: "There is no such thing.",
    409: "It does not fit the state in which things are.",
    412: "The draft has changed since.",
    413: "The body is too large.",
    415: "The body is not sent as JSON.",
    422: "The request does not hold.",
    503: "The server cannot answer at the moment.",
}


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, with the documents that it does not parse itself."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=None
        )
        made["components"]["schemas"] |= schemas_of(Draft, "serialization") | schemas_of(Correction, "validation")
        made["components"]["schemas"] |= schemas_of(Problem, "serialization")
        for name, examples in examples_by_name().items():  # FastAPI has dropped every null from them
            made["components"]["schemas"][name]["examples"] = examples
        app.openapi_schema = made
    return app.openapi_schema
