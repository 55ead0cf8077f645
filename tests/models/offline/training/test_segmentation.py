from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch
from pyannote.audio import Model
from pyannote.audio.utils.powerset import Powerset

from models.offline.training.checkpoints import write_checkpoint
from models.offline.training.conversations import FRAMES, SAMPLES, waveform
from models.offline.training.segmentation import hear, make_batch, make_network, permuted_loss, scores
from tests.pieces import piece


def certain(spoken: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of a network that is nearly sure of (batch, frames) classes."""
    return torch.log_softmax(torch.nn.functional.one_hot(spoken, 7) * 20.0, dim=-1)


def test_training_scores_as_pyannote_does() -> None:
    network = make_network().eval()
    heard = piece((0, 0, 200))
    filtered, _ = make_batch((hear(network, heard), hear(network, piece())), "cpu")
    with torch.no_grad():
        used = network(torch.from_numpy(waveform(heard)))
        assert torch.allclose(scores(network, filtered)[:1], used, atol=0.05)


def test_frames_are_labelled_where_their_centre_lies() -> None:
    network = make_network()
    _, spoken = make_batch((hear(network, piece((0, 0, 250), (2, 200, FRAMES))),), "cpu")
    assert spoken.shape == (1, network.num_frames(SAMPLES))
    seconds = np.array([network.receptive_field_center(frame) / 16000 for frame in range(spoken.shape[1])])
    bits = spoken[0].numpy()
    assert set(bits[seconds < 1.99]) == {1}
    assert set(bits[(seconds > 2.01) & (seconds < 2.49)]) == {5}
    assert set(bits[seconds > 2.51]) == {4}


def test_the_loss_is_the_same_in_any_order_of_speakers() -> None:
    members = Powerset(3, 2).mapping
    classes = torch.randint(7, (1, 40), generator=torch.Generator().manual_seed(1))
    speaking = members[classes]
    for order in itertools.permutations(range(3)):
        spoken = (speaking[:, :, list(order)] * torch.tensor([1, 2, 4])).sum(dim=2).long()
        loss, _ = permuted_loss(certain(classes), spoken)
        assert float(loss) < 1e-3
    wrong, _ = permuted_loss(certain((classes + 1) % 7), spoken)
    assert float(wrong) > 1.0


def test_a_checkpoint_is_what_pyannote_loads(tmp_path: Path) -> None:
    network = make_network().eval()
    write_checkpoint(network, tmp_path / "pytorch_model.bin")
    loaded = Model.from_pretrained(tmp_path / "pytorch_model.bin").eval()
    waves = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, SAMPLES)).astype(np.float32))
    with torch.no_grad():
        assert torch.allclose(loaded(waves), network(waves), atol=0.02)
    assert loaded.specifications.duration == 5.0
    assert loaded.specifications.powerset
