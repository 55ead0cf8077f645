"""/openapi.json: what FastAPI reads from the routes, and what it cannot see in them.

An answer that no route tells of can come all the same: an address, a body, a header or the server itself is wrong.
The rules for that are here, once, so that a route declares only what is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Header
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from core.types import Correction, Draft
from export.api.documents import PostedEvent, PostedPing
from export.api.examples import EXAMPLES
from export.api.problems import Problem
from export.api.schemas import schemas_of

MEANINGS: Mapping[int, str] = {
    400: "The body cannot be read.",
    401: "No good token.",
    403: "The token may not do this, or the link is not good.",
    404: "There is no such thing.",
    409: "It does not fit the state in which things are.",
    412: "It has changed since, or If-Match names no version.",
    413: "The body is too large.",
    415: "The body is not sent as JSON.",
    416: "The sound has no such range.",
    422: "The request does not hold.",
    428: "It is not said which version is meant.",
    500: "A mistake of ours.",
    503: "The server cannot answer at the moment.",
}

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

_CONFLICTS = frozenset(
    {
        "lease_drafts",
        "acknowledge_draft",
        "refuse_draft",
        "renew_lease",
        "save_working_copy",
        "submit_correction",
        "review_draft",
        "change_draft",
        "add_webhook",
    }
)
"""Operations that things as they stand may forbid."""

_TAGGED = frozenset(
    {
        "get_draft",
        "get_document",
        "get_audio",
        "save_working_copy",
        "get_working_copy",
        "submit_correction",
        "review_draft",
        "change_draft",
        "add_webhook",
        "get_webhook",
        "rotate_webhook",
        "disable_webhook",
        "enable_webhook",
    }
)
"""Operations whose answer bears an entity tag."""

_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "ETag": {"description": "The version that was given.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "This very answer was given before, to the same Idempotency-Key.",
        "schema": {"const": "true"},
    },
    "Retry-After": {"description": "Seconds after which to send it again.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to prove who asks.", "schema": {"const": "Bearer"}},
    "Accept-Post": {"description": "What can be sent.", "schema": {"const": "application/json"}},
    "Accept-Ranges": {"description": "Ranges can be asked for.", "schema": {"const": "bytes"}},
    "Content-Range": {"description": "Which bytes of how many.", "schema": {"type": "string"}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answers that are problem documents, as a route declares them."""
    return {status: {"description": MEANINGS[status], "content": PROBLEM} for status in statuses}


def described(app: FastAPI) -> dict[str, Any]:
    """The whole description of an application. It is made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            webhooks=_posted.routes,
            servers=[{"url": "/", "description": "This server."}],
        )
        for path, operations in made["paths"].items():
            for operation in operations.values():
                _complete(path, operation)
        made["components"]["schemas"] |= schemas_of(Draft, "serialization") | schemas_of(Correction, "validation")
        made["components"]["schemas"] |= schemas_of(Problem, "serialization")
        for name, example in EXAMPLES.items():  # here, because FastAPI drops every null from those of its models
            made["components"]["schemas"][name]["examples"] = [example]
        app.openapi_schema = made
    return app.openapi_schema


def operation_id(route: APIRoute) -> str:
    """What a generated client calls an operation: as we do."""
    return route.name


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Add the answers that a route does not tell of, and the headers of all."""
    name, sent = operation["operationId"], {one["name"]: one for one in operation.get("parameters", [])}
    answers: dict[str, Any] = operation["responses"]
    common = {
        400: "requestBody" in operation,
        404: "{" in path,
        409: name in _CONFLICTS,
        412: "If-Match" in sent,
        413: "requestBody" in operation,
        415: "requestBody" in operation,
    }
    for status, answer in problems(*(status for status, there in common.items() if there)).items():
        answers.setdefault(str(status), answer)
    # 428 is ours, because a client should be told what to do, not only that something is missing.
    if "428" in answers and "If-None-Match" not in sent:
        sent["If-Match"] |= {"required": True, "schema": {"type": "string"}}
    for status, answer in answers.items():
        if headers := _headers_of(name, status, sent):
            answer["headers"] = {header: _HEADERS[header] for header in headers}
    operation["responses"] = dict(sorted(answers.items()))


def _headers_of(name: str, status: str, sent: Mapping[str, Any]) -> list[str]:
    good = status < "400"
    there = {
        "ETag": good and name in _TAGGED,
        "Idempotency-Replayed": good and "Idempotency-Key" in sent,
        "Retry-After": status == "503",
        "WWW-Authenticate": status == "401",
        "Accept-Post": status == "415",
        "Accept-Ranges": status in ("200", "206") and name == "get_audio",
        "Content-Range": status in ("206", "416"),
    }
    return [header for header, is_there in there.items() if is_there]


_posted = APIRouter(
    tags=["webhooks"],
    responses={"default": {"description": "Anything else: it is posted again later. 410 disables the endpoint."}},
)

_CloudEvent = Body(media_type="application/cloudevents+json")
_Id = Annotated[str, Header(alias="webhook-id", description="Of this post: drop one that you have seen.")]
_Timestamp = Annotated[int, Header(alias="webhook-timestamp", description="Seconds since 1970; refuse old ones.")]
_Signature = Annotated[str, Header(alias="webhook-signature", description="Standard Webhooks, `v1`.")]


@_posted.post("event", status_code=204, generate_unique_id_function=operation_id)
def take_event(
    _event: Annotated[PostedEvent, _CloudEvent],
    _webhook_id: _Id,
    _webhook_timestamp: _Timestamp,
    _webhook_signature: _Signature,
) -> None:
    """Posted to each endpoint that wants events of this kind. Answer 2xx within ten seconds."""


@_posted.post("ping", status_code=204, generate_unique_id_function=operation_id)
def take_ping(
    _ping: Annotated[PostedPing, _CloudEvent],
    _webhook_id: _Id,
    _webhook_timestamp: _Timestamp,
    _webhook_signature: _Signature,
) -> None:
    """Posted when somebody asks whether an endpoint answers."""
