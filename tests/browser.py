"""People at the correction page, each in a browser of their own, on a real server with the demo clips' drafts."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Error, Locator, Page, Response, Route

from export.queue import Queue
from export.tokens import create_token
from tests.command import prelabel
from tests.queues import pass_time
from tests.servers import answer_of, serving

# Who works here, and what their tokens allow. Each of the first three has a token of their own.
CORRECTS = ("read", "lease", "submit")
PEOPLE: dict[str, tuple[str, ...]] = {
    "kim": CORRECTS,
    "park": CORRECTS,
    "lee": ("read", "review"),
    "operator": ("admin",),
}
PLATFORM = "page"

# What the page calls its parts in English. Wherever a test names one, it does so by this.
NAMES: Mapping[str, Any] = {
    # signing in (words/work.ts)
    "token": "Token",
    "sign_in": "Sign in",
    "stay": re.compile("Stay signed in"),
    # the work
    "take_next": "Take the next draft",
    "take_it": re.compile("Take it"),
    "go_on": re.compile("^Go on"),
    "language": "Language",
    "order": "Which first",
    "correct_again": re.compile("^Correct again"),
    "sent_back": re.compile("^Sent back"),
    "handed_in": re.compile("^Handed in"),
    "accepted": re.compile("^Accepted"),
    # the editor (words/editor.ts)
    "back": re.compile("Work$"),
    "sentences": "Sentences",
    "sentence": re.compile(r"^Sentence \d+"),
    "speaker": re.compile("^Speaker: "),
    "new_speaker": "New speaker",
    "rename": re.compile("^Rename .* everywhere"),
    "rename_what": "Name of the speaker in every sentence",
    "rename_do": "Rename",
    "removed": re.compile("^Removed"),
    "put_back": "Put back",
    "inaudible": "Inaudible",
    "start": "Start",
    "submit": re.compile("^Submit"),
    "submit_do": "Submit",
    "submit_stops": re.compile("This has to be put right first"),
    "keys": "Keys",
    "undo": "Undo",
    "redo": "Redo",
    "pause": re.compile("^Pause"),
    "keep_for_me": re.compile("^Keep"),
    # how a person's work stands (words/keeping.ts)
    "saved": re.compile("Saved at"),
    "offline": re.compile("^No connection since"),
    "other_tab": "This draft is open in another tab",
    "work_here": "Work here",
    "taken": "Somebody else has this draft now",
    "elsewhere": re.compile("^Another device of yours saved a different text"),
    "use_theirs": "Use the other text",
    "use_mine": "Use this text",
    "signed_out": "You are signed out",
    "withdrawn": "This draft was withdrawn",
    "download": "Download the text",
    # the reviewer's pages (words/work.ts, words/review.ts)
    "review_next": "Review the next one",
    "review_it": re.compile("^Review: "),
    "accept": re.compile("^Accept"),
    "send_back": re.compile("^Send back"),
    "comment_at": re.compile(r"^Write at sentence \d+"),
    "own_work": re.compile("^This is your own work"),
    "content": re.compile("^Content"),
}

JAMO = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

WAIT_SECONDS = 20.0


def make_demo_home(folder: Path) -> Path:
    """A home with the four drafts that `prelabel demo` makes, with both tracks and their peaks.

    DEMO_HOME names one that was made before: it is copied, because drafting takes a minute.
    """
    home = folder / "home"
    made = os.environ.get("DEMO_HOME")
    if made:
        shutil.copytree(made, home, ignore=shutil.ignore_patterns("prefect"))
        return home
    done = prelabel("demo", "--out", str(folder / "out"), home=home)
    assert done.returncode == 0, done.stderr
    return home


class Site:
    """A running server over a home of its own, and what is known of it beside the page."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.queue = Queue(f"sqlite:///{home / 'queue.db'}").open()
        self.tokens = {
            name: create_token(
                self.queue,
                name,
                scopes,
                platform=PLATFORM if scopes == CORRECTS else None,
                worker=None if "admin" in scopes else name,
            )[1]
            for name, scopes in PEOPLE.items()
        }
        self._server = ExitStack()
        self.address = ""
        self.start()

    def start(self) -> None:
        """Serve, at the address of before where there was one."""
        port = ("--port", self.address.rsplit(":", 1)[1]) if self.address else ()
        self.address, _ = self._server.enter_context(serving(self.home, *port))
        answer_of(f"{self.address}/openapi.json")

    def stop(self) -> None:
        """Nobody answers until it is started again."""
        self._server.close()

    def close(self) -> None:
        self.stop()
        self.queue.close()

    def asked(self, method: str, path: str, *, by: str = "operator", **request: Any) -> Any:
        """What the API answers to somebody. Anything but 2xx fails."""
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} | request.pop("headers", {})
        answer = httpx.request(method, f"{self.address}/v1{path}", headers=headers, timeout=30, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def draft_in(self, language: str) -> str:
        """The id of the draft in a language."""
        (found,) = [one for one in self.asked("GET", "/drafts")["drafts"] if one["language"] == language]
        return str(found["draft_id"])

    def entry(self, draft: str) -> dict[str, Any]:
        found: dict[str, Any] = self.asked("GET", f"/drafts/{draft}")
        return found

    def document(self, draft: str) -> dict[str, Any]:
        found: dict[str, Any] = self.asked("GET", f"/drafts/{draft}/document")
        return found

    def revision(self, draft: str, number: int) -> dict[str, Any]:
        """A correction that was handed in."""
        found: dict[str, Any] = self.asked("GET", f"/drafts/{draft}/submissions/{number}")
        return found

    def working_copy(self, draft: str, worker: str) -> dict[str, Any] | None:
        """What somebody typed and did not hand in, as the server has it; None: nothing."""
        answer = httpx.get(
            f"{self.address}/v1/drafts/{draft}/working-copy",
            headers={"Authorization": f"Bearer {self.tokens[worker]}"},
            timeout=30,
        )
        return answer.json() if answer.is_success else None

    def leases_end(self) -> None:
        """As if nobody had renewed any lease in time."""
        pass_time(self.queue, 4000)

    def submit(self, draft: str, worker: str, texts: dict[int, str], *, revision: int = 1) -> None:
        """Hand a correction in by the API: the draft, with other texts at some of its sentences."""
        if self.entry(draft)["state"] == "ready":
            given = self.asked("POST", "/leases", by=worker, json={"count": 1, "seconds": 60, "draft_id": draft})
            lease = {"lease_token": given["leases"][0]["lease_token"]}
            self.asked("POST", f"/drafts/{draft}/ack", by=worker, json=lease)
        correction = {
            "schema": "prelabel.correction/1",
            "draft_id": draft,
            "revision": revision,
            "worker": worker,
            "lead_time": 60.0,
            "sentences": [
                {
                    "id": one["id"],
                    "from": [one["id"]],
                    "start": one["start"],
                    "end": one["end"],
                    "speaker": one["speaker"],
                    "text": texts.get(place, one["text"]),
                }
                for place, one in enumerate(self.document(draft)["sentences"])
            ],
        }
        self.asked("POST", f"/drafts/{draft}/submissions", by=worker, json=correction)

    def send_back(self, draft: str, words: str, at: dict[int, str], *, revision: int = 1) -> None:
        """Judge a revision by the API: it has to be done again."""
        comments = [{"sentence": place, "text": text} for place, text in at.items()]
        judgement = {"reviewer": "lee", "revision": revision, "verdict": "rework", "comment": words}
        self.asked("POST", f"/drafts/{draft}/reviews", by="lee", json=judgement | {"comments": comments})


@dataclass
class Person:
    """Somebody at the page, with a browser that shares nothing with anybody's.

    `troubles` is what a page must never do: errors that nobody caught, requests to elsewhere, answers that are the
    server's own fault.
    """

    name: str
    context: BrowserContext
    site: Site
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(1000 * WAIT_SECONDS)
        self.context.on("request", lambda request: self._watch_address(request.url))
        self.context.on("response", self._watch_answer)
        self.context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error}"))
        self.context.on("console", lambda said: self._watch_console(said.type, said.text))

    def open(self, place: str = "/") -> Page:
        """A new tab that shows a place of the page, as a person who is signed in sees it."""
        page = self.context.new_page()
        page.goto(f"{self.site.address}/#token={self.site.tokens[self.name]}")
        until(lambda: "token" not in page.url, "the token is out of the address")
        page.evaluate(f"location.hash = {json.dumps('#' + place)}")
        return page

    def correct(self, draft: str) -> Page:
        """A new tab with the editor of a draft, ready to be typed into."""
        page = self.open(f"/draft/{draft}")
        sentences(page).first.wait_for()
        return page

    def keep(self, folder: Path) -> None:
        """Pictures of all tabs as they are now, and the trace of what led there."""
        for number, page in enumerate(self.context.pages):
            with suppress(Error):  # a tab that has crashed has nothing to show
                page.screenshot(path=folder / f"{number}.png", timeout=5000)
        self.context.tracing.stop(path=folder / "trace.zip")

    def cut_off(self) -> None:
        """The connection is dead, and the browser knows."""
        self.context.set_offline(True)

    def reconnect(self) -> None:
        self.context.set_offline(False)

    def answers_are_lost(self, pattern: str, times: int = 1) -> None:
        """The server does what it is asked at `pattern`, but the answer never comes; so many times."""

        def lose(route: Route) -> None:
            route.fetch()
            route.abort("connectionreset")

        self.context.route(pattern, lose, times=times)

    def _watch_address(self, url: str) -> None:
        if not url.startswith((f"{self.site.address}/", "data:", "blob:", "chrome:")):
            self.troubles.append(f"asked elsewhere: {url}")

    def _watch_answer(self, answer: Response) -> None:
        if answer.status >= 500:
            self.troubles.append(f"{answer.status} of {answer.url}")

    def _watch_console(self, kind: str, text: str) -> None:
        # Chromium notes every answer that is not 2xx, and every dead connection; tests look at what comes of them.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {text}")


def field(page: Page, number: int) -> Locator:
    """The text of a sentence, which is counted from 1 as the page does."""
    return sentences(page).nth(number - 1)


def put_cursor(page: Page, number: int, offset: int, to: int | None = None) -> None:
    """Into a sentence, before its character `offset`; with `to`, all between the two is selected."""
    there = field(page, number)
    there.focus()
    there.evaluate("(it, [from, to]) => it.setSelectionRange(from, to)", [offset, offset if to is None else to])


def choose_speaker(page: Page, number: int, name: str | re.Pattern[str]) -> None:
    """By the menu at a sentence: a speaker who is there, a new one, or the way to another name."""
    field(page, number).locator("xpath=ancestor::li[1]").get_by_role("button", name=NAMES["speaker"]).click()
    page.get_by_role("menu").locator("[role^=menuitem]", has_text=name).click()


def hand_in(page: Page) -> None:
    """Submit, and wait until the page says that it is done."""
    page.get_by_role("button", name=NAMES["submit"]).first.click()
    page.get_by_role("dialog").get_by_role("button", name=NAMES["submit_do"], exact=True).click()
    page.get_by_role("button", name=NAMES["take_next"]).wait_for()


def sentences(page: Page) -> Locator:
    """The fields of the sentences, in reading order."""
    return page.get_by_role("list", name=NAMES["sentences"]).get_by_role("textbox", name=NAMES["sentence"])


def text_of(page: Page) -> list[str]:
    """What the sentences say."""
    return [field.input_value() for field in sentences(page).all()]


def says(page: Page, texts: Sequence[str]) -> None:
    """Wait until the sentences say this, and fail where they never do."""
    until(lambda: text_of(page) == list(texts), f"the sentences are {list(texts)}; they are {text_of(page)}")


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true that no page shows. Routes of the test do nothing meanwhile."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.1)


def composed(
    page: Page, pieces: Sequence[Sequence[str]], *, ended_by: str = "KeyA", left_open: bool = False
) -> None:
    """Type as an input method does: each piece is shown in all its states, and becomes the last one.

    `ended_by`: the key that ends a piece, as Enter and Space end a conversion; the page sees it go by as one of the
    input method's own. `left_open`: the last piece is still being composed in the end, as a syllable of Hangul is.
    """
    session = page.context.new_cdp_session(page)

    def send(call: str, code: str, **given: Any) -> None:
        key = {"windowsVirtualKeyCode": 229, "key": "Process", "code": code}
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown"} | key)
        session.send(call, given)
        session.send("Input.dispatchKeyEvent", {"type": "keyUp"} | key)

    for number, states in enumerate(pieces):
        for state in states:
            end = len(state)
            send("Input.imeSetComposition", "KeyA", text=state, selectionStart=end, selectionEnd=end)
        if number + 1 < len(pieces) or not left_open:
            send("Input.insertText", ended_by, text=states[-1])
    session.detach()


def press_enter_in_hangul(page: Page, syllable: str) -> None:
    """Enter while a syllable of Hangul is open: Chrome tells of the key once as the input method's, closes the
    syllable, and then tells of it again as a plain Enter."""
    session = page.context.new_cdp_session(page)
    key = {"windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"}
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown"} | key)
    session.send("Input.insertText", {"text": syllable})
    session.detach()
    page.keyboard.press("Enter")


def hangul(text: str) -> list[list[str]]:
    """The states in which a Korean input method shows each syllable: `하나` is ㅎ 하 한, then 하 and 나.

    The consonant that begins a syllable ends the one before until its vowel comes. Other letters have one state.
    """
    pieces: list[list[str]] = []
    borrowed = False
    for place, letter in enumerate(text):
        if not "가" <= letter <= "힣":
            pieces.append([letter])
            borrowed = False
            continue
        initial, vowel, final = _parts(letter)
        open_syllable = chr(0xAC00 + (initial * 21 + vowel) * 28)
        states = [open_syllable] if borrowed else [JAMO[initial], open_syllable]
        if final:
            states.append(letter)
        following = text[place + 1 : place + 2]
        borrowed = not final and "가" <= following <= "힣" and JAMO[_parts(following)[0]] in FINALS
        if borrowed:
            states += [chr(ord(open_syllable) + FINALS.index(JAMO[_parts(following)[0]])), letter]
        pieces.append(states)
    return pieces


def _parts(syllable: str) -> tuple[int, int, int]:
    number = ord(syllable) - 0xAC00
    return number // 588, number % 588 // 28, number % 28


def crash(page: Page) -> None:
    """The process of a tab dies, as it does where memory runs out. Other tabs of the browser live on."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def kill(context: BrowserContext) -> None:
    """The browser dies at once with all its tabs, as where the power goes; what was on the disk stays."""
    assert context.browser is not None
    processes = context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    with context.expect_event("close"):
        os.kill(next(one["id"] for one in processes if one["type"] == "browser"), signal.SIGKILL)
