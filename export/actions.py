"""Changes that need nothing but a name: taken back, held back, reopened, tried again.

A catalogue: an action is a line in ACTIONS, and who may do it stands in the table of states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import Conflict
from export.database import Database, Transaction
from export.entries import QueueEntry, change, insist_holder, insist_worker, locked_entry
from export.states import Actor, State


@dataclass(frozen=True, slots=True)
class Action:
    """What brings a draft from one of `before` into `after`, is noted as `kind`, and sets `columns`."""

    before: frozenset[State]
    after: State
    kind: str
    columns: Mapping[str, Any] = field(default_factory=dict)


ACTIONS: Mapping[str, Action] = {
    "return": Action(
        frozenset({State.DELIVERED, State.REWORK}), State.READY, "returned", {"worker": None, "received": 0}
    ),
    "start_review": Action(frozenset({State.SUBMITTED}), State.IN_REVIEW, "review_started"),
    "stop_review": Action(frozenset({State.IN_REVIEW}), State.SUBMITTED, "review_stopped"),
    "reopen": Action(frozenset({State.ACCEPTED}), State.IN_REVIEW, "reopened", {"accepted_at": None}),
    "redrive": Action(frozenset({State.DEAD}), State.READY, "redriven", {"received": 0, "dead_reason": None}),
    "release": Action(frozenset({State.WITHHELD}), State.READY, "released"),
    "withhold": Action(frozenset({State.READY}), State.WITHHELD, "withheld"),
    "withdraw": Action(frozenset(State) - {State.WITHDRAWN}, State.WITHDRAWN, "withdrawn", {"leased_until": None}),
}


def act(
    database: Database | Transaction,
    draft_id: str,
    name: str,
    actor: Actor,
    *,
    by: str | None = None,
    reason: str | None = None,
    version: int | None = None,
    holder: str | None = None,
    worker: str | None = None,
) -> QueueEntry:
    """Carry out an action of ACTIONS on a draft; the draft as it is then.

    Raises NotFound, and Conflict where it does not fit the draft's state, is not the actor's, or where the draft is
    not with `holder`, not with `worker` or not at `version`.
    """
    action = ACTIONS[name]
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id, version)
        insist_holder(entry, holder)
        insist_worker(entry, worker)
        if entry.state not in action.before:
            raise Conflict(
                f"{name!r} does not fit draft {draft_id}",
                why=f"it is {entry.state}; that is for drafts that are {', '.join(sorted(action.before))}",
                fix="get the draft again to see its state; docs/platform.md has the table of states",
            )
        details = {"reason": reason} if reason else None
        return change(
            transaction, entry, action.after, action.kind, actor, by=by, details=details, **action.columns
        )
