"""How hard a draft will be to correct, before anybody tries: measured, predicted, and learned from corrections."""

from __future__ import annotations

from models.difficulty.confidence import (
    ConfidenceModel,
    Confidences,
    Reliability,
    confidence_scope,
    fit_confidence,
    read_confidence_model,
    read_confidences,
)
from models.difficulty.fitted import (
    FEWEST_RECORDINGS,
    DifficultyModel,
    Example,
    HeldOut,
    fit_difficulty,
    read_difficulty_model,
)
from models.difficulty.measures import Measures, measure, read_measures, recogniser_of
from models.difficulty.not_fitted import NotFitted
from models.difficulty.prediction import predict

__all__ = [
    "FEWEST_RECORDINGS",
    "ConfidenceModel",
    "Confidences",
    "DifficultyModel",
    "Example",
    "HeldOut",
    "Measures",
    "NotFitted",
    "Reliability",
    "confidence_scope",
    "fit_confidence",
    "fit_difficulty",
    "measure",
    "predict",
    "read_confidence_model",
    "read_confidences",
    "read_difficulty_model",
    "read_measures",
    "recogniser_of",
]
