"""The media store: results and artefacts of stages, and the only cache.

Layout: `<root>/<recording>/<stage>-<fingerprint>.json` with its artefacts beside it. A result is written under a
temporary name, hashed, and renamed. Artefacts carry a hash in their name, so two writers never mix theirs.
A reader takes a result only when it and its artefacts are whole; where one is there, a late writer's is dropped.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import SoftFileLease, Timeout
from pydantic import TypeAdapter, ValidationError

from core.errors import StoreUnusable

T = TypeVar("T")

LEASE_SECONDS = 60.0
"""A stage whose process gave no sign for so long may be taken over by another (a dead local one at once)."""

STILLBORN_SECONDS = 3.0
"""A lease's marker is signed at once; one that is empty for so long has nobody behind it."""

DAY_SECONDS = 86_400.0

_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM})

_SCRATCH = f".tmp-{platform.node()}-"
"""How this machine's scratch folders begin; the process's number follows. Other machines sweep their own."""


_ID_LENGTH = 64  # SHA-256 in hex; nothing else in the store is called so
_SOUND = frozenset({".flac", ".m4a"})


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A stage's result as the store gave it, and the seconds its computation took when it was made."""

    value: T
    seconds: float


@dataclass(frozen=True, slots=True)
class MediaStore:
    """A folder that several processes, and machines that mount it, may share."""

    root: Path

    def open(self) -> MediaStore:
        """Make the folder. Raises StoreUnusable when it cannot be written."""
        try:
            self.incoming.mkdir(parents=True, exist_ok=True)
            probe = self.root / f".{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()
            for left in self.incoming.iterdir():
                if _untouched_for(left) > 7 * DAY_SECONDS:
                    _remove(left)
        except OSError as error:
            raise StoreUnusable(
                f"the media store {self.root} cannot be written",
                why=error.strerror or str(error),
                fix="make it writable, or name another folder in PRELABEL_STORE or PRELABEL_HOME",
            ) from error
        return self

    @property
    def incoming(self) -> Path:
        """Where remote recordings are staged; what a killed run left there goes after a week."""
        return self.root / "incoming"

    def holds_recordings(self) -> bool:
        """Whether anything is stored at all."""
        try:
            return next(self.recordings(), None) is not None
        except OSError:
            return False

    def recordings(self) -> Iterator[str]:
        """The ids of recordings of which something is stored. Raises OSError where the folder cannot be read."""
        if self.root.exists():
            yield from (one.name for one in self.root.iterdir() if len(one.name) == _ID_LENGTH)

    def folder(self, recording: str) -> Path:
        return self.root / recording

    def path(self, recording: str, file: str) -> Path:
        """Where the artefact `file` of a recording lies."""
        return self.root / recording / file

    def get(self, recording: str, stage: str, fingerprint: str, kind: TypeAdapter[T]) -> Stored[T] | None:
        """The stored result, or None where it is missing, damaged, or lacks an artefact of the right hash."""
        path = self.root / recording / f"{stage}-{fingerprint}.json"
        try:
            record = json.loads(path.read_bytes())
            if record["sha256"] != _sha256_of_json(record["result"]):
                return None
            for name, expected in record["artefacts"].items():
                if sha256_of_file(self.root / recording / name) != expected:
                    return None
            return Stored(kind.validate_json(json.dumps(record["result"])), record["seconds"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            return None

    def holds(self, recording: str, stage: str, fingerprint: str) -> bool:
        """Whether there is a result at all; `get` says whether it is whole."""
        return (self.root / recording / f"{stage}-{fingerprint}.json").exists()

    def artefact_name(self, stage: str, fingerprint: str, file: Path) -> str:
        """The final name of a finished artefact: its stage, fingerprint, the start of its hash, its suffix."""
        return f"{stage}-{fingerprint}-{sha256_of_file(file)[:12]}{file.suffix}"

    def put(
        self,
        recording: str,
        stage: str,
        fingerprint: str,
        result: T,
        kind: TypeAdapter[T],
        *,
        seconds: float,
        artefacts: Mapping[str, Path] | None = None,
    ) -> T:
        """Keep a result and give back the one that is kept, just as a later `get` will.

        `artefacts` maps final names (`artefact_name`) to finished files on the store's disk, which are moved.
        Where a whole result is already there, that one stays and is given back.
        """
        kept = self.get(recording, stage, fingerprint, kind)
        if kept is not None:
            return kept.value
        folder = self.root / recording
        folder.mkdir(parents=True, exist_ok=True)
        hashes = {name: sha256_of_file(path) for name, path in (artefacts or {}).items()}
        for name, path in (artefacts or {}).items():
            flush(path)
            path.replace(folder / name)
        dumped = kind.dump_python(result, mode="json")
        record = {
            "stage": stage,
            "fingerprint": fingerprint,
            "sha256": _sha256_of_json(dumped),
            "artefacts": hashes,
            "seconds": round(seconds, 3),
            "result": dumped,
        }
        write_atomically(
            folder / f"{stage}-{fingerprint}.json", json.dumps(record, ensure_ascii=False, indent=1).encode()
        )
        return kind.validate_json(json.dumps(dumped))

    @contextmanager
    def scratch(self, recording: str) -> Iterator[Path]:
        """A folder for unfinished artefacts of one recording, on the store's own disk; gone afterwards.

        What the disk refuses meanwhile, here or when results are put, is StoreUnusable: it would refuse it for
        every recording.
        """
        folder = self.root / recording / f"{_SCRATCH}{os.getpid()}-{uuid.uuid4().hex}"
        try:
            folder.mkdir(parents=True)
            yield folder
        except OSError as error:
            if error.errno not in _DISK_TROUBLE:
                raise
            raise StoreUnusable(
                f"the media store {self.root} cannot be written",
                why=error.strerror or str(error),
                fix="free some space or mend the disk, then run the same command again: it goes on where it ended",
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def computing(self, recording: str, stage: str, fingerprint: str) -> Iterator[None]:
        """Hold the lease of one recording's stage while it is computed; waits for another holder.

        The lease expires when its holder stops refreshing it, so a holder may be overtaken; that is safe,
        because results are put under their final name whole.
        """
        folder = self.root / recording
        folder.mkdir(parents=True, exist_ok=True)
        lease = SoftFileLease(folder / f"{stage}-{fingerprint}.lock", lease_duration=LEASE_SECONDS)
        self._wait_for(lease, stage, recording)
        try:
            yield
        finally:
            lease.release()

    def _wait_for(self, lease: SoftFileLease, stage: str, recording: str) -> None:
        marker = Path(lease.lock_file)
        began = time.monotonic()
        while time.monotonic() - began < DAY_SECONDS:
            try:
                lease.acquire(timeout=STILLBORN_SECONDS, poll_interval=0.2)
            except Timeout:
                # Killed between making its marker and signing it, a holder leaves one that nobody ever takes over.
                if _size_of(marker) == 0 and _untouched_for(marker) >= STILLBORN_SECONDS:
                    marker.unlink(missing_ok=True)
            else:
                return
        raise StoreUnusable(
            f"stage {stage} of recording {recording} is held by another process",
            why="it refreshed its lease for a day without finishing",
            fix=f"stop that process, or remove {marker} if there is none",
        )

    def sweep(self, recording: str) -> None:
        """Remove what killed processes left unfinished for a recording.

        This machine's at once; another's, or that of a container that is gone, when nobody touched it for a day.
        """
        for left in (self.root / recording).glob(".*"):
            pid = left.name.removeprefix(_SCRATCH).split("-")[0] if left.name.startswith(_SCRATCH) else None
            if (pid and not Path(f"/proc/{pid}").exists()) or _untouched_for(left) > DAY_SECONDS:
                _remove(left)

    def drop_sound(self, recording: str) -> int:
        """Remove the stems and clips of a recording, unless it is being worked on; bytes that were freed.

        Results that lie on a stem are no longer whole then: a later run makes them anew.
        """
        folder = self.root / recording
        if any(_untouched_for(marker) < LEASE_SECONDS for marker in folder.glob("*.lock")):
            return 0
        freed = 0
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.suffix in _SOUND:
                freed += _size_of(file) or 0
                file.unlink(missing_ok=True)
        return freed

    def forget(self, recording: str) -> bool:
        """Erase everything of a recording. False where there was nothing."""
        folder = self.root / recording
        if not folder.exists():
            return False
        shutil.rmtree(folder)
        return True


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name beside `path`, flush it to disk, rename it."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_folder_atomically(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files`, by name, into a new `folder`: under a temporary name beside it, flushed, renamed.

    An empty folder is replaced; where it holds anything, nothing changes and OSError is raised.
    """
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        for name, data in files.items():
            write_atomically(temporary / name, data)
        temporary.rename(folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _untouched_for(path: Path) -> float:
    """Seconds since a file or folder last changed; 0.0 where it is gone already."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256_of_json(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
