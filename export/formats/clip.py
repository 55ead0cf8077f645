"""The clip of a work unit, for the formats that stand beside it: time 0 is the unit's start."""

from __future__ import annotations

from core.spans import Span
from core.types import Draft, Unit


def clip_name(draft: Draft) -> str:
    """The name of the unit's clip (AAC in MP4): the draft's id, which no two units share."""
    return f"{draft.draft_id}.m4a"


def clip_ms(unit: Unit) -> int:
    """How long the unit's clip is, in whole milliseconds; never 0."""
    return max(1, _milliseconds(unit.end) - _milliseconds(unit.start))


def placed(span: Span, unit: Unit) -> tuple[int, int]:
    """Start and end of `span` in whole milliseconds from the start of `unit`, both inside its clip.

    What has no length, or lies outside, lasts one millisecond: no format can hold less.
    """
    zero, length = _milliseconds(unit.start), clip_ms(unit)
    start = min(max(0, _milliseconds(span.start) - zero), length - 1)
    end = min(max(start + 1, _milliseconds(span.end) - zero), length)
    return start, end


def _milliseconds(seconds: float) -> int:
    """As the draft's document rounds: a draft gives the same text before it is stored and after."""
    return round(round(seconds, 3) * 1000)
