"""Folder exchange over S3, against moto's server in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs

from export.folders.counting import reconciliation
from export.folders.erasing import erase_everywhere
from export.folders.incoming import MOST_BYTES, Pulled, pull
from export.folders.outgoing import push
from export.reviews import Comment, Review, review, submissions
from tests.export.exchanges import ROOT, Desk, Kept, correction_of, desk_at, insist_whole, told

pytestmark = pytest.mark.integration


SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    port = process.stdout.readline().strip()
    assert port, "moto's server did not start"
    yield f"http://127.0.0.1:{port}"
    process.stdin.close()
    process.wait(timeout=20)


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new folder in a new bucket; our own clients reach the server by the environment alone."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"b{uuid.uuid4().hex}"
    store().mkdir(name)
    return f"s3://{name}/exchange"


def store() -> Any:
    return s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)


def kept(address: str) -> Kept:
    root = address.removeprefix("s3://")
    files = store()
    return {path.removeprefix(f"{root}/"): files.cat_file(path) for path in files.find(root)}


def put(address: str, name: str, content: bytes) -> None:
    store().pipe_file(f"{address.removeprefix('s3://')}/in/{name}", content)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = desk_at(tmp_path)
    yield opened
    opened.queue.close()


def pulled(desk: Desk, address: str) -> Pulled:
    return pull(desk.queue, desk.store, address)


def test_drafts_go_out_and_corrections_come_back(desk: Desk, bucket: str, tmp_path: Path) -> None:
    made = desk.add(4)
    sound = tmp_path / "mix.m4a"
    sound.write_bytes(os.urandom(1 << 20))

    done = push(desk.queue, desk.store, bucket, formats=["srt"], clips=lambda entry: {"mix.m4a": sound})
    assert done.written == tuple(draft.draft_id for draft in made)
    for draft in made:
        insist_whole(lambda: kept(bucket), draft, "draft.srt", "mix.m4a")
        put(bucket, f"{draft.draft_id}/1.json", correction_of(draft))
    assert push(desk.queue, desk.store, bucket).written == ()

    assert len(pulled(desk, bucket).accepted) == 4
    assert pulled(desk, bucket) == Pulled((), (), ())
    assert json.loads(kept(bucket)[f"in/{made[0].draft_id}/1.receipt.json"])["accepted"]
    assert reconciliation(desk.queue, bucket, write_it=True)["came_back"]["drafts"] == 4
    assert json.loads(kept(bucket)["reconciliation.json"])["folder"] == bucket


def test_a_half_written_draft_is_repaired_and_its_manifest_is_never_older_than_its_files(
    desk: Desk, bucket: str
) -> None:
    half, stale = desk.add(2)
    root = bucket.removeprefix("s3://")
    store().pipe_file(f"{root}/out/{half.draft_id}/draft.json", b"{")
    store().pipe_file(f"{root}/out/{stale.draft_id}/draft.json", b"{}")
    store().pipe_file(f"{root}/out/{stale.draft_id}/manifest.json", b'{"files": []}')

    push(desk.queue, desk.store, bucket)

    insist_whole(lambda: kept(bucket), half)
    insist_whole(lambda: kept(bucket), stale)


def test_bad_files_and_names_that_lead_out_are_refused_and_the_others_go_on(desk: Desk, bucket: str) -> None:
    bad, good = desk.add(2)
    push(desk.queue, desk.store, bucket)
    put(bucket, f"{bad.draft_id}/1.json", b"{")
    put(bucket, f"{bad.draft_id}/2.json", b" " * (MOST_BYTES + 1))
    put(bucket, f"{bad.draft_id}/3.json", correction_of(bad))
    put(bucket, f"{bad.draft_id}/3.json.sha256", b"0" * 64)
    put(bucket, "../outside.json", correction_of(bad))
    put(bucket, f"{bad.draft_id}/a\\..\\b.json", correction_of(bad))
    put(bucket, f"{good.draft_id}/1.json", correction_of(good))
    put(bucket, f"{good.draft_id}/1.json.sha256", hashlib.sha256(correction_of(good)).hexdigest().encode())

    done = pulled(desk, bucket)

    assert [one.draft_id for one in done.accepted] == [good.draft_id]
    assert len(done.refused) >= 4
    assert submissions(desk.queue, bad.draft_id) == ()
    files = kept(bucket)
    assert "8 MiB" in json.loads(files[f"in/{bad.draft_id}/2.receipt.json"])["problem"]["detail"]
    assert [name for name in files if name.endswith(".receipt.json") and ".." in name] == []


def test_files_are_checked_by_the_manifest_of_their_folder(desk: Desk, bucket: str) -> None:
    good, bad, other = desk.add(3)
    push(desk.queue, desk.store, bucket)
    said = {"good": correction_of(good), "bad": b"{}", "other": correction_of(other)}
    named = [{"name": f"{stem}.json", "sha256": hashlib.sha256(said[stem]).hexdigest()} for stem in said]
    for stem, draft in (("good", good), ("bad", bad), ("other", other)):
        put(bucket, f"{stem}.json", correction_of(draft))
    put(bucket, "manifest.json", json.dumps({"files": named}).encode())

    done = pulled(desk, bucket)

    assert {one.draft_id for one in done.accepted} == {good.draft_id, other.draft_id}
    assert [one.problem["type"] for one in done.refused if one.problem] == ["urn:prelabel:problem:checksum"]


def test_rework_and_resubmission_go_by_files_alone(desk: Desk, bucket: str) -> None:
    (draft,) = desk.add(1)
    push(desk.queue, desk.store, bucket)
    put(bucket, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, bucket)
    review(desk.queue, draft.draft_id, Review("lee", 1, "rework", "digits", (Comment(0, "here"),)))
    push(desk.queue, desk.store, bucket)

    rework = told(kept(bucket))[-1]
    assert (rework["kind"], rework["draft_id"]) == ("rework", draft.draft_id)
    assert rework["review"]["comments"] == [{"sentence": 0, "text": "here"}]
    put(bucket, f"{draft.draft_id}/2.json", correction_of(draft, 2))
    assert len(pulled(desk, bucket).accepted) == 1
    review(desk.queue, draft.draft_id, Review("lee", 2, "accepted"))
    pulled(desk, bucket)

    files = kept(bucket)
    assert [event["kind"] for event in told(files)] == ["delivered", "submitted", "rework", "submitted", "accepted"]
    for name in [name for name in files if name.startswith("out/events/") and name.endswith(".jsonl")]:
        assert files[f"{name}.sha256"].split()[0].decode() == hashlib.sha256(files[name]).hexdigest()
    pulled(desk, bucket)
    assert kept(bucket) == files


def test_a_forgotten_draft_leaves_a_tombstone_and_is_not_read_again(
    desk: Desk, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = desk.add(2)
    push(desk.queue, desk.store, bucket, formats=["srt"])
    put(bucket, f"{gone.draft_id}/1.json", correction_of(gone))
    pulled(desk, bucket)
    review(desk.queue, gone.draft_id, Review("lee", 1, "rework", "a secret"))
    pulled(desk, bucket)
    desk.queue.forget(gone.recording.id)
    with monkeypatch.context() as offline:
        offline.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        s3fs.S3FileSystem.clear_instance_cache()
        assert [one.folder for one in erase_everywhere(desk.queue)] == [bucket]
    s3fs.S3FileSystem.clear_instance_cache()

    assert pulled(desk, bucket) == Pulled((), (), (), (f"{gone.draft_id}/1.json",))

    files = kept(bucket)
    assert [name for name in files if gone.draft_id in name] == [
        f"in/{gone.draft_id}/1.json",
        f"out/{gone.draft_id}/forgotten.json",
    ]
    assert told(files)[-1]["kind"] == "forgotten"
    assert "a secret" not in str(files)
    insist_whole(lambda: kept(bucket), stays, "draft.srt")
    pulled(desk, bucket)
    assert kept(bucket) == files


RUN = """
import sys
from pathlib import Path
from core.store import MediaStore
from export.folders.outgoing import push
from export.queue import Queue
home, address = sys.argv[1:]
push(Queue(f"sqlite:///{home}/queue.db"), MediaStore(Path(home) / "store"), address, formats=["srt"])
"""


def test_a_push_that_is_killed_leaves_nothing_that_the_next_one_does_not_finish(
    desk: Desk, bucket: str, tmp_path: Path
) -> None:
    made = desk.add(12)
    process = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), bucket], cwd=ROOT, env=os.environ)
    root = bucket.removeprefix("s3://")
    files = store()
    while process.poll() is None and len(files.find(f"{root}/out")) < 8:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    push(desk.queue, desk.store, bucket, formats=["srt"])

    for draft in made:
        insist_whole(lambda: kept(bucket), draft, "draft.srt")
        assert desk.kinds(draft) == ["enqueued", "leased", "delivered"]
