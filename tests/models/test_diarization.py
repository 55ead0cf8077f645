from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.scores import speaker_errors
from core.errors import ModelsDamaged
from core.settings import DiarizeSettings
from core.store import sha256_of_file
from core.types import Audio, Turn
from models.devices import driver_sees_gpu
from models.diarization import Pyannote, _demand_harmless, _spread
from models.weights import OFFLINE_FOLDER
from tests.speech import joined, noise, offline_tools, recording, silence, speech


def diarize(audio: Audio, speakers: int | None = None, **settings: Any) -> tuple[Turn, ...]:
    return offline_tools().diarizer.diarize(audio, speakers, DiarizeSettings(**settings))


def error_rate(turns: tuple[Turn, ...]) -> float:
    """Diarization error rate of the dialogue, overlap scored."""
    found: dict[str, list[tuple[float, float]]] = {}
    for turn in turns:
        if not turn.exclusive:
            found.setdefault(turn.speaker, []).append((turn.start, turn.end))
    scored = speaker_errors(recording("dialogue").speech, found, recording("dialogue").duration)
    return scored.errors / scored.speech


def test_what_the_clustering_prints_stays_out_of_our_results(capsys: pytest.CaptureFixture[str]) -> None:
    """`prelabel run --json` promises one object on stdout, and VBx prints there when it stops early."""
    offline_tools().diarizer.load()
    from pyannote.audio.utils import vbx

    vbx.print("WARNING: Value of auxiliary function has decreased!")
    assert capsys.readouterr().out == ""


def names(turns: tuple[Turn, ...]) -> set[str]:
    return {turn.speaker for turn in turns}


def test_two_people_are_told_apart_and_named_as_they_appear() -> None:
    turns = diarize(speech("dialogue"))
    assert names(turns) == {"S1", "S2"}
    assert turns[0].speaker == "S1"
    assert error_rate(turns) < 0.25


def test_turns_are_sorted_inside_the_recording_and_exclusive_ones_do_not_overlap() -> None:
    audio = speech("dialogue")
    turns = diarize(audio)
    assert [turn.start for turn in turns] == sorted(turn.start for turn in turns)
    assert all(0.0 <= turn.start < turn.end <= audio.end for turn in turns)
    exclusive = [turn for turn in turns if turn.exclusive]
    assert exclusive and len(exclusive) < len(turns)
    assert all(one.end <= two.start + 1e-6 for one, two in pairwise(exclusive))


def test_the_same_sound_gives_the_same_turns_whatever_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = diarize(speech("dialogue"))
    monkeypatch.setattr(offline_tools().diarizer, "batch_size", 5)
    assert diarize(speech("dialogue")) == turns


def test_a_hint_decides_how_many_there_are() -> None:
    assert names(diarize(speech("dialogue"), 1)) == {"S1"}
    assert names(diarize(speech("dialogue"), 3)) == {"S1", "S2", "S3"}


def test_more_speakers_than_can_be_told_apart_are_no_error() -> None:
    assert 1 <= len(names(diarize(speech("en"), 20))) <= 20
    assert names(diarize(Audio(speech("en").samples[:, 8000:16000], 16000), 5)) == {"S1"}


@pytest.mark.parametrize("most", [20, 6])
def test_capped_clustering_still_tells_two_people_apart(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = watch_clustering(monkeypatch)
    diarize(speech("dialogue"))
    turns = diarize(speech("dialogue"), clustered_at_most=most)
    everything, capped = shown
    assert 0 < capped <= most < everything
    assert names(turns) == {"S1", "S2"}
    assert error_rate(turns) < 0.25


def test_capped_clustering_heeds_a_hint() -> None:
    assert names(diarize(speech("dialogue"), 2, clustered_at_most=10)) == {"S1", "S2"}
    assert names(diarize(speech("dialogue"), 1, clustered_at_most=10)) == {"S1"}


def watch_clustering(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many embeddings pyannote's own clustering is shown, call by call."""
    diarizer = offline_tools().diarizer
    diarizer.load()
    capped = diarizer._pipeline.clustering
    inner, shown = capped.inner, []

    class Watched:
        def __call__(self, *, embeddings: Any, segmentations: Any, **rest: Any) -> Any:
            shown.append(len(inner.filter_embeddings(embeddings, segmentations=segmentations)[0]))
            return inner(embeddings=embeddings, segmentations=segmentations, **rest)

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    monkeypatch.setattr(capped, "inner", Watched())
    return shown


def test_a_cap_below_reason_is_no_error() -> None:
    for most in (2, 3):
        assert names(diarize(speech("dialogue"), clustered_at_most=most))
    assert names(diarize(speech("dialogue"), 2, clustered_at_most=2)) <= {"S1", "S2"}


def test_silence_and_scraps_have_no_turns() -> None:
    for audio in (silence(0.0), silence(0.05), noise(0.05), silence(1.0), silence(12.0), noise(3.0, 1e-6)):
        assert diarize(audio) == ()


def test_a_quarter_of_a_second_of_voice_stays_inside_itself() -> None:
    audio = Audio(speech("ko").samples[:, 8000:12000], 16000)
    assert all(turn.end <= audio.end for turn in diarize(audio))


def test_long_recordings_use_the_longer_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.diarization.LONG_SECONDS", 10.0)
    audio = joined(speech("dialogue"), silence(2.0))
    turns = diarize(audio)
    assert offline_tools().diarizer._pipeline._segmentation.step == pytest.approx(1.25)
    assert error_rate(turns) < 0.3


def test_a_batch_that_does_not_fit_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.cuda import OutOfMemoryError

    turns = diarize(speech("dialogue"))
    diarizer = offline_tools().diarizer
    pipeline = diarizer._pipeline
    for network, step in (
        (pipeline._segmentation.model, "forward"),
        (pipeline._embedding.model_, "forward_frames"),
    ):
        with monkeypatch.context() as patch:
            error = OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            patch.setattr(network, step, cramped(getattr(network, step), error))
            patch.setattr(diarizer, "batch_size", 8)
            assert diarize(speech("dialogue")) == turns
            assert diarizer.batch_size == 4


def test_a_chunk_is_heard_once_and_its_speakers_sound_as_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    offline_tools().diarizer.load()
    ours = offline_tools().diarizer._pipeline._embedding
    chunks = torch.from_numpy(np.stack([noise(10.0).samples, speech("dialogue").samples[:, :160000]]))
    waveforms = chunks.repeat_interleave(3, dim=0)[:5]  # a batch may end between two speakers of a chunk
    masks = torch.from_numpy(np.random.default_rng(0).integers(0, 2, (5, 589)).astype(np.float32))
    expected = ours.inner(waveforms, masks=masks)
    heard: list[int] = []
    frames = ours.model_.forward_frames
    monkeypatch.setattr(ours.model_, "forward_frames", lambda part: (heard.append(len(part)), frames(part))[1])
    assert np.allclose(ours(waveforms, masks=masks), expected, rtol=1e-4, atol=1e-5)
    assert heard == [2]


@pytest.mark.gpu
@pytest.mark.skipif(not driver_sees_gpu(), reason="no GPU on this machine")
def test_on_a_gpu_the_turns_are_those_of_the_cpu() -> None:
    gpu = Pyannote(OFFLINE_FOLDER / "diarization", device="cuda", threads=1, batch_size=64)
    found = gpu.diarize(speech("dialogue"), None, DiarizeSettings())
    assert error_rate(found) == pytest.approx(error_rate(diarize(speech("dialogue"))), abs=0.01)


def test_what_is_no_matter_of_memory_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    diarizer = offline_tools().diarizer
    diarizer.load()
    network = diarizer._pipeline._segmentation.model
    monkeypatch.setattr(network, "forward", cramped(network.forward, RuntimeError("an illegal memory access")))
    with pytest.raises(RuntimeError, match="illegal"):
        diarize(speech("dialogue"))


def cramped(forward: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """`forward`, which fails once."""
    failures = [error]

    def attempt(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return forward(*args, **kwargs)

    return attempt


def test_a_pickle_that_names_code_is_refused_before_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "diarization"
    shutil.copytree(OFFLINE_FOLDER / "diarization", folder)
    planted = folder / "segmentation" / "pytorch_model.bin"
    torch.save({"state_dict": Planted(tmp_path / "ran")}, planted)
    model = Pyannote(folder, device="cpu", threads=1, batch_size=1)
    with pytest.raises(ModelsDamaged, match="models verify"):
        model.load()
    assert not (tmp_path / "ran").exists()


def test_a_pickle_that_the_lock_names_may_hold_more_than_weights(tmp_path: Path) -> None:
    file = tmp_path / "embedding" / "pytorch_model.bin"
    file.parent.mkdir()
    torch.save({"callbacks": Planted(tmp_path / "ran")}, file)
    _demand_harmless(tmp_path, {"embedding/pytorch_model.bin": sha256_of_file(file)})
    for vouched in ({}, {"embedding/pytorch_model.bin": "0" * 64}, {"pytorch_model.bin": sha256_of_file(file)}):
        with pytest.raises(ModelsDamaged):
            _demand_harmless(tmp_path, vouched)


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def test_what_is_clustered_is_spread_evenly_and_never_too_much() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        counts = rng.integers(0, 4, rng.integers(1, 60))
        chunks = np.repeat(np.arange(len(counts)), counts)
        if len(chunks) == 0:
            continue
        most = int(rng.integers(1, len(chunks) + 1))
        kept = _spread(chunks, most)
        assert len(kept) == 1 or counts[kept].sum() <= most
        assert counts[kept].sum() >= min(len(chunks), most) * 0.4 or counts[kept].sum() >= most - 3
    assert list(_spread(np.arange(100), 5)) == [0, 25, 50, 74, 99]


def test_silence_needs_no_model() -> None:
    unloaded = Pyannote(Path("nowhere"), device="cpu", threads=1, batch_size=1)
    assert unloaded.diarize(silence(1.0), None, DiarizeSettings()) == ()
