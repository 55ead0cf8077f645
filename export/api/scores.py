"""Routes that tell what corrections said about drafts, and what predicts the next ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AfterValidator, AwareDatetime

from core.types import Language
from export.api.documents import (
    EditsShown,
    EvidenceList,
    FittedModel,
    FittedModels,
    ScoreGiven,
    ScoreKey,
    ScoreSum,
    ScoreSums,
    TrendsGiven,
)
from export.api.drafts import DraftId
from export.api.service import MayRead, MayReview, Served, insist_scope, refuse_unknown_parameters
from export.evidence import MEASURES, gather, works
from export.evidence import By as EvidenceBy
from export.predictions import kept_models
from export.scores import BYS, By, Selection, edits_of, is_provisional, observed, score_of, summed
from export.trends import By as TrendBy
from export.trends import Period, compare_versions, trend

router = APIRouter(prefix="/v1", tags=["scores"], dependencies=[Depends(refuse_unknown_parameters)])

Revision = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="Without: the accepted one, else the latest.")
]
Named = Annotated[str | None, Query(max_length=512)]


def _in_utc(moment: datetime) -> datetime:
    """The same moment; the first and the last hours of the calendar are in no year elsewhere."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such time in UTC") from error


_Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Since = Annotated[_Moment | None, Query(description="Corrected at this time or later.")]
Until = Annotated[_Moment | None, Query(description="Corrected before this time.")]


@router.get("/drafts/{draft_id}/score", response_model=ScoreGiven)
def get_score(
    service: Served,
    _token: MayRead,
    draft_id: DraftId,
    revision: Revision = None,
) -> Response:
    """What a correction says about its draft, sentence by sentence (docs/scoring.md)."""
    score, entry = score_of(service.queue, service.store, draft_id, revision)
    given = ScoreGiven(**score.to_dict(), provisional=is_provisional(entry, score.revision))
    return Response(given.model_dump_json(by_alias=True), media_type="application/json")


@router.get("/drafts/{draft_id}/edits", response_model=EditsShown)
def get_edits(
    service: Served,
    _token: MayRead,
    draft_id: DraftId,
    revision: Revision = None,
    base: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="What it is compared with: an earlier revision; 0: the draft.")
    ] = 0,
) -> Response:
    """Where a correction changed its draft, or an earlier revision: every text, in pieces by kind of edit."""
    edited = edits_of(service.queue, service.store, draft_id, revision, base)
    given = EditsShown.model_validate(edited.to_dict())
    return Response(given.model_dump_json(by_alias=True), media_type="application/json")


@router.get("/scores")
def sum_scores(
    service: Served,
    token: MayRead,
    project: Annotated[str | None, Query(max_length=64)] = None,
    language: Language | None = None,
    source: Named = None,
    model_set: Annotated[str | None, Query(max_length=64)] = None,
    fingerprint: Annotated[str | None, Query(max_length=64)] = None,
    worker: Named = None,
    since: Since = None,
    until: Until = None,
    accepted: Annotated[bool, Query(description="Only drafts that were accepted.")] = False,
    by: Annotated[list[By], Query(max_length=len(BYS), description="What to sum by; without: all together.")] = [],  # noqa: B006 - FastAPI copies it
) -> ScoreSums:
    """The scores that count, added up: of a draft that of its accepted revision, else of the latest one.

    Those of people, by `worker`, are for the scope `review`.

    A correction has its part some minutes after it came in.
    """
    if worker is not None or "worker" in by:
        insist_scope(token, "review")
    selection = Selection(
        project=project,
        language=language,
        source=source,
        model_set=model_set,
        fingerprint=fingerprint,
        worker=worker,
        since=since,
        until=until,
        accepted=accepted,
    )
    return ScoreSums(
        sums=[
            ScoreSum(
                **one.figures.to_dict(),
                key=ScoreKey.model_validate(one.key),
                provisional=one.provisional,
                normaliser=one.normaliser,
            )
            for one in summed(service.queue, selection, by)
        ]
    )


@router.get("/trends")
def get_trends(
    service: Served,
    _token: MayRead,
    every: Annotated[Period, Query(description="How long a period is; days begin in Seoul.")] = "week",
    by: Annotated[list[TrendBy], Query(max_length=4, description="What else tells rows apart.")] = [],  # noqa: B006 - FastAPI copies it
    project: Annotated[str | None, Query(max_length=64)] = None,
    language: Language | None = None,
    since: Since = None,
    until: Until = None,
) -> TrendsGiven:
    """Error rates over time with their intervals, and whether a new version of the pipeline is worse.

    It goes through every score of the selection: some seconds for 100,000.
    """
    selection = Selection(project=project, language=language, since=since, until=until)
    found = list(observed(service.queue, selection))
    return TrendsGiven.model_validate(
        {
            "rows": [one.to_dict() for one in trend(found, every, by)],
            "versions": [one.to_dict() for one in compare_versions(found)],
        }
    )


@router.get("/evidence")
def get_evidence(
    service: Served,
    _token: MayReview,
    by: Annotated[list[EvidenceBy], Query(max_length=4, description="What tells groups apart.")] = [],  # noqa: B006 - FastAPI copies it
    project: Annotated[str | None, Query(max_length=64)] = None,
    language: Language | None = None,
    worker: Named = None,
    since: Since = None,
    until: Until = None,
) -> EvidenceList:
    """What happened in the work on drafts, with counts and what was to be expected. Evidence, no verdicts.

    It goes through every correction of the selection, of others as well where a `worker` is named: a millisecond
    for each.
    """
    selection = Selection(project=project, language=language, since=since, until=until)
    found = gather(works(service.queue, observed(service.queue, selection)), by, worker=worker)
    return EvidenceList.model_validate(
        {
            "groups": [one.to_dict() for one in found],
            "meanings": {name: measure.meaning for name, measure in MEASURES.items()},
        }
    )


@router.get("/difficulty/models")
def list_models(service: Served, _token: MayRead) -> FittedModels:
    """The models that were fitted to corrections, whether they predict or not."""
    found: list[dict[str, Any]] = [
        {name: getattr(one, name) for name in FittedModel.model_fields} for one in kept_models(service.queue)
    ]
    return FittedModels(models=[FittedModel(**one) for one in found])
