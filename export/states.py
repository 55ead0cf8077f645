"""What can become of a draft in the queue, and who may bring it about.

Two machines, one after the other. Hand-off: ready → leased → delivered or dead, and back to ready. Review:
delivered → submitted → in_review → accepted, or rework → submitted. Beside them stand the ways out.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Every state of a draft."""

    READY = "ready"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REWORK = "rework"
    SUPERSEDED = "superseded"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"


class Actor(StrEnum):
    """Who changes a state: the pipeline that drafts, the queue itself, the platform whose people correct, a
    reviewer, or a person at the command."""

    PIPELINE = "pipeline"
    QUEUE = "queue"
    PLATFORM = "platform"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


TRANSITIONS: frozenset[tuple[State | None, State, Actor]] = frozenset(
    {
        (None, State.READY, Actor.PIPELINE),
        (None, State.WITHHELD, Actor.PIPELINE),
        (State.READY, State.SUPERSEDED, Actor.PIPELINE),
        (State.WITHHELD, State.SUPERSEDED, Actor.PIPELINE),
        # Hand-off.
        (State.READY, State.LEASED, Actor.PLATFORM),
        (State.LEASED, State.DELIVERED, Actor.PLATFORM),
        (State.LEASED, State.READY, Actor.PLATFORM),
        (State.LEASED, State.READY, Actor.QUEUE),
        (State.LEASED, State.DEAD, Actor.PLATFORM),
        (State.LEASED, State.DEAD, Actor.QUEUE),
        (State.DELIVERED, State.READY, Actor.PLATFORM),
        (State.REWORK, State.READY, Actor.PLATFORM),
        # Review.
        (State.DELIVERED, State.SUBMITTED, Actor.PLATFORM),
        (State.SUBMITTED, State.SUBMITTED, Actor.PLATFORM),
        (State.REWORK, State.SUBMITTED, Actor.PLATFORM),
        (State.SUBMITTED, State.IN_REVIEW, Actor.REVIEWER),
        (State.IN_REVIEW, State.SUBMITTED, Actor.REVIEWER),
        (State.SUBMITTED, State.ACCEPTED, Actor.REVIEWER),
        (State.IN_REVIEW, State.ACCEPTED, Actor.REVIEWER),
        (State.SUBMITTED, State.REWORK, Actor.REVIEWER),
        (State.IN_REVIEW, State.REWORK, Actor.REVIEWER),
        (State.ACCEPTED, State.IN_REVIEW, Actor.REVIEWER),
        # At the command.
        (State.DEAD, State.READY, Actor.OPERATOR),
        (State.DELIVERED, State.READY, Actor.OPERATOR),
        (State.REWORK, State.READY, Actor.OPERATOR),
        (State.WITHHELD, State.READY, Actor.OPERATOR),
        (State.READY, State.WITHHELD, Actor.OPERATOR),
        (State.ACCEPTED, State.IN_REVIEW, Actor.OPERATOR),
    }
    | {(state, State.WITHDRAWN, Actor.OPERATOR) for state in State if state is not State.WITHDRAWN}
)
"""(from, to, actor) of every change that may happen; from None: the draft is new. Forgetting withdraws whatever
state a draft is in, because a person's right to be erased does not wait for a review."""

UNTOUCHED = frozenset({State.READY, State.WITHHELD})
"""Nobody has these drafts, so a newer pipeline may take their place, unless a person has worked on them before."""

GONE = frozenset({State.SUPERSEDED, State.WITHDRAWN})
"""Nobody will see these drafts any more."""

FINISHED = GONE | {State.ACCEPTED}
"""Nobody works on these drafts."""

WITH_PEOPLE = frozenset({State.DELIVERED, State.REWORK})
"""The platform holds these drafts, and a correction of them is awaited."""

KINDS = (
    "enqueued",
    "alias",
    "superseded",
    "leased",
    "renewed",
    "delivered",
    "refused",
    "expired",
    "dead",
    "submitted",
    "review_started",
    "review_stopped",
    "accepted",
    "rework",
    "returned",
    "reopened",
    "redriven",
    "withheld",
    "released",
    "withdrawn",
    "prioritised",
    "predicted",
    "scored",
    "forgotten",
)
"""Every kind of event. An alias, a renewed lease, a priority, a prediction and a score change no state."""
