"""A training as its users start it: a process, in a group with its helpers. It saves and logs all the time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from models.offline.training.runs import Run, load_state

LONGEST_WAIT = 300.0

_COMMAND = """
import functools, sys
from models.offline.training import runs
runs.SAVE_EVERY_SECONDS = 0.0
runs.Log = functools.partial(runs.Log, every=1)
{smaller}
from models.offline.training.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


class Training:
    """Training `name` of so many steps in `folder`; `smaller` is code that makes it cheap before it starts."""

    def __init__(self, name: str, folder: Path, steps: int, smaller: str) -> None:
        self.run = Run(name, folder / name, steps)
        self._code = _COMMAND.format(smaller=smaller)

    def start(self) -> Process:
        """Train, or go on."""
        self.run.folder.mkdir(parents=True, exist_ok=True)
        options = ["--steps", str(self.run.steps), "--folder", str(self.run.folder.parent)]
        said = self.run.folder / "said.txt"
        with said.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-c", self._code, self.run.name, *options],
                cwd=Path(__file__).parents[1],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Process(child, said)

    def saved_step(self) -> int:
        """How many steps the saved state has behind it; 0 without one."""
        state = load_state(self.run)
        return int(state["step"]) if state else 0

    def logged_steps(self) -> list[int]:
        """Every step that was ever logged, in the order of the log."""
        log = self.run.folder / "log.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line)["step"] for line in lines]


class Process:
    """A training that runs. Its process group has its number."""

    def __init__(self, child: subprocess.Popen[bytes], said: Path) -> None:
        self._child, self._said = child, said

    @property
    def said(self) -> str:
        """What it printed."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Until `condition` holds. Raises AssertionError if the training ends first, or it takes too long."""
        _wait(lambda: condition() or self._child.poll() is not None, self._said)
        assert self._child.poll() is None, f"it ended too early: {self.said}"

    def interrupt(self, number: signal.Signals) -> int:
        """Send a signal to the whole group, as Ctrl-C does and as a service manager does; the exit code."""
        os.killpg(self._child.pid, number)
        return self.finish()

    def kill(self) -> int:
        """SIGKILL for the training alone, which leaves its helpers behind; the exit code."""
        self._child.kill()
        return self.finish()

    def finish(self) -> int:
        """Wait for the training and for the helpers that it has left behind; its exit code."""
        code = self._child.wait(LONGEST_WAIT)
        _wait(lambda: not _members(self._child.pid), self._said)
        return code

    def end(self) -> None:
        """End what is left of the group, whatever it is doing."""
        if _members(self._child.pid):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(LONGEST_WAIT)


def _wait(condition: Callable[[], bool], said: Path) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < until, said.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.01)


def _members(group: int) -> list[int]:
    """The processes of a group that are not dead."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found
