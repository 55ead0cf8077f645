from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

from models.offline import relock
from models.offline.training import __main__ as command
from models.offline.training.runs import Run, prepare, take_steps
from models.weights import OFFLINE_FOLDER


def test_every_training_exists_and_ships_what_the_product_loads() -> None:
    for training in command.TRAININGS.values():
        assert (Path(command.__file__).parent / f"{training.module.replace('.', '/')}.py").exists()
        assert all((OFFLINE_FOLDER / training.home / name).exists() for name in training.files)
    for name, training in command.TRAININGS.items():
        assert all((command.START_FOLDER / name / file).exists() for file in training.start_files)


def test_nothing_is_shipped_before_the_training_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plda").mkdir()
    (tmp_path / "plda" / "plda.npz").write_bytes(b"half of it")
    assert command.main(["plda", "--ship", "--folder", str(tmp_path)]) == 3
    assert "lacks xvec_transform.npz: the training is not done" in capsys.readouterr().err


def test_nothing_is_shipped_of_a_training_that_was_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run("separation", tmp_path / "separation", steps=9)
    prepare(run)

    def take(step: int) -> dict[str, float]:
        os.kill(os.getpid(), signal.SIGINT)
        return {}

    assert take_steps(run, 0, take, dict) == 1
    assert command.main(["separation", "--ship", "--folder", str(tmp_path)]) == 3
    assert "the training is not done: make train-separation" in capsys.readouterr().err


def test_a_training_that_keeps_no_start_cannot_begin_from_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["plda", "--from-shipped"])

    assert stop.value.code == 2
    assert "--from-shipped is for transcription" in capsys.readouterr().err


@pytest.mark.parametrize("options", ["--threads 0", "--steps 0", "--steps -5", "--seed -1", "--steps many"])
def test_numbers_that_cannot_be_are_refused(options: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["plda", *options.split()])

    assert stop.value.code == 2
    assert "write a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        ("plda", "make train-embedding"),
        ("separation --device cuda", "leave --device out"),
        ("separation --folder /proc/nothing", "name a --folder"),
    ],
)
def test_what_the_machine_lacks_is_told_before_anything_is_made(
    options: str, fix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "set_flush_denormal", lambda on: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command.main([options.split()[0], "--folder", str(tmp_path), *options.split()[1:]]) == 3
    assert fix in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


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
