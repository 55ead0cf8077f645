from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from export.actions import act
from export.folders import incoming
from export.folders.incoming import MOST_BYTES, Pulled
from export.reviews import Review, review, submissions
from export.states import Actor
from export.tables import folder_files
from tests.export.exchanges import (
    Desk,
    correction_of,
    counted,
    delivered,
    kept_in,
    killed_while,
    names,
    pulled,
    pushed,
    put,
    receipt,
    sha256,
)


def test_a_correction_is_taken_with_a_receipt_and_the_senders_file_stays(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    file = put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    done = pulled(desk, folder)

    assert [one.revision for one in done.accepted] == [1]
    (one,) = submissions(desk.queue, draft.draft_id)
    assert (one.source, one.correction.worker) == ("folder", "kim")
    assert file.read_bytes() == correction_of(draft)
    said = receipt(folder, f"{draft.draft_id}/1")
    assert (said["schema"], said["accepted"], said["problem"]) == ("prelabel.receipt/1", True, None)
    assert (said["file"], said["draft_id"], said["revision"]) == (f"{draft.draft_id}/1.json", draft.draft_id, 1)


def test_pulling_again_changes_nothing(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    put(folder, f"{draft.draft_id}/bad.json", b"{")
    pulled(desk, folder)
    before, events = kept_in(folder), len(desk.queue.events())

    assert pulled(desk, folder) == Pulled((), (), ())
    assert (kept_in(folder), len(desk.queue.events())) == (before, events)


def test_what_was_judged_is_not_read_again_however_much_of_it_there_is(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost() -> tuple[list[str], int]:
        read: list[str] = []
        asked: list[str] = []
        with monkeypatch.context() as patched, counted(desk.queue, asked):
            patched.setattr(incoming, "read", lambda _, name, most=None: read.append(name) or b"")
            assert pulled(desk, folder) == Pulled((), (), ())
        return [name for name in read if name.startswith("in/")], len(asked)

    one, *others = delivered(desk, folder, 20)
    put(folder, f"{one.draft_id}/1.json", correction_of(one))
    pulled(desk, folder)
    few = cost()
    for draft in others:
        put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
        put(folder, f"{draft.draft_id}/3.json", correction_of(draft, 3))
        put(folder, f"{draft.draft_id}/bad.json", b"{")
        put(folder, f"{draft.draft_id}/4.json", correction_of(draft, 4))
        put(folder, f"{draft.draft_id}/4.json.sha256", b"0" * 64)
        put(folder, f"{draft.draft_id}/bad\\name.json", b"{")
        put(folder, f"{'cd' * 16}/{draft.draft_id}.json", correction_of(draft, draft_id="cd" * 16))
    assert len(pulled(desk, folder).refused) == 5 * 19

    assert few == cost()
    assert few[0] == []


def test_a_receipt_that_was_removed_stays_removed_until_the_file_is_written_again(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    file = put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    (folder / "in" / draft.draft_id / "1.receipt.json").unlink()

    assert pulled(desk, folder) == Pulled((), (), ())
    file.touch()
    assert len(pulled(desk, folder).accepted) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]
    assert len(submissions(desk.queue, draft.draft_id)) == 1


def test_files_that_the_platform_removed_are_let_go(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    file = put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    assert receipt(folder, f"{draft.draft_id}/1")["final"]
    file.unlink()

    pulled(desk, folder)
    with desk.queue.reading() as connection:
        assert connection.execute(folder_files.select()).all() == []


def test_revisions_are_taken_in_order_and_rework_comes_back(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    for revision in range(1, 12):
        put(folder, f"{draft.draft_id}/{revision}.json", correction_of(draft, revision))
    assert [one.revision for one in pulled(desk, folder).accepted] == list(range(1, 12))

    review(desk.queue, draft.draft_id, Review("lee", 11, "rework", "names"))
    put(folder, f"{draft.draft_id}/12.json", correction_of(draft, 12))
    assert len(pulled(desk, folder).accepted) == 1


def test_what_time_can_mend_is_looked_at_again(desk: Desk, folder: Path) -> None:
    (draft,) = desk.add(1)
    put(folder, f"{draft.draft_id}/2.json", correction_of(draft, 2))
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    assert len(pulled(desk, folder).refused) == 2
    said = receipt(folder, f"{draft.draft_id}/1")
    assert (said["problem"]["type"], said["final"]) == ("urn:prelabel:problem:state", False)
    assert pulled(desk, folder) == Pulled((), (), ())
    pushed(desk, folder)
    assert [one.revision for one in pulled(desk, folder).accepted] == [1, 2]
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_a_revision_that_came_with_other_content_is_refused_for_good(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft, worker="park"))

    assert len(pulled(desk, folder).refused) == 1
    said = receipt(folder, f"{draft.draft_id}/1")
    assert (said["problem"]["type"], said["final"]) == ("urn:prelabel:problem:revision", True)
    review(desk.queue, draft.draft_id, Review("lee", 1, "rework", "names"))
    assert pulled(desk, folder) == Pulled((), (), ())
    assert submissions(desk.queue, draft.draft_id)[0].correction.worker == "kim"


def test_a_revision_that_leaves_a_gap_is_taken_once_the_gap_is_filled(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/2.json", correction_of(draft, 2))
    assert len(pulled(desk, folder).refused) == 1
    said = receipt(folder, f"{draft.draft_id}/2")
    assert (said["problem"]["type"], said["final"]) == ("urn:prelabel:problem:revision", False)

    put(folder, f"{draft.draft_id}/first.json", correction_of(draft))
    pulled(desk, folder)
    pulled(desk, folder)
    assert receipt(folder, f"{draft.draft_id}/2")["accepted"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("half", lambda good: good[: len(good) // 2], "it is not JSON"),
        ("empty", lambda good: b"", "it is not JSON"),
        ("utf16", lambda good: good.decode().encode("utf-16"), ""),
        ("korean", lambda good: good.decode().replace("kim", "김").encode("cp949"), "it is not UTF-8"),
        ("deep", lambda good: b"[" * 100_000, "it is nested too deeply"),
        ("other", lambda good: b'{"schema": "prelabel.correction/9"}', "/schema"),
        ("list", lambda good: b"[]", "it is not an object"),
        ("times", lambda good: good.replace(b'"end": 2.0', b'"end": 0.1'), "/sentences/0"),
        ("7", lambda good: good, "/revision"),
        ("huge", lambda good: good + b" " * MOST_BYTES, "8 MiB"),
    ],
)
def test_a_bad_file_gets_a_receipt_that_says_what_to_do_and_the_others_go_on(
    desk: Desk, folder: Path, name: str, content: Any, told: str
) -> None:
    bad, good = delivered(desk, folder, 2)
    put(folder, f"{bad.draft_id}/{name}.json", content(correction_of(bad)))
    put(folder, f"{good.draft_id}/1.json", correction_of(good))

    done = pulled(desk, folder)

    assert [one.draft_id for one in done.accepted] == [good.draft_id]
    said = receipt(folder, f"{bad.draft_id}/{name}")
    assert not said["accepted"]
    assert said["problem"]["type"] == "urn:prelabel:problem:bad_document"
    assert said["problem"]["fix"]
    assert told in said["problem"]["detail"]
    assert submissions(desk.queue, bad.draft_id) == ()


def test_files_in_wrong_places_and_for_unknown_drafts_are_refused(desk: Desk, folder: Path) -> None:
    one, two = delivered(desk, folder, 2)
    put(folder, f"{two.draft_id}/1.json", correction_of(one))
    put(folder, f"{one.draft_id}/deeper/1.json", correction_of(one))
    put(folder, f"{one.draft_id}/1.txt", correction_of(one))
    put(folder, "ab" * 16 + "/1.json", correction_of(one, draft_id="ab" * 16))
    put(folder, "nul.json", correction_of(one, draft_id="a\0b"))
    put(folder, "loose.json", correction_of(one))

    done = pulled(desk, folder)

    assert [receipt.file for receipt in done.accepted] == ["loose.json"]
    assert len(done.refused) == 5
    assert receipt(folder, f"{two.draft_id}/1")["problem"]["errors"][0]["pointer"] == "/draft_id"
    assert receipt(folder, "ab" * 16 + "/1")["problem"]["type"] == "urn:prelabel:problem:not_found"
    for unknown in ("ab" * 16 + "/1", "nul"):
        assert receipt(folder, unknown)["problem"]["fix"].startswith("take ids from out/")
    assert receipt(folder, f"{one.draft_id}/1.txt")["accepted"] is False


def test_links_pipes_and_names_that_lead_out_are_not_read(desk: Desk, folder: Path, tmp_path: Path) -> None:
    one, two = delivered(desk, folder, 2)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1.json").write_bytes(correction_of(one))
    put(folder, f"{one.draft_id}/.keep", b"")
    (folder / "in" / one.draft_id / "1.json").symlink_to(outside / "1.json")
    (folder / "in" / two.draft_id).symlink_to(outside, target_is_directory=True)
    os.mkfifo(folder / "in" / one.draft_id / "2.json")
    put(folder, f"{one.draft_id}/a\\..\\3.json", correction_of(one))
    os.close(os.open(os.fsencode(folder / "in") + b"/\xff.json", os.O_CREAT))

    done = pulled(desk, folder)

    assert done.accepted == ()
    assert {receipt.file for receipt in done.refused} == {
        f"{one.draft_id}/1.json",
        f"{one.draft_id}/2.json",
        f"{one.draft_id}/a\\..\\3.json",
        two.draft_id,
        "\\udcff.json",
    }
    assert names(outside) == ["1.json"]
    assert submissions(desk.queue, one.draft_id) == ()


def test_folders_however_deep_are_refused_and_the_others_go_on(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    deep = folder / "in/deep"
    for _ in range(60):
        deep.mkdir(parents=True)
        deep = deep / ("d" * 60)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    done = pulled(desk, folder)

    assert len(done.accepted) == 1
    assert [one.file.count("/") for one in done.refused] == [2]
    assert pulled(desk, folder) == Pulled((), (), ())


def test_a_receipt_never_follows_a_link_that_lies_at_its_place(desk: Desk, folder: Path, tmp_path: Path) -> None:
    (draft,) = delivered(desk, folder)
    precious = tmp_path / "precious"
    precious.write_text("untouched")
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    (folder / "in" / draft.draft_id / "1.receipt.json").symlink_to(precious)

    pulled(desk, folder)

    assert precious.read_text() == "untouched"
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_a_pipe_at_a_receipts_place_is_not_read(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    os.mkfifo(folder / "in" / draft.draft_id / "1.receipt.json")

    assert len(pulled(desk, folder).accepted) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_no_receipt_is_written_through_a_folder_that_became_a_link(
    desk: Desk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    place, outside = folder / "in" / draft.draft_id, tmp_path / "outside"
    outside.mkdir()
    judge = incoming._judge

    def swapped(*arguments: Any) -> Any:
        judged = judge(*arguments)
        place.rename(tmp_path / "moved")
        place.symlink_to(outside, target_is_directory=True)
        return judged

    with monkeypatch.context() as patched:
        patched.setattr(incoming, "_judge", swapped)
        done = pulled(desk, folder)

    assert names(outside) == []
    assert [file for file, _ in done.waiting] == [f"{draft.draft_id}/1.json"]
    place.unlink()
    (tmp_path / "moved").rename(place)
    assert len(pulled(desk, folder).accepted) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_a_correction_of_a_draft_that_another_folder_holds_is_not_taken(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (draft,) = delivered(desk, other)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    assert len(pulled(desk, folder).refused) == 1
    said = receipt(folder, f"{draft.draft_id}/1")
    assert (said["problem"]["type"], said["final"]) == ("urn:prelabel:problem:not_yours", False)
    assert submissions(desk.queue, draft.draft_id) == ()

    act(desk.queue, draft.draft_id, "return", Actor.OPERATOR)
    pushed(desk, folder)
    assert len(pulled(desk, folder).accepted) == 1


def test_a_file_waits_until_nobody_writes_to_it_or_its_checksum_is_there(desk: Desk, folder: Path) -> None:
    one, two, three = delivered(desk, folder, 3)
    put(folder, f"{one.draft_id}/1.json", correction_of(one))
    two_file = put(folder, f"{two.draft_id}/1.json", correction_of(two))
    put(folder, f"{three.draft_id}/1.json", correction_of(three))
    checksum = sha256(correction_of(two))
    put(folder, f"{two.draft_id}/1.json.sha256", f"{checksum}  {two_file.name}\n".encode())
    listed = {"files": [{"name": "1.json", "sha256": sha256(correction_of(three))}]}
    put(folder, f"{three.draft_id}/manifest.json", json.dumps(listed).encode())

    done = pulled(desk, folder, settle_seconds=3600)

    assert {receipt.draft_id for receipt in done.accepted} == {two.draft_id, three.draft_id}
    assert [file for file, _ in done.waiting] == [f"{one.draft_id}/1.json"]
    assert not (folder / "in" / one.draft_id / "1.receipt.json").exists()


def test_a_file_waits_from_when_it_was_last_written_to_however_it_is_named_since(desk: Desk, folder: Path) -> None:
    one, two = delivered(desk, folder, 2)
    for draft, age in ((one, 0.0), (two, 7200.0)):
        hidden = put(folder, f"{draft.draft_id}/.1.json", correction_of(draft))
        written = hidden.stat().st_mtime - age
        os.utime(hidden, (written, written))
        hidden.rename(hidden.with_name("1.json"))

    done = pulled(desk, folder, settle_seconds=3600)

    assert [receipt.draft_id for receipt in done.accepted] == [two.draft_id]
    assert [file for file, _ in done.waiting] == [f"{one.draft_id}/1.json"]


def test_a_file_that_is_not_what_its_checksum_says_is_never_taken(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    whole = correction_of(draft)
    file = put(folder, f"{draft.draft_id}/1.json", whole[:-10])
    put(folder, f"{draft.draft_id}/1.json.sha256", sha256(whole).encode())

    assert pulled(desk, folder, settle_seconds=3600).waiting[0][0] == f"{draft.draft_id}/1.json"
    assert len(pulled(desk, folder).refused) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["problem"]["type"] == "urn:prelabel:problem:checksum"
    assert pulled(desk, folder) == Pulled((), (), ())
    put(folder, f"{draft.draft_id}/1.json.sha256", sha256(whole[:-10]).encode())
    assert [one.problem["title"] for one in pulled(desk, folder).refused if one.problem] == [
        "this correction cannot be taken"
    ]
    file.write_bytes(whole)
    put(folder, f"{draft.draft_id}/1.json.sha256", sha256(whole).encode())
    assert len(pulled(desk, folder).accepted) == 1


def test_a_file_that_was_read_half_written_is_read_again_when_it_is_whole(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft)[:-10])
    assert len(pulled(desk, folder).refused) == 1

    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    assert len(pulled(desk, folder).accepted) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_a_draft_that_the_store_lost_keeps_its_correction_waiting(desk: Desk, folder: Path) -> None:
    lost, good = delivered(desk, folder, 2)
    document = desk.store.root / lost.recording.id / f"{lost.draft_id}.json"
    document.rename(document.with_suffix(".gone"))
    for draft in (lost, good):
        put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    done = pulled(desk, folder)

    assert ([one.draft_id for one in done.accepted], done.refused) == ([good.draft_id], ())
    assert [file for file, _ in done.waiting] == [f"{lost.draft_id}/1.json"]
    document.with_suffix(".gone").rename(document)
    assert len(pulled(desk, folder).accepted) == 1


def test_two_pulls_at_once_take_each_correction_once(desk: Desk, folder: Path) -> None:
    made = delivered(desk, folder, 12)
    for draft in made:
        put(folder, f"{draft.draft_id}/1.json", correction_of(draft))

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: pulled(desk, folder), range(3)))

    assert [one.refused for one in done] == [(), (), ()]
    assert all(len(submissions(desk.queue, draft.draft_id)) == 1 for draft in made)


def test_pulls_killed_again_and_again_take_each_correction_once(desk: Desk, folder: Path) -> None:
    made = delivered(desk, folder, 30)
    for draft in made:
        put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
        put(folder, f"{draft.draft_id}/2.json", correction_of(draft, 2))

    kills = [killed_while("pull", desk, folder, "in/*/*.receipt.json", count) for count in (5, 21, 40)]
    last = pulled(desk, folder)

    assert kills.count(True) >= 2
    assert not last.refused
    for draft in made:
        assert [one.correction.revision for one in submissions(desk.queue, draft.draft_id)] == [1, 2]
        assert desk.kinds(draft).count("submitted") == 2
        assert receipt(folder, f"{draft.draft_id}/2")["accepted"]


def test_a_manifest_that_is_too_large_to_be_read_is_no_missing_checksum(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = desk.add(1)
    pushed(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    put(folder, f"{draft.draft_id}/manifest.json", b'{"files": []}' + b" " * 5000)
    monkeypatch.setattr(incoming, "MOST_BYTES", 5000)

    done = incoming.pull(desk.queue, desk.store, str(folder), settle_seconds=0)

    assert (done.accepted, done.refused) == ((), ())
    assert "has more than" in done.waiting[0][1]


def manifest_of(**files: bytes) -> bytes:
    """A manifest that names contents by their file's stem."""
    named = [{"name": f"{stem}.json", "sha256": sha256(content)} for stem, content in files.items()]
    return json.dumps({"files": named}).encode()


def test_a_manifest_is_read_once_in_a_pull_however_many_files_it_names(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = delivered(desk, folder, 5)
    files = {f"f{number}": correction_of(draft) for number, draft in enumerate(made)}
    for stem, content in files.items():
        put(folder, f"{stem}.json", content)
    put(folder, "not-named.json", b"{")
    put(folder, "damaged.json", b"{")
    put(folder, "manifest.json", manifest_of(**files, damaged=b"{}"))
    read: list[str] = []
    real = incoming.read
    monkeypatch.setattr(incoming, "read", lambda at, name, most: read.append(name) or real(at, name, most))

    done = pulled(desk, folder)

    assert (len(done.accepted), len(done.refused)) == (5, 2)
    assert read.count("in/manifest.json") == 1


def test_a_manifest_that_is_rewritten_during_a_pull_judges_nothing_wrongly(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, added, replaced, unfinished = delivered(desk, folder, 4)
    files = {
        "a-named": correction_of(named),
        "b-added": correction_of(added),
        "c-replaced": correction_of(replaced),
        "d-unfinished": correction_of(unfinished),
    }
    for stem, content in files.items():
        put(folder, f"{stem}.json", content)
    put(
        folder,
        "manifest.json",
        manifest_of(**{"a-named": files["a-named"], "c-replaced": b"", "d-unfinished": b""}),
    )
    real, rewritten = incoming.submit, []

    def rewriting(*arguments: Any, **named: Any) -> Any:
        if not rewritten:
            rewritten.append(put(folder, "manifest.json", manifest_of(**files | {"d-unfinished": b"not yet"})))
        return real(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(incoming, "submit", rewriting)
        done = pulled(desk, folder, settle_seconds=0)

    assert [one.draft_id for one in done.accepted] == [one.draft_id for one in (named, added, replaced)]
    assert (done.refused, done.waiting) == ((), (("d-unfinished.json", "its manifest was rewritten meanwhile"),))
    put(folder, "manifest.json", manifest_of(**files))
    assert [one.draft_id for one in pulled(desk, folder).accepted] == [unfinished.draft_id]


def test_what_a_manifest_names_only_since_it_was_rewritten_is_checked_by_it(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = delivered(desk, folder, 2)
    put(folder, "a.json", correction_of(first))
    put(folder, "b.json", correction_of(second))
    put(folder, "manifest.json", manifest_of(a=correction_of(first)))
    real = incoming.submit

    def rewriting(*arguments: Any, **named: Any) -> Any:
        put(folder, "manifest.json", manifest_of(a=correction_of(first), b=b"what is yet to come"))
        return real(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(incoming, "submit", rewriting)
        done = pulled(desk, folder)

    assert [one.draft_id for one in done.accepted] == [first.draft_id]
    assert submissions(desk.queue, second.draft_id) == ()


def test_a_manifest_that_goes_away_during_a_pull_leaves_its_files_to_the_next_one(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = delivered(desk, folder, 2)
    put(folder, "a.json", correction_of(first))
    put(folder, "b.json", correction_of(second))
    manifest = put(folder, "manifest.json", manifest_of(a=correction_of(first), b=b""))
    real = incoming.submit

    def removing(*arguments: Any, **named: Any) -> Any:
        manifest.unlink()
        return real(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(incoming, "submit", removing)
        done = pulled(desk, folder)

    assert ([one.draft_id for one in done.accepted], done.refused) == ([first.draft_id], ())
    assert [file for file, _ in done.waiting] == ["b.json"]
    assert len(pulled(desk, folder).accepted) == 1


@pytest.mark.parametrize("manifest", [b"{", b'{"files": 7}', b'{"files": [{"name": []}]}', b"[]", b"[" * 10**5])
def test_a_manifest_that_is_none_names_nothing(desk: Desk, folder: Path, manifest: bytes) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, "a.json", correction_of(draft))
    put(folder, "manifest.json", manifest)

    assert [why for _, why in pulled(desk, folder, settle_seconds=3600).waiting] == [
        "it may still be being written"
    ]
    assert len(pulled(desk, folder).accepted) == 1
