from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.errors import HubUnreachable, ModelsDamaged, ModelsMissing
from core.settings import Settings
from models.catalogue import MODEL_SETS
from models.hub import pull
from models.weights import Lock, hub_cache, locate, read_lock, verify, write_lock
from tests.hub import COMMIT, COMMUNITY_1, HTDEMUCS, REPOSITORIES, TURBO, Hub, serving

ROOT = Path(__file__).parents[2]
FAST = MODEL_SETS["fast"]


@dataclass
class Client:
    """`pull` in a process of its own, with the hub's real client, against a hub on this machine."""

    hub: Hub
    settings: Settings

    def pull(self, **environment: str) -> dict[str, Any]:
        code = (
            "import json\n"
            "from core.errors import PrelabelError\n"
            "from core.settings import Settings\n"
            "from models.hub import pull\n"
            "seen = {}\n"
            "try:\n"
            "    found = pull('fast', Settings(), lambda model, done, total: seen.update({model: [done, total]}))\n"
            "    print(json.dumps({'revisions': [one.revision for one in found], 'progress': seen}))\n"
            "except PrelabelError as error:\n"
            "    said = {'error': type(error).__name__, 'what': error.what, 'why': error.why, 'fix': error.fix}\n"
            "    print(json.dumps(said))\n"
        )
        told = {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.settings.home / "hf"),
            "PRELABEL_HOME": str(self.settings.home),
            "PRELABEL_MODELS_DIR": str(self.settings.models_dir),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PRELABEL_"))}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=inherited | told | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serving({name: dict(files) for name, files in REPOSITORIES.items()}) as hub:
        yield Client(hub, Settings(home=tmp_path / "home", models_dir=tmp_path / "cache"))


def test_pull_fetches_and_records_what_it_saw(client: Client) -> None:
    said = client.pull(HF_TOKEN="hf_secret")
    assert said["revisions"] == [COMMIT] * 3
    assert said["progress"][TURBO] == [6008, 6008]
    assert client.hub.tokens == {"Bearer hf_secret"}
    lock = read_lock(client.settings.lock_path)
    assert set(lock.models) == {HTDEMUCS, COMMUNITY_1, TURBO}
    assert lock.models[COMMUNITY_1].revision == COMMIT
    assert set(lock.models[COMMUNITY_1].files) == set(REPOSITORIES[COMMUNITY_1]) - {"README.md"}
    assert {one.verdict for one in verify("fast", client.settings)} == {"ok"}
    assert not list(client.settings.home.glob(".models.lock*"))


def test_what_changed_after_the_pull_is_found_and_fetched_anew(client: Client) -> None:
    client.pull()
    file = (locate(FAST.transcription, client.settings).path / "model.bin").resolve()
    file.write_bytes(b"wrotes" * 1000)
    assert [one.file for one in verify("fast", client.settings) if one.verdict == "changed"] == ["model.bin"]
    client.pull()
    assert {one.verdict for one in verify("fast", client.settings)} == {"ok"}
    file.write_bytes(b"short")
    with pytest.raises(ModelsDamaged, match=r"model\.bin"):
        locate(FAST.transcription, client.settings)


def test_a_file_that_the_lock_lacks_is_missed_fetched_and_added(client: Client) -> None:
    client.pull()
    path = client.settings.lock_path
    whole = read_lock(path)
    entry = whole.models[TURBO]
    short = {file: one for file, one in entry.files.items() if file != "tokenizer.json"}
    write_lock(path, Lock(models={**whole.models, TURBO: entry.model_copy(update={"files": short})}))
    assert [one.file for one in verify("fast", client.settings) if one.verdict == "unlocked"] == ["tokenizer.json"]
    (locate(FAST.transcription, client.settings).path / "tokenizer.json").unlink()
    assert [one.file for one in verify("fast", client.settings) if one.verdict == "missing"] == ["tokenizer.json"]
    with pytest.raises(ModelsMissing, match=r"tokenizer\.json"):
        locate(FAST.transcription, client.settings)
    client.pull()
    assert read_lock(path) == whole
    found = locate(FAST.transcription, client.settings)
    assert found.hashes == {file: one.sha256 for file, one in entry.files.items()}


def test_a_hub_that_gives_other_bytes_than_the_lock_says_is_not_believed(client: Client) -> None:
    client.pull()
    before = client.settings.lock_path.read_bytes()
    shutil.rmtree(hub_cache(client.settings))
    client.hub.repositories[TURBO]["tokenizer.json"] = b"[]"
    said = client.pull()
    assert said["error"] == "ModelsDamaged"
    assert "tokenizer.json" in said["what"]
    assert client.settings.lock_path.read_bytes() == before


def test_bytes_that_are_not_what_the_hub_states_are_not_recorded(client: Client) -> None:
    client.hub.stated["htdemucs.yaml"] = "f" * 64
    assert client.pull()["error"] == "ModelsDamaged"
    assert not client.settings.lock_path.exists()


def test_a_gated_model_says_which_page_to_accept_before_anything_is_fetched(client: Client) -> None:
    for status_code, code in ((403, "GatedRepo"), (401, "RepoNotFound"), (401, "")):
        client.hub.refusals[COMMUNITY_1] = (status_code, code)
        said = client.pull()
        assert said["error"] == "ModelsGated"
        assert f"https://huggingface.co/{COMMUNITY_1}" in said["fix"]
        assert "HF_TOKEN" in said["fix"] and "PRELABEL_HF_TOKEN" in said["fix"]
    assert not list(hub_cache(client.settings).rglob("*.safetensors"))
    assert not client.settings.lock_path.exists()


def test_a_model_or_commit_that_is_gone_is_missing(client: Client) -> None:
    client.hub.refusals[HTDEMUCS] = (404, "RepoNotFound")
    said = client.pull()
    assert said["error"] == "ModelsMissing" and HTDEMUCS in said["what"]
    del client.hub.refusals[HTDEMUCS]
    client.pull()
    lock = client.settings.lock_path
    lock.write_text(lock.read_text().replace(COMMIT, "f" * 40))
    said = client.pull()
    assert said["error"] == "ModelsMissing" and "commit that models.lock names" in said["what"]


def test_a_repository_without_what_we_need_is_told(client: Client) -> None:
    del client.hub.repositories[TURBO]["tokenizer.json"]
    said = client.pull()
    assert said["error"] == "ModelsMissing" and "tokenizer.json" in said["why"]


def test_a_hub_that_cannot_be_reached_says_what_to_copy(client: Client) -> None:
    said = client.pull(HF_ENDPOINT="http://127.0.0.1:9")
    assert said["error"] == "HubUnreachable"
    assert str(hub_cache(client.settings)) in said["fix"] and str(client.settings.lock_path) in said["fix"]


def test_who_is_told_to_stay_offline_asks_nobody(client: Client) -> None:
    for name in ("PRELABEL_OFFLINE", "HF_HUB_OFFLINE"):
        said = client.pull(**{name: "1"})
        assert said["error"] == "HubUnreachable" and name in said["why"]
        assert name in said["fix"]
    assert client.hub.tokens == set()
    with pytest.raises(HubUnreachable):
        pull("fast", client.settings.model_copy(update={"offline": True}))
