"""A model of difficulty that was fitted to corrections: the rules, bent towards what they came to in one language.

It predicts ln(r + SOFT) of the share r of effort as a straight line in what the rules say on the same scale and in
every feature. No coefficient is negative, so more noise never makes a draft easier; ridge regression holds them to
the rules (1 for what the rules say, 0 for the features), the more so the fewer corrections there are. Its interval
is made of residuals on recordings that were held out (cross-conformal; Barber, Candès, Ramdas and Tibshirani,
"Predictive inference with the jackknife+", Annals of Statistics 2021).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from core.difficulty import difficulty
from core.errors import BadDocument
from core.types import Language
from models.difficulty import rules
from models.difficulty.confidence import ConfidenceModel, confidence_scope
from models.difficulty.features import ALL, features
from models.difficulty.held_out import folds, is_better
from models.difficulty.measures import Measures
from models.difficulty.not_fitted import NotFitted
from models.difficulty.scale import hardened, softened

SCHEMA: Final = "prelabel.difficulty-model/1"

FEWEST_RECORDINGS: Final = 20
"""With fewer, the interval has no tenth of them at either end, and no gain over the rules is beyond chance."""
LEAST_GAIN: Final = 0.5
"""Points of difficulty by which a model has to be closer to the truth than the rules, on recordings held out."""
COVERAGE: Final = 0.8
PENALTIES: Final = (3.0, 10.0, 30.0, 100.0, 300.0)
REPEATS: Final = 3
"""Times that recordings are drawn into folds anew, so that no decision hangs on one draw."""
SAME: Final = 0.01
"""What spreads less (as standard deviation) is constant."""

Floats = npt.NDArray[np.float64]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Example:
    """A draft that was corrected: what it measured, and what share of typing it all the edits were."""

    recording_id: str
    draft_id: str
    measures: Measures
    share: float


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class HeldOut:
    """How predictions compare with what came true, on recordings that were not learned from.

    `error` and `bias` are points of difficulty (mean absolute, mean); `effort_error` is the sum of all differences
    between expected and real effort as a share of the real. `spearman` is None where either side is constant.
    """

    spearman: Number | None
    error: Positive
    bias: Number
    effort_error: Positive | None


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Bend:
    """What one feature adds: `weight` for each `unit` over `middle`, within what was seen."""

    middle: Number
    unit: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    lowest: Number
    highest: Number
    weight: Positive

    def adds(self, value: float) -> float:
        return self.weight * (min(max(value, self.lowest), self.highest) - self.middle) / self.unit


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class DifficultyModel:
    """Fitted to `drafts` of `recordings` that were corrected from `since` until `until`.

    `confidences` are the names of the models of confidences that the features were read with; `usual` are the
    medians of features. `model` and `rules` say how either did on the same recordings, held out; `coverage` is the
    share of them within their interval and `width` its mean width in points. `good`: it was closer than the rules
    beyond chance, by LEAST_GAIN points or more.
    """

    name: str
    language: Language
    good: bool
    since: datetime
    until: datetime
    recordings: Annotated[int, Field(ge=1)]
    drafts: Annotated[int, Field(ge=1)]
    confidences: tuple[str, ...]
    intercept: Number
    slope: Positive
    bends: Mapping[str, Bend]
    penalty: Positive
    half_width: Positive
    usual: Mapping[str, Number]
    model: HeldOut
    rules: HeldOut
    coverage: Positive
    width: Positive

    def share(self, values: Mapping[str, float]) -> float:
        """The share of effort expected where features have these values."""
        line = self.intercept + self.slope * softened(rules.share(values, self.language))
        return hardened(line + sum(bend.adds(values[name]) for name, bend in self.bends.items()))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; `read_difficulty_model` reads it back."""
        shown: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return {"schema": SCHEMA, **shown}


def read_difficulty_model(document: Mapping[str, Any]) -> DifficultyModel:
    """What `to_dict` wrote down. Raises BadDocument where it is damaged or of another version."""
    found = dict(document) if isinstance(document, Mapping) else {}
    schema = found.pop("schema", None)
    if schema != SCHEMA:
        raise _unreadable(f"it is {schema!r}, and this prelabel reads {SCHEMA!r}")
    try:
        model = _adapter().validate_python(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise _unreadable(f"{place}: {first['msg']}") from error
    if set(model.usual) != set(ALL) or not set(model.bends) <= set(ALL):
        raise _unreadable("its features are not those of this prelabel")
    return model


def _unreadable(why: str) -> BadDocument:
    return BadDocument(
        "this model of difficulty cannot be read", why=why, fix="fit it again (prelabel difficulty fit)"
    )


@cache
def _adapter() -> TypeAdapter[DifficultyModel]:
    return TypeAdapter(DifficultyModel)


def fit_difficulty(
    language: Language,
    examples: Sequence[Example],
    *,
    name: str,
    since: datetime,
    until: datetime,
    confidence: Sequence[ConfidenceModel] = (),
) -> DifficultyModel | NotFitted:
    """The model of `language`, judged on recordings held out; NotFitted where `examples` do not say enough.

    Of a draft that is there several times the last one counts. `confidence` are models of confidences; features of
    a draft are read with that of its recogniser.
    """
    kept = list({example.draft_id: example for example in examples}.values())
    if refused := _refused(language, kept):
        return refused
    learned = _learned(language, kept, confidence)
    if learned.columns.shape[1] == 0:
        return NotFitted(language, "all drafts measure the same, so nothing tells hard from easy", _MORE)
    return _fitted(learned, kept, name, since, until, tuple(sorted(model.name for model in confidence)))


_MORE: Final = "have recordings of other kinds corrected as well; until then the rules predict"


def _refused(language: Language, examples: Sequence[Example]) -> NotFitted | None:
    others = sum(example.measures.language != language for example in examples)
    if others:
        return NotFitted(
            language,
            f"{others} of {len(examples)} corrected drafts are in another language",
            "fit each language to its own drafts",
        )
    odd = sum(not (math.isfinite(example.share) and example.share >= 0.0) for example in examples)
    if odd:
        return NotFitted(
            language, f"{odd} of {len(examples)} shares of effort are no numbers", "score these drafts again"
        )
    recordings = len({example.recording_id for example in examples})
    if recordings < FEWEST_RECORDINGS:
        return NotFitted(
            language,
            f"{recordings} corrected recordings are too few to tell chance from habit",
            f"have {FEWEST_RECORDINGS} corrected; until then the rules predict",
        )
    if np.std([softened(example.share) for example in examples]) < SAME:
        return NotFitted(language, f"all {len(examples)} drafts were equally hard to correct", _MORE)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    """Examples as numbers: `columns` (example, feature) of those features that vary; shares on the soft scale."""

    language: Language
    groups: tuple[str, ...]
    names: tuple[str, ...]
    columns: Floats
    ruled: Floats
    true: Floats
    usual: Mapping[str, float]


def _learned(language: Language, examples: Sequence[Example], confidence: Sequence[ConfidenceModel]) -> _Learned:
    by_scope = {model.scope: model for model in confidence}
    read = []
    for example in examples:
        scope = confidence_scope(example.measures.language, example.measures.recogniser)
        read.append(features(example.measures, by_scope.get(scope)))
    usual = {}
    for feature in ALL:
        known = [value for values in read if (value := values[feature]) is not None]
        usual[feature] = float(np.median(known)) if known else rules.USUAL[language][feature]
    full = [{name: usual[name] if value is None else value for name, value in values.items()} for values in read]
    table = np.array([[values[name] for name in ALL] for values in full])
    varying = np.flatnonzero(table.std(axis=0) > 1e-9)
    return _Learned(
        language,
        tuple(example.recording_id for example in examples),
        tuple(ALL[place] for place in varying),
        table[:, varying],
        np.array([softened(rules.share(values, language)) for values in full]),
        np.array([softened(example.share) for example in examples]),
        usual,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Coefficients in their own units."""

    intercept: float
    slope: float
    middles: Floats
    units: Floats
    lowest: Floats
    highest: Floats
    weights: Floats

    def at(self, columns: Floats, ruled: Floats) -> Floats:
        within = np.clip(columns, self.lowest, self.highest)
        bent = (within - self.middles) / self.units @ self.weights
        return np.asarray(self.intercept + self.slope * ruled + bent)


def _line(learned: _Learned, places: npt.NDArray[np.intp], penalty: float) -> _Line:
    """Non-negative ridge regression on these examples, held to the rules."""
    from sklearn.linear_model import LinearRegression

    columns, ruled, true = learned.columns[places], learned.ruled[places], learned.true[places]
    middles, spread = columns.mean(axis=0), columns.std(axis=0)
    units = np.where(spread > 1e-9, spread, 1.0)
    ruled_unit = max(float(ruled.std()), 1e-9)
    standard = np.column_stack([(ruled - ruled.mean()) / ruled_unit, (columns - middles) / units])
    held_to = np.zeros(standard.shape[1])
    held_to[0] = ruled_unit
    # a penalty is so many more examples, each of which says what a coefficient was held to be
    rows = np.vstack([standard, math.sqrt(penalty) * np.eye(standard.shape[1])])
    outcomes = np.concatenate([true - true.mean(), math.sqrt(penalty) * held_to])
    found = LinearRegression(positive=True, fit_intercept=False).fit(rows, outcomes).coef_
    slope = float(found[0]) / ruled_unit
    return _Line(
        float(true.mean() - slope * ruled.mean()),
        slope,
        middles,
        units,
        columns.min(axis=0),
        columns.max(axis=0),
        np.asarray(found[1:], np.float64),
    )


def _best_penalty(learned: _Learned, places: npt.NDArray[np.intp]) -> float:
    """The penalty under which those held out are met best; of equals, the one nearer to the rules."""
    groups = [learned.groups[place] for place in places]
    off = dict.fromkeys(reversed(PENALTIES), 0.0)
    for inner, outer in folds(groups):
        for penalty in off:
            line = _line(learned, places[inner], penalty)
            asked = places[outer]
            found = line.at(learned.columns[asked], learned.ruled[asked])
            off[penalty] += float(np.abs(found - learned.true[asked]).sum())
    return min(off, key=lambda penalty: off[penalty])


def _held_out(learned: _Learned) -> Floats:
    """(repeat, example): what a model says that was fitted to other recordings."""
    found = np.zeros((REPEATS, len(learned.true)))
    for repeat in range(REPEATS):
        for inner, outer in folds(learned.groups, seed=repeat):
            line = _line(learned, inner, _best_penalty(learned, inner))
            found[repeat, outer] = line.at(learned.columns[outer], learned.ruled[outer])
    return found


def _fitted(
    learned: _Learned,
    examples: Sequence[Example],
    name: str,
    since: datetime,
    until: datetime,
    confidences: tuple[str, ...],
) -> DifficultyModel:
    everything = np.arange(len(examples))
    penalty = _best_penalty(learned, everything)
    line = _line(learned, everything, penalty)
    held_out = _held_out(learned)
    true = np.array([_points(value) for value in learned.true])
    found = np.array([[_points(value) for value in row] for row in held_out])
    ruled = np.array([_points(value) for value in learned.ruled])
    gains = _by_recording(learned.groups, np.abs(ruled - true) - np.abs(found - true).mean(axis=0))
    residuals = np.abs(held_out - learned.true)
    half_width = conformal_half_width(residuals.mean(axis=0), _weights(learned.groups))
    return DifficultyModel(
        name=name,
        language=learned.language,
        good=is_better(gains, least=LEAST_GAIN),
        since=since,
        until=until,
        recordings=len(set(learned.groups)),
        drafts=len(examples),
        confidences=confidences,
        intercept=line.intercept,
        slope=line.slope,
        bends={
            feature: Bend(*map(float, parts))
            for feature, *parts in zip(
                learned.names, line.middles, line.units, line.lowest, line.highest, line.weights, strict=True
            )
            if parts[-1]
        },
        penalty=penalty,
        half_width=half_width,
        usual=learned.usual,
        model=_compared(held_out.mean(axis=0), learned.true),
        rules=_compared(learned.ruled, learned.true),
        coverage=_coverage(learned, residuals.mean(axis=0)),
        width=float(np.mean([_points(at + half_width) - _points(at - half_width) for at in held_out.ravel()])),
    )


def conformal_half_width(residuals: Floats, weights: Floats) -> float:
    """What COVERAGE of residuals to come are within, if they are like these.

    That is the ⌈(n + 1) · COVERAGE⌉-th of n with a weight of 1. The drafts of one recording weigh 1 together: they
    are off alike, and say nothing about another one.
    """
    order = np.argsort(residuals)
    within = np.cumsum(weights[order])
    wanted = min((within[-1] + 1) * COVERAGE, within[-1])
    return float(residuals[order[np.searchsorted(within, wanted - 1e-9)]])


def _weights(groups: Sequence[str]) -> Floats:
    many = Counter(groups)
    return np.array([1.0 / many[group] for group in groups])


def _coverage(learned: _Learned, residuals: Floats) -> float:
    """The share of drafts that are within the interval that others give, every recording counting once."""
    within, weights = np.zeros(len(residuals)), _weights(learned.groups)
    for inner, outer in folds(learned.groups):
        within[outer] = residuals[outer] <= conformal_half_width(residuals[inner], weights[inner])
    return float(np.average(within, weights=weights))


def _points(soft: float) -> float:
    return difficulty(hardened(soft), 1.0)


def _by_recording(groups: Sequence[str], values: Floats) -> list[float]:
    """The mean of each recording."""
    of: dict[str, list[float]] = {}
    for group, value in zip(groups, values, strict=True):
        of.setdefault(group, []).append(float(value))
    return [float(np.mean(several)) for several in of.values()]


def _compared(found: Floats, true: Floats) -> HeldOut:
    from scipy.stats import spearmanr

    points = np.array([[_points(one) for one in side] for side in (found, true)])
    shares = np.array([[hardened(one) for one in side] for side in (found, true)])
    whole = float(shares[1].sum())
    varied = found.std() > 0.0 and true.std() > 0.0
    return HeldOut(
        spearman=float(spearmanr(found, true).statistic) if varied else None,
        error=float(np.abs(points[0] - points[1]).mean()),
        bias=float((points[0] - points[1]).mean()),
        effort_error=float(np.abs(shares[0] - shares[1]).sum()) / whole if whole else None,
    )
