"""How long work takes, as learned from logged times and kept: the factors of `export.estimates`, by language."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import BadDocument
from core.types import LANGUAGES, Language
from export.database import Database
from export.entries import QueueEntry
from export.estimates import Estimate, WorkModel, estimate, fit_work, published, read_work_model
from export.predictions import keep_model, newest_model, next_name
from export.prices import Price
from export.scores import Selection, observed

log = logging.getLogger("prelabel")


@dataclass(frozen=True, slots=True)
class NamedWork:
    """A model of work under the name by which it is kept."""

    name: str
    model: WorkModel

    @property
    def good(self) -> bool:
        return self.model.basis == "fitted"

    def to_dict(self) -> dict[str, Any]:
        return self.model.to_dict()


def learn_work(database: Database, language: Language) -> WorkModel:
    """Fit the factors of a language to the times that were logged, and keep what came of it.

    Nothing is kept where there were too few times to fit anything, or where somebody else keeps another one at the
    same time.
    """
    last = newest_model(database, "work", language)
    model = fit_work(observed(database, Selection(language=language, accepted=True)))[language]
    if model.held_out_error is not None:
        named = NamedWork(next_name(database, "work", language), model)
        keep_model(database, "work", language, named, model.drafts, after=last)
    return model


def estimate_entry(entry: QueueEntry, price: Price | None, models: Mapping[Language, WorkModel]) -> Estimate:
    """Work and price of a draft in the queue, from what is expected of it now."""
    draft = entry.draft
    language = next(one for one in LANGUAGES if one == draft.language)
    return estimate(draft.recording_id, draft.unit, language, entry.prediction, price, models)


def work_models(database: Database) -> Mapping[Language, WorkModel]:
    """The factors to estimate with, of every language: fitted ones where they are better than the published.

    Where those that were kept cannot be read, the published ones stand in.
    """
    return {language: _kept(database, language) or published(language) for language in LANGUAGES}


def _kept(database: Database, language: Language) -> WorkModel | None:
    one = newest_model(database, "work", language)
    if one is None:
        return None
    try:
        return read_work_model(one.document)
    except BadDocument as error:
        log.warning("model %s is not used: %s", one.name, error.why)
        return None
