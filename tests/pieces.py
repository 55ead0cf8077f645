"""Pieces of conversation whose speakers are known, for the trainings that hear them."""

from __future__ import annotations

import numpy as np

from models.offline.training.conversations import FRAMES, SAMPLES, Piece


def piece(*spans: tuple[int, int, int]) -> Piece:
    """Each span is a speaker with the 10 ms frames between which he speaks; their voices are 10 to 12."""
    active = np.zeros((3, FRAMES), np.bool_)
    for speaker, first, last in spans:
        active[speaker, first:last] = True
    samples = np.random.default_rng(0).integers(-2000, 2000, SAMPLES).astype(np.int16)
    return Piece(samples, active, np.where(active.any(axis=1), np.arange(10, 13), -1))
