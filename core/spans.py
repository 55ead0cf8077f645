"""Time arithmetic, written once for anything that has a start and an end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Span(Protocol):
    """Anything that lasts from `start` to `end`, in seconds from the start of the recording."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


def duration(span: Span) -> float:
    """Seconds from the start of `span` to its end."""
    return span.end - span.start


def overlap(a: Span, b: Span) -> float:
    """Seconds that `a` and `b` share; 0.0 when they only touch."""
    return max(0.0, min(a.end, b.end) - max(a.start, b.start))


def gap(a: Span, b: Span) -> float:
    """Seconds of silence between `a` and `b`; 0.0 when they touch or overlap."""
    return max(0.0, max(a.start, b.start) - min(a.end, b.end))


def merged(spans: Iterable[Span], *, join_within: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The union of `spans` as sorted, disjoint (start, end); holes up to `join_within` s are filled."""
    union: list[tuple[float, float]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if union and start - union[-1][1] <= join_within:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return tuple(union)


def subtracted(
    spans: Sequence[tuple[float, float]], covers: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """What is left of `spans` where no `covers` lies; both sorted and disjoint, as `merged` gives them."""
    left: list[tuple[float, float]] = []
    first = 0
    for start, end in spans:
        cursor = start
        while first < len(covers) and covers[first][1] <= start:
            first += 1
        for index in range(first, len(covers)):
            cover_start, cover_end = covers[index]
            if cover_start >= end:
                break
            if cover_start > cursor:
                left.append((cursor, cover_start))
            cursor = max(cursor, cover_end)
        if cursor < end:
            left.append((cursor, end))
    return tuple(left)


def total(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that disjoint `spans` cover together."""
    return sum(end - start for start, end in spans)
