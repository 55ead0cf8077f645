"""Where somebody speaks: the Silero detector that faster-whisper brings along, heard as a stream."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.types import Audio

SAMPLE_RATE = 16000
FRAME = 512
CONTEXT = 64
"""Samples that the network judges at once, and those before them that it hears as well."""

SPEECH_FROM = 0.5
SILENCE_BELOW = 0.35
"""Speech begins at the one probability and ends below the other: Silero's own."""

MIN_SPEECH_SECONDS = 0.25
MIN_SILENCE_SECONDS = 0.1
PADDING_SECONDS = 0.03
"""Silero's own, too: shorter speech is dropped, shorter silence is speech, and spans are widened on both sides."""

_FRAMES_AT_ONCE = 2048
_STATE = (1, 1, 128)


class SileroVoice:
    """Implements `preprocess.quality.VoiceDetector`; loads on first use, keeps nothing between recordings.

    The network is read from faster-whisper's wheel. On a CPU, always: it takes a five-hundredth of real time.
    """

    name = "silero-vad"

    def listen(self) -> SileroListener:
        """A listener for one recording."""
        return SileroListener(self._session)

    @cached_property
    def _session(self) -> Any:
        from faster_whisper.vad import get_vad_model

        return get_vad_model().session


class SileroListener:
    """Hears one recording; keeps one probability for each 32 ms and the network's state."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
        self._pending = np.zeros(CONTEXT, np.float32)
        self._probabilities: list[npt.NDArray[np.float32]] = []
        self._samples = 0

    def hear(self, window: Audio) -> None:
        """The next window, mono at 16 kHz. Raises ValueError for any other."""
        if window.sample_rate != SAMPLE_RATE or window.samples.shape[0] != 1:
            raise ValueError("the voice detector hears mono at 16 kHz: resample first")
        self._samples += window.samples.shape[1]
        self._pending = np.concatenate((self._pending, window.samples[0]))
        self._judge()

    def voiced(self) -> tuple[tuple[float, float], ...]:
        """Where a voice was heard, as sorted, disjoint (start, end) seconds from the first window's start.

        To be asked once, at the end: the last samples are filled up with silence to a whole frame.
        """
        missing = -self._samples % FRAME
        self._pending = np.concatenate((self._pending, np.zeros(missing, np.float32)))
        self._judge()
        return _spans(np.concatenate((np.zeros(0), *self._probabilities)), self._samples / SAMPLE_RATE)

    def _judge(self) -> None:
        while (frames := min(_FRAMES_AT_ONCE, (len(self._pending) - CONTEXT) // FRAME)) > 0:
            views = np.lib.stride_tricks.sliding_window_view(self._pending, CONTEXT + FRAME)[::FRAME][:frames]
            h, c = self._state
            heard = {"input": np.ascontiguousarray(views), "h": h, "c": c}
            probabilities, h, c = self._session.run(None, heard)
            self._state = h, c
            self._probabilities.append(probabilities.reshape(-1))
            self._pending = self._pending[frames * FRAME :]


def _spans(probabilities: npt.NDArray[np.floating[Any]], duration: float) -> tuple[tuple[float, float], ...]:
    """Speech from the first sure frame to the first that is surely silent; then the three lengths above."""
    spans: list[list[float]] = []
    start: float | None = None
    for index, probability in enumerate(probabilities):
        at = index * FRAME / SAMPLE_RATE
        if start is None and probability >= SPEECH_FROM:
            start = at
        elif start is not None and probability < SILENCE_BELOW:
            spans.append([start, at])
            start = None
    if start is not None:
        spans.append([start, duration])
    joined: list[list[float]] = []
    for span in spans:
        if joined and span[0] - joined[-1][1] < MIN_SILENCE_SECONDS:
            joined[-1][1] = span[1]
        else:
            joined.append(span)
    kept = [span for span in joined if span[1] - span[0] >= MIN_SPEECH_SECONDS]
    # Silences are at least 0.1 s, so padding of 0.03 s cannot make two spans meet.
    return tuple((max(0.0, start - PADDING_SECONDS), min(duration, end + PADDING_SECONDS)) for start, end in kept)
