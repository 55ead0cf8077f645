"""Fits the probabilistic linear discriminant analysis that VBx clusters embeddings with, from training voices.

The two files are those of pyannote.audio's `vbx_setup`: a transform (centre, normalise, discriminant axes, centre,
normalise) and the two-covariance model behind it (Landini et al., "Bayesian HMM clustering of x-vector sequences",
2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from core.errors import EnvironmentProblem
from models.offline.training.conversations import open_stream
from models.offline.training.embedding import BATCH, FRESH, embed, hear, make_batch
from models.offline.training.runs import Log, Run, prepare

DIMENSIONS = 48

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """`centre` (n,), `axes` (n, m), `inner_centre` (m,): the transform. `mean` (m,), `whitening` (m, m), `spread`
    (m,): the model; voices vary by `spread` where one voice's embeddings vary by 1."""

    centre: Floats
    axes: Floats
    inner_centre: Floats
    mean: Floats
    whitening: Floats
    spread: Floats

    def write(self, folder: Path) -> None:
        """`xvec_transform.npz` and `plda.npz`, in single precision."""
        folder.mkdir(parents=True, exist_ok=True)
        single = {name: getattr(self, name).astype(np.float32) for name in self.__dataclass_fields__}
        transform = {"mean1": single["centre"], "mean2": single["inner_centre"], "lda": single["axes"]}
        model = {"mu": single["mean"], "tr": single["whitening"], "psi": single["spread"]}
        np.savez(folder / "xvec_transform.npz", **transform)
        np.savez(folder / "plda.npz", **model)


def train(run: Run) -> None:
    """Fit to the embeddings of `run.steps` batches of conversations, by the network that was trained beside it.

    Raises EnvironmentProblem where there is none.
    """
    import torch
    from pyannote.audio import Model

    weights = run.folder.parent / "embedding" / "pytorch_model.bin"
    if not weights.exists():
        raise EnvironmentProblem(
            "cannot fit the analysis of voices",
            why=f"it needs the embedding's weights, and {weights} is missing",
            fix="train the embedding first, to its end: make train-embedding",
        )
    prepare(run)
    network: Any = Model.from_pretrained(weights)
    network.eval()
    stream = open_stream(partial(hear, network), "train", run, BATCH, FRESH, series=2000)
    found, voices = [], []
    with torch.inference_mode():
        for step in range(run.steps):
            batch = make_batch(stream.examples(step), np.random.default_rng([run.seed, 3, step]), "cpu")
            found.append(embed(network, batch).cpu().numpy())
            voices.append(batch.voices.cpu().numpy())
    analysis = fit(np.concatenate(found).astype(np.float64), np.concatenate(voices), DIMENSIONS)
    analysis.write(run.folder)
    Log(run).write(run.steps, embeddings=float(sum(map(len, found))), widest=float(analysis.spread.max()))


def fit(embeddings: Floats, voices: npt.NDArray[np.int64], dimensions: int) -> Analysis:
    """From embeddings (count, n) and whose they are (count,)."""
    centre = embeddings.mean(axis=0)
    outer = np.sqrt(embeddings.shape[1]) * _unit(embeddings - centre)
    within, between = _covariances(outer, voices)
    axes = eigh(between, within)[1][:, ::-1][:, :dimensions]
    projected = outer @ axes
    inner_centre = projected.mean(axis=0)
    inner = np.sqrt(dimensions) * _unit(projected - inner_centre)
    within, between = _covariances(inner, voices)
    spread, vectors = eigh(between, within)
    return Analysis(centre, axes, inner_centre, inner.mean(axis=0), vectors.T, spread)


def _covariances(vectors: Floats, voices: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Within a voice, and between voices' true means, (n, n) each; both positive definite."""
    names, inverse, counts = np.unique(voices, return_inverse=True, return_counts=True)
    means = np.zeros((len(names), vectors.shape[1]))
    np.add.at(means, inverse, vectors)
    means /= counts[:, None]
    rest = vectors - means[inverse]
    within = rest.T @ rest / (len(vectors) - len(names))
    # The mean of a few embeddings still carries their own deviation.
    between = np.cov(means.T) - within / (1 / np.mean(1 / counts))
    within += 1e-3 * np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh(between)
    return within, (axes * np.maximum(values, 1e-4 * values.max())) @ axes.T


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
