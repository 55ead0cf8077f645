"""A Label Studio server of our own, and a person who annotates in it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps, loads
from pathlib import Path
from socket import socket
from typing import Any

import httpx

TOKEN = "0123456789abcdef0123456789abcdef01234567"
START_SECONDS = 300.0


@contextmanager
def running_label_studio(command: str, data: Path, files: Path) -> Iterator[str]:
    """The address of a Label Studio that lives in `data` and gives out `files`, offline; it ends with us."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PRELABEL_", "PYTHONPATH"))
    } | {
        "COLLECT_ANALYTICS": "False",
        "LATEST_VERSION_CHECK": "False",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(files),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    }
    data.mkdir(parents=True, exist_ok=True)
    with (data / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(command, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)),
                *("--username", "a@example.com", "--password", "correct-horse", "--user-token", TOKEN),
            ],
            env=environment,
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(server, url, data / "server.log")
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=5.0).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(f"Label Studio did not start:\n{log.read_text(errors='replace')[-2000:]}")


class Annotator:
    """A person at the page of Label Studio: what the page sends, sent."""

    def __init__(self, url: str, project: int) -> None:
        self.project = project
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Token {TOKEN}"}, timeout=60.0)

    def tasks(self, **filters: Any) -> dict[str, dict[str, Any]]:
        """The tasks of the project by the ids of their drafts; more than one of a draft fails."""
        found = self._sent("GET", "/api/tasks/", params={"project": self.project, "page_size": 1000, **filters})
        by_draft = {task["data"]["draft_id"]: task for task in found["tasks"]}
        assert len(by_draft) == found["total"], "a draft has two tasks"
        return by_draft

    def in_tab(self, title: str) -> list[str]:
        """The ids of the drafts whose tasks a tab of the data manager shows."""
        views = self._sent("GET", "/api/dm/views/", params={"project": self.project})
        view = next(one["id"] for one in views if one["data"]["title"] == title)
        return list(self.tasks(view=view))

    def task(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self._sent("GET", f"/api/tasks/{number}/")
        return found

    def annotate(self, number: int, results: Any = None, *, lead: float, skip: bool = False) -> int:
        """Autosave, then submit (or skip) the prediction as changed to `results`; the annotation's id."""
        prediction = self.task(number)["predictions"][0]
        results = prediction["result"] if results is None else results
        saved = self._sent("POST", f"/api/tasks/{number}/drafts", json={"result": results, "lead_time": lead / 2})
        body = {
            "result": results,
            "lead_time": lead,
            "was_cancelled": skip,
            "parent_prediction": prediction["id"],
            "draft_id": saved["id"],
        }
        made = self._sent("POST", f"/api/tasks/{number}/annotations/?project={self.project}", json=body)
        return int(made["id"])

    def update(self, annotation: int, results: Any, *, lead: float) -> None:
        self._sent("PATCH", f"/api/annotations/{annotation}/", json={"result": results, "lead_time": lead})

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def personal_token(self) -> str:
        return str(self._sent("POST", "/api/token/", json={})["token"])

    def delete_project(self) -> None:
        self.http.delete(f"/api/projects/{self.project}/").raise_for_status()

    def _sent(self, method: str, path: str, *, json: Any = None, **request: Any) -> Any:
        """The answer to a request whose body has its odd characters escaped, as browsers do."""
        body = None if json is None else dumps(json)
        headers = {"Content-Type": "application/json"}
        response = self.http.request(method, path, content=body, headers=headers, **request)
        assert response.status_code < 300, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return loads(response.text)


def edited(results: list[dict[str, Any]], texts: dict[str, str]) -> list[dict[str, Any]]:
    """Results with other texts in the regions named."""
    return [
        result | {"value": result["value"] | {"text": [texts[result["id"]]]}}
        if result["type"] == "textarea" and result["id"] in texts
        else result
        for result in results
    ]
