"""How often a recogniser's words are right when it says so: confidences held against corrections.

A recogniser's confidence is a number of its own making: 0.6 of one is right nine times in ten, 0.6 of another six
times. A curve with three parameters brings it onto the scale of frequencies, for each language and each revision of
a recogniser: beta calibration (Kull, Silva Filho and Flach, AISTATS 2017), which is logistic regression on ln c and
-ln(1 - c) and never falls. `python -m benchmarks.difficulty` compares it with isotonic regression.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from core.errors import BadDocument
from core.types import LANGUAGES, Language
from models.difficulty.held_out import folds, is_better
from models.difficulty.not_fitted import NotFitted

SCHEMA: Final = "prelabel.confidence-model/1"

BINS: Final = 50
"""Equal ones. With 20, the area under the curve that tells right words from wrong ones is 0.001 to 0.003 less in
the 32,000 words of the test bed, with 100 no more than 0.001 more: most confidences lie close to 1."""

FEWEST_WORDS: Final = 1_000
FEWEST_OF_A_KIND: Final = 50
"""Right ones, and wrong ones."""
FEWEST_RECORDINGS: Final = 5
"""A curve from 400 words is off by 0.045, no less than many recognisers are by themselves; from 1,000 by 0.03, from
4,000 by 0.02 (`python -m benchmarks.difficulty`). Words of one recording err together."""

_FREE: Final = 1e6
"""How little parameters are held back: not at all, to speak of."""

Floats = npt.NDArray[np.float64]
Counts = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=BINS, max_length=BINS)]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Confidences:
    """Words by confidence, in equal bins: how many there were, and how many of them were right. They add."""

    total: Counts = (0,) * BINS
    right: Counts = (0,) * BINS

    def __add__(self, other: Confidences) -> Confidences:
        return Confidences(
            tuple(here + there for here, there in zip(self.total, other.total, strict=True)),
            tuple(here + there for here, there in zip(self.right, other.right, strict=True)),
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_confidences(document: Mapping[str, Any]) -> Confidences:
    """What `to_dict` wrote down. Raises BadDocument where it is damaged."""
    try:
        found = _confidences().validate_python(document)
    except ValidationError as error:
        raise _unreadable("these counts of words", error, "score the correction again") from error
    if any(right > total for total, right in zip(found.total, found.right, strict=True)):
        raise BadDocument(
            "these counts of words cannot be read",
            why="more words are right than there are",
            fix="score the correction again",
        )
    return found


def count_words(judged: Iterable[tuple[float, bool]]) -> Confidences:
    """Words by confidence, each with whether it was right. A confidence that is no number is not counted."""
    total, right = [0] * BINS, [0] * BINS
    for confidence, is_right in judged:
        if math.isfinite(confidence):
            total[bin_of(confidence)] += 1
            right[bin_of(confidence)] += is_right
    return Confidences(tuple(total), tuple(right))


def bin_of(confidence: float) -> int:
    """The bin of a finite confidence; those beyond 0 and 1 are in the first and the last."""
    return min(max(int(confidence * BINS), 0), BINS - 1)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Curve:
    """The chance that a word of confidence c is right: logistic of low · ln c − high · ln(1 − c) + offset."""

    low: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    high: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    offset: Annotated[float, Field(allow_inf_nan=False)]

    def rights(self) -> Floats:
        """The chance in the middle of each bin."""
        ln, ln_other = _logarithms()
        return np.asarray(1.0 / (1.0 + np.exp(-(self.low * ln + self.high * ln_other + self.offset))))


USUAL_CURVES: Final[Mapping[Language, Curve]] = {
    "ko": Curve(low=0.0, high=2.346, offset=-2.256),
    "en": Curve(low=0.011, high=1.680, offset=-1.359),
    "zh": Curve(low=0.372, high=1.356, offset=0.056),
    "ja": Curve(low=0.333, high=1.100, offset=-0.013),
}
"""For recognisers that no corrections are known of: all 32,471 words of the test bed's part `dev`, as the offline
models write them. They differ as words do: of several characters in Korean and English, of one in the others."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Reliability:
    """How confidences compare with what came true, over `words` of which `right` were right.

    `ece` is the expected calibration error: by how much confidence and frequency differ, over ten bins with as
    many words each. `nce` is the normalised cross entropy: 1 where every word is known, 0 where no more is known
    than how many are right, below that where it misleads. `auc` is the chance that a right word has more than a
    wrong one. None where there is nothing to compare.
    """

    words: int
    right: int
    ece: float | None
    nce: float | None
    auc: float | None


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """The curve of one language and recogniser (`scope`), and what it was fitted to.

    `before` holds the recogniser's own confidences against what came true, `usual` those after the language's usual
    curve, `after` those after a curve that was fitted to other recordings. `good`: held out, it is surer of what
    came true than the usual curve is, beyond chance.
    """

    name: str
    scope: str
    good: bool
    curve: Curve
    recordings: int
    before: Reliability
    usual: Reliability
    after: Reliability

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; `read_confidence_model` reads it back."""
        return {"schema": SCHEMA, **asdict(self)}


def read_confidence_model(document: Mapping[str, Any]) -> ConfidenceModel:
    """What `to_dict` wrote down. Raises BadDocument where it is damaged or of another version."""
    found = dict(document) if isinstance(document, Mapping) else {}
    schema = found.pop("schema", None)
    if schema != SCHEMA:
        raise BadDocument(
            "this model of confidences cannot be read",
            why=f"it is {schema!r}, and this prelabel reads {SCHEMA!r}",
            fix="fit it again (prelabel difficulty fit)",
        )
    try:
        return _model().validate_python(found)
    except ValidationError as error:
        raise _unreadable("this model of confidences", error, "fit it again (prelabel difficulty fit)") from error


def confidence_scope(language: Language, recogniser: str) -> str:
    """What a ConfidenceModel is of; `recogniser` as `recogniser_of` gives it."""
    return f"{language} {recogniser}"


def _language_of(scope: str) -> Language:
    for language in LANGUAGES:
        if scope.startswith(f"{language} "):
            return language
    raise ValueError(f"{scope!r} does not begin with a language")


def fit_confidence(
    scope: str, by_recording: Mapping[str, Confidences], *, name: str
) -> ConfidenceModel | NotFitted:
    """The curve for the words of these recordings, by their ids. NotFitted where they do not say enough.

    Raises ValueError for a scope that `confidence_scope` did not give.
    """
    together = sum(by_recording.values(), Confidences())
    words, right = sum(together.total), sum(together.right)
    recordings = [counts for counts in by_recording.values() if sum(counts.total)]
    if refused := _refused(scope, len(recordings), words, right):
        return refused
    rights = np.zeros((len(recordings), BINS))
    for learned, asked in folds([str(number) for number in range(len(recordings))]):
        curve = fit_curve(sum((recordings[place] for place in learned), Confidences()))
        rights[asked] = curve.rights()
    usual = np.broadcast_to(USUAL_CURVES[_language_of(scope)].rights(), rights.shape)
    gains = [
        _surprise(counts, before) - _surprise(counts, after)
        for counts, before, after in zip(recordings, usual, rights, strict=True)
    ]
    return ConfidenceModel(
        name=name,
        scope=scope,
        good=is_better(gains, least=0.0),
        curve=fit_curve(together),
        recordings=len(recordings),
        before=reliability(recordings, [middles()] * len(recordings)),
        usual=reliability(recordings, usual),
        after=reliability(recordings, rights),
    )


def _refused(scope: str, recordings: int, words: int, right: int) -> NotFitted | None:
    wrong = words - right
    if words < FEWEST_WORDS or recordings < FEWEST_RECORDINGS:
        return NotFitted(
            scope,
            f"{words:,} corrected words of {recordings} recordings are too few to tell chance from habit",
            f"have {FEWEST_WORDS:,} words of {FEWEST_RECORDINGS} recordings or more corrected",
        )
    if min(right, wrong) < FEWEST_OF_A_KIND:
        kind = "right" if right < wrong else "wrong"
        return NotFitted(
            scope,
            f"only {min(right, wrong)} of {words:,} corrected words were {kind}: there is nothing to tell apart",
            f"wait until {FEWEST_OF_A_KIND} were",
        )
    return None


def fit_curve(counts: Confidences) -> Curve:
    """The curve under which `counts` are likeliest; where a part of it would fall, that part is left out."""
    from sklearn.linear_model import LogisticRegression

    total, right = np.array(counts.total), np.array(counts.right)
    columns = np.column_stack(_logarithms())
    rows = np.vstack([columns, columns])
    outcomes = np.repeat([1, 0], BINS)
    weights = np.concatenate([right, total - right])
    used = [0, 1]
    while True:
        found = LogisticRegression(C=_FREE, max_iter=1_000).fit(rows[:, used], outcomes, sample_weight=weights)
        falling = [place for place, slope in zip(used, found.coef_[0], strict=True) if slope < 0.0]
        if not falling or len(used) == 1:
            break
        used = [place for place in used if place not in falling[:1]]
    slopes = dict(zip(used, np.maximum(found.coef_[0], 0.0), strict=True))
    return Curve(float(slopes.get(0, 0.0)), float(slopes.get(1, 0.0)), float(found.intercept_[0]))


def middles() -> Floats:
    """The confidence in the middle of each bin."""
    return (np.arange(BINS) + 0.5) / BINS


def reliability(recordings: Sequence[Confidences], rights: Sequence[Floats] | Floats) -> Reliability:
    """How the chances `rights`, by bin and for each recording, compare with what came true there."""
    total = np.array([counts.total for counts in recordings], np.float64).ravel()
    right = np.array([counts.right for counts in recordings], np.float64).ravel()
    chances = np.asarray(rights, np.float64).ravel()
    words, true = int(total.sum()), int(right.sum())
    if not words:
        return Reliability(0, 0, None, None, None)
    share = true / words
    known = words * -(_times_ln(share, share) + _times_ln(1 - share, 1 - share))
    surprise = -float(np.sum(right * np.log(chances) + (total - right) * np.log1p(-chances)))
    return Reliability(
        words,
        true,
        _calibration_error(total, right, chances),
        1.0 - surprise / known if known else None,
        _area(total, right, chances),
    )


def _calibration_error(total: Floats, right: Floats, chances: Floats) -> float:
    """Over tenths of the words, in the order of their chances."""
    order = np.argsort(chances, kind="stable")
    tenth = np.minimum((np.cumsum(total[order]) - total[order] / 2) / total.sum() * 10, 9.0).astype(int)
    off = np.bincount(tenth, (total * chances - right)[order], minlength=10)
    return float(np.abs(off).sum() / total.sum())


def _area(total: Floats, right: Floats, chances: Floats) -> float | None:
    from sklearn.metrics import roc_auc_score

    wrong = total - right
    if not right.sum() or not wrong.sum():
        return None
    outcomes = np.repeat([1, 0], len(chances))
    return float(
        roc_auc_score(outcomes, np.concatenate([chances, chances]), sample_weight=np.concatenate([right, wrong]))
    )


def _surprise(counts: Confidences, chances: Floats) -> float:
    """Of one recording, in nats per word."""
    total, right = np.array(counts.total, np.float64), np.array(counts.right, np.float64)
    return -float(np.sum(right * np.log(chances) + (total - right) * np.log1p(-chances))) / float(total.sum())


def _logarithms() -> tuple[Floats, Floats]:
    return np.log(middles()), -np.log1p(-middles())


def _times_ln(share: float, of: float) -> float:
    return share * math.log(of) if share else 0.0


def _unreadable(what: str, error: ValidationError, fix: str) -> BadDocument:
    first = error.errors(include_url=False)[0]
    place = "/".join(str(part) for part in first["loc"])
    return BadDocument(f"{what} cannot be read", why=f"{place}: {first['msg']}", fix=fix)


@cache
def _confidences() -> TypeAdapter[Confidences]:
    return TypeAdapter(Confidences)


@cache
def _model() -> TypeAdapter[ConfidenceModel]:
    return TypeAdapter(ConfidenceModel)
