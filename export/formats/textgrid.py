"""Praat TextGrid, the long text format (Praat manual, "TextGrid file formats").

Interval tiers as `export.formats.tiers` gives them, each filled from end to end: where nobody speaks, the interval
is empty. Times are seconds from the start of the unit, because the TextGrid stands beside its clip. Quotes are
doubled; a sentence without text cannot be told from silence. Language, confidence and flags have no place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.types import Draft
from export.formats.clip import clip_ms
from export.formats.tiers import UNCERTAIN, Label, tiers

Interval = tuple[int, int, str]


def render(draft: Draft) -> str:
    """The draft as TextGrid; one empty tier where nobody speaks, because Praat wants at least one."""
    end = clip_ms(draft.unit)
    rows = [
        row
        for tier in tiers(draft)
        for row in ((tier.name, _filled(tier.sentences, end)), (tier.words_name, _filled(tier.words, end)))
    ] or [(UNCERTAIN, _filled((), end))]
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end / 1000}",
        "tiers? <exists>",
        f"size = {len(rows)}",
        "item []:",
    ]
    for number, (name, intervals) in enumerate(rows, 1):
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(name)}",
            "        xmin = 0",
            f"        xmax = {end / 1000}",
            *_lines(intervals),
        ]
    return "\n".join(lines) + "\n"


def _filled(labels: Iterable[Label], end_ms: int) -> list[Interval]:
    """`labels` as intervals that cover 0 to `end_ms` without a gap."""
    intervals: list[Interval] = []
    reached = 0
    for label in labels:
        if label.start_ms > reached:
            intervals.append((reached, label.start_ms, ""))
        intervals.append((label.start_ms, label.end_ms, label.text))
        reached = label.end_ms
    if reached < end_ms:
        intervals.append((reached, end_ms, ""))
    return intervals


def _lines(intervals: list[Interval]) -> Iterator[str]:
    yield f"        intervals: size = {len(intervals)}"
    for number, (start, end, text) in enumerate(intervals, 1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {start / 1000}"
        yield f"            xmax = {end / 1000}"
        yield f"            text = {_quoted(text)}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
