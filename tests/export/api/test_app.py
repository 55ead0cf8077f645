from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from jsonschema.validators import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

import export.background
from core.errors import Conflict
from export.api.app import make_app
from export.api.examples import EXAMPLES
from export.background import Rounds
from export.corrections import read_correction
from export.drafts import from_json
from export.webhooks.endpoints import add_endpoint

_NOT_ASKED = [
    positive_data_acceptance,  # documents obey rules that no schema can say
    negative_data_rejection,  # a request that only lacks the token gets one
]


def test_health_needs_no_token_and_readiness_looks_at_queue_and_store(platform: Any) -> None:
    bare = {"Authorization": ""}
    assert platform.client.get("/healthz", headers=bare).json() == {"status": "ok"}
    assert platform.client.get("/readyz", headers=bare).status_code == 200

    platform.service.store.root.rename(platform.service.store.root.with_name("gone"))
    platform.service.store.root.write_text("a file where the store was")
    answer = platform.client.get("/readyz", headers=bare)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:prelabel:problem:unavailable"


def test_a_server_whose_work_beside_stands_still_is_not_ready(
    platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = (Rounds("ending leases"), Rounds("dispatching webhooks"))
    client = TestClient(make_app(platform.service, background=work))
    assert client.get("/readyz").status_code == 200

    began = time.monotonic()
    monkeypatch.setattr(export.background.time, "monotonic", lambda: began + 100)
    with work[0].round():
        pass
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:prelabel:problem:standstill")
    assert answer.json()["title"] == "dispatching webhooks stands still"
    assert client.get("/healthz").status_code == 200


def test_a_mistake_of_ours_is_a_problem_document_without_its_inside(
    platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.api.drafts.cursor", lambda seq: 1 / 0)
    answer = platform.client.get("/v1/drafts", params={"limit": 1})

    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:prelabel:problem:crashed"
    assert "ZeroDivision" not in answer.text


def test_the_description_holds_the_documents(platform: Any) -> None:
    described = platform.client.get("/openapi.json").json()

    for name in ("Draft", "Correction", "Problem"):
        Draft202012Validator.check_schema(described["components"]["schemas"][name])
    assert "from" in described["components"]["schemas"]["CorrectedSentence"]["properties"]


def test_every_field_is_described_and_every_body_has_an_example_that_holds(platform: Any) -> None:
    described = platform.client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    bodies = set()
    for path in described["paths"].values():
        for operation in path.values():
            answers = [answer for status, answer in operation["responses"].items() if status < "400"]
            for place in (operation.get("requestBody", {}), *answers):
                body = place.get("content", {}).get("application/json", {}).get("schema", {})
                bodies.add(body.get("$ref", "").rpartition("/")[2])

    untold = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]
    assert untold == []
    assert bodies - {""} >= {"Draft", "Correction", "DraftEntry", "LeaseRequest", "LeasesGiven"}
    for name in (bodies - {""}) | {"Problem"}:
        assert schemas[name].get("examples"), name
        for example in schemas[name]["examples"]:
            Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | described).validate(example)


def test_the_examples_of_documents_hold() -> None:
    draft = from_json(json.dumps(EXAMPLES["Draft"]).encode())

    read_correction(json.dumps(EXAMPLES["Correction"]).encode(), draft)


@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_finds_a_crash_or_a_breach_of_the_description(platform: Any, mode: GenerationMode) -> None:
    """Every operation, with requests that fit its description and with requests that do not."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", make_app(platform.service))
    headers = {"Authorization": platform.client.headers["Authorization"]}

    for operation in schema.get_all_operations():
        with contextlib.suppress(Conflict):  # one operation before may have removed it
            add_endpoint(platform.service.queue, "platform", "https://platform.example/")
        if operation.ok().path in ("/healthz", "/readyz", "/metrics") and mode.is_negative:
            continue  # they take nothing that could be wrong

        @settings(
            max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.ok().as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            if len(str((case.path_parameters or {}).get("draft_id"))) == 32:
                case.path_parameters["draft_id"] = platform.drafts[0].draft_id  # one that is there
            if mode.is_positive and "name" in (case.path_parameters or {}) and "webhooks" in case.path:
                case.path_parameters["name"] = "platform"
            case.call_and_validate(headers=headers, excluded_checks=_NOT_ASKED)

        ask()
