"""Lhotse manifests: a folder with `recordings.jsonl.gz` and `supervisions.jsonl.gz`.

The recording is the unit's clip, named for the draft; a supervision is a sentence, its words are the alignment
`word`. Times are seconds from the start of the unit. What Lhotse has no field for stands in `custom`: the draft's
id, the customer's name for the recording, the unit's start in it, raw text, confidence and flags. Manifests of
several drafts may be joined with `cat`: gzip and JSON Lines allow it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.types import Draft, Sentence
from export.clips import MIX_RATE
from export.drafts import rounded
from export.formats.clip import clip_ms, clip_name, placed


def render(draft: Draft) -> Mapping[str, bytes]:
    """The files of the folder by name; the same draft gives the same bytes."""
    draft = rounded(draft)
    return {
        "recordings.jsonl.gz": _lines([recording(draft, clip_name(draft), MIX_RATE)]),
        "supervisions.jsonl.gz": _lines(_supervision(draft, sentence) for sentence in draft.sentences),
    }


def recording(draft: Draft, address: str, sample_rate: int) -> dict[str, Any]:
    """The unit's sound, one channel, in the file `address`: Lhotse reads a relative one from where it runs."""
    duration = clip_ms(draft.unit) / 1000
    return {
        "id": draft.draft_id,
        "sources": [{"type": "file", "channels": [0], "source": address}],
        "sampling_rate": sample_rate,
        "num_samples": round(duration * sample_rate),
        "duration": duration,
        "channel_ids": [0],
    }


def _supervision(draft: Draft, sentence: Sentence) -> dict[str, Any]:
    start, duration = _seconds(*placed(sentence, draft.unit))
    words = [
        [word.text.strip(), *_seconds(*placed(word, draft.unit)), word.confidence]
        for word in sentence.words
        if word.text.strip()
    ]
    return {
        "id": f"{draft.draft_id}-{sentence.id}",
        "recording_id": draft.draft_id,
        "start": start,
        "duration": duration,
        "channel": 0,
        "text": sentence.text,
        "language": sentence.language,
        **({} if sentence.speaker is None else {"speaker": sentence.speaker}),
        "custom": {
            "draft_id": draft.draft_id,
            "external_id": draft.external_id,
            "unit_start": draft.unit.start,
            "raw_text": sentence.raw_text,
            "confidence": sentence.confidence,
            "flags": list(sentence.flags),
        },
        "alignment": {"word": words},
    }


def _seconds(start_ms: int, end_ms: int) -> tuple[float, float]:
    """Start and duration."""
    return start_ms / 1000, (end_ms - start_ms) / 1000


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return gzip.compress(text.encode(), mtime=0)
