from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ModelsMissing
from core.settings import MachineSettings, Settings
from models.toolbox import toolbox
from models.weights import ensure_present
from tests.hub import COMMIT, COMMUNITY_1, HTDEMUCS, REPOSITORIES, TURBO, write_cache
from tests.speech import offline_tools

ROOT = Path(__file__).parents[2]
CPU = MachineSettings(device="cpu")


def test_missing_weights_and_revisions_are_told_before_anything_heavy_is_imported() -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from core.errors import ModelsMissing\n"
        "from core.settings import MachineSettings, Settings\n"
        "from models.toolbox import toolbox\n"
        "machine = Settings(models_dir=Path('nowhere'), machine=MachineSettings(device='cpu'))\n"
        "try:\n"
        "    toolbox('best', machine)\n"
        "except ModelsMissing:\n"
        "    assert toolbox('offline', machine).revisions['diarize']\n"
        "    heavy = {'torch', 'pyannote.audio', 'faster_whisper', 'demucs', 'huggingface_hub', 'scipy'}\n"
        "    sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_one_toolbox_serves_a_process() -> None:
    machine = Settings(machine=CPU)
    assert toolbox("offline", machine) is toolbox("offline", Settings(machine=CPU))
    with pytest.raises(ModelsMissing):
        toolbox("best", Settings(machine=CPU, models_dir=Path("nowhere")))


def test_threads_are_given_the_same_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(machine: MachineSettings) -> str:
        time.sleep(0.05)
        asked.append(machine)
        return "cpu"

    asked: list[MachineSettings] = []
    monkeypatch.setattr("models.toolbox.choose_device", slowly)
    machine = Settings(machine=MachineSettings(device="cpu", threads=2))
    with ThreadPoolExecutor(4) as pool:
        tools = list(pool.map(lambda _: toolbox("offline", machine), range(4)))
        made = list(pool.map(lambda one: (one.separator, one.diarizer, one.transcriber), tools))
    assert len(set(map(id, tools))) == 1
    assert len(set(made)) == 1
    assert len(asked) == 1


def test_a_hub_client_that_is_imported_already_is_told_to_stay_offline() -> None:
    code = (
        "from huggingface_hub import constants, HfApi\n"
        "from huggingface_hub.errors import OfflineModeIsEnabled\n"
        "from core.settings import MachineSettings, Settings\n"
        "from models.toolbox import toolbox\n"
        "assert not constants.HF_HUB_OFFLINE\n"
        "toolbox('offline', Settings(machine=MachineSettings(device='cpu')))\n"
        "try:\n"
        "    HfApi(endpoint='http://127.0.0.1:9').model_info('owner/name')\n"
        "except OfflineModeIsEnabled:\n"
        "    pass\n"
    )
    online = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=online, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_revisions_name_every_model_of_a_stage_with_its_precision(tmp_path: Path) -> None:
    write_cache(tmp_path / "cache", REPOSITORIES)
    revisions = toolbox("fast", Settings(home=tmp_path, models_dir=tmp_path / "cache", machine=CPU)).revisions
    assert revisions["separate"] == {HTDEMUCS: f"{COMMIT}/float32"}
    assert revisions["diarize"] == {COMMUNITY_1: f"{COMMIT}/float32"}
    assert revisions["transcribe"][TURBO] == f"{COMMIT}/int8_float32"
    assert revisions["sentences"] == {
        name: importlib.metadata.version(name) for name in ("kiwipiepy", "kiwipiepy_model", "opencc")
    }
    assert set(revisions["quality"]) == {"silero-vad"} <= set(revisions["transcribe"])


def test_offline_revisions_are_those_of_the_shipped_lock() -> None:
    located = ensure_present("offline", Settings())
    assert offline_tools().revisions["diarize"] == {
        "offline/diarization": f"{located['offline/diarization'].revision}/float32"
    }


def test_warming_up_loads_every_model() -> None:
    tools = offline_tools()
    tools.warm_up()
    for model, attribute in ((tools.transcriber, "_model"), (tools.diarizer, "_pipeline")):
        assert attribute in vars(model)
    assert tools.separator.sample_rate == 44100
