"""Trains the segmentation: who of at most three people speaks when within five seconds, two at once.

The network is pyannote's PyanNet with powerset classes (Plaquet and Bredin, "Powerset multi-class cross entropy
loss for neural speaker diarization", 2023).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.offline.training.checkpoints import segmentation_task, write_checkpoint
from models.offline.training.conversations import (
    FRAMES,
    HOP,
    MOST_AT_ONCE,
    MOST_SPEAKERS,
    SAMPLES,
    Piece,
    Stream,
    open_stream,
    waveform,
)
from models.offline.training.runs import Run, learning_rate, load_state, prepare, set_rate, take_steps

BATCH, FRESH = 24, 10
PEAK_RATE, WEIGHT_DECAY = 2e-3, 1e-4
TEST_EVERY = 500

_PERMUTATIONS = tuple(itertools.permutations(range(MOST_SPEAKERS)))
_CLASSES = tuple(
    speakers
    for count in range(MOST_AT_ONCE + 1)
    for speakers in itertools.combinations(range(MOST_SPEAKERS), count)
)
"""Nobody, each alone, each two: the order of pyannote's Powerset."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A piece as the trained layers see it: `filtered` (80, 1329) float16, the pooled answers of the sinc filters;
    `spoken` (frames,): who speaks in each frame of the network, a bit for each.

    The filters stay as they were made: learning them would take as long as all the rest.
    """

    filtered: Tensor
    spoken: Tensor


def make_network() -> Any:
    """An untrained PyanNet of the shipped size: a frame every 34 ms, two bidirectional LSTMs of width 128."""
    from pyannote.audio.models.segmentation import PyanNet

    network = PyanNet(
        sincnet={"stride": 20},
        lstm={"hidden_size": 128, "num_layers": 2, "bidirectional": True, "monolithic": True},
        linear={"hidden_size": 64, "num_layers": 2},
    )
    network.specifications = segmentation_task()
    network.build()  # type: ignore[no-untyped-call]
    return network


def train(run: Run) -> None:
    """Train, or go on with what `run.folder` holds; the network is left there as `pytorch_model.bin` at the end."""
    prepare(run)
    network = make_network()
    # The filters' answers are kept with each piece, so they are computed on the CPU, by a network of their own.
    listen = partial(hear, make_network())
    stream = open_stream(listen, "train", run, BATCH, FRESH, series=1000)
    dev = open_stream(listen, "dev", run, BATCH, FRESH, series=1000)
    network.to(run.device)
    for frozen in (network.sincnet.wav_norm1d, network.sincnet.conv1d[0]):
        frozen.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, PEAK_RATE, weight_decay=WEIGHT_DECAY)
    first = 0
    if kept := load_state(run):
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        first = kept["step"]

    def take(step: int) -> dict[str, float]:
        set_rate(optimizer, learning_rate(step, run, PEAK_RATE))
        filtered, spoken = make_batch(stream.examples(step), run.device)
        loss = permuted_loss(scores(network, filtered), spoken)[0]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return {"loss": loss.item()}

    def test() -> dict[str, float]:
        return {"local_error": local_error(network, dev, run.device)}

    def state() -> dict[str, Any]:
        return {"network": network.state_dict(), "optimizer": optimizer.state_dict()}

    if take_steps(run, first, take, state, test=test, test_every=TEST_EVERY) >= run.steps:
        write_checkpoint(network.eval(), run.folder / "pytorch_model.bin")


def hear(network: Any, piece: Piece) -> Heard:
    """What the sinc filters of a network say to a piece, and who speaks in each frame of the network."""
    sincnet = network.sincnet
    with torch.no_grad():
        waves = sincnet.wav_norm1d(torch.from_numpy(waveform(piece)))
        filtered = sincnet.pool1d[0](torch.abs(sincnet.conv1d[0](waves)))[0].half()
    centres = [network.receptive_field_center(frame) for frame in range(network.num_frames(SAMPLES))]
    at = np.minimum(np.array(centres) // HOP, FRAMES - 1)
    bits = np.array([1 << speaker for speaker in range(MOST_SPEAKERS)])
    return Heard(filtered, torch.from_numpy(bits @ piece.active[:, at]))


def make_batch(examples: tuple[Heard, ...], device: str) -> tuple[Tensor, Tensor]:
    """(batch, 80, 1329) float32 and (batch, frames)."""
    filtered = torch.stack([example.filtered for example in examples]).to(device).float()
    return filtered, torch.stack([example.spoken for example in examples]).to(device)


def scores(network: Any, filtered: Tensor) -> Tensor:
    """Log-probabilities (batch, frames, 7) from what `hear` computed, as the network gives them, in bfloat16."""
    sincnet = network.sincnet
    with torch.autocast(filtered.device.type, torch.bfloat16):
        hidden = functional.leaky_relu(sincnet.norm1d[0](filtered))
        for convolve, pool, norm in list(zip(sincnet.conv1d, sincnet.pool1d, sincnet.norm1d, strict=True))[1:]:
            hidden = functional.leaky_relu(norm(pool(convolve(hidden))))
        hidden, _ = network.lstm(hidden.transpose(1, 2))
        for linear in network.linear:
            hidden = functional.leaky_relu(linear(hidden))
        answer: Tensor = network.classifier(hidden)
    return functional.log_softmax(answer.float(), dim=-1)


def permuted_loss(scored: Tensor, spoken: Tensor) -> tuple[Tensor, Tensor]:
    """The mean loss under each window's best order of speakers, and the number of that order (batch,)."""
    targets = _class_table().to(spoken.device)[:, spoken]
    losses = -scored[None].expand(len(targets), *scored.shape).gather(3, targets[..., None])[..., 0].mean(dim=2)
    best = losses.min(dim=0)
    return best.values.mean(), best.indices


def local_error(network: Any, stream: Stream[Heard], device: str, batches: int = 6) -> float:
    """Diarization error rate within windows, speakers in their best order, without a collar."""
    wrong = spoken_frames = 0.0
    network.eval()
    with torch.no_grad():
        for step in range(batches):
            filtered, spoken = make_batch(stream.examples(step), device)
            scored = scores(network, filtered)
            _, order = permuted_loss(scored, spoken)
            heard = _members().to(device)[scored.argmax(dim=-1)]
            wanted = _members().to(device)[_class_table().to(device)[order[:, None], spoken]]
            wrong += float((torch.maximum(heard.sum(2), wanted.sum(2)) - (heard * wanted).sum(2)).sum())
            spoken_frames += float(wanted.sum())
    network.train()
    return wrong / spoken_frames


def _members() -> Tensor:
    """(7, 3): who speaks in each class."""
    return torch.tensor([[float(speaker in members) for speaker in range(MOST_SPEAKERS)] for members in _CLASSES])


def _class_table() -> Tensor:
    """(6, 8): the class of each set of speakers, a bit for each, under each order of the speakers."""
    table = torch.zeros(len(_PERMUTATIONS), 1 << MOST_SPEAKERS, dtype=torch.long)
    for row, order in enumerate(_PERMUTATIONS):
        for number, members in enumerate(_CLASSES):
            table[row, sum(1 << order[member] for member in members)] = number
    return table
