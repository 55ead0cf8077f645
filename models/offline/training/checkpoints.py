"""Networks as pyannote.audio reads them, written without a Lightning trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.offline.training.runs import write_whole

SECONDS = 5.0
"""The window that the networks are trained on. Longer ones at use make the segmentation much worse."""


def segmentation_task(seconds: float = SECONDS) -> Any:
    """Three speakers in a window, two at once, in any order."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications

    return Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=seconds,
        min_duration=seconds,
        warm_up=(0.0, 0.0),
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )


def embedding_task(seconds: float = SECONDS) -> Any:
    """One vector for each window."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications

    return Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=seconds, min_duration=1.0
    )


def write_checkpoint(network: Any, file: Path) -> None:
    """Write a network with its hyper-parameters and task; weights in half precision, which it is loaded from.

    Statistics of batch normalisation and sinc filters stay whole: half precision would overflow, or detune them.
    """
    import lightning
    import pyannote.audio
    import torch

    def stored(name: str, value: torch.Tensor) -> torch.Tensor:
        exact = "running" in name or "filterbank" in name or not value.is_floating_point()
        return value.detach().cpu().clone() if exact else value.detach().cpu().half()

    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(
        {
            "state_dict": {name: stored(name, value) for name, value in network.state_dict().items()},
            "hyper_parameters": dict(network.hparams),
            "pytorch-lightning_version": lightning.__version__,
            "pyannote.audio": {
                "versions": {"pyannote.audio": pyannote.audio.__version__},
                "architecture": {"module": type(network).__module__, "class": type(network).__name__},
                "specifications": network.specifications,
            },
        },
        file,
    )
