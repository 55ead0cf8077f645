"""`prelabel token` and the verbs of `prelabel queue` that change something."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Any

from core.errors import UsageProblem
from export.actions import act
from export.states import Actor
from export.tokens import SCOPES, Token, create_token, list_tokens, revoke_token
from flows.places import queue_at


def made_token(
    name: str, scopes: Sequence[str], days: float | None, queue_url: str | None
) -> tuple[dict[str, Any], str]:
    """A new token as (document, text). Its secret is in both, and nowhere else."""
    known = [scope for scope in SCOPES if scope in scopes]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise UsageProblem(
            f"there is no scope {unknown[0]!r}",
            why="; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items()),
            fix="name one or more of them with --scope",
        )
    with queue_at(queue_url) as queue:
        token, secret = create_token(queue, name, known, days=days)
    text = f"{secret}\ntoken {name}, for {', '.join(token.scopes)}. It is shown this once: keep it safe."
    return _token_document(token) | {"token": secret}, text


def revoked_token(name: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Revoke a token."""
    with queue_at(queue_url) as queue:
        token = revoke_token(queue, name)
    return _token_document(token), f"token {name} is refused from now on"


def token_listing(queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Every token, without secrets."""
    with queue_at(queue_url) as queue:
        tokens = list_tokens(queue)
    lines = [f"{token.name:24} {_standing(token):10} {', '.join(token.scopes)}" for token in tokens]
    return {"tokens": [_token_document(token) for token in tokens]}, "\n".join(lines) or "no tokens"


def acted(draft: str, action: str, reason: str | None, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Carry out an operator's action on a draft, named by the start of its id."""
    with queue_at(queue_url) as queue:
        draft_id = queue.show(draft).draft.draft_id
        entry = act(queue, draft_id, action, Actor.OPERATOR, by=_operator(), reason=reason)
    return entry.to_dict(), f"{draft_id} is {entry.state}"


def prioritised(draft: str, priority: int, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Give a draft another priority."""
    with queue_at(queue_url) as queue:
        entry = queue.prioritise(queue.show(draft).draft.draft_id, priority, by=_operator())
    return entry.to_dict(), f"{entry.draft.draft_id} has priority {entry.priority}"


def _operator() -> str | None:
    """Who stands at the command, for the events; None where the machine does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _standing(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return f"to {token.expires_at:%Y-%m-%d}" if token.expires_at is not None else "good"


def _token_document(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "expires_at": token.expires_at and token.expires_at.isoformat(timespec="seconds"),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(timespec="seconds"),
    }
