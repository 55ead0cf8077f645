"""What comes back: submissions, each an immutable revision, and the verdicts on them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import BadDocument, Conflict, NotFound
from core.types import Correction
from export.corrections import correction_json, correction_sha256, parse_correction
from export.database import Database, Transaction
from export.entries import (
    QueueEntry,
    change,
    empty_copies,
    insist_allowed,
    insist_holder,
    insist_version,
    insist_worker,
    locked_entry,
)
from export.states import Actor, State
from export.tables import corrections, reviews, working_copies

Source = Literal["api", "label_studio", "folder"]
Verdict = Literal["accepted", "rework"]

_JUDGED_ANEW = frozenset({State.IN_REVIEW, State.SUBMITTED})
"""In these states a revision that has a verdict already was reopened."""

_DICE = secrets.SystemRandom()
"""What it throws nobody can know beforehand: who corrects must not see which work will be looked at."""

MOST_COMMENTS = 1000
LONGEST_COMMENT = 4000


@dataclass(frozen=True, slots=True)
class Submission:
    """A correction as it was taken; `flags` say what its adapter is not sure of."""

    correction: Correction
    source: Source
    flags: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """What a reviewer says of one sentence: `sentence` is its place in the revision, from 0."""

    sentence: int
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's judgement on one revision of a draft."""

    reviewer: str
    revision: int
    verdict: Verdict
    comment: str = ""
    comments: tuple[Comment, ...] = ()
    at: datetime | None = None


def submit(
    database: Database | Transaction,
    correction: Correction,
    *,
    source: Source,
    flags: Sequence[str] = (),
    version: int | None = None,
    holder: str | None = None,
    worker: str | None = None,
    by: str | None = None,
) -> tuple[QueueEntry, bool]:
    """Take a checked correction as the next revision of its draft: (the draft as it is then, whether it is new).

    The working copy of the person who hands it in is erased with it.
    The same revision with the same content once more changes nothing, unless the draft was given out anew since:
    then somebody has yet to do the work. Raises NotFound, and Conflict where the draft is not with people, or not
    with `holder` or `worker`, where the revision is taken or not the next, or where the draft is not at `version`.
    """
    document = correction_json(correction)
    sha256 = correction_sha256(document)
    with database.writing() as transaction:
        entry = locked_entry(transaction, correction.draft_id)
        known = transaction.connection.scalar(
            sa.select(corrections.c.body_sha256).where(
                corrections.c.draft_id == correction.draft_id, corrections.c.revision == correction.revision
            )
        )
        if known == sha256 and entry.state is not State.DELIVERED:
            return entry, False
        insist_holder(entry, holder)
        insist_worker(entry, worker)
        _insist_next(entry, correction, known is not None)
        insist_version(entry, version)
        insist_allowed(entry.state, State.SUBMITTED, Actor.PLATFORM, correction.draft_id)
        transaction.connection.execute(
            corrections.insert().values(
                draft_id=correction.draft_id,
                revision=correction.revision,
                worker=correction.worker,
                lead_time=correction.lead_time,
                source=source,
                flags=list(flags),
                body=document,
                body_sha256=sha256,
                at=transaction.now,
            )
        )
        empty_copies(
            transaction.connection,
            working_copies.c.draft_id == correction.draft_id,
            working_copies.c.platform == entry.holder,
            working_copies.c.worker == correction.worker,
        )
        changed = change(
            transaction,
            entry,
            State.SUBMITTED,
            "submitted",
            Actor.PLATFORM,
            by=by,
            details={"revision": correction.revision, "source": source},
            revision=correction.revision,
            worker=correction.worker,
            drawn=_DICE.random(),
        )
        return changed, True


def review(
    database: Database | Transaction,
    draft_id: str,
    judged: Review,
    *,
    version: int | None = None,
    by: str | None = None,
) -> tuple[QueueEntry, bool]:
    """Accept the latest revision or send it to rework: (the draft as it is then, whether that is new).

    The same judgement once more changes nothing. A revision that was judged and reopened is judged anew only at a
    named `version`: without it, that may be the old judgement coming late. Raises NotFound, BadDocument where a
    comment names no sentence, and Conflict where another revision is the latest, no judgement is awaited, or the
    draft is not at `version`.
    """
    with database.writing() as transaction:
        entry = locked_entry(transaction, draft_id)
        latest = _latest_review(transaction.connection, draft_id)
        to = State.ACCEPTED if judged.verdict == "accepted" else State.REWORK
        if entry.state is to and latest is not None and _said(latest) == _said(judged):
            return entry, False
        if judged.revision != entry.revision:
            raise Conflict(
                f"revision {judged.revision} of draft {draft_id} cannot be judged",
                why=f"the latest revision is {entry.revision or 'none'}",
                fix="get the latest revision and judge that",
                code="revision",
            )
        insist_version(entry, version)
        reopened = latest is not None and latest.revision == judged.revision and entry.state in _JUDGED_ANEW
        if reopened and version is None:
            raise Conflict(
                f"revision {judged.revision} of draft {draft_id} was judged before",
                why="the draft was reopened since, and this may be the old judgement coming late",
                fix="to judge it anew, name the version of the draft that you saw (If-Match)",
                code="judged",
            )
        insist_allowed(entry.state, to, Actor.REVIEWER, draft_id)
        _insist_comments(transaction.connection, draft_id, judged)
        transaction.connection.execute(
            reviews.insert().values(
                draft_id=draft_id,
                revision=judged.revision,
                reviewer=judged.reviewer,
                verdict=judged.verdict,
                comment=judged.comment,
                comments=[{"sentence": one.sentence, "text": one.text} for one in judged.comments],
                at=transaction.now,
            )
        )
        columns: dict[str, Any] = {"accepted_at": transaction.now} if to is State.ACCEPTED else {}
        details = {"revision": judged.revision, "reviewer": judged.reviewer, "comments": len(judged.comments)}
        return change(transaction, entry, to, to.value, Actor.REVIEWER, by=by, details=details, **columns), True


def author_of(database: Database, draft_id: str, revision: int) -> str | None:
    """Who corrected, in a revision of a draft; None where there is no such revision."""
    query = sa.select(corrections.c.worker).where(
        corrections.c.draft_id == draft_id, corrections.c.revision == revision
    )
    with database.reading(once=True) as connection:
        return connection.scalar(query)


def submissions(database: Database, draft_id: str) -> tuple[Submission, ...]:
    """Every revision of a draft, the first one first."""
    with database.reading(once=True) as connection:
        return _submissions(connection, corrections.c.draft_id == draft_id)


def submission(database: Database, draft_id: str, revision: int) -> Submission:
    """One revision of a draft. Raises NotFound."""
    with database.reading(once=True) as connection:
        found = _submissions(
            connection, sa.and_(corrections.c.draft_id == draft_id, corrections.c.revision == revision)
        )
    if not found:
        raise no_such_revision(draft_id, revision)
    return found[0]


def no_such_revision(draft_id: str, revision: int) -> NotFound:
    """What to raise for a revision that nobody has submitted; revision 0 stands for any."""
    return NotFound(
        f"draft {draft_id} has no revision {revision}" if revision else f"draft {draft_id} has no correction yet",
        why="nobody has submitted it",
        fix="list the draft's submissions to see which there are",
    )


def reviews_of(database: Database, draft_id: str) -> tuple[Review, ...]:
    """Every judgement on a draft, the first one first."""
    with database.reading(once=True) as connection:
        return tuple(judged for _, judged in select_reviews(connection, reviews.c.draft_id == draft_id))


def latest_review(database: Database, draft_id: str) -> Review:
    """The last judgement on a draft. Raises NotFound where there is none, or none any more."""
    with database.reading(once=True) as connection:
        found = _latest_review(connection, draft_id)
    if found is None:
        raise NotFound(
            f"draft {draft_id} has no review",
            why="nobody has judged it, or its recording was forgotten",
            fix="get the draft to see how it stands",
        )
    return found


def select_reviews(connection: Connection, wanted: sa.ColumnElement[bool]) -> list[tuple[str, Review]]:
    """(draft id, judgement), the first one first."""
    query = sa.select(reviews).where(wanted).order_by(reviews.c.seq)
    return [(row.draft_id, _review(row)) for row in connection.execute(query)]


def _insist_next(entry: QueueEntry, correction: Correction, taken: bool) -> None:
    following = entry.revision + 1
    if correction.revision == following:
        return
    raise Conflict(
        f"revision {correction.revision} of draft {entry.draft.draft_id} cannot be taken",
        why=(
            "it came before, and revisions never change"
            if taken
            else f"the next one is {following}: revisions count up without a gap"
        ),
        fix=f"send it as revision {following} if it is meant to follow what is there",
        code="revision",
    )


def _insist_comments(connection: Connection, draft_id: str, judged: Review) -> None:
    if not judged.comments:
        return
    body = connection.scalar(
        sa.select(corrections.c.body).where(
            corrections.c.draft_id == draft_id, corrections.c.revision == judged.revision
        )
    )
    count = len(parse_correction((body or "").encode()).sentences)
    there = f"sentences 0 to {count - 1}" if count else "no sentences"
    strangers = tuple(
        (f"/comments/{number}/sentence", f"the revision has {there}")
        for number, comment in enumerate(judged.comments)
        if not 0 <= comment.sentence < count
    )
    if strangers:
        raise BadDocument(
            "this review cannot be taken",
            why=f"{strangers[0][0]}: {strangers[0][1]}",
            fix="name sentences by their place in the revision that is judged, from 0",
            problems=strangers[:20],
        )


def _latest_review(connection: Connection, draft_id: str) -> Review | None:
    query = sa.select(reviews).where(reviews.c.draft_id == draft_id).order_by(reviews.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _review(row) if row else None


def _said(judged: Review) -> tuple[Any, ...]:
    return judged.reviewer, judged.revision, judged.verdict, judged.comment, judged.comments


def _review(row: sa.Row[Any]) -> Review:
    comments = tuple(Comment(one["sentence"], one["text"]) for one in row.comments)
    return Review(row.reviewer, row.revision, row.verdict, row.comment, comments, row.at)


def _submissions(connection: Connection, wanted: sa.ColumnElement[bool]) -> tuple[Submission, ...]:
    query = sa.select(corrections).where(wanted).order_by(corrections.c.revision)
    return tuple(
        Submission(parse_correction(row.body.encode()), row.source, tuple(row.flags), row.at)
        for row in connection.execute(query)
    )
