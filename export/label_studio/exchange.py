"""Drafts pushed to a Label Studio project, annotations pulled back into the queue.

Label Studio's import is not idempotent, so what is about to be sent is noted first (`pushes`, without a task id),
and where such a note is found the server is asked before anything is sent again. What a pull saw is noted too
(`sightings`): a version of an annotation becomes a revision once, whatever is interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from core.errors import EnvironmentProblem, LabelStudioUnusable, StoreUnusable, UsageProblem
from core.fingerprint import short_hash
from core.types import Correction, Draft
from export.corrections import SCHEMA, correction_json, read_correction
from export.database import Database
from export.entries import QueueEntry
from export.handoff import Lease, Wanted, acknowledge, lease, refuse
from export.label_studio.client import LabelStudio, condition
from export.label_studio.tasks import (
    Annotation,
    Seen,
    annotations_of,
    instant,
    label_config,
    labels_needed,
    labels_of,
    lead_seconds,
    problems_of,
    remarks,
    sentences_of,
    task_of,
    with_labels,
)
from export.queue import Queue
from export.reviews import reviews_of, submission, submit
from export.states import State
from export.tables import corrections, drafts, keys, pushes, sightings

HOLDER = "label_studio"

REWORK_TAB = "Rework"
"""The community edition has no reviews: tasks with a reviewer's remarks are shown in a tab of this name."""

WITHDRAWN_REMARK = "Withdrawn: nobody needs this any more"

_BATCH = 50
_LEASE_SECONDS = 600.0

_OVERLAP = timedelta(seconds=60)
"""So far before the newest change that was seen a pull looks back: what was begun earlier may be stored later."""

_CREATED_WITHIN = timedelta(seconds=1)
"""A new annotation's times of creation and of change lie some microseconds apart."""

ReadDraft = Callable[[QueueEntry], Draft]
AudioUrl = Callable[[QueueEntry], str]


@dataclass(frozen=True, slots=True)
class Place:
    """A project on a Label Studio server. `target` names it in our tables, whatever address the server has."""

    target: str
    number: int
    title: str
    labels: tuple[str, ...]
    config: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A draft that was not pushed, or whose annotation was not taken, and why."""

    draft_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """Draft ids: `sent` just now, `known` to the server from before, and those that could not be sent."""

    sent: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()


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

    `refused` annotations are kept and tried again by every pull; `skipped` are draft ids whose task somebody
    skipped; `unknown` are ids of tasks that belong to no draft of this queue.
    """

    taken: tuple[Taken, ...] = ()
    refused: tuple[Refused, ...] = ()
    skipped: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How a project stands: tasks noted, drafts being sent without a known task, their states, what was refused."""

    tasks: int
    unsure: int
    states: Mapping[str, int]
    refused: tuple[Refused, ...]


def find_place(database: Database, server: LabelStudio, project: str) -> Place | None:
    """Where the drafts of a project go: the Label Studio project noted for it, else the one of its title.

    None where there is neither. Raises LabelStudioUnusable where its labelling interface lacks our controls.
    """
    with database.reading() as connection:
        noted = connection.scalar(sa.select(keys.c.value).where(keys.c.name == _key(project)))
    if noted is not None:
        number, created = json.loads(noted)
        found = server.project(number)
        if found is not None and found["created_at"] == created:
            return _place(found)
    found = server.project_titled(_title(project))
    return None if found is None else _noted(database, project, found)


def make_place(database: Database, server: LabelStudio, project: str) -> tuple[Place, bool]:
    """`find_place`, and where there is none a new Label Studio project: (the place, whether it is new).

    Its tabs are made if they are missing: the data manager makes one of its own only where there is none.
    """
    found = find_place(database, server, project)
    place = found or _noted(database, project, server.create_project(_title(project), label_config()))
    views = server.views(place.number)
    if not views:
        server.create_view(place.number, "All")
    if REWORK_TAB not in views:
        server.create_view(place.number, REWORK_TAB, [condition("data.review", "empty", "String", False)])
    return place, found is None


def push(
    database: Database,
    server: LabelStudio,
    place: Place,
    *,
    project: str,
    read_draft: ReadDraft,
    audio_url: AudioUrl,
    most: int | None = None,
) -> Pushed:
    """Give waiting drafts of a project to Label Studio, `most` of them or all; each becomes one task.

    A draft whose prediction would not fit its project, or that has no sound, is refused and dead, with the reason.
    Raises LabelStudioUnusable; drafts that were in hand are ready again then, and the next push asks the server
    which of them it has before it sends anything.
    """
    done = Pushed()
    while (left := _BATCH if most is None else min(_BATCH, most - _size(done))) > 0:
        leases = lease(database, Wanted(HOLDER, count=left, seconds=_LEASE_SECONDS, project=project))
        if not leases:
            break
        try:
            place, batch = _push_batch(database, server, place, leases, read_draft, audio_url)
        except BaseException as error:
            trouble = isinstance(error, EnvironmentProblem | KeyboardInterrupt)  # and no draft's fault
            _give_back(database, leases, str(error) or type(error).__name__, counts=not trouble)
            raise
        done = Pushed(done.sent + batch.sent, done.known + batch.known, done.refused + batch.refused)
    return done


def pull(
    queue: Queue, server: LabelStudio, place: Place, *, read_draft: ReadDraft, everything: bool = False
) -> Pulled:
    """Take back what people have annotated since the last pull; with `everything`, look at every annotated task.

    Annotations that do not fit (the draft was withdrawn or is accepted, a text holds forbidden characters) are
    reported and kept, and the pull goes on. Raises LabelStudioUnusable; what was taken until then stays taken.
    """
    users = server.users()
    since = None if everything else _since(queue, place.target)
    changed = [task["id"] for task in server.annotated_since(place.number, since)]
    numbers = list(dict.fromkeys([*changed, *_unfinished(queue, place.target)]))
    done = Pulled()
    for task in server.whole_tasks(place.number, numbers):
        done = _with(done, _pull_task(queue, place, task, users, read_draft))
    return done


def show_reviews(queue: Queue, server: LabelStudio, place: Place) -> tuple[str, ...]:
    """Write reviewers' remarks into the tasks of drafts in rework, and take back those that no longer hold.

    The ids of the drafts whose task was changed. A task that was deleted is passed over.
    """
    query = (
        sa.select(pushes.c.seq, pushes.c.draft_id, pushes.c.remote_id, pushes.c.shown, drafts.c.state)
        .join(drafts, drafts.c.draft_id == pushes.c.draft_id)
        .where(
            pushes.c.target == place.target,
            pushes.c.remote_id.is_not(None),
            sa.or_(drafts.c.state.in_((State.REWORK, State.WITHDRAWN)), pushes.c.shown != ""),
        )
        .order_by(pushes.c.seq)
    )
    with queue.reading() as connection:
        rows = connection.execute(query).all()
    changed = []
    for row in rows:
        remark = _remark(queue, row.draft_id, State(row.state))
        if remark == row.shown:
            continue
        if server.show(int(row.remote_id), review=remark):
            changed.append(row.draft_id)
        with queue.writing() as transaction:
            transaction.connection.execute(pushes.update().where(pushes.c.seq == row.seq).values(shown=remark))
    return tuple(changed)


def exchanged(database: Database, place: Place) -> Exchanged:
    """How a project's exchange stands, by what we noted."""
    of_target = pushes.c.target == place.target
    joined = pushes.join(drafts, drafts.c.draft_id == pushes.c.draft_id)
    states = sa.select(drafts.c.state, sa.func.count()).select_from(joined).where(of_target)
    refused = sa.select(sightings.c.draft_id, sightings.c.reason).where(
        sightings.c.target == place.target, sightings.c.outcome == "refused"
    )
    with database.reading() as connection:
        noted = [row.remote_id for row in connection.execute(sa.select(pushes.c.remote_id).where(of_target))]
        by_state = {row[0]: row[1] for row in connection.execute(states.group_by(drafts.c.state))}
        kept = [Refused(row.draft_id, row.reason) for row in connection.execute(refused.order_by(sightings.c.seq))]
    return Exchanged(sum(one is not None for one in noted), noted.count(None), by_state, tuple(kept))


def _key(project: str) -> str:
    return f"label_studio:{short_hash(project)}"


def _title(project: str) -> str:
    """Label Studio takes titles of up to 50 characters."""
    title = f"prelabel {project}"
    return title if len(title) <= 50 else f"{title[:33]} {short_hash(project)[:16]}"


def _place(found: Mapping[str, Any]) -> Place:
    labels = labels_of(found.get("parsed_label_config") or {})
    if labels is None:
        raise LabelStudioUnusable(
            f"the Label Studio project {found['title']!r} cannot show our drafts",
            why="its labelling interface has no Labels `speaker` and TextArea `transcription` for an Audio `audio`",
            fix="give it these controls again (docs/label-studio.md shows them), or delete the project and run "
            "`prelabel labels init`",
        )
    target = f"label_studio:{found['id']}:{found['created_at']}"
    return Place(target, found["id"], found["title"], labels, found["label_config"])


def _noted(database: Database, project: str, found: Mapping[str, Any]) -> Place:
    """The place that a Label Studio project is, remembered for our project."""
    place = _place(found)
    value = json.dumps([found["id"], found["created_at"]])
    with database.writing() as transaction:
        insert = _insert(transaction.connection, keys).values(name=_key(project), value=value)
        transaction.connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
    return place


def _insert(connection: Connection, table: sa.Table) -> Any:
    """An insert that can say what to do with a row that is there."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


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
            refuse(database, name, one.token, reason=problems[name], again=False, by=HOLDER)
    before = _intend(database, place.target, list(tasks))
    known = server.tasks_of_drafts(place.number, before)
    new = [name for name in tasks if name not in known]
    made = server.import_tasks(place.number, [tasks[name] for name in new]) if new else ()
    _note_tasks(database, place.target, known | dict(zip(new, made, strict=True)))
    late = _acknowledge(database, [one for one in leases if one.entry.draft.draft_id in tasks])
    sent = tuple(name for name in new if name not in late)
    kept = tuple(name for name in tasks if name in known and name not in late)
    return place, Pushed(sent, kept, tuple(Refused(name, reason) for name, reason in (problems | late).items()))


def _bodies(leases: Sequence[Lease], read_draft: ReadDraft) -> tuple[dict[str, Draft], dict[str, str]]:
    """(drafts, why some cannot be read) by their ids. Raises StoreUnusable where none can be: no store is there."""
    bodies: dict[str, Draft] = {}
    problems: dict[str, str] = {}
    for one in leases:
        try:
            bodies[one.entry.draft.draft_id] = read_draft(one.entry)
        except StoreUnusable as error:
            problems[one.entry.draft.draft_id] = f"{error.what}: {error.why}"
            if len(problems) == len(leases):
                raise
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
    return _place(server.set_config(place.number, with_labels(place.config, missing)))


def _intend(database: Database, target: str, names: Sequence[str]) -> tuple[str, ...]:
    """Note that drafts are about to be sent; those of them that were noted before."""
    if not names:
        return ()
    mine = sa.and_(pushes.c.target == target, pushes.c.draft_id.in_(names))
    with database.writing() as transaction:
        before = tuple(transaction.connection.scalars(sa.select(pushes.c.draft_id).where(mine)))
        rows = [{"target": target, "draft_id": name, "at": transaction.now} for name in names if name not in before]
        if rows:
            insert = _insert(transaction.connection, pushes)
            transaction.connection.execute(insert.on_conflict_do_nothing(), rows)
    return before


def _note_tasks(database: Database, target: str, tasks: Mapping[str, int]) -> None:
    with database.writing() as transaction:
        for name, number in tasks.items():
            mine = sa.and_(pushes.c.target == target, pushes.c.draft_id == name)
            transaction.connection.execute(pushes.update().where(mine).values(remote_id=str(number)))


def _acknowledge(database: Database, leases: Sequence[Lease]) -> dict[str, str]:
    """Deliver the drafts; those whose lease was lost meanwhile, with the reason. The next push finds their task."""
    late = {}
    for one in leases:
        try:
            acknowledge(database, one.entry.draft.draft_id, one.token, by=HOLDER)
        except UsageProblem as error:
            late[one.entry.draft.draft_id] = error.why
    return late


def _give_back(database: Database, leases: Sequence[Lease], reason: str, *, counts: bool) -> None:
    for one in leases:
        try:
            refuse(database, one.entry.draft.draft_id, one.token, reason=reason[:300], counts=counts, by=HOLDER)
        except UsageProblem:
            continue  # delivered, refused or gone already


def _since(database: Database, target: str) -> str | None:
    """From when on a pull has to look: somewhat before the newest change that was seen."""
    with database.reading() as connection:
        newest = connection.scalar(
            sa.select(sa.func.max(sightings.c.remote_version)).where(sightings.c.target == target)
        )
    return None if newest is None else instant((datetime.fromisoformat(newest) - _OVERLAP).isoformat())


def _unfinished(database: Database, target: str) -> list[int]:
    """Tasks with an annotation of which nothing has become so far."""
    query = (
        sa.select(pushes.c.remote_id)
        .join(sightings, sightings.c.draft_id == pushes.c.draft_id)
        .where(
            pushes.c.target == target,
            pushes.c.remote_id.is_not(None),
            sightings.c.target == target,
            sa.or_(sightings.c.outcome.is_(None), sightings.c.outcome == "refused"),
        )
        .order_by(pushes.c.seq)
    )
    with database.reading() as connection:
        return [int(number) for number in connection.scalars(query)]


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


def _pull_task(
    queue: Queue, place: Place, task: Mapping[str, Any], users: Mapping[int, str], read_draft: ReadDraft
) -> Taken | Refused | str | int | None:
    """The correction that a task's latest annotation is, unless it was taken before."""
    draft_id = str(task["data"].get("draft_id"))
    annotations = annotations_of(task)
    current = next((one for one in reversed(annotations) if not one.cancelled), None)
    rows = _sighted(queue, place.target, draft_id, annotations, current)
    if rows is None:
        return int(task["id"])
    if current is None:
        fresh = [row.seq for row in rows if row.outcome is None]
        _settle(queue, fresh, "skipped")
        return draft_id if fresh else None
    row = next(row for row in rows if row.remote_id == current.id and row.remote_version == current.version)
    submitted = [one.remote_version for one in rows if one.outcome == "submitted"]
    if submitted and current.version <= max(submitted):
        _settle(queue, [one.seq for one in rows if one.outcome in (None, "refused")], "passed_over")
        return None
    found = _submitted(queue, draft_id, current, rows, users, read_draft)
    if isinstance(found, Refused):
        document = json.dumps(list(current.results), ensure_ascii=False)
        _settle(queue, [row.seq], "refused", reason=found.reason, document=document)
    else:
        _settle(queue, [row.seq], "submitted", reason=None, document=None)
    older = [one.seq for one in rows if one.seq != row.seq and one.outcome in (None, "refused")]
    _settle(queue, older, "passed_over")
    return found


def _submitted(
    queue: Queue,
    draft_id: str,
    current: Annotation,
    rows: Sequence[Row[Any]],
    users: Mapping[int, str],
    read_draft: ReadDraft,
) -> Taken | Refused:
    """The revision that an annotation becomes, or why it cannot be one."""
    own = [row for row in rows if row.remote_id == current.id and row.remote_version <= current.version]
    seconds, replaced = lead_seconds([Seen(row.lead_time, row.outcome == "submitted") for row in own])
    first = not any(row.outcome == "submitted" for row in own)
    unseen = first and _apart(current.created, own[0].remote_version) > _CREATED_WITHIN
    several = len({row.remote_id for row in rows}) > 1
    worker = users.get(current.worker or 0) or f"label_studio:{current.worker}"
    try:
        entry = queue.get(draft_id)
        draft = read_draft(entry)
        sentences, flags = sentences_of(current.results, draft)
        flags += ("lead_time_incomplete",) * (replaced or unseen) + ("several_annotations",) * several
        correction = Correction(SCHEMA, draft_id, entry.revision + 1, worker, seconds, sentences)
        checked = read_correction(correction_json(correction).encode(), draft)
        submit(queue, checked, source="label_studio", flags=flags, by=HOLDER)
    except (UsageProblem, StoreUnusable) as error:
        return Refused(draft_id, f"{error.what}: {error.why}")
    return Taken(draft_id, checked.revision, seconds, flags)


def _apart(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)


def _sighted(
    database: Database,
    target: str,
    draft_id: str,
    annotations: Sequence[Annotation],
    current: Annotation | None,
) -> Sequence[Row[Any]] | None:
    """All versions of a draft's annotations that were ever seen, the oldest first; None for a task not of ours.

    The revision that `current` is about to become is noted with it. Where a pull was interrupted behind that, what
    the queue has taken tells whether it became one.
    """
    mine = sa.and_(sightings.c.target == target, sightings.c.draft_id == draft_id)
    ordered = sa.select(sightings).where(mine).order_by(sightings.c.remote_version, sightings.c.seq)
    with database.writing() as transaction:
        connection = transaction.connection
        if (
            connection.scalar(
                sa.select(pushes.c.seq).where(pushes.c.target == target, pushes.c.draft_id == draft_id)
            )
            is None
        ):
            return None
        revision = connection.scalar(sa.select(drafts.c.revision).where(drafts.c.draft_id == draft_id)) or 0
        taken = sa.exists().where(
            corrections.c.draft_id == draft_id,
            corrections.c.source == "label_studio",
            corrections.c.revision == sightings.c.revision,
            corrections.c.at >= sightings.c.at,
        )
        connection.execute(
            sightings.update().where(mine, sightings.c.outcome.is_(None), taken).values(outcome="submitted")
        )
        for one in annotations:
            insert = _insert(connection, sightings).values(
                target=target,
                draft_id=draft_id,
                remote_id=one.id,
                remote_version=one.version,
                lead_time=one.lead_time,
                at=transaction.now,
            )
            connection.execute(insert.on_conflict_do_nothing())
        if current is not None:
            connection.execute(
                sightings.update()
                .where(
                    mine,
                    sightings.c.remote_id == current.id,
                    sightings.c.remote_version == current.version,
                    sightings.c.outcome.is_(None),
                )
                .values(revision=revision + 1)
            )
        return connection.execute(ordered).all()


def _settle(database: Database, numbers: Sequence[int], outcome: str, **columns: Any) -> None:
    """Note what became of versions that were seen."""
    if not numbers:
        return
    with database.writing() as transaction:
        changed = sightings.update().where(sightings.c.seq.in_(numbers)).values(outcome=outcome, **columns)
        transaction.connection.execute(changed)


def _remark(database: Database, draft_id: str, state: State) -> str:
    """What a worker should read on the task of a draft in this state."""
    if state is State.WITHDRAWN:
        return WITHDRAWN_REMARK
    if state is not State.REWORK:
        return ""
    judged = reviews_of(database, draft_id)[-1]
    latest = submission(database, draft_id, judged.revision)
    with database.reading() as connection:
        start = connection.scalar(sa.select(drafts.c.unit_start).where(drafts.c.draft_id == draft_id))
    return remarks(judged, latest.correction, start or 0.0)
