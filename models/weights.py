"""Where the weights lie, and that they are what they were.

The hub's models lie in the hub's own cache (`models--owner--name/{refs,snapshots,blobs}`), the offline set's in
this folder. `models.lock` holds, per model, the commit and the SHA-256 of every file that `pull` (`hub`) saw;
nothing else is ever written there. Everything here looks at the disk and never uses the network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import (
    ModelsDamaged,
    ModelsMissing,
    StoreUnusable,
)
from core.fingerprint import short_hash
from core.settings import Settings
from core.store import sha256_of_file, write_atomically
from models.catalogue import MODEL_SETS, ModelRef, model_set

OFFLINE_FOLDER = Path(__file__).parent / "offline"


class LockedFile(BaseModel):
    """One file as `pull` saw it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    bytes: int


class LockedModel(BaseModel):
    """One model as `pull` saw it: its commit, and its files by their path in the repository."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: str
    files: dict[str, LockedFile]


class Lock(BaseModel):
    """The document `models.lock`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["prelabel.models/1"] = Field("prelabel.models/1", alias="schema")
    models: dict[str, LockedModel] = {}


@dataclass(frozen=True, slots=True)
class Located:
    """A model on this disk: its folder and its commit; of a shipped one, the hash of its files when it was locked.

    `hashes` are the SHA-256 that models.lock records, by path below the folder; empty where it names no commit.
    """

    path: Path
    revision: str
    hashes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What a new hashing of one file says. `unlocked`: there, but nothing is recorded to compare it with."""

    model: str
    file: str
    verdict: Literal["ok", "missing", "changed", "unlocked"]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model for `prelabel models list`; `size_bytes` counts what is on this disk."""

    name: str
    task: str
    sets: tuple[str, ...]
    licence: str
    page: str
    gated: bool
    present: bool
    locked: bool
    revision: str | None
    path: str | None
    size_bytes: int


def locate(ref: ModelRef, settings: Settings) -> Located:
    """Where a model lies, by the lock's commit or else the cache's `main`. Looks at names and sizes only.

    Raises ModelsMissing where files are not there, ModelsDamaged where a size differs from the lock's.
    """
    locked = locked_model(ref, settings)
    folder, revision = _folder_and_revision(ref, settings, locked)
    if folder is None or revision is None or not folder.is_dir():
        raise _missing(ref, _what_lies_there(ref, settings, locked))
    absent = [pattern for pattern in ref.files if not any(fnmatch(file, pattern) for file in _listing(folder))]
    if absent:
        raise _missing(ref, f"{folder} has no {', '.join(absent)}")
    if locked is None:
        return Located(folder, revision, {})
    for file, expected in locked.files.items():
        path = folder / file
        if not path.is_file():
            raise _missing(ref, f"{path} is not there")
        if path.stat().st_size != expected.bytes:
            raise damaged(ref, file, f"it has {path.stat().st_size} bytes, models.lock says {expected.bytes}")
    return Located(folder, revision, {file: one.sha256 for file, one in locked.files.items()})


def ensure_present(set_name: str, settings: Settings) -> Mapping[str, Located]:
    """Where every model of a set lies, by the model's name.

    Raises ModelsMissing that names the command which fetches them, or ModelsDamaged.
    """
    found: dict[str, Located] = {}
    missing: list[str] = []
    for ref in model_set(set_name).refs:
        try:
            found[ref.name] = locate(ref, settings)
        except ModelsMissing as error:
            missing.append(f"{ref.name}: {error.why}")
    if missing:
        raise ModelsMissing(
            f"the models of the set {set_name!r} are not on this machine",
            why="; ".join(missing),
            fix=f"run `prelabel models pull --models {set_name}` where the hub can be reached; "
            "for a trial without weights, on synthetic speech only, add `--models offline`",
        )
    return found


def verify(set_name: str, settings: Settings) -> tuple[FileVerdict, ...]:
    """Hash every file of a set again and compare with the lock. Never raises for what it finds."""
    return tuple(verdict for ref in model_set(set_name).refs for verdict in _verdicts(ref, settings))


def status(settings: Settings) -> tuple[ModelStatus, ...]:
    """Every model of the catalogue, as this machine has it."""
    refs = {ref.name: ref for one in MODEL_SETS.values() for ref in one.refs}
    return tuple(_status(ref, settings) for ref in refs.values())


def hub_cache(settings: Settings) -> Path:
    """The folder of the hub's cache: `models_dir`, else where huggingface_hub looks (its import is not cheap)."""
    if settings.models_dir is not None:
        return settings.models_dir
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{caches}/huggingface"
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"
    return Path(os.path.expandvars(cache)).expanduser()


def read_lock(path: Path) -> Lock:
    """The lock at `path`; an empty one where there is none. Raises ModelsDamaged where it cannot be read."""
    try:
        return Lock.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Lock()
    except (ValidationError, OSError) as error:
        raise ModelsDamaged(
            f"{path} cannot be used",
            why=str(error),
            fix="restore it from your version control, or remove it and run `prelabel models pull`",
        ) from error


def write_lock(path: Path, lock: Lock) -> None:
    """Write the lock whole or not at all. Raises StoreUnusable where its folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (lock.model_dump_json(indent=1, by_alias=True) + "\n").encode())
    except OSError as error:
        raise StoreUnusable(
            f"{path} cannot be written",
            why=error.strerror or str(error),
            fix="make its folder writable, or name another file in PRELABEL_MODELS_LOCK",
        ) from error


def locked_model(ref: ModelRef, settings: Settings) -> LockedModel | None:
    """What the lock records of a model; None where it does not name it."""
    path = OFFLINE_FOLDER / "models.lock" if ref.shipped else settings.lock_path
    return read_lock(path).models.get(ref.name)


def hashed(folder: Path, patterns: tuple[str, ...]) -> dict[str, LockedFile]:
    """Hash and size of every file under `folder` that a pattern names, sorted by path."""
    return {
        file: LockedFile(sha256=sha256_of_file(folder / file), bytes=(folder / file).stat().st_size)
        for file in _listing(folder)
        if any(fnmatch(file, pattern) for pattern in patterns)
    }


def shipped_model(ref: ModelRef) -> LockedModel:
    """A shipped model as it lies on disk now; its revision is the hash of its files."""
    files = hashed(OFFLINE_FOLDER / ref.task, ref.files)
    return LockedModel(revision=short_hash({file: one.sha256 for file, one in files.items()}), files=files)


def damaged(ref: ModelRef, file: str, why: str) -> ModelsDamaged:
    """The error for a file that differs from what was recorded, with the way to mend it."""
    return ModelsDamaged(
        f"{file} of {ref.name} is not what models.lock recorded",
        why=why,
        fix="check out the file anew from version control"
        if ref.shipped
        else "run `prelabel models pull` again; if the new file is wanted, first remove the model from models.lock",
    )


def _home_of(ref: ModelRef, settings: Settings) -> Path:
    if ref.shipped:
        return OFFLINE_FOLDER / ref.task
    return hub_cache(settings) / f"models--{ref.name.replace('/', '--')}"


def _folder_and_revision(
    ref: ModelRef, settings: Settings, locked: LockedModel | None
) -> tuple[Path | None, str | None]:
    home = _home_of(ref, settings)
    if ref.shipped:
        return home, locked.revision if locked else None
    try:
        revision = locked.revision if locked else (home / "refs" / "main").read_text().strip()
    except OSError:
        return None, None
    return home / "snapshots" / revision, revision


def _what_lies_there(ref: ModelRef, settings: Settings, locked: LockedModel | None) -> str:
    """Why a model has no folder: nothing was ever fetched, or only commits that nothing names."""
    home = _home_of(ref, settings)
    commits = sorted(path.name for path in home.glob("snapshots/*"))
    if not commits:
        return f"nothing of it lies in {home}"
    if locked is None:
        return (
            f"the commits {', '.join(commits)} lie in {home}, but {settings.lock_path} names none: copy the "
            "models.lock of the machine that pulled them there, or name it in PRELABEL_MODELS_LOCK"
        )
    return f"models.lock names the commit {locked.revision}, and {home} has only {', '.join(commits)}"


def _listing(folder: Path) -> list[str]:
    """The files under `folder`, as sorted paths relative to it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _missing(ref: ModelRef, why: str) -> ModelsMissing:
    sets = [name for name, one in MODEL_SETS.items() if ref in one.refs]
    return ModelsMissing(
        f"{ref.name} is not on this machine", why=why, fix=f"run `prelabel models pull --models {sets[0]}`"
    )


def _verdicts(ref: ModelRef, settings: Settings) -> Iterator[FileVerdict]:
    locked = locked_model(ref, settings)
    folder, _ = _folder_and_revision(ref, settings, locked)
    recorded = locked.files if locked is not None else {}
    files = _listing(folder) if folder is not None and folder.is_dir() else []
    for pattern in ref.files:
        found = [file for file in files if fnmatch(file, pattern)]
        yield from (FileVerdict(ref.name, file, "unlocked") for file in found if file not in recorded)
        if not found and not any(fnmatch(file, pattern) for file in recorded):
            yield FileVerdict(ref.name, pattern, "missing")
    for file, expected in recorded.items():
        path = folder / file if folder is not None else None
        if path is None or not path.is_file():
            yield FileVerdict(ref.name, file, "missing")
        else:
            same = path.stat().st_size == expected.bytes and sha256_of_file(path) == expected.sha256
            yield FileVerdict(ref.name, file, "ok" if same else "changed")


def _status(ref: ModelRef, settings: Settings) -> ModelStatus:
    sets = tuple(name for name, one in MODEL_SETS.items() if ref in one.refs)
    locked = locked_model(ref, settings)
    try:
        located: Located | None = locate(ref, settings)
    except (ModelsMissing, ModelsDamaged):
        located = None
    size = 0
    if located is not None:
        files = [file for file in _listing(located.path) if any(fnmatch(file, one) for one in ref.files)]
        size = sum((located.path / file).stat().st_size for file in files)
    revision = located.revision if located else locked.revision if locked else None
    return ModelStatus(
        ref.name,
        ref.task,
        sets,
        ref.licence,
        ref.page,
        ref.gated,
        present=located is not None,
        locked=locked is not None,
        revision=revision,
        path=str(located.path) if located else None,
        size_bytes=size,
    )
