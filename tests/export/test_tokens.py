from __future__ import annotations

import pytest

from core.errors import UsageProblem
from export.queue import Queue
from export.tokens import create_token, find_token, list_tokens, revoke_token


def test_a_token_says_whose_own_it_is_and_for_whom_alone_it_acts(queue: Queue) -> None:
    person, secret = create_token(queue, "kims", ["submit"], platform="studio", worker="김민지")
    boss, _ = create_token(queue, "boss", ["admin"], worker="park")
    team, _ = create_token(queue, "team", ["submit"])

    assert find_token(queue, secret) == person
    assert [(one.worker, one.person, one.bound_to) for one in (person, boss, team)] == [
        ("김민지", "김민지", "studio"),
        ("park", None, None),
        (None, None, "team"),
    ]
    assert list_tokens(queue) == (person, boss, team)
    assert revoke_token(queue, "kims").worker == "김민지"


@pytest.mark.parametrize("worker", ["", " ", "k" * 129, "kim\u0000", "kim\u202e"])
def test_a_token_is_made_for_nobody_who_could_not_hand_a_correction_in(queue: Queue, worker: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be made for worker"):
        create_token(queue, "kims", ["submit"], worker=worker)

    assert list_tokens(queue) == ()
