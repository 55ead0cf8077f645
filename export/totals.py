"""What was sent, is held, came back: the queue counted, and compared with what a platform believes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from export.database import Database
from export.entries import last_event
from export.states import WITH_PEOPLE, State
from export.tables import drafts, events

Total = tuple[int, float]
"""Drafts, and the seconds of their work units."""

_HELD = WITH_PEOPLE | {State.LEASED}
_BACK = frozenset({State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED})
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Totals:
    """The queue as of event number `event`. `sent` were delivered at some time, wherever they are now.

    `awaited`: ids of the drafts that are delivered or in rework, where one target was asked for.
    """

    event: int
    states: Mapping[State, Total]
    sent: Total
    held: Total
    came_back: Total
    awaited: tuple[str, ...] = ()


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

    Of one project or of all; of everything, or of what one target has, or had last, and what was ever sent there.
    """
    seconds = drafts.c.unit_end - drafts.c.unit_start
    was_sent = drafts.c.delivered_at.is_not(None)
    counts = [sa.func.count(), sa.func.sum(seconds)]
    counts += [sa.func.count(drafts.c.delivered_at), sa.func.sum(sa.case((was_sent, seconds), else_=0.0))]
    wanted = sa.true() if project is None else drafts.c.project == project
    theirs = sa.true() if target is None else drafts.c.holder == target
    with database.reading() as connection:
        event = last_event(connection)
        counted = connection.execute(
            sa.select(drafts.c.state, *counts).where(wanted, theirs).group_by(drafts.c.state)
        ).all()
        awaited = () if target is None else _awaited(connection, sa.and_(wanted, theirs))
        sent = None if target is None else _sent_to(connection, target, wanted)
    states = {State(state): (count, total) for state, count, total, _, _ in counted}
    sent = sent or (sum(count for *_, count, _ in counted), sum(total for *_, total in counted))
    return Totals(event, states, sent, total_of(states, _HELD), total_of(states, _BACK), awaited)


def _sent_to(connection: Connection, target: str, wanted: sa.ColumnElement[bool]) -> Total:
    """What was ever delivered to a target, whoever has it now."""
    delivered = sa.exists().where(
        events.c.draft_id == drafts.c.draft_id, events.c.kind == "delivered", events.c.by == target
    )
    seconds = sa.func.coalesce(sa.func.sum(drafts.c.unit_end - drafts.c.unit_start), 0.0)
    count, total = connection.execute(sa.select(sa.func.count(), seconds).where(wanted, delivered)).one()
    return count, total


def compare_held(database: Database, holder: str, draft_ids: Iterable[str]) -> Comparison:
    """The drafts that `holder` believes to hold, against those that it holds."""
    named = list(dict.fromkeys(draft_ids))
    with database.reading() as connection:
        event = last_event(connection)
        found: dict[str, tuple[State, str | None]] = {}
        for at in range(0, len(named), _IDS_AT_ONCE):
            chunk = named[at : at + _IDS_AT_ONCE]
            rows = connection.execute(
                sa.select(drafts.c.draft_id, drafts.c.state, drafts.c.holder).where(drafts.c.draft_id.in_(chunk))
            )
            found |= {draft_id: (State(state), who) for draft_id, state, who in rows}
        held = _awaited(connection, drafts.c.holder == holder)
    not_held = {draft_id: state for draft_id, (state, who) in found.items() if state not in _HELD or who != holder}
    return Comparison(
        event=event,
        agreed=len(found) - len(not_held),
        unknown=tuple(draft_id for draft_id in named if draft_id not in found),
        not_held=not_held,
        not_named=tuple(draft_id for draft_id in held if draft_id not in found),
    )


def _awaited(connection: Connection, wanted: sa.ColumnElement[bool]) -> tuple[str, ...]:
    """Ids of drafts whose correction is awaited."""
    query = sa.select(drafts.c.draft_id).where(wanted, drafts.c.state.in_(WITH_PEOPLE))
    return tuple(connection.scalars(query.order_by(drafts.c.seq)))


def total_of(states: Mapping[State, Total], wanted: frozenset[State]) -> Total:
    """The drafts of some states taken together."""
    chosen: Sequence[Total] = [states[state] for state in wanted if state in states]
    return sum(count for count, _ in chosen), sum(seconds for _, seconds in chosen)
