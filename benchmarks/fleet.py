"""A batch on a real Prefect server whose GPU worker is killed in mid-shard: does another one finish it?

    python -m benchmarks.fleet [--shards N]

Starts a server and workers of its own, gives them a batch of demo clips, one a shard, kills the GPU worker together
with its flow process (as a machine that loses power) while a shard is in work, starts another worker, and waits for
the batch. Prints how long each step of the recovery took; exit 1 where a draft is lost or there twice.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from flows.command import demo_clips

WAIT_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """A Prefect server of one's own; `env` is what everything that talks to it needs."""

    home: Path
    env: dict[str, str]

    def prelabel(self, *arguments: str) -> str:
        """What the command prints. Raises where it fails."""
        command = [sys.executable, "-c", "from flows.command import main; main()", *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    @contextmanager
    def worker(self, pool: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process worker of `pool`, stopped at the end."""
        command = [sys.executable, "-m", "prefect", "worker", "start", "-p", pool, "-t", "process", "--limit", "1"]
        with (self.home / f"{pool}.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The server's answer to a request of its API; a POST where there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"{self.env['PREFECT_API_URL']}/{path}", data=data, headers={"content-type": "application/json"}
        )
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def runs(self, name: str) -> list[dict[str, Any]]:
        """The flow runs of this name."""
        found: list[dict[str, Any]] = self.ask("flow_runs/filter", {"flow_runs": {"name": {"any_": [name]}}})
        return found

    def state(self, run_id: str) -> str:
        """The name of a flow run's state."""
        return str(self.ask(f"flow_runs/{run_id}")["state_name"])

    def processes_of(self, run_id: str) -> list[int]:
        """The processes that work on a flow run."""
        return _with_environment(f"PREFECT__FLOW_RUN_ID={run_id}")

    def queued(self) -> list[str]:
        """The external ids of all drafts in the queue, sorted."""
        queue = self.home / "prelabel/queue.db"
        if not queue.exists():
            return []
        with sqlite3.connect(queue) as connection:
            return sorted(row[0] for row in connection.execute("SELECT external_id FROM drafts"))

    def works_on_a_recording(self) -> bool:
        """Whether some stage of some recording is in work."""
        return any((self.home / "prelabel/store").glob("*/*.lock"))


@contextmanager
def fleet(home: Path) -> Iterator[Fleet]:
    """A server with an empty database in `home`; it and whatever its runs left are gone at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PRELABEL_", "PREFECT_"))} | {
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "PRELABEL_HOME": str(home / "prelabel"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: _answers(env["PREFECT_API_URL"] + "/health"))
        yield Fleet(home, env)
    finally:
        for left in _with_environment(f"PRELABEL_HOME={home / 'prelabel'}"):
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        process.wait()


def until(holds: Callable[[], bool]) -> float:
    """Wait until it holds; gives the seconds that took. Raises TimeoutError."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > WAIT_SECONDS:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.3)
    return time.monotonic() - began


def kill(processes: list[int]) -> None:
    """As the kernel does it: without a word."""
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _with_environment(setting: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if setting.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except (URLError, OSError):
        return False


def _measured(home: Path, shards: int) -> bool:
    """The recovery, step by step; whether every draft is in the queue once."""
    videos = [shutil.copy(clip, home) for clip in demo_clips()[:shards]]
    manifest = home / "manifest.jsonl"
    lines = [{"uri": Path(video).name, "external_id": f"talk-{n}"} for n, video in enumerate(videos)]
    manifest.write_text("\n".join(json.dumps(line) for line in lines))
    with fleet(home) as ours:
        ours.prelabel("deploy")
        with ours.worker("control"):
            answer = ours.prelabel("batch", str(manifest), "--models", "offline", "--shard-hours", "0.1", "--json")
            batch = json.loads(answer)["flow_run"]
            with ours.worker("gpu") as first:
                print(f"{until(ours.works_on_a_recording):6.1f} s  until a shard is in work", flush=True)
                shard = next(run for run in _shards(ours) if run["state_name"] == "Running")["id"]
                kill([first.pid, *ours.processes_of(shard)])
            with ours.worker("gpu"):
                print(
                    f"{until(lambda: _runs(ours, shard) == 2):6.1f} s  until it runs on another worker", flush=True
                )
                print(f"{until(lambda: ours.state(shard) == 'Completed'):6.1f} s  until it is finished", flush=True)
                print(f"{until(lambda: ours.state(batch) == 'Completed'):6.1f} s  until the batch is", flush=True)
        said = ours.ask(f"flow_runs/{batch}")["state"]["message"]
        print(f"{said}; in the queue: {', '.join(ours.queued())}")
        return ours.queued() == [line["external_id"] for line in lines]


def _shards(ours: Fleet) -> list[dict[str, Any]]:
    return [run for number in range(10) for run in ours.runs(f"shard {number:04}")]


def _runs(ours: Fleet, run_id: str) -> int:
    return int(ours.ask(f"flow_runs/{run_id}")["run_count"])


def main() -> None:
    """Measure; exit 1 where the queue is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=2)
    with tempfile.TemporaryDirectory() as home:
        sys.exit(0 if _measured(Path(home), parser.parse_args().shards) else 1)


if __name__ == "__main__":
    main()
