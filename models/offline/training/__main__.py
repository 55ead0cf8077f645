"""Train one model of the offline set, or go on where its training was stopped.

Ctrl-C and SIGTERM stop it after the step in hand and keep its state; after a SIGKILL at most a minute is lost. The
weights lie in the training's folder when it is done; --ship puts them where the product loads them.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from core.errors import EnvironmentProblem
from models.offline import relock
from models.offline.training.runs import Run
from models.offline.training.transcription.start import TOKENS, WEIGHTS
from models.weights import OFFLINE_FOLDER


@dataclass(frozen=True, slots=True)
class Training:
    """A module with `train(run)`, which leaves `files` in the run's folder; `home` is theirs in models/offline/.

    `start_files` are what another training can begin from; they are shipped to START_FOLDER.
    """

    module: str
    steps: int
    home: str
    files: tuple[str, ...]
    start_files: tuple[str, ...] = ()


_WHISPER = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json")

TRAININGS: Mapping[str, Training] = {
    "separation": Training("separation", 1900, "separation", ("tinyvoice.th",)),
    "segmentation": Training("segmentation", 3500, "diarization/segmentation", ("pytorch_model.bin",)),
    "embedding": Training("embedding", 4000, "diarization/embedding", ("pytorch_model.bin",)),
    "plda": Training("plda", 100, "diarization/plda", ("plda.npz", "xvec_transform.npz")),
    "transcription": Training("transcription.train", 30_000, "transcription", _WHISPER, (WEIGHTS, TOKENS)),
}
START_FOLDER = Path(__file__).parent / "start"


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, train or ship.

    Exit code: 0 done or stopped, 2 wrong usage, 3 nothing trained to ship or something on this machine is missing,
    130 Ctrl-C before the first step.
    """
    parser = argparse.ArgumentParser(prog="python -m models.offline.training", description=__doc__)
    parser.add_argument("name", choices=TRAININGS)
    parser.add_argument("--steps", type=_at_least(1), help="where the schedule ends (default: as shipped)")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=_at_least(1), default=1)
    parser.add_argument("--seed", type=_at_least(0), default=0)
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="keeps states and logs")
    parser.add_argument("--from-shipped", action="store_true", help="begin with shipped weights, not random ones")
    parser.add_argument("--ship", action="store_true", help="do not train: put the weights into models/offline/")
    chosen = parser.parse_args(arguments)
    training = TRAININGS[chosen.name]
    folder = chosen.folder / chosen.name
    if chosen.from_shipped and not training.start_files:
        able = ", ".join(name for name, one in TRAININGS.items() if one.start_files)
        parser.error(f"--from-shipped is for {able}: the others are short, and begin with random weights")
    if chosen.ship:
        return ship(training, folder)
    # Numbers too small to count slow a CPU down. It holds for the whole process, so no test may meet it.
    torch.set_flush_denormal(True)
    steps = chosen.steps or training.steps
    start = START_FOLDER / chosen.name if chosen.from_shipped else None
    run = Run(chosen.name, folder, steps, chosen.device, chosen.threads, chosen.seed, start)
    try:
        importlib.import_module(f"models.offline.training.{training.module}").train(run)
    except EnvironmentProblem as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped; the same command goes on", file=sys.stderr)
        return 130
    return 0


def _at_least(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` on, whose message argparse shows."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} cannot be: write a whole number, {least} or more")
        return int(text)

    return parse


def ship(training: Training, folder: Path) -> int:
    """Copy a training's weights into the product and write the lock anew."""
    missing = [name for name in training.files + training.start_files if not (folder / name).exists()]
    if missing:
        print(
            f"{folder} lacks {', '.join(missing)}: the training is not done: make train-{folder.name}",
            file=sys.stderr,
        )
        return 3
    for name in training.files:
        shutil.copy(folder / name, OFFLINE_FOLDER / training.home / name)
    for name in training.start_files:
        (START_FOLDER / folder.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, START_FOLDER / folder.name / name)
    relock.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
