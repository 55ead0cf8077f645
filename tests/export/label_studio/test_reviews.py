from __future__ import annotations

from export.label_studio.reviews import show_reviews
from export.queue import Queue
from export.reviews import Review, review
from tests.export.label_studio.test_pull import Desk


def test_a_draft_that_is_forgotten_while_remarks_are_shown_stops_no_other(queue: Queue) -> None:
    desk = Desk(queue)
    first, gone = desk.pushed(2)
    for number, name in enumerate((first, gone), 1):
        desk.server.save(number)
        desk.pull()
        review(queue, name, Review("lee", 1, "rework", "names"))
    desk.server.showing = lambda: forget(desk, gone)

    assert show_reviews(queue, desk.server, desk.place) == (first,)
    assert "names" in desk.server.tasks[1]["data"]["review"]
    assert "names" not in desk.server.tasks[2]["data"]["review"]


def forget(desk: Desk, draft_id: str) -> None:
    desk.queue.forget(desk.drafts[draft_id].recording.id)
