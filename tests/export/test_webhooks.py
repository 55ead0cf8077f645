from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

import export.webhooks
from core.errors import EnvironmentProblem, NotFound, UsageProblem
from core.types import Unit
from export.entries import QueuedDraft
from export.queue import Queue
from export.tables import deliveries, endpoints
from export.webhooks import (
    CLAIM_SECONDS,
    KINDS,
    MOST_ATTEMPTS,
    Tally,
    add_endpoint,
    disable_endpoint,
    dispatch,
    enable_endpoint,
    keep_dispatching,
    list_dead,
    list_endpoints,
    ping_endpoint,
    remove_endpoint,
    retry_dead,
    retry_seconds,
    rotate_secret,
    spread,
)
from tests.export.receivers import receiving

ROOT = Path(export.webhooks.__file__).parents[1]


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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers that hang are waited for half a second, not ten."""
    monkeypatch.setattr(export.webhooks, "ANSWER_SECONDS", 0.5)


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
        enqueue(queue, 2)
        queue.prioritise(f"{1:032x}", 5)

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


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://platform.example/hooks", False),
        ("ftp://platform.example/", True),
        ("https://user:secret@platform.example/", False),
        ("https://platform.example/#part", False),
        ("https:///hooks", False),
        ("https://platform.example:99999/", False),
        ("https://[::1", False),
        ("https://platform.example/a b", False),
        ("https://platform.example/\n", False),
        ("https://platform.example/" + "a" * 2000, False),
        ("https://127.0.0.1/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://169.254.169.254/latest", True),
        ("platform", False),
        ("", False),
    ],
)
def test_urls_that_are_no_place_to_post_to_are_refused(queue: Queue, url: str, private: bool) -> None:
    with pytest.raises(UsageProblem) as refused:
        add_endpoint(queue, "platform", url, private=private)

    assert "secret" not in str(refused.value)
    assert list_endpoints(queue) == ()


def test_bad_names_and_kinds_and_second_names_are_refused(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    for name, kinds in (("platform", []), ("Platform!", []), ("", []), ("other", ["nothing"])):
        with pytest.raises(UsageProblem):
            add_endpoint(queue, name, "https://platform.example/", kinds=kinds)
    for act in (rotate_secret, disable_endpoint, enable_endpoint, remove_endpoint, retry_dead, list_dead):
        with pytest.raises(NotFound):
            act(queue, "stranger")  # type: ignore[operator]


def test_an_endpoint_that_fails_is_tried_again_later_and_later_with_the_same_id(queue: Queue) -> None:
    with receiving(lambda number: (500 if number < 2 else 200, {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        assert dispatch(queue) == Tally(failed=1)
        ((attempts, next_at, error),) = waits(queue)
        assert (attempts, error) == (1, "it answered 500")
        assert next_at is not None
        assert timedelta(seconds=7) < next_at - datetime.now(UTC) < timedelta(seconds=13)
        assert dispatch(queue) == Tally()
        assert dispatch(queue, now=later(20)) == Tally(failed=1)
        assert dispatch(queue, now=later(60)) == Tally(sent=1)

    assert len(set(receiver.ids())) == 1
    assert len(receiver.got) == 3


def test_the_waits_double_up_to_six_hours_and_last_three_days_together() -> None:
    waits = [retry_seconds(attempt) for attempt in range(1, MOST_ATTEMPTS)]

    assert waits[:3] == [10.0, 20.0, 40.0]
    assert max(waits) == 6 * 3600.0
    assert 70 < sum(waits) / 3600 < 74


def test_what_was_given_up_is_kept_and_sent_once_it_is_retried(queue: Queue) -> None:
    answers = [503]
    with receiving(lambda number: (answers[0], {})) as receiver:
        add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        for attempt in range(MOST_ATTEMPTS - 1):
            assert dispatch(queue, now=later(60 + attempt * 8 * 3600)) == Tally(failed=1)
        assert dispatch(queue, now=later(MOST_ATTEMPTS * 8 * 3600)) == Tally(dead=1)
        (dead,) = list_dead(queue, "platform")
        assert (dead.endpoint, dead.event, dead.attempts) == ("platform", 1, MOST_ATTEMPTS)
        assert dead.error == "it answered 503"
        assert list_endpoints(queue)[0].dead == 1
        assert dispatch(queue, now=later(1e7)) == Tally()

        answers[0] = 200
        assert retry_dead(queue, "platform") == 1
        assert dispatch(queue) == Tally(sent=1)

    assert list_dead(queue) == ()
    assert len(set(receiver.ids())) == 1


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
        assert dispatch(queue, now=later(1000)) == Tally(sent=3)

    assert sorted(json.loads(body)["data"]["seq"] for _, body in receiver.got) == [1, 1, 2, 3]


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_hangs_does_not_hold_up_the_others(queue: Queue) -> None:
    release = threading.Event()

    async def run(good: Any) -> None:
        task = asyncio.create_task(keep_dispatching(queue, every_seconds=0.02))
        await asyncio.to_thread(good.wait_for, 20)
        release.set()
        task.cancel()

    export.webhooks.ANSWER_SECONDS = 30.0
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
        with pytest.raises(EnvironmentProblem, match="cannot be reached"):
            ping_endpoint(queue, "platform")

    assert inside.got == []


def receiver_example() -> Callable[[str, dict[str, str], bytes], bool]:
    """The function that the module's own text shows to receivers."""
    text = inspect.getdoc(export.webhooks) or ""
    example = re.search(r"^    import base64.*?(?=^\S)", text, re.DOTALL | re.MULTILINE)
    assert example is not None
    names: dict[str, Any] = {}
    exec(inspect.cleandoc("\n" + example[0]), names)
    return names["is_ours"]  # type: ignore[no-any-return]


def test_the_receivers_example_takes_ours_and_refuses_forged_and_old_ones(queue: Queue) -> None:
    is_ours = receiver_example()
    with receiving() as receiver:
        _, secret = add_endpoint(queue, "platform", receiver.url, private=True)
        enqueue(queue, 1)
        dispatch(queue)
    ((headers, body),) = receiver.got
    old = str(int(headers["webhook-timestamp"]) - 400)
    old_but_signed = Webhook(secret).sign(
        headers["webhook-id"], datetime.fromtimestamp(int(old), UTC), body.decode()
    )
    _, other = add_endpoint(queue, "other", receiver.url, private=True)

    assert is_ours(secret, headers, body)
    assert not is_ours(other, headers, body)
    assert not is_ours(secret, headers, body.replace(b"enqueued", b"accepted"))
    assert not is_ours(secret, headers | {"webhook-id": "evt_0_0_0"}, body)
    assert not is_ours(secret, headers | {"webhook-signature": "v1,AAAA v1a,zzz"}, body)
    assert not is_ours(secret, headers | {"webhook-timestamp": old, "webhook-signature": old_but_signed}, body)


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
        enqueue(queue, 1)
        queue.prioritise(f"{0:032x}", 7)
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
            "import sys\nfrom export.queue import Queue\nfrom export.webhooks import dispatch\n"
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


def test_a_crash_while_events_become_deliveries_neither_loses_nor_doubles_any(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    add_endpoint(queue, "other", "https://platform.example/")
    enqueue(queue, 3)
    real = export.webhooks._spread_to
    calls: list[int] = []

    def crashing(connection: Any, row: Any, now: datetime) -> int:
        calls.append(row.seq)
        made = real(connection, row, now)
        if len(calls) == 2:
            raise MemoryError
        return made

    monkeypatch.setattr(export.webhooks, "_spread_to", crashing)
    with pytest.raises(MemoryError):
        spread(queue)
    assert [one.waiting for one in list_endpoints(queue)] == [0, 0]

    assert spread(queue) == 6
    assert spread(queue) == 0
    assert [(one.waiting, one.seen) for one in list_endpoints(queue)] == [(3, 3), (3, 3)]
