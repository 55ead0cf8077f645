from __future__ import annotations

from pathlib import Path

import pytest

from models.offline import relock
from models.offline.training import __main__ as command
from models.weights import OFFLINE_FOLDER


def test_every_training_exists_and_ships_what_the_product_loads() -> None:
    for training in command.TRAININGS.values():
        assert (Path(command.__file__).parent / f"{training.module.replace('.', '/')}.py").exists()
        assert all((OFFLINE_FOLDER / training.home / name).exists() for name in training.files)


def test_nothing_is_shipped_before_the_training_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plda").mkdir()
    (tmp_path / "plda" / "plda.npz").write_bytes(b"half of it")
    assert command.main(["plda", "--ship", "--folder", str(tmp_path)]) == 3
    assert "lacks xvec_transform.npz: the training is not done" in capsys.readouterr().err


def test_shipping_copies_the_weights_and_writes_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relocked: list[bool] = []
    monkeypatch.setattr(command, "OFFLINE_FOLDER", tmp_path / "offline")
    monkeypatch.setattr(relock, "main", lambda: relocked.append(True))
    for folder in (tmp_path / "separation", tmp_path / "offline" / "separation"):
        folder.mkdir(parents=True)
    (tmp_path / "separation" / "tinyvoice.th").write_bytes(b"weights")
    assert command.main(["separation", "--ship", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "offline" / "separation" / "tinyvoice.th").read_bytes() == b"weights"
    assert relocked == [True]
