"""The way out: drafts that wait are written into a folder's `out/`, and are delivered once they are there.

A draft is there once its manifest is: on a disk the whole folder of the draft appears at once, in an object store
the manifest is written last.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import (
    Conflict,
    DocumentLost,
    EnvironmentProblem,
    NotFound,
    PrelabelError,
    StoreUnusable,
    UsageProblem,
)
from core.store import MediaStore, flush, sha256_of_file, write_atomically
from core.types import LANGUAGES, Language
from export.bodies import document_of
from export.corrections import correction_json
from export.database import Database, insert_into
from export.drafts import from_json
from export.entries import QueueEntry
from export.folders.counting import count_daily
from export.folders.erasing import TOMBSTONE, erase
from export.folders.news import review_document, tell
from export.folders.places import Folder, alone, as_json, make_place, open_folder, reaching, remember
from export.formats import FORMATS
from export.handoff import Lease, Wanted, acknowledge, lease, refuse, regain, renew
from export.reviews import Review, reviews_of, submission
from export.tables import folder_drafts

log = logging.getLogger("prelabel")

MANIFEST: Final = "prelabel.manifest/1"
REVIEWS: Final = "prelabel.reviews/1"

LEASE_SECONDS = 600.0
"""So long writing one draft may take."""

Files = Mapping[str, bytes | Path]
"""What is written of a draft: contents, or the files that hold them, by name."""

Clips = Callable[[QueueEntry], Mapping[str, Path]]
"""The sound of a draft: files by the name that they get."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """Draft ids that were written, and (id, why) of those that cannot be."""

    written: tuple[str, ...]
    dead: tuple[tuple[str, str], ...]


def push(
    queue: Database,
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

    What became of earlier drafts is written too, and what was forgotten is erased there. A draft whose document the
    store lost or changed becomes dead, and the others go on. Raises UsageProblem for an unknown format, Conflict
    where another push is at work, EnvironmentProblem where folder or store fail.
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
    written: list[str] = []
    dead: list[tuple[str, str]] = []
    remember(queue, folder)
    with alone(folder):
        broken_off = list(regain(queue, folder.target, LEASE_SECONDS))
        while most is None or len(written) < most:
            leases = [broken_off.pop(0)] if broken_off else lease(queue, wanted)
            if not leases:
                break
            draft_id = leases[0].entry.draft.draft_id
            try:
                why = _hand_over(queue, store, folder, leases[0], formats, clips)
            except (Conflict, NotFound):
                # Writing took longer than the lease: whoever leases the draft next finds it written. Or its
                # recording was forgotten meanwhile: it is erased below.
                continue
            if why is None:
                written.append(draft_id)
            else:
                dead.append((draft_id, why))
        erase(queue, folder)
    tell(queue, folder)
    count_daily(queue, folder)
    return Pushed(tuple(written), tuple(dead))


def _hand_over(
    queue: Database, store: MediaStore, folder: Folder, leased: Lease, formats: Sequence[str], clips: Clips
) -> str | None:
    """Write one draft; why it is dead, where its document cannot be read.

    Raises Conflict and NotFound where it is not ours any more, EnvironmentProblem.
    """
    entry = leased.entry
    draft_id = entry.draft.draft_id
    try:
        files = {**_files_of(store, entry, formats, clips), **_corrected_before(queue, entry)}
        _note(queue, folder, draft_id)
        with reaching(folder):
            _commit(folder, draft_id, entry.revision + 1, files, lambda: _hold(queue, folder, leased))
    except (Conflict, NotFound):
        raise
    except EnvironmentProblem as error:
        if not isinstance(error, DocumentLost):
            refuse(queue, draft_id, leased.token, reason=error.why, counts=False, by=folder.target)
            raise
        why = error.why
    except Exception as error:  # of this draft alone: it must not come first in every push, and stop it
        log.exception("draft %s cannot be written", draft_id)
        why = error.why if isinstance(error, PrelabelError) else f"a mistake of ours: {error!r}"
    else:
        acknowledge(queue, draft_id, leased.token, by=folder.target)
        return None
    refuse(queue, draft_id, leased.token, reason=why, again=False, by=folder.target)
    return why


def _note(queue: Database, folder: Folder, draft_id: str) -> None:
    """Remember, before anything of a draft is written, that something may lie there: forgetting has to find it."""
    with queue.writing() as transaction:
        row = insert_into(transaction.connection, folder_drafts).values(
            target=folder.target, draft_id=draft_id, at=transaction.now, erased=False
        )
        again = {"at": transaction.now, "erased": False}
        transaction.connection.execute(row.on_conflict_do_update(index_elements=["target", "draft_id"], set_=again))


def _files_of(store: MediaStore, entry: QueueEntry, formats: Sequence[str], clips: Clips) -> Files:
    document = document_of(store, entry)
    draft = from_json(document)
    files: dict[str, bytes | Path] = {"draft.json": document}
    files |= {f"draft.{name}": FORMATS[name](draft).encode() for name in formats if name != "json"}
    return {**files, **clips(entry)}


def _corrected_before(queue: Database, entry: QueueEntry) -> Files:
    """The latest correction of a draft that was corrected before, and every judgement. Raises NotFound."""
    if not entry.revision:
        return {}
    draft_id = entry.draft.draft_id
    latest = submission(queue, draft_id, entry.revision).correction
    judged = [_review(one) for one in reviews_of(queue, draft_id)]
    return {
        "correction.json": f"{correction_json(latest)}\n".encode(),
        "reviews.json": as_json({"schema": REVIEWS, "draft_id": draft_id, "reviews": judged}),
    }


def _review(judged: Review) -> dict[str, Any]:
    at = judged.at and judged.at.isoformat(timespec="milliseconds")
    return {**review_document(judged), "at": at}


def _hold(queue: Database, folder: Folder, leased: Lease) -> None:
    """Have the whole of LEASE_SECONDS again. Raises Conflict and NotFound where the draft is not ours any more."""
    renew(queue, leased.entry.draft.draft_id, leased.token, LEASE_SECONDS, by=folder.target)


def _commit(folder: Folder, draft_id: str, next_revision: int, files: Files, hold: Callable[[], None]) -> None:
    """Have a draft's files in the folder, whole, whatever of them was there before.

    In an object store another push may have been at it meanwhile, so `hold` is called before anything is removed.
    """
    manifest = _manifest(draft_id, next_revision, files)
    place = f"out/{draft_id}"
    if _is_committed(folder, place, manifest, files):
        return
    if folder.files is None:
        _commit_on_disk(Path(folder.root), draft_id, files, manifest)
        return
    into = f"{folder.root}/{place}"
    for stale in ("manifest.json", TOMBSTONE):  # neither holds for files that are being replaced
        if folder.files.exists(f"{into}/{stale}"):
            hold()
            folder.files.rm_file(f"{into}/{stale}")
    for name, content in files.items():
        if isinstance(content, Path):
            folder.files.put_file(str(content), f"{into}/{name}")
        else:
            folder.files.pipe_file(f"{into}/{name}", content)
    folder.files.pipe_file(f"{into}/manifest.json", manifest)


def _commit_on_disk(root: Path, draft_id: str, files: Files, manifest: bytes) -> None:
    final = root / "out" / draft_id
    partial, replaced = final.with_name(f".{draft_id}.partial"), final.with_name(f".{draft_id}.replaced")
    make_place(final.parent)
    for left in (partial, replaced):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir()
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


def _manifest(draft_id: str, next_revision: int, files: Files) -> bytes:
    listed = []
    for name, content in sorted(files.items()):
        if isinstance(content, Path):
            size, sha256 = content.stat().st_size, sha256_of_file(content)
        else:
            size, sha256 = len(content), hashlib.sha256(content).hexdigest()
        listed.append({"name": name, "size": size, "sha256": sha256})
    return as_json({"schema": MANIFEST, "draft_id": draft_id, "next_revision": next_revision, "files": listed})


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
