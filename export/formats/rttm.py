"""Rich Transcription Time Marked: who speaks when, without text (NIST RT-09 evaluation plan, appendix A).

The draft's regular turns, those that may overlap; exclusive ones only where there are no others. The file id is
the draft's id, the name of the unit's clip, and times are seconds from the start of the unit. Fields are parted by
white space, so white space inside a name becomes `_`.
"""

from __future__ import annotations

import re

from core.types import Draft, Turn
from export.formats.characters import writable
from export.formats.clip import placed


def render(draft: Draft) -> str:
    """One SPEAKER line for each turn, by start time; "" where nobody speaks."""
    turns = [turn for turn in draft.turns if not turn.exclusive] or draft.turns
    return "".join(_line(draft, turn) for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)))


def _line(draft: Draft, turn: Turn) -> str:
    start, end = placed(turn, draft.unit)
    duration = end - start
    return (
        f"SPEAKER {draft.draft_id} 1 {start / 1000:.3f} {duration / 1000:.3f} "
        f"<NA> <NA> {_field(turn.speaker)} <NA> <NA>\n"
    )


def _field(name: str) -> str:
    return re.sub(r"\s+", "_", writable(name).strip()) or "<NA>"
