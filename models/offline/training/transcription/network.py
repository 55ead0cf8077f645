"""Whisper's network, small, with the parameter names of Hugging Face's, for windows of ten seconds.

faster-whisper always gives the encoder 3,000 frames: the window and then zeros. All positions behind a window of
ten seconds hold the same padding, so training keeps one of them and adds the logarithm of their number to its
attention score. That is exactly the function of all 1,500 positions, at a third of the cost (a test compares them).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

MELS = 80
FRAMES = 1004
"""Spectrogram frames of a training window: 1,000, and what the strided convolution reaches beyond."""
ALL_POSITIONS = 1500
POSITIONS = 502
"""Encoder positions in training (20 ms each): 501 of sound, and one that stands for all the padding."""
TEXT_POSITIONS = 448
GUIDED_HEADS = 2
"""As many heads of the last decoder layer learn to look where a token is spoken; word times come from them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the network. `phones` and `tokens` are the sizes of what it tells apart."""

    tokens: int
    phones: int
    width: int = 128
    encoder_layers: int = 4
    decoder_layers: int = 2
    encoder_heads: int = 2
    decoder_heads: int = 4
    inner: int = 512


class Recogniser(nn.Module):
    """Log-mel windows and tokens → what the decoder says next, and what the encoder hears when.

    The heads for phones and for tokens by frame serve training only and are left out at export.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = _Encoder(shape)
        self.decoder = _Decoder(shape)
        self.phone_head = nn.Linear(shape.width, shape.phones)
        self.token_head = nn.Linear(shape.width, shape.width)
        padding = torch.zeros(POSITIONS)
        padding[-1] = math.log(ALL_POSITIONS - POSITIONS + 1)
        self.register_buffer("padding", padding, persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, spectrogram: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, MELS, FRAMES) and (batch, length) → encoder states, decoder states, log attention.

        Encoder states (batch, POSITIONS, width); decoder states (batch, length, width), whose product with the
        token embedding gives the logits; log attention (batch, GUIDED_HEADS, length, POSITIONS).
        """
        heard = self.encoder(spectrogram, self.padding)
        said, attention = self.decoder(tokens, heard, self.padding)
        return heard, said, attention

    @property
    def embedding(self) -> Tensor:
        """(tokens, width): also the last layer."""
        return self.decoder.embed_tokens.weight


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(
        self, states: Tensor, memory: Tensor, scores: Tensor | None, *, causal: bool, guided: int
    ) -> tuple[Tensor, Tensor | None]:
        """`scores` (positions of the memory,) is added to the attention; the log attention of `guided` heads."""
        query, key = self._split(self.q_proj(states)), self._split(self.k_proj(memory))
        value = self._split(self.v_proj(memory))
        scale = query.shape[-1] ** -0.5
        if scores is None:
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        else:
            # Plain bf16 products are faster here than torch's fused attention on a CPU; the scores ride along as
            # one more channel of the key.
            ones = torch.ones_like(query[..., :1])
            extra = scores.to(key.dtype)[None, None, :, None].expand(*key.shape[:3], 1)
            products = torch.cat((query * scale, ones), -1) @ torch.cat((key, extra), -1).transpose(-1, -2)
            mixed = products.softmax(-1, dtype=products.dtype) @ value
        attention = None
        if guided:
            products = query[:, :guided].float() @ key[:, :guided].float().transpose(-1, -2) * scale
            attention = (products + (0.0 if scores is None else scores)).log_softmax(-1)
        return self.out_proj(mixed.transpose(1, 2).reshape(states.shape)), attention

    def _split(self, states: Tensor) -> Tensor:
        batch, length, width = states.shape
        return states.view(batch, length, self.heads, width // self.heads).transpose(1, 2)


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int, inner: int, *, decodes: bool) -> None:
        super().__init__()
        self.decodes = decodes
        self.self_attn = _Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        if decodes:
            self.encoder_attn = _Attention(width, heads)
            self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(
        self, states: Tensor, scores: Tensor, memory: Tensor | None = None, guided: int = 0
    ) -> tuple[Tensor, Tensor | None]:
        attention = None
        normal = self.self_attn_layer_norm(states)
        own = None if self.decodes else scores
        states = states + self.self_attn(normal, normal, own, causal=self.decodes, guided=0)[0]
        if memory is not None:
            normal = self.encoder_attn_layer_norm(states)
            heard, attention = self.encoder_attn(normal, memory, scores, causal=False, guided=guided)
            states = states + heard
        return states + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(states)))), attention


class _Encoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.padding_position = nn.Parameter(torch.zeros(shape.width))
        self.positions: Tensor
        self.register_buffer("positions", _sinusoids(POSITIONS - 1, shape.width), persistent=False)
        self.layers = nn.ModuleList(
            _Layer(shape.width, shape.encoder_heads, shape.inner, decodes=False)
            for _ in range(shape.encoder_layers)
        )
        self.layer_norm = nn.LayerNorm(shape.width)

    def forward(self, spectrogram: Tensor, scores: Tensor) -> Tensor:
        states = functional.gelu(self.conv2(functional.gelu(self.conv1(spectrogram)))).transpose(1, 2)
        states = states + torch.cat((self.positions, self.padding_position[None]))
        for layer in self.layers:
            states, _ = layer(states, scores)
        return cast(Tensor, self.layer_norm(states))

    def all_positions(self) -> Tensor:
        """(ALL_POSITIONS, width): the position embedding that the exported network has."""
        padding = self.padding_position.detach()[None].expand(ALL_POSITIONS - POSITIONS + 1, -1)
        return torch.cat((self.positions, padding))


class _Decoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.tokens, shape.width)
        self.embed_positions = nn.Embedding(TEXT_POSITIONS, shape.width)
        self.layers = nn.ModuleList(
            _Layer(shape.width, shape.decoder_heads, shape.inner, decodes=True) for _ in range(shape.decoder_layers)
        )
        self.layer_norm = nn.LayerNorm(shape.width)
        nn.init.normal_(self.embed_tokens.weight, std=0.05)
        nn.init.normal_(self.embed_positions.weight, std=0.02)

    def forward(self, tokens: Tensor, heard: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        states = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        attention = None
        for number, layer in enumerate(self.layers, start=1):
            guided = GUIDED_HEADS if number == len(self.layers) else 0
            states, attention = layer(states, scores, heard, guided)
        assert attention is not None
        return self.layer_norm(states), attention


def _sinusoids(length: int, width: int) -> Tensor:
    """Whisper's position embedding of the encoder: (length, width)."""
    steps = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * steps[None]
    return torch.cat((angles.sin(), angles.cos()), 1)
