"""What TextGrid and ELAN share: tiers, on which no two labels overlap.

One tier for each speaker and one for uncertain ones. Sentences of one speaker that overlap, which a tier cannot
hold, go to a second tier of that speaker, `S1 (2)`, and so on: neither text nor times are lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.types import Draft, Language, Sentence, Unit
from export.formats.characters import writable
from export.formats.clip import placed

UNCERTAIN = "uncertain"
"""The tier of sentences whose speaker is null."""


@dataclass(frozen=True, slots=True)
class Label:
    """Text on a tier, in milliseconds from the start of the unit; `end_ms` is always after `start_ms`."""

    start_ms: int
    end_ms: int
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Tier:
    """Sentences of one speaker in order, and on a tier of their own, `words_name`, the words inside them.

    Both names are unique in the draft; `speaker` is None where it is uncertain.
    """

    name: str
    words_name: str
    speaker: str | None
    sentences: tuple[Label, ...]
    words: tuple[Label, ...]


def tiers(draft: Draft) -> tuple[Tier, ...]:
    """The draft's tiers: speakers in the order in which they appear, uncertain ones last; () where nobody speaks.

    A word keeps to its sentence and does not overlap the one before it; words that find no room, as in a sentence
    of one millisecond, join the label before them.
    """
    found: list[Tier] = []
    taken: set[str] = set()
    for speaker, lane in _lanes(draft):
        name = _unused(UNCERTAIN if speaker is None else writable(speaker), taken)
        words_name = _unused(f"{name} words", taken)
        labels = tuple(
            Label(*placed(sentence, draft.unit), writable(sentence.text), sentence.language) for sentence in lane
        )
        words = tuple(
            word
            for label, sentence in zip(labels, lane, strict=True)
            for word in _words(sentence, label, draft.unit)
        )
        found.append(Tier(name, words_name, speaker, labels, words))
    return tuple(found)


def _lanes(draft: Draft) -> Iterator[tuple[str | None, list[Sentence]]]:
    """Each speaker's sentences, spread over as few lists as hold them without overlap."""
    said: dict[str | None, list[Sentence]] = {}
    for sentence in sorted(draft.sentences, key=lambda sentence: placed(sentence, draft.unit)):
        said.setdefault(sentence.speaker, []).append(sentence)
    for speaker in sorted(said, key=lambda speaker: speaker is None):
        lanes: list[list[Sentence]] = []
        for sentence in said[speaker]:
            start, _ = placed(sentence, draft.unit)
            free = (lane for lane in lanes if placed(lane[-1], draft.unit)[1] <= start)
            lane = next(free, None)
            if lane is None:
                lanes.append(lane := [])
            lane.append(sentence)
        for lane in lanes:
            yield speaker, lane


def _unused(name: str, taken: set[str]) -> str:
    """`name`, numbered where it is in `taken` already; what comes out is taken from then on."""
    unused, number = name, 1
    while unused in taken:
        number += 1
        unused = f"{name} ({number})"
    taken.add(unused)
    return unused


def _words(sentence: Sentence, room: Label, unit: Unit) -> Iterable[Label]:
    labels: list[Label] = []
    for word in sentence.words:
        text = writable(word.text)
        if not text.strip():
            continue
        free_from = labels[-1].end_ms if labels else room.start_ms
        if free_from >= room.end_ms:
            labels[-1] = replace(labels[-1], text=labels[-1].text + text.rstrip())
            continue
        start, end = placed(word, unit)
        start = min(max(start, free_from), room.end_ms - 1)
        labels.append(Label(start, min(max(end, start + 1), room.end_ms), text.strip(), room.language))
    return labels
