"""Label Studio tasks: the sound, and the draft as a prediction (Label Studio 1.23, "Import pre-annotations").

A sentence is one region in two results, `labels` for the speaker and `textarea` for the text, which share the
sentence's id: corrected regions are found again by it. Times are seconds from the start of the unit, because its
clip is what Label Studio plays. The labelling interface that the results fit is in label_studio/tasks.py; Label
Studio itself does not check that they do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from core.types import Draft, Sentence
from export.drafts import rounded
from export.formats.characters import writable
from export.formats.clip import clip_ms, clip_name, placed

SPEAKER, AUDIO, TRANSCRIPTION = "speaker", "audio", "transcription"
"""The names of the tags in the labelling interface, which results refer to."""

UNCERTAIN = "?"
"""The label of sentences whose speaker is null: a region without a label could not be told from a slip."""


def render(draft: Draft) -> str:
    """A list with the draft as one task, as Label Studio imports it.

    Its sound is looked for as `DRAFT_ID.m4a` in a Local Files storage; whoever serves it elsewhere changes
    `data.audio`, or calls `task` with the address.
    """
    found = task(draft, f"/data/local-files/?d={clip_name(draft)}")
    return json.dumps([found], ensure_ascii=False, indent=1) + "\n"


def task(draft: Draft, audio: str) -> dict[str, Any]:
    """The draft as a task whose sound lies at the address `audio`; no results where nobody speaks.

    `score`, of a region and of the whole, is the recogniser's confidence; there is none where nobody speaks.
    """
    draft = rounded(draft)
    prediction: dict[str, Any] = {
        "model_version": f"{draft.pipeline.model_set} {draft.pipeline.fingerprint}",
        "result": [result for sentence in draft.sentences for result in _results(draft, sentence)],
    }
    if draft.sentences:
        mean = sum(sentence.confidence for sentence in draft.sentences) / len(draft.sentences)
        prediction["score"] = round(mean, 4)
    return {
        "data": {
            "audio": audio,
            "draft_id": draft.draft_id,
            "external_id": writable(draft.external_id),
            "language": draft.language,
        },
        "predictions": [prediction],
    }


def label_of(sentence: Sentence) -> str:
    """The label of the speaker of a sentence."""
    return UNCERTAIN if sentence.speaker is None else writable(sentence.speaker)


def _results(draft: Draft, sentence: Sentence) -> Iterable[dict[str, Any]]:
    start, end = placed(sentence, draft.unit)
    span = {"start": start / 1000, "end": end / 1000, "channel": 0}
    for control, kind, value in (
        (SPEAKER, "labels", {"labels": [label_of(sentence)]}),
        (TRANSCRIPTION, "textarea", {"text": [writable(sentence.text)]}),
    ):
        yield {
            "id": sentence.id,
            "from_name": control,
            "to_name": AUDIO,
            "type": kind,
            "origin": "prediction",
            "original_length": clip_ms(draft.unit) / 1000,
            "score": sentence.confidence,
            "value": span | value,
        }
