from __future__ import annotations

import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import export.entries
import export.queue
from core.errors import Conflict, UsageProblem
from core.types import Draft
from export.actions import act
from export.entries import QueuedDraft
from export.queue import Queue
from export.states import TRANSITIONS, Actor, State
from export.tables import drafts
from tests.queues import bring_to, fill, queued, statements, whole_scans

ROOT = Path(export.queue.__file__).parents[1]


def states(queue: Queue) -> dict[tuple[str, int], str]:
    return {(entry.draft.fingerprint, entry.draft.unit.index): str(entry.state) for entry in queue.list()}


def test_a_new_draft_is_ready_and_its_event_says_who_did_it_when(queue: Queue) -> None:
    result = queue.enqueue(queued())

    (entry,) = queue.list()
    (happened,) = queue.events()
    assert entry == result.entries[0]
    assert entry.draft == queued()[0]
    assert (entry.state, entry.version) == (State.READY, 1)
    assert result.added == (entry.draft.draft_id,)
    assert result.duplicate_of is None
    assert (happened.kind, happened.actor) == ("enqueued", Actor.PIPELINE)
    assert (happened.from_state, happened.to_state) == (None, State.READY)
    assert happened.draft_id == entry.draft.draft_id
    assert abs(datetime.now(UTC) - happened.at) < timedelta(hours=1)


def test_enqueueing_twice_changes_nothing_and_the_first_body_wins(queue: Queue) -> None:
    queue.enqueue(queued())
    again = [replace(queued()[0], body_path="elsewhere.json", body_sha256="f" * 64)]

    result = queue.enqueue(again)

    assert result.added == ()
    assert result.entries[0].draft == queued()[0]
    assert len(queue.events()) == 1


def test_the_same_bytes_under_another_address_are_a_duplicate_of_the_first(queue: Queue) -> None:
    queue.enqueue(queued(uri="a.mp4"))

    result = queue.enqueue(queued(uri="b.mp4"))
    again = queue.enqueue(queued(uri="b.mp4"))

    assert (result.added, result.duplicate_of) == ((), "a.mp4")
    assert again.duplicate_of == "a.mp4"
    assert queue.enqueue(queued(uri="a.mp4")).duplicate_of is None
    assert queue.addresses("r1", "default") == ("a.mp4", "b.mp4")
    assert [happened.kind for happened in queue.events()] == ["enqueued", "alias"]
    assert queue.list(recording="b.mp4") == queue.list(recording="r1") == queue.list()


def test_another_project_or_pipeline_makes_no_duplicate(queue: Queue) -> None:
    queue.enqueue(queued(uri="a.mp4"))

    assert queue.enqueue(queued(uri="b.mp4", project="other")).duplicate_of is None
    assert queue.enqueue(queued(uri="b.mp4", fingerprint="p2")).duplicate_of is None
    assert queue.enqueue(queued(uri="b.mp4", fingerprint="p2")).duplicate_of is None


def test_a_new_pipeline_supersedes_what_is_still_ready(queue: Queue) -> None:
    old = queue.enqueue(queued(units=2))

    result = queue.enqueue(queued(fingerprint="p2", units=3))

    assert result.superseded == old.added
    assert states(queue) == {
        ("p1", 0): "superseded",
        ("p1", 1): "superseded",
        ("p2", 0): "ready",
        ("p2", 1): "ready",
        ("p2", 2): "ready",
    }
    assert [(e.kind, e.from_state, e.to_state) for e in queue.events()][2:4] == [
        ("superseded", State.READY, State.SUPERSEDED)
    ] * 2
    assert [entry.version for entry in queue.list(state=State.SUPERSEDED)] == [2, 2]


@pytest.mark.parametrize(
    "further", sorted(set(State) - {State.READY, State.SUPERSEDED, State.WITHHELD, State.WITHDRAWN})
)
def test_a_recording_in_somebodys_hand_withholds_the_new_drafts(queue: Queue, further: State) -> None:
    first, _ = queue.enqueue(queued(units=2)).added
    bring_to(queue, first, further)

    result = queue.enqueue(queued(fingerprint="p2"))

    assert result.superseded == ()
    assert states(queue) == {("p1", 0): further, ("p1", 1): "ready", ("p2", 0): "withheld"}
    assert queue.events()[-1].to_state is State.WITHHELD


def test_release_makes_them_ready_and_takes_back_what_still_waits(queue: Queue) -> None:
    first, _ = queue.enqueue(queued(units=2)).added
    bring_to(queue, first, State.LEASED)
    queue.enqueue(queued(fingerprint="p2"))

    queue.enqueue(queued(fingerprint="p3"), release=True)

    assert states(queue) == {
        ("p1", 0): "leased",
        ("p1", 1): "superseded",
        ("p2", 0): "superseded",
        ("p3", 0): "ready",
    }


def test_a_newer_pipeline_supersedes_what_was_withheld(queue: Queue) -> None:
    (first,) = queue.enqueue(queued()).added
    bring_to(queue, first, State.ACCEPTED)
    queue.enqueue(queued(fingerprint="p2"))

    queue.enqueue(queued(fingerprint="p3"))

    assert states(queue) == {("p1", 0): "accepted", ("p2", 0): "superseded", ("p3", 0): "withheld"}


def test_an_older_pipeline_that_comes_again_does_not_come_back(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.enqueue(queued(fingerprint="p2"))

    result = queue.enqueue(queued())

    assert result.entries[0].state is State.SUPERSEDED
    assert states(queue) == {("p1", 0): "superseded", ("p2", 0): "ready"}


def test_projects_and_recordings_do_not_supersede_one_another(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.enqueue(queued(fingerprint="p2", project="other"))
    queue.enqueue(queued("r2", fingerprint="p2"))

    assert {entry.state for entry in queue.list()} == {State.READY}


def test_drafts_of_two_recordings_are_not_enqueued_together(queue: Queue) -> None:
    with pytest.raises(ValueError, match="one recording"):
        queue.enqueue(queued() + queued("r2"))
    with pytest.raises(ValueError, match="one recording"):
        queue.enqueue([])


def test_a_transition_that_is_not_published_is_refused(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.enqueue(queued())
    allowed = TRANSITIONS - {(State.READY, State.SUPERSEDED, Actor.PIPELINE)}
    monkeypatch.setattr(export.entries, "TRANSITIONS", allowed)

    with pytest.raises(Conflict, match="cannot become superseded"):
        queue.enqueue(queued(fingerprint="p2"))

    assert states(queue) == {("p1", 0): "ready"}
    assert len(queue.events()) == 1


def test_list_filters_and_pages(queue: Queue) -> None:
    queue.enqueue(queued("r1"))
    queue.enqueue([replace(queued("r2", project="news")[0], language="ja")])
    queue.enqueue(queued("r1", fingerprint="p2"))

    def named(**wanted: object) -> list[tuple[str, str]]:
        return [(e.draft.recording_id, e.draft.fingerprint) for e in queue.list(**wanted)]  # type: ignore[arg-type]

    assert named(state=State.READY) == [("r2", "p1"), ("r1", "p2")]
    assert named(language="ja") == [("r2", "p1")]
    assert named(project="news") == [("r2", "p1")]
    assert named(recording="r1") == [("r1", "p1"), ("r1", "p2")]
    assert named(limit=1) == [("r1", "p1")]
    assert named(after=queue.list(limit=1)[0].place, limit=1) == [("r2", "p1")]


def test_list_takes_several_states_and_a_worker(queue: Queue) -> None:
    first, second, third = (queue.enqueue(queued(name)).added[0] for name in ("r1", "r2", "r3"))
    bring_to(queue, first, State.DELIVERED)
    bring_to(queue, second, State.REWORK)
    with queue.writing() as transaction:
        theirs = drafts.update().where(drafts.c.draft_id.in_([first, third]))
        transaction.connection.execute(theirs.values(worker="김민지"))

    def ids(**wanted: Any) -> list[str]:
        return [entry.draft.draft_id for entry in queue.list(**wanted)]

    assert ids(state=[State.REWORK, State.DELIVERED]) == [first, second]
    assert ids(state=[State.REWORK]) == ids(state=State.REWORK) == [second]
    assert ids(state=[]) == [first, second, third]
    assert ids(worker="김민지") == [first, third]
    assert ids(worker="김민지", state=[State.REWORK, State.DELIVERED]) == [first]
    assert ids(worker="김") == []
    page = queue.list(state=[State.REWORK, State.DELIVERED], limit=1)
    assert ids(state=[State.REWORK, State.DELIVERED], after=page[0].place) == [second]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("interview", ["a"]),
        ("INTERVIEW-0", ["a"]),
        ("민지", ["b"]),
        (unicodedata.normalize("NFD", "민지"), ["b"]),
        ("회의", ["c"]),
        ("ÉTÉ", ["d", "e"]),
        ("été 2", ["e"]),
        ("ＡＢ", ["e"]),
        ("talks.example", ["a", "d"]),
        ("100%", ["c"]),
        ("_", []),
        ("%", ["c"]),
        ("nothing so", []),
    ],
)
def test_search_finds_a_part_of_a_name_or_an_address(queue: Queue, search: str, found: list[str]) -> None:
    for recording, uri, external_id in (
        ("a", "https://talks.example/a", "Interview-01"),
        ("b", "b.mp4", "김민지 1"),
        ("c", f"{unicodedata.normalize('NFD', '회의')} 100%.mp4", "c"),  # as file names of macOS come
        ("d", "https://talks.example/d", "l'été"),
        ("e", "e.mp4", "Été 2026 ａｂｃ"),
    ):
        queue.enqueue([replace(queued(recording, uri=uri)[0], external_id=external_id)])

    assert [entry.draft.recording_id for entry in queue.list(search=search)] == found


def test_search_finds_the_beginning_of_a_draft_id(queue: Queue) -> None:
    for number in range(20):
        queue.enqueue(queued(f"r{number}"))
    whole = queue.list()[7].draft.draft_id

    assert [entry.draft.draft_id for entry in queue.list(search=whole)] == [whole]
    assert whole in [entry.draft.draft_id for entry in queue.list(search=whole[:6].upper())]
    assert whole not in [entry.draft.draft_id for entry in queue.list(search=whole[1:])]


def test_show_takes_the_start_of_an_id_that_no_other_shares(queue: Queue) -> None:
    for number in range(40):
        queue.enqueue(queued(f"r{number}"))
    whole = queue.list()[7].draft.draft_id

    assert queue.show(whole).draft.draft_id == whole
    assert queue.show(whole[:12]).draft.draft_id == whole
    with pytest.raises(UsageProblem, match="no draft"):
        queue.show("%")
    with pytest.raises(UsageProblem, match="several"):
        queue.show("")


def test_show_of_an_empty_name_never_guesses(queue: Queue) -> None:
    queue.enqueue(queued())

    with pytest.raises(UsageProblem):
        queue.show("")


def test_the_entry_for_programs_speaks_the_drafts_words(queue: Queue, draft: Callable[..., Draft]) -> None:
    made = draft()
    row = QueuedDraft.of(made, "ab/draft-0.json", "0" * 64)

    found = queue.enqueue([row]).entries[0].to_dict()

    assert found["draft_id"] == made.draft_id
    assert found["recording"] == "talk.mp4"
    assert found["state"] == "ready"
    assert found["unit"] == {"index": 0, "count": 1, "start": 0.0, "end": 10.0}


def test_forget_leaves_nothing_but_ids(queue: Queue) -> None:
    queue.enqueue(queued("r1", uri="Kim Minji interview.mp4"))
    queue.enqueue(queued("r2"))

    assert queue.forget("r1") == 1
    assert queue.forget("r1") == 0

    assert [entry.draft.recording_id for entry in queue.list()] == ["r2"]
    assert queue.addresses("r1", "default") == ()
    last = queue.events()[-1]
    assert (last.kind, last.actor, last.to_state) == ("forgotten", Actor.OPERATOR, State.WITHDRAWN)
    queue.enqueue(queued("r1"))
    assert len(queue.list(recording="r1")) == 1


def test_event_numbers_are_never_given_twice(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.forget("r1")
    queue.enqueue(queued())

    numbers = [happened.seq for happened in queue.events()]
    assert numbers == [1, 2, 3]
    assert [happened.seq for happened in queue.events(after=1, limit=1)] == [2]


@pytest.mark.parametrize(
    "wanted",
    [
        {"state": State.ACCEPTED},
        {"state": State.ACCEPTED, "language": "ja"},
        {"language": "ja"},
        {"project": "news"},
        {"project": "news", "language": "ja"},
        {"recording": "r1"},
        {"recording": "https://talks.example/1"},
        {"state": [State.DELIVERED, State.REWORK]},
        {"state": [State.DELIVERED, State.REWORK], "worker": "kim"},
        {"worker": "kim"},
    ],
)
def test_no_list_reads_the_whole_queue(queue: Queue, wanted: dict[str, Any]) -> None:
    fill(queue, 2000)

    with statements(queue) as sent:
        queue.list(**wanted, limit=100)

    (asked,) = [one for one in sent if one[0].startswith("SELECT")]
    assert whole_scans(queue, *asked) == []


def test_a_recording_is_found_by_the_start_of_its_id(queue: Queue) -> None:
    for recording in ("ab1", "ab2", "b3%"):
        queue.enqueue(queued(recording, units=2))

    assert queue.recordings("b") == queue.recordings("b3%") == ("b3%",)
    assert set(queue.recordings("ab")) == {"ab1", "ab2"}
    assert queue.recordings("%") == ()


ENQUEUE_ALL = """
import random, sys
queue = Queue(sys.argv[1])
recordings = [f"r{n}" for n in range(50)]
random.Random(sys.argv[2]).shuffle(recordings)
print(sum(len(queue.enqueue(queued(recording)).added) for recording in recordings))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that runs `code`, which knows `queued` and `Queue`."""
    whole = f"from export.queue import Queue\nfrom tests.queues import queued\n{code}"
    return subprocess.Popen([sys.executable, "-c", whole, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_four_processes_enqueue_the_same_drafts_once(url: str) -> None:
    children = [start(ENQUEUE_ALL, url, str(number)) for number in range(4)]  # the queue does not exist yet
    added = [int(child.communicate(timeout=120)[0]) for child in children]

    queue = Queue(url)
    assert sum(added) == 50
    assert len(queue.list()) == 50
    assert sorted(happened.draft_id for happened in queue.events()) == sorted(
        entry.draft.draft_id for entry in queue.list()
    )
    assert [happened.seq for happened in queue.events()] == list(range(1, 51))


ENQUEUE_FOR_EVER = """
import itertools, sys
queue = Queue(sys.argv[1])
for number in itertools.count():
    for fingerprint in ("p1", "p2"):
        queue.enqueue(queued(f"r{number}", fingerprint=fingerprint, units=4))
        print(number, fingerprint, flush=True)
"""


@pytest.mark.parametrize("after", [1, 6, 15])
def test_a_killed_process_leaves_whole_recordings_and_loses_none_that_it_reported(url: str, after: int) -> None:
    child = start(ENQUEUE_FOR_EVER, url)
    assert child.stdout is not None
    for _ in range(after):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    reported = after + len(child.stdout.read().splitlines())
    child.wait()
    child.stdout.close()

    queue = Queue(url)
    entries = queue.list()
    assert reported <= len(entries) / 4 <= reported + 1
    for first, *others in zip(*[iter(entries)] * 4, strict=True):
        assert all(
            (other.draft.recording_id, other.draft.fingerprint, other.state)
            == (first.draft.recording_id, first.draft.fingerprint, first.state)
            for other in others
        )
    happened = queue.events()
    assert [one.seq for one in happened] == list(range(1, len(happened) + 1))
    assert len(happened) == len(entries) + len(queue.list(state=State.SUPERSEDED))


def test_the_history_of_a_draft_is_its_own_changes_only(queue: Queue) -> None:
    queue.enqueue(queued("a"))
    queue.enqueue(queued("b"))
    first, second = queue.list()
    assert [one.kind for one in queue.history(first.draft.draft_id)] == ["enqueued"]
    assert [one.draft_id for one in queue.history(second.draft.draft_id)] == [second.draft.draft_id]
    assert queue.count() == 2


def accept(queue: Queue, *draft_ids: str) -> None:
    for draft_id in draft_ids:
        bring_to(queue, draft_id, State.ACCEPTED)
    with queue.writing() as transaction:
        accepted = drafts.update().where(drafts.c.draft_id.in_(draft_ids))
        transaction.connection.execute(accepted.values(accepted_at=transaction.now - timedelta(days=10)))


def test_a_recording_is_settled_when_every_draft_of_it_was_accepted_long_ago(queue: Queue) -> None:
    first, second = queue.enqueue(queued("r1", units=2)).added
    (elsewhere,) = queue.enqueue(queued("r1", project="another")).added
    queue.enqueue(queued("r2"))
    (withdrawn,) = queue.enqueue(queued("r3")).added
    bring_to(queue, withdrawn, State.WITHDRAWN)

    accept(queue, first, elsewhere)
    assert queue.settled(days=0) == ()
    accept(queue, second)
    assert queue.settled(days=0) == ("r1",)
    assert queue.settled(days=9) == ("r1",)
    assert queue.settled(days=11) == ()

    act(queue, second, "reopen", Actor.REVIEWER)
    assert queue.settled(days=0) == ()
