"""Corrections: `prelabel.correction/1` read and checked against the draft that it corrects.

Text is kept as it was sent, letter for letter: it is somebody's work. What is refused is what no person can have
meant: times that run backwards or lie elsewhere, names of sentences that the draft does not have, characters that
make a text look like another one.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.errors import BadDocument
from core.types import CorrectedSentence, Correction, Draft

SCHEMA: Final = "prelabel.correction/1"

MOST_BYTES = 8 << 20
"""A correction of LONGEST_TEXTS characters in JSON, escaped, with room: what is larger is none."""

MOST_SENTENCES = 20_000
LONGEST_TEXT = 10_000
LONGEST_TEXTS = 500_000
"""Characters of one sentence, and of all: a person speaks about 6,000 in a work unit of ten minutes."""

MOST_REVISIONS = 10_000
LONGEST_NAME = 128
BEYOND_UNIT_SECONDS = 0.5
"""So far a sentence may reach beyond its unit, or beyond the draft's own sentences: clips and players round."""

LONGEST_LEAD_SECONDS = 30 * 24 * 3600.0

_MOST_PROBLEMS = 20
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""They change the order in which letters are shown, so that a text reads as another one (Unicode TR 36, 3.1)."""


def read_correction(document: bytes, draft: Draft) -> Correction:
    """The correction of `draft` that `document` holds. A field it does not know is an error: it would be lost.

    Raises BadDocument, with a pointer to each place (as far as 20) where it does not hold.
    """
    correction = parse_correction(document)
    problems = list(_problems(correction, draft))
    if problems:
        raise _refused(problems)
    return correction


def parse_correction(document: bytes) -> Correction:
    """The correction that `document` holds, whatever it corrects. Raises BadDocument."""
    try:
        found = json.loads(document, parse_constant=_refuse_constant, object_pairs_hook=_without_twins)
    except UnicodeDecodeError as error:
        raise _refused([("", f"it is not UTF-8, at byte {error.start}")]) from error
    except RecursionError as error:
        raise _refused([("", "it is nested too deeply")]) from error
    except ValueError as error:
        raise _refused([("", f"it is not JSON: {error}")]) from error
    if not isinstance(found, dict):
        raise _refused([("", "it is not an object")])
    schema = found.get("schema")
    if schema != SCHEMA:
        raise _refused([("/schema", f"it is {_shown(schema)}, and this prelabel reads {SCHEMA!r}")])
    try:
        return _adapter().validate_json(document, strict=True)
    except ValidationError as error:
        listed = error.errors(include_url=False, include_input=False)[:_MOST_PROBLEMS]
        raise _refused([(json_pointer(one["loc"]), _said(one)) for one in listed]) from error


def correction_json(correction: Correction) -> str:
    """The document of a correction; the same correction gives the same text."""
    document = _adapter().dump_python(correction, mode="json", by_alias=True, exclude_none=False)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def correction_sha256(document: str) -> str:
    """By this a submission that comes again is known."""
    return hashlib.sha256(document.encode()).hexdigest()


@cache
def _adapter() -> TypeAdapter[Correction]:
    return TypeAdapter(Correction)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Of two fields of one name JSON readers keep one, without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twin = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the field {twin[:40]!r} is there more than once")
    return found


def _said(error: ErrorDetails) -> str:
    if error["type"] == "unexpected_keyword_argument":
        return "a correction has no such field"
    return error["msg"]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _shown(value: object) -> str:
    return repr(value)[:60] if value is not None else "missing"


def json_pointer(place: tuple[int | str, ...]) -> str:
    """A place in a document as RFC 6901 writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)


def _refused(problems: list[tuple[str, str]]) -> BadDocument:
    pointer, first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return BadDocument(
        "this correction cannot be taken",
        why=f"{pointer or 'the document'}: {first}{more}",
        fix="correct the document and send it again; docs/platform.md describes every field",
        problems=tuple(problems[:_MOST_PROBLEMS]),
    )


def _problems(correction: Correction, draft: Draft) -> Iterator[tuple[str, str]]:
    if correction.draft_id != draft.draft_id:
        yield "/draft_id", f"it names another draft than {draft.draft_id}"
        return
    if not 1 <= correction.revision <= MOST_REVISIONS:
        yield "/revision", f"revisions count from 1 to {MOST_REVISIONS}"
    yield from name_problems("/worker", correction.worker)
    if not 0.0 <= correction.lead_time <= LONGEST_LEAD_SECONDS:
        yield "/lead_time", "active seconds lie between 0 and 30 days"
    earliest, latest = _bounds(draft)
    for number, (start, end) in enumerate(correction.played or ()):
        yield from _time_problems(f"/played/{number}", start, end, earliest, latest)
    if len(correction.sentences) > MOST_SENTENCES:
        yield "/sentences", f"there are more than {MOST_SENTENCES}"
        return
    if sum(len(sentence.text) for sentence in correction.sentences) > LONGEST_TEXTS:
        yield "/sentences", f"the texts have more than {LONGEST_TEXTS} characters together"
        return
    yield from _sentence_problems(correction.sentences, draft, earliest, latest)


def _sentence_problems(
    sentences: tuple[CorrectedSentence, ...], draft: Draft, earliest: float, latest: float
) -> Iterator[tuple[str, str]]:
    drafted = {sentence.id for sentence in draft.sentences}
    seen: set[str] = set()
    for number, sentence in enumerate(sentences):
        at = f"/sentences/{number}"
        yield from _time_problems(at, sentence.start, sentence.end, earliest, latest)
        yield from _text_problems(f"{at}/text", sentence.text, may_be_empty="inaudible" in sentence.marks)
        for position, mark in enumerate(sentence.marks):
            if mark in sentence.marks[:position]:
                yield f"{at}/marks/{position}", "this sentence has this mark twice"
        if sentence.speaker is not None:
            yield from name_problems(f"{at}/speaker", sentence.speaker)
        if sentence.id is not None:
            yield from name_problems(f"{at}/id", sentence.id)
            if sentence.id in seen:
                yield f"{at}/id", "another sentence of this correction has the same id"
            seen.add(sentence.id)
        sources: set[str] = set()
        for position, name in enumerate(sentence.from_ids or ()):
            if name not in drafted:
                yield f"{at}/from/{position}", "the draft has no sentence of this id"
            elif name in sources:
                yield f"{at}/from/{position}", "this sentence names it twice"
            sources.add(name)
        if sentence.seconds is not None and not 0.0 <= sentence.seconds <= LONGEST_LEAD_SECONDS:
            yield f"{at}/seconds", "active seconds lie between 0 and 30 days"


def _bounds(draft: Draft) -> tuple[float, float]:
    """Between which times a correction of the draft may lie, in seconds of the recording."""
    starts = [draft.unit.start, *(sentence.start for sentence in draft.sentences)]
    ends = [draft.unit.end, *(sentence.end for sentence in draft.sentences)]
    return max(0.0, min(starts) - BEYOND_UNIT_SECONDS), max(ends) + BEYOND_UNIT_SECONDS


def _time_problems(at: str, start: float, end: float, earliest: float, latest: float) -> Iterator[tuple[str, str]]:
    if not (math.isfinite(start) and math.isfinite(end)):
        yield at, "times are finite numbers of seconds"
    elif end <= start:
        yield at, "it ends before it has begun: `end` must be greater than `start`"
    elif start < earliest or end > latest:
        yield (
            at,
            f"it lies outside the work unit ({earliest:.1f} to {latest:.1f} s of the recording)",
        )


def name_problems(at: str, name: str) -> Iterator[tuple[str, str]]:
    """(`at`, what is wrong there) where `name` can name nobody, as every name in a correction has to."""
    if not name.strip() or len(name) > LONGEST_NAME:
        yield at, f"a name has 1 to {LONGEST_NAME} characters"
    elif refused := _refused_character(name, ""):
        yield at, f"it holds the character {refused}"


def _text_problems(at: str, text: str, *, may_be_empty: bool) -> Iterator[tuple[str, str]]:
    if not text.strip() and not may_be_empty:
        yield at, "it is empty: leave out a sentence in which nothing is said, or mark it `inaudible`"
    elif len(text) > LONGEST_TEXT:
        yield at, f"it has more than {LONGEST_TEXT} characters"
    elif refused := _refused_character(text, "\t\n\r"):
        yield at, f"it holds the character {refused}"


def _refused_character(text: str, allowed: str) -> str | None:
    """The first character that no person can have meant, as U+XXXX: controls, half surrogates, overrides."""
    for character in text:
        if character in allowed:
            continue
        if character in _OVERRIDES or unicodedata.category(character) in ("Cc", "Cs"):
            return f"U+{ord(character):04X}"
    return None
