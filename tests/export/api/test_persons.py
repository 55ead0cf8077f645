"""Tokens that are one person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Corrected = Callable[..., dict[str, Any]]
OURS = ("read", "lease", "submit", "review")


def word(answer: Any) -> tuple[int, str]:
    """The status of a problem, and what kind of problem it is."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def take(platform: Any, headers: dict[str, str], **wanted: Any) -> dict[str, Any]:
    """One draft, leased and acknowledged."""
    (given,) = platform.client.post("/v1/leases", json=wanted, headers=headers).json()["leases"]
    address = f"/v1/drafts/{given['draft']['draft_id']}"
    done = platform.client.post(f"{address}/ack", json={"lease_token": given["lease_token"]}, headers=headers)
    return done.json()  # type: ignore[no-any-return]


@pytest.fixture
def kim(platform: Any) -> dict[str, str]:
    return platform.token(*OURS, name="kims", of="studio", worker="kim")  # type: ignore[no-any-return]


@pytest.fixture
def lee(platform: Any) -> dict[str, str]:
    return platform.token(*OURS, name="lees", of="studio", worker="lee")  # type: ignore[no-any-return]


def test_whoever_calls_can_ask_who_they_are(platform: Any, kim: dict[str, str]) -> None:
    mine = platform.client.get("/v1/me", headers=kim).json()
    boss = platform.client.get("/v1/me", headers=platform.token("admin", name="boss")).json()
    least = platform.client.get("/v1/me", headers=platform.token("submit", name="least"))
    nobody = platform.client.get("/v1/me", headers={"Authorization": "Bearer plb_guessed"})

    assert mine == {
        "name": "kims",
        "platform": "studio",
        "worker": "kim",
        "scopes": ["read", "lease", "submit", "review"],
        "expires_at": None,
    }
    assert (boss["platform"], boss["worker"], boss["scopes"]) == ("boss", None, ["admin"])
    assert least.status_code == 200
    assert word(nobody) == (401, "unauthorized")


def test_a_persons_own_token_leases_for_that_person_alone(platform: Any, kim: dict[str, str]) -> None:
    unnamed = take(platform, kim)
    named = take(platform, kim, worker="kim")
    other = platform.client.post("/v1/leases", json={"worker": "lee"}, headers=kim)

    assert [one["worker"] for one in (unnamed, named)] == ["kim", "kim"]
    assert word(other) == (403, "forbidden")
    assert other.json()["detail"] == "it is kim's own"
    assert len(platform.client.get("/v1/drafts", params={"state": "ready"}).json()["drafts"]) == 2


def test_what_one_has_in_hand_another_person_of_the_platform_neither_hands_in_nor_gives_back(
    platform: Any, corrected: Corrected, kim: dict[str, str], lee: dict[str, str]
) -> None:
    taken = take(platform, kim)
    draft, address = platform.drafts[0], f"/v1/drafts/{taken['draft_id']}/transitions"
    version = {"If-Match": f'"v{taken["version"]}"'}

    refused = [
        platform.submit(corrected(draft, worker="lee"), **lee),
        platform.client.post(address, json={"action": "return"}, headers=lee | version),
    ]
    assert [word(one) for one in refused] == [(409, "not_yours")] * 2
    assert "kim" in refused[0].json()["detail"]
    assert word(platform.submit(corrected(draft, worker="lee"), **kim)) == (403, "forbidden")
    back = platform.client.post(address, json={"action": "return"}, headers=kim | version)
    assert (back.status_code, back.json()["worker"]) == (200, None)
    assert take(platform, lee)["draft_id"] == draft.draft_id
    assert platform.submit(corrected(draft, worker="lee"), **lee).status_code == 201


def test_what_one_has_handed_in_another_person_does_not_replace(
    platform: Any, corrected: Corrected, kim: dict[str, str], lee: dict[str, str]
) -> None:
    take(platform, kim)
    platform.submit(corrected(platform.drafts[0]), **kim)

    assert word(platform.submit(corrected(platform.drafts[0], 2, worker="lee"), **lee)) == (409, "not_yours")
    assert platform.submit(corrected(platform.drafts[0], 2), **kim).status_code == 201


def test_rework_is_the_persons_who_handed_it_in(
    platform: Any, corrected: Corrected, kim: dict[str, str], lee: dict[str, str]
) -> None:
    taken = take(platform, kim)
    draft = platform.drafts[0]
    platform.submit(corrected(draft), **kim)
    verdict = {"reviewer": "lee", "revision": 1, "verdict": "rework"}
    judged = platform.client.post(f"/v1/drafts/{taken['draft_id']}/reviews", json=verdict, headers=lee)

    assert judged.json()["draft"]["state"] == "rework"
    assert word(platform.submit(corrected(draft, 2, worker="lee"), **lee)) == (409, "not_yours")
    assert platform.submit(corrected(draft, 2), **kim).status_code == 201


def test_nobody_judges_in_anothers_name_or_what_they_wrote_themselves(
    platform: Any, corrected: Corrected, kim: dict[str, str], lee: dict[str, str]
) -> None:
    taken = take(platform, kim)
    platform.submit(corrected(platform.drafts[0]), **kim)
    address = f"/v1/drafts/{taken['draft_id']}/reviews"
    verdict = {"revision": 1, "verdict": "accepted"}

    def judged(reviewer: str, headers: dict[str, str], **changes: Any) -> Any:
        return platform.client.post(address, json=verdict | {"reviewer": reviewer} | changes, headers=headers)

    own = judged("kim", kim)
    assert word(own) == (403, "forbidden")
    assert own.json()["detail"] == "it is this person's own work"
    assert word(judged("lee", kim)) == (403, "forbidden")
    assert word(judged("lee", lee, revision=2)) == (409, "revision")
    assert judged("lee", lee).json()["draft"]["state"] == "accepted"


def test_the_same_key_of_two_people_of_a_platform_gives_neither_the_others_lease(
    platform: Any, kim: dict[str, str], lee: dict[str, str]
) -> None:
    key = {"Idempotency-Key": "1"}

    def leased(headers: dict[str, str]) -> Any:
        return platform.client.post("/v1/leases", json={}, headers=headers | key)

    (kims,) = leased(kim).json()["leases"]
    (lees,) = leased(lee).json()["leases"]

    assert (kims["draft"]["worker"], lees["draft"]["worker"]) == ("kim", "lee")
    assert kims["lease_token"] != lees["lease_token"]
    new = platform.token(*OURS, name="kims-new", of="studio", worker="kim")
    assert leased(new).json() == {"leases": [kims]}


def test_who_reviews_as_well_does_not_see_whether_their_own_work_is_in_the_sample(
    platform: Any, corrected: Corrected, kim: dict[str, str], lee: dict[str, str]
) -> None:
    take(platform, kim)
    platform.submit(corrected(platform.drafts[0]), **kim)

    def sample(headers: dict[str, str]) -> list[str]:
        answer = platform.client.get("/v1/drafts", params={"drawn": 1}, headers=headers)
        return [one["draft_id"] for one in answer.json()["drafts"]]

    assert sample(kim) == []
    assert sample(lee) == [platform.drafts[0].draft_id]
    assert sample(platform.token("review", "read", name="desk", of="studio")) == [platform.drafts[0].draft_id]


def test_an_administrators_person_is_only_who_is_meant_where_nobody_is_named(
    platform: Any, corrected: Corrected
) -> None:
    boss = platform.token("admin", name="boss", worker="park")
    first = take(platform, boss)
    second = take(platform, boss, worker="kim")

    assert [first["worker"], second["worker"]] == ["park", "kim"]
    assert platform.submit(corrected(platform.drafts[0], worker="kim"), **boss).status_code == 201
    verdict = {"reviewer": "kim", "revision": 1, "verdict": "accepted"}
    judged = platform.client.post(f"/v1/drafts/{first['draft_id']}/reviews", json=verdict, headers=boss)
    assert judged.status_code == 201
