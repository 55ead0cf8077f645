"""Full-size networks with random weights, written as files that prelabel's own loaders read.

Speed does not depend on the values of weights, so this is enough to time a GPU where no hub can be reached. Shapes
are the published ones: htdemucs (41,984,456 parameters), Whisper large-v3 and large-v3-turbo, PyanNet and WeSpeaker
ResNet34. `Size(tiny=True)` gives the same architectures in a small form, to prove the code on any machine.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.offline.training.checkpoints import embedding_task, segmentation_task, write_checkpoint

LANGUAGE_TOKENS = ("en", "zh", "ko", "ja")
TIMESTAMPS = 1501
"""Whisper's time tokens: 0.00 to 30.00 s in steps of 0.02 s."""


@dataclass(frozen=True, slots=True)
class WhisperShape:
    """Width, layers and vocabulary of a Whisper (openai/whisper, model card; turbo has four decoder layers)."""

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    mel_bands: int
    vocabulary: int


WHISPERS = {
    "large-v3": WhisperShape(1280, 20, 32, 32, 128, 51866),
    "large-v3-turbo": WhisperShape(1280, 20, 32, 4, 128, 51866),
}
TINY_WHISPER = WhisperShape(64, 2, 1, 1, 80, 2200)


def write_htdemucs(file: Path, *, tiny: bool) -> Any:
    """htdemucs as demucs' `.th` file; gives the network too, for the library's own loop."""
    import torch
    from demucs.htdemucs import HTDemucs

    torch.manual_seed(0)
    shape: dict[str, Any] = {"channels": 48, "bottom_channels": 512, "t_layers": 5, "dconv_mode": 3}
    shape |= {"depth": 4, "segment": Fraction(39, 5)}
    if tiny:
        shape = {"channels": 8, "t_layers": 1, "t_heads": 2, "nfft": 1024, "segment": Fraction(2), "depth": 4}
    network = HTDemucs(["drums", "bass", "other", "vocals"], **shape).eval()
    package = {"klass": HTDemucs, "args": (["drums", "bass", "other", "vocals"],), "kwargs": shape}
    torch.save(package | {"state": network.state_dict(), "training_args": {}}, file)
    return network


def write_whisper(folder: Path, shape: WhisperShape) -> None:
    """A Whisper in CTranslate2's format, float16, with tokenizer and preprocessor, as faster-whisper loads it."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    folder.mkdir(parents=True)
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _fill_whisper(spec, shape)
    tokens = _vocabulary(shape.vocabulary)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{language}|>") for language in LANGUAGE_TOKENS]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("<|endoftext|>")]
    spec.config.alignment_heads = [(shape.decoder_layers - 1, head) for head in range(2)]
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(tokens)), encoding="utf-8")
    preprocessor = {"feature_size": shape.mel_bands, "chunk_length": 30, "hop_length": 160, "n_fft": 400}
    preprocessor |= {"sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")


def write_diarization(folder: Path, *, tiny: bool) -> None:
    """A pyannote pipeline folder, as `Pipeline.from_pretrained` reads it: PyanNet, WeSpeaker ResNet34, a PLDA."""
    import torch
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    lstm = {"hidden_size": 16 if tiny else 128, "num_layers": 1 if tiny else 4, "bidirectional": True}
    segmentation = PyanNet(lstm=lstm)
    segmentation.specifications = segmentation_task(seconds=10.0)
    segmentation.build()  # type: ignore[no-untyped-call]
    embedding = WeSpeakerResNet34()
    embedding.specifications = embedding_task(seconds=10.0)
    for name, network in (("segmentation", segmentation), ("embedding", embedding)):
        write_checkpoint(network, folder / name / "pytorch_model.bin")
    _write_plda(folder / "plda")
    (folder / "config.yaml").write_text(_PIPELINE, encoding="utf-8")


_PIPELINE = """
dependencies: {pyannote.audio: 4.0.0}
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: VBxClustering
    segmentation: $model/segmentation
    segmentation_step: 0.1
    embedding: $model/embedding
    embedding_exclude_overlap: true
    plda: $model/plda
params:
  segmentation: {min_duration_off: 0.0}
  clustering: {threshold: 0.6, Fa: 0.07, Fb: 0.8}
"""


def _write_plda(folder: Path) -> None:
    """From 256 dimensions to 128, with nothing learned in it."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    turned, _ = np.linalg.qr(chance.standard_normal((256, 256)))
    np.savez(
        folder / "xvec_transform.npz",
        mean1=np.zeros(256),
        mean2=np.zeros(128),
        lda=np.ascontiguousarray(turned[:, :128]),
    )
    np.savez(folder / "plda.npz", mu=np.zeros(128), tr=np.eye(128), psi=np.linspace(2.0, 0.1, 128))


def _fill_whisper(spec: Any, shape: WhisperShape) -> None:
    width = shape.width
    spec.encoder.conv1.weight = _random(width, shape.mel_bands, 3)
    spec.encoder.conv1.bias = _zeros(width)
    spec.encoder.conv2.weight = _random(width, width, 3)
    spec.encoder.conv2.bias = _zeros(width)
    spec.encoder.position_encodings.encodings = _random(1500, width)
    _fill_norm(spec.encoder.layer_norm, width)
    for layer in spec.encoder.layer:
        _fill_attention(layer.self_attention, width, (3 * width, width))
        _fill_feed_forward(layer.ffn, width)
    spec.decoder.embeddings.weight = _random(shape.vocabulary, width)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.decoder.position_encodings.encodings = _random(448, width)
    _fill_norm(spec.decoder.layer_norm, width)
    for layer in spec.decoder.layer:
        _fill_attention(layer.self_attention, width, (3 * width, width))
        _fill_attention(layer.attention, width, (width, 2 * width, width))
        _fill_feed_forward(layer.ffn, width)


def _fill_attention(attention: Any, width: int, outputs: tuple[int, ...]) -> None:
    _fill_norm(attention.layer_norm, width)
    for linear, size in zip(attention.linear, outputs, strict=True):
        linear.weight, linear.bias = _random(size, width), _zeros(size)


def _fill_feed_forward(block: Any, width: int) -> None:
    _fill_norm(block.layer_norm, width)
    block.linear_0.weight, block.linear_0.bias = _random(4 * width, width), _zeros(4 * width)
    block.linear_1.weight, block.linear_1.bias = _random(width, 4 * width), _zeros(width)


def _fill_norm(norm: Any, width: int) -> None:
    norm.gamma, norm.beta = np.ones(width, np.float32), _zeros(width)


_NOISE = np.random.default_rng(0).standard_normal(1_000_003).astype(np.float32) * 0.02


_TURNS = itertools.count()


def _random(*shape: int) -> npt.NDArray[np.float32]:
    """Small random weights, repeated from one block: drawing 1.5 billion of them would take minutes.

    Each array starts elsewhere in the block, because CTranslate2 stores equal arrays only once.
    """
    return np.resize(np.roll(_NOISE, next(_TURNS) * 7919), shape)


def _zeros(size: int) -> npt.NDArray[np.float32]:
    return np.zeros(size, np.float32)


def _vocabulary(size: int) -> list[str]:
    """Byte letters, fillers, and Whisper's special tokens in the order that its decoder relies on."""
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in LANGUAGE_TOKENS)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{step * 0.02:.2f}|>" for step in range(TIMESTAMPS))]
    # CTranslate2 4.8 takes a Whisper for multilingual where its vocabulary holds the empty string.
    text = [*_byte_letters(), ""]
    fillers = [f"~{number:x}" for number in range(size - len(text) - len(special))]
    return [*text, *fillers, *special]


def _byte_letters() -> list[str]:
    """The 256 letters by which byte-level BPE writes bytes."""
    from tokenizers.pre_tokenizers import ByteLevel

    return sorted(ByteLevel.alphabet())


def _tokenizer(tokens: list[str]) -> dict[str, Any]:
    """tokenizer.json of a byte-level BPE without merges."""
    first_special = tokens.index("<|endoftext|>")
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": number, "content": token, **flags}
            for number, token in enumerate(tokens)
            if number >= first_special
        ],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens[:first_special])},
            "merges": [],
        },
    }
