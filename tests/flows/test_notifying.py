"""Webhooks by command, and sent by a server that runs."""

from __future__ import annotations

import json
from pathlib import Path

from standardwebhooks import Webhook

from tests.command import prelabel
from tests.export.receivers import receiving
from tests.flows.test_exchange_guide import enqueue_samples
from tests.servers import serving


def test_an_endpoint_is_added_tested_rotated_disabled_and_removed_by_command(tmp_path: Path) -> None:
    with receiving() as receiver:
        made = prelabel(
            *("webhook", "add", receiver.url, "--name", "platform"),
            *("--kinds", "enqueued,accepted", "--allow-private", "--json"),
            home=tmp_path,
        )
        document = json.loads(made.stdout)
        assert document["secret"].startswith("whsec_")
        assert document["kinds"] == ["enqueued", "accepted"]
        assert prelabel("webhook", "test", "platform", home=tmp_path).stdout == "endpoint platform answered 204\n"
        headers, body = receiver.got[0]
        assert Webhook(document["secret"]).verify(body, headers)["type"] == "prelabel.ping"
        enqueue_samples(tmp_path)
        sent = prelabel("webhook", "send", "--json", home=tmp_path)
        assert json.loads(sent.stdout) == {"sent": 4, "failed": 0, "dead": 0}
        listed = prelabel("webhook", "list", "--json", home=tmp_path)
        assert document["secret"] not in listed.stdout
        assert json.loads(listed.stdout)["endpoints"][0]["waiting"] == 0

    for verb, told in (
        ("rotate", "whsec_"),
        ("disable", "disabled"),
        ("enable", "good"),
        ("redrive", "0 deliveries"),
        ("remove", "gone"),
    ):
        done = prelabel("webhook", verb, "platform", home=tmp_path)
        assert (done.returncode, told in done.stdout) == (0, True), done.stderr
    assert prelabel("webhook", "list", home=tmp_path).stdout == "no endpoints\n"
    assert prelabel("webhook", "test", "platform", home=tmp_path).returncode == 2
    refused = prelabel("webhook", "add", "https://127.0.0.1/", "--name", "inside", home=tmp_path)
    assert refused.returncode == 2
    assert "--allow-private" in refused.stderr


def test_the_server_sends_webhooks_while_it_runs(tmp_path: Path) -> None:
    with receiving() as receiver:
        prelabel("webhook", "add", receiver.url, "--name", "platform", "--allow-private", home=tmp_path)
        with serving(tmp_path):
            enqueue_samples(tmp_path)
            receiver.wait_for(4)

    assert len(set(receiver.ids())) == 4
