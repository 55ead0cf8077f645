"""ELAN annotation format 3.0 (MPI for Psycholinguistics, EAFv3.0.xsd).

Tiers are those of `export.formats.tiers`, with the speaker as PARTICIPANT; the words hang under their sentences
(stereotype Included In: time-aligned, with gaps). The language is an EAF language: on the tier, or on each
annotation where a speaker uses several. Times are milliseconds from the start of the unit. Every edge has a time
slot of its own: with a shared one, whoever drags one annotation would drag its neighbour.

The property `draft_id` names the draft. Confidence and flags have no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from core.types import Draft, Language
from export.formats.characters import writable
from export.formats.clip import clip_name
from export.formats.tiers import Label, tiers

Edge = tuple[int, Literal["start", "end"]]

LANGUAGE_IDS: Mapping[Language, tuple[str, str]] = {
    "ko": ("kor", "Korean (kor)"),
    "en": ("eng", "English (eng)"),
    "zh": ("zho", "Chinese (zho)"),
    "ja": ("jpn", "Japanese (jpn)"),
}
"""ISO 639-3, as ELAN names languages."""

_NO_DATE = "1970-01-01T00:00:00+00:00"
"""EAF demands a date; the same draft must give the same text, so it says nothing."""

_MEDIA_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "wav": "audio/x-wav",
}
"""By the file's ending, as ELAN writes them; it takes anything else as "unknown" and looks for itself."""

_STEREOTYPES = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation, ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}


def render(draft: Draft) -> str:
    """The draft as EAF; without tiers where nobody speaks."""
    found = tiers(draft)
    labels = [label for tier in found for label in (*tier.sentences, *tier.words)]
    edges = sorted(_edges(labels))
    slots = {edge: f"ts{slot}" for slot, (_, edge) in enumerate(edges, 1)}
    numbers = count(1)
    lines = [*_opening(draft, len(labels)), "  <TIME_ORDER>"]
    lines += [f'    <TIME_SLOT TIME_SLOT_ID="{slots[edge]}" TIME_VALUE="{ms}"/>' for ms, edge in edges]
    lines.append("  </TIME_ORDER>")
    for tier in found:
        participant = "" if tier.speaker is None else f" PARTICIPANT={_attribute(tier.speaker)}"
        about = f'LINGUISTIC_TYPE_REF="sentence"{participant}'
        lines += _tier(f"TIER_ID={_attribute(tier.name)} {about}", tier.sentences, numbers, slots)
        about = f'LINGUISTIC_TYPE_REF="word" PARENT_REF={_attribute(tier.name)}{participant}'
        lines += _tier(f"TIER_ID={_attribute(tier.words_name)} {about}", tier.words, numbers, slots)
    spoken = {label.language for label in labels}
    lines += [
        '  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="sentence" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>',
        '  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="word" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"'
        ' CONSTRAINTS="Included_In"/>',
        *(
            f'  <LANGUAGE LANG_ID="{identity}" LANG_LABEL="{label}"/>'
            for language, (identity, label) in LANGUAGE_IDS.items()
            if language in spoken
        ),
        *(
            f'  <CONSTRAINT STEREOTYPE="{name}" DESCRIPTION={_attribute(about)}/>'
            for name, about in _STEREOTYPES.items()
        ),
        "</ANNOTATION_DOCUMENT>",
    ]
    return "\n".join(lines) + "\n"


def media_name(draft: Draft) -> str:
    """What ELAN looks for beside the EAF: the recording where the unit is all of it, else the unit's clip."""
    uri = draft.recording.uri
    path = urlsplit(uri).path if "://" in uri else uri
    name = re.split(r"[/\\]", path.rstrip("/"))[-1]
    return name if name and draft.unit.count == 1 else clip_name(draft)


def _opening(draft: Draft, annotations: int) -> Iterator[str]:
    name = media_name(draft)
    media_type = _MEDIA_TYPES.get(name.rsplit(".", 1)[-1].lower(), "unknown")
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<ANNOTATION_DOCUMENT AUTHOR="prelabel" DATE="{_NO_DATE}" FORMAT="3.0" VERSION="3.0"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">'
    )
    yield '  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">'
    yield (
        f'    <MEDIA_DESCRIPTOR MEDIA_URL={_attribute(name)} MIME_TYPE="{media_type}"'
        f" RELATIVE_MEDIA_URL={_attribute(f'./{name}')}/>"
    )
    yield f'    <PROPERTY NAME="draft_id">{draft.draft_id}</PROPERTY>'
    yield f'    <PROPERTY NAME="lastUsedAnnotationId">{annotations}</PROPERTY>'
    yield "  </HEADER>"


def _edges(labels: Iterable[Label]) -> Iterator[tuple[int, Edge]]:
    """When each label, numbered from 1 on, starts and ends."""
    for number, label in enumerate(labels, 1):
        yield label.start_ms, (number, "start")
        yield label.end_ms, (number, "end")


def _tier(
    attributes: str, labels: tuple[Label, ...], numbers: Iterator[int], slots: Mapping[Edge, str]
) -> Iterator[str]:
    languages = {label.language for label in labels}
    on_tier = _language(languages.pop()) if len(languages) == 1 else ""
    yield f"  <TIER {attributes}{on_tier}>"
    for label, number in zip(labels, numbers, strict=False):
        yield "    <ANNOTATION>"
        yield (
            f'      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="{slots[number, "start"]}"'
            f' TIME_SLOT_REF2="{slots[number, "end"]}"{"" if on_tier else _language(label.language)}>'
        )
        yield f"        <ANNOTATION_VALUE>{_content(label.text)}</ANNOTATION_VALUE>"
        yield "      </ALIGNABLE_ANNOTATION>"
        yield "    </ANNOTATION>"
    yield "  </TIER>"


def _language(language: Language) -> str:
    return f' LANG_REF="{LANGUAGE_IDS[language][0]}"'


def _attribute(text: str) -> str:
    return quoteattr(writable(text))


def _content(text: str) -> str:
    """Escaped; a carriage return as a reference, because a parser would read it as a line feed."""
    return escape(text, {"\r": "&#13;"})
