from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

import export.webhooks.sending
from core.errors import EndpointUnreachable
from export.background import Rounds
from export.queue import Queue
from export.states import KINDS
from export.tables import endpoints
from export.webhooks.deliveries import CLAIM_SECONDS, Tally, spread
from export.webhooks.endpoints import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
)
from export.webhooks.sending import dispatch, keep_dispatching, ping_endpoint
from tests.export.events import enqueue, later, waits
from tests.export.receivers import receiving

ROOT = Path(export.webhooks.sending.__file__).parents[2]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers that hang are waited for half a second, not ten."""
    monkeypatch.setattr(export.webhooks.sending, "ANSWER_SECONDS", 0.5)


def test_an_event_comes_once_signed_as_a_cloud_event(queue: Queue) -> None:
    enqueue(queue, 1)
    with receiving() as receiver:
        _, secret = add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1, first=1)
        assert dispatch(queue) == Tally(sent=1)
        assert dispatch(queue) == Tally()

    ((headers, body),) = receiver.got
    event = queue.events()[1]
    document = Webhook(secret).verify(body, headers)
    assert headers["content-type"] == "application/cloudevents+json"
    assert document["data"] == event.to_dict()
    assert (document["specversion"], document["id"], document["subject"]) == ("1.0", "2", event.draft_id)
    assert document["type"] == "prelabel.draft.enqueued"
    assert re.fullmatch("urn:prelabel:queue:[0-9a-f]{8}", document["source"])
    assert datetime.fromisoformat(document["time"]) == datetime.fromisoformat(document["data"]["at"])
    assert headers["webhook-id"] == f"evt_{document['source'][-8:]}_2_1"
    assert waits(queue) == []


def test_only_the_kinds_that_are_wanted_come(queue: Queue) -> None:
    with receiving() as every, receiving() as some:
        add_endpoint(queue, "every", every.url, private=True)
        add_endpoint(queue, "some", some.url, kinds=["prioritised"], private=True)
        [_, second] = enqueue(queue, 2)
        queue.prioritise(second, 5)

        assert dispatch(queue) == Tally(sent=4)

    assert [json.loads(body)["data"]["kind"] for _, body in every.got].count("enqueued") == 2
    assert [json.loads(body)["data"]["kind"] for _, body in some.got] == ["prioritised"]


def test_every_kind_of_event_that_the_queue_notes_can_be_wanted() -> None:
    noted: set[str] = set()
    for file in (ROOT / "export").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        noted |= set(re.findall(r'"(\w+)",\s+Actor\.', text)) | set(re.findall(r'State\.\w+, "(\w+)"[,)]', text))
        noted |= set(re.findall(r'State\.\w+,\s+"(\w+)",\s', text))

    assert {"enqueued", "expired", "forgotten", "returned", "submitted", "prioritised"} <= noted
    assert noted - set(KINDS) == set()


def test_410_disables_the_endpoint_and_what_happens_meanwhile_waits(queue: Queue) -> None:
    answers = [410]
    with receiving(lambda number: (answers[0], {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        dispatch(queue)
        assert list_endpoints(queue)[0].disabled_reason == "it answered 410 Gone"
        enqueue(queue, 2, first=1)
        assert dispatch(queue, now=later(1000)) == Tally()
        assert len(receiver.got) == 1

        answers[0] = 200
        enable_endpoint(queue, "platform")
        assert dispatch(queue) == Tally(sent=3), "at once, also what had a wait of its own before it"

    assert sorted(json.loads(body)["data"]["seq"] for _, body in receiver.got) == [1, 1, 2, 3]


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_hangs_does_not_hold_up_the_others(queue: Queue) -> None:
    release = threading.Event()

    async def run(good: Any) -> None:
        task = asyncio.create_task(keep_dispatching(queue, Rounds("dispatching"), every_seconds=0.02))
        await asyncio.to_thread(good.wait_for, 20)
        release.set()
        task.cancel()

    export.webhooks.sending.ANSWER_SECONDS = 30.0
    with receiving(hang=release) as bad, receiving() as good:
        add_endpoint(queue, "bad", bad.url, private=True)
        add_endpoint(queue, "good", good.url, private=True)
        enqueue(queue, 20)
        asyncio.run(run(good))

        assert len(set(good.ids())) == len(good.ids()) == 20
        assert 0 < len(bad.got) <= 4


@pytest.mark.usefixtures("quick")
def test_a_hanging_endpoint_fails_after_the_time_allowed(queue: Queue) -> None:
    with receiving(hang=threading.Event()) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 6)
        assert dispatch(queue) == Tally(failed=4)

    assert [error for _, _, error in waits(queue)] == ["no answer within 0.5 s"] * 4 + [None] * 2


def test_a_redirect_into_the_private_network_is_not_followed(queue: Queue) -> None:
    with receiving() as inside, receiving(lambda number: (302, {"location": inside.url})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        assert dispatch(queue) == Tally(failed=1)

    assert inside.got == []
    assert waits(queue)[0][2] == "it answered 302, and redirects are not followed"


def test_a_host_that_moves_inside_later_gets_nothing(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as inside:
        add_endpoint(queue, "platform", "https://platform.invalid/")
        with queue.writing() as transaction:
            url = inside.url.replace("127.0.0.1", "localhost")
            transaction.connection.execute(endpoints.update().values(url=url))
        enqueue(queue, 1)
        assert dispatch(queue) == Tally(failed=1)
        assert "is not an address to post to" in str(waits(queue)[0][2])
        with pytest.raises(EndpointUnreachable, match="cannot be reached"):
            ping_endpoint(queue, "platform")

    assert inside.got == []


def test_while_a_secret_is_rotated_both_sign_for_a_day(queue: Queue) -> None:
    with receiving() as receiver:
        _, first = add_endpoint(queue, "platform", receiver.url, private=True)
        _, second = rotate_secret(queue, "platform")
        enqueue(queue, 1)
        dispatch(queue)
        enqueue(queue, 1, first=1)
        dispatch(queue, now=later(25 * 3600))
        _, third = rotate_secret(queue, "platform")
        enqueue(queue, 1, first=2)
        dispatch(queue)

    def good(number: int) -> list[bool]:
        headers, body = receiver.got[number]
        return [verifies(secret, headers, body) for secret in (first, second, third)]

    assert good(0) == [True, True, False]
    assert good(1) == [False, True, False]
    assert good(2) == [False, True, True]


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_ping_is_signed_and_its_answer_shown(queue: Queue) -> None:
    with receiving(lambda number: (202, {})) as receiver:
        _, secret = add_endpoint(queue, "platform", receiver.url, private=True)
        assert ping_endpoint(queue, "platform") == 202

    ((headers, body),) = receiver.got
    assert Webhook(secret).verify(body, headers)["type"] == "prelabel.ping"


def test_a_disabled_and_a_removed_endpoint_get_nothing(queue: Queue) -> None:
    with receiving() as receiver:
        add_endpoint(queue, "one", receiver.url, private=True)
        add_endpoint(queue, "two", receiver.url, private=True)
        enqueue(queue, 1)
        spread(queue)
        disable_endpoint(queue, "one")
        assert remove_endpoint(queue, "two").waiting == 1
        assert dispatch(queue) == Tally()

    assert receiver.got == []
    assert [(one.name, one.waiting) for one in list_endpoints(queue)] == [("one", 1)]


def test_of_a_forgotten_recording_nothing_but_ids_is_sent(queue: Queue) -> None:
    with receiving() as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        [draft] = enqueue(queue, 1)
        queue.prioritise(draft, 7)
        queue.forget(f"{0:064x}")
        dispatch(queue)

    assert [json.loads(body)["data"]["details"] for _, body in receiver.got] == [{}, {}, {}]


def test_dispatchers_that_run_at_once_send_each_delivery_once(queue: Queue) -> None:
    with receiving() as one, receiving() as two:
        add_endpoint(queue, "one", one.url, private=True)
        add_endpoint(queue, "two", two.url, kinds=["enqueued"], private=True)
        enqueue(queue, 30)
        with ThreadPoolExecutor(4) as pool:
            tallies = list(pool.map(lambda _: dispatch(queue), range(4)))

    assert sum(tallies, Tally()) == Tally(sent=60)
    assert len(one.ids()) == len(set(one.ids())) == 30
    assert len(two.ids()) == len(set(two.ids())) == 30


def test_a_dispatcher_killed_between_claim_and_answer_has_its_delivery_sent_again(queue: Queue) -> None:
    release = threading.Event()
    with receiving(hang=release) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        code = (
            "import sys\nfrom export.queue import Queue\nfrom export.webhooks.sending import dispatch\n"
            "dispatch(Queue(sys.argv[1]))"
        )
        process = subprocess.Popen([sys.executable, "-c", code, queue.url], cwd=ROOT, env=os.environ)
        receiver.wait_for(1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        release.set()

        assert dispatch(queue) == Tally()
        assert dispatch(queue, now=later(CLAIM_SECONDS + 1)) == Tally(sent=1)

    assert len(receiver.got) == 2
    assert len(set(receiver.ids())) == 1


def test_a_failing_endpoint_gets_one_post_however_many_dispatchers_find_events_for_it(queue: Queue) -> None:
    with receiving(lambda number: (500, {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 40)
        assert dispatch(queue) == Tally(failed=4)
        for _ in range(5):
            assert dispatch(queue) == Tally()
        assert len(receiver.got) == 4

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: dispatch(queue, now=later(15)), range(4)))
        assert len(receiver.got) == 5


def test_an_endpoint_that_asks_to_be_left_alone_is_left_alone(queue: Queue) -> None:
    with receiving(lambda number: (503, {"retry-after": "300"}) if number < 1 else (204, {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        assert dispatch(queue) == Tally(failed=1)
        assert dispatch(queue, now=later(290)) == Tally()
        assert dispatch(queue, now=later(310)) == Tally(sent=1)


def test_what_goes_wrong_in_dispatching_is_logged_once_and_it_goes_on(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Both in the rounds themselves and in what is sent to one endpoint."""
    troubles = {"spread": 3, "claim": 3}

    def troubled(name: str) -> None:
        real = getattr(export.webhooks.sending, name)

        def act(*arguments: Any) -> Any:
            if troubles[name]:
                troubles[name] -= 1
                raise ZeroDivisionError(name)
            return real(*arguments)

        monkeypatch.setattr(export.webhooks.sending, name, act)

    async def run(receiver: Any) -> None:
        task = asyncio.create_task(keep_dispatching(queue, Rounds("dispatching"), every_seconds=0.02))
        await asyncio.to_thread(receiver.wait_for, 2)
        task.cancel()

    with receiving() as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 2)
        for name in troubles:
            troubled(name)
        asyncio.run(run(receiver))

    assert troubles == {"spread": 0, "claim": 0}
    assert [record.getMessage() for record in caplog.records] == [
        "dispatching: a mistake of ours",
        "sending webhooks: a mistake of ours",
    ]
