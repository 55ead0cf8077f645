"""How fast the API answers with many drafts in the queue: `python -m benchmarks.api [--drafts 100000]`.

Fills a queue, starts `prelabel serve` over it and asks with wrk (https://github.com/wg/wrk, `apt install wrk`),
eight connections at a time: one draft's entry, one draft's document, one lease; then leases in a language of which
nothing waits, which must not read what waits in others. On SQLite and on a PostgreSQL server of its own that writes
to the disk before it answers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks.postgresql import postgresql
from core.types import Unit
from export.drafts import draft_id, from_json
from export.entries import QueuedDraft, values_of
from export.queue import Queue
from export.states import State
from export.tables import drafts
from export.tokens import create_token

SAMPLE = Path(__file__).parents[1] / "flows" / "samples" / "en.json"
WAITING = ("ko", "en", "zh")
"""Nothing waits in Japanese."""

CONNECTIONS = 8
_AT_ONCE = 1000

_SCRIPT = """
local ids = {{ {ids} }}
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
request = function()
  local id = ids[math.random(#ids)]
  return wrk.format("{method}", ("{path}"):gsub("ID", id), nil, {body})
end
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What wrk counted: milliseconds at two shares of the answers, answers a second, answers that were errors."""

    median_ms: float
    p99_ms: float
    per_second: float
    errors: int


def main() -> None:
    """Measure both databases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt install wrk")
    print(
        f"{chosen.drafts} drafts, {CONNECTIONS} connections, server of {chosen.processes} process(es)", flush=True
    )
    print("| database | request | p50 ms | p99 ms | a second | errors |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgresql(durable=True) as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/queue.db"), ("PostgreSQL", server)):
            ids, token = _fill(url, Path(folder) / "store", chosen.drafts)
            with _served(url, folder, chosen.processes) as address:
                for what, answers in _measured(address, ids, token, chosen.seconds):
                    print(
                        f"| {name} | {what} | {answers.median_ms:.1f} | {answers.p99_ms:.1f} "
                        f"| {answers.per_second:.0f} | {answers.errors} |",
                        flush=True,
                    )


def _fill(url: str, store: Path, count: int) -> tuple[list[str], str]:
    """Put `count` drafts into a new queue: (some of their ids, a token)."""
    document = SAMPLE.read_bytes()
    sample = from_json(document)
    store.mkdir(exist_ok=True)
    (store / "draft.json").write_bytes(document)
    rows = []
    for number in range(count):
        recording = hashlib.sha256(str(number).encode()).hexdigest()
        queued = QueuedDraft(
            draft_id=draft_id(recording, 0, sample.pipeline.fingerprint, "default"),
            recording_id=recording,
            uri=f"s3://talks/{number}.mp4",
            external_id=f"talk-{number}",
            project="default",
            language=WAITING[number % len(WAITING)],
            duration=600.0,
            unit=Unit(0, 1, 0.0, 600.0),
            fingerprint=sample.pipeline.fingerprint,
            model_set="fast",
            body_path="draft.json",
            body_sha256=hashlib.sha256(document).hexdigest(),
        )
        rows.append(values_of(queued) | {"state": State.READY, "version": 1})
    with Queue(url) as queue:
        with queue.writing() as transaction:
            for at in range(0, count, _AT_ONCE):
                transaction.connection.execute(drafts.insert(), rows[at : at + _AT_ONCE])
        with queue.writing() as transaction:
            transaction.connection.execute(sa.text("ANALYZE"))
        _, token = create_token(queue, "wrk", ("read", "lease"))
    return [row["draft_id"] for row in rows[:: max(1, count // 1000)]], token


@contextmanager
def _served(url: str, home: str, processes: int) -> Iterator[str]:
    """The address of a server over the queue at `url`."""
    command = [sys.executable, "-c", "from flows.command import main; main()", "serve", "--port", "0"]
    environment = os.environ | {"PRELABEL_HOME": home, "PRELABEL_QUEUE": url}
    server = subprocess.Popen(
        [*command, "--processes", str(processes)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        address = next(line.split()[1] for line in server.stderr if line.startswith("serving ")).removesuffix(
            "/docs"
        )
        while True:
            try:
                httpx.get(f"{address}/readyz", timeout=60).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def _measured(address: str, ids: list[str], token: str, seconds: int) -> Iterator[tuple[str, Answers]]:
    yield "an entry", _asked(address, ids, token, seconds, "GET", "/v1/drafts/ID")
    yield "a document", _asked(address, ids, token, seconds, "GET", "/v1/drafts/ID/document")
    waiting = {"seconds": 3600, "languages": list(WAITING)}
    yield "a lease", _asked(address, ids, token, seconds, "POST", "/v1/leases", waiting)
    nothing = {"seconds": 3600, "languages": ["ja"]}
    yield "a lease of nothing", _asked(address, ids, token, seconds, "POST", "/v1/leases", nothing)


def _asked(
    address: str, ids: list[str], token: str, seconds: int, method: str, path: str, body: object = None
) -> Answers:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        listed = ", ".join(f'"{one}"' for one in ids)
        written = "nil" if body is None else f"'{json.dumps(body)}'"
        script.write(_SCRIPT.format(ids=listed, token=token, method=method, path=path, body=written))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script.name, address]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    assert rate is not None, told
    return Answers(
        _milliseconds(told, "50%"), _milliseconds(told, "99%"), float(rate[1]), int(errors[1]) if errors else 0
    )


def _milliseconds(told: str, share: str) -> float:
    found = re.search(rf"^\s+{share}\s+([\d.]+)(us|ms|s)\s*$", told, re.MULTILINE)
    assert found is not None, told
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


if __name__ == "__main__":
    main()
