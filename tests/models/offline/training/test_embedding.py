from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from pyannote.audio import Model

from models.offline.embedding_network import SpeakerNetwork
from models.offline.training.checkpoints import write_checkpoint
from models.offline.training.conversations import FRAMES, SAMPLES, waveform
from models.offline.training.embedding import SHORTEST_FRAMES, Batch, embed, hear, make_batch, make_network
from tests.pieces import piece

PIECES = (piece((0, 50, 250), (1, 230, 400)), piece((2, 100, 100 + SHORTEST_FRAMES // 2)), piece((1, 0, FRAMES)))


def batch_of(network: SpeakerNetwork) -> Batch:
    return make_batch(tuple(hear(network, piece) for piece in PIECES), np.random.default_rng(0), "cpu")


def test_a_batch_holds_whoever_speaks_alone_for_long_enough() -> None:
    batch = batch_of(make_network())
    assert batch.windows.tolist() == [0, 0, 2]
    assert batch.voices.tolist() == [10, 11, 11]
    assert batch.masks.shape == (3, FRAMES)


def test_training_embeds_as_pyannote_does() -> None:
    network = make_network().eval()
    batch = batch_of(network)
    with torch.no_grad():
        trained = embed(network, batch)
        waves = torch.from_numpy(np.concatenate([waveform(piece) for piece in PIECES]))
        used = network(waves[batch.windows], weights=batch.masks)
    assert float(torch.nn.functional.cosine_similarity(trained, used).min()) > 0.999


def test_a_silent_channel_leaves_no_gap_in_the_gradient() -> None:
    network = make_network()
    torch.nn.init.zeros_(network.resnet.layer4[0].bn2.weight)
    batch = batch_of(network)
    embed(network, batch).square().sum().backward()
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert gradients
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)


def test_a_checkpoint_is_what_pyannote_loads(tmp_path: Path) -> None:
    network = make_network().eval()
    file = tmp_path / "pytorch_model.bin"
    write_checkpoint(network, file)
    assert file.stat().st_size < 1_500_000
    loaded = Model.from_pretrained(file).eval()
    waves = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, SAMPLES)).astype(np.float32))
    with torch.no_grad():
        similarity = torch.nn.functional.cosine_similarity(loaded(waves), network(waves))
    assert float(similarity) > 0.999
