"""docs/platform.md holds: its commands and its client run against a sandbox, its tables are those of the code."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from standardwebhooks import Webhook

from core.errors import ConflictCode
from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from export.actions import ACTIONS
from export.api.corrections import ACTING
from export.api.description import MEANINGS
from export.api.documents import DraftEntry
from export.api.schemas import FIELDS
from export.queue import Queue
from export.states import KINDS, TRANSITIONS, State
from export.tokens import SCOPES
from export.webhooks.endpoints import add_endpoint
from export.webhooks.sending import dispatch
from tests.export.events import enqueue
from tests.export.receivers import receiving
from tests.servers import answer_of, serving

GUIDE = (Path(__file__).parents[2] / "docs" / "platform.md").read_text(encoding="utf-8")

JQ = """#!{python}
import json, re, sys
value = json.load(sys.stdin)
for name, index in re.findall(r"\\.(\\w+)|\\[(\\d+)\\]", sys.argv[2]):
    value = value[name] if name else value[int(index)]
print(value)
"""
"""As much of jq as the guide uses, where there is none."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[tuple[str, str]]:
    with serving(tmp_path / "home", "--sandbox") as (url, process):
        assert process.stdout is not None
        process.stdout.readline()
        token = process.stdout.readline().split()[1]
        answer_of(f"{url}/healthz")
        yield url, token


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_every_command_of_the_guide_runs_in_its_order(tmp_path: Path, sandbox: tuple[str, str]) -> None:
    url, token = sandbox
    shim = tmp_path / "bin" / "jq"
    shim.parent.mkdir()
    shim.write_text(JQ.format(python=sys.executable))
    shim.chmod(0o755)
    begin, *calls = blocks("sh")
    assert "--sandbox" in begin
    script = "set -euo pipefail\n" + "\n".join(calls).replace("http://127.0.0.1:8080", url)

    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"TOKEN": token, "PATH": f"{os.environ['PATH']}:{shim.parent}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert '"state":"in_review"' in (tmp_path / "reopened.json").read_text()
    assert (tmp_path / "clip.m4a").stat().st_size == 65536
    assert "-->" in (tmp_path / "talk.srt").read_text()


def test_the_client_of_the_guide_corrects_every_draft(tmp_path: Path, sandbox: tuple[str, str]) -> None:
    url, token = sandbox
    (client,) = blocks("python")
    lines = [line for line in client.splitlines() if line.strip()]

    done = subprocess.run(
        [sys.executable, "-c", client],
        env=os.environ | {"API": f"{url}/v1", "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert len(lines) <= 30
    assert done.returncode == 0, done.stderr
    assert sorted(line.split()[0] for line in done.stdout.splitlines()) == ["en", "ja", "ko", "zh"]


def test_the_table_of_actions_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]+) \| (\w+) \|$", GUIDE, re.MULTILINE)
    everything = set(State) - {State.WITHDRAWN}

    told = {name: (scope, before, after) for name, scope, before, after in rows}
    coded = {
        name: (
            ACTING[name][0],
            "any" if action.before == everything else ", ".join(state for state in State if state in action.before),
            str(action.after),
        )
        for name, action in ACTIONS.items()
    }
    assert told == coded


def test_the_table_of_states_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (\(new\)|\w+) \| (\w+) \| ([a-z, ]+) \|$", GUIDE, re.MULTILINE)

    told = {(before, after, actor) for before, after, actors in rows[1:] for actor in actors.split(", ")}
    coded = {
        (str(before or "(new)"), str(after), str(actor))
        for before, after, actor in TRANSITIONS
        if after is not State.WITHDRAWN
    }
    assert told == coded


def test_the_tables_of_fields_are_those_of_the_description() -> None:
    places = {
        "Draft": "",
        "DraftRecording": "recording.",
        "Unit": "unit.",
        "Sentence": "sentences[].",
        "Word": "sentences[].words[].",
        "Turn": "turns[].",
        "Pipeline": "pipeline.",
        "StageProvenance": "pipeline.stages[].",
    }
    corrected = {"Correction": "", "CorrectedSentence": "sentences[]."}

    assert table("### The draft", "Flags of") == described(places)
    assert table("### The correction", "## Versions") == described(corrected)
    assert table("### The entry", "### The correction") == {
        name: field.description for name, field in DraftEntry.model_fields.items()
    }
    assert table("Flags of a sentence", "Flags of a draft") == SENTENCE_FLAGS
    assert table("Flags of a draft", "### The entry") == DRAFT_FLAGS


def table(begin: str, end: str) -> dict[str, str]:
    """The rows of the table between two places of the guide."""
    part = GUIDE[GUIDE.index(begin) : GUIDE.index(end, GUIDE.index(begin))]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", part, re.MULTILINE))


def described(places: Mapping[str, str]) -> dict[str, str]:
    return {f"{at}{name}": meaning for kind, at in places.items() for name, meaning in FIELDS[kind].items()}


def test_the_table_of_errors_has_every_conflict_and_every_status() -> None:
    told = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", GUIDE, re.MULTILINE))
    statuses = set(re.findall(r"^\| (\d{3}) \| `\w+` \|", GUIDE, re.MULTILINE))

    assert set(get_args(ConflictCode)) - {"checksum", "in_flight"} <= told  # these two are the folders'
    assert {str(status) for status in MEANINGS} | {"405"} == statuses


def test_the_list_of_events_is_that_of_the_code() -> None:
    told = GUIDE[GUIDE.index("Kinds: ") : GUIDE.index("### What corrections say")]

    assert sorted(re.findall(r"`(\w+)`", told)) == sorted(KINDS)


def receiver() -> Callable[[str, dict[str, str], bytes], bool]:
    """The check of a signature that the guide shows to receivers."""
    (written,) = re.findall(r"^```\n(import base64.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(written, names)
    return names["is_ours"]  # type: ignore[no-any-return]


@pytest.fixture
def post(tmp_path: Path) -> tuple[str, dict[str, str], bytes]:
    """A post of ours, as it came: (secret, headers, body)."""
    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue, receiving() as platform:
        _, secret = add_endpoint(queue, "platform", platform.url, private=True)
        enqueue(queue, 1)
        dispatch(queue)
    ((headers, body),) = platform.got
    return secret, headers, body


def test_the_check_of_a_signature_takes_ours_and_refuses_forged_and_old_ones(
    post: tuple[str, dict[str, str], bytes],
) -> None:
    is_ours, (secret, headers, body) = receiver(), post
    moment = int(headers["webhook-timestamp"])

    def signed_at(seconds: int) -> dict[str, str]:
        sent = datetime.fromtimestamp(seconds, UTC)
        signature = Webhook(secret).sign(headers["webhook-id"], sent, body.decode())
        return headers | {"webhook-timestamp": str(seconds), "webhook-signature": signature}

    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert is_ours(secret, headers, body)
    assert is_ours(secret, headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']} v1a,zzz"}, body)
    assert is_ours(secret, signed_at(moment - 200), body)
    assert not is_ours(other, headers, body)
    assert not is_ours(secret, headers, body.replace(b"enqueued", b"accepted"))
    assert not is_ours(secret, headers | {"webhook-id": "evt_0_0_0"}, body)
    assert not is_ours(secret, headers | {"webhook-timestamp": str(moment - 1)}, body)
    assert not is_ours(secret, signed_at(moment - 400), body)
    assert not is_ours(secret, signed_at(moment + 400), body)


def test_the_check_of_a_signature_refuses_what_is_missing_or_odd(
    post: tuple[str, dict[str, str], bytes],
) -> None:
    is_ours, (secret, headers, body) = receiver(), post
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert not is_ours(secret, {key: value for key, value in headers.items() if key != name}, body)
        for odd in ("", " ", "now", "nan", "1e9", "-1", "9" * 4000, "9" * 9000, "v1,é", "\udcff", "v1,", "0x12"):
            assert not is_ours(secret, headers | {name: odd}, body)
    assert not is_ours(secret, {}, b"")


def test_every_scope_and_state_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| [a-z]", GUIDE, re.MULTILINE)) >= set(SCOPES)
    assert all(state in GUIDE for state in State)
