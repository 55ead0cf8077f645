"""Many processes at one queue, some of them killed: what is doubled, lost, refused, and how long a call takes.

    python -m benchmarks.hammer [--drafts 10000] [--database URL] [--seed 1]

Four producers enqueue the same drafts, each in an order of its own. Four platforms lease, acknowledge and submit
them, each with a journal on disk as a platform has: it notes a step when the queue has answered. With one draft in
twenty a platform is killed (SIGKILL) at some moment of the three calls and started again; it then takes up what its
journal says is unfinished. A few hold a lease for too long. Meanwhile somebody reads the feed of events. At the end
everything that was answered must be there, once. Without --database: once on SQLite, once on a PostgreSQL server of
its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.postgresql import postgresql
from core.errors import Conflict
from core.types import CorrectedSentence, Correction
from export.corrections import SCHEMA
from export.entries import QueuedDraft
from export.handoff import Wanted, acknowledge, lease
from export.queue import Queue
from export.reviews import submissions, submit
from export.states import State
from export.tables import drafts
from tests.queues import queued

PRODUCERS = CONSUMERS = 4
KILLED = 0.05
OVERDUE = 0.002
LEASE_SECONDS = 3.0
MOMENTS = ("leased", "during acknowledge", "acknowledged", "during submit", "submitted")
IDLE_SECONDS = 120.0
"""A platform that gets nothing for so long waits for what will never come."""

CALL_SECONDS = 0.02
"""A kill during a call comes at a moment up to so long after its beginning."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to; the first seven counts after `drafts` belong to the promise and must be 0."""

    drafts: int
    missing: int
    doubled_rows: int
    doubled_deliveries: int
    lost: int
    broken_histories: int
    events_missed_by_the_reader: int
    errors: int
    kills: int
    refused_late: int
    dead: int
    events: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    milliseconds: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether the promise of the queue was kept."""
        faults = self.missing, self.doubled_rows, self.doubled_deliveries, self.lost, self.broken_histories
        return not any((*faults, self.events_missed_by_the_reader, self.errors))


def row(number: int) -> QueuedDraft:
    """The draft of a number: a recording of one unit."""
    return queued(f"recording-{number}")[0]


def corrected(draft: str) -> Correction:
    """What a platform submits."""
    return Correction(SCHEMA, draft, 1, "w1", 60.0, (CorrectedSentence(0.0, 1.0, "S1", draft, "0001"),))


class Journal:
    """Lines of one process on disk; they outlive its death, and the next process of the name goes on with them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lines = file.open("a", buffering=1)

    def write(self, what: str, **of: Any) -> None:
        self._lines.write(json.dumps({"what": what, **of}) + "\n")

    @contextmanager
    def timed(self, call: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.write("call", call=call, seconds=time.perf_counter() - began)


def read(file: Path) -> Iterator[dict[str, Any]]:
    """What a journal holds; a line that death cut short is passed over."""
    if file.exists():
        for line in file.read_text().splitlines():
            if line.endswith("}"):
                yield json.loads(line)


def produce(url: str, journal: Journal, count: int, chance: random.Random) -> None:
    """Enqueue all drafts in some order."""
    numbers = list(range(count))
    chance.shuffle(numbers)
    with Queue(url) as queue:
        for number in numbers:
            with journal.timed("enqueue"):
                added = queue.enqueue([row(number)]).added
            if added:
                journal.write("added", draft=added[0])


def consume(url: str, journal: Journal, count: int, chance: random.Random) -> None:
    """Take up what the journal says is unfinished, then lease until all drafts are corrected."""
    known = list(read(journal.file))
    done = {line["draft"] for line in known if line["what"] in ("submitted", "late")}
    with Queue(url) as queue:
        for line in known:
            if line["what"] == "leased" and line["draft"] not in done:
                hand_over(queue, journal, line["draft"], line["token"])
        last = time.monotonic()
        while time.monotonic() < last + IDLE_SECONDS:
            with journal.timed("lease"):
                found = lease(queue, Wanted(journal.file.stem, seconds=LEASE_SECONDS))
            for one in found:
                journal.write("leased", draft=one.entry.draft.draft_id, token=one.token)
                kill_at = chance.choice(MOMENTS) if chance.random() < KILLED else None
                if chance.random() < OVERDUE:
                    time.sleep(LEASE_SECONDS * 1.5)
                hand_over(queue, journal, one.entry.draft.draft_id, one.token, kill_at, chance.random())
                last = time.monotonic()
            if not found:
                if all_corrected(queue, count):
                    return
                time.sleep(0.05)
    raise TimeoutError("drafts are left that nobody gets")


def hand_over(
    queue: Queue, journal: Journal, draft: str, token: str, kill_at: str | None = None, moment: float = 0.0
) -> None:
    """Acknowledge and submit one draft; die at the moment that is named."""
    die_now_if(kill_at == "leased")
    die_soon_if(kill_at == "during acknowledge", moment)
    try:
        with journal.timed("acknowledge"):
            acknowledge(queue, draft, token)
    except Conflict:
        journal.write("late", draft=draft)
        return
    journal.write("delivered", draft=draft)
    die_now_if(kill_at == "acknowledged")
    die_soon_if(kill_at == "during submit", moment)
    with journal.timed("submit"):
        submit(queue, corrected(draft), source="api")
    journal.write("submitted", draft=draft)
    die_now_if(kill_at in MOMENTS)


def die_now_if(wanted: bool) -> None:
    if wanted:
        os.kill(os.getpid(), signal.SIGKILL)


def die_soon_if(wanted: bool, moment: float) -> None:
    if wanted:
        timer = threading.Timer(moment * CALL_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()


def all_corrected(queue: Queue, count: int) -> bool:
    """Whether every draft came to its end; not before the producers have put them all in."""
    over = drafts.c.state.in_([State.SUBMITTED, State.DEAD])
    with queue.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(drafts).where(over)) == count


def hammer(url: str, count: int, seed: int = 1) -> Report:
    """Run all processes against the queue at `url`, which must not hold drafts, and look at what they left."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="prelabel-hammer-") as name, Queue(url) as queue:
        folder = Path(name)
        over = threading.Event()
        seen: list[int] = []
        reader = threading.Thread(target=_follow, args=(url, over, seen))
        reader.start()
        kills, errors = _run_all(url, folder, count, seed)
        seconds = time.monotonic() - began
        over.set()
        reader.join()
        return _looked_at(queue, folder, count, seen, kills, errors, seconds)


def _run_all(url: str, folder: Path, count: int, seed: int) -> tuple[int, int]:
    """Until every process has done its work: (how often one was killed, how many failed)."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(
        ["export.queue", "export.reviews", "tests.queues"]
    )  # who is killed is replaced in no time
    running: dict[int, tuple[Any, str, int, int]] = {}

    def start(role: str, number: int, life: int) -> None:
        journal = folder / f"{role}-{number}.jsonl"
        process = forking.Process(target=_live, args=(role, url, journal, count, f"{seed}-{role}-{number}-{life}"))
        process.start()
        running[process.sentinel] = (process, role, number, life)

    for number in range(PRODUCERS):
        start("produce", number, 0)
    for number in range(CONSUMERS):
        start("consume", number, 0)
    kills = errors = 0
    while running:
        for sentinel in multiprocessing.connection.wait(list(running)):
            assert isinstance(sentinel, int)
            process, role, number, life = running.pop(sentinel)
            process.join()
            if process.exitcode == -signal.SIGKILL:
                kills += 1
                start(role, number, life + 1)
            elif process.exitcode:
                errors += 1
    return kills, errors


def _live(role: str, url: str, journal: Path, count: int, seed: str) -> None:
    """One producer or consumer, in a process of its own."""
    work = {"produce": produce, "consume": consume}[role]
    work(url, Journal(journal), count, random.Random(seed))


def _follow(url: str, over: threading.Event, seen: list[int]) -> None:
    """Read the feed as it grows, always behind the last number seen."""
    with Queue(url) as queue:
        while True:
            last_look = over.is_set()
            found = queue.events(after=seen[-1] if seen else 0)
            seen.extend(one.seq for one in found)
            if not found:
                if last_look:
                    return
                time.sleep(0.05)


def _looked_at(
    queue: Queue, folder: Path, count: int, seen: Sequence[int], kills: int, errors: int, seconds: float
) -> Report:
    entries = queue.list()
    events = queue.events(limit=10**9)
    lines = [line for file in sorted(folder.iterdir()) for line in read(file)]
    rows = Counter(entry.draft.draft_id for entry in entries)
    wanted = {row(number).draft_id for number in range(count)}
    histories: dict[str, list[Any]] = {}
    for one in events:
        histories.setdefault(one.draft_id, []).append(one)
    delivered = Counter(one.draft_id for one in events if one.kind == "delivered")
    answered = {line["draft"] for line in lines if line["what"] == "submitted"}
    lost = [
        draft for draft in answered if [one.correction for one in submissions(queue, draft)] != [corrected(draft)]
    ]
    calls: dict[str, list[float]] = {}
    for line in lines:
        if line["what"] == "call":
            calls.setdefault(line["call"], []).append(line["seconds"] * 1000.0)
    return Report(
        drafts=len(entries),
        missing=len(wanted - set(rows)),
        doubled_rows=sum(rows.values()) - len(rows) + _doubled(lines, "added"),
        doubled_deliveries=sum(delivered.values()) - len(delivered),
        lost=len(lost),
        broken_histories=sum(not _whole(history) for history in histories.values()),
        events_missed_by_the_reader=len({one.seq for one in events} ^ set(seen)) + len(seen) - len(set(seen)),
        errors=errors,
        kills=kills,
        refused_late=sum(line["what"] == "late" for line in lines),
        dead=sum(entry.state is State.DEAD for entry in entries),
        events=dict(sorted(Counter(one.kind for one in events).items())),
        seconds=seconds,
        milliseconds={
            call: (_percentile(times, 50), _percentile(times, 99)) for call, times in sorted(calls.items())
        },
    )


def _doubled(lines: Sequence[dict[str, Any]], what: str) -> int:
    counted = Counter(line["draft"] for line in lines if line["what"] == what)
    return sum(counted.values()) - len(counted)


def _whole(history: Sequence[Any]) -> bool:
    """Each event goes on where the one before ended, in state and version, from new to the end."""
    chained = all(
        after.from_state is before.to_state and after.version == before.version + 1
        for before, after in pairwise(history)
    )
    return chained and history[0].from_state is None and history[-1].to_state in (State.SUBMITTED, State.DEAD)


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _print(database: str, report: Report) -> None:
    print(f"{database}: {'the promise was kept' if report.kept else 'THE PROMISE WAS BROKEN'}")
    for name in Report.__dataclass_fields__:
        value = getattr(report, name)
        if name == "milliseconds":
            for call, (median, slow) in value.items():
                print(f"  {call:32} p50 {median:.1f} ms, p99 {slow:.1f} ms")
        elif name == "events":
            print(f"  {name:32} {', '.join(f'{kind} {number}' for kind, number in value.items())}")
        else:
            print(f"  {name.replace('_', ' '):32} {value if isinstance(value, int) else f'{value:.1f}'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=10_000)
    parser.add_argument(
        "--database", help="an empty database; default: SQLite, then PostgreSQL, both made for this"
    )
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    reports = []
    if wanted.database:
        reports.append(hammer(wanted.database, wanted.drafts, wanted.seed))
        _print("the database named", reports[-1])
    else:
        with tempfile.TemporaryDirectory(prefix="prelabel-hammer-") as folder:
            reports.append(hammer(f"sqlite:///{folder}/queue.db", wanted.drafts, wanted.seed))
        _print("SQLite", reports[-1])
        with postgresql(durable=True) as url:
            reports.append(hammer(url, wanted.drafts, wanted.seed))
        _print("PostgreSQL", reports[-1])
    sys.exit(0 if all(report.kept for report in reports) else 1)


if __name__ == "__main__":
    main()
