"""What can become of a draft in the queue, and who may bring it about.

Two machines, one after the other. Hand-off: ready → leased → delivered or dead, and back to ready. Review:
delivered → submitted → in_review → accepted, or rework → submitted. Beside them stand the ways out.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Every state of a draft. Only those that TRANSITIONS names are reached today."""

    READY = "ready"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REWORK = "rework"
    RETURNED = "returned"
    REOPENED = "reopened"
    SUPERSEDED = "superseded"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"


class Actor(StrEnum):
    """Who changes a state: the pipeline that drafts, or a person at the command."""

    PIPELINE = "pipeline"
    OPERATOR = "operator"


TRANSITIONS: frozenset[tuple[State | None, State, Actor]] = frozenset(
    {
        (None, State.READY, Actor.PIPELINE),
        (None, State.WITHHELD, Actor.PIPELINE),
        (State.READY, State.SUPERSEDED, Actor.PIPELINE),
        (State.WITHHELD, State.SUPERSEDED, Actor.PIPELINE),
    }
    | {(state, State.WITHDRAWN, Actor.OPERATOR) for state in State if state is not State.WITHDRAWN}
)
"""(from, to, actor) of every change that may happen; from None: the draft is new. Forgetting withdraws whatever
state a draft is in, because a person's right to be erased does not wait for a review."""

UNTOUCHED = frozenset({State.READY, State.WITHHELD})
"""Nobody has seen these drafts, so a newer pipeline may take their place."""

GONE = frozenset({State.SUPERSEDED, State.WITHDRAWN})
"""Nobody will see these drafts any more."""
