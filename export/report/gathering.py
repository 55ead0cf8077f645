"""The figures of the difficulty report, gathered from a queue."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import numpy as np
import sqlalchemy as sa

from core.difficulty import difficulty
from core.errors import BadDocument
from core.project import seoul_day
from core.types import LANGUAGES, Language
from export.database import Database
from export.entries import ENTRY, PREDICTED_DRAFTS, predicted_entry
from export.estimates import expected_minutes, fit_work
from export.evidence import INCOMPLETE, gather, works
from export.pairs import compare_pair, corrected_twice, pool
from export.predictions import KeptModel, Models, kept_models, models_in_use
from export.report.difficulty_data import (
    Afresh,
    AfreshCheck,
    ConfidenceTally,
    DifficultyReport,
    HardDraft,
    LanguageTally,
    Minutes,
    ModelNote,
    Outcomes,
    VersionRate,
    VersionTally,
    WaitingDraft,
    Week,
)
from export.report.words import LANGUAGE_NAMES, number, percent, short
from export.scores import ScoredDraft, Selection, observed, scored_rows
from export.scoring import SCORER, Figures, added
from export.states import UNTOUCHED
from export.tables import drafts, predictions, scores, unscored
from export.trends import compare_versions, period_start, rates_of
from models.difficulty import (
    Confidences,
    confidence_scope,
    read_confidence_model,
    read_confidences,
    read_difficulty_model,
)
from models.difficulty.confidence import USUAL_CURVES

HARDEST: Final = 15
MOST_LISTED: Final = 50
"""Of the drafts to be typed afresh."""
MOST_VERSIONS: Final = 12
"""Of a project's pipeline in one language, the newest ones."""
MOST_LOOKED_INTO: Final = 5_000
"""Drafts whose revisions are opened for what is told about the work: the newest ones."""
AS_MUCH_AS_TYPING: Final = difficulty(1.0, 1.0)


def gather_difficulty(
    database: Database, selection: Selection | None = None, *, made_at: datetime
) -> DifficultyReport:
    """What the scores and predictions in a queue come to, for the drafts of a selection.

    All of their scores are held at once, some 3 kB a draft. Raises QueueUnusable.
    """
    chosen = selection or Selection()
    hardest: list[tuple[float, int, ScoredDraft]] = []
    scored = []
    for place, draft in enumerate(observed(database, chosen)):
        if draft.difficulty:
            heapq.heappush(hardest, (draft.difficulty, -place, draft))
            if len(hardest) > HARDEST:
                heapq.heappop(hardest)
        scored.append(_light(draft))
    newest = scored[-MOST_LOOKED_INTO:]
    came = [draft.corrected_at for draft in scored]
    models = models_in_use(database)
    return DifficultyReport(
        made_at=made_at,
        about=in_words(chosen),
        first=min(came, default=None),
        last=max(came, default=None),
        languages=language_tallies(scored),
        confidences=tuple(_confidences(database, chosen, models)),
        hardest=_hardest(database, [draft for _, _, draft in sorted(hardest, reverse=True)]),
        versions=version_tallies(scored),
        afresh=_afresh(database, chosen),
        afresh_drafts=_afresh_drafts(database, chosen),
        afresh_check=afresh_check(scored),
        models=tuple(_note(one) for one in _newest(kept_models(database))),
        minutes=minutes_tallies(scored),
        evidence=tuple(
            sorted(gather(works(database, newest), by=("language",)), key=lambda one: _place(one.key["language"]))
        ),
        pairs=pool(compare_pair(*both) for both in corrected_twice(database, newest)),
        unscored=_unscored(database, chosen),
    )


def _light(draft: ScoredDraft) -> ScoredDraft:
    """Without the reasons for its prediction, which are most of what it takes to hold it."""
    return draft if draft.predicted is None else replace(draft, predicted=replace(draft.predicted, reasons=()))


def in_words(selection: Selection) -> str:
    """Which drafts are meant."""
    told = [
        f"{name} {value}"
        for name, value in (
            ("project", selection.project),
            ("language", selection.language and LANGUAGE_NAMES.get(selection.language, selection.language)),
            ("source", selection.source),
            ("model set", selection.model_set),
            ("pipeline version", selection.fingerprint),
        )
        if value is not None
    ]
    told += [f"corrections from {seoul_day(selection.since)} on"] if selection.since else []
    told += [f"corrections before {seoul_day(selection.until)}"] if selection.until else []
    told += ["accepted drafts only"] if selection.accepted else []
    text = ", ".join(told) or "all projects and languages"
    return f"{text[0].upper()}{text[1:]}"


def language_tallies(scored: Iterable[ScoredDraft]) -> tuple[LanguageTally, ...]:
    """What each language's drafts came to, in the order of LANGUAGES."""
    by_language: dict[Language, list[ScoredDraft]] = defaultdict(list)
    for draft in scored:
        by_language[draft.language].append(draft)
    return tuple(_language(name, by_language[name]) for name in LANGUAGES if name in by_language)


def _language(name: Language, scored: Sequence[ScoredDraft]) -> LanguageTally:
    weeks = _weeks(scored)
    return LanguageTally(
        language=name,
        figures=added(week.figures for week in weeks),
        provisional=sum(draft.provisional for draft in scored),
        outcomes=_outcomes(scored),
        weeks=weeks,
    )


def _outcomes(scored: Sequence[ScoredDraft]) -> Outcomes:
    judged = [(draft.difficulty, draft.predicted) for draft in scored if draft.difficulty is not None]
    foreseen = [(said, came) for came, said in judged if said is not None]
    return Outcomes(
        observed=np.array([came for came, _ in judged], np.float64),
        predicted=np.array([said.value for said, _ in foreseen], np.float64),
        low=np.array([said.low for said, _ in foreseen], np.float64),
        high=np.array([said.high for said, _ in foreseen], np.float64),
        came=np.array([came for _, came in foreseen], np.float64),
        models=Counter(said.model for said, _ in foreseen),
    )


def _weeks(scored: Iterable[ScoredDraft]) -> tuple[Week, ...]:
    by_monday: dict[date, list[Figures]] = defaultdict(list)
    for draft in scored:
        by_monday[period_start(seoul_day(draft.corrected_at), "week")].append(draft.figures)
    return tuple(Week(monday, added(figures)) for monday, figures in sorted(by_monday.items()))


def version_tallies(scored: Sequence[ScoredDraft]) -> tuple[VersionTally, ...]:
    """The error rates of each project's versions in each language, of accepted drafts."""
    by_version: dict[tuple[str, str, str, str], list[ScoredDraft]] = defaultdict(list)
    for draft in scored:
        if not draft.provisional:
            by_version[draft.project, draft.language, draft.normaliser, draft.fingerprint].append(draft)
    rates: dict[tuple[str, str, str], list[VersionRate]] = defaultdict(list)
    for (project, language, normaliser, _), rows in by_version.items():
        rates[project, language, normaliser] += _version_rates(rows)
    return tuple(
        VersionTally(
            one.project,
            one.language,
            tuple(
                replace(rate, is_worse=one.verdict == "worse" and rate.fingerprint == one.after.fingerprint)
                for rate in found[-MOST_VERSIONS:]
            ),
            one.verdict,
            one.sentence,
        )
        for one in sorted(compare_versions(scored), key=lambda one: (one.project, LANGUAGES.index(one.language)))
        if (found := rates[one.project, one.language, one.normaliser])
    )


def _version_rates(rows: Sequence[ScoredDraft]) -> Iterator[VersionRate]:
    """Its rate; nothing where the corrections have no words."""
    cer = rates_of(rows)["cer"]
    if cer.value is not None:
        days = [seoul_day(draft.corrected_at) for draft in rows]
        yield VersionRate(
            rows[0].fingerprint, rows[0].model_set, min(days), max(days), len(rows), cer.value, cer.interval, False
        )


def afresh_check(scored: Iterable[ScoredDraft]) -> AfreshCheck:
    """Whether what was said to be less work typed afresh was as much work as typing it."""
    told = [
        (draft.predicted.from_scratch, draft.difficulty >= AS_MUCH_AS_TYPING)
        for draft in scored
        if draft.predicted is not None and draft.difficulty is not None
    ]
    said, unsaid = ([true for was, true in told if was is which] for which in (True, False))
    return AfreshCheck(len(said), sum(said), len(unsaid), sum(unsaid))


def minutes_tallies(scored: Sequence[ScoredDraft]) -> tuple[Minutes, ...]:
    """Work that was estimated and logged, of accepted drafts whose time is known to be complete."""
    models = fit_work(scored)
    found: dict[Language, list[tuple[float, float]]] = defaultdict(list)
    for draft in scored:
        is_known = not draft.provisional and draft.worked_seconds > 0 and INCOMPLETE not in draft.doubts
        if is_known and draft.predicted is not None:
            expected = expected_minutes(draft.predicted, draft.figures.audio_seconds, models[draft.language])
            found[draft.language].append((expected.value, draft.worked_seconds / 60))
    return tuple(
        Minutes(name, models[name], *np.array(found[name], np.float64).T) for name in LANGUAGES if name in found
    )


def _hardest(database: Database, hardest: Sequence[ScoredDraft]) -> tuple[HardDraft, ...]:
    ids = [draft.draft_id for draft in hardest]
    with database.reading(once=True) as connection:
        rows = connection.execute(sa.select(drafts.c.draft_id, drafts.c.uri).where(drafts.c.draft_id.in_(ids)))
        uris = {row.draft_id: row.uri for row in rows}
    return tuple(
        HardDraft(
            draft_id=draft.draft_id,
            uri=uris.get(draft.draft_id),
            language=draft.language,
            unit=draft.unit,
            provisional=draft.provisional,
            difficulty=draft.difficulty or 0.0,
            figures=draft.figures,
            predicted=draft.predicted,
        )
        for draft in hardest
    )


def _confidences(database: Database, selection: Selection, models: Models) -> Iterator[ConfidenceTally]:
    sums: dict[tuple[Language, str], Confidences] = defaultdict(Confidences)
    columns = [drafts.c.language, scores.c.recogniser, scores.c.confidences]
    for row in scored_rows(database, columns, selection):
        sums[row.language, row.recogniser] += read_confidences(row.confidences)
    for (language, recogniser), counts in sorted(
        sums.items(), key=lambda one: (LANGUAGES.index(one[0][0]), one[0][1])
    ):
        if sum(counts.total):
            model = models.confidence.get(confidence_scope(language, recogniser))
            curve = (model.curve if model else USUAL_CURVES[language]).rights()
            yield ConfidenceTally(
                language, recogniser, counts.total, counts.right, tuple(curve.tolist()), model is not None
            )


def _to_type_afresh(selection: Selection) -> sa.ColumnElement[bool]:
    """Drafts that wait and are expected to be less work typed afresh."""
    return sa.and_(
        drafts.c.state.in_(UNTOUCHED), drafts.c.revision == 0, predictions.c.from_scratch, *_of_drafts(selection)
    )


def _of_drafts(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """What of a selection can be asked of drafts that nobody has corrected."""
    names = ("project", "language", "model_set", "fingerprint")
    return [drafts.c[name] == value for name in names if (value := getattr(selection, name)) is not None]


def _afresh(database: Database, selection: Selection) -> tuple[Afresh, ...]:
    query = (
        sa.select(drafts.c.language, sa.func.count(), sa.func.sum(drafts.c.unit_end - drafts.c.unit_start))
        .select_from(PREDICTED_DRAFTS)
        .where(_to_type_afresh(selection))
        .group_by(drafts.c.language)
    )
    with database.reading(once=True) as connection:
        found = [Afresh(*row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: _place(one.language)))


def _afresh_drafts(database: Database, selection: Selection) -> tuple[WaitingDraft, ...]:
    query = (
        sa.select(*ENTRY)
        .select_from(PREDICTED_DRAFTS)
        .where(_to_type_afresh(selection))
        .order_by(predictions.c.value.desc(), drafts.c.seq)
        .limit(MOST_LISTED)
    )
    with database.reading(once=True) as connection:
        entries = [predicted_entry(row) for row in connection.execute(query)]
    return tuple(
        WaitingDraft(one.draft.draft_id, one.draft.uri, one.draft.language, one.draft.unit, one.prediction)
        for one in entries
        if one.prediction is not None
    )


def _unscored(database: Database, selection: Selection) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(unscored.join(drafts, drafts.c.draft_id == unscored.c.draft_id))
        .where(unscored.c.scorer == SCORER, *_of_drafts(selection))
    )
    with database.reading(once=True) as connection:
        return connection.scalar(query) or 0


def _newest(models: Iterable[KeptModel]) -> list[KeptModel]:
    """The last one of its kind and scope, those of difficulty first; those of work are told with the minutes."""
    newest: dict[tuple[str, str], KeptModel] = {}
    for one in models:
        if one.kind != "work":
            newest.setdefault((one.kind, one.scope), one)
    return sorted(newest.values(), key=lambda one: (one.kind != "difficulty", _place(one.scope), one.scope))


def _place(scope: str) -> int:
    """Where the language that `scope` begins with stands in the report."""
    return LANGUAGES.index(scope.partition(" ")[0])


def _note(kept: KeptModel) -> ModelNote:
    try:
        return _difficulty_note(kept) if kept.kind == "difficulty" else _confidence_note(kept)
    except BadDocument as error:
        return ModelNote(
            scope=kept.scope,
            name=kept.name,
            at=kept.at,
            in_use=False,
            learned_from=f"Learned from {number(kept.examples, 0)} drafts.",
            why=f"It cannot be read, so the rules are used: {error.why}.",
            columns=(),
            metrics=(),
        )


def _difficulty_note(kept: KeptModel) -> ModelNote:
    found = read_difficulty_model(kept.document)
    model, rules = found.model, found.rules
    why = "beyond chance, so it is used." if kept.in_use else "by enough and beyond chance, so the rules are used."
    return ModelNote(
        scope=f"Difficulty of {LANGUAGE_NAMES[found.language]} drafts",
        name=kept.name,
        at=kept.at,
        in_use=kept.in_use,
        learned_from=(
            f"Learned from {number(found.drafts, 0)} drafts of {number(found.recordings, 0)} recordings, corrected "
            f"from {seoul_day(found.since)} to {seoul_day(found.until)}."
        ),
        why=f"On recordings held out it was {'closer' if kept.in_use else 'not closer'} than the rules {why}",
        columns=("this model", "the rules"),
        metrics=(
            ("Rank correlation", _number(model.spearman, 2), _number(rules.spearman, 2)),
            ("Off by, points", _number(model.error, 1), _number(rules.error, 1)),
            ("Too hard by, points", _number(model.bias, 1), _number(rules.bias, 1)),
            ("Effort, off by", _share(model.effort_error), _share(rules.effort_error)),
            ("Within the interval", _share(found.coverage), "–"),
            ("Its width, points", _number(found.width, 0), "–"),
        ),
    )


def _confidence_note(kept: KeptModel) -> ModelNote:
    found = read_confidence_model(kept.document)
    language, _, recogniser = found.scope.partition(" ")
    compared = (found.before, found.usual, found.after)
    is_not = "so it is used" if kept.in_use else "so the usual calibration is used"
    return ModelNote(
        scope=f"Confidence in {LANGUAGE_NAMES.get(language, language)} words",
        name=kept.name,
        at=kept.at,
        in_use=kept.in_use,
        learned_from=(
            f"Learned from {number(found.after.words, 0)} words of {number(found.recordings, 0)} recordings, as "
            f"{short(recogniser)} wrote them."
        ),
        why=(
            f"On recordings held out it was {'surer' if kept.in_use else 'no surer'} of what came true than the "
            f"usual calibration, beyond chance, {is_not}."
        ),
        columns=("as it came", "usual", "this model"),
        metrics=(
            ("Off by, points", *(_number(one.ece and 100 * one.ece, 1) for one in compared)),
            ("Right told from wrong", *(_number(one.auc, 3) for one in compared)),
            ("Cross entropy", *(_number(one.nce, 3) for one in compared)),
        ),
    )


def _number(value: float | None, decimals: int) -> str:
    return "none" if value is None else number(value, decimals)


def _share(value: float | None) -> str:
    return "none" if value is None else percent(value)
