"""What was corrected twice, compared: how far two people are apart who heard the same audio.

No draft can be nearer to a correction than another person would be, so this is the floor that observed difficulty
may be held against. People who mend the same draft agree too much, because both leave what they do not notice (they
are anchored): pairs of one pipeline say so. Labels are compared by Krippendorff's alpha, which takes off the
agreement that chance would bring (Krippendorff, "Content Analysis", 2004, chapter 11; nominal, two coders).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, groupby, pairwise
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from scipy.optimize import linear_sum_assignment

from core.spans import overlap
from core.types import CorrectedSentence, Correction, Draft, DraftRecording, Language, Pipeline, Sentence, Unit
from export.database import Database
from export.intervals import Interval, Numbers, interval, resampled
from export.reviews import submissions
from export.scores import ScoredDraft
from export.scoring import COUNTS, Figures, flat, from_flat, normaliser_name, rounded, score_correction
from export.scoring.alignment import Step, align
from export.scoring.sides import Side, side

Kind: TypeAlias = Literal["two_people", "one_person", "revision"]

SHORTEST_SHARED: Final = 30.0
"""Seconds of audio that two corrections must have in common."""
FEWEST_FOR_A_FLOOR: Final = 5
"""Recordings that a floor stands on at least."""

_EXTRA: Final = (
    "borders",
    "borders_shared",
    "speaker_characters",
    "speaker_disagreed",
    "speaker_by_chance",
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction of a stretch of a recording, by whom, of a draft of which pipeline."""

    recording_id: str
    language: Language
    unit: Unit
    project: str
    fingerprint: str
    correction: Correction


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is counted of pairs; counts add. Neither side is taken for the right one.

    `figures` are both directions together, each side once taken for the draft, so its counts and seconds are those
    of two comparisons. `borders` are the inner ones between sentences on both sides, `borders_shared` those of them
    that have a partner at the same place of the content. The speaker counts are content characters that both have:
    all of them, those with different speakers after the best one-to-one matching of names, and how many of those
    chance would bring.
    """

    figures: Figures = field(default_factory=Figures)
    borders: int = 0
    borders_shared: int = 0
    speaker_characters: int = 0
    speaker_disagreed: int = 0
    speaker_by_chance: float = 0.0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            self.figures + other.figures,
            **{name: getattr(self, name) + getattr(other, name) for name in _EXTRA},
        )

    @property
    def boundary_f1(self) -> float | None:
        """Harmonic mean of the shares of either side's borders that the other side has as well."""
        return self.borders_shared / self.borders if self.borders else None

    @property
    def speaker_agreement(self) -> float | None:
        """Share of content characters that both give to the same speaker."""
        if not self.speaker_characters:
            return None
        return 1 - self.speaker_disagreed / self.speaker_characters

    @property
    def speaker_alpha(self) -> float | None:
        """Krippendorff's alpha: 1 is perfect, 0 is chance; None where there was only one speaker to choose."""
        return 1 - self.speaker_disagreed / self.speaker_by_chance if self.speaker_by_chance else None

    @property
    def effort_share(self) -> float | None:
        """Seconds of handwork from one to the other, per second of typing it all afresh."""
        return self.figures.effort / self.figures.typing if self.figures.typing else None

    def rates(self) -> dict[str, float | None]:
        """Every rate by name."""
        return {
            "cer": self.figures.cer,
            "wer": self.figures.wer,
            "der": self.figures.der,
            "effort_share": self.effort_share,
            "difficulty": self.figures.difficulty,
            "boundary_f1": self.boundary_f1,
            "speaker_agreement": self.speaker_agreement,
            "speaker_alpha": self.speaker_alpha,
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "figures": self.figures.to_dict(),
            "borders": self.borders,
            "borders_shared": self.borders_shared,
            "speaker_characters": self.speaker_characters,
            "speaker_disagreed": self.speaker_disagreed,
            "speaker_by_chance": round(self.speaker_by_chance, 3),
            **{name: rounded(rate, 6) for name, rate in self.rates().items()},
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Two corrections of the same audio, from `start` to `end` seconds of the recording.

    `two_people`: of two drafts, each by another person. `one_person`: the same person did both. `revision`: one
    person went on from what the other had handed in, and knew it. `same_pipeline`: both began with the same draft.
    """

    recording_id: str
    language: Language
    normaliser: str
    kind: Kind
    same_pipeline: bool
    start: float
    end: float
    draft_ids: tuple[str, str]
    revisions: tuple[int, int]
    workers: tuple[str, str]
    agreement: Agreement

    def to_dict(self) -> dict[str, Any]:
        return {
            "recording_id": self.recording_id,
            "language": self.language,
            "normaliser": self.normaliser,
            "kind": self.kind,
            "same_pipeline": self.same_pipeline,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "draft_ids": list(self.draft_ids),
            "revisions": list(self.revisions),
            "workers": list(self.workers),
            **self.agreement.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PairedLanguage:
    """All pairs of one kind in one language together. `intervals`, by the name of the rate, are over recordings."""

    language: Language
    normaliser: str
    kind: Kind
    pairs: int
    same_pipeline: int
    recordings: int
    agreement: Agreement
    intervals: Mapping[str, Interval | None]

    def to_dict(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "normaliser": self.normaliser,
            "kind": self.kind,
            "pairs": self.pairs,
            "same_pipeline": self.same_pipeline,
            "recordings": self.recordings,
            **self.agreement.to_dict(),
            "intervals": {
                name: [rounded(bound, 6) for bound in bounds] if bounds else None
                for name, bounds in self.intervals.items()
            },
        }


def corrected_twice(database: Database, drafts: Iterable[ScoredDraft]) -> Iterator[tuple[Corrected, Corrected]]:
    """Accepted drafts of the same audio, two by two; and of each draft revisions that followed another person's.

    Units that were cut otherwise are paired where they have SHORTEST_SHARED seconds or more in common.
    """
    by_recording: dict[str, list[ScoredDraft]] = defaultdict(list)
    for draft in drafts:
        by_recording[draft.recording_id].append(draft)
        if draft.revision > 1:
            yield from _by_other_hands(draft, [one.correction for one in submissions(database, draft.draft_id)])
    for rows in by_recording.values():
        accepted = [draft for draft in rows if not draft.provisional]
        for one, other in combinations(accepted, 2):
            if one.normaliser == other.normaliser and overlap(one.unit, other.unit) >= SHORTEST_SHARED:
                first, second = (
                    [found.correction for found in submissions(database, draft.draft_id)] for draft in (one, other)
                )
                if first and second:
                    yield _corrected(one, first[-1]), _corrected(other, second[-1])


def compare_pair(first: Corrected, second: Corrected) -> Pair:
    """How far two corrections of a recording are apart where both have audio.

    Sentences belong to the shared stretch when their middle does. Raises ValueError where the recordings or the
    languages differ.
    """
    if (first.recording_id, first.language) != (second.recording_id, second.language):
        raise ValueError("only corrections of one recording in one language can be compared")
    language = first.language
    start, end = max(first.unit.start, second.unit.start), min(first.unit.end, second.unit.end)
    rows = [_within(one.correction, start, end) for one in (first, second)]
    unit = Unit(0, 1, start, max(start, end))
    figures = _scored(rows[0], rows[1], unit, language) + _scored(rows[1], rows[0], unit, language)
    sides = [side(one, language) for one in rows]
    steps = align(sides[0].folded, sides[1].folded, sides[0].starts, sides[1].starts)
    here, there = (_inner_borders(one) for one in sides)
    names = _names(rows, sides, steps)
    workers = (first.correction.worker, second.correction.worker)
    draft_ids = (first.correction.draft_id, second.correction.draft_id)
    kind: Kind = "one_person" if workers[0] == workers[1] else "two_people"
    return Pair(
        recording_id=first.recording_id,
        language=language,
        normaliser=normaliser_name(language),
        kind="revision" if draft_ids[0] == draft_ids[1] else kind,
        same_pipeline=first.fingerprint == second.fingerprint,
        start=unit.start,
        end=unit.end,
        draft_ids=draft_ids,
        revisions=(first.correction.revision, second.correction.revision),
        workers=workers,
        agreement=Agreement(
            figures=figures,
            borders=len(here) + len(there),
            borders_shared=2 * _shared(here, there, steps),
            speaker_characters=names.total(),
            **_disagreement(names),
        ),
    )


def pool(pairs: Iterable[Pair]) -> tuple[PairedLanguage, ...]:
    """Pairs together by language and kind, in the order of their names. Every pair is in exactly one row."""
    groups: dict[tuple[Language, str, Kind], list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.language, pair.normaliser, pair.kind].append(pair)
    return tuple(
        PairedLanguage(
            language=language,
            normaliser=normaliser,
            kind=kind,
            pairs=len(rows),
            same_pipeline=sum(pair.same_pipeline for pair in rows),
            recordings=len({pair.recording_id for pair in rows}),
            agreement=sum((pair.agreement for pair in rows), Agreement()),
            intervals=_intervals(rows),
        )
        for (language, normaliser, kind), rows in sorted(groups.items())
    )


def human_floor(pooled: Iterable[PairedLanguage], language: Language) -> PairedLanguage | None:
    """How far two people are apart in a language; None where fewer than FEWEST_FOR_A_FLOOR recordings say so."""
    for one in pooled:
        if one.language == language and one.kind == "two_people" and one.recordings >= FEWEST_FOR_A_FLOOR:
            return one
    return None


def _by_other_hands(draft: ScoredDraft, revisions: Sequence[Correction]) -> Iterator[tuple[Corrected, Corrected]]:
    for before, after in pairwise(revisions):
        if before.worker != after.worker:
            yield _corrected(draft, before), _corrected(draft, after)


def _corrected(draft: ScoredDraft, correction: Correction) -> Corrected:
    return Corrected(draft.recording_id, draft.language, draft.unit, draft.project, draft.fingerprint, correction)


def _within(correction: Correction, start: float, end: float) -> list[CorrectedSentence]:
    """Sentences whose middle lies between, by time, without the ids of a draft that the other side never saw."""
    rows = (one for one in correction.sentences if start <= (one.start + one.end) / 2 < end)
    return [replace(one, id=None, from_ids=None) for one in sorted(rows, key=lambda one: one.start)]


def _scored(
    before: Sequence[CorrectedSentence], after: Sequence[CorrectedSentence], unit: Unit, language: Language
) -> Figures:
    """As if `before` were a draft and `after` its correction."""
    sentences = tuple(
        Sentence(f"{place:04d}", one.start, one.end, one.speaker, language, one.text, one.text, 1.0, (), ())
        for place, one in enumerate(before, start=1)
    )
    draft = Draft(
        schema="prelabel.draft/1",
        draft_id="",
        project="",
        external_id="",
        metadata={},
        recording=DraftRecording("", "", unit.end),
        unit=unit,
        language=language,
        sentences=sentences,
        turns=(),
        quality={},
        flags=(),
        pipeline=Pipeline("", "", ()),
    )
    correction = Correction("prelabel.correction/1", "", 1, "", 0.0, tuple(after))
    return score_correction(draft, correction).figures


def _inner_borders(one: Side) -> list[int]:
    """Offsets at which a sentence begins that is not the first with content."""
    return sorted(set(one.starts) - {0, len(one.folded)})


def _shared(here: Sequence[int], there: Sequence[int], steps: Sequence[Step]) -> int:
    """How many borders have a partner, one each, at the same place of the content."""
    runs = [_run(list(same)) for _, same in groupby(steps, key=lambda step: step.equal)]
    found, next_ = 0, 0
    for border in here:
        low, high = _opposite(border, runs)
        while next_ < len(there) and there[next_] < low:
            next_ += 1
        if next_ < len(there) and there[next_] <= high:
            found, next_ = found + 1, next_ + 1
    return found


def _run(steps: Sequence[Step]) -> Step:
    return Step(steps[0].i0, steps[-1].i1, steps[0].j0, steps[-1].j1, steps[0].equal)


def _opposite(border: int, runs: Sequence[Step]) -> tuple[int, int]:
    """Between which offsets of the other side a border lies: all of a stretch that differs, where it is at one."""
    at = bisect_right(runs, border, key=lambda run: run.i0) - 1
    for run in runs[max(0, at - 1) : at + 1]:
        if not run.equal and border <= run.i1:
            return run.j0, run.j1
    offset = runs[at].j0 + border - runs[at].i0
    return offset, offset


def _names(
    rows: Sequence[Sequence[CorrectedSentence]], sides: Sequence[Side], steps: Sequence[Step]
) -> Counter[tuple[str | None, str | None]]:
    """Content characters that both have, by who says them on either side."""
    names: Counter[tuple[str | None, str | None]] = Counter()
    for step in steps:
        at, end = step.i0, step.i1 if step.equal else step.i0
        while at < end:
            here, there = sides[0].sentence_at(at), sides[1].sentence_at(step.j0 + at - step.i0)
            until = min(end, sides[0].ends[here], step.i0 + sides[1].ends[there] - step.j0)
            names[rows[0][here].speaker, rows[1][there].speaker] += until - at
            at = until
    return names


def _disagreement(names: Counter[tuple[str | None, str | None]]) -> dict[str, Any]:
    """Characters with different speakers once names are matched, and how many of them chance would bring."""
    here, there = (list(dict.fromkeys(pair[place] for pair in names)) for place in (0, 1))
    table = np.array([[names[one, other] for other in there] for one in here]).reshape(len(here), len(there))
    matched = dict(zip(*linear_sum_assignment(table, maximize=True), strict=True))
    agreed = sum(int(table[row, column]) for row, column in matched.items())
    # uses of each label by both sides; a name without a partner is a label of its own
    uses = [
        int(table[row].sum() + (table[:, matched[row]].sum() if row in matched else 0)) for row in range(len(here))
    ]
    uses += [int(table[:, column].sum()) for column in set(range(len(there))) - set(matched.values())]
    many = sum(uses)
    alike = sum(used * (used - 1) for used in uses)
    by_chance = names.total() * (1 - alike / (many * (many - 1))) if many else 0.0
    return {"speaker_disagreed": names.total() - agreed, "speaker_by_chance": by_chance}


def _intervals(pairs: Sequence[Pair]) -> dict[str, Interval | None]:
    sums: dict[str, Agreement] = defaultdict(Agreement)
    for pair in pairs:
        sums[pair.recording_id] += pair.agreement
    counts = np.array(
        [[*flat(one.figures).values(), *(getattr(one, name) for name in _EXTRA)] for one in sums.values()],
        dtype=float,
    )
    drawn = [_read(row).rates() for row in resampled(counts)]
    intervals = {}
    for name in Agreement().rates():
        values: Numbers = np.array([np.nan if rates[name] is None else rates[name] for rates in drawn], dtype=float)
        intervals[name] = interval(values, len(sums))
    return intervals


def _read(row: Numbers) -> Agreement:
    figures = from_flat(dict(zip(COUNTS, row.tolist(), strict=False)))
    return Agreement(figures, *row[len(COUNTS) :].tolist())
