from __future__ import annotations

from pathlib import Path

import numpy as np
from pyannote.audio.core.plda import PLDA

from models.offline.training.plda import fit


def test_pyannote_finds_voices_further_apart_than_one_voice_from_itself(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    voices = np.repeat(np.arange(200), 6)
    means = chance.standard_normal((200, 16)) * np.linspace(3, 0.5, 16)
    embeddings = means[voices] + chance.standard_normal((len(voices), 16))
    fit(embeddings, voices, 12).write(tmp_path)
    plda = PLDA.from_pretrained(tmp_path)
    assert plda is not None
    vectors = plda(embeddings)
    assert vectors.shape == (1200, 12)
    assert np.all(np.diff(plda.phi) <= 0)
    centres = np.array([vectors[voices == voice].mean(axis=0) for voice in range(200)])
    within = (vectors - centres[voices]).var(axis=0) * 6 / 5
    assert np.allclose(within, 1.0, atol=0.25)
    assert np.allclose(centres.var(axis=0) - within / 6, plda.phi, rtol=0.35, atol=0.3)
