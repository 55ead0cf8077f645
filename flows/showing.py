"""How figures are written for a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from core.types import Prediction
from export.estimates import Minutes
from export.prices import Price
from flows.progress import clock

NONE = "–"
"""Written where there is nothing to tell: nothing to divide by, no rate, nothing known."""


def as_text(table: Table) -> str:
    """A table as plain text, as wide as it needs to be, whatever the terminal."""
    console = Console(width=1000, no_color=True, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def plain_table(*headings: str, right: tuple[str, ...] = ()) -> Table:
    """A table without rules; columns named in `right` are set flush right."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", no_wrap=True)
    return table


def counted(number: int, noun: str) -> str:
    """`1 draft`, `2 drafts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def money(price: Price | None) -> str:
    return f"{price.amount:,} {price.currency}" if price else NONE


def percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.1f} %"


def points(difficulty: float | None) -> str:
    """A difficulty, 0 to 100."""
    return NONE if difficulty is None else f"{difficulty:.1f}"


def minutes_of_work(minutes: Minutes, still: str = "") -> str:
    """How long people are (`still`) expected to work, and what that stands on."""
    what = f"minutes of work {still}".strip()
    return f"about {minutes.value:.0f} {what} ({minutes.low:.0f} to {minutes.high:.0f}; {minutes.basis})"


def expectations(one: Prediction) -> str:
    """What is expected of a draft, and why, in lines."""
    lines = [
        f"expected difficulty {one.value:.0f}, for eight drafts in ten between {one.low:.0f} and {one.high:.0f}"
        f" (by {one.model})",
        f"expected handwork {clock(one.effort)}, between {clock(one.effort_low)} and {clock(one.effort_high)}",
    ]
    if one.from_scratch:
        lines.append("transcribe from scratch: typing it afresh is expected to be less work than mending the draft")
    reasons = [f"{cause.points:+6.1f}  {cause.text}" for cause in one.reasons]
    if not reasons:
        return "\n".join([*lines, "as drafts of its language usually are"])
    return "\n".join([*lines, "points of difficulty against the usual draft of its language:", *reasons])
