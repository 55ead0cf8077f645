from pathlib import Path

import numpy as np
import pytest
import torch

from core.settings import MachineSettings
from models.offline.training import separation
from models.offline.training.mixtures import SAMPLE_RATE, Backgrounds, Bank, record_bank
from models.offline.training.runs import Run, load_state
from models.offline.training.separation import (
    REST,
    VOICE,
    average,
    make_network,
    measure,
    separate,
    separation_loss,
    train,
    write_weights,
)
from models.separation import Demucs


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


def test_a_training_that_was_stopped_ends_where_another_ends(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "record_bank", lambda *_: bank)
    monkeypatch.setattr(separation, "SHAPES", ((1, 0.3),))
    monkeypatch.setattr(separation, "HELD_BACKGROUNDS", 4)
    monkeypatch.setattr(separation, "measure", lambda *_: separation.Quality({(0.0, "music"): 0.0}, 0.0))
    monkeypatch.setattr(separation, "DEV_SNRS_DB", (0.0,))

    def stopped_after_two(step: int, *_: object) -> torch.Tensor:
        if step == 2 and (tmp_path / "two").exists():
            raise KeyboardInterrupt
        return make_batch(bank, Backgrounds(4, 0), Run("separation", tmp_path, 4), step)

    make_batch = separation.make_batch
    train(Run("separation", tmp_path / "whole", 4))
    monkeypatch.setattr(separation, "TEST_EVERY", 2)
    monkeypatch.setattr(separation, "make_batch", lambda _bank, _backgrounds, _run, step: stopped_after_two(step))
    (tmp_path / "two").touch()
    parts = Run("separation", tmp_path / "parts", 4)
    with pytest.raises(KeyboardInterrupt):
        train(parts)
    (tmp_path / "two").unlink()
    kept = load_state(parts)
    assert kept is not None and kept["step"] == 2
    train(parts)
    whole = torch.load(tmp_path / "whole" / "tinyvoice.th", weights_only=False)["state"]
    resumed = torch.load(tmp_path / "parts" / "tinyvoice.th", weights_only=False)["state"]
    assert all(torch.allclose(whole[name], resumed[name], atol=1e-3) for name in whole)
