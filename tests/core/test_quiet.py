"""No library reports home or leaves an identifier behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAR_VOICE = """
from core.quiet import silence_libraries
silence_libraries()
from models.voice_activity import SileroVoice
SileroVoice().listen()
"""


def test_the_voice_detector_leaves_no_identifier_in_the_users_cache(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    environment |= {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}

    subprocess.run([sys.executable, "-c", HEAR_VOICE], env=environment, cwd=Path(__file__).parents[2], check=True)

    assert [path.name for path in tmp_path.rglob("*") if "onnxruntime" in path.name] == []
