"""The models of a set, ready to be used: free to make, loaded on first use, shared by all threads of a process."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path

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


@lru_cache(maxsize=4)
def toolbox(set_name: str, settings: Settings) -> Toolbox:
    """The toolbox of this process for a set.

    From here on the process asks no network for weights. Raises UsageProblem, ModelsMissing or ModelsDamaged
    before anything heavy is imported.
    """
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

    @cached_property
    def separator(self) -> Demucs:
        return Demucs(self._path(self.chosen.separation), self.machine)

    @cached_property
    def diarizer(self) -> Pyannote:
        return Pyannote(
            self._path(self.chosen.diarization),
            device=self.device,
            threads=thread_count(self.machine),
            batch_size=self._batch(self.machine.diarization_batch, "diarization"),
        )

    @cached_property
    def transcriber(self) -> FasterWhisper:
        return FasterWhisper(
            self._path(self.chosen.transcription),
            device=self.device,
            compute_type=self.compute_type,
            threads=thread_count(self.machine),
            batch_size=self._batch(self.machine.transcription_batch, "transcription"),
            voice_detector=self.voice_detector,
        )

    @cached_property
    def voice_detector(self) -> SileroVoice:
        return SileroVoice()

    @cached_property
    def device(self) -> Device:
        """Where the networks run. Raises EnvironmentProblem where a GPU was asked for and cannot be had."""
        return choose_device(self.machine)

    @cached_property
    def compute_type(self) -> str:
        """The precision of transcription on this device."""
        return pick_compute_type(self.chosen.cuda if self.device == "cuda" else self.chosen.cpu, self.device)

    @cached_property
    def revisions(self) -> Mapping[str, Mapping[str, str]]:
        """For each stage that asks a model: the models' names with revision and precision, for fingerprints.

        Imports torch only where the driver reports a GPU.
        """
        voice = {SileroVoice.name: f"faster-whisper {importlib.metadata.version('faster-whisper')}"}
        chosen = self.chosen
        return {
            "quality": voice,
            "separate": {chosen.separation.name: self._revision(chosen.separation, "float32")},
            "diarize": {chosen.diarization.name: self._revision(chosen.diarization, "float32")},
            "transcribe": {chosen.transcription.name: self._revision(chosen.transcription, self.compute_type)}
            | voice,
        }

    def warm_up(self) -> None:
        """Load everything now: the imports and networks that the first recording would wait for."""
        self.voice_detector.listen()
        self.transcriber.load()
        _ = self.separator.segment_samples
        self.diarizer.load()

    def _path(self, ref: ModelRef) -> Path:
        return self.located[ref.name].path

    def _revision(self, ref: ModelRef, precision: str) -> str:
        return f"{self.located[ref.name].revision}/{precision}"

    def _batch(self, asked: int, task: str) -> int:
        return batch_size(asked, self.device, gpu=GPU_BATCHES[task], cpu=CPU_BATCHES[task])
