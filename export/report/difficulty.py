"""The difficulty report: one page that says how hard drafts turned out, and how well that was foreseen.

It is made for whoever runs the work and whoever pays for it, and needs neither a network nor another file. What it
shows is gathered in `export.report.gathering`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.project import SEOUL
from core.store import write_atomically
from export.drafts import printable
from export.evidence import FEWEST_DRAFTS, MEASURES, Evidence, Finding
from export.pairs import PairedLanguage
from export.report import panels
from export.report.difficulty_data import DifficultyReport, HardDraft, LanguageTally
from export.report.forecasts import FEWEST_JUDGED, Forecasts, judge
from export.report.pages import name_of, templates
from export.report.words import LANGUAGE_NAMES, between, lasting, many, number, rate, share, short
from export.scoring import Figures, added

EXPECTED_COVERAGE: Final = 0.8
"""Of the interval of a `Prediction`."""

_CONTROLS: Final = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}

PAIRS: Final[Mapping[str, str]] = {
    "two_people": "two people, each on a draft of their own",
    "one_person": "one person, twice",
    "revision": "one person going on from what another handed in",
}

FINDINGS: Final[Mapping[str, tuple[str, bool]]] = {
    "sentences_unchanged": ("Sentences left as they came", True),
    "accepted_unchanged": ("Drafts accepted without any edit", True),
    "accepted_at_first": ("Drafts accepted and never sent back", True),
    "shorter_than_hearing": ("Drafts done in less time than hearing them at double speed", True),
    "not_played": ("Drafts of which hardly anything was played", True),
    "rework_rounds": ("Rounds of rework, for each draft", False),
    "work_ratio": ("Minutes of work, for each of sound", False),
}
"""What measures of `export.evidence` are called on the page, and whether they are shares."""


def write_difficulty_report(file: Path, report: DifficultyReport) -> None:
    """Write the page at `file`, in one piece. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, difficulty_page(report).encode())


def difficulty_page(report: DifficultyReport) -> str:
    """The page, as text; characters that no page may have are replaced."""
    languages = sorted(report.languages, key=lambda one: list(LANGUAGE_NAMES).index(one.language))
    figures = added(one.figures for one in languages)
    every = np.concatenate([one.outcomes.observed for one in languages] or [np.empty(0)])
    together = judge(one.outcomes for one in languages)
    page = (
        templates()
        .get_template("difficulty.html")
        .render(
            report=report,
            figures=figures,
            provisional=sum(one.provisional for one in languages),
            period=_period(report),
            made_at=f"{report.made_at.astimezone(SEOUL):%Y-%m-%d %H:%M}",
            middle=float(np.median(every)) if len(every) else None,
            together=together,
            brief=_brief(report, languages, together),
            distribution=panels.distributions(languages),
            forecasts=[panels.forecast(one) for one in languages],
            forecast_models=_models_that_predicted(languages),
            calibration=[panels.calibration(one) for one in languages],
            confidences=[panels.confidence(place, one) for place, one in enumerate(report.confidences)],
            hardest=[_hard(one) for one in report.hardest],
            kinds=[(name, f"s{place}") for place, name in enumerate(panels.KINDS.values())],
            weekly=panels.weekly(languages),
            versions=[panels.versions(place, one) for place, one in enumerate(report.versions)],
            alerts=[one.sentence for one in report.versions if one.verdict == "worse"],
            evidence=_findings(report.evidence),
            looked_into=sum(one.drafts for one in report.evidence),
            pairs=[_pair(one) for one in report.pairs],
            minutes=[panels.minutes(one) for one in report.minutes],
            share=share,
            coverage=EXPECTED_COVERAGE,
            fewest=FEWEST_JUDGED,
            fewest_work=FEWEST_DRAFTS,
        )
    )
    return printable(page).translate(_CONTROLS)


def _period(report: DifficultyReport) -> str:
    if report.first is None or report.last is None:
        return "–"
    first, last = (f"{moment.astimezone(SEOUL):%Y-%m-%d}" for moment in (report.first, report.last))
    return first if first == last else f"{first} to {last}"


def _brief(report: DifficultyReport, languages: Sequence[LanguageTally], together: Forecasts) -> list[str]:
    """What somebody should know who reads no further."""
    judged = [one for one in languages if len(one.outcomes.observed) >= FEWEST_JUDGED]
    said = []
    if judged:
        every = np.concatenate([one.outcomes.observed for one in languages])
        low, middle, high = np.percentile(every, (25, 50, 75))
        said.append(
            f"Half of the drafts had a difficulty below {number(middle, 0)}; "
            f"the easiest quarter was below {number(low, 0)}, the hardest above {number(high, 0)}."
        )
    if len(judged) > 1:
        by_middle = sorted(judged, key=lambda one: float(np.median(one.outcomes.observed)))
        easiest, hardest = by_middle[0], by_middle[-1]
        said.append(
            f"{LANGUAGE_NAMES[hardest.language]} drafts were the hardest (half of them above "
            f"{number(float(np.median(hardest.outcomes.observed)), 0)}), {LANGUAGE_NAMES[easiest.language]} ones "
            f"the easiest ({number(float(np.median(easiest.outcomes.observed)), 0)})."
        )
    if together.order is not None and together.off is not None:
        said.append(
            f"Forecasts made before the work put the drafts {_how_well(together.order[0])} in order (rank "
            f"correlation {panels.correlation(together.order)}) and were off by {number(together.off, 0)} points "
            "on average."
        )
    if waiting := sum(one.drafts for one in report.afresh):
        seconds = sum(one.seconds for one in report.afresh)
        said.append(
            f"{many(waiting, 'waiting draft')} ({lasting(seconds)} of sound) "
            f"{'is' if waiting == 1 else 'are'} expected to be less work typed afresh than mended."
        )
    return said


def _how_well(correlation: float) -> str:
    words = ((0.8, "well"), (0.6, "fairly well"), (0.3, "roughly"))
    return next((word for least, word in words if correlation >= least), "hardly better than chance")


def _models_that_predicted(languages: Sequence[LanguageTally]) -> list[tuple[str, str, int]]:
    return [
        (LANGUAGE_NAMES[one.language], model, count)
        for one in languages
        for model, count in sorted(one.outcomes.models.items(), key=lambda item: -item[1])
    ]


def _hard(one: HardDraft) -> dict[str, Any]:
    reasons = (
        [short(cause.text) for cause in one.predicted.reasons if cause.points > 0][:3] if one.predicted else []
    )
    return {
        "draft": one,
        "name": short(name_of(one.uri)) if one.uri else "a recording that the queue no longer has",
        "reasons": reasons,
        "edited": _edited(one.figures),
    }


def _edited(figures: Figures) -> list[str]:
    """The edits of a draft in words, those of most places first; what was done to words comes before all."""
    edits = figures.edits
    words = [
        f"{number(count, 0)} {what}"
        for count, what in (
            (edits.substitution, "replaced"),
            (edits.insertion, "put in"),
            (edits.deletion, "taken out"),
        )
        if count
    ]
    told = [f"characters: {', '.join(words)}"] if words else []
    others = [(kind, count) for kind, count in panels.by_kind(edits).items() if kind != "content"]
    told += [
        f"{panels.KINDS[kind]}: {number(count, 0)}"
        for kind, count in sorted(others, key=lambda one: -one[1])[:3]
        if count
    ]
    return told or ["nothing"]


def _findings(evidence: Sequence[Evidence]) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """For each language its name, how many drafts, and what is told of them: rates, counts, intervals."""
    return [
        (
            LANGUAGE_NAMES.get(one.key["language"], one.key["language"]),
            one.drafts,
            [_finding(name, finding) for name, finding in one.findings.items()],
        )
        for one in evidence
    ]


def _finding(name: str, one: Finding) -> dict[str, Any]:
    """A row of the table: its words, and as a share of one what the bar shows, where it is one."""
    told, is_share = FINDINGS[name]
    if is_share:
        counts = f"{number(one.part, 0)} of {number(one.whole, 0)}"
    elif name == "work_ratio":
        counts = f"{lasting(one.part)} for {lasting(one.whole)}"
    else:
        counts = f"{number(one.part, 0)} for {number(one.whole, 0)}"
    value, interval = "none", "–"
    if one.value is not None:
        value = rate(one.value) if is_share else number(one.value, 2)
    elif one.drafts:
        value = "too few"
    if one.interval:
        low, high = one.interval
        interval = between(*one.interval) if is_share else f"{number(low, 2)} to {number(high, 2)}"
    return {
        "told": told,
        "meaning": MEASURES[name].meaning,
        "drafts": one.drafts,
        "counts": counts if one.whole else "–",
        "value": value,
        "interval": interval,
        "bar": (one.value, one.interval) if is_share and one.value is not None and one.interval else None,
    }


def _pair(one: PairedLanguage) -> dict[str, Any]:
    agreement, intervals = one.agreement, one.intervals
    cer, bounds = agreement.figures.cer, intervals.get("cer")
    return {
        "language": LANGUAGE_NAMES[one.language],
        "kind": PAIRS[one.kind],
        "pairs": one.pairs,
        "recordings": one.recordings,
        "same_pipeline": one.same_pipeline,
        "cer": "none" if cer is None else rate(cer),
        "interval": between(*bounds) if bounds else "too few recordings",
        "speakers": "none" if agreement.speaker_agreement is None else rate(agreement.speaker_agreement),
    }
