"""The loop, without an engine: corrections come in, are scored and learned from, and what waits is predicted anew.

`flows.corrections` makes a Prefect flow of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from core.errors import PrelabelError
from core.settings import settings
from core.store import MediaStore
from core.types import LANGUAGES
from export.fitting import FitResult, Fitted, fit, is_due
from export.folders.places import remembered
from export.label_studio.place import placed_projects
from export.predictions import Kind, RenewalResult, renew
from export.queue import Queue
from export.scores import ScoringResult, observed, score_corrections
from export.trends import Comparison, compare_versions
from flows import exchanging, labelling
from flows.drafting import Perform
from flows.places import media_store, queue_at
from flows.showing import counted

log = logging.getLogger("prelabel")

Fit: TypeAlias = Literal["due", "always", "never"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came from one place, and why nothing could come from it, where that is so."""

    place: str
    taken: int = 0
    refused: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a round of the loop came to."""

    pulled: tuple[Pulled, ...]
    scoring: ScoringResult
    fits: tuple[FitResult, ...]
    renewal: RenewalResult
    comparisons: tuple[Comparison, ...]

    @property
    def worse(self) -> tuple[Comparison, ...]:
        return tuple(one for one in self.comparisons if one.verdict == "worse")

    @property
    def failures(self) -> tuple[str, ...]:
        """What somebody has to mend, in sentences."""
        return (
            *(f"{one.place}: {one.trouble}" for one in self.pulled if one.trouble),
            *(
                f"not scored: draft {one.draft_id}, revision {one.revision}: {one.why}"
                for one in self.scoring.troubles
            ),
            *(f"not predicted: draft {one.draft_id}: {one.why}" for one in self.renewal.troubles),
            *(
                f"model {one.name} cannot be read, the rules stand in: {one.why}"
                for one in self.renewal.models.troubles
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "pulled": [asdict(one) for one in self.pulled],
            "scored": self.scoring.scored,
            "given_up": [asdict(one) for one in self.scoring.given_up],
            "fitted": [asdict(one) | {"language": found.language} for found in self.fits for one in found.fitted],
            "work": [one.work.to_dict() for one in self.fits],
            "passed_over": [
                {"draft_id": draft_id, "why": why} for found in self.fits for draft_id, why in found.passed_over
            ],
            "predicted": {"waiting": self.renewal.looked_at, "renewed": self.renewal.renewed},
            "versions": [one.to_dict() for one in self.comparisons],
            "failures": list(self.failures),
        }

    def as_text(self) -> str:
        lines = [
            f"pulled: {one.taken} corrections, {one.refused} refused, from {one.place}"
            for one in self.pulled
            if one.trouble is None
        ]
        lines += [f"scored: {counted(self.scoring.scored, 'revision')}"]
        lines += [
            f"left after {one.attempts} attempts (--again tries once more): draft {one.draft_id}, "
            f"revision {one.revision}: {one.why}"
            for one in self.scoring.given_up
        ]
        lines += [f"fitted: {line}" for found in self.fits for line in fit_in_words(found)]
        lines += [f"predicted: {self.renewal.renewed} of {self.renewal.looked_at} drafts that nobody has taken yet"]
        lines += [f"worse: {one.sentence}" for one in self.worse]
        return "\n".join([*lines, *(f"failed: {one}" for one in self.failures)])


def fit_in_words(found: FitResult) -> list[str]:
    """What fitting the models of a language came to, a line each."""
    work = found.work
    factors = f"{work.listening:.2f} × audio + {work.handwork:.2f} × handwork, {work.basis}: {work.why}"
    return [
        *map(_in_words, found.fitted),
        f"time for {work.language}, {counted(work.drafts, 'believable draft')}: {factors}",
    ]


_EXAMPLES: Final[Mapping[Kind, str]] = {"difficulty": "draft", "confidence": "recording", "work": "draft"}
"""What each kind of model counts as an example."""


def _in_words(one: Fitted) -> str:
    """What fitting one model came to, in a line."""
    what = f"{one.kind} of {one.scope}, {counted(one.examples, _EXAMPLES[one.kind])}"
    if one.outcome == "in_use":
        return f"{what}: {one.name} is in use"
    if one.outcome == "not_better":
        return f"{what}: {one.name} is kept, and not used: held out, it is not better beyond chance"
    return f"{what}: none was made: {one.why}; {one.advice}"


def learn(
    queue_url: str | None, perform: Perform, *, pull: bool = True, again: bool = False, when: Fit = "due"
) -> Learned:
    """One round. `pull`: fetch corrections from Label Studio and from every folder that the queue knows, first.
    `again`: try those that could not be scored and were left, too.

    A place that cannot be reached, or a draft that cannot be scored, is told in the result, and the rest goes on.
    Raises QueueUnusable, and StoreUnusable where the media store is not there.
    """
    store = media_store()
    with queue_at(queue_url) as queue:
        pulled = tuple(_pulled(queue, queue_url, perform)) if pull else ()
        scoring = perform("score", "corrections", lambda: score_corrections(queue, store, again=again))
        fits = tuple(_fitted(queue, store, perform, when))
        renewal = perform("predict", "waiting drafts", lambda: renew(queue, store))
        comparisons = perform("compare", "versions", lambda: compare_versions(observed(queue)))
    return Learned(pulled, scoring, fits, renewal, comparisons)


def _pulled(queue: Queue, queue_url: str | None, perform: Perform) -> list[Pulled]:
    """From one place after another."""
    found = []
    if settings().label_studio.url is not None:
        for project in placed_projects(queue):
            work: Callable[[], tuple[Any, ...]] = partial(labelling.pulled, project, queue_url, everything=False)
            found.append(_attempt(f"Label Studio project {project}", perform, work, "taken"))
    for address in remembered(queue):
        work = partial(exchanging.pulled, address, None, queue_url)
        found.append(_attempt(f"folder {address}", perform, work, "accepted"))
    return found


def _attempt(place: str, perform: Perform, work: Callable[[], tuple[Any, ...]], taken: str) -> Pulled:
    """What came from a place; what is wrong with it is told, and stops no other. `taken`: how `work` calls it."""
    try:
        document = perform("pull", place, work)[0]
    except PrelabelError as error:
        return Pulled(place, trouble=f"{error.what}: {error.why}")
    except Exception as error:
        log.exception("nothing can be pulled from %s", place)
        return Pulled(place, trouble=f"{type(error).__name__}: {error}")
    return Pulled(place, len(document[taken]), len(document["refused"]))


def _fitted(queue: Queue, store: MediaStore, perform: Perform, when: Fit) -> list[FitResult]:
    wanted = [one for one in LANGUAGES if when == "always" or (when == "due" and is_due(queue, one))]
    return [perform("fit", language, partial(fit, queue, store, language)) for language in wanted]
