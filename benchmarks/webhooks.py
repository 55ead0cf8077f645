"""What webhooks cost with many events behind them: `python -m benchmarks.webhooks [--events 100000]`.

Two endpoints: all events wait for one, which answers 500, and for the other all were given up. First the time of
what a server asks every second and at each scrape. Then the posts that two server processes send to the first in
twenty seconds: at most a batch of each before its failing is known, then one probe. Then how fast they flow once it
is up. On SQLite and on a PostgreSQL server of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.postgresql import postgresql
from export.background import Rounds
from export.queue import Queue
from export.tables import deliveries, events
from export.webhooks.deliveries import claim, due_endpoints, endpoint_totals, list_deliveries, spread
from export.webhooks.endpoints import add_endpoint, enable_endpoint
from export.webhooks.sending import keep_dispatching

PROCESSES = 2
_AT_ONCE = 1000


@dataclass
class Platform:
    """A receiver on this machine that answers every post with `status`."""

    status: int
    posts: int = 0
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).lower():
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.posts += 1
                writer.write(f"HTTP/1.1 {self.status} -\r\nContent-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def main() -> None:
    """Measure both databases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    chosen = parser.parse_args()
    print(f"{chosen.events} events, {PROCESSES} server processes\n| database | what | |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgresql(durable=True) as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/queue.db"), ("PostgreSQL", server)):
            for what, figure in _measured(url, chosen.events):
                print(f"| {name} | {what} | {figure} |", flush=True)


def _measured(url: str, count: int) -> Iterator[tuple[str, str]]:
    with Queue(url) as queue, _receiving(Platform(500)) as bad:
        for name in ("bad", "dead"):
            add_endpoint(queue, name, f"http://127.0.0.1:{bad.port}/", private=True)
        _fill(queue, count)
        began = time.perf_counter()
        spread(queue)
        yield "events become deliveries", f"{2 * count / (time.perf_counter() - began):.0f} a second"
        with queue.writing() as transaction:
            dead = deliveries.c.endpoint == 2
            transaction.connection.execute(deliveries.update().where(dead).values(next_at=None))
        yield "what is due, asked every second", _milliseconds(lambda: due_endpoints(queue))
        yield "a claim where everything was given up", _milliseconds(lambda: claim(queue, 2))
        yield "a page of what was given up", _milliseconds(lambda: list_deliveries(queue, "dead", dead=True))
        yield "the numbers of /metrics", _milliseconds(lambda: endpoint_totals(queue))
        with _dispatching(url):
            time.sleep(20)
            before = bad.posts
            yield "posts to an endpoint that fails, in 20 s", str(before)
            bad.status = 204
            enable_endpoint(queue, "bad")
            time.sleep(1)
            began, before = time.perf_counter(), bad.posts
            time.sleep(10)
            yield "posts once it is up", f"{(bad.posts - before) / (time.perf_counter() - began):.0f} a second"


def _fill(queue: Queue, count: int) -> None:
    """Events of the kind `predicted`, which are about no draft that there is."""
    row = {"kind": "predicted", "actor": "pipeline", "draft_id": "0" * 32, "recording_id": "0" * 64}
    with queue.writing() as transaction:
        at = {"at": transaction.now}
        for begin in range(0, count, _AT_ONCE):
            rows = [row | at] * min(_AT_ONCE, count - begin)
            transaction.connection.execute(events.insert(), rows)


def _milliseconds(act: Callable[[], object]) -> str:
    taken = []
    for _ in range(21):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return f"{median(taken):.1f} ms, at most {max(taken):.1f} ms"


@contextmanager
def _receiving(platform: Platform) -> Iterator[Platform]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(platform.answer, "127.0.0.1", 0))
    platform.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield platform
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@contextmanager
def _dispatching(url: str) -> Iterator[None]:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_dispatch, args=(url,), daemon=True) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.terminate()
        process.join()


def _dispatch(url: str) -> None:
    asyncio.run(keep_dispatching(Queue(url).open(), Rounds("dispatching webhooks")))


if __name__ == "__main__":
    main()
