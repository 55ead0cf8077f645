from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project import Project, seoul_today
from core.settings import UnitSettings
from core.types import Unit
from export.entries import QueueEntry
from export.prices import Price, RateCards, added, billable_minutes, estimated_price, price
from export.states import State
from export.units import partition
from tests.queues import queued

DAY = date(2026, 7, 1)


def project(**rates: object) -> Project:
    return Project.model_validate({"rates": [{"from": "2026-01-01", "krw_per_minute": rates}]})


def unit(end: float, start: float = 0.0) -> Unit:
    return Unit(0, 1, start, end)


@pytest.mark.parametrize(
    ("seconds", "rate", "won"),
    [
        (600.0, 600, 6000),
        (600.0, 1500, 15000),
        (538.64, 600, 5386),  # 5386.4
        (0.25, 600, 3),  # 2.5: half a won goes up
        (0.249, 600, 2),
        (0.05, 600, 1),
        (0.049, 600, 0),
        (60.0, "0.5", 1),
        (60.0, "0.4999999999999999999999999999999", 0),
        (43200.0, "1500.01", 1080007),  # 1080007.2
        (600.0, 0, 0),
    ],
)
def test_minutes_times_rate_are_rounded_half_up_to_the_won(seconds: float, rate: object, won: int) -> None:
    assert price(unit(seconds), "ko", project(ko=rate), DAY) == Price(won, "KRW")


@given(st.integers(0, 43_200_000), st.decimals(0, 10_000, places=2))
def test_a_price_is_what_decimal_arithmetic_says(milliseconds: int, rate: Decimal) -> None:
    exact = Decimal(milliseconds) * rate / 60_000
    expected = int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    assert price(unit(milliseconds / 1000), "ko", project(ko=rate), DAY) == Price(expected)


def test_without_a_rate_there_is_no_price() -> None:
    assert price(unit(60.0), "en", project(ko=600), DAY) is None
    assert price(unit(60.0), "ko", project(ko=600), date(2025, 12, 31)) is None
    assert price(unit(60.0), "ko", Project(), DAY) is None


def test_an_estimate_is_the_price_of_today_in_seoul() -> None:
    card = project(ko=600)

    assert estimated_price(unit(60.0), "ko", card) == price(unit(60.0), "ko", card, seoul_today()) == Price(600)


@given(st.floats(min_value=1.0, max_value=43200.0))
def test_the_minutes_of_all_units_are_those_of_the_recording(duration: float) -> None:
    units = partition(duration, (), (), UnitSettings())

    assert sum(map(billable_minutes, units), Fraction()) == Fraction(round(duration * 1000), 60_000)


def test_sums_are_kept_apart_by_currency() -> None:
    prices = [Price(100), None, Price(3, "EUR"), Price(50)]

    assert added(prices) == (Price(3, "EUR"), Price(150, "KRW"))
    assert added([None]) == ()


def test_an_accepted_draft_keeps_the_price_of_its_day_in_seoul(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "talks.toml").write_text(
        "[[rates]]\nfrom = 2026-01-01\nkrw_per_minute = { ko = 600 }\n"
        "[[rates]]\nfrom = 2026-07-01\nkrw_per_minute = { ko = 700 }\n"
    )
    waiting = QueueEntry(1, State.ACCEPTED, 1, queued(project="talks")[0])
    june, july = datetime(2026, 6, 30, 14, 59, tzinfo=UTC), datetime(2026, 6, 30, 15, 0, tzinfo=UTC)
    cards = RateCards(tmp_path)

    assert cards.estimate(replace(waiting, accepted_at=june)) == Price(6000)
    assert cards.estimate(replace(waiting, accepted_at=july)) == Price(7000)
    assert cards.estimate(waiting) == Price(7000)


def test_cards_are_read_again_when_that_is_asked_for_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    card = tmp_path / "projects" / "talks.toml"
    written = "[[rates]]\nfrom = 2026-01-01\nkrw_per_minute = {{ ko = {} }}\n"
    card.write_text(written.format(600))
    waiting = QueueEntry(1, State.READY, 1, queued(project="talks")[0])
    cards = RateCards(tmp_path)
    assert cards.estimate(waiting) == Price(6000)

    card.write_text(written.format(700))
    again = cards.read_again()
    card.unlink()

    assert (cards.estimate(waiting), again.estimate(waiting)) == (Price(6000), Price(7000))
