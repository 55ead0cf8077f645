"""Programmes: one segment after another, in memory that does not grow."""

from __future__ import annotations

import gc
import weakref
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.synthetic.programmes import SECONDS, Segment, make_programme

RATE = 8000


@cache
def segments() -> tuple[Segment, ...]:
    return tuple(make_programme(1, "dev", ("ko",), 3, 200.0, sample_rate=RATE).segments())


def test_a_programme_is_exactly_as_long_as_was_asked_and_has_no_holes() -> None:
    assert segments()[0].kind == "jingle"
    assert segments()[0].start == 0.0
    assert all(two.start == pytest.approx(one.start + one.dialogue.duration) for one, two in pairwise(segments()))
    assert segments()[-1].start + segments()[-1].dialogue.duration == pytest.approx(200.0)


def test_three_hours_are_streamed_and_no_segment_is_kept() -> None:
    stream = make_programme(0, "dev", ("en",), 3, 3 * 3600.0, sample_rate=RATE).segments()
    passed = []
    for segment in stream:
        assert segment.dialogue.duration <= max(longest for _, longest in SECONDS.values())
        passed.append(weakref.ref(segment.dialogue.background))
        if len(passed) == 5:
            break

    gc.collect()
    assert [reference() is not None for reference in passed] == [False, False, False, False, True]


def test_the_same_programme_gives_the_same_samples() -> None:
    programme = make_programme(2, "dev", ("ja",), 2, 25.0, sample_rate=RATE)

    for one, two in zip(programme.segments(), programme.segments(), strict=True):
        np.testing.assert_array_equal(one.dialogue.mix, two.dialogue.mix)
        assert one.dialogue.said == two.dialogue.said


def test_speakers_come_and_go_but_keep_their_voice_and_level() -> None:
    programme = make_programme(1, "dev", ("ko",), 3, 200.0, sample_rate=RATE)
    spoken = [segment.dialogue for segment in segments() if segment.dialogue.speakers]

    assert len(spoken) > 1
    for dialogue in spoken:
        assert all(programme.cast[name] == voice for name, voice in dialogue.speakers.items())
        assert dialogue.voice_dbfs <= programme.voice_dbfs


def test_segments_are_what_they_are_called() -> None:
    for segment in segments():
        dialogue = segment.dialogue
        assert bool(np.abs(dialogue.mix).max() > 0) == (segment.kind != "silence")
        assert bool(dialogue.said) == (segment.kind in ("talk", "dialogue")) or dialogue.duration < 15
        assert dialogue.duration <= SECONDS[segment.kind][1]
        if segment.kind == "jingle":
            assert dialogue.condition.background == "music"
        if segment.kind == "dialogue":
            assert len(dialogue.speakers) >= 2
