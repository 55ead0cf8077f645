"""Errors say what happened, why, and what to do.

PrelabelError
├── UsageProblem          the command or document asks for what cannot be (exit code 2)
│   ├── NotFound          what it names is not there
│   ├── BadDocument       the document that was handed in does not hold
│   └── Conflict          it does not fit the state in which things are now
├── EnvironmentProblem    the machine lacks something (exit code 3)
│   ├── ModelsMissing     weights are neither present nor allowed to be fetched
│   ├── ModelsGated       the hub wants a token and an accepted licence page
│   ├── ModelsDamaged     weights differ from what models.lock recorded
│   ├── HubUnreachable    the hub cannot be reached
│   ├── MissingExtra      an optional package is not installed
│   ├── StoreUnusable     the media store cannot be written or read
│   ├── QueueUnusable     the queue's database cannot be opened
│   ├── BehindLink        a place that we write to is a link, or lies behind one
│   ├── EndpointUnreachable  nobody answers where a webhook is posted
│   └── LabelStudioUnusable  Label Studio cannot be reached, or refuses what we ask of it
└── BadRecording          this recording cannot be drafted; becomes a `Rejected`, the batch goes on
"""

from __future__ import annotations

from typing import Any, Literal

Reason = Literal[
    "empty",
    "not_media",
    "still_image",
    "truncated",
    "no_audio",
    "silent",
    "too_short",
    "too_long",
    "directory",
    "unreadable",
    "playlist",
    "timeout",
    "crashed",
]


class PrelabelError(Exception):
    """What happened, `why`, and the `fix`, in plain sentences; survives pickling."""

    exit_code = 3

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}: {self.why}\n  fix: {self.fix}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.what, self.why, self.fix)


def _rebuild(kind: type[PrelabelError], what: str, why: str, fix: str) -> PrelabelError:
    return kind(what, why=why, fix=fix)


class UsageProblem(PrelabelError):
    exit_code = 2


class NotFound(UsageProblem):
    pass


class BadDocument(UsageProblem):
    """`problems` are (JSON Pointer, what is wrong there), as far as they are known."""

    def __init__(self, what: str, *, why: str, fix: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(what, why=why, fix=fix)
        self.problems = problems

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_bad_document, (self.what, self.why, self.fix, self.problems)


def _rebuild_bad_document(what: str, why: str, fix: str, problems: tuple[tuple[str, str], ...]) -> BadDocument:
    return BadDocument(what, why=why, fix=fix, problems=problems)


ConflictCode = Literal[
    "state",
    "stale_version",
    "lease_lost",
    "not_yours",
    "revision",
    "judged",
    "language",
    "key_reused",
    "in_flight",
    "checksum",
    "name_taken",
]


class Conflict(UsageProblem):
    """`code` says for programs what does not fit."""

    def __init__(self, what: str, *, why: str, fix: str, code: ConflictCode = "state") -> None:
        super().__init__(what, why=why, fix=fix)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_conflict, (self.what, self.why, self.fix, self.code)


def _rebuild_conflict(what: str, why: str, fix: str, code: ConflictCode) -> Conflict:
    return Conflict(what, why=why, fix=fix, code=code)


class EnvironmentProblem(PrelabelError):
    exit_code = 3


class ModelsMissing(EnvironmentProblem):
    pass


class ModelsGated(EnvironmentProblem):
    pass


class ModelsDamaged(EnvironmentProblem):
    pass


class HubUnreachable(EnvironmentProblem):
    pass


class MissingExtra(EnvironmentProblem):
    pass


class StoreUnusable(EnvironmentProblem):
    pass


class DocumentLost(StoreUnusable):
    """The store is there, and lacks or has damaged one draft's document: no other draft is concerned."""


class QueueUnusable(EnvironmentProblem):
    pass


class BehindLink(EnvironmentProblem):
    pass


class EndpointUnreachable(EnvironmentProblem):
    pass


class LabelStudioUnusable(EnvironmentProblem):
    pass


class BadRecording(Exception):
    """This recording cannot be drafted: `reason` is one of the closed list, `advice` is for its owner."""

    def __init__(self, reason: Reason, advice: str) -> None:
        super().__init__(f"{reason}: {advice}")
        self.reason = reason
        self.advice = advice

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.advice)
