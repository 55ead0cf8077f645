from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from export.actions import act
from export.folders import news
from export.reviews import Comment, Review, review, submissions
from export.states import Actor, State
from tests.export.exchanges import (
    Desk,
    broken_off,
    correction_of,
    delivered,
    kept_in,
    pulled,
    pushed,
    put,
    told,
)


def test_a_draft_goes_through_rework_to_acceptance_by_files_alone(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    put(folder, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, folder)
    comments = (Comment(0, "두 사람이 말합니다"),)
    review(desk.queue, draft.draft_id, Review("lee", 1, "rework", "Numbers in digits, please.", comments))
    pushed(desk, folder)

    rework = told(kept_in(folder))[-1]
    assert (rework["schema"], rework["kind"], rework["draft_id"]) == ("prelabel.event/1", "rework", draft.draft_id)
    assert rework["review"] == {
        "reviewer": "lee",
        "revision": 1,
        "verdict": "rework",
        "comment": "Numbers in digits, please.",
        "comments": [{"sentence": 0, "text": "두 사람이 말합니다"}],
    }
    put(folder, f"{draft.draft_id}/{rework['review']['revision'] + 1}.json", correction_of(draft, 2))
    assert len(pulled(desk, folder).accepted) == 1
    review(desk.queue, draft.draft_id, Review("lee", 2, "accepted"))
    reopened = act(desk.queue, draft.draft_id, "reopen", Actor.REVIEWER)
    review(desk.queue, draft.draft_id, Review("park", 2, "accepted", "as it was"), version=reopened.version)
    pulled(desk, folder)

    found = told(kept_in(folder))
    kinds = ["delivered", "submitted", "rework", "submitted", "accepted", "reopened", "accepted"]
    assert [event["kind"] for event in found] == kinds
    assert [event["review"]["reviewer"] for event in found if "review" in event] == ["lee", "lee", "park"]
    assert [event["version"] for event in found] == sorted(event["version"] for event in found)
    assert len(submissions(desk.queue, draft.draft_id)) == 2


def test_each_file_is_whole_named_after_its_last_event_and_has_its_checksum(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "MOST_EVENTS", 2)
    for draft in delivered(desk, folder, 5):
        act(desk.queue, draft.draft_id, "withdraw", Actor.OPERATOR)
    pushed(desk, folder)

    files = {name: content for name, content in kept_in(folder).items() if name.startswith("out/events/")}
    lines = {name: content for name, content in files.items() if name.endswith(".jsonl")}
    assert len(lines) == 6
    assert len(told(kept_in(folder))) == 10
    for name, content in lines.items():
        assert int(name[-18:-6]) == json.loads(content.splitlines()[-1])["seq"]
        digest = hashlib.sha256(content).hexdigest()
        assert files[f"{name}.sha256"] == f"{digest}  {name.rpartition('/')[2]}\n".encode()
    before = kept_in(folder)
    pulled(desk, folder)
    pushed(desk, folder)
    assert kept_in(folder) == before


def test_what_the_reader_removed_stays_removed(desk: Desk, folder: Path) -> None:
    one, two = delivered(desk, folder, 2)
    act(desk.queue, one.draft_id, "withdraw", Actor.OPERATOR)
    pulled(desk, folder)
    for file in (folder / "out/events").iterdir():
        file.unlink()
    act(desk.queue, two.draft_id, "withdraw", Actor.OPERATOR)
    pulled(desk, folder)

    assert [event["draft_id"] for event in told(kept_in(folder))] == [two.draft_id]


def test_a_folder_hears_of_a_draft_until_another_gets_it(desk: Desk, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (draft,) = delivered(desk, folder)
    act(desk.queue, draft.draft_id, "return", Actor.OPERATOR, reason="the worker left")
    pushed(desk, other)
    put(other, f"{draft.draft_id}/1.json", correction_of(draft))
    pulled(desk, other)
    review(desk.queue, draft.draft_id, Review("lee", 1, "rework", "for the other one"))
    pulled(desk, folder)
    pulled(desk, other)

    assert [event["kind"] for event in told(kept_in(folder))] == ["delivered", "returned"]
    assert [event["kind"] for event in told(kept_in(other))] == ["delivered", "submitted", "rework"]


def test_a_draft_that_a_newer_pipeline_took_the_place_of_is_told(desk: Desk, folder: Path) -> None:
    (draft,) = delivered(desk, folder)
    act(desk.queue, draft.draft_id, "return", Actor.OPERATOR)
    desk.add_newer(draft)
    pulled(desk, folder)

    assert [event["kind"] for event in told(kept_in(folder))] == ["delivered", "returned", "superseded"]
    assert desk.queue.get(draft.draft_id).state is State.SUPERSEDED


@pytest.mark.parametrize("moment", ["before the file", "after the file"])
def test_a_file_of_a_killed_process_comes_again_with_the_same_name_and_lines(
    desk: Desk, folder: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = delivered(desk, folder, 2)
    act(desk.queue, one.draft_id, "withdraw", Actor.OPERATOR)
    write = news.write_file

    def killed(*arguments: Any) -> None:
        if moment == "after the file":
            write(*arguments)
        broken_off()

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(news, "write_file", killed)
        pulled(desk, folder)
    before = kept_in(folder)
    act(desk.queue, two.draft_id, "withdraw", Actor.OPERATOR)
    pulled(desk, folder)

    after = kept_in(folder)
    assert {name: after[name] for name in before} == before
    assert [event["draft_id"] for event in told(after)][2:] == [one.draft_id, two.draft_id]


def test_several_at_once_tell_each_event_in_one_file(desk: Desk, folder: Path) -> None:
    made = delivered(desk, folder, 12)
    for draft in made:
        act(desk.queue, draft.draft_id, "withdraw", Actor.OPERATOR)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: pulled(desk, folder), range(3)))

    assert [event["draft_id"] for event in told(kept_in(folder))] == 2 * [draft.draft_id for draft in made]


def test_a_folder_that_is_new_hears_nothing_of_old_times(desk: Desk, folder: Path) -> None:
    for draft in desk.add(3):
        act(desk.queue, draft.draft_id, "withdraw", Actor.OPERATOR)

    pushed(desk, folder)
    pulled(desk, folder)
    assert told(kept_in(folder)) == []
