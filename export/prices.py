"""What a work unit comes to: billable minutes, and their price by the project's rate card. Exact, never floats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.errors import UsageProblem
from core.project import Project, load_project, seoul_day, seoul_today
from core.types import Unit
from export.entries import QueueEntry


@dataclass(frozen=True, slots=True)
class Price:
    """A whole amount of the currency's smallest unit."""

    amount: int
    currency: str = "KRW"


def billable_minutes(unit: Unit) -> Fraction:
    """From the unit's start to its end, silence included, to the millisecond that its document has.

    The units of a recording add up to the recording.
    """
    return Fraction(round(unit.end * 1000) - round(unit.start * 1000), 60_000)


def shown_minutes(minutes: Fraction) -> float:
    """`minutes` as documents and tables say them: to a thousandth. Nothing is computed from it."""
    return round(float(minutes), 3)


def price(unit: Unit, language: str, project: Project, day: date) -> Price | None:
    """Minutes × rate of the language on `day` in Seoul, rounded half up to the won; None where no rate is set.

    What is owed is the price on the day of acceptance.
    """
    rate = project.krw_per_minute(language, day)
    if rate is None:
        return None
    return Price(math.floor(billable_minutes(unit) * Fraction(rate) + Fraction(1, 2)))


def added(prices: Iterable[Price | None]) -> tuple[Price, ...]:
    """One sum for each currency, in alphabetical order; what has no price adds nothing."""
    sums: Counter[str] = Counter()
    for one in prices:
        if one is not None:
            sums[one.currency] += one.amount
    return tuple(Price(amount, currency) for currency, amount in sorted(sums.items()))


def estimated_price(unit: Unit, language: str, project: Project) -> Price | None:
    """The price if the correction were accepted today; None where the card has no rate for it."""
    return price(unit, language, project, seoul_today())


@dataclass(slots=True)
class RateCards:
    """The rate cards of this machine's projects, each read once. `problems`: why a project has none, by name."""

    home: Path
    problems: dict[str, str] = field(default_factory=dict)
    _projects: dict[str, Project | None] = field(default_factory=dict)

    def project(self, name: str) -> Project | None:
        if name not in self._projects:
            try:
                self._projects[name] = load_project(name, self.home)
            except UsageProblem as problem:
                self._projects[name], self.problems[name] = None, problem.why
        return self._projects[name]

    def read_again(self) -> RateCards:
        """The same projects' cards as they are now."""
        again = RateCards(self.home)
        for name in tuple(self._projects):
            again.project(name)
        return again

    def estimate(self, entry: QueueEntry) -> Price | None:
        """The price on the day of acceptance, or as if that were today; None where no rate is known."""
        project, draft = self.project(entry.draft.project), entry.draft
        if project is None:
            return None
        day = seoul_day(entry.accepted_at) if entry.accepted_at else seoul_today()
        return price(draft.unit, draft.language, project, day)

    def money(self, entry: QueueEntry) -> dict[str, Any]:
        """What stands beside a draft in a document for programs."""
        price = self.estimate(entry)
        return {
            "billable_minutes": shown_minutes(billable_minutes(entry.draft.unit)),
            "estimated_price": asdict(price) if price else None,
        }

    def complaints(self) -> list[str]:
        return [f"no prices for project {name}: {why}" for name, why in self.problems.items()]
