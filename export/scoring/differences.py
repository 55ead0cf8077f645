"""What to show of a comparison: every text of both sides once, in pieces that are coloured by the kind of edit.

The pieces follow the very alignment that is scored, and their kinds are those that `export.scoring.marks` and
`export.scoring.score` count: what has no colour here is no edit there, and the other way about.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from rapidfuzz.distance import Levenshtein, Postfix, Prefix

from core.types import CorrectedSentence, Language
from export.scoring.alignment import Step
from export.scoring.links import Border, Link, borders
from export.scoring.marks import Facing, Kind, Part, counted, edges_of, facing, pair, parts, rewritten
from export.scoring.normaliser import Content, raw_places
from export.scoring.respelling import Respelling
from export.scoring.score import Compared, compare_sentences, content_changes, edges_moved, speakers_given
from export.scoring.sides import BORDER, Drafted, Side

Shown = Literal["same", "content"] | Kind


class Piece(NamedTuple):
    """`before` became `after`, in one kind of edit, or in none.

    What is `same` is so to scoring: how a character is composed, how broad a space is, and on which side of a
    border a quotation mark stands, may differ. Both may be empty where part of a character changed (㌢, センチ),
    and where what was changed is shown in another kind already.
    """

    kind: Shown
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SentenceDifference:
    """What happened to one sentence. `index` is its place among the later ones, None for one that was taken out.

    `sources` are places among the earlier sentences. The `after` of all pieces together are its text; the `before`
    are what went into it. `borders` are edits of the border before it or within it, each as it is counted.
    `speaker` and `time` hold what was and what is, None where they are no edit; a name that was changed throughout
    is none of a sentence.
    """

    index: int | None
    sources: tuple[int, ...]
    pieces: tuple[Piece, ...]
    borders: tuple[Border, ...] = ()
    speaker: tuple[str | None, str | None] | None = None
    time: tuple[tuple[float, float], tuple[float, float]] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "from": list(self.sources),
            "pieces": [piece._asdict() for piece in self.pieces],
            "boundaries": list(self.borders),
            "speaker": _before_and_after(self.speaker),
            "time": _before_and_after(self.time),
            "added": self.index is not None and not self.sources,
        }


@dataclass(frozen=True, slots=True)
class Differences:
    """All sentences by time, those that were taken out among the others, and the names that changed throughout."""

    sentences: tuple[SentenceDifference, ...]
    renamed: tuple[tuple[str | None, str | None], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "rows": [one.to_dict() for one in self.sentences],
            "renamed": [{"from": here, "to": there} for here, there in self.renamed],
        }


def differences(earlier: Sequence[Drafted], later: Sequence[CorrectedSentence], language: Language) -> Differences:
    """Every edit from the sentences of a draft to those of its correction, where it is.

    `from` and `id` of the later ones name earlier ones by their ids, as those of a correction do. For two
    corrections see `named_after`.
    """
    compared = compare_sentences(earlier, later, language)
    by_target, by_source = compared.by_target(), compared.by_source()
    pieces = _Shown(compared, earlier, later, by_source).pieces()
    happened: dict[int, list[Border]] = defaultdict(list)
    for target, kind in borders(compared.links, compared.theirs, language):
        happened[target].append(kind)
    given = speakers_given(earlier, later, compared, by_target)
    moved = edges_moved(earlier, later, compared, by_target, by_source)
    found: list[tuple[float, SentenceDifference]] = []
    for source, place in enumerate(compared.order):
        if source not in by_source:
            found.append((earlier[place].start, SentenceDifference(None, (place,), pieces[_gone(source)])))
    for target, place in enumerate(compared.listed):
        row = later[place]
        was = moved.get(target)
        one = SentenceDifference(
            place,
            tuple(compared.order[link.source] for link in by_target.get(target, ())),
            pieces[target],
            tuple(happened.get(target, ())),
            given.changed.get(target),
            ((was.start, was.end), (row.start, row.end)) if was else None,
        )
        found.append((row.start, one))
    found.sort(key=lambda one: one[0])
    return Differences(tuple(one for _, one in found), given.names())


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A sentence of an earlier correction, named by its place there."""

    id: str
    start: float
    end: float
    speaker: str | None
    text: str


def named_after(
    earlier: Sequence[CorrectedSentence], later: Sequence[CorrectedSentence]
) -> tuple[tuple[Drafted, ...], tuple[CorrectedSentence, ...]]:
    """Both sides of two corrections of one draft as a draft and its correction.

    What both say of the draft is a hint of how they hang together: a later sentence may have been made of that with
    its id, else of those that were made of the same sentences of the draft.
    """
    names = [f"{place:04d}" for place in range(1, len(earlier) + 1)]
    by_id: dict[str, str] = {}
    by_source: dict[str, list[str]] = defaultdict(list)
    for name, one in zip(names, earlier, strict=True):
        if one.id is not None:
            by_id.setdefault(one.id, name)
        for source in one.from_ids or ():
            by_source[source].append(name)
    rows = []
    for one in later:
        known: tuple[str, ...] | None
        if one.id is not None and one.id in by_id:
            known = (by_id[one.id],)
        else:
            known = (
                tuple(dict.fromkeys(name for source in one.from_ids or () for name in by_source[source])) or None
            )
        rows.append(CorrectedSentence(one.start, one.end, one.speaker, one.text, from_ids=known))
    return (
        tuple(
            _Earlier(name, one.start, one.end, one.speaker, one.text)
            for name, one in zip(names, earlier, strict=True)
        ),
        tuple(rows),
    )


class _Segment(NamedTuple):
    """What of gap `at` is in one sentence: `text` as it was written, `gap` as it is compared."""

    at: int
    sentence: int
    text: str
    gap: str


@dataclass(slots=True)
class _Group:
    """Segments of both sides in one row, and where in it they come."""

    key: tuple[int, int]
    before: str = ""
    after: str = ""
    gap_before: str = ""
    gap_after: str = ""
    kinds: list[Kind] = field(default_factory=list)

    def edits(self) -> list[Kind]:
        """The kinds of edits between the two, were they a place of their own."""
        return [one.kind for one in counted(Part(self.gap_before, self.gap_after, 0), frozenset())]


@dataclass(frozen=True, slots=True)
class _Laid:
    """A side, and its sentences as they were written, one after another in `text`.

    Gap g is text[cuts[2g]:cuts[2g + 1]], character c is text[cuts[2c + 1]:cuts[2c + 2]]; sentence n is
    text[begins[n]:begins[n + 1]]. So everything that was written is in one gap or in one character.
    """

    side: Side
    text: str
    begins: Sequence[int]
    cuts: Sequence[int]

    def characters(self, start: int, end: int) -> str:
        """What was written from one character on to before another, with the gaps between them."""
        return self.text[self.cuts[2 * start + 1] : self.cuts[2 * end]]

    def gap(self, at: int) -> str:
        """What was written before a character, with invisible characters, and with all spaces."""
        return self.text[self.cuts[2 * at] : self.cuts[2 * at + 1]]

    def segments(self, at: int) -> list[_Segment]:
        """A gap by the sentences that it is in."""
        first, behind = bisect_left(self.side.ends, at), bisect_right(self.side.starts, at)
        start, end = self.cuts[2 * at], self.cuts[2 * at + 1]
        return [
            _Segment(at, one, self.text[max(start, self.begins[one]) : min(end, self.begins[one + 1])], gap)
            for one, gap in zip(range(first, behind), self.side.gaps[at].split(BORDER), strict=False)
        ]

    def between(self, first: int, last: int, gap: str) -> list[_Segment]:
        """What was compared as `gap`: one of the gaps, or the beginning of the first and the end of the last."""
        found = self.segments(first)
        if first == last and len(found) <= gap.count(BORDER) + 1:
            return found
        return [found[0], self.segments(last)[-1]]


def _laid(side: Side, texts: Sequence[str], apart: Mapping[str, Content]) -> _Laid:
    begins, cuts = [0], [0]
    for text in texts:
        begin, places, parted = begins[-1], raw_places(text), apart[text]
        for written, place in zip(parted.written, parted.places, strict=True):
            cuts += (begin + places[place], begin + places[place + len(written)])
        begins.append(begin + len(text))
    return _Laid(side, "".join(texts), begins, [*cuts, begins[-1]])


def _respelt(one: _Laid, spelt: Sequence[Respelling], side: Side) -> _Laid:
    """The texts under a side that is spelt otherwise; the first character of another spelling has all of it."""
    cuts: list[int] = []
    at = 0
    for place in spelt:
        cuts += one.cuts[2 * at : 2 * place.i0 + 2]
        cuts += [one.cuts[2 * place.i1]] * (2 * (place.j1 - place.j0 - 1))
        at = place.i1
    return _Laid(side, one.text, one.begins, [*cuts, *one.cuts[2 * at :]])


def _gone(source: int) -> int:
    """The row of a sentence of the draft that is gone; corrected sentences are rows by their numbers."""
    return -1 - source


class _Shown:
    """The pieces of a comparison by row.

    Within a row they are in the order of the gap (an even number) or character (an odd one) of the correction, then
    of the draft.
    """

    def __init__(
        self,
        compared: Compared,
        earlier: Sequence[Drafted],
        later: Sequence[CorrectedSentence],
        by_source: Mapping[int, Sequence[Link]],
    ) -> None:
        self.compared, self.by_source = compared, by_source
        drafted = [earlier[place].text for place in compared.order]
        corrected = [later[place].text for place in compared.listed]
        as_drafted = _laid(compared.as_drafted, drafted, compared.apart)
        self.ours = _respelt(as_drafted, compared.respelt, compared.ours)
        self.theirs = _laid(compared.theirs, corrected, compared.apart)
        self.edges = edges_of(compared.respelt)
        self.forms = _forms(compared)
        self.rows = self._rows()
        self.placed: dict[int, list[tuple[tuple[int, int], Piece]]] = defaultdict(list)
        self.taken_here: set[tuple[int, int]] = set()
        self.taken_there: set[tuple[int, int]] = set()

    def pieces(self) -> dict[int, tuple[Piece, ...]]:
        """By corrected sentence, and by `_gone` of those of the draft; () of one without text."""
        ours, theirs, steps = self.compared.ours, self.compared.theirs, self.compared.steps
        for gaps in facing(ours, theirs, steps):
            self._face(gaps)
        for step in steps:
            for chunk in self._chunks(step):
                if step.equal and chunk.i0 > step.i0:
                    self._face(pair(ours, theirs, chunk.i0, chunk.j0))
                else:
                    self._leave(chunk.i0, chunk.j0)
                if step.equal:
                    self._keep(chunk)
                else:
                    self._change(chunk)
        self._leave(len(ours.folded), len(theirs.folded))
        kept = {self.forms[at] for step in steps if step.equal for at in range(step.j0, step.j1)}
        for one in self.compared.respelt:
            if self.forms[one.j0] not in kept:  # a spelling of which the alignment then made something else
                self._put(theirs.sentence_at(one.j0), (2 * one.j0 + 1, 0), "orthography", "", "")
        rows = (*range(len(theirs.starts)), *(_gone(source) for source in range(len(ours.starts))))
        return {
            row: _joined(piece for _, piece in sorted(self.placed[row], key=lambda one: one[0])) for row in rows
        }

    def _chunks(self, step: Step) -> Iterator[Step]:
        """A step cut where a sentence ends on either side."""
        ours, theirs = self.compared.ours, self.compared.theirs
        i, j = step.i0, step.j0
        while i < step.i1 or j < step.j1:
            lengths = []
            if i < step.i1:
                lengths.append(min(step.i1, ours.ends[ours.sentence_at(i)]) - i)
            if j < step.j1:
                lengths.append(min(step.j1, theirs.ends[theirs.sentence_at(j)]) - j)
            i1, j1 = min(i + min(lengths), step.i1), min(j + min(lengths), step.j1)
            yield Step(i, i1, j, j1, step.equal)
            i, j = i1, j1

    def _rows(self) -> list[int]:
        """For each character of the draft the row that it is shown in."""
        rows = [0] * len(self.compared.ours.folded)
        for step in self.compared.steps:
            if step.i1 > step.i0 and step.j1 > step.j0:
                for chunk in self._chunks(step):
                    row = self.compared.theirs.sentence_at(chunk.j0)
                    rows[chunk.i0 : chunk.i1] = [row] * (chunk.i1 - chunk.i0)
        for change in content_changes(self.compared, self.by_source):
            if change.at == change.end:
                row = _gone(change.sentence) if change.gone else change.sentence
                rows[change.i0 : change.i1] = [row] * (change.i1 - change.i0)
        return rows

    def _change(self, chunk: Step) -> None:
        """Characters that were replaced, put in, or taken away."""
        i0, i1, j0, j1, _ = chunk
        row = self.compared.theirs.sentence_at(j0) if j1 > j0 else self.rows[i0]
        before = self.ours.characters(i0, i1) if i1 > i0 else ""
        after = self.theirs.characters(j0, j1) if j1 > j0 else ""
        self._put(row, (2 * j0 + (j1 > j0), 2 * i0 + (i1 > i0)), "content", before, after)

    def _keep(self, chunk: Step) -> None:
        """Characters that were kept, the same or in another form, and the gaps between them that are alike."""
        ours, theirs = self.compared.ours, self.compared.theirs
        i, i1, j, j1, _ = chunk
        source, row = ours.sentence_at(i), theirs.sentence_at(j)
        if ours.gaps[i + 1 : i1] == theirs.gaps[j + 1 : j1] and not any(self.forms[j:j1]):
            self._put(
                row, (2 * j + 1, 2 * i + 1), "same", self.ours.characters(i, i1), self.theirs.characters(j, j1)
            )
            return
        begin = 0
        for by in range(1, i1 - i + 1):
            at, to = i + by, j + by
            told = (at, source) in self.taken_here
            form = self.forms[to - 1]
            if by < i1 - i and not told and form == self.forms[to]:
                continue
            self._put(
                row,
                (2 * (j + begin) + 1, 2 * (i + begin) + 1),
                "orthography" if form else "same",
                self.ours.characters(i + begin, at),
                self.theirs.characters(j + begin, to),
            )
            if by < i1 - i and not told:
                self._put(row, (2 * to, 2 * at), "same", self.ours.gap(at), self.theirs.gap(to))
            begin = by

    def _face(self, one: Facing) -> None:
        """Gaps that are compared, by the kinds of edits that are counted between them."""
        here = self.ours.between(one.i0, one.i1, one.here)
        there = self.theirs.between(one.j0, one.j1, one.there)
        found = parts(one)
        if len(found) == 1:
            self._part(found[0], one, here, there)
            return
        for part, ends in zip(found, (slice(1), slice(1, None)), strict=True):
            self._part(part, one, here[ends], there[ends])

    def _part(self, part: Part, one: Facing, here: Sequence[_Segment], there: Sequence[_Segment]) -> None:
        groups = self._groups(here, there, (one.i0, one.j0))
        edits = [found.kind for found in counted(part, self.edges)] if self.compared.listed else []
        # the spaces beside another spelling belong to it
        beside: Shown = "orthography" if part.at in self.edges else "same"
        for kind in edits:
            differing = [group for group in groups.values() if kind in group.edits()] or [*groups.values()][-1:]
            for group in differing:
                group.kinds.append(kind)
            if not differing:  # both gaps were told of already, beside another change
                last = len(self.compared.theirs.folded) - 1
                row = self.compared.theirs.sentence_at(min(part.at, last)) if last >= 0 else 0
                self._put(row, (2 * one.j1, 2 * one.i1), kind, "", "")
        for row, group in groups.items():
            rest = beside if group.gap_before != group.gap_after else "same"
            for piece in _coloured(group.before, group.after, group.kinds, rest):
                self._put(row, group.key, *piece)

    def _leave(self, i: int, j: int) -> None:
        """What of two gaps nothing was compared with: it came or went with the content beside it."""
        here, there = self.ours.segments(i), self.theirs.segments(j)
        for row, group in self._groups(here, there, (i, j)).items():
            kind: Shown = "same" if group.gap_before == group.gap_after else "content"
            self._put(row, group.key, kind, group.before, group.after)

    def _groups(
        self, here: Sequence[_Segment], there: Sequence[_Segment], at: tuple[int, int]
    ) -> dict[int, _Group]:
        """Segments that nobody has told of, by row; now they are. `at` are the first gaps of either side."""
        groups: dict[int, _Group] = {}
        for one in there:
            if (one.at, one.sentence) not in self.taken_there:
                self.taken_there.add((one.at, one.sentence))
                group = groups.setdefault(one.sentence, _Group((2 * one.at, 2 * at[0])))
                group.after, group.gap_after = group.after + one.text, group.gap_after + one.gap
        for one in here:
            if (one.at, one.sentence) not in self.taken_here:
                self.taken_here.add((one.at, one.sentence))
                group = groups.setdefault(self._row(one), _Group((2 * at[1], 2 * one.at)))
                group.key = group.key[0], 2 * one.at
                group.before, group.gap_before = group.before + one.text, group.gap_before + one.gap
        return groups

    def _row(self, one: _Segment) -> int:
        """Where a gap of the draft is shown: beside its character, the one before where there is one."""
        ours = self.compared.ours
        if ours.starts[one.sentence] == ours.ends[one.sentence]:
            became = self.by_source.get(one.sentence)
            return became[0].target if became else _gone(one.sentence)
        return self.rows[one.at - (one.at > ours.starts[one.sentence])]

    def _put(self, row: int, key: tuple[int, int], kind: Shown, before: str, after: str) -> None:
        self.placed[row].append((key, Piece(kind, before, after)))


def _forms(compared: Compared) -> list[int]:
    """For each character of the correction the number of the place that is written otherwise; 0 in none."""
    forms = [0] * len(compared.theirs.folded)
    number = 0
    for at, begins in rewritten(compared.ours, compared.theirs, compared.steps):
        number += begins
        forms[at] = number
    for one in compared.respelt:
        number += 1
        forms[one.j0 : one.j1] = [number] * (one.j1 - one.j0)
    return forms


def _coloured(before: str, after: str, kinds: Collection[Kind], rest: Shown) -> Iterator[tuple[Shown, str, str]]:
    """A gap in pieces: what changed in it by kind, and around that what both sides have."""
    if len(kinds) < 2:
        ahead = Prefix.similarity(before, after)
        behind = Postfix.similarity(before[ahead:], after[ahead:])
        here, there = before[ahead : len(before) - behind], after[ahead : len(after) - behind]
        yield "same", before[:ahead], after[:ahead]
        yield next(iter(kinds), rest), here, there
        yield "same", before[len(before) - behind :], after[len(after) - behind :]
        return
    (lead, marks, trail), (other_lead, other_marks, other_trail) = _spaced(before), _spaced(after)
    yield "spacing" if bool(lead) != bool(other_lead) else "same", lead, other_lead
    for step in Levenshtein.opcodes(marks, other_marks):
        here, there = marks[step.src_start : step.src_end], other_marks[step.dest_start : step.dest_end]
        yield "same" if here == there else "orthography" if (here + there).strip() else "spacing", here, there
    yield "spacing" if bool(trail) != bool(other_trail) else "same", trail, other_trail


def _spaced(gap: str) -> tuple[str, str, str]:
    """The spaces in front, the marks, and the spaces behind."""
    ahead = len(gap) - len(gap.lstrip())
    behind = len(gap.rstrip())
    return gap[:ahead], gap[ahead:behind], gap[behind:]


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Neighbours of one kind as one, without empty ones; two words that are written otherwise stay two."""
    out: list[Piece] = []
    for one in pieces:
        if one.kind == "same" and not one.before and not one.after:
            continue
        is_word = one.kind == "orthography" and bool((one.before + one.after).strip())
        if out and out[-1].kind == one.kind and not is_word:
            out[-1] = Piece(one.kind, out[-1].before + one.before, out[-1].after + one.after)
        else:
            out.append(one)
    return tuple(out)


def _before_and_after(pair_of: tuple[Any, Any] | None) -> dict[str, Any] | None:
    return None if pair_of is None else {"before": pair_of[0], "after": pair_of[1]}
