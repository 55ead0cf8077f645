"""Pulls that are cut off, and that overlap, from a server in memory; the real one is in tests/integrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from core.errors import StoreUnusable
from core.types import Draft
from export.actions import act
from export.entries import QueuedDraft, QueueEntry
from export.handoff import Wanted, acknowledge, lease
from export.label_studio.client import Failing, LabelStudio
from export.label_studio.place import REWORK_TAB, exchanged, make_place
from export.label_studio.pull import Pulled, pull
from export.label_studio.push import push
from export.queue import Queue
from export.reviews import Review, review, submissions
from export.states import Actor
from tests.export.conftest import build_draft, build_recording, build_sentence
from tests.export.exchanges import broken_off
from tests.label_studio import edited


class InMemory(LabelStudio):
    """Label Studio as far as push and pull ask it; ten minutes pass between two saves."""

    def __init__(self) -> None:
        super().__init__("http://label-studio.invalid", "f" * 40)
        self.tasks: dict[int, dict[str, Any]] = {}
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.broken: set[int] = set()
        self.fetching: Callable[[int], None] = lambda number: None
        self.showing: Callable[[], None] = lambda: None

    def project_titled(self, title: str) -> dict[str, Any] | None:
        return None

    def create_project(self, title: str, config: str) -> dict[str, Any]:
        control = {"to_name": ["audio"]}
        controls = {
            "speaker": control | {"type": "Labels", "labels": ["S1", "?"]},
            "transcription": control | {"type": "TextArea"},
        }
        return {
            "id": 1,
            "created_at": "2026",
            "title": title,
            "parsed_label_config": controls,
            "label_config": config,
        }

    def instruct(self, project: int, instruction: str) -> None:
        return

    def views(self, project: int) -> tuple[str, ...]:
        return ("All", REWORK_TAB)

    def users(self) -> dict[int, str]:
        return {1: "a@example.com"}

    def tasks_of_drafts(self, project: int, draft_ids: Sequence[str]) -> dict[str, int]:
        found = {task["data"]["draft_id"]: number for number, task in self.tasks.items()}
        return {name: number for name, number in found.items() if name in draft_ids}

    def import_tasks(self, project: int, tasks: Sequence[Any]) -> tuple[int, ...]:
        first = len(self.tasks) + 1
        for number, task in enumerate(tasks, first):
            made = {"id": number, "annotations": [], "updated_at": self.now.isoformat()}
            self.tasks[number] = deepcopy(task) | made
        return tuple(range(first, first + len(tasks)))

    def annotated_since(self, project: int, since: str | None) -> tuple[dict[str, Any], ...]:
        found = [
            {"id": number, "updated_at": task["updated_at"]}
            for number, task in self.tasks.items()
            if task["annotations"]
            and (since is None or datetime.fromisoformat(task["updated_at"]) >= datetime.fromisoformat(since))
        ]
        return tuple(sorted(found, key=lambda task: (task["updated_at"], task["id"])))

    def whole_tasks(self, project: int, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any] | Failing]]:
        for number in numbers:
            self.fetching(number)
            broken = Failing("it fails", why="/api/tasks/ answers 500", fix="none")
            yield number, broken if number in self.broken else deepcopy(self.tasks[number])

    def show(self, task: int, **data: str) -> bool:
        self.showing()
        self.tasks[task]["data"] |= data
        return True

    def save(self, number: int, text: str | None = None, *, lead: float = 5.0) -> None:
        """A person saves the one annotation of a task, with `text` in its first region."""
        self.now += timedelta(minutes=10)
        task, now = self.tasks[number], self.now.isoformat()
        results = task["predictions"][0]["result"]
        created = task["annotations"][0]["created_at"] if task["annotations"] else now
        task["annotations"] = [
            {
                "id": number,
                "created_at": created,
                "updated_at": now,
                "updated_by": 1,
                "lead_time": lead,
                "result": results if text is None else edited(results, {"0001": text}),
            }
        ]
        task["updated_at"] = now


class Desk:
    """A queue whose drafts are tasks on a server."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.server = queue, InMemory()
        self.place, _ = make_place(queue, self.server, "default", "")
        self.drafts: dict[str, Draft] = {}
        self._numbers = count(1)

    def read(self, entry: QueueEntry) -> Draft:
        return self.drafts[entry.draft.draft_id]

    def pushed(self, number: int) -> list[str]:
        """The ids of so many drafts; the first one is task 1."""
        for _ in range(number):
            recording = build_recording(identity=f"{next(self._numbers):064x}")
            draft = build_draft([build_sentence("hello there", 0.0, 2.0)], recording=recording)
            self.drafts[draft.draft_id] = draft
            self.queue.enqueue([QueuedDraft.of(draft, "draft.json", "0" * 64)])
        push(
            self.queue,
            self.server,
            self.place,
            read_draft=self.read,
            audio_url=lambda entry: "http://127.0.0.1/a.m4a",
        )
        return [task["data"]["draft_id"] for task in self.server.tasks.values()]

    def pull(self, **how: Any) -> Pulled:
        return pull(self.queue, self.server, self.place, **{"read_draft": self.read} | how)

    def texts(self, draft_id: str) -> list[str]:
        """The first sentence of each revision."""
        return [one.correction.sentences[0].text for one in submissions(self.queue, draft_id)]


@pytest.fixture
def desk(queue: Queue) -> Desk:
    return Desk(queue)


def test_a_pull_cut_off_behind_a_task_that_was_saved_again_leaves_the_others_to_the_next_one(desk: Desk) -> None:
    named = desk.pushed(3)
    for number in (1, 2, 3):
        desk.server.save(number)

    def fetch(number: int) -> None:
        if number == 1:
            desk.server.save(1, "said again", lead=8.0)
        else:
            raise KeyboardInterrupt

    desk.server.fetching = fetch
    with pytest.raises(KeyboardInterrupt):
        desk.pull()
    desk.server.fetching = lambda number: None

    desk.pull()

    assert [desk.texts(one) for one in named] == [["said again"], ["hello there"], ["hello there"]]
    assert desk.pull() == Pulled()


def test_a_pull_that_came_to_its_end_looks_at_nothing_older_again(desk: Desk) -> None:
    desk.pushed(3)
    for number in (1, 2, 3):
        desk.server.save(number)
    desk.pull()
    fetched: list[int] = []
    desk.server.fetching = fetched.append

    desk.pull()
    assert fetched == [3]
    desk.pull(everything=True)
    assert fetched == [3, 1, 2, 3]


def test_a_pull_that_another_one_overtakes_takes_nothing_twice(desk: Desk) -> None:
    [named] = desk.pushed(1)
    desk.server.save(1)
    overtaking: list[Pulled] = []

    def read(entry: QueueEntry) -> Draft:
        overtaking.append(desk.pull())
        return desk.read(entry)

    overtaken = desk.pull(read_draft=read)

    assert ([len(one.taken) for one in overtaking], overtaken) == ([1], Pulled())
    assert desk.texts(named) == ["hello there"]


def test_a_pull_overtaken_by_one_that_saw_more_does_not_bring_back_what_is_older(desk: Desk) -> None:
    [named] = desk.pushed(1)
    desk.server.save(1, "first", lead=5.0)

    def read(entry: QueueEntry) -> Draft:
        desk.server.save(1, "second", lead=8.0)
        assert [one.lead_time for one in desk.pull().taken] == [8.0]
        return desk.read(entry)

    assert desk.pull(read_draft=read) == Pulled()
    assert desk.texts(named) == ["second"]
    desk.server.save(1, "third", lead=9.0)
    assert [(one.revision, one.lead_time) for one in desk.pull().taken] == [(2, 1.0)]


def test_a_pull_overtaken_by_one_that_refused_what_is_newer_leaves_that_to_be_tried_again(desk: Desk) -> None:
    [named] = desk.pushed(1)
    desk.server.save(1, "first")

    def read(entry: QueueEntry) -> Draft:
        desk.server.save(1, "\u202esecond")
        assert len(desk.pull().refused) == 1
        return desk.read(entry)

    assert len(desk.pull(read_draft=read).taken) == 1
    assert len(exchanged(desk.queue, desk.place).refused) == 1
    desk.server.save(1, "third")
    assert len(desk.pull().taken) == 1
    assert desk.texts(named) == ["first", "third"]
    assert exchanged(desk.queue, desk.place).refused == ()


def test_pulls_at_the_same_time_make_one_revision_of_each_annotation(desk: Desk) -> None:
    named = desk.pushed(20)
    for number in range(1, 21):
        desk.server.save(number)

    with ThreadPoolExecutor(4) as pool:
        done = [each.result() for each in [pool.submit(desk.pull) for _ in range(4)]]

    assert sorted(one.draft_id for each in done for one in each.taken) == sorted(named)
    assert [one.refused for one in done] == [()] * 4
    assert [len(desk.texts(one)) for one in named] == [1] * 20


def test_work_on_a_draft_that_another_platform_has_by_now_is_refused_and_kept(desk: Desk) -> None:
    [named] = desk.pushed(1)
    act(desk.queue, named, "return", Actor.OPERATOR)
    [taken] = lease(desk.queue, Wanted("another platform"))
    acknowledge(desk.queue, named, taken.token)
    desk.server.save(1, "an hour's work")

    [refused] = desk.pull().refused

    assert "not yours" in refused.reason
    assert desk.texts(named) == []


def test_work_that_was_refused_is_fetched_again_only_once_its_draft_or_it_has_changed(desk: Desk) -> None:
    named, _ = desk.pushed(2)
    desk.server.save(1, "first")
    desk.pull()
    review(desk.queue, named, Review("lee", 1, "accepted"))
    desk.server.save(1, "too late")
    desk.server.save(2)  # so that the next pull begins behind the first task
    assert [one.draft_id for one in desk.pull().refused] == [named]
    fetched: list[int] = []
    desk.server.fetching = fetched.append

    assert (desk.pull().refused, fetched) == ((), [2])
    assert [one.draft_id for one in exchanged(desk.queue, desk.place).refused] == [named]
    act(desk.queue, named, "reopen", Actor.REVIEWER)
    assert [one.draft_id for one in desk.pull().refused] == [named]
    version = desk.queue.get(named).version
    review(desk.queue, named, Review("lee", 1, "rework"), version=version)
    assert [one.draft_id for one in desk.pull().taken] == [named]
    assert desk.texts(named) == ["first", "too late"]
    assert exchanged(desk.queue, desk.place).refused == ()


def test_work_on_a_draft_that_cannot_be_read_is_tried_again_by_every_pull(desk: Desk) -> None:
    named, _ = desk.pushed(2)
    desk.server.save(1)
    desk.server.save(2)

    def lost(entry: QueueEntry) -> Draft:
        if entry.draft.draft_id == named:
            raise StoreUnusable("no draft can be read", why="the store is not mounted", fix="mount it")
        return desk.read(entry)

    assert [[one.draft_id for one in desk.pull(read_draft=lost).refused] for _ in range(2)] == [[named], [named]]
    assert [one.draft_id for one in desk.pull().taken] == [named]


def test_half_a_character_anywhere_is_kept_and_stops_no_pull(desk: Desk) -> None:
    named = desk.pushed(2)
    desk.server.save(1, "\u202ehalf \ud83d")
    results = desk.server.tasks[1]["annotations"][0]["result"]
    results.append({"id": "\ud83d\0", "value": {"start": 0.0, "\ud83d": "\0"}})
    desk.server.save(2)

    done = desk.pull()

    assert [one.draft_id for one in (*done.refused, *done.taken)] == named
    assert len(done.refused) == 1


def test_a_task_at_which_the_server_fails_is_asked_for_again_and_stops_no_pull(desk: Desk) -> None:
    named = desk.pushed(2)
    desk.server.save(1)
    desk.server.save(2)
    desk.server.broken.add(1)

    done = desk.pull()

    assert ([one.draft_id for one in done.refused], [one.draft_id for one in done.taken]) == (named[:1], named[1:])
    assert "answers 500" in exchanged(desk.queue, desk.place).refused[0].reason
    assert desk.pull().refused == done.refused
    desk.server.broken.clear()
    assert [one.draft_id for one in desk.pull().taken] == named[:1]
    assert exchanged(desk.queue, desk.place).refused == ()


def test_a_task_that_a_push_could_not_note_and_at_which_the_server_fails_is_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("export.label_studio.push._note_tasks", broken_off)
        desk.pushed(2)
    named = [task["data"]["draft_id"] for task in desk.server.tasks.values()]
    desk.server.save(1)
    desk.server.save(2)
    desk.server.broken.add(1)

    assert sorted(one.draft_id for one in desk.pull().refused) == sorted(
        named
    )  # they are not delivered yet, either
    desk.pushed(0)  # now they are, as the tasks that they have been
    desk.pull()
    desk.server.broken.clear()
    assert [one.draft_id for one in desk.pull().taken] == named[:1]
    assert [len(desk.texts(one)) for one in named] == [1, 1]
    assert exchanged(desk.queue, desk.place).tasks == 2


def test_a_task_of_nobody_at_which_the_server_fails_is_unknown(desk: Desk) -> None:
    desk.pushed(1)
    desk.server.tasks[7] = desk.server.tasks[1] | {"id": 7, "data": {"draft_id": "whose"}}
    desk.server.save(7)
    desk.server.broken.add(7)

    assert desk.pull() == Pulled(unknown=(7,))


def test_how_the_exchange_stands_counts_what_waits_in_its_own_project(desk: Desk) -> None:
    desk.pushed(2)
    for project in ("default", "default", "another"):
        recording = build_recording(identity=f"{project}{len(desk.queue.list())}".ljust(64, "0"))
        draft = build_draft([build_sentence("later", 0.0, 2.0)], recording=recording, project=project)
        desk.queue.enqueue([QueuedDraft.of(draft, "draft.json", "0" * 64)])

    found = exchanged(desk.queue, desk.place)

    assert (found.waiting, found.tasks, found.unsure, found.states) == (2, 2, 0, {"delivered": 2})
