"""Where the weights lie, how they get there, and that they are what they were.

The hub's models lie in the hub's own cache (`models--owner--name/{refs,snapshots,blobs}`), the offline set's in
this folder. `models.lock` holds, per model, the commit and the SHA-256 of every file that `pull` saw; nothing
else is ever written there. Only `pull` uses the network; everything else looks at the disk.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import (
    EnvironmentProblem,
    HubUnreachable,
    ModelsDamaged,
    ModelsGated,
    ModelsMissing,
    StoreUnusable,
)
from core.fingerprint import short_hash
from core.quiet import silence_libraries
from core.settings import Settings
from core.store import sha256_of_file, write_atomically
from models.catalogue import MODEL_SETS, ModelRef, model_set

OFFLINE_FOLDER = Path(__file__).parent / "offline"

Progress = Callable[[str, int, int], None]
"""Called with a model's name, its bytes so far, and its bytes altogether."""


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
    locked = _locked(ref, settings)
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
            raise _damaged(ref, file, f"it has {path.stat().st_size} bytes, models.lock says {expected.bytes}")
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


def pull(set_name: str, settings: Settings, progress: Progress | None = None) -> tuple[Located, ...]:
    """Fetch a set's weights, hash every file, record commit and hashes in models.lock.

    A model that the lock already names is fetched at that commit and must hash to what the lock says; a file on
    this disk that does not is fetched once more, and one that the lock lacks is added to it. The shipped set
    has nothing to fetch and is only hashed.
    Raises ModelsGated, HubUnreachable, ModelsMissing (no such model or commit), ModelsDamaged, or
    EnvironmentProblem (disk).
    """
    refs = model_set(set_name).refs
    told = progress or _tell_nobody
    if all(ref.shipped for ref in refs):
        for verdict in verify(set_name, settings):
            if verdict.verdict != "ok":
                raise _damaged(_ref(set_name, verdict.model), verdict.file, f"it is {verdict.verdict}")
        return tuple(locate(ref, settings) for ref in refs)
    if settings.offline:
        raise HubUnreachable(
            f"the models of the set {set_name!r} cannot be fetched",
            why="PRELABEL_OFFLINE says never to use the network",
            fix="unset PRELABEL_OFFLINE for this command, or copy the hub's cache from another machine",
        )
    silence_libraries()
    # All are asked for first: a closed gate should show before gigabytes of another model have come in.
    wanted = [_resolve(ref, settings) for ref in refs]
    return tuple(_fetch(one, settings, told) for one in wanted)


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


def _ref(set_name: str, name: str) -> ModelRef:
    return next(ref for ref in model_set(set_name).refs if ref.name == name)


def _tell_nobody(_model: str, _done: int, _total: int) -> None:
    return


def _locked(ref: ModelRef, settings: Settings) -> LockedModel | None:
    path = OFFLINE_FOLDER / "models.lock" if ref.shipped else settings.lock_path
    return read_lock(path).models.get(ref.name)


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


def _damaged(ref: ModelRef, file: str, why: str) -> ModelsDamaged:
    return ModelsDamaged(
        f"{file} of {ref.name} is not what models.lock recorded",
        why=why,
        fix="check out the file anew from version control"
        if ref.shipped
        else "run `prelabel models pull` again; if the new file is wanted, first remove the model from models.lock",
    )


def _verdicts(ref: ModelRef, settings: Settings) -> Iterator[FileVerdict]:
    locked = _locked(ref, settings)
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
    locked = _locked(ref, settings)
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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A model at the commit to fetch; `files` maps paths to (size, SHA-256 as the hub states it, or None)."""

    ref: ModelRef
    revision: str
    files: Mapping[str, tuple[int, str | None]]
    locked: LockedModel | None


def _resolve(ref: ModelRef, settings: Settings) -> _Wanted:
    """Ask the hub for a model's commit and files. Raises as `pull` does."""
    from huggingface_hub import HfApi

    locked = _locked(ref, settings)
    with _told_plainly(ref, settings):
        api = HfApi(token=_token(settings))
        if ref.gated:
            api.auth_check(ref.name)
        info = api.model_info(ref.name, revision=locked.revision if locked else "main", files_metadata=True)
    if not info.sha:
        raise HubUnreachable(
            f"{ref.name} has no commit on the hub", why="its answer names none", fix="try again later"
        )
    files: dict[str, tuple[int, str | None]] = {}
    for sibling in info.siblings or ():
        if any(fnmatch(sibling.rfilename, pattern) for pattern in ref.files):
            files[sibling.rfilename] = (sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)
    absent = [pattern for pattern in ref.files if not any(fnmatch(file, pattern) for file in files)]
    if absent:
        raise ModelsMissing(
            f"{ref.name} cannot be used",
            why=f"its repository has no {', '.join(absent)} at commit {info.sha}",
            fix="the repository may have been reorganised: report it, and pin an earlier commit in models.lock",
        )
    return _Wanted(ref, info.sha, files, locked)


def _fetch(wanted: _Wanted, settings: Settings, progress: Progress) -> Located:
    """Download, hash, compare, record. Raises as `pull` does."""
    from huggingface_hub import hf_hub_download

    ref, cache = wanted.ref, hub_cache(settings)
    total = sum(size for size, _ in wanted.files.values())
    snapshot = cache / f"models--{ref.name.replace('/', '--')}" / "snapshots" / wanted.revision
    _demand_space(
        ref, cache, sum(size for file, (size, _) in wanted.files.items() if not (snapshot / file).exists())
    )
    seen: dict[str, LockedFile] = {}
    done = 0

    def download(file: str, *, force: bool) -> LockedFile:
        meter = _meter(lambda got: progress(ref.name, min(total, done + got), total))
        with _told_plainly(ref, settings):
            path = Path(
                hf_hub_download(
                    ref.name,
                    file,
                    revision=wanted.revision,
                    cache_dir=cache,
                    token=_token(settings),
                    force_download=force,
                    tqdm_class=meter,
                )
            )
            return LockedFile(sha256=sha256_of_file(path), bytes=path.stat().st_size)

    progress(ref.name, 0, total)
    for file, (size, stated) in wanted.files.items():
        expected = wanted.locked.files[file].sha256 if wanted.locked and file in wanted.locked.files else stated
        seen[file] = download(file, force=False)
        if expected is not None and seen[file].sha256 != expected:
            seen[file] = download(file, force=True)
        if expected is not None and seen[file].sha256 != expected:
            raise _damaged(ref, file, f"the hub gives SHA-256 {seen[file].sha256}, expected was {expected}")
        done += size
        progress(ref.name, done, total)
    known = wanted.locked.files if wanted.locked is not None else {}
    if seen.keys() - known.keys():
        lock = read_lock(settings.lock_path)
        entry = LockedModel(revision=wanted.revision, files=dict(sorted((seen | known).items())))
        write_lock(settings.lock_path, lock.model_copy(update={"models": lock.models | {ref.name: entry}}))
    return locate(ref, settings)


def _token(settings: Settings) -> str | None:
    """The token of the settings; None lets the hub's client look at HF_TOKEN and its own login."""
    return settings.hf_token.get_secret_value() if settings.hf_token else None


def _demand_space(ref: ModelRef, cache: Path, needed: int) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(cache).free
    except OSError as error:
        raise _cannot_write(ref, cache, error) from error
    if free < needed:
        raise EnvironmentProblem(
            f"{ref.name} does not fit on the disk",
            why=f"{needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free in {cache}",
            fix="free some space, or name a folder on another disk in PRELABEL_MODELS_DIR",
        )


def _cannot_write(ref: ModelRef, cache: Path, error: OSError) -> EnvironmentProblem:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return EnvironmentProblem(
        f"{ref.name} cannot be written to {cache}",
        why="the disk is full" if full else error.strerror or str(error),
        fix="free some space there, make it writable, or name another folder in PRELABEL_MODELS_DIR",
    )


def _meter(report: Callable[[int], None]) -> Any:
    """A class that the hub's client takes for its progress bar, and that calls `report` with a file's bytes."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Meter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["disable"] = True
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs)
            self.got = int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            self.got += int(n or 0)
            report(self.got)

    return Meter


@contextmanager
def _told_plainly(ref: ModelRef, settings: Settings) -> Iterator[None]:
    """Turn what the hub's client raises into our errors."""
    import huggingface_hub.errors
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # The transport's own errors: httpx's in version 1 of the client, httpx2's in version 2.
    transport_error: type[Exception] = vars(huggingface_hub.errors)["HTTPError"]
    try:
        yield
    except GatedRepoError as error:
        raise _gated(ref, _first_line(error)) from error
    except RevisionNotFoundError as error:
        raise ModelsMissing(
            f"{ref.name} no longer has the commit that models.lock names",
            why=_first_line(error),
            fix="copy the hub's cache from a machine that has it, or remove the model from models.lock and pull",
        ) from error
    except RepositoryNotFoundError as error:
        if ref.gated:
            # Without a token the hub hides a gated repository rather than naming it.
            raise _gated(ref, _first_line(error)) from error
        raise ModelsMissing(
            f"the hub does not show {ref.name}",
            why=_first_line(error),
            fix=f"look whether {ref.page} still exists; an expired HF_TOKEN has the same effect: unset or renew it",
        ) from error
    except OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"{ref.name} cannot be fetched",
            why="HF_HUB_OFFLINE forbids the network",
            fix="unset HF_HUB_OFFLINE for this command",
        ) from error
    except LocalEntryNotFoundError as error:
        raise _unreachable(ref, settings, error) from error
    except EntryNotFoundError as error:
        raise ModelsMissing(
            f"a file of {ref.name} is not on the hub",
            why=_first_line(error),
            fix="the repository may have been reorganised: report it",
        ) from error
    except HfHubHTTPError as error:
        answer = error.response.status_code if error.response is not None else 0
        if answer in (401, 403):
            raise _gated(ref, _first_line(error)) from error
        raise _unreachable(ref, settings, error) from error
    except transport_error as error:
        raise _unreachable(ref, settings, error) from error
    except OSError as error:
        if error.errno is None:
            raise _unreachable(ref, settings, error) from error
        raise _cannot_write(ref, hub_cache(settings), error) from error


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _gated(ref: ModelRef, why: str) -> ModelsGated:
    return ModelsGated(
        f"the hub does not let us fetch {ref.name}",
        why=why,
        fix=f"log in at {ref.page} and accept its conditions; then make a token at "
        "https://huggingface.co/settings/tokens (fine-grained, with read access to public gated repositories) "
        "and set it as HF_TOKEN or PRELABEL_HF_TOKEN",
    )


def _unreachable(ref: ModelRef, settings: Settings, error: BaseException) -> HubUnreachable:
    return HubUnreachable(
        f"{ref.name} cannot be fetched, the hub does not answer as it should",
        why=_first_line(error.__cause__ or error),
        fix="check the connection (HTTPS_PROXY is heeded) and try again; or run this command on a machine that "
        f"reaches the hub, and copy the folders models--* of its cache into {hub_cache(settings)} and its "
        f"models.lock to {settings.lock_path}",
    )
