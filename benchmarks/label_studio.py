"""Drafts to a running Label Studio and back: `python -m benchmarks.label_studio --drafts 500 --sentences 60`.

The server and its token are those of PRELABEL_LABEL_STUDIO__URL and __TOKEN. A project is made for the run and
deleted at its end; the queue is one of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx

from core.settings import settings
from core.types import (
    Draft,
    DraftRecording,
    Pipeline,
    Sentence,
    Unit,
)
from export.drafts import draft_id
from export.entries import QueuedDraft
from export.label_studio.client import LabelStudio
from export.label_studio.place import Place, make_place
from export.label_studio.pull import Pulled, pull
from export.label_studio.push import Pushed, push
from export.queue import Queue

PROJECT = "benchmark"
UNIT_SECONDS = 600.0
ANNOTATORS = 4

T = TypeVar("T")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=500)
    parser.add_argument("--sentences", type=int, default=60)
    arguments = parser.parse_args()
    machine = settings().label_studio
    if machine.url is None or machine.token is None:
        print("set PRELABEL_LABEL_STUDIO__URL and PRELABEL_LABEL_STUDIO__TOKEN", file=sys.stderr)
        return 2
    drafts = {one.draft_id: one for one in (draft(n, arguments.sentences) for n in range(arguments.drafts))}
    token = machine.token.get_secret_value()
    with (
        tempfile.TemporaryDirectory() as folder,
        Queue(f"sqlite:///{Path(folder) / 'queue.db'}") as queue,
        LabelStudio(machine.url, token) as server,
        httpx.Client(base_url=machine.url, headers={"Authorization": f"Token {token}"}, timeout=600.0) as person,
    ):
        place, new = make_place(queue, server, PROJECT, "")
        if not new:
            print(f"there is a project {place.title!r} already: delete it first", file=sys.stderr)
            return 2
        try:
            return measure(queue, server, place, person, drafts)
        finally:
            person.delete(f"/api/projects/{place.number}/").raise_for_status()


def measure(queue: Queue, server: LabelStudio, place: Place, person: httpx.Client, drafts: dict[str, Draft]) -> int:
    """Push, push what was returned, correct, pull, pull again; 1 where a task or a revision is there twice."""

    def push_all() -> Pushed:
        return push(
            queue,
            server,
            place,
            read_draft=lambda entry: drafts[entry.draft.draft_id],
            audio_url=lambda entry: f"http://localhost/{entry.draft.draft_id}.m4a",
        )

    def pull_all() -> Pulled:
        return pull(queue, server, place, read_draft=lambda entry: drafts[entry.draft.draft_id])

    for one in drafts.values():
        queue.enqueue([QueuedDraft.of(one, f"{one.draft_id}.json", "0" * 64)])
    first = timed(f"push {len(drafts)} drafts", push_all)
    timed("push again, nothing waits", push_all)
    return_all(queue)
    again = timed("push again, all waiting once more, notes without task ids", push_all)
    tasks = [task["id"] for task in timed("list the tasks", lambda: list(server.listed(place.number, {})))]

    def annotate(number: int) -> None:
        results = person.get(f"/api/tasks/{number}/").json()["predictions"][0]["result"]
        body = {"result": results, "lead_time": 60.0}
        person.post(f"/api/tasks/{number}/annotations/", json=body).raise_for_status()

    with ThreadPoolExecutor(ANNOTATORS) as people:
        timed("annotate all (the people's side)", lambda: list(people.map(annotate, tasks)))
    pulled = timed("pull all", pull_all)
    empty = timed("pull again", pull_all)
    doubles = len(tasks) - len(drafts)
    print(f"sent {len(first.sent)}, known at the second push {len(again.known)}, tasks twice: {doubles}")
    print(f"taken {len(pulled.taken)}, taken twice {len(empty.taken)}, refused {len(pulled.refused)}")
    return 0 if (doubles, len(empty.taken), len(pulled.taken)) == (0, 0, len(drafts)) else 1


def return_all(queue: Queue) -> None:
    """Bring all drafts back to ready and forget the task ids, as if every push had died behind its import."""
    from export.tables import drafts, label_studio_tasks

    with queue.writing() as transaction:
        transaction.connection.execute(drafts.update().values(state="ready"))
        transaction.connection.execute(label_studio_tasks.update().values(task=None))


def draft(number: int, sentences: int) -> Draft:
    """A draft of ten minutes with evenly spaced sentences in two voices."""
    step = UNIT_SECONDS / sentences
    plain = Sentence("0001", 0.0, step * 0.9, "S1", "en", "", "", 0.9, (), ())
    recording = DraftRecording(f"{number:064x}", f"{number}.mp4", UNIT_SECONDS)
    return Draft(
        schema="prelabel.draft/1",
        draft_id=draft_id(recording.id, 0, "0" * 16, PROJECT),
        project=PROJECT,
        external_id=recording.uri,
        metadata={},
        recording=recording,
        unit=Unit(0, 1, 0.0, UNIT_SECONDS),
        language="en",
        sentences=tuple(
            replace(
                plain,
                id=f"{n + 1:04d}",
                start=n * step,
                end=(n + 0.9) * step,
                speaker=f"S{n % 2 + 1}",
                text=f"This is sentence {n} of recording {number}, about as long as one is.",
            )
            for n in range(sentences)
        ),
        turns=(),
        quality={},
        flags=(),
        pipeline=Pipeline("0" * 16, "fast", ()),
    )


def timed(what: str, act: Callable[[], T]) -> T:
    began = time.perf_counter()
    found = act()
    print(f"{time.perf_counter() - began:8.2f} s  {what}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
