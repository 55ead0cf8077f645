"""Answers that were given: a request that comes again under the same Idempotency-Key gets the same one.

After draft-ietf-httpapi-idempotency-key-header-07. What a request changes and its answer are one transaction: there
is an answer if and only if the change was made, and a request whose twin is being answered waits for it.

An answer is kept as it was given, with the lease tokens in it: these are worth something for an hour at most, and
only beside a token of the API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from core.errors import Conflict
from export.database import Database, Transaction, insert_into
from export.tables import answered_drafts, answers

KEPT_HOURS = 24
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a status and a JSON document, which speaks of the drafts `draft_ids`."""

    status: int
    body: str
    draft_ids: tuple[str, ...] = ()


def answered_once(
    database: Database, key: str, request: bytes, produce: Callable[[Transaction], Answer]
) -> tuple[Answer, bool]:
    """What `produce` answers, or what it answered before under this key: (answer, whether it is an old one).

    `key` should name the caller and the route as well. Where `produce` raises, nothing remains and the key is free.
    Raises Conflict where the key came with another request.
    """
    key_sha256, request_sha256 = (hashlib.sha256(text).hexdigest() for text in (key.encode(), request))
    mine = answers.c.key_sha256 == key_sha256
    with database.writing() as transaction:
        connection = transaction.connection
        # Before anything else is locked: a twin of this request waits here until this one has its answer.
        row = {"key_sha256": key_sha256, "request_sha256": request_sha256, "at": transaction.now}
        begun = insert_into(connection, answers).values(row).on_conflict_do_nothing().returning(answers.c.at)
        while connection.execute(begun).one_or_none() is None:
            known = connection.execute(sa.select(answers).where(mine)).one_or_none()
            if known is not None:
                return _known(known, request_sha256), True
            # It was dropped in between: a recording was forgotten, or its day was over.
        answer = produce(transaction)
        connection.execute(answers.update().where(mine).values(status=answer.status, body=answer.body))
        if answer.draft_ids:
            rows = [{"draft_id": draft_id, "key_sha256": key_sha256} for draft_id in answer.draft_ids]
            connection.execute(answered_drafts.insert(), rows)
    return answer, False


def forget_answers(database: Database) -> int:
    """Drop answers that are older than KEPT_HOURS, some at a time; how many."""
    with database.writing() as transaction:
        old = answers.c.at < transaction.now - timedelta(hours=KEPT_HOURS)
        outdated = sa.select(answers.c.key_sha256).where(old).limit(_AT_ONCE).with_for_update(skip_locked=True)
        dropped = answers.delete().where(answers.c.key_sha256.in_(outdated))
        return transaction.connection.execute(dropped).rowcount


def _known(row: sa.Row[tuple[str, str, int, str]], request_sha256: str) -> Answer:
    if row.request_sha256 != request_sha256:
        raise Conflict(
            "this Idempotency-Key was used for another request",
            why="a key stands for one request with one content",
            fix="make a new key for every new request, and keep it only when you send the same once more",
            code="key_reused",
        )
    return Answer(row.status, row.body)
