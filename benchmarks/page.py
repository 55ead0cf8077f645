"""The correction page in Chromium, and Label Studio's own audio template beside it.

    python -m benchmarks.page [--label-studio .venv-label-studio/bin/label-studio] [--axe axe.min.js]

One recording of ten minutes with a thousand sentences: bytes until the first sound, how long that takes on this
machine and on a line of 20 Mbit/s, frames per second while the sentences are scrolled. One of fifteen sentences:
keys, clicks and drags that four corrections cost, each done by real input events and looked up afterwards. Both
tools get the same sounds, sentences and window. `--axe`: the accessibility checker's file; its report of each page.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import imageio_ffmpeg
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from benchmarks.chromium import chromium
from benchmarks.label_studio import UNIT_SECONDS
from benchmarks.label_studio import draft as even_draft
from core.store import MediaStore
from core.types import Audio, Draft, Sentence, Word
from export.clips import Track, note_clip
from export.drafts import from_json, to_json
from export.entries import QueuedDraft
from export.queue import Queue
from export.sound import encode_audio
from tests.browser import NAMES, Person, Site, sentences, until
from tests.browser import field as sentence_field
from tests.label_studio import TOKEN, running_label_studio

ROOT = Path(__file__).parents[1]
WINDOW = {"width": 1440, "height": 900}
RATE = 24_000
SENTENCES = 1000
MEGABITS, LATENCY_MS = 20, 40
SCROLLED_SECONDS = 5.0
WAIT_SECONDS = 60.0

# Both tracks of a clip are the same file: they are as long, and nobody listens.
SOUND: dict[Track, str] = {"mix": "clip.m4a", "voice": "clip.m4a"}
PEAKS: dict[Track, str] = {"mix": "clip.peaks", "voice": "clip.peaks"}

# When a sound is really heard: the first frame of the page in which a media element has moved on.
FIRST_SOUND = """
window.firstSound = null;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  const from = this.currentTime;
  const look = () => {
    if (this.currentTime > from && !this.muted) window.firstSound ??= performance.now();
    else if (window.firstSound === null) requestAnimationFrame(look);
  };
  look();
  return play.call(this);
};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...given) {
  window.firstSound ??= performance.now();
  return start.apply(this, given);
};
"""

# In the page itself: finding a button among thousands by its role, as tests do, keeps the page from its own work.
PRESS_PLAY = """() => {
  const named = (it) => (it.getAttribute("aria-label") ?? it.title ?? it.textContent ?? "").trim();
  const button = [...document.querySelectorAll("button")].find((it) => named(it) === "Play" && !it.disabled);
  button?.click();
}"""

FRAMES = """() => {
  window.frames_seen = [];
  const note = (now) => { window.frames_seen.push(now); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""

KEY_TO_PAINT = """() => {
  window.keys_seen = [];
  const note = (told) => told.getEntries().forEach((it) => it.name === "keydown" && keys_seen.push(it.duration));
  new PerformanceObserver(note).observe({ type: "event", durationThreshold: 16 });
}"""

# Where on the screen a character of a text field is: told by a copy of the field whose text can be measured.
PLACE = """(field, offset) => {
  const copy = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of style) copy.style.setProperty(name, style.getPropertyValue(name));
  const box = field.getBoundingClientRect();
  Object.assign(copy.style, { position: "fixed", left: `${box.left}px`, top: `${box.top}px`, whiteSpace: "pre-wrap",
    width: `${box.width}px`, visibility: "hidden", margin: 0, transform: "none", transition: "none" });
  copy.textContent = field.value;
  document.body.append(copy);
  const range = document.createRange();
  range.setStart(copy.firstChild, offset);
  range.setEnd(copy.firstChild, Math.min(offset + 1, field.value.length));
  const at = range.getBoundingClientRect();
  copy.remove();
  return [at.left, at.top + at.height / 2];
}"""


@dataclass
class Hands:
    """A person's hands on a page, counted: every chord is a key, every drag is one of its own."""

    page: Page
    keys: int = 0
    clicks: int = 0
    drags: int = 0

    def press(self, *chords: str) -> None:
        for chord in chords:
            self.keys += 1
            self.page.keyboard.press(chord)

    def type(self, text: str) -> None:
        self.keys += len(text)
        self.page.keyboard.type(text)

    def click(self, there: Locator) -> None:
        self.clicks += 1
        there.click()

    def click_at(self, there: tuple[float, float]) -> None:
        self.clicks += 1
        self.page.mouse.click(*there)

    def click_in(self, text: Locator, offset: int, *, times: int = 1) -> None:
        """Click before a character of a text field."""
        self.clicks += times
        x, y = text.evaluate(PLACE, offset)
        self.page.mouse.click(x + 1, y, click_count=times)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.drags += 1
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=8)
        self.page.mouse.up()

    def __str__(self) -> str:
        return f"{self.keys} keys, {self.clicks} clicks, {self.drags} drags"


# What is corrected in the demo's English draft, by the place of the sentence.
WRONG_WORD, RIGHT_WORD = "websouse", "warehouse"
CUT_BEFORE = " at the"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label-studio", metavar="COMMAND", help="measure this Label Studio too")
    parser.add_argument("--axe", type=Path, default=ROOT / "export/page/node_modules/axe-core/axe.min.js")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as (_, browser):
        materials = Materials.made(Path(folder))
        page_figures(browser, materials, arguments.axe)
        if arguments.label_studio is not None:
            label_studio_figures(browser, materials, arguments.label_studio)
    return 0


@dataclass(frozen=True)
class Materials:
    """A long draft and a short one, each with a sound, in a home of their own."""

    home: Path
    long: Draft
    short: Draft
    sounds: dict[str, Path]

    @staticmethod
    def made(folder: Path) -> Materials:
        home = folder / "home"
        store = MediaStore(home / "store").open()
        sample = from_json((ROOT / "flows/samples/en.json").read_bytes())
        heard = decoded(ROOT / "flows/clips/en.mp4")
        long = with_words(even_draft(1, SENTENCES))
        sounds = {}
        with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
            for draft, samples in ((sample, heard), (long, np.resize(heard, round(UNIT_SECONDS * RATE)))):
                where = store.root / draft.recording.id
                where.mkdir(parents=True)
                sounds[draft.draft_id] = where / "clip.m4a"
                encode_audio([Audio(samples[np.newaxis], RATE)], sounds[draft.draft_id])
                note_clip(store, draft.recording.id, draft.draft_id, SOUND, PEAKS)
                document = to_json(draft)
                (where / "draft.json").write_bytes(document)
                place = f"{draft.recording.id}/draft.json"
                queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())])
        return Materials(home, long, sample, sounds)


def decoded(clip: Path) -> Any:
    """What a clip sounds like, as one channel."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(clip), "-ac", "1", "-ar", str(RATE)]
    done = subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, np.float32)


def with_words(draft: Draft) -> Draft:
    """The draft with the words of its sentences, each as long as the others, as a recogniser gives them."""

    def spoken(one: Sentence) -> Sentence:
        pieces = one.text.split(" ")
        step = (one.end - one.start) / len(pieces)
        words = tuple(
            Word(f" {piece}" if n else piece, one.start + n * step, one.start + (n + 1) * step, 0.9, one.speaker)
            for n, piece in enumerate(pieces)
        )
        return replace(one, raw_text=one.text, words=words)

    return replace(draft, project="default", sentences=tuple(spoken(one) for one in draft.sentences))


# What is measured of either tool.


@dataclass
class Loaded:
    """What a page fetched from the moment it was opened, in bytes as they came over the line, by what they were."""

    bytes: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def watched(page: Page) -> Loaded:
        loaded, kinds = Loaded(), {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")

        def note(request: str, count: int) -> None:
            kind = kinds.get(request, "Other")
            loaded.bytes[kind] = loaded.bytes.get(kind, 0) + count

        session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        # Of a sound that is fetched as it plays no end comes, so that each piece is counted as it does.
        session.on("Network.dataReceived", lambda told: note(told["requestId"], told["encodedDataLength"]))
        return loaded

    def __str__(self) -> str:
        parts = ", ".join(f"{kind.lower()} {count / 1000:,.0f}" for kind, count in sorted(self.bytes.items()))
        return f"{sum(self.bytes.values()) / 1000:,.0f} kB ({parts})"


def first_sound(context: BrowserContext, address: str, *, slow: bool) -> tuple[float, Loaded]:
    """Seconds from opening an address to a sound, for somebody who presses Play as soon as that does anything."""
    page = context.new_page()
    loaded = Loaded.watched(page)
    session = page.context.new_cdp_session(page)
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if slow:
        line = {"downloadThroughput": MEGABITS * 125_000, "uploadThroughput": MEGABITS * 125_000}
        session.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS} | line)
    page.goto(address, wait_until="commit")
    deadline = time.monotonic() + WAIT_SECONDS
    while (heard := page.evaluate("window.firstSound")) is None:
        assert time.monotonic() < deadline, "nothing is ever heard"
        page.evaluate(PRESS_PLAY)
        page.wait_for_timeout(50)
    page.close()
    return heard / 1000, loaded


def frames_while_scrolling(page: Page, over: Locator) -> str:
    """Frames per second while `over` is scrolled by the wheel, and its longest frame."""
    box = over.bounding_box()
    assert box is not None
    page.evaluate(FRAMES)
    session = page.context.new_cdp_session(page)
    speed = 4000
    session.send(
        "Input.synthesizeScrollGesture",
        {
            "x": box["x"] + min(box["width"], 300) / 2,
            "y": min(box["y"] + 200, WINDOW["height"] - 120),
            "yDistance": -int(speed * SCROLLED_SECONDS),
            "speed": speed,
            "gestureSourceType": "mouse",
        },
    )
    times = page.evaluate("window.frames_seen")
    gaps = sorted(after - before for before, after in pairwise(times))
    late = gaps[int(len(gaps) * 0.95)]
    return (
        f"{1000 * len(gaps) / sum(gaps):.0f} frames/s, median frame {median(gaps):.1f} ms, "
        f"95 % within {late:.0f} ms, longest {gaps[-1]:.0f} ms"
    )


def key_to_paint(page: Page, there: Locator) -> str:
    """How long after a key the page shows what it did, as the browser says it: to 8 ms, and 16 ms at least."""
    there.focus()
    page.evaluate(KEY_TO_PAINT)
    for letter in "a sentence that somebody writes while a thousand others stand by":
        page.keyboard.press(letter if letter != " " else "Space")
        page.wait_for_timeout(60)
    seen = sorted(page.evaluate("window.keys_seen"))
    return f"{median(seen):.0f} ms, 95 % within {seen[int(len(seen) * 0.95)]:.0f} ms" if seen else "16 ms at most"


def say(what: str, figure: object) -> None:
    print(f"{what:<46} {figure}", flush=True)


# The page.


def page_figures(browser: Browser, materials: Materials, axe: Path) -> None:
    site = Site(materials.home)
    try:
        print("prelabel's page")
        address = f"{site.address}/#/draft/{materials.long.draft_id}"
        for slow in (False, True):
            with somebody(browser, site) as kim:
                seconds, loaded = first_sound(kim.context, address, slow=slow)
                say(f"opening to first sound, {'20 Mbit/s' if slow else 'this machine'}", f"{seconds:.2f} s")
        say("loaded until then", loaded)
        with somebody(browser, site) as kim:
            page = kim.correct(materials.long.draft_id)
            page.wait_for_function("(all) => document.querySelectorAll('textarea').length >= all", arg=SENTENCES)
            say("sentences on the page", sentences(page).count())
            say("while scrolling them", frames_while_scrolling(page, sentences(page).nth(2)))
            say("from a key to what is shown, among them", key_to_paint(page, page.locator("textarea").nth(2)))
        for what, cost in page_corrections(browser, site, materials.short):
            say(what, cost)
        if axe.is_file():
            accessibility(browser, site, materials, axe.read_text(encoding="utf-8"))
        else:
            say("accessibility", f"not looked at: there is no {axe}")
    finally:
        site.close()


@contextmanager
def somebody(browser: Browser, site: Site, name: str = "kim") -> Iterator[Person]:
    """A person on a device of their own who is signed in."""
    context = browser.new_context(locale="en-US", viewport=WINDOW)  # type: ignore[arg-type]
    keep = f"sessionStorage.setItem('prelabel.token', {json.dumps(site.tokens[name])});"
    context.add_init_script(f"if (location.protocol === 'http:') {keep}")
    context.add_init_script(FIRST_SOUND)
    yield Person(name, context, site)
    context.close()


def page_corrections(browser: Browser, site: Site, draft: Draft) -> Iterator[tuple[str, Hands]]:
    """What each correction costs, from a page that was just opened; what came of it is looked up on the server."""

    def fix(hands: Hands) -> None:
        there = sentence_field(hands.page, 3)
        hands.click_in(there, there.input_value().index(WRONG_WORD) + 2, times=2)
        hands.type(RIGHT_WORD)

    def cut(hands: Hands) -> None:
        there = sentence_field(hands.page, 3)
        hands.click_in(there, there.input_value().index(CUT_BEFORE))
        hands.press("Control+Enter")

    def give(hands: Hands) -> None:
        hands.click(sentence_field(hands.page, 3))
        hands.press("Alt+2")

    def move(hands: Hands) -> None:
        hands.click(sentence_field(hands.page, 3))
        hands.press("Alt+Shift+]", "Alt+Shift+]")

    for what, act in (
        ("fix a word", fix),
        ("cut a sentence in two", cut),
        ("change a speaker", give),
        ("move an end", move),
    ):
        with somebody(browser, site) as kim:
            page = kim.correct(draft.draft_id)
            hands = Hands(page)
            act(hands)
            page.keyboard.press("Control+s")
            until(lambda what=what: changed(site, draft, what), f"{what}: the server has it")
            yield what, hands
            clean(site, draft)


def changed(site: Site, draft: Draft, what: str) -> bool:
    """Whether the working copy on the server has the correction."""
    copy = site.working_copy(draft.draft_id, "kim")
    if copy is None:
        return False
    third, fourth = copy["document"]["doc"]["rows"][2:4]
    drafted = draft.sentences[2]
    return {
        "fix a word": RIGHT_WORD in third["text"] and WRONG_WORD not in third["text"],
        "cut a sentence in two": f"{third['text']} {fourth['text']}" == drafted.text,
        "change a speaker": third["speaker"] == "S2",
        "move an end": abs(third["end"] - drafted.end - 0.2) < 0.01,
    }[what]


def clean(site: Site, draft: Draft) -> None:
    """Nobody has the draft, and nobody has typed anything of it."""
    site.leases_end()
    until(lambda: site.entry(draft.draft_id)["state"] == "ready", "the draft is ready")
    headers = {"Authorization": f"Bearer {site.tokens['kim']}"}
    httpx.delete(f"{site.address}/v1/drafts/{draft.draft_id}/working-copy", headers=headers).raise_for_status()


def accessibility(browser: Browser, site: Site, materials: Materials, axe: str) -> None:
    """What the checker finds on each page, light and dark."""
    site.submit(materials.short.draft_id, "park", {0: "Good evening, David."})
    places: tuple[tuple[str, str, str, Callable[[Page], Locator]], ...] = (
        ("the work", "kim", "/", lambda page: page.get_by_role("button", name=NAMES["take_next"])),
        ("the editor", "kim", f"/draft/{materials.long.draft_id}", lambda page: sentences(page).first),
        ("the reviews", "lee", "/review", lambda page: page.get_by_role("link", name=NAMES["review_it"]).first),
        (
            "a review",
            "lee",
            f"/review/{materials.short.draft_id}",
            lambda page: page.get_by_role("button", name=NAMES["accept"]),
        ),
    )
    for name, who, place, shown in places:
        for scheme in ("light", "dark"):
            with somebody(browser, site, who) as person:
                page = person.open(place)
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                shown(page).wait_for()
                say(f"accessibility of {name}, {scheme}", checked(page, axe))
    page = browser.new_page()
    page.goto(site.address)
    page.get_by_role("button", name=NAMES["sign_in"]).wait_for()
    say("accessibility of signing in", checked(page, axe))
    page.close()


def checked(page: Page, axe: str) -> str:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations', 'passes', 'incomplete'] })")
    wrong = ", ".join(f"{one['id']} ({len(one['nodes'])})" for one in found["violations"]) or "none"
    return f"{len(found['passes'])} rules hold, {len(found['incomplete'])} for people to judge, violations: {wrong}"


# Label Studio.

# Its template `automatic-speech-recognition-using-segments`, with speakers for labels.
TEMPLATE = """<View>
  <Labels name="labels" toName="audio">
    <Label value="S1" />
    <Label value="S2" />
  </Labels>
  <Audio name="audio" value="$audio"/>
  <TextArea name="transcription" toName="audio" rows="2" editable="true" perRegion="true" required="true" />
</View>"""


def label_studio_figures(browser: Browser, materials: Materials, command: str) -> None:
    with (
        tempfile.TemporaryDirectory() as data,
        running_label_studio(command, Path(data) / "data", Path(data)) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Token {TOKEN}"}, timeout=600) as server,
    ):
        print("Label Studio's audio template")
        context = browser.new_context(locale="en-US", viewport=WINDOW)  # type: ignore[arg-type]
        context.add_init_script(FIRST_SOUND)
        page = context.new_page()
        page.goto(f"{url}/user/login")
        page.fill("input[name=email]", "a@example.com")
        page.fill("input[name=password]", "correct-horse")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda where: "login" not in where)
        page.close()
        address = task(server, url, materials.long, materials)
        for slow in (False, True):
            seconds, loaded = first_sound(context, address, slow=slow)
            say(f"opening to first sound, {'20 Mbit/s' if slow else 'this machine'}", f"{seconds:.2f} s")
        say("loaded until then", loaded)
        page = context.new_page()
        page.goto(address)
        regions = page.locator(".lsf-outliner-item")
        regions.first.wait_for()
        say("while scrolling the regions", frames_while_scrolling(page, regions.nth(1)))
        page.close()
        for what, cost in label_studio_corrections(context, server, url, materials):
            say(what, cost)
        context.close()


def task(server: httpx.Client, url: str, draft: Draft, materials: Materials) -> str:
    """A project of its own with one task, drafted like `draft`; where its page is."""
    project = sent(server, "/api/projects/", json={"title": draft.draft_id, "label_config": TEMPLATE})["id"]
    sound = ("clip.m4a", materials.sounds[draft.draft_id].read_bytes(), "audio/mp4")
    sent(server, f"/api/projects/{project}/import", files={"file": sound})
    (uploaded,) = server.get("/api/tasks/", params={"project": project}).json()["tasks"]
    results: list[dict[str, Any]] = []
    for one in draft.sentences:
        span = {"start": one.start, "end": one.end}
        region = {"id": one.id, "to_name": "audio", "original_length": draft.unit.end}
        results.append(
            region | {"from_name": "labels", "type": "labels", "value": span | {"labels": [one.speaker]}}
        )
        said = span | {"text": [one.text]}
        results.append(region | {"from_name": "transcription", "type": "textarea", "value": said})
    prediction = {"task": uploaded["id"], "result": results}
    sent(server, "/api/predictions/", json=prediction)
    return f"{url}/projects/{project}/data?task={uploaded['id']}"


def sent(server: httpx.Client, path: str, **body: Any) -> Any:
    answer = server.post(path, **body)
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}"
    return answer.json()


def label_studio_corrections(
    context: BrowserContext, server: httpx.Client, url: str, materials: Materials
) -> Iterator[tuple[str, Hands]]:
    """What the same corrections cost, from a page that was just opened; what came of it is looked up afterwards."""
    draft = materials.short
    third = draft.sentences[2]

    def select(hands: Hands) -> None:
        hands.click(hands.page.locator(".lsf-outliner-item").nth(2))
        hands.page.get_by_test_id("htx-textbox-content").wait_for()

    def edit(hands: Hands) -> Locator:
        hands.page.get_by_test_id("htx-textbox-content").hover()
        hands.click(hands.page.get_by_test_id("htx-textbox-edit-button"))
        return hands.page.get_by_test_id("htx-textbox-input")

    def at(hands: Hands, seconds: float) -> tuple[float, float]:
        box = hands.page.locator("canvas").first.bounding_box()
        assert box is not None
        return box["x"] + box["width"] * seconds / draft.unit.end, box["y"] + box["height"] * 0.6

    def fix(hands: Hands) -> None:
        select(hands)
        text = edit(hands)
        hands.click_in(text, third.text.index(WRONG_WORD) + 2, times=2)
        hands.type(RIGHT_WORD)
        hands.press("Shift+Enter")

    def cut(hands: Hands) -> None:
        middle = (third.start + third.end) / 2
        select(hands)
        hands.drag(at(hands, third.end), at(hands, middle))
        text = edit(hands)
        hands.click_in(text, third.text.index(CUT_BEFORE))
        hands.press("Shift+End", "Control+x", "Shift+Enter", "Escape", "1")
        hands.drag(at(hands, middle + 0.1), at(hands, third.end))
        hands.click_at(at(hands, (middle + third.end) / 2))  # what was drawn is not selected by itself
        hands.click(hands.page.get_by_test_id("textarea-input"))
        hands.press("Control+v", "Shift+Enter")

    def give(hands: Hands) -> None:
        select(hands)
        hands.press("2")

    def move(hands: Hands) -> None:
        select(hands)
        hands.drag(at(hands, third.end), at(hands, third.end + 0.2))

    def holds(what: str, regions: dict[str, dict[str, Any]]) -> bool:
        mine = regions[third.id]
        new = [one for name, one in regions.items() if name not in {sentence.id for sentence in draft.sentences}]
        return {
            "fix a word": RIGHT_WORD in mine["text"] and WRONG_WORD not in mine["text"],
            "cut a sentence in two": [one["text"].strip() for one in (mine, *new)]
            == [part.strip() for part in third.text.partition(CUT_BEFORE)[0::2]]
            or " ".join(one["text"].strip() for one in (mine, *new)) == third.text,
            "change a speaker": mine["speaker"] == "S2",
            "move an end": mine["end"] > third.end + 0.05,
        }[what]

    for what, act in (
        ("fix a word", fix),
        ("cut a sentence in two", cut),
        ("change a speaker", give),
        ("move an end", move),
    ):
        address = task(server, url, draft, materials)
        page = context.new_page()
        page.goto(address)
        page.locator(".lsf-outliner-item").nth(2).wait_for()
        page.get_by_role("button", name="Play", exact=True).wait_for()
        page.wait_for_timeout(1000)  # regions can be dragged only once the sound is drawn
        hands = Hands(page)
        act(hands)
        page.get_by_test_id("bottombar-submit-button").click()
        results = submitted(server, address)
        found = regions_of(results)
        assert holds(what, found), f"{what} did not come to what it should: {found}"
        page.close()
        yield what, hands


def submitted(server: httpx.Client, address: str) -> list[dict[str, Any]]:
    """The results of the annotation of a task, once there is one."""
    number = address.rsplit("=", 1)[1]

    def annotations() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = server.get(f"/api/tasks/{number}/").json()["annotations"]
        return found

    until(lambda: bool(annotations()), "it is submitted")
    results: list[dict[str, Any]] = annotations()[0]["result"]
    return results


def regions_of(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The regions of an annotation by their ids: speaker, text, end."""
    regions: dict[str, dict[str, Any]] = {}
    for one in results:
        region = regions.setdefault(one["id"], {"speaker": None, "text": "", "end": one["value"]["end"]})
        if one["type"] == "labels":
            region["speaker"] = one["value"]["labels"][0]
        else:
            region["text"] = " ".join(one["value"]["text"])
    return regions


if __name__ == "__main__":
    sys.exit(main())
