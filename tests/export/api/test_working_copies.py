from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from export.api.working_copies import MOST_BYTES

Corrected = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}
NONE_YET = {"If-None-Match": "*"}
TYPED = {"sentences": [{"text": "안녕하세"}], "cursor": 4, "scale": 0.1, "undone": [None, True, {}]}


def word(answer: Any) -> tuple[int, str]:
    """The status of a problem, and what kind of problem it is."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def save(
    platform: Any, address: str, document: Any = TYPED, /, *, worker: str | None = "kim", **headers: str
) -> Any:
    body = {"worker": worker, "revision": 0, "document": document}
    return platform.client.put(address, content=json.dumps(body), headers=JSON | headers)


@pytest.fixture
def address(platform: Any) -> str:
    """Where the working copies of a draft are that the platform has."""
    return f"/v1/drafts/{platform.take()['draft_id']}/working-copy"


def test_what_is_saved_is_given_back_until_it_is_handed_in(
    platform: Any, corrected: Corrected, address: str
) -> None:
    before = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()

    first = save(platform, address, **NONE_YET)
    second = save(platform, address, TYPED | {"cursor": 5}, **{"If-Match": first.headers["ETag"]})
    given = platform.client.get(address, params={"worker": "kim"})

    assert [(one.status_code, one.headers["ETag"]) for one in (first, second, given)] == [
        (200, '"w1"'),
        (200, '"w2"'),
        (200, '"w2"'),
    ]
    assert given.json() == second.json() | {"document": TYPED | {"cursor": 5}}
    assert second.json() | {"saved_at": None} == {
        "draft_id": platform.drafts[0].draft_id,
        "worker": "kim",
        "version": 2,
        "revision": 0,
        "saved_at": None,
    }
    assert second.json()["saved_at"].endswith("Z")
    assert platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json() == before
    assert word(platform.client.get(address, params={"worker": "lee"})) == (404, "not_found")
    assert platform.submit(corrected(platform.drafts[0])).status_code == 201
    assert word(platform.client.get(address, params={"worker": "kim"})) == (404, "not_found")


def test_nothing_is_saved_over_what_the_sender_does_not_know(platform: Any, address: str) -> None:
    save(platform, address, **NONE_YET)
    saved_at = save(platform, address, {}, **{"If-Match": '"w1"'}).json()["saved_at"]

    stale = save(platform, address, {"other": 1}, **{"If-Match": '"w1"'})
    assert word(stale) == (412, "stale_version")
    assert f"version 2 was saved at {saved_at[:19]}" in stale.json()["detail"]
    for header in ({"If-Match": '"v2"'}, {"If-Match": "*"}, {"If-Match": '"w٢"'.encode()}, NONE_YET):
        assert word(save(platform, address, {"other": 1}, **header)) == (412, "stale_version")
    for header in ({}, {"If-None-Match": '"w2"'}, NONE_YET | {"If-Match": '"w2"'}):
        assert word(save(platform, address, {"other": 1}, **header)) == (428, "if_match_missing")
    assert platform.client.get(address, params={"worker": "kim"}).json()["document"] == {}
    assert save(platform, address, {"other": 1}, **{"If-Match": 'W/"w2"'}).status_code == 200


def test_an_answer_that_got_lost_is_given_again(platform: Any, address: str) -> None:
    first = [save(platform, address, **NONE_YET) for _ in range(2)]
    second = [save(platform, address, {"a": 1}, **{"If-Match": '"w1"'}) for _ in range(2)]

    assert first[0].content == first[1].content
    assert second[0].content == second[1].content
    assert second[1].headers["ETag"] == '"w2"'


@pytest.mark.parametrize(
    "text",
    ["가나 e\u0301 שלום 👩‍👩‍👧", "half of 👩: \ud83d", "\u0000 and \u202e", "</script>", '\\"', "0" * 100_000],
    ids=range(6),
)
def test_a_document_is_kept_whatever_is_in_it(platform: Any, address: str, text: str) -> None:
    document = {"text": text, "whole": 10**300, "small": 5e-324, "key é": [[], {}, None, False]}

    assert save(platform, address, document, **NONE_YET).status_code == 200

    assert platform.client.get(address, params={"worker": "kim"}).json()["document"] == document


@pytest.mark.parametrize(
    "body",
    [
        '{"worker": "kim", "revision": 0, "document": []}',
        '{"worker": "kim", "revision": 0, "document": "text"}',
        '{"worker": "kim", "revision": 0}',
        '{"worker": "kim", "revision": -1, "document": {}}',
        '{"worker": "kim", "revision": "0", "document": {}}',
        '{"worker": "kim", "document": {}}',
        '{"worker": "", "revision": 0, "document": {}}',
        '{"worker": "kim", "revision": 0, "document": {}, "note": 1}',
        '{"worker": "kim", "revision": 0, "document": {"a": NaN}}',
        '{"worker": "kim", "revision": 0, "document": {"a": 1e999}}',
        '{"revision": 0, "document": {}}',
    ],
    ids=range(11),
)
def test_what_is_no_working_copy_is_refused_and_nothing_is_kept(platform: Any, address: str, body: str) -> None:
    answer = platform.client.put(address, content=body, headers=JSON | NONE_YET)

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert platform.client.get(address, params={"worker": "kim"}).status_code == 404


@pytest.mark.parametrize("depth", [50, 500, 850, 900, 950, 1000, 100_000])
def test_what_is_nested_too_deeply_is_refused_and_all_else_is_given_back(
    platform: Any, address: str, depth: int
) -> None:
    nested = "[" * depth + "]" * depth
    body = f'{{"worker": "kim", "revision": 0, "document": {{"a": {nested}}}}}'
    sent = platform.client.put(address, content=body, headers=JSON | NONE_YET)
    given = platform.client.get(address, params={"worker": "kim"})

    assert (sent.status_code, given.status_code) in [(200, 200), (400, 404), (422, 404)]
    assert sent.status_code != 200 or f'"document":{{"a":{nested}}}}}' in given.text
    assert depth > 50 or sent.status_code == 200


def test_a_working_copy_without_end_is_refused(platform: Any, address: str) -> None:
    assert save(platform, address, {"text": "a" * (MOST_BYTES - 200)}, **NONE_YET).status_code == 200
    assert word(save(platform, address, {"text": "a" * MOST_BYTES}, **{"If-Match": '"w1"'})) == (413, "too_large")


def test_it_is_dropped_as_often_as_one_likes(platform: Any, address: str) -> None:
    save(platform, address, **NONE_YET)

    assert [platform.client.delete(address, params={"worker": "kim"}).status_code for _ in range(2)] == [204, 204]
    assert platform.client.get(address, params={"worker": "kim"}).status_code == 404
    assert save(platform, address, **NONE_YET).headers["ETag"] == '"w2"', "an old window's ETag fits nothing new"
    for method in ("GET", "DELETE"):
        unknown = f"/v1/drafts/{'f' * 32}/working-copy"
        assert word(platform.client.request(method, unknown, params={"worker": "kim"})) == (404, "not_found")


def test_a_persons_own_token_has_that_persons_copy_alone(platform: Any) -> None:
    kim = platform.token("lease", "submit", name="kims", of="studio", worker="kim")
    lee = platform.token("lease", "submit", name="lees", of="studio", worker="lee")
    (given,) = platform.client.post("/v1/leases", json={}, headers=kim).json()["leases"]
    address = f"/v1/drafts/{given['draft']['draft_id']}/working-copy"

    assert save(platform, address, worker=None, **NONE_YET, **kim).status_code == 200
    mine = platform.client.get(address, headers=kim)
    assert (mine.json()["worker"], mine.json()["document"]) == ("kim", TYPED)
    assert word(save(platform, address, worker=None, **NONE_YET, **lee)) == (409, "not_yours")
    assert word(platform.client.get(address, headers=lee)) == (404, "not_found")
    refused = [
        save(platform, address, worker="kim", **NONE_YET, **lee),
        platform.client.get(address, params={"worker": "kim"}, headers=lee),
        platform.client.delete(address, params={"worker": "kim"}, headers=lee),
    ]
    assert [word(one) for one in refused] == [(403, "forbidden")] * 3
    assert platform.client.delete(address, headers=kim).status_code == 204


def test_a_platforms_token_names_the_person_and_sees_no_other_platforms_copies(platform: Any, address: str) -> None:
    save(platform, address, **NONE_YET)
    ours = platform.token("submit", name="platform-2", of="platform")
    other = platform.token("submit", name="other")

    unnamed = platform.client.get(address, headers=ours)
    assert word(unnamed) == (422, "bad_request")
    assert "`worker`" in unnamed.json()["fix"]
    assert platform.client.get(address, params={"worker": "kim"}, headers=ours).json()["document"] == TYPED
    assert word(platform.client.get(address, params={"worker": "kim"}, headers=other)) == (404, "not_found")
    assert word(save(platform, address, **NONE_YET, **other)) == (409, "not_yours")
    assert platform.client.delete(address, params={"worker": "kim"}, headers=other).status_code == 204
    assert platform.client.get(address, params={"worker": "kim"}).json()["document"] == TYPED


def test_what_was_typed_under_a_lease_that_is_over_is_still_there(platform: Any) -> None:
    (given,) = platform.client.post("/v1/leases", json={"worker": "kim"}).json()["leases"]
    address = f"/v1/drafts/{given['draft']['draft_id']}"
    save(platform, f"{address}/working-copy", **NONE_YET)
    back = {"lease_token": given["lease_token"], "reason": "the browser was closed", "counts": False}
    platform.client.post(f"{address}/nack", json=back)

    refused = save(platform, f"{address}/working-copy", {}, **{"If-Match": '"w1"'})
    assert word(refused) == (409, "state")
    assert "it is ready" in refused.json()["detail"]
    platform.client.post("/v1/leases", json={"worker": "lee", "draft_id": given["draft"]["draft_id"]})
    assert word(save(platform, f"{address}/working-copy", {}, **{"If-Match": '"w1"'})) == (409, "not_yours")
    kept = platform.client.get(f"{address}/working-copy", params={"worker": "kim"})
    assert kept.json()["document"] == TYPED
