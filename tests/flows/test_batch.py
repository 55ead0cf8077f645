"""A batch on a real Prefect server with real process workers: shards, reports, and a queue that is filled once."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from flows.command import demo_clips

WAIT_SECONDS = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server of the test's own; gives the environment of everything that talks to it."""
    home = tmp_path_factory.mktemp("server")
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
        _until(lambda: _answers(env["PREFECT_API_URL"] + "/health"))
        yield env
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_a_batch_is_drafted_by_workers_shard_by_shard(server: dict[str, str], tmp_path: Path) -> None:
    assert "work pool gpu: made" in prelabel(server, "deploy")
    assert "work pool gpu: was there" in prelabel(server, "deploy")
    videos = [shutil.copy(clip, tmp_path) for clip in demo_clips()[:2]]
    manifest = tmp_path / "manifest.jsonl"
    lines = [{"uri": str(video), "external_id": f"talk-{n}", "duration": 40} for n, video in enumerate(videos)]
    manifest.write_text("\n".join(json.dumps(line) for line in lines))
    workers = [worker(server, pool, tmp_path) for pool in ("control", "gpu")]
    try:
        prelabel(server, "batch", str(manifest), "--models", "offline", "--shard-hours", "0.012")
        queue = Path(server["PRELABEL_HOME"]) / "queue.db"
        _until(lambda: _external_ids(queue) == ["talk-0", "talk-1"])
        store = Path(server["PRELABEL_HOME"]) / "store"
        _until(lambda: len(list(store.glob("batches/*/*/report/index.html"))) == 2)
    finally:
        for process in workers:
            process.terminate()
        for process in workers:
            process.wait(timeout=60)


def prelabel(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from flows.command import main; main()", *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def worker(env: dict[str, str], pool: str, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{pool}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "-p", pool, "-t", "process", "--limit", "1"],
            env=env,
            stdout=log,
            stderr=log,
        )


def _external_ids(queue: Path) -> list[str]:
    if not queue.exists():
        return []
    with sqlite3.connect(queue) as connection:
        try:
            return sorted(row[0] for row in connection.execute("SELECT external_id FROM drafts"))
        except sqlite3.OperationalError:
            return []


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def _until(holds: object) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    assert callable(holds)
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
