"""Levels: how loud a voice is against what stands behind it.

0 dB means everywhere: the RMS of the voice while somebody speaks equals the RMS of the background over the same
recording. Sums are taken in float64 so that they come out alike on any machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.speech import FLAGS_PER_SECOND

Samples = npt.NDArray[np.float32]


def rms(samples: npt.NDArray[Any]) -> float:
    """Root mean square over all channels; 0.0 for an empty array."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def at_unit_level(samples: npt.NDArray[Any]) -> Samples:
    """The same sound at an RMS of 1; silence stays silence."""
    level = rms(samples)
    return (
        np.divide(samples, level, dtype=np.float64).astype(np.float32) if level > 0 else samples.astype(np.float32)
    )


def speech_rms(voice: npt.NDArray[Any], flags: npt.NDArray[np.bool_], sample_rate: int) -> float:
    """RMS of a voice, (n,) or (channels, n), where its 10 ms `flags` say that somebody speaks.

    0.0 where nobody does; samples after the last flag count as silence.
    """
    edges = np.minimum(np.arange(len(flags) + 1) * sample_rate // FLAGS_PER_SECOND, voice.shape[-1])
    heard = np.repeat(flags, np.diff(edges))
    return rms(voice[..., : len(heard)][..., heard])


def decibels(ratio: float) -> float:
    """An amplitude ratio in dB; minus infinity for 0."""
    return 20 * float(np.log10(ratio)) if ratio > 0 else -np.inf


def amplitude(level_db: float) -> float:
    """The factor that raises a sound by `level_db`."""
    return float(10 ** (level_db / 20))


def at_snr(
    voice: npt.NDArray[Any],
    background: npt.NDArray[Any],
    snr_db: float,
    flags: npt.NDArray[np.bool_],
    sample_rate: int,
) -> Samples:
    """The background, scaled to lie `snr_db` under the voice while somebody speaks.

    Unchanged where the background is silent or nobody speaks: there is nothing to measure against.
    """
    speech, behind = speech_rms(voice, flags, sample_rate), rms(background)
    if speech == 0.0 or behind == 0.0:
        return background.astype(np.float32)
    return (background * (speech / behind / amplitude(snr_db))).astype(np.float32)


def si_sdr(reference: npt.NDArray[Any], estimate: npt.NDArray[Any]) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., "SDR - half-baked or well done?", 2019).

    Over all channels together. Infinite for the same sound at any level.
    """
    true, found = reference.astype(np.float64).ravel(), estimate.astype(np.float64).ravel()
    target = true * ((true @ found) / (true @ true))
    error = float(np.square(found - target).sum())
    return float(10 * np.log10((target @ target) / error)) if error > 0 else float("inf")


def limit(samples: npt.NDArray[Any], peak: float = 0.95) -> tuple[Samples, float]:
    """Lower the whole recording so that no sample is above `peak`; also the factor, 1.0 where nothing was done.

    One factor for all keeps the ratio between voice and background, which a limiter in time would not.
    """
    highest = float(np.abs(samples).max()) if samples.size else 0.0
    factor = peak / highest if highest > peak else 1.0
    return (samples * factor).astype(np.float32), factor
