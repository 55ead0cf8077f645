"""The demo clips: small, whole, and made of sentences and voices that no training learns from."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.demo_clips import PLANS
from benchmarks.synthetic.scenes import write_scene
from benchmarks.synthetic.sentences import part_of
from core.settings import MachineSettings
from core.types import LANGUAGES, Language
from flows.command import demo_clips
from preprocess.decode import read_windows
from preprocess.probe import probe
from tests.fillers import without_filler

CLIPS = {Path(clip).stem: Path(clip) for clip in demo_clips()}


def truth(language: str) -> dict[str, Any]:
    path = CLIPS[language].with_name(f"{language}.truth.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_there_is_one_clip_per_language_and_together_they_are_small() -> None:
    assert set(CLIPS) == set(LANGUAGES)
    assert sum(clip.stat().st_size for clip in CLIPS.values()) < 5_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clip_is_a_video_with_a_soundtrack_as_long_as_its_truth(language: str) -> None:
    media = probe(CLIPS[language], MachineSettings())

    assert media.has_video
    assert [track.codec for track in media.tracks] == ["aac"]
    assert 30 <= truth(language)["duration"] <= 60
    assert media.duration == pytest.approx(truth(language)["duration"], abs=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_soundtrack_stays_below_full_scale(language: str) -> None:
    assert all(np.abs(window.samples).max() < 1.0 for window in read_windows(CLIPS[language], 0, MachineSettings()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_people_who_were_held_out_from_training_say_sentences_that_were_too(language: Language) -> None:
    sentences = truth(language)["sentences"]

    assert {part_of(without_filler(sentence["text"], language)) for sentence in sentences} == {"dev"}
    assert all(speaker["voice"].startswith("dev-") for speaker in truth(language)["speakers"].values())
    assert {sentence["speaker"] for sentence in sentences} == {"A", "B"}
    assert all(one["end"] <= two["start"] for one, two in pairwise(sentences))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_writes_the_lines_that_the_clip_says(language: Language) -> None:
    lines = write_scene(language, "dev", PLANS[language].seed)

    assert [(line.speaker, line.sentence.text) for line in lines] == [
        (sentence["speaker"], sentence["text"]) for sentence in truth(language)["sentences"]
    ]
