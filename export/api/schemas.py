"""JSON Schemas of drafts and corrections as components of an OpenAPI description, with every field explained.

docs/platform.md has the same explanations as tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from export.corrections import (
    LONGEST_LEAD_SECONDS,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_REVISIONS,
    MOST_SENTENCES,
)

FIELDS: Mapping[str, Mapping[str, str]] = {
    "Draft": {
        "schema": "`prelabel.draft/1`.",
        "draft_id": "32 hex digits: the same recording, unit, project and pipeline give the same id.",
        "project": "The project that it was drafted for.",
        "external_id": "The customer's own name for the recording; its address where none was given.",
        "metadata": "What the manifest says of the recording beside that: names and texts.",
        "recording": "The whole recording that the unit is a piece of.",
        "unit": "The piece of it that this draft is for.",
        "language": "The language with most speech in the recording: ko, en, zh or ja.",
        "sentences": "What people correct, in order of `start`; those of two speakers may overlap.",
        "turns": "Who speaks when, as the pipeline heard it, apart from what is said.",
        "quality": "What was measured of the sound and of the recogniser's work; for people and for statistics.",
        "flags": "What a person should know of the whole draft. Each flag stands for a sentence.",
        "pipeline": "How the draft was made.",
    },
    "DraftRecording": {
        "id": "SHA-256 of the file's bytes, 64 hex digits.",
        "uri": "Its address, as it was given to prelabel.",
        "duration": "Seconds of sound in it.",
    },
    "Unit": {
        "index": "Its number among the units of the recording, from 0.",
        "count": "How many units the recording has.",
        "start": "Where it begins, in seconds of the recording. Its clip begins there.",
        "end": "Where it ends, in seconds of the recording.",
    },
    "Sentence": {
        "id": "Its name within the recording, to which a correction's `from` refers.",
        "start": "When it begins, in seconds of the recording.",
        "end": "When it ends, in seconds of the recording.",
        "speaker": "`S1`, `S2` … in order of appearance, the same in all units of the recording; null: uncertain.",
        "language": "The language of this sentence.",
        "text": "To be corrected: written as the project's guideline wants it.",
        "raw_text": "Exactly what the recogniser wrote.",
        "confidence": "The recogniser's own probability of its words, 0 to 1; not how right it is.",
        "flags": "What to look at twice. Each flag stands for a sentence.",
        "words": "The recogniser's words; together they spell `raw_text`.",
    },
    "Word": {
        "text": "As it was written, with the space before it.",
        "start": "When it begins, in seconds of the recording.",
        "end": "When it ends, in seconds of the recording.",
        "confidence": "The recogniser's own probability of it, 0 to 1.",
        "speaker": "Who says it; null: uncertain.",
        "overlapped": "Somebody else speaks at the same time.",
    },
    "Turn": {
        "start": "When it begins, in seconds of the recording.",
        "end": "When it ends, in seconds of the recording.",
        "speaker": "Who speaks.",
        "exclusive": "false: turns of two people may overlap. true: of a second list, in which they never do.",
    },
    "Pipeline": {
        "fingerprint": "A hash of everything that can change a draft: stages, settings, models.",
        "model_set": "The set of models: `offline`, `fast` or `best`.",
        "stages": "Every stage, in the order in which they ran.",
    },
    "StageProvenance": {
        "name": "The stage.",
        "version": "Of the stage's code.",
        "fingerprint": "A hash of this stage and of all before it.",
        "settings": "How it was set.",
        "models": "Which models it used, in which revision.",
    },
    "Correction": {
        "schema": "`prelabel.correction/1`.",
        "draft_id": "The draft that was corrected.",
        "revision": "1, 2, 3 …: each submission is a new one and never changes. A wrong number is told the next.",
        "worker": "Who corrected: a name of yours, up to 128 characters.",
        "lead_time": "Seconds in which the person was active, for this revision alone.",
        "sentences": "All of them, as they should be: who leaves one out deletes it.",
        "played": "Spans that were heard, `[[start, end], …]` in seconds of the recording. May be left out.",
    },
    "CorrectedSentence": {
        "start": "When it begins, in seconds of the **recording**, as in the draft, not of the clip.",
        "end": "When it ends, likewise.",
        "speaker": "Who speaks, by a name of your own (`S1`, `Host`); null: uncertain.",
        "text": "What is said, kept letter by letter. Empty only in a sentence that is marked `inaudible`.",
        "id": "Your name for the sentence. May be left out.",
        "from": "The draft's sentences that it was made of: `[]` for an added one, two for a merged one.",
        "seconds": "Seconds spent on this sentence. May be left out.",
        "marks": "`inaudible`: it, or part of it, cannot be understood; `overlap`: two people speak at once; "
        "`foreign`: it, or part of it, is in another language. Each once. May be left out.",
    },
}
"""What each field of the two documents means, by type and by the name that the document uses."""


_NAME = {"minLength": 1, "maxLength": LONGEST_NAME}
_SECONDS = {"minimum": 0, "maximum": LONGEST_LEAD_SECONDS}
_LIMITS: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "Correction": {
        "revision": {"minimum": 1, "maximum": MOST_REVISIONS},
        "worker": _NAME,
        "lead_time": _SECONDS,
        "sentences": {"maxItems": MOST_SENTENCES},
    },
    "CorrectedSentence": {
        "start": {"minimum": 0},
        "speaker": _NAME,
        "text": {"maxLength": LONGEST_TEXT},
        "id": _NAME,
        "seconds": _SECONDS,
        "marks": {"uniqueItems": True},
    },
}
"""What export.corrections insists on and the types do not say. None of it counts where the value is null."""

_FLAGS: Mapping[str, Mapping[str, str]] = {"Draft": DRAFT_FLAGS, "Sentence": SENTENCE_FLAGS}


def schemas_of(kind: type, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """The schema of a type under its name, and those of the types in it under theirs."""
    schema = TypeAdapter(kind).json_schema(mode=mode, by_alias=True, ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = schema.pop("$defs", {})
    found = {kind.__name__: schema} | inner
    for name, fields in FIELDS.items():
        for field, meaning in fields.items() if name in found else ():
            found[name]["properties"][field] |= _LIMITS.get(name, {}).get(field, {}) | {"description": meaning}
    for name in _FLAGS.keys() & found.keys():
        flags = found[name]["properties"]["flags"]
        flags["items"]["enum"] = list(_FLAGS[name])
        flags["description"] += "".join(f"\n- `{flag}`: {sentence}" for flag, sentence in _FLAGS[name].items())
    return found
