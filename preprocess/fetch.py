"""Bring a recording to this machine: a local file as it lies, a remote one staged."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core.errors import BadRecording, MissingExtra, StoreUnusable
from preprocess.ffmpeg import open_regular

EXTRAS = {
    "http": "",
    "https": "",
    "s3": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "abfss": "azure",
}
"""Remote schemes, and the extra of this package that brings their library (fsspec itself speaks http)."""

_SILENT_SECONDS = 60.0
_DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def fetch(uri: str, incoming: Path) -> Path:
    """Where the recording `uri` lies on this machine: absolute, a regular file that can be read.

    A local path (of any name) or `file://` address is used in place. A remote one is copied into `incoming`
    under a temporary name and renamed when whole; it is copied again unless the server names the same version
    (by ETag, or by size and time of change) as the one that lies there.
    Raises BadRecording("directory" or "unreadable"), MissingExtra, and StoreUnusable when the disk is full.
    """
    scheme = uri.partition("://")[0].lower() if "://" in uri else ""
    if scheme in EXTRAS:
        return _staged(uri, incoming)
    if scheme == "file":
        path = _path_of_file_address(uri)
    elif scheme.isalnum() and not os.path.lexists(uri):
        raise _unreadable(
            f"Addresses that begin with {scheme}:// are not supported. Download the recording, or give an address "
            f"of one of these kinds: file, {', '.join(EXTRAS)}."
        )
    else:
        path = Path(uri)
    if not uri or "\0" in uri:
        raise _unreadable("This is no file name. Give the path or address of a recording.")
    os.close(open_regular(path))
    return path.absolute()


def _path_of_file_address(uri: str) -> Path:
    parts = urlsplit(uri.replace("?", "%3F").replace("#", "%23"))
    if parts.netloc not in ("", "localhost"):
        raise _unreadable(
            f"This address names the machine {parts.netloc}. Give a path on this machine, or copy the file to it."
        )
    path = os.fsdecode(unquote(parts.path, errors="surrogateescape"))
    if "\0" in path:
        raise _unreadable("This is no file name. Give the path or address of a recording.")
    return Path(path)


def remote_files(uri: str) -> tuple[Any, str]:
    """The file system (fsspec's) of a remote address, and the path in it. Raises MissingExtra."""
    import fsspec

    scheme = uri.partition("://")[0].lower()
    try:
        # not `url_to_fs`: that reads "::" as a chain of file systems, and IPv6 addresses hold it
        kind = fsspec.get_filesystem_class(scheme)
        return kind(**_options(scheme), **kind._get_kwargs_from_urls(uri)), kind._strip_protocol(uri)
    except ImportError as error:
        raise MissingExtra(
            f"cannot reach {scheme}:// addresses",
            why=str(error),
            fix=f"run `make install EXTRAS={EXTRAS[scheme]}`, "
            f"or pip install '.[{EXTRAS[scheme]}]' -c constraints.txt",
        ) from error


def _staged(uri: str, incoming: Path) -> Path:
    files, remote = remote_files(uri)
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        described = files.info(remote)
        if described.get("type") == "directory":
            raise BadRecording(
                "directory", "This address is a folder, not a recording. Give the addresses of the files in it."
            )
        version = version_of(described)
        target = incoming / _short_hash(uri + "\n" + version)
        if version and target.exists():
            return target.absolute()
        _download(files, remote, described.get("size"), target)
        return target.absolute()
    except (BadRecording, StoreUnusable):
        raise
    except Exception as error:  # every remote library raises a family of its own
        if isinstance(error, OSError) and error.errno in _DISK_TROUBLE:
            raise StoreUnusable(
                f"cannot copy a remote recording into {incoming}",
                why=error.strerror or str(error),
                fix="free some space, or name another folder in PRELABEL_HOME",
            ) from error
        raise _unreadable(_remote_advice(error)) from error


def _options(scheme: str) -> dict[str, Any]:
    """What the client of `scheme` is built with. By default http gives up after five minutes, however it goes."""
    if scheme not in ("http", "https"):
        return {}
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=None, sock_connect=_SILENT_SECONDS, sock_read=_SILENT_SECONDS)
    return {"client_kwargs": {"timeout": timeout}, "headers": {"Accept-Encoding": "identity"}}


def version_of(described: dict[str, Any]) -> str:
    """What tells this version of a remote file from another; "" where the server names nothing that does."""
    known = {name.lower().replace("-", "").replace("_", ""): value for name, value in described.items()}
    named = [str(known[name]) for name in ("etag", "lastmodified", "mtime", "updated") if known.get(name)]
    return "\n".join([*named, str(described.get("size"))]) if named else ""


def _download(files: Any, remote: str, size: int | None, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        files.get_file(remote, str(temporary))
        if size is not None and temporary.stat().st_size != size:
            raise _unreadable(
                "The server sent another number of bytes than it announced. Try again; if it stays so, upload the "
                "recording again."
            )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _remote_advice(error: BaseException) -> str:
    """What to do about `error`, by what lies at its root. The address is left out: it may hold a signature."""
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    statuses = [status for link in chain if isinstance(status := getattr(link, "status", None), int)]
    names = " ".join(type(link).__name__ for link in chain)
    if any(status in (401, 403) for status in statuses) or "Permission" in names or "Credentials" in names:
        return (
            "The server refuses access to this address. Give this machine credentials that may read it, or use an "
            "address that is signed and not expired."
        )
    if any(status >= 500 for status in statuses):
        return f"The server answers with its own error {statuses[-1]}. Try again later."
    if "Timeout" in names:
        return "The server did not answer in time. Check the connection and try again."
    if "Connect" in names or "DNS" in names or "Disconnected" in names or "Payload" in names:
        return (
            "The server cannot be reached, or the connection broke. Check the address and the network; try again."
        )
    if isinstance(error, FileNotFoundError):
        return (
            "There is nothing at this address. Check its spelling and whether the recording was moved or deleted."
        )
    return f"The recording could not be copied from this address ({names}). Check the address and try again."


def _unreadable(advice: str) -> BadRecording:
    return BadRecording("unreadable", advice)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]
