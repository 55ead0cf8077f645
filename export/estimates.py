"""How long people will work on a draft, and what an hour of that is paid.

Work = listening × audio + handwork × effort. Listening is what a draft takes in which nothing is wrong: hearing it,
reading along, stopping. Effort is the handwork that is predicted (`core.types.Prediction`). Both factors come from
publications until enough corrections with logged times exist, and then from those, per language, where that does
better on recordings that were held out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from scipy.optimize import nnls

from core.errors import BadDocument
from core.types import LANGUAGES, Language, Prediction, Unit
from export.intervals import Numbers
from export.prices import Price, billable_minutes, shown_minutes
from export.prices import added as added_prices
from export.scores import ScoredDraft
from export.scoring import rounded

Basis: TypeAlias = Literal["published", "fitted"]

LISTENING: Final = 2.56
"""Minutes per minute of audio for a draft without errors, estimated from 239 speeches ("Manual
post-editing of automatically transcribed speeches from the Icelandic parliament", arXiv:1807.11893)."""
LISTENING_LOW: Final = 1.0
"""Everything is heard once."""
LISTENING_HIGH: Final = 4.0
"""Experienced people took four hours for an hour of prepared speech with a recogniser's draft, handwork included
(Bazillon, Estève and Luzzati, "Manual vs assisted transcription of prepared and spontaneous speech", LREC 2008)."""
UNPREDICTED: Final = (4.0, 1.0, 8.0)
"""Minutes per minute of audio where nothing is known of a draft: as in Bazillon et al.; heard once; listening and
typing all of it. Typing takes 4.5 to 5.7 (`core.difficulty.KEYS`), and transcribing without a draft more than 5
(Gaur et al., W4A 2016)."""

FEWEST_DRAFTS: Final = 30
FEWEST_RECORDINGS: Final = 10
"""Below either, factors are not fitted."""
FIRST_DRAFTS: Final = 2
"""So many drafts of each person in a language are left out: that is learning the tool."""
SHORTEST_SECONDS: Final = 30.0
"""Shorter audio is opened and closed for longer than it is worked on."""
MOST_RATIO: Final = 20.0
"""Minutes of work per minute of audio beyond which a clock was left running: four times transcribing it afresh."""
PRIOR_DRAFTS: Final = 3.0
"""The published factors weigh as much as so many drafts, so that drafts of one difficulty fit no nonsense."""

_FOLDS: Final = 5
_DRAWS: Final = 100
_TENTH: Final = 0.1
_TENTH_ERRORS: Final = 1.2816
"""Standard errors within which eight of ten lie, as for `Prediction`."""
_FAR: Final = 3.0
"""Robust standard deviations beyond which a time is taken for an accident."""
_NEVER_FAR: Final = math.log(1.5)


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
@dataclass(frozen=True, slots=True)
class WorkModel:
    """The factors of a language. `basis` says where they come from, and `why` in a sentence.

    Eight of ten drafts that were held out took between `shortest` and `longest` times what was expected. `error` is
    the standard error of the whole, as a share: a batch is not surer than that. `ratio` is minutes per minute of
    audio of drafts of which nothing is predicted, with the ends of eight in ten. `drafts`, `recordings` and
    `workers` are what it stands on, `left_out` further ones with a time that was not believed. `held_out_error` and
    `published_error` are typical errors on held-out recordings, as a share (0.25: a quarter too long or too short).
    """

    language: Language
    basis: Basis
    why: str
    listening: float = LISTENING
    handwork: float = 1.0
    shortest: float = 1.0
    longest: float = 1.0
    error: float = 0.0
    ratio: tuple[float, float, float] = UNPREDICTED
    drafts: int = 0
    recordings: int = 0
    workers: int = 0
    left_out: int = 0
    held_out_error: float | None = None
    published_error: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "basis": self.basis,
            "why": self.why,
            "listening": round(self.listening, 4),
            "handwork": round(self.handwork, 4),
            "shortest": round(self.shortest, 4),
            "longest": round(self.longest, 4),
            "error": round(self.error, 4),
            "ratio": [round(one, 4) for one in self.ratio],
            "drafts": self.drafts,
            "recordings": self.recordings,
            "workers": self.workers,
            "left_out": self.left_out,
            "held_out_error": rounded(self.held_out_error, 4),
            "published_error": rounded(self.published_error, 4),
        }


def read_work_model(shown: Mapping[str, Any]) -> WorkModel:
    """The model that `to_dict` wrote down. Raises BadDocument where it is damaged or of another version."""
    try:
        return _adapter().validate_python(shown)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise BadDocument(
            "this model of work cannot be read",
            why=f"{place}: {first['msg']}",
            fix="fit it again (prelabel difficulty fit)",
        ) from error


@cache
def _adapter() -> TypeAdapter[WorkModel]:
    return TypeAdapter(WorkModel)


def published(language: Language, why: str = "nobody's time was logged yet") -> WorkModel:
    """The factors from publications."""
    return WorkModel(language, "published", why)


def fit_work(drafts: Iterable[ScoredDraft]) -> dict[Language, WorkModel]:
    """The factors of every language; those from publications where fitted ones would be too few or no better.

    Accepted drafts count whose time is logged and complete. Recordings are held out whole.
    """
    timed: dict[Language, list[ScoredDraft]] = defaultdict(list)
    left_out: Counter[Language] = Counter()
    seen: Counter[tuple[str, Language]] = Counter()
    for draft in sorted(drafts, key=lambda draft: (draft.corrected_at, draft.draft_id)):
        if draft.provisional or draft.worked_seconds <= 0 or draft.figures.audio_seconds < SHORTEST_SECONDS:
            continue
        seen[draft.worker, draft.language] += 1
        believed = (
            seen[draft.worker, draft.language] > FIRST_DRAFTS
            and "lead_time_incomplete" not in draft.doubts
            and draft.worked_seconds <= MOST_RATIO * draft.figures.audio_seconds
        )
        if believed:
            timed[draft.language].append(draft)
        else:
            left_out[draft.language] += 1
    return {language: _fitted(language, timed[language], left_out[language]) for language in LANGUAGES}


@dataclass(frozen=True, slots=True)
class Minutes:
    """Expected minutes of work; eight in ten are expected to turn out between `low` and `high`.

    How far they may lie off is kept in two parts each way: `own_*` of this draft alone, and `shared_*` of all that
    are expected with the same factors. `basis` says in words what it stands on.
    """

    value: float
    own_low: float
    own_high: float
    shared_low: float
    shared_high: float
    basis: str

    @property
    def low(self) -> float:
        return max(0.0, self.value - math.hypot(self.own_low, self.shared_low))

    @property
    def high(self) -> float:
        return self.value + math.hypot(self.own_high, self.shared_high)

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": round(self.value, 2),
            "low": round(self.low, 2),
            "high": round(self.high, 2),
            "basis": self.basis,
        }


def expected_minutes(prediction: Prediction | None, audio_seconds: float, model: WorkModel) -> Minutes:
    """Minutes of work on a draft of the model's language, whether anything is predicted of it or not."""
    said = f"{model.drafts} {model.language} drafts" if model.basis == "fitted" else "published figures"
    if prediction is None:
        value, low, high = (ratio * audio_seconds / 60 for ratio in model.ratio)
        off = model.error * _TENTH_ERRORS * value
        return Minutes(value, value - low, high - value, off, off, f"{said}, nothing predicted")
    hearing, hands = model.listening * audio_seconds / 60, model.handwork * prediction.effort / 60
    value = hearing + hands
    effort_low, effort_high = (
        model.handwork * abs(end - prediction.effort) / 60
        for end in (prediction.effort_low, prediction.effort_high)
    )
    if model.basis == "fitted":
        shared_low = shared_high = model.error * _TENTH_ERRORS * value
    else:
        shared_low, shared_high = (
            abs(end - LISTENING) * audio_seconds / 60 for end in (LISTENING_LOW, LISTENING_HIGH)
        )
    return Minutes(
        value,
        math.hypot(effort_low, max(0.0, 1 - model.shortest) * value),
        math.hypot(effort_high, max(0.0, model.longest - 1) * value),
        shared_low,
        shared_high,
        f"{said}, predicted by {prediction.model}",
    )


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """What an hour of work is expected to be paid; `low` where the work takes as long as it may."""

    value: float
    low: float
    high: float
    currency: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": round(self.value),
            "low": round(self.low),
            "high": round(self.high),
            "currency": self.currency,
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """Work and price of one unit. `price` is by billable minutes; where no rate is known, it is None."""

    recording_id: str
    language: Language
    unit: Unit
    minutes: Minutes
    price: Price | None

    @property
    def per_hour(self) -> HourlyPrice | None:
        return _hourly(self.price, self.minutes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "minutes": self.minutes.to_dict(),
            "billable_minutes": shown_minutes(billable_minutes(self.unit)),
            "price": {"amount": self.price.amount, "currency": self.price.currency} if self.price else None,
            "price_per_hour": self.per_hour.to_dict() if self.per_hour else None,
        }


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """Work and price of many units. `prices` has one sum for each currency; `per_hour` one for each of those.

    `unpriced` units have no price, and their work is not in `per_hour`. `bases`: how many units stand on what.
    """

    units: int
    recordings: int
    minutes: Minutes
    billable_minutes: Fraction
    prices: tuple[Price, ...]
    per_hour: tuple[HourlyPrice, ...]
    unpriced: int
    bases: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "recordings": self.recordings,
            "minutes": self.minutes.to_dict(),
            "billable_minutes": shown_minutes(self.billable_minutes),
            "prices": [{"amount": one.amount, "currency": one.currency} for one in self.prices],
            "price_per_hour": [one.to_dict() for one in self.per_hour],
            "unpriced": self.unpriced,
            "bases": dict(self.bases),
        }


def estimate(
    recording_id: str,
    unit: Unit,
    language: Language,
    prediction: Prediction | None,
    price: Price | None,
    models: Mapping[Language, WorkModel],
) -> Estimate:
    """Work and price of one unit, with the published factors where its language has no model."""
    model = models.get(language) or published(language)
    minutes = expected_minutes(prediction, unit.end - unit.start, model)
    return Estimate(recording_id, language, unit, minutes, price)


def estimate_batch(estimates: Iterable[Estimate]) -> BatchEstimate:
    """Work and price of many units together."""
    units = tuple(estimates)
    prices = added_prices(one.price for one in units)
    hourly = []
    for total in prices:
        paid = _together(one for one in units if one.price and one.price.currency == total.currency)
        hourly.append(_hourly(total, paid))
    return BatchEstimate(
        units=len(units),
        recordings=len({one.recording_id for one in units}),
        minutes=_together(units),
        billable_minutes=sum((billable_minutes(one.unit) for one in units), Fraction()),
        prices=prices,
        per_hour=tuple(one for one in hourly if one is not None),
        unpriced=sum(one.price is None for one in units),
        bases=Counter(one.minutes.basis for one in units),
    )


def _together(estimates: Iterable[Estimate]) -> Minutes:
    """Minutes added. Ends do not add: what is off by chance in one recording is made up for by another.

    Assumed: recordings are off independently of one another, units of one recording all alike, and what the factors
    of a language are off by is the same for all of its units, and independent of the other languages.
    """
    units = tuple(estimates)
    own: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    shared: dict[Language, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in units:
        for sums, low, high in (
            (own[one.recording_id], one.minutes.own_low, one.minutes.own_high),
            (shared[one.language], one.minutes.shared_low, one.minutes.shared_high),
        ):
            sums[0] += low
            sums[1] += high
    own_low, own_high = (math.hypot(*(sums[end] for sums in own.values())) for end in (0, 1))
    shared_low, shared_high = (math.hypot(*(sums[end] for sums in shared.values())) for end in (0, 1))
    bases = " and ".join(sorted({one.minutes.basis for one in units}))
    return Minutes(math.fsum(one.minutes.value for one in units), own_low, own_high, shared_low, shared_high, bases)


def _hourly(price: Price | None, minutes: Minutes) -> HourlyPrice | None:
    if price is None or minutes.low <= 0:
        return None
    value, low, high = (60 * price.amount / end for end in (minutes.value, minutes.high, minutes.low))
    return HourlyPrice(value, low, high, price.currency)


def _fitted(language: Language, drafts: Sequence[ScoredDraft], left_out: int) -> WorkModel:
    recordings = sorted({draft.recording_id for draft in drafts})
    known = replace(
        published(language),
        drafts=len(drafts),
        recordings=len(recordings),
        workers=len({draft.worker for draft in drafts}),
        left_out=left_out,
    )
    if len(drafts) < FEWEST_DRAFTS or len(recordings) < FEWEST_RECORDINGS:
        why = f"{FEWEST_DRAFTS} drafts of {FEWEST_RECORDINGS} recordings with a time are needed, there are "
        return replace(known, why=f"{why}{len(drafts)} of {len(recordings)}")
    place = {name: number for number, name in enumerate(recordings)}
    belongs = np.array([place[draft.recording_id] for draft in drafts])
    audio = np.array([draft.figures.audio_seconds for draft in drafts])
    shares = np.array([draft.figures.effort for draft in drafts]) / audio
    ratios = np.array([draft.worked_seconds for draft in drafts]) / audio

    off = np.empty(len(drafts))
    # whole recordings in turn, in an order that has nothing to do with when they came
    turn = np.random.default_rng(0).permutation(len(recordings))[belongs] % _FOLDS
    for fold in range(_FOLDS):
        listening, handwork = _factors(shares[turn != fold], ratios[turn != fold])
        off[turn == fold] = np.log(ratios[turn == fold] / (listening + handwork * shares[turn == fold]))
    mine = float(np.expm1(np.abs(off).mean()))
    theirs = float(np.expm1(np.abs(np.log(ratios / (LISTENING + shares))).mean()))
    if mine >= theirs:
        why = "factors fitted to logged times are no better on recordings that were held out"
        return replace(known, why=why, held_out_error=mine, published_error=theirs)

    listening, handwork = _factors(shares, ratios)
    # recordings differ, and so do people: the one that leaves the factors less sure counts
    people = np.unique([draft.worker for draft in drafts], return_inverse=True)[1]
    return replace(
        known,
        basis="fitted",
        why="factors fitted to logged times are better on recordings that were held out",
        listening=listening,
        handwork=handwork,
        shortest=float(np.exp(np.quantile(off, _TENTH))),
        longest=float(np.exp(np.quantile(off, 1 - _TENTH))),
        error=max(_error(shares, ratios, belongs), _error(shares, ratios, people)),
        ratio=(
            float((ratios * audio).sum() / audio.sum()),
            float(np.quantile(ratios, _TENTH)),
            float(np.quantile(ratios, 1 - _TENTH)),
        ),
        held_out_error=mine,
        published_error=theirs,
    )


def _error(shares: Numbers, ratios: Numbers, belongs: npt.NDArray[np.intp]) -> float:
    """Standard error, as a share, of the work on a typical draft, were other recordings, or people, drawn."""
    typical = float(shares.mean())
    chance = np.random.default_rng(0)
    members = [np.flatnonzero(belongs == number) for number in range(int(belongs.max()) + 1)]
    wholes = []
    for _ in range(_DRAWS):
        drawn = np.concatenate([members[number] for number in chance.integers(len(members), size=len(members))])
        listening, handwork = _factors(shares[drawn], ratios[drawn])
        wholes.append(listening + handwork * typical)
    return float(np.std(wholes) / np.mean(wholes))


def _factors(shares: Numbers, ratios: Numbers) -> tuple[float, float]:
    """Listening and handwork, neither below zero, by least squares of the relative error.

    Times far from what is expected (three robust standard deviations of the logarithm, and half as much again) are
    accidents and drop out, a few at a time.
    """
    listening, handwork = LISTENING, 1.0
    for _ in range(10):
        expected = listening + handwork * shares
        off = np.log(ratios / expected)
        off -= np.median(off)
        kept = np.abs(off) <= max(_NEVER_FAR, _FAR * 1.4826 * float(np.median(np.abs(off))))
        weights = 1 / expected[kept]
        prior = math.sqrt(PRIOR_DRAFTS) * float(weights.mean())
        # where nothing was ever edited, handwork stays as published
        typical = max(0.1, float(shares[kept].mean()))
        rows = np.vstack(
            [
                np.stack([weights, weights * shares[kept]], axis=1),
                [[prior, 0.0], [0.0, prior * typical]],
            ]
        )
        wanted = np.concatenate([weights * ratios[kept], [prior * LISTENING, prior * typical]])
        before = listening, handwork
        # the same least squares in two rows: nnls takes long with many
        turned, square = np.linalg.qr(rows)
        listening, handwork = (float(one) for one in nnls(square, turned.T @ wanted)[0])
        if math.dist(before, (listening, handwork)) < 1e-6:
            break
    return listening, handwork
