"""SIGKILL in each stage, then the same command again: what is lost, doubled, done twice, left behind.

    python -m benchmarks.killed [--clip FILE]

Runs `prelabel run` on one demo clip in a fresh home per stage, kills the process the moment the stage begins, looks
for servers left behind, runs the same command again, and compares. All four figures must be 0.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flows.command import demo_clips

STAGES = (
    "probe",
    "decode",
    "quality",
    "separate",
    "loudness",
    "diarize",
    "transcribe",
    "attribute",
    "sentences",
    "checks",
    "units",
    "draft",
    "clips",
    "enqueue",
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What one kill did."""

    stage: str
    killed_after: float
    finished_before: int
    lost: int
    doubled: int
    done_twice: int
    left_behind: int


def kill_in(stage: str, clip: str, home: Path) -> Damage:
    """Kill a run when `stage` begins, run it again, and count."""
    env = os.environ | {"PRELABEL_HOME": str(home)}
    env.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-c", "from flows.command import main; main()", "run", clip]
    command += ["--models", "offline", "--json", "--out", str(home / "out")]
    began = time.monotonic()
    first = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    store = home / "store"
    while first.poll() is None and not _has_begun(store, home, stage):
        time.sleep(0.0005)
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed_after = time.monotonic() - began
    before = {path.name.rpartition("-")[0] for path in store.glob("*/*-*.json")}
    time.sleep(3)
    left_behind = len(_processes_of(home))
    logging = env | {"PRELABEL_JSON_LOGS": "true"}
    second = subprocess.run(command, env=logging, capture_output=True, text=True, check=False)
    if second.returncode != 0:
        raise SystemExit(f"the second run after a kill in {stage} failed:\n{second.stderr}")
    drafts = json.loads(second.stdout)["drafts"]
    with sqlite3.connect(home / "queue.db") as queue:
        rows = queue.execute("SELECT count(*) FROM drafts").fetchone()[0]
        enqueued = queue.execute("SELECT count(*) FROM events WHERE kind = 'enqueued'").fetchone()[0]
    twice = len(computed_stages(second.stderr) & {name.split("-")[0] for name in before})
    doubled = max(0, rows - 1) + max(0, enqueued - 1)
    lost = max(0, 1 - len(drafts)) + max(0, 1 - rows)
    return Damage(stage, killed_after, len(before), lost, doubled, twice, left_behind + len(_processes_of(home)))


def computed_stages(log: str) -> set[str]:
    """The stages that a run with PRELABEL_JSON_LOGS says it computed, rather than took from the store."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return {line["stage"] for line in lines if line.get("from_store") is False and line["stage"] != "enqueue"}


def _has_begun(store: Path, home: Path, stage: str) -> bool:
    if stage == "enqueue":
        return any(store.glob("*/clips-*.json"))
    return any(store.glob(f"*/{stage}-*.lock"))


def _processes_of(home: Path) -> list[int]:
    """Processes that live on with this home in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"PRELABEL_HOME={home}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def main() -> None:
    """Print the table; exit 1 where a figure is not 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", default=demo_clips()[0])
    clip = parser.parse_args().clip
    print(f"{'killed in':12} {'after s':>8} {'finished':>9} {'lost':>5} {'doubled':>8} {'twice':>6} {'left':>5}")
    harm = 0
    for stage in STAGES:
        with tempfile.TemporaryDirectory() as home:
            one = kill_in(stage, clip, Path(home))
        print(
            f"{one.stage:12} {one.killed_after:8.1f} {one.finished_before:9} {one.lost:5} {one.doubled:8} "
            f"{one.done_twice:6} {one.left_behind:5}",
            flush=True,
        )
        harm += one.lost + one.doubled + one.done_twice + one.left_behind
    print("finished = stages whose result was there when the process died; twice = of those, done again")
    sys.exit(1 if harm else 0)


if __name__ == "__main__":
    main()
