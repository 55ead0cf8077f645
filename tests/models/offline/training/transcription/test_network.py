from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.offline.training.runs import Run, save_state
from models.offline.training.transcription.export import NothingTrained, as_transformers, export
from models.offline.training.transcription.network import FRAMES, MELS, POSITIONS, Recogniser, Shape
from models.offline.training.transcription.tokens import learn_tokens

SMALL = Shape(tokens=300, phones=12, width=32, encoder_layers=1, decoder_layers=2, inner=64)


def network(shape: Shape = SMALL) -> Recogniser:
    torch.manual_seed(0)
    return Recogniser(shape).eval()


def test_one_padding_position_stands_for_all_of_them() -> None:
    trained = network()
    torch.nn.init.normal_(trained.encoder.padding_position)
    window = torch.randn(1, MELS, FRAMES)
    window[..., 1000:] = 0.0
    whole = torch.zeros(1, MELS, 3000)
    whole[..., :FRAMES] = window
    tokens = torch.randint(0, SMALL.tokens, (1, 9))
    with torch.no_grad():
        heard, said, _ = trained(window, tokens)
        full = as_transformers(trained)(whole, decoder_input_ids=tokens)
    assert torch.allclose(heard[:, : POSITIONS - 1], full.encoder_last_hidden_state[:, : POSITIONS - 1], atol=1e-4)
    assert torch.allclose(said @ trained.embedding.T, full.logits, atol=1e-4)


def test_attention_of_the_guided_heads_is_a_distribution_over_positions() -> None:
    with torch.no_grad():
        *_, attention = network()(torch.randn(2, MELS, FRAMES), torch.zeros(2, 5, dtype=torch.long))
    assert attention.shape == (2, 2, 5, POSITIONS)
    assert torch.allclose(attention.exp().sum(-1), torch.ones(2, 2, 5), atol=1e-4)


def test_faster_whisper_loads_what_is_exported(tmp_path: Path) -> None:
    from faster_whisper import WhisperModel

    run = Run("transcription", tmp_path / "run", steps=1)
    run.folder.mkdir()
    tokens = learn_tokens(run.folder / "tokens.json")
    shape = Shape(tokens.count, phones=3, width=32, encoder_layers=1, decoder_layers=1, inner=64)
    state = {"step": 5, "shape": {name: getattr(shape, name) for name in shape.__slots__}}
    save_state(run, state | {"network": network(shape).state_dict()})
    assert export(run, tmp_path / "model") == 5
    model = WhisperModel(str(tmp_path / "model"), device="cpu", compute_type="int8", local_files_only=True)
    assert model.model.is_multilingual
    assert model.feature_extractor.chunk_length == 10
    assert {token for token, _ in model.model.detect_language(model.encode(torch.zeros(80, 3000).numpy()))[0]} == {
        *("<|en|>", "<|ja|>", "<|ko|>", "<|zh|>")
    }


def test_a_run_without_a_state_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingTrained, match="train first"):
        export(Run("transcription", tmp_path, steps=1), tmp_path / "model")
