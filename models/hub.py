"""How the weights get onto this machine: from the model hub, at the commits that models.lock names.

Only `pull` uses the network. What the hub's client raises comes out as our own errors.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from core.errors import EnvironmentProblem, HubUnreachable, ModelsGated, ModelsMissing
from core.quiet import silence_libraries
from core.settings import Settings
from core.store import sha256_of_file
from models.catalogue import ModelRef, model_set
from models.weights import (
    Located,
    LockedFile,
    LockedModel,
    damaged,
    hub_cache,
    locate,
    locked_model,
    read_lock,
    verify,
    write_lock,
)

Progress = Callable[[str, int, int], None]
"""Called with a model's name, its bytes so far, and its bytes altogether."""


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
                raise damaged(_ref(set_name, verdict.model), verdict.file, f"it is {verdict.verdict}")
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


def _ref(set_name: str, name: str) -> ModelRef:
    return next(ref for ref in model_set(set_name).refs if ref.name == name)


def _tell_nobody(_model: str, _done: int, _total: int) -> None:
    return


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

    locked = locked_model(ref, settings)
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
            raise damaged(ref, file, f"the hub gives SHA-256 {seen[file].sha256}, expected was {expected}")
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
