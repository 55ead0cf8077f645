"""The route that says who calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from export.api.documents import TokenEntry
from export.api.service import caller, refuse_unknown_parameters
from export.tokens import Token

router = APIRouter(prefix="/v1", tags=["tokens"], dependencies=[Depends(refuse_unknown_parameters)])


@router.get("/me")
def get_token(token: Annotated[Token, Depends(caller)]) -> TokenEntry:
    """The token of this call: for whom it is, and what it allows. Any good token may ask."""
    return TokenEntry(
        name=token.name,
        platform=token.platform,
        worker=token.worker,
        scopes=list(token.scopes),
        expires_at=token.expires_at,
    )
