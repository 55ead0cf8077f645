from __future__ import annotations

import functools
import http.server
import os
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from core.errors import BadRecording, MissingExtra
from preprocess.fetch import fetch
from tests.media import make_directory, make_fifo, make_unreadable

ODD_NAMES = [
    "a talk with spaces.mp4",
    "강의 녹음.mp4",
    'it\'s "quoted".mp4',
    "two\nlines.mp4",
    "-i.mp4",
    "concat:a|b",
    "pipe:0",
    "no suffix",
    "100%25 #1?.wav",
    os.fsdecode(b"not \xff utf-8.wav"),
]


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; notes what was asked; `/refused` and `/broken` misbehave."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        if self.path == "/refused":
            self.send_error(403)
        elif self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"cut")
        else:
            super().do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    folder = tmp_path / "site"
    folder.mkdir()
    asked: list[str] = []
    handler = type("Handler", (Site,), {"asked": asked})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    ) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder, asked
        server.shutdown()


def refused(uri: str, incoming: Path) -> BadRecording:
    with pytest.raises(BadRecording) as caught:
        fetch(uri, incoming)
    return caught.value


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_local_name_is_taken_as_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"x")
    assert fetch(name, tmp_path / "incoming") == tmp_path / name
    assert fetch(str(tmp_path / name), tmp_path / "incoming") == tmp_path / name
    assert fetch((tmp_path / name).as_uri(), tmp_path / "incoming") == tmp_path / name
    assert not (tmp_path / "incoming").exists()


def test_a_file_address_need_not_be_escaped(tmp_path: Path) -> None:
    file = tmp_path / "what is this? #2.wav"
    file.write_bytes(b"x")
    assert fetch(f"file://{file}", tmp_path) == file
    assert fetch(f"file://localhost{urllib.parse.quote(str(file))}", tmp_path) == file


def test_a_file_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    assert "elsewhere" in refused("file://elsewhere/talk.mp4", tmp_path).advice


def test_a_directory_is_refused(tmp_path: Path) -> None:
    make_directory(tmp_path / "folder")
    assert refused(str(tmp_path / "folder"), tmp_path).reason == "directory"


def test_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    make_fifo(tmp_path / "pipe.wav")
    error = refused(str(tmp_path / "pipe.wav"), tmp_path)
    assert (error.reason, "pipe" in error.advice) == ("unreadable", True)


def test_a_device_is_refused(tmp_path: Path) -> None:
    assert refused("/dev/zero", tmp_path).reason == "unreadable"


@pytest.mark.parametrize("uri", ["nothing-here.mp4", "", "a\0b", "file:///a%00b", "rtsp://camera/1"])
def test_what_is_no_file_is_unreadable(uri: str, tmp_path: Path) -> None:
    assert refused(uri, tmp_path).reason == "unreadable"


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    make_unreadable(tmp_path / "locked.wav")
    assert refused(str(tmp_path / "locked.wav"), tmp_path).reason == "unreadable"


def test_a_file_without_permission_says_how_to_give_it(tmp_path: Path) -> None:
    file = tmp_path / "locked.wav"
    file.write_bytes(b"RIFF")
    file.chmod(0)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # no mode stops root
    try:
        error = refused(str(file), tmp_path)
    finally:
        os.seteuid(user)
    assert (error.reason, "permission" in error.advice) == ("unreadable", True)


def test_a_remote_recording_is_staged_whole(site: tuple[str, Path, list[str]], tmp_path: Path) -> None:
    address, folder, _ = site
    (folder / "강의 1.mp4").write_bytes(b"sound" * 100_000)
    path = fetch(f"{address}/{urllib.parse.quote('강의 1.mp4')}", tmp_path / "incoming")
    assert path.read_bytes() == b"sound" * 100_000
    assert list((tmp_path / "incoming").iterdir()) == [path]


def test_a_staged_recording_is_not_copied_twice_but_a_changed_one_is(
    site: tuple[str, Path, list[str]], tmp_path: Path
) -> None:
    address, folder, asked = site
    (folder / "talk.mp4").write_bytes(b"first")
    first = fetch(f"{address}/talk.mp4", tmp_path / "incoming")
    assert fetch(f"{address}/talk.mp4", tmp_path / "incoming") == first
    assert asked.count("GET /talk.mp4") == 1
    (folder / "talk.mp4").write_bytes(b"other")
    os.utime(folder / "talk.mp4", (1, 1))
    second = fetch(f"{address}/talk.mp4", tmp_path / "incoming")
    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"other")


@pytest.mark.parametrize(
    ("name", "word"), [("missing", "nothing at this address"), ("refused", "access"), ("broken", "broke")]
)
def test_what_a_server_does_not_give_is_unreadable_and_leaves_nothing(
    name: str, word: str, site: tuple[str, Path, list[str]], tmp_path: Path
) -> None:
    error = refused(f"{site[0]}/{name}", tmp_path / "incoming")
    assert (error.reason, word in error.advice) == ("unreadable", True)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_server_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    error = refused("http://127.0.0.1:1/talk.mp4?signature=secret", tmp_path)
    assert (error.reason, "reached" in error.advice, "secret" in error.advice) == ("unreadable", True, False)


def test_a_missing_library_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(scheme: str) -> None:
        raise ImportError(f"no library for {scheme}")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    with pytest.raises(MissingExtra) as caught:
        fetch("s3://bucket/talk.mp4", tmp_path)
    assert "EXTRAS=s3" in caught.value.fix and "'.[s3]'" in caught.value.fix
