"""`prelabel token` and the verbs of `prelabel queue` that change something."""

from __future__ import annotations

import getpass
import re
from collections.abc import Sequence
from typing import Any

from core.errors import UsageProblem
from export.actions import act
from export.handoff import forget_language, languages_of_workers
from export.states import Actor
from export.tokens import Token, create_token, list_tokens, revoke_token
from flows.places import queue_at

_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")


def made_token(
    name: str,
    scopes: Sequence[str],
    platform: str | None,
    worker: str | None,
    page: str | None,
    days: float | None,
    queue_url: str | None,
) -> tuple[dict[str, Any], str]:
    """A new token as (document, text); with a link that signs in, where `page` says at which address the page is.

    Its secret is in both, and nowhere else.
    """
    if page is not None and not _ADDRESS.fullmatch(page):
        raise UsageProblem(
            f"'{page}' is not the address of a page",
            why="links start with http:// or https://, and hold nothing behind # or ?",
            fix="name what people open in the browser, as in --page https://drafts.example",
        )
    with queue_at(queue_url) as queue:
        token, secret = create_token(queue, name, scopes, platform=platform, worker=worker, days=days)
    whose = f" of platform {token.platform}" if token.platform != name else ""
    whose += f", {worker}'s own" if worker is not None else ""
    text = f"{secret}\ntoken {name}{whose}, for {', '.join(token.scopes)}. It is shown this once: keep it safe."
    if worker is not None and platform is None:
        text += f" Another token of {worker} goes on with the same work only with --platform {name}."
    if page is None:
        return _token_document(token) | {"token": secret}, text
    link = f"{page.rstrip('/')}/#token={secret}"
    return (
        _token_document(token) | {"token": secret, "link": link},
        f"{link}\n{text} Whoever opens the link is signed in.",
    )


def revoked_token(name: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Revoke a token."""
    with queue_at(queue_url) as queue:
        token = revoke_token(queue, name)
    return _token_document(token), f"token {name} is refused from now on"


def token_listing(queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Every token, without secrets."""
    with queue_at(queue_url) as queue:
        tokens = list_tokens(queue)
    lines = [
        f"{token.name:24} {token.platform:24} {token.worker or '-':24} {_standing(token):13} "
        + ", ".join(token.scopes)
        for token in tokens
    ]
    return {"tokens": [_token_document(token) for token in tokens]}, "\n".join(lines) or "no tokens"


def worker_listing(queue_url: str | None) -> tuple[dict[str, Any], str]:
    """The workers who keep to a language, as (document, text)."""
    with queue_at(queue_url) as queue:
        languages = languages_of_workers(queue)
    lines = [f"{worker:32} {language}" for worker, language in languages.items()]
    return {"workers": dict(languages)}, "\n".join(lines) or "no worker keeps to a language"


def reset_worker(worker: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """Let a worker's next lease decide the language anew."""
    with queue_at(queue_url) as queue:
        forget_language(queue, worker)
    return {"worker": worker, "language": None}, f"the next draft decides in which language {worker} works"


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
        "platform": token.platform,
        "worker": token.worker,
        "scopes": list(token.scopes),
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "expires_at": token.expires_at and token.expires_at.isoformat(timespec="seconds"),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(timespec="seconds"),
    }
