"""docs/platform.md holds: its commands and its client run against a sandbox, its tables are those of the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

import export.webhooks
from core.errors import ConflictCode
from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from export.actions import ACTIONS
from export.api.corrections import ACTING
from export.api.documents import DraftEntry
from export.api.schemas import FIELDS
from export.states import KINDS, TRANSITIONS, State
from export.tokens import SCOPES
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
        env=os.environ | {"PRELABEL_API": url, "PRELABEL_TOKEN": token},
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


def test_the_table_of_errors_has_every_conflict() -> None:
    told = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", GUIDE, re.MULTILINE))

    assert set(get_args(ConflictCode)) - {"checksum", "in_flight"} <= told  # these two are the folders'


def test_the_list_of_events_is_that_of_the_code() -> None:
    told = GUIDE[GUIDE.index("Kinds: ") : GUIDE.index("### Be told")]

    assert sorted(re.findall(r"`(\w+)`", told)) == sorted(KINDS)


def test_the_check_of_a_signature_is_the_one_that_the_webhooks_are_tested_with() -> None:
    (written,) = re.findall(r"^```\n(def is_ours.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert textwrap.indent(written.strip(), "    ") in (export.webhooks.__doc__ or "")


def test_every_scope_and_state_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| [a-z]", GUIDE, re.MULTILINE)) >= set(SCOPES)
    assert all(state in GUIDE for state in State)
