"""Drafts: made from what the stages found, written as `prelabel.draft/1`, read back."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from core.errors import UsageProblem
from core.flags import DRAFT_FLAGS
from core.project import Project
from core.types import (
    LANGUAGES,
    Checked,
    Decoded,
    Draft,
    DraftRecording,
    Language,
    Loudness,
    Pipeline,
    Recording,
    Sentence,
    Separation,
    SignalQuality,
    Transcript,
    Turn,
    Unit,
    Word,
)

VERSION = 2
SCHEMA: Final = "prelabel.draft/1"

CLIPPED_SHARE = 0.001
"""From this share of clipped samples on, one in a thousand, the draft says that the sound is clipped."""


def draft_id(recording_id: str, unit_index: int, fingerprint: str, project: str) -> str:
    """32 hex digits that name one unit of one recording, drafted by one pipeline for one project."""
    key = json.dumps([recording_id, unit_index, fingerprint, project], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def make_draft(
    recording: Recording,
    project: Project,
    unit: Unit,
    *,
    decoded: Decoded,
    quality: SignalQuality,
    separation: Separation,
    loudness: Loudness,
    transcript: Transcript,
    turns: Iterable[Turn],
    checked: Checked,
    pipeline: Pipeline,
    external_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
    flags: Iterable[str] = (),
) -> Draft:
    """The draft of one unit: the sentences that start in it, the turns that reach into it, and how they came about.

    A sentence that the unit's border cuts through ends there, with its words. Speaker names, flags, and the
    quality figures except `unwritten_voice` and `redecoded`, are those of the whole recording.
    `external_id` is the customer's name for the recording, its URI where there is none. `flags` are added to
    those that the stages raised; a flag that core/flags.py does not know is a ValueError.
    """
    sentences = [_clipped(sentence, unit) for sentence in checked.sentences if _starts_in(sentence.start, unit)]
    unwritten = [
        [max(start, unit.start), min(end, unit.end)]
        for start, end in checked.unwritten_voice
        if start < unit.end and end > unit.start
    ]
    raised = {*flags, *decoded.flags, *separation.flags, *checked.flags}
    raised |= {"loudness_limited"} if loudness.limited else set()
    raised |= {"clipped"} if quality.clipped_share >= CLIPPED_SHARE else set()
    raised |= {"offline_models"} if pipeline.model_set == "offline" else set()
    return Draft(
        schema=SCHEMA,
        draft_id=draft_id(recording.id, unit.index, pipeline.fingerprint, project.name),
        project=project.name,
        external_id=printable(external_id if external_id is not None else recording.uri),
        metadata={printable(name): printable(value) for name, value in (metadata or {}).items()},
        recording=DraftRecording(recording.id, printable(recording.uri), decoded.duration),
        unit=unit,
        language=_language(sentences, transcript, unit),
        sentences=tuple(replace(sentence, id=f"{n:04d}") for n, sentence in enumerate(sentences, 1)),
        turns=tuple(turn for turn in turns if turn.start < unit.end and turn.end > unit.start),
        quality={
            "snr_db": quality.snr_db,
            "voice_level_dbfs": quality.voice_level_dbfs,
            "noise_level_dbfs": quality.noise_level_dbfs,
            "voice_share": quality.voice_share,
            "music_share": quality.music_share,
            "clipped_share": quality.clipped_share,
            "bandwidth_hz": quality.bandwidth_hz,
            "dc_offset": quality.dc_offset,
            "separation": {"separated": separation.separated, "why": separation.why},
            "loudness": {
                "integrated_lufs": loudness.integrated_lufs,
                "gain_db": loudness.gain_db,
                "reached_lufs": loudness.reached_lufs,
                "true_peak_dbtp": loudness.true_peak_dbtp,
                "limited": loudness.limited,
            },
            "unwritten_voice": unwritten,
            "redecoded": _redecoded(transcript, unit),
        },
        flags=_in_order(raised),
        pipeline=pipeline,
    )


def _language(sentences: Sequence[Sentence], transcript: Transcript, unit: Unit) -> Language:
    """The language with most seconds of speech; of a part of a recording, by its sentences where it has any."""
    if unit.count == 1 or not sentences:
        return transcript.language
    spoken = dict.fromkeys(LANGUAGES, 0.0)
    for sentence in sentences:
        spoken[sentence.language] += sentence.end - sentence.start
    return max(LANGUAGES, key=lambda language: spoken[language])


def _clipped(sentence: Sentence, unit: Unit) -> Sentence:
    if sentence.end <= unit.end:
        return sentence
    words = tuple(
        replace(word, start=min(word.start, unit.end), end=min(word.end, unit.end)) for word in sentence.words
    )
    return replace(sentence, end=unit.end, words=words)


def _redecoded(transcript: Transcript, unit: Unit) -> int:
    """Windows decoded again; of a part of a recording only those that gave text, as the others have no place."""
    if unit.count == 1:
        return transcript.redecoded
    return sum(passage.redecoded and _starts_in(passage.start, unit) for passage in transcript.passages)


def _starts_in(start: float, unit: Unit) -> bool:
    """Whether something that starts at `start` belongs to `unit`: exactly one unit says yes, whatever `start`."""
    after = start >= unit.start or unit.index == 0
    before = start < unit.end or unit.index == unit.count - 1
    return after and before


def _in_order(flags: set[str]) -> tuple[str, ...]:
    unknown = flags - DRAFT_FLAGS.keys()
    if unknown:
        raise ValueError(f"not flags of a draft: {sorted(unknown)}")
    return tuple(flag for flag in DRAFT_FLAGS if flag in flags)


def printable(text: str) -> str:
    """`text` as it can be written in UTF-8: bytes of a file name that were none show as `\\udcXX`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def to_json(draft: Draft) -> bytes:
    """The document `prelabel.draft/1`: UTF-8, times to the millisecond; the same draft gives the same bytes."""
    document = _adapter().dump_python(rounded(draft), mode="json")
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def rounded(draft: Draft) -> Draft:
    """`draft` as its document says it: times to 3 decimals, other measures to 4."""
    return replace(
        draft,
        recording=replace(draft.recording, duration=_time(draft.recording.duration)),
        unit=replace(draft.unit, start=_time(draft.unit.start), end=_time(draft.unit.end)),
        sentences=tuple(_rounded_sentence(sentence) for sentence in draft.sentences),
        turns=tuple(replace(turn, start=_time(turn.start), end=_time(turn.end)) for turn in draft.turns),
        quality=_rounded_quality(draft.quality),
    )


def _rounded_sentence(sentence: Sentence) -> Sentence:
    return replace(
        sentence,
        start=_time(sentence.start),
        end=_time(sentence.end),
        confidence=_measure(sentence.confidence),
        words=tuple(_rounded_word(word) for word in sentence.words),
    )


def _rounded_word(word: Word) -> Word:
    return replace(word, start=_time(word.start), end=_time(word.end), confidence=_measure(word.confidence))


def _rounded_quality(quality: Any) -> Any:
    match quality:
        case dict():
            return {name: _rounded_quality(value) for name, value in quality.items()}
        case list() | tuple():
            return [[_time(start), _time(end)] for start, end in quality]
        case float():
            return _measure(quality)
        case _:
            return quality


def _time(seconds: float) -> float:
    return _rounded(seconds, 3)


def _measure(value: float) -> float:
    return _rounded(value, 4)


def _rounded(value: float, decimals: int) -> float:
    if not math.isfinite(value):
        raise ValueError(f"a draft cannot hold {value}: measures that do not exist are None")
    return round(float(value), decimals) + 0.0  # adding 0.0 turns -0.0 into 0.0


def from_json(document: bytes) -> Draft:
    """The draft that `document` holds. Fields it does not know are passed over.

    Raises UsageProblem where it is no JSON, another kind or version of document, or incomplete.
    """
    try:
        found = json.loads(document, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _not_a_draft(f"it is not JSON: {error}") from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if isinstance(schema, str) and schema.startswith("prelabel.draft/") and schema != SCHEMA:
        raise UsageProblem(
            "this draft cannot be read",
            why=f"it is written as {schema!r}, and this prelabel reads {SCHEMA!r}",
            fix="use the release of prelabel that wrote it, or draft the recording again",
        )
    if schema != SCHEMA:
        raise _not_a_draft(f"its schema is {schema!r}, not {SCHEMA!r}")
    try:
        return _adapter().validate_json(document, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise _not_a_draft(f"{place}: {first['msg']}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _not_a_draft(why: str) -> UsageProblem:
    return UsageProblem(
        "this is not a draft", why=why, fix="name a document that prelabel wrote: a draft id or its JSON file"
    )


def draft_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `prelabel.draft/1`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **_adapter().json_schema(mode="serialization"),
    }


@cache
def _adapter() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)
