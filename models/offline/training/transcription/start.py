"""What a training of the recogniser may begin from instead of random weights: those of the one that was shipped.

The shipped model itself is in 8 bits and has lost the heads that serve training only; these are kept beside this
file, in half precision, with the vocabulary.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.offline.training.transcription.network import Recogniser

WEIGHTS, TOKENS = "start.safetensors", "tokens.json"


def write_start(network: Recogniser, phones: Sequence[str], folder: Path) -> None:
    """Write the network and what its phones are; the vocabulary lies in the folder of a run already."""
    weights = {name: value.detach().cpu().half().contiguous() for name, value in network.state_dict().items()}
    about = {"shape": json.dumps(asdict(network.shape)), "phones": json.dumps(list(phones))}
    unfinished = folder / f"{WEIGHTS}.new"
    save_file(weights, unfinished, about)
    unfinished.replace(folder / WEIGHTS)


def read_start(start: Path, folder: Path) -> dict[str, Any]:
    """`shape`, `phones` and `network` as a state of a training has them; the vocabulary is put into `folder`."""
    shutil.copy(start / TOKENS, folder / TOKENS)
    with safe_open(start / WEIGHTS, "pt") as file:
        about = file.metadata()
        network: dict[str, torch.Tensor] = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    return {"shape": json.loads(about["shape"]), "phones": tuple(json.loads(about["phones"])), "network": network}
