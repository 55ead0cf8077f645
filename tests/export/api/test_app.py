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
from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from export.api.app import make_app
from export.api.examples import EXAMPLES
from export.background import Rounds
from export.corrections import LONGEST_TEXT, MOST_REVISIONS, read_correction
from export.drafts import from_json
from export.states import KINDS
from export.webhooks.endpoints import add_endpoint
from export.webhooks.sending import dispatch, ping_endpoint
from tests.export.receivers import receiving

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


def test_the_description_says_what_a_generated_client_needs(platform: Any) -> None:
    described = platform.client.get("/openapi.json").json()
    schemas, paths = described["components"]["schemas"], described["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    named = {operation["operationId"]: operation for operation in operations}

    assert len(named) == len(operations)
    assert {"get_format", "get_audio", "submit_correction", "change_draft"} <= named.keys()
    # Where `application/json` stands beside the true type, clients decode as JSON what is none.
    assert named["get_audio"]["responses"]["200"]["content"].keys() == {"audio/mp4"}
    assert named["metrics"]["responses"]["200"]["content"].keys() == {"text/plain"}
    assert next(iter(named["get_format"]["responses"]["200"]["content"].values())) == {"schema": {"type": "string"}}
    assert {} in named["get_audio"]["security"]
    (if_match,) = (one for one in named["change_draft"]["parameters"] if one["name"] == "If-Match")
    assert if_match["required"]
    for operation in operations:
        for status, answer in operation["responses"].items():
            assert status < "400" or answer["content"].keys() == {"application/problem+json"}
        assert {"400", "413", "415"} & operation["responses"].keys() in (
            [{"400", "413", "415"}] if "requestBody" in operation else [set()]
        )

    corrected = schemas["Correction"]["properties"]
    assert (corrected["revision"]["minimum"], corrected["revision"]["maximum"]) == (1, MOST_REVISIONS)
    assert schemas["CorrectedSentence"]["properties"]["text"]["maxLength"] == LONGEST_TEXT
    assert schemas["EventEntry"]["properties"]["kind"]["enum"] == list(KINDS)
    assert schemas["EndpointRequest"]["properties"]["kinds"]["items"]["enum"] == list(KINDS)
    assert schemas["Draft"]["properties"]["flags"]["items"]["enum"] == list(DRAFT_FLAGS)
    assert all(sentence in schemas["Sentence"]["properties"]["flags"]["description"] for sentence in SENTENCE_FLAGS)
    assert "list below" not in json.dumps(described)


def test_the_description_holds_what_is_posted_to_endpoints(platform: Any) -> None:
    described = platform.client.get("/openapi.json").json()
    with receiving() as receiver:
        add_endpoint(platform.service.queue, "platform", receiver.url, private=True)
        platform.take()
        dispatch(platform.service.queue)
        ping_endpoint(platform.service.queue, "platform")

    assert len(receiver.got) == 3
    for headers, body in receiver.got:
        document = json.loads(body)
        name = "ping" if document["type"] == "prelabel.ping" else "event"
        operation = described["webhooks"][name]["post"]
        (media, told), *_ = operation["requestBody"]["content"].items()
        assert headers["content-type"] == media
        assert {one["name"] for one in operation["parameters"]} <= headers.keys()
        check = Draft202012Validator(told["schema"] | described)
        check.validate(document)
        assert not check.is_valid(document | {"type": "prelabel.other"})
    for name in ("PostedEvent", "PostedPing"):
        (example,) = described["components"]["schemas"][name]["examples"]
        Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | described).validate(example)


@pytest.mark.parametrize(
    ("method", "address", "status", "word"),
    [
        ("GET", "/v1/drafts/", 404, "not_found"),
        ("PUT", "/v1/drafts", 405, "method_not_allowed"),
    ],
)
def test_what_no_address_answers_is_a_problem_document(
    platform: Any, method: str, address: str, status: int, word: str
) -> None:
    answer = platform.client.request(method, address, follow_redirects=False)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"urn:prelabel:problem:{word}"


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
