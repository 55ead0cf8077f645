"""What became of the drafts of a folder since they were delivered, for a platform that only reads files.

    <folder>/out/events/<number of its last event>.jsonl            an event a line, as in the API's feed
    <folder>/out/events/<number of its last event>.jsonl.sha256     its checksum, written before it

A file appears whole and never grows, so nothing is appended or renamed in an object store, and a reader that
removes what it has read needs to remember nothing. A verdict carries the review with it. What is about to be
written is noted first, so that a killed process's file is written again under the same name with the same lines.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from export.database import Database
from export.entries import Event, last_event, select_events
from export.folders.places import Folder, reaching, write
from export.reviews import Review, select_reviews
from export.tables import drafts, events, folder_drafts, folders, reviews

SCHEMA: Final = "prelabel.event/1"
FOLDER: Final = "out/events"
FILE = re.compile(r"[0-9]{12}\.jsonl")

TOLD = (
    "delivered",
    "submitted",
    "review_started",
    "review_stopped",
    "accepted",
    "rework",
    "returned",
    "reopened",
    "withdrawn",
    "superseded",
    "forgotten",
)
"""Kinds of events that a platform hears of: what happened before a draft was delivered is none of its business."""

MOST_EVENTS = 1000
"""So many at most are in one file."""

_VERDICTS = ("accepted", "rework")


def tell(database: Database, folder: Folder) -> None:
    """Write the events of a folder's drafts that were not written yet. Raises EnvironmentProblem."""
    while (bounds := _next(database, folder)) is not None:
        told, until = bounds
        with database.reading() as connection:
            lines = _lines(connection, folder, told, until)
        with reaching(folder):
            write_file(folder, until, lines)
        mine = sa.and_(folders.c.target == folder.target, folders.c.told == told)
        # Forgotten since it was read, and written after it had been erased: it is erased once more.
        said = [line["draft_id"] for line in lines if line.get("review") or line["details"]]
        stale = sa.and_(
            folder_drafts.c.target == folder.target,
            folder_drafts.c.draft_id.in_(said),
            sa.not_(sa.exists().where(drafts.c.draft_id == folder_drafts.c.draft_id)),
        )
        with database.writing() as transaction:
            transaction.connection.execute(folders.update().where(mine).values(told=until, telling=None))
            transaction.connection.execute(folder_drafts.update().where(stale).values(erased=False))


def file_name(last: int) -> str:
    """What a file is called whose last event has this number."""
    return f"{last:012d}.jsonl"


def write_file(folder: Folder, last: int, lines: Sequence[dict[str, Any]]) -> None:
    """Write a file of events and its checksum, over what is there."""
    name = file_name(last)
    content = "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines).encode()
    write(folder, f"{FOLDER}/{name}.sha256", f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    write(folder, f"{FOLDER}/{name}", content)


def _next(database: Database, folder: Folder) -> tuple[int, int] | None:
    """The events that the next file is of: above the first number, up to the second. None where there are none."""
    mine = folders.c.target == folder.target
    while True:
        with database.reading() as connection:
            told, telling = connection.execute(sa.select(folders.c.told, folders.c.telling).where(mine)).one()
            last = last_event(connection)
            query = sa.select(events.c.seq).where(_wanted(folder), events.c.seq > told)
            numbers = connection.scalars(query.order_by(events.c.seq).limit(MOST_EVENTS)).all()
        if telling is not None:
            return told, telling
        if not numbers and last <= told:
            return None
        columns = {"telling": numbers[-1]} if numbers else {"told": last}
        with database.writing() as transaction:
            as_read = sa.and_(mine, folders.c.told == told, folders.c.telling.is_(None))
            transaction.connection.execute(folders.update().where(as_read).values(columns))


def _wanted(folder: Folder) -> sa.ColumnElement[bool]:
    """Events of drafts that this folder was the last to get, and of forgotten ones that it ever got."""
    before = events.alias()
    got_last = (
        sa.select(before.c.by)
        .where(before.c.draft_id == events.c.draft_id, before.c.kind == "delivered", before.c.seq <= events.c.seq)
        .order_by(before.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    ever_got = sa.exists().where(
        folder_drafts.c.target == folder.target, folder_drafts.c.draft_id == events.c.draft_id
    )
    return sa.and_(
        events.c.kind.in_(TOLD),
        sa.or_(got_last == folder.target, sa.and_(events.c.kind == "forgotten", ever_got)),
    )


def _lines(connection: Connection, folder: Folder, told: int, until: int) -> list[dict[str, Any]]:
    found = select_events(
        connection, sa.and_(_wanted(folder), events.c.seq > told, events.c.seq <= until), MOST_EVENTS
    )
    said = _reviews(connection, [event for event in found if event.kind in _VERDICTS])
    lines = []
    for event in found:
        review = {"review": said.get(event.seq)} if event.kind in _VERDICTS else {}
        lines.append({"schema": SCHEMA, **event.to_dict(), **review})
    return lines


def _reviews(connection: Connection, verdicts: Sequence[Event]) -> dict[int, dict[str, Any]]:
    """What was said with each verdict, by the number of its event. What was said of a forgotten draft is gone."""
    ids = list({event.draft_id for event in verdicts})
    numbers: dict[str, list[int]] = defaultdict(list)
    kept: dict[str, list[Review]] = defaultdict(list)
    for draft_id, seq in connection.execute(
        sa.select(events.c.draft_id, events.c.seq)
        .where(events.c.draft_id.in_(ids), events.c.kind.in_(_VERDICTS))
        .order_by(events.c.seq)
    ):
        numbers[draft_id].append(seq)
    for draft_id, judged in select_reviews(connection, reviews.c.draft_id.in_(ids)):
        kept[draft_id].append(judged)
    # A verdict is an event and a review in one transaction; where reviews were erased, they were the earliest.
    return {
        seq: review_document(judged)
        for draft_id in ids
        for seq, judged in zip(reversed(numbers[draft_id]), reversed(kept[draft_id]), strict=False)
    }


def review_document(judged: Review) -> dict[str, Any]:
    """A judgement as it is written into the folder, without the time."""
    return {
        "reviewer": judged.reviewer,
        "revision": judged.revision,
        "verdict": judged.verdict,
        "comment": judged.comment,
        "comments": [{"sentence": one.sentence, "text": one.text} for one in judged.comments],
    }
