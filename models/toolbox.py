"""The models of a set, ready to be used: free to make, loaded on first use, shared by all threads of a process."""

from __future__ import annotations

import importlib.metadata
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from core.quiet import forbid_hub, silence_libraries
from core.settings import Settings
from models.catalogue import ModelRef, ModelSet, model_set
from models.devices import Device, batch_size, choose_device, pick_compute_type, share_cores, thread_count
from models.diarization import Pyannote
from models.separation import Demucs
from models.transcription import FasterWhisper
from models.voice_activity import SileroVoice
from models.weights import Located, ensure_present

GPU_BATCHES = {"transcription": 16, "diarization": 64}
CPU_BATCHES = {"transcription": 4, "diarization": 16}
SENTENCE_PACKAGES = ("kiwipiepy", "kiwipiepy_model", "opencc")
"""Their data decide where Korean sentences end, and which Chinese characters are written."""

T = TypeVar("T")


_LOCK = threading.Lock()


def toolbox(set_name: str, settings: Settings) -> Toolbox:
    """The toolbox of this process for a set, the same one for every thread.

    From here on the hub's client asks no network, whether it is imported already or not. Raises UsageProblem,
    ModelsMissing or ModelsDamaged before anything heavy is imported.
    """
    with _LOCK:
        return _toolbox(set_name, settings)


@lru_cache(maxsize=4)
def _toolbox(set_name: str, settings: Settings) -> Toolbox:
    silence_libraries()
    forbid_hub()
    share_cores()
    return Toolbox(model_set(set_name), ensure_present(set_name, settings), settings)


class Toolbox:
    """The four models of a set; each is its own, and loads when it is first asked to work.

    Threads may share them.
    """

    def __init__(self, chosen: ModelSet, located: Mapping[str, Located], settings: Settings) -> None:
        self.chosen = chosen
        self.located = located
        self.machine = settings.machine
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}

    @property
    def separator(self) -> Demucs:
        return self._once("separator", lambda: Demucs(self._path(self.chosen.separation), self.machine))

    @property
    def diarizer(self) -> Pyannote:
        return self._once(
            "diarizer",
            lambda: Pyannote(
                self._path(self.chosen.diarization),
                device=self.device,
                threads=thread_count(self.machine),
                batch_size=self._batch(self.machine.diarization_batch, "diarization"),
                vouched=self.located[self.chosen.diarization.name].hashes,
            ),
        )

    @property
    def transcriber(self) -> FasterWhisper:
        return self._once(
            "transcriber",
            lambda: FasterWhisper(
                self._path(self.chosen.transcription),
                device=self.device,
                compute_type=self.compute_type,
                threads=thread_count(self.machine),
                batch_size=self._batch(self.machine.transcription_batch, "transcription"),
                voice_detector=self.voice_detector,
            ),
        )

    @property
    def voice_detector(self) -> SileroVoice:
        return self._once("voice_detector", SileroVoice)

    @property
    def device(self) -> Device:
        """Where the networks run. Raises EnvironmentProblem where a GPU was asked for and cannot be had."""
        return self._once("device", lambda: choose_device(self.machine))

    @property
    def compute_type(self) -> str:
        """The precision of transcription on this device."""
        return self._once(
            "compute_type",
            lambda: pick_compute_type(self.chosen.cuda if self.device == "cuda" else self.chosen.cpu, self.device),
        )

    @property
    def revisions(self) -> Mapping[str, Mapping[str, str]]:
        """For each stage that asks a model: the models' names with revision and precision, for fingerprints.

        What cuts and respells sentences counts as a model, too. Imports torch only where the driver reports a GPU.
        """
        voice = {SileroVoice.name: f"faster-whisper {importlib.metadata.version('faster-whisper')}"}
        chosen = self.chosen
        return {
            "quality": voice,
            "separate": {chosen.separation.name: self._revision(chosen.separation, "float32")},
            "diarize": {chosen.diarization.name: self._revision(chosen.diarization, "float32")},
            "transcribe": {chosen.transcription.name: self._revision(chosen.transcription, self.compute_type)}
            | voice,
            "sentences": {name: importlib.metadata.version(name) for name in SENTENCE_PACKAGES},
        }

    def warm_up(self) -> None:
        """Load everything now: the imports and networks that the first recording would wait for."""
        self.voice_detector.listen()
        self.transcriber.load()
        _ = self.separator.segment_samples
        self.diarizer.load()

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes, made once for all threads; from Python 3.12 on `cached_property` has no lock."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: T = self._made[name]
            return made

    def _path(self, ref: ModelRef) -> Path:
        return self.located[ref.name].path

    def _revision(self, ref: ModelRef, precision: str) -> str:
        return f"{self.located[ref.name].revision}/{precision}"

    def _batch(self, asked: int, task: str) -> int:
        return batch_size(asked, self.device, gpu=GPU_BATCHES[task], cpu=CPU_BATCHES[task])
