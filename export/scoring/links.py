"""Which sentences of the draft a corrected sentence was made of, and what became of the borders between them.

Ids are hints. The text decides: a hint only says in which order the draft is read against the correction (a moved
sentence), and what a sentence was made of where not a word of it is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from core.spans import Span, overlap
from core.types import CorrectedSentence, Language
from export.scoring.alignment import Step, heaviest_order
from export.scoring.sides import Drafted, Side, parts_words

FIRM_RUN: Final[Mapping[Language, int]] = {"ko": 4, "en": 8, "zh": 4, "ja": 4}
"""So many characters kept in a row are no accident; texts that have nothing in common share shorter runs."""
SHIFTED_WORDS: Final = 2
SHIFTED_CHARACTERS: Final = 6
"""A border that moved no further than this is one shift; further, it is a split and a merge. After boundary edit
distance (Fournier, "Evaluating text segmentation using boundary edit distance", ACL 2013), which tells near misses
from missing and added borders. Words in Korean and English, characters in Chinese and Japanese."""
MOVED_CHARACTERS: Final = 4
MOVED_LIKENESS: Final = 75.0
"""What a sentence that turns up elsewhere must have: characters, and likeness in percent (rapidfuzz.ratio)."""
PART_CHARACTERS: Final = 8
PART_LIKENESS: Final = 90.0
"""The same for a sentence that is part of another one now."""
MOST_PARTS: Final = 2_500
"""Pairs of sentences of which parts are looked for."""
MOST_MOVED: Final = 500
"""Of more sentences on either side none is looked for elsewhere: the text was replaced."""

Border = Literal["split", "merge", "shift"]


class Link(NamedTuple):
    """A sentence of the draft (`source`, its place in the draft) that corrected sentence `target` was made of."""

    source: int
    target: int
    characters: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What the correction says: `sources[n]` are places in the draft of sentence n; None where it says nothing."""

    sources: tuple[tuple[int, ...] | None, ...]


def hints(draft: Sequence[Drafted], corrected: Sequence[CorrectedSentence]) -> Hints:
    """By `from`, else by an `id` that the draft has. Ids that it does not have say nothing; nor does one twice."""
    places: dict[str, int] = {}
    for place, sentence in enumerate(draft):
        places.setdefault(sentence.id, place)
    sources: list[tuple[int, ...] | None] = []
    claimed: set[str] = set()
    for one in corrected:
        if one.from_ids is not None:
            sources.append(tuple(sorted({places[name] for name in one.from_ids if name in places})))
        elif one.id is not None and one.id in places and one.id not in claimed:
            claimed.add(one.id)
            sources.append((places[one.id],))
        else:
            sources.append(None)
    return Hints(tuple(sources))


def hinted_order(draft_weights: Sequence[int], given: Hints) -> list[int]:
    """The draft's sentences, as places, in the order in which the correction has them.

    As few characters as can be are moved. What the correction does not name stays behind what it stood behind:
    tools that join sentences keep the first one's id.
    """
    named: list[tuple[int, int]] = []
    seen: set[int] = set()
    for target, sources in enumerate(given.sources):
        for source in sources or ():
            if source not in seen:
                seen.add(source)
                named.append((source, target))
    kept = heaviest_order([source for source, _ in named], [draft_weights[source] + 1 for source, _ in named])
    staying = {named[index][0] for index in kept}
    last = len(draft_weights)
    keys = {place: (place, last) for place in range(last) if place not in seen or place in staying}
    before = last
    for number, (source, _) in reversed(list(enumerate(named))):
        if source in staying:
            before = source
        else:
            keys[source] = (before, number)
    return sorted(keys, key=lambda place: keys[place])


def found_elsewhere(
    ours: Side, theirs: Side, order: Sequence[int], steps: Sequence[Step], given: Hints, language: Language
) -> Hints | None:
    """`given` with sentences that vanished in one place and turned up in another; None where there are none."""
    firm = [step for step in steps if step.equal and step.i1 - step.i0 >= FIRM_RUN[language]]
    kept_here = _kept(ours, [(step.i0, step.i1) for step in firm])
    kept_there = _kept(theirs, [(step.j0, step.j1) for step in firm])
    gone = _vanished(ours.texts(), kept_here)
    new = _vanished(theirs.texts(), kept_there)
    if not gone or not new or len(gone) > MOST_MOVED or len(new) > MOST_MOVED:
        return None
    moved = _found_whole(gone, new)
    if len(gone) * len(new) <= MOST_PARTS:
        _find_parts(gone, new, moved)
    if not moved:
        return None
    # what was found to stay where it was must be named as well, or nothing says where the moved ones belong
    staying: dict[int, tuple[int, ...]] = {}
    for link in _kept_links(ours, theirs, steps):
        if link.target not in moved:
            staying.setdefault(link.target, (order[link.source],))
    taken = {order[source] for sources in moved.values() for source in sources}
    sources = [
        tuple(sorted(order[source] for source in moved[target]))
        if target in moved
        else tuple(one for one in (staying.get(target) or known or ()) if one not in taken) or known
        for target, known in enumerate(given.sources)
    ]
    return Hints(tuple(sources))


def links(
    ours: Side,
    theirs: Side,
    drafted: Sequence[Span],
    corrected: Sequence[Span],
    order: Sequence[int],
    steps: Sequence[Step],
    given: Hints,
    language: Language,
) -> list[Link]:
    """What each corrected sentence was made of, in the order of the correction; `source` counts in `order`.

    A sentence of the draft belongs to a corrected one when text went from one into the other that is no accident:
    a run of FIRM_RUN characters (over borders), or half of either sentence. Where nothing is left, the hint says
    so, or else it is the sentence whose characters and whose time (`drafted` in `order`, `corrected`) it took.
    """
    kept: dict[tuple[int, int], int] = defaultdict(int)
    firm: set[tuple[int, int]] = set()
    beside_of: dict[int, dict[int, None]] = defaultdict(dict)
    for step in steps:
        if step.equal:
            run = step.i1 - step.i0
            for pair, characters in _pairs(ours, theirs, step):
                kept[pair] += characters
                if run >= FIRM_RUN[language]:
                    firm.add(pair)
        elif step.i1 - step.i0 == step.j1 - step.j0:
            for (source, target), _ in _pairs(ours, theirs, step):
                beside_of[target][source] = None
    lengths_here, lengths_there = _lengths(ours), _lengths(theirs)
    for (source, target), characters in kept.items():
        if 2 * characters >= min(lengths_here[source], lengths_there[target]):
            firm.add((source, target))
    sources, targets = {source for source, _ in firm}, {target for _, target in firm}
    places = {place: number for number, place in enumerate(order)}
    wordless = [source for source, length in enumerate(lengths_here) if not length]
    for target, known in enumerate(given.sources):
        if target in targets:
            continue
        free = {places[place] for place in known or () if places[place] not in sources}
        if not free and known != ():
            beside = wordless if not lengths_there[target] else beside_of.get(target, ())
            shared = {one: overlap(drafted[one], corrected[target]) for one in beside if one not in sources}
            best = max(shared, key=lambda one: (shared[one], -one), default=None)
            free = {best} if best is not None and shared[best] > 0.0 else set()
        firm |= {(source, target) for source in free}
        sources |= free
    return sorted(
        (Link(source, target, kept.get((source, target), 0)) for source, target in firm),
        key=lambda link: (link.target, link.source),
    )


def borders(found: Sequence[Link], theirs: Side, language: Language) -> list[tuple[int, Border]]:
    """(corrected sentence, what happened to the border before it or within it), in order.

    Two neighbouring links with one target are a merge, with one source a split. A merge and a split around a piece
    of a few words are one shift.
    """
    happened: list[tuple[int, Border]] = []
    before: Border | None = None
    for one, other in pairwise(found):
        kind: Border | None = None
        if one.target == other.target:
            kind = "merge"
        elif one.source == other.source:
            kind = "split"
        if kind and before and before != kind and _is_small(one, theirs, language, at_end=before == "merge"):
            happened[-1] = (max(one.target, other.target), "shift")
            before = None
            continue
        if kind:
            happened.append((other.target, kind))
        before = kind
    return happened


def _is_small(piece: Link, theirs: Side, language: Language, *, at_end: bool) -> bool:
    """Whether what lies at one end of a corrected sentence is no more than a border may move."""
    if language in ("zh", "ja"):
        return piece.characters <= SHIFTED_CHARACTERS
    begin, end = theirs.starts[piece.target], theirs.ends[piece.target]
    inner = range(end - piece.characters + 1, end) if at_end else range(begin + 1, begin + piece.characters)
    return 1 + sum(parts_words(theirs.gaps[at]) for at in inner if begin < at < end) <= SHIFTED_WORDS


def _pairs(ours: Side, theirs: Side, step: Step) -> Iterator[tuple[tuple[int, int], int]]:
    """The pairs of sentences that a step of equal lengths lies in, and how many characters of it."""
    i, j = step.i0, step.j0
    while i < step.i1:
        source, target = ours.sentence_at(i), theirs.sentence_at(j)
        length = min(step.i1 - i, ours.ends[source] - i, theirs.ends[target] - j)
        yield (source, target), length
        i, j = i + length, j + length


def _vanished(texts: Sequence[str], kept: Sequence[int]) -> dict[int, str]:
    """The sentences of which less than half is on the other side."""
    return {
        number: text
        for number, (text, left) in enumerate(zip(texts, kept, strict=True))
        if len(text) >= MOVED_CHARACTERS and 2 * left < len(text)
    }


def _found_whole(gone: Mapping[int, str], new: Mapping[int, str]) -> dict[int, list[int]]:
    """By new sentence, the vanished one that it is most like, each once."""
    likeness = process.cdist(
        list(gone.values()), list(new.values()), scorer=fuzz.ratio, score_cutoff=MOVED_LIKENESS
    )
    gone_at, new_at = list(gone), list(new)
    found: dict[int, list[int]] = {}
    used: set[int] = set()
    for _, source, target in sorted(
        (-float(likeness[here, there]), gone_at[here], new_at[there]) for here, there in np.argwhere(likeness)
    ):
        if source not in used and target not in found:
            used.add(source)
            found[target] = [source]
    return found


def _find_parts(gone: Mapping[int, str], new: Mapping[int, str], found: dict[int, list[int]]) -> None:
    """Adds to `found` what is part of a sentence on the other side: it was joined, or cut, and moved."""
    used = {source for sources in found.values() for source in sources}
    whole = set(found)
    for source, text in gone.items():
        if source not in used and len(text) >= PART_CHARACTERS:
            wider = {
                target: other for target, other in new.items() if target not in whole and len(other) > len(text)
            }
            best = process.extractOne(text, wider, scorer=fuzz.partial_ratio, score_cutoff=PART_LIKENESS)
            if best is not None:
                found.setdefault(best[2], []).append(source)
    for target, text in new.items():
        if target not in found and len(text) >= PART_CHARACTERS:
            wider = {
                source: other for source, other in gone.items() if source not in used and len(other) > len(text)
            }
            best = process.extractOne(text, wider, scorer=fuzz.partial_ratio, score_cutoff=PART_LIKENESS)
            if best is not None:
                found[target] = [best[2]]


def _kept_links(ours: Side, theirs: Side, steps: Sequence[Step]) -> Iterator[Link]:
    for step in steps:
        if step.equal:
            for (source, target), characters in _pairs(ours, theirs, step):
                yield Link(source, target, characters)


def _lengths(one: Side) -> list[int]:
    return [end - begin for begin, end in zip(one.starts, one.ends, strict=True)]


def _kept(one: Side, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How many characters of each sentence lie in `spans`."""
    kept = [0] * len(one.starts)
    for at, end in spans:
        while at < end:
            number = one.sentence_at(at)
            length = min(end, one.ends[number]) - at
            kept[number] += length
            at += length
    return kept
