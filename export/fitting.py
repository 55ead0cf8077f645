"""Models learn from corrections: fitted to the scores that are kept, and kept whether they turn out good or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from core.errors import NotFound, PrelabelError
from core.store import MediaStore
from core.types import Draft, Language
from export.bodies import draft_of, is_of_one_draft
from export.database import Database
from export.entries import one_entry
from export.estimates import WorkModel
from export.predictions import (
    KeptModel,
    Kind,
    keep_measures,
    keep_model,
    kept_measures,
    newest_model,
    next_name,
)
from export.scores import UNREAD, Selection, confirmed_confidences, scored_rows, summed
from export.tables import corrections, drafts, measured, scores
from export.worktimes import learn_work
from models.difficulty import (
    FEWEST_RECORDINGS,
    ConfidenceModel,
    DifficultyModel,
    Example,
    Measures,
    NotFitted,
    confidence_scope,
    fit_confidence,
    fit_difficulty,
    measure,
)

DUE_DRAFTS: Final = 20
DUE_SHARE: Final = 0.2
"""A language is due for fitting when so many more drafts are corrected than at the last fit, in number and as a
share of those: often while each correction teaches much, seldom later."""

MOST_EXAMPLES: Final = 20_000
"""The newest drafts: more teach nothing that these do not, and all of them are held in memory (60 MB)."""

Outcome: TypeAlias = Literal["in_use", "not_better", "not_fitted", "overtaken"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fitting one model to `examples` drafts came to.

    `not_better` ones are kept and not used. `not_fitted`: the examples do not say enough. `overtaken`: somebody
    else fitted one at the same time, and that is the one which counts. `why` and `advice` are for people, empty
    where it is in use.
    """

    kind: Kind
    scope: str
    outcome: Outcome
    examples: int
    name: str | None
    why: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class FitResult:
    """What fitting a language came to: its models of confidence, then that of difficulty; and how long work takes.

    `passed_over` are ids of drafts that could not be learnt from, with the reason.
    """

    language: Language
    fitted: tuple[Fitted, ...]
    passed_over: tuple[tuple[str, str], ...]
    work: WorkModel


def is_due(database: Database, language: Language) -> bool:
    """Whether so much was corrected in a language since it was last fitted that fitting it again is worth while."""
    last = newest_model(database, "difficulty", language)
    learnt = last.examples if last is not None else 0
    if _finished(database, language) - learnt < max(DUE_DRAFTS, DUE_SHARE * learnt):
        return False
    return last is not None or _finished_recordings(database, language) >= FEWEST_RECORDINGS


def _finished(database: Database, language: Language) -> int:
    """How many drafts of a language have a score that a model may learn from."""
    whole = summed(database, Selection(language=language, finished=True))
    return whole[0].figures.drafts if whole else 0


def _finished_recordings(database: Database, language: Language) -> int:
    rows = scored_rows(database, [drafts.c.recording_id], Selection(language=language, finished=True))
    return len({row.recording_id for row in rows})


def fit(database: Database, store: MediaStore, language: Language) -> FitResult:
    """Fit the models of a language to what was corrected, and keep them.

    Raises StoreUnusable where drafts have to be measured first and the store is not there.
    """
    work = learn_work(database, language)
    confidence, used = _fit_confidences(database, language)
    last = newest_model(database, "difficulty", language)
    learning = examples_of(database, store, language)
    if learning.span is None:
        why, advice = "no corrected draft has a score", "score corrections first; until then the rules predict"
        none = Fitted("difficulty", language, "not_fitted", 0, None, why, advice)
        return FitResult(language, (*confidence, none), learning.passed_over, work)
    since, until = learning.span
    name = next_name(database, "difficulty", language)
    found = fit_difficulty(language, learning.examples, name=name, since=since, until=until, confidence=used)
    difficulty = _kept(database, "difficulty", language, found, learning.finished, last)
    return FitResult(language, (*confidence, difficulty), learning.passed_over, work)


def _fit_confidences(
    database: Database, language: Language
) -> tuple[tuple[Fitted, ...], tuple[ConfidenceModel, ...]]:
    """What became of each recogniser's, and those that are in use then."""
    outcomes = []
    used = []
    for recogniser, recordings in sorted(confirmed_confidences(database, language).items()):
        scope = confidence_scope(language, recogniser)
        last = newest_model(database, "confidence", scope)
        found = fit_confidence(scope, recordings, name=next_name(database, "confidence", language))
        outcome = _kept(database, "confidence", scope, found, len(recordings), last)
        outcomes.append(outcome)
        if isinstance(found, ConfidenceModel) and outcome.outcome == "in_use":
            used.append(found)
    return tuple(outcomes), tuple(used)


def _kept(
    database: Database,
    kind: Kind,
    scope: str,
    found: DifficultyModel | ConfidenceModel | NotFitted,
    examples: int,
    last: KeptModel | None,
) -> Fitted:
    if isinstance(found, NotFitted):
        return Fitted(kind, scope, "not_fitted", examples, None, found.reason, found.advice)
    if not keep_model(database, kind, scope, found, examples, after=last):
        why = "another process fitted one at the same time"
        return Fitted(kind, scope, "overtaken", examples, None, why, "nothing has to be done: that one counts")
    if not found.good:
        why = "on recordings that it had not learnt from it is no better than what there is without it"
        return Fitted(kind, scope, "not_better", examples, found.name, why, "have more corrected, and fit again")
    return Fitted(kind, scope, "in_use", examples, found.name)


@dataclass(frozen=True, slots=True)
class Learning:
    """What a model of a language can be fitted to: the newest of `finished` corrected drafts.

    `span` is from when to when they were corrected, None where there are none.
    """

    examples: Sequence[Example]
    finished: int
    span: tuple[datetime, datetime] | None
    passed_over: tuple[tuple[str, str], ...]


def examples_of(database: Database, store: MediaStore, language: Language) -> Learning:
    """The newest MOST_EXAMPLES drafts of a language whose correction is finished and scored, measured.

    Drafts without any content say nothing and are left out, and so are those that were handed in as they came by
    somebody who did not hear them: where nobody looked for errors, none were found. Raises StoreUnusable where
    drafts have to be measured first and the store is not there.
    """
    columns = [
        drafts.c.draft_id,
        drafts.c.recording_id,
        corrections.c.at,
        *(scores.c[name] for name in ("effort", "typing", "fewest_typing", "difficulty", "flags")),
        measured.c.document,
    ]
    selection = Selection(language=language, finished=True)
    finished = _finished(database, language)
    examples: list[Example] = []
    new: dict[str, Measures] = {}
    passed_over: list[tuple[str, str]] = []
    moments: list[datetime] = []
    for number, row in enumerate(scored_rows(database, columns, selection)):
        if number < finished - MOST_EXAMPLES or row.difficulty is None or UNREAD in row.flags:
            continue
        measures = kept_measures(row.document)
        try:
            if measures is None:
                measures = new[row.draft_id] = measure(_draft(database, store, row.draft_id))
        except NotFound:
            continue  # forgotten meanwhile
        except PrelabelError as error:
            if not is_of_one_draft(store, error):
                raise
            passed_over.append((row.draft_id, error.why))
            continue
        share = row.effort / max(row.typing, row.fewest_typing)
        examples.append(Example(row.recording_id, row.draft_id, measures, share))
        moments.append(row.at)
    keep_measures(database, new)
    span = (min(moments), max(moments)) if moments else None
    return Learning(examples, finished, span, tuple(passed_over))


def _draft(database: Database, store: MediaStore, draft_id: str) -> Draft:
    """Raises NotFound, StoreUnusable and UsageProblem."""
    with database.reading(once=True) as connection:
        entry = one_entry(connection, draft_id)
    return draft_of(store, entry)
