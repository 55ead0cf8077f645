"""What all trainings share: the loop over steps, a state that survives a kill, a learning rate by step, a log.

A training is a function of its seed and its number of steps: the examples of a step come from the step's number, so
a run that was stopped and started again ends where an uninterrupted one ends (up to the order of additions).
"""

from __future__ import annotations

import json
import math
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from core.errors import EnvironmentProblem

SAVE_EVERY_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """Where and how one training runs. `steps` is where the schedule ends; `folder` keeps state and log.

    `start` holds weights to begin from; None: random ones.
    """

    name: str
    folder: Path
    steps: int
    device: str = "cpu"
    threads: int = 1
    seed: int = 0
    start: Path | None = None

    @property
    def state_file(self) -> Path:
        return self.folder / "state.pt"


def prepare(run: Run) -> None:
    """Make the folder, and bind torch to the run's threads and seed.

    Raises EnvironmentProblem where the folder cannot be made or written, or the run's device is not there.
    """
    import torch

    if run.device == "cuda" and not torch.cuda.is_available():
        raise EnvironmentProblem(
            "cannot train on cuda",
            why="torch finds no CUDA device here",
            fix="leave --device out, or use a GPU machine",
        )
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=run.folder):
            pass
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot keep a training in {run.folder}",
            why=str(error),
            fix="name a --folder that can be made and written",
        ) from error
    torch.set_num_threads(run.threads)
    torch.manual_seed(run.seed)


def take_steps(
    run: Run,
    first: int,
    take: Callable[[int], Mapping[str, float]],
    state: Callable[[], Mapping[str, Any]],
    *,
    test: Callable[[], Mapping[str, float]] | None = None,
    test_every: int = 500,
    together: int = 1,
) -> int:
    """Take the steps of a run from `first` on, to the last or until somebody asks it to stop; how many are done.

    `take` takes the step of a number; what it gives is logged, and so is what `test` gives. What `state` gives is
    saved with the number of steps that are done: after a test, once a minute, and in the end. Between `together`
    steps a run is neither saved nor stopped.
    """
    log = Log(run)
    step = first

    def save() -> None:
        save_state(run, {"step": step, **state()})

    with saving() as wish:
        while step < run.steps and not wish.stopping:
            for _ in range(min(together, run.steps - step)):
                figures = take(step)
                step += 1
                log.add(step, **figures)
            if test and (step % test_every == 0 or step >= run.steps):
                log.write(step, **test())
                save()
            elif wish.due():
                save()
    save()
    return step


def save_state(run: Run, state: Mapping[str, Any]) -> None:
    """Write the state whole or not at all. It should hold `step`: the number of steps that are done."""
    write_whole(dict(state), run.state_file)


def write_whole(content: Any, file: Path) -> None:
    """Write as torch does, whole or not at all."""
    import torch

    unfinished = file.with_suffix(".new")
    torch.save(content, unfinished)
    unfinished.replace(file)


def load_state(run: Run) -> dict[str, Any] | None:
    """The state that a run of this name left in its folder, or None. It is our own file, so its pickle is run."""
    import torch

    if not run.state_file.exists():
        return None
    state: dict[str, Any] = torch.load(run.state_file, map_location=run.device, weights_only=False)
    return state


def made_once(file: Path, make: Callable[[], T]) -> T:
    """What an earlier call left in a file, or what `make` gives, pickled there. It is our own file: it is run."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".new")
        unfinished.write_bytes(pickle.dumps(make()))
        unfinished.replace(file)
    made: T = pickle.loads(file.read_bytes())
    return made


def learning_rate(step: int, run: Run, peak: float, warm_up: int = 100, hold: float = 0.4) -> float:
    """Linear warm-up, the peak until the share `hold` of the steps is done, then a half cosine to 1 % of it."""
    done = step / run.steps
    fall = 1.0 if done < hold else 0.5 * (1 + math.cos(math.pi * min(1.0, (done - hold) / (1 - hold))))
    return peak * min(1.0, (step + 1) / warm_up) * max(0.01, fall)


def set_rate(optimizer: Any, rate: float) -> None:
    """Let an optimizer of torch move at a learning rate from now on."""
    for group in optimizer.param_groups:
        group["lr"] = rate


class Log:
    """Running means of a training's figures: a JSON line whenever they are written, and the same on the terminal.

    `cpu_seconds` counts this process only, since it was started.
    """

    def __init__(self, run: Run, every: int = 20) -> None:
        self._file, self._every = run.folder / "log.jsonl", every
        self._sums: dict[str, float] = {}
        self._count = 0
        self._started = time.monotonic()

    def add(self, step: int, **figures: float) -> None:
        """Note the figures of one step; write their means every so many steps."""
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        if self._count >= self._every:
            self.write(step, **{name: value / self._count for name, value in self._sums.items()})
            self._sums, self._count = {}, 0

    def write(self, step: int, **figures: float) -> None:
        """Write a line at once."""
        line = {"step": step, "seconds": round(time.monotonic() - self._started, 1)}
        line |= {"cpu_seconds": round(time.process_time(), 1)}
        line |= {name: float(f"{value:.5g}") for name, value in figures.items()}
        text = json.dumps(line)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
        print(text, flush=True)


class Saving:
    """Says when it is time to save: about once a minute, and when somebody asked the run to stop."""

    def __init__(self) -> None:
        self.stopping = False
        self._saved = time.monotonic()

    def due(self) -> bool:
        """True if the state should be saved now."""
        if self.stopping or time.monotonic() - self._saved > SAVE_EVERY_SECONDS:
            self._saved = time.monotonic()
            return True
        return False


@contextmanager
def saving() -> Iterator[Saving]:
    """A `Saving` that turns the first Ctrl-C or SIGTERM into a wish to stop after the step in hand."""
    wish = Saving()

    def stop(_number: int, _frame: FrameType | None) -> None:
        wish.stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
