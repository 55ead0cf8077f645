"""A PostgreSQL server of our own for as long as a block runs: it listens on a socket in a temporary folder only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import EnvironmentProblem

START_SECONDS = 60.0
_USER = "postgres"


class ServerMissing(EnvironmentProblem):
    """The programs of a PostgreSQL server are not on this machine."""


@contextmanager
def postgresql(*, durable: bool) -> Iterator[str]:
    """The URL of the new server's own database, as its superuser. The server ends with the block or this process.

    `durable`: a commit is on the disk before it is answered, as in production; tests need not wait for that.
    Raises ServerMissing.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="prelabel-postgresql-"))
    try:
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, _USER, _USER)
        data = folder / "data"
        initdb = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            _USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run([*_as_user(), *initdb], check=True, capture_output=True, cwd=folder)
        options = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200"]
        options += [] if durable else ["fsync=off", "full_page_writes=off"]
        command = [*_as_user(), programs / "postgres", "-D", data]
        command += [word for option in options for word in ("-c", option)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            url = f"postgresql://{_USER}@/postgres?host={folder}"
            _wait_for(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # end at once: nobody will read the files again
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Where initdb and postgres are: Debian keeps them out of PATH, a folder per release."""
    if shutil.which("setpriv") is None:
        raise _missing("setpriv (of util-linux)")
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name))
    for place in reversed(places):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise _missing("initdb and postgres")


def _missing(programs: str) -> ServerMissing:
    return ServerMissing(
        "no PostgreSQL server can be started",
        why=f"{programs} cannot be found on this machine",
        fix="install the package postgresql of your system, as `make test-integrations` does",
    )


def _as_user() -> list[str]:
    """What goes before a command so that it is not root's, and ends when this process does."""
    other = [f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig", "QUIT", *other, "--"]


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return
