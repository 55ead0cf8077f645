"""Which Label Studio project shows the drafts of a project of ours, and how the exchange between the two stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.errors import LabelStudioUnusable
from core.fingerprint import short_hash
from export.database import Database
from export.label_studio.client import LabelStudio, condition
from export.label_studio.tasks import label_config, labels_of
from export.states import State
from export.tables import drafts, label_studio_annotations, label_studio_projects, label_studio_tasks

REWORK_TAB = "Rework"
"""The community edition has no reviews: tasks with a reviewer's remarks are shown in a tab of this name."""


@dataclass(frozen=True, slots=True)
class Place:
    """The project on a Label Studio server, of this `number`, that shows the drafts of a `project` of ours."""

    project: str
    number: int
    created_at: str
    title: str
    labels: tuple[str, ...]
    config: str

    @property
    def target(self) -> str:
        """How the queue calls it, in leases, events and notes, whatever address the server has."""
        return f"label_studio:{self.number}:{self.created_at}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A draft that was not pushed, or whose annotation was not taken, and why."""

    draft_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How a project stands: drafts that wait, that have a task, that may have one; states, and what was refused."""

    waiting: int
    tasks: int
    unsure: int
    states: Mapping[str, int]
    refused: tuple[Refused, ...]


def find_place(database: Database, server: LabelStudio, project: str) -> Place | None:
    """Where the drafts of a project go: the Label Studio project noted for it, else the one of its title.

    None where there is neither. Raises LabelStudioUnusable where its labelling interface lacks our controls.
    """
    noted = sa.select(label_studio_projects).where(label_studio_projects.c.project == project)
    with database.reading() as connection:
        row = connection.execute(noted).one_or_none()
    if row is not None:
        found = server.project(row.number)
        if found is not None and found["created_at"] == row.created_at:
            return place_of(project, found)
    found = server.project_titled(_title(project))
    return None if found is None else _noted(database, project, found)


def placed_projects(database: Database) -> tuple[str, ...]:
    """Our projects that have a Label Studio project, in alphabetical order."""
    query = sa.select(label_studio_projects.c.project).order_by(label_studio_projects.c.project)
    with database.reading(once=True) as connection:
        return tuple(connection.scalars(query))


def make_place(database: Database, server: LabelStudio, project: str, instruction: str) -> tuple[Place, bool]:
    """`find_place`, and where there is none a new Label Studio project: (the place, whether it is new).

    People are told `instruction`, HTML, in either. Its tabs are made if they are missing: the data manager makes
    one of its own only where there is none.
    """
    found = find_place(database, server, project)
    place = found or _noted(database, project, server.create_project(_title(project), label_config()))
    server.instruct(place.number, instruction)
    views = server.views(place.number)
    if not views:
        server.create_view(place.number, "All")
    if REWORK_TAB not in views:
        server.create_view(place.number, REWORK_TAB, [condition("data.review", "empty", "String", False)])
    return place, found is None


def place_of(project: str, found: Mapping[str, Any]) -> Place:
    """What the server tells of a project, as the place of a project of ours. Raises LabelStudioUnusable."""
    labels = labels_of(found.get("parsed_label_config") or {})
    if labels is None:
        raise LabelStudioUnusable(
            f"the Label Studio project {found['title']!r} cannot show our drafts",
            why="its labelling interface has no Labels `speaker` and TextArea `transcription` for an Audio `audio`",
            fix="give it these controls again (docs/label-studio.md shows them), or delete the project and run "
            "`prelabel labels init`",
        )
    return Place(project, found["id"], found["created_at"], found["title"], labels, found["label_config"])


def exchanged(database: Database, place: Place) -> Exchanged:
    """How a project's exchange stands, by what we noted."""
    tasks, annotations = label_studio_tasks, label_studio_annotations
    of_target = tasks.c.target == place.target
    waiting = sa.select(sa.func.count()).where(drafts.c.state == State.READY, drafts.c.project == place.project)
    noted = sa.select(sa.func.count(), sa.func.count(tasks.c.task)).where(of_target)
    states = (
        sa.select(drafts.c.state, sa.func.count())
        .select_from(tasks.join(drafts, drafts.c.draft_id == tasks.c.draft_id))
        .where(of_target)
        .group_by(drafts.c.state)
    )
    troubled = sa.select(tasks.c.draft_id, tasks.c.trouble).where(of_target, tasks.c.trouble.is_not(None))
    refused = (
        sa.select(annotations.c.draft_id, annotations.c.reason)
        .where(annotations.c.target == place.target, annotations.c.outcome == "refused")
        .order_by(annotations.c.seq)
    )
    with database.reading() as connection:
        every, known = connection.execute(noted).one()
        return Exchanged(
            waiting=connection.scalar(waiting) or 0,
            tasks=known,
            unsure=every - known,
            states={row[0]: row[1] for row in connection.execute(states)},
            refused=tuple(Refused(*row) for query in (refused, troubled) for row in connection.execute(query)),
        )


def _title(project: str) -> str:
    """Label Studio takes titles of up to 50 characters."""
    title = f"prelabel {project}"
    return title if len(title) <= 50 else f"{title[:33]} {short_hash(project)[:16]}"


def _noted(database: Database, project: str, found: Mapping[str, Any]) -> Place:
    """The place that a Label Studio project is, remembered for our project; nothing was pulled from it so far."""
    place, table = place_of(project, found), label_studio_projects
    with database.writing() as transaction:
        transaction.hold(f"label_studio {project}")
        transaction.connection.execute(table.delete().where(table.c.project == project))
        transaction.connection.execute(
            table.insert().values(project=project, number=place.number, created_at=place.created_at)
        )
    return place
