import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from core.settings import MachineSettings
from models.offline.training import separation
from models.offline.training.mixtures import SAMPLE_RATE, Bank, record_bank
from models.offline.training.runs import Run
from models.offline.training.separation import (
    REST,
    VOICE,
    average,
    make_network,
    measure,
    separate,
    separation_loss,
    write_weights,
)
from models.separation import Demucs
from tests.training import Training

SMALLER = """
from models.offline.training import mixtures, separation
mixtures._PIECE_SECONDS = 1
separation.VOICES = separation.DEV_VOICES = 1
separation.UTTERANCES = separation.DEV_UTTERANCES = 2
separation.HELD_BACKGROUNDS = 4
separation.SHAPES = ((1, 0.3),)
separation.DEV_SNRS_DB, separation.DEV_MIXES, separation.DEV_SECONDS = (0.0,), 1, 1
"""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return record_bank("dev", 1, 2, 0)


def _stems(level: float = 1.0) -> torch.Tensor:
    return level * torch.randn(3, 2, 2, 4000, generator=torch.Generator().manual_seed(1))


def test_the_loss_falls_as_the_stems_come_nearer() -> None:
    stems = _stems()
    off = torch.randn(stems.shape, generator=torch.Generator().manual_seed(2))
    losses = [separation_loss(stems + share * off, stems).item() for share in (1.0, 0.3, 0.1, 0.0)]
    assert losses == sorted(losses, reverse=True) and np.isfinite(losses).all()


def test_the_loss_of_silence_and_of_a_missing_stem_is_finite() -> None:
    stems = _stems()
    stems[0, VOICE] = stems[1, REST] = stems[2] = 0.0
    answer = stems.clone().requires_grad_()
    separation_loss(answer, stems).backward()  # type: ignore[no-untyped-call]
    assert answer.grad is not None and answer.grad.isfinite().all()


def test_averaged_weights_move_towards_the_networks() -> None:
    mean, network = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    before = mean.weight.detach().clone()
    average(mean, network, 0.75)
    assert torch.allclose(mean.weight, 0.75 * before + 0.25 * network.weight)


def test_the_product_loads_what_is_written_and_hears_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = make_network()
    write_weights(network, tmp_path / "tinyvoice.th")
    shipped = Demucs(tmp_path / "tinyvoice.th", MachineSettings(device="cpu"))
    mix = np.random.default_rng(0).standard_normal((2, shipped.segment_samples)).astype(np.float32)
    mix = (mix - mix.mean()) / mix.std()
    assert shipped.segment_samples == 6 * SAMPLE_RATE
    alone = np.s_[:, : 4 * SAMPLE_RATE]  # what comes later overlaps with a second segment
    assert np.allclose(shipped.voice(mix[None])[0][alone], separate(network, mix, "cpu")[alone], atol=0.01)


def test_a_voice_comes_back_as_long_as_its_mix() -> None:
    network = make_network()
    network.train()(torch.zeros(1, 2, 5000))  # leaves its length behind
    assert separate(network, np.ones((2, 7 * SAMPLE_RATE), np.float32), "cpu").shape == (2, 7 * SAMPLE_RATE)


def test_a_network_that_changes_nothing_gains_nothing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separation, "separate", lambda network, mix, device: mix)
    monkeypatch.setattr(separation, "DEV_MIXES", 2)
    monkeypatch.setattr(separation, "DEV_SECONDS", 2)
    found = measure(None, bank, Run("separation", Path(), 1))
    assert found.gain_at(0.0) == pytest.approx(0.0, abs=1e-6)
    assert set(found.gain_db) == {(snr, kind) for snr in separation.DEV_SNRS_DB for kind in ("music", "noise")}
    assert found.clean_db > 60


def test_a_killed_training_ends_where_another_ends(tmp_path: Path) -> None:
    whole, killed = (Training("separation", tmp_path / name, 10, SMALLER) for name in ("whole", "killed"))
    uninterrupted, process = whole.start(), killed.start()
    try:
        process.wait_until(killed.run.state_file.exists)
        assert process.kill() == -signal.SIGKILL
        saved, logged = killed.saved_step(), len(killed.logged_steps())
        assert 0 < saved < killed.run.steps
        process = killed.start()
        assert process.finish() == 0, process.said
        assert killed.logged_steps()[logged] == saved + 1
        assert uninterrupted.finish() == 0, uninterrupted.said
    finally:
        uninterrupted.end()
        process.end()
    one, other = (weights_of(training) for training in (whole, killed))
    assert all(torch.allclose(one[name], other[name], atol=1e-3) for name in one)


def weights_of(training: Training) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = torch.load(training.run.folder / "tinyvoice.th", weights_only=False)["state"]
    return weights
