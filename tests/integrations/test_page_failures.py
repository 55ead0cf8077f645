"""Nothing lost: whatever breaks while somebody corrects, the text is there, and the page says what happened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.chromium import launch_options
from export.tokens import create_token, revoke_token
from tests.browser import (
    CORRECTS,
    NAMES,
    PLATFORM,
    Person,
    Site,
    composed,
    crash,
    field,
    hand_in,
    hangul,
    kill,
    put_cursor,
    says,
    text_of,
    until,
)

pytestmark = pytest.mark.integration

EVENING = "Good evening, David."
NIGHT = "Good night, David."


def told(page: Page, name: str) -> None:
    """The page says something, by words that are listed in NAMES."""
    expect(page.get_by_text(NAMES[name]).first).to_be_visible(timeout=20_000)


def typed(page: Page, text: str, number: int = 1) -> None:
    """Type a sentence anew, key by key."""
    field(page, number).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def kept(site: Site, draft: str, text: str, worker: str = "kim") -> bool:
    """Whether the server has `text` in the working copy."""
    copy = site.working_copy(draft, worker)
    return copy is not None and text in json.dumps(copy["document"], ensure_ascii=False)


def test_what_is_typed_is_on_the_server_soon(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)

    typed(page, EVENING)

    told(page, "saved")
    until(lambda: kept(site, draft, EVENING), "the server has it")


def test_with_a_dead_connection_work_goes_on_and_is_saved_when_it_is_back(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft, kim = site.draft_in("ko"), person("kim")
    page = kim.correct(draft)

    kim.cut_off()
    field(page, 1).focus()
    page.keyboard.press("Control+a")
    composed(page, hangul("안녕하세요"))
    told(page, "offline")
    expect(field(page, 1)).to_have_value("안녕하세요")

    kim.reconnect()
    until(lambda: kept(site, draft, "안녕하세요"), "the server has what was typed without it")
    hand_in(page)
    assert site.revision(draft, 1)["sentences"][0]["text"] == "안녕하세요"


def test_a_server_that_is_away_for_a_while_costs_nothing(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)

    site.stop()
    typed(page, EVENING)
    told(page, "offline")
    site.start()

    until(lambda: kept(site, draft, EVENING), "the server has what was typed without it")


def test_a_reload_without_a_server_in_reach_loses_no_text(site: Site, person: Callable[[str], Person]) -> None:
    """What was typed while nobody could be reached is in the browser alone."""
    draft, kim = site.draft_in("en"), person("kim")
    page = kim.correct(draft)
    kim.context.route("**/working-copy*", lambda route: route.abort())
    typed(page, EVENING)
    told(page, "offline")

    page.reload()

    expect(field(page, 1)).to_have_value(EVENING)
    assert site.working_copy(draft, "kim") is None
    kim.context.unroute("**/working-copy*")
    until(lambda: kept(site, draft, EVENING), "the server has it in the end")


@pytest.mark.parametrize("lost", ["**/working-copy*", "**/submissions", "**/ack"])
def test_an_answer_that_is_lost_makes_nothing_twice(lost: str, site: Site, person: Callable[[str], Person]) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    page = kim.correct(draft)
    kim.answers_are_lost(lost)

    typed(page, EVENING)
    told(page, "saved")
    assert kept(site, draft, EVENING)
    typed(page, NIGHT)
    hand_in(page)

    entry = site.entry(draft)
    assert (entry["state"], entry["revision"]) == ("submitted", 1)
    assert site.revision(draft, 1)["sentences"][0]["text"] == NIGHT


def test_a_second_tab_says_so_and_may_take_over(site: Site, person: Callable[[str], Person]) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    first = kim.correct(draft)
    typed(first, EVENING)

    second = kim.open(f"/draft/{draft}")
    told(second, "other_tab")
    second.get_by_role("button", name=NAMES["work_here"]).click()

    expect(field(second, 1)).to_have_value(EVENING)
    expect(field(second, 1)).to_be_editable()
    told(first, "other_tab")
    expect(field(first, 1)).not_to_be_editable()
    typed(second, NIGHT)
    hand_in(second)
    assert site.revision(draft, 1)["sentences"][0]["text"] == NIGHT


def test_work_that_comes_back_to_a_tab_goes_on_with_what_the_other_one_typed(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    first = kim.correct(draft)
    typed(first, EVENING)
    second = kim.open(f"/draft/{draft}")
    second.get_by_role("button", name=NAMES["work_here"]).click()
    expect(field(second, 1)).to_be_editable()
    typed(second, NIGHT)

    first.get_by_role("button", name=NAMES["work_here"]).click()

    expect(field(first, 1)).to_be_editable()
    expect(field(first, 1)).to_have_value(NIGHT)
    typed(first, EVENING, 2)
    hand_in(first)
    handed = [one["text"] for one in site.revision(draft, 1)["sentences"]]
    assert handed[:2] == [NIGHT, EVENING]


def test_keys_work_in_the_next_draft_where_the_last_one_was_left_in_the_middle_of_a_syllable(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("ko")
    page = person("kim").correct(draft)
    field(page, 1).focus()
    composed(page, hangul("한국"), left_open=True)

    page.evaluate("location.hash = '#/'")
    page.get_by_role("button", name=NAMES["take_next"]).wait_for()
    page.go_back()
    expect(field(page, 1)).to_have_value(re.compile("^한국"))
    field(page, 1).focus()
    page.keyboard.press("Alt+ArrowDown")

    expect(field(page, 2)).to_be_focused()


def test_a_key_that_is_held_to_erase_stops_at_the_start_of_the_sentence(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").correct(site.draft_in("en"))
    first, second, *others = text_of(page)
    put_cursor(page, 2, 3)

    page.keyboard.down("Backspace")
    for _ in range(9):
        page.keyboard.down("Backspace")  # as long as it is down, it is repeated
    page.keyboard.up("Backspace")
    says(page, [first, second[3:], *others])

    page.keyboard.press("Backspace")
    says(page, [f"{first} {second[3:].strip()}", *others])


def test_however_many_speak_the_sentences_stay_in_sight(site: Site, person: Callable[[str], Person]) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    document = site.document(draft)
    one = document["sentences"][0]
    document["sentences"] = [one | {"id": f"{place:04}", "speaker": f"S{place}"} for place in range(1, 31)]
    kim.context.route("**/document", lambda route: route.fulfill(json=document))

    page = kim.correct(draft)

    expect(page.get_by_text("S30").first).to_be_attached()
    expect(field(page, 1)).to_be_in_viewport()
    expect(field(page, 3)).to_be_in_viewport()
    expect(page.get_by_role("button", name=NAMES["submit"]).first).to_be_in_viewport()


def test_a_lease_that_ran_out_is_taken_again_where_nobody_else_has_it(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    typed(page, EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")

    site.leases_end()
    until(lambda: site.entry(draft)["state"] == "ready", "the lease is over")
    typed(page, NIGHT)

    until(lambda: site.entry(draft)["state"] == "leased", "kim has it again")
    hand_in(page)
    assert (site.entry(draft)["worker"], site.revision(draft, 1)["sentences"][0]["text"]) == ("kim", NIGHT)


def test_where_somebody_else_has_the_draft_by_then_the_text_stays_and_can_be_downloaded(
    site: Site, person: Callable[[str], Person], tmp_path: Path
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    typed(page, EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")

    site.leases_end()
    until(lambda: site.entry(draft)["state"] == "ready", "the lease is over")
    site.asked("POST", "/leases", by="park", json={"count": 1, "seconds": 600, "draft_id": draft})
    typed(page, NIGHT)

    told(page, "taken")
    assert text_of(page)[0] == NIGHT
    with page.expect_download() as download:
        page.get_by_role("button", name=NAMES["download"]).first.click()
    download.value.save_as(tmp_path / "text")
    assert NIGHT in (tmp_path / "text").read_text(encoding="utf-8")
    assert site.entry(draft)["worker"] == "park"


def test_a_tab_that_crashes_has_its_text_when_it_is_opened_again(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    page = kim.correct(draft)
    kim.cut_off()
    typed(page, EVENING)
    told(page, "offline")
    kim.reconnect()
    kim.context.route("**/working-copy*", lambda route: route.abort())

    crash(page)
    page.close()

    again = kim.correct(draft)
    expect(field(again, 1)).to_have_value(EVENING)
    assert site.entry(draft)["received"] == 1


def test_a_browser_that_is_killed_has_its_text_when_it_is_started_again(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    draft = site.draft_in("ko")
    starter = browser.browser_type

    def started() -> Person:
        options = launch_options() | {"locale": "en-US", "viewport": {"width": 1440, "height": 900}}
        return Person("kim", starter.launch_persistent_context(tmp_path / "profile", **options), site)

    before = started()
    page = before.correct(draft)
    before.context.route("**/working-copy*", lambda route: route.abort())
    field(page, 1).focus()
    page.keyboard.press("Control+a")
    composed(page, hangul("안녕하세요"))
    told(page, "offline")
    kill(before.context)

    after = started()
    again = after.correct(draft)
    expect(field(again, 1)).to_have_value("안녕하세요")
    hand_in(again)
    assert site.revision(draft, 1)["sentences"][0]["text"] == "안녕하세요"
    after.context.close()
    assert before.troubles + after.troubles == []


def test_on_a_second_device_the_same_person_goes_on_with_what_they_typed(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    desk, couch = person("kim"), person("kim")
    typed(desk.correct(draft), EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")

    expect(field(couch.correct(draft), 1)).to_have_value(EVENING)


@pytest.mark.parametrize(("choice", "wins"), [("use_theirs", NIGHT), ("use_mine", "Good noon, David.")])
def test_where_two_devices_typed_the_person_chooses_and_the_other_text_is_kept(
    choice: str, wins: str, site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    desk, couch = person("kim"), person("kim")
    first = desk.correct(draft)
    typed(first, EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")
    second = couch.correct(draft)
    typed(second, NIGHT)
    until(lambda: kept(site, draft, NIGHT), "the server has the later one")

    typed(first, "Good noon, David.")
    told(first, "elsewhere")
    first.get_by_role("button", name=NAMES[choice]).first.click()

    expect(field(first, 1)).to_have_value(wins)
    until(lambda: kept(site, draft, wins), "the server has what was chosen")
    expect(first.get_by_role("button", name=NAMES["download"]).first).to_be_visible()


def test_a_token_that_ends_in_the_middle_is_replaced_and_the_same_work_goes_on(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    revoke_token(site.queue, "kim")
    typed(page, EVENING)

    told(page, "signed_out")
    _, site.tokens["kim"] = create_token(site.queue, "kim-2", CORRECTS, platform=PLATFORM, worker="kim")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(NAMES["token"], exact=True).fill(site.tokens["kim"])
    dialog.get_by_role("button", name=NAMES["sign_in"]).click()

    expect(field(page, 1)).to_have_value(EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")
    hand_in(page)
    assert site.revision(draft, 1)["sentences"][0]["text"] == EVENING


def test_a_link_with_a_token_signs_in_also_where_the_page_is_open_and_leaves_no_token_in_the_address(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    typed(page, EVENING)

    page.evaluate(f"location.hash = 'token={site.tokens['park']}'")

    expect(page.get_by_role("button", name="park")).to_be_visible()
    assert "token" not in page.url
    page.go_back()
    assert "token" not in page.url
    until(lambda: kept(site, draft, EVENING), "what kim had typed is kim's")
    assert not kept(site, draft, EVENING, "park")


def test_a_draft_that_is_withdrawn_meanwhile_says_so_and_leaves_the_text(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)

    withdrawal = {"action": "withdraw", "reason": "the customer took it back"}
    site.asked("POST", f"/drafts/{draft}/transitions", json=withdrawal, headers={"If-Match": "*"})
    typed(page, EVENING)

    told(page, "withdrawn")
    assert text_of(page)[0] == EVENING
    expect(page.get_by_role("button", name=NAMES["download"]).first).to_be_visible()


def test_a_reload_goes_on_under_the_same_lease(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    typed(page, EVENING)
    until(lambda: kept(site, draft, EVENING), "the server has it")

    page.reload()

    expect(field(page, 1)).to_have_value(EVENING)
    expect(field(page, 1)).to_be_editable()
    assert site.entry(draft)["received"] == 1
