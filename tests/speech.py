"""Short recordings of the synthetic corpus, from its development part: sentences and voices that no training heard.

One for each language, in which one person speaks, and `dialogue`, in which two talk in English. They are spoken
anew in each process, which takes a tenth of a second each; what is said, and when, is the corpus' own truth.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np

from benchmarks.scores import edits
from benchmarks.synthetic.dialogues import Dialogue, Said, make_dialogue
from core.settings import MachineSettings, Settings
from core.types import Audio, Language, Transcript
from models.toolbox import Toolbox, toolbox

SAMPLE_RATE = 16000
_SEED, _DIALOGUE_SEED = 0, 1


@cache
def recording(name: str) -> Dialogue:
    """The recording of a language, 8 s with two sentences or three, or `dialogue`, 20 s; with its truth."""
    languages = ("en",) if name == "dialogue" else (cast(Language, name),)
    seed, speakers, seconds = (_DIALOGUE_SEED, 2, 20.0) if name == "dialogue" else (_SEED, 1, 8.0)
    return make_dialogue(seed, "dev", languages, speakers, seconds, sample_rate=SAMPLE_RATE)


@cache
def speech(name: str) -> Audio:
    """What is heard of a recording: mono 16 kHz."""
    return Audio(recording(name).mix.mean(axis=0, keepdims=True), SAMPLE_RATE)


def said(name: str) -> tuple[Said, ...]:
    """The sentences of a recording, with their times and those of their words."""
    return recording(name).said


@cache
def offline_tools() -> Toolbox:
    """The toolbox of the offline set on the CPU, one for all tests of a process."""
    return toolbox("offline", Settings(machine=MachineSettings(device="cpu", threads=1)))


def silence(seconds: float) -> Audio:
    return Audio(np.zeros((1, int(seconds * SAMPLE_RATE)), np.float32), SAMPLE_RATE)


def noise(seconds: float, level: float = 0.02) -> Audio:
    samples = np.random.default_rng(0).standard_normal((1, int(seconds * SAMPLE_RATE))) * level
    return Audio(samples.astype(np.float32), SAMPLE_RATE)


def joined(*parts: Audio) -> Audio:
    return Audio(np.concatenate([part.samples for part in parts], axis=1), SAMPLE_RATE)


def text_of(transcript: Transcript) -> str:
    return "".join(word.text for passage in transcript.passages for word in passage.words)


def character_errors(name: str, written: str) -> float:
    """The edits from what is said in a recording to what was written, for each letter that is said."""
    wrong, letters = edits(" ".join(one.text for one in said(name)), written)
    return wrong / letters
