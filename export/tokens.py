"""Bearer tokens of the API: made and revoked by command, shown once, kept as hashes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.errors import NotFound, UsageProblem
from core.fingerprint import sha256_of_text
from export.corrections import name_problems
from export.database import Database
from export.tables import tokens

Scope = Literal["read", "lease", "submit", "review", "admin"]
SCOPES: dict[Scope, str] = {
    "read": "see drafts, audio, corrections and events",
    "lease": "take drafts over: lease, acknowledge, refuse, renew",
    "submit": "keep what is being typed, hand corrections in, and give drafts back",
    "review": "accept, send to rework, reopen",
    "admin": "withhold, release, redrive and withdraw drafts, manage webhooks; includes all the others",
}

PREFIX = "plb_"
"""Secret scanners find a token by it."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. `name` stands in the events of what was done with it.

    `platform` is for whom it calls: the drafts that it takes over are the platform's, and any of its tokens may
    hand them in. `worker` is the person whose own it is, where it is one's.
    """

    name: str
    platform: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    worker: str | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether a caller with this token may do what needs `scope`."""
        return scope in self.scopes or "admin" in self.scopes

    @property
    def bound_to(self) -> str | None:
        """The platform whose drafts alone the caller may hand in or give back; None: anybody's."""
        return None if "admin" in self.scopes else self.platform

    @property
    def person(self) -> str | None:
        """The worker in whose name alone the caller may correct and review; None: in anybody's."""
        return None if "admin" in self.scopes else self.worker


def create_token(
    database: Database,
    name: str,
    scopes: Iterable[str],
    *,
    platform: str | None = None,
    worker: str | None = None,
    days: float | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is kept nowhere; `platform` has the token's own name unless it is given.

    `worker`: it is this person's own. Raises UsageProblem for a bad name, platform, worker or scope.
    """
    wanted = set(scopes)
    if wanted - set(SCOPES) or not wanted:
        raise UsageProblem(
            f"token {name!r} cannot be made",
            why=f"there is no scope {min(wanted - set(SCOPES))!r}" if wanted else "it would be allowed nothing",
            fix="; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items()),
        )
    if not (NAME.fullmatch(name) and NAME.fullmatch(platform or name)):
        raise UsageProblem(
            f"token {name!r} cannot be made" + (f" for platform {platform!r}" if platform else ""),
            why="a name is of small letters, digits, dots, dashes and underscores, 64 at most",
            fix="name it for who will use it, as in `annotation-platform`",
        )
    for _, wrong in name_problems("worker", worker) if worker is not None else ():
        raise UsageProblem(
            f"token {name!r} cannot be made for worker {worker!r}",
            why=wrong,
            fix="give the name that stands as `worker` in this person's corrections",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    try:
        with database.writing() as transaction:
            row = {
                "name": name,
                "platform": platform or name,
                "token_sha256": sha256_of_text(secret),
                "scopes": " ".join(scope for scope in SCOPES if scope in wanted),
                "created_at": transaction.now,
                "worker": worker,
                "expires_at": None if days is None else transaction.now + timedelta(days=days),
            }
            made = transaction.connection.execute(tokens.insert().values(row).returning(tokens)).one()
    except IntegrityError as error:
        raise UsageProblem(
            f"token {name!r} cannot be made",
            why="there is one of this name already, and events go by names",
            fix="take another name; to replace a token make one for the same --platform, then revoke the old one",
        ) from error
    return _token(made), secret


def revoke_token(database: Database, name: str) -> Token:
    """From now on the token is refused. Raises NotFound."""
    with database.writing() as transaction:
        row = transaction.connection.execute(
            tokens.update()
            .where(tokens.c.name == name)
            .values(revoked_at=sa.func.coalesce(tokens.c.revoked_at, transaction.now))
            .returning(tokens)
        ).one_or_none()
    if row is None:
        raise NotFound(f"there is no token {name!r}", why="none was made", fix="`prelabel token list` shows them")
    return _token(row)


def list_tokens(database: Database) -> tuple[Token, ...]:
    """Every token that was ever made, the oldest first."""
    with database.reading() as connection:
        return tuple(_token(row) for row in connection.execute(sa.select(tokens).order_by(tokens.c.seq)))


def find_token(database: Database, secret: str) -> Token | None:
    """The token of a secret; None where there is none, or where it is revoked or out of date.

    It is looked for by its hash, of which a guesser learns nothing, and compared in constant time.
    """
    sha256 = sha256_of_text(secret)
    with database.reading(once=True) as connection:
        row = connection.execute(sa.select(tokens).where(tokens.c.token_sha256 == sha256)).one_or_none()
    if row is None or not hmac.compare_digest(row.token_sha256, sha256):
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= datetime.now(UTC)):
        return None
    return _token(row)


def _token(row: sa.Row[Any]) -> Token:
    scopes = tuple(scope for scope in SCOPES if scope in row.scopes.split())
    return Token(row.name, row.platform, scopes, row.created_at, row.expires_at, row.revoked_at, row.worker)
