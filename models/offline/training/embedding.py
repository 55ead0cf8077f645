"""Trains the speaker embedding: an additive angular margin over many synthetic voices (ArcFace, Deng et al. 2019).

It learns what it is used for: windows of five seconds in which up to three people speak, and for each of them the
mask of the frames in which nobody else does, down to a second of speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from models.offline.embedding_network import SpeakerNetwork
from models.offline.training.checkpoints import embedding_task, write_checkpoint
from models.offline.training.conversations import VOICES, Piece, Stream, cut_mask, open_stream, waveform
from models.offline.training.runs import Run, learning_rate, load_state, prepare, set_rate, take_steps

BATCH, FRESH = 24, 12
PEAK_RATE, WEIGHT_DECAY = 3e-3, 0.02
SCALE, MARGIN = 30.0, 0.2
MARGIN_FROM, MARGIN_TO = 0.1, 0.4
"""The margin grows between these shares of the steps."""
SHORTEST_FRAMES = 60
"""10 ms frames; below that a voice's mask is not learnt from. The pipeline clusters from 100 on."""
TEST_EVERY = 500


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A piece as the network sees it: `features` (249, 40) of the filter bank, and who speaks alone when."""

    features: Tensor
    alone: npt.NDArray[np.bool_]
    voices: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`features` (batch, 249, 40) of windows; of each voice in them its mask (voices, 500), window and number."""

    features: Tensor
    masks: Tensor
    windows: Tensor
    voices: Tensor


def make_network() -> SpeakerNetwork:
    """An untrained network of the shipped size: 40 mel bands every 20 ms, 16 channels, 64 dimensions."""
    network = SpeakerNetwork(num_mel_bins=40, frame_shift=20, channels=16, embedding_dimension=64)
    network.specifications = embedding_task()
    return network


def train(run: Run) -> None:
    """Train, or go on with what `run.folder` holds; the network is left there as `pytorch_model.bin` at the end."""
    prepare(run)
    network = make_network()
    stream = open_stream(partial(hear, network), "train", run, BATCH, FRESH)
    dev = open_stream(partial(hear, network), "dev", run, BATCH, FRESH)
    network.to(run.device, memory_format=torch.channels_last)
    centres = torch.nn.Parameter(0.1 * torch.randn(VOICES, network.dimension, device=run.device))
    optimizer = torch.optim.AdamW([*network.parameters(), centres], PEAK_RATE, weight_decay=WEIGHT_DECAY)
    first = 0
    if kept := load_state(run):
        network.load_state_dict(kept["network"])
        centres.data.copy_(kept["centres"])
        optimizer.load_state_dict(kept["optimizer"])
        first = kept["step"]

    def take(step: int) -> dict[str, float]:
        set_rate(optimizer, learning_rate(step, run, PEAK_RATE))
        batch = make_batch(stream.examples(step), np.random.default_rng([run.seed, 2, step]), run.device)
        share = (step / run.steps - MARGIN_FROM) / (MARGIN_TO - MARGIN_FROM)
        loss, right = _loss(embed(network, batch), centres, batch.voices, MARGIN * min(1.0, max(0.0, share)))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        return {"loss": loss.item(), "right": right}

    def test() -> dict[str, float]:
        return {"equal_error_rate": equal_error_rate(network, dev, run.device)}

    def state() -> dict[str, Any]:
        weights = {"network": network.state_dict(), "centres": centres.data}
        return weights | {"optimizer": optimizer.state_dict()}

    if take_steps(run, first, take, state, test=test, test_every=TEST_EVERY) >= run.steps:
        write_checkpoint(network.eval(), run.folder / "pytorch_model.bin")


def hear(network: SpeakerNetwork, piece: Piece) -> Heard:
    """Features are centred over the window, as at use."""
    with torch.no_grad():
        features = network.compute_fbank(torch.from_numpy(waveform(piece)))[0]
    return Heard(features, piece.alone, piece.voices)


def make_batch(examples: tuple[Heard, ...], chance: np.random.Generator, device: str) -> Batch:
    """Every voice that speaks alone for long enough."""
    masks, windows, voices = [], [], []
    for window, example in enumerate(examples):
        for voice, alone in zip(example.voices, example.alone, strict=True):
            mask = cut_mask(alone, chance)
            if voice >= 0 and mask.sum() >= SHORTEST_FRAMES:
                masks.append(mask)
                windows.append(window)
                voices.append(int(voice))
    return Batch(
        features=torch.stack([example.features for example in examples]).to(device),
        masks=torch.from_numpy(np.stack(masks).astype(np.float32)).to(device),
        windows=torch.tensor(windows, device=device),
        voices=torch.tensor(voices, device=device),
    )


def embed(network: SpeakerNetwork, batch: Batch) -> Tensor:
    """(voices, dimension), with gradients, in bfloat16 but for the pooling."""
    with torch.autocast(batch.features.device.type, torch.bfloat16):
        frames = network.resnet.forward_frames(batch.features)
    pooled = _pool(frames.float().flatten(1, 2)[batch.windows], batch.masks)
    embeddings: Tensor = network.resnet.seg_1(pooled)
    return embeddings


def equal_error_rate(network: SpeakerNetwork, stream: Stream[Heard], device: str, batches: int = 8) -> float:
    """Of the cosines between all pairs of masks of `batches` batches, each pair from two windows."""
    found: list[npt.NDArray[np.float32]] = []
    voices: list[npt.NDArray[np.int64]] = []
    network.eval()
    with torch.no_grad():
        for step in range(batches):
            batch = make_batch(stream.examples(step), np.random.default_rng([0, step]), device)
            found.append(functional.normalize(embed(network, batch)).cpu().numpy())
            voices.append(batch.voices.cpu().numpy())
    network.train()
    vectors, names = np.concatenate(found), np.concatenate(voices)
    pairs = np.triu_indices(len(names), 1)
    scores = (vectors @ vectors.T)[pairs]
    same = (names[:, None] == names)[pairs][np.argsort(-scores)]
    missed = 1 - np.cumsum(same) / same.sum()
    accepted = np.cumsum(~same) / (~same).sum()
    crossing = int(np.argmin(np.abs(missed - accepted)))
    return float(missed[crossing] + accepted[crossing]) / 2


def _pool(frames: Tensor, masks: Tensor) -> Tensor:
    """Mean and deviation over a mask: (voices, channels, time), (voices, 500) → (voices, 2 channels).

    pyannote's own pooling, but for the epsilon under the root, without which a constant channel's gradient is NaN.
    """
    weights = functional.interpolate(masks[:, None], size=frames.shape[-1], mode="nearest")
    total = weights.sum(-1) + 1e-8
    mean = (frames * weights).sum(-1) / total
    squares = ((frames - mean[..., None]) ** 2 * weights).sum(-1)
    variance = squares / (total - (weights**2).sum(-1) / total + 1e-8)
    return torch.cat([mean, (variance.clamp_min(0.0) + 1e-6).sqrt()], dim=-1)


def _loss(embeddings: Tensor, centres: Tensor, voices: Tensor, margin: float) -> tuple[Tensor, float]:
    """The loss, and the share of embeddings that lie nearest to the centre of their own voice."""
    cosines = functional.normalize(embeddings) @ functional.normalize(centres).T
    own = functional.one_hot(voices, len(centres)).bool()
    harder = torch.cos(torch.acos(cosines.clamp(-0.9999, 0.9999)) + margin)
    loss = functional.cross_entropy(SCALE * torch.where(own, harder, cosines), voices)
    right: Any = (cosines.argmax(dim=1) == voices).float().mean()
    return loss, float(right)
