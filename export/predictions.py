"""How hard drafts are expected to be: predicted when they are enqueued, predicted anew when models have learnt.

A model in use is the newest of its kind and scope, where it was found good enough; where none is, the rules of
`models.difficulty` are used. Models are only ever added, so it can be seen later what predicted a draft.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import PrelabelError
from core.store import MediaStore
from core.types import LANGUAGES, Draft, Prediction
from export.bodies import draft_of, is_of_one_draft
from export.database import Database, Transaction, insert_into
from export.entries import ENTRY, PREDICTED_DRAFTS, QueueEntry, alter_all, predicted_entry, select_entries
from export.states import UNTOUCHED, Actor
from export.tables import drafts, fitted_models, measured, predictions
from models.difficulty import (
    ConfidenceModel,
    DifficultyModel,
    Measures,
    confidence_scope,
    measure,
    predict,
    read_confidence_model,
    read_difficulty_model,
    read_measures,
)

log = logging.getLogger("prelabel")

Kind: TypeAlias = Literal["difficulty", "confidence", "work"]

MOVED_POINTS: Final = 1.0
MOVED_ENDS: Final = 5.0
"""A prediction whose value moves by less, and the ends of its interval too, is left alone: nobody would see the
difference, and each renewal is an event for every draft that waits."""

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is expected of a draft, and what it was measured to be."""

    prediction: Prediction
    measures: Measures


@dataclass(frozen=True, slots=True)
class ModelTrouble:
    """A model that is in use and cannot be read; the rules stand in for it."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Models:
    """The models that predict: of difficulty by language, of confidence by scope. Elsewhere the rules do.

    `newest` names what they were chosen from, so that it is seen when another one comes.
    """

    difficulty: Mapping[str, DifficultyModel] = field(default_factory=dict)
    confidence: Mapping[str, ConfidenceModel] = field(default_factory=dict)
    troubles: tuple[ModelTrouble, ...] = ()
    newest: frozenset[str] = frozenset()


RULES: Final = Models()
"""Nothing has been learnt yet."""


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model that was fitted to `examples` corrections, as it is kept; `in_use`: predictions are made with it."""

    seq: int
    name: str
    kind: Kind
    scope: str
    at: datetime
    good: bool
    in_use: bool
    examples: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenewalTrouble:
    """A draft of which nothing can be predicted: its document is lost or is not what it should be."""

    draft_id: str
    why: str


@dataclass(frozen=True, slots=True)
class RenewalResult:
    """What predicting anew came to: of `looked_at` drafts that wait, `renewed` got another prediction."""

    looked_at: int
    renewed: int
    troubles: tuple[RenewalTrouble, ...]
    models: Models


def predict_draft(draft: Draft, models: Models) -> Predicted:
    """What is expected of a draft."""
    return predict_measures(measure(draft), models)


def predict_measures(measures: Measures, models: Models) -> Predicted:
    """What is expected of a draft that was measured so."""
    language = measures.language
    confidence = models.confidence.get(confidence_scope(language, measures.recogniser))
    return Predicted(predict(measures, language, models.difficulty.get(language), confidence), measures)


def add_predictions(transaction: Transaction, predicted: Mapping[str, Predicted]) -> None:
    """Write predictions beside locked or new drafts, whose `difficulty` is another change."""
    connection, found = transaction.connection, predicted.items()
    _write(
        connection,
        predictions,
        [prediction_row(draft_id, transaction.now, one.prediction) for draft_id, one in found],
    )
    _write(
        connection,
        measured,
        [{"draft_id": draft_id, "document": one.measures.to_dict()} for draft_id, one in found],
    )


def keep_measures(database: Database, measures: Mapping[str, Measures]) -> None:
    """Keep what drafts were measured to be, as far as they are still there."""
    ids = list(measures)
    for at in range(0, len(ids), _AT_ONCE):
        with database.writing() as transaction:
            chunk = ids[at : at + _AT_ONCE]
            there = select_entries(transaction.connection, drafts.c.draft_id.in_(chunk), locked=True)
            _write(
                transaction.connection,
                measured,
                [
                    {"draft_id": one.draft.draft_id, "document": measures[one.draft.draft_id].to_dict()}
                    for one in there
                ],
            )


def _write(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of drafts, or put them in the place of those that are there."""
    if rows:
        added = insert_into(connection, table)
        changed = {column.name: added.excluded[column.name] for column in table.c if not column.primary_key}
        connection.execute(added.on_conflict_do_update(index_elements=["draft_id"], set_=changed), rows)


def prediction_row(draft_id: str, at: datetime, prediction: Prediction) -> dict[str, Any]:
    """The columns of a prediction."""
    return {
        "draft_id": draft_id,
        "at": at,
        "model": prediction.model,
        "value": prediction.value,
        "low": prediction.low,
        "high": prediction.high,
        "effort": prediction.effort,
        "effort_low": prediction.effort_low,
        "effort_high": prediction.effort_high,
        "from_scratch": prediction.from_scratch,
        "reasons": [{"feature": one.feature, "text": one.text, "points": one.points} for one in prediction.reasons],
    }


def models_in_use(database: Database) -> Models:
    """The models to predict with. One that cannot be read is named in `troubles`, and the rules stand in for it.

    A model of difficulty reads confidences as it learnt to, by the models that were in use then.
    """
    with database.reading() as connection:
        newest = connection.execute(_IN_USE).all()
        troubles: list[ModelTrouble] = []
        difficulty = _readable([row for row in newest if row.kind == "difficulty"], read_difficulty_model, troubles)
        wanted = {name for model in difficulty.values() for name in model.confidences}
        older = connection.execute(sa.select(fitted_models).where(fitted_models.c.name.in_(wanted))).all()
    kept = [row for row in newest if row.kind == "confidence" and _language(row.scope) not in difficulty]
    kept += [row for row in older if _language(row.scope) in difficulty]
    confidence = _readable(kept, read_confidence_model, troubles)
    return Models(difficulty, confidence, tuple(troubles), frozenset(row.name for row in newest))


M = TypeVar("M")


def _readable(
    rows: Sequence[sa.Row[Any]], read: Callable[[Mapping[str, Any]], M], troubles: list[ModelTrouble]
) -> dict[str, M]:
    """The models of rows that can be read, by scope."""
    found = {}
    for row in rows:
        try:
            found[row.scope] = read(row.document)
        except PrelabelError as error:
            log.warning("model %s is not used: %s", row.name, error.why)
            troubles.append(ModelTrouble(row.name, error.why))
    return found


def _language(scope: str) -> str:
    return scope.partition(" ")[0]


_IN_USE = sa.select(fitted_models).where(
    fitted_models.c.kind.in_(["difficulty", "confidence"]),
    fitted_models.c.good,
    fitted_models.c.seq.in_(
        sa.select(sa.func.max(fitted_models.c.seq)).group_by(fitted_models.c.kind, fitted_models.c.scope)
    ),
)


def _names_in_use(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(_IN_USE.with_only_columns(fitted_models.c.name)))


def kept_models(database: Database) -> tuple[KeptModel, ...]:
    """Every model that was ever fitted, the newest first."""
    models = models_in_use(database)
    used = {one.name for one in models.difficulty.values()} | {one.name for one in models.confidence.values()}
    work = (newest_model(database, "work", language) for language in LANGUAGES)
    used |= {one.name for one in work if one is not None and one.good}
    with database.reading(once=True) as connection:
        rows = connection.execute(sa.select(fitted_models).order_by(fitted_models.c.seq.desc())).all()
    return tuple(_kept(row, row.name in used) for row in rows)


def _kept(row: sa.Row[Any], in_use: bool) -> KeptModel:
    return KeptModel(
        seq=row.seq,
        name=row.name,
        kind=row.kind,
        scope=row.scope,
        at=row.at,
        good=row.good,
        in_use=in_use,
        examples=row.examples,
        document=row.document,
    )


def newest_model(database: Database, kind: Kind, scope: str) -> KeptModel | None:
    """The last model of its kind and scope that was fitted, good or not."""
    of_scope = sa.select(fitted_models).where(fitted_models.c.kind == kind, fitted_models.c.scope == scope)
    with database.reading(once=True) as connection:
        row = connection.execute(of_scope.order_by(fitted_models.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else _kept(row, row.good)


def next_name(database: Database, kind: Kind, language: str) -> str:
    """A name that no model has: `ko-difficulty-7`."""
    with database.reading(once=True) as connection:
        last = connection.scalar(sa.select(sa.func.max(fitted_models.c.seq))) or 0
    return f"{language}-{kind}-{last + 1}"


class Keepable(Protocol):
    """A model that was fitted. `good`: it is better than what there is without it, and is to be used."""

    @property
    def name(self) -> str: ...

    @property
    def good(self) -> bool: ...

    def to_dict(self) -> dict[str, Any]: ...


def keep_model(
    database: Database,
    kind: Kind,
    scope: str,
    model: Keepable,
    examples: int,
    *,
    after: KeptModel | None,
) -> bool:
    """Keep a model that was fitted while `after` was the newest of its kind and scope.

    False, and nothing is kept, where somebody else has fitted one meanwhile: it may have learnt from more.
    """
    row = {"kind": kind, "scope": scope, "name": model.name, "good": model.good, "examples": examples}
    with database.writing() as transaction:
        transaction.hold(_FITTING)
        connection = transaction.connection
        of_scope = sa.and_(fitted_models.c.kind == kind, fitted_models.c.scope == scope)
        last = connection.scalar(sa.select(sa.func.max(fitted_models.c.seq)).where(of_scope))
        taken = connection.scalar(sa.select(fitted_models.c.seq).where(fitted_models.c.name == model.name))
        if last != (after and after.seq) or taken is not None:
            return False
        document = model.to_dict()
        connection.execute(fitted_models.insert().values(row | {"at": transaction.now, "document": document}))
    return True


_FITTING = "models of difficulty"


def renew(database: Database, store: MediaStore) -> RenewalResult:
    """Predict anew what is expected of the drafts that nobody has had, with the models in use.

    A prediction is written where its value moves by MOVED_POINTS or more or an end of its interval by MOVED_ENDS,
    or where it changes its mind about typing afresh. What somebody takes meanwhile stays as it was given out.
    When another model comes into use meanwhile, all begins again with that one. Raises StoreUnusable where drafts
    have to be measured first and the store is not there.
    """
    renewed = 0
    while True:
        models = models_in_use(database)
        looked_at = 0
        troubles: list[RenewalTrouble] = []
        for waiting in _waiting(database):
            predicted = dict(_predicted(store, waiting, models, troubles))
            written = _written(database, waiting, predicted, models)
            if written is None:
                break
            looked_at, renewed = looked_at + len(waiting), renewed + written
        else:
            return RenewalResult(looked_at, renewed, tuple(troubles), models)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A draft that nobody has had, and what it was measured to be, where that is known."""

    entry: QueueEntry
    measured: Mapping[str, Any] | None


_UNTOUCHED = sa.and_(drafts.c.state.in_(UNTOUCHED), drafts.c.revision == 0)


def _waiting(database: Database) -> Iterator[list[_Waiting]]:
    query = (
        sa.select(*ENTRY, measured.c.document)
        .select_from(PREDICTED_DRAFTS.outerjoin(measured, measured.c.draft_id == drafts.c.draft_id))
        .where(_UNTOUCHED, drafts.c.seq > sa.bindparam("after"))
        .order_by(drafts.c.seq)
        .limit(_AT_ONCE)
    )
    after = 0
    while True:
        with database.reading(once=True) as connection:
            rows = connection.execute(query, {"after": after}).all()
        if not rows:
            return
        yield [_Waiting(predicted_entry(row), row.document) for row in rows]
        after = rows[-1].seq


def _predicted(
    store: MediaStore, waiting: Sequence[_Waiting], models: Models, troubles: list[RenewalTrouble]
) -> Iterator[tuple[str, Predicted]]:
    """New predictions, as far as they differ; `troubles` gets the drafts of which there can be none."""
    for one in waiting:
        draft_id = one.entry.draft.draft_id
        try:
            known = kept_measures(one.measured)
            predicted = predict_measures(known or measure(draft_of(store, one.entry)), models)
        except PrelabelError as error:
            if not is_of_one_draft(store, error):
                raise
            troubles.append(RenewalTrouble(draft_id, error.why))
        else:
            if known is None or _moves(one.entry.prediction, predicted.prediction):
                yield draft_id, predicted


def kept_measures(document: Mapping[str, Any] | None) -> Measures | None:
    """What a draft was measured to be; None where it has not been measured, or by another release."""
    if document is None:
        return None
    try:
        return read_measures(document)
    except PrelabelError:
        return None


def _moves(before: Prediction | None, after: Prediction) -> bool:
    return (
        before is None
        or abs(before.value - after.value) >= MOVED_POINTS
        or max(abs(before.low - after.low), abs(before.high - after.high)) >= MOVED_ENDS
        or before.from_scratch != after.from_scratch
    )


def _written(
    database: Database, waiting: Sequence[_Waiting], predicted: Mapping[str, Predicted], models: Models
) -> int | None:
    """Write the predictions of drafts that nobody has yet; how many, None where other models are in use by now."""
    with database.writing() as transaction:
        if _names_in_use(transaction.connection) != models.newest:
            return None
        numbers = [one.entry.seq for one in waiting if one.entry.draft.draft_id in predicted]
        if not numbers:
            return 0
        still = select_entries(transaction.connection, sa.and_(drafts.c.seq.in_(numbers), _UNTOUCHED), locked=True)
        # Somebody else may have renewed some of them meanwhile.
        was = {one.entry.seq: one.entry.prediction for one in waiting}
        still = tuple(
            entry
            for entry in still
            if entry.prediction == was[entry.seq]
            or _moves(entry.prediction, predicted[entry.draft.draft_id].prediction)
        )
        add_predictions(transaction, {one.draft.draft_id: predicted[one.draft.draft_id] for one in still})
        changed = []
        for entry in still:
            prediction = predicted[entry.draft.draft_id].prediction
            details = {"difficulty": round(prediction.value, 1), "model": prediction.model}
            changed.append((entry, {"difficulty": prediction.value}, details))
        alter_all(transaction, changed, "predicted", Actor.PIPELINE)
        return len(still)
