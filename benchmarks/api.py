"""How fast the API answers with many drafts in the queue: `python -m benchmarks.api [--drafts 100000]`.

Fills a queue, starts `prelabel serve` over it and asks with wrk (https://github.com/wg/wrk, `apt install wrk`),
over one connection and over eight: a lease; a lease in a language of which nothing waits, which must not read what
waits in others; an entry; a document; a page of 100; a correction handed in. On SQLite and on a PostgreSQL server
of its own that writes to the disk before it answers. What a request asks the database is counted in this process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
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
from fastapi.testclient import TestClient

from benchmarks.postgresql import postgresql
from core.store import MediaStore
from core.types import Unit
from export.api.app import make_app
from export.api.service import Service
from export.corrections import SCHEMA
from export.drafts import draft_id, from_json
from export.entries import QueuedDraft, values_of
from export.keys import signing_key
from export.queue import Queue
from export.states import State
from export.tables import drafts
from export.tokens import create_token

SAMPLE = Path(__file__).parents[1] / "flows" / "samples" / "en.json"
WAITING = ("ko", "en", "zh")
"""Nothing waits in Japanese."""

CONNECTIONS = (1, 8)
WARM_SECONDS = 1
_AT_ONCE = 1000
_SUBMITTED = 500
"""So many drafts get a correction in turn, revision by revision, in each measurement."""

_SCRIPT = """
local ids = {{ {ids} }}
local body = {body}
local asked = -1  -- wrk asks once by itself before it begins
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
request = function()
  local id, revision = ids[asked % #ids + 1], math.floor(asked / #ids) + 1
  asked = asked + 1
  local sent = body and body:gsub("DRAFT_ID", id):gsub("REVISION", revision)
  return wrk.format("{method}", ("{path}"):gsub("DRAFT_ID", id), nil, sent)
end
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request; `ids` are the drafts that it is about, one after the other."""

    name: str
    method: str
    path: str
    ids: tuple[str, ...]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What wrk counted: milliseconds at two shares of the answers, answers a second, answers that were errors."""

    median_ms: float
    p99_ms: float
    per_second: float
    errors: int


def main() -> None:
    """Measure both databases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt install wrk")
    print(f"{chosen.drafts} drafts, server of {chosen.processes} process(es), {_machine()}", flush=True)
    print(
        "| database | connections | request | statements | p50 ms | p99 ms | a second | errors |\n"
        "|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder, postgresql(durable=True) as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/queue.db"), ("PostgreSQL", server)):
            store = Path(folder) / f"store-{name}"
            ids, token = _fill(url, store, chosen.drafts)
            counted = _statements(url, store, token, _requests(ids, 0))
            with _served(url, folder, store, chosen.processes) as address:
                for turn, connections in enumerate(CONNECTIONS):
                    for asked, statements in zip(_requests(ids, turn + 1), counted, strict=True):
                        if asked.body is None:
                            _measured(address, token, asked, connections, WARM_SECONDS)
                        answers = _measured(address, token, asked, connections, chosen.seconds)
                        print(
                            f"| {name} | {connections} | {asked.name} | {statements} | {answers.median_ms:.1f} "
                            f"| {answers.p99_ms:.1f} | {answers.per_second:.0f} | {answers.errors} |",
                            flush=True,
                        )
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


def _machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), load {os.getloadavg()[0]:.1f}"


def _requests(ids: list[str], turn: int) -> list[Asked]:
    """What is asked; in each `turn` other drafts are corrected, from their first revision on."""
    some = tuple(ids[:: max(1, len(ids) // 1000)])
    waiting = {"seconds": 3600, "languages": list(WAITING)}
    nothing = {"seconds": 3600, "languages": ["ja"]}
    return [
        Asked("a lease", "POST", "/v1/leases", some, json.dumps(waiting)),
        Asked("a lease of nothing", "POST", "/v1/leases", some, json.dumps(nothing)),
        Asked("an entry", "GET", "/v1/drafts/DRAFT_ID", some),
        Asked("a document", "GET", "/v1/drafts/DRAFT_ID/document", some),
        Asked("a page of 100", "GET", "/v1/drafts?limit=100", some),
        Asked(
            "a correction",
            "POST",
            "/v1/drafts/DRAFT_ID/submissions",
            tuple(ids[-_SUBMITTED * (turn + 1) : len(ids) - _SUBMITTED * turn]),
            _correction(),
        ),
    ]


def _correction() -> str:
    """A correction that leaves the sample as it is, for a draft and a revision to be filled in."""
    document = {
        "schema": SCHEMA,
        "draft_id": "DRAFT_ID",
        "revision": 0,
        "worker": "kim",
        "lead_time": 600.0,
        "sentences": [
            {
                "id": one.id,
                "from": [one.id],
                "start": one.start,
                "end": one.end,
                "speaker": one.speaker,
                "text": one.text,
            }
            for one in from_json(SAMPLE.read_bytes()).sentences
        ],
    }
    return json.dumps(document).replace('"revision": 0', '"revision": REVISION')


def _fill(url: str, store: Path, count: int) -> tuple[list[str], str]:
    """Put `count` drafts into a new queue, the last ones delivered: (their ids, a token)."""
    document = SAMPLE.read_bytes()
    sample = from_json(document)
    store.mkdir()
    rows = []
    for number in range(count):
        recording = hashlib.sha256(str(number).encode()).hexdigest()
        name = draft_id(recording, 0, sample.pipeline.fingerprint, "default")
        delivered = number >= count - _SUBMITTED * (len(CONNECTIONS) + 1)
        own = document.replace(sample.draft_id.encode(), name.encode()) if delivered else document
        path = f"{name}.json" if delivered else "draft.json"
        if delivered or number == 0:
            (store / path).write_bytes(own)
        queued = QueuedDraft(
            draft_id=name,
            recording_id=recording,
            uri=f"s3://talks/{number}.mp4",
            external_id=f"talk-{number}",
            project="default",
            language=WAITING[number % len(WAITING)],
            duration=600.0,
            unit=Unit(0, 1, 0.0, 600.0),
            fingerprint=sample.pipeline.fingerprint,
            model_set="fast",
            body_path=path,
            body_sha256=hashlib.sha256(own).hexdigest(),
        )
        state = State.DELIVERED if delivered else State.READY
        rows.append(values_of(queued) | {"state": state, "version": 1, "holder": "wrk"})
    with Queue(url) as queue:
        with queue.writing() as transaction:
            for at in range(0, count, _AT_ONCE):
                transaction.connection.execute(drafts.insert(), rows[at : at + _AT_ONCE])
        if queue.url.startswith("postgresql"):  # as the server does by itself after a while
            with queue.writing() as transaction:
                transaction.connection.execute(sa.text("ANALYZE"))
        _, token = create_token(queue, "wrk", ("read", "lease", "submit"))
    return [row["draft_id"] for row in rows], token


def _statements(url: str, store: Path, token: str, requests: list[Asked]) -> list[int]:
    """How often each request asks the database, beginnings included and ends not."""
    counts = []
    with Queue(url) as queue:
        service = Service(queue, MediaStore(store), signing_key(queue), lambda entry: None)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        client = TestClient(make_app(service), headers=headers)
        sent: list[str] = []
        engine = queue._engine
        sa.event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: sent.append(statement))
        for asked in requests:
            sent.clear()
            body = asked.body and asked.body.replace("DRAFT_ID", asked.ids[0]).replace("REVISION", "1")
            answer = client.request(asked.method, asked.path.replace("DRAFT_ID", asked.ids[0]), content=body)
            answer.raise_for_status()
            counts.append(len(sent))
    return counts


@contextmanager
def _served(url: str, home: str, store: Path, processes: int) -> Iterator[str]:
    """The address of a server over the queue at `url`."""
    command = [sys.executable, "-c", "from flows.command import main; main()", "serve", "--port", "0"]
    environment = os.environ | {"PRELABEL_HOME": home, "PRELABEL_QUEUE": url, "PRELABEL_STORE": str(store)}
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


def _measured(address: str, token: str, asked: Asked, connections: int, seconds: int) -> Answers:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        listed = ", ".join(f'"{one}"' for one in asked.ids)
        body = "nil" if asked.body is None else f"[==[{asked.body}]==]"
        script.write(_SCRIPT.format(ids=listed, body=body, token=token, method=asked.method, path=asked.path))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name, address]
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
