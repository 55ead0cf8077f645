from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import numpy as np
import pytest

from core.errors import Reason
from core.flags import describe
from core.types import (
    Audio,
    Cause,
    Checked,
    Draft,
    Duplicate,
    Loudness,
    Prediction,
    Recording,
    Rejected,
    Sentence,
    Separation,
    SignalQuality,
    Stem,
    Turn,
    Unit,
    Word,
)
from export.prices import Price
from export.report import BatchReport, RecordingReport, StageTime, write_index, write_page
from export.report import words as plain
from export.sound import Sound, encode_audio

Make = Callable[..., Draft]
Say = Callable[..., Sentence]

HOSTILE = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(2)>&{{7*7}}.mp4"


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and the text outside of style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._inside: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script draws from."""
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.source, re.DOTALL)
        assert found is not None
        parsed: dict[str, Any] = json.loads(found[1])
        return parsed


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """Ten seconds of a tone that comes and goes."""
    time = np.arange(160000) / 16000
    tone = (0.3 * np.sin(2 * np.pi * 440 * time) * (time % 2 < 1)).astype(np.float32)
    windows = (Audio(tone[np.newaxis, at : at + 32000], 16000, at / 16000) for at in range(0, 160000, 32000))
    return encode_audio(windows, tmp_path_factory.mktemp("sound") / "mix.m4a")


def reported(draft: Draft, recording: Recording, **changes: Any) -> RecordingReport:
    times = (StageTime("decode", 0.5, True), StageTime("transcribe", 4.0, False))
    plain_report = RecordingReport(recording, draft, "ready", None, None, times)
    return replace(plain_report, **changes)


@dataclass(frozen=True)
class Batch:
    """A batch before any page is written."""

    reports: tuple[RecordingReport, ...]
    rejected: tuple[Rejected, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    model_set: str = "fast"
    wall_seconds: float = 5.0


def batch(*reports: RecordingReport, **changes: Any) -> Batch:
    return replace(Batch(reports), **changes)


def write_report(folder: Path, batch: Batch) -> Path:
    """Every page, then the index over them."""
    rows = tuple(write_page(folder, report, batch.model_set) for report in batch.reports)
    return write_index(
        folder, BatchReport(rows, batch.rejected, batch.duplicates, batch.model_set, batch.wall_seconds)
    )


def page_of(folder: Path) -> Page:
    (found,) = (folder / "recordings").glob("*/index.html")
    return Page(found.read_text(encoding="utf-8"))


@pytest.fixture
def conversation(draft: Make, sentence: Say) -> Draft:
    return draft(
        [
            sentence("Shall we start?", 0.5, 2.0),
            sentence(
                "Yes, of course.", 1.8, 3.0, speaker="S2", confidence=0.4, flags=("low_confidence", "overlap")
            ),
            sentence("회의를 시작합니다.", 4.0, 6.0, speaker=None, language="ko"),
        ]
    )


def test_the_pages_name_everything_that_went_in(
    tmp_path: Path, conversation: Draft, recording: Callable[..., Recording]
) -> None:
    rejected = Rejected("/in/slides.png", "still_image", "Send the video that belongs to it.")
    index = write_report(
        tmp_path,
        batch(
            reported(conversation, recording()),
            rejected=(rejected,),
            duplicates=(Duplicate("copy.mp4", "talk.mp4"),),
        ),
    )

    page = Page(index.read_text(encoding="utf-8"))
    for expected in (
        "3 recordings in",
        "talk.mp4",
        "slides.png",
        "A picture, not a recording",
        "Send the video that belongs to it.",
        "copy.mp4",
        "2.0 ×",
        "1 of 2 results from the store",
        "transcribe",
    ):
        assert expected in page.text, expected
    (link,) = [a["href"] for a in page.of("a") if a["href"].startswith("recordings/")]
    assert (tmp_path / unquote(link)).is_file()


def test_a_recordings_page_shows_each_sentence_with_its_doubts(
    tmp_path: Path, conversation: Draft, recording: Callable[..., Recording]
) -> None:
    write_report(tmp_path, batch(reported(conversation, recording())))

    page = page_of(tmp_path)
    assert describe("low_confidence") in page.text
    assert describe("overlap") in page.text
    assert [row["id"] for row in page.of("li") if "data-n" in row] == ["s0001", "s0002", "s0003"]
    assert {span["lang"] for span in page.of("span") if "lang" in span} == {"en", "ko"}
    assert page.data["sentences"] == [[0.5, 2.0, 0, 0], [1.8, 3.0, 1, 3], [4.0, 6.0, -1, 0]]
    assert page.data["speakers"] == ["S1", "S2"]
    assert [one["data-p"] for one in page.of("b") if "data-p" in one] == ["0.90"] * 8
    assert "It is not certain who speaks" in page.source


def test_figures_are_explained_with_their_units(
    tmp_path: Path, draft: Make, sentence: Say, recording: Callable[..., Recording]
) -> None:
    made = draft(
        [sentence("Hello.", 0.0, 1.0)],
        quality=SignalQuality(0.5, -20.0, -40.0, 12.0, 0.0, 0.002, 3900.0, 0.0, ()),
        loudness=Loudness(-41.26, -20.0, 19.0, -22.26, True),
        separation=Separation(Stem("voice.flac", 10.0, 1.0), False, "the network failed", ("separation_failed",)),
        checked=Checked((sentence("Hello.", 0.0, 1.0),), ("unwritten_voice",), ((4.0, 7.5),)),
    )

    write_report(tmp_path, batch(reported(made, recording())))

    page = page_of(tmp_path)
    for expected in (
        "−41.3", "−22.3", "LUFS", "raised by 19.0 dB", "−1.0 dBTP after", "highest peak had reached its ceiling",
        "12.0 dB", "noisy; noise at −40 dBFS", "3.9 kHz", "narrow, like a telephone", "0.20 %",
        "the network failed", "0:04.0–0:07.5", describe("separation_failed"), describe("loudness_limited"),
        "0.400", "beam_size",
    ):  # fmt: skip
        assert expected in page.text, expected
    assert page.data["unwritten"] == [[4.0, 7.5]]


def test_pages_need_no_network(
    tmp_path: Path, conversation: Draft, recording: Callable[..., Recording], sound: Sound
) -> None:
    index = write_report(tmp_path, batch(reported(conversation, recording(), mix=sound, voice=sound)))

    for page in (Page(index.read_text(encoding="utf-8")), page_of(tmp_path)):
        addresses = [
            value for _, found in page.elements for name, value in found.items() if name in ("src", "href")
        ]
        assert not [one for one in addresses if re.match(r"(https?:)?//", one)]
        assert "@import" not in page.source
        assert "url(" not in page.source
        assert "fetch(" not in page.source


def test_sounds_and_pictures_lie_beside_the_page(
    tmp_path: Path, conversation: Draft, recording: Callable[..., Recording], sound: Sound
) -> None:
    document = tmp_path / "drafts" / "talk 1.json"
    document.parent.mkdir()
    document.write_text("{}")
    report = batch(reported(conversation, recording(), mix=sound, voice=sound, documents=(document,)))

    write_report(tmp_path / "report", report)
    write_report(tmp_path / "report", report)

    (home,) = (tmp_path / "report" / "recordings").iterdir()
    page = page_of(tmp_path / "report")
    assert page.data["sounds"] == {"mix": "mix.m4a", "voice": "voice.m4a"}
    assert (home / "mix.m4a").read_bytes() == sound.audio.read_bytes()
    assert [one["src"] for one in page.of("img")] == ["mix.png"]
    assert sorted(file.name for file in home.iterdir()) == [
        "index.html", "mix.m4a", "mix.png", "voice.m4a", "voice.png",
    ]  # fmt: skip
    (address,) = [a["href"] for a in page.of("a") if "download" in a]
    assert (home / unquote(address)).read_text() == "{}"
    drawn = np.frombuffer(base64.b64decode(page.data["peaks"]), np.int8).reshape(-1, 2)
    assert len(drawn) == 500
    assert drawn.max() == 127


def test_hostile_names_and_texts_stay_text(
    tmp_path: Path, draft: Make, sentence: Say, recording: Callable[..., Recording]
) -> None:
    word = Word(HOSTILE, 0.0, 1.0, 0.3, HOSTILE)
    said = replace(sentence("x", 0.0, 1.0), text=HOSTILE, raw_text=HOSTILE, speaker=HOSTILE, words=(word,))
    named = recording(name=f"/in/{HOSTILE}")
    made = draft([said], recording=named, turns=[Turn(0.0, 1.0, HOSTILE)])

    index = write_report(
        tmp_path,
        batch(
            reported(made, named),
            rejected=(Rejected(HOSTILE, "empty", HOSTILE),),
            duplicates=(Duplicate(HOSTILE, HOSTILE),),
        ),
    )

    page, first = page_of(tmp_path), Page(index.read_text(encoding="utf-8"))
    assert len(page.of("script")) == 2
    assert not first.of("script")
    assert not [one for one in page.elements + first.elements if "onerror" in one[1]]
    assert HOSTILE in page.text
    assert HOSTILE in first.text
    assert page.data["speakers"] == [HOSTILE]


def test_a_draft_without_speech_has_a_page_too(
    tmp_path: Path, draft: Make, recording: Callable[..., Recording]
) -> None:
    made = draft(
        flags=["no_speech"],
        quality=SignalQuality(0.0, None, None, None, 0.9, 0.0, 16000.0, 0.0, ()),
        loudness=Loudness(None, None, 0.0, None, False),
    )

    index = write_report(tmp_path, batch(reported(made, recording())))

    page = page_of(tmp_path)
    assert describe("no_speech") in page.text
    assert "There are no sentences" in page.text
    assert describe("no_speech") in index.read_text(encoding="utf-8")


def test_a_batch_where_all_was_rejected_and_an_empty_one_have_pages(tmp_path: Path) -> None:
    rejected = Rejected("a.mp4", "silent", "Check the microphone.")
    first = write_report(tmp_path / "a", batch(rejected=(rejected,), wall_seconds=0.0)).read_text(encoding="utf-8")
    second = write_report(tmp_path / "b", batch()).read_text(encoding="utf-8")

    assert "Check the microphone." in first
    assert "Nothing went in." in second


def test_drafts_of_the_offline_models_say_what_those_cannot_do(
    tmp_path: Path, draft: Make, recording: Callable[..., Recording]
) -> None:
    made = draft(model_set="offline")

    index = write_report(tmp_path, batch(reported(made, recording()), model_set="offline"))

    assert "synthetic speech only" in index.read_text(encoding="utf-8")
    assert page_of(tmp_path).text.count("synthetic speech only") == 1


def test_names_that_make_no_folder_still_get_one_each(
    tmp_path: Path, draft: Make, recording: Callable[..., Recording]
) -> None:
    named = [
        recording(name=f"{name}.mp4", identity=f"{n:064x}") for n, name in enumerate(("회의", "会议", "../.."))
    ]

    write_report(tmp_path, batch(*(reported(draft(recording=one), one) for one in named)))

    folders = sorted((tmp_path / "recordings").iterdir())
    assert len(folders) == 3
    assert all(re.fullmatch(r"[0-9a-f]{12}", folder.name) for folder in folders)


def test_three_hours_make_a_page_of_a_few_megabytes(
    tmp_path: Path, draft: Make, sentence: Say, recording: Callable[..., Recording], sound: Sound
) -> None:
    long_peaks = tmp_path / "long.peaks"
    long_peaks.write_bytes(np.tile(np.array([-9000, 9000], "<i2"), 3 * 3600 * 50).tobytes())
    rows = [sentence("ten words are enough to fill this row of text", 3.6 * n, 3.6 * n + 3) for n in range(3000)]
    made = draft(rows, seconds=3 * 3600.0)

    write_report(tmp_path / "out", batch(reported(made, recording(), mix=replace(sound, peaks=long_peaks))))

    page = page_of(tmp_path / "out")
    assert len(page.source) < 5_000_000
    assert page.data["peaksPerSecond"] == 25.0
    assert len(base64.b64decode(page.data["peaks"])) == 2 * 3 * 3600 * 25


def test_what_is_expected_of_a_draft_stands_on_its_page_and_in_the_index(
    tmp_path: Path, draft: Make, sentence: Say, recording: Callable[..., Recording], sound: Sound
) -> None:
    causes = (
        Cause("noise", "music <0 dB> below the voice", 12.3),
        Cause("wrong_words", "2 % of the words wrong", -4.0),
    )
    expected = Prediction(62.4, 48.0, 75.6, 200.0, 150.0, 260.0, True, "ko-difficulty-7", causes)
    one = reported(draft([sentence("Good.", 1.0, 2.0)]), recording(), mix=sound, voice=sound, prediction=expected)

    index = Page(write_report(tmp_path, batch(one)).read_text(encoding="utf-8"))

    assert "62" in index.text and "48–76" in index.text and "type it afresh" in index.text
    page = page_of(tmp_path)
    for told in ("music <0 dB> below the voice", "+12.3", "−4.0", "between 48 and 76", "by ko-difficulty-7"):
        assert told in page.text, told


def test_every_work_unit_has_a_page_on_the_recordings_clock(
    tmp_path: Path, draft: Make, sentence: Say, recording: Callable[..., Recording], sound: Sound
) -> None:
    units = (Unit(0, 2, 0.0, 600.0), Unit(1, 2, 600.0, 1090.0))
    rows = [sentence("Good morning.", 1.0, 2.0), sentence("Good night.", 1080.0, 1082.0, speaker="S2")]
    drafts = [draft(rows, seconds=1090.0, unit=unit) for unit in units]
    reports = [
        reported(
            one, recording(), mix=sound, voice=sound, price=Price(6000), draft_ids=tuple(d.draft_id for d in drafts)
        )
        for one in drafts
    ]

    index = Page(write_report(tmp_path, batch(*reports)).read_text(encoding="utf-8"))

    for expected in (
        "1 recording in", "2 drafts out", "work unit 1 of 2, 0:00.0–10:00.0", "work unit 2 of 2, 10:00.0–18:10.0",
        "12\u202f000 KRW", "18 min 10 s",
        "1 of 2 results from the store",  # the times of a recording count once
    ):  # fmt: skip
        assert expected in index.text, expected
    links = [a["href"] for a in index.of("a") if a["href"].startswith("recordings/")]
    first, second = (Page((tmp_path / unquote(link)).read_text(encoding="utf-8")) for link in links)
    assert [a["href"] for a in first.of("a") if a.get("rel") == "next"] == [links[1].replace("recordings", "..")]
    assert [a["href"] for a in second.of("a") if a.get("rel") == "prev"] == [links[0].replace("recordings", "..")]
    assert "8.17 billable minutes" in second.text
    assert "6\u202f000 KRW" in second.text
    assert (second.data["start"], second.data["duration"]) == (600.0, 490.0)
    assert second.data["sentences"] == [[1080.0, 1082.0, 0, 0]]
    assert "18:00.0" in second.text


def test_without_a_rate_there_is_no_word_of_money(
    tmp_path: Path, conversation: Draft, recording: Callable[..., Recording]
) -> None:
    index = write_report(tmp_path, batch(reported(conversation, recording())))

    for page in (Page(index.read_text(encoding="utf-8")), page_of(tmp_path)):
        assert "Price" not in page.text
        assert "KRW" not in page.text
        assert "None" not in page.text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "0:00.0"), (59.96, "1:00.0"), (83.25, "1:23.2"), (3600.0, "1:00:00.0"), (-1.0, "0:00.0")],
)
def test_clock(seconds: float, expected: str) -> None:
    assert plain.clock(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "0 s"), (3.21, "3.2 s"), (59.7, "1 min"), (598.0, "9 min 58 s"), (7380.0, "2 h 3 min")],
)
def test_lasting(seconds: float, expected: str) -> None:
    assert plain.lasting(seconds) == expected


@pytest.mark.parametrize(("confidence", "expected"), [(1.0, 0), (0.9, 0), (0.8, 1), (0.75, 1), (0.5, 2), (0.1, 3)])
def test_grade(confidence: float, expected: int) -> None:
    assert plain.grade(confidence) == expected


def test_every_reason_has_its_words() -> None:
    assert set(plain.REASONS) == set(get_args(Reason))
