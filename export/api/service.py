"""What the routes stand on: the queue, the store, who calls, and what they answer with."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from core.errors import NotFound
from core.project import Project
from core.store import MediaStore
from core.types import Language
from export.answers import Answer, answered_once
from export.api.documents import DraftEntry, Links, MinutesGiven, PriceGiven
from export.api.problems import Refusal
from export.clips import Track, clips_of, peaks_of
from export.database import Database, Transaction
from export.entries import Place, QueueEntry
from export.estimates import WorkModel
from export.prices import Price, billable_minutes, shown_minutes
from export.queue import Queue
from export.tables import Order
from export.tokens import SCOPES, Scope, Token, find_token
from export.webhooks.endpoints import Endpoint
from export.worktimes import estimate_entry

LINK_HOURS = 24
"""So long a link to sound can be opened: a work day, with the night before it."""


def default_alone(name: str) -> Project:
    """The project `default`, where there are no projects' files. Raises NotFound for any other name."""
    if name != "default":
        raise NotFound(
            f"there is no project {name!r}", why="there is no file of any project", fix="take the project `default`"
        )
    return Project()


@dataclass(frozen=True, slots=True)
class Service:
    """One queue and its store, as the API serves them.

    `signing_key` is the queue's own. `estimate` is what a draft is worth today, None where no rate is known; `work`
    gives the models by which its work is estimated, none for published ones. Both are asked in the middle of
    transactions. `one_language`: a worker gets drafts in one language only. `project` gives a project by its name,
    and raises as `core.project.load_project` does.
    """

    queue: Queue
    store: MediaStore
    signing_key: bytes
    estimate: Callable[[QueueEntry], Price | None]
    one_language: bool = False
    work: Callable[[], Mapping[Language, WorkModel]] = dict
    project: Callable[[str], Project] = default_alone

    def sounds(self, entry: QueueEntry) -> Mapping[Track, Path]:
        """The files that are heard with a draft, as far as they are (still) kept."""
        return clips_of(self.store, entry.draft.recording_id, entry.draft.draft_id)

    def peaks(self, entry: QueueEntry) -> Mapping[Track, Path]:
        """The peaks of these files, likewise."""
        return peaks_of(self.store, entry.draft.recording_id, entry.draft.draft_id)


async def service_of(request: Request) -> Service:
    """The service that this application was made for."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]


bearer = HTTPBearer(auto_error=False, description="A token that `prelabel token create` made.")


def caller(service: Served, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Token:
    """The token of the request. Raises Refusal 401 where it has none that is good."""
    token = find_token(service.queue, credentials.credentials) if credentials is not None else None
    if token is None:
        raise Refusal(
            401,
            "unauthorized",
            "this needs a token",
            why="there is none in the Authorization header, or it is unknown, revoked or out of date",
            fix="send `Authorization: Bearer …` with a token that `prelabel token create` made",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return token


def allowed(scope: Scope) -> Callable[..., Awaitable[Token]]:
    """A dependency: the caller's token, which must allow `scope`. Raises Refusal 403."""

    async def check(token: Annotated[Token, Depends(caller)]) -> Token:
        insist_scope(token, scope)
        return token

    return check


def insist_scope(token: Token, scope: Scope) -> None:
    """Raise Refusal 403 where a token does not allow `scope`."""
    if not token.allows(scope):
        raise Refusal(
            403,
            "forbidden",
            f"token {token.name!r} may not do this",
            why=f"it needs the scope `{scope}` ({SCOPES[scope]})",
            fix="make a token with that scope, or use the one that has it",
        )


def worker_for(token: Token, named: str | None) -> str | None:
    """For whom a caller acts: who is named, else the token's own person; None where neither is known.

    Raises Refusal 403 where a person's own token names another one.
    """
    if token.person is not None and named not in (None, token.person):
        raise Refusal(
            403,
            "forbidden",
            f"token {token.name!r} may not act for {named!r}",
            why=f"it is {token.person}'s own",
            fix=f"name {token.person!r}, or use a token that is nobody's own",
        )
    return token.worker if named is None else named


MayRead = Annotated[Token, Depends(allowed("read"))]
MayLease = Annotated[Token, Depends(allowed("lease"))]
MaySubmit = Annotated[Token, Depends(allowed("submit"))]
MayReview = Annotated[Token, Depends(allowed("review"))]
MayAdminister = Annotated[Token, Depends(allowed("admin"))]


async def refuse_unknown_parameters(request: Request) -> None:
    """A dependency: a misspelt or repeated parameter is an error, not a default. Raises Refusal 422."""
    known = {
        one["name"]: one["schema"].get("type") == "array"
        for one in _operation(request).get("parameters", [])
        if one["in"] == "query"
    }
    unknown = sorted(set(request.query_params) - known.keys())
    if unknown:
        raise Refusal(
            422,
            "bad_request",
            f"there is no parameter {unknown[0][:40]!r}",
            why="it would have no effect",
            fix=f"known are {', '.join(sorted(known))}" if known else "leave it out: this address has none",
        )

    names = Counter(name for name, _ in request.query_params.multi_items())
    repeated = sorted(name for name, count in names.items() if count > 1 and not known[name])
    if repeated:
        raise Refusal(
            422,
            "bad_request",
            f"the parameter {repeated[0]!r} is there {names[repeated[0]]} times",
            why="it has one value",
            fix="send it once",
        )


async def refuse_other_types(request: Request) -> None:
    """A dependency: what is sent must say that it is JSON, in UTF-8 and not compressed. Raises Refusal 415."""
    sent = request.headers.get("content-type", "")
    media = sent.partition(";")[0].strip().lower()
    if "requestBody" not in _operation(request):
        return
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    charset = Message()
    charset["content-type"] = sent
    if encoding != "identity":
        why = f"its Content-Encoding is {encoding[:60]!r}"
    elif media != "application/json" and not media.endswith("+json"):
        why = f"its Content-Type is {sent[:60]!r}" if sent else "it has no Content-Type"
    elif (named := charset.get_content_charset("utf-8")) not in ("utf-8", "us-ascii"):
        why = f"its charset is {named[:60]!r}"
    else:
        return
    raise Refusal(
        415,
        "media_type",
        "the body is not sent as plain JSON",
        why=why,
        fix="send `Content-Type: application/json`, in UTF-8, not compressed",
        headers={"Accept-Post": "application/json", "Accept-Encoding": "identity"},
    )


def _operation(request: Request) -> dict[str, Any]:
    """What the API's description says of the route that was called."""
    paths = request.app.openapi()["paths"]
    method = "get" if request.method == "HEAD" else request.method.lower()
    found: dict[str, Any] = paths[request.scope["route"].path][method]
    return found


async def body_of(request: Request) -> bytes:
    """The bytes of the request."""
    return await request.body()


IfMatch = Annotated[
    str | None, Header(alias="If-Match", description='The ETag of the draft as you know it: `"v7"`.')
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key with the same request gives the same answer, for a day.",
    ),
]


def wanted_version(if_match: str | None) -> int | None:
    """The version that an If-Match header names; None where there is no header or it says `*`."""
    return None if if_match is None or if_match.strip() == "*" else numbered_tag(if_match, "v")


def numbered_tag(if_match: str, letter: str) -> int:
    """The number behind the letter of an ETag of ours. Raises Refusal 412 where it is none."""
    name = if_match.strip().removeprefix("W/").strip('"')
    if name[:1] == letter and name[1:].isascii() and name[1:].isdecimal() and len(name) < 12:
        return int(name[1:])
    raise Refusal(
        412,
        "stale_version",
        "this If-Match fits no version",
        why=f"{if_match[:40]!r} is no ETag that we gave",
        fix=f'send the ETag that came with what you change, as in "{letter}7"',
    )


def entry_document(service: Service, entry: QueueEntry) -> DraftEntry:
    """A draft's entry as the API gives it."""
    price = service.estimate(entry)
    return DraftEntry(
        **entry.to_dict(),
        billable_minutes=shown_minutes(billable_minutes(entry.draft.unit)),
        estimated_price=price and PriceGiven(amount=price.amount, currency=price.currency),
        estimated_work=MinutesGiven.model_validate(estimate_entry(entry, price, service.work()).minutes.to_dict()),
        links=_links(service, entry),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: `document` speaks of `entries`; where it is one draft's answer it bears its ETag."""

    status: int
    document: BaseModel
    entries: tuple[QueueEntry, ...]
    tagged: bool = True


def answered(
    service: Service,
    token: Token,
    request: Request,
    key: str | None,
    body: bytes,
    produce: Callable[[Database | Transaction], Outcome],
) -> Response:
    """The answer to what `produce` does in the queue, or in a transaction of it: once per Idempotency-Key.

    A person's own keys are apart from those of the platform and its other people: an answer may hold lease tokens.
    """

    def answer(queue: Database | Transaction) -> Answer:
        outcome = produce(queue)
        tag = etag(outcome.entries[0]) if outcome.tagged else None
        text = outcome.document.model_dump_json(by_alias=True)
        draft_ids = tuple(entry.draft.draft_id for entry in outcome.entries)
        return Answer(outcome.status, json.dumps({"etag": tag, "body": text}), draft_ids)

    if key is None:
        given, replayed = answer(service.queue), False
    else:
        person = [] if token.person is None else [token.person]
        scope = json.dumps([token.platform, *person, request.method, request.url.path, key])
        given, replayed = answered_once(service.queue, scope, body, answer)
    kept = json.loads(given.body)
    headers = {"ETag": kept["etag"]} if kept["etag"] else {}
    headers |= {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(kept["body"], given.status, headers, "application/json")


def etag(entry: QueueEntry | Endpoint) -> str:
    """The entity tag of a draft's entry, or of a webhook's."""
    return f'"v{entry.version}"'


def cursor(place: Place, order: Order = "received") -> str:
    """An opaque mark behind a place in a list of that order."""
    text = f"{_CURSORS[order]} {place.seq}" + ("" if order == "received" else f" {place.difficulty!r}")
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(mark: str | None, order: Order = "received") -> Place | None:
    """The place that a cursor marks. Raises Refusal 422 where it is none of ours, or of another order."""
    if mark is None:
        return None
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode("ascii")
        word, seq, *difficulty = text.split(" ")
        if word == _CURSORS[order] and seq.isascii() and seq.isdecimal() and len(seq) < 19:
            match difficulty:
                case []:
                    if order == "received":
                        return Place(int(seq))
                case ["None"]:
                    return Place(int(seq))
                case [number] if 0.0 <= float(number) <= 100.0:
                    return Place(int(seq), float(number))
    except (binascii.Error, UnicodeError, ValueError):
        pass
    raise Refusal(
        422,
        "bad_request",
        "this cursor is none of ours",
        why="`after` is not what an earlier answer in this order gave as `next`",
        fix="leave it out to begin at the start, then use each `next` as it came, in the same order",
    )


_CURSORS: Mapping[Order, str] = {"received": "after", "difficulty": "easier", "-difficulty": "harder"}
"""What a cursor of each order begins with."""


def signature(service: Service, draft_id: str, heard: str, expires: int) -> str:
    """What makes a link to a track (`mix`) or its peaks (`mix/peaks`) good until `expires` (seconds since 1970)."""
    text = f"{draft_id} {heard} {expires}".encode()
    return hmac.digest(service.signing_key, text, "sha256").hex()


def _links(service: Service, entry: QueueEntry) -> Links:
    draft_id = entry.draft.draft_id
    expires = datetime.now(UTC).replace(microsecond=0, second=0, minute=0) + timedelta(hours=LINK_HOURS + 1)

    def link(heard: str) -> str:
        until = int(expires.timestamp())
        signed = signature(service, draft_id, heard, until)
        return f"/v1/drafts/{draft_id}/audio/{heard}?expires={until}&signature={signed}"

    return Links(
        document=f"/v1/drafts/{draft_id}/document",
        mix=link("mix"),
        voice=link("voice"),
        mix_peaks=link("mix/peaks"),
        voice_peaks=link("voice/peaks"),
        expires=expires,
    )
