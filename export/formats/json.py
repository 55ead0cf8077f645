"""The draft document itself, `prelabel.draft/1`: nothing is left out."""

from __future__ import annotations

from core.types import Draft
from export.drafts import to_json


def render(draft: Draft) -> str:
    """What `to_json` writes, as text."""
    return to_json(draft).decode()
