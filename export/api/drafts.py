"""Routes that give drafts: lists, entries, documents, formats, sound."""

from __future__ import annotations

import hmac
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import FileResponse, Response
from fastapi.security import HTTPAuthorizationCredentials
from starlette.types import Message, Receive, Scope, Send

from core.types import Language
from export.api.description import MEANINGS, PROBLEM
from export.api.documents import ID, DraftEntry, DraftPage, EventEntry, EventPage
from export.api.problems import Refusal
from export.api.service import (
    MayRead,
    Served,
    Service,
    bearer,
    caller,
    cursor,
    entry_document,
    etag,
    insist_scope,
    place_of,
    refuse_unknown_parameters,
    signature,
)
from export.bodies import document_of, draft_of
from export.clips import Track
from export.corrections import LONGEST_NAME
from export.formats import FORMATS, MEDIA_TYPES
from export.sound import waveform
from export.states import State
from export.tables import Order

router = APIRouter(prefix="/v1", tags=["drafts"], dependencies=[Depends(refuse_unknown_parameters)])

MOST_LISTED = 200
MOST_EVENTS = 1000
PLACES = 2**63 - 1

DraftId = Annotated[str, Path(pattern=ID, description="32 hex digits.", examples=["0123456789abcdef" * 2])]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
Expires = Annotated[int | None, Query(ge=0, le=PLACES)]
Signed = Annotated[str | None, Query(alias="signature")]

_FORMATTED: dict[str, Any] = {
    media: {"schema": {} if media == "application/json" else {"type": "string"}}
    for media in sorted(set(MEDIA_TYPES.values()), reverse=True)
}
"""Text is first, because a generated client reads an answer as what it is told first; JSON has many shapes here."""

_RANGES = {"multipart/byteranges": {"schema": {"type": "string", "format": "binary"}}}
_SOUND = {"audio/mp4": {"schema": {"type": "string", "format": "binary"}}}
_PEAKS_TYPE = "application/octet-stream"
_PEAKS = {_PEAKS_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_KEPT_A_DAY = {"Cache-Control": "private, max-age=86400"}


@router.get("/drafts", response_model=DraftPage)
def list_drafts(
    service: Served,
    token: MayRead,
    state: Annotated[list[State], Query(max_length=len(State), description="One of these; without: any.")] = [],  # noqa: B006 - FastAPI copies it
    language: Language | None = None,
    project: Annotated[str | None, Query(max_length=64)] = None,
    recording: Annotated[str | None, Query(max_length=4096, description="Its id, or an address of it.")] = None,
    difficulty_from: Annotated[float | None, Query(ge=0, le=100, description="Predicted, at least.")] = None,
    difficulty_to: Annotated[float | None, Query(ge=0, le=100, description="Predicted, at most.")] = None,
    from_scratch: Annotated[
        bool | None, Query(description="Only drafts that are expected to be typed afresh, or only others.")
    ] = None,
    worker: Annotated[
        str | None, Query(max_length=LONGEST_NAME, description="Who corrects or corrected it.")
    ] = None,
    search: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="A part of the external id or the address, in any case, or the beginning of the id.",
        ),
    ] = None,
    drawn: Annotated[
        float | None,
        Query(
            gt=0,
            le=1,
            description="A share: only drafts whose latest submission is in a random sample of so many. A larger "
            "sample holds the smaller ones. For the scope `review`, and never a person's own work by their token.",
        ),
    ] = None,
    order: Annotated[
        Order,
        Query(description="As they came; the easiest first, or the hardest first: of unknown difficulty last."),
    ] = "received",
    after: Annotated[
        str | None, Query(max_length=128, description="`next` of the page before, in the same order.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> Response:
    """Drafts, a page at a time."""
    if drawn is not None:
        insist_scope(token, "review")  # who corrects would hand in again until the sample passes it by
    found = service.queue.list(
        state=state,
        language=language,
        project=project,
        recording=recording,
        difficulty_from=difficulty_from,
        difficulty_to=difficulty_to,
        from_scratch=from_scratch,
        worker=worker,
        search=search,
        drawn=drawn,
        not_by=token.person if drawn is not None else None,
        order=order,
        after=place_of(after, order),
        limit=limit,
    )
    page = DraftPage(
        drafts=[entry_document(service, entry) for entry in found],
        next=cursor(found[-1].place, order) if len(found) == limit else None,
    )
    return Response(page.model_dump_json(), media_type="application/json")


@router.head("/drafts/{draft_id}", include_in_schema=False)
@router.get("/drafts/{draft_id}", response_model=DraftEntry, responses={304: {"description": "Unchanged."}})
def get_draft(service: Served, _token: MayRead, draft_id: DraftId, if_none_match: IfNoneMatch = None) -> Response:
    """One draft as it stands. Its ETag is what If-Match wants elsewhere."""
    entry = service.queue.get(draft_id)
    if _matches(if_none_match, etag(entry)):
        return Response(status_code=304, headers={"ETag": etag(entry)})
    document = entry_document(service, entry).model_dump_json()
    return Response(document, headers={"ETag": etag(entry)}, media_type="application/json")


@router.head("/drafts/{draft_id}/document", include_in_schema=False)
@router.get(
    "/drafts/{draft_id}/document",
    responses={
        200: {
            "description": "`prelabel.draft/1`",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}},
        },
        304: {"description": "Unchanged; it never changes."},
    },
)
def get_document(
    service: Served, _token: MayRead, draft_id: DraftId, if_none_match: IfNoneMatch = None
) -> Response:
    """The draft itself: the machine's sentences. It never changes."""
    entry = service.queue.get(draft_id)
    tag = f'"{entry.draft.body_sha256}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=3600"}
    if _matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(document_of(service.store, entry), headers=headers, media_type="application/json")


@router.get(
    "/drafts/{draft_id}/formats/{name}",
    response_class=Response,
    responses={200: {"description": "The draft in that format, UTF-8.", "content": _FORMATTED}},
)
def get_format(
    service: Served,
    _token: MayRead,
    draft_id: DraftId,
    name: Annotated[str, Path(description="The format.", json_schema_extra={"enum": list(FORMATS)})],
) -> Response:
    """The draft in another format (docs/formats.md)."""
    entry = service.queue.get(draft_id)
    if name not in FORMATS:
        raise Refusal(
            404,
            "not_found",
            f"there is no format {name[:40]!r}",
            why=f"there are {', '.join(FORMATS)}",
            fix="name one of these",
        )
    return Response(FORMATS[name](draft_of(service.store, entry)), media_type=MEDIA_TYPES[name])


@router.head("/drafts/{draft_id}/audio/{track}", include_in_schema=False)
@router.get(
    "/drafts/{draft_id}/audio/{track}",
    response_class=FileResponse,
    responses={
        200: {"description": "The whole clip.", "content": _SOUND},
        206: {
            "description": "What was asked for; several ranges as `multipart/byteranges`.",
            "content": _SOUND | _RANGES,
        },
        416: {"description": MEANINGS[416], "content": PROBLEM},
    },
    openapi_extra={"security": [{}]},  # besides a token: a link needs none
)
def get_audio(
    request: Request,
    service: Served,
    draft_id: DraftId,
    track: Track,
    credentials: Credentials,
    expires: Expires = None,
    signed: Signed = None,
) -> Response:
    """The unit's sound, from its start: what the corrector hears (`mix`), or the voice alone.

    With a link that `links` gave, which players can open, or with a token. Answers ranges, so players can seek.
    """
    _insist_may_hear(service, draft_id, track, credentials, expires, signed)
    file = service.sounds(service.queue.get(draft_id)).get(track)
    if file is None:
        raise Refusal(
            404,
            "no_sound",
            "the sound of this draft is not kept",
            why="it was accepted or forgotten, or its store has lost it",
            fix="take the recording from where it came; `recording` of the draft is its address",
        )
    return _Clip(file, media_type="audio/mp4", headers=_KEPT_A_DAY)


@router.head("/drafts/{draft_id}/audio/{track}/peaks", include_in_schema=False)
@router.get(
    "/drafts/{draft_id}/audio/{track}/peaks",
    response_class=Response,
    responses={200: {"description": "audiowaveform's binary format, version 2, 8 bits, mono.", "content": _PEAKS}},
    openapi_extra={"security": [{}]},  # besides a token: a link needs none
)
def get_peaks(
    service: Served,
    draft_id: DraftId,
    track: Track,
    credentials: Credentials,
    expires: Expires = None,
    signed: Signed = None,
) -> Response:
    """The waveform of that sound: its lowest and highest sample fifty times a second, as waveform editors read it.

    With a link that `links` gave, or with a token. Full scale is 127, however quiet the sound.
    """
    _insist_may_hear(service, draft_id, f"{track}/peaks", credentials, expires, signed)
    file = service.peaks(service.queue.get(draft_id)).get(track)
    if file is None:
        raise Refusal(
            404,
            "no_sound",
            "no waveform of this draft is kept",
            why="it was drafted before they were, or it was forgotten, or its store has lost it",
            fix="draw it from the sound; an operator who runs `prelabel run` for the recording again has it kept",
        )
    return Response(waveform(file.read_bytes()), headers=_KEPT_A_DAY, media_type=_PEAKS_TYPE)


@router.get("/drafts/{draft_id}/events")
def get_history(service: Served, _token: MayRead, draft_id: DraftId) -> EventPage:
    """Every change of one draft, the first one first."""
    found = service.queue.history(draft_id)
    return EventPage(
        events=[EventEntry.model_validate(one.to_dict()) for one in found], next=found[-1].seq if found else 0
    )


@router.get("/events")
def list_events(
    service: Served,
    _token: MayRead,
    after: Annotated[int, Query(ge=0, le=PLACES, description="`next` of the answer before; 0: all.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 200,
) -> EventPage:
    """What changed, in the order in which it did; the feed can be read again from any number."""
    found = service.queue.events(after=after, limit=limit)
    if not found and after > (last := service.queue.last_event()):
        raise Refusal(
            422,
            "bad_request",
            f"this queue has no event {after}",
            why=f"its last one is {last}: `after` is from another queue, or this one was restored from a backup",
            fix="check the address; then read on from 0, and drop what you have seen by draft and version",
        )
    return EventPage(
        events=[EventEntry.model_validate(one.to_dict()) for one in found], next=found[-1].seq if found else after
    )


class _Clip(FileResponse):
    """A file that refuses ranges by a problem document, and passes over what is no range (RFC 9110, 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def checked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 400:
                raise _NoRange
            if message["type"] == "http.response.start" and message["status"] == 416:
                extent = dict(message["headers"])[b"content-range"].decode()
                raise Refusal(
                    416,
                    "range",
                    "the sound has no such range",
                    why=f"it begins beyond the end: there are {extent.rpartition('/')[2]} bytes",
                    fix="ask for a range that begins before the end, or for the whole",
                    headers={"Content-Range": extent},
                )
            await send(message)

        try:
            await super().__call__(scope, receive, checked)
        except _NoRange:
            whole = [(name, value) for name, value in scope["headers"] if name != b"range"]
            await super().__call__({**scope, "headers": whole}, receive, send)


class _NoRange(Exception):
    pass


def _matches(header: str | None, tag: str) -> bool:
    """RFC 9110, 13.1.2: weak comparison with any of the tags."""
    if header is None:
        return False
    return header.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in header.split(","))


def _insist_may_hear(
    service: Service,
    draft_id: str,
    heard: str,
    credentials: HTTPAuthorizationCredentials | None,
    expires: int | None,
    signed: str | None,
) -> None:
    """Raise Refusal where neither a link to what is heard nor a token that may `read` lets the caller in."""
    if expires is not None and signed is not None:
        _insist_signed(service, draft_id, heard, expires, signed)
    elif credentials is None:
        raise Refusal(
            401,
            "unauthorized",
            "this needs a token or a signed link",
            why="there is no token in the Authorization header, and no `expires` and `signature` in the address",
            fix="send `Authorization: Bearer …`, or open the link from `links`, whole as it is there",
            headers={"WWW-Authenticate": "Bearer"},
        )
    else:
        insist_scope(caller(service, credentials), "read")


def _insist_signed(service: Service, draft_id: str, heard: str, expires: int, signed: str) -> None:
    good = hmac.compare_digest(signature(service, draft_id, heard, expires).encode(), signed.encode())
    if not good or expires < time.time():
        raise Refusal(
            403,
            "link_expired",
            "this link cannot be opened",
            why="its time is over" if good else "its signature does not fit",
            fix="get the draft again: `links` has a new one",
        )
