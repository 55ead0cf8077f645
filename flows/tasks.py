"""Steps as Prefect tasks: one task run per (recording, stage), named for both, with retries.

Only the recording's address crosses into Prefect. What a stage reads and gives stays in this process and in the
media store: Prefect walks through and keeps whatever is passed to a task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed

from core.errors import BadRecording, QueueUnusable

T = TypeVar("T")

USES_GPU = frozenset({"separate", "diarize", "transcribe"})


def _is_passing(task: Any, run: TaskRun, state: State[Any]) -> bool:
    """Worth another try: a disk or database that failed; not bad input, not a bug."""
    return isinstance(state.result(raise_on_failure=False), OSError | QueueUnusable)


@task(
    task_run_name="{stage} {recording}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[1, 10],
    retry_condition_fn=_is_passing,
    log_prints=False,
)
def _step(stage: str, recording: str, work: Callable[[], None]) -> State[None] | None:
    try:
        work()
    except BadRecording as bad:
        return Completed(message=f"Rejected: {bad.reason}")
    return None


def as_prefect_task(stage: str, recording: str, work: Callable[[], T]) -> T:
    """Carry out a step as a Prefect task run. Raises what `work` raises."""
    given: list[T] = []
    refused: list[BadRecording] = []

    def keep() -> None:
        try:
            given.append(work())
        except BadRecording as bad:
            refused.append(bad)
            raise

    tags = ["gpu"] if stage in USES_GPU else []
    _step.with_options(name=stage, tags=tags)(stage, recording, keep)
    if refused:
        raise refused[-1]
    return given[-1]
