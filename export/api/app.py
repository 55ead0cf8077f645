"""The HTTP API: one application per queue.

Everything under /v1 needs a token. `/healthz` says that the process lives, `/readyz` that it can work, `/metrics`
how it works: requests and drafts. `/openapi.json` describes it all, `/docs` shows it. `/` is the correction page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import StoreUnusable
from export.api import corrections, drafts, projects, scores, tokens, webhooks, working_copies
from export.api.description import described, operation_id, problems
from export.api.documents import Health
from export.api.metrics import Figures, Timed
from export.api.page import serve_page
from export.api.problems import Refusal, handle_problems
from export.api.service import Served, Service
from export.background import Rounds
from export.corrections import MOST_BYTES

COMPRESSED_FROM = 16 << 10
"""Bytes of an answer that is worth compressing for those who take it so: drafts and long lists, not leases."""

_DESCRIPTION = """\
Drafts go out, corrections come back. docs/platform.md is the guide: the life of a draft, every call, the rules.
Every answer other than 2xx and 304 is a problem document (RFC 9457) that says what to do, also to a method that an
address does not have (405). GET of an entry, a document, a sound or its peaks answers HEAD as well."""


def make_app(
    service: Service,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    background: Sequence[Rounds] = (),
) -> FastAPI:
    """The application that serves `service`; `lifespan` surrounds its time as a server.

    `background` is the work that goes on beside, without which the server is not ready.
    """
    app = FastAPIOffline(  # its pages come from this server, not from a CDN that many platforms cannot reach
        title="prelabel",
        version="1",
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.background = background
    app.state.figures = Figures(service.queue)
    for part in (drafts, corrections, working_copies, projects, scores, webhooks, tokens):
        app.include_router(part.router, responses=problems(401, 403, 422, 500, 503))
    app.include_router(_watching)
    serve_page(app)
    handle_problems(app)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM, compresslevel=4)  # sound it leaves as it is
    app.add_middleware(BodyLimit)
    app.add_middleware(Timed, seconds=app.state.figures.seconds)
    app.add_middleware(OpenSound)  # the outermost, so that a page can read every answer, whatever refuses
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


_watching = APIRouter(tags=["operation"])


@_watching.get("/healthz")
def healthz() -> Health:
    """The process lives."""
    return Health(status="ok")


@_watching.get("/readyz", responses=problems(500, 503))
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


@_watching.get("/metrics", response_class=PlainTextResponse, responses=problems(500, 503))
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


class OpenSound:
    """Lets pages of every origin read sound and peaks: a link carries its own permission, and no cookie counts.

    The headers come whether or not a page asks: a browser keeps what its player fetched, and gives it to pages.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _SOUND.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_OPEN)
            await send(message)

        answer = Response(status_code=204, headers=_PREFLIGHT) if scope["method"] == "OPTIONS" else self._app
        await answer(scope, receive, opened)


_SOUND = re.compile(r"/v1/drafts/[^/]+/audio/[^/]+(/peaks)?")
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Range, Accept-Ranges, Content-Length",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Range",
    "Access-Control-Max-Age": "86400",
}
