"""The difficulty report's charts: each with what is said about it, and the numbers it shows.

Where there is too little for a chart, that is said, and what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from export.estimates import WorkModel
from export.intervals import wilson
from export.report import charts
from export.report.difficulty_data import (
    ConfidenceTally,
    Floats,
    LanguageTally,
    Minutes,
    VersionTally,
    Week,
)
from export.report.forecasts import FEWEST_JUDGED, Forecasts, judge
from export.report.words import LANGUAGE_NAMES, between, many, number, percent, rate, share, short
from export.scoring import Edits

FEWEST_DRAWN: Final = 5
"""A chart of fewer drafts would show a pattern where there is none; they are told one by one."""
DRAWN_WEEKS: Final = 26
BARS: Final = 20
"""Of a histogram, five points of difficulty each."""

KINDS: Final[Mapping[str, str]] = {
    "content": "words",
    "orthography": "spelling",
    "punctuation": "marks",
    "spacing": "spaces",
    "boundary": "sentence borders",
    "speaker": "speakers",
    "time": "times",
}
"""Kinds of edits and what they are called on the page, in the order in which they are drawn."""

VERDICTS: Final[Mapping[str, str]] = {
    "better": "The newest version is better than the one before, beyond chance.",
    "no_difference": "No difference between the newest version and the one before has been shown.",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with what is said about it and the numbers it shows; without a chart only what is said.

    `detail` is a sentence for those who look at the numbers.
    """

    name: str
    notes: tuple[str, ...]
    chart: Markup | None = None
    detail: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def distributions(languages: Sequence[LanguageTally]) -> list[Panel]:
    """One for each language, all of one height."""
    counted = {one.language: np.histogram(one.outcomes.observed, BARS, (0, 100))[0] for one in languages}
    tallest = max(
        (counts.max() / counts.sum() for counts in counted.values() if counts.sum() >= FEWEST_DRAWN), default=0
    )
    return [_distribution(one, counted[one.language].tolist(), float(tallest)) for one in languages]


def _distribution(one: LanguageTally, counts: list[int], tallest: float) -> Panel:
    observed = one.outcomes.observed
    name = f"{LANGUAGE_NAMES[one.language]}: {many(len(observed), 'draft')}"
    if not len(observed):
        return Panel(
            name, ("Neither the drafts nor their corrections have any words, so nothing was hard or easy.",)
        )
    if len(observed) < FEWEST_DRAWN:
        each = ", ".join(number(value, 0) for value in sorted(observed))
        return Panel(name, (f"Too few for a chart. Their difficulty: {each}.",))
    low, middle, high = (number(float(value), 0) for value in np.percentile(observed, (25, 50, 75)))
    notes = [f"Half are below {middle}; the middle half lies between {low} and {high}."]
    if one.figures.cer is not None:
        errors = f"character error rate {rate(one.figures.cer)}"
        if one.figures.wer is not None:
            errors = f"word error rate {rate(one.figures.wer)}, {errors}"
        notes.append(f"{errors[0].upper()}{errors[1:]}, over all of them together.")
    chart = charts.histogram(
        f"spread-{one.language}",
        f"Observed difficulty of {many(len(observed), LANGUAGE_NAMES[one.language] + ' draft')}",
        notes[0],
        counts=counts,
        middle=float(np.median(observed)),
        tallest=tallest,
    )
    width = 100 // BARS
    rows = tuple(
        (f"{place * width} to {(place + 1) * width}", number(count, 0), percent(count / len(observed)))
        for place, count in enumerate(counts)
        if count
    )
    return Panel(name, tuple(notes), chart, columns=("Difficulty", "Drafts", "Share"), rows=rows)


def forecast(one: LanguageTally) -> Panel:
    """What was expected of drafts of a language, and what came."""
    outcomes, language = one.outcomes, LANGUAGE_NAMES[one.language]
    figures = judge([outcomes])
    name = f"{language}: {many(figures.drafts, 'forecast')}"
    if not figures.drafts:
        return Panel(name, ("None of these drafts had a forecast before somebody took it.",))
    if figures.drafts < FEWEST_DRAWN:
        each = ", ".join(
            f"{number(said, 0)} foreseen, {number(came, 0)} came"
            for said, came in zip(outcomes.predicted, outcomes.came, strict=True)
        )
        return Panel(name, (f"Too few for a chart: {each}.",))
    notes = _forecast_notes(figures)
    chart = charts.comparison(
        f"forecast-{one.language}",
        f"Predicted and observed difficulty of {many(figures.drafts, language + ' draft')}",
        " ".join(notes),
        x=outcomes.predicted,
        y=outcomes.came,
        labels=("predicted difficulty", "observed difficulty"),
        top=100,
    )
    if figures.drafts > charts.MOST_POINTS:
        side = 100 // charts.SQUARES
        notes.append(f"Each square is {side} by {side} points; the darker, the more drafts.")
    edges = np.arange(0, 101, 10)
    places = np.clip(np.digitize(outcomes.predicted, edges) - 1, 0, 9)
    rows = tuple(
        (
            f"{edges[place]} to {edges[place + 1]}",
            number(int(those.sum()), 0),
            number(float(np.median(outcomes.came[those])), 0),
            number(float(np.mean(np.abs(outcomes.came - outcomes.predicted)[those])), 0),
            percent(float(np.mean(((outcomes.came >= outcomes.low) & (outcomes.came <= outcomes.high))[those]))),
        )
        for place in range(10)
        if (those := places == place).any()
    )
    columns = ("Predicted", "Drafts", "Half came out below", "Off by, on average", "Within the interval")
    return Panel(name, tuple(notes), chart, columns=columns, rows=rows)


def _forecast_notes(figures: Forecasts) -> list[str]:
    if figures.off is None or figures.lean is None:
        return [f"Too few to say how good they are; {FEWEST_JUDGED} are needed."]
    notes = []
    if figures.order is not None:
        notes.append(f"Rank correlation {correlation(figures.order)}.")
    else:
        notes.append("There is no order to compare: all on one side are the same.")
    lean = (
        "as often too high as too low"
        if abs(figures.lean) < 0.5
        else f"{number(abs(figures.lean), 1)} too {'low' if figures.lean > 0 else 'high'} all in all"
    )
    notes.append(f"Off by {number(figures.off, 1)} points on average, {lean}.")
    notes.append(f"{share(figures.inside, figures.drafts)} came out within the interval given.")
    return notes


def correlation(found: tuple[float, float, float]) -> str:
    """`0.84 (0.77 to 0.88)`."""
    middle, low, high = (number(value, 2) for value in found)
    return f"{middle} ({low} to {high})"


def calibration(one: LanguageTally) -> Panel:
    """Whether drafts of a language are as hard as expected, in each tenth of the scale."""
    outcomes, language = one.outcomes, LANGUAGE_NAMES[one.language]
    name = f"{language}: {many(len(outcomes.came), 'forecast')}"
    if len(outcomes.came) < FEWEST_JUDGED:
        return Panel(name, (f"Too few to say; {FEWEST_JUDGED} are needed.",))
    spots = _tenths(outcomes.predicted, outcomes.came)
    if not spots:
        return Panel(name, (f"No tenth of the scale has {FEWEST_DRAWN} drafts yet.",))
    shown = sum(spot.count for spot in spots)
    off = sum(abs(spot.y - spot.x) * spot.count for spot in spots) / shown
    notes = [f"On average a tenth came out {number(off, 1)} points from what was foreseen for it."]
    if few := len(outcomes.came) - shown:
        notes.append(f"Left out: {many(few, 'draft')} in tenths with fewer than {FEWEST_DRAWN}.")
    chart = charts.reliability(
        f"calibration-{one.language}",
        f"Calibration of the difficulty predicted for {many(len(outcomes.came), language + ' draft')}",
        " ".join(notes),
        spots=spots,
        labels=("predicted difficulty", "observed, on average"),
    )
    rows = tuple(
        (
            number(spot.x, 0),
            number(spot.y, 0),
            f"{number(spot.low, 0)} to {number(spot.high, 0)}",
            number(spot.count, 0),
        )
        for spot in spots
    )
    return Panel(name, tuple(notes), chart, columns=("Predicted", "Observed", "95 % interval", "Drafts"), rows=rows)


def _tenths(said: Floats, came: Floats) -> list[charts.Spot]:
    """Means of the drafts in each tenth of the scale, where there are enough; intervals by Student's t."""
    from scipy.stats import t

    spots = []
    for place in range(10):
        group = np.clip(said // 10, 0, 9) == place
        many = int(group.sum())
        if many < FEWEST_DRAWN:
            continue
        middle, error = came[group].mean(), came[group].std(ddof=1) / np.sqrt(many)
        reach = t.ppf(0.975, many - 1) * error
        low, high = max(0.0, float(middle - reach)), min(100.0, float(middle + reach))
        spots.append(charts.Spot(float(said[group].mean()), float(middle), low, high, many))
    return spots


def confidence(place: int, one: ConfidenceTally) -> Panel:
    """Whether words of so much confidence are right as often; `place` among all such panels."""
    language = LANGUAGE_NAMES.get(one.language, one.language)
    total, right = np.array(one.total, np.float64), np.array(one.right, np.float64)
    words = int(total.sum())
    name, notes = f"{language}: {many(words, 'word')}", [f"Recogniser: {short(one.recogniser)}."]
    if words < FEWEST_JUDGED:
        return Panel(name, (*notes, f"Too few to say; {FEWEST_JUDGED} are needed."))
    middles = (np.arange(len(total)) + 0.5) / len(total)
    spots = []
    for group in np.array_split(np.arange(len(total)), 10):
        there, true = int(total[group].sum()), int(right[group].sum())
        if bounds := wilson(true, there):
            said = float(np.average(middles[group], weights=total[group]))
            spots.append(charts.Spot(100 * said, 100 * true / there, 100 * bounds.low, 100 * bounds.high, there))
    off = float(np.abs([spot.y - spot.x for spot in spots]) @ [spot.count for spot in spots]) / words
    notes.append(
        f"{percent(right.sum() / words)} of the words stayed as they were; "
        f"confidence is off by {number(off, 1)} points."
    )
    tuned = np.add.reduceat(total * np.array(one.curve) - right, range(0, len(total), len(total) // 10))
    kind = "the calibration learned from corrections" if one.is_fitted else "the usual calibration"
    notes.append(f"After {kind} it is off by {number(100 * float(np.abs(tuned).sum()) / words, 1)}.")
    chart = charts.reliability(
        f"confidence-{place}",
        f"Calibration of the recogniser's confidence in {many(words, language + ' word')}",
        " ".join(notes[1:]),
        spots=spots,
        labels=("confidence, %", "words that were right, %"),
    )
    rows = tuple(
        (
            f"{number(spot.x, 0)} %",
            f"{number(spot.y, 1)} %",
            f"{number(spot.low, 1)} to {number(spot.high, 1)} %",
            number(spot.count, 0),
        )
        for spot in spots
    )
    return Panel(name, tuple(notes), chart, columns=("Confidence", "Right", "95 % interval", "Words"), rows=rows)


def weekly(languages: Sequence[LanguageTally]) -> list[Panel]:
    """Edits of each language by week, all drawn to one scale."""
    told = {one.language: [_per_thousand(week) for week in _drawn_weeks(one)] for one in languages}
    tallest = max((sum(week.values()) for weeks in told.values() for week in weeks), default=0.0)
    return [_weeks(one, told[one.language], tallest) for one in languages]


def _weeks(one: LanguageTally, per_thousand: Sequence[Mapping[str, float]], tallest: float) -> Panel:
    name = f"{LANGUAGE_NAMES[one.language]}: {many(one.figures.drafts, 'draft')}"
    weeks = _drawn_weeks(one)
    if not weeks:
        return Panel(name, ("The corrections have no words, so there is nothing to count edits by.",))
    sums = [number(sum(rates.values()), 0) for rates in per_thousand]
    notes = [f"{sums[-1]} edits per 1,000 characters in the last week"]
    notes[0] += f", {sums[0]} in the first." if len(weeks) > 1 else "."
    if len(weeks) == DRAWN_WEEKS:
        notes.append(f"No more than {DRAWN_WEEKS} weeks are shown, the newest ones.")
    chart = charts.weekly(
        f"weeks-{one.language}",
        f"Edits per 1,000 characters by week, {LANGUAGE_NAMES[one.language]}",
        notes[0],
        weeks=[week.monday for week in weeks],
        kinds=[(f"s{place}", [rates[kind] for rates in per_thousand]) for place, kind in enumerate(KINDS)],
        tallest=tallest,
    )
    rows = tuple(
        (f"{week.monday:%Y-%m-%d}", number(week.figures.drafts, 0), *(number(rates[kind], 1) for kind in KINDS))
        for week, rates in zip(weeks, per_thousand, strict=True)
    )
    return Panel(
        name, tuple(notes), chart, columns=("Week from", "Drafts", *map(str.capitalize, KINDS.values())), rows=rows
    )


def _drawn_weeks(one: LanguageTally) -> list[Week]:
    return [week for week in one.weeks if week.figures.content_characters][-DRAWN_WEEKS:]


def _per_thousand(week: Week) -> dict[str, float]:
    figures = week.figures
    return {kind: 1000 * count / figures.content_characters for kind, count in by_kind(figures.edits).items()}


def by_kind(edits: Edits) -> dict[str, int]:
    """How many edits of each of KINDS."""
    return {kind: getattr(edits, kind) for kind in KINDS}


def versions(place: int, one: VersionTally) -> Panel:
    """Error rates of the versions of one pipeline; `place` among all such panels."""
    name = f"{LANGUAGE_NAMES[one.language]}, {short(one.project)}"
    told = one.sentence if one.verdict in ("worse", "too_few") else VERDICTS[one.verdict]
    labels = [f"{version.fingerprint[:8]} · {version.first.day} {version.first:%b}" for version in one.rates]
    bounds = [version.interval or (version.cer, version.cer) for version in one.rates]
    chart = charts.levels(
        f"versions-{place}",
        f"Character error rate by version of the pipeline, {name}",
        told,
        rows=[
            charts.Level(label, 100 * version.cer, 100 * low, 100 * high, version.is_worse)
            for label, version, (low, high) in zip(labels, one.rates, bounds, strict=True)
        ],
        label="character error rate, %",
    )
    rows = tuple(
        (
            version.fingerprint[:12],
            short(version.model_set),
            f"{version.first:%Y-%m-%d} to {version.last:%Y-%m-%d}",
            number(version.drafts, 0),
            rate(version.cer),
            between(*version.interval) if version.interval else "too few recordings",
        )
        for version in one.rates
    )
    columns = ("Version", "Models", "Corrected", "Drafts", "Character error rate", "95 % interval")
    return Panel(name, (told,), chart, "" if told == one.sentence else one.sentence, columns, rows)


def minutes(one: Minutes) -> Panel:
    """Minutes of work on drafts of a language, estimated and logged."""
    language = LANGUAGE_NAMES[one.language]
    name = f"{language}: {many(len(one.actual), 'draft')}"
    estimated, actual = float(one.estimated.sum()), float(one.actual.sum())
    totals = f"{number(estimated, 0)} minutes estimated, {number(actual, 0)} worked."
    if len(one.actual) < FEWEST_DRAWN:
        return Panel(name, (f"Too few for a chart: {totals}",))
    off = float(np.mean(np.abs(one.actual - one.estimated)))
    notes = [totals, f"A draft is off by {number(off, 1)} minutes on average.", _basis(one.model)]
    top = float(np.percentile(np.concatenate([one.estimated, one.actual]), 99)) * 1.1 or 1.0
    if beyond := int(np.sum((one.estimated > top) | (one.actual > top))):
        notes.append(f"Drawn at the edge: {many(beyond, 'draft')} of more than {number(top, 0)} minutes.")
    chart = charts.comparison(
        f"minutes-{one.language}",
        f"Estimated and actual minutes of work on {many(len(one.actual), language + ' draft')}",
        " ".join(notes),
        x=np.minimum(one.estimated, top),
        y=np.minimum(one.actual, top),
        labels=("estimated minutes", "minutes worked"),
        top=top,
    )
    edges = np.unique(np.percentile(one.estimated, (0, 25, 50, 75, 100)))
    places = np.clip(np.searchsorted(edges, one.estimated, side="right") - 1, 0, max(0, len(edges) - 2))
    rows = tuple(
        (
            f"{number(float(one.estimated[those].min()), 1)} to {number(float(one.estimated[those].max()), 1)}",
            number(int(those.sum()), 0),
            number(float(one.estimated[those].sum()), 0),
            number(float(one.actual[those].sum()), 0),
        )
        for place in range(max(1, len(edges) - 1))
        if (those := places == place).any()
    )
    columns = ("Estimated, minutes a draft", "Drafts", "Minutes estimated", "Minutes worked")
    return Panel(name, tuple(notes), chart, columns=columns, rows=rows)


def _basis(model: WorkModel) -> str:
    """What estimates are made with, and how far they were off where that was not learned from."""
    if model.basis == "fitted":
        told = f"The two factors are fitted to {many(model.drafts, 'draft')}, these among them"
    else:
        told = f"The two factors come from publications: {model.why}"
    if model.held_out_error is not None and model.published_error is not None:
        told += (
            f"; held out, fitted ones are off by {percent(model.held_out_error)} and published ones by "
            f"{percent(model.published_error)}"
        )
    return f"{told}."
