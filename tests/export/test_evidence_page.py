"""docs/evidence.md tells every measure, and its examples come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.trends import scored_draft
from core.types import Prediction, Unit
from export.estimates import estimate
from export.evidence import MEASURES
from export.intervals import wilson
from export.pairs import Agreement
from export.prices import Price
from export.trends import RATES, compare_versions, trend

PAGE = Path("docs/evidence.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*MEASURES, *RATES, "worse", "better", "no_difference", "too_few"])
def test_every_figure_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", ["borders", "borders_shared", *Agreement().rates()])
def test_every_figure_of_a_pair_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_example_of_pooling_comes_out() -> None:
    (row,) = trend([scored_draft("a", edits=10, characters=100), scored_draft("b", edits=10, characters=900)])
    assert row.rates["cer"].value == pytest.approx(0.02)
    assert "20 / 1,000 = 2 %" in PAGE


def test_the_example_of_a_comparison_comes_out() -> None:
    drafts = [
        scored_draft(f"{version}-{n}", fingerprint=version, edits=edits + n % 7)
        for version, many, edits in (("p1", 41, 50), ("p2", 38, 80))
        for n in range(many)
    ]
    (found,) = compare_versions(drafts)
    begin, end = found.sentence.split("; effort")[0], found.sentence.rsplit("; ", 1)[1]
    page = PAGE.replace("\n> ", " ")
    assert begin in page
    assert end in page


def test_the_example_of_minutes_comes_out() -> None:
    prediction = Prediction(20.0, 10.0, 40.0, 120.0, 60.0, 240.0, False, "rules", ())
    found = estimate("r", Unit(0, 1, 0.0, 600.0), "ko", prediction, Price(6000), {}).to_dict()
    minutes, hour = found["minutes"], found["price_per_hour"]
    assert "{value:.1f} minutes ({low:.1f}\nto {high:.1f})".format(**minutes) in PAGE
    assert "{value:,} KRW for an hour of work ({low:,} to {high:,})".format(**hour) in PAGE


def test_the_example_of_a_share_comes_out() -> None:
    low, high = wilson(6, 20) or (0.0, 0.0)
    assert f"{100 * low:.1f} to {100 * high:.1f} %" in PAGE
