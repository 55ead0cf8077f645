"""Writes a trained recogniser in CTranslate2's format, by way of Hugging Face's and CTranslate2's own converter."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.offline.training.runs import Run, load_state
from models.offline.training.transcription.network import (
    ALL_POSITIONS,
    GUIDED_HEADS,
    MELS,
    TEXT_POSITIONS,
    Recogniser,
    Shape,
)
from models.offline.training.transcription.tokens import Tokens, learn_tokens
from models.offline.training.transcription.windows import SECONDS

SAMPLE_RATE, HOP, SPECTRUM = 16_000, 160, 400
_TRAINING_ONLY = ("phone_head.", "token_head.", "encoder.padding_position")


class NothingTrained(RuntimeError):
    """The run has no state to export."""


def export(run: Run, folder: Path, quantization: str = "int8") -> int:
    """Write the network of a run's state to a folder; how many steps it was trained. Raises NothingTrained."""
    from ctranslate2.converters import TransformersConverter

    state = load_state(run)
    if state is None:
        raise NothingTrained(
            f"{run.folder} holds no state; train first: python -m models.offline.training {run.name}"
        )
    network = Recogniser(Shape(**state["shape"]))
    network.load_state_dict(state["network"])
    tokens = learn_tokens(run.folder / "tokens.json")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        write_transformers(network, tokens, source)
        converted = Path(scratch) / "converted"
        TransformersConverter(str(source)).convert(str(converted), quantization=quantization)
        for name in ("tokenizer.json", "preprocessor_config.json"):
            shutil.copy(source / name, converted / name)
        folder.mkdir(parents=True, exist_ok=True)
        for file in converted.iterdir():
            shutil.copy(file, folder / file.name)
    return int(state["step"])


def write_transformers(network: Recogniser, tokens: Tokens, folder: Path) -> None:
    """Write the network as Hugging Face's Whisper, with its tokenizer and the size of its windows."""
    from transformers import GenerationConfig

    model = as_transformers(network)
    silent = [tokens.encode(" ")[0][0], tokens.special("endoftext")]
    generation = GenerationConfig()
    generation.suppress_tokens = []
    generation.begin_suppress_tokens = silent
    last = network.shape.decoder_layers - 1
    generation.alignment_heads = [[last, head] for head in range(GUIDED_HEADS)]
    generation.lang_to_id = {f"<|{name}|>": tokens.special(name) for name in ("en", "zh", "ko", "ja")}
    model.generation_config = generation
    model.save_pretrained(folder)
    tokens.write(folder / "tokenizer.json")
    names = {"eos_token": "<|endoftext|>", "bos_token": "<|startoftranscript|>", "unk_token": "<|endoftext|>"}
    _write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"} | names)
    samples = int(SECONDS * SAMPLE_RATE)
    _write_json(
        folder / "preprocessor_config.json",
        {
            "feature_extractor_type": "WhisperFeatureExtractor",
            "chunk_length": int(SECONDS),
            "feature_size": MELS,
            "hop_length": HOP,
            "n_fft": SPECTRUM,
            "sampling_rate": SAMPLE_RATE,
            "n_samples": samples,
            "nb_max_frames": samples // HOP,
        },
    )


def as_transformers(network: Recogniser) -> Any:
    """The same function as a `WhisperForConditionalGeneration` with all 1,500 positions."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    shape = network.shape
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=shape.tokens,
            num_mel_bins=MELS,
            d_model=shape.width,
            encoder_layers=shape.encoder_layers,
            decoder_layers=shape.decoder_layers,
            encoder_attention_heads=shape.encoder_heads,
            decoder_attention_heads=shape.decoder_heads,
            encoder_ffn_dim=shape.inner,
            decoder_ffn_dim=shape.inner,
            max_source_positions=ALL_POSITIONS,
            max_target_positions=TEXT_POSITIONS,
            **dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id"), 0),
            suppress_tokens=None,
            begin_suppress_tokens=None,
        )
    ).eval()
    weights: dict[str, Tensor] = {
        f"model.{name}": value
        for name, value in network.state_dict().items()
        if not name.startswith(_TRAINING_ONLY)
    }
    weights["model.encoder.embed_positions.weight"] = network.encoder.all_positions()
    weights["proj_out.weight"] = network.embedding.detach()
    with torch.no_grad():
        model.load_state_dict(weights, strict=True)
    return model


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
