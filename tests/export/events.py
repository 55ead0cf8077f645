"""Events for tests that are about events, not about drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.types import Unit
from export.entries import QueuedDraft
from export.queue import Queue
from export.tables import deliveries


def enqueue(queue: Queue, count: int, first: int = 0) -> None:
    """As many events of the kind `enqueued`."""
    for number in range(first, first + count):
        name = f"{number:032x}"
        queue.enqueue(
            [
                QueuedDraft(
                    draft_id=name,
                    recording_id=name * 2,
                    uri=f"{name}.mp4",
                    external_id=name,
                    project="default",
                    language="ko",
                    duration=60.0,
                    unit=Unit(0, 1, 0.0, 60.0),
                    fingerprint="p1",
                    model_set="fast",
                    body_path=f"{name}.json",
                    body_sha256="0" * 64,
                )
            ]
        )


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def waits(queue: Queue) -> list[tuple[int, datetime | None, str | None]]:
    """(attempts, when it is tried next, error) of every delivery."""
    with queue.reading() as connection:
        columns = (deliveries.c.attempts, deliveries.c.next_at, deliveries.c.error)
        return [(*row,) for row in connection.execute(sa.select(*columns).order_by(deliveries.c.seq))]
