"""Runs that crash again and again: the server's automation schedules them anew, and somebody has to end that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Failed

RUNS_AT_MOST = 3
"""A crashed run is scheduled again by the server's automation; one that begins more often than this fails."""

TOO_OFTEN = (
    "given up: it crashed too often. See the logs of this run and of its worker for what ends the process (memory, "
    "GPU, one recording, an installation), mend it, and start it again: it resumes from the store"
)


def given_up() -> State[Any] | None:
    """Failed, where this run has begun too often: whatever ended it so often would end it again."""
    with get_client(sync_client=True) as client:
        began = client.read_flow_run(UUID(flow_run.id)).run_count
    if began <= RUNS_AT_MOST:
        return None
    return Failed(message=TOO_OFTEN)
