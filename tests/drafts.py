"""Drafts that are hard to write down, and what a reader of another's making gives back of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from benchmarks.format_readers import READERS, Row
from benchmarks.formats import TEXTS as HARD_TEXTS
from core.store import write_folder_atomically
from core.types import LANGUAGES, Draft, Unit
from export.formats import FOLDERS, FORMATS
from tests.export.conftest import build_draft, build_sentence

MARKUP, SCRIPTS = HARD_TEXTS["markup"], HARD_TEXTS["scripts"]


def talk(texts: Sequence[str]) -> Draft:
    """Each text in turn, by two speakers and an uncertain one; a speaker talks into the next one's sentence."""
    speakers = ("S1", "S2", None)
    return build_draft(
        [
            build_sentence(text, 1.0 + n, 2.5 + n, speaker=speakers[n % 3], language=LANGUAGES[n % 4])
            for n, text in enumerate(texts)
        ],
        seconds=len(texts) + 5.0,
    )


def second_unit(draft: Draft, start: float) -> Draft:
    """The draft as that of the second unit of its recording, which begins at `start`."""
    return replace(draft, unit=Unit(1, 2, start, draft.unit.end))


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), min_size=1, max_size=20)
"""Anything that a line of text may hold, with a letter at each end, because many readers trim."""


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Up to 8 sentences of three speakers and an uncertain one, anywhere in a minute, some without length."""
    said = st.tuples(
        TEXTS.map(lambda text: f"a{text}z"),
        st.integers(0, 59_000),
        st.integers(0, 1000),
        st.sampled_from(["S1", "S2", "S3", None]),
        st.sampled_from(LANGUAGES),
    )
    return build_draft(
        [
            build_sentence(text, start / 1000, (start + length) / 1000, speaker=speaker, language=language)
            for text, start, length, speaker, language in draw(st.lists(said, max_size=8))
        ],
        seconds=60.0,
    )


def read_back(format_name: str, draft: Draft) -> list[Row]:
    """What the format's reader gives back of `draft`, by time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"draft.{format_name}"
        if format_name in FOLDERS:
            write_folder_atomically(path, FOLDERS[format_name](draft))
        else:
            path.write_bytes(FORMATS[format_name](draft).encode())
        rows = READERS[format_name][0].read(path)
    return in_order(replace(row, start=round(row.start, 3), end=round(row.end, 3)) for row in rows)


def told(draft: Draft) -> list[Row]:
    """The draft's sentences as rows, in seconds from the start of its unit; none is shorter than a millisecond."""
    rows = []
    for one in draft.sentences:
        start, end = (round(time - draft.unit.start, 3) for time in (one.start, one.end))
        rows.append(Row(start, max(end, round(start + 0.001, 3)), one.speaker, one.text))
    return in_order(rows)


def in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.start, row.end, row.speaker or "", row.text or ""))
