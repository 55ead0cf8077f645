"""The `prelabel` command in a process of its own, with nothing of this machine's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from flows.command import main; main()"]


def bare_environment(home: Path) -> dict[str, str]:
    """This process's environment without its settings, and with a home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRELABEL_", "PREFECT_"))}
    return kept | {"PRELABEL_HOME": str(home)}


def prelabel(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=bare_environment(home) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
