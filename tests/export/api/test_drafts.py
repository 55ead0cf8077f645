from __future__ import annotations

from typing import Any

import pytest

from export.formats import FORMATS, MEDIA_TYPES
from export.states import State


def test_lists_come_in_pages_that_end(platform: Any) -> None:
    first = platform.client.get("/v1/drafts", params={"limit": 3}).json()
    second = platform.client.get("/v1/drafts", params={"limit": 3, "after": first["next"]}).json()

    listed = [one["draft_id"] for one in first["drafts"] + second["drafts"]]
    assert listed == [draft.draft_id for draft in platform.drafts]
    assert second["next"] is None


def test_lists_are_filtered(platform: Any) -> None:
    def listed(**wanted: str) -> int:
        return len(platform.client.get("/v1/drafts", params=wanted).json()["drafts"])

    assert [listed(language="ko"), listed(state="ready"), listed(state="dead"), listed(project="no")] == [
        1,
        4,
        0,
        0,
    ]
    assert listed(recording="talk2.mp4") == 1


def test_lists_are_of_several_states_of_a_worker_and_of_a_name(platform: Any) -> None:
    platform.client.post("/v1/leases", json={"worker": "kim"})
    platform.client.post("/v1/leases", json={})

    def listed(**wanted: Any) -> list[str]:
        return [one["recording"] for one in platform.client.get("/v1/drafts", params=wanted).json()["drafts"]]

    assert listed(state=["leased", "dead"]) == ["talk0.mp4", "talk1.mp4"]
    assert listed(state=["leased", "ready"], search="TALK2") == ["talk2.mp4"]
    assert listed(worker="kim") == ["talk0.mp4"]
    assert listed(search=platform.drafts[3].draft_id[:8]) == ["talk3.mp4"]
    page = platform.client.get("/v1/drafts", params={"state": ["leased", "ready"], "limit": 3}).json()
    assert listed(state=["leased", "ready"], after=page["next"]) == ["talk3.mp4"]
    for wrong in ({"search": ""}, {"search": "a" * 201}, {"state": ["ready", "gone"]}, {"worker": ["kim", "lee"]}):
        assert platform.client.get("/v1/drafts", params=wrong).status_code == 422


def test_a_sample_is_for_those_who_review(platform: Any, corrected: Any) -> None:
    platform.take()
    platform.submit(corrected(platform.drafts[0]))

    def answer(share: float, **headers: str) -> Any:
        return platform.client.get("/v1/drafts", params={"drawn": share}, headers=headers)

    (found,) = answer(1).json()["drafts"]
    assert found["draft_id"] == platform.drafts[0].draft_id
    assert not {name for name in found if "drawn" in name}
    assert [answer(share).status_code for share in (0, 1.01)] == [422, 422]
    assert answer(0.5, **platform.token("read", "submit", name="kims")).status_code == 403
    assert answer(0.5, **platform.token("read", "review", name="lees")).status_code == 200


def test_an_entry_says_its_minutes_its_price_and_where_its_sound_is(platform: Any) -> None:
    entry = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()

    assert entry["billable_minutes"] == pytest.approx(10 / 60, abs=0.001)
    assert entry["estimated_price"] == {"amount": 100, "currency": "KRW"}
    assert platform.client.get(f"/v1/drafts/{platform.drafts[1].draft_id}").json()["estimated_price"] is None
    assert platform.client.get(entry["links"]["mix"], headers={"Authorization": ""}).status_code == 200


def test_an_unchanged_entry_is_not_sent_again(platform: Any) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}"
    tag = platform.client.get(address).headers["ETag"]

    assert tag == '"v1"'
    assert platform.client.get(address, headers={"If-None-Match": f'"v9", {tag}'}).status_code == 304
    assert platform.client.get(address, headers={"If-None-Match": '"v9"'}).status_code == 200


def test_the_document_is_the_stored_one_and_never_changes(platform: Any) -> None:
    draft = platform.drafts[1]
    answer = platform.client.get(f"/v1/drafts/{draft.draft_id}/document")

    assert answer.json()["sentences"][0]["text"] == draft.sentences[0].text
    assert answer.headers["Cache-Control"] == "private, max-age=3600", (
        "what is forgotten stays in no cache for long"
    )
    again = platform.client.get(
        f"/v1/drafts/{draft.draft_id}/document", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_document_that_the_store_lost_or_changed_is_503_and_never_something_else(platform: Any) -> None:
    draft_id = platform.drafts[0].draft_id
    file = platform.service.store.root / platform.service.queue.get(draft_id).draft.body_path
    file.write_text("{}")
    assert platform.client.get(f"/v1/drafts/{draft_id}/document").status_code == 503
    file.unlink()
    answer = platform.client.get(f"/v1/drafts/{draft_id}/document")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert str(platform.service.store.root) not in answer.text


def test_other_formats_are_given_and_unknown_ones_named(platform: Any) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}/formats"

    assert platform.client.get(f"{address}/srt").text.startswith("1\n00:00:00,500 -->")
    for name in FORMATS:
        given = platform.client.get(f"{address}/{name}")
        assert given.headers["Content-Type"].partition(";")[0] == MEDIA_TYPES[name]
    missing = platform.client.get(f"{address}/docx")
    assert missing.status_code == 404
    assert "srt" in missing.json()["detail"]


def test_sound_answers_ranges(platform: Any) -> None:
    link = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()["links"]["voice"]

    whole = platform.client.get(link)
    part = platform.client.get(link, headers={"Range": "bytes=10-19"})
    beyond = platform.client.get(link, headers={"Range": "bytes=99999-"})

    assert (whole.status_code, part.status_code, beyond.status_code) == (200, 206, 416)
    assert part.content == whole.content[10:20]
    assert part.headers["Content-Range"] == "bytes 10-19/10240"
    assert beyond.json()["type"] == "urn:prelabel:problem:range"
    assert beyond.headers["Content-Range"] == "bytes */10240"


@pytest.mark.parametrize("odd", ["bytes", "items=0-5", "bytes=", "bytes=20-10", "bytes=a-b", "ü"])
def test_what_is_no_range_is_passed_over(platform: Any, odd: str) -> None:
    """RFC 9110, 14.2. Starlette would answer 400 in plain text."""
    link = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()["links"]["voice"]

    answer = platform.client.get(link, headers={"Range": odd.encode("latin-1")})

    assert (answer.status_code, len(answer.content)) == (200, 10240)


def test_sound_entry_and_document_answer_head(platform: Any) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}"
    link = platform.client.get(address).json()["links"]["mix"]

    assert platform.client.head(link.replace("/mix", "/mix/peaks")).status_code == 403
    assert platform.client.head(f"{address}/audio/mix/peaks").status_code == 200
    for place in (address, f"{address}/document", link):
        asked, got = platform.client.head(place), platform.client.get(place)
        assert asked.status_code == 200
        assert all(asked.headers[name] == got.headers[name] for name in ("ETag", "Content-Length", "Content-Type"))
    assert platform.client.head(f"{address}?x=1").status_code == 422
    part = platform.client.head(link, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, "bytes 10-19/10240")


def test_pages_of_every_origin_may_read_sound_and_nothing_else(platform: Any) -> None:
    address = f"/v1/drafts/{platform.drafts[0].draft_id}"
    link = platform.client.get(address).json()["links"]["mix"]
    asked = {"Origin": "https://editor.example", "Access-Control-Request-Method": "GET"}

    before = platform.client.options(
        link, headers=asked | {"Authorization": "", "Access-Control-Request-Headers": "range"}
    )
    assert before.status_code == 204
    assert "GET" in before.headers["Access-Control-Allow-Methods"]
    assert before.headers["Access-Control-Allow-Headers"] == "Range"
    answers = [
        platform.client.get(link),  # a player's, which a browser keeps and gives to a page afterwards
        platform.client.get(link, headers={"Range": "bytes=0-9"}),
        platform.client.get(link, headers={"Range": "bytes=99999-"}),
        platform.client.get(f"{link}0"),
    ]
    assert [answer.status_code for answer in answers] == [200, 206, 416, 403]
    for answer in (before, *answers):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in platform.client.get(address, headers=asked).headers
    assert platform.client.options(address, headers=asked).status_code == 405


def test_a_link_to_sound_opens_that_sound_only_and_only_in_time(platform: Any) -> None:
    first, second = (platform.client.get(f"/v1/drafts/{one.draft_id}").json() for one in platform.drafts[:2])
    link = first["links"]["mix"]
    bare = {"Authorization": ""}

    assert platform.client.get(link, headers=bare).status_code == 200
    other = link.replace(first["draft_id"], second["draft_id"])
    assert platform.client.get(other, headers=bare).status_code == 403
    assert platform.client.get(link.replace("/mix", "/voice"), headers=bare).status_code == 403
    longer = link.replace("expires=", "expires=9")
    assert platform.client.get(longer, headers=bare).status_code == 403
    for signature in ("", "ü", "0" * 65, "0" * 5000):
        changed = platform.client.get(f"{link.rpartition('=')[0]}={signature}", headers=bare)
        assert (changed.status_code, changed.json()["type"]) == (403, "urn:prelabel:problem:link_expired")
    none = platform.client.get(link.split("?")[0], headers=bare)
    assert none.status_code == 401
    assert "`links`" in none.json()["fix"]


def test_peaks_are_a_waveform_that_pages_of_every_origin_may_read(platform: Any) -> None:
    entry = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()
    bare = {"Authorization": ""}

    answer = platform.client.get(entry["links"]["mix_peaks"], headers=bare)
    missing = platform.client.get(entry["links"]["voice_peaks"], headers=bare)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/octet-stream")
    assert answer.content[24:] == bytes([0x80, 0x7F, 0xFF, 0, 0, 1])
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:prelabel:problem:no_sound")
    assert "draw it from the sound" in missing.json()["fix"]
    for one in (answer, missing):
        assert one.headers["Access-Control-Allow-Origin"] == "*"


def test_a_link_to_peaks_opens_these_peaks_only(platform: Any) -> None:
    first, second = (platform.client.get(f"/v1/drafts/{one.draft_id}").json() for one in platform.drafts[:2])
    link, sound = first["links"]["mix_peaks"], first["links"]["mix"]
    bare = {"Authorization": ""}

    assert platform.client.get(link, headers=bare).status_code == 200
    assert platform.client.get(link.replace("/peaks", ""), headers=bare).status_code == 403
    assert platform.client.get(sound.replace("/mix", "/mix/peaks"), headers=bare).status_code == 403
    assert platform.client.get(link.replace("/mix", "/voice"), headers=bare).status_code == 403
    other = link.replace(first["draft_id"], second["draft_id"])
    assert platform.client.get(other, headers=bare).status_code == 403
    assert platform.client.get(link.split("?")[0], headers=bare).status_code == 401
    assert platform.client.get(link.split("?")[0]).status_code == 200
    without = platform.token("lease")
    assert platform.client.get(link.split("?")[0], headers=without).status_code == 403


def test_a_link_whose_time_is_over_says_where_to_get_another(
    platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = platform.client.get(f"/v1/drafts/{platform.drafts[0].draft_id}").json()["links"]["mix"]
    monkeypatch.setattr("export.api.drafts.time.time", lambda: 4e9)

    answer = platform.client.get(link, headers={"Authorization": ""})

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:prelabel:problem:link_expired"


def test_the_feed_can_be_read_again_from_any_number(platform: Any) -> None:
    platform.take()
    whole = platform.client.get("/v1/events").json()
    rest = platform.client.get("/v1/events", params={"after": whole["events"][3]["seq"]}).json()

    assert [one["kind"] for one in whole["events"]] == ["enqueued"] * 4 + ["leased", "delivered"]
    assert rest["events"] == whole["events"][4:]
    assert platform.client.get("/v1/events", params={"after": rest["next"]}).json() == {
        "events": [],
        "next": rest["next"],
    }


def test_an_event_says_who_did_what(platform: Any) -> None:
    taken = platform.take()
    (_, leased, delivered) = platform.client.get(f"/v1/drafts/{taken['draft_id']}/events").json()["events"]

    assert (leased["by"], leased["actor"], leased["from"], leased["to"]) == (
        "platform",
        "platform",
        "ready",
        "leased",
    )
    assert delivered["version"] == taken["version"] == 3
    assert taken["state"] == State.DELIVERED


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/drafts/../../etc/passwd", 404),
        ("/v1/drafts/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("/v1/drafts/" + "0" * 32, 404),
        ("/v1/drafts/" + "G" * 32, 422),
        ("/v1/drafts/" + "0" * 5000, 422),
        ("/v1/drafts/%00", 422),
        ("/v1/drafts?after=bm9uZQ", 422),
        ("/v1/drafts?after=%F0%9F%99%82", 422),
        ("/v1/drafts?limit=201", 422),
        ("/v1/drafts?state=gone", 422),
        ("/v1/drafts?langauge=ko", 422),
        ("/v1/events?after=-1", 422),
        ("/v1/events?after=99999999999999999999", 422),
        ("/v2/drafts", 404),
    ],
)
def test_an_address_that_cannot_be_is_a_problem_document(platform: Any, address: str, status: int) -> None:
    answer = platform.client.get(address)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["fix"]


def test_lists_and_leases_need_no_store(platform: Any) -> None:
    """It may be a network disk, and a page would be hundreds of looks at it."""
    platform.service.store.root.rename(platform.service.store.root.with_name("gone"))

    listed = platform.client.get("/v1/drafts").json()["drafts"]
    leased = platform.client.post("/v1/leases", json={"count": 4}).json()["leases"]

    assert len(listed) == len(leased) == 4
    answer = platform.client.get(listed[0]["links"]["voice"], headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:prelabel:problem:no_sound")
