"""A private Prefect server for `prelabel run` where no PREFECT_API_URL is set.

It is a child that watches its own standard input: when the parent goes, even by SIGKILL, the pipe closes and the
server ends itself. Prefect's own ephemeral server would outlive a killed run.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from core.errors import EnvironmentProblem

STARTS_WITHIN_SECONDS = 120.0

_OWN = f"run-{platform.node()}-"
"""How the databases of this machine's runs begin; the process's number follows."""

_SETTINGS = {
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
}


@contextmanager
def private_server(home: Path) -> Iterator[PrivateServer]:
    """Start the server in the background, so that models import meanwhile; stop it at the end."""
    server = PrivateServer(home)
    try:
        yield server
    finally:
        server.stop()


class PrivateServer:
    """A Prefect server of this process alone, on a database of its own, which goes with it.

    Two runs at once would get into each other's way on one database. Making the tables takes Prefect seconds, so
    the first run's database is kept as the template of the next ones'.
    """

    def __init__(self, home: Path) -> None:
        avoid_proxies()
        self.home = home / "prefect"
        self.home.mkdir(parents=True, exist_ok=True)
        self._template = self.home / f"template-{version('prefect')}.db"
        self._database = self.home / f"{_OWN}{os.getpid()}-{uuid.uuid4().hex}.db"
        _sweep(self.home)
        if self._template.exists():
            shutil.copyfile(self._template, self._database)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        own = {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self._database}",
        }
        self._process = subprocess.Popen(
            # -P: a folder of videos may hold a file called prefect.py.
            [sys.executable, "-P", "-m", "flows.server", str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | _SETTINGS | own,
            start_new_session=True,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api"

    def wait_until_ready(self) -> None:
        """Raises EnvironmentProblem when the server ends or does not answer in time."""
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.url}/health", timeout=2):  # noqa: S310 (our own loopback address)
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise EnvironmentProblem(
            "the flow engine did not start",
            why=f"Prefect's server gave no answer within {STARTS_WITHIN_SECONDS:.0f} s"
            if self._process.poll() is None
            else f"Prefect's server ended with status {self._process.returncode}",
            fix=f"run `prelabel doctor`; if its files are damaged, remove {self.home}",
        )

    def stop(self) -> None:
        """Close the pipe, upon which the server ends; kill it if it does not; remove its database."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self._template.exists():
            self._keep_as_template()
        _remove(self._database)

    def _keep_as_template(self) -> None:
        """A copy with what the write-ahead log holds; where it fails, the next run makes its tables anew."""
        copy = self._database.with_suffix(".copy")
        try:
            with closing(sqlite3.connect(self._database)) as own, closing(sqlite3.connect(copy)) as target:
                if own.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]:
                    own.backup(target)
                    copy.replace(self._template)
        except (sqlite3.Error, OSError):
            copy.unlink(missing_ok=True)


def _sweep(home: Path) -> None:
    """Remove the databases of killed runs of this machine."""
    for database in home.glob(f"{_OWN}*.db"):
        pid = database.name.removeprefix(_OWN).split("-")[0]
        if not Path(f"/proc/{pid}").exists():
            _remove(database)


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def avoid_proxies() -> None:
    """Have this process and its children reach the loopback address directly, whatever http_proxy says."""
    for name in ("NO_PROXY", "no_proxy"):
        others = [one for one in os.environ.get(name, "").split(",") if one]
        os.environ[name] = ",".join(dict.fromkeys([*others, "127.0.0.1", "localhost"]))


def _end_with_parent() -> None:
    """Wait for the end of standard input, which is the end of the parent, and go without ceremony."""
    # Not sys.stdin: a thread that waits in it when the interpreter ends makes it abort.
    while os.read(0, 1):
        pass
    os._exit(0)


def _serve(port: int) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(create_app(final=True), host="127.0.0.1", port=port, log_level="critical", lifespan="on")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
