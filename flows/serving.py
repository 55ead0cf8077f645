"""`prelabel serve`: the API over the queue and the store of this machine, or over sample drafts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from importlib import resources
from pathlib import Path

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from core.errors import EnvironmentProblem, UsageProblem
from core.project import load_project
from core.settings import MachineSettings, settings
from core.store import MediaStore
from core.types import Language
from export.answers import forget_answers
from export.api.app import make_app
from export.api.metrics import FOLDER_VARIABLE
from export.api.service import Service
from export.background import Rounds
from export.clips import note_clip
from export.drafts import from_json
from export.entries import QueuedDraft, QueueEntry
from export.estimates import WorkModel
from export.handoff import expire
from export.keys import signing_key
from export.predictions import models_in_use, predict_draft
from export.prices import Price, RateCards
from export.queue import Queue
from export.sound import draw_peaks
from export.tokens import SCOPES, create_token, list_tokens
from export.webhooks.sending import keep_dispatching
from export.working_copies import forget_copies
from export.worktimes import work_models
from flows.logs import set_up_logs
from preprocess.decode import read_windows

HOUSEKEEPING_SECONDS = 2.0
_PEAKS_OF_RATE = 8000
"""Peaks of the sandbox's clips are drawn from so many samples a second: nobody should wait for more."""
_SANDBOX_WORKER = "you"
"""Whose work in the sandbox is, where nobody else is named."""
RATES_READ_EVERY_SECONDS = 60.0


def serve_api(host: str, port: int, processes: int) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises UsageProblem, and EnvironmentProblem where it cannot listen."""
    with Queue(settings().queue_url) as queue:
        if not any(token.revoked_at is None for token in list_tokens(queue)):
            _insist_loopback(host)
            typer.echo("no token exists yet; make one: prelabel token create NAME --scope read", err=True)
    settings().store_path.mkdir(parents=True, exist_ok=True)
    with _figures_together(processes):
        _listen("flows.serving:application", host, port, processes)


def application() -> FastAPI:
    """The application of one server process."""
    set_up_logs(as_json=settings().json_logs)
    queue = Queue(settings().queue_url).open()
    store = MediaStore(settings().store_path)
    home, one_language = settings().home, settings().serve.one_language
    estimates = _Estimates(home, queue)
    service = Service(
        queue,
        store,
        signing_key(queue),
        estimates.price,
        one_language,
        estimates.work,
        lambda name: load_project(name, home),
    )
    return _working(service, estimates.refresh)


@contextmanager
def _figures_together(processes: int) -> Iterator[None]:
    """A folder in which server processes keep their metrics, where there are several: any may be asked for them."""
    if processes == 1 or FOLDER_VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="prelabel-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield
        del os.environ[FOLDER_VARIABLE]


def serve_sandbox(host: str, port: int) -> None:
    """Serve sample drafts from a folder that is gone at the end. Whoever knows the printed token may do all."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # by itself it would leave the folder behind
    with tempfile.TemporaryDirectory(prefix="prelabel-sandbox-") as folder:
        queue = Queue(f"sqlite:///{folder}/queue.db").open()
        store = MediaStore(Path(folder) / "store").open()
        for document, clip in _samples():
            _put(queue, store, document, clip)
        _, secret = create_token(queue, "sandbox", SCOPES, worker=_SANDBOX_WORKER)
        typer.echo(
            f"sandbox: {queue.count()} drafts; nothing of it touches your queue, all of it ends with this process"
        )
        typer.echo(f"token: {secret}")
        service = Service(queue, store, signing_key(queue), lambda entry: None, settings().serve.one_language)
        try:
            _listen(_working(service, lambda: None), host, port, 1, secret)
        finally:
            queue.close()


def _samples() -> list[tuple[bytes, Path]]:
    """(draft document, the clip that it was drafted from), one in each language."""
    folder = Path(str(resources.files("flows")))
    return [
        (file.read_bytes(), folder / "clips" / f"{file.stem}.mp4")
        for file in sorted((folder / "samples").glob("*.json"))
    ]


class _Estimates:
    """Prices by the rate cards of this machine, and the models by which work is estimated. They are read anew by
    `refresh` only: a request may be in the middle of a transaction, which has no time for a disk."""

    def __init__(self, home: Path, queue: Queue) -> None:
        self._queue, self._cards, self._models = queue, RateCards(home), work_models(queue)
        self._read_at = time.monotonic()

    def price(self, entry: QueueEntry) -> Price | None:
        return self._cards.estimate(entry)

    def work(self) -> Mapping[Language, WorkModel]:
        return self._models

    def refresh(self) -> None:
        """Read all that was ever asked for again, once a minute."""
        if time.monotonic() - self._read_at > RATES_READ_EVERY_SECONDS:
            self._cards, self._models = self._cards.read_again(), work_models(self._queue)
            self._read_at = time.monotonic()


def _put(queue: Queue, store: MediaStore, document: bytes, clip: Path) -> None:
    """Store and enqueue a sample, with the clip as what is heard and seen."""
    draft = from_json(document)
    place = f"{draft.recording.id}/{draft.draft_id}.json"
    file = store.root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(document)
    shutil.copy(clip, file.parent / "clip.m4a")
    heard = read_windows(clip, 0, MachineSettings(), sample_rate=_PEAKS_OF_RATE, channels=1)
    (file.parent / "clip.peaks").write_bytes(draw_peaks(heard))
    note_clip(store, draft.recording.id, draft.draft_id, {"mix": "clip.m4a"}, {"mix": "clip.peaks"})
    predicted = {draft.draft_id: predict_draft(draft, models_in_use(queue))}
    queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())], predicted=predicted)


def _working(service: Service, refresh: Callable[[], None]) -> FastAPI:
    """The application, which beside answering ends leases, drops what is old, reads rates and sends webhooks."""
    keeping, dispatching = Rounds("ending leases"), Rounds("dispatching webhooks")
    return make_app(service, _housekeeping(service.queue, refresh, keeping, dispatching), (keeping, dispatching))


def _housekeeping(
    queue: Queue, refresh: Callable[[], None], keeping: Rounds, dispatching: Rounds
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan in which leases end in time, whether or not anybody asks for drafts, and webhooks are sent."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(HOUSEKEEPING_SECONDS):
            with keeping.round():
                with queue.writing() as transaction:
                    expire(transaction)
                forget_answers(queue)
                forget_copies(queue)
                refresh()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.openapi()  # it is kept; the first requests should not wait for it
        keeper = threading.Thread(target=keep, name="housekeeping", daemon=True)
        keeper.start()
        dispatcher = asyncio.create_task(keep_dispatching(queue, dispatching))
        yield
        dispatcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await dispatcher
        stop.set()
        keeper.join(timeout=HOUSEKEEPING_SECONDS)

    return lifespan


def _insist_loopback(host: str) -> None:
    """Without any token nobody may call, and whoever opens a port to others has forgotten that."""
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise UsageProblem(
            f"the API cannot be served at {host}",
            why="other machines reach this address, and there is no token by which they could be let in",
            fix="make one first: prelabel token create platform --scope read --scope lease --scope submit",
        )


def _listen(app: FastAPI | str, host: str, port: int, processes: int, token: str | None = None) -> None:
    """Serve `app` until a signal ends it; `token` is in the link to the page that is told.

    Raises EnvironmentProblem where the address cannot be had.
    """
    with _bound(host, port) as bound:
        address = f"http://{_shown(host)}:{bound.getsockname()[1]}"
        typer.echo(f"serving {address}/docs", err=True)
        typer.echo(f"page: {address}/" + (f"#token={token}" if token else ""), err=True)
        config = uvicorn.Config(
            app, factory=isinstance(app, str), workers=processes, log_config=None, access_log=False
        )
        if processes == 1:
            uvicorn.Server(config).run(sockets=[bound])
        else:
            Multiprocess(config, sockets=[bound]).run()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, number)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise EnvironmentProblem(
            f"the API cannot listen at {host}, port {port}",
            why=error.strerror or str(error),
            fix="end the program that has this port, or name another with --port",
        ) from error
    return bound


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
