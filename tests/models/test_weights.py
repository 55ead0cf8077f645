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
from models import weights
from models.catalogue import MODEL_SETS
from models.weights import Lock, ensure_present, hub_cache, locate, pull, read_lock, status, verify, write_lock
from tests.hub import (
    COMMIT,
    COMMUNITY_1,
    HTDEMUCS,
    TURBO,
    Hub,
    Repositories,
    serving,
    small_repositories,
    write_cache,
)

ROOT = Path(__file__).parents[2]
FAST = MODEL_SETS["fast"]

REPOSITORIES: Repositories = {
    HTDEMUCS: {"htdemucs.yaml": b"models: ['0a1b2c3d']", "0a1b2c3d.safetensors": b"separates"},
    COMMUNITY_1: {
        "config.yaml": b"pipeline:",
        "segmentation/pytorch_model.bin": b"segments",
        "embedding/pytorch_model.bin": b"embeds",
        "plda/plda.npz": b"compares",
        "plda/xvec_transform.npz": b"transforms",
        "README.md": b"is not fetched",
    },
    TURBO: {
        "config.json": b"{}",
        "preprocessor_config.json": b"{}",
        "model.bin": b"writes" * 1000,
        "tokenizer.json": b"{}",
        "vocabulary.json": b"[]",
    },
}


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", models_dir=tmp_path / "cache")


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
            "from models.weights import pull\n"
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
def client(here: Settings) -> Iterator[Client]:
    with serving({name: dict(files) for name, files in REPOSITORIES.items()}) as hub:
        yield Client(hub, here)


def test_the_shipped_models_are_what_their_lock_says(here: Settings) -> None:
    verdicts = verify("offline", here)
    assert {one.verdict for one in verdicts} == {"ok"}
    assert len(verdicts) == 11
    assert set(ensure_present("offline", here)) == {ref.name for ref in MODEL_SETS["offline"].refs}
    assert [one.path.name for one in pull("offline", here)] == ["separation", "diarization", "transcription"]


def test_a_shipped_file_that_was_changed_is_told(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "offline"
    shutil.copytree(weights.OFFLINE_FOLDER, folder)
    monkeypatch.setattr(weights, "OFFLINE_FOLDER", folder)
    file = folder / "transcription" / "vocabulary.json"
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    assert [one.file for one in verify("offline", here) if one.verdict == "changed"] == ["vocabulary.json"]
    file.write_bytes(b"")
    with pytest.raises(ModelsDamaged, match=r"vocabulary\.json of offline/transcription"):
        ensure_present("offline", here)


def test_missing_models_name_the_command_that_fetches_them(here: Settings) -> None:
    with pytest.raises(ModelsMissing) as caught:
        ensure_present("best", here)
    assert "prelabel models pull --models best" in caught.value.fix
    assert "--models offline" in caught.value.fix
    assert all(ref.name in caught.value.why for ref in MODEL_SETS["best"].refs)


def test_a_cache_that_somebody_copied_here_is_used(here: Settings, tmp_path: Path) -> None:
    write_cache(tmp_path / "cache", REPOSITORIES)
    found = ensure_present("fast", here)
    assert {one.revision for one in found.values()} == {COMMIT}
    assert (found[TURBO].path / "model.bin").read_bytes() == b"writes" * 1000
    assert {one.verdict for one in verify("fast", here)} == {"unlocked"}
    rows = {row.name: row for row in status(here)}
    assert rows[TURBO].present and rows[TURBO].sets == ("fast",)
    assert rows[TURBO].size_bytes == 6008
    assert not rows["Systran/faster-whisper-large-v3"].present
    assert rows[COMMUNITY_1].gated and rows[COMMUNITY_1].licence == "CC-BY-4.0"


def test_a_copied_cache_without_one_file_is_not_enough(here: Settings, tmp_path: Path) -> None:
    write_cache(tmp_path / "cache", REPOSITORIES)
    snapshot = ensure_present("fast", here)[COMMUNITY_1].path
    (snapshot / "plda" / "plda.npz").unlink()
    with pytest.raises(ModelsMissing, match=r"has no plda/plda\.npz"):
        ensure_present("fast", here)
    assert [one.file for one in verify("fast", here) if one.verdict == "missing"] == ["plda/plda.npz"]


def test_commits_that_nothing_names_are_told_with_what_is_missing(here: Settings, tmp_path: Path) -> None:
    write_cache(tmp_path / "cache", REPOSITORIES)
    for file in (tmp_path / "cache").glob("models--*/refs/main"):
        file.unlink()
    with pytest.raises(ModelsMissing, match=f"commits {COMMIT} lie in") as caught:
        ensure_present("fast", here)
    assert str(here.lock_path) in caught.value.why and "PRELABEL_MODELS_LOCK" in caught.value.why


def test_the_cache_is_looked_for_where_the_hub_client_puts_it(tmp_path: Path) -> None:
    cases: list[dict[str, str]] = [
        {},
        {"XDG_CACHE_HOME": "/x"},
        {"HF_HOME": "~/h"},
        {"HUGGINGFACE_HUB_CACHE": "/old"},
        {"HF_HUB_CACHE": "$HOME/new", "HF_HOME": "/h"},
    ]
    code = (
        "import importlib, json, os, sys\n"
        "from core.settings import Settings\n"
        "from models.weights import hub_cache\n"
        "from huggingface_hub import constants\n"
        "for case in json.loads(sys.argv[1]):\n"
        "    for name in ('XDG_CACHE_HOME', 'HF_HOME', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_CACHE'):\n"
        "        os.environ.pop(name, None)\n"
        "    os.environ.update(case)\n"
        "    importlib.reload(constants)\n"
        "    assert str(hub_cache(Settings())) == constants.HF_HUB_CACHE, (case, constants.HF_HUB_CACHE)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, json.dumps(cases)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert hub_cache(Settings(models_dir=tmp_path)) == tmp_path


def test_a_lock_that_cannot_be_read_is_told(here: Settings) -> None:
    here.home.mkdir()
    here.lock_path.write_text('{"schema": "prelabel.models/1", "models": {"x": 1}}')
    with pytest.raises(ModelsDamaged, match=r"models\.lock cannot be used"):
        ensure_present("fast", here)


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


def test_a_hub_cache_works_like_the_shipped_folder_and_no_set_ever_connects(tmp_path: Path) -> None:
    write_cache(tmp_path / "cache", small_repositories())
    code = (
        "import socket, sys\n"
        "tried = []\n"
        "def refuse(*what, **_):\n"
        "    tried.append(what[-1])\n"
        "    raise OSError('no network in this test')\n"
        "for name in ('connect', 'connect_ex', 'sendto'):\n"
        "    setattr(socket.socket, name, refuse)\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse\n"
        "import numpy as np\n"
        "from core.settings import MachineSettings, Settings\n"
        "from models.toolbox import toolbox\n"
        "from tests.speech import speech\n"
        "machine = Settings(machine=MachineSettings(device='cpu', threads=1))\n"
        "audio, told = speech('ko'), machine.pipeline\n"
        "mix = np.random.default_rng(0).standard_normal((1, 2, 264600)).astype(np.float32)\n"
        "def results(name):\n"
        "    tools = toolbox(name, machine)\n"
        "    said = tools.transcriber.transcribe(\n"
        "        audio, language=None, allowed=('ko', 'en'), glossary=(), settings=told.transcribe\n"
        "    )\n"
        "    turns = tools.diarizer.diarize(audio, None, told.diarize)\n"
        "    return said, turns, tools.separator.voice(mix).tobytes()\n"
        "assert results('offline') == results('fast'), 'the same weights, another result'\n"
        "sys.exit(f'tried to reach {tried}' if tried else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PRELABEL_HOME": str(tmp_path), "PRELABEL_MODELS_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
