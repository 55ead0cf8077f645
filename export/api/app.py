"""The HTTP API: one application per queue.

Everything under /v1 needs a token. `/healthz` says that the process lives, `/readyz` that it can work, `/metrics`
how it works: requests and drafts. `/openapi.json` describes it all, `/docs` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import StoreUnusable
from core.types import Correction, Draft
from export.api import corrections, drafts, webhooks
from export.api.documents import Health
from export.api.examples import EXAMPLES
from export.api.metrics import Figures, Timed
from export.api.problems import Problem, Refusal, handle_problems
from export.api.schemas import schemas_of
from export.api.service import Served, Service
from export.background import Rounds

MOST_BYTES = 8 << 20
"""A correction of 500,000 characters in JSON, escaped, with room."""

_DESCRIPTION = """\
Drafts go out, corrections come back. docs/platform.md is the guide: the life of a draft, every call, the rules.
Every answer other than 2xx and 304 is a problem document (RFC 9457) that says what to do."""


def make_app(
    service: Service,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    background: Sequence[Rounds] = (),
) -> FastAPI:
    """The application that serves `service`; `lifespan` surrounds its time as a server.

    `background` is the work that goes on beside, without which the server is not ready.
    """
    app = FastAPIOffline(  # its pages come from this server, not from a CDN that many platforms cannot reach
        title="prelabel", version="1", description=_DESCRIPTION, redoc_url=None, lifespan=lifespan
    )
    app.state.service = service
    app.state.background = background
    app.state.figures = Figures(service.queue)
    app.include_router(drafts.router, responses=_problems(401, 403, 404, 422, 503))
    refusals = _problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 503)
    app.include_router(corrections.router, responses=refusals)
    app.include_router(webhooks.router, responses=refusals)
    app.include_router(_watching)
    handle_problems(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Timed, seconds=app.state.figures.seconds)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


_watching = APIRouter(tags=["operation"])


@_watching.get("/healthz")
def healthz() -> Health:
    """The process lives."""
    return Health(status="ok")


@_watching.get("/readyz")
def readyz(request: Request, service: Served) -> Health:
    """Queue and store can be used, leases end in time and webhooks are sent; 503 says what is not so."""
    service.queue.answer()
    if not service.store.root.is_dir():
        raise StoreUnusable(
            "no draft can be read",
            why=f"the media store {service.store.root} is not there",
            fix="mount it, or set PRELABEL_STORE to where it is",
        )
    for work in request.app.state.background:
        if (seconds := work.standstill) is not None:
            raise Refusal(
                503,
                "standstill",
                f"{work.name} stands still",
                why=f"no round of it has gone well for {seconds:.0f} s; the log of the server says why",
                fix="mend what the log says, or start this server process anew",
            )
    return Health(status="ok")


@_watching.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request) -> Response:
    """Prometheus: requests by route and status, drafts and seconds by state, the number of the last event, and what
    became of webhooks."""
    figures: Figures = request.app.state.figures
    return Response(figures.text(), media_type=CONTENT_TYPE_LATEST)


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
        for name, example in EXAMPLES.items():  # here, because FastAPI drops every null from those of its models
            made["components"]["schemas"][name]["examples"] = [example]
        app.openapi_schema = made
    return app.openapi_schema
