from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import flows.serving
from core.errors import NotFound
from core.store import sha256_of_file
from export.background import Rounds
from export.drafts import from_json
from export.entries import QueuedDraft
from export.handoff import Wanted, lease
from export.queue import Queue
from export.tables import working_copies
from export.working_copies import KEPT_DAYS, find_copy, forget_copies, save_copy
from flows.serving import _housekeeping
from tests.command import prelabel
from tests.queues import queued
from tests.servers import answer_of, serving

FLOWS = Path(__file__).parents[2] / "flows"


def test_the_sandbox_serves_samples_and_leaves_queue_and_disk_alone(tmp_path: Path) -> None:
    with serving(tmp_path, "--sandbox") as (url, process):
        assert process.stdout is not None
        told = [process.stdout.readline(), process.stdout.readline()]
        token = {"Authorization": f"Bearer {told[1].split()[1]}"}
        drafts = answer_of(f"{url}/v1/drafts", headers=token).json()["drafts"]
        me = answer_of(f"{url}/v1/me", headers=token).json()
        folders = [
            path for path in Path("/tmp").glob("prelabel-sandbox-*") if path.stat().st_mtime > time.time() - 60
        ]

        assert process.stderr is not None
        assert process.stderr.readline() == f"page: {url}/#token={told[1].split()[1]}\n"
        assert "4 drafts" in told[0]
        assert (me["worker"], "admin" in me["scopes"]) == ("you", True)
        assert {draft["language"] for draft in drafts} == {"ko", "en", "zh", "ja"}
        sound = httpx.get(url + drafts[0]["links"]["mix"], headers={"Range": "bytes=0-99"})
        assert (sound.status_code, len(sound.content)) == (206, 100)
        for draft in drafts:
            pairs = (len(httpx.get(url + draft["links"]["mix_peaks"]).content) - 24) // 2
            assert pairs / 50 == pytest.approx(draft["duration"], abs=0.05)

    assert not list(tmp_path.iterdir())
    assert folders
    assert not any(folder.exists() for folder in folders)


def test_the_samples_are_drafts_of_the_clips() -> None:
    for file in (FLOWS / "samples").glob("*.json"):
        draft = from_json(file.read_bytes())
        assert draft.language == file.stem
        assert draft.recording.id == sha256_of_file(FLOWS / "clips" / f"{file.stem}.mp4")
        assert draft.recording.uri.startswith("https://videos.example/")


def test_the_server_gives_the_projects_of_its_home_as_they_are_now(tmp_path: Path) -> None:
    made = json.loads(prelabel("token", "create", "platform", "--scope", "read", "--json", home=tmp_path).stdout)
    header = {"Authorization": f"Bearer {made['token']}"}
    with serving(tmp_path) as (url, _):
        assert answer_of(f"{url}/v1/projects/talks", headers=header).status_code == 404
        (tmp_path / "projects").mkdir()
        (tmp_path / "projects" / "talks.toml").write_text('[guideline]\nscript = "traditional"\n')
        given = answer_of(f"{url}/v1/projects/talks", headers=header).json()

    assert given["guideline"]["script"] == "traditional"
    assert "门" in given["guideline"]["other_script"]


def test_a_token_made_by_command_opens_the_api_until_it_is_revoked(tmp_path: Path) -> None:
    made = json.loads(prelabel("token", "create", "platform", "--scope", "read", "--json", home=tmp_path).stdout)
    header = {"Authorization": f"Bearer {made['token']}"}
    with serving(tmp_path) as (url, _):
        assert answer_of(f"{url}/v1/drafts", headers=header).status_code == 200
        assert prelabel("token", "revoke", "platform", home=tmp_path).returncode == 0
        assert answer_of(f"{url}/v1/drafts", headers=header).status_code == 401

    listed = prelabel("token", "list", home=tmp_path).stdout
    assert "revoked" in listed
    assert made["token"] not in (tmp_path / "queue.db").read_bytes().decode("latin-1")


def test_a_token_of_one_person_is_listed_with_the_person(tmp_path: Path) -> None:
    own = ("--scope", "submit", "--platform", "studio", "--worker", "kim")
    made = prelabel("token", "create", "kims", *own, home=tmp_path).stdout
    listed = prelabel("token", "list", home=tmp_path).stdout
    (document,) = json.loads(prelabel("token", "list", "--json", home=tmp_path).stdout)["tokens"]
    alone = prelabel("token", "create", "kim-alone", "--scope", "submit", "--worker", "kim", home=tmp_path).stdout

    assert "token kims of platform studio, kim's own, for submit." in made
    assert "--platform" not in made
    assert "goes on with the same work only with --platform kim-alone" in alone
    assert listed.split()[:3] == ["kims", "studio", "kim"]
    assert (document["platform"], document["worker"]) == ("studio", "kim")


def test_a_token_for_the_page_is_shown_with_the_link_that_signs_in(tmp_path: Path) -> None:
    own = ("--scope", "read", "--worker", "kim", "--page", "https://drafts.example/")
    told = prelabel("token", "create", "kim-2027", *own, home=tmp_path).stdout.splitlines()
    made = json.loads(prelabel("token", "create", "kim-2028", *own, "--json", home=tmp_path).stdout)
    plain = json.loads(prelabel("token", "create", "platform", "--scope", "read", "--json", home=tmp_path).stdout)

    assert told[0] == f"https://drafts.example/#token={told[1]}"
    assert made["link"] == f"https://drafts.example/#token={made['token']}"
    assert "link" not in plain


def test_a_port_that_others_reach_is_not_opened_before_there_is_a_token(tmp_path: Path) -> None:
    refused = prelabel("serve", "--host", "0.0.0.0", home=tmp_path)

    assert refused.returncode == 2
    assert "prelabel token create" in refused.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, _):
        refused = prelabel("serve", "--port", url.rsplit(":", 1)[1], home=tmp_path)

    assert refused.returncode == 3
    assert "cannot listen" in refused.stderr


def test_leases_go_on_ending_whatever_goes_wrong_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    went_well, rates_read = threading.Event(), threading.Event()
    troubles = [ZeroDivisionError(), ZeroDivisionError()]

    def troubled(_transaction: object) -> None:
        if troubles:
            raise troubles.pop()
        went_well.set()

    monkeypatch.setattr(flows.serving, "expire", troubled)
    monkeypatch.setattr(flows.serving, "HOUSEKEEPING_SECONDS", 0.01)

    async def run(queue: Queue) -> None:
        rounds = Rounds("ending leases"), Rounds("dispatching webhooks")
        async with _housekeeping(queue, rates_read.set, *rounds)(FastAPI()):
            assert await asyncio.to_thread(went_well.wait, 30)
            assert await asyncio.to_thread(rates_read.wait, 30)

    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
        asyncio.run(run(queue))
    assert [record.getMessage() for record in caplog.records] == ["ending leases: a mistake of ours"]


def test_a_server_drops_what_nobody_has_saved_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = threading.Event()

    def dropping(queue: Queue) -> int:
        count = forget_copies(queue)
        if count:
            dropped.set()
        return count

    monkeypatch.setattr(flows.serving, "forget_copies", dropping)
    monkeypatch.setattr(flows.serving, "HOUSEKEEPING_SECONDS", 0.01)

    async def run(queue: Queue) -> None:
        rounds = Rounds("ending leases"), Rounds("dispatching webhooks")
        async with _housekeeping(queue, lambda: None, *rounds)(FastAPI()):
            assert await asyncio.to_thread(dropped.wait, 30)

    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
        (draft_id,) = queue.enqueue(queued()).added
        lease(queue, Wanted("studio", worker="kim"))
        save_copy(queue, draft_id, "kim", "{}", revision=0, replaces=None, platform="studio")
        with queue.writing() as transaction:
            long_ago = transaction.now - timedelta(days=KEPT_DAYS + 1)
            transaction.connection.execute(working_copies.update().values(saved_at=long_ago))
        asyncio.run(run(queue))
        with pytest.raises(NotFound):
            find_copy(queue, draft_id, "kim")


def test_several_processes_serve_one_queue_and_each_tells_the_figures_of_all(tmp_path: Path) -> None:
    made = json.loads(prelabel("token", "create", "platform", "--scope", "read", "--json", home=tmp_path).stdout)
    with serving(tmp_path, "--processes", "2") as (url, _):
        answers = [
            answer_of(f"{url}/v1/drafts", headers={"Authorization": f"Bearer {made['token']}"}) for _ in range(8)
        ]
        told = [answer_of(f"{url}/metrics").text for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 8
    counted = 'prelabel_request_seconds_count{method="GET",route="/v1/drafts",status="200"} 8.0'
    assert [counted in text for text in told] == [True] * 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("token", "create", "Ünnamed", "--scope", "read"), "small letters"),
        (("token", "create", "a", "--scope", "write"), "there is no scope 'write'"),
        (("token", "create", "a", "--scope", "read", "--worker", " "), "a name has 1 to 128 characters"),
        (("token", "create", "a", "--scope", "read", "--page", "drafts.example"), "is not the address of a page"),
        (("token", "revoke", "nobody"), "there is no token 'nobody'"),
        (("queue", "redrive", "3f2a91"), "there is no draft '3f2a91'"),
    ],
)
def test_what_cannot_be_is_said_with_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = prelabel(*arguments, home=tmp_path)

    assert refused.returncode == 2
    assert said in refused.stderr
    assert "fix:" in refused.stderr


def test_an_operator_holds_back_releases_and_orders_drafts(tmp_path: Path) -> None:
    sample = FLOWS / "samples" / "ko.json"
    draft = from_json(sample.read_bytes())
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "ko.json").write_bytes(sample.read_bytes())
    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
        queue.enqueue([QueuedDraft.of(draft, "ko.json", sha256_of_file(sample))])

    def act(*arguments: str) -> str:
        done = prelabel("queue", *arguments, home=tmp_path)
        return done.stdout + done.stderr

    assert "is withheld" in act("withhold", draft.draft_id[:8], "--reason", "customer asked")
    assert "is ready" in act("release", draft.draft_id[:8])
    assert json.loads(act("prioritise", draft.draft_id, "7", "--json"))["priority"] == 7
    assert "it is ready" in act("redrive", draft.draft_id)
    events = json.loads(act("show", draft.draft_id, "--json"))["events"]
    assert [one["kind"] for one in events] == ["enqueued", "withheld", "released", "prioritised"]
