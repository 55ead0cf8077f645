"""Recordings on disk: the mix and the clean stems as WAV of 16 bits, the truth as JSON and RTTM beside them."""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.dialogues import Dialogue, Spans
from benchmarks.synthetic.programmes import Programme
from benchmarks.synthetic.truth import add_segment, render_rttm, truth_of, truth_of_programme

FULL_SCALE = 32768


def as_integers(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Samples of 16 bits, rounded; what goes over full scale is clipped."""
    scaled = np.rint(samples.astype(np.float64) * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype("<i2")


class WavFile:
    """A WAV file that is written block by block; its header is right when it is closed."""

    def __init__(self, file: Path, sample_rate: int, channels: int) -> None:
        self._wave = wave.open(str(file), "wb")  # noqa: SIM115 - closed by __exit__
        self._wave.setnchannels(channels)
        self._wave.setsampwidth(2)
        self._wave.setframerate(sample_rate)

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append (n,) or (channels, n)."""
        self._wave.writeframesraw(np.ascontiguousarray(as_integers(samples).T).tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wave.close()


def write_dialogue(folder: Path, name: str, dialogue: Dialogue, seed: int) -> Path:
    """The mix, a stem for each speaker, the truth. Gives the mix's file."""
    for speaker, stem in zip(dialogue.speakers, dialogue.stems, strict=True):
        write_sound(folder / f"{name}.{speaker}.wav", stem, dialogue.sample_rate)
    mix = folder / f"{name}.wav"
    write_sound(mix, dialogue.mix, dialogue.sample_rate)
    write_truth(folder, name, truth_of(dialogue, seed))
    _write_rttm(folder, name, dialogue.speech)
    return mix


def write_programme(folder: Path, name: str, programme: Programme) -> Path:
    """The mix, all voices together as one stem, the truth, in memory that does not grow. Gives the mix's file."""
    truth = truth_of_programme(programme)
    speech: dict[str, list[tuple[float, float]]] = {speaker: [] for speaker in programme.cast}
    mix, rate = folder / f"{name}.wav", programme.sample_rate
    with WavFile(mix, rate, channels=2) as mixed, WavFile(folder / f"{name}.voice.wav", rate, channels=1) as voice:
        for segment in programme.segments():
            mixed.write(segment.dialogue.mix)
            voice.write(segment.dialogue.voice)
            add_segment(truth, segment)
            for speaker, spans in segment.dialogue.speech.items():
                speech[speaker].extend((start + segment.start, end + segment.start) for start, end in spans)
    write_truth(folder, name, truth)
    _write_rttm(folder, name, {who: tuple(spans) for who, spans in speech.items()})
    return mix


def write_sound(file: Path, samples: npt.NDArray[np.float32], sample_rate: int) -> None:
    """(n,) or (channels, n) as WAV."""
    with WavFile(file, sample_rate, 1 if samples.ndim == 1 else len(samples)) as wav:
        wav.write(samples)


def write_truth(folder: Path, name: str, truth: Mapping[str, Any]) -> None:
    """NAME.truth.json."""
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (folder / f"{name}.truth.json").write_text(f"{text}\n", encoding="utf-8")


def _write_rttm(folder: Path, name: str, speech: Mapping[str, Spans]) -> None:
    (folder / f"{name}.rttm").write_text(render_rttm(name, speech), encoding="utf-8")
