"""A small model hub on this machine, and the offline models under the names of the full-size ones."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from models.weights import OFFLINE_FOLDER

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HTDEMUCS = "adefossez/HTDemucs"
COMMUNITY_1 = "pyannote/speaker-diarization-community-1"
TURBO = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"

Repositories = dict[str, dict[str, bytes]]

REPOSITORIES: Repositories = {
    HTDEMUCS: {"htdemucs.yaml": b"models: ['0a1b2c3d']", "0a1b2c3d.safetensors": b"separates"},
    COMMUNITY_1: {
        "config.yaml": b"pipeline:",
        "segmentation/pytorch_model.bin": b"segments",
        "embedding/pytorch_model.bin": b"embeds",
        "plda/plda.npz": b"compares",
        "plda/xvec_transform.npz": b"transforms",
        "README.md": b"is not fetched",
    },
    TURBO: {
        "config.json": b"{}",
        "preprocessor_config.json": b"{}",
        "model.bin": b"writes" * 1000,
        "tokenizer.json": b"{}",
        "vocabulary.json": b"[]",
    },
}
"""The set `fast`, of a few bytes in each file."""


def small_repositories() -> Repositories:
    """The set `fast` with our small weights in its place, laid out and named as on the hub."""
    return {
        HTDEMUCS: {"htdemucs.yaml": b"models: ['0a1b2c3d']\n", "0a1b2c3d.safetensors": _separation()},
        COMMUNITY_1: _files_of(OFFLINE_FOLDER / "diarization"),
        TURBO: _files_of(OFFLINE_FOLDER / "transcription"),
    }


def write_cache(cache: Path, repositories: Repositories, commit: str = COMMIT) -> None:
    """`repositories` as the hub's client keeps them: blobs, snapshots of links to them, the name `main`."""
    for name, files in repositories.items():
        home = cache / f"models--{name.replace('/', '--')}"
        for file, content in files.items():
            blob = home / "blobs" / hashlib.sha256(content).hexdigest()
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
            link = home / "snapshots" / commit / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(blob)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / "main").write_text(commit)


class Hub:
    """What the server has and how it answers; `refusals` maps a repository to (status, error code)."""

    def __init__(self, repositories: Repositories, url: str) -> None:
        self.repositories = repositories
        self.url = url
        self.refusals: dict[str, tuple[int, str]] = {}
        self.stated: dict[str, str] = {}
        self.tokens: set[str | None] = set()


@contextmanager
def serving(repositories: Repositories) -> Iterator[Hub]:
    """A hub for `repositories` on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = Hub(repositories, f"http://127.0.0.1:{server.server_address[1]}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """As much of the hub's interface as its client asks for to look at a model and fetch its files."""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: Any) -> None:
        return

    def _answer(self, *, with_body: bool) -> None:
        hub: Hub = self.server.hub  # type: ignore[attr-defined]
        hub.tokens.add(self.headers.get("Authorization"))
        path = unquote(self.path.split("?")[0]).strip("/")
        about = re.fullmatch(r"api/models/([^/]+/[^/]+)/(?:revision/(.+)|auth-check)", path)
        file = re.fullmatch(r"([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        found = about or file
        if found is None or found[1] not in hub.repositories:
            return self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
        if found[1] in hub.refusals:
            status, code = hub.refusals[found[1]]
            return self._send(status, b"", {"X-Error-Code": code} if code else {})
        files = hub.repositories[found[1]]
        if found[2] not in (None, "main", COMMIT):
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if file is None:
            siblings = [
                {
                    "rfilename": name,
                    "size": len(content),
                    "blobId": "0" * 40,
                    "lfs": {"sha256": self._stated(hub, name, content), "size": len(content), "pointerSize": 1},
                }
                for name, content in files.items()
            ]
            return self._send(200, json.dumps({"id": found[1], "sha": COMMIT, "siblings": siblings}).encode(), {})
        if file[3] not in files:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        content = files[file[3]]
        headers = {"ETag": f'"{self._stated(hub, file[3], content)}"', "X-Repo-Commit": COMMIT}
        return self._send(200, content, headers, with_body=with_body)

    @staticmethod
    def _stated(hub: Hub, name: str, content: bytes) -> str:
        return hub.stated.get(name) or hashlib.sha256(content).hexdigest()

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], *, with_body: bool = True) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)


def _files_of(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _separation() -> bytes:
    """The offline separation network in the format of demucs' hub repositories."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save

    with torch.serialization.safe_globals([HTDemucs, Fraction]):
        package = torch.load(OFFLINE_FOLDER / "separation" / "tinyvoice.th", weights_only=True)

    def as_fraction(value: Fraction) -> dict[str, Any]:
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}

    metadata = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": "[]",
        "kwargs": json.dumps(package["kwargs"], default=as_fraction),
    }
    return save({name: tensor.contiguous() for name, tensor in package["state"].items()}, metadata)
