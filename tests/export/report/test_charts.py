from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from export.report import charts
from export.report.charts import INKS, MOST_POINTS, Level, Spot

MONDAY = date(2026, 9, 7)
EVEN = np.linspace(0, 100, 50)

CHARTS: dict[str, Callable[[str, str, str], Markup]] = {
    "histogram": lambda *words: charts.histogram(*words, counts=[3, 0, 9, 1], middle=40.0, tallest=0.7),
    "points": lambda *words: charts.comparison(*words, x=EVEN, y=EVEN, labels=("said", "came"), top=100),
    "squares": lambda *words: charts.comparison(
        *words, x=np.tile(EVEN, 20), y=np.tile(EVEN[::-1], 20), labels=("said", "came"), top=100
    ),
    "reliability": lambda *words: charts.reliability(
        *words, spots=[Spot(10, 12, 8, 16, 40), Spot(60, 50, 40, 60, 9)], labels=("said", "came")
    ),
    "weekly": lambda *words: charts.weekly(
        *words, weeks=[MONDAY, MONDAY + timedelta(21)], kinds=[("s0", [5, 3]), ("s1", [0, 1])], tallest=5.0
    ),
    "levels": lambda *words: charts.levels(
        *words, rows=[Level("old", 8, 7, 9, False), Level("new", 12, 10, 14, True)], label="error rate, %"
    ),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_stands_in_a_page_and_is_told_to_those_who_hear_it(kind: str) -> None:
    drawing = CHARTS[kind]("one", "Errors & <more>", 'Half are "below" 20.')
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "one-title one-told")
    assert [root[0].text, root[1].text] == ["Errors & <more>", 'Half are "below" 20.']
    assert [root[0].get("id"), root[1].get("id")] == ["one-title", "one-told"]
    assert root.get("width") is None and root.get("viewBox")
    assert not re.search(r"<(style|script|metadata|image|!DOCTYPE)|font-family", drawing)


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_has_the_colours_of_the_page_and_no_others(kind: str) -> None:
    drawing = CHARTS[kind]("one", "title", "told")
    assert "#" not in re.sub(r"url\(#|href=\"#", "", drawing)
    assert set(re.findall(r"var\(--([^)]*)\)", drawing)) <= set(INKS)


def test_charts_of_one_page_share_no_ids() -> None:
    ids = [
        found
        for kind, draw in CHARTS.items()
        for found in re.findall(r'\bid="([^"]*)"', draw(kind, "title", "told"))
    ]
    assert len(ids) == len(set(ids))
    for kind, draw in CHARTS.items():
        drawing = draw(kind, "title", "told")
        used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", drawing)
        assert {one or other for one, other in used} <= set(re.findall(r'\bid="([^"]*)"', drawing))


def test_the_same_numbers_give_the_same_chart() -> None:
    assert all(draw("one", "title", "told") == draw("one", "title", "told") for draw in CHARTS.values())


def test_a_scatter_of_many_is_counted_in_squares_and_stays_small() -> None:
    chance = np.random.default_rng(0)
    few, many = (
        charts.comparison("one", "", "", x=x, y=x[::-1], labels=("said", "came"), top=100)
        for x in (chance.uniform(0, 100, MOST_POINTS), chance.uniform(0, 100, 200_000))
    )
    assert few.count("<use") == MOST_POINTS
    assert many.count("<use") < 100
    assert len(many) < 150_000


@pytest.mark.parametrize("label", ["$x^2$", "<script>alert(1)</script>", "\u202eback", "100 %", "한국어"])
def test_whatever_a_level_is_called_is_text(label: str) -> None:
    drawing = charts.levels("one", label, label, rows=[Level(label, 8, 7, 9, False)], label=label)
    texts = [element.text for element in ElementTree.fromstring(drawing).iter() if element.text]
    assert texts.count(label) == 4
    assert "<script" not in drawing


def test_extremes_are_drawn() -> None:
    charts.histogram("one", "", "", counts=[0, 0, 0, 7], middle=100.0, tallest=1.0)
    charts.comparison("one", "", "", x=np.zeros(3), y=np.zeros(3), labels=("said", "came"), top=1.0)
    charts.comparison("one", "", "", x=np.full(900, 100.0), y=np.zeros(900), labels=("said", "came"), top=100)
    charts.reliability("one", "", "", spots=[Spot(0, 0, 0, 0, 1)], labels=("said", "came"))
    charts.weekly("one", "", "", weeks=[MONDAY], kinds=[("s0", [0.0])], tallest=0.0)
    charts.levels("one", "", "", rows=[Level("", 0, 0, 0, False)], label="")
