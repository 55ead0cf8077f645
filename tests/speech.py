"""Recorded synthetic speech for tests (espeak-ng): a file for each language, and one in which two people talk.

The sentences follow the patterns that the offline recogniser was trained on, and were held out from its training.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np

from core.settings import MachineSettings, Settings
from core.types import Audio, Language, Transcript
from models.toolbox import Toolbox, toolbox
from preprocess.decode import read_windows

SENTENCES: dict[Language, tuple[str, str]] = {
    "ko": ("민수가 자전거를 샀어요.", "학생에게 공책을 보냈습니다."),
    "en": ("It takes seven hours to reach the pharmacy.", "Would you like salad after lunch?"),
    "zh": ("杭州的天气干燥。", "我们在邮局吃了鸡汤。"),
    "ja": ("札幌には食堂が三つあります。", "医者の傘はどこにありますか？"),
}
ONSET = 0.4
"""Seconds of silence before the first sentence; 0.9 s lie between the two, 0.4 s after them."""

DIALOGUE = (
    *((0.5, 2.1, "A"), (2.6, 4.02, "A"), (4.52, 5.5, "A"), (6.4, 8.28, "B"), (8.78, 9.92, "B")),
    *((10.42, 11.92, "B"), (12.82, 14.61, "A"), (15.11, 16.65, "A"), (17.15, 18.92, "A")),
)
"""Who speaks when in the dialogue: (start, end, speaker)."""

_FOLDER = Path(__file__).parent / "data"


@cache
def speech(name: str) -> Audio:
    """The file of a language, or `dialogue`: mono 16 kHz."""
    file = next(_FOLDER.glob(f"{name}.*"))
    windows = read_windows(file, 0, MachineSettings(), sample_rate=16000, channels=1)
    return Audio(np.concatenate([window.samples for window in windows], axis=1), 16000)


@cache
def offline_tools() -> Toolbox:
    """The toolbox of the offline set on the CPU, one for all tests of a process."""
    return toolbox("offline", Settings(machine=MachineSettings(device="cpu", threads=1)))


def silence(seconds: float) -> Audio:
    return Audio(np.zeros((1, int(seconds * 16000)), np.float32), 16000)


def noise(seconds: float, level: float = 0.02) -> Audio:
    samples = np.random.default_rng(0).standard_normal((1, int(seconds * 16000))) * level
    return Audio(samples.astype(np.float32), 16000)


def joined(*parts: Audio) -> Audio:
    return Audio(np.concatenate([part.samples for part in parts], axis=1), 16000)


def text_of(transcript: Transcript) -> str:
    return "".join(word.text for passage in transcript.passages for word in passage.words)


def bare(text: str) -> str:
    """What counts when characters are compared: no spaces, no marks, no capitals."""
    return re.sub(r"[\s.,?!。、？，]", "", unicodedata.normalize("NFC", text)).lower()
