"""Annotations pulled from a Label Studio project into the queue, each version of one at most once.

What is decided of a draft's annotations, and the revision that comes of it, are one transaction which holds the
draft, so pulls may overlap and be cut off anywhere. Where the next pull begins is noted when one came to its end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from core.errors import NotFound, StoreUnusable, UsageProblem
from core.types import CorrectedSentence, Correction, Draft
from export.corrections import SCHEMA, correction_json, read_correction
from export.database import Database, Transaction, time_of
from export.drafts import printable
from export.entries import QueueEntry, locked_entry
from export.label_studio.client import Failing, LabelStudio
from export.label_studio.place import Place, Refused
from export.label_studio.tasks import Annotation, Seen, annotations_of, instant, lead_seconds, sentences_of
from export.queue import Queue
from export.reviews import submit
from export.tables import drafts, label_studio_annotations, label_studio_projects, label_studio_tasks

_OVERLAP = timedelta(seconds=60)
"""So far before the newest change that was listed a pull looks back: what was begun earlier may be stored later."""

_CREATED_WITHIN = timedelta(seconds=1)
"""A new annotation's times of creation and of change lie some microseconds apart."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A revision that was made of an annotation."""

    draft_id: str
    revision: int
    lead_time: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to.

    `refused` annotations are kept, and tried again once they or their draft have changed; `skipped` are draft ids
    whose task somebody skipped; `unknown` are ids of tasks that belong to no draft of this queue.
    """

    taken: tuple[Taken, ...] = ()
    refused: tuple[Refused, ...] = ()
    skipped: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pulling:
    """What a pull, `began` by the queue's clock, needs for every task."""

    queue: Queue
    place: Place
    users: Mapping[int, str]
    read_draft: Callable[[QueueEntry], Draft]
    began: datetime


@dataclass(frozen=True, slots=True)
class _Said:
    """What a person's annotation says of a draft."""

    draft: Draft
    worker: str
    sentences: tuple[CorrectedSentence, ...]
    flags: tuple[str, ...]


def pull(
    queue: Queue,
    server: LabelStudio,
    place: Place,
    *,
    read_draft: Callable[[QueueEntry], Draft],
    everything: bool = False,
) -> Pulled:
    """Take back what people have annotated since the last pull; with `everything`, look at every annotated task.

    Annotations that do not fit (the draft was withdrawn or is accepted, a text holds forbidden characters) are
    reported and kept, tasks at which the server fails are reported and asked for again, and the pull goes on.
    Raises LabelStudioUnusable; what was taken until then stays taken, and the next pull looks at the rest.
    """
    with queue.reading() as connection:
        began = time_of(connection)
    pulling = _Pulling(queue, place, server.users(), read_draft, began)
    listed = server.annotated_since(place.number, None if everything else _since(queue, place))
    numbers = list(dict.fromkeys([*(task["id"] for task in listed), *_unsettled(queue, place)]))
    done = Pulled()
    for number, task in server.whole_tasks(place.number, numbers):
        if isinstance(task, Failing):
            done = _with(done, _note_trouble(queue, server, place, number, task))
        else:
            done = _with(done, _pull_task(pulling, task))
    if listed:
        _note_end(queue, place, max(instant(task["updated_at"]) for task in listed))
    return done


def _since(database: Database, place: Place) -> str | None:
    """From when on a pull has to look; None for the first one."""
    query = sa.select(label_studio_projects.c.pulled_to).where(label_studio_projects.c.project == place.project)
    with database.reading() as connection:
        newest = connection.scalar(query)
    return None if newest is None else instant((datetime.fromisoformat(newest) - _OVERLAP).isoformat())


def _note_end(database: Database, place: Place, newest: str) -> None:
    """Note how far a pull came. A server that was brought back from a backup makes that an earlier time again."""
    table = label_studio_projects
    mine = sa.and_(
        table.c.project == place.project, table.c.number == place.number, table.c.created_at == place.created_at
    )
    with database.writing() as transaction:
        transaction.connection.execute(table.update().where(mine).values(pulled_to=newest))


def _unsettled(database: Database, place: Place) -> list[int]:
    """Tasks with an annotation that was refused, and may fit by now, or at which the server failed."""
    tasks, annotations = label_studio_tasks, label_studio_annotations
    refused = (
        sa.select(annotations.c.draft_id)
        .join(drafts, drafts.c.draft_id == annotations.c.draft_id)
        .where(
            annotations.c.target == place.target,
            annotations.c.outcome == "refused",
            annotations.c.refused_at_version.is_distinct_from(drafts.c.version),
        )
    )
    query = (
        sa.select(tasks.c.task)
        .where(
            tasks.c.target == place.target,
            tasks.c.task.is_not(None),
            sa.or_(tasks.c.draft_id.in_(refused), tasks.c.trouble.is_not(None)),
        )
        .order_by(tasks.c.seq)
    )
    with database.reading() as connection:
        return list(connection.scalars(query))


def _note_trouble(
    database: Database, server: LabelStudio, place: Place, number: int, trouble: Failing
) -> Refused | int:
    """Remember a task at which the server fails, so that the next pull asks for it too."""
    table = label_studio_tasks
    ours = table.c.target == place.target
    with database.reading() as connection:
        draft_id = connection.scalar(sa.select(table.c.draft_id).where(ours, table.c.task == number))
        unsure = list(connection.scalars(sa.select(table.c.draft_id).where(ours, table.c.task.is_(None))))
    if draft_id is None:  # a push may have been cut off before it noted the number
        found = server.tasks_of_drafts(place.number, unsure)
        draft_id = next((name for name, task in found.items() if task == number), None)
    if draft_id is None:
        return number
    with database.writing() as transaction:
        mine = sa.and_(ours, table.c.draft_id == draft_id)
        transaction.connection.execute(table.update().where(mine).values(task=number, trouble=trouble.why))
    return Refused(draft_id, f"task {number}: {trouble.why}")


def _with(done: Pulled, one: Taken | Refused | str | int | None) -> Pulled:
    """`done` and what became of one more task: a name is a skipped draft's, a number an unknown task's."""
    match one:
        case Taken():
            return replace(done, taken=(*done.taken, one))
        case Refused():
            return replace(done, refused=(*done.refused, one))
        case str():
            return replace(done, skipped=(*done.skipped, one))
        case int():
            return replace(done, unknown=(*done.unknown, one))
        case None:
            return done


def _pull_task(pulling: _Pulling, task: Mapping[str, Any]) -> Taken | Refused | str | int | None:
    """What becomes of a task whose annotations changed: its latest one that was not cancelled is the correction."""
    queue, place = pulling.queue, pulling.place
    draft_id = printable(str(task["data"].get("draft_id")))
    annotations = annotations_of(task)
    current = next((one for one in reversed(annotations) if not one.cancelled), None)
    table = label_studio_tasks
    mine = sa.and_(table.c.target == place.target, table.c.draft_id == draft_id)
    with queue.reading() as connection:
        ours = connection.execute(sa.select(table.c.trouble).where(mine)).one_or_none()
        seen = _seen(connection, place, draft_id)
    if ours is None:
        return int(task["id"])
    if ours.trouble is not None:
        with queue.writing() as transaction:
            transaction.connection.execute(table.update().where(mine).values(trouble=None))
    if _is_settled(annotations, current, seen):
        return None
    try:
        said = None if current is None else _said(pulling, queue.get(draft_id), current)
        with queue.writing() as transaction:
            return _settle(transaction, pulling, draft_id, annotations, current, said)
    except NotFound:  # it was forgotten in the meantime
        return int(task["id"])


def _seen(connection: Connection, place: Place, draft_id: str) -> Sequence[Row[Any]]:
    """All versions of a draft's annotations that any pull saw, the oldest first."""
    table = label_studio_annotations
    mine = sa.and_(table.c.target == place.target, table.c.draft_id == draft_id)
    return connection.execute(sa.select(table).where(mine).order_by(table.c.version, table.c.annotation)).all()


def _is_settled(annotations: Sequence[Annotation], current: Annotation | None, seen: Sequence[Row[Any]]) -> bool:
    """Whether earlier pulls left nothing to do."""
    known = {(row.annotation, row.version) for row in seen}
    return (
        all((one.id, one.version) in known for one in annotations)
        and not any(row.outcome == "refused" for row in seen)
        and (current is None or _came_before(current, seen))
    )


def _came_before(current: Annotation, seen: Sequence[Row[Any]]) -> bool:
    """Whether this version, or a later one, became a revision."""
    return any(row.outcome == "submitted" and row.version >= current.version for row in seen)


def _said(pulling: _Pulling, entry: QueueEntry, current: Annotation) -> _Said | Refused:
    """What an annotation says, or why that cannot be known."""
    try:
        draft = pulling.read_draft(entry)
    except StoreUnusable as error:
        return Refused(entry.draft.draft_id, f"{error.what}: {error.why}")
    sentences, flags = sentences_of(current.results, draft)
    worker = pulling.users.get(current.worker or 0) or f"label_studio:{current.worker}"
    return _Said(draft, worker, sentences, flags)


def _settle(
    transaction: Transaction,
    pulling: _Pulling,
    draft_id: str,
    annotations: Sequence[Annotation],
    current: Annotation | None,
    said: _Said | Refused | None,
) -> Taken | Refused | str | None:
    """Note every version that is new, and make a revision of the `current` one unless it came before.

    With the draft held, what was seen is read anew: another pull may have been here. Raises NotFound.
    """
    entry, place = locked_entry(transaction, draft_id), pulling.place
    _pass_over_refused(transaction, pulling, draft_id)
    seen = _seen(transaction.connection, place, draft_id)
    known = {(row.annotation, row.version) for row in seen}
    fresh = [one for one in annotations if (one.id, one.version) not in known]
    for one in fresh:
        _note(transaction, place, draft_id, one, "skipped" if current is None else "passed_over")
    if current is None or said is None:
        return draft_id if fresh else None
    if _came_before(current, seen):
        return None
    found = said if isinstance(said, Refused) else _submitted(transaction, place, entry, current, said)
    if isinstance(found, Refused):
        version = entry.version if isinstance(said, _Said) else None  # a draft that could not be read may be mended
        kept = json.dumps(list(current.results))  # in ASCII: half a surrogate pair is no text for a database
        became = {"reason": found.reason, "document": kept, "refused_at_version": version}
        _note(transaction, place, draft_id, current, "refused", **became)
    else:
        _note(transaction, place, draft_id, current, "submitted")
    return found


def _submitted(
    transaction: Transaction, place: Place, entry: QueueEntry, current: Annotation, said: _Said
) -> Taken | Refused:
    """The next revision of a draft, or why an annotation cannot be one."""
    draft_id = said.draft.draft_id
    noted = _seen(transaction.connection, place, draft_id)
    own = [row for row in noted if row.annotation == current.id and row.version <= current.version]
    seconds, replaced = lead_seconds([Seen(row.lead_time, row.outcome == "submitted") for row in own])
    first = not any(row.outcome == "submitted" for row in own)
    unseen = first and _apart(current.created, own[0].version) > _CREATED_WITHIN
    several = len({row.annotation for row in noted}) > 1
    flags = (*said.flags, *("lead_time_incomplete",) * (replaced or unseen), *("several_annotations",) * several)
    correction = Correction(SCHEMA, draft_id, entry.revision + 1, said.worker, seconds, said.sentences)
    try:
        checked = read_correction(correction_json(correction).encode(), said.draft)
        target = place.target
        submit(transaction, checked, source="label_studio", flags=flags, holder=target, by=target)
    except UsageProblem as error:
        return Refused(draft_id, f"{error.what}: {error.why}")
    return Taken(draft_id, checked.revision, seconds, flags)


def _apart(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)


def _pass_over_refused(transaction: Transaction, pulling: _Pulling, draft_id: str) -> None:
    """What did not fit is out of date, or decided anew in a moment; not so what another pull saw after us."""
    table = label_studio_annotations
    refused = sa.and_(table.c.draft_id == draft_id, table.c.outcome == "refused", table.c.at < pulling.began)
    mine = sa.and_(table.c.target == pulling.place.target, refused)
    transaction.connection.execute(table.update().where(mine).values(outcome="passed_over"))


def _note(
    transaction: Transaction,
    place: Place,
    draft_id: str,
    one: Annotation,
    outcome: str,
    **became: Any,
) -> None:
    """Note what became of a version, in the place of what was noted of it before."""
    table = label_studio_annotations
    mine = {"target": place.target, "draft_id": draft_id, "annotation": one.id, "version": one.version}
    transaction.connection.execute(table.delete().where(*(table.c[name] == value for name, value in mine.items())))
    transaction.connection.execute(
        table.insert().values(**mine, **became, outcome=outcome, lead_time=one.lead_time, at=transaction.now)
    )
