"""The way in: corrections that lie in a folder's `in/` are taken, each once, with a receipt beside each.

A file that was judged is not read again as long as it stays the same: name, size, times, and in an object store
what the server says of its version. One that was refused because of where its draft stood is read again when the
draft has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from core.errors import BadDocument, Conflict, EnvironmentProblem, NotFound, QueueUnusable, UsageProblem
from core.fingerprint import sha256_of_text
from core.store import MediaStore
from core.types import Correction
from export.bodies import draft_of
from export.corrections import MOST_BYTES, parse_correction, read_correction
from export.database import insert_into
from export.drafts import printable
from export.entries import no_such_draft
from export.folders.counting import count_daily
from export.folders.erasing import erase_alone, forgotten
from export.folders.news import tell
from export.folders.places import (
    OUR_MOST_BYTES,
    Folder,
    as_json,
    open_folder,
    reaching,
    read,
    remember,
    remove,
    write,
)
from export.problems import kind_of, problem_document
from export.queue import Queue
from export.reviews import submit
from export.tables import drafts, folder_files
from preprocess.fetch import version_of

RECEIPT: Final = "prelabel.receipt/1"

SETTLE_SECONDS = 10.0
"""On a disk, a file without checksum is whole once nobody wrote to it for so long."""

_FIX_UNKNOWN = "take ids from out/: each folder there that has a manifest.json is a draft of yours"
_DRAFT_ID = re.compile(r"[0-9a-f]{8,32}")
_IDS_AT_ONCE = 500
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one file of the platform; `problem` is an RFC 9457 document, None where it was accepted.

    `final`: as it is, the file is not looked at again, so that the platform may remove it.
    """

    file: str
    sha256: str | None
    size: int
    draft_id: str | None
    revision: int | None
    problem: Mapping[str, Any] | None
    final: bool

    def to_dict(self) -> dict[str, Any]:
        """The document `prelabel.receipt/1`, without the time."""
        return {
            "schema": RECEIPT,
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "accepted": self.problem is None,
            "final": self.final,
            "draft_id": self.draft_id,
            "revision": self.revision,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class Pulled:
    """What `pull` made of files: taken, refused, and (file, why) of those that the next pull looks at again.

    `forgotten` are files of forgotten drafts that the platform has yet to erase: nothing of them is read.
    """

    accepted: tuple[Receipt, ...]
    refused: tuple[Receipt, ...]
    waiting: tuple[tuple[str, str], ...]
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file under in/. `version` changes when its content does; `seconds` is its age, None in an object store."""

    name: str
    size: int
    regular: bool
    version: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A file as it was judged. `is_due`: its draft has changed since it was refused."""

    seq: int
    version_sha256: str
    draft_id: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of a file. `again_after`: the version of the draft (0: none) that it was refused at, where that
    may turn right. `checksum`: the verdict is on file and checksum together."""

    receipt: Receipt
    draft_id: str
    again_after: int | None
    checksum: bool


def pull(queue: Queue, store: MediaStore, address: str, *, settle_seconds: float = SETTLE_SECONDS) -> Pulled:
    """Take the corrections that lie in the folder's `in/`, each once, and leave a receipt beside each.

    The platform's files are never changed. What became of drafts is written to `out/`, and what was forgotten is
    erased there. Raises EnvironmentProblem where the folder or the queue fails.
    """
    folder = open_folder(address)
    remember(queue, folder)
    with suppress(Conflict):  # a push is at work, and erases it
        erase_alone(queue, folder)
    gone = forgotten(queue, folder)
    known = _known(queue, folder)  # before the listing: what another pull judges in between is listed then
    with reaching(folder):
        listed = {found.name: found for found in _listed(folder)}
    due: list[_Found] = []
    left: list[str] = []
    for found in listed.values():
        if _is_ours_or_unfinished(found.name):
            continue
        before = known.pop(sha256_of_text(found.name), None)
        is_same = before is not None and before.version_sha256 in _versions(found, listed)
        if _place(found.name) in gone or (before is not None and is_same and before.draft_id in gone):
            left.append(found.name)
        elif before is None or not is_same or before.is_due:
            due.append(found)
    _drop(queue, [one.seq for one in known.values()])
    _erase_receipts(folder, left, listed)
    accepted: list[Receipt] = []
    refused: list[Receipt] = []
    waiting: list[tuple[str, str]] = []
    checksums = _Checksums(folder, listed)
    for found in sorted(due, key=_order):
        try:
            judged = _judge(queue, store, folder, found, checksums, settle_seconds)
            if isinstance(judged, str):
                waiting.append((printable(found.name), judged))
                continue
            if _is_safe(found.name):
                with reaching(folder):
                    _write_receipt(folder, found.name, judged.receipt)
            _note(queue, folder, found, listed, judged)
            (refused if judged.receipt.problem else accepted).append(judged.receipt)
        except QueueUnusable:
            raise
        except EnvironmentProblem as error:  # our trouble, not the platform's: no receipt says that it is refused
            waiting.append((printable(found.name), f"{error.what}: {error.why}"))
    tell(queue, folder)
    count_daily(queue, folder)
    return Pulled(tuple(accepted), tuple(refused), tuple(waiting), tuple(printable(name) for name in sorted(left)))


# What lies there.


def _listed(folder: Folder) -> Iterator[_Found]:
    """Everything under in/ but folders; links are told, not followed."""
    if folder.files is None:
        base = Path(folder.root) / "in"
        if base.is_symlink():
            raise UsageProblem(
                f"no corrections are read from {base}",
                why="it is a link to another place, and links are not followed",
                fix="put a folder there",
            )
        if base.is_dir():
            yield from _listed_on_disk(str(base))
        return
    folder.files.invalidate_cache()
    base_key = f"{folder.root}/in/"
    try:
        found = folder.files.find(base_key.rstrip("/"), detail=True)
    except FileNotFoundError:
        return
    for path, described in found.items():
        if path.startswith(base_key) and described["type"] == "file" and not path.endswith("/"):
            yield _Found(path.removeprefix(base_key), described["size"], True, version_of(described), None)


def _listed_on_disk(base: str) -> Iterator[_Found]:
    """Everything down to two folders deep; a folder that lies deeper is told as a file is, and not looked into."""
    now = time.time()
    places = [""]
    while places:
        place = places.pop()
        for entry in _entries(f"{base}/{place}"):
            name = f"{place}{entry.name}"
            if entry.is_dir(follow_symlinks=False) and place.count("/") < _DEEPEST:
                places.append(f"{name}/")
                continue
            try:
                about = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield _Found(
                name, about.st_size, stat.S_ISREG(about.st_mode), _version_on_disk(about), now - about.st_mtime
            )


def _version_on_disk(about: os.stat_result) -> str:
    return f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"


def _version_now(folder: Folder, name: str) -> str:
    """The version of a file under in/ by now; "" where it is gone. Raises EnvironmentProblem."""
    with reaching(folder):
        try:
            if folder.files is None:
                return _version_on_disk(Path(folder.root, "in", name).lstat())
            folder.files.invalidate_cache()
            return version_of(folder.files.info(f"{folder.root}/in/{name}"))
        except FileNotFoundError:
            return ""


def _entries(place: str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is gone by now."""
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


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


def _place(name: str) -> str:
    """The draft in whose folder a file lies; "" where that is none."""
    place = name.rpartition("/")[0]
    return place if _DRAFT_ID.fullmatch(place) else ""


# What was judged before.


def _known(queue: Queue, folder: Folder) -> dict[str, _Known]:
    """Every file of the folder that was judged, by the hash of its name: one query, however many there are."""
    query = (
        sa.select(
            folder_files.c.seq,
            folder_files.c.name_sha256,
            folder_files.c.version_sha256,
            folder_files.c.draft_id,
            folder_files.c.again_after,
            drafts.c.version,
        )
        .outerjoin(drafts, drafts.c.draft_id == folder_files.c.draft_id)
        .where(folder_files.c.target == folder.target)
    )
    with queue.reading() as connection:
        return {
            name: _Known(seq, version, draft_id, again_after is not None and again_after != (now or 0))
            for seq, name, version, draft_id, again_after, now in connection.execute(query)
        }


def _versions(found: _Found, listed: Mapping[str, _Found]) -> Iterator[str]:
    """What a version of a file is remembered by: alone, and together with its checksum."""
    yield sha256_of_text(found.version)
    beside = _checksum_file(found.name, listed)
    yield sha256_of_text(f"{found.version}\n{beside.version if beside else None}")


def _note(queue: Queue, folder: Folder, found: _Found, listed: Mapping[str, _Found], judged: _Judged) -> None:
    """Remember that this version of a file was judged."""
    alone, together = _versions(found, listed)
    columns = {
        "version_sha256": together if judged.checksum else alone,
        "draft_id": judged.draft_id,
        "again_after": judged.again_after,
    }
    with queue.writing() as transaction:
        row = insert_into(transaction.connection, folder_files).values(
            target=folder.target, name_sha256=sha256_of_text(found.name), **columns
        )
        transaction.connection.execute(
            row.on_conflict_do_update(index_elements=["target", "name_sha256"], set_=columns)
        )


def _drop(queue: Queue, numbers: Sequence[int]) -> None:
    """Forget files that the platform has removed."""
    for at in range(0, len(numbers), _IDS_AT_ONCE):
        gone = folder_files.c.seq.in_(numbers[at : at + _IDS_AT_ONCE])
        with queue.writing() as transaction:
            transaction.connection.execute(folder_files.delete().where(gone))


def _erase_receipts(folder: Folder, names: Sequence[str], listed: Mapping[str, _Found]) -> None:
    """Remove what we wrote beside files of forgotten drafts."""
    for name in {_receipt_name(name) for name in names if _is_safe(name)} & set(listed):
        with reaching(folder):
            remove(folder, f"in/{name}")


# Judging.


def _judge(
    queue: Queue,
    store: MediaStore,
    folder: Folder,
    found: _Found,
    checksums: _Checksums,
    settle_seconds: float,
) -> _Judged | str:
    """What became of a file; text: why it has to wait."""
    name, draft_id = printable(found.name), _place(found.name)
    sha256: str | None = None
    version: int | None = None
    is_taken = False
    try:
        _insist_place(found)
        expected = checksums.of(found)
        if expected is None and found.seconds is not None and found.seconds < settle_seconds:
            return "it may still be being written"
        content = _read(folder, found.name, MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise _too_large()
        sha256 = hashlib.sha256(content).hexdigest()
        if expected not in (None, sha256) and checksums.rewritten(found):
            expected = checksums.of(found)
            if expected != sha256:
                return "its manifest was rewritten meanwhile"
        if expected is not None and expected != sha256:
            if found.seconds is not None and found.seconds < settle_seconds:
                return "it is not what its checksum says, yet"
            raise Conflict(
                "this file is not what its checksum says",
                why=f"its SHA-256 is {sha256}, not {expected[:64]}",
                fix="write the file again, whole, and its checksum after it",
                code="checksum",
            )
        correction = _placed(found.name, content)
        draft_id, version = correction.draft_id, 0
        entry = queue.get(draft_id)
        version = entry.version
        is_taken = correction.revision <= entry.revision
        checked = read_correction(content, draft_of(store, entry))
        submit(queue, checked, source="folder", holder=folder.target, by=folder.target)
        return _Judged(
            Receipt(name, sha256, found.size, draft_id, correction.revision, None, True), draft_id, None, False
        )
    except UsageProblem as error:
        status, code = kind_of(error)
        places = error.problems if isinstance(error, BadDocument) else ()
        fix = _FIX_UNKNOWN if isinstance(error, NotFound) else error.fix
        document = problem_document(status, code, error.what, why=error.why, fix=fix, errors=places)
        never = code == "revision" and is_taken  # revisions do not change; what leaves a gap may turn right
        again_after = version if isinstance(error, NotFound | Conflict) and not never else None
        receipt = Receipt(name, sha256, found.size, None, None, document, again_after is None)
        return _Judged(receipt, draft_id, again_after, code == "checksum")


def _placed(name: str, content: bytes) -> Correction:
    """The correction in a file. Raises BadDocument where it is none or not what its place says, and NotFound."""
    correction = parse_correction(content)
    place, _, base = name.rpartition("/")
    stem = base.removesuffix(".json")
    if place and correction.draft_id != place:
        raise _contradicted("/draft_id", "the file lies in the folder of another draft")
    if _is_number(stem) and int(stem) != correction.revision:
        raise _contradicted("/revision", f"the file is named for revision {int(stem)}")
    if not _DRAFT_ID.fullmatch(correction.draft_id):
        raise no_such_draft(printable(correction.draft_id))
    return correction


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
    elif found.name.count("/") > 1:
        why = "it lies deeper than in the folder of a draft"
    elif not found.regular:
        why = "it is a link, a pipe or a device, not a file"
    elif not found.name.endswith(".json"):
        why = "its name does not end in .json"
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


def _checksum_file(name: str, listed: Mapping[str, _Found]) -> _Found | None:
    """The file that names the checksum of another: beside it, or the manifest of its folder."""
    place = name.rpartition("/")[0]
    for candidate in (f"{name}.sha256", f"{place}/manifest.json" if place else "manifest.json"):
        if candidate in listed and listed[candidate].regular:
            return listed[candidate]
    return None


@dataclass(frozen=True, slots=True)
class _Manifest:
    """A manifest as it was read: checksums by name. `rewritten`: it said something else before, in this pull."""

    version: str
    sha256: str
    said: Mapping[str, str]
    rewritten: bool = False


class _Checksums:
    """What the platform says is in its files, during one pull.

    A manifest is parsed once, however many files it names, and again only where it does not agree with a file and
    has another version by then.
    """

    def __init__(self, folder: Folder, listed: Mapping[str, _Found]) -> None:
        self._folder, self._listed = folder, listed
        self._manifests: dict[str, _Manifest] = {}

    def of(self, found: _Found) -> str | None:
        """The SHA-256 that the platform wrote beside a file or into a manifest; None where it wrote none."""
        named = _checksum_file(found.name, self._listed)
        if named is None:
            return None
        if named.name.endswith(".sha256"):
            words = _read(self._folder, named.name, 4096).decode("ascii", "replace").split()
            return words[0].lower() if words else ""
        if named.name not in self._manifests:
            self._manifests[named.name] = _manifest(self._folder, named.name, named.version)
        base = found.name.rpartition("/")[2]
        if base not in self._manifests[named.name].said:
            self.rewritten(found)
        return self._manifests[named.name].said.get(base)

    def rewritten(self, found: _Found) -> bool:
        """Whether the manifest that names a file says something else than at first; `of` goes by the newest one."""
        named = _checksum_file(found.name, self._listed)
        before = self._manifests.get(named.name) if named is not None else None
        if named is None or before is None:
            return False
        version = _version_now(self._folder, named.name)
        if version != before.version:
            now = _manifest(self._folder, named.name, version)
            now = replace(now, rewritten=before.rewritten or now.sha256 != before.sha256)
            self._manifests[named.name] = now
        return self._manifests[named.name].rewritten


def _manifest(folder: Folder, name: str, version: str) -> _Manifest:
    """A manifest; one that is not whole says nothing. Raises EnvironmentProblem where it is too large, or gone."""
    content = _read(folder, name, MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise EnvironmentProblem(
            "this file cannot be checked",
            why=f"in/{name} has more than {MOST_BYTES >> 20} MiB",
            fix="write a manifest for each folder, or a .sha256 file beside each correction",
        )
    said: dict[str, str] = {}
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        for one in json.loads(content)["files"]:
            said.setdefault(one["name"], str(one["sha256"]).lower())
    return _Manifest(version, hashlib.sha256(content).hexdigest(), said)


def _read(folder: Folder, name: str, most: int) -> bytes:
    """The first `most` bytes of a file under in/. Raises EnvironmentProblem where it is no file any more."""
    with reaching(folder):
        content = read(folder, f"in/{name}", most)
    if content is None:
        raise EnvironmentProblem(
            "this file cannot be read",
            why="it was a file when the folder was listed, and is none any more",
            fix="write it once, and leave it there until there is a receipt",
        )
    return content


# Receipts.


def _receipt_name(name: str) -> str:
    return f"{name.removesuffix('.json')}.receipt.json"


def _write_receipt(folder: Folder, name: str, receipt: Receipt) -> None:
    """Put a receipt beside a file, unless it is there already."""
    document = receipt.to_dict()
    place = f"in/{_receipt_name(name)}"
    if _said_before(folder, place) != document:
        write(folder, place, as_json(document | {"at": datetime.now(UTC).isoformat(timespec="seconds")}))


def _said_before(folder: Folder, place: str) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(read(folder, place, OUR_MOST_BYTES) or b"")
        document.pop("at", None)
        return document
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None
