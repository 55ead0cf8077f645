"""Trains the separation: an HTDemucs (Rouard, Massa and Défossez, 2023) of two stems, the voice and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.synthetic.levels import si_sdr
from models.offline.training.mixtures import (
    SAMPLE_RATE,
    Backgrounds,
    Bank,
    make_background,
    make_mix,
    make_test_mix,
    record_bank,
)
from models.offline.training.muon import Muon
from models.offline.training.runs import Run, learning_rate, load_state, prepare, set_rate, take_steps, write_whole

VOICE, REST = 0, 1
SEGMENT = Fraction(6)
"""Seconds that the network hears at once in use."""
SHAPES = (*[(3, 2.5)] * 5, (2, float(SEGMENT)))
"""Mixes and their seconds in one step and the following ones: mostly short, which is cheap, but long as well, so
that the attention knows whole segments."""
ADAM_RATE, MUON_RATE, WEIGHT_DECAY = 2e-3, 1e-2, 1e-4
AVERAGED = 0.998
"""How much of the averaged weights stays at each step. They are what is tested and written."""
VOICES, UTTERANCES, HELD_BACKGROUNDS = 180, 5, 72
DEV_VOICES, DEV_UTTERANCES = 16, 3
DEV_SNRS_DB = (-5.0, 0.0, 5.0, 10.0)
DEV_MIXES, DEV_SECONDS = 12, 8
TEST_EVERY = 500

_REST_WEIGHT = 0.2
_DISTANCE_WEIGHT = 40.0
_SATURATION = 1e-2
"""20 dB: a voice that comes out this well teaches nothing more."""
_FLOOR = 1e-4
"""40 dB under the mix: the same for a voice that is not there."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a separation does on a set of mixes.

    `gain_db`: SI-SDR of the voice that came out minus that of the mix, for each level of the voice over the
    background and each kind of background; `clean_db`: SI-SDR of a voice that was alone.
    """

    gain_db: Mapping[tuple[float, str], float]
    clean_db: float

    def gain_at(self, snr_db: float) -> float:
        """The mean over the kinds of background."""
        return float(np.mean([gain for (level, _), gain in self.gain_db.items() if level == snr_db]))


def make_network() -> Any:
    """An untrained network of the shipped size: 711,648 parameters."""
    from demucs.htdemucs import HTDemucs

    return HTDemucs(
        sources=["vocals", "no_vocals"],
        channels=12,
        growth=2,
        nfft=2048,
        depth=4,
        dconv_depth=1,
        t_layers=1,
        t_heads=4,
        t_hidden_scale=2.0,
        samplerate=SAMPLE_RATE,
        segment=SEGMENT,
    )


def train(run: Run) -> None:
    """Train, or go on with what `run.folder` holds; `tinyvoice.th` (averaged weights) is left there at the end."""
    prepare(run)
    bank = record_bank("train", VOICES, UTTERANCES, run.seed)
    backgrounds = Backgrounds(HELD_BACKGROUNDS, run.seed)
    dev_bank = record_bank("dev", DEV_VOICES, DEV_UTTERANCES, run.seed)
    network = make_network().to(run.device)
    averaged = deepcopy(network)
    optimizers = make_optimizers(network)
    first = 0
    if kept := load_state(run):
        network.load_state_dict(kept["network"])
        averaged.load_state_dict(kept["averaged"])
        for optimizer, one in zip(optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(one)
        first = kept["step"]

    def take(step: int) -> dict[str, float]:
        for optimizer, peak in zip(optimizers, (MUON_RATE, ADAM_RATE), strict=True):
            set_rate(optimizer, learning_rate(step, run, peak, warm_up=30))
        stems = make_batch(bank, backgrounds, run, step)
        with torch.autocast(run.device, torch.bfloat16):
            answer = network.train()(stems.sum(dim=1))
        loss = separation_loss(answer.float(), stems)
        network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        length = torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        for optimizer in optimizers:
            optimizer.step()
        average(averaged, network, min(AVERAGED, (step + 1) / (step + 11)))
        return {"loss": loss.item(), "gradient": float(length)}

    def test() -> dict[str, float]:
        found = measure(averaged, dev_bank, run)
        return {"clean": found.clean_db} | {f"gain_at_{snr_db:g}": found.gain_at(snr_db) for snr_db in DEV_SNRS_DB}

    def state() -> dict[str, Any]:
        weights = {"network": network.state_dict(), "averaged": averaged.state_dict()}
        return weights | {"optimizers": [optimizer.state_dict() for optimizer in optimizers]}

    if take_steps(run, first, take, state, test=test, test_every=TEST_EVERY) >= run.steps:
        write_weights(averaged, run.folder / "tinyvoice.th")


def make_optimizers(network: Any) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for kernels and matrices, Adam for the rest: biases, scales, embeddings, layers of one or two inputs."""
    named = dict(network.named_parameters())
    large = {name for name, one in named.items() if one.ndim > 1 and min(one.shape[:2]) > 2 and "emb" not in name}
    rest = [one for name, one in named.items() if name not in large]
    return (
        Muon([named[name] for name in sorted(large)], MUON_RATE),
        torch.optim.AdamW(rest, ADAM_RATE, (0.9, 0.98), weight_decay=WEIGHT_DECAY),
    )


def make_batch(bank: Bank, backgrounds: Backgrounds, run: Run, step: int) -> Tensor:
    """The stems of a step, (batch, 2, 2, time): voice and rest in stereo, with a deviation of 1 in their sum."""
    batch, seconds = SHAPES[step % len(SHAPES)]
    mixes = [make_mix(bank, backgrounds, seconds, run.seed, step, index) for index in range(batch)]
    stems = torch.from_numpy(np.stack(mixes)).to(run.device)
    deviation = stems.sum(dim=1, keepdim=True).std(dim=(2, 3), keepdim=True)
    return stems / (deviation + 1e-4)


def separation_loss(answer: Tensor, stems: Tensor) -> Tensor:
    """What is wrong in each stem, in dB under the mix, and its mean size in the voice; stems (batch, 2, 2, time).

    The first is a negative signal-to-noise ratio with a saturation (Wisdom et al., "Unsupervised sound separation
    using mixture invariant training", 2020, eq. 2), and a floor for stems that are silent: quiet errors in clean
    voices weigh as much as loud ones in bad mixes. The second, L1 as demucs is trained, counts the bad mixes most.
    """
    mix = stems.sum(dim=1).square().mean(dim=(1, 2))[:, None]
    wrong = (answer - stems).square().mean(dim=(2, 3))
    wanted = stems.square().mean(dim=(2, 3))
    under = 10 * torch.log10((wrong + _SATURATION * wanted + _FLOOR * mix) / (mix + 1e-8) + 1e-8)
    distance = (answer[:, VOICE] - stems[:, VOICE]).abs().mean()
    return (under[:, VOICE] + _REST_WEIGHT * under[:, REST]).mean() + _DISTANCE_WEIGHT * distance


def average(averaged: Any, network: Any, kept: float) -> None:
    """Move the averaged weights towards the network's."""
    with torch.no_grad():
        for mean, parameter in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(parameter, 1 - kept)


def write_weights(network: Any, file: Path) -> None:
    """Write a network as demucs stores one (`demucs.states.save_with_checksum`), the weights in half precision."""
    args, kwargs = network._init_args_kwargs
    write_whole(
        {
            "klass": type(network),
            "args": args,
            "kwargs": kwargs,
            "state": {name: value.detach().cpu().half() for name, value in network.state_dict().items()},
            "training_args": {},
        },
        file,
    )


def measure(network: Any, bank: Bank, run: Run) -> Quality:
    """Separate mixes of 8 s, half under music, half under noise, and voices alone; at any length of segment."""
    length = DEV_SECONDS * SAMPLE_RATE
    gains: dict[tuple[float, str], list[float]] = {}
    clean = []
    for index in range(DEV_MIXES):
        # Numbers far from those of the training; 4 n + 3 are noise.
        number = 1_000_000 + (4 * index + 3 if index % 2 else 4 * index)
        background = make_background(number, run.seed, length)
        kind = "noise" if index % 2 else "music"
        for snr_db in DEV_SNRS_DB:
            voice, rest = make_test_mix(bank, background, snr_db, run.seed, index)
            after = si_sdr(voice, separate(network, voice + rest, run.device))
            gains.setdefault((snr_db, kind), []).append(after - si_sdr(voice, voice + rest))
        voice, _ = make_test_mix(bank, background, None, run.seed, index)
        clean.append(si_sdr(voice, separate(network, voice, run.device)))
    return Quality({key: float(np.mean(values)) for key, values in gains.items()}, float(np.mean(clean)))


def separate(network: Any, mix: npt.NDArray[np.float32], device: str) -> npt.NDArray[np.float32]:
    """The voice in a mix, (2, time), through demucs' own loop and normalisation."""
    from demucs.apply import apply_model

    mean, deviation = mix.mean(), mix.std() + 1e-8
    network.segment = SEGMENT  # a training forward pass leaves the length of its own batch there
    heard = torch.from_numpy((mix - mean) / deviation)[None]
    with torch.inference_mode():
        stems = apply_model(network.eval(), heard, shifts=0, overlap=0.25, device=device)
    voice: npt.NDArray[np.float32] = stems[0, VOICE].cpu().numpy() * deviation + mean
    return voice
