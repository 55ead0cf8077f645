from __future__ import annotations

import itertools
import json
import os
import signal
from pathlib import Path

import pytest

from models.offline.training.runs import Log, Run, learning_rate, load_state, save_state, saving, take_steps


def run_in(folder: Path) -> Run:
    folder.mkdir(exist_ok=True)
    return Run("a training", folder, steps=1000)


def test_a_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    assert load_state(run) is None
    save_state(run, {"step": 7})
    save_state(run, {"step": 8})
    assert load_state(run) == {"step": 8}


def test_a_run_that_dies_while_saving_keeps_the_state_before(tmp_path: Path) -> None:
    class Deadly:
        def __reduce__(self) -> str:
            raise RuntimeError("killed")

    run = run_in(tmp_path)
    save_state(run, {"step": 7})
    with pytest.raises(RuntimeError):
        save_state(run, {"step": 8, "network": Deadly()})
    assert load_state(run) == {"step": 7}


def test_the_learning_rate_rises_holds_and_falls(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    rates = [learning_rate(step, run, 1.0, warm_up=100, hold=0.4) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100:400] == [1.0] * 300
    assert all(before >= after for before, after in itertools.pairwise(rates[400:]))
    assert rates[-1] == pytest.approx(0.01)


def test_the_log_writes_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(run_in(tmp_path), every=2)
    for step, loss in enumerate((1.0, 3.0, 5.0), start=1):
        log.add(step, loss=loss)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["loss"] == 2.0
    assert json.loads(line)["step"] == 2
    assert line in capsys.readouterr().out


def test_a_signal_asks_to_stop_and_is_not_swallowed_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with saving() as wish:
        assert not wish.due()
        os.kill(os.getpid(), signal.SIGTERM)
        assert wish.stopping
        assert wish.due()
    assert signal.getsignal(signal.SIGTERM) is before


def test_steps_are_taken_from_the_first_to_the_last_with_tests_between(tmp_path: Path) -> None:
    run = Run("a training", tmp_path, steps=8)
    taken: list[int] = []
    tested: list[int] = []

    def take(step: int) -> dict[str, float]:
        taken.append(step)
        return {"loss": 0.0}

    def test() -> dict[str, float]:
        tested.append(len(taken))
        return {"error": 0.0}

    assert take_steps(run, 3, take, lambda: {"taken": list(taken)}, test=test, test_every=3) == 8
    assert taken == [3, 4, 5, 6, 7]
    assert tested == [3, 5]
    assert load_state(run) == {"step": 8, "taken": taken}


def test_a_run_that_is_asked_to_stop_keeps_the_steps_that_belong_together(tmp_path: Path) -> None:
    run = run_in(tmp_path)

    def take(step: int) -> dict[str, float]:
        if step == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return {}

    assert take_steps(run, 0, take, dict, together=4) == 8
    assert load_state(run) == {"step": 8}
