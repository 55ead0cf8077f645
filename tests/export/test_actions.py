from __future__ import annotations

import pytest

from core.errors import Conflict, NotFound
from export.actions import ACTIONS, act
from export.queue import Queue
from export.states import TRANSITIONS, Actor, State
from tests.queues import bring_to, queued


def ready_draft(queue: Queue) -> str:
    return queue.enqueue(queued()).added[0]


ALLOWED = sorted(
    (name, state, actor)
    for name, action in ACTIONS.items()
    for state in action.before
    for actor in Actor
    if (state, action.after, actor) in TRANSITIONS
)
REFUSED = sorted(
    (name, state, actor)
    for name, action in ACTIONS.items()
    for state in State
    for actor in Actor
    if (name, state, actor) not in set(ALLOWED)
)


@pytest.mark.parametrize(("name", "state", "actor"), ALLOWED)
def test_an_action_that_fits_changes_the_state_once(queue: Queue, name: str, state: State, actor: Actor) -> None:
    draft = ready_draft(queue)
    bring_to(queue, draft, state)

    entry = act(queue, draft, name, actor, by="kim", reason="because")

    assert (entry.state, entry.version) == (ACTIONS[name].after, 2)
    assert entry == queue.get(draft)
    assert [queue.get(draft).__getattribute__(column) for column in ACTIONS[name].columns] == list(
        ACTIONS[name].columns.values()
    )
    happened = queue.events()[-1]
    assert (happened.kind, happened.actor, happened.by) == (ACTIONS[name].kind, actor, "kim")
    assert (happened.from_state, happened.to_state, happened.version) == (state, entry.state, 2)
    assert happened.details == {"reason": "because"}


def test_every_action_is_somebodys() -> None:
    assert {name for name, _, _ in ALLOWED} == set(ACTIONS)
    for name, action in ACTIONS.items():
        for state in action.before:
            assert any((name, state, actor) in set(ALLOWED) for actor in Actor), (name, state)


def test_an_action_that_does_not_fit_changes_nothing(queue: Queue) -> None:
    draft = ready_draft(queue)
    for name, state, actor in REFUSED:
        bring_to(queue, draft, state)
        with pytest.raises(Conflict) as caught:
            act(queue, draft, name, actor)
        assert (queue.get(draft).state, queue.get(draft).version) == (state, 1)
        assert caught.value.code == "state"
        assert str(state) in caught.value.why
    assert len(queue.events()) == 1


def test_a_refusal_reads_well(queue: Queue) -> None:
    draft = ready_draft(queue)

    with pytest.raises(Conflict) as wrong_state:
        act(queue, draft, "redrive", Actor.OPERATOR)
    with pytest.raises(Conflict) as wrong_actor:
        act(queue, draft, "withhold", Actor.PLATFORM)

    assert wrong_state.value.why == "it is ready; that is for drafts that are dead"
    assert wrong_actor.value.why == "it is ready; from there the platform may bring it to leased only"


def test_an_action_on_an_older_version_is_refused(queue: Queue) -> None:
    draft = ready_draft(queue)
    queue.prioritise(draft, 3)

    with pytest.raises(Conflict) as caught:
        act(queue, draft, "withhold", Actor.OPERATOR, version=1)

    assert caught.value.code == "stale_version"
    assert "version 2" in caught.value.why
    assert act(queue, draft, "withhold", Actor.OPERATOR, version=2).state is State.WITHHELD


def test_an_action_on_an_unknown_draft_is_not_found(queue: Queue) -> None:
    with pytest.raises(NotFound):
        act(queue, "0" * 32, "withdraw", Actor.OPERATOR)
