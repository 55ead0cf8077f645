"""Drafts at a desk that were corrected: what scores are kept of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from core.types import CorrectedSentence, Correction, Draft
from export.corrections import SCHEMA
from export.handoff import Wanted, acknowledge, lease
from export.reviews import Review, review, submit
from tests.export.exchanges import Desk


def hand_out(desk: Desk, draft: Draft) -> None:
    """Let a platform have a draft, and whatever waits before it."""
    while desk.queue.get(draft.draft_id).state == "ready":
        for leased in lease(desk.queue, Wanted("platform")):
            acknowledge(desk.queue, leased.entry.draft.draft_id, leased.token)


def correct(
    desk: Desk,
    draft: Draft,
    revision: int = 1,
    *,
    change: Callable[[str], str] = lambda text: text,
    verdict: Literal["accepted", "rework"] | None = None,
    sentences: Sequence[CorrectedSentence] | None = None,
    **changes: Any,
) -> Correction:
    """Hand a revision in, with every text changed so, and judge it."""
    hand_out(desk, draft)
    if sentences is None:
        sentences = [
            CorrectedSentence(one.start, one.end, one.speaker, change(one.text), one.id, (one.id,))
            for one in draft.sentences
        ]
    correction = Correction(SCHEMA, draft.draft_id, revision, "kim", 42.5, tuple(sentences))
    correction = replace(correction, **changes)
    submit(desk.queue, correction, source="api")
    if verdict is not None:
        review(desk.queue, draft.draft_id, Review("lee", revision, verdict))
    return correction
