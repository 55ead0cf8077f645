"""What a run tells while it works: events for whoever watches (terminal, logs, metrics)."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from core.types import Draft, Duplicate, Rejected


class Observer(Protocol):
    """Hears of every step. Called from several threads."""

    def stage_began(self, recording: str, stage: str) -> None: ...

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None: ...

    def duration_known(self, recording: str, seconds: float) -> None: ...

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None: ...


@dataclass(slots=True)
class Silent:
    """Nobody watches."""

    def stage_began(self, recording: str, stage: str) -> None: ...

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None: ...

    def duration_known(self, recording: str, seconds: float) -> None: ...

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None: ...


@dataclass(slots=True)
class Several:
    """Passes every event on to all of `observers`."""

    observers: tuple[Observer, ...] = field(default=())

    def stage_began(self, recording: str, stage: str) -> None:
        for one in self.observers:
            one.stage_began(recording, stage)

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None:
        for one in self.observers:
            one.stage_ended(recording, stage, seconds, from_store=from_store)

    def duration_known(self, recording: str, seconds: float) -> None:
        for one in self.observers:
            one.duration_known(recording, seconds)

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None:
        for one in self.observers:
            one.recording_ended(recording, outcome)


_watching: ContextVar[Observer] = ContextVar("watching", default=Silent())  # noqa: B039 (stateless)


def is_watched() -> bool:
    """Whether anybody watches."""
    return not isinstance(_watching.get(), Silent)


def watched() -> Observer:
    """Whoever watches this run."""
    return _watching.get()


def watch(observer: Observer) -> None:
    """From here on, in this context and those copied from it, `observer` hears of every step."""
    _watching.set(observer)
