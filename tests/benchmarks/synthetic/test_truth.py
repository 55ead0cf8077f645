"""The truth beside a recording: RTTM and timed sentences, and the files that they stand in."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic.dialogues import Condition, make_dialogue
from benchmarks.synthetic.files import SilentSpeaker, as_integers, write_dialogue, write_programme
from benchmarks.synthetic.programmes import make_programme
from benchmarks.synthetic.truth import render_rttm, truth_of
from flows.command import demo_clips

RATE = 8000


def samples_of(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """(n, channels)."""
    with wave.open(str(file)) as sound:
        assert sound.getframerate() == RATE
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, sound.getnchannels())


def test_rttm_has_a_line_for_each_stretch_in_the_order_of_time() -> None:
    assert render_rttm("talk", {"A": ((0.5, 2.25), (4.0, 5.0)), "B": ((2.0, 3.1),)}) == (
        "SPEAKER talk 1 0.50 1.75 <NA> <NA> A <NA> <NA>\n"
        "SPEAKER talk 1 2.00 1.10 <NA> <NA> B <NA> <NA>\n"
        "SPEAKER talk 1 4.00 1.00 <NA> <NA> A <NA> <NA>\n"
    )


def test_a_truth_has_the_fields_of_the_demo_clips_truths() -> None:
    clip = json.loads(Path(demo_clips()[0]).with_suffix(".truth.json").read_text(encoding="utf-8"))

    truth = truth_of(
        make_dialogue(0, "dev", ("en",), 2, 10.0, condition=Condition("music", 3.0), sample_rate=RATE), 0
    )

    assert set(clip) <= set(truth)
    assert set(clip["sentences"][0]) <= set(truth["sentences"][0])
    assert set(clip["music"]) <= set(truth["music"])
    assert truth["condition"] == "music:3"
    assert truth["duration"] == 10.0
    assert json.loads(json.dumps(truth)) == truth


def test_a_dialogue_is_written_as_mix_stems_and_truth(tmp_path: Path) -> None:
    made = make_dialogue(0, "dev", ("en",), 2, 10.0, condition=Condition("hum", 20.0), sample_rate=RATE)

    mix = write_dialogue(tmp_path, "talk", made, 0)

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("talk.A.wav", "talk.B.wav", "talk.rttm", "talk.truth.json", "talk.wav"),
    ]
    np.testing.assert_array_equal(samples_of(mix), as_integers(made.mix).T)
    np.testing.assert_array_equal(samples_of(tmp_path / "talk.A.wav")[:, 0], as_integers(made.stems[0]))
    assert json.loads((tmp_path / "talk.truth.json").read_text(encoding="utf-8")) == truth_of(made, 0)
    assert (tmp_path / "talk.rttm").read_text(encoding="utf-8") == render_rttm("talk", made.speech)


def test_a_programme_is_written_as_its_segments_joined(tmp_path: Path) -> None:
    programme = make_programme(1, "dev", ("ko",), 2, 60.0, sample_rate=RATE)

    mix = write_programme(tmp_path, "show", programme)

    segments = list(programme.segments())
    joined = np.concatenate([as_integers(segment.dialogue.mix) for segment in segments], axis=1)
    np.testing.assert_array_equal(samples_of(mix), joined.T)
    assert len(samples_of(tmp_path / "show.voice.wav")) == 60 * RATE
    truth = json.loads((tmp_path / "show.truth.json").read_text(encoding="utf-8"))
    assert [row["kind"] for row in truth["segments"]] == [segment.kind for segment in segments]
    assert len(truth["sentences"]) == sum(len(segment.dialogue.said) for segment in segments)
    assert all(0 <= row["start"] < row["end"] <= 60 for row in truth["sentences"])
    stretches = [line.split() for line in (tmp_path / "show.rttm").read_text(encoding="utf-8").splitlines()]
    for row in truth["sentences"]:
        assert any(
            speaker == row["speaker"]
            and float(start) - 0.05 <= row["start"]
            and row["end"] <= float(start) + float(length) + 0.05
            for _, _, _, start, length, _, _, speaker, _, _ in stretches
        )


def test_a_shorter_cast_leaves_no_stem_of_a_longer_one(tmp_path: Path) -> None:
    for speakers in (2, 1):
        write_dialogue(tmp_path, "talk", make_dialogue(0, "dev", ("en",), speakers, 24.0, sample_rate=RATE), 0)

    assert [file.name for file in sorted(tmp_path.glob("*.wav"))] == ["talk.A.wav", "talk.wav"]


def test_a_truth_names_nobody_who_never_speaks(tmp_path: Path) -> None:
    hurried = make_dialogue(0, "dev", ("en",), 4, 8.0, sample_rate=RATE)

    with pytest.raises(SilentSpeaker, match="would never speak in talk"):
        write_dialogue(tmp_path, "talk", hurried, 0)
    assert list(tmp_path.iterdir()) == []


def test_samples_over_full_scale_are_clipped() -> None:
    assert as_integers(np.array([0.0, 0.5, 1.5, -1.5], np.float32)).tolist() == [0, 16384, 32767, -32768]
