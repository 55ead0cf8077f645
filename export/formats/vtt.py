"""WebVTT subtitles (W3C WebVTT). The speaker is a voice span, as in `<v S1>`; an uncertain one is left out."""

from __future__ import annotations

from core.types import Draft
from export.formats.cues import Cue, clock, cues


def render(draft: Draft) -> str:
    """The draft as WebVTT; only the header where nobody speaks. Cues are named 1, 2, 3 as in SRT."""
    return "\n".join(["WEBVTT\n", *(_block(number, cue) for number, cue in enumerate(cues(draft), 1))])


def _block(number: int, cue: Cue) -> str:
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    return f"{number}\n{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n{voice}{_escaped(cue.text)}\n"


def _escaped(text: str) -> str:
    """Character references for what WebVTT reads as markup; with `>` gone, `-->` cannot appear either."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
