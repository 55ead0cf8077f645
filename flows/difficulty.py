"""`prelabel difficulty`: what is expected of drafts, what was learned, and how often drafts are wrong over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from core.errors import BadDocument, UsageProblem
from core.types import LANGUAGES, Language
from export.drafts import printable
from export.entries import shown_prediction
from export.estimates import read_work_model
from export.fitting import fit
from export.predictions import KeptModel, Kind, kept_models, models_in_use, predict_draft
from export.report.difficulty import write_difficulty_report
from export.report.gathering import gather_difficulty
from export.scores import Selection, observed
from export.trends import By, Period, Rate, TrendRow, compare_versions, trend
from flows.choosing import chosen
from flows.exporting import draft_named, insist_project, is_file
from flows.learning import fit_in_words
from flows.places import media_store, queue_at
from flows.showing import NONE, as_text, expectations, percent, plain_table, points
from models.difficulty import read_confidence_model, read_difficulty_model


def predicted(draft: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """What is expected of a draft, by id or document, and why, as (document, text).

    Of a draft in the queue that is what stands beside it, where anything does; else it is predicted now.
    """
    with queue_at(queue_url) as queue:
        entry = None if is_file(draft) else queue.show(draft)
        if entry is not None and entry.prediction is not None:
            draft_id, language, prediction = entry.draft.draft_id, entry.draft.language, entry.prediction
        else:
            body = draft_named(draft, queue_url)
            draft_id, language = body.draft_id, body.language
            prediction = predict_draft(body, models_in_use(queue)).prediction
    document = {"draft_id": draft_id, "language": language} | shown_prediction(prediction)
    return document, f"{draft_id}  {language}\n{expectations(prediction)}"


def fitted(language: Language | None, queue_url: str | None) -> tuple[dict[str, Any], str, bool]:
    """Fit the models of one language or of all: (document, text, whether anything was learned)."""
    store = media_store()
    with queue_at(queue_url) as queue:
        found = [fit(queue, store, one) for one in ([language] if language else LANGUAGES)]
    models = [one for result in found for one in result.fitted]
    passed_over = [{"draft_id": draft_id, "why": why} for one in found for draft_id, why in one.passed_over]
    document = {
        "fitted": [asdict(one) for one in models],
        "work": [one.work.to_dict() for one in found],
        "passed_over": passed_over,
    }
    lines = [line for one in found for line in fit_in_words(one)]
    lines += [f"not learned from: draft {one['draft_id']}: {one['why']}" for one in passed_over]
    return document, "\n".join(lines), any(one.outcome in ("in_use", "not_better") for one in models)


def reported(out: Path, selection: Selection, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Write the difficulty report, as (document, text). Raises UsageProblem where it cannot be written."""
    with queue_at(queue_url) as queue:
        insist_project(queue, selection.project)
        report = gather_difficulty(queue, selection, made_at=datetime.now(UTC))
    if out.exists() and not out.is_file():
        raise UsageProblem(
            f"the report {printable(str(out))} cannot be written",
            why="something is there that is no file",
            fix="name another place with --out",
        )
    try:
        write_difficulty_report(out.resolve(), report)
    except OSError as error:
        raise UsageProblem(
            f"the report {printable(str(out))} cannot be written",
            why=error.strerror or str(error),
            fix="name a file in a folder that may be written, with --out",
        ) from error
    return {"report": str(out)}, f"report: {printable(str(out))}"


def model_listing(queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Every model that was fitted, the newest first, as (document, text)."""
    with queue_at(queue_url) as queue:
        models = kept_models(queue)
    document = {"models": [asdict(one) | {"at": one.at.isoformat(timespec="seconds")} for one in models]}
    if not models:
        return document, "no model was fitted yet: rules predict (prelabel difficulty fit)"
    table = plain_table("model", "kind", "of", "fitted", "drafts", "in use", "held out", right=("drafts",))
    for one in models:
        used = "yes" if one.in_use else "no" if one.good else "no: not better"
        table.add_row(one.name, one.kind, one.scope, f"{one.at:%Y-%m-%d}", str(one.examples), used, _held_out(one))
    return document, as_text(table)


def _held_out(model: KeptModel) -> str:
    """How it did on recordings that it had not learned from, beside what there is without it."""
    try:
        return _HELD_OUT[model.kind](model.document)
    except BadDocument as error:
        return f"cannot be read: {error.why}"


def _difficulty(document: Mapping[str, Any]) -> str:
    found = read_difficulty_model(document)
    return f"off by {found.model.error:.1f} points, the rules by {found.rules.error:.1f}"


def _confidence(document: Mapping[str, Any]) -> str:
    found = read_confidence_model(document)
    return f"calibration error {percent(found.after.ece)}, the usual curve's {percent(found.usual.ece)}"


def _work(document: Mapping[str, Any]) -> str:
    found = read_work_model(document)
    return f"{found.listening:.2f} × audio + {found.handwork:.2f} × handwork"


_HELD_OUT: Final[Mapping[Kind, Callable[[Mapping[str, Any]], str]]] = {
    "difficulty": _difficulty,
    "confidence": _confidence,
    "work": _work,
}


COLUMNS: Final[Mapping[str, By]] = {
    "project": "project",
    "source": "source",
    "models": "model_set",
    "version": "fingerprint",
}
"""What rows of a trend can be told apart by, as it is called there; languages always are."""


def trends(
    period: Period, names: Sequence[str], selection: Selection, queue_url: str | None
) -> tuple[dict[str, Any], str, bool]:
    """Error rates over time, and newest versions against those before: (document, text, whether none is worse)."""
    by = chosen(names, COLUMNS)
    with queue_at(queue_url) as queue:
        insist_project(queue, selection.project)
        drafts = list(observed(queue, selection))
    rows, versions = trend(drafts, period, by), compare_versions(drafts)
    document = {"rows": [one.to_dict() for one in rows], "versions": [one.to_dict() for one in versions]}
    if not rows:
        return document, "no corrections are scored yet (prelabel corrections)", True
    lines = [as_text(_trend_table(rows, by)), *([""] if versions else []), *(one.sentence for one in versions)]
    return document, "\n".join(lines), not any(one.verdict == "worse" for one in versions)


def _trend_table(rows: Sequence[TrendRow], by: Sequence[By]) -> Any:
    numbers = ("drafts", "recordings", "CER", "WER", "DER", "difficulty", "effort/min")
    called = {column: name for name, column in COLUMNS.items()}
    table = plain_table("from", "lang", *(called[name] for name in by), *numbers, "", right=numbers)
    for row in rows:
        rates = row.rates
        effort = rates["effort_per_minute"].value
        table.add_row(
            row.start.isoformat(),
            row.language,
            *(row.key[name] for name in by),
            str(row.figures.drafts),
            str(row.recordings),
            _rate(rates["cer"]),
            _rate(rates["wer"]),
            _rate(rates["der"]),
            points(rates["difficulty"].value),
            NONE if effort is None else f"{effort:.0f} s",
            "not accepted yet" if row.provisional else "",
        )
    return table


def _rate(rate: Rate) -> str:
    if rate.value is None or rate.interval is None:
        return percent(rate.value)
    low, high = rate.interval
    return f"{percent(rate.value)} ({100 * low:.1f}–{100 * high:.1f})"
