"""The `prelabel` command in a process of its own, with nothing of this machine's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def prelabel(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PRELABEL_", "PREFECT_"))}
    return subprocess.run(
        [sys.executable, "-c", "from flows.command import main; main()", *arguments],
        env=env | {"PRELABEL_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
