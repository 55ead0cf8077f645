"""The script of the demo clips: from the same plan the same sound and truth, and what it says of them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.demo_clips import MUSIC, PLANS, Clip, clip_truth, make_clip
from benchmarks.synthetic import levels
from benchmarks.synthetic.dialogues import PEAK
from benchmarks.synthetic.files import as_integers
from core.types import LANGUAGES, Language
from flows.command import demo_clips

SOUND = {
    "ko": "919faaacbe90182f",
    "en": "0d9c38dffc681759",
    "zh": "5bd6c94e5b286490",
    "ja": "edb964af4cdf3115",
}


@cache
def clip(language: Language) -> Clip:
    return make_clip(PLANS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_plan_gives_the_same_16_bit_samples_and_the_truth_beside_the_clip(language: Language) -> None:
    made = clip(language)
    shipped = Path(demo_clips()[0]).with_name(f"{language}.truth.json")

    assert hashlib.sha256(as_integers(made.dialogue.mix).tobytes()).hexdigest()[:16] == SOUND[language]
    assert clip_truth(made, PLANS[language]) == json.loads(shipped.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_voices_and_music_have_the_levels_of_the_plan(language: Language) -> None:
    made, plan = clip(language), PLANS[language]
    dialogue, rate = made.dialogue, plan.sample_rate
    first, last = (round(second * rate) for second in made.music_span)

    voice = levels.speech_rms(dialogue.voice, np.logical_or.reduce(dialogue.speaking), rate)
    assert levels.decibels(voice) == pytest.approx(plan.voice_dbfs, abs=0.01)
    music = levels.rms(dialogue.background[:, first:last])
    assert levels.decibels(voice / music) == pytest.approx(MUSIC.snr_db, abs=0.01)
    assert not dialogue.background[:, :first].any() and not dialogue.background[:, last:].any()
    assert np.abs(dialogue.mix).max() <= PEAK


def test_no_two_clips_have_the_same_level_and_nobody_speaks_in_two_of_them() -> None:
    plans = PLANS.values()

    assert len({plan.voice_dbfs for plan in plans}) == len(plans)
    assert len({number for plan in plans for number in plan.voices}) == 2 * len(plans)
    assert {plan.sample_rate for plan in plans} == {44100, 48000}


def test_one_person_speaks_on_the_left_and_one_on_the_right() -> None:
    dialogue = clip("en").dialogue

    for stem, side in zip(dialogue.stems, (0, 1), strict=True):
        alone = np.abs(stem) > 10 * np.abs(dialogue.stems.sum(axis=0) - stem)
        alone &= ~dialogue.background.any(axis=0)
        left, right = (levels.rms(channel[alone]) for channel in dialogue.mix)
        assert (left > 1.1 * right) == (side == 0)
