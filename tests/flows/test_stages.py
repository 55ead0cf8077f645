"""Stages ask the store first, and never keep what they read of a file that changed under them."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import BadRecording, EnvironmentProblem, StoreUnusable
from core.settings import LoudnessSettings, Settings
from core.store import MediaStore
from core.types import Audio, Decoded, Loudness, Recording, Separation, Unit
from export.clips import Clip, clips_of, peaks_of
from flows import stages
from flows.plan import Choices, make_plan
from flows.stages import Run
from models.toolbox import toolbox
from preprocess.loudness import measure_loudness
from tests.media import make_m4a, make_mp3, samples_of, tone, write_wav


@pytest.fixture
def run(tmp_path: Path) -> Run:
    machine = Settings(home=tmp_path / "home")
    choices = Choices(model_set="offline")
    tools = toolbox("offline", machine)
    return Run(choices, make_plan(choices, tools.revisions), MediaStore(machine.store_path).open(), tools, machine)


def test_a_finished_stage_is_not_computed_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_m4a(tmp_path / "a.m4a")
    recording = stages.probe(run, str(tmp_path / "a.m4a"))
    decoded = stages.decode(run, recording)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was in the store")

    monkeypatch.setattr("preprocess.decode.decode", refuse)
    monkeypatch.setattr("preprocess.probe.probe", refuse)
    assert stages.decode(run, stages.probe(run, str(tmp_path / "a.m4a"))) == decoded


def test_a_file_that_changes_while_it_is_read_is_refused_and_leaves_no_result(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    make_m4a(path)
    recording = stages.probe(run, str(path))
    make_mp3(path)
    with pytest.raises(BadRecording, match="changed"):
        stages.decode(run, recording)
    assert not list(run.store.folder(recording.id).glob("decode-*.json"))


def test_the_voice_is_kept_as_flac_and_the_background_never(run: Run, tmp_path: Path) -> None:
    make_m4a(tmp_path / "a.m4a")
    recording = stages.probe(run, str(tmp_path / "a.m4a"))
    decoded = stages.decode(run, recording)
    quality = stages.measure(run, recording, decoded)
    separation = stages.separate(run, recording, decoded, quality)
    sounds = [path.name for path in run.store.folder(recording.id).iterdir() if path.suffix != ".json"]
    assert sounds == [separation.voice.file]
    assert separation.voice.file.endswith(".flac")


def separate_with_a_network_that_fails(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, message: str
) -> tuple[Recording, Callable[[], Separation]]:
    """A recording that has come as far as separation, and that stage with a network that raises `message`."""
    make_m4a(folder / "a.m4a")
    recording = stages.probe(run, str(folder / "a.m4a"))
    decoded = stages.decode(run, recording)
    quality = stages.measure(run, recording, decoded)

    def fail(*_: object) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(stages, "worth_separating", lambda *_: (True, "there is music"))
    monkeypatch.setattr(type(run.toolbox.separator), "voice", fail)
    return recording, lambda: stages.separate(run, recording, decoded, quality)


def test_a_separation_that_fails_leaves_the_mix_flagged(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = "the network has no weights for this"
    _, separate = separate_with_a_network_that_fails(run, tmp_path, monkeypatch, message)
    separation = separate()
    assert not separation.separated
    assert separation.flags == ("separation_failed",)
    assert separation.why == "The separation network failed on this recording."


def test_a_gpu_that_failed_stops_the_run_instead_of_spoiling_every_recording(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = "CUDA error: an illegal memory access was encountered"
    recording, separate = separate_with_a_network_that_fails(run, tmp_path, monkeypatch, message)
    with pytest.raises(EnvironmentProblem, match="GPU"):
        separate()
    assert not list(run.store.folder(recording.id).glob("separate-*.json"))


def test_a_staged_copy_is_removed_and_a_local_file_never(run: Run, tmp_path: Path) -> None:
    staged = run.store.incoming / "abc"
    staged.touch()
    local = tmp_path / "a.mp4"
    local.touch()
    stages.discard_staged(run, staged)
    stages.discard_staged(run, local)
    assert local.exists()
    assert not staged.exists()


Heard = tuple[Recording, Decoded, Separation, Loudness]


def as_far_as_loudness(run: Run, path: Path) -> Heard:
    recording = stages.probe(run, str(path))
    decoded = stages.decode(run, recording)
    separation = stages.separate(run, recording, decoded, stages.measure(run, recording, decoded))
    return recording, decoded, separation, stages.level(run, recording, separation)


def clips_of_one_unit(run: Run, heard: Heard, draft_id: str) -> tuple[Clip, ...]:
    draft: Any = SimpleNamespace(draft_id=draft_id, unit=Unit(0, 1, 0.0, heard[1].duration))
    return stages.make_clips(run, *heard, [draft])


def test_mix_and_voice_are_encoded_at_the_same_time(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_m4a(tmp_path / "a.m4a")
    heard = as_far_as_loudness(run, tmp_path / "a.m4a")
    both, encode = threading.Barrier(2, timeout=20), stages.clips.encode_clips

    def met(windows: Any, *rest: Any) -> Any:
        both.wait()  # for the other one
        return encode(windows, *rest)

    monkeypatch.setattr(stages.clips, "encode_clips", met)

    (clip,) = clips_of_one_unit(run, heard, "d1")

    assert clip.mix.audio.is_file()
    assert clip.voice.audio.is_file()


@pytest.mark.parametrize("failing", ["mix", "voice"])
def test_a_track_that_cannot_be_encoded_is_told_and_the_other_one_is_not_kept(
    run: Run, tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_m4a(tmp_path / "a.m4a")
    heard = as_far_as_loudness(run, tmp_path / "a.m4a")
    encode = stages.clips.encode_clips

    def crashing(windows: Any, units: Any, folder: Path, track: str, machine: Any) -> Any:
        if track == failing:
            raise BadRecording("crashed", f"the {track} cannot be encoded")
        return encode(windows, units, folder, track, machine)

    with monkeypatch.context() as patched, pytest.raises(BadRecording, match=failing):
        patched.setattr(stages.clips, "encode_clips", crashing)
        clips_of_one_unit(run, heard, "d1")
    assert clips_of(run.store, heard[0].id, "d1") == {}
    assert not list(run.store.folder(heard[0].id).glob("clips-*"))


def test_a_disk_that_takes_no_clip_is_the_stores_trouble(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_m4a(tmp_path / "a.m4a")
    heard = as_far_as_loudness(run, tmp_path / "a.m4a")
    encode = stages.clips.encode_clips

    def into_no_folder(windows: Any, units: Any, folder: Path, *rest: Any) -> Any:
        return encode(windows, units, folder / "missing", *rest)

    monkeypatch.setattr(stages.clips, "encode_clips", into_no_folder)

    with pytest.raises(StoreUnusable, match="cannot be written"):
        clips_of_one_unit(run, heard, "d1")

    assert clips_of(run.store, heard[0].id, "d1").get("mix") is None


def test_a_recording_of_one_unit_is_its_own_clip_and_a_newer_draft_shares_it(run: Run, tmp_path: Path) -> None:
    make_m4a(tmp_path / "a.m4a")
    heard = as_far_as_loudness(run, tmp_path / "a.m4a")
    for draft_id in ("d1", "d2"):
        (clip,) = clips_of_one_unit(run, heard, draft_id)

        assert clips_of(run.store, heard[0].id, draft_id).get("mix") == clip.mix.audio
        assert clips_of(run.store, heard[0].id, draft_id).get("voice") == clip.voice.audio
        assert peaks_of(run.store, heard[0].id, draft_id) == {"mix": clip.mix.peaks, "voice": clip.voice.peaks}
        assert clip.mix.duration == pytest.approx(heard[1].duration, abs=0.001)

    assert len(list(run.store.folder(heard[0].id).glob("*.m4a"))) == 2


def test_the_mix_is_heard_at_the_target_loudness_by_its_own_measure(run: Run, tmp_path: Path) -> None:
    write_wav(tmp_path / "quiet.wav", tone(6.0, onset=1.0, level=0.01, channels=2))
    heard = as_far_as_loudness(run, tmp_path / "quiet.wav")

    (clip,) = clips_of_one_unit(run, heard, "d1")

    samples = samples_of(clip.mix.audio)[np.newaxis]
    assert measure_loudness([Audio(samples, 24000)], LoudnessSettings()).integrated_lufs == pytest.approx(
        -23.0, abs=0.2
    )
