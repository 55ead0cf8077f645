"""Drafts pushed to a Label Studio project, each as one task.

Label Studio's import is not idempotent, so what is about to be sent is noted first, without a task, and where such
a note is found the server is asked before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.errors import DocumentLost, EnvironmentProblem, UsageProblem
from core.types import Draft
from export.database import Database
from export.entries import QueueEntry, select_entries
from export.handoff import Lease, Wanted, acknowledge, lease, refuse
from export.label_studio.client import LabelStudio
from export.label_studio.place import Place, Refused, place_of
from export.label_studio.tasks import labels_needed, problems_of, task_of, with_labels
from export.tables import drafts, label_studio_tasks

_BATCH = 50
_LEASE_SECONDS = 600.0

ReadDraft = Callable[[QueueEntry], Draft]
AudioUrl = Callable[[QueueEntry], str]


@dataclass(frozen=True, slots=True)
class Pushed:
    """Draft ids: `sent` just now, `known` to the server from before, and those that could not be sent."""

    sent: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()


def push(
    database: Database,
    server: LabelStudio,
    place: Place,
    *,
    read_draft: ReadDraft,
    audio_url: AudioUrl,
    most: int | None = None,
) -> Pushed:
    """Give waiting drafts of the place's project to Label Studio, `most` of them or all; each becomes one task.

    A draft whose prediction would not fit its project, or that has no sound, is refused and dead, with the reason.
    Raises LabelStudioUnusable; drafts that were in hand are ready again then, and the next push asks the server
    which of them it has before it sends anything.
    """
    done = Pushed()
    while (left := _BATCH if most is None else min(_BATCH, most - _size(done))) > 0:
        leases = lease(database, Wanted(place.target, count=left, seconds=_LEASE_SECONDS, project=place.project))
        if not leases:
            break
        try:
            place, batch = _push_batch(database, server, place, leases, read_draft, audio_url)
        except BaseException as error:
            trouble = isinstance(error, EnvironmentProblem | KeyboardInterrupt)  # and no draft's fault
            _give_back(database, place, leases, str(error) or type(error).__name__, counts=not trouble)
            raise
        done = Pushed(done.sent + batch.sent, done.known + batch.known, done.refused + batch.refused)
    return done


def _size(done: Pushed) -> int:
    return len(done.sent) + len(done.known) + len(done.refused)


def _push_batch(
    database: Database,
    server: LabelStudio,
    place: Place,
    leases: Sequence[Lease],
    read_draft: ReadDraft,
    audio_url: AudioUrl,
) -> tuple[Place, Pushed]:
    """One import, and the place as it is then: it may have more labels."""
    bodies, problems = _bodies(leases, read_draft)
    place = _with_labels(server, place, bodies.values())
    tasks: dict[str, dict[str, Any]] = {}
    for one in leases:
        name = one.entry.draft.draft_id
        if name in bodies:
            task, problem = _task(one.entry, bodies[name], place, audio_url)
            if problem:
                problems[name] = problem
            else:
                tasks[name] = task
        if name in problems:
            refuse(database, name, one.token, reason=problems[name], again=False, by=place.target)
    before = _intend(database, place.target, list(tasks))
    known = server.tasks_of_drafts(place.number, before)
    new = [name for name in tasks if name not in known]
    made = server.import_tasks(place.number, [tasks[name] for name in new]) if new else ()
    _note_tasks(database, place.target, known | dict(zip(new, made, strict=True)))
    late = _acknowledge(database, place, [one for one in leases if one.entry.draft.draft_id in tasks])
    sent = tuple(name for name in new if name not in late)
    kept = tuple(name for name in tasks if name in known and name not in late)
    return place, Pushed(sent, kept, tuple(Refused(name, reason) for name, reason in (problems | late).items()))


def _bodies(leases: Sequence[Lease], read_draft: ReadDraft) -> tuple[dict[str, Draft], dict[str, str]]:
    """(drafts, why some are lost) by their ids. Raises StoreUnusable where the store cannot be read."""
    bodies: dict[str, Draft] = {}
    problems: dict[str, str] = {}
    for one in leases:
        try:
            bodies[one.entry.draft.draft_id] = read_draft(one.entry)
        except DocumentLost as error:
            problems[one.entry.draft.draft_id] = f"{error.what}: {error.why}"
    return bodies, problems


def _task(entry: QueueEntry, draft: Draft, place: Place, audio_url: AudioUrl) -> tuple[dict[str, Any], str]:
    """(task, "") or ({}, why there can be none)."""
    try:
        task = task_of(draft, audio_url(entry))
    except UsageProblem as error:
        return {}, f"{error.what}: {error.why}"
    problems = problems_of(task, place.labels, draft.unit.end - draft.unit.start)
    return (task, "") if not problems else ({}, "; ".join(problems[:5]))


def _with_labels(server: LabelStudio, place: Place, bodies: Iterable[Draft]) -> Place:
    """The place with all labels that the drafts name; a Label Studio project can always be given more of them."""
    wanted = dict.fromkeys(name for draft in bodies for name in labels_needed(draft))
    missing = [name for name in wanted if name not in place.labels]
    if not missing:
        return place
    return place_of(place.project, server.set_config(place.number, with_labels(place.config, missing)))


def _intend(database: Database, target: str, names: Sequence[str]) -> tuple[str, ...]:
    """Note that drafts are about to be sent; those of them that were noted before."""
    table = label_studio_tasks
    mine = sa.and_(table.c.target == target, table.c.draft_id.in_(names))
    with database.writing() as transaction:
        transaction.hold(target)
        before = tuple(transaction.connection.scalars(sa.select(table.c.draft_id).where(mine)))
        new = [{"target": target, "draft_id": name} for name in names if name not in before]
        if new:
            transaction.connection.execute(table.insert(), new)
    return before


def _note_tasks(database: Database, target: str, numbers: Mapping[str, int]) -> None:
    table = label_studio_tasks
    with database.writing() as transaction:
        # In the order in which forgetting locks them, so that the two do not wait for one another.
        select_entries(transaction.connection, drafts.c.draft_id.in_(numbers), locked=True)
        for name, number in numbers.items():
            mine = sa.and_(table.c.target == target, table.c.draft_id == name)
            transaction.connection.execute(table.update().where(mine).values(task=number))


def _acknowledge(database: Database, place: Place, leases: Sequence[Lease]) -> dict[str, str]:
    """Deliver the drafts; those whose lease was lost meanwhile, with the reason. The next push finds their task."""
    late = {}
    for one in leases:
        try:
            acknowledge(database, one.entry.draft.draft_id, one.token, by=place.target)
        except UsageProblem as error:
            late[one.entry.draft.draft_id] = error.why
    return late


def _give_back(database: Database, place: Place, leases: Sequence[Lease], reason: str, *, counts: bool) -> None:
    for one in leases:
        name = one.entry.draft.draft_id
        try:
            refuse(database, name, one.token, reason=reason[:300], counts=counts, by=place.target)
        except UsageProblem:
            continue  # delivered, refused or gone already
