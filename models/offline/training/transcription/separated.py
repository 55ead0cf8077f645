"""Speech as the pipeline hands it to the recogniser where there was noise: separated by the offline set's network.

A shard is a function of the training's seed, of its number, of the clips it was made from and of the separation
network. Like the clips it is kept in the run's folder and can be deleted at any time; delete it when the separation
network is another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from core.settings import MachineSettings, SeparateSettings
from core.types import Audio, Decoded, Language
from models.offline.training.mixtures import make_background
from models.offline.training.runs import made_once
from models.separation import Demucs
from models.weights import OFFLINE_FOLDER
from preprocess.separate import separate_voice

SHARD_STREAMS, STREAM_WINDOWS = 10, 6

_HEARD, _SEPARATED = 16_000, 44_100
_BLOCK = 10 * _SEPARATED
_SEED = 7
_VOICE_DB = (-4.0, 22.0, 5.0)
"""How far the voice stands above the background: least, most, commonest."""

Samples = npt.NDArray[np.float32]
Places = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Clips laid into one window: (when each begins, its number among its language's clips), and their sum."""

    places: Places
    voice: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """One separated window: (n,) int16 at 16 kHz, and which clips it holds."""

    language: Language
    places: Places
    samples: npt.NDArray[np.int16]


def read_separated(
    folder: Path, seed: int, number: int, place: Callable[[int], tuple[Language, Placed]]
) -> list[Stored]:
    """The windows of one shard of a training with `seed`, made first if they are not in the folder yet.

    `place(n)` lays clips into window n; the windows of one stream are in one language.
    """

    def make() -> list[Stored]:
        separator = Demucs(OFFLINE_FOLDER / "separation", MachineSettings(device="cpu", threads=1))
        made: list[Stored] = []
        for stream in range(number * SHARD_STREAMS, (number + 1) * SHARD_STREAMS):
            windows = [place(stream * STREAM_WINDOWS + index) for index in range(STREAM_WINDOWS)]
            made += _separated(windows, stream, separator)
        return made

    return made_once(folder / f"separated-{seed}-{number:03d}.pickle", make)


def _separated(windows: Sequence[tuple[Language, Placed]], stream: int, separator: Demucs) -> list[Stored]:
    """The windows one after the other over one background, through the network, and cut apart again."""
    voice = np.concatenate([placed.voice for _, placed in windows])
    wide = resample_poly(voice.astype(np.float64), _SEPARATED // 100, _HEARD // 100)
    level = float(np.sqrt(np.mean(wide[np.abs(wide) > 0.02 * np.abs(wide).max()] ** 2)))
    ratio_db = np.random.default_rng([_SEED, stream]).triangular(_VOICE_DB[0], _VOICE_DB[2], _VOICE_DB[1])
    mix = wide[None] + make_background(stream, _SEED, len(wide)) * level * 10 ** (-ratio_db / 20)
    mix = (mix / np.abs(mix).max() * 0.9).astype(np.float32)
    blocks = [Audio(mix[:, at : at + _BLOCK], _SEPARATED, at / _SEPARATED) for at in range(0, mix.shape[1], _BLOCK)]
    mono = mix.mean(axis=0, dtype=np.float64)
    decoded = Decoded(0, mix.shape[1] / _SEPARATED, float(mono.mean()), float(mono.std()), 0.9)
    heard = np.concatenate(
        [block.samples for block in separate_voice(blocks, separator, decoded, SeparateSettings())], axis=1
    ).mean(axis=0)
    narrow = resample_poly(heard.astype(np.float64), _HEARD // 100, _SEPARATED // 100)
    scaled = np.round(narrow / (np.abs(narrow).max() + 1e-9) * 30_000).astype(np.int16)
    stored, at = [], 0
    for language, placed in windows:
        stored.append(Stored(language, placed.places, scaled[at : at + len(placed.voice)]))
        at += len(placed.voice)
    return stored
