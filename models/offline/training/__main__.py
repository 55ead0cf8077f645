"""`python -m models.offline.training NAME`: train one model of the offline set, or go on where it was stopped.

Ctrl-C and SIGTERM stop it after the step in hand and keep its state; after a SIGKILL at most a minute is lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.offline.training.runs import Run

STEPS = {"transcription": 24_000}
"""How many steps each training takes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, train."""
    parser = argparse.ArgumentParser(prog="python -m models.offline.training", description=__doc__)
    parser.add_argument("name", choices=sorted(STEPS))
    parser.add_argument("--steps", type=int, help="where the schedule ends (default: as shipped)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="keeps states and logs")
    chosen = parser.parse_args(arguments)
    run = Run(
        name=chosen.name,
        folder=chosen.folder / chosen.name,
        steps=chosen.steps or STEPS[chosen.name],
        device=chosen.device,
        threads=chosen.threads,
        seed=chosen.seed,
    )
    if chosen.name == "transcription":
        from models.offline.training.transcription.train import train

        train(run)


if __name__ == "__main__":
    main()
