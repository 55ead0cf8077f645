"""Full-size networks with random weights, written as files that prelabel's own loaders read.

Speed does not depend on the values of weights, so this is enough to time a GPU where no hub can be reached. Shapes
are the published ones: htdemucs (41,984,456 parameters), Whisper large-v3 and large-v3-turbo, PyanNet and WeSpeaker
ResNet34. `tiny` gives the same architectures in a small form, to prove the code on any machine.

What decides how much work there is, is not left to chance: Whisper recites `RECITED` for every window, whatever it
hears, and PyanNet hears one speaker all the time.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import MODEL_SETS
from models.offline.training.checkpoints import embedding_task, segmentation_task, write_checkpoint

LANGUAGE_TOKENS = ("en", "zh", "ko", "ja")
TIMESTAMPS = 1501
"""Whisper's time tokens: 0.00 to 30.00 s in steps of 0.02 s."""
_PASSAGE = (
    "Most of what we know about how people talk to one another was learned by listening again , slowly , to "
    "recordings that were made long ago . Somebody had to write down each word , mark where it began and ended , "
    "and say which voice it belonged to . That takes far more time than the talk itself did , so any draft worth "
    "correcting saves hours . When machines propose sentences first , patient readers only mend what sounds wrong "
    "to them before moving on , which leaves them fresh for what is hard ."
)
RECITED = _PASSAGE.split()
"""A token each; a hundred with the two for time: about what half a minute of speech takes."""
PLACES = 32
ALIGNING_HEADS = 2


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
TINY_WHISPER = WhisperShape(128, 2, 1, 1, 80, 2200)


def write_fast_set(cache: Path, *, tiny: bool) -> None:
    """The networks of the set `fast`, laid out as the hub's cache holds them (`models_dir`)."""
    fast = MODEL_SETS["fast"]
    snapshots: dict[str, Path] = {}
    for ref in fast.refs:
        home = cache / f"models--{ref.name.replace('/', '--')}"
        snapshots[ref.task] = home / "snapshots" / "0"
        (home / "refs").mkdir(parents=True)
        (home / "refs" / "main").write_text("0")
    write_htdemucs(snapshots["separation"], tiny=tiny)
    write_diarization(snapshots["diarization"], tiny=tiny)
    write_whisper(snapshots["transcription"], TINY_WHISPER if tiny else WHISPERS["large-v3-turbo"])


def write_htdemucs(folder: Path, *, tiny: bool) -> Any:
    """htdemucs as a hub snapshot; gives the network too, for the library's own loop."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    torch.manual_seed(0)
    shape: dict[str, Any] = {"channels": 48, "bottom_channels": 512, "t_layers": 5, "dconv_mode": 3}
    shape |= {"depth": 4, "segment": Fraction(39, 5)}
    if tiny:
        shape = {"channels": 8, "t_layers": 1, "t_heads": 2, "nfft": 1024, "segment": Fraction(2), "depth": 4}
    sources = ["drums", "bass", "other", "vocals"]
    network = HTDemucs(sources, **shape).eval()
    folder.mkdir(parents=True)
    metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": json.dumps([sources])}
    metadata["kwargs"] = json.dumps(shape, default=_fraction)
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, folder / "0a1b2c3d.safetensors", metadata)
    (folder / "htdemucs.yaml").write_text("models: ['0a1b2c3d']\n", encoding="utf-8")
    return network


def _fraction(value: Fraction) -> dict[str, Any]:
    """As demucs writes one into its metadata."""
    return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}


def write_whisper(folder: Path, shape: WhisperShape) -> None:
    """A Whisper in CTranslate2's format, float16, with tokenizer and preprocessor, as faster-whisper loads it."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    folder.mkdir(parents=True)
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    tokens = _vocabulary(shape.vocabulary)
    _fill_whisper(spec, shape, tokens)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{language}|>") for language in LANGUAGE_TOKENS]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("<|endoftext|>")]
    spec.config.alignment_heads = [(shape.decoder_layers - 1, head) for head in range(ALIGNING_HEADS)]
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
    with torch.no_grad():
        segmentation.classifier.bias[1] += 100.0  # the first speaker, alone
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


def _fill_whisper(spec: Any, shape: WhisperShape, tokens: list[str]) -> None:
    """Random weights, but positions outweigh all that is computed, in encoder and decoder.

    A position in the decoder holds the token to write there, and, as one in the encoder does, `PLACES` numbers that
    tell how far along it is: the two heads that give words their times compare only those.
    """
    width = shape.width
    spec.encoder.conv1.weight = _random(width, shape.mel_bands, 3)
    spec.encoder.conv1.bias = _zeros(width)
    spec.encoder.conv2.weight = _random(width, width, 3)
    spec.encoder.conv2.bias = _zeros(width)
    spec.encoder.position_encodings.encodings = _random(1500, width)
    spec.encoder.position_encodings.encodings[:, :PLACES] += 200.0 * _places(np.arange(1500) / 1500)
    _fill_norm(spec.encoder.layer_norm, width)
    for layer in spec.encoder.layer:
        _fill_attention(layer.self_attention, width, (3 * width, width))
        _fill_feed_forward(layer.ffn, width)
    words = _random(shape.vocabulary, width) * np.float32(1280 / width)
    words[:, :PLACES] = 0.0
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = words
    spec.decoder.position_encodings.encodings = _recital(words, tokens)
    _fill_norm(spec.decoder.layer_norm, width)
    for layer in spec.decoder.layer:
        _fill_attention(layer.self_attention, width, (3 * width, width))
        _fill_attention(layer.attention, width, (width, 2 * width, width))
        _fill_feed_forward(layer.ffn, width)
    query, key_value, _ = spec.decoder.layer[-1].attention.linear
    size = width // shape.heads
    for head in range(ALIGNING_HEADS):
        for linear in (query, key_value):
            rows = linear.weight[head * size : (head + 1) * size]
            rows[:] = 0.0
            rows[:PLACES, :PLACES] = np.eye(PLACES) * math.sqrt(150.0 * math.sqrt(size) / width)


def _recital(words: npt.NDArray[np.float32], tokens: list[str]) -> npt.NDArray[np.float32]:
    """The decoder's positions: the token that comes next, and how far the text is along."""
    written = ["<|en|>", "<|transcribe|>", "<|0.00|>", *map(_token, RECITED), "<|29.00|>"]
    written += ["<|endoftext|>"] * (448 - len(written))
    positions = np.stack([words[tokens.index(token)] for token in written])
    positions *= 700.0 / np.linalg.norm(positions, axis=1, keepdims=True)
    positions[:, :PLACES] = 175.0 * _places(np.clip((np.arange(448) - 3) / len(RECITED), 0.0, 1.0) * 0.97)
    return positions


def _places(shares: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Shares of a whole, 0 to 1, as vectors whose product is the greater the nearer the shares are."""
    angles = np.pi * np.outer(shares, np.arange(PLACES // 2))
    return np.concatenate((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)


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
    text = [*_byte_letters(), "", *dict.fromkeys(_token(word) for word in RECITED if word.isalpha())]
    fillers = [f"~{number:x}" for number in range(size - len(text) - len(special))]
    return [*text, *fillers, *special]


def _token(word: str) -> str:
    """As byte-level BPE writes a word after a space; punctuation follows its word without one."""
    return f"Ġ{word}" if word.isalpha() else word


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
