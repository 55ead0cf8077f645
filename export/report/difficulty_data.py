"""What the difficulty report is made of: small summaries, whose size does not grow with the drafts they tell of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from core.types import Language, Prediction, Unit
from export.estimates import WorkModel
from export.evidence import Evidence
from export.intervals import Interval
from export.pairs import PairedLanguage
from export.scoring import Figures
from export.trends import Verdict

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """How hard drafts of one language turned out, and what had been expected of them, each array (draft,).

    `observed` has every scored draft with any content. `predicted`, `low`, `high` and `came` are of those of which
    something had been expected before anybody had them; `came` is what was observed. `models` counts them by what
    predicted.
    """

    observed: Floats
    predicted: Floats
    low: Floats
    high: Floats
    came: Floats
    models: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Week:
    """What was counted of corrections that came in the seven days from `monday`, in Seoul."""

    monday: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LanguageTally:
    """All scored drafts of one language; `provisional` of them are not accepted yet."""

    language: Language
    figures: Figures
    provisional: int
    outcomes: Outcomes
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class HardDraft:
    """One of the drafts that turned out hardest; `uri` is None where the queue no longer says."""

    draft_id: str
    uri: str | None
    language: Language
    unit: Unit
    provisional: bool
    difficulty: float
    figures: Figures
    predicted: Prediction | None


@dataclass(frozen=True, slots=True)
class ConfidenceTally:
    """Words of one language as one recogniser wrote them, by confidence in equal bins: all, and the right ones.

    `curve` is the chance in the middle of each bin by the calibration in use, `is_fitted` to these corrections or
    the usual one.
    """

    language: str
    recogniser: str
    total: tuple[int, ...]
    right: tuple[int, ...]
    curve: tuple[float, ...]
    is_fitted: bool


@dataclass(frozen=True, slots=True)
class VersionRate:
    """How often drafts of one version of a project's pipeline were wrong: its CER.

    The interval, 95 in 100, is None for too few recordings. `first` and `last` are the days of its corrections, in
    Seoul.
    """

    fingerprint: str
    model_set: str
    first: date
    last: date
    drafts: int
    cer: float
    interval: Interval | None
    is_worse: bool


@dataclass(frozen=True, slots=True)
class VersionTally:
    """The versions of one project's pipeline in one language, the oldest first.

    `verdict` is on the newest against the one before, as `export.trends` compares them; `sentence` says it in
    words.
    """

    project: str
    language: Language
    rates: tuple[VersionRate, ...]
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True)
class Afresh:
    """Drafts of one language that wait and are expected to be less work typed afresh than mended."""

    language: str
    drafts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """One of them."""

    draft_id: str
    uri: str
    language: str
    unit: Unit
    predicted: Prediction


@dataclass(frozen=True, slots=True)
class AfreshCheck:
    """Whether that was right, of drafts that were corrected since: how many there were, how many were so.

    `said` were expected to be less work afresh, and of those `said_right` took as much as typing them; `unsaid`
    were not, of which `unsaid_wrong` did so all the same.
    """

    said: int
    said_right: int
    unsaid: int
    unsaid_wrong: int


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Minutes of work on drafts of one language, (draft,): what was estimated and what it took.

    `model` is what the estimates are made with, which may have been fitted to these very times.
    """

    language: Language
    model: WorkModel
    estimated: Floats
    actual: Floats


@dataclass(frozen=True, slots=True)
class ModelNote:
    """A fitted model: what it is of, what it was learned from, how it compares.

    `metrics` are rows of what was measured on recordings not learned from, and its value for each of `columns`.
    `why` says in words why it is in use or not.
    """

    scope: str
    name: str
    at: datetime
    in_use: bool
    learned_from: str
    why: str
    columns: tuple[str, ...]
    metrics: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DifficultyReport:
    """Everything on the page. `about` says which drafts are meant, in words; `made_at` when it was gathered.

    `first` and `last` are when the oldest and the newest correction came in, None where there is none. `unscored`
    revisions could not be scored.
    """

    made_at: datetime
    about: str
    first: datetime | None
    last: datetime | None
    languages: tuple[LanguageTally, ...] = ()
    confidences: tuple[ConfidenceTally, ...] = ()
    hardest: tuple[HardDraft, ...] = ()
    versions: tuple[VersionTally, ...] = ()
    afresh: tuple[Afresh, ...] = ()
    afresh_drafts: tuple[WaitingDraft, ...] = ()
    afresh_check: AfreshCheck = AfreshCheck(0, 0, 0, 0)
    minutes: tuple[Minutes, ...] = ()
    models: tuple[ModelNote, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    pairs: tuple[PairedLanguage, ...] = ()
    unscored: int = 0
