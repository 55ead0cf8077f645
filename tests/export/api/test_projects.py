from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.project import load_project
from export.api.app import make_app

TALKS = """
languages = ["zh", "en"]
glossary = ["프리라벨"]
[guideline]
script = "simplified"
max_sentence_seconds = 12.0
fillers = "Leave out uh."
[[guideline.checks]]
pattern = '\\b[Uu]h\\b'
languages = ["en"]
message = "Leave out uh."
[[guideline.checks]]
pattern = "[０-９]"
message = "Half width, please."
[[rates]]
from = 2026-01-01
krw_per_minute = { zh = 1500 }
"""


@pytest.fixture
def client(platform: Any, tmp_path: Path) -> TestClient:
    """A server with the projects `talks` and `broken`."""
    (tmp_path / "home" / "projects").mkdir(parents=True)
    (tmp_path / "home" / "projects" / "talks.toml").write_text(TALKS, encoding="utf-8")
    (tmp_path / "home" / "projects" / "broken.toml").write_text("[guideline]\nnumbers = 1\n")
    service = replace(platform.service, project=lambda name: load_project(name, tmp_path / "home"))
    return TestClient(make_app(service), headers=platform.client.headers, raise_server_exceptions=False)


def test_a_project_says_how_its_text_is_to_be_written_and_nothing_of_money(client: TestClient) -> None:
    given = client.get("/v1/projects/talks").json()

    other_script = given["guideline"].pop("other_script")
    assert given == {
        "name": "talks",
        "languages": ["zh", "en"],
        "glossary": ["프리라벨"],
        "guideline": {
            "script": "simplified",
            "max_sentence_seconds": 12.0,
            "numerals": None,
            "fillers": "Leave out uh.",
            "spacing": None,
            "checks": [
                {"pattern": r"\b[Uu]h\b", "languages": ["en"], "message": "Leave out uh."},
                {"pattern": "[０-９]", "languages": ["ko", "en", "zh", "ja"], "message": "Half width, please."},
            ],
        },
    }
    assert "門" in other_script
    assert "门" not in other_script


def test_the_default_project_is_there_without_a_file(client: TestClient, platform: Any) -> None:
    for one in (client, platform.client):  # the second serves no files of projects at all
        given = one.get("/v1/projects/default")

        assert given.status_code == 200
        assert given.json()["guideline"]["checks"] == []
        assert given.json()["guideline"]["other_script"] is None


def test_a_project_that_is_not_there_is_not_found_and_no_path_is_told(
    client: TestClient, platform: Any, tmp_path: Path
) -> None:
    for one in (client, platform.client):
        answer = one.get("/v1/projects/nobody")

        assert (answer.status_code, answer.json()["type"]) == (404, "urn:prelabel:problem:not_found")
        assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("name", ["Talks", "..", "%2e%2e%2ftalks", "talks.toml", "a" * 65, "%00"])
def test_what_cannot_be_a_projects_name_opens_no_file(client: TestClient, name: str) -> None:
    assert client.get(f"/v1/projects/{name}").status_code in (404, 422)


def test_a_file_that_does_not_hold_is_the_operators_trouble(
    client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/v1/projects/broken")

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:prelabel:problem:unavailable")
    assert str(tmp_path) not in answer.text
    assert "guideline.numbers: there is no such key" in caplog.text


def test_a_project_needs_a_token_that_may_read(client: TestClient, platform: Any) -> None:
    assert client.get("/v1/projects/default", headers={"Authorization": ""}).status_code == 401
    assert client.get("/v1/projects/default", headers=platform.token("lease")).status_code == 403
