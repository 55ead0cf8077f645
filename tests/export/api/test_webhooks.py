from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks import Webhook

from export.tables import deliveries
from export.webhooks.deliveries import spread
from export.webhooks.endpoints import add_endpoint
from tests.export.events import enqueue
from tests.export.receivers import receiving

WANTED = {"name": "platform", "url": "https://platform.example/hooks", "kinds": ["enqueued"]}


def test_an_endpoint_is_added_with_its_secret_shown_once_listed_and_removed(platform: Any) -> None:
    made = platform.client.post("/v1/webhooks", json=WANTED)
    assert made.status_code == 201
    assert made.headers["ETag"] == '"v1"'
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["endpoint"] | WANTED == made.json()["endpoint"]
    assert made.json()["endpoint"]["private"] is False

    listed = platform.client.get("/v1/webhooks")
    assert listed.json()["endpoints"] == [made.json()["endpoint"]]
    assert platform.client.get("/v1/webhooks/platform").json() == made.json()["endpoint"]
    assert made.json()["secret"] not in listed.text
    assert platform.client.delete("/v1/webhooks/platform").status_code == 204
    assert platform.client.get("/v1/webhooks/platform").status_code == 404
    assert platform.client.get("/v1/webhooks").json() == {"endpoints": []}


def test_the_routes_need_the_scope_admin(platform: Any) -> None:
    header = platform.token("read", "lease", "submit", "review")
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", "/platform"),
        ("DELETE", "/platform"),
        ("GET", "/platform/deliveries"),
        *(("POST", f"/platform/{verb}") for verb in ("rotate", "enable", "disable", "test", "redrive")),
    ):
        answer = platform.client.request(method, f"/v1/webhooks{path}", headers=header, json=WANTED)
        assert answer.status_code == 403, path


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"url": "https://127.0.0.1/"}, 422),
        ({"url": "https://169.254.169.254/latest"}, 422),
        ({"url": "https://[64:ff9b::a9fe:a9fe]/"}, 422),
        ({"url": "https://localhost/"}, 422),
        ({"url": "http://platform.example/"}, 422),
        ({"url": "https://me:pw@platform.example/"}, 422),
        ({"private": True}, 422),  # by command only
        ({"kinds": ["nothing"]}, 422),
        ({"name": "Platform!"}, 422),
        ({"name": "taken"}, 409),
    ],
)
def test_what_may_not_be_is_refused(platform: Any, changes: dict[str, Any], status: int) -> None:
    platform.client.post("/v1/webhooks", json=WANTED | {"name": "taken"})
    answer = platform.client.post("/v1/webhooks", json=WANTED | changes)

    assert answer.status_code == status, answer.text
    assert answer.json()["fix"]
    assert "pw" not in answer.json()["title"]
    assert [one["name"] for one in platform.client.get("/v1/webhooks").json()["endpoints"]] == ["taken"]


def test_a_rotation_that_is_sent_again_with_its_version_changes_nothing_more(platform: Any) -> None:
    made = platform.client.post("/v1/webhooks", json=WANTED)
    known = {"If-Match": made.headers["ETag"]}
    rotated = platform.client.post("/v1/webhooks/platform/rotate", headers=known)
    assert rotated.status_code == 200
    assert rotated.json()["secret"] != made.json()["secret"]

    again = platform.client.post("/v1/webhooks/platform/rotate", headers=known)
    assert (again.status_code, again.json()["type"]) == (412, "urn:prelabel:problem:stale_version")
    assert platform.client.delete("/v1/webhooks/platform", headers=known).status_code == 412


def test_a_ping_says_how_it_was_answered_or_why_not(platform: Any) -> None:
    with receiving(lambda number: (202, {})) as receiver:
        _, secret = add_endpoint(platform.service.queue, "inside", receiver.url, private=True)
        assert platform.client.post("/v1/webhooks/inside/test").json() == {"status": 202, "error": None}
    assert Webhook(secret).verify(receiver.got[0][1], receiver.got[0][0])["type"] == "prelabel.ping"

    gone = platform.client.post("/v1/webhooks/inside/test")
    assert gone.status_code == 200
    assert gone.json()["status"] is None
    assert gone.json()["error"]


def test_a_disabled_endpoint_says_so_until_it_is_enabled(platform: Any) -> None:
    platform.client.post("/v1/webhooks", json=WANTED)
    disabled = platform.client.post("/v1/webhooks/platform/disable").json()
    assert (disabled["disabled_reason"], disabled["version"]) == ("disabled by an operator", 2)
    assert platform.client.post("/v1/webhooks/platform/enable").json()["disabled_reason"] is None


def test_deliveries_come_in_pages_and_what_was_given_up_is_redriven(platform: Any) -> None:
    queue = platform.service.queue
    platform.client.post("/v1/webhooks", json=WANTED)
    enqueue(queue, 5, first=100)
    spread(queue)
    with queue.writing() as transaction:
        given_up = {"next_at": None, "attempts": 80, "error": "it answered 503"}
        transaction.connection.execute(deliveries.update().where(deliveries.c.seq <= 3).values(given_up))

    def listed(**wanted: Any) -> Any:
        return platform.client.get("/v1/webhooks/platform/deliveries", params=wanted).json()

    first = listed(state="dead", limit=2)
    second = listed(state="dead", limit=2, after=first["next"])
    dead = first["deliveries"] + second["deliveries"]
    assert [(one["event"], one["state"], one["error"]) for one in dead] == [
        (number, "dead", "it answered 503") for number in (5, 6, 7)
    ]
    assert second["next"] is None
    assert [one["event"] for one in listed(state="waiting")["deliveries"]] == [8, 9]
    assert len(listed()["deliveries"]) == 5

    assert platform.client.post("/v1/webhooks/platform/redrive").json() == {"redriven": 3}
    assert platform.client.post("/v1/webhooks/platform/redrive").json() == {"redriven": 0}
    assert listed(state="dead")["deliveries"] == []


def test_metrics_tell_what_became_of_webhooks(platform: Any) -> None:
    platform.client.post("/v1/webhooks", json=WANTED)
    enqueue(platform.service.queue, 3, first=100)
    spread(platform.service.queue)
    told = platform.client.get("/metrics").text

    for line in (
        'prelabel_webhook_sent_total{endpoint="platform"} 0.0',
        'prelabel_webhook_failed_total{endpoint="platform"} 0.0',
        'prelabel_webhook_waiting{endpoint="platform"} 3.0',
        'prelabel_webhook_dead{endpoint="platform"} 0.0',
        'prelabel_webhook_oldest_waiting_seconds{endpoint="platform"}',
        'prelabel_webhook_failing_seconds{endpoint="platform"} 0.0',
        'prelabel_webhook_disabled{endpoint="platform"} 0.0',
    ):
        assert line in told
