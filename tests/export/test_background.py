from __future__ import annotations

import pytest

import export.background
from core.errors import QueueUnusable
from export.background import STANDSTILL_SECONDS, TOLD_AGAIN_SECONDS, Rounds


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(export.background.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def fail(rounds: Rounds, error: Exception) -> None:
    with rounds.round():
        raise error


def locked() -> QueueUnusable:
    return QueueUnusable("the queue cannot be used", why="it is locked", fix="wait")


def test_each_kind_of_trouble_is_logged_once_in_ten_minutes(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    rounds = Rounds("ending leases")
    for _ in range(20):
        fail(rounds, locked())
        fail(rounds, ValueError("a bug"))
    assert [record.getMessage().split("\n")[0] for record in caplog.records] == [
        "ending leases: the queue cannot be used: it is locked",
        "ending leases: a mistake of ours",
    ]
    assert caplog.records[1].exc_info is not None

    clock.now += TOLD_AGAIN_SECONDS
    fail(rounds, locked())
    assert len(caplog.records) == 3


def test_work_whose_rounds_fail_or_do_not_come_stands_still(clock: Clock) -> None:
    rounds = Rounds("ending leases")
    assert rounds.standstill is None
    clock.now += STANDSTILL_SECONDS + 1
    fail(rounds, locked())
    assert rounds.standstill == STANDSTILL_SECONDS + 1

    with rounds.round():
        pass
    assert rounds.standstill is None


def test_an_end_that_is_wanted_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyboardInterrupt), Rounds("ending leases").round():
        raise KeyboardInterrupt
    assert caplog.records == []
