"""Folder exchange, for platforms that ingest files: drafts go out and corrections come in as files of one folder.

    <folder>/out/<draft_id>/draft.json, …, manifest.json       written by `push`
    <folder>/in/<draft_id>/<revision>.json                     written by the platform, read by `pull`
    <folder>/in/<draft_id>/<revision>.receipt.json             what `pull` made of it
    <folder>/reconciliation.json                               what was sent, is held, came back

The folder lies on a disk or in an object store. A draft is there once its manifest is: on a disk the whole folder
of the draft appears at once, in an object store the manifest is written last. What a killed process left unfinished
the next one finishes, and doing anything twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from filelock import FileLock, Timeout

from core.errors import (
    BadDocument,
    Conflict,
    EnvironmentProblem,
    NotFound,
    PrelabelError,
    QueueUnusable,
    StoreUnusable,
    UsageProblem,
)
from core.fingerprint import sha256_of_text
from core.store import MediaStore, flush, sha256_of_file, write_atomically
from core.types import LANGUAGES, Language
from export.bodies import document_of, draft_of
from export.corrections import parse_correction, read_correction
from export.database import Database
from export.drafts import from_json, printable
from export.entries import QueueEntry, no_such_draft
from export.formats import FORMATS
from export.handoff import Wanted, acknowledge, lease, refuse, renew
from export.problems import kind_of, problem_document
from export.queue import Queue
from export.reviews import submit
from export.states import State
from export.tables import pushes, sightings
from export.totals import compare_held, reconcile
from preprocess.fetch import EXTRAS, remote_files, version_of

MANIFEST: Final = "prelabel.manifest/1"
RECEIPT: Final = "prelabel.receipt/1"
RECONCILIATION: Final = "prelabel.reconciliation/1"

MOST_BYTES = 8 << 20
"""A larger file is no correction; the API takes no larger one either."""

SETTLE_SECONDS = 10.0
"""On a disk, a file without checksum is whole once nobody wrote to it for so long."""

LEASE_SECONDS = 600.0
"""So long writing one draft may take."""

_LOCK_SECONDS = 10.0
_DRAFT_ID = re.compile(r"[0-9a-f]{8,32}")
_HANDED_OVER = frozenset({State.DELIVERED, State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED, State.REWORK})

Files = Mapping[str, bytes | Path]
"""What is written of a draft: contents, or the files that hold them, by name."""

Clips = Callable[[QueueEntry], Mapping[str, Path]]
"""The sound of a draft: files by the name that they get."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the exchange. `files` is fsspec's file system, None on a disk; names in it are relative."""

    address: str
    root: str
    files: Any

    @property
    def target(self) -> str:
        """How the queue calls this folder: in leases, events and pushes, which take 128 characters."""
        named = f"folder:{self.address}"
        return named if len(named) <= 128 else f"folder:sha256:{sha256_of_text(named)}"


@dataclass(frozen=True, slots=True)
class Pushed:
    """Draft ids that were written, and (id, why) of those that cannot be."""

    written: tuple[str, ...]
    dead: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one file of the platform; `problem` is an RFC 9457 document, None where it was accepted."""

    file: str
    sha256: str | None
    size: int
    draft_id: str | None
    revision: int | None
    problem: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """The document `prelabel.receipt/1`, without the time."""
        return {
            "schema": RECEIPT,
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "accepted": self.problem is None,
            "draft_id": self.draft_id,
            "revision": self.revision,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class Pulled:
    """What `pull` made of files: taken, refused, and (file, why) of those that the next pull looks at again."""

    accepted: tuple[Receipt, ...]
    refused: tuple[Receipt, ...]
    waiting: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A file under in/. `version` changes when its content does; `seconds` is its age, None in an object store."""

    name: str
    size: int
    regular: bool
    version: str
    seconds: float | None


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


def push(
    queue: Queue,
    store: MediaStore,
    address: str,
    *,
    formats: Sequence[str] = (),
    clips: Clips = lambda entry: {},
    project: str | None = None,
    languages: tuple[Language, ...] = LANGUAGES,
    most: int | None = None,
) -> Pushed:
    """Write the drafts that wait, at most `most`, into the folder's `out/`; each is delivered once it is there.

    A draft whose document the store lost or changed becomes dead, and the others go on. Raises UsageProblem for an
    unknown format, Conflict where another push is at work, EnvironmentProblem where folder or store fail.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise UsageProblem(
            f"there is no format {unknown[0]!r}",
            why=f"prelabel writes {', '.join(FORMATS)}",
            fix="name some of them with --format",
        )
    folder = open_folder(address)
    if not store.root.is_dir():
        raise StoreUnusable(
            "no draft can be read",
            why=f"the media store {store.root} is not there",
            fix="set PRELABEL_STORE (or PRELABEL_HOME) to the store that this queue was filled from",
        )
    wanted = Wanted(folder.target, seconds=LEASE_SECONDS, languages=languages, project=project)

    def hand_over(entry: QueueEntry, token: str) -> None:
        files = _files_of(store, entry, formats, clips)
        with _reaching(folder):
            _commit(folder, entry.draft.draft_id, files)
        acknowledge(queue, entry.draft.draft_id, token, by=folder.target)
        _note_push(queue, folder, entry.draft.draft_id, None)

    written: list[str] = []
    dead: list[tuple[str, str]] = []
    with _alone(folder):
        pending = _broken_off(queue, folder)
        while most is None or len(written) < most:
            if pending:
                entry, token = pending.pop(0)
            elif leases := lease(queue, wanted):
                entry, token = leases[0].entry, leases[0].token
                _note_push(queue, folder, entry.draft.draft_id, token)
            else:
                break
            draft_id = entry.draft.draft_id
            try:
                hand_over(entry, token)
                written.append(draft_id)
            except Conflict:  # writing took longer than the lease: whoever leases the draft next finds it written
                _forget_push(queue, folder, draft_id)
            except StoreUnusable as error:
                refuse(queue, draft_id, token, reason=error.why, again=False, by=folder.target)
                _forget_push(queue, folder, draft_id)
                dead.append((draft_id, error.why))
            except EnvironmentProblem as error:
                refuse(queue, draft_id, token, reason=error.why, counts=False, by=folder.target)
                _forget_push(queue, folder, draft_id)
                raise
    _reconcile_daily(queue, folder)
    return Pushed(tuple(written), tuple(dead))


def pull(queue: Queue, store: MediaStore, address: str, *, settle_seconds: float = SETTLE_SECONDS) -> Pulled:
    """Take the corrections that lie in the folder's `in/`, each once, and leave a receipt beside each.

    The platform's files are never changed. Refusals that time can mend (an earlier revision is missing, the draft
    is not with the platform yet) are looked at again by each pull. Raises EnvironmentProblem where the folder or
    the queue fails.
    """
    folder = open_folder(address)
    with _reaching(folder):
        listed = {found.name: found for found in _listed(folder)}
    accepted: list[Receipt] = []
    refused: list[Receipt] = []
    waiting: list[tuple[str, str]] = []
    for found in sorted(listed.values(), key=_order):
        if _is_ours_or_unfinished(found.name):
            continue
        if _was_judged(queue, folder, found) and _receipt_name(found.name) in listed:
            continue
        try:
            receipt, final = _judged(queue, store, folder, found, listed, settle_seconds)
            if isinstance(receipt, str):
                waiting.append((printable(found.name), receipt))
                continue
            if _is_safe(found.name):
                with _reaching(folder):
                    _write_receipt(folder, found.name, receipt)
            if final:
                _note_judged(queue, folder, found, receipt.draft_id)
            (refused if receipt.problem else accepted).append(receipt)
        except QueueUnusable:
            raise
        except EnvironmentProblem as error:  # our trouble, not the platform's: no receipt says that it is refused
            waiting.append((printable(found.name), f"{error.what}: {error.why}"))
    _reconcile_daily(queue, folder)
    return Pulled(tuple(accepted), tuple(refused), tuple(waiting))


def reconciliation(queue: Queue, address: str, *, write: bool) -> dict[str, Any]:
    """The document `prelabel.reconciliation/1` of a folder; with `write` it is put there too."""
    folder = open_folder(address)
    document = _reconciliation(queue, folder)
    if write:
        with _reaching(folder):
            _write(folder, "reconciliation.json", _json(document))
    return document


# Out.


def _files_of(store: MediaStore, entry: QueueEntry, formats: Sequence[str], clips: Clips) -> Files:
    document = document_of(store, entry)
    draft = from_json(document)
    files: dict[str, bytes | Path] = {"draft.json": document}
    files |= {f"draft.{name}": FORMATS[name](draft).encode() for name in formats if name != "json"}
    return {**files, **clips(entry)}


def _commit(folder: Folder, draft_id: str, files: Files) -> None:
    """Have a draft's files in the folder, whole, whatever of them was there before."""
    manifest = _manifest(draft_id, files)
    place = f"out/{draft_id}"
    if _is_committed(folder, place, manifest, files):
        return
    if folder.files is None:
        _commit_on_disk(Path(folder.root), draft_id, files, manifest)
        return
    into = f"{folder.root}/{place}"
    if folder.files.exists(f"{into}/manifest.json"):
        folder.files.rm_file(f"{into}/manifest.json")  # or it would vouch for files that are being replaced
    for name, content in files.items():
        if isinstance(content, Path):
            folder.files.put_file(str(content), f"{into}/{name}")
        else:
            folder.files.pipe_file(f"{into}/{name}", content)
    folder.files.pipe_file(f"{into}/manifest.json", manifest)


def _commit_on_disk(root: Path, draft_id: str, files: Files, manifest: bytes) -> None:
    final = root / "out" / draft_id
    partial, replaced = final.with_name(f".{draft_id}.partial"), final.with_name(f".{draft_id}.replaced")
    for left in (partial, replaced):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, content in files.items():
        if isinstance(content, Path):
            shutil.copyfile(content, partial / name)
        else:
            (partial / name).write_bytes(content)
        flush(partial / name)
    write_atomically(partial / "manifest.json", manifest)
    if os.path.lexists(final):
        final.rename(replaced)
    partial.rename(final)
    flush(final.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _manifest(draft_id: str, files: Files) -> bytes:
    listed = []
    for name, content in sorted(files.items()):
        if isinstance(content, Path):
            size, sha256 = content.stat().st_size, sha256_of_file(content)
        else:
            size, sha256 = len(content), hashlib.sha256(content).hexdigest()
        listed.append({"name": name, "size": size, "sha256": sha256})
    return _json({"schema": MANIFEST, "draft_id": draft_id, "files": listed})


def _is_committed(folder: Folder, place: str, manifest: bytes, files: Files) -> bool:
    """Whether this very manifest is there, and every file of it in its size."""
    sizes = {
        name: content.stat().st_size if isinstance(content, Path) else len(content)
        for name, content in files.items()
    }
    try:
        if folder.files is None:
            at = Path(folder.root) / place
            return (at / "manifest.json").read_bytes() == manifest and all(
                (at / name).stat().st_size == size for name, size in sizes.items()
            )
        at_store = f"{folder.root}/{place}"
        folder.files.invalidate_cache()
        return folder.files.cat_file(f"{at_store}/manifest.json") == manifest and all(
            folder.files.info(f"{at_store}/{name}")["size"] == size for name, size in sizes.items()
        )
    except (FileNotFoundError, NotADirectoryError):
        return False


def _broken_off(queue: Queue, folder: Folder) -> list[tuple[QueueEntry, str]]:
    """(entry, lease token) of drafts that a killed push had in hand, as far as its leases are still good."""
    with queue.reading() as connection:
        rows = connection.execute(
            sa.select(pushes.c.draft_id, pushes.c.remote_id)
            .where(pushes.c.target == folder.target, pushes.c.remote_id.is_not(None))
            .order_by(pushes.c.seq)
        ).all()
    found: list[tuple[QueueEntry, str]] = []
    for draft_id, token in rows:
        try:
            found.append((renew(queue, draft_id, token, LEASE_SECONDS), token))
        except NotFound:
            _forget_push(queue, folder, draft_id)
        except Conflict:
            entry = queue.get(draft_id)
            if entry.holder == folder.target and entry.state in _HANDED_OVER:
                _note_push(queue, folder, draft_id, None)
            else:
                _forget_push(queue, folder, draft_id)
    return found


def _note_push(queue: Queue, folder: Folder, draft_id: str, token: str | None) -> None:
    """Remember a draft that is being pushed, with the token of its lease, or that was pushed, with none.

    The token lets the next push finish at once what this one may leave; it is worth nothing once it is used.
    """
    row = sa.and_(pushes.c.target == folder.target, pushes.c.draft_id == draft_id)
    with queue.writing() as transaction:
        transaction.connection.execute(pushes.delete().where(row))
        transaction.connection.execute(
            pushes.insert().values(target=folder.target, draft_id=draft_id, remote_id=token, at=transaction.now)
        )


def _forget_push(queue: Queue, folder: Folder, draft_id: str) -> None:
    row = sa.and_(pushes.c.target == folder.target, pushes.c.draft_id == draft_id)
    with queue.writing() as transaction:
        transaction.connection.execute(pushes.delete().where(row))


# In.


def _listed(folder: Folder) -> Iterator[_Found]:
    """Everything under in/ but folders; links are told, not followed."""
    if folder.files is None:
        yield from _listed_on_disk(Path(folder.root) / "in")
        return
    folder.files.invalidate_cache()
    base = f"{folder.root}/in/"
    try:
        found = folder.files.find(base.rstrip("/"), detail=True)
    except FileNotFoundError:
        return
    for path, described in found.items():
        if path.startswith(base) and described["type"] == "file" and not path.endswith("/"):
            yield _Found(path.removeprefix(base), described["size"], True, version_of(described), None)


def _listed_on_disk(base: Path) -> Iterator[_Found]:
    if base.is_symlink():
        raise UsageProblem(
            f"no corrections are read from {base}",
            why="it is a link to another place, and links are not followed",
            fix="put a folder there",
        )
    for place, folders, names in os.walk(base, followlinks=False):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in names + links:
            path = Path(place) / name
            try:
                about = path.lstat()
            except FileNotFoundError:
                continue
            version = f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"
            yield _Found(
                str(path.relative_to(base)),
                about.st_size,
                stat.S_ISREG(about.st_mode),
                version,
                time.time() - about.st_mtime,
            )


def _is_ours_or_unfinished(name: str) -> bool:
    """Receipts, checksums, manifests, and names that begin with a dot are no corrections."""
    base = name.rpartition("/")[2]
    hidden = any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))
    return hidden or base == "manifest.json" or base.endswith((".receipt.json", ".sha256"))


def _is_safe(name: str) -> bool:
    """Whether a name stays below in/ however it is read."""
    parts = name.split("/")
    return all(part not in ("", ".", "..") and "\\" not in part and part.isprintable() for part in parts)


def _order(found: _Found) -> tuple[str, int, str]:
    """By draft, then by revision: each one is the next when it is looked at."""
    place, _, base = found.name.rpartition("/")
    stem = base.removesuffix(".json")
    return place, int(stem) if _is_number(stem) else 0, base


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _judged(
    queue: Queue,
    store: MediaStore,
    folder: Folder,
    found: _Found,
    listed: Mapping[str, _Found],
    settle_seconds: float,
) -> tuple[Receipt | str, bool]:
    """(what became of a file, whether that stands as long as the file is the same); text: why it has to wait."""
    name = printable(found.name)
    sha256: str | None = None
    try:
        _insist_place(found)
        expected = _checksum(folder, found, listed)
        if expected is None and found.seconds is not None and found.seconds < settle_seconds:
            return "it may still be being written", False
        content = _read(folder, found.name, MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise _too_large()
        sha256 = hashlib.sha256(content).hexdigest()
        if expected is not None and expected != sha256:
            if found.seconds is not None and found.seconds < settle_seconds:
                return "it is not what its checksum says, yet", False
            raise Conflict(
                "this file is not what its checksum says",
                why=f"its SHA-256 is {sha256}, not {expected[:64]}",
                fix="write the file again, whole, and its checksum after it",
                code="checksum",
            )
        draft_id, revision = _take(queue, store, folder, found.name, content)
        return Receipt(name, sha256, found.size, draft_id, revision, None), True
    except UsageProblem as error:
        status, code = kind_of(error)
        places = error.problems if isinstance(error, BadDocument) else ()
        document = problem_document(status, code, error.what, why=error.why, fix=error.fix, errors=places)
        final = isinstance(error, BadDocument)
        return Receipt(name, sha256, found.size, None, None, document), final


def _take(queue: Queue, store: MediaStore, folder: Folder, name: str, content: bytes) -> tuple[str, int]:
    """Submit a correction: (draft id, revision). Raises UsageProblem where it is refused, StoreUnusable."""
    correction = parse_correction(content)
    place, _, base = name.rpartition("/")
    stem = base.removesuffix(".json")
    if place and correction.draft_id != place:
        raise _contradicted("/draft_id", "the file lies in the folder of another draft")
    if _is_number(stem) and int(stem) != correction.revision:
        raise _contradicted("/revision", f"the file is named for revision {int(stem)}")
    if not _DRAFT_ID.fullmatch(correction.draft_id):
        raise no_such_draft(printable(correction.draft_id))
    draft = draft_of(store, queue.get(correction.draft_id))
    submit(queue, read_correction(content, draft), source="folder", by=folder.target)
    return correction.draft_id, correction.revision


def _contradicted(pointer: str, why: str) -> BadDocument:
    return BadDocument(
        "this correction is not what its place says",
        why=f"{pointer}: {why}",
        fix="write it to in/<draft_id>/<revision>.json",
        problems=((pointer, why),),
    )


def _insist_place(found: _Found) -> None:
    """Raise BadDocument where a file is none, lies where none is looked for, or is too large to be read."""
    why = None
    if not _is_safe(found.name):
        why = "its name leads out of the folder, or cannot be written"
    elif not found.regular:
        why = "it is a link, a pipe or a device, not a file"
    elif not found.name.endswith(".json"):
        why = "its name does not end in .json"
    elif found.name.count("/") > 1:
        why = "it lies deeper than in the folder of a draft"
    if why is not None:
        raise BadDocument(
            "this file is not read",
            why=why,
            fix="write corrections to in/<draft_id>/<revision>.json, under a name with a leading dot until whole",
        )
    if found.size > MOST_BYTES:
        raise _too_large()


def _too_large() -> BadDocument:
    return BadDocument(
        "this file is too large",
        why=f"it has more than {MOST_BYTES >> 20} MiB",
        fix="write one correction to a file; one of ten minutes has some 100 KiB",
    )


def _checksum(folder: Folder, found: _Found, listed: Mapping[str, _Found]) -> str | None:
    """The SHA-256 that the platform wrote beside a file or into a manifest; None where it wrote none."""
    place, _, base = found.name.rpartition("/")
    beside, manifest = f"{found.name}.sha256", f"{place}/manifest.json" if place else "manifest.json"
    if beside in listed and listed[beside].regular:
        words = _read(folder, beside, 4096).decode("ascii", "replace").split()
        return words[0].lower() if words else ""
    if manifest in listed and listed[manifest].regular:
        try:
            files = json.loads(_read(folder, manifest, MOST_BYTES))["files"]
            return next((str(one["sha256"]).lower() for one in files if one["name"] == base), None)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None  # not whole yet
    return None


def _read(folder: Folder, name: str, most: int) -> bytes:
    """The first `most` bytes of a file under in/. Raises EnvironmentProblem where it is no file any more."""
    with _reaching(folder):
        try:
            if folder.files is not None:
                with folder.files.open(f"{folder.root}/in/{name}", "rb", cache_type="none") as remote:
                    content: bytes = remote.read(most)
                    return content
            path = Path(folder.root) / "in" / name
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
                if stat.S_ISREG(os.fstat(descriptor).st_mode) and path.resolve() == path:
                    return file.read(most)
        except FileNotFoundError:
            pass
    raise EnvironmentProblem(
        "this file cannot be read",
        why="it was a file when the folder was listed, and is none any more",
        fix="write it once, and leave it there",
    )


def _receipt_name(name: str) -> str:
    return f"{name.removesuffix('.json')}.receipt.json"


def _write_receipt(folder: Folder, name: str, receipt: Receipt) -> None:
    """Put a receipt beside a file, unless it is there already."""
    document = receipt.to_dict()
    place = f"in/{_receipt_name(name)}"
    if _said_before(folder, place) != document:
        _write(folder, place, _json(document | {"at": datetime.now(UTC).isoformat(timespec="seconds")}))


def _said_before(folder: Folder, place: str) -> dict[str, Any] | None:
    try:
        if folder.files is None:
            content = (Path(folder.root) / place).read_bytes()
        else:
            content = folder.files.cat_file(f"{folder.root}/{place}")
        document: dict[str, Any] = json.loads(content)
        document.pop("at", None)
        return document
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return None


def _was_judged(queue: Queue, folder: Folder, found: _Found) -> bool:
    with queue.reading() as connection:
        query = sa.select(sightings.c.seq).where(*_sighting(folder, found))
        return connection.scalar(query) is not None


def _note_judged(queue: Queue, folder: Folder, found: _Found, draft_id: str | None) -> None:
    """Remember that this version of a file was judged for good."""
    place = found.name.rpartition("/")[0]
    known = draft_id or (place if _DRAFT_ID.fullmatch(place) else "")
    with queue.writing() as transaction:
        transaction.hold(f"file {sha256_of_text(found.name)}")  # another pull may judge it at the same time
        row = _sighting(folder, found)
        if transaction.connection.scalar(sa.select(sightings.c.seq).where(*row)) is None:
            transaction.connection.execute(
                sightings.insert().values(
                    target=folder.target,
                    draft_id=known,
                    remote_id=sha256_of_text(found.name),
                    remote_version=sha256_of_text(found.version),
                    lead_time=0.0,
                    at=transaction.now,
                )
            )


def _sighting(folder: Folder, found: _Found) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sightings.c.target == folder.target,
        sightings.c.remote_id == sha256_of_text(found.name),
        sightings.c.remote_version == sha256_of_text(found.version),
    )


# What was sent, is held, came back.


def _reconcile_daily(queue: Queue, folder: Folder) -> None:
    """Write the reconciliation where there is none, or one of yesterday."""
    with _reaching(folder):
        document = _reconciliation(queue, folder)
        before = _written_at(folder)
        if before is None or datetime.now(UTC) - before >= timedelta(days=1):
            _write(folder, "reconciliation.json", _json(document))


def _written_at(folder: Folder) -> datetime | None:
    try:
        if folder.files is None:
            content = (Path(folder.root) / "reconciliation.json").read_bytes()
        else:
            content = folder.files.cat_file(f"{folder.root}/reconciliation.json")
        return datetime.fromisoformat(json.loads(content)["at"]).astimezone(UTC)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _reconciliation(queue: Database, folder: Folder) -> dict[str, Any]:
    found = reconcile(queue, target=folder.target)

    def total(count: int, seconds: float) -> dict[str, Any]:
        return {"drafts": count, "minutes": round(seconds / 60, 3)}

    return {
        "schema": RECONCILIATION,
        "folder": folder.address,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "event": found.event,
        "states": {str(state): total(*found.states[state]) for state in State if state in found.states},
        "sent": total(*found.sent),
        "held": total(*found.held) | {"draft_ids": list(compare_held(queue, folder.target, ()).not_named)},
        "came_back": total(*found.came_back),
    }


# Both.


@contextmanager
def _reaching(folder: Folder) -> Iterator[None]:
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


def _alone(folder: Folder) -> AbstractContextManager[Any]:
    """One push at a time writes to a folder on a disk; the system ends the lock of a killed one.

    An object store has no locks and needs none: two pushes write the same bytes to the same names.
    """
    return nullcontext() if folder.files is not None else _locked(Path(folder.root) / ".prelabel.lock", folder)


@contextmanager
def _locked(file: Path, folder: Folder) -> Iterator[None]:
    lock = FileLock(file, timeout=_LOCK_SECONDS)
    with _reaching(folder):
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


def _write(folder: Folder, name: str, content: bytes) -> None:
    if folder.files is None:
        write_atomically(Path(folder.root) / name, content)
    else:
        folder.files.pipe_file(f"{folder.root}/{name}", content)


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=True, indent=1) + "\n").encode()
