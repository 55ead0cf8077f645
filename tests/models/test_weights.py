from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ModelsDamaged, ModelsMissing
from core.settings import Settings
from models import weights
from models.catalogue import MODEL_SETS
from models.hub import pull
from models.weights import ensure_present, hub_cache, status, verify
from tests.hub import COMMIT, COMMUNITY_1, REPOSITORIES, TURBO, small_repositories, write_cache

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", models_dir=tmp_path / "cache")


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
