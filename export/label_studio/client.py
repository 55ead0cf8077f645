"""What we ask of a Label Studio server, over HTTP.

Written for and tested against 1.23. Calls that may be repeated are, with growing pauses, when the connection breaks
or the server fails; the import is not, because Label Studio takes the same tasks twice (push.py looks first).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

import httpx

from core.errors import LabelStudioUnusable

VERSION: Final = (1, 23)
"""The release whose API this speaks."""

TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
TIMEOUT = httpx.Timeout(60.0, connect=10.0)

_PAGE = 100
_FULL_PAGE = 25
"""Tasks a page, where their predictions and annotations come along: 60 sentences are about 50 KB twice."""

_IDS_PER_QUERY = 20
"""Draft ids in one address, which stays under the 8 KB that servers in between allow."""

_HIDDEN = (
    *("inner_id", "total_predictions", "annotations_results", "annotations_ids", "predictions_score"),
    *("predictions_model_versions", "predictions_results", "file_upload", "storage_filename", "created_at"),
    *("updated_at", "updated_by", "avg_lead_time", "draft_exists", "data.audio", "data.draft_id", "data.project"),
)
"""Columns of the data manager that would push what people look for out of sight."""

_HIDDEN_BESIDE_A_TASK = (
    *("completed_at", "total_annotations", "cancelled_annotations", "annotators"),
    *("data.unit", "data.language", "data.review"),
)

_REPEATED = frozenset({"GET", "PATCH"})


class Gone(LabelStudioUnusable):
    """What was asked for is not there: deleted, or of another server."""


class Ambiguous(LabelStudioUnusable):
    """It is not known whether the server did what was asked: the connection broke, or it failed half-way."""


class Failing(Ambiguous):
    """The server answers 500: what was asked for breaks it, or it is in trouble as a whole."""


class LabelStudio:
    """A Label Studio server at a URL. Free to build, connects on first use; all calls raise LabelStudioUnusable."""

    def __init__(
        self, url: str, token: str, *, tries: int = TRIES, pause_seconds: float = FIRST_PAUSE_SECONDS
    ) -> None:
        self.url = url.rstrip("/")
        self._token = token.strip()
        self._personal = self._token.count(".") == 2  # a personal access token is a JWT, a legacy one 40 hex digits
        self._access: str | None = None
        self._tries = tries
        self._pause_seconds = pause_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def insist_version(self) -> str:
        """The server's release, which has to be one whose API we know."""
        found = self._get("/api/version")
        package = found.get("label-studio-os-package") if isinstance(found, dict) else None
        release = str((package or {}).get("version") or "unknown")
        if tuple(release.split(".")[:2]) != tuple(str(part) for part in VERSION):
            raise LabelStudioUnusable(
                f"the server at {self.url} is of another version",
                why=f"it is Label Studio {release}, and this prelabel speaks {VERSION[0]}.{VERSION[1]}",
                fix=f"run label-studio=={VERSION[0]}.{VERSION[1]}.* (docs/label-studio.md)",
            )
        return release

    def project(self, number: int) -> dict[str, Any] | None:
        """A project, None where there is none of this number."""
        try:
            found: dict[str, Any] = self._get(f"/api/projects/{number}/")
        except Gone:
            return None
        return found

    def project_titled(self, title: str) -> dict[str, Any] | None:
        """The oldest project of exactly this title, None where there is none."""
        for page in count(1):
            found = self._get("/api/projects/", title=title, page=page, page_size=_PAGE, ordering="id")
            for one in found["results"]:
                if one["title"] == title:
                    return self.project(one["id"])
            if not found.get("next"):
                break
        return None

    def create_project(self, title: str, config: str) -> dict[str, Any]:
        """Make a project. An empty annotation is allowed in it: everything in a draft may be wrong."""
        made: dict[str, Any] = self._call(
            "POST",
            "/api/projects/",
            body={
                "title": title,
                "label_config": config,
                "enable_empty_annotation": True,
                "show_collab_predictions": True,
                "maximum_annotations": 1,
            },
        )
        return made

    def set_config(self, project: int, config: str) -> dict[str, Any]:
        """Change a project's labelling interface; the project as it is then."""
        self._call("PATCH", f"/api/projects/{project}/", body={"label_config": config})
        found: dict[str, Any] = self._get(f"/api/projects/{project}/")
        return found

    def instruct(self, project: int, instruction: str) -> None:
        """Change what people are told in a project, as HTML, and show it to them before they begin."""
        body = {"expert_instruction": instruction, "show_instruction": True}
        self._call("PATCH", f"/api/projects/{project}/", body=body)

    def views(self, project: int) -> tuple[str, ...]:
        """The titles of a project's tabs in the data manager."""
        return tuple(view["data"].get("title", "") for view in self._get("/api/dm/views/", project=project))

    def create_view(self, project: int, title: str, filters: Sequence[Mapping[str, Any]] = ()) -> None:
        """Make a tab that shows the tasks for which all `filters` hold."""
        hidden = {"explore": _columns(_HIDDEN), "labeling": _columns(_HIDDEN + _HIDDEN_BESIDE_A_TASK)}
        shown = {"conjunction": "and", "items": list(filters)}
        data = {"title": title, "filters": shown, "hiddenColumns": hidden}
        self._call("POST", "/api/dm/views/", body={"project": project, "data": data})

    def register_files(self, project: int, path: str) -> None:
        """Let the server give out the files under `path`, a folder of its own inside its document root."""
        listed = self._get("/api/storages/localfiles/", project=project)
        if any(str(one.get("path")).rstrip("/") == path.rstrip("/") for one in listed):
            return
        body = {"project": project, "path": path, "use_blob_urls": True, "title": "clips of prelabel"}
        self._call("POST", "/api/storages/localfiles/", body=body)

    def users(self) -> dict[int, str]:
        """What the users are called: their mail addresses, or names where they have none."""
        return {one["id"]: one.get("email") or one.get("username") or "" for one in self._get("/api/users/")}

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
        """Make tasks; their ids in the same order. Raises Ambiguous where they may or may not have been made."""
        path = f"/api/projects/{project}/import"
        made = self._call("POST", path, body=list(tasks), return_task_ids="true")
        return tuple(made["task_ids"])

    def tasks_of_drafts(self, project: int, draft_ids: Sequence[str]) -> dict[str, int]:
        """Draft id → task id, the oldest one, for those drafts that have a task."""
        found: dict[str, int] = {}
        for first in range(0, len(draft_ids), _IDS_PER_QUERY):
            items = [
                condition("data.draft_id", "equal", "String", name)
                for name in draft_ids[first : first + _IDS_PER_QUERY]
            ]
            for task in self.listed(project, {"filters": {"conjunction": "or", "items": items}}):
                found.setdefault(task["data"]["draft_id"], task["id"])
        return found

    def annotated_since(self, project: int, since: str | None) -> tuple[dict[str, Any], ...]:
        """Tasks with annotations, skipped ones too, that changed at or after `since`; () for none.

        In the order of their change, without the annotations themselves.
        """
        query: dict[str, Any] = {}
        if since is not None:
            items = [condition("updated_at", "greater_or_equal", "Datetime", since)]
            query["filters"] = {"conjunction": "and", "items": items}
        listed = self.listed(project, query)
        touched = [task for task in listed if task["total_annotations"] or task["cancelled_annotations"]]
        return tuple(sorted(touched, key=lambda task: (task["updated_at"], task["id"])))

    def whole_tasks(self, project: int, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any] | Failing]]:
        """(number, task with its annotations), in the order of `numbers`; those that are gone are left out.

        Half a character that somebody's annotation holds makes the server fail at its task, each time: then the
        failure stands in the place of the task. Raises LabelStudioUnusable where the server fails altogether.
        """
        for first in range(0, len(numbers), _FULL_PAGE):
            wanted = numbers[first : first + _FULL_PAGE]
            try:
                yield from self._whole(project, wanted)
            except Failing:
                self._get(f"/api/projects/{project}/")
                for number in wanted:
                    try:
                        yield from self._whole(project, [number])
                    except Failing as error:
                        yield number, error

    def _whole(self, project: int, numbers: Sequence[int]) -> tuple[tuple[int, dict[str, Any]], ...]:
        query = {"selectedItems": {"all": False, "included": list(numbers)}}
        found = {task["id"]: task for task in self.listed(project, query, size=_FULL_PAGE, fields="all")}
        return tuple((number, found[number]) for number in numbers if number in found)

    def show(self, task: int, **data: str) -> bool:
        """Change fields of a task's data; whether the task was still there."""
        try:
            found = self._get(f"/api/tasks/{task}/", resolve_uri="false")
            self._call("PATCH", f"/api/tasks/{task}/", body={"data": found["data"] | data})
        except Gone:
            return False
        return True

    def listed(
        self, project: int, query: Mapping[str, Any], *, size: int = _PAGE, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """All tasks that a query finds, page by page, in the order of their ids, so that no page shifts."""
        asked = json.dumps({"ordering": ["tasks:id"], **query})
        for page in count(1):
            found = self._get(
                "/api/tasks/",
                project=project,
                query=asked,
                page=page,
                page_size=size,
                resolve_uri="false",
                **parameters,
            )
            yield from found["tasks"]
            if page * size >= found["total"]:
                return

    @cached_property
    def _http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=TIMEOUT, headers={"Accept": "application/json"})

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._call("GET", path, **parameters)

    def _call(self, method: str, path: str, *, body: Any = None, **parameters: Any) -> Any:
        """What the server answers, as values. Tried again where that can do no harm."""
        tries = self._tries if method in _REPEATED else 1
        for attempt in range(1, tries + 1):
            try:
                response = self._sent(method, path, body, parameters)
            except httpx.TransportError as error:
                problem = self._unreachable(error)
            else:
                if response.status_code < 500 and response.status_code != 429:
                    return self._values(response)
                problem = self._failing(response)
            if attempt == tries:
                raise problem
            time.sleep(self._pause_seconds * 2 ** (attempt - 1))
        raise AssertionError("the last try returns or raises")

    def _sent(self, method: str, path: str, body: Any, parameters: Mapping[str, Any]) -> httpx.Response:
        """The answer to one request. A personal token's access token lasts 300 s: on 401 another one is fetched."""
        for fresh in (False, True):
            headers = {"Authorization": self._authorization(fresh=fresh)}
            response = self._http.request(method, path, json=body, params=dict(parameters), headers=headers)
            if response.status_code != 401 or not self._personal:
                break
        return response

    def _authorization(self, *, fresh: bool) -> str:
        if not self._personal:
            return f"Token {self._token}"
        if self._access is None or fresh:
            response = self._http.post("/api/token/refresh", json={"refresh": self._token})
            if response.status_code == 401:
                raise self._wrong_token(response)
            self._access = str(self._values(response)["access"])
        return f"Bearer {self._access}"

    def _values(self, response: httpx.Response) -> Any:
        status = response.status_code
        if status in (401, 403):
            raise self._wrong_token(response)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        if status == 404 and is_json:
            raise Gone(
                "Label Studio does not have what was asked for",
                why=f"{response.request.url.path}: {_said(response)}",
                fix="it was deleted, or PRELABEL_LABEL_STUDIO__URL names another server; "
                "`prelabel labels init` makes a project anew",
            )
        if status >= 400 and is_json:
            raise LabelStudioUnusable(
                "Label Studio refuses the request",
                why=f"{response.request.url.path}: {_said(response)}",
                fix="see its log; docs/label-studio.md says how it has to be started",
            )
        if status >= 300 or not is_json:
            raise LabelStudioUnusable(
                f"there is no Label Studio at {self.url}",
                why=f"{response.request.url.path} answers {status} "
                f"{response.headers.get('location') or response.headers.get('content-type', '')}".rstrip(),
                fix="set PRELABEL_LABEL_STUDIO__URL to its address as a browser shows it, without a path behind it",
            )
        return response.json()

    def _wrong_token(self, response: httpx.Response) -> LabelStudioUnusable:
        return LabelStudioUnusable(
            f"Label Studio at {self.url} does not accept the token",
            why=_said(response),
            fix="take one from Account & Settings there and set PRELABEL_LABEL_STUDIO__TOKEN; "
            "legacy tokens have to be allowed by the organisation",
        )

    def _unreachable(self, error: httpx.TransportError) -> LabelStudioUnusable:
        kind = LabelStudioUnusable if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else Ambiguous
        return kind(
            f"Label Studio at {self.url} cannot be reached",
            why=str(error) or type(error).__name__,
            fix="start it, or correct PRELABEL_LABEL_STUDIO__URL; the same command goes on where this one ended",
        )

    def _failing(self, response: httpx.Response) -> Ambiguous:
        kind = Failing if response.status_code == 500 else Ambiguous
        return kind(
            f"Label Studio at {self.url} fails",
            why=f"{response.request.url.path} answers {response.status_code}: {_said(response)}",
            fix="see its log; the same command goes on where this one ended",
        )


def condition(field: str, operator: str, kind: str, value: Any) -> dict[str, Any]:
    """One condition on tasks, as the data manager writes it."""
    return {"filter": f"filter:tasks:{field}", "operator": operator, "type": kind, "value": value}


def _columns(names: Sequence[str]) -> list[str]:
    return [f"tasks:{name}" for name in names]


def _said(response: httpx.Response) -> str:
    """What the server gives as the reason, in a line."""
    try:
        found = response.json()
    except ValueError:
        return response.reason_phrase or str(response.status_code)
    if not isinstance(found, dict):
        return str(found)[:300]
    reason = found.get("validation_errors") or found.get("detail") or found
    return str(reason)[:300]
