"""Routes of the hand-off and of what comes back: leases, submissions, reviews, transitions, reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from export.actions import act
from export.api.description import problems
from export.api.documents import (
    Acknowledgement,
    ActionName,
    CommentDocument,
    DraftEntry,
    HeldDrafts,
    HeldDraftsCompared,
    LeaseGiven,
    LeaseRefusal,
    LeaseRequest,
    LeasesGiven,
    Reconciliation,
    Renewal,
    ReviewEntry,
    ReviewList,
    ReviewRequest,
    ReviewTaken,
    StateTotals,
    SubmissionEntry,
    SubmissionList,
    SubmissionTaken,
    TransitionRequest,
)
from export.api.drafts import DraftId
from export.api.problems import Refusal
from export.api.service import (
    IdempotencyKey,
    IfMatch,
    MayLease,
    MayRead,
    MayReview,
    MaySubmit,
    Outcome,
    Served,
    answered,
    body_of,
    caller,
    entry_document,
    insist_scope,
    refuse_other_types,
    refuse_unknown_parameters,
    wanted_version,
    worker_for,
)
from export.bodies import draft_of
from export.corrections import correction_json, read_correction
from export.database import Database, Transaction
from export.handoff import Wanted, acknowledge, lease, refuse, renew
from export.reviews import Comment, Review, author_of, review, reviews_of, submission, submissions, submit
from export.states import Actor, State
from export.tokens import Scope, Token
from export.totals import compare_held, reconcile

router = APIRouter(prefix="/v1", dependencies=[Depends(refuse_unknown_parameters), Depends(refuse_other_types)])

Body = Annotated[bytes, Depends(body_of)]

ACTING: Mapping[ActionName, tuple[Scope, Actor]] = {
    "return": ("submit", Actor.PLATFORM),
    "start_review": ("review", Actor.REVIEWER),
    "stop_review": ("review", Actor.REVIEWER),
    "reopen": ("review", Actor.REVIEWER),
    "redrive": ("admin", Actor.OPERATOR),
    "release": ("admin", Actor.OPERATOR),
    "withhold": ("admin", Actor.OPERATOR),
    "withdraw": ("admin", Actor.OPERATOR),
}
"""Which scope each action needs, and as whom its caller acts."""


@router.post("/leases", tags=["hand-off"], response_model=LeasesGiven, responses=problems(404))
def lease_drafts(
    service: Served,
    token: MayLease,
    request: Request,
    body: Body,
    wanted: LeaseRequest,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take drafts over: of the highest priority first, then in `order`. None may wait: then `leases` is empty.

    Acknowledge each one once you have it safe. One that is not acknowledged in time is given to the next who asks.
    """
    worker = worker_for(token, wanted.worker)

    def produce(queue: Database | Transaction) -> Outcome:
        leases = lease(
            queue,
            Wanted(
                holder=token.platform,
                count=wanted.count,
                seconds=wanted.seconds,
                languages=tuple(wanted.languages),
                project=wanted.project,
                easiest=wanted.difficulty.easiest,
                hardest=wanted.difficulty.hardest,
                worker=worker,
                order=wanted.order,
                draft_id=wanted.draft_id,
            ),
            one_language=service.one_language,
            by=token.name,
        )
        given = [LeaseGiven(lease_token=one.token, draft=entry_document(service, one.entry)) for one in leases]
        return Outcome(200, LeasesGiven(leases=given), tuple(one.entry for one in leases), tagged=False)

    return answered(service, token, request, idempotency_key, body, produce)


@router.post("/drafts/{draft_id}/ack", tags=["hand-off"])
def acknowledge_draft(service: Served, token: MayLease, draft_id: DraftId, wanted: Acknowledgement) -> DraftEntry:
    """You have the draft safe: it is delivered. Doing it twice changes nothing."""
    return entry_document(
        service, acknowledge(service.queue, draft_id, wanted.lease_token, holder=token.bound_to, by=token.name)
    )


@router.post("/drafts/{draft_id}/nack", tags=["hand-off"])
def refuse_draft(service: Served, token: MayLease, draft_id: DraftId, wanted: LeaseRefusal) -> DraftEntry:
    """You cannot take the draft: it is ready again, or dead if another attempt cannot help."""
    entry = refuse(
        service.queue,
        draft_id,
        wanted.lease_token,
        reason=wanted.reason,
        again=wanted.again,
        counts=wanted.counts,
        holder=token.bound_to,
        by=token.name,
    )
    return entry_document(service, entry)


@router.post("/drafts/{draft_id}/renew", tags=["hand-off"])
def renew_lease(service: Served, token: MayLease, draft_id: DraftId, wanted: Renewal) -> DraftEntry:
    """Let a lease end later."""
    renewed = renew(
        service.queue, draft_id, wanted.lease_token, wanted.seconds, holder=token.bound_to, by=token.name
    )
    return entry_document(service, renewed)


@router.post(
    "/drafts/{draft_id}/submissions",
    tags=["corrections"],
    response_model=SubmissionTaken,
    status_code=201,
    responses={200: {"model": SubmissionTaken, "description": "This very revision had come before."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Correction"}}},
        }
    },
)
def submit_correction(
    service: Served,
    token: MaySubmit,
    request: Request,
    draft_id: DraftId,
    body: Body,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Hand in the next revision of a correction. Once it is answered 2xx it is on the disk, and never changes."""
    version = wanted_version(if_match)
    correction = read_correction(body, draft_of(service.store, service.queue.get(draft_id)))
    worker_for(token, correction.worker)

    def produce(queue: Database | Transaction) -> Outcome:
        entry, new = submit(
            queue,
            correction,
            source="api",
            version=version,
            holder=token.bound_to,
            worker=token.person,
            by=token.name,
        )
        taken = SubmissionTaken(draft=entry_document(service, entry), replayed=not new)
        return Outcome(201 if new else 200, taken, (entry,))

    return answered(service, token, request, idempotency_key, body, produce)


@router.get("/drafts/{draft_id}/submissions", tags=["corrections"])
def list_submissions(service: Served, _token: MayRead, draft_id: DraftId) -> SubmissionList:
    """The revisions of a draft, the first one first, without their sentences."""
    service.queue.get(draft_id)
    return SubmissionList(
        submissions=[
            SubmissionEntry(
                draft_id=draft_id,
                revision=one.correction.revision,
                worker=one.correction.worker,
                lead_time=one.correction.lead_time,
                sentences=len(one.correction.sentences),
                source=one.source,
                flags=list(one.flags),
                at=one.at,
            )
            for one in submissions(service.queue, draft_id)
        ]
    )


@router.get(
    "/drafts/{draft_id}/submissions/{revision}",
    tags=["corrections"],
    responses={
        200: {
            "description": "`prelabel.correction/1`",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Correction"}}},
        }
    },
)
def get_submission(
    service: Served, _token: MayRead, draft_id: DraftId, revision: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """One revision, as it was handed in."""
    found = submission(service.queue, draft_id, revision)
    return Response(correction_json(found.correction), media_type="application/json")


@router.post(
    "/drafts/{draft_id}/reviews",
    tags=["reviews"],
    response_model=ReviewTaken,
    status_code=201,
    responses={200: {"model": ReviewTaken, "description": "This very judgement had come before."}},
)
def review_draft(
    service: Served,
    token: MayReview,
    request: Request,
    draft_id: DraftId,
    body: Body,
    wanted: ReviewRequest,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept the latest revision, or send it to rework with comments."""
    version = wanted_version(if_match)
    worker_for(token, wanted.reviewer)
    if token.person is not None and token.person == author_of(service.queue, draft_id, wanted.revision):
        raise Refusal(
            403,
            "forbidden",
            f"{token.person!r} may not judge this revision",
            why="it is this person's own work",
            fix="leave it to another reviewer",
        )
    judged = Review(
        wanted.reviewer,
        wanted.revision,
        wanted.verdict,
        wanted.comment,
        tuple(Comment(one.sentence, one.text) for one in wanted.comments),
    )

    def produce(queue: Database | Transaction) -> Outcome:
        entry, new = review(queue, draft_id, judged, version=version, by=token.name)
        taken = ReviewTaken(draft=entry_document(service, entry), replayed=not new)
        return Outcome(201 if new else 200, taken, (entry,))

    return answered(service, token, request, idempotency_key, body, produce)


@router.get("/drafts/{draft_id}/reviews", tags=["reviews"])
def list_reviews(service: Served, _token: MayRead, draft_id: DraftId) -> ReviewList:
    """Every judgement on a draft, the first one first."""
    service.queue.get(draft_id)
    return ReviewList(
        reviews=[
            ReviewEntry(
                reviewer=one.reviewer,
                revision=one.revision,
                verdict=one.verdict,
                comment=one.comment,
                comments=[CommentDocument(sentence=said.sentence, text=said.text) for said in one.comments],
                at=one.at,
            )
            for one in reviews_of(service.queue, draft_id)
        ]
    )


@router.post(
    "/drafts/{draft_id}/transitions",
    tags=["reviews"],
    response_model=DraftEntry,
    responses=problems(428),
)
def change_draft(
    service: Served,
    token: Annotated[Token, Depends(caller)],
    request: Request,
    draft_id: DraftId,
    body: Body,
    wanted: TransitionRequest,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Carry out an action: give a draft back, begin or leave a review, reopen, and what operators do."""
    scope, actor = ACTING[wanted.action]
    insist_scope(token, scope)
    if if_match is None:
        raise Refusal(
            428,
            "if_match_missing",
            "this needs an If-Match header",
            why="what you decide depends on the state in which you saw the draft",
            fix='send the ETag that came with the draft, as in `If-Match: "v7"`',
        )
    version = wanted_version(if_match)

    def produce(queue: Database | Transaction) -> Outcome:
        entry = act(
            queue,
            draft_id,
            wanted.action,
            actor,
            by=token.name,
            reason=wanted.reason,
            version=version,
            holder=token.bound_to if actor is Actor.PLATFORM else None,
            worker=token.person if actor is Actor.PLATFORM else None,
        )
        return Outcome(200, entry_document(service, entry), (entry,))

    return answered(service, token, request, idempotency_key, body, produce)


@router.get("/reconciliation", tags=["reconciliation"])
def get_reconciliation(service: Served, _token: MayRead, project: str | None = None) -> Reconciliation:
    """What was sent, is held, came back: drafts and minutes."""
    found = reconcile(service.queue, project)
    return Reconciliation(
        event=found.event,
        states={state: _totals(*found.states.get(state, (0, 0.0))) for state in State},
        sent=_totals(*found.sent),
        held=_totals(*found.held),
        came_back=_totals(*found.came_back),
    )


@router.post("/reconciliation", tags=["reconciliation"])
def compare_drafts(service: Served, token: MayRead, wanted: HeldDrafts) -> HeldDraftsCompared:
    """Compare what you believe to hold with what the queue believes."""
    found = compare_held(service.queue, token.platform, wanted.draft_ids)
    return HeldDraftsCompared(
        event=found.event,
        agreed=found.agreed,
        unknown=list(found.unknown),
        not_held=dict(found.not_held),
        not_named=list(found.not_named),
    )


def _totals(count: int, seconds: float) -> StateTotals:
    return StateTotals(drafts=count, minutes=round(seconds / 60, 3))
