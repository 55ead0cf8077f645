"""How loud a voice is, and the one gain that brings it to the target without its peaks clipping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import LoudnessSettings
from core.types import Audio, Loudness
from preprocess.resample import Resampler

VERSION = 1

OFFSET_LU = -0.691
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
STEPS_PER_SECOND = 10
STEPS_PER_BLOCK = 4
"""ITU-R BS.1770-5, annex 1: blocks of 0.4 s that overlap by 75 %, so a block is four steps of 0.1 s."""

OVERSAMPLING = 4
"""ITU-R BS.1770-5, annex 2: true peak is read from the signal at four times its rate."""

UNCHANGED = Loudness(None, None, 0.0, None, limited=False)


def measure_loudness(windows: Iterable[Audio], settings: LoudnessSettings) -> Loudness:
    """The integrated loudness and true peak of mono windows of one rate, and the gain to the target.

    One linear gain: the true-peak ceiling wins over the target, and `reached_lufs` says what was reached.
    Silence (nothing above the absolute gate), sound under 0.4 s, the gating block, and sound with samples that
    are not finite keep their level: gain 0 and None for what cannot be measured. The result does not depend on
    how the sound is cut into windows. Raises ValueError for windows that are not mono or change their rate.
    """
    meter: _Meter | None = None
    for window in windows:
        if meter is None:
            meter = _Meter(window.sample_rate)
        meter.hear(window)
    if meter is None or not meter.finite:
        return UNCHANGED
    integrated = meter.integrated_lufs()
    if integrated is None:
        return UNCHANGED
    true_peak = meter.true_peak_dbtp()
    wanted, allowed = settings.target_lufs - integrated, settings.ceiling_dbtp - true_peak
    gain = min(wanted, allowed)
    return Loudness(integrated, true_peak, gain, integrated + gain, limited=allowed < wanted)


class _Meter:
    """Energies of 0.1 s steps after K-weighting, and the largest oversampled value: all that must be kept."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.finite = True
        self._weighting = _k_weighting(sample_rate)
        self._state = np.zeros((len(self._weighting), 2))
        self._step = round(sample_rate / STEPS_PER_SECOND)
        self._pending = np.zeros(0)
        self._energies: list[npt.NDArray[np.float64]] = []
        self._oversampler = Resampler(sample_rate, OVERSAMPLING * sample_rate)
        self._peak = 0.0

    def hear(self, window: Audio) -> None:
        from scipy.signal import sosfilt

        if window.samples.shape[0] != 1 or window.sample_rate != self.sample_rate:
            raise ValueError(f"loudness hears mono at {self.sample_rate} Hz: give it windows of one stem")
        samples = window.samples[0]
        if not samples.size or not self.finite:
            return
        if not np.isfinite(samples).all():
            self.finite = False
            return
        weighted, self._state = sosfilt(self._weighting, samples.astype(np.float64), zi=self._state)
        self._pending = np.concatenate((self._pending, weighted))
        whole = len(self._pending) // self._step * self._step
        steps, self._pending = self._pending[:whole].reshape(-1, self._step), self._pending[whole:]
        self._energies.append(np.einsum("st,st->s", steps, steps))
        self._peak = max(self._peak, _largest(samples), _largest(self._oversampler.push(samples)))

    def integrated_lufs(self) -> float | None:
        """BS.1770-5, equations 3 to 7, for one channel; None where no block passes the absolute gate."""
        steps = np.concatenate((np.zeros(0), *self._energies))
        if len(steps) < STEPS_PER_BLOCK:
            return None
        blocks = np.convolve(steps, np.ones(STEPS_PER_BLOCK), "valid") / (STEPS_PER_BLOCK * self._step)
        loud = blocks[blocks > _power(ABSOLUTE_GATE_LUFS)]
        if not loud.size:
            return None
        gated = loud[loud > _power(_lufs(loud.mean()) + RELATIVE_GATE_LU)]
        return _lufs(gated.mean())

    def true_peak_dbtp(self) -> float:
        """Of all that was heard; to be asked once, at the end, and not of silence."""
        return float(20 * np.log10(max(self._peak, _largest(self._oversampler.finish()))))


def _k_weighting(sample_rate: int) -> npt.NDArray[np.float64]:
    """(2, 6) second-order sections. Of pyloudnorm's designs DeMan's is the one that gives ITU's own figures."""
    from pyloudnorm import Meter

    filters: dict[str, Any] = Meter(sample_rate, filter_class="DeMan")._filters
    return np.array([[*(stage.passband_gain * stage.b), *stage.a] for stage in filters.values()])


def _largest(samples: npt.NDArray[np.float32]) -> float:
    return float(np.abs(samples).max(initial=0.0))


def _lufs(power: float) -> float:
    return float(OFFSET_LU + 10 * np.log10(power))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LU) / 10))
