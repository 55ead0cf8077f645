from __future__ import annotations

from typing import Any

import pytest

from export.api import metrics
from export.api.metrics import COUNTED_EVERY_SECONDS, Recently
from tests.queues import statements


def test_drafts_are_counted_by_state(platform: Any) -> None:
    platform.take()
    told = platform.client.get("/metrics", headers={"Authorization": ""}).text

    assert 'prelabel_queue_drafts{state="ready"} 3.0' in told
    assert 'prelabel_queue_seconds{state="delivered"} 10.0' in told
    assert "prelabel_queue_last_event 6.0" in told


def test_requests_are_counted_by_route_and_status(platform: Any) -> None:
    for draft in (platform.drafts[0].draft_id, platform.drafts[1].draft_id, "0" * 32):
        platform.client.get(f"/v1/drafts/{draft}")
    platform.client.post("/v1/leases", json={"count": 0})

    told = platform.client.get("/metrics").text

    entry = 'prelabel_request_seconds_count{method="GET",route="/v1/drafts/{draft_id}"'
    assert f'{entry},status="200"}} 2.0' in told
    assert f'{entry},status="404"}} 1.0' in told
    assert 'prelabel_request_seconds_count{method="POST",route="/v1/leases",status="422"} 1.0' in told
    assert platform.drafts[0].draft_id not in told


def test_names_of_a_callers_choice_make_no_series(platform: Any) -> None:
    platform.client.get("/wp-login.php")
    platform.client.request("BREW", "/v1/drafts")

    told = platform.client.get("/metrics").text

    assert "wp-login" not in told
    assert "BREW" not in told
    assert 'prelabel_request_seconds_count{method="GET",route="other",status="404"} 1.0' in told


def test_a_crash_is_counted_as_one(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.api.drafts.cursor", lambda seq: 1 / 0)
    platform.client.get("/v1/drafts", params={"limit": 1})

    told = platform.client.get("/metrics").text

    assert 'prelabel_request_seconds_count{method="GET",route="/v1/drafts",status="500"} 1.0' in told


def test_the_queue_is_not_counted_for_everyone_who_asks(platform: Any) -> None:
    with statements(platform.service.queue) as sent:
        for _ in range(5):
            platform.client.get("/metrics", headers={"Authorization": ""})

    assert len([statement for statement, _ in sent if "FROM drafts" in statement]) == 1


def test_an_answer_is_kept_for_a_while_and_an_error_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    answers: list[Any] = [OSError("no disk"), 1, 2]
    monkeypatch.setattr(metrics.time, "monotonic", lambda: now)

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return int(answer)

    recently = Recently(ask, COUNTED_EVERY_SECONDS)
    with pytest.raises(OSError, match="no disk"):
        recently()

    assert [recently(), recently()] == [1, 1]
    now += COUNTED_EVERY_SECONDS + 0.1
    assert recently() == 2
