"""What reviewers say, shown to whoever corrects in Label Studio: its community edition has no reviews."""

from __future__ import annotations

import sqlalchemy as sa

from core.errors import NotFound
from export.database import Database
from export.label_studio.client import Failing, LabelStudio
from export.label_studio.place import Place
from export.label_studio.tasks import remarks
from export.reviews import latest_review, submission
from export.states import State
from export.tables import drafts, label_studio_tasks

WITHDRAWN_REMARK = "Withdrawn: nobody needs this any more"


def show_reviews(database: Database, server: LabelStudio, place: Place) -> tuple[str, ...]:
    """Write reviewers' remarks into the tasks of drafts in rework, and take back those that no longer hold.

    The ids of the drafts whose task was changed. A task that was deleted is passed over, and so, until the next
    time, is one at which the server fails; one whose draft is forgotten meanwhile is left alone.
    """
    tasks = label_studio_tasks
    query = (
        sa.select(tasks, drafts.c.state, drafts.c.unit_start)
        .join(drafts, drafts.c.draft_id == tasks.c.draft_id)
        .where(
            tasks.c.target == place.target,
            tasks.c.task.is_not(None),
            sa.or_(drafts.c.state.in_((State.REWORK, State.WITHDRAWN)), tasks.c.shown != ""),
        )
        .order_by(tasks.c.seq)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
    changed = []
    for row in rows:
        try:
            remark = _remark(database, row.draft_id, State(row.state), row.unit_start)
            if remark == row.shown:
                continue
            if server.show(row.task, review=remark):
                changed.append(row.draft_id)
        except (Failing, NotFound):
            continue
        with database.writing() as transaction:
            transaction.connection.execute(tasks.update().where(tasks.c.seq == row.seq).values(shown=remark))
    return tuple(changed)


def _remark(database: Database, draft_id: str, state: State, unit_start: float) -> str:
    """What a worker should read on the task of a draft in this state. Raises NotFound where it was forgotten."""
    if state is State.WITHDRAWN:
        return WITHDRAWN_REMARK
    if state is not State.REWORK:
        return ""
    judged = latest_review(database, draft_id)
    return remarks(judged, submission(database, draft_id, judged.revision).correction, unit_start)
