"""What could not be learned is data, not an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotFitted:
    """No model of `scope` was fitted: the reason, and what to do about it, in plain words."""

    scope: str
    reason: str
    advice: str
