from __future__ import annotations

import pickle
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from benchmarks.synthetic.speech import speak
from benchmarks.synthetic.voices import make_voices
from core.types import Language
from models.offline.training.runs import Run, load_state
from models.offline.training.transcription import separated
from models.offline.training.transcription.clips import make_shard
from models.offline.training.transcription.separated import Placed, read_separated
from models.offline.training.transcription.train import train


def place(number: int) -> tuple[Language, Placed]:
    """One sentence at one second."""
    chance = random.Random(number)
    said = speak(write_sentence(GRAMMARS["en"], chance, "train"), make_voices("train", 1)[0], 16_000, chance)
    voice = np.zeros(160_000, np.float32)
    voice[16_000 : 16_000 + len(said.samples)] = 0.05 * said.samples[:144_000]
    return "en", Placed(((1.0, 0),), voice)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with a few clips and one separated window."""
    run = tmp_path_factory.mktemp("transcription")
    (run / "clips-000.pickle").write_bytes(pickle.dumps(make_shard(0, count=24)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separated, "SHARD_STREAMS", 1)
        patch.setattr(separated, "STREAM_WINDOWS", 1)
        read_separated(run, 0, place)
    return run


def test_a_separated_window_holds_the_voice_where_it_was_laid(folder: Path) -> None:
    (stored,) = read_separated(folder, 0, place)
    _, placed = place(0)
    assert stored.places == placed.places
    assert stored.samples.shape == placed.voice.shape
    separate, true = stored.samples.astype(np.float64), placed.voice.astype(np.float64)
    assert np.dot(separate, true) / np.linalg.norm(separate) / np.linalg.norm(true) > 0.5


def test_a_training_goes_on_where_it_was_stopped_and_leaves_a_model(folder: Path) -> None:
    train(Run("transcription", folder, steps=4))
    assert (folder / "model.bin").exists()
    train(Run("transcription", folder, steps=8))
    state = load_state(Run("transcription", folder, steps=8))
    assert state is not None
    assert state["step"] == 8
