"""Forgetting: what `push` wrote of a draft that the queue has forgotten is erased, and a tombstone says so.

A draft is forgotten where something was written of it and the queue does not know it any more. So forgetting needs
no folder: what cannot be reached then is erased by the next push or pull.
"""

from __future__ import annotations

import json
import logging
import shutil
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from core.errors import BehindLink, PrelabelError
from export.database import Database
from export.folders.news import FILE, FOLDER, file_name, tell, write_file
from export.folders.places import (
    OUR_MOST_BYTES,
    Folder,
    alone,
    as_json,
    names_in,
    open_folder,
    reaching,
    read,
    remove,
    write,
)
from export.tables import drafts, events, folder_drafts, folders

log = logging.getLogger("prelabel")

SCHEMA: Final = "prelabel.forgotten/1"
TOMBSTONE: Final = "forgotten.json"

UNSURE_SECONDS = 600.0
"""An object store has no locks: for so long a push that was at work may still write what is being erased, so the
next push and pull erase it again. So they do while a file of events may be half way."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """A folder in which something is still to be erased, and why it could not be."""

    folder: str
    why: str


def forgotten(database: Database, folder: Folder) -> frozenset[str]:
    """Ids of the drafts that were written to a folder and that the queue has forgotten."""
    query = sa.select(folder_drafts.c.draft_id).where(folder_drafts.c.target == folder.target, _is_forgotten())
    with database.reading() as connection:
        return frozenset(connection.scalars(query))


def erase_everywhere(database: Database) -> tuple[Unreached, ...]:
    """Erase what is forgotten in every folder that can be reached; those that cannot."""
    pending = (
        sa.select(folders.c.address)
        .where(
            sa.exists().where(
                folder_drafts.c.target == folders.c.target, sa.not_(folder_drafts.c.erased), _is_forgotten()
            )
        )
        .order_by(folders.c.address)
    )
    with database.reading() as connection:
        addresses = connection.scalars(pending).all()
    unreached = []
    for address in addresses:
        try:
            folder = open_folder(address)
            erase_alone(database, folder)
            tell(database, folder)
        except PrelabelError as error:
            unreached.append(Unreached(address, error.why))
    return tuple(unreached)


def erase_alone(database: Database, folder: Folder) -> None:
    """`erase`, by a process that does not hold the folder. Raises Conflict where another one holds it."""
    if _pending(database, folder):
        with alone(folder):
            erase(database, folder)


def erase(database: Database, folder: Folder) -> None:
    """Erase what is forgotten in a folder, and leave tombstones. Raises EnvironmentProblem."""
    for draft_id, written_at in _pending(database, folder):
        with database.reading() as connection:
            history = connection.execute(
                sa.select(events.c.seq, events.c.kind, events.c.at, events.c.recording_id)
                .where(events.c.draft_id == draft_id)
                .order_by(events.c.seq)
            ).all()
        last = next(event for event in reversed(history) if event.kind == "forgotten")
        try:
            with reaching(folder):
                _bury(folder, draft_id, as_json(_tombstone(draft_id, last)))
                _silence(folder, draft_id, [event.seq for event in history])
        except BehindLink as error:  # that is of this draft alone: the others must not wait for it
            log.error("what is forgotten of draft %s is not erased yet: %s", draft_id, error)
            continue
        with database.writing() as transaction:
            telling = sa.select(folders.c.telling).where(folders.c.target == folder.target)
            at_work = transaction.connection.scalar(telling) is not None
            unsure = folder.files is not None and written_at > transaction.now - timedelta(seconds=UNSURE_SECONDS)
            if not at_work and not unsure:
                row = sa.and_(folder_drafts.c.target == folder.target, folder_drafts.c.draft_id == draft_id)
                transaction.connection.execute(folder_drafts.update().where(row).values(erased=True))


def _pending(database: Database, folder: Folder) -> list[tuple[str, datetime]]:
    query = (
        sa.select(folder_drafts.c.draft_id, folder_drafts.c.at)
        .where(folder_drafts.c.target == folder.target, sa.not_(folder_drafts.c.erased), _is_forgotten())
        .order_by(folder_drafts.c.seq)
    )
    with database.reading() as connection:
        return [(row.draft_id, row.at) for row in connection.execute(query)]


def _is_forgotten() -> sa.ColumnElement[bool]:
    return sa.not_(sa.exists().where(drafts.c.draft_id == folder_drafts.c.draft_id))


def _tombstone(draft_id: str, event: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "draft_id": draft_id,
        "recording_id": event.recording_id,
        "event": event.seq,
        "at": event.at.isoformat(timespec="milliseconds"),
        "erased": [f"out/{draft_id}"],
        "erase": [f"in/{draft_id}", "every copy of this draft, its sound and its corrections that you made"],
    }


def _bury(folder: Folder, draft_id: str, tombstone: bytes) -> None:
    """Leave nothing of a draft in `out/` but its tombstone, which is there before anything is gone."""
    place = f"out/{draft_id}"
    if folder.files is None:
        at = Path(folder.root) / place
        for left in at.parent.glob(f".{draft_id}.*"):
            shutil.rmtree(left, ignore_errors=True)
    if read(folder, f"{place}/{TOMBSTONE}", len(tombstone) + 1) != tombstone:
        write(folder, f"{place}/{TOMBSTONE}", tombstone)
    for name in names_in(folder, place):
        if name != TOMBSTONE:
            remove(folder, f"{place}/{name}")


def _silence(folder: Folder, draft_id: str, numbers: list[int]) -> None:
    """Take what reviewers said of a draft out of the files of events that still lie there.

    A file that somebody has damaged goes altogether: it cannot be seen what it holds.
    """
    upto = [int(name.removesuffix(".jsonl")) for name in names_in(folder, FOLDER) if FILE.fullmatch(name)]
    for at in sorted({bisect_left(upto, number) for number in numbers} - {len(upto)}):
        name = f"{FOLDER}/{file_name(upto[at])}"
        try:
            lines = [json.loads(line) for line in (read(folder, name, OUR_MOST_BYTES) or b"").splitlines()]
            said = [
                line for line in lines if line["draft_id"] == draft_id and (line["details"] or line.get("review"))
            ]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            remove(folder, name)
            continue
        for line in said:
            line |= {"details": {}, "review": None}
        if said:
            write_file(folder, upto[at], lines)
