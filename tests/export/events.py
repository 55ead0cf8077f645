"""Events for tests that are about events, not about drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from export.queue import Queue
from export.tables import deliveries
from tests.queues import queued


def enqueue(queue: Queue, count: int, first: int = 0) -> list[str]:
    """As many events of the kind `enqueued`; the ids of their drafts."""
    numbers = range(first, first + count)
    return [name for number in numbers for name in queue.enqueue(queued(f"{number:064x}")).added]


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def waits(queue: Queue) -> list[tuple[int, datetime | None, str | None]]:
    """(attempts, when it is tried next, error) of every delivery."""
    with queue.reading() as connection:
        columns = (deliveries.c.attempts, deliveries.c.next_at, deliveries.c.error)
        return [(*row,) for row in connection.execute(sa.select(*columns).order_by(deliveries.c.seq))]
