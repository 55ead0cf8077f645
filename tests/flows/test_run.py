"""`prelabel run` on real clips, with the offline models, in a process of its own: the main job, end to end."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from benchmarks.killed import computed_stages
from core.store import MediaStore
from export.clips import clips_of
from export.queue import Queue
from export.report.words import REASONS
from export.tables import drafts
from flows.command import demo_clips
from tests import media
from tests.command import prelabel

LANGUAGES = ("en", "ja", "ko", "zh")

BAD_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty.mp4": (media.make_empty, "empty"),
    "text.mp4": (media.make_text, "not_media"),
    "cut.mp4": (media.make_cut_mp4, "truncated"),
    "no-audio.mp4": (media.make_mp4_without_audio, "no_audio"),
    "silence.wav": (media.make_silence, "silent"),
    "offset.wav": (media.make_constant_offset, "silent"),
    "blip.wav": (media.make_blip, "too_short"),
    "random.mp3": (media.make_random_bytes, "not_media"),
    "hours.wav": (media.make_overpromising_wav, "truncated"),
    "folder.mp4": (media.make_directory, "directory"),
    "locked.mp4": (media.make_unreadable, "unreadable"),
    "list.mp4": (lambda path: media.make_playlist(path, "m3u8", "/etc/hostname"), "playlist"),
    "concat.wav": (lambda path: media.make_playlist(path, "ffconcat", "/etc/hostname"), "playlist"),
    "dash.mkv": (lambda path: media.make_playlist(path, "dash", "http://127.0.0.1:9/x"), "playlist"),
    "picture.mp4": (media.make_picture, "still_image"),
}


@dataclass(frozen=True)
class Done:
    """A finished run: what it printed, and where its home is."""

    code: int
    document: dict[str, Any]
    errors: str
    home: Path


def prelabel_run(home: Path, *arguments: str, **environment: str) -> Done:
    done = prelabel("run", *arguments, home=home, **environment)
    document = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return Done(done.returncode, document, done.stderr, home)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The four demo clips, one of them twice under another name, and every bad file; shared by the tests below."""
    folder = tmp_path_factory.mktemp("run")
    copy = folder / "강연 '하나' \"둘\"\n셋"
    shutil.copy(demo_clips()[0], copy)
    bad = []
    for name, (make, _) in BAD_FILES.items():
        path = folder / name
        make(path)
        bad.append(str(path))
    return prelabel_run(
        folder / "home",
        *demo_clips(),
        str(copy),
        *bad,
        "--models",
        "offline",
        "--json",
        "--out",
        str(folder / "out"),
    )


def drafts_of(done: Done) -> dict[str, dict[str, Any]]:
    return {
        Path(one["recording"]).stem: json.loads(Path(one["path"]).read_text(encoding="utf-8"))
        for one in done.document["drafts"]
    }


def test_whatever_goes_in_comes_out_as_draft_rejection_or_duplicate(first: Done) -> None:
    assert first.code == 1, first.errors
    assert len(first.document["drafts"]) == 4
    assert len(first.document["rejected"]) == len(BAD_FILES)
    assert [one["of"] for one in first.document["duplicates"]] == [demo_clips()[0]]


def test_every_bad_file_has_its_own_reason_and_advice(first: Done) -> None:
    reasons = {Path(one["recording"]).name: one["reason"] for one in first.document["rejected"]}
    assert reasons == {name: reason for name, (_, reason) in BAD_FILES.items()}
    assert all(len(one["advice"]) > 20 for one in first.document["rejected"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clip_is_told_in_its_language_by_two_speakers(first: Done, language: str) -> None:
    draft = drafts_of(first)[language]
    assert draft["language"] == language
    assert {turn["speaker"] for turn in draft["turns"]} == {"S1", "S2"}
    assert "offline_models" in draft["flags"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clip_is_understood(first: Done, language: str) -> None:
    truth = json.loads((Path(demo_clips()[0]).parent / f"{language}.truth.json").read_text(encoding="utf-8"))
    said = content("".join(sentence["text"] for sentence in truth["sentences"]))
    heard = content("".join(sentence["text"] for sentence in drafts_of(first)[language]["sentences"]))
    assert Levenshtein.normalized_distance(said, heard) < 0.2


def content(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_keeps_the_contract(first: Done, language: str) -> None:
    draft = drafts_of(first)[language]
    assert draft["schema"] == "prelabel.draft/1"
    assert [sentence["id"] for sentence in draft["sentences"]] == [
        f"{n:04}" for n in range(1, len(draft["sentences"]) + 1)
    ]
    for sentence in draft["sentences"]:
        assert 0 <= sentence["start"] < sentence["end"] <= draft["recording"]["duration"]
        assert content("".join(word["text"] for word in sentence["words"])) == content(sentence["raw_text"])
    assert {stage["name"] for stage in draft["pipeline"]["stages"]} >= {"decode", "separate", "transcribe", "draft"}
    assert draft["unit"] == {"index": 0, "count": 1, "start": 0.0, "end": draft["recording"]["duration"]}


def test_a_draft_names_neither_the_machine_nor_the_day(first: Done) -> None:
    for draft in drafts_of(first).values():
        text = json.dumps(draft | {"recording": {}, "external_id": ""})
        assert str(first.home.parent) not in text
        assert os.uname().nodename not in text


def test_the_queue_holds_each_draft_once(first: Done) -> None:
    with sqlite3.connect(first.home / "queue.db") as queue:
        rows = queue.execute("SELECT draft_id, state FROM drafts").fetchall()
        enqueued = queue.execute("SELECT count(*) FROM events WHERE kind = 'enqueued'").fetchone()[0]
    assert sorted(rows) == sorted((one["draft_id"], "ready") for one in first.document["drafts"])
    assert enqueued == 4


def test_the_report_shows_every_recording(first: Done) -> None:
    index = Path(first.document["report"])
    text = index.read_text(encoding="utf-8")
    assert all(Path(clip).name in text for clip in demo_clips())
    assert all(REASONS[reason] in text for _, reason in BAD_FILES.values())
    assert "synthetic speech only" in text


def test_the_same_command_again_redoes_nothing_and_adds_nothing(first: Done) -> None:
    again = prelabel_run(
        first.home,
        *demo_clips(),
        *("--models", "offline", "--json", "--out", str(first.home.parent / "again")),
        PRELABEL_JSON_LOGS="true",
    )
    assert again.code == 0, again.errors
    assert "from_store" in again.errors
    assert computed_stages(again.errors) == set()
    ids = {one["draft_id"] for one in first.document["drafts"]}
    assert {one["draft_id"] for one in again.document["drafts"]} == ids
    with sqlite3.connect(first.home / "queue.db") as queue:
        assert queue.execute("SELECT count(*) FROM drafts").fetchone() == (4,)


def test_two_runs_at_once_on_one_home_share_the_work(tmp_path: Path) -> None:
    clip = demo_clips()[0]
    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(
                lambda name: prelabel_run(
                    tmp_path / "home",
                    clip,
                    *("--models", "offline", "--json", "--out", str(tmp_path / name)),
                    PRELABEL_JSON_LOGS="true",
                ),
                ("a", "b"),
            )
        )
    assert [one.code for one in both] == [0, 0], both[0].errors + both[1].errors
    assert both[0].document["drafts"][0]["draft_id"] == both[1].document["drafts"][0]["draft_id"]
    assert not computed_stages(both[0].errors) & computed_stages(both[1].errors)
    with sqlite3.connect(tmp_path / "home" / "queue.db") as queue:
        assert queue.execute("SELECT count(*) FROM drafts").fetchone() == (1,)


def test_a_name_that_is_no_text_is_a_recording_like_any_other(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(str(tmp_path)) + b"/\xff \xe9.wav")
    media.make_silence(Path(name))
    missing = str(tmp_path / ("x" * 300))
    done = prelabel_run(tmp_path / "home", name, missing, "--models", "offline", "--json")
    assert done.code == 1, done.errors
    assert [one["reason"] for one in done.document["rejected"]] == ["silent", "unreadable"]


def test_a_folder_for_drafts_that_cannot_be_written_stops_the_run_before_it_works(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = prelabel_run(
        tmp_path / "home", demo_clips()[0], "--models", "offline", "--out", str(tmp_path / "file" / "out")
    )
    assert done.code == 3
    assert "--out" in done.errors
    assert not list((tmp_path / "home").glob("store/*/transcribe-*.json"))


def test_other_choices_supersede_drafts_that_nobody_took(first: Done) -> None:
    clip = demo_clips()[0]
    again = prelabel_run(
        first.home,
        clip,
        *("--models", "offline", "--speakers", "2", "--json", "--out", str(first.home.parent / "two")),
    )
    assert again.code == 0, again.errors
    new = again.document["drafts"][0]
    old = next(one for one in first.document["drafts"] if one["recording"] == clip)
    assert new["draft_id"] != old["draft_id"]
    with sqlite3.connect(first.home / "queue.db") as queue:
        states = dict(queue.execute("SELECT draft_id, state FROM drafts").fetchall())
    assert (states[old["draft_id"]], states[new["draft_id"]]) == ("superseded", "ready")


@pytest.fixture(scope="module")
def divided(first: Done, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The English clip once more, for a project with a rate card, in work units of seconds."""
    home = tmp_path_factory.mktemp("divided") / "home"
    shutil.copytree(first.home, home)
    (home / "projects").mkdir()
    (home / "projects" / "paid.toml").write_text("[[rates]]\nfrom = 2026-01-01\nkrw_per_minute = { en = 1500 }\n")
    return prelabel_run(
        home,
        demo_clips()[0],
        *("--models", "offline", "--project", "paid", "--json", "--out", str(home.parent / "out")),
        PRELABEL_JSON_LOGS="true",
        PRELABEL_PIPELINE__UNITS__WHOLE_UP_TO_MINUTES="0.3",
        PRELABEL_PIPELINE__UNITS__SHORTEST_MINUTES="0.1",
        PRELABEL_PIPELINE__UNITS__LONGEST_MINUTES="0.2",
    )


def test_a_divided_recording_is_drafted_in_units_that_share_its_sentences(first: Done, divided: Done) -> None:
    assert divided.code == 0, divided.errors
    assert computed_stages(divided.errors) == {"units", "draft", "clips"}
    drafts = [json.loads(Path(one["path"]).read_text(encoding="utf-8")) for one in divided.document["drafts"]]
    whole = drafts_of(first)["en"]

    assert len(drafts) > 2
    assert [one["unit"] for one in drafts] == [one["unit"] for one in divided.document["drafts"]]
    assert [unit["start"] for unit in (one["unit"] for one in drafts)][1:] == [
        one["unit"]["end"] for one in drafts
    ][:-1]
    assert all(6 <= one["unit"]["end"] - one["unit"]["start"] <= 12 for one in drafts)
    together = [sentence for one in drafts for sentence in one["sentences"]]
    assert [one | {"id": ""} for one in together] == [one | {"id": ""} for one in whole["sentences"]]
    for one in drafts:
        assert all(
            one["unit"]["start"] <= row["start"] < row["end"] <= one["unit"]["end"] for row in one["sentences"]
        )
        assert "KRW" not in json.dumps(one)


def test_each_unit_has_a_clip_of_its_own_length_and_a_whole_recording_has_one(first: Done, divided: Done) -> None:
    store = MediaStore(divided.home / "store")
    with Queue(f"sqlite:///{divided.home / 'queue.db'}") as queue:
        rows = [entry.draft for entry in queue.list(project="paid")]
    whole = next(one for one in first.document["drafts"] if Path(one["recording"]).stem == "en")

    for track, rate in (("mix", 24000), ("voice", 16000)):
        reference = clips_of(store, whole["recording_id"], whole["draft_id"]).get(track)
        heard = [clips_of(store, row.recording_id, row.draft_id).get(track) for row in rows]
        samples = [media.samples_of(clip) for clip in heard]
        assert [len(one) for one in samples] == [
            pytest.approx((row.unit.end - row.unit.start) * rate, abs=rate * 0.01) for row in rows
        ]
        joined, expected = np.concatenate(samples), media.samples_of(reference)
        assert len(joined) == len(expected)
        assert np.corrcoef(joined, expected)[0, 1] > 0.99
    folder = first.home / "store" / whole["recording_id"]
    assert len(list(folder.glob("*.m4a"))) == 2


def test_what_a_unit_comes_to_stands_beside_it_everywhere(divided: Done) -> None:
    drafts = divided.document["drafts"]
    listed = json.loads(prelabel("queue", "list", "--project", "paid", "--json", home=divided.home).stdout)
    index = Path(divided.document["report"]).read_text(encoding="utf-8")

    for one in drafts:
        milliseconds = round(1000 * (one["unit"]["end"] - one["unit"]["start"]))
        assert one["estimated_price"] == {"amount": (milliseconds * 1500 + 30000) // 60000, "currency": "KRW"}
        assert one["billable_minutes"] == round(milliseconds / 60000, 3)
    assert [one["estimated_price"] for one in listed["drafts"]] == [one["estimated_price"] for one in drafts]
    assert listed["totals"]["drafts"] == len(drafts)
    assert f"work unit {len(drafts)} of {len(drafts)}" in index
    shown = json.loads(prelabel("queue", "show", drafts[1]["draft_id"], "--json", home=divided.home).stdout)
    assert shown["billable_minutes"] == drafts[1]["billable_minutes"]


def test_a_draft_is_shown_and_exported_by_the_start_of_its_id(first: Done) -> None:
    draft = first.document["drafts"][-1]
    start = draft["draft_id"][:10]
    subtitles = prelabel("export", start, "--format", "srt", home=first.home)
    text = json.loads(Path(draft["path"]).read_text(encoding="utf-8"))["sentences"][0]["text"]
    assert text in subtitles.stdout
    assert prelabel("export", draft["path"], "--format", "srt", home=first.home).stdout == subtitles.stdout
    assert text in prelabel("queue", "show", start, home=first.home).stdout
    assert prelabel("export", start, "--format", "docx", home=first.home).returncode == 2


def test_the_sound_of_accepted_work_goes_and_nothing_else(first: Done, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(first.home, home)
    done, waiting = first.document["drafts"][:2]
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue, queue.writing() as transaction:
        accepted = drafts.update().where(drafts.c.recording_id == done["recording_id"])
        transaction.connection.execute(accepted.values(state="accepted", accepted_at=transaction.now))

    assert json.loads(prelabel("tidy", "--json", home=home).stdout)["recordings"] == 0
    told = json.loads(prelabel("tidy", "--days", "0", "--json", home=home).stdout)

    assert told["recordings"] == 1
    assert told["bytes"] > 0
    left, untouched = (
        {file.suffix for file in (home / "store" / one["recording_id"]).iterdir()} for one in (done, waiting)
    )
    assert ".json" in left
    assert untouched - left == {".flac", ".m4a"}
    assert prelabel("queue", "show", done["draft_id"], home=home).returncode == 0


def test_forgetting_a_recording_leaves_nothing_of_it(first: Done, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(first.home, home)
    assert prelabel("run", demo_clips()[1], "--models", "offline", home=home).returncode == 0
    draft = next(one for one in first.document["drafts"] if one["recording"] == demo_clips()[1])
    assert list(home.rglob(f"*{draft['draft_id'][:12]}*"))
    done = prelabel("forget", demo_clips()[1], "--json", home=home)
    assert json.loads(done.stdout)["recording"] == draft["recording_id"]
    assert not list(home.rglob(f"*{draft['draft_id'][:12]}*"))
    assert not (home / "store" / draft["recording_id"]).exists()
    assert prelabel("queue", "show", draft["draft_id"], home=home).returncode == 2
