"""Formats that a draft can be written in: a file and a line each.

All of them are text in UTF-8 without a byte order mark, lines end in LF, and `render` is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.types import Draft
from export.formats import json, srt, vtt

FORMATS: Mapping[str, Callable[[Draft], str]] = {
    "json": json.render,
    "srt": srt.render,
    "vtt": vtt.render,
}
