"""Working copies: what people have typed and not handed in yet, one for each draft and person.

A copy is its person's own, whatever becomes of the draft meanwhile, until it is handed in or the work is over.
Saving one is no event and does not change the draft: it happens every few seconds. Whoever saves names the version
that is to be replaced, so that of two windows none overwrites the other without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict, NotFound
from export.database import Database
from export.entries import QueueEntry, empty_copies, insist_holder, insist_worker, locked_entry
from export.states import WITH_PEOPLE, State
from export.tables import working_copies

KEPT_DAYS = 30
_AT_ONCE = 1000

_IN_HAND = WITH_PEOPLE | {State.LEASED}


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """What a person last saved: `body`, as it was sent. `version` counts the saves, of this person and draft.

    `revision` is the revision that it builds on (0: the draft), `platform` the one whose person it is.
    """

    draft_id: str
    platform: str
    worker: str
    version: int
    revision: int
    saved_at: datetime
    body: str


def save_copy(
    database: Database,
    draft_id: str,
    worker: str,
    body: str,
    *,
    revision: int,
    replaces: int | None,
    platform: str,
    holder: str | None = None,
) -> WorkingCopy:
    """Keep what a person has typed in the place of version `replaces` (None: there is none yet); the copy then.

    The same once more changes nothing. Versions count on after a copy was handed in or dropped. Raises NotFound,
    and Conflict where nobody has the draft, it is not with `holder` or not with `worker`, or another version is
    kept.
    """
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id)
        _insist_in_hand(entry)
        insist_holder(entry, holder)
        insist_worker(entry, worker)
        mine = sa.and_(_of(draft_id, worker), working_copies.c.platform == (entry.holder or platform))
        row = transaction.connection.execute(sa.select(working_copies).where(mine)).one_or_none()
        kept = _copy(row) if row is not None and row.body is not None else None
        came_before = kept is not None and (kept.body, kept.revision) == (body, revision)
        if kept is not None and came_before and replaces in (None, kept.version - 1):
            return kept
        if (kept.version if kept is not None else None) != replaces:
            raise _stale(draft_id, kept, replaces)
        values: dict[str, Any] = {
            "draft_id": draft_id,
            "platform": entry.holder or platform,
            "worker": worker,
            "version": 1 if row is None else row.version + 1,
            "revision": revision,
            "saved_at": transaction.now,
            "body": body,
        }
        written = working_copies.insert() if row is None else working_copies.update().where(mine)
        transaction.connection.execute(written.values(**values, lease_sha256=entry.lease_sha256))
        return WorkingCopy(**values)


def find_copy(database: Database, draft_id: str, worker: str, *, platform: str | None = None) -> WorkingCopy:
    """What a person of a platform last saved of a draft; None: of whatever platform. Raises NotFound."""
    wanted = [_of(draft_id, worker), working_copies.c.body.is_not(None)]
    wanted += [working_copies.c.platform == platform] if platform is not None else []
    query = sa.select(working_copies).where(*wanted).order_by(working_copies.c.saved_at.desc()).limit(1)
    with database.reading(once=True) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            f"{worker!r} keeps no working copy of draft {draft_id}",
            why="nothing was saved, or it was handed in or dropped, or the work is over",
            fix="begin with the draft or its latest revision",
        )
    return _copy(row)


def drop_copy(database: Database, draft_id: str, worker: str, *, platform: str | None = None) -> None:
    """Erase what a person of a platform (None: of any) has typed. Where there is nothing, nothing happens."""
    with database.writing() as transaction:
        wanted = [_of(draft_id, worker)]
        wanted += [working_copies.c.platform == platform] if platform is not None else []
        empty_copies(transaction.connection, *wanted)


def forget_copies(database: Database) -> int:
    """Drop copies that nobody has saved for KEPT_DAYS, some at a time; how many."""
    with database.writing() as transaction:
        old = working_copies.c.saved_at < transaction.now - timedelta(days=KEPT_DAYS)
        outdated = sa.select(working_copies.c.seq).where(old).limit(_AT_ONCE).with_for_update(skip_locked=True)
        dropped = working_copies.delete().where(working_copies.c.seq.in_(outdated))
        return transaction.connection.execute(dropped).rowcount


def _of(draft_id: str, worker: str) -> sa.ColumnElement[bool]:
    return sa.and_(working_copies.c.draft_id == draft_id, working_copies.c.worker == worker)


def _insist_in_hand(entry: QueueEntry) -> None:
    if entry.state not in _IN_HAND:
        raise Conflict(
            f"nothing can be saved of draft {entry.draft.draft_id}",
            why=f"it is {entry.state}: nobody works on it",
            fix="what was saved before is kept; take the draft again, then save",
            code="state",
        )


def _stale(draft_id: str, kept: WorkingCopy | None, replaces: int | None) -> Conflict:
    named = "that there is none" if replaces is None else f"version {replaces}"
    there = "there is none" if kept is None else f"version {kept.version} was saved at {_written(kept.saved_at)}"
    return Conflict(
        f"the working copy of draft {draft_id} is not what you take it for",
        why=f"you named {named}, and {there}",
        fix="get the one that is kept, let the person choose, and save with its ETag",
        code="stale_version",
    )


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _copy(row: sa.Row[Any]) -> WorkingCopy:
    return WorkingCopy(row.draft_id, row.platform, row.worker, row.version, row.revision, row.saved_at, row.body)
