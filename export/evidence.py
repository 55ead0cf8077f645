"""Evidence about the work on drafts: what happened, how often, and what was to be expected.

Nothing here says that anybody did anything well or badly. An easy draft is right as it came, and is done quickly; a
tool may have lost time or not noticed what was played. So every share stands beside its counts, its interval, and
what the same drafts would come to with everybody else.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from core.spans import merged, subtracted
from export.database import Database
from export.intervals import Interval, interval, resampled, wilson
from export.reviews import Submission, submissions
from export.scores import ScoredDraft
from export.scoring import rounded
from export.scoring.score import FASTEST_PLAYBACK, UNHEARD_SHARE
from export.scoring.sides import Timed

By: TypeAlias = Literal["worker", "project", "language", "source"]

FEWEST_DRAFTS: Final = 10
"""Of fewer drafts a share is not told, only its counts: one draft more or less would change it too much."""
BAND: Final = 10.0
"""Drafts whose predicted difficulties lie in the same band of so many points are taken for equally hard."""
INCOMPLETE: Final = "lead_time_incomplete"
"""What adapters note where some of the time may not have been logged."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of the work on one draft, over all its revisions. None: nobody said, or it cannot be known yet.

    `worker` handed in the revision that counts. `worked_seconds` are active seconds. `shorter_than_hearing`: the
    first revision took less time than hearing its speech at double speed; later ones answer a review and are not
    looked at. `played_share` of the speech was played at some time, `not_played` is less than a tenth of it.
    `accepted_unchanged` and `accepted_at_first`: accepted with no edit at all, and without rework.
    `hands` is how many people handed a revision in.
    """

    draft: ScoredDraft
    speech_seconds: float
    worked_seconds: float | None
    shorter_than_hearing: bool | None
    played_share: float | None
    not_played: bool | None
    accepted_unchanged: bool | None
    accepted_at_first: bool | None
    hands: int

    @property
    def worker(self) -> str:
        return self.draft.worker

    @property
    def work_ratio(self) -> float | None:
        """Minutes of work per minute of audio."""
        audio = self.draft.figures.audio_seconds
        return self.worked_seconds / audio if self.worked_seconds is not None and audio else None

    def to_dict(self) -> dict[str, Any]:
        figures = self.draft.figures
        return {
            "draft_id": self.draft.draft_id,
            "recording_id": self.draft.recording_id,
            "project": self.draft.project,
            "language": self.draft.language,
            "source": self.draft.source,
            "worker": self.worker,
            "revision": self.draft.revision,
            "provisional": self.draft.provisional,
            "sentences": figures.corrected_sentences,
            "unchanged_sentences": figures.unchanged_sentences,
            "unchanged_share": rounded(figures.unchanged_share, 6),
            "audio_seconds": rounded(figures.audio_seconds, 3),
            "speech_seconds": rounded(self.speech_seconds, 3),
            "worked_seconds": rounded(self.worked_seconds, 3),
            "work_ratio": rounded(self.work_ratio, 6),
            "shorter_than_hearing": self.shorter_than_hearing,
            "played_share": rounded(self.played_share, 6),
            "not_played": self.not_played,
            "accepted_unchanged": self.accepted_unchanged,
            "accepted_at_first": self.accepted_at_first,
            "rework": self.draft.rework,
            "difficulty": rounded(self.draft.difficulty, 1),
            "predicted": rounded(self.draft.predicted.value, 1) if self.draft.predicted else None,
        }


def works(database: Database, drafts: Iterable[ScoredDraft]) -> Iterator[Work]:
    """The work on each of `drafts`, read one after another; one that was forgotten meanwhile is passed over."""
    for draft in drafts:
        revisions = submissions(database, draft.draft_id)
        if revisions:
            yield work_on(draft, revisions)


def work_on(draft: ScoredDraft, revisions: Sequence[Submission]) -> Work:
    """The work on one draft, from all its `revisions`, the first one first."""
    first = revisions[0].correction
    speech = merged(first.sentences)
    speech_seconds = sum(end - start for start, end in speech)
    complete = all(one.correction.lead_time > 0 and INCOMPLETE not in one.flags for one in revisions)
    timed = first.lead_time > 0 and INCOMPLETE not in revisions[0].flags and speech_seconds > 0
    # a revision that does not say what was played may have heard all of it
    said = [one.correction.played for one in revisions]
    played = None
    if speech_seconds and all(spans is not None for spans in said):
        heard = merged(Timed(*span) for spans in said for span in spans or ())
        unheard = sum(end - start for start, end in subtracted(speech, heard))
        played = max(0.0, 1 - unheard / speech_seconds)
    return Work(
        draft=draft,
        speech_seconds=speech_seconds,
        worked_seconds=math.fsum(one.correction.lead_time for one in revisions) if complete else None,
        shorter_than_hearing=first.lead_time < speech_seconds / FASTEST_PLAYBACK if timed else None,
        played_share=played,
        not_played=None if played is None else played < UNHEARD_SHARE,
        accepted_unchanged=None if draft.provisional else not draft.figures.edits.total,
        accepted_at_first=None if draft.provisional else not draft.rework,
        hands=len({one.correction.worker for one in revisions}),
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """What is told of many drafts: `part` and `whole` of one, None where it does not count.

    `of_drafts`: a share of drafts, which each count for one; otherwise drafts of one recording are taken together.
    `meaning` is what it says and what else may lie behind it, for whoever reads it.
    """

    of: Callable[[Work], tuple[float, float] | None]
    of_drafts: bool
    meaning: str


MEASURES: Final[Mapping[str, Measure]] = {
    "sentences_unchanged": Measure(
        lambda work: (
            None
            if work.draft.provisional
            else (work.draft.figures.unchanged_sentences, work.draft.figures.corrected_sentences)
        ),
        False,
        "Sentences of accepted drafts that were left as they came. Good drafts leave nothing to change.",
    ),
    "accepted_unchanged": Measure(
        lambda work: _yes(work.accepted_unchanged),
        True,
        "Drafts that were accepted without any edit. Good drafts and short ones leave nothing to change.",
    ),
    "accepted_at_first": Measure(
        lambda work: _yes(work.accepted_at_first),
        True,
        "Accepted drafts that were never sent back. Where nobody reviews, all of them are.",
    ),
    "shorter_than_hearing": Measure(
        lambda work: _yes(work.shorter_than_hearing),
        True,
        "Drafts whose first revision took less logged time than hearing the speech at double speed. Time may also "
        "have been spent where the tool does not see it.",
    ),
    "not_played": Measure(
        lambda work: _yes(work.not_played),
        True,
        "Drafts of whose speech less than a tenth was played, where the tool says what was played. It may also "
        "have been heard in another player.",
    ),
    "rework_rounds": Measure(
        lambda work: (work.draft.rework, 1),
        False,
        "How often drafts were sent back, per draft. Hard recordings and unclear guidelines bring more of it.",
    ),
    "work_ratio": Measure(
        lambda work: (
            None
            if work.worked_seconds is None or not work.draft.figures.audio_seconds
            else (work.worked_seconds, work.draft.figures.audio_seconds)
        ),
        False,
        "Minutes of logged work per minute of audio. Hard recordings take longer, and so do new guidelines.",
    ),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the same drafts would have come to with everybody else, drafts predicted as hard being taken for alike.

    Only of those drafts, `drafts` many with `part` of `whole` between them, of which at least FEWEST_DRAFTS of
    others in the language were predicted as hard: `value` is what is expected there, `part` / `whole` what came.
    """

    value: float
    part: float
    whole: float
    drafts: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": rounded(self.value, 6),
            "part": rounded(self.part, 3),
            "whole": rounded(self.whole, 3),
            "drafts": self.drafts,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """`part` of `whole`, over the `drafts` of which it is known. `value` is None, and `too_few` says so, where
    those are fewer than FEWEST_DRAFTS; the interval is that of 95 in 100.
    """

    value: float | None
    interval: Interval | None
    part: float
    whole: float
    drafts: int
    too_few: bool
    expected: Expected | None

    def to_dict(self) -> dict[str, Any]:
        low, high = self.interval or (None, None)
        return {
            "value": rounded(self.value, 6),
            "low": rounded(low, 6),
            "high": rounded(high, 6),
            "part": rounded(self.part, 3),
            "whole": rounded(self.whole, 3),
            "drafts": self.drafts,
            "too_few": self.too_few,
            "expected": self.expected.to_dict() if self.expected else None,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """Many drafts' work together: those that have `key` in common, or all of them. `findings` are those of
    MEASURES."""

    key: Mapping[By, str]
    drafts: int
    provisional: int
    recordings: int
    findings: Mapping[str, Finding]

    def to_dict(self) -> dict[str, Any]:
        return {
            **dict(self.key.items()),
            "drafts": self.drafts,
            "provisional": self.provisional,
            "recordings": self.recordings,
            "findings": {name: finding.to_dict() for name, finding in self.findings.items()},
        }


def gather(works: Iterable[Work], by: Sequence[By] = (), *, worker: str | None = None) -> tuple[Evidence, ...]:
    """The work on many drafts, by what is asked for, in the order of its names. Each draft is in exactly one row.

    `worker`: only that person's are in a row; what is expected of them is still learned from everybody's.
    """
    everything = tuple(works)
    groups: dict[tuple[str, ...], list[Work]] = defaultdict(list)
    for work in everything if worker is None else (one for one in everything if one.worker == worker):
        groups[tuple(getattr(work.draft, name) for name in by)].append(work)
    measures = {name: _of_one_person(measure) if "worker" in by else measure for name, measure in MEASURES.items()}
    alike = {name: _totals(everything, measure) for name, measure in measures.items()}
    return tuple(
        Evidence(
            key=dict(zip(by, shared, strict=True)),
            drafts=len(rows),
            provisional=sum(work.draft.provisional for work in rows),
            recordings=len({work.draft.recording_id for work in rows}),
            findings={name: _finding(rows, measure, alike[name]) for name, measure in measures.items()},
        )
        for shared, rows in sorted(groups.items())
    )


def _of_one_person(measure: Measure) -> Measure:
    """The same of drafts that one person did alone: nobody is told of what another one did."""
    return replace(measure, of=lambda work: measure.of(work) if work.hands == 1 else None)


_Band: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Total:
    part: float = 0.0
    whole: float = 0.0
    drafts: int = 0

    def __add__(self, other: _Total) -> _Total:
        return _Total(self.part + other.part, self.whole + other.whole, self.drafts + other.drafts)

    def __sub__(self, other: _Total) -> _Total:
        return _Total(self.part - other.part, self.whole - other.whole, self.drafts - other.drafts)


def _finding(rows: Sequence[Work], measure: Measure, everybody: Mapping[_Band, _Total]) -> Finding:
    known = [(work, found) for work in rows if (found := measure.of(work)) is not None]
    part = math.fsum(found[0] for _, found in known)
    whole = math.fsum(found[1] for _, found in known)
    few = len(known) < FEWEST_DRAFTS
    told = not few and whole > 0
    bounds = None
    if told:
        bounds = _of_share(known, part / whole) if measure.of_drafts else _by_recordings(known)
    return Finding(
        value=part / whole if told else None,
        interval=bounds,
        part=part,
        whole=whole,
        drafts=len(known),
        too_few=few,
        expected=_expected(rows, measure, everybody) if told else None,
    )


def _of_share(known: Sequence[tuple[Work, tuple[float, float]]], share: float) -> Interval | None:
    """Wilson's, with a case for each recording: its units are alike, and count as one."""
    recordings = len({work.draft.recording_id for work, _ in known})
    return wilson(round(share * recordings), recordings)


def _by_recordings(known: Sequence[tuple[Work, tuple[float, float]]]) -> Interval | None:
    sums: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for work, (part, whole) in known:
        before = sums[work.draft.recording_id]
        sums[work.draft.recording_id] = (before[0] + part, before[1] + whole)
    drawn = resampled(np.array(list(sums.values()), dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        return interval(drawn[:, 0] / drawn[:, 1], len(sums))


def _expected(rows: Sequence[Work], measure: Measure, everybody: Mapping[_Band, _Total]) -> Expected | None:
    """Indirect standardisation: each of the drafts as often as others' of its band and language; None without
    any."""
    expected, mine = 0.0, _Total()
    for band, own in _totals(rows, measure).items():
        others = everybody[band] - own
        if others.drafts >= FEWEST_DRAFTS and others.whole > 0:
            expected += own.whole * others.part / others.whole
            mine += own
    return Expected(expected / mine.whole, mine.part, mine.whole, mine.drafts) if mine.whole else None


def _totals(rows: Iterable[Work], measure: Measure) -> dict[_Band, _Total]:
    """By language and band of predicted difficulty. The observed one would not do: whoever changes little makes
    it."""
    totals: dict[_Band, _Total] = defaultdict(_Total)
    for work in rows:
        found = measure.of(work)
        if found is not None and work.draft.predicted is not None:
            band = work.draft.language, int(work.draft.predicted.value // BAND)
            totals[band] += _Total(*found, 1)
    return totals


def _yes(answer: bool | None) -> tuple[float, float] | None:
    return None if answer is None else (float(answer), 1.0)
