from __future__ import annotations

import inspect
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import export.entries
import export.queue
from core.errors import Conflict, QueueUnusable, UsageProblem
from core.types import Draft, Unit
from export.drafts import draft_id
from export.entries import QueuedDraft
from export.queue import Queue
from export.states import TRANSITIONS, Actor, State
from export.tables import REVISION, VERSION_TABLE, metadata

ROOT = Path(export.queue.__file__).parents[1]


def queued(
    recording: str = "r1", fingerprint: str = "p1", units: int = 1, uri: str | None = None, project: str = "default"
) -> list[QueuedDraft]:
    """The rows of one recording, drafted by one pipeline."""
    address = uri or f"{recording}.mp4"
    return [
        QueuedDraft(
            draft_id=draft_id(recording, index, fingerprint, project),
            recording_id=recording,
            uri=address,
            external_id=address,
            project=project,
            language="ko",
            duration=600.0 * units,
            unit=Unit(index, units, 600.0 * index, 600.0 * (index + 1)),
            fingerprint=fingerprint,
            model_set="fast",
            body_path=f"{recording}/draft-{fingerprint}-{index}.json",
            body_sha256="0" * 64,
        )
        for index in range(units)
    ]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'queue.db'}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A queue without drafts, to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "queue.db"
    Queue(f"sqlite:///{file}").open().close()
    return file


@pytest.fixture
def queue(url: str, template: Path) -> Iterator[Queue]:
    shutil.copy(template, url.removeprefix("sqlite:///"))
    with Queue(url) as opened:
        yield opened


def bring_to(queue: Queue, draft: str, state: State) -> None:
    """What the platform will do one day: take a draft in hand."""
    with sqlite3.connect(queue.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE drafts SET state = ? WHERE draft_id = ?", (state, draft))
    connection.close()


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
    assert named(after=queue.list(limit=1)[0].seq, limit=1) == [("r2", "p1")]


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


def test_forget_leaves_nothing_but_ids(queue: Queue, tmp_path: Path) -> None:
    queue.enqueue(queued("r1", uri="Kim Minji interview.mp4"))
    queue.enqueue(queued("r2"))

    assert queue.forget("r1") == 1
    assert queue.forget("r1") == 0

    assert [entry.draft.recording_id for entry in queue.list()] == ["r2"]
    assert queue.addresses("r1", "default") == ()
    last = queue.events()[-1]
    assert (last.kind, last.actor, last.to_state) == ("forgotten", Actor.OPERATOR, State.WITHDRAWN)
    assert all(b"Kim Minji" not in file.read_bytes() for file in tmp_path.iterdir())
    queue.enqueue(queued("r1"))
    assert len(queue.list(recording="r1")) == 1


def test_event_numbers_are_never_given_twice(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.forget("r1")
    queue.enqueue(queued())

    numbers = [happened.seq for happened in queue.events()]
    assert numbers == [1, 2, 3]
    assert [happened.seq for happened in queue.events(after=1, limit=1)] == [2]


def test_tables_and_migrations_agree(queue: Queue) -> None:
    queue.open()
    script = ScriptDirectory.from_config(_alembic())
    engine = sa.create_engine(queue.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert script.get_current_head() == REVISION


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(export.queue.__file__).parent / "migrations"))
    return config


def test_what_was_enqueued_is_there_after_opening_again(queue: Queue) -> None:
    queue.enqueue(queued())
    queue.close()

    assert len(Queue(queue.url).list()) == 1


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes " * 100)

    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{file}").open()

    assert "not a database" in caught.value.why
    assert file.read_text() == "my notes " * 100


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE drafts (id INTEGER)")
    connection.close()

    with pytest.raises(QueueUnusable, match="not a queue of prelabel"):
        Queue(f"sqlite:///{file}").open()


def test_a_queue_of_a_newer_release_is_left_alone(queue: Queue) -> None:
    queue.close()
    with sqlite3.connect(queue.url.removeprefix("sqlite:///")) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.close()

    with pytest.raises(QueueUnusable, match="newer prelabel"):
        queue.open()


@pytest.mark.parametrize("place", ["/proc/nowhere/queue.db", "/dev/null/queue.db"])
def test_a_place_that_cannot_be_written_says_so(place: str) -> None:
    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{place}").open()

    assert "PRELABEL_QUEUE" in caught.value.fix


def test_a_folder_in_the_place_of_the_queue_says_so(tmp_path: Path) -> None:
    with pytest.raises(QueueUnusable) as caught:
        Queue(f"sqlite:///{tmp_path}").open()

    assert "unable to open" in caught.value.why


@pytest.mark.parametrize("address", ["", "queue.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_a_queue_is_a_usage_problem(address: str) -> None:
    with pytest.raises(UsageProblem):
        Queue(address).open()


def test_a_password_is_never_shown() -> None:
    with pytest.raises(UsageProblem) as caught:
        Queue("mysql://me:hunter2@host/db").open()

    assert "hunter2" not in str(caught.value)


ENQUEUE_ALL = """
import random, sys
queue = Queue(sys.argv[1])
recordings = [f"r{n}" for n in range(50)]
random.Random(sys.argv[2]).shuffle(recordings)
print(sum(len(queue.enqueue(queued(recording)).added) for recording in recordings))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that runs `code`, which knows `queued` and `Queue`."""
    whole = (
        "from __future__ import annotations\nfrom core.types import Unit\nfrom export.drafts import draft_id\n"
        "from export.entries import QueuedDraft\nfrom export.queue import Queue\n"
        f"{inspect.getsource(queued)}\n{code}"
    )
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


class QueueMachine(RuleBasedStateMachine):
    """The queue against a model of it in plain dictionaries."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "queue.db")
        self.queue = Queue(f"sqlite:///{self.folder / 'queue.db'}")
        self.model: dict[str, tuple[str, str, State]] = {}
        self.changes = 0

    @rule(recording=st.sampled_from("ab"), fingerprint=st.sampled_from("xyz"), release=st.booleans())
    def enqueue(self, recording: str, fingerprint: str, release: bool) -> None:
        units = 2 if fingerprint == "x" else 1
        rows = queued(recording, fingerprint=fingerprint, units=units)
        self.queue.enqueue(rows, release=release)
        if rows[0].draft_id in self.model:
            return
        older = {
            key: state
            for key, (owner, pipeline, state) in self.model.items()
            if owner == recording and pipeline != fingerprint and state is not State.SUPERSEDED
        }
        in_hand = any(state not in (State.READY, State.WITHHELD) for state in older.values())
        withheld = in_hand and not release
        for key, state in older.items():
            if state is State.WITHHELD or (state is State.READY and not withheld):
                self.model[key] = (*self.model[key][:2], State.SUPERSEDED)
                self.changes += 1
        for row in rows:
            self.model[row.draft_id] = (recording, fingerprint, State.WITHHELD if withheld else State.READY)
            self.changes += 1

    @rule(data=st.data())
    def take_in_hand(self, data: st.DataObject) -> None:
        ready = sorted(key for key, (_, _, state) in self.model.items() if state is State.READY)
        if ready:
            key = data.draw(st.sampled_from(ready))
            bring_to(self.queue, key, State.LEASED)
            self.model[key] = (*self.model[key][:2], State.LEASED)

    @rule(recording=st.sampled_from("ab"))
    def forget(self, recording: str) -> None:
        gone = [key for key, (owner, _, _) in self.model.items() if owner == recording]
        assert self.queue.forget(recording) == len(gone)
        self.changes += len(gone)
        for key in gone:
            del self.model[key]

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "queue"):
            found = {
                entry.draft.draft_id: (entry.draft.recording_id, entry.draft.fingerprint, entry.state)
                for entry in self.queue.list()
            }
            assert found == self.model
            assert len(self.queue.events()) == self.changes

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.queue.close()
            shutil.rmtree(self.folder)


def test_the_queue_does_what_its_model_does(template: Path) -> None:
    case = type("Machine", (QueueMachine,), {"template": template}).TestCase
    case.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
    case("runTest").runTest()


def test_the_history_of_a_draft_is_its_own_changes_only(queue: Queue) -> None:
    queue.enqueue(queued("a"))
    queue.enqueue(queued("b"))
    first, second = queue.list()
    assert [one.kind for one in queue.history(first.draft.draft_id)] == ["enqueued"]
    assert [one.draft_id for one in queue.history(second.draft.draft_id)] == [second.draft.draft_id]
    assert queue.count() == 2
