"""The client against a server of ours that answers as Label Studio does when things go wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import LabelStudioUnusable
from export.label_studio.client import Ambiguous, Failing, LabelStudio

Answer = tuple[int, Any]


@contextmanager
def answering(*answers: Answer | None) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(URL, requests) of a server that gives `answers` one after the other; None breaks the connection."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            asked.append((self.command, self.path.split("?")[0], self.headers.get("authorization") or ""))
            answer = left.pop(0)
            if answer is None:
                self.connection.close()
                return
            status, body = answer
            kind = "text/html" if isinstance(body, str) else "application/json"
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(url: str, token: str = "a" * 40) -> LabelStudio:
    return LabelStudio(url, token, pause_seconds=0.001)


def test_a_call_that_may_be_repeated_outlives_a_failing_server_and_a_broken_connection() -> None:
    with answering((503, {"detail": "busy"}), None, (200, {"id": 7})) as (url, asked), client(url) as server:
        assert server.project(7) == {"id": 7}
    assert len(asked) == 3


def test_a_server_that_keeps_failing_is_an_error_that_says_what_it_answers() -> None:
    with (
        answering(*[(500, {"detail": "database is locked"})] * 4) as (url, _),
        client(url) as server,
        pytest.raises(LabelStudioUnusable, match="500: database is locked"),
    ):
        server.project(7)


@pytest.mark.parametrize("answer", [(500, {"detail": "boom"}), None])
def test_an_import_is_never_repeated_and_its_outcome_is_called_unknown(answer: Answer | None) -> None:
    with answering(answer) as (url, asked), client(url) as server, pytest.raises(Ambiguous):
        server.import_tasks(1, [{"data": {}}])
    assert len(asked) == 1


def test_a_personal_token_is_exchanged_and_exchanged_again_when_its_time_is_up() -> None:
    answers = [
        (200, {"access": "one"}),
        (200, {"id": 1}),
        (401, {"detail": "Token is expired"}),
        (200, {"access": "two"}),
        (200, {"id": 2}),
    ]
    with answering(*answers) as (url, asked), client(url, "aa.bb.cc") as server:
        assert (server.project(1), server.project(2)) == ({"id": 1}, {"id": 2})

    assert [authorization for _, path, authorization in asked if "refresh" not in path] == [
        "Bearer one",
        "Bearer one",
        "Bearer two",
    ]


@pytest.mark.parametrize(("token", "answers"), [("a" * 40, 1), ("aa.bb.cc", 1)])
def test_a_wrong_token_is_an_error_that_names_the_setting(token: str, answers: int) -> None:
    with (
        answering(*[(401, {"detail": "Invalid token."})] * answers) as (url, _),
        client(url, token) as server,
        pytest.raises(LabelStudioUnusable) as caught,
    ):
        server.project(1)
    assert (caught.value.why, "PRELABEL_LABEL_STUDIO__TOKEN" in caught.value.fix) == ("Invalid token.", True)


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_page_instead_of_an_answer_is_a_wrong_address(status: int) -> None:
    with (
        answering((status, "<html>")) as (url, _),
        client(url) as server,
        pytest.raises(LabelStudioUnusable, match="there is no Label Studio at"),
    ):
        server.insist_version()


def test_nobody_at_the_address_is_an_error_that_says_so() -> None:
    with answering() as (url, _):
        pass
    with client(url) as server, pytest.raises(LabelStudioUnusable, match="cannot be reached"):
        server.insist_version()


@pytest.mark.parametrize("release", ["1.22.0", "2.0.0", None])
def test_a_server_of_another_version_is_refused(release: str | None) -> None:
    with (
        answering((200, {"label-studio-os-package": {"version": release}})) as (url, _),
        client(url) as server,
        pytest.raises(LabelStudioUnusable, match=r"speaks 1\.23"),
    ):
        server.insist_version()


def test_a_project_that_is_gone_is_none() -> None:
    with answering((404, {"detail": "No Project matches the given query."})) as (url, _), client(url) as server:
        assert server.project(9) is None


def test_a_task_at_which_the_server_fails_is_told_apart_from_a_server_that_fails() -> None:
    def tasks(*numbers: int) -> Answer:
        return 200, {"tasks": [{"id": number} for number in numbers], "total": len(numbers)}

    with answering((500, {}), (200, {"id": 7}), tasks(1), (500, {}), tasks(3)) as (url, _):
        found = dict(LabelStudio(url, "a" * 40, tries=1).whole_tasks(7, [1, 2, 3]))
    assert [isinstance(found[number], Failing) for number in (1, 2, 3)] == [False, True, False]

    with answering((500, {}), (500, {})) as (url, _), pytest.raises(Failing):
        list(LabelStudio(url, "a" * 40, tries=1).whole_tasks(7, [1, 2, 3]))
