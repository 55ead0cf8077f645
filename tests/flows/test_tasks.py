"""A step as a Prefect task: tried again when a disk or database failed, never for bad input or a bug."""

from collections.abc import Iterator

import pytest
from prefect import flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from core.errors import BadRecording, QueueUnusable
from flows.tasks import as_prefect_task


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    quick = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=120), quick:
        yield


def outcome_of(*answers: object) -> tuple[object, int]:
    """What a step gives that answers so, time after time, and how often it was tried."""
    left = list(answers)
    tried = 0

    def work() -> object:
        nonlocal tried
        tried += 1
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @flow
    def one_step() -> None:
        came.append(as_prefect_task("decode", "talk.mp4", work))

    came: list[object] = []
    try:
        one_step()
    except (BadRecording, KeyError) as error:
        return error, tried
    return came[0], tried


def test_what_a_step_gives_comes_back_as_it_is() -> None:
    value = object()
    assert outcome_of(value) == (value, 1)


@pytest.mark.parametrize(
    "trouble", [OSError("the share is away"), QueueUnusable("q", why="locked", fix="wait")], ids=["disk", "queue"]
)
def test_a_disk_or_database_that_comes_back_is_forgiven(trouble: Exception) -> None:
    assert outcome_of(trouble, "done") == ("done", 2)


def test_bad_input_and_bugs_are_not_tried_again() -> None:
    bad, tried = outcome_of(BadRecording("silent", "No."))
    assert isinstance(bad, BadRecording)
    assert tried == 1
    bug, tried = outcome_of(KeyError("x"), "never asked")
    assert isinstance(bug, KeyError)
    assert tried == 1
