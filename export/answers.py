"""Answers that were given: a request that comes again under the same Idempotency-Key gets the same one.

After draft-ietf-httpapi-idempotency-key-header-07. What a request changes and its answer are two transactions. A
server killed between them leaves the key without an answer, and the request is carried out anew when it comes again
after IN_FLIGHT_SECONDS: what it changes is safe to repeat, or ends by itself as a lease does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.errors import Conflict
from export.database import Database, Transaction
from export.tables import answers

KEPT_HOURS = 24
IN_FLIGHT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a status and a JSON document."""

    status: int
    body: str


def answered_once(
    database: Database, key: str, request: bytes, produce: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """What `produce` answers, or what it answered before under this key: (answer, whether it is an old one).

    `key` should name the caller and the route as well. An exception of `produce` frees the key. Raises Conflict
    where the key came with another request, or where its first one is still being answered.
    """
    key_sha256, request_sha256 = (hashlib.sha256(text).hexdigest() for text in (key.encode(), request))
    known = _begin(database, key_sha256, request_sha256)
    if known is not None:
        return known, True
    try:
        answer = produce()
    except BaseException:
        with database.writing() as transaction:
            transaction.connection.execute(answers.delete().where(answers.c.key_sha256 == key_sha256))
        raise
    with database.writing() as transaction:
        transaction.connection.execute(
            answers.update()
            .where(answers.c.key_sha256 == key_sha256)
            .values(status=answer.status, body=answer.body)
        )
    return answer, False


def _begin(database: Database, key_sha256: str, request_sha256: str) -> Answer | None:
    """Note that the request is being answered; the answer that there is already."""
    try:
        with database.writing() as transaction:
            _forget_old(transaction)
            row = transaction.connection.execute(
                sa.select(answers).where(answers.c.key_sha256 == key_sha256).with_for_update()
            ).one_or_none()
            if row is not None:
                return _known(transaction, row, request_sha256)
            transaction.connection.execute(
                answers.insert().values(
                    key_sha256=key_sha256, request_sha256=request_sha256, begun_at=transaction.now
                )
            )
            return None
    except IntegrityError as error:
        raise _in_flight() from error


def _known(transaction: Transaction, row: sa.Row[Any], request_sha256: str) -> Answer | None:
    if row.request_sha256 != request_sha256:
        raise Conflict(
            "this Idempotency-Key was used for another request",
            why="a key stands for one request with one content",
            fix="make a new key for every new request, and keep it only when you send the same once more",
            code="key_reused",
        )
    if row.status is not None:
        return Answer(row.status, row.body)
    if transaction.now - row.begun_at < timedelta(seconds=IN_FLIGHT_SECONDS):
        raise _in_flight()
    transaction.connection.execute(
        answers.update().where(answers.c.key_sha256 == row.key_sha256).values(begun_at=transaction.now)
    )
    return None


def _in_flight() -> Conflict:
    return Conflict(
        "the first request with this Idempotency-Key is still being answered",
        why="it came less than a minute ago, and has no answer yet",
        fix="wait a moment and send it again",
        code="in_flight",
    )


def _forget_old(transaction: Transaction) -> None:
    old = transaction.now - timedelta(hours=KEPT_HOURS)
    outdated = sa.select(answers.c.key_sha256).where(answers.c.begun_at < old).with_for_update(skip_locked=True)
    transaction.connection.execute(answers.delete().where(answers.c.key_sha256.in_(outdated)))
