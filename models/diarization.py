"""Who speaks when: pyannote.audio's pipeline from a local folder, on samples in memory."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ModelsDamaged
from core.quiet import silence_libraries
from core.settings import DiarizeSettings
from core.store import sha256_of_file
from core.types import Audio, Turn
from models.devices import Device, free_cached_memory, ran_out_of_memory

VERSION = 2

LONG_SECONDS = 3600.0
"""Recordings above this use the longer window step."""
SHORTEST_SECONDS = 0.1
"""Shorter sound gives the networks no frame to judge."""
SILENT_PEAK = 1e-5
"""Below -100 dBFS nobody is heard."""

Floats = npt.NDArray[np.floating[Any]]

log = logging.getLogger("prelabel")


class Pyannote:
    """A pyannote pipeline (`config.yaml` with its networks beside it). Loads on first use; one user at a time.

    The networks are pickles, which run the code that they name when they are loaded, and pyannote loads them
    without a restriction. So each is first read with torch's restricted reader, which knows tensors, plain values
    and pyannote's own descriptions of a task. A file that names anything else must be `vouched` for, by its path
    below the folder and its SHA-256, or ModelsDamaged is raised.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: Device,
        threads: int,
        batch_size: int,
        vouched: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.path = path
        self.device = device
        self.threads = threads
        self.batch_size = batch_size
        self.vouched = vouched
        self._lock = threading.Lock()

    @cached_property
    def _pipeline(self) -> Any:
        silence_libraries()
        import torch

        with warnings.catch_warnings():
            # At import pyannote warns that torchcodec finds no FFmpeg; it is never given a file to decode.
            warnings.simplefilter("ignore")
            from pyannote.audio import Pipeline
            from pyannote.audio.utils import vbx
        # Windows without a clean frame of a speaker have nothing to average; pyannote drops them later.
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        warnings.filterwarnings("ignore", "invalid value encountered in", RuntimeWarning, r"(numpy|pyannote)\.")
        warnings.filterwarnings("ignore", r"std\(\): degrees of freedom", UserWarning)
        # Raised when fewer speakers are found than were asked for; the turns say so themselves.
        warnings.filterwarnings("ignore", r"\s*The detected number of speakers", UserWarning)
        warnings.filterwarnings("ignore", r"\s*TensorFloat-32", Warning)
        # The clustering prints a warning where our results are printed.
        vars(vbx)["print"] = log.debug
        _demand_harmless(self.path, self.vouched)
        if self.device == "cpu":
            torch.set_num_threads(self.threads)
        pipeline: Any = Pipeline.from_pretrained(self.path)
        pipeline.to(torch.device(self.device))
        # In the instance's own dictionary a wrapper is found before what is registered under its name.
        pipeline.__dict__["clustering"] = CappedClustering(pipeline.clustering)
        pipeline.__dict__["_embedding"] = OncePerChunk(pipeline._embedding)
        return pipeline

    def load(self) -> None:
        """Load the pipeline now rather than when it is first asked."""
        with self._lock:
            _ = self._pipeline

    def diarize(self, audio: Audio, speakers: int | None, settings: DiarizeSettings) -> tuple[Turn, ...]:
        """Turns of mono 16 kHz `audio`, sorted by start: regular ones, and exclusive ones that never overlap.

        `speakers` is how many there are, None: they are counted. They are named S1, S2… as they appear; turns
        lie inside `audio`. Silence, and sound under 0.1 s, has no turns. The same audio gives the same turns.
        """
        duration = audio.samples.shape[1] / audio.sample_rate
        if duration < SHORTEST_SECONDS or _peak(audio.samples) < SILENT_PEAK:
            return ()
        with self._lock:
            output = self._run(audio, speakers, duration, settings)
        regular, exclusive = _tracks(output.speaker_diarization), _tracks(output.exclusive_speaker_diarization)
        names: dict[str, str] = {}
        for _, _, label in sorted(regular) + sorted(exclusive):
            names.setdefault(label, f"S{len(names) + 1}")
        turns = [
            Turn(max(0.0, start), min(duration, end), names[label], exclusive=alone)
            for tracks, alone in ((regular, False), (exclusive, True))
            for start, end, label in tracks
            if min(duration, end) > max(0.0, start)
        ]
        return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.exclusive, turn.speaker)))

    def _run(self, audio: Audio, speakers: int | None, duration: float, settings: DiarizeSettings) -> Any:
        """The pipeline's output; halves the batch until it fits into memory."""
        import torch

        pipeline = self._pipeline
        step = settings.step if duration <= LONG_SECONDS else settings.long_step
        windows = pipeline._segmentation
        windows.step = step * windows.duration
        pipeline.clustering.at_most = settings.clustered_at_most
        # The array is read-only and torch cannot be: the pipeline only reads it.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            waveform = torch.from_numpy(audio.samples)
        file = {"waveform": waveform, "sample_rate": audio.sample_rate, "uri": "recording"}
        while True:
            pipeline.segmentation_batch_size = self.batch_size
            pipeline.embedding_batch_size = self.batch_size
            try:
                return pipeline(file, num_speakers=speakers)
            except (RuntimeError, MemoryError) as error:
                if not ran_out_of_memory(error) or self.batch_size == 1:
                    raise
            # Outside of the handler, where nothing holds what the failed attempt took.
            self.batch_size //= 2
            free_cached_memory()


class OncePerChunk:
    """A pyannote speaker embedding that hears a chunk once for all speakers in it.

    The pipeline hands a chunk over three times in a row, each time with another speaker's frames to average. What
    the network makes of a frame is the same each time, and is nearly all of its work.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, waveforms: Any, masks: Any) -> Floats:
        """Tensors (batch, 1, sample) and (batch, frame) → embeddings (batch, dimension)."""
        import torch

        new = torch.ones(len(waveforms), dtype=torch.bool)
        new[1:] = (waveforms[1:] != waveforms[:-1]).flatten(1).any(dim=1)
        network, device = self.inner.model_, self.inner.device
        with torch.inference_mode():
            frames = network.forward_frames(waveforms[new].to(device))
            heard = frames[(new.cumsum(0) - 1).to(device)]
            found: Floats = network.forward_embedding(heard, weights=masks.to(device)).cpu().numpy()
        return found


class CappedClustering:
    """A pyannote clustering that is shown at most `at_most` embeddings, evenly spread over the recording.

    Clustering compares every embedding with every other: scipy's `linkage` took 7 GB at 30,000, which three
    hours of speech reach. The rest take the cluster whose centre is nearest, as pyannote does for the embeddings
    that it leaves out itself.
    """

    def __init__(self, inner: Any, at_most: int = 6000) -> None:
        self.inner = inner
        self.at_most = at_most

    def __call__(
        self,
        *,
        embeddings: Floats,
        segmentations: Any,
        num_clusters: int | None = None,
        min_clusters: int = 1,
        max_clusters: float = float("inf"),
        **rest: Any,
    ) -> tuple[Floats, Floats, Floats]:
        """Embeddings (chunk, speaker, dimension) and segmentations (chunk, frame, speaker) → clusters
        (chunk, speaker), their scores (chunk, speaker, cluster), and centres (cluster, dimension).

        More clusters than embeddings cannot be had; as many as there are embeddings are made then.
        """
        usable, chunks, _ = self.inner.filter_embeddings(embeddings, segmentations=segmentations)
        if len(usable) == 0:
            return _one_cluster(embeddings)
        shown, heard, count = embeddings, segmentations, len(usable)
        if count > self.at_most:
            kept = _spread(chunks, self.at_most)
            shown, heard = embeddings[kept], _chunks_of(segmentations, kept)
            count = int(np.isin(chunks, kept).sum())
        clusters, scores, centres = self.inner(
            embeddings=shown,
            segmentations=heard,
            num_clusters=num_clusters and min(num_clusters, count),
            min_clusters=min(min_clusters, count),
            max_clusters=min(max_clusters, count),
            **rest,
        )
        if shown is embeddings:
            return clusters, scores, centres
        # pyannote gives its constraint up where it had to force the number of clusters; only its answer tells.
        constrained = np.array_equal(clusters, self.inner.constrained_argmax(scores))
        return self._assign(embeddings, segmentations, centres, constrained=constrained)

    def _assign(
        self, embeddings: Floats, segmentations: Any, centres: Floats, *, constrained: bool
    ) -> tuple[Floats, Floats, Floats]:
        """Every embedding to its nearest centre; `constrained`: two speakers of a chunk never share one."""
        from scipy.spatial.distance import cdist

        count, speakers, dimension = embeddings.shape
        distances = cdist(embeddings.reshape(-1, dimension), centres, metric=self.inner.metric)
        scores = 2.0 - distances.reshape(count, speakers, -1)
        if constrained:
            # Whoever is silent in a chunk must not take a centre away from those who speak.
            scores[segmentations.data.sum(axis=1) == 0] = np.nanmin(scores) - 1.0
            return self.inner.constrained_argmax(scores), scores, centres
        return np.argmax(np.nan_to_num(scores, nan=-1.0), axis=2), scores, centres


def _demand_harmless(folder: Path, vouched: Mapping[str, str]) -> None:
    """Raise ModelsDamaged where a pickle under `folder` names code that no network needs, or cannot be read.

    One that `vouched` names, with the SHA-256 that it has, may hold what it likes: whoever pulled it took it from
    its own repository.
    """
    import pickle

    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from torch.torch_version import TorchVersion

    for file in sorted(folder.rglob("*.bin")):
        try:
            with torch.serialization.safe_globals([Problem, Resolution, Specifications, TorchVersion]):
                torch.load(file, "cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            if vouched.get(file.relative_to(folder).as_posix()) == sha256_of_file(file):
                continue
            raise ModelsDamaged(
                f"the diarization model at {file} cannot be used",
                why="it is no file of weights alone, and models.lock does not name it with the content that it has",
                fix="run `prelabel models verify`, then `prelabel models pull`",
            ) from error


def _peak(samples: Floats) -> float:
    """The largest absolute sample, without a copy of them all."""
    return max(float(samples.max()), -float(samples.min()))


def _one_cluster(embeddings: Floats) -> tuple[Floats, Floats, Floats]:
    """Nobody speaks alone for long enough to be told by: all that is heard is one speaker's."""
    count, speakers, dimension = embeddings.shape
    return np.zeros((count, speakers), np.int8), np.ones((count, speakers, 1)), np.zeros((1, dimension))


def _spread(chunks: npt.NDArray[np.integer[Any]], at_most: int) -> npt.NDArray[np.int64]:
    """The most chunks, evenly spread, that hold no more than `at_most` of the embeddings; at least one chunk.

    `chunks` names each embedding's chunk, in order.
    """
    names, counts = np.unique(chunks, return_counts=True)
    share = len(names)
    while True:
        picked = np.unique(np.linspace(0, len(names) - 1, share).round().astype(int))
        surplus = int(counts[picked].sum()) - at_most
        if surplus <= 0 or share == 1:
            return np.asarray(names[picked], np.int64)
        # Never more chunks than needed are dropped: each holds at most as many embeddings as the fullest.
        share = max(1, share - max(1, surplus // int(counts.max())))


def _chunks_of(segmentations: Any, kept: npt.NDArray[np.integer[Any]]) -> Any:
    from pyannote.core import SlidingWindowFeature

    return SlidingWindowFeature(segmentations.data[kept], segmentations.sliding_window)


def _tracks(annotation: Any) -> Iterable[tuple[float, float, str]]:
    return [
        (float(segment.start), float(segment.end), str(label))
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]
