from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import export.scores
from export.predictions import Models
from export.reviews import submissions
from export.scores import score_corrections
from export.scoring import score_correction
from export.tables import fitted_models
from tests.queues import predict

Corrected = Callable[..., dict[str, Any]]


def judge(platform: Any, draft_id: str, revision: int, verdict: str = "accepted") -> None:
    judgement = {"reviewer": "lee", "revision": revision, "verdict": verdict}
    assert platform.client.post(f"/v1/drafts/{draft_id}/reviews", json=judgement).status_code == 201


def take_all(platform: Any) -> None:
    for _ in platform.drafts:
        platform.take()


def changed(document: dict[str, Any]) -> dict[str, Any]:
    """A correction with another last word everywhere."""
    for sentence in document["sentences"]:
        sentence["text"] = sentence["text"][:-3] + "X."
    return document


def test_a_score_is_that_of_the_accepted_or_the_latest_revision(platform: Any, corrected: Corrected) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    address = f"/v1/drafts/{draft.draft_id}/score"
    assert platform.client.get(address).status_code == 404

    platform.submit(changed(corrected(draft)))
    first = platform.client.get(address).json()
    judge(platform, draft.draft_id, 1, "rework")
    platform.submit(corrected(draft, 2))
    judge(platform, draft.draft_id, 2)
    last = platform.client.get(address).json()

    assert (first["revision"], first["provisional"], first["edits"]["content"]["substitution"] > 0) == (
        1,
        True,
        True,
    )
    assert (last["revision"], last["provisional"], last["difficulty"]) == (2, False, 0.0)
    assert last["sentences"][1]["from"] == [draft.sentences[1].id]
    assert platform.client.get(address, params={"revision": 1}).json() == first
    for odd in (0, "x", 2**31):
        assert platform.client.get(address, params={"revision": odd}).status_code == 422
    assert platform.client.get(address, params={"revision": 3}).json()["type"] == "urn:prelabel:problem:not_found"
    assert platform.client.get(f"/v1/drafts/{'0' * 32}/score").status_code == 404


def test_the_score_has_every_field_that_scoring_says(platform: Any, corrected: Corrected) -> None:
    take_all(platform)
    draft = platform.drafts[1]
    correction = changed(corrected(draft))
    platform.submit(correction)
    given = platform.client.get(f"/v1/drafts/{draft.draft_id}/score").json()

    (revision,) = [one.correction for one in submissions(platform.service.queue, draft.draft_id)]
    whole = score_correction(draft, revision).to_dict()
    assert given == whole | {"provisional": True}


def test_edits_are_shown_against_the_draft_or_an_earlier_revision(platform: Any, corrected: Corrected) -> None:
    take_all(platform)
    draft = platform.drafts[1]
    address = f"/v1/drafts/{draft.draft_id}/edits"
    assert platform.client.get(address).status_code == 404

    first = corrected(draft)
    first["sentences"][0]["text"] = "The meeting starts at 3 today."
    first["sentences"].append({"start": 5.5, "end": 6.0, "speaker": "S1", "text": "Bye!"})
    platform.submit(first)
    judge(platform, draft.draft_id, 1, "rework")
    second = corrected(draft, 2)
    second["sentences"][0]["text"] = "The meetings start at 3 today."
    platform.submit(second)

    shown = platform.client.get(address, params={"revision": 1}).json()
    assert (shown["draft_id"], shown["language"], shown["base"], shown["revision"]) == (draft.draft_id, "en", 0, 1)
    assert shown["renamed"] == []
    kept, same, new = shown["rows"]
    assert [tuple(piece.values()) for piece in kept["pieces"]] == [
        ("same", "The meeting starts at ", "The meeting starts at "),
        ("orthography", "three", "3"),
        ("same", " today.", " today."),
    ]
    assert same == {
        "index": 1,
        "from": [1],
        "pieces": [{"kind": "same", "before": draft.sentences[1].text, "after": draft.sentences[1].text}],
        "boundaries": [],
        "speaker": None,
        "time": None,
        "added": False,
    }
    assert new == {
        "index": 2,
        "from": [],
        "pieces": [{"kind": "content", "before": "", "after": "Bye!"}],
        "boundaries": [],
        "speaker": None,
        "time": None,
        "added": True,
    }
    later = platform.client.get(address, params={"base": 1}).json()
    assert (later["base"], later["revision"]) == (1, 2)
    changed_again, _, gone = later["rows"]
    assert {piece["kind"] for piece in changed_again["pieces"]} == {"same", "content"}
    assert gone == new | {
        "index": None,
        "from": [2],
        "pieces": [{"kind": "content", "before": "Bye!", "after": ""}],
        "added": False,
    }

    for odd in ({"base": 2}, {"base": -1}, {"base": "x"}, {"revision": 1, "base": 1}, {"revision": 0}):
        answer = platform.client.get(address, params=odd)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:prelabel:problem:bad_request")
    for missing in ({"revision": 3}, {"revision": 3, "base": 2}):
        assert platform.client.get(address, params=missing).status_code == 404


def test_edits_of_a_draft_whose_document_is_lost_are_shown_between_revisions(
    platform: Any, corrected: Corrected
) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    platform.submit(corrected(draft))
    judge(platform, draft.draft_id, 1, "rework")
    platform.submit(corrected(draft, 2))
    service = platform.service
    (service.store.root / service.queue.get(draft.draft_id).draft.body_path).unlink()

    address = f"/v1/drafts/{draft.draft_id}/edits"
    assert platform.client.get(address).status_code == 503
    assert platform.client.get(address, params={"base": 1}).status_code == 200


def test_scores_are_for_those_who_may_read(platform: Any) -> None:
    others = platform.token("lease", "submit")
    draft = f"/v1/drafts/{platform.drafts[0].draft_id}"
    for address in (f"{draft}/score", f"{draft}/edits", "/v1/scores", "/v1/difficulty/models"):
        assert platform.client.get(address, headers=others).status_code == 403
        assert platform.client.get(address, headers={"Authorization": ""}).status_code == 401


def test_a_score_of_a_draft_whose_document_is_lost_is_a_trouble_of_the_server(
    platform: Any, corrected: Corrected
) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    platform.submit(corrected(draft))
    service = platform.service
    (service.store.root / service.queue.get(draft.draft_id).draft.body_path).unlink()

    assert platform.client.get(f"/v1/drafts/{draft.draft_id}/score").status_code == 503


def test_a_score_asked_for_while_the_draft_is_forgotten_is_not_found(
    platform: Any, corrected: Corrected, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    platform.submit(corrected(draft))
    reading, forgotten = threading.Event(), threading.Event()
    whole = export.scores.draft_of

    def slow(store: Any, entry: Any) -> Any:
        reading.set()
        assert forgotten.wait(30)
        return whole(store, entry)

    monkeypatch.setattr(export.scores, "draft_of", slow)
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(platform.client.get(f"/v1/drafts/{draft.draft_id}/score"))
    )
    asking.start()
    assert reading.wait(30)
    platform.service.store.forget(draft.recording.id)
    platform.service.queue.forget(draft.recording.id)
    forgotten.set()
    asking.join()

    assert answers[0].status_code == 404


def test_sums_by_what_was_asked_for(platform: Any, corrected: Corrected) -> None:
    take_all(platform)
    for draft in platform.drafts:
        platform.submit(changed(corrected(draft, worker="kim" if draft.language == "ko" else "lee")))
    judge(platform, platform.drafts[0].draft_id, 1)
    asked = platform.client.get
    assert asked("/v1/scores").json() == {"sums": []}
    score_corrections(platform.service.queue, platform.service.store)

    (whole,) = asked("/v1/scores").json()["sums"]
    assert (whole["drafts"], whole["provisional"], whole["normaliser"]) == (4, 3, None)
    assert set(whole["key"].values()) == {None}
    by = asked("/v1/scores", params={"by": ["language", "worker"]}).json()["sums"]
    assert [(one["key"]["language"], one["key"]["worker"], one["drafts"]) for one in by] == [
        ("en", "lee", 1),
        ("ja", "lee", 1),
        ("ko", "kim", 1),
        ("zh", "lee", 1),
    ]
    assert all(one["normaliser"] == f"prelabel-{one['key']['language']}-1" for one in by)
    (accepted,) = asked("/v1/scores", params={"accepted": True}).json()["sums"]
    assert (accepted["drafts"], accepted["provisional"]) == (1, 0)
    assert asked("/v1/scores", params={"since": "2999-01-01T00:00:00Z"}).json() == {"sums": []}
    assert asked("/v1/scores", params={"until": "2999-01-01T09:00:00+09:00"}).json()["sums"] == [whole]
    for odd in ({"by": "state"}, {"since": "2026-11-26"}, {"since": "2026-11-26T00:00:00"}, {"language": "xx"}):
        assert asked("/v1/scores", params=odd).status_code == 422


def test_an_entry_says_what_is_expected_of_its_draft(platform: Any) -> None:
    told, untold = platform.drafts[:2]
    predict(platform.service.queue, told.draft_id, 81.26)

    entry = platform.client.get(f"/v1/drafts/{told.draft_id}").json()
    assert entry["difficulty"] == 81.26
    assert entry["prediction"]["value"] == 81.3 and entry["prediction"]["from_scratch"] is True
    assert entry["prediction"]["reasons"] == [
        {"feature": "noise", "text": "noise 6 dB below the voice", "points": 12.5}
    ]
    other = platform.client.get(f"/v1/drafts/{untold.draft_id}").json()
    assert (other["difficulty"], other["prediction"]) == (None, None)
    leases = platform.client.post("/v1/leases", json={"count": 4}).json()["leases"]
    assert [one["draft"]["prediction"] for one in leases] == [entry["prediction"], None, None, None]


def pages(platform: Any, **wanted: Any) -> list[str]:
    """Languages of all drafts of a list, read two at a time."""
    found: list[str] = []
    after = None
    while True:
        given = wanted | ({"after": after} if after else {})
        page = platform.client.get("/v1/drafts", params=given | {"limit": 2}).json()
        found += [one["language"] for one in page["drafts"]]
        after = page["next"]
        if after is None:
            return found


def test_lists_by_difficulty_page_rightly_also_through_ties_and_what_is_unknown(platform: Any) -> None:
    for draft, difficulty in zip(platform.drafts, (50.0, None, 10.0, 50.0), strict=True):
        predict(platform.service.queue, draft.draft_id, difficulty)

    assert pages(platform) == pages(platform, order="received") == ["ko", "en", "zh", "ja"]
    assert pages(platform, order="difficulty") == ["zh", "ko", "ja", "en"]
    assert pages(platform, order="-difficulty") == ["ko", "ja", "zh", "en"]
    assert pages(platform, order="-difficulty", state="ready", difficulty_to=50) == ["ko", "ja", "zh"]


def test_cursors_of_one_order_are_refused_in_another(platform: Any) -> None:
    cursors = {
        order: platform.client.get("/v1/drafts", params={"order": order, "limit": 1}).json()["next"]
        for order in ("received", "difficulty", "-difficulty")
    }

    for order in cursors:
        for of, cursor in cursors.items():
            answer = platform.client.get("/v1/drafts", params={"order": order, "after": cursor})
            assert answer.status_code == (200 if of == order else 422)
    for forged in (
        "ZWFzaWVyIDEgbmFu",
        "ZWFzaWVyIDEgMWU5",
        "ZWFzaWVyIDE",
        "x",
    ):  # "easier 1 nan", "… 1e9", "easier 1"
        answer = platform.client.get("/v1/drafts", params={"order": "difficulty", "after": forged})
        assert answer.status_code == 422


def test_lists_are_filtered_by_what_is_expected(platform: Any) -> None:
    for draft, difficulty in zip(platform.drafts, (30.0, None, 10.0, 90.0), strict=True):
        predict(platform.service.queue, draft.draft_id, difficulty)

    assert pages(platform, difficulty_from=10, difficulty_to=30) == ["ko", "zh"]
    assert pages(platform, difficulty_from=31) == ["ja"]
    assert pages(platform, from_scratch=True) == ["ja"]
    assert pages(platform, from_scratch=False) == ["ko", "en", "zh"]
    assert platform.client.get("/v1/drafts", params={"difficulty_from": 101}).status_code == 422


def test_leases_come_the_easiest_or_the_hardest_first(platform: Any) -> None:
    queue = platform.service.queue
    for draft, difficulty in zip(platform.drafts, (30.0, None, 10.0, 90.0), strict=True):
        predict(queue, draft.draft_id, difficulty)

    def leased(**wanted: Any) -> list[str]:
        leases = platform.client.post("/v1/leases", json=wanted).json()["leases"]
        for one in leases:
            draft, token = one["draft"]["draft_id"], one["lease_token"]
            refusal = {"lease_token": token, "reason": "not now"}
            assert platform.client.post(f"/v1/drafts/{draft}/nack", json=refusal).status_code == 200
        return [one["draft"]["language"] for one in leases]

    assert leased(count=4, order="difficulty") == ["zh", "ko", "ja", "en"]
    assert leased(count=4, order="-difficulty") == ["ja", "ko", "zh", "en"]
    assert leased(count=1, order="-difficulty", difficulty={"hardest": 50}) == ["ko"]
    queue.prioritise(platform.drafts[1].draft_id, 5)
    assert leased(count=2, order="difficulty") == ["en", "zh"]
    assert platform.client.post("/v1/leases", json={"order": "easiest"}).status_code == 422


def test_the_models_are_listed_whether_they_can_be_read_or_not(platform: Any) -> None:
    assert platform.client.get("/v1/difficulty/models").json() == {"models": []}
    queue = platform.service.queue
    with queue.writing() as transaction:
        row = {"kind": "difficulty", "scope": "ko", "name": "ko-difficulty-1", "good": True, "examples": 40}
        row |= {"at": transaction.now, "document": {"schema": "prelabel.difficulty-model/9"}}
        transaction.connection.execute(fitted_models.insert().values(row))

    (model,) = platform.client.get("/v1/difficulty/models").json()["models"]
    assert (model["name"], model["good"], model["in_use"], model["examples"]) == (
        "ko-difficulty-1",
        True,
        False,
        40,
    )
    assert Models().difficulty == {}


def test_trends_are_rows_with_intervals_and_versions_set_against_each_other(
    platform: Any, corrected: Corrected
) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    platform.submit(changed(corrected(draft)))
    score_corrections(platform.service.queue, platform.service.store)

    found = platform.client.get("/v1/trends", params={"every": "month", "by": ["source", "fingerprint"]}).json()

    (row,) = found["rows"]
    assert (row["language"], row["source"], row["provisional"], row["recordings"]) == ("ko", "default", True, 1)
    assert row["rates"]["cer"]["value"] == pytest.approx(row["figures"]["cer"])
    assert row["rates"]["cer"]["low"] is None and row["project"] is None
    assert found["versions"] == [], "nobody has accepted anything"
    judge(platform, draft.draft_id, 1)
    (version,) = platform.client.get("/v1/trends").json()["versions"]
    assert (version["verdict"], version["before"], version["after"]["recordings"]) == ("too_few", None, 1)
    assert platform.client.get("/v1/trends", params={"language": "en"}).json() == {"rows": [], "versions": []}
    for odd in ({"every": "year"}, {"by": "worker"}, {"since": "2026-01-01T00:00:00"}):
        assert platform.client.get("/v1/trends", params=odd).status_code == 422


def test_evidence_is_for_those_who_review_and_says_what_it_may_mean(platform: Any, corrected: Corrected) -> None:
    take_all(platform)
    draft = platform.drafts[0]
    platform.submit(corrected(draft))
    judge(platform, draft.draft_id, 1)
    score_corrections(platform.service.queue, platform.service.store)

    found = platform.client.get("/v1/evidence", params={"by": "worker"}).json()

    (group,) = found["groups"]
    assert (group["worker"], group["drafts"], group["project"]) == ("kim", 1, None)
    unchanged = group["findings"]["accepted_unchanged"]
    assert (unchanged["part"], unchanged["whole"], unchanged["value"], unchanged["too_few"]) == (1, 1, None, True)
    assert set(found["meanings"]) == set(group["findings"])
    reader = platform.token("read", name="reader")
    assert platform.client.get("/v1/evidence", headers=reader).status_code == 403
    assert platform.client.get("/v1/evidence", params={"by": "difficulty"}).status_code == 422


def test_how_long_a_draft_will_take_stands_beside_its_price(platform: Any) -> None:
    for entry in platform.client.get("/v1/drafts").json()["drafts"]:
        work = entry["estimated_work"]
        assert 0 <= work["low"] < work["value"] < work["high"]
        assert "published figures" in work["basis"]


@pytest.mark.parametrize("address", ["scores", "trends", "evidence"])
def test_moments_that_are_in_no_year_are_refused(platform: Any, address: str) -> None:
    for odd in ({"since": "0001-01-01T00:00:00+14:00"}, {"until": "9999-12-31T23:59:59-14:00"}):
        assert platform.client.get(f"/v1/{address}", params=odd).status_code == 422
    assert platform.client.get(f"/v1/{address}", params={"since": "0001-01-01T00:00:00-14:00"}).status_code == 200


def test_sums_of_people_are_for_those_who_review(platform: Any) -> None:
    reader = platform.token("read", name="reader")
    assert platform.client.get("/v1/scores", params={"by": "language"}, headers=reader).status_code == 200
    for personal in ({"by": "worker"}, {"worker": "kim"}):
        assert platform.client.get("/v1/scores", params=personal, headers=reader).status_code == 403
        assert platform.client.get("/v1/scores", params=personal).status_code == 200
