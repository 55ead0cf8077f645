from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.settings import MachineSettings
from core.types import Audio
from models.voice_activity import SAMPLE_RATE, SileroVoice
from preprocess.decode import read_windows

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "flows" / "clips" / "en.mp4"
TRUTH = ROOT / "flows" / "clips" / "en.truth.json"

Samples = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def clip() -> Samples:
    windows = read_windows(CLIP, 0, MachineSettings(), sample_rate=SAMPLE_RATE, channels=1)
    return np.concatenate([window.samples for window in windows], axis=1)


def test_building_one_imports_nothing() -> None:
    code = (
        "import sys; from models.voice_activity import SileroVoice; SileroVoice();"
        "sys.exit('faster_whisper' in sys.modules or 'onnxruntime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_spoken_sentences_are_heard_and_the_silence_around_them_is_not(clip: Samples) -> None:
    spans = heard(clip, 160_000)
    sentences = json.loads(TRUTH.read_text())["sentences"]
    voiced = np.zeros(clip.shape[1], bool)
    for start, end in spans:
        voiced[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] = True
    for sentence in sentences:
        assert voiced[int(sentence["start"] * SAMPLE_RATE) : int(sentence["end"] * SAMPLE_RATE)].mean() > 0.8
    assert not voiced[: int(0.5 * SAMPLE_RATE)].any()


def test_spans_are_sorted_disjoint_long_enough_and_inside(clip: Samples) -> None:
    spans = heard(clip, 160_000)
    assert all(end - start >= 0.25 for start, end in spans)
    assert all(after[0] - before[1] > 0.0 for before, after in pairwise(spans))
    assert spans[0][0] >= 0.0 and spans[-1][1] <= clip.shape[1] / SAMPLE_RATE


@pytest.mark.parametrize("size", [100, 5000, 10**7])
def test_windows_of_any_size_give_the_same_spans(clip: Samples, size: int) -> None:
    short = clip[:, : 10 * SAMPLE_RATE + 77]
    assert heard(short, size) == heard(short, 160_000)


def test_probabilities_are_those_of_faster_whisper(clip: Samples) -> None:
    from faster_whisper.vad import get_vad_model

    short = clip[:, : 512 * 300]
    listener = SileroVoice().listen()
    listener.hear(Audio(short, SAMPLE_RATE))
    padded = np.pad(short[0], (0, 512))  # faster-whisper silences the last samples that it is given
    expected = get_vad_model()(padded).reshape(-1)[:300]
    assert np.abs(np.concatenate(listener._probabilities) - expected).max() < 1e-4


@pytest.mark.parametrize(
    "signal",
    [np.zeros(0), np.zeros(3 * SAMPLE_RATE), np.random.default_rng(1).standard_normal(3 * SAMPLE_RATE) * 0.1],
    ids=["nothing", "silence", "noise"],
)
def test_nothing_silence_and_noise_are_no_voice(signal: npt.NDArray[np.float64]) -> None:
    assert heard(signal[None].astype(np.float32), 16_000) == ()


def test_other_rates_and_stereo_are_refused() -> None:
    for window in (Audio(np.zeros((1, 10), np.float32), 44100), Audio(np.zeros((2, 10), np.float32), SAMPLE_RATE)):
        with pytest.raises(ValueError, match="mono at 16 kHz"):
            SileroVoice().listen().hear(window)


def heard(signal: Samples, size: int) -> tuple[tuple[float, float], ...]:
    listener = SileroVoice().listen()
    for first in range(0, signal.shape[1], size):
        listener.hear(Audio(signal[:, first : first + size], SAMPLE_RATE, first / SAMPLE_RATE))
    return listener.voiced()
