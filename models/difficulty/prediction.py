"""From measures to a prediction: how hard, how much work, between which bounds, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.difficulty import FEWEST_CHARACTERS, difficulty, typing_seconds
from core.types import Cause, Language, Prediction
from models.difficulty import rules
from models.difficulty.confidence import ConfidenceModel
from models.difficulty.features import CAUSES, USUAL_LETTERS_PER_SECOND, features, letters_per_second
from models.difficulty.fitted import DifficultyModel
from models.difficulty.measures import Measures
from models.difficulty.scale import MOST, hardened, softened

SMALLEST_POINTS: Final = 1.0
"""Causes of fewer points are not worth telling."""


def predict(
    measures: Measures,
    language: Language,
    model: DifficultyModel | None = None,
    confidence: ConfidenceModel | None = None,
) -> Prediction:
    """What is expected of a draft in `language`; by the rules where there is no model.

    A model of confidences of another language or recogniser is passed over. Raises ValueError for a difficulty
    model of another language.
    """
    if model is not None and model.language != language:
        raise ValueError(f"a difficulty model of {model.language} says nothing about {language}")
    usual = rules.USUAL[language] if model is None else model.usual
    half_width = rules.HALF_WIDTH if model is None else model.half_width

    def share(values: Mapping[str, float]) -> float:
        return rules.share(values, language) if model is None else model.share(values)

    found = features(measures, confidence)
    values = {name: usual[name] if value is None else value for name, value in found.items()}
    middle = min(share(values), MOST)
    low, high = (hardened(softened(middle) + side * half_width) for side in (-1, 1))
    characters = expected_characters(measures, values, language)
    typing = typing_seconds(max(characters, FEWEST_CHARACTERS), language)
    return Prediction(
        value=difficulty(middle, 1.0),
        low=difficulty(low, 1.0),
        high=difficulty(high, 1.0),
        effort=middle * typing,
        effort_low=low * typing,
        effort_high=high * typing,
        from_scratch=middle >= rules.afresh(values),
        model=rules.NAME if model is None else model.name,
        reasons=_reasons(measures, values, usual, share),
    )


def expected_characters(measures: Measures, values: Mapping[str, float], language: Language) -> float:
    """Content characters of the correction: those of the draft, what was left out, and the voice without text."""
    rate = letters_per_second(measures) or USUAL_LETTERS_PER_SECOND[language]
    return measures.characters * rules.longer(values) + measures.unwritten_seconds * rate


def _reasons(
    measures: Measures,
    values: Mapping[str, float],
    usual: Mapping[str, float],
    share: Callable[[Mapping[str, float]], float],
) -> tuple[Cause, ...]:
    """Each cause with the points by which the draft would be easier if that were as usual; most points first.

    Of a draft without text only the voice without text is one. Where noise, overlap or haste is a cause, so are the
    words that are usually misheard because of it.
    """
    value = difficulty(share(values), 1.0)
    told = []
    for name, cause in CAUSES.items():
        if not measures.characters and name != "unwritten_voice":
            continue
        otherwise = dict(values)
        for feature in cause.features:
            otherwise[feature] = usual[feature]
        otherwise["wrong_words"] = _as_heard(name, cause.features, values, usual)
        points = value - difficulty(share(otherwise), 1.0)
        if abs(points) >= SMALLEST_POINTS:
            told.append(Cause(name, cause.tell(measures, values), round(points, 1)))
    return tuple(sorted(told, key=lambda one: -one.points))


def _as_heard(
    cause: str, changed: tuple[str, ...], values: Mapping[str, float], usual: Mapping[str, float]
) -> float:
    """The share of wrong words if the features of a cause were as usual."""
    heard = {name: weight * (values[name] - usual[name]) for name, weight in rules.HEARD.items()}
    if cause == "wrong_words":
        expected = usual["wrong_words"] + sum(heard.values())
    else:
        expected = values["wrong_words"] - sum(heard.get(name, 0.0) for name in changed)
    return min(max(expected, 0.0), 1.0)
