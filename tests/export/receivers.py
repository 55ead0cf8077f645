"""Platforms that receive webhooks: real HTTP servers on this machine."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[int], tuple[int, dict[str, str]]]
"""From the number of a request, from 0: status and headers."""


@dataclass
class Receiver:
    """What came in: (headers in small letters, body), in the order it came."""

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < end, f"only {len(self.got)} of {count} requests came"
            time.sleep(0.01)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # the usual 5 drops connections when a machine is busy


@contextmanager
def receiving(
    answer: Answer = lambda number: (204, {}),
    *,
    hang: threading.Event | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Receiver]:
    """A receiver that answers every POST by `answer`; with `hang`, only once that is set."""
    receiver = Receiver("")
    counting = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with counting:
                number = len(receiver.got)
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if hang is not None:
                hang.wait()
            status, headers = answer(number)
            self.send_response(status)
            for name, value in {"content-length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if hang is not None:
            hang.set()
        server.shutdown()
        server.server_close()
        thread.join()
