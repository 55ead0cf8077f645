"""A folder of the exchange, on a disk or in an object store: how it is named, reached, held and written."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout

from core.errors import BehindLink, Conflict, EnvironmentProblem, PrelabelError, UsageProblem
from core.fingerprint import sha256_of_text
from core.store import write_atomically
from export.database import Database, insert_into
from export.entries import last_event
from export.tables import folders
from preprocess.fetch import EXTRAS, remote_files

_LOCK_SECONDS = 10.0


OUR_MOST_BYTES = 64 << 20
"""No file that we write is larger; what is larger has been put in its place, and is cut off when it is read."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the exchange. `files` is fsspec's file system, None on a disk; names in it are relative."""

    address: str
    root: str
    files: Any

    @property
    def target(self) -> str:
        """How the queue calls this folder: in leases, events and its tables, which take 128 characters."""
        named = f"folder:{self.address}"
        return named if len(named) <= 128 else f"folder:sha256:{sha256_of_text(named)}"


def open_folder(address: str) -> Folder:
    """The folder at a path, a file:// or an object store's address. Raises UsageProblem and MissingExtra."""
    scheme = address.partition("://")[0].lower() if "://" in address else "file"
    if EXTRAS.get(scheme):
        files, root = remote_files(address)
        if root.strip("/"):
            return Folder(f"{scheme}://{root.strip('/')}", root.rstrip("/"), files)
    elif scheme == "file" and address and "\0" not in address:
        path = Path(address.removeprefix("file://"))
        if path.is_dir():
            return Folder(f"file://{path.resolve()}", str(path.resolve()), None)
    raise UsageProblem(
        f"drafts cannot be exchanged in {address[:80]!r}",
        why="there is no folder there" if scheme == "file" else "it is not the address of a folder or a bucket",
        fix=f"make the folder, or give an address that begins with {', '.join(k for k in EXTRAS if EXTRAS[k])}",
    )


def remember(database: Database, folder: Folder) -> None:
    """Have the folder known to the queue. A new one is told what happens from now on."""
    known = sa.select(folders.c.target).where(folders.c.target == folder.target)
    with database.reading() as connection:
        if connection.scalar(known) is not None:
            return
    with database.writing() as transaction:
        last = last_event(transaction.connection)
        row = insert_into(transaction.connection, folders).values(
            target=folder.target, address=folder.address, told=last
        )
        transaction.connection.execute(row.on_conflict_do_nothing())


def remembered(database: Database) -> tuple[str, ...]:
    """The addresses of all folders that are known to the queue, in alphabetical order."""
    with database.reading(once=True) as connection:
        return tuple(connection.scalars(sa.select(folders.c.address).order_by(folders.c.address)))


@contextmanager
def reaching(folder: Folder) -> Iterator[None]:
    """What the disk or the object store refuses, as EnvironmentProblem."""
    try:
        yield
    except PrelabelError:
        raise
    except Exception as error:  # every remote library raises a family of its own
        raise EnvironmentProblem(
            f"the folder {folder.address} cannot be used",
            why=getattr(error, "strerror", None) or f"{type(error).__name__}: {error}",
            fix="see that it is there and may be read and written by this user, then run the same command again",
        ) from error


def alone(folder: Folder) -> AbstractContextManager[Any]:
    """One process at a time writes drafts to a folder on a disk; the system ends the lock of a killed one.

    An object store has no locks and needs none: two pushes write the same bytes to the same names. Raises Conflict
    where another process holds the folder for ten seconds.
    """
    return nullcontext() if folder.files is not None else _locked(Path(folder.root) / ".prelabel.lock", folder)


@contextmanager
def _locked(file: Path, folder: Folder) -> Iterator[None]:
    lock = FileLock(file, timeout=_LOCK_SECONDS)
    with reaching(folder):
        try:
            lock.acquire()
        except Timeout as error:
            raise Conflict(
                f"another push writes to {folder.address}",
                why=f"it holds {file.name} in the folder",
                fix="let it end, then run the same command again",
                code="in_flight",
            ) from error
    try:
        yield
    finally:
        lock.release()


def names_in(folder: Folder, place: str) -> list[str]:
    """The names of the files right under `place`, in their order; none where there is no such place."""
    if folder.files is None:
        at = Path(folder.root) / place
        return sorted(entry.name for entry in os.scandir(at) if entry.is_file()) if at.is_dir() else []
    folder.files.invalidate_cache()
    try:
        found = folder.files.ls(f"{folder.root}/{place}", detail=True)
    except FileNotFoundError:
        return []
    return sorted(one["name"].rpartition("/")[2] for one in found if one["type"] == "file")


def read(folder: Folder, name: str, most: int) -> bytes | None:
    """The first `most` bytes of a file; None where there is none. Links and pipes are none."""
    try:
        if folder.files is not None:
            with folder.files.open(f"{folder.root}/{name}", "rb", cache_type="none") as remote:
                content: bytes = remote.read(most)
                return content
        path = Path(folder.root) / name
        if path.is_symlink():
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            if stat.S_ISREG(os.fstat(descriptor).st_mode) and path.resolve() == path:
                return file.read(most)
    except (FileNotFoundError, NotADirectoryError):
        pass
    return None


def write(folder: Folder, name: str, content: bytes) -> None:
    """Put a file into the folder, whole or not at all. Raises BehindLink where a link leads out of it."""
    if folder.files is not None:
        folder.files.pipe_file(f"{folder.root}/{name}", content)
        return
    path = Path(folder.root) / name
    make_place(path.parent)
    write_atomically(path, content)


def remove(folder: Folder, name: str) -> None:
    """Remove a file, if it is there. Raises BehindLink where a link leads out of the folder."""
    if folder.files is not None:
        with suppress(FileNotFoundError):
            folder.files.rm_file(f"{folder.root}/{name}")
        return
    path = Path(folder.root) / name
    _insist_no_link(path.parent)
    path.unlink(missing_ok=True)


def make_place(path: Path) -> None:
    """Have a folder within a folder on a disk. Raises BehindLink where it is a link, and makes nothing."""
    _insist_no_link(path)
    path.mkdir(parents=True, exist_ok=True)
    _insist_no_link(path)  # one that was put there meanwhile


def _insist_no_link(path: Path) -> None:
    if path.resolve() != path:
        raise BehindLink(
            f"nothing is written to {path}",
            why="it is a link, or lies behind one, and links are not followed",
            fix="put a folder there",
        )


def as_json(document: Mapping[str, Any]) -> bytes:
    """A document as it is written into the folder."""
    return (json.dumps(document, ensure_ascii=True, indent=1) + "\n").encode()
