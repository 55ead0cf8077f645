from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fsspec
import pytest
from filelock import FileLock

from core.errors import Conflict, EnvironmentProblem, StoreUnusable
from export.actions import act
from export.corrections import read_correction
from export.folders import outgoing, places
from export.folders.counting import reconciliation
from export.folders.outgoing import Pushed, push
from export.folders.places import Folder
from export.formats import FORMATS
from export.handoff import Wanted, acknowledge, lease
from export.reviews import Comment, Review, review, submissions, submit
from export.states import Actor, State
from export.tables import drafts, metadata
from tests.export.exchanges import (
    Desk,
    broken_off,
    correction_of,
    insist_whole,
    kept_in,
    killed_while,
    names,
    pulled,
    pushed,
    put,
)


def test_every_draft_that_waits_lies_there_whole_and_is_delivered(desk: Desk, folder: Path, tmp_path: Path) -> None:
    made = desk.add(4)
    sound = tmp_path / "mix.m4a"
    sound.write_bytes(bytes(range(256)) * 100)

    written = pushed(desk, folder, formats=["srt", "json"], clips=lambda entry: {"mix.m4a": sound})

    assert written == tuple(draft.draft_id for draft in made)
    for draft in made:
        insist_whole(lambda: kept_in(folder), draft, "draft.srt", "mix.m4a")
        assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]
        assert (folder / "out" / draft.draft_id / "draft.srt").read_text() == FORMATS["srt"](draft)
    assert names(folder / "out") == sorted([*written, "events"])


def test_pushing_again_writes_nothing_and_only_new_drafts_follow(desk: Desk, folder: Path) -> None:
    desk.add(2)
    pushed(desk, folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")}

    assert pushed(desk, folder) == ()
    assert {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")} == before
    (new,) = desk.add(1, first=2)
    assert pushed(desk, folder) == (new.draft_id,)


def test_only_the_drafts_that_are_wanted_are_written(desk: Desk, folder: Path) -> None:
    made = desk.add(8)

    assert pushed(desk, folder, languages=("ko",), most=1) == (made[0].draft_id,)
    assert pushed(desk, folder, languages=("ko",)) == (made[4].draft_id,)
    assert pushed(desk, folder, project="nobody") == ()


def test_what_lies_half_written_at_a_drafts_place_is_replaced(desk: Desk, folder: Path) -> None:
    made = desk.add(3)
    for number, draft in enumerate(made):
        place = folder / "out" / draft.draft_id
        place.mkdir(parents=True)
        (place / "draft.json").write_bytes(b"{")
        if number == 1:
            (place / "manifest.json").write_bytes(b'{"files": []}')
        if number == 2:
            (place.parent / f".{draft.draft_id}.partial").mkdir()

    pushed(desk, folder)

    for draft in made:
        insist_whole(lambda: kept_in(folder), draft)
    assert names(folder / "out") == sorted([*(draft.draft_id for draft in made), "events"])


@pytest.mark.parametrize("moment", ["_commit", "acknowledge", "erase"])
def test_a_push_that_broke_off_is_finished_by_the_next_one_at_once(
    desk: Desk, folder: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = desk.add(1)
    tokens: list[str] = []

    def leased(*arguments: Any) -> Any:
        found = lease(*arguments)
        tokens.extend(one.token for one in found)
        return found

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(outgoing, "lease", leased)
        patched.setattr(outgoing, moment, broken_off)
        pushed(desk, folder)
    with desk.queue.reading() as connection:
        kept = [tuple(row) for table in metadata.tables.values() for row in connection.execute(table.select())]
    assert not [token for token in tokens if token in str(kept)], "a lease token lies in the database"

    assert pushed(desk, folder) == (() if moment == "erase" else (draft.draft_id,))
    insist_whole(lambda: kept_in(folder), draft)
    assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]


def test_a_push_whose_lease_somebody_else_has_by_now_is_let_go(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = desk.add(1)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(outgoing, "_commit", broken_off)
        pushed(desk, folder)
    with desk.queue.writing() as transaction:
        long_ago = transaction.now.replace(year=2020)
        transaction.connection.execute(drafts.update().values(leased_until=long_ago))
    lease(desk.queue, Wanted("another platform"))

    assert pushed(desk, folder) == ()
    assert desk.queue.get(draft.draft_id).holder == "another platform"
    assert not (folder / "out" / draft.draft_id).exists()


def test_a_draft_whose_document_is_damaged_is_dead_and_the_others_go_on(desk: Desk, folder: Path) -> None:
    bad, good = desk.add(2)
    (desk.store.root / bad.recording.id / f"{bad.draft_id}.json").write_bytes(b"{}")

    done = push(desk.queue, desk.store, str(folder))

    assert done.written == (good.draft_id,)
    assert [draft_id for draft_id, _ in done.dead] == [bad.draft_id]
    assert desk.queue.get(bad.draft_id).state is State.DEAD
    assert reconciliation(desk.queue, str(folder), write_it=False)["sent"]["drafts"] == 1


def test_without_the_store_no_draft_is_touched(desk: Desk, folder: Path) -> None:
    (draft,) = desk.add(1)
    desk.store.root.rename(desk.store.root.with_name("elsewhere"))

    with pytest.raises(StoreUnusable):
        pushed(desk, folder)
    assert desk.kinds(draft) == ["enqueued"]


def test_a_store_that_is_not_mounted_kills_no_draft(desk: Desk, folder: Path) -> None:
    made = desk.add(3)
    elsewhere = desk.store.root.with_name("elsewhere")
    desk.store.root.rename(elsewhere)
    desk.store.root.mkdir()  # the mount point, empty

    for _ in range(6):
        with pytest.raises(StoreUnusable):
            pushed(desk, folder)
    assert {desk.queue.get(draft.draft_id).state for draft in made} == {State.READY}

    desk.store.root.rmdir()
    elsewhere.rename(desk.store.root)
    assert len(pushed(desk, folder)) == 3


def test_one_draft_whose_document_is_gone_is_dead_and_the_others_go_on(desk: Desk, folder: Path) -> None:
    gone, good = desk.add(2)
    (desk.store.root / gone.recording.id / f"{gone.draft_id}.json").unlink()

    done = push(desk.queue, desk.store, str(folder))

    assert done.written == (good.draft_id,)
    assert desk.queue.get(gone.draft_id).state is State.DEAD


def test_a_draft_that_trips_us_up_is_dead_with_the_reason_and_holds_up_no_other(
    desk: Desk, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    odd, good = desk.add(2)

    def clips(entry: Any) -> dict[str, Path]:
        return {} if entry.draft.draft_id != odd.draft_id else {"mix.m4a": 1 / 0}  # type: ignore[dict-item]

    done = push(desk.queue, desk.store, str(folder), clips=clips)

    assert done.written == (good.draft_id,)
    assert "ZeroDivisionError" in (desk.queue.get(odd.draft_id).dead_reason or "")
    assert "cannot be written" in caplog.text


def test_a_folder_that_cannot_be_written_gives_the_draft_back(desk: Desk, folder: Path) -> None:
    (draft,) = desk.add(1)
    (folder / "out").write_text("a file where a folder should be")

    with pytest.raises(EnvironmentProblem, match="cannot be used"):
        pushed(desk, folder)
    assert desk.kinds(draft) == ["enqueued", "leased", "refused"]
    (folder / "out").unlink()
    assert pushed(desk, folder) == (draft.draft_id,)


def test_only_one_push_at_a_time_writes_to_a_folder(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_LOCK_SECONDS", 0.1)
    desk.add(1)
    with FileLock(folder / ".prelabel.lock"), pytest.raises(Conflict, match="another push"):
        pushed(desk, folder)
    assert len(pushed(desk, folder)) == 1


def test_pushes_killed_again_and_again_lose_and_double_nothing(desk: Desk, folder: Path) -> None:
    made = desk.add(30)

    kills = [
        killed_while("push", desk, folder, "out/*/manifest.json", 5),
        killed_while("push", desk, folder, "out/.*.partial/draft.json", 1),
        killed_while("push", desk, folder, "out/*/manifest.json", 16),
    ]
    pushed(desk, folder, formats=["srt"])

    assert kills.count(True) >= 2
    assert names(folder / "out") == sorted([*(draft.draft_id for draft in made), "events"])
    for draft in made:
        insist_whole(lambda: kept_in(folder), draft, "draft.srt")
        assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]


def test_a_recording_that_is_forgotten_while_it_is_written_leaves_a_tombstone_and_the_others_go_on(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, good = desk.add(2)
    commit = outgoing._commit

    def forgetting(at: Any, draft_id: str, *rest: Any) -> None:
        commit(at, draft_id, *rest)
        if draft_id == gone.draft_id:
            desk.queue.forget(gone.recording.id)

    monkeypatch.setattr(outgoing, "_commit", forgetting)

    assert pushed(desk, folder) == (good.draft_id,)
    assert names(folder / "out" / gone.draft_id) == ["forgotten.json"]


def test_a_draft_that_was_corrected_elsewhere_comes_with_its_correction_its_reviews_and_its_next_revision(
    desk: Desk, folder: Path
) -> None:
    (draft,) = desk.add(1)
    (leased,) = lease(desk.queue, Wanted("api"))
    acknowledge(desk.queue, draft.draft_id, leased.token)
    first = read_correction(correction_of(draft, worker="김"), draft)
    submit(desk.queue, first, source="api", holder="api")
    review(desk.queue, draft.draft_id, Review("lee", 1, "rework", "Numbers in digits.", (Comment(0, "두 사람"),)))
    act(desk.queue, draft.draft_id, "return", Actor.PLATFORM)

    assert pushed(desk, folder) == (draft.draft_id,)

    insist_whole(lambda: kept_in(folder), draft, "correction.json", "reviews.json", next_revision=2)
    place = folder / "out" / draft.draft_id
    assert read_correction((place / "correction.json").read_bytes(), draft) == first
    said = json.loads((place / "reviews.json").read_bytes())
    assert (said["schema"], said["draft_id"]) == ("prelabel.reviews/1", draft.draft_id)
    (one,) = said["reviews"]
    assert (one["reviewer"], one["revision"], one["verdict"]) == ("lee", 1, "rework")
    assert (one["comment"], one["comments"]) == ("Numbers in digits.", [{"sentence": 0, "text": "두 사람"}])
    assert one["at"]

    put(folder, f"{draft.draft_id}/2.json", correction_of(draft, 2))
    assert [one.revision for one in pulled(desk, folder).accepted] == [2]
    assert [one.source for one in submissions(desk.queue, draft.draft_id)] == ["api", "folder"]


def test_a_draft_that_comes_back_to_the_same_folder_is_written_with_what_was_corrected_since(
    desk: Desk, folder: Path
) -> None:
    (draft,) = desk.add(1)
    pushed(desk, folder)
    insist_whole(lambda: kept_in(folder), draft)
    for revision in (1, 2):
        put(folder, f"{draft.draft_id}/{revision}.json", correction_of(draft, revision, worker=f"w{revision}"))
        pulled(desk, folder)
        review(desk.queue, draft.draft_id, Review("lee", revision, "rework"))
    act(desk.queue, draft.draft_id, "return", Actor.OPERATOR)

    assert pushed(desk, folder) == (draft.draft_id,)

    insist_whole(lambda: kept_in(folder), draft, "correction.json", "reviews.json", next_revision=3)
    place = folder / "out" / draft.draft_id
    assert json.loads((place / "correction.json").read_bytes())["worker"] == "w2"
    assert [one["revision"] for one in json.loads((place / "reviews.json").read_bytes())["reviews"]] == [1, 2]


@pytest.mark.parametrize("lost", ["to another push", "by forgetting"])
def test_a_push_to_an_object_store_that_comes_late_removes_nothing_that_was_written_meanwhile(
    desk: Desk, tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fsspec.filesystem("memory")
    place = Folder(f"s3:/{tmp_path}", f"{tmp_path}", store)
    monkeypatch.setattr(outgoing, "open_folder", lambda address: place)
    (draft,) = desk.add(1)
    manifest = f"{tmp_path}/out/{draft.draft_id}/manifest.json"
    store.pipe_file(manifest, b"{}")  # of when the draft was here before
    is_committed = outgoing._is_committed
    removed: list[str] = []
    meanwhile: list[Pushed] = []

    def overtaken(*arguments: Any) -> bool:
        """What the late push finds; then it stands still until it is too late."""
        found = is_committed(*arguments)
        if not meanwhile:
            meanwhile.append(Pushed((), ()))
            if lost == "by forgetting":
                desk.queue.forget(draft.recording.id)
            meanwhile.append(push(desk.queue, desk.store, place.address))
            monkeypatch.setattr(store, "rm_file", removed.append)
        return found

    monkeypatch.setattr(outgoing, "_is_committed", overtaken)
    late = push(desk.queue, desk.store, place.address)

    written = () if lost == "by forgetting" else (draft.draft_id,)
    assert (late.written, meanwhile[1].written) == ((), written)
    assert removed == []
    tombstone = f"{tmp_path}/out/{draft.draft_id}/forgotten.json"
    assert [store.exists(name) for name in (manifest, tombstone)] == [bool(written), not written]
