from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock

import export.folders
from core.errors import Conflict, EnvironmentProblem, StoreUnusable, UsageProblem
from core.store import MediaStore
from core.types import Draft
from export.folders import MOST_BYTES, Pulled, open_folder, pull, push, reconciliation
from export.formats import FORMATS
from export.handoff import Wanted, lease
from export.queue import Queue
from export.reviews import Review, review, submissions
from export.states import State
from export.tables import drafts, pushes
from tests.export.exchanges import Desk, Kept, correction_of, insist_whole

ROOT = Path(export.folders.__file__).parents[1]


@pytest.fixture
def desk(tmp_path: Path, queue: Queue) -> Desk:
    return Desk(queue, MediaStore(tmp_path / "store").open())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "exchange"
    path.mkdir()
    return path


def kept(folder: Path) -> Kept:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def pushed(desk: Desk, folder: Path, **choices: Any) -> tuple[str, ...]:
    return push(desk.queue, desk.store, str(folder), **choices).written


def pulled(desk: Desk, folder: Path, settle_seconds: float = 0.0) -> Pulled:
    return pull(desk.queue, desk.store, str(folder), settle_seconds=settle_seconds)


def put(folder: Path, name: str, content: bytes) -> Path:
    file = folder / "in" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def receipt(folder: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "in" / f"{name}.receipt.json").read_bytes())
    return document


def delivered(desk: Desk, folder: Path, count: int = 1) -> list[Draft]:
    """Drafts that are with the platform."""
    made = desk.add(count)
    assert len(pushed(desk, folder)) == count
    return made


# Out.


def test_every_draft_that_waits_lies_there_whole_and_is_delivered(desk: Desk, folder: Path, tmp_path: Path) -> None:
    made = desk.add(4)
    sound = tmp_path / "mix.m4a"
    sound.write_bytes(bytes(range(256)) * 100)

    written = pushed(desk, folder, formats=["srt", "json"], clips=lambda entry: {"mix.m4a": sound})

    assert written == tuple(draft.draft_id for draft in made)
    for draft in made:
        insist_whole(lambda: kept(folder), draft, "draft.srt", "mix.m4a")
        assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]
        assert (folder / "out" / draft.draft_id / "draft.srt").read_text() == FORMATS["srt"](draft)
    assert names(folder / "out") == sorted(written)


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
        insist_whole(lambda: kept(folder), draft)
    assert len(names(folder / "out")) == 3


@pytest.mark.parametrize("moment", ["before writing", "before acknowledging", "before noting"])
def test_a_push_that_broke_off_is_finished_by_the_next_one_at_once(
    desk: Desk, folder: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = desk.add(1)
    broken = {"before writing": "_commit", "before acknowledging": "acknowledge", "before noting": "_note_push"}
    name = broken[moment]
    real = getattr(export.folders, name)

    def breaking(*arguments: Any, **named: Any) -> Any:
        if name == "_note_push" and arguments[-1] is not None:
            return real(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(export.folders, name, breaking)
        pushed(desk, folder)

    assert pushed(desk, folder) == (() if moment == "before noting" else (draft.draft_id,))
    insist_whole(lambda: kept(folder), draft)
    assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]
    with desk.queue.reading() as connection:
        assert connection.execute(sa.select(pushes.c.draft_id, pushes.c.remote_id)).all() == [
            (draft.draft_id, None)
        ]


def test_a_push_whose_lease_somebody_else_has_by_now_is_let_go(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = desk.add(1)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(export.folders, "_commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
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
    assert reconciliation(desk.queue, str(folder), write=False)["sent"]["drafts"] == 1


def test_without_the_store_no_draft_is_touched(desk: Desk, folder: Path) -> None:
    (draft,) = desk.add(1)
    desk.store.root.rename(desk.store.root.with_name("elsewhere"))

    with pytest.raises(StoreUnusable):
        pushed(desk, folder)
    assert desk.kinds(draft) == ["enqueued"]


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
    monkeypatch.setattr(export.folders, "_LOCK_SECONDS", 0.1)
    desk.add(1)
    with FileLock(folder / ".prelabel.lock"), pytest.raises(Conflict, match="another push"):
        pushed(desk, folder)
    assert len(pushed(desk, folder)) == 1


@pytest.mark.parametrize("address", ["/nowhere/at/all", "https://example.org/x", "s3://", "ftp://x/y", "", "a\0b"])
def test_an_address_that_is_no_folder_is_refused(address: str) -> None:
    with pytest.raises(UsageProblem):
        open_folder(address)


def test_a_long_address_still_has_a_name_that_the_queue_can_hold(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 200)
    deep.mkdir()

    assert len(open_folder(str(deep)).target) <= 128
    assert open_folder(str(deep)).target != open_folder(str(tmp_path)).target
    assert open_folder(f"file://{tmp_path}").target == open_folder(f"{tmp_path}/").target


RUN = """
import sys
from pathlib import Path
from core.store import MediaStore
from export.folders import pull, push
from export.queue import Queue
url, store, folder, verb = sys.argv[1:]
queue, store = Queue(url), MediaStore(Path(store))
print("ready", flush=True)
push(queue, store, folder, formats=["srt"]) if verb == "push" else pull(queue, store, folder, settle_seconds=0)
"""


def killed_while(verb: str, desk: Desk, folder: Path, pattern: str, count: int) -> bool:
    """Whether a process of ours was killed once so many files of a pattern lay in the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, desk.queue.url, str(desk.store.root), str(folder), verb],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    while process.poll() is None and len(list(folder.glob(pattern))) < count:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    killed = process.wait() == -signal.SIGKILL
    process.stdout.close()
    return killed


def test_pushes_killed_again_and_again_lose_and_double_nothing(desk: Desk, folder: Path) -> None:
    made = desk.add(30)

    kills = [
        killed_while("push", desk, folder, "out/*/manifest.json", 5),
        killed_while("push", desk, folder, "out/.*.partial/draft.json", 1),
        killed_while("push", desk, folder, "out/*/manifest.json", 16),
    ]
    pushed(desk, folder, formats=["srt"])

    assert kills.count(True) >= 2
    assert names(folder / "out") == sorted(draft.draft_id for draft in made)
    for draft in made:
        insist_whole(lambda: kept(folder), draft, "draft.srt")
        assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]


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


# In.


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
    before, events = kept(folder), len(desk.queue.events())

    assert pulled(desk, folder) == Pulled((), (), ())
    assert (kept(folder), len(desk.queue.events())) == (before, events)


def test_a_receipt_that_was_lost_is_written_again_and_the_correction_taken_once(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    (folder / "in" / draft.draft_id / "1.receipt.json").unlink()

    assert len(pulled(desk, folder).accepted) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]
    assert len(submissions(desk.queue, draft.draft_id)) == 1


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
    assert receipt(folder, f"{draft.draft_id}/1")["problem"]["type"] == "urn:prelabel:problem:state"
    pushed(desk, folder)
    assert [one.revision for one in pulled(desk, folder).accepted] == [1, 2]
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


def test_a_revision_that_came_with_other_content_is_refused(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft, worker="park"))

    assert len(pulled(desk, folder).refused) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["problem"]["type"] == "urn:prelabel:problem:revision"
    assert submissions(desk.queue, draft.draft_id)[0].correction.worker == "kim"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("half", lambda good: good[: len(good) // 2], "it is not JSON"),
        ("empty", lambda good: b"", "it is not JSON"),
        ("utf16", lambda good: good.decode().encode("utf-16"), ""),
        ("korean", lambda good: good.decode().replace("kim", "김").encode("cp949"), "it is not JSON"),
        ("deep", lambda good: b"[" * 100_000, "it is not JSON"),
        ("other", lambda good: b'{"schema": "prelabel.correction/9"}', "/schema"),
        ("list", lambda good: b"[]", "/schema"),
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


def test_a_receipt_never_follows_a_link_that_lies_at_its_place(desk: Desk, folder: Path, tmp_path: Path) -> None:
    (draft,) = delivered(desk, folder)
    precious = tmp_path / "precious"
    precious.write_text("untouched")
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    (folder / "in" / draft.draft_id / "1.receipt.json").symlink_to(precious)

    pulled(desk, folder)

    assert precious.read_text() == "untouched"
    assert receipt(folder, f"{draft.draft_id}/1")["accepted"]


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


def test_a_file_that_is_not_what_its_checksum_says_is_never_taken(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    whole = correction_of(draft)
    file = put(folder, f"{draft.draft_id}/1.json", whole[:-10])
    put(folder, f"{draft.draft_id}/1.json.sha256", sha256(whole).encode())

    assert pulled(desk, folder, settle_seconds=3600).waiting[0][0] == f"{draft.draft_id}/1.json"
    assert len(pulled(desk, folder).refused) == 1
    assert receipt(folder, f"{draft.draft_id}/1")["problem"]["type"] == "urn:prelabel:problem:checksum"
    file.write_bytes(whole)
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


# What was sent, is held, came back.


def test_the_reconciliation_says_what_was_sent_is_held_and_came_back(desk: Desk, folder: Path) -> None:
    made = delivered(desk, folder, 3)
    desk.add(2, first=3)
    put(folder, f"{made[0].draft_id}/1.json", correction_of(made[0]))
    pulled(desk, folder)

    document = reconciliation(desk.queue, str(folder), write=True)

    assert json.loads((folder / "reconciliation.json").read_bytes()) == document
    assert document["schema"] == "prelabel.reconciliation/1"
    assert (document["sent"]["drafts"], document["came_back"]["drafts"]) == (3, 1)
    assert document["held"] == {
        "drafts": 2,
        "minutes": round(20 / 60, 3),
        "draft_ids": [made[1].draft_id, made[2].draft_id],
    }
    assert document["states"]["submitted"]["drafts"] == 1


def test_the_reconciliation_is_written_once_a_day(desk: Desk, folder: Path) -> None:
    delivered(desk, folder)
    file = folder / "reconciliation.json"
    first = json.loads(file.read_bytes())
    desk.add(1, first=1)
    pushed(desk, folder)
    assert json.loads(file.read_bytes()) == first

    file.write_text(json.dumps(first | {"at": "2026-01-01T00:00:00+00:00"}))
    pulled(desk, folder)
    assert json.loads(file.read_bytes())["sent"]["drafts"] == 2
