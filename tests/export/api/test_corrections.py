from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.queues import predict

Corrected = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}


def test_a_draft_goes_out_comes_back_is_reworked_and_accepted(platform: Any, corrected: Corrected) -> None:
    taken = platform.take()
    draft = platform.drafts[0]
    address = f"/v1/drafts/{draft.draft_id}"

    first = platform.submit(corrected(draft))
    rework = platform.client.post(
        f"{address}/reviews",
        json={
            "reviewer": "lee",
            "revision": 1,
            "verdict": "rework",
            "comments": [{"sentence": 1, "text": "He says 'three'."}],
        },
    )
    second = platform.submit(corrected(draft, 2, lead_time=5))
    accepted = platform.client.post(
        f"{address}/reviews", json={"reviewer": "lee", "revision": 2, "verdict": "accepted"}
    )

    assert taken["draft_id"] == draft.draft_id
    assert [answer.status_code for answer in (first, rework, second, accepted)] == [201] * 4
    assert accepted.json()["draft"]["state"] == "accepted"
    assert accepted.json()["draft"]["accepted_at"]
    listed = platform.client.get(f"{address}/submissions").json()["submissions"]
    assert [(one["revision"], one["lead_time"], one["worker"]) for one in listed] == [
        (1, 61.5, "kim"),
        (2, 5, "kim"),
    ]
    judged = platform.client.get(f"{address}/reviews").json()["reviews"]
    assert [(one["verdict"], one["comments"]) for one in judged] == [
        ("rework", [{"sentence": 1, "text": "He says 'three'."}]),
        ("accepted", []),
    ]
    kinds = [one["kind"] for one in platform.client.get(f"{address}/events").json()["events"]]
    assert kinds == ["enqueued", "leased", "delivered", "submitted", "rework", "submitted", "accepted"]


def test_a_submission_is_given_back_letter_by_letter(platform: Any, corrected: Corrected) -> None:
    platform.take()
    document = corrected(platform.drafts[0])
    document["sentences"][0]["text"] = "가나 e\u0301 שלום 👩‍👩‍👧 <b>&amp;"

    platform.submit(document)

    back = platform.client.get(f"/v1/drafts/{document['draft_id']}/submissions/1").json()
    assert back["sentences"][0]["text"] == document["sentences"][0]["text"]
    assert back["sentences"][1]["from"] == ["0002"]


def test_the_same_submission_twice_changes_nothing_and_another_is_refused(
    platform: Any, corrected: Corrected
) -> None:
    platform.take()
    document = corrected(platform.drafts[0])

    answers = [platform.submit(document), platform.submit(document), platform.submit(document | {"lead_time": 7})]

    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert [answer.json().get("replayed") for answer in answers] == [False, True, None]
    assert answers[0].json()["draft"]["version"] == answers[1].json()["draft"]["version"]
    assert answers[2].json()["type"] == "urn:prelabel:problem:revision"


def test_a_revision_that_leaves_a_gap_is_told_which_comes_next(platform: Any, corrected: Corrected) -> None:
    platform.take()
    answer = platform.submit(corrected(platform.drafts[0], 3))

    assert answer.status_code == 409
    assert "the next one is 1" in answer.json()["detail"]


def test_a_draft_that_nobody_took_accepts_no_submission(platform: Any, corrected: Corrected) -> None:
    answer = platform.submit(corrected(platform.drafts[0]))

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:prelabel:problem:state"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"schema": "prelabel.correction/2"}, "/schema"),
        ({"schema": None}, "/schema"),
        ({"draft_id": "f" * 32}, "/draft_id"),
        ({"revision": 0}, "/revision"),
        ({"revision": "1"}, "/revision"),
        ({"revision": True}, "/revision"),
        ({"worker": " "}, "/worker"),
        ({"worker": "kim\u202e"}, "/worker"),
        ({"worker": "k" * 129}, "/worker"),
        ({"lead_time": -1}, "/lead_time"),
        ({"lead_time": None}, "/lead_time"),
        ({"note": "a word to the reviewer"}, "/note"),
        ({"sentences": [{"start": 1, "end": 2, "speaker": None, "text": "a", "form": []}]}, "/sentences/0/form"),
        ({"played": [[5, 1]]}, "/played/0"),
        ({"sentences": {}}, "/sentences"),
        ({"sentences": [{"start": 1, "end": 2, "speaker": None}]}, "/sentences/0/text"),
        ({"sentences": [{"start": 2, "end": 1, "speaker": None, "text": "a"}]}, "/sentences/0"),
        ({"sentences": [{"start": 90, "end": 99, "speaker": None, "text": "a"}]}, "/sentences/0"),
        ({"sentences": [{"start": 1, "end": 2, "speaker": None, "text": "  "}]}, "/sentences/0/text"),
        ({"sentences": [{"start": 1, "end": 2, "speaker": None, "text": "a\u0000"}]}, "/sentences/0/text"),
        ({"sentences": [{"start": 1, "end": 2, "speaker": "", "text": "a"}]}, "/sentences/0/speaker"),
        (
            {"sentences": [{"start": 1, "end": 2, "speaker": None, "text": "a", "from": ["9"]}]},
            "/sentences/0/from/0",
        ),
        ({"sentences": [{"start": 1, "end": 2, "speaker": None, "text": "a" * 1_000_000}]}, "/sentences"),
    ],
)
def test_a_correction_that_does_not_hold_is_pointed_at_and_nothing_is_stored(
    platform: Any, corrected: Corrected, change: dict[str, Any], pointer: str
) -> None:
    platform.take()
    draft = platform.drafts[0]
    document = corrected(draft) | change

    address = f"/v1/drafts/{draft.draft_id}/submissions"
    answer = platform.client.post(address, content=json.dumps(document), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert platform.client.get(f"/v1/drafts/{draft.draft_id}").json()["state"] == "delivered"
    assert platform.submit(corrected(draft)).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema": NaN}',
        b"[" * 100_000,
        b'"\\ud800"',
        b'{"schema":"prelabel.correction/1","draft_id":"\\ud800"}',
    ],
    ids=range(9),
)
def test_what_is_no_document_at_all_is_refused_so_too(platform: Any, body: bytes) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}/submissions"
    answer = platform.client.post(address, content=body, headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_without_end_is_refused_with_or_without_a_length(platform: Any) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}/submissions"

    told = platform.client.post(address, content=b"x" * (9 << 20), headers=JSON)
    untold = platform.client.post(address, content=(b"x" * (1 << 20) for _ in range(9)), headers=JSON)
    elsewhere = platform.client.post("/v1/leases", content=(b"x" * (1 << 20) for _ in range(9)), headers=JSON)

    assert [one.status_code for one in (told, untold, elsewhere)] == [413, 413, 413]
    assert told.json()["type"] == "urn:prelabel:problem:too_large"


def test_a_correction_for_a_draft_that_was_taken_back_is_refused_and_says_so(
    platform: Any, corrected: Corrected
) -> None:
    taken = platform.take()
    gone = platform.client.post(
        f"/v1/drafts/{taken['draft_id']}/transitions",
        json={"action": "withdraw"},
        headers={"If-Match": f'"v{taken["version"]}"'},
    )
    answer = platform.submit(corrected(platform.drafts[0]))

    assert gone.status_code == 200
    assert answer.status_code == 409
    assert "it is withdrawn" in answer.json()["detail"]


def test_a_lost_lease_can_do_nothing(platform: Any) -> None:
    (mine,) = platform.client.post("/v1/leases", json={}).json()["leases"]
    address = f"/v1/drafts/{mine['draft']['draft_id']}"
    given = {"lease_token": mine["lease_token"]}

    platform.client.post(f"{address}/nack", json=given | {"reason": "disk full"})
    (other,) = platform.client.post("/v1/leases", json={}).json()["leases"]
    assert other["draft"]["draft_id"] == mine["draft"]["draft_id"]

    answers = [
        platform.client.post(f"{address}/ack", json=given),
        platform.client.post(f"{address}/renew", json=given),
        platform.client.post(f"{address}/nack", json=given | {"reason": "?"}),
    ]
    assert [one.status_code for one in answers] == [409, 409, 409]
    assert answers[0].json()["type"] == "urn:prelabel:problem:lease_lost"
    assert platform.client.post(f"{address}/ack", json={"lease_token": other["lease_token"]}).status_code == 200


def test_a_lease_is_its_platforms_and_does_nothing_once_it_is_acknowledged(platform: Any) -> None:
    first, second = platform.token("lease", name="first"), platform.token("lease", name="second")
    (lease,) = platform.client.post("/v1/leases", json={}, headers=first).json()["leases"]
    address, given = f"/v1/drafts/{lease['draft']['draft_id']}", {"lease_token": lease["lease_token"]}

    stolen = [
        platform.client.post(f"{address}/ack", json=given, headers=second),
        platform.client.post(f"{address}/renew", json=given, headers=second),
        platform.client.post(f"{address}/nack", json=given | {"reason": "?"}, headers=second),
    ]
    done = [platform.client.post(f"{address}/ack", json=given, headers=first) for _ in range(2)]
    late = [
        platform.client.post(f"{address}/renew", json=given, headers=first),
        platform.client.post(f"{address}/nack", json=given | {"reason": "?"}, headers=first),
    ]

    assert [one.json()["type"].rpartition(":")[2] for one in stolen] == ["not_yours"] * 3
    assert [one.status_code for one in done] == [200, 200]
    assert [(one.status_code, one.json()["title"].endswith("is acknowledged already")) for one in late] == [
        (409, True)
    ] * 2


def test_bounds_the_wrong_way_round_are_an_error_and_not_an_empty_answer(platform: Any) -> None:
    answer = platform.client.post("/v1/leases", json={"difficulty": {"easiest": 90, "hardest": 10}})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "the bounds are the wrong way round"


def test_a_place_in_the_feed_that_was_never_reached_is_an_error(platform: Any) -> None:
    last = platform.client.get("/v1/events").json()["next"]

    assert platform.client.get("/v1/events", params={"after": last}).json() == {"events": [], "next": last}
    beyond = platform.client.get("/v1/events", params={"after": last + 1})
    assert beyond.status_code == 422
    assert f"its last one is {last}" in beyond.json()["detail"]


def test_leases_are_by_language_project_and_count(platform: Any) -> None:
    def leased(**wanted: Any) -> list[str]:
        answer = platform.client.post("/v1/leases", json=wanted)
        return [one["draft"]["language"] for one in answer.json()["leases"]]

    assert leased(languages=["ja"], count=10) == ["ja"]
    assert leased(project="elsewhere") == []
    assert leased(difficulty={"hardest": 50}) == []
    predict(platform.service.queue, platform.drafts[2].draft_id, 30.0)
    assert leased(difficulty={"hardest": 50}) == ["zh"]
    assert leased(count=100) == ["ko", "en"]


def test_a_draft_is_chosen_by_its_id(platform: Any) -> None:
    wanted = {"draft_id": platform.drafts[2].draft_id, "languages": ["ko"]}

    (given,) = platform.client.post("/v1/leases", json=wanted).json()["leases"]
    taken = platform.client.post("/v1/leases", json=wanted)
    unknown = platform.client.post("/v1/leases", json={"draft_id": "f" * 32})
    many = platform.client.post("/v1/leases", json={"draft_id": platform.drafts[0].draft_id, "count": 2})

    assert given["draft"]["draft_id"] == wanted["draft_id"]
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:prelabel:problem:state")
    assert "it is leased" in taken.json()["detail"]
    assert [unknown.status_code, many.status_code] == [404, 422]


def test_a_draft_that_is_not_at_fault_is_given_back_as_often_as_one_likes(platform: Any) -> None:
    def given_back(**said: Any) -> int:
        (lease,) = platform.client.post("/v1/leases", json={"languages": ["ko"]}).json()["leases"]
        address = f"/v1/drafts/{lease['draft']['draft_id']}/nack"
        back = {"lease_token": lease["lease_token"], "reason": "the person went home"} | said
        return platform.client.post(address, json=back).json()["received"]  # type: ignore[no-any-return]

    assert [given_back(counts=False), given_back(counts=False), given_back(), given_back(counts=True)] == [
        0,
        0,
        1,
        2,
    ]


def test_with_one_language_a_worker_gets_no_second_one(platform: Any) -> None:
    from dataclasses import replace

    platform.client.app.state.service = replace(platform.service, one_language=True)

    def leased(**wanted: Any) -> Any:
        return platform.client.post("/v1/leases", json=wanted)

    assert leased().status_code == 422
    first = leased(worker="kim", languages=["ko", "ja"]).json()["leases"]
    assert [one["draft"]["language"] for one in first] == ["ko"]
    other = leased(worker="kim", languages=["ja"])
    assert (other.status_code, other.json()["type"]) == (409, "urn:prelabel:problem:language")
    assert len(leased(worker="sato", languages=["ja"]).json()["leases"]) == 1


def test_the_same_idempotency_key_leases_once(platform: Any) -> None:
    key = {"Idempotency-Key": "7d3f"}
    first = platform.client.post("/v1/leases", json={"count": 2}, headers=key)
    again = platform.client.post("/v1/leases", json={"count": 2}, headers=key)
    other = platform.client.post("/v1/leases", json={"count": 1}, headers=key)

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 409
    assert other.json()["type"] == "urn:prelabel:problem:key_reused"
    assert len(platform.client.get("/v1/drafts", params={"state": "leased"}).json()["drafts"]) == 2


def test_a_key_whose_request_failed_can_be_used_again(platform: Any, corrected: Corrected) -> None:
    document = corrected(platform.drafts[0])
    key = {"Idempotency-Key": "a"}

    assert platform.submit(document, **key).status_code == 409
    platform.take()
    assert platform.submit(document, **key).status_code == 201
    assert platform.submit(document, **key).status_code == 201


def test_another_platforms_token_neither_hands_in_nor_gives_back(platform: Any, corrected: Corrected) -> None:
    given = platform.token("lease", "submit", "read", name="first")
    stranger = platform.token("lease", "submit", name="second")
    (lease,) = platform.client.post("/v1/leases", json={}, headers=given).json()["leases"]
    address = f"/v1/drafts/{lease['draft']['draft_id']}"
    taken = platform.client.post(f"{address}/ack", json={"lease_token": lease["lease_token"]}, headers=given)
    back = {"action": "return"}
    version = {"If-Match": f'"v{taken.json()["version"]}"'}

    refused = [
        platform.submit(corrected(platform.drafts[0]), **stranger),
        platform.client.post(f"{address}/transitions", json=back, headers=stranger | version),
    ]

    assert [(one.status_code, one.json()["type"]) for one in refused] == [
        (409, "urn:prelabel:problem:not_yours")
    ] * 2
    assert platform.submit(corrected(platform.drafts[0]), **given).status_code == 201


def test_a_platforms_drafts_outlast_its_token(platform: Any, corrected: Corrected) -> None:
    old = platform.token("lease", name="first-2026", of="first")
    new = platform.token("lease", "submit", "read", name="first-2027", of="first")
    (lease,) = platform.client.post("/v1/leases", json={}, headers=old).json()["leases"]
    draft_id = lease["draft"]["draft_id"]
    platform.client.post(f"/v1/drafts/{draft_id}/ack", json={"lease_token": lease["lease_token"]}, headers=old)

    held = platform.client.post("/v1/reconciliation", json={"draft_ids": [draft_id]}, headers=new).json()
    handed_in = platform.submit(corrected(platform.drafts[0]), **new)

    assert (held["agreed"], held["not_held"]) == (1, {})
    assert handed_in.status_code == 201
    assert handed_in.json()["draft"]["holder"] == "first"
    history = platform.client.get(f"/v1/drafts/{draft_id}/events").json()["events"]
    assert [one["by"] for one in history[1:]] == ["first-2026", "first-2026", "first-2027"]


def test_what_is_sent_says_that_it_is_json(platform: Any) -> None:
    untold = platform.client.post("/v1/leases", content=b"{}")
    form = platform.client.post("/v1/leases", data={"count": "1"})
    told = platform.client.post(
        "/v1/leases", content=b"{}", headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )

    packed = platform.client.post("/v1/leases", content=b"{}", headers=JSON | {"Content-Encoding": "gzip"})
    other = platform.client.post(
        "/v1/leases", content=b"{}", headers={"Content-Type": "application/json; charset=utf-16"}
    )
    assert [one.status_code for one in (untold, form, told)] == [415, 415, 200]
    assert [(one.status_code, one.json()["detail"]) for one in (packed, other)] == [
        (415, "its Content-Encoding is 'gzip'"),
        (415, "its charset is 'utf-16'"),
    ]
    assert untold.json()["type"] == "urn:prelabel:problem:media_type"
    assert "application/x-www-form-urlencoded" in form.json()["detail"]


def test_what_is_no_json_is_said_to_break_at_a_character(platform: Any) -> None:
    broken = platform.client.post("/v1/leases", content=b'{"count": }', headers=JSON)

    assert broken.status_code == 422
    assert broken.json()["errors"][0]["pointer"] == ""
    assert "at character 10" in broken.json()["errors"][0]["detail"]


def test_decisions_name_the_version_they_were_made_by(platform: Any) -> None:
    taken = platform.take()
    address = f"/v1/drafts/{taken['draft_id']}/transitions"
    back = {"action": "return", "reason": "the worker left"}

    assert platform.client.post(address, json=back).status_code == 428
    assert platform.client.post(address, json=back, headers={"If-Match": '"v1"'}).status_code == 412
    assert platform.client.post(address, json=back, headers={"If-Match": "nonsense"}).status_code == 412
    done = platform.client.post(address, json=back, headers={"If-Match": '"v3"'})
    assert done.json()["state"] == "ready"
    assert done.headers["ETag"] == '"v4"'


def test_a_review_of_another_revision_or_of_no_sentence_is_refused(platform: Any, corrected: Corrected) -> None:
    platform.take()
    draft = platform.drafts[0]
    platform.submit(corrected(draft))
    address = f"/v1/drafts/{draft.draft_id}/reviews"
    verdict = {"reviewer": "lee", "revision": 1, "verdict": "rework", "comments": [{"sentence": 2, "text": "?"}]}

    no_sentence = platform.client.post(address, json=verdict)
    other = platform.client.post(address, json=verdict | {"revision": 2})
    twice = [platform.client.post(address, json=verdict | {"comments": []}) for _ in range(2)]

    assert (no_sentence.status_code, other.status_code) == (422, 409)
    assert no_sentence.json()["errors"][0]["pointer"] == "/comments/0/sentence"
    assert [one.status_code for one in twice] == [201, 200]


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("read", "GET", "/v1/drafts", None),
        ("lease", "POST", "/v1/leases", {}),
        ("submit", "POST", "/v1/drafts/{id}/submissions", {}),
        ("review", "POST", "/v1/drafts/{id}/reviews", {"reviewer": "a", "revision": 1, "verdict": "accepted"}),
        ("submit", "POST", "/v1/drafts/{id}/transitions", {"action": "return"}),
        ("review", "POST", "/v1/drafts/{id}/transitions", {"action": "reopen"}),
        ("admin", "POST", "/v1/drafts/{id}/transitions", {"action": "withdraw"}),
    ],
)
def test_a_token_may_do_what_its_scopes_say_and_nothing_else(
    platform: Any, scope: str, method: str, path: str, body: Any
) -> None:
    others = {"read", "lease", "submit", "review"} - {scope}
    path = path.format(id=platform.drafts[0].draft_id)

    without = platform.client.request(method, path, json=body, headers=platform.token(*sorted(others), name="a"))
    having = platform.client.request(method, path, json=body, headers=platform.token(scope, name="b"))
    nobody = platform.client.request(method, path, json=body, headers={"Authorization": "Bearer plb_guessed"})

    assert without.status_code == 403
    assert f"`{scope}`" in without.json()["detail"]
    assert having.status_code not in (401, 403)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"] == "Bearer"


def test_reconciliation_says_what_was_sent_is_held_came_back(platform: Any, corrected: Corrected) -> None:
    platform.take()
    second = platform.take()
    platform.submit(corrected(platform.drafts[0]))

    found = platform.client.get("/v1/reconciliation").json()
    assert [found[part]["drafts"] for part in ("sent", "held", "came_back")] == [2, 1, 1]
    assert found["states"]["ready"]["drafts"] == 2
    assert found["held"]["minutes"] == pytest.approx(1 / 6, abs=0.001)

    stranger = "f" * 32
    compared = platform.client.post(
        "/v1/reconciliation", json={"draft_ids": [stranger, platform.drafts[0].draft_id]}
    ).json()
    assert compared["unknown"] == [stranger]
    assert compared["not_held"] == {platform.drafts[0].draft_id: "submitted"}
    assert compared["not_named"] == [second["draft_id"]]
    agreed = platform.client.post("/v1/reconciliation", json={"draft_ids": [second["draft_id"]]}).json()
    assert (agreed["agreed"], agreed["not_named"]) == (1, [])


def test_a_draft_that_another_platform_holds_by_now_is_no_agreement(platform: Any) -> None:
    taken = platform.take()
    back = {"action": "return", "reason": "full"}
    address = f"/v1/drafts/{taken['draft_id']}"
    platform.client.post(f"{address}/transitions", json=back, headers={"If-Match": f'"v{taken["version"]}"'})
    other = platform.token("lease", name="other")
    (lease,) = platform.client.post("/v1/leases", json={}, headers=other).json()["leases"]
    platform.client.post(f"{address}/ack", json={"lease_token": lease["lease_token"]}, headers=other)

    compared = platform.client.post("/v1/reconciliation", json={"draft_ids": [taken["draft_id"]]}).json()

    assert lease["draft"]["draft_id"] == taken["draft_id"]
    assert (compared["agreed"], compared["not_held"]) == (0, {taken["draft_id"]: "delivered"})
