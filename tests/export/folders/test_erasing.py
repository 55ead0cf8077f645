from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.types import Draft
from export.actions import act
from export.folders import incoming, news
from export.folders.erasing import erase_everywhere
from export.folders.incoming import Pulled
from export.reviews import Comment, Review, review, submissions
from export.states import Actor
from export.tables import metadata
from tests.export.exchanges import (
    Desk,
    correction_of,
    delivered,
    kept_in,
    names,
    pulled,
    pushed,
    put,
    told,
)

SECRET = "what the reviewer quoted"


def reviewed(desk: Desk, folder: Path, tmp_path: Path) -> tuple[Draft, Draft]:
    """Two drafts with sound, corrected and sent to rework; the reviewer quoted what was said."""
    sound = tmp_path / "mix.m4a"
    sound.write_bytes(b"voice")
    gone, stays = desk.add(2)
    pushed(desk, folder, clips=lambda entry: {"mix.m4a": sound})
    for draft in (gone, stays):
        put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    put(folder, "loose.json", correction_of(gone))
    pulled(desk, folder)
    for draft in (gone, stays):
        review(desk.queue, draft.draft_id, Review("lee", 1, "rework", SECRET, (Comment(0, SECRET),)))
    pulled(desk, folder)
    return gone, stays


def test_what_we_wrote_of_a_forgotten_draft_is_erased_and_a_tombstone_says_so(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    gone, stays = reviewed(desk, folder, tmp_path)
    others = {name: content for name, content in kept_in(folder).items() if stays.draft_id in name}

    desk.queue.forget(gone.recording.id)
    assert erase_everywhere(desk.queue) == ()

    assert names(folder / "out" / gone.draft_id) == ["forgotten.json"]
    tombstone = json.loads((folder / "out" / gone.draft_id / "forgotten.json").read_bytes())
    assert (tombstone["schema"], tombstone["draft_id"]) == ("prelabel.forgotten/1", gone.draft_id)
    assert tombstone["recording_id"] == gone.recording.id
    assert f"in/{gone.draft_id}" in tombstone["erase"]
    found = told(kept_in(folder))
    verdicts = {event["draft_id"]: event["review"] for event in found if event["kind"] == "rework"}
    assert verdicts[gone.draft_id] is None
    assert verdicts[stays.draft_id]["comment"] == SECRET
    assert (found[-1]["kind"], found[-1]["seq"]) == ("forgotten", tombstone["event"])
    assert {name: content for name, content in kept_in(folder).items() if stays.draft_id in name} == others


def test_forgotten_corrections_are_neither_read_nor_stored_again(
    desk: Desk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, _ = reviewed(desk, folder, tmp_path)
    desk.queue.forget(gone.recording.id)
    monkeypatch.setattr(incoming, "_read", lambda *_: pytest.fail("a forgotten correction is read"))

    left = (f"{gone.draft_id}/1.json", "loose.json")
    assert pulled(desk, folder) == Pulled((), (), (), left)
    put(folder, f"{gone.draft_id}/2.json", correction_of(gone, 2))
    assert pulled(desk, folder).forgotten == (left[0], f"{gone.draft_id}/2.json", left[1])

    assert names(folder / "in" / gone.draft_id) == ["1.json", "2.json"]
    assert not (folder / "in" / "loose.receipt.json").exists()
    assert submissions(desk.queue, gone.draft_id) == ()
    with desk.queue.reading() as connection:
        kept = [tuple(row) for table in metadata.tables.values() for row in connection.execute(table.select())]
    assert gone.sentences[0].text not in str(kept)
    (folder / "in" / gone.draft_id / "1.json").unlink()
    (folder / "in" / gone.draft_id / "2.json").unlink()
    (folder / "in" / "loose.json").unlink()
    assert pulled(desk, folder) == Pulled((), (), ())


@pytest.mark.parametrize("verb", [pushed, pulled])
def test_a_folder_that_cannot_be_reached_is_cleared_by_the_next_push_or_pull(
    desk: Desk, folder: Path, tmp_path: Path, verb: object
) -> None:
    gone, _ = reviewed(desk, folder, tmp_path)
    away = folder.rename(tmp_path / "unmounted")
    desk.queue.forget(gone.recording.id)

    ((unreached),) = erase_everywhere(desk.queue)
    assert (unreached.folder, unreached.why) == (f"file://{folder}", "there is no folder there")
    away.rename(folder)
    assert callable(verb)
    verb(desk, folder)

    assert names(folder / "out" / gone.draft_id) == ["forgotten.json"]
    assert SECRET not in str([one for one in told(kept_in(folder)) if one["draft_id"] == gone.draft_id])
    assert erase_everywhere(desk.queue) == ()


def test_files_among_the_events_that_are_not_ours_or_damaged_keep_nothing_from_being_erased(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    gone, _ = reviewed(desk, folder, tmp_path)
    (folder / "out/events/notes.jsonl").write_bytes(b"the platform's own")
    *_, last = sorted(file for file in (folder / "out/events").glob("0*.jsonl"))
    last.write_bytes(last.read_bytes() + b"[]\n{")
    desk.queue.forget(gone.recording.id)

    assert erase_everywhere(desk.queue) == ()

    assert names(folder / "out" / gone.draft_id) == ["forgotten.json"]
    assert not last.exists()
    assert (folder / "out/events/notes.jsonl").read_bytes() == b"the platform's own"


def test_a_draft_that_the_platform_took_away_gets_its_tombstone_all_the_same(desk: Desk, folder: Path) -> None:
    (gone,) = delivered(desk, folder)
    for file in (folder / "out" / gone.draft_id).iterdir():
        file.unlink()
    (folder / "out" / gone.draft_id).rmdir()
    desk.queue.forget(gone.recording.id)

    pulled(desk, folder)
    assert names(folder / "out" / gone.draft_id) == ["forgotten.json"]
    before = kept_in(folder)
    pulled(desk, folder)
    pushed(desk, folder)
    assert kept_in(folder) == before


def test_a_recording_that_is_drafted_anew_goes_out_again(desk: Desk, folder: Path) -> None:
    (gone,) = delivered(desk, folder)
    desk.queue.forget(gone.recording.id)
    pulled(desk, folder)
    (again,) = desk.add(1)
    assert again.draft_id == gone.draft_id

    assert pushed(desk, folder) == (gone.draft_id,)
    assert names(folder / "out" / gone.draft_id) == ["draft.json", "manifest.json"]
    put(folder, f"{gone.draft_id}/1.json", correction_of(gone))
    assert len(pulled(desk, folder).accepted) == 1
    review(desk.queue, gone.draft_id, Review("lee", 1, "rework", "again"))
    pulled(desk, folder)
    assert told(kept_in(folder))[-1]["review"]["comment"] == "again"


def test_words_that_are_written_while_they_are_forgotten_are_erased_once_more(
    desk: Desk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, _ = reviewed(desk, folder, tmp_path)
    latest = max((folder / "out" / "events").glob("*.jsonl"))
    old = latest.read_bytes()
    write_file = news.write_file

    def late(*given: Any) -> None:
        """Another process writes the same file, the recording is forgotten and erased, and then we write."""
        monkeypatch.setattr(news, "write_file", write_file)
        pulled(desk, folder)
        desk.queue.forget(gone.recording.id)
        assert erase_everywhere(desk.queue) == ()
        write_file(*given)

    act(desk.queue, gone.draft_id, "return", Actor.PLATFORM, reason=SECRET)
    monkeypatch.setattr(news, "write_file", late)
    pulled(desk, folder)
    pulled(desk, folder)

    assert SECRET.encode() in old
    left = b"".join(file.read_bytes() for file in (folder / "out" / "events").iterdir())
    assert gone.draft_id.encode() in left
    assert not [line for line in left.splitlines() if gone.draft_id.encode() in line and SECRET.encode() in line]


def test_a_draft_whose_place_has_become_a_link_keeps_no_other_from_being_erased(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    linked, other = reviewed(desk, folder, tmp_path)
    outside = tmp_path / "outside"
    (folder / "out" / linked.draft_id).rename(outside)
    (folder / "out" / linked.draft_id).symlink_to(outside)

    desk.queue.forget(linked.recording.id)
    desk.queue.forget(other.recording.id)
    erase_everywhere(desk.queue)

    assert names(folder / "out" / other.draft_id) == ["forgotten.json"]
    assert "forgotten.json" not in names(outside)
