"""The page as the server gives it out, and its door."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser import NAMES, Person, Site, composed, hangul

pytestmark = pytest.mark.integration


def test_the_page_may_load_and_ask_nothing_but_its_own_server(site: Site) -> None:
    answer = httpx.get(site.address)

    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_whoever_has_no_token_sees_how_to_sign_in(site: Site, person: Callable[[str], Person]) -> None:
    page = person("kim").context.new_page()
    page.goto(site.address)

    expect(page.get_by_role("button", name=NAMES["sign_in"])).to_be_visible()
    expect(page.get_by_label(NAMES["token"], exact=True)).to_be_editable()


def test_a_wrong_token_is_told_and_can_be_mended(site: Site, person: Callable[[str], Person]) -> None:
    page = person("kim").context.new_page()
    page.goto(site.address)

    page.get_by_label(NAMES["token"], exact=True).fill("plb_nobody")
    page.get_by_role("button", name=NAMES["sign_in"]).click()

    expect(page.get_by_role("alert").filter(has_text="token")).to_be_visible()
    page.get_by_label(NAMES["token"], exact=True).fill(site.tokens["kim"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=NAMES["take_next"])).to_be_visible()


def test_who_signs_in_stays_for_this_tab_or_for_this_browser_as_they_wish(
    site: Site, person: Callable[[str], Person]
) -> None:
    kim, park = person("kim"), person("park")
    for one in (kim, park):
        page = one.context.new_page()
        page.goto(site.address)
        page.get_by_label(NAMES["token"], exact=True).fill(site.tokens[one.name])
        if one is park:
            page.get_by_label(NAMES["stay"]).check()
        page.get_by_role("button", name=NAMES["sign_in"]).click()
        page.get_by_role("button", name=NAMES["take_next"]).wait_for()
        page.reload()
        expect(page.get_by_role("button", name=NAMES["take_next"])).to_be_visible()

    again = [one.context.new_page() for one in (kim, park)]
    for page in again:
        page.goto(site.address)

    expect(again[0].get_by_role("button", name=NAMES["sign_in"])).to_be_visible()
    expect(again[1].get_by_role("button", name=NAMES["take_next"])).to_be_visible()


def test_a_token_in_a_link_does_not_stay_in_the_address(person: Callable[[str], Person]) -> None:
    page = person("kim").open()

    expect(page.get_by_role("button", name=NAMES["take_next"])).to_be_visible()
    assert "token" not in page.url


def test_composed_text_comes_as_from_an_input_method(browser: Browser) -> None:
    """The harness itself: what the tests of the page rest on."""
    page = browser.new_page()
    page.set_content("<textarea></textarea>")
    page.evaluate(
        """() => {
            window.seen = [];
            const field = document.querySelector("textarea");
            for (const kind of ["compositionstart", "compositionend"])
                field.addEventListener(kind, (event) => seen.push(kind + " " + event.data));
            field.addEventListener("input", (event) => seen.push(event.isComposing + " " + field.value));
            field.addEventListener("keydown", (event) => seen.push(event.keyCode));
        }"""
    )
    page.locator("textarea").click()

    composed(page, hangul("하나"))
    composed(page, [["n", "ni", "你"]], ended_by="Space", left_open=True)

    assert [one for one in page.evaluate("seen") if one != 229] == [
        *("compositionstart ", "true ㅎ", "true 하", "true 한", "true 하", "true 하", "compositionend 하"),
        *("compositionstart ", "true 하나", "true 하나", "compositionend 나"),
        *("compositionstart ", "true 하나n", "true 하나ni", "true 하나你"),
    ]
    assert set(page.evaluate("seen.filter((one) => typeof one == 'number')")) == {229}
    page.close()


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("한글", [["ㅎ", "하", "한"], ["ㄱ", "그", "글"]]),
        ("하나", [["ㅎ", "하", "한", "하"], ["나"]]),
        ("가 나", [["ㄱ", "가"], [" "], ["ㄴ", "나"]]),
        ("또 따", [["ㄸ", "또"], [" "], ["ㄸ", "따"]]),
    ],
)
def test_hangul_is_composed_as_on_a_korean_keyboard(text: str, states: list[list[str]]) -> None:
    assert hangul(text) == states
