"""A reviewer at the page, and the whole way of a draft through both."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from export.tokens import create_token
from tests.browser import NAMES, PLATFORM, Person, Site, field, hand_in, until

pytestmark = pytest.mark.integration

WRONG = "Good mourning, David."
RIGHT = "Good evening, David."


def judging(person: Person, draft: str) -> Page:
    """A tab in which somebody judges a draft, ready for the verdict."""
    page = person.open(f"/review/{draft}")
    page.get_by_role("button", name=NAMES["accept"]).wait_for()
    return page


def send_back(page: Page, place: int, words: str) -> None:
    """Say something at a sentence, which is counted from 1, and send the correction back."""
    page.get_by_role("textbox", name=NAMES["comment_at"]).nth(place - 1).fill(words)
    page.get_by_role("button", name=NAMES["send_back"]).click()


def test_the_next_correction_that_waits_is_opened_and_is_in_review_meanwhile(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    page = person("lee").open("/review")

    page.get_by_role("link", name=NAMES["review_next"]).click()

    expect(page.get_by_role("button", name=NAMES["accept"])).to_be_visible()
    assert draft in page.url
    until(lambda: site.entry(draft)["state"] == "in_review", "others see that it is judged")


def test_what_was_changed_is_counted_by_kind_as_the_score_counts_it(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    edits = site.asked("GET", f"/drafts/{draft}/score", by="lee")["edits"]
    page = judging(person("lee"), draft)

    content = page.get_by_role("checkbox", name=NAMES["content"])
    expect(content).to_be_checked()
    expect(content).to_have_accessible_name(re.compile(rf"\b{sum(edits['content'].values())}\b"))
    expect(page.get_by_text("mourning").first).to_be_visible()


def test_a_correction_is_accepted(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: RIGHT})
    page = judging(person("lee"), draft)

    page.get_by_role("button", name=NAMES["accept"]).click()

    until(lambda: site.entry(draft)["state"] == "accepted", "it is accepted")
    (verdict,) = site.asked("GET", f"/drafts/{draft}/reviews")["reviews"]
    assert (verdict["reviewer"], verdict["verdict"], verdict["revision"]) == ("lee", "accepted", 1)


def test_a_review_that_is_left_without_a_verdict_leaves_the_correction_to_others(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: RIGHT})
    page = judging(person("lee"), draft)
    until(lambda: site.entry(draft)["state"] == "in_review", "it is judged")

    page.close(run_before_unload=True)

    until(lambda: site.entry(draft)["state"] == "submitted", "it waits again")


def test_words_at_a_sentence_survive_a_reload(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    page = judging(person("lee"), draft)
    page.get_by_role("textbox", name=NAMES["comment_at"]).first.fill("Nobody mourns.")
    page.wait_for_timeout(1000)

    page.reload()

    expect(page.get_by_role("textbox", name=NAMES["comment_at"]).first).to_have_value("Nobody mourns.")


def test_nobody_judges_what_they_wrote(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    scopes = ("read", "lease", "submit", "review")
    _, site.tokens["kim"] = create_token(site.queue, "kim-2", scopes, platform=PLATFORM, worker="kim")
    page = person("kim").open(f"/review/{draft}")

    expect(page.get_by_text(NAMES["own_work"]).first).to_be_visible()
    expect(page.get_by_role("button", name=NAMES["accept"]).and_(page.locator(":enabled"))).to_have_count(0)
    assert site.entry(draft)["state"] == "submitted"


def test_a_verdict_on_what_was_changed_meanwhile_is_told_and_not_given(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    page = judging(person("lee"), draft)
    until(lambda: site.entry(draft)["state"] == "in_review", "it is judged")
    withdrawal = {"action": "withdraw", "reason": "the customer took it back"}
    site.asked("POST", f"/drafts/{draft}/transitions", json=withdrawal, headers={"If-Match": "*"})

    page.get_by_role("button", name=NAMES["accept"]).click()

    expect(page.get_by_role("alert").first).to_be_visible()
    assert site.entry(draft)["state"] == "withdrawn"


def test_a_draft_goes_all_the_way_to_acceptance_through_the_page(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft, kim, lee = site.draft_in("en"), person("kim"), person("lee")
    desk = kim.correct(draft)
    field(desk, 1).fill(WRONG)
    hand_in(desk)

    send_back(judging(lee, draft), 1, "Nobody mourns.")
    until(lambda: site.entry(draft)["state"] == "rework", "it is sent back")

    desk.reload()
    desk.get_by_role("link", name=NAMES["correct_again"]).click()
    expect(desk.get_by_text("Nobody mourns.").first).to_be_visible()
    field(desk, 1).fill(RIGHT)
    hand_in(desk)

    judging(lee, draft).get_by_role("button", name=NAMES["accept"]).click()
    until(lambda: site.entry(draft)["state"] == "accepted", "it is accepted")
    assert site.revision(draft, 2)["sentences"][0]["text"] == RIGHT
    desk.reload()
    expect(desk.get_by_role("tab", name=NAMES["accepted"])).to_contain_text("1")


def test_who_corrects_looks_at_what_they_handed_in_and_judges_nothing(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: WRONG})
    page = person("kim").open()

    page.get_by_role("tab", name=NAMES["handed_in"]).click()
    page.get_by_role("link", name=re.compile("^Look: ")).click()

    expect(page.get_by_text("It waits for review.")).to_be_visible()
    expect(page.get_by_text(WRONG).first).to_be_visible()
    expect(page.get_by_role("button", name=NAMES["accept"])).to_have_count(0)
    page.get_by_role("link", name=NAMES["back"]).click()
    expect(page.get_by_role("button", name=NAMES["take_next"])).to_be_visible()
    assert site.entry(draft)["state"] == "submitted"
