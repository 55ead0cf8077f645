"""Recordings on disk: the mix and the clean stems as WAV of 16 bits, the truth as JSON and RTTM beside them."""

from __future__ import annotations

import json
import tempfile
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.dialogues import SPEAKERS, Dialogue, Spans
from benchmarks.synthetic.programmes import Programme
from benchmarks.synthetic.truth import add_segment, render_rttm, truth_of, truth_of_programme

FULL_SCALE = 32768


def as_integers(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Samples of 16 bits, rounded; what goes over full scale is clipped."""
    scaled = np.rint(samples.astype(np.float64) * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype("<i2")


class SilentSpeaker(ValueError):
    """Somebody of the cast says nothing in the time there is: a truth would name who is not to be heard."""


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
    """The mix, a stem for each speaker, the truth. Gives the mix's file. Raises SilentSpeaker."""
    _check_everybody_speaks(name, dialogue.speech)
    with _written_whole(folder, name) as unfinished:
        for speaker, stem in zip(dialogue.speakers, dialogue.stems, strict=True):
            write_sound(unfinished / f"{name}.{speaker}.wav", stem, dialogue.sample_rate)
        write_sound(unfinished / f"{name}.wav", dialogue.mix, dialogue.sample_rate)
        write_truth(unfinished, name, truth_of(dialogue, seed))
        _write_rttm(unfinished, name, dialogue.speech)
    return folder / f"{name}.wav"


def write_programme(folder: Path, name: str, programme: Programme) -> Path:
    """The mix, all voices together as one stem, the truth, in memory that does not grow. Gives the mix's file.

    Raises SilentSpeaker, before the first segment where the segments' plan leaves somebody out.
    """
    _check_everybody_speaks(name, dict.fromkeys(programme.absent, ()))
    truth = truth_of_programme(programme)
    speech: dict[str, list[tuple[float, float]]] = {speaker: [] for speaker in programme.cast}
    rate = programme.sample_rate
    with _written_whole(folder, name) as unfinished:
        with (
            WavFile(unfinished / f"{name}.wav", rate, channels=2) as mixed,
            WavFile(unfinished / f"{name}.voice.wav", rate, channels=1) as voice,
        ):
            for segment in programme.segments():
                mixed.write(segment.dialogue.mix)
                voice.write(segment.dialogue.voice)
                add_segment(truth, segment)
                for speaker, spans in segment.dialogue.speech.items():
                    speech[speaker].extend((start + segment.start, end + segment.start) for start, end in spans)
        spoken = {who: tuple(spans) for who, spans in speech.items()}
        _check_everybody_speaks(name, spoken)
        write_truth(unfinished, name, truth)
        _write_rttm(unfinished, name, spoken)
    return folder / f"{name}.wav"


def _check_everybody_speaks(name: str, speech: Mapping[str, Spans]) -> None:
    if silent := [speaker for speaker, spans in speech.items() if not spans]:
        raise SilentSpeaker(f"{', '.join(silent)} would never speak in {name}: the time is over before")


@contextmanager
def _written_whole(folder: Path, name: str) -> Iterator[Path]:
    """A folder to write a recording's files to, which are moved to `folder` when all are whole, the mix last.

    Where something stops the writing, nothing of it stays, and what was there before does. Stems of a longer cast
    that bore the name before go.
    """
    with tempfile.TemporaryDirectory(prefix=f"{name}.unfinished-", dir=folder) as unfinished:
        yield Path(unfinished)
        mix = f"{name}.wav"
        made = sorted(Path(unfinished).iterdir(), key=lambda file: file.name == mix)
        (folder / mix).unlink(missing_ok=True)
        for stem in (*SPEAKERS, "voice"):
            (folder / f"{name}.{stem}.wav").unlink(missing_ok=True)
        for file in made:
            file.replace(folder / file.name)


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
