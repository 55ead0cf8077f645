"""SubRip subtitles.

SRT has no escapes, and players differ in what they take for markup. So that every one shows the text as it was
said, an invisible word joiner (U+2060) parts what some would take for a tag (`<b`, `</b`, `{\\an8`) or for a
time line (`-->`). The speaker stands before the text, as in `S1: `; an uncertain one is left out.
"""

from __future__ import annotations

import re

from core.types import Draft
from export.formats.cues import Cue, clock, cues

_LOOKS_LIKE_MARKUP = re.compile(r"(<(?=[A-Za-z/])|\{(?=\\)|--(?=>))")


def render(draft: Draft) -> str:
    """The draft as SRT; "" where nobody speaks."""
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues(draft), 1))


def _block(number: int, cue: Cue) -> str:
    speaker = f"{cue.speaker}: " if cue.speaker else ""
    text = _LOOKS_LIKE_MARKUP.sub("\\1\u2060", speaker + cue.text)
    return f"{number}\n{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}\n{text}\n"
