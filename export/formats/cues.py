"""What SRT and WebVTT share: sentences as cues, in milliseconds from the start of the unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.types import Draft
from export.formats.characters import writable
from export.formats.clip import placed


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle; `text` is a single line that is not empty, `end_ms` is always after `start_ms`."""

    start_ms: int
    end_ms: int
    speaker: str | None
    text: str


def cues(draft: Draft) -> Iterator[Cue]:
    """The draft's sentences by start time, as WebVTT demands; cues of two speakers may overlap.

    Times count from the start of the unit, because that is where its clip starts, and stay inside it. A sentence
    without length lasts one millisecond, one without text is no cue. Line breaks become spaces: an empty line
    would end the cue.
    """
    for sentence in sorted(draft.sentences, key=lambda sentence: (sentence.start, sentence.end)):
        lines = (line.strip() for line in sentence.text.splitlines())
        text = " ".join(writable(line) for line in lines if line)
        if text:
            yield Cue(*placed(sentence, draft.unit), sentence.speaker, text)


def clock(milliseconds: int, decimal_mark: str) -> str:
    """`hh:mm:ss` and thousandths; the hours take three digits where they must."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{thousandths:03d}"
