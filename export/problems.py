"""Errors as RFC 9457 problem documents: what, why, and what to do about it."""

from __future__ import annotations

from typing import Any

from core.errors import BadDocument, Conflict, NotFound, PrelabelError


def kind_of(error: PrelabelError) -> tuple[int, str]:
    """(HTTP status, the word behind `urn:prelabel:problem:`) of an error that the sender can mend."""
    match error:
        case NotFound():
            return 404, "not_found"
        case BadDocument():
            return 422, "bad_document"
        case Conflict(code="stale_version"):
            return 412, error.code
        case Conflict():
            return 409, error.code
    return 422, "bad_request"


def problem_document(
    status: int, code: str, title: str, *, why: str, fix: str, errors: tuple[tuple[str, str], ...] = ()
) -> dict[str, Any]:
    """The document. `errors` are (JSON Pointer or name, what is wrong there)."""
    return {
        "type": f"urn:prelabel:problem:{code}",
        "title": title,
        "status": status,
        "detail": why,
        "fix": fix,
        "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in errors],
    }
