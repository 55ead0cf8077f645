"""A corrector at the page: from taking a draft to having it handed in, by hand and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import (
    NAMES,
    Person,
    Site,
    choose_speaker,
    composed,
    field,
    hand_in,
    hangul,
    press_enter_in_hangul,
    put_cursor,
    says,
    text_of,
    until,
)

pytestmark = pytest.mark.integration

# What people type, in the states that their input methods show: the last of each is what it becomes.
TYPED: dict[str, Sequence[Sequence[str]]] = {
    "ko": hangul("토요일 날씨가 아주 좋았습니다."),
    "en": [[letter] for letter in "The weather is fine on Tuesday."],
    "zh": [
        ["m", "mi", "ming", "ming t", "明天"],
        ["t", "ti", "tian q", "天气"],
        ["h", "hen", "很"],
        ["h", "好"],
        ["。"],
    ],
    "ja": [
        ["あ", "あｓ", "あした", "明日"],
        ["は"],
        ["て", "てん", "てんき", "天気"],
        ["が"],
        ["い", "いい"],
        ["です"],
        ["。"],
    ],
}


def said(pieces: Sequence[Sequence[str]]) -> str:
    return "".join(piece[-1] for piece in pieces)


def write(page: Page, language: str, number: int) -> str:
    """Write a sentence anew as people do in that language; what it says then."""
    put_cursor(page, number, 0, to=1000)
    if language == "en":
        page.keyboard.type(said(TYPED["en"]))
    else:
        composed(page, TYPED[language], ended_by="KeyA" if language == "ko" else "Space")
    return said(TYPED[language])


@pytest.mark.parametrize("language", TYPED)
def test_a_draft_is_corrected_in_its_language_and_handed_in(
    language: str, site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in(language)
    before = [one["text"] for one in site.document(draft)["sentences"]]
    page = person("kim").correct(draft)

    written = write(page, language, 2)
    expect(field(page, 2)).to_have_value(written)
    hand_in(page)

    entry, revision = site.entry(draft), site.revision(draft, 1)
    assert (entry["state"], entry["worker"]) == ("submitted", "kim")
    assert [one["text"] for one in revision["sentences"]] == [before[0], written, *before[2:]]
    assert [one["from"] for one in revision["sentences"]][:3] == [["0001"], ["0002"], ["0003"]]


def test_the_next_draft_is_given_to_who_asks_and_is_theirs_while_it_is_open(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").open()

    page.get_by_role("button", name=NAMES["take_next"]).click()
    field(page, 1).wait_for()

    held = [one for one in site.asked("GET", "/drafts")["drafts"] if one["state"] == "leased"]
    assert [(one["worker"], one["draft_id"] in page.url) for one in held] == [("kim", True)]


def test_the_cursor_is_in_the_first_sentence_and_after_a_reload_where_it_was(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").correct(site.draft_in("ko"))
    expect(field(page, 1)).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(field(page, 3)).to_be_focused()
    page.reload()

    expect(field(page, 3)).to_be_focused()


def test_the_same_keys_twice_hand_in_and_open_the_next_draft(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Control+Shift+Enter")

    page.wait_for_url(lambda url: "#/draft/" in url and draft not in url)
    expect(field(page, 1)).to_be_focused()
    assert site.entry(draft)["state"] == "submitted"
    assert site.entry(page.url.rpartition("/")[2])["worker"] == "kim"


def test_a_draft_that_is_left_unchanged_goes_back_and_is_no_nearer_to_its_death(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)

    page.get_by_role("link", name=NAMES["back"]).first.click()

    until(lambda: site.entry(draft)["state"] == "ready", "the draft is ready again")
    assert site.entry(draft)["received"] == 0


def test_a_changed_draft_is_kept_for_who_wants_that_and_gone_on_with_later(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft, kim = site.draft_in("en"), person("kim")
    page = kim.correct(draft)
    field(page, 1).fill("Good evening, David.")

    page.get_by_role("link", name=NAMES["back"]).first.click()
    page.get_by_role("dialog").get_by_role("button", name=NAMES["keep_for_me"]).click()

    until(lambda: site.entry(draft)["state"] == "delivered", "it is delivered to kim")
    page.get_by_role("link", name=NAMES["go_on"]).first.click()
    expect(field(page, 1)).to_have_value("Good evening, David.")


def test_what_is_cut_joined_moved_and_given_to_others_is_handed_in_like_that(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    drafted = site.document(draft)["sentences"]
    page = person("kim").correct(draft)

    third = drafted[2]["text"]
    cut = third.index(" at the")
    put_cursor(page, 3, cut)
    page.keyboard.press("Control+Enter")
    expect(field(page, 3)).to_have_value(third[:cut])
    expect(field(page, 4)).to_have_value(third[cut:].strip())

    put_cursor(page, 6, 0)  # the draft's fifth
    page.keyboard.press("Alt+m")
    expect(field(page, 6)).to_have_value(f"{drafted[4]['text']} {drafted[5]['text']}")

    choose_speaker(page, 1, "S2")
    choose_speaker(page, 2, NAMES["new_speaker"])
    choose_speaker(page, 4, NAMES["rename"])
    page.get_by_role("dialog").get_by_label(NAMES["rename_what"]).fill("Host")
    page.get_by_role("dialog").get_by_role("button", name=NAMES["rename_do"], exact=True).click()

    put_cursor(page, 7, 0)  # the draft's seventh
    page.keyboard.press("Alt+Shift+1")
    page.keyboard.press("Alt+Shift+]")
    hand_in(page)

    sentences = site.revision(draft, 1)["sentences"]
    assert [one["from"] for one in sentences[:7]] == [
        *(["0001"], ["0002"], ["0003"], ["0003"]),
        *(["0004"], ["0005", "0006"], ["0007"]),
    ]
    assert drafted[2]["start"] < sentences[2]["end"] <= sentences[3]["start"] < drafted[2]["end"]
    assert (sentences[5]["start"], sentences[5]["end"]) == (drafted[4]["start"], drafted[5]["end"])
    assert [one["speaker"] for one in sentences[:4]] == ["S2", "S3", "Host", "Host"]
    assert "S1" not in {one["speaker"] for one in sentences}
    assert sentences[6]["marks"] == ["inaudible"]
    assert sentences[6]["end"] == pytest.approx(drafted[6]["end"] + 0.1)


def test_sentences_are_added_taken_out_and_put_back_and_every_step_can_be_undone(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("ja")
    page = person("kim").correct(draft)
    first = text_of(page)

    put_cursor(page, 2, 0)
    page.keyboard.press("Alt+x")
    says(page, [first[0], *first[2:]])
    page.get_by_role("tab", name=NAMES["removed"]).click()
    page.get_by_role("button", name=NAMES["put_back"]).click()
    says(page, first)

    put_cursor(page, 1, 0)
    page.keyboard.press("Alt+Enter")
    composed(page, TYPED["ja"], ended_by="Enter")
    says(page, [first[0], said(TYPED["ja"]), *first[1:]])

    undo = page.get_by_role("button", name=NAMES["undo"])
    while undo.is_enabled():
        page.keyboard.press("Control+z")
    says(page, first)
    redo = page.get_by_role("button", name=NAMES["redo"])
    while redo.is_enabled():
        page.keyboard.press("Control+Shift+z")
    says(page, [first[0], said(TYPED["ja"]), *first[1:]])


def test_the_enter_that_ends_a_conversion_is_the_input_methods_own(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").correct(site.draft_in("ja"))
    put_cursor(page, 2, 0, to=1000)

    composed(page, TYPED["ja"], ended_by="Enter")

    expect(field(page, 2)).to_be_focused()
    expect(field(page, 2)).to_have_value(said(TYPED["ja"]))


def test_enter_on_an_open_syllable_closes_it_and_goes_on_by_one_sentence(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").correct(site.draft_in("ko"))
    before = text_of(page)
    put_cursor(page, 2, 0, to=1000)
    composed(page, hangul("그렇습니다"), left_open=True)

    press_enter_in_hangul(page, "다")

    expect(field(page, 3)).to_be_focused()
    says(page, [before[0], "그렇습니다", *before[2:]])


def test_shortcuts_pressed_while_a_syllable_is_open_neither_lose_nor_double_it(
    site: Site, person: Callable[[str], Person]
) -> None:
    page = person("kim").correct(site.draft_in("ko"))
    before = text_of(page)
    put_cursor(page, 1, 0, to=1000)
    composed(page, hangul("네 맞아요"), left_open=True)

    page.keyboard.press("Alt+ArrowDown")

    expect(field(page, 2)).to_be_focused()
    says(page, ["네 맞아요", *before[1:]])


def test_what_a_reviewer_sent_back_shows_their_words_and_becomes_the_next_revision(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    site.submit(draft, "kim", {0: "Good morning David."})
    site.send_back(draft, "Mind the commas.", {0: "A comma is missing here."})
    page = person("kim").open()

    page.get_by_role("tab", name=NAMES["sent_back"]).click()
    expect(page.get_by_text("Mind the commas.")).to_be_visible()
    page.get_by_role("link", name=NAMES["correct_again"]).click()
    expect(field(page, 1)).to_have_accessible_description(re.compile("A comma is missing here."))
    field(page, 1).fill("Good morning, David!")
    hand_in(page)

    assert site.entry(draft)["state"] == "submitted"
    assert site.revision(draft, 2)["sentences"][0]["text"] == "Good morning, David!"


def test_a_sentence_without_text_stops_the_submission_and_is_gone_to(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    page = person("kim").correct(draft)
    field(page, 4).fill("")

    page.get_by_role("button", name=NAMES["submit"]).first.click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(NAMES["submit_stops"])).to_be_visible()
    expect(dialog.get_by_role("button", name=NAMES["submit_do"], exact=True)).to_be_disabled()
    dialog.get_by_role("alert").get_by_role("button").first.click()
    expect(field(page, 4)).to_be_focused()


def test_all_of_it_works_from_the_keyboard_alone(site: Site, person: Callable[[str], Person]) -> None:
    draft = site.draft_in("en")
    page = person("kim").open()
    until_focused(page, NAMES["take_it"], containing="en.mp4")

    page.keyboard.press("Enter")
    expect(field(page, 1)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Good evening, David.")
    page.keyboard.press("Enter")
    expect(field(page, 2)).to_be_focused()
    page.keyboard.press("Alt+2")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name=NAMES["submit_do"], exact=True)).to_be_focused()
    page.keyboard.press("Enter")

    until(lambda: site.entry(draft)["state"] == "submitted", "the correction is handed in")
    first, second = site.revision(draft, 1)["sentences"][:2]
    assert (first["text"], second["speaker"]) == ("Good evening, David.", "S2")


def until_focused(page: Page, name: Any, containing: str = "") -> None:
    """Press Tab until a control of that name has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        found = page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")
        if name.search(found.strip()) and containing in found:
            return
    raise AssertionError(f"Tab never comes to {name.pattern!r}")


def test_played_spans_and_active_seconds_go_with_the_correction(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    first = site.document(draft)["sentences"][0]
    page = person("kim").correct(draft)
    put_cursor(page, 1, 0)

    page.keyboard.press("Alt+.")
    expect(page.get_by_role("button", name=NAMES["pause"]).first).to_be_visible()
    expect(page.get_by_role("button", name=NAMES["pause"])).to_have_count(0)
    page.keyboard.type("Well, ")
    hand_in(page)

    revision = site.revision(draft, 1)
    heard = sum(end - start for start, end in revision["played"])
    assert heard == pytest.approx(first["end"] - first["start"], abs=0.35)
    assert 0 < revision["lead_time"] < 60


def test_the_seconds_of_listening_count_for_what_is_heard_wherever_the_cursor_is(
    site: Site, person: Callable[[str], Person]
) -> None:
    draft = site.draft_in("en")
    second = site.document(draft)["sentences"][1]
    page = person("kim").correct(draft)
    put_cursor(page, 3, 0)

    page.get_by_role("button", name=re.compile(r"^Play from")).nth(1).click()
    expect(page.get_by_role("button", name=NAMES["pause"]).first).to_be_visible()
    put_cursor(page, 3, 0)
    expect(page.get_by_role("button", name=NAMES["pause"])).to_have_count(0)
    hand_in(page)

    seconds = site.revision(draft, 1)["sentences"][1]["seconds"]
    assert seconds == pytest.approx(second["end"] - second["start"], abs=1.5)
    assert seconds > 1


def test_what_is_chosen_in_the_list_is_asked_of_the_server(person: Callable[[str], Person]) -> None:
    page = person("kim").open()
    rows = page.get_by_role("rowheader")
    expect(rows).to_have_count(4)

    page.get_by_role("combobox", name=NAMES["language"]).select_option("ja")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("ja.mp4")

    page.get_by_role("combobox", name=NAMES["language"]).select_option("any")
    page.get_by_role("combobox", name=NAMES["order"]).select_option("difficulty")
    expect(rows.first).to_contain_text("ko.mp4")  # the easiest of the demo's drafts

    page.get_by_role("searchbox").fill("EN.MP")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("en.mp4")
