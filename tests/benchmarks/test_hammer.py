from __future__ import annotations

from benchmarks.hammer import hammer
from tests.export.conftest import databases  # noqa: F401 - a fixture
from tests.queues import url  # noqa: F401 - a fixture


def test_processes_that_are_killed_double_nothing_and_lose_nothing(url: str) -> None:  # noqa: F811
    report = hammer(url, 60, seed=7)

    assert report.kept, report
    assert report.kills > 0
    assert report.events["enqueued"] == report.events["submitted"] == report.drafts == 60
    assert report.dead == 0
