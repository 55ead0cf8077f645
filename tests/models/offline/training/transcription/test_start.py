"""A training that begins with the weights of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from models.offline.training.runs import Run
from models.offline.training.transcription import train as training
from models.offline.training.transcription.network import Recogniser, Shape
from models.offline.training.transcription.start import TOKENS, write_start
from models.offline.training.transcription.tokens import learn_tokens

PHONES = ("", "a", "b")


def test_a_training_begins_with_the_weights_phones_and_vocabulary_that_were_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, states = tmp_path / "start", list[Mapping[str, Any]]()
    start.mkdir()
    vocabulary = learn_tokens(start / TOKENS)
    shipped = Recogniser(Shape(vocabulary.count, len(PHONES), width=16, encoder_layers=1, inner=16))
    write_start(shipped, PHONES, start)

    def take_steps(run: Run, first: int, take: object, state: Callable[[], Mapping[str, Any]], **_: int) -> int:
        states.append({"first": first, **state()})
        return first

    monkeypatch.setattr(training, "take_steps", take_steps)
    monkeypatch.setattr(training, "DataLoader", lambda *_, **__: ())
    training.train(Run("transcription", tmp_path / "run", steps=9, start=start))

    (begun,) = states
    assert (begun["first"], begun["phones"]) == (0, PHONES)
    assert (tmp_path / "run" / TOKENS).read_bytes() == (start / TOKENS).read_bytes()
    for name, value in shipped.state_dict().items():
        assert torch.equal(begun["network"][name], value.half().float()), name
