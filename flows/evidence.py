"""`prelabel evidence`: what happened in the work on drafts, and what was to be expected; what was done twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.types import LANGUAGES
from export.evidence import MEASURES, By, Evidence, Finding, gather, works
from export.intervals import Interval
from export.pairs import PairedLanguage, compare_pair, corrected_twice, human_floor, pool
from export.scores import Selection, observed
from flows.choosing import chosen
from flows.exporting import insist_project
from flows.places import queue_at
from flows.showing import NONE, as_text, counted, percent, plain_table, points

COLUMNS: Final[Mapping[str, By]] = {
    "worker": "worker",
    "project": "project",
    "language": "language",
    "source": "source",
}
"""What the work can be told apart by."""

_NOTHING = "no corrections are scored yet (prelabel corrections)"
_COUNTED = ("rework_rounds", "work_ratio")
"""Measures that are no shares."""


def work_evidence(
    names: Sequence[str], selection: Selection, queue_url: str | None, *, drafts: bool
) -> tuple[dict[str, Any], str]:
    """The work on drafts, together by what is asked for, as (document, text); with `drafts`, also each one's."""
    by = chosen(names, COLUMNS)
    with queue_at(queue_url) as queue:
        insist_project(queue, selection.project)
        found = list(works(queue, observed(queue, selection)))
    groups = gather(found, by)
    document: dict[str, Any] = {
        "groups": [one.to_dict() for one in groups],
        "meanings": {name: measure.meaning for name, measure in MEASURES.items()},
    }
    if drafts:
        document["drafts"] = [one.to_dict() for one in found]
    if not groups:
        return document, _NOTHING
    meanings = [f"{_named(name)}: {measure.meaning}" for name, measure in MEASURES.items()]
    return document, "\n\n".join([*(_group(one) for one in groups), "\n".join(meanings)])


def _group(one: Evidence) -> str:
    key = ", ".join(f"{name} {value}" for name, value in one.key.items()) or "all"
    waiting = f", {one.provisional} of them not accepted yet" if one.provisional else ""
    table = plain_table("", "", "95 % interval", "counted", "with others, on drafts as hard", right=("",))
    for name, finding in one.findings.items():
        table.add_row(_named(name), *_told(name, finding))
    counts = f"{counted(one.drafts, 'draft')} of {counted(one.recordings, 'recording')}"
    return f"{key}: {counts}{waiting}\n{as_text(table)}"


def _told(name: str, finding: Finding) -> tuple[str, str, str, str]:
    """Value, interval, counts, and what the same drafts came to with others."""
    if not finding.drafts:
        return NONE, "", "not known of any", ""
    unit = " seconds" if name == "work_ratio" else ""
    told = f"{finding.part:,.0f} of {finding.whole:,.0f}{unit}, {counted(finding.drafts, 'draft')}"
    if finding.value is None:
        return "too few", "", told, ""
    expected = finding.expected
    compared = ""
    if expected is not None:
        here = _written(name, expected.part / expected.whole)
        compared = (
            f"{_written(name, expected.value)}, where here it is {here} ({counted(expected.drafts, 'draft')})"
        )
    return _written(name, finding.value), _bounds(name, finding.interval), told, compared


def _bounds(name: str, interval: Interval | None) -> str:
    return f"{_written(name, interval.low)} to {_written(name, interval.high)}" if interval else ""


def _written(name: str, value: float) -> str:
    return f"{value:.2f}" if name in _COUNTED else percent(value)


def _named(name: str) -> str:
    return name.replace("_", " ")


def pair_evidence(selection: Selection, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """What was corrected twice, compared two by two, and together by language, as (document, text)."""
    with queue_at(queue_url) as queue:
        insist_project(queue, selection.project)
        pairs = [compare_pair(*both) for both in corrected_twice(queue, observed(queue, selection))]
    pooled = pool(pairs)
    document = {"pairs": [one.to_dict() for one in pairs], "together": [one.to_dict() for one in pooled]}
    if not pairs:
        return document, "nothing was corrected twice yet: give some recordings to two people, one in twenty say"
    numbers = ("pairs", "recordings", "CER", "difficulty", "borders alike", "speakers alike", "alpha")
    table = plain_table("lang", "by", *numbers, right=numbers)
    for one in pooled:
        rates, alpha = one.agreement.rates(), one.agreement.speaker_alpha
        table.add_row(
            one.language,
            one.kind.replace("_", " "),
            str(one.pairs),
            str(one.recordings),
            _with_bounds(one, "cer"),
            NONE if rates["difficulty"] is None else f"{rates['difficulty']:.1f}",
            percent(rates["boundary_f1"]),
            percent(rates["speaker_agreement"]),
            NONE if alpha is None else f"{alpha:.2f}",
        )
    floors = {language: human_floor(pooled, language) for language in LANGUAGES}
    lines = [
        f"{language}: two people are {points(floor.agreement.figures.difficulty)} points of difficulty apart; "
        "nothing says that a draft is better than that"
        for language, floor in floors.items()
        if floor is not None
    ]
    return document, "\n".join([as_text(table), *lines])


def _with_bounds(one: PairedLanguage, name: str) -> str:
    interval = one.intervals.get(name)
    bounds = f" ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})" if interval else ""
    return percent(one.agreement.rates()[name]) + bounds
