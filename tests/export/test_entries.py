from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.errors import Conflict, NotFound
from export.entries import alter, change, locked_entry, note
from export.handoff import Wanted, acknowledge, lease
from export.queue import Queue
from export.states import GONE, TRANSITIONS, UNTOUCHED, WITH_PEOPLE, Actor, State
from tests.queues import queued


def test_a_change_of_state_and_one_beside_it_count_alike(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added

    with queue.writing() as transaction:
        entry = locked_entry(transaction, draft, 1)
        changed = alter(transaction, entry, "prioritised", Actor.OPERATOR, by="kim", priority=4)
        changed = change(transaction, changed, State.WITHHELD, "withheld", Actor.OPERATOR, details={"reason": "r"})

    assert changed == queue.get(draft)
    assert (changed.version, changed.priority, changed.state) == (3, 4, State.WITHHELD)
    assert [(one.kind, one.version, one.by, dict(one.details)) for one in queue.history(draft)] == [
        ("enqueued", 1, None, {}),
        ("prioritised", 2, "kim", {}),
        ("withheld", 3, None, {"reason": "r"}),
    ]


def test_a_change_that_the_table_does_not_allow_leaves_nothing(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added

    with pytest.raises(Conflict) as caught, queue.writing() as transaction:
        entry = locked_entry(transaction, draft)
        change(transaction, entry, State.ACCEPTED, "accepted", Actor.REVIEWER, priority=7)

    assert str(caught.value) == (
        f"draft {draft} cannot become accepted: it is ready; from there the reviewer may bring it nowhere\n"
        "  fix: get the draft again to see its state; docs/platform.md has the table of states"
    )
    assert (queue.get(draft).priority, len(queue.events())) == (0, 1)


def test_an_entry_is_locked_at_the_version_that_was_seen_or_not_at_all(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added

    with queue.writing() as transaction:
        with pytest.raises(Conflict, match="has changed") as stale:
            locked_entry(transaction, draft, 2)
        with pytest.raises(NotFound, match="there is no draft 'nobody'"):
            locked_entry(transaction, "nobody")
        assert locked_entry(transaction, draft, 1).version == 1

    assert stale.value.why == "you named version 2, and it is at version 1 (ready)"


def test_a_name_of_any_length_is_shown_in_part_only(queue: Queue) -> None:
    with pytest.raises(NotFound) as caught:
        queue.get("x" * 10_000)

    assert len(caught.value.what) < 100


def test_an_entry_says_until_when_it_is_leased_only_while_it_is(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added
    assert queue.get(draft).to_dict()["leased_until"] is None
    (leased,) = lease(queue, Wanted("platform", worker="kim"))

    said = queue.get(draft).to_dict()
    assert datetime.fromisoformat(said["leased_until"]) > datetime.now(UTC)
    assert (said["holder"], said["worker"], said["received"]) == ("platform", "kim", 1)
    acknowledge(queue, draft, leased.token)
    assert queue.get(draft).to_dict()["leased_until"] is None


def test_an_event_for_programs_has_words_for_states_and_a_zone_for_its_time(queue: Queue) -> None:
    (draft,) = queue.enqueue(queued()).added
    with queue.writing() as transaction:
        note(transaction, "alias", Actor.PIPELINE, queued()[0], None, None)

    first, second = (one.to_dict() for one in queue.events())

    assert first | {"at": None} == {
        "seq": 1,
        "at": None,
        "kind": "enqueued",
        "actor": "pipeline",
        "by": None,
        "draft_id": draft,
        "recording_id": "r1",
        "from": None,
        "to": "ready",
        "version": 1,
        "details": {},
    }
    assert (second["from"], second["to"], second["version"]) == (None, None, None)
    assert datetime.fromisoformat(first["at"]).utcoffset() is not None
    assert first["at"] <= second["at"]


def test_the_table_of_states_leads_everywhere_and_out_of_withdrawn_nowhere() -> None:
    reached = {after for before, after, _ in TRANSITIONS if before is None}
    while further := {after for before, after, _ in TRANSITIONS if before in reached} - reached:
        reached |= further

    assert reached == set(State)
    assert not any(before is State.WITHDRAWN for before, _, _ in TRANSITIONS)
    assert {before for before, after, _ in TRANSITIONS if after is State.SUPERSEDED} == UNTOUCHED
    assert all(after is State.WITHDRAWN for before, after, _ in TRANSITIONS if before in GONE)
    assert {before for before, after, _ in TRANSITIONS if after is State.SUBMITTED} >= WITH_PEOPLE
