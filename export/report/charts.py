"""Charts for a report: SVG that stands in a page, in the page's own colours and letters.

Drawn in inks that no picture has, each of which becomes one of the page's CSS variables afterwards: so one chart
serves light and dark pages, and print. Every chart has a title and a description for those who hear the page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INKS: Final = ("ink", "soft", "line", "accent", "alert", "card", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7")
"""CSS variables of the page that charts are drawn in."""

WIDTH, HEIGHT = 290, 215
"""Of one panel, in CSS pixels; pages scale it."""

MOST_POINTS: Final = 500
"""Beyond this a scatter is drawn as counts in squares: no page grows with the drafts it tells of."""
SQUARES: Final = 25
"""Along each side."""

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_FIGURES: Final = re.compile(r"-?\d+\.\d{2,}")
_FONT: Final = re.compile(r"font(-size)?: (?P<size>[\d.]+px)[^;]*;(?: font-family: [^;]*;)?")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spot:
    """What came true on average: `y`, with its interval from `low` to `high`, of `count` cases at `x`."""

    x: float
    y: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Level:
    """A measured rate with its interval; `marked`: it is one to look at."""

    label: str
    rate: float
    low: float
    high: float
    marked: bool


def histogram(name: str, title: str, told: str, *, counts: Sequence[int], middle: float, tallest: float) -> Markup:
    """Shares of `counts` over equal parts of 0 to 100, up to the share `tallest`; `middle` is their median.

    `name` is an id that no other chart of the page has; `title` and `told` say the chart in words.
    """

    def draw(axes: Axes) -> None:
        width = 100 / len(counts)
        shares = 100 * np.array(counts) / sum(counts)
        axes.bar(np.arange(len(counts)) * width, shares, width * 0.9, align="edge", color=_ink("accent"))
        axes.axvline(middle, color=_ink("ink"), linewidth=1.4, linestyle=(0, (3, 2)))
        side, shift = ("left", 2) if middle < 65 else ("right", -2)
        axes.text(middle + shift, tallest * 104, "half are below", ha=side, va="center", color=_ink("ink"))
        axes.set(xlim=(0, 100), ylim=(0, tallest * 112), xlabel="observed difficulty", ylabel="% of drafts")
        axes.set_xticks(range(0, 101, 25))

    return _drawn(name, title, told, draw)


def comparison(
    name: str, title: str, told: str, *, x: Floats, y: Floats, labels: tuple[str, str], top: float
) -> Markup:
    """What was expected (x) against what came (y), from 0 to `top` on both sides, with the line where they agree.

    Up to MOST_POINTS as points, more as squares that are the darker the more lie in them.
    """

    def draw(axes: Axes) -> None:
        axes.plot([0, top], [0, top], color=_ink("ink"), linewidth=1, linestyle=(0, (3, 2)), zorder=3)
        if len(x) <= MOST_POINTS:
            axes.scatter(x, y, s=14, color=_ink("accent"), alpha=0.5, linewidths=0, clip_on=False)
        else:
            _squares(axes, x, y, top)
        axes.set(xlim=(0, top), ylim=(0, top), xlabel=labels[0], ylabel=labels[1])
        if top == 100:
            axes.set_xticks(range(0, 101, 25))
            axes.set_yticks(range(0, 101, 25))

    return _drawn(name, title, told, draw)


def _squares(axes: Axes, x: Floats, y: Floats, top: float) -> None:
    counts, edges, _ = np.histogram2d(np.clip(x, 0, top), np.clip(y, 0, top), SQUARES, ((0, top), (0, top)))
    darkest = np.log1p(counts.max())
    steps = np.ceil(6 * np.log1p(counts) / darkest).astype(int)
    for step in range(1, 7):
        columns, rows = np.nonzero(steps == step)
        axes.bar(
            edges[columns],
            np.full(len(rows), top / SQUARES),
            top / SQUARES,
            bottom=edges[rows],
            align="edge",
            color=_ink("accent"),
            alpha=0.08 + 0.92 * step / 6,
            linewidth=0,
        )


def reliability(
    name: str,
    title: str,
    told: str,
    *,
    spots: Sequence[Spot],
    labels: tuple[str, str],
    low: float = 0.0,
    top: float = 100.0,
) -> Markup:
    """What came true (y) of what was said (x), with intervals; below them how many cases a spot stands for."""

    def draw(axes: Axes) -> None:
        reach = top - low
        floor = low - 0.2 * reach
        most = max(spot.count for spot in spots)
        heights = [0.16 * reach * spot.count / most for spot in spots]
        xs, ys = [spot.x for spot in spots], [spot.y for spot in spots]
        axes.bar(xs, heights, 0.03 * reach, bottom=floor, color=_ink("soft"), alpha=0.45, linewidth=0)
        axes.plot([low, top], [low, top], color=_ink("soft"), linewidth=1, linestyle=(0, (3, 2)))
        axes.vlines(xs, [s.low for s in spots], [s.high for s in spots], color=_ink("accent"), linewidth=1.4)
        axes.plot(xs, ys, color=_ink("accent"), linewidth=1.2, marker="o", markersize=4.5, markeredgewidth=0)
        axes.set(xlim=(low - 0.02 * reach, top + 0.02 * reach), ylim=(floor, top * 1.001))
        axes.set(xlabel=labels[0], ylabel=labels[1])
        ticks = [low + part * reach / 4 for part in range(5)]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yticks([floor, *ticks], ["cases", *(f"{tick:g}" for tick in ticks)])

    return _drawn(name, title, told, draw)


def weekly(
    name: str,
    title: str,
    told: str,
    *,
    weeks: Sequence[date],
    kinds: Sequence[tuple[str, Sequence[float]]],
    tallest: float,
) -> Markup:
    """How many of each kind there were a week, one upon the other, up to `tallest` in all.

    `kinds` are (ink, a number for each week).
    """

    def draw(axes: Axes) -> None:
        places = [(week - weeks[0]).days // 7 for week in weeks]
        floor = np.zeros(len(weeks))
        for ink, numbers in kinds:
            axes.bar(places, numbers, 0.84, bottom=floor, color=_ink(ink), linewidth=0)
            floor += np.array(numbers)
        step = max(1, -(-(places[-1] + 1) // 5))
        shown = range(0, places[-1] + 1, step)
        names = [f"{day.day} {day:%b}" for day in (_weeks_after(weeks[0], place) for place in shown)]
        axes.set_xticks(list(shown), names)
        spare = max(0.0, 2.0 - places[-1] / 2)
        axes.set(xlim=(-0.6 - spare, places[-1] + 0.6 + spare), ylim=(0, (tallest or 1.0) * 1.05))
        axes.set(xlabel="week from", ylabel="per 1,000 characters")

    return _drawn(name, title, told, draw)


def levels(name: str, title: str, told: str, *, rows: Sequence[Level], label: str) -> Markup:
    """Rates with their intervals, one below the other in the given order."""

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            ink = _ink("alert" if row.marked else "accent")
            axes.plot([row.low, row.high], [place, place], color=ink, linewidth=2, solid_capstyle="round")
            axes.plot([row.rate], [place], color=ink, marker="D" if row.marked else "o", markersize=6)
        axes.set_yticks(range(len(rows)), [row.label for row in rows], parse_math=False)
        top = max(row.high for row in rows) * 1.06 or 1.0
        axes.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, top), xlabel=label)

    return _drawn(name, title, told, draw, height=70 + 24 * len(rows))


def _weeks_after(first: date, weeks: int) -> date:
    return date.fromordinal(first.toordinal() + 7 * weeks)


def _ink(name: str) -> str:
    """A colour that stands for a CSS variable until the chart is drawn."""
    return f"#0a00{INKS.index(name):02x}"


def _drawn(name: str, title: str, told: str, draw: Callable[[Axes], None], *, height: int = HEIGHT) -> Markup:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": name,
            "font.size": 11,
            "text.parse_math": False,
            "text.color": _ink("ink"),
            "axes.edgecolor": _ink("line"),
            "axes.labelcolor": _ink("soft"),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": _ink("line"),
            "grid.linewidth": 0.8,
            "xtick.color": _ink("soft"),
            "ytick.color": _ink("soft"),
            "xtick.major.size": 0,
            "ytick.major.size": 0,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.h_pad": 0.03,
            "figure.constrained_layout.w_pad": 0.03,
        }
    ):
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        axes = figure.add_subplot()
        draw(axes)
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_inlined(drawing.getvalue(), name, title, told))  # noqa: S704 - as ElementTree writes it


def _inlined(drawing: str, name: str, title: str, told: str) -> str:
    """The drawing for a place within a page: no ids but those it needs, no style of its own, no size in points."""
    root = ElementTree.fromstring(drawing)  # noqa: S314 - matplotlib's
    used = {
        found
        for element in root.iter()
        for value in element.attrib.values()
        for found in re.findall(r"(?:url\(#|^#)([^)]+)", value)
    }
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _plain(element, used)
    for size in ("width", "height", "version"):
        del root.attrib[size]
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-told"}
    for place, (tag, text) in enumerate((("title", title), ("desc", told))):
        part = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{'told' if tag == 'desc' else tag}"})
        part.text = text
        root.insert(place, part)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _plain(element: ElementTree.Element, used: set[str]) -> None:
    element.text = (element.text or "").strip() or None
    element.tail = None
    for key, value in list(element.attrib.items()):
        if key == "id" and value not in used:
            del element.attrib[key]
        else:
            element.attrib[key] = _rewritten(value)


def _rewritten(value: str) -> str:
    value = _FONT.sub(r"font-size: \g<size>;", value)
    value = re.sub(r"#0a00([0-9a-f]{2})", lambda found: f"var(--{INKS[int(found[1], 16)]})", value)
    return _FIGURES.sub(_shortened, value).replace("\n", "")


def _shortened(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


__all__: list[Any] = ["Level", "Spot", "comparison", "histogram", "levels", "reliability", "weekly"]
