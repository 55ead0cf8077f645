from __future__ import annotations

import pickle
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from benchmarks.synthetic.speech import speak
from benchmarks.synthetic.voices import make_voices
from core.types import Language
from models.offline.training.transcription import separated
from models.offline.training.transcription.clips import make_shard
from models.offline.training.transcription.separated import Placed, read_separated
from models.offline.training.transcription.tokens import learn_tokens
from models.offline.training.transcription.train import TOGETHER
from tests.training import Process, Training

SMALLER = """
from models.offline.training.transcription import train, windows
train.BATCH = 2
windows._BACKGROUNDS = windows._ROOMS = 2
"""


def place(number: int) -> tuple[Language, Placed]:
    """One sentence at one second."""
    chance = random.Random(number)
    said = speak(write_sentence(GRAMMARS["en"], chance, "train"), make_voices("train", 1)[0], 16_000, chance)
    voice = np.zeros(160_000, np.float32)
    voice[16_000 : 16_000 + len(said.samples)] = 0.05 * said.samples[:144_000]
    return "en", Placed(((1.0, 0),), voice)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with a few clips, one separated window and the vocabulary."""
    run = tmp_path_factory.mktemp("transcription")
    (run / "clips-000.pickle").write_bytes(pickle.dumps(make_shard(0, count=24)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separated, "SHARD_STREAMS", 1)
        patch.setattr(separated, "STREAM_WINDOWS", 1)
        read_separated(run, 0, 0, place)
    learn_tokens(run / "tokens.json")
    return run


def test_a_separated_window_holds_the_voice_where_it_was_laid(folder: Path) -> None:
    (stored,) = read_separated(folder, 0, 0, place)
    _, placed = place(0)
    assert stored.places == placed.places
    assert stored.samples.shape == placed.voice.shape
    separate, true = stored.samples.astype(np.float64), placed.voice.astype(np.float64)
    assert np.dot(separate, true) / np.linalg.norm(separate) / np.linalg.norm(true) > 0.5


@pytest.fixture
def training(folder: Path, tmp_path: Path) -> Training:
    """As the command starts it, with the clips and the vocabulary that are there."""
    made = Training("transcription", tmp_path, 5 * TOGETHER, SMALLER)
    made.run.folder.mkdir()
    for file in folder.iterdir():
        shutil.copy(file, made.run.folder)
    return made


@pytest.fixture
def running(training: Training) -> Iterator[Process]:
    """The training with its first state saved."""
    process = training.start()
    try:
        process.wait_until(training.run.state_file.exists)
        yield process
    finally:
        process.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_stops_it_after_the_step_in_hand(
    number: signal.Signals, training: Training, running: Process
) -> None:
    code = running.interrupt(number)
    assert (code, "Error" in running.said) == (0, False), running.said
    assert TOGETHER <= training.saved_step() < training.run.steps
    assert training.logged_steps() == list(range(1, training.saved_step() + 1))
    assert not (training.run.folder / "model.bin").exists()


def test_a_killed_training_leaves_no_process_and_goes_on_from_its_state(
    training: Training, running: Process
) -> None:
    assert running.kill() == -signal.SIGKILL
    saved, logged = training.saved_step(), len(training.logged_steps())
    assert TOGETHER <= saved < training.run.steps
    again = training.start()
    assert again.finish() == 0, again.said
    assert training.logged_steps()[logged:] == list(range(saved + 1, training.run.steps + 1))
    assert training.saved_step() == training.run.steps
    assert {"config.json", "model.bin", "tokenizer.json"} <= {file.name for file in training.run.folder.iterdir()}
