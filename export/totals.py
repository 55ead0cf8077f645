"""What was sent, is held, came back: the queue counted, and compared with what a platform believes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from export.database import Database
from export.states import WITH_PEOPLE, State
from export.tables import drafts, events, pushes

Total = tuple[int, float]
"""Drafts, and the seconds of their work units."""

_HELD = WITH_PEOPLE | {State.LEASED}
_BACK = frozenset({State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED})
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Totals:
    """The queue as of event number `event`. `sent` were delivered at some time, wherever they are now."""

    event: int
    states: Mapping[State, Total]
    sent: Total
    held: Total
    came_back: Total


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a platform and the queue differ, as of event number `event`."""

    event: int
    agreed: int
    unknown: tuple[str, ...]
    not_held: Mapping[str, State]
    not_named: tuple[str, ...]


def reconcile(database: Database, project: str | None = None, target: str | None = None) -> Totals:
    """Drafts and seconds by state, and what was sent, is held, came back.

    Of one project or of all, and of what was pushed to one target or of everything.
    """
    seconds = sa.func.coalesce(sa.func.sum(drafts.c.unit_end - drafts.c.unit_start), 0.0)
    wanted = sa.true() if project is None else drafts.c.project == project
    if target is not None:
        pushed = sa.select(pushes.c.draft_id).where(pushes.c.target == target)
        wanted = sa.and_(wanted, drafts.c.draft_id.in_(pushed))
    with database.reading() as connection:
        event = _last_event(connection)
        counted = connection.execute(
            sa.select(drafts.c.state, sa.func.count(), seconds).where(wanted).group_by(drafts.c.state)
        )
        states = {State(state): (count, total) for state, count, total in counted}
        sent = connection.execute(
            sa.select(sa.func.count(), seconds).where(wanted, drafts.c.delivered_at.is_not(None))
        ).one()
    return Totals(event, states, (sent[0], sent[1]), _sum(states, _HELD), _sum(states, _BACK))


def compare_held(database: Database, holder: str, draft_ids: Iterable[str]) -> Comparison:
    """The drafts that `holder` believes to hold, against those that it holds."""
    named = list(dict.fromkeys(draft_ids))
    with database.reading() as connection:
        event = _last_event(connection)
        found: dict[str, tuple[State, str | None]] = {}
        for at in range(0, len(named), _IDS_AT_ONCE):
            chunk = named[at : at + _IDS_AT_ONCE]
            rows = connection.execute(
                sa.select(drafts.c.draft_id, drafts.c.state, drafts.c.holder).where(drafts.c.draft_id.in_(chunk))
            )
            found |= {draft_id: (State(state), who) for draft_id, state, who in rows}
        held = connection.scalars(
            sa.select(drafts.c.draft_id)
            .where(drafts.c.holder == holder, drafts.c.state.in_(WITH_PEOPLE))
            .order_by(drafts.c.seq)
        ).all()
    not_held = {draft_id: state for draft_id, (state, who) in found.items() if state not in _HELD or who != holder}
    return Comparison(
        event=event,
        agreed=len(found) - len(not_held),
        unknown=tuple(draft_id for draft_id in named if draft_id not in found),
        not_held=not_held,
        not_named=tuple(draft_id for draft_id in held if draft_id not in found),
    )


def _last_event(connection: Connection) -> int:
    return connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def _sum(states: Mapping[State, Total], wanted: frozenset[State]) -> Total:
    chosen: Sequence[Total] = [states[state] for state in wanted if state in states]
    return sum(count for count, _ in chosen), sum(seconds for _, seconds in chosen)
