"""Sample rates are changed as a stream, without delay, and alike however the stream is cut into windows."""

from __future__ import annotations

from math import ceil, gcd

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

ZERO_CROSSINGS = 48
ATTENUATION_DB = 80.0
"""Length and stop band of the low-pass filter: flat up to 0.9 of the lower Nyquist frequency, 80 dB down at it.

80 dB is what 16-bit stems with 6 dB of headroom can show of aliasing.
"""

_LARGEST_KERNEL = 1 << 23
_FRAME_OUTPUTS = 128


class Resampler:
    """Turns a mono stream of one rate into another: sample k of the result lies at exactly k / target s.

    `push` gives what can be known so far, `finish` the rest: together round(n * target / source) samples for n.
    Before its start and after its end the stream counts as zero. The filter is a sinc under a Kaiser window,
    applied to frames of samples at once as one matrix product.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        common = gcd(source_rate, target_rate)
        self.source_rate, self.target_rate = source_rate, target_rate
        frames = ceil(_FRAME_OUTPUTS * common / target_rate)
        self._outputs, self._inputs = target_rate // common * frames, source_rate // common * frames
        self._reach = ceil(ZERO_CROSSINGS * max(1.0, source_rate / target_rate))
        self._width = self._inputs + 2 * self._reach
        if self._outputs * self._width > _LARGEST_KERNEL:
            raise ValueError(f"{source_rate} Hz and {target_rate} Hz have no simple ratio: decode to another rate")
        self._kernel = None if source_rate == target_rate else self._design()
        self._pending = np.zeros(self._reach, np.float32)
        self._taken = self._given = 0

    def push(self, samples: Samples) -> Samples:
        """The next (time,) samples of the stream; may give none while the filter fills."""
        self._taken += len(samples)
        return self._convert(samples)

    def finish(self) -> Samples:
        """What is left of the result once the stream is over."""
        due = round(self._taken * self.target_rate / self.source_rate) - self._given
        return self._convert(np.zeros(self._width + self._inputs, np.float32))[:due]

    def _convert(self, samples: Samples) -> Samples:
        if self._kernel is None:
            self._given += len(samples)
            return samples
        self._pending = np.concatenate((self._pending, samples))
        frames = max(0, (len(self._pending) - self._width) // self._inputs + 1)
        if not frames:
            return np.zeros(0, np.float32)
        views = np.lib.stride_tricks.sliding_window_view(self._pending, self._width)[:: self._inputs][:frames]
        converted: Samples = (np.ascontiguousarray(views) @ self._kernel).reshape(-1)
        self._pending = self._pending[frames * self._inputs :]
        self._given += len(converted)
        return converted

    def _design(self) -> Samples:
        """(width, outputs): column k weighs the samples of a frame for its k-th output."""
        # Kaiser (1974): beta and the width of the transition band for a given attenuation; lengths and
        # frequencies here are in input samples and in shares of the input rate.
        beta = 0.1102 * (ATTENUATION_DB - 8.7)
        transition = (ATTENUATION_DB - 7.95) / (14.36 * 2 * self._reach)
        cutoff = 0.5 * min(1.0, self.target_rate / self.source_rate) - transition / 2
        at_output = np.arange(self._outputs) * self.source_rate / self.target_rate
        offset = np.arange(-self._reach, self._inputs + self._reach)[:, None] - at_output[None, :]
        inside = np.clip(1 - (offset / self._reach) ** 2, 0, None)
        window = np.where(np.abs(offset) <= self._reach, np.i0(beta * np.sqrt(inside)) / np.i0(beta), 0)
        kernel = 2 * cutoff * np.sinc(2 * cutoff * offset) * window
        kernel /= kernel.sum(axis=0, keepdims=True)
        return np.asarray(kernel, np.float32)
