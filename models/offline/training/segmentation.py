"""Trains the segmentation: who of at most three people speaks when within five seconds, two at once.

The network is pyannote's PyanNet with powerset classes (Plaquet and Bredin, "Powerset multi-class cross entropy
loss for neural speaker diarization", 2023).
"""

from __future__ import annotations

import itertools
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
    make_scenery,
    open_bank,
    waveforms,
)
from models.offline.training.embedding import DEV_VOICES, UTTERANCES, VOICES
from models.offline.training.runs import Log, Run, learning_rate, load_state, prepare, save_state, saving

BATCH, FRESH = 24, 12
PEAK_RATE, WEIGHT_DECAY = 2e-3, 1e-4
TEST_EVERY = 500

_PERMUTATIONS = tuple(itertools.permutations(range(MOST_SPEAKERS)))
_CLASSES = tuple(
    speakers
    for count in range(MOST_AT_ONCE + 1)
    for speakers in itertools.combinations(range(MOST_SPEAKERS), count)
)
"""Nobody, each alone, each two: the order of pyannote's Powerset."""


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
    """Train, or go on with what `run.folder` holds; the network is left there as `pytorch_model.bin`."""
    prepare(run)
    bank = open_bank("train", VOICES, UTTERANCES, run.seed, run.folder.parent)
    stream = Stream(bank, make_scenery(run.seed), run.seed + 1000, batch=BATCH, fresh=FRESH)
    dev_bank = open_bank("dev", DEV_VOICES, UTTERANCES, run.seed, run.folder.parent)
    dev = Stream(dev_bank, make_scenery(run.seed + 1, 22), run.seed, batch=BATCH, fresh=BATCH, held=BATCH)
    network = make_network().to(run.device)
    for frozen in (network.sincnet.wav_norm1d, network.sincnet.conv1d[0]):
        frozen.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, PEAK_RATE, weight_decay=WEIGHT_DECAY)
    step = 0
    if state := load_state(run):
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    log = Log(run)

    def keep() -> None:
        save_state(run, {"step": step, "network": network.state_dict(), "optimizer": optimizer.state_dict()})

    with saving() as wish:
        while step < run.steps and not wish.stopping:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, run, PEAK_RATE)
            waves, spoken = make_batch(network, stream.pieces(step), run.device)
            loss = permuted_loss(scores(network, waves), spoken)[0]
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            step += 1
            log.add(step, loss=loss.item())
            if step % TEST_EVERY == 0 or step == run.steps:
                log.write(step, local_error=local_error(network, dev, run.device))
                keep()
            elif wish.due():
                keep()
    keep()
    write_checkpoint(network.eval(), run.folder / "pytorch_model.bin")


def make_batch(network: Any, pieces: tuple[Piece, ...], device: str) -> tuple[Tensor, Tensor]:
    """Waveforms (batch, 1, 80000), and who speaks in each frame of the network (batch, frames), a bit for each."""
    centres = [network.receptive_field_center(frame) for frame in range(network.num_frames(SAMPLES))]
    at = np.minimum(np.array(centres) // HOP, FRAMES - 1)
    bits = np.array([1 << speaker for speaker in range(MOST_SPEAKERS)])
    spoken = np.stack([bits @ piece.active[:, at] for piece in pieces])
    return torch.from_numpy(waveforms(pieces)).to(device), torch.from_numpy(spoken).to(device)


def scores(network: Any, waves: Tensor) -> Tensor:
    """Log-probabilities (batch, frames, 7), as the network gives them, in bfloat16.

    The sinc filters stay as they were made: learning them would take as long as all the rest.
    """
    sincnet = network.sincnet
    with torch.no_grad():
        first = sincnet.pool1d[0](torch.abs(sincnet.conv1d[0](sincnet.wav_norm1d(waves))))
    with torch.autocast(waves.device.type, torch.bfloat16):
        hidden = functional.leaky_relu(sincnet.norm1d[0](first))
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


def local_error(network: Any, stream: Stream, device: str, batches: int = 6) -> float:
    """Diarization error rate within windows, speakers in their best order, without a collar."""
    wrong = spoken_frames = 0.0
    network.eval()
    with torch.no_grad():
        for step in range(batches):
            waves, spoken = make_batch(network, stream.pieces(step), device)
            scored = scores(network, waves)
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
