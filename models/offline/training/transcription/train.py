"""Trains the recogniser: `python -m models.offline.training transcription`.

Four losses: the next token; the phone and the text token at each frame of the encoder, which teach it to hear long
before the decoder listens; and the attention of the guided heads, which should lie evenly on the time in which a
token is spoken. Evenly, because CTranslate2 smooths attention over seven frames before it aligns words: heads that
learn to hit one frame lose it there.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from models.offline.training.runs import Run, learning_rate, load_state, prepare, set_rate, take_steps
from models.offline.training.transcription.clips import read_shard
from models.offline.training.transcription.export import export
from models.offline.training.transcription.network import POSITIONS, Recogniser, Shape
from models.offline.training.transcription.start import TOKENS, read_start, write_start
from models.offline.training.transcription.tokens import Tokens, learn_tokens
from models.offline.training.transcription.windows import IGNORED, Composer, batches

BATCH = 8
TOGETHER = 4
"""Steps whose windows are sorted by length together; a run is saved at multiples of it."""
PEAK_RATE = 2e-3
_WARM_UP, _HOLD = 120, 0.55
_CORRUPTED = (0.1, 0.05)
"""Share of the decoder's input tokens that are replaced, at first and in the end, so that it listens."""
_HEARING = (0.6, 0.3)
"""Weight of the two losses by frame, at first and in the end."""
_GUIDANCE = 0.4
_SEPARATED_FROM = 0.5
"""Behind this share of the steps it hears separated speech as well."""
_FRAMES_JUDGED = 0.25
_SMOOTHING = 0.02

Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Losses:
    """The four losses of one step, and the share of tokens that the decoder had right."""

    text: Tensor
    phones: Tensor
    tokens_by_frame: Tensor
    guidance: Tensor
    accuracy: Tensor


def train(run: Run) -> None:
    """Train, or go on with what `run.folder` holds; CTranslate2's files and `start` are left there at the end."""
    prepare(run)
    kept = load_state(run)
    begun = kept or (read_start(run.start, run.folder) if run.start else None)
    tokens = learn_tokens(run.folder / TOKENS)
    phones = begun["phones"] if begun else _phones(run.folder)
    network = Recogniser(Shape(**begun["shape"]) if begun else Shape(tokens.count, len(phones))).to(run.device)
    if begun:
        network.load_state_dict(begun["network"])
    optimisers = _optimisers(network)
    first = 0
    if kept:
        first = kept["step"]
        for optimiser, one in zip(optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(one)
    data = iter(DataLoader(_Batches(run, tokens, phones, first), batch_size=None, num_workers=1, prefetch_factor=8))

    def take(step: int) -> dict[str, float]:
        return _step(network, optimisers, next(data), run, step, tokens)

    def state() -> dict[str, Any]:
        parts = {"shape": asdict(network.shape), "phones": phones, "network": network.state_dict()}
        return parts | {"optimisers": [optimiser.state_dict() for optimiser in optimisers]}

    if take_steps(run, first, take, state, together=TOGETHER) >= run.steps:
        export(run, run.folder)
        write_start(network, phones, run.folder)


class _Batches(IterableDataset[Batch]):
    """Composes batches in a process of its own, which ends when the training ends and at no signal before.

    Ctrl-C reaches the whole process group; if this process died of it, torch would end the training unsaved.
    """

    def __init__(self, run: Run, tokens: Tokens, phones: Sequence[str], first: int) -> None:
        self._run, self._tokens, self._phones, self._first = run, tokens, phones, first

    def __iter__(self) -> Iterator[Batch]:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # inherited by the synthesiser's server
        torch.set_num_threads(1)
        separated_from = int(_SEPARATED_FROM * self._run.steps) * BATCH
        composer = Composer(self._run.folder, self._tokens, self._phones, self._run.seed, separated_from)
        return batches(composer, self._first, BATCH, TOGETHER)


def _phones(folder: Path) -> tuple[str, ...]:
    """The phones of the first clips; a pause is number 0, and so is whatever else turns up later."""
    symbols = {symbol for clip in read_shard(folder, 0) for symbol, _ in clip.phones}
    return ("", *sorted(symbols - {""}))


def _optimisers(network: Recogniser) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices of the layers, AdamW for all the rest."""
    matrices = {
        name for name, parameter in network.named_parameters() if parameter.ndim == 2 and ".layers." in name
    }
    parts: dict[bool, list[Any]] = {True: [], False: []}
    for name, parameter in network.named_parameters():
        parts[name in matrices].append(parameter)
    return (
        torch.optim.Muon(parts[True], lr=PEAK_RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(parts[False], lr=PEAK_RATE, weight_decay=0.0, betas=(0.9, 0.98)),
    )


def _step(
    network: Recogniser,
    optimisers: Sequence[torch.optim.Optimizer],
    batch: Batch,
    run: Run,
    step: int,
    tokens: Tokens,
) -> dict[str, float]:
    # Which tokens are corrupted and which frames judged comes from the step's number, as the examples do.
    torch.manual_seed(1_000_003 * run.seed + step)
    done = step / run.steps
    rate = learning_rate(step, run, PEAK_RATE, _WARM_UP, _HOLD)
    for optimiser in optimisers:
        set_rate(optimiser, rate)
        optimiser.zero_grad(set_to_none=True)
    losses = _losses(network, _on(batch, run.device), tokens, _between(_CORRUPTED, done))
    hearing = _between(_HEARING, done)
    total = losses.text + hearing * (losses.phones + losses.tokens_by_frame) + _GUIDANCE * losses.guidance
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optimiser in optimisers:
        optimiser.step()
    return {
        "text": losses.text.item(),
        "phones": losses.phones.item(),
        "by_frame": losses.tokens_by_frame.item(),
        "guidance": losses.guidance.item(),
        "accuracy": losses.accuracy.item(),
        "rate": rate,
    }


def _losses(network: Recogniser, batch: Batch, tokens: Tokens, corrupted: float) -> Losses:
    spectrograms, phones, by_frame, given, labels, spans = batch
    with torch.autocast(spectrograms.device.type, torch.bfloat16):
        heard, said, attention = network(spectrograms, _corrupted(given, labels, tokens, corrupted))
        by_phone = network.phone_head(heard)
        judged = (by_frame != IGNORED) & (torch.rand(by_frame.shape, device=by_frame.device) < _FRAMES_JUDGED)
        by_token = network.token_head(heard[judged]) @ network.embedding[: tokens.words].T
        written = labels != IGNORED
        logits = said[written] @ network.embedding.T
    wanted = labels[written]
    return Losses(
        text=functional.cross_entropy(logits.float(), wanted, label_smoothing=_SMOOTHING),
        phones=functional.cross_entropy(by_phone.float().flatten(0, 1), phones.flatten(), ignore_index=IGNORED),
        tokens_by_frame=functional.cross_entropy(by_token.float(), by_frame[judged]),
        guidance=_guidance(attention, spans),
        accuracy=(logits.argmax(-1) == wanted).float().mean(),
    )


def _guidance(attention: Tensor, spans: Tensor) -> Tensor:
    """How far the guided heads are from looking evenly at the `spans` (batch, length, 2) of positions."""
    positions = torch.arange(POSITIONS, device=spans.device)
    inside = ((positions >= spans[..., :1]) & (positions < spans[..., 1:])).float()
    count = inside.sum(-1)
    even = (attention.clamp(min=-12) * inside[:, None]).sum(-1) / count[:, None].clamp(min=1)
    return -even.mean(1)[count > 0].mean()


def _corrupted(given: Tensor, labels: Tensor, tokens: Tokens, share: float) -> Tensor:
    """Some text tokens replaced by others."""
    replaced = (torch.rand(given.shape, device=given.device) < share) & (given < tokens.words) & (labels != IGNORED)
    return torch.where(replaced, torch.randint_like(given, 256, tokens.words), given)


def _between(ends: tuple[float, float], done: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * min(1.0, done)


def _on(batch: Batch, device: str) -> Batch:
    one, two, three, four, five, six = (tensor.to(device, non_blocking=True) for tensor in batch)
    return one, two, three, four, five, six
