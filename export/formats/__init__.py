"""Formats that a draft can be written in: a file and a line each.

Text is UTF-8 without a byte order mark, lines end in LF, and `render` is pure. docs/formats.md says for users what
each holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.types import Draft
from export.formats import eaf, json, jsonl, labelstudio, lhotse, rttm, srt, textgrid, vtt

FORMATS: Mapping[str, Callable[[Draft], str]] = {
    "json": json.render,
    "jsonl": jsonl.render,
    "srt": srt.render,
    "vtt": vtt.render,
    "textgrid": textgrid.render,
    "eaf": eaf.render,
    "rttm": rttm.render,
    "labelstudio": labelstudio.render,
}

MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "textgrid": "text/plain",
    "eaf": "application/xml",
    "rttm": "text/plain",
    "labelstudio": "application/json",
}
"""What each is called on the web. Praat's and NIST's have no name there, and SubRip's is one of long use."""

FOLDERS: Mapping[str, Callable[[Draft], Mapping[str, bytes]]] = {
    "lhotse": lhotse.render,
}
"""Formats of several files: their contents by name."""
