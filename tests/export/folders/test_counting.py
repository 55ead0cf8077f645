from __future__ import annotations

import json
from pathlib import Path

import pytest

from export.actions import act
from export.folders import counting
from export.folders.counting import reconciliation
from export.states import Actor
from tests.export.exchanges import (
    Desk,
    correction_of,
    delivered,
    pulled,
    pushed,
    put,
)


def test_the_reconciliation_says_what_was_sent_is_held_and_came_back(desk: Desk, folder: Path) -> None:
    made = delivered(desk, folder, 3)
    desk.add(2, first=3)
    put(folder, f"{made[0].draft_id}/1.json", correction_of(made[0]))
    pulled(desk, folder)

    document = reconciliation(desk.queue, str(folder), write_it=True)

    assert json.loads((folder / "reconciliation.json").read_bytes()) == document
    assert document["schema"] == "prelabel.reconciliation/1"
    assert (document["sent"]["drafts"], document["came_back"]["drafts"]) == (3, 1)
    assert document["held"] == {
        "drafts": 2,
        "minutes": round(20 / 60, 3),
        "draft_ids": [made[1].draft_id, made[2].draft_id],
    }
    assert document["states"]["submitted"]["drafts"] == 1


def test_the_reconciliation_is_written_once_a_day(desk: Desk, folder: Path) -> None:
    delivered(desk, folder)
    file = folder / "reconciliation.json"
    first = json.loads(file.read_bytes())
    desk.add(1, first=1)
    pushed(desk, folder)
    assert json.loads(file.read_bytes()) == first

    file.write_text(json.dumps(first | {"at": "2026-01-01T00:00:00+00:00"}))
    pulled(desk, folder)
    assert json.loads(file.read_bytes())["sent"]["drafts"] == 2


def test_what_another_folder_has_by_now_is_sent_but_neither_held_nor_back_and_numbers_agree_with_lists(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    moved, worked_on, kept = delivered(desk, folder, 3)
    for draft in (moved, worked_on):
        act(desk.queue, draft.draft_id, "return", Actor.OPERATOR)
    pushed(desk, other)
    put(other, f"{worked_on.draft_id}/1.json", correction_of(worked_on))
    pulled(desk, other)

    here = reconciliation(desk.queue, str(folder), write_it=False)
    there = reconciliation(desk.queue, str(other), write_it=False)

    assert (here["sent"]["drafts"], here["held"]["drafts"], here["came_back"]["drafts"]) == (3, 1, 0)
    assert here["held"]["draft_ids"] == [kept.draft_id]
    assert (there["sent"]["drafts"], there["held"]["drafts"], there["came_back"]["drafts"]) == (2, 1, 1)
    assert there["held"]["draft_ids"] == [moved.draft_id]


def test_nothing_is_counted_on_a_day_that_has_its_count(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(desk, folder)
    monkeypatch.setattr(counting, "reconcile", lambda *_, **__: pytest.fail("the queue is counted"))

    pushed(desk, folder)
    pulled(desk, folder)
