"""JSON Lines: one sentence a line, with what is needed to know where it comes from.

A sentence has the fields of the draft document, `prelabel.draft/1`, with words, flags and raw text; before them
stand `draft_id`, `project`, `external_id`, `recording` and `unit`. Times are seconds from the start of the
recording, as in the document; `unit.start` is there to subtract.
"""

from __future__ import annotations

import json

from core.types import Draft
from export.drafts import to_json

_ORIGIN = ("draft_id", "project", "external_id", "recording", "unit")

_BREAKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}
"""Legal in JSON as they are, but many readers end a line at them."""


def render(draft: Draft) -> str:
    """The draft's sentences, one a line; "" where nobody speaks."""
    document = json.loads(to_json(draft))
    origin = {name: document[name] for name in _ORIGIN}
    return "".join(
        json.dumps(origin | sentence, ensure_ascii=False).translate(_BREAKS) + "\n"
        for sentence in document["sentences"]
    )
