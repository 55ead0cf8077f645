"""How often drafts are wrong, over time and by what made them; whether a new version of the pipeline is worse.

Rates are pooled and come with an interval over recordings (`export.intervals`). Scores of corrections that nobody
has accepted yet are rows of their own, and no version is judged by them. Only drafts of one normaliser share a row.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from core.difficulty import difficulty
from core.project import seoul_day
from core.spans import merged
from core.types import Language
from export.intervals import (
    LEVEL,
    Compared,
    Interval,
    Numbers,
    Sample,
    compare,
    growth,
    holm,
    interval,
    ratio,
    resampled,
    rise,
)
from export.scores import ScoredDraft
from export.scoring import COUNTS, Figures, added, flat, rounded

Period: TypeAlias = Literal["day", "week", "month"]
By: TypeAlias = Literal["project", "source", "model_set", "fingerprint"]
Verdict: TypeAlias = Literal["worse", "better", "no_difference", "too_few"]

FEWEST_COMPARED: Final = 10
"""Recordings that each of two versions needs: with fewer, only what anybody sees without us would be found."""
FEWEST_OF_A_SOURCE: Final = 3
"""Recordings of a source that each version needs for the source to be compared on its own."""
SAME_SECONDS: Final = 1.0
"""Borders of units that lie no further apart cut out the same audio."""

_COLUMNS: Final = {name: column for column, name in enumerate(COUNTS)}
_FOUND_USUALLY: Final = 1.96 + 0.84
"""Standard errors of a difference that is found four times out of five."""

CONTENT: Final = ("substitution", "insertion", "deletion")
RATES: Final[Mapping[str, tuple[tuple[str, ...], str, float]]] = {
    "cer": (CONTENT, "content_characters", 1.0),
    "wer": (("word_errors",), "words", 1.0),
    "der": (("missed_seconds", "false_alarm_seconds", "confused_seconds"), "speech_seconds", 1.0),
    "effort_per_minute": (("effort",), "audio_seconds", 60.0),
    "content_per_1000": (CONTENT, "content_characters", 1000.0),
    "orthography_per_1000": (("orthography",), "content_characters", 1000.0),
    "punctuation_per_1000": (("punctuation",), "content_characters", 1000.0),
    "spacing_per_1000": (("spacing",), "content_characters", 1000.0),
    "boundary_per_1000": (("split", "merge", "shift"), "content_characters", 1000.0),
    "speaker_per_1000": (("speaker",), "content_characters", 1000.0),
    "time_per_1000": (("time",), "content_characters", 1000.0),
}
"""Every rate of a row: what is added, by what it is divided, and how many of that it is told for.

`effort_per_minute` is seconds of handwork per minute of audio; those `_per_1000` are edits per 1,000 content
characters.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` / `whole`, as many as the rate is told for; `low` to `high` holds it with 95 in 100, as far as chance
    goes.

    `value` is None where there is nothing to divide by; the interval is None for fewer than five recordings too.
    """

    value: float | None
    interval: Interval | None
    part: float
    whole: float

    def to_dict(self) -> dict[str, Any]:
        low, high = self.interval or (None, None)
        return {
            "value": rounded(self.value, 6),
            "low": rounded(low, 6),
            "high": rounded(high, 6),
            "part": rounded(self.part, 3),
            "whole": rounded(self.whole, 3),
        }


@dataclass(frozen=True, slots=True)
class TrendRow:
    """Drafts of one language that were corrected in one period and have `key` in common.

    `start` is the period's first day in Seoul. `provisional`: nobody has accepted these yet. `recordings` are what
    the intervals are over; a recording counts in every row that it has a draft in, so they do not add; `figures`
    do. `rates` are those of RATES, and `difficulty` with seconds of effort and of typing.
    """

    period: Period
    start: date
    language: Language
    normaliser: str
    key: Mapping[By, str]
    provisional: bool
    recordings: int
    figures: Figures
    rates: Mapping[str, Rate]

    def to_dict(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "start": self.start.isoformat(),
            "language": self.language,
            "normaliser": self.normaliser,
            **dict(self.key.items()),
            "provisional": self.provisional,
            "recordings": self.recordings,
            "figures": self.figures.to_dict(),
            "rates": {name: rate.to_dict() for name, rate in self.rates.items()},
        }


def trend(drafts: Iterable[ScoredDraft], period: Period = "week", by: Sequence[By] = ()) -> tuple[TrendRow, ...]:
    """Figures and rates of each period, language and what else is asked for, the oldest first.

    A draft belongs to the period in which the revision that counts was corrected. Each is in exactly one row.
    """
    groups: dict[tuple[Any, ...], list[ScoredDraft]] = defaultdict(list)
    for draft in drafts:
        start = period_start(seoul_day(draft.corrected_at), period)
        shared = tuple(getattr(draft, name) for name in by)
        groups[start, draft.language, draft.normaliser, *shared, draft.provisional].append(draft)
    return tuple(
        _row(period, start, language, normaliser, dict(zip(by, shared, strict=True)), provisional, rows)
        for (start, language, normaliser, *shared, provisional), rows in sorted(groups.items())
    )


def period_start(day: date, period: Period) -> date:
    """The first day of the period that `day` lies in; weeks begin on Monday."""
    if period == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period == "week" else day


def rates_of(drafts: Sequence[ScoredDraft]) -> dict[str, Rate]:
    """Every rate of RATES and the difficulty, over all `drafts`, with intervals over their recordings."""
    counts = _by_recording(drafts)
    total = counts.sum(axis=0)
    drawn = resampled(counts) if len(counts) else counts
    rates = {}
    for name, (parts, whole, times) in RATES.items():
        part = float(_sum(total, parts))
        divisor = float(_sum(total, (whole,)))
        with np.errstate(divide="ignore", invalid="ignore"):
            values = times * _sum(drawn, parts) / _sum(drawn, (whole,))
        rates[name] = Rate(
            times * part / divisor if divisor else None,
            interval(values, len(counts)) if divisor else None,
            part,
            divisor,
        )
    together = added(draft.figures for draft in drafts)
    typing = np.maximum(_sum(drawn, ("typing",)), _sum(drawn, ("fewest_typing",)))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = _sum(drawn, ("effort",)) / typing
    bounds = interval(shares, len(counts)) if together.difficulty is not None else None
    rates["difficulty"] = Rate(
        together.difficulty,
        Interval(difficulty(bounds.low, 1.0), difficulty(bounds.high, 1.0)) if bounds else None,
        together.effort,
        max(together.typing, together.fewest_typing),
    )
    return rates


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a share has grown from one version to the next; below zero, how much it has fallen.

    `before` and `after` are of all that was compared, in the same mix of sources. `p`: how often chance alone would
    bring as much; `adjusted_p` takes into account that several differences are looked at. `detectable` is a
    difference that so many recordings would show four times out of five: with none shown, it may still be as large.
    """

    before: float
    after: float
    value: float
    interval: Interval | None
    p: float
    adjusted_p: float
    detectable: float
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        low, high = self.interval or (None, None)
        return {
            "before": rounded(self.before, 6),
            "after": rounded(self.after, 6),
            "value": rounded(self.value, 6),
            "low": rounded(low, 6),
            "high": rounded(high, 6),
            "p": rounded(self.p, 4),
            "adjusted_p": rounded(self.adjusted_p, 4),
            "detectable": rounded(self.detectable, 6),
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Version:
    """What one version of the pipeline has come to: all of its accepted drafts, whether they were compared or
    not."""

    fingerprint: str
    model_set: str
    recordings: int
    figures: Figures

    def to_dict(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "model_set": self.model_set,
            "recordings": self.recordings,
            "figures": self.figures.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class SourceMix:
    """One source under both versions: recordings, and the CER, which is shown for orientation and judged by
    nobody."""

    source: str
    recordings_before: int
    recordings_after: int
    cer_before: float | None
    cer_after: float | None
    compared: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "recordings_before": self.recordings_before,
            "recordings_after": self.recordings_after,
            "cer_before": rounded(self.cer_before, 6),
            "cer_after": rounded(self.cer_after, 6),
            "compared": self.compared,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest version of a project's pipeline against the one before it, in one language.

    `paired`: on the same recordings, which were corrected under both. Otherwise other recordings came in, and what
    is known of them is in `sources`; `by_source` says whether like was compared with like. `recordings_before` and
    `recordings_after` were compared; `left_out` are recordings of either version that were not. `provisional`
    drafts were not looked at. `cer` and `effort` (seconds of handwork per second of typing all afresh) are None
    where there were too few. `sentence` says it in words.
    """

    project: str
    language: Language
    normaliser: str
    before: Version | None
    after: Version
    paired: bool
    by_source: bool
    recordings_before: int
    recordings_after: int
    left_out: int
    provisional: int
    cer: Difference | None
    effort: Difference | None
    sources: tuple[SourceMix, ...]
    verdict: Verdict
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "project": self.project,
            "language": self.language,
            "normaliser": self.normaliser,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict(),
            "paired": self.paired,
            "by_source": self.by_source,
            "recordings_before": self.recordings_before,
            "recordings_after": self.recordings_after,
            "left_out": self.left_out,
            "provisional": self.provisional,
            "cer": self.cer.to_dict() if self.cer else None,
            "effort": self.effort.to_dict() if self.effort else None,
            "sources": [one.to_dict() for one in self.sources],
        }


def compare_versions(drafts: Iterable[ScoredDraft]) -> tuple[Comparison, ...]:
    """The newest version against the one before it, for each project and language, in the order of their names.

    `drafts` come in the order in which they were enqueued, as `export.scores.observed` gives them: the version
    whose last draft came last is the newest, so one that is taken back is not. Versions with fewer than
    FEWEST_COMPARED recordings are passed over while two others have as many. Of all differences in CER and
    effort together, one in twenty families is a false alarm (Holm); looking again after every few recordings
    makes it more.
    """
    groups: dict[tuple[str, Language, str], list[ScoredDraft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.project, draft.language, draft.normaliser].append(draft)
    each = (_compared(*key, rows) for key, rows in sorted(groups.items()))
    found = [one for one in each if one is not None]
    chances = [difference.p for one in found for difference in (one.cer, one.effort) if difference]
    adjusted = iter(holm(chances))
    return tuple(
        _judged(one, *(next(adjusted) if difference else 1.0 for difference in (one.cer, one.effort)))
        for one in found
    )


def _compared(project: str, language: Language, normaliser: str, rows: Sequence[ScoredDraft]) -> Comparison | None:
    accepted = [draft for draft in rows if not draft.provisional]
    versions: dict[str, list[ScoredDraft]] = defaultdict(list)
    for draft in accepted:
        versions[draft.fingerprint].append(draft)
    if not versions:
        return None
    lately = dict.fromkeys(draft.fingerprint for draft in reversed(rows) if draft.fingerprint in versions)
    came = [*reversed(lately)]
    enough = [name for name in came if _recordings(versions[name]) >= FEWEST_COMPARED]
    chosen = (enough if len(enough) > 1 else came)[-2:]
    new, old = versions[chosen[-1]], versions[chosen[0]] if len(chosen) > 1 else []
    pairs = _pairs(old, new)
    paired = len(pairs) >= FEWEST_COMPARED
    strata = {} if paired else _strata(old, new)
    by_source = bool(strata)
    if paired:
        compared_old = [draft for draft in old if draft.recording_id in pairs]
        compared_new = [draft for draft in new if draft.recording_id in pairs]
    else:
        compared_old = [draft for draft in old if not by_source or draft.source in strata]
        compared_new = [draft for draft in new if not by_source or draft.source in strata]
    either = {draft.recording_id for draft in (*old, *new)}
    left_out = either - {draft.recording_id for draft in (*compared_old, *compared_new)}
    few = min(_recordings(compared_old), _recordings(compared_new)) < FEWEST_COMPARED
    cer, effort = (
        None if few else _difference(compared_old, compared_new, parts, whole, paired=paired, by_source=by_source)
        for parts, whole in ((CONTENT, "content_characters"), (("effort",), "typing"))
    )
    return Comparison(
        project=project,
        language=language,
        normaliser=normaliser,
        before=_version(old) if old else None,
        after=_version(new),
        paired=paired,
        by_source=by_source,
        recordings_before=_recordings(compared_old),
        recordings_after=_recordings(compared_new),
        left_out=len(left_out),
        provisional=len(rows) - len(accepted),
        cer=cer,
        effort=effort,
        sources=_sources(old, new, compared=lambda source: not few and (paired or not strata or source in strata)),
        verdict="too_few",
        sentence="",
    )


def _difference(
    old: Sequence[ScoredDraft],
    new: Sequence[ScoredDraft],
    parts: Sequence[str],
    whole: str,
    *,
    paired: bool,
    by_source: bool,
) -> Difference | None:
    """The rise of one share, judged without a look at others; None where one side has nothing to divide by."""
    before, after = (_by_stratum(rows, parts, whole, by_source=by_source) for rows in (old, new))
    wholes = {name: float(before[name][:, 1].sum() + after[name][:, 1].sum()) for name in before}
    if not all(side[name][:, 1].sum() for side in (before, after) for name in side):
        return None
    weights = {name: share / sum(wholes.values()) for name, share in wholes.items()}
    was, is_now = (
        sum(weights[name] * float(side[name][:, 0].sum() / side[name][:, 1].sum()) for name in side)
        for side in (before, after)
    )
    if paired:
        # both sides in the order of the recordings' names, which are the same
        both = np.hstack([before[""], after[""]])
        grows = bool(was and is_now)
        found = compare([Sample(both, 1.0)], growth if grows else rise)
        found = _in_points(found, was) if grows else found
    else:
        signed = ((before, -1.0), (after, 1.0))
        found = compare([Sample(side[name], sign * weights[name]) for side, sign in signed for name in side], ratio)
    return Difference(
        was, is_now, found.value, found.interval, found.p, 1.0, _FOUND_USUALLY * found.error, "no_difference"
    )


def _in_points(found: Compared, before: float) -> Compared:
    """A growth from `before`, told as a difference."""
    bounds = found.interval and Interval(*(before * math.expm1(bound) for bound in found.interval))
    return Compared(before * math.expm1(found.value), bounds, before * found.error, found.p)


def _by_stratum(
    rows: Sequence[ScoredDraft], parts: Sequence[str], whole: str, *, by_source: bool
) -> dict[str, Numbers]:
    """Part and whole of each recording, by source, or under "" where sources are not told apart."""
    by_name: dict[str, list[ScoredDraft]] = defaultdict(list)
    for draft in rows:
        by_name[draft.source if by_source else ""].append(draft)
    found = {}
    for name in sorted(by_name):
        counts = _by_recording(by_name[name])
        found[name] = np.stack([_sum(counts, parts), _sum(counts, (whole,))], axis=1)
    return found


def _pairs(old: Sequence[ScoredDraft], new: Sequence[ScoredDraft]) -> set[str]:
    """Recordings of which the same audio was corrected under both versions."""
    here, there = _covered(old), _covered(new)
    return {name for name in here.keys() & there.keys() if _alike(here[name], there[name])}


def _covered(rows: Sequence[ScoredDraft]) -> dict[str, tuple[tuple[float, float], ...]]:
    units = defaultdict(list)
    for draft in rows:
        units[draft.recording_id].append(draft.unit)
    return {name: merged(spans, join_within=SAME_SECONDS) for name, spans in units.items()}


def _alike(here: Sequence[tuple[float, float]], there: Sequence[tuple[float, float]]) -> bool:
    return len(here) == len(there) and all(
        abs(one - other) <= SAME_SECONDS
        for span, like in zip(here, there, strict=True)
        for one, other in zip(span, like, strict=True)
    )


def _strata(old: Sequence[ScoredDraft], new: Sequence[ScoredDraft]) -> set[str]:
    """Sources with enough recordings on either side, where they hold enough altogether: else sources are no
    help."""
    recordings: dict[str, list[set[str]]] = defaultdict(lambda: [set(), set()])
    for side, rows in enumerate((old, new)):
        for draft in rows:
            if draft.figures.content_characters:
                recordings[draft.source][side].add(draft.recording_id)
    many = {name for name, sides in recordings.items() if min(map(len, sides)) >= FEWEST_OF_A_SOURCE}
    held = [sum(len(recordings[name][side]) for name in many) for side in (0, 1)]
    return many if min(held) >= FEWEST_COMPARED else set()


def _sources(
    old: Sequence[ScoredDraft], new: Sequence[ScoredDraft], compared: Callable[[str], bool]
) -> tuple[SourceMix, ...]:
    mixes = []
    for source in sorted({draft.source for draft in (*old, *new)}):
        here, there = ([draft for draft in rows if draft.source == source] for rows in (old, new))
        cers = [added(draft.figures for draft in rows).cer for rows in (here, there)]
        mixes.append(SourceMix(source, _recordings(here), _recordings(there), cers[0], cers[1], compared(source)))
    return tuple(mixes)


def _judged(one: Comparison, cer_p: float, effort_p: float) -> Comparison:
    """The verdicts, now that it is known how many differences are looked at."""
    cer = _with_verdict(one.cer, cer_p)
    effort = _with_verdict(one.effort, effort_p)
    verdicts = {difference.verdict for difference in (cer, effort) if difference}
    order: tuple[Verdict, ...] = ("worse", "better", "no_difference", "too_few")
    verdict = next(name for name in order if name in verdicts or name == "too_few")
    judged = replace(one, cer=cer, effort=effort, verdict=verdict)
    return replace(judged, sentence=_sentence(judged))


def _with_verdict(difference: Difference | None, adjusted_p: float) -> Difference | None:
    if difference is None:
        return None
    verdict: Verdict = "no_difference"
    if adjusted_p <= 1 - LEVEL:
        verdict = "worse" if difference.value > 0 else "better"
    return replace(difference, adjusted_p=adjusted_p, verdict=verdict)


def _sentence(one: Comparison) -> str:
    where = f"{one.project}, {one.language}"
    if one.before is None:
        return f"{where}: there is one version of the pipeline only ({one.after.recordings} recordings)"
    if one.cer is None and one.effort is None:
        return (
            f"{where}: {one.recordings_before} against {one.recordings_after} recordings; "
            f"to compare two versions, {FEWEST_COMPARED} of each are needed, and some content"
        )
    said = [
        _told(name, difference) for name, difference in (("CER", one.cer), ("effort", one.effort)) if difference
    ]
    if one.paired:
        mix = f"the same {one.recordings_after} recordings"
    else:
        mix = f"{one.recordings_before} against {one.recordings_after} recordings"
        mix += ", compared within sources" if one.by_source else ", whose sources differ or are too small"
    return f"{where}: {'; '.join(said)}; {mix}"


def _told(name: str, one: Difference) -> str:
    told = f"{name} {100 * one.before:.1f} → {100 * one.after:.1f} %, {100 * one.value:+.1f} points"
    if one.interval:
        told += f" (95 % interval {100 * one.interval.low:.1f} to {100 * one.interval.high:.1f})"
    if one.verdict != "no_difference":
        return f"{told}, {one.verdict}"
    return f"{told}, no difference shown ({100 * one.detectable:.1f} points would usually have been)"


def _version(rows: Sequence[ScoredDraft]) -> Version:
    figures = added(draft.figures for draft in rows)
    return Version(rows[-1].fingerprint, rows[-1].model_set, _recordings(rows), figures)


def _row(
    period: Period,
    start: date,
    language: Language,
    normaliser: str,
    key: Mapping[By, str],
    provisional: bool,
    drafts: Sequence[ScoredDraft],
) -> TrendRow:
    together = added(draft.figures for draft in drafts)
    return TrendRow(
        period, start, language, normaliser, key, provisional, _recordings(drafts), together, rates_of(drafts)
    )


def _by_recording(drafts: Sequence[ScoredDraft]) -> Numbers:
    """(recording, count), in the order of the recordings' names; the counts are those of COUNTS."""
    sums: dict[str, Numbers] = defaultdict(lambda: np.zeros(len(COUNTS)))
    for draft in drafts:
        sums[draft.recording_id] += np.array(list(flat(draft.figures).values()), dtype=float)
    return np.array([sums[name] for name in sorted(sums)]).reshape(len(sums), len(COUNTS))


def _sum(counts: Numbers, names: Sequence[str]) -> Numbers:
    """Several counts added, of each row."""
    total: Numbers = counts[..., [_COLUMNS[name] for name in names]].sum(axis=-1)
    return total


def _recordings(drafts: Sequence[ScoredDraft]) -> int:
    return len({draft.recording_id for draft in drafts})
