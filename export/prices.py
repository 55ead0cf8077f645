"""What a work unit comes to: billable minutes, and their price by the project's rate card. Exact, never floats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.project import Project, seoul_today
from core.types import Unit


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
