"""Errors as RFC 9457 problem documents: what, why, and what to do about it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from core.errors import BadDocument, EnvironmentProblem, PrelabelError
from export.corrections import json_pointer
from export.problems import kind_of, problem_document

log = logging.getLogger("prelabel")

RETRY_AFTER_SECONDS = 5


class Place(BaseModel):
    """One place in the request that does not hold."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) into the document, or the name of a parameter.")
    detail: str = Field(description="What is wrong there.")


class Problem(BaseModel):
    """A problem document (RFC 9457). `type` and `status` are for programs, the rest is for people."""

    type: str = Field(description="`urn:prelabel:problem:` and a word; docs/platform.md lists them.")
    title: str = Field(description="What happened.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="Why.")
    fix: str = Field(description="What to do about it.")
    errors: list[Place] = Field([], description="Where the document does not hold, as far as 20 places.")


class Refusal(Exception):
    """An answer other than 2xx that no error of the layers below stands for."""

    def __init__(
        self, status: int, code: str, title: str, *, why: str, fix: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.why, self.fix = status, code, title, why, fix
        self.headers = dict(headers or {})


def problem(
    status: int,
    code: str,
    title: str,
    *,
    why: str,
    fix: str,
    errors: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response that carries a problem document."""
    document = Problem(**problem_document(status, code, title, why=why, fix=fix, errors=errors))
    # Half surrogates in what was sent must not break the answer that says so.
    body = json.dumps(document.model_dump(), ensure_ascii=True)
    return Response(body, status, dict(headers or {}), "application/problem+json")


def handle_problems(app: FastAPI) -> None:
    """Answer every error with a problem document."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(PrelabelError, _explained)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crashed)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - for the type checker
    return problem(error.status, error.code, error.title, why=error.why, fix=error.fix, headers=error.headers)


def _explained(_request: Request, error: Exception) -> Response:
    assert isinstance(error, PrelabelError)  # noqa: S101 - for the type checker
    if isinstance(error, EnvironmentProblem):
        log.error("%s", error)
        return problem(
            503,
            "unavailable",
            "the server cannot answer at the moment",
            why="its database or its store cannot be used; the log of the server says why",
            fix="send the same request again in a while: it may have been carried out, and it is safe to repeat",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    status, code = kind_of(error)
    places = error.problems if isinstance(error, BadDocument) else ()
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if code == "in_flight" else None
    return problem(status, code, error.what, why=error.why, fix=error.fix, errors=places, headers=headers)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    places = tuple(_place(one) for one in error.errors()[:20])
    pointer, first = places[0] if places else ("", "it does not hold")
    return problem(
        422,
        "bad_request",
        "the request does not hold",
        why=f"{pointer or 'the document'}: {first}",
        fix="correct it; /docs and docs/platform.md describe every field",
        errors=places,
    )


def _place(error: Mapping[str, Any]) -> tuple[str, str]:
    """(a pointer into the body, or the name of a parameter; what is wrong there)."""
    where, *parts = error["loc"]
    if error["type"] == "json_invalid":
        return "", f"it is not JSON: {error['ctx']['error']}, at character {parts[0]}"
    if where != "body":
        return ".".join(str(part) for part in parts) or str(where), error["msg"]
    return json_pointer(tuple(parts)), error["msg"]


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    known = {
        400: ("unreadable", "the body of the request cannot be read", "send JSON, in UTF-8"),
        404: ("not_found", "there is nothing at this address", "take addresses from /openapi.json"),
        413: (
            "too_large",
            "the request is too large",
            "send one document at a time; a correction of ten minutes has some 100 KiB",
        ),
        405: ("method_not_allowed", "this address has no such method", "see /openapi.json for its methods"),
    }
    code, title, fix = known.get(error.status_code, ("bad_request", str(error.detail), "correct the request"))
    return problem(
        error.status_code, code, title, why=str(error.detail), fix=fix, headers=dict(error.headers or {})
    )


def _crashed(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        500,
        "crashed",
        "the server failed on this request",
        why="a mistake of ours: its log says more",
        fix="send it once more; if it fails again, tell us the request and the time",
    )
