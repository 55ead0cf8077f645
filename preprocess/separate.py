"""A voice is taken out of its mix: segments go through the network in batches and are added up as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.settings import SeparateSettings
from core.types import Audio, Decoded, SignalQuality

Samples = npt.NDArray[np.float32]

VERSION = 1
"""Of the stage as a whole: it counts as well for how `preprocess.stems` stores the voice."""

SMALLEST_DEVIATION = 1e-8
"""What demucs adds to the deviation before it divides by it, so that silence stays silence."""


class Separator(Protocol):
    """A network that hears segments of stereo and gives the voice in them.

    `batch_size` may shrink while it works, when the device's memory is short; it is asked for meanwhile.
    """

    @property
    def sample_rate(self) -> int: ...

    @property
    def segment_samples(self) -> int: ...

    @property
    def batch_size(self) -> int: ...

    def voice(self, batch: Samples) -> Samples:
        """(batch, 2, segment) of normalised mix → the voice alone, of the same shape."""
        ...


def worth_separating(quality: SignalQuality, settings: SeparateSettings) -> tuple[bool, str]:
    """Whether to take the voice out of the mix, and why, in one sentence.

    `auto` separates whenever it cannot tell: a needless separation costs time, a missed one costs words.
    """
    if settings.mode != "auto":
        return settings.mode == "always", f"Separation is set to {settings.mode}."
    if quality.music_share > settings.clean_music_share:
        return True, f"There is music in {quality.music_share:.0%} of the recording."
    if not quality.voiced:
        return True, "No voice was heard in the mix; separation may uncover one."
    if quality.snr_db is None:
        return True, "The voice never pauses, so the noise under it could not be measured."
    if quality.snr_db < settings.clean_snr_db:
        return True, f"The voice stands only {quality.snr_db:.0f} dB above the noise."
    return False, f"The mix is clean: the voice stands {quality.snr_db:.0f} dB above the noise, without music."


def separate_voice(
    windows: Iterable[Audio], separator: Separator, decoded: Decoded, settings: SeparateSettings
) -> Iterator[Audio]:
    """The voice in stereo `windows`, as windows of the same rate that together have as many samples.

    Gives what demucs' own loop gives (`apply_model` with shifts=0, normalised as its Separator does), but runs
    `separator.batch_size` segments at once and keeps no more than twice as many in memory, however long the
    recording is. While the network has one batch, the next is laid ready and the last one's voice is used. Raises
    ValueError for windows that are not stereo at the separator's rate.
    """
    voice = _OverlapAdd(separator.sample_rate, separator.segment_samples, settings.overlap)
    mean, deviation = np.float32(decoded.mean), np.float32(decoded.deviation + SMALLEST_DEVIATION)
    with ThreadPoolExecutor(1, thread_name_prefix="separate") as network:
        given: tuple[list[_Segment], Future[Samples]] | None = None
        for batch in _batches(_segments(windows, separator, voice.stride, mean, deviation), separator):
            answer = network.submit(separator.voice, np.stack([segment.samples for segment in batch]))
            if given:
                yield from voice.add(given[0], given[1].result(), mean, deviation)
            given = batch, answer
        if given:
            yield from voice.add(given[0], given[1].result(), mean, deviation)


def _batches(segments: Iterable[_Segment], separator: Separator) -> Iterator[list[_Segment]]:
    batch: list[_Segment] = []
    for segment in segments:
        batch.append(segment)
        if len(batch) >= separator.batch_size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """(2, segment) `samples` for the network; of its answer `length` samples from `skip` on belong at `offset`."""

    samples: Samples
    offset: int
    skip: int
    length: int
    last: bool


def _segments(
    windows: Iterable[Audio], separator: Separator, stride: int, mean: np.float32, deviation: np.float32
) -> Iterator[_Segment]:
    """Cut the stream into overlapping segments, one at every `stride`, until one begins past its end.

    What is left at the end is shorter than a segment. It is laid in the middle of one, with what was really
    heard before it on its left and silence on its right (demucs' TensorChunk.padded).
    """
    size, rate = separator.segment_samples, separator.sample_rate
    context = size // 2
    kept = np.zeros((2, 0), np.float32)  # normalised, from sample `first` on
    first = offset = 0
    for window in windows:
        if window.sample_rate != rate or window.samples.shape[0] != 2:
            raise ValueError(f"separation hears stereo at {rate} Hz: decode to that")
        kept = np.concatenate((kept, (window.samples - mean) / deviation), axis=1)
        while offset + size < first + kept.shape[1]:
            samples = kept[:, offset - first : offset - first + size].copy()
            yield _Segment(samples, offset, 0, size, last=False)
            offset += stride
        done = max(0, offset - context - first)
        kept, first = kept[:, done:], first + done
    end = first + kept.shape[1]
    while offset < end:
        length = min(size, end - offset)
        skip = (size - length) // 2
        before = min(offset, skip)
        heard = kept[:, offset - before - first :]
        samples = np.zeros((2, size), np.float32)
        samples[:, skip - before : skip + length] = heard[:, : before + length]
        yield _Segment(samples, offset, skip, length, last=offset + stride >= end)
        offset += stride


class _OverlapAdd:
    """Adds up overlapping answers under triangular weights and lets go of every sample that is final."""

    def __init__(self, rate: int, size: int, overlap: float) -> None:
        self._rate = rate
        self.stride = max(1, int((1 - overlap) * size))
        rise = np.arange(1, size // 2 + 1)
        fall = np.arange(size - size // 2, 0, -1)
        self._weight = (np.concatenate((rise, fall)) / (size - size // 2)).astype(np.float32)
        self._sum = np.zeros((2, size), np.float32)  # from the next segment's offset on
        self._weights = np.zeros(size, np.float32)

    def add(
        self, batch: list[_Segment], answers: Samples, mean: np.float32, deviation: np.float32
    ) -> Iterator[Audio]:
        """The network's answers to a batch of consecutive segments; one window for each."""
        for segment, answer in zip(batch, answers, strict=True):
            length = segment.length
            weight = self._weight[:length]
            self._sum[:, :length] += weight * answer[:, segment.skip : segment.skip + length]
            self._weights[:length] += weight
            final = length if segment.last else self.stride
            voice = self._sum[:, :final] / self._weights[:final] * deviation + mean
            self._sum, self._weights = _shifted(self._sum, final), _shifted(self._weights, final)
            yield Audio(voice, self._rate, segment.offset / self._rate)


def _shifted(samples: Samples, by: int) -> Samples:
    """The last axis moved `by` places to the left, with zeros behind."""
    shifted = np.zeros_like(samples)
    shifted[..., : samples.shape[-1] - by] = samples[..., by:]
    return shifted
