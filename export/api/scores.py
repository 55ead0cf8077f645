"""Routes that tell what corrections said about drafts, and what predicts the next ones."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from core.types import Language
from export.api.documents import FittedModel, FittedModels, ScoreGiven, ScoreKey, ScoreSum, ScoreSums
from export.api.drafts import DraftId
from export.api.service import MayRead, Served, refuse_unknown_parameters
from export.predictions import kept_models
from export.scores import BYS, By, Selection, is_provisional, score_of, summed

router = APIRouter(prefix="/v1", tags=["scores"], dependencies=[Depends(refuse_unknown_parameters)])

Named = Annotated[str | None, Query(max_length=512)]


@router.get("/drafts/{draft_id}/score", response_model=ScoreGiven)
def get_score(
    service: Served,
    _token: MayRead,
    draft_id: DraftId,
    revision: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Without: the accepted one, else the latest.")
    ] = None,
) -> Response:
    """What a correction says about its draft, sentence by sentence (docs/scoring.md)."""
    score, entry = score_of(service.queue, service.store, draft_id, revision)
    given = ScoreGiven(**score.to_dict(), provisional=is_provisional(entry, score.revision))
    return Response(given.model_dump_json(by_alias=True), media_type="application/json")


@router.get("/scores")
def sum_scores(
    service: Served,
    _token: MayRead,
    project: Annotated[str | None, Query(max_length=64)] = None,
    language: Language | None = None,
    source: Named = None,
    model_set: Annotated[str | None, Query(max_length=64)] = None,
    fingerprint: Annotated[str | None, Query(max_length=64)] = None,
    worker: Named = None,
    since: Annotated[AwareDatetime | None, Query(description="Corrected at this time or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Corrected before this time.")] = None,
    accepted: Annotated[bool, Query(description="Only drafts that were accepted.")] = False,
    by: Annotated[list[By], Query(max_length=len(BYS), description="What to sum by; without: all together.")] = [],  # noqa: B006 - FastAPI copies it
) -> ScoreSums:
    """The scores that count, added up: of a draft that of its accepted revision, else of the latest one.

    A correction has its part some minutes after it came in.
    """
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


@router.get("/difficulty/models")
def list_models(service: Served, _token: MayRead) -> FittedModels:
    """The models that were fitted to corrections, whether they predict or not."""
    found: list[dict[str, Any]] = [
        {name: getattr(one, name) for name in FittedModel.model_fields} for one in kept_models(service.queue)
    ]
    return FittedModels(models=[FittedModel(**one) for one in found])
