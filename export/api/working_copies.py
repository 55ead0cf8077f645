"""Routes of working copies: what a person has typed and not handed in."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from core.errors import UsageProblem
from export.api.description import problems
from export.api.documents import Name, WorkingCopyEntry, WorkingCopyGiven, WorkingCopyRequest
from export.api.drafts import DraftId
from export.api.problems import Refusal
from export.api.service import (
    MaySubmit,
    Served,
    body_of,
    numbered_tag,
    refuse_other_types,
    refuse_unknown_parameters,
    worker_for,
)
from export.tokens import Token
from export.working_copies import WorkingCopy, drop_copy, find_copy, save_copy

router = APIRouter(
    prefix="/v1/drafts/{draft_id}/working-copy",
    tags=["working copies"],
    dependencies=[Depends(refuse_unknown_parameters), Depends(refuse_other_types)],
)

MOST_BYTES = 2 << 20
"""A correction of ten minutes has some 100 KiB, and beside it there may be what was undone."""

Whose = Annotated[Name | None, Query(description="The person; left out: for whose own the token is.")]


@router.put("", response_model=WorkingCopyEntry, responses=problems(428))
def save_working_copy(
    service: Served,
    token: MaySubmit,
    draft_id: DraftId,
    body: Annotated[bytes, Depends(body_of)],
    wanted: WorkingCopyRequest,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description='The ETag of the copy that this one replaces: `"w3"`.'),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="`*` instead, where there is none yet.")
    ] = None,
) -> Response:
    """Keep what a person has typed, while they have the draft. It is no event, and the draft does not change.

    Send it again when you are not sure that it arrived: the same once more changes nothing.
    """
    if len(body) > MOST_BYTES:
        raise Refusal(
            413,
            "too_large",
            "the working copy is too large",
            why=f"its request has more than {MOST_BYTES >> 20} MiB",
            fix="keep less of what was undone in it",
        )
    saved = save_copy(
        service.queue,
        draft_id,
        _whose(token, wanted.worker),
        _written(wanted.document),
        revision=wanted.revision,
        replaces=_replaced(if_match, if_none_match),
        platform=token.platform,
        holder=token.bound_to,
    )
    return Response(_entry(saved).model_dump_json(), headers={"ETag": _etag(saved)}, media_type="application/json")


@router.get("", response_model=WorkingCopyGiven)
def get_working_copy(service: Served, token: MaySubmit, draft_id: DraftId, worker: Whose = None) -> Response:
    """What a person last saved of a draft, also when the draft is with somebody else by now."""
    kept = find_copy(service.queue, draft_id, _whose(token, worker), platform=token.bound_to)
    document = f'{_entry(kept).model_dump_json()[:-1]},"document":{kept.body}}}'
    return Response(document, headers={"ETag": _etag(kept)}, media_type="application/json")


@router.delete("", status_code=204, response_class=Response)
def drop_working_copy(service: Served, token: MaySubmit, draft_id: DraftId, worker: Whose = None) -> None:
    """Erase what a person has typed. Where there is nothing, nothing happens."""
    service.queue.get(draft_id)
    drop_copy(service.queue, draft_id, _whose(token, worker), platform=token.bound_to)


def _whose(token: Token, named: str | None) -> str:
    worker = worker_for(token, named)
    if worker is None:
        raise Refusal(
            422,
            "bad_request",
            "it is not said whose working copy is meant",
            why=f"token {token.name!r} is nobody's own",
            fix="name the person as `worker`",
        )
    return worker


def _replaced(if_match: str | None, if_none_match: str | None) -> int | None:
    """The version that is to be replaced; None: there is to be none yet. Raises Refusal 412 and 428."""
    if if_match is not None and if_none_match is None:
        return numbered_tag(if_match, "w")
    if if_match is None and if_none_match is not None and if_none_match.strip() == "*":
        return None
    raise Refusal(
        428,
        "if_match_missing",
        "this needs either If-Match or `If-None-Match: *`",
        why="another window may have saved meanwhile, and would be overwritten",
        fix='send the ETag of the copy that you know, as in `If-Match: "w3"`, or that where there is none yet',
    )


def _written(document: dict[str, Any]) -> str:
    """The document as it is kept: the same gives the same text.

    It is in ASCII, because half of a character, as it is there while somebody types, is no UTF-8.
    """
    try:
        return json.dumps(document, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise UsageProblem(
            "this document cannot be kept",
            why=f"it is no JSON that others read: {error}",
            fix="leave out NaN and infinite numbers, and nest it less deeply",
        ) from error


def _entry(copy: WorkingCopy) -> WorkingCopyEntry:
    return WorkingCopyEntry(
        draft_id=copy.draft_id,
        worker=copy.worker,
        version=copy.version,
        revision=copy.revision,
        saved_at=copy.saved_at,
    )


def _etag(copy: WorkingCopy) -> str:
    return f'"w{copy.version}"'
