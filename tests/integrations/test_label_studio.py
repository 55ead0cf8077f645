"""Drafts to a real Label Studio and corrections back; LABEL_STUDIO_COMMAND names its command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.errors import DocumentLost, LabelStudioUnusable
from core.store import MediaStore, sha256_of_file
from core.types import Draft
from export.actions import act
from export.clips import note_clip
from export.drafts import from_json, to_json
from export.entries import QueuedDraft, QueueEntry
from export.label_studio.client import LabelStudio
from export.label_studio.place import REWORK_TAB, Place, exchanged, find_place, make_place
from export.label_studio.pull import Pulled, pull
from export.label_studio.push import Pushed, push
from export.label_studio.reviews import WITHDRAWN_REMARK, show_reviews
from export.queue import Queue
from export.reviews import Comment, Review, review, submissions
from export.states import Actor, State
from export.tables import drafts, label_studio_annotations, label_studio_projects
from tests.command import prelabel
from tests.export.conftest import SAID, build_draft, build_recording, build_sentence
from tests.label_studio import TOKEN, Annotator, edited, running_label_studio
from tests.media import make_m4a

pytestmark = pytest.mark.integration

numbers = count(1)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def label_studio(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = os.environ.get("LABEL_STUDIO_COMMAND")
    if command is None:
        pytest.skip("LABEL_STUDIO_COMMAND does not name a label-studio command")
    with running_label_studio(command, tmp_path_factory.mktemp("label-studio"), files) as url:
        yield url


@dataclass(frozen=True)
class Bench:
    """A queue with a project of its own in Label Studio, and a person who works there."""

    queue: Queue
    folder: Path
    server: LabelStudio
    project: str
    place: Place
    person: Annotator

    def enqueue(self, language: str = "en", *, speakers: tuple[str | None, ...] = ("S1", "S2")) -> Draft:
        """A draft that waits, with one sentence for each of `speakers`."""
        sentences = [
            build_sentence(SAID[language], 3.0 * n, 3.0 * n + 2.5, speaker=speaker)
            for n, speaker in enumerate(speakers)
        ]
        recording = build_recording(f"{next(numbers)}.mp4", seconds=60.0, identity=f"{next(numbers):064x}")
        draft = build_draft(sentences, recording=recording, seconds=60.0, language=language, project=self.project)
        path = self.folder / f"{draft.draft_id}.json"
        path.write_bytes(to_json(draft))
        self.queue.enqueue([QueuedDraft.of(draft, path.name, "0" * 64)])
        return from_json(path.read_bytes())

    def read(self, entry: QueueEntry) -> Draft:
        return from_json((self.folder / entry.draft.body_path).read_bytes())

    def push(self) -> Pushed:
        return push(
            self.queue,
            self.server,
            self.place,
            read_draft=self.read,
            audio_url=lambda entry: f"http://127.0.0.1/{entry.draft.draft_id}.m4a",
        )

    def pull(self, **how: Any) -> Pulled:
        return pull(self.queue, self.server, self.place, read_draft=self.read, **how)

    def pushed(self, *languages: str) -> list[tuple[Draft, dict[str, Any]]]:
        """Drafts, pushed, each with its task as a person finds it."""
        made = [self.enqueue(language) for language in languages]
        self.push()
        tasks = self.person.tasks()
        return [(draft, self.person.task(tasks[draft.draft_id]["id"])) for draft in made]

    def state(self, draft: Draft) -> State:
        return self.queue.get(draft.draft_id).state


@pytest.fixture
def bench(label_studio: str, tmp_path: Path) -> Iterator[Bench]:
    project = f"bench-{next(numbers)}"
    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue, LabelStudio(label_studio, TOKEN) as server:
        place, _ = make_place(queue, server, project, "")
        yield Bench(queue, tmp_path, server, project, place, Annotator(label_studio, place.number))


def home_with_a_draft(home: Path) -> str:
    """Make a home whose queue has one draft that waits, its sound in the store; the draft's id."""
    draft = build_draft([build_sentence(SAID["en"], 0.0, 2.0)], seconds=3.0)
    store = MediaStore(home / "store")
    store.folder(draft.recording.id).mkdir(parents=True)
    make_m4a(store.folder(draft.recording.id) / "mix.m4a")
    note_clip(store, draft.recording.id, draft.draft_id, {"mix": "mix.m4a"}, {})
    body = store.folder(draft.recording.id) / f"{draft.draft_id}.draft.json"
    body.write_bytes(to_json(draft))
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
        path = str(body.relative_to(store.root))
        queue.enqueue([QueuedDraft.of(draft, path, sha256_of_file(body))])
    return draft.draft_id


def results_of(task: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = task["predictions"][0]["result"]
    return results


def test_a_project_is_made_once_and_found_by_its_title_when_our_note_is_lost(bench: Bench, tmp_path: Path) -> None:
    assert set(bench.server.views(bench.place.number)) == {"All", REWORK_TAB}
    again, new = make_place(bench.queue, bench.server, bench.project, "")
    with Queue(f"sqlite:///{tmp_path / 'other.db'}") as other:
        found, made = make_place(other, bench.server, bench.project, "")

    assert (again, new, found, made) == (bench.place, False, bench.place, False)


def test_a_project_that_was_renamed_there_is_still_found(bench: Bench) -> None:
    bench.person.http.patch(f"/api/projects/{bench.place.number}/", json={"title": "ours"}).raise_for_status()

    found, new = make_place(bench.queue, bench.server, bench.project, "")

    assert (found.target, found.title, new) == (bench.place.target, "ours", False)


def test_a_project_whose_controls_were_taken_away_is_refused(bench: Bench) -> None:
    config = '<View><Text name="text" value="$audio"/></View>'
    bench.person.http.patch(
        f"/api/projects/{bench.place.number}/", json={"label_config": config}
    ).raise_for_status()

    with pytest.raises(LabelStudioUnusable, match="cannot show our drafts"):
        find_place(bench.queue, bench.server, bench.project)


def test_a_draft_whose_body_is_gone_is_dead_and_the_others_are_pushed(bench: Bench) -> None:
    gone, good = bench.enqueue(), bench.enqueue()

    def read(entry: QueueEntry) -> Draft:
        if entry.draft.draft_id == gone.draft_id:
            raise DocumentLost("the body is gone", why="no such file", fix="bring it back")
        return bench.read(entry)

    pushed = push(
        bench.queue,
        bench.server,
        bench.place,
        read_draft=read,
        audio_url=lambda _: "http://127.0.0.1/a.m4a",
    )

    assert (pushed.sent, [one.draft_id for one in pushed.refused]) == ((good.draft_id,), [gone.draft_id])
    assert (bench.state(gone), bench.state(good)) == (State.DEAD, State.DELIVERED)


def test_a_pushed_draft_is_delivered_and_one_task_however_often_it_is_pushed(bench: Bench) -> None:
    made = [bench.enqueue(language) for language in SAID]

    first, second = bench.push(), bench.push()

    assert sorted(first.sent) == sorted(draft.draft_id for draft in made)
    assert second == Pushed()
    assert set(bench.person.tasks()) == set(first.sent)
    assert {bench.state(draft) for draft in made} == {State.DELIVERED}


KILLED = """
import os, signal, sys
from export.drafts import from_json
from export.label_studio import push
from export.label_studio.client import LabelStudio
from export.label_studio.place import find_place
from export.queue import Queue
from pathlib import Path

folder, url, token, project = Path(sys.argv[1]), *sys.argv[2:]
push._note_tasks = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
queue, server = Queue(f"sqlite:///{folder / 'queue.db'}"), LabelStudio(url, token)
push.push(queue, server, find_place(queue, server, project),
          read_draft=lambda entry: from_json((folder / entry.draft.body_path).read_bytes()),
          audio_url=lambda entry: "http://127.0.0.1/a.m4a")
"""


def test_a_push_killed_between_import_and_note_makes_no_task_twice(bench: Bench) -> None:
    made = [bench.enqueue() for _ in range(3)]
    command = [sys.executable, "-c", KILLED, str(bench.folder), bench.server.url, TOKEN, bench.project]
    killed = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    assert (killed.returncode, len(bench.person.tasks())) == (-9, 3)
    assert exchanged(bench.queue, bench.place).unsure == 3
    with bench.queue.writing() as transaction:  # the dead process's lease runs out
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        transaction.connection.execute(drafts.update().values(leased_until=long_ago))

    again = bench.push()

    assert (again.sent, len(again.known), len(bench.person.tasks())) == ((), 3, 3)
    assert {bench.state(draft) for draft in made} == {State.DELIVERED}
    assert exchanged(bench.queue, bench.place).unsure == 0


def test_a_task_that_was_deleted_is_made_again_for_a_draft_that_waits_again(bench: Bench) -> None:
    [(draft, task)] = bench.pushed("en")
    bench.person.http.delete(f"/api/tasks/{task['id']}/").raise_for_status()
    act(bench.queue, draft.draft_id, "return", Actor.OPERATOR)

    assert bench.push().sent == (draft.draft_id,)
    assert list(bench.person.tasks()) == [draft.draft_id]


def test_a_speaker_without_a_label_gets_one(bench: Bench) -> None:
    draft = bench.enqueue(speakers=("S1", "S14", None))

    assert bench.push().sent == (draft.draft_id,)
    task = bench.person.task(bench.person.tasks()[draft.draft_id]["id"])
    labels = [one["value"]["labels"] for one in results_of(task) if one["type"] == "labels"]
    assert labels == [["S1"], ["S14"], ["?"]]
    found = find_place(bench.queue, bench.server, bench.project)
    assert found is not None
    assert "S14" in found.labels


def test_predictions_that_nobody_touched_come_back_as_drafted_in_every_language(bench: Bench) -> None:
    for _, task in bench.pushed(*SAID):
        bench.person.annotate(task["id"], lead=4.0)

    taken = bench.pull().taken

    assert len(taken) == len(SAID)
    for one in taken:
        assert (one.revision, one.lead_time, one.flags) == (1, 4.0, ())
        [submitted] = submissions(bench.queue, one.draft_id)
        draft = bench.read(bench.queue.get(one.draft_id))
        assert (submitted.source, submitted.correction.worker) == ("label_studio", "a@example.com")
        assert [
            (said.id, said.from_ids, said.start, said.end, said.speaker, said.text)
            for said in submitted.correction.sentences
        ] == [(said.id, (said.id,), said.start, said.end, said.speaker, said.text) for said in draft.sentences]


def test_work_rework_and_work_again_are_two_revisions_whose_lead_times_add(bench: Bench) -> None:
    [(draft, task)] = bench.pushed("en")
    results = edited(results_of(task), {"0001": "Hello there."})
    annotation = bench.person.annotate(task["id"], results, lead=42.5)
    assert [one.revision for one in bench.pull().taken] == [1]
    assert bench.pull() == Pulled()

    judged = Review("eve", 1, "rework", "check the names", (Comment(1, "it is four, <not> three"),))
    review(bench.queue, draft.draft_id, judged)
    assert show_reviews(bench.queue, bench.server, bench.place) == (draft.draft_id,)
    assert bench.person.in_tab(REWORK_TAB) == [draft.draft_id]
    shown = bench.person.task(task["id"])
    assert shown["data"]["review"].startswith("Rework · check the names · [0:03.0 The meeting starts")
    assert shown["data"]["audio"] == task["data"]["audio"]
    assert results_of(shown) == results_of(task)
    assert show_reviews(bench.queue, bench.server, bench.place) == ()
    assert bench.pull() == Pulled()

    bench.person.update(annotation, edited(results, {"0002": "At four."}), lead=60.0)  # 42.5 and a session of 17.5
    [second] = bench.pull().taken
    assert (second.revision, second.lead_time, second.flags) == (2, 17.5, ())
    show_reviews(bench.queue, bench.server, bench.place)
    assert bench.person.in_tab(REWORK_TAB) == []
    texts = [[one.text for one in each.correction.sentences] for each in submissions(bench.queue, draft.draft_id)]
    assert texts == [["Hello there.", SAID["en"]], ["Hello there.", "At four."]]
    assert sum(each.correction.lead_time for each in submissions(bench.queue, draft.draft_id)) == 60.0


def test_a_lead_time_that_was_put_in_the_place_of_another_counts_whole_and_is_flagged(bench: Bench) -> None:
    [(_, task)] = bench.pushed("en")
    annotation = bench.person.annotate(task["id"], lead=42.5)
    bench.pull()

    bench.person.update(annotation, results_of(task), lead=10.0)

    assert [(one.lead_time, one.flags) for one in bench.pull().taken] == [(10.0, ("lead_time_incomplete",))]


def test_an_annotation_that_was_changed_before_we_saw_it_is_flagged(bench: Bench) -> None:
    [(_, task)] = bench.pushed("en")
    annotation = bench.person.annotate(task["id"], lead=42.5)
    time.sleep(1.2)  # an update within a second counts as the creation
    bench.person.update(annotation, results_of(task), lead=10.0)

    assert [one.flags for one in bench.pull().taken] == [("lead_time_incomplete",)]


KILLED_PULL = """
import os, signal, sys
from export.drafts import from_json
from export.label_studio import pull
from export.label_studio.client import LabelStudio
from export.label_studio.place import find_place
from export.queue import Queue
from pathlib import Path

folder, url, token, project = Path(sys.argv[1]), *sys.argv[2:]
read = []


def read_or_die(entry):
    read.append(entry)
    if len(read) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return from_json((folder / entry.draft.body_path).read_bytes())


queue, server = Queue(f"sqlite:///{folder / 'queue.db'}"), LabelStudio(url, token)
pull.pull(queue, server, find_place(queue, server, project), read_draft=read_or_die)
"""


def test_a_pull_killed_between_two_tasks_leaves_the_rest_to_the_next_one(bench: Bench) -> None:
    made = bench.pushed("en", "ko", "zh", "ja")
    for _, task in made:
        bench.person.annotate(task["id"], lead=5.0)
    command = [sys.executable, "-c", KILLED_PULL, str(bench.folder), bench.server.url, TOKEN, bench.project]
    killed = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    assert killed.returncode == -9
    assert [bench.queue.get(draft.draft_id).revision for draft, _ in made] == [1, 1, 0, 0]

    assert [one.draft_id for one in bench.pull().taken] == [draft.draft_id for draft, _ in made[2:]]
    assert bench.pull() == Pulled()


def test_half_a_character_that_breaks_the_server_stops_no_pull(bench: Bench) -> None:
    (half, half_task), (good, good_task) = bench.pushed("en", "ko")
    annotation = bench.person.annotate(half_task["id"], lead=1.0)
    bench.person.annotate(good_task["id"], lead=1.0)
    spoilt = edited(results_of(half_task), {"0001": "x\ud83d"})
    with pytest.raises(AssertionError, match="500"):  # it keeps what it cannot give out again
        bench.person.update(annotation, spoilt, lead=2.0)

    done = bench.pull()

    assert ([one.draft_id for one in done.taken], [one.draft_id for one in done.refused]) == (
        [good.draft_id],
        [half.draft_id],
    )
    act(bench.queue, half.draft_id, "withdraw", Actor.OPERATOR)
    assert show_reviews(bench.queue, bench.server, bench.place) == ()
    assert [one.draft_id for one in exchanged(bench.queue, bench.place).refused] == [half.draft_id]
    bench.person.http.delete(f"/api/annotations/{annotation}/").raise_for_status()
    assert bench.pull() == Pulled()
    assert show_reviews(bench.queue, bench.server, bench.place) == (half.draft_id,)


def test_the_latest_of_several_annotations_is_the_correction(bench: Bench) -> None:
    [(draft, task)] = bench.pushed("en")
    first = bench.person.annotate(task["id"], edited(results_of(task), {"0001": "one"}), lead=1.0)
    bench.person.annotate(task["id"], edited(results_of(task), {"0001": "two"}), lead=2.0)

    assert [(one.revision, one.flags) for one in bench.pull().taken] == [(1, ("several_annotations",))]
    assert bench.pull() == Pulled()
    bench.person.update(first, edited(results_of(task), {"0001": "three"}), lead=3.0)
    assert [one.revision for one in bench.pull().taken] == [2]
    texts = [one.correction.sentences[0].text for one in submissions(bench.queue, draft.draft_id)]
    assert texts == ["two", "three"]


def test_a_skipped_task_is_reported_once_and_taken_when_somebody_does_it(bench: Bench) -> None:
    [(draft, task)] = bench.pushed("en")
    bench.person.annotate(task["id"], lead=1.0, skip=True)

    assert bench.pull().skipped == (draft.draft_id,)
    assert bench.pull() == Pulled()
    bench.person.annotate(task["id"], lead=9.0)
    assert [one.draft_id for one in bench.pull().taken] == [draft.draft_id]


def test_an_annotation_that_does_not_fit_is_kept_and_the_others_are_taken(bench: Bench) -> None:
    (gone, gone_task), (good, good_task), (bad, bad_task) = bench.pushed("en", "ko", "zh")
    act(bench.queue, gone.draft_id, "withdraw", Actor.OPERATOR)
    bench.person.annotate(gone_task["id"], edited(results_of(gone_task), {"0001": "work of an hour"}), lead=1.0)
    bench.person.annotate(good_task["id"], lead=1.0)
    spoilt = bench.person.annotate(
        bad_task["id"], edited(results_of(bad_task), {"0001": "\u202ereversed"}), lead=1.0
    )

    done = bench.pull()

    assert [one.draft_id for one in done.taken] == [good.draft_id]
    assert {one.draft_id: "U+202E" in one.reason for one in done.refused} == {
        gone.draft_id: False,
        bad.draft_id: True,
    }
    assert {one.draft_id for one in exchanged(bench.queue, bench.place).refused} == {
        gone.draft_id,
        bad.draft_id,
    }
    with bench.queue.reading() as connection:
        kept = "".join(one.document or "" for one in connection.execute(label_studio_annotations.select()))
    assert "work of an hour" in kept
    bench.person.update(spoilt, results_of(bad_task), lead=2.0)
    assert [one.draft_id for one in bench.pull().taken] == [bad.draft_id]
    show_reviews(bench.queue, bench.server, bench.place)
    assert bench.person.task(gone_task["id"])["data"]["review"] == WITHDRAWN_REMARK


def test_work_that_came_during_the_review_is_taken_when_the_review_is_over(bench: Bench) -> None:
    [(draft, task)] = bench.pushed("en")
    annotation = bench.person.annotate(task["id"], lead=1.0)
    bench.pull()
    act(bench.queue, draft.draft_id, "start_review", Actor.REVIEWER)
    bench.person.update(annotation, edited(results_of(task), {"0001": "later"}), lead=3.0)
    assert len(bench.pull().refused) == 1

    review(bench.queue, draft.draft_id, Review("eve", 1, "rework"))

    assert [(one.revision, one.lead_time) for one in bench.pull().taken] == [(2, 2.0)]
    assert exchanged(bench.queue, bench.place).refused == ()


def test_tasks_of_others_in_our_project_are_named_and_left_alone(bench: Bench) -> None:
    made = bench.server.import_tasks(
        bench.place.number, [{"data": {"audio": "a", "review": ""}, "predictions": [{"result": []}]}]
    )
    bench.person.annotate(made[0], lead=1.0)

    assert bench.pull().unknown == made


def test_a_full_pull_finds_what_changed_before_what_was_pulled_to(bench: Bench) -> None:
    [(_, old), (_, new)] = bench.pushed("en", "ko")
    bench.person.annotate(old["id"], lead=1.0)
    bench.person.annotate(new["id"], lead=1.0)
    with bench.queue.writing() as transaction:  # the server was brought back from a backup: its clock was ahead
        ahead = {"pulled_to": "2999-01-01T00:00:00.000000Z"}
        transaction.connection.execute(label_studio_projects.update().values(ahead))

    assert bench.pull().taken == ()
    assert len(bench.pull(everything=True).taken) == 2
    bench.person.annotate(new["id"], lead=2.0)
    assert len(bench.pull().taken) == 1


def test_a_personal_token_works_and_is_refreshed(bench: Bench) -> None:
    token = bench.person.personal_token()
    with LabelStudio(bench.server.url, token) as server:
        assert server.insist_version().startswith("1.23.")
        server._access = token  # a refresh token is no access token: the server answers 401, as after 300 s
        assert server.project(bench.place.number) is not None


@pytest.mark.parametrize("token", ["f" * 40, "aaaa.bbbb.cccc"])
def test_a_wrong_token_is_told(label_studio: str, token: str) -> None:
    with LabelStudio(label_studio, token) as server, pytest.raises(LabelStudioUnusable, match="token"):
        server.project(1)


def test_a_deleted_project_is_no_place_until_it_is_made_again(bench: Bench) -> None:
    bench.person.delete_project()

    assert find_place(bench.queue, bench.server, bench.project) is None
    again, new = make_place(bench.queue, bench.server, bench.project, "")
    assert (new, again.target == bench.place.target) == (True, False)


def test_the_command_makes_pushes_and_pulls_with_sound_from_local_files(
    label_studio: str, files: Path, tmp_path: Path
) -> None:
    draft_id = home_with_a_draft(tmp_path)
    where = {
        "PRELABEL_LABEL_STUDIO__URL": label_studio,
        "PRELABEL_LABEL_STUDIO__TOKEN": TOKEN,
        "PRELABEL_LABEL_STUDIO__FILES": str(files),
    }

    made = prelabel("labels", "init", "--json", home=tmp_path, **where)
    assert made.returncode == 0, made.stderr
    pushed = prelabel("labels", "push", home=tmp_path, **where)
    assert (pushed.returncode, pushed.stdout.splitlines()[0]) == (0, "1 drafts sent, 0 were there, 0 refused")
    status = prelabel("labels", "status", home=tmp_path, **where)
    assert "1 delivered" in status.stdout

    number = int(made.stdout.split('"id": ')[1].split(",")[0])
    person = Annotator(label_studio, number)
    task = person.task(person.tasks()[draft_id]["id"])
    sound = person.get(task["data"]["audio"], Range="bytes=0-9")
    assert (sound.status_code, len(sound.content)) == (206, 10)
    person.annotate(task["id"], lead=1.0)
    pulled = prelabel("labels", "pull", home=tmp_path, **where)
    assert pulled.stdout.splitlines()[0] == "1 corrections taken, 0 refused, 0 tasks skipped"
