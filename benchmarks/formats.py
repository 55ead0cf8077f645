"""What comes back when libraries of others read an exported draft: docs/formats.md has the table.

    python -m benchmarks.formats

Sixty sentences of the synthetic corpus in each language, and texts that formats and their readers trip over, said
by two speakers and an uncertain one who talk into each other, in the second unit of a recording. Readers that are
not installed are left out.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.format_readers import READERS, Reader, Row
from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from core.store import write_folder_atomically
from core.types import LANGUAGES, Draft, DraftRecording, Language, Pipeline, Sentence, Turn, Unit, Word
from export.drafts import SCHEMA
from export.formats import FOLDERS, FORMATS

SENTENCES = 60
UNIT_START = 612.3456
"""Seconds, not whole milliseconds: a unit begins in the middle of a silence. Its clip begins at the nearest one."""

TEXTS = {
    "markup": (
        "if a<b & b<3 then <b>bold</b>",
        "{\\an8}up {note}",
        "00:01 --> 00:02",
        'he said "no" "',
        "&amp; &lt; ]]> <![CDATA[x]]>",
        "C:\\new\\table",
        "#1, 50%; a|b",
        "S7: not a speaker",
    ),
    "scripts": (
        "오늘 회의는 세 시에 시작합니다.",
        "今天的会议三点开始。",
        "今日の\u3000会議は三時に始まります。",
        "nai\u0308ve cafe\u0301 \u1100\u1161\u11a8",
        "\u0301 alone",
        "שלום, مرحبا, \u202eabc\u202c",
        "\U0001f469\u200d\U0001f467 \U0001f1f0\U0001f1f7",
        "a\u00a0b",
    ),
}
"""Markup of the formats; decomposed Hangul and a lone accent, right-to-left, joined emoji, odd spaces."""

FROM_THE_RECORDING = frozenset({"json", "jsonl"})
"""Formats whose times count from the start of the recording, not of the unit."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One draft through one reader: rows that went in, came back, and still have their text and speaker."""

    said: int
    read: int
    equal: int
    largest_error_ms: float


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    drafts: dict[str, Draft] = {language: _talk(_sentences(language), language) for language in LANGUAGES}
    drafts |= {kind: _talk(texts, "en") for kind, texts in TEXTS.items()}
    print(f"| format | reader | {' | '.join(drafts)} | largest time error |")
    print("|---|---" + "|---" * len(drafts) + "|---|")
    for name, readers in READERS.items():
        for reader in readers:
            if reader.version is None:
                continue
            trips = [round_trip(name, reader, draft) for draft in drafts.values()]
            cells = " | ".join(f"{trip.said} → {trip.read}, {trip.equal}" for trip in trips)
            error = max(trip.largest_error_ms for trip in trips)
            print(f"| {name} | {reader.distribution} {reader.version} | {cells} | {error:.2f} ms |")


def round_trip(name: str, reader: Reader, draft: Draft) -> Trip:
    """Write `draft`, whose sentences all start at different times, and compare what `reader` makes of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"draft.{name}"
        if name in FOLDERS:
            write_folder_atomically(path, FOLDERS[name](draft))
        else:
            path.write_bytes(FORMATS[name](draft).encode())
        read = sorted(reader.read(path), key=lambda row: row.start)
    zero = 0.0 if name in FROM_THE_RECORDING else round(draft.unit.start, 3)
    said = sorted(_rows(draft, zero, turns=name == "rttm"), key=lambda row: row.start)
    pairs = list(zip(said, read, strict=False))
    errors = [abs(a - b) for one, other in pairs for a, b in ((one.start, other.start), (one.end, other.end))]
    equal = sum((one.speaker, one.text) == (other.speaker, other.text) for one, other in pairs)
    return Trip(len(said), len(read), equal, 1000 * max(errors, default=0.0))


def _rows(draft: Draft, zero: float, *, turns: bool) -> Iterator[Row]:
    if turns:
        yield from (Row(turn.start - zero, turn.end - zero, turn.speaker, None) for turn in draft.turns)
    else:
        yield from (Row(one.start - zero, one.end - zero, one.speaker, one.text) for one in draft.sentences)


def _sentences(language: Language) -> list[str]:
    chance = random.Random(language)
    return [write_sentence(GRAMMARS[language], chance, "train").text for _ in range(SENTENCES)]


def _talk(texts: Sequence[str], language: Language) -> Draft:
    """A draft of `texts` in turn; every sentence reaches into the next one."""
    chance = random.Random(len(texts))
    speakers = ("S1", "S2", None)
    sentences = []
    for n, text in enumerate(texts):
        start = UNIT_START + 1.5 * n + chance.random()
        end = start + 2.0 + chance.random()
        words = (Word(text, start, end, 0.9, speakers[n % 3]),)
        sentences.append(
            Sentence(f"{n + 1:04d}", start, end, speakers[n % 3], language, text, text, 0.9, (), words)
        )
    end = UNIT_START + 1.5 * len(texts) + 5.0
    return Draft(
        schema=SCHEMA,
        draft_id="0123456789abcdef" * 2,
        project="default",
        external_id="talk.mp4",
        metadata={},
        recording=DraftRecording("ab" * 32, "talk.mp4", end),
        unit=Unit(1, 2, UNIT_START, end),
        language=language,
        sentences=tuple(sentences),
        turns=tuple(Turn(one.start, one.end, one.speaker) for one in sentences if one.speaker is not None),
        quality={},
        flags=(),
        pipeline=Pipeline("0123456789abcdef", "fast", ()),
    )


if __name__ == "__main__":
    main()
