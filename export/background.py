"""Work that a server does round after round beside answering: it must not end, or fail, unnoticed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import PrelabelError

log = logging.getLogger("prelabel")

STANDSTILL_SECONDS = 60.0
"""Far longer than any round takes, the database's own waits included."""

TOLD_AGAIN_SECONDS = 600.0


class Rounds:
    """Rounds of one kind of work, which `name` says, as in "ending leases". Free to build; starts now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._done_at = time.monotonic()
        self._told_at: dict[str, float] = {}

    @contextmanager
    def round(self) -> Iterator[None]:
        """One round. What goes wrong in it ends here, and is logged: each kind of trouble once in ten minutes."""
        try:
            yield
        except PrelabelError as error:
            if self._is_news(f"{type(error).__name__} {error.what}"):
                log.error("%s: %s", self.name, error)
        except Exception as error:  # a mistake of ours must not end it
            if self._is_news(type(error).__name__):
                log.exception("%s: a mistake of ours", self.name)
        else:
            self._done_at = time.monotonic()

    @property
    def standstill(self) -> float | None:
        """Seconds since the last round that went well, where they are too many; else None."""
        seconds = time.monotonic() - self._done_at
        return seconds if seconds > STANDSTILL_SECONDS else None

    def _is_news(self, kind: str) -> bool:
        now = time.monotonic()
        if now - self._told_at.get(kind, -TOLD_AGAIN_SECONDS) < TOLD_AGAIN_SECONDS:
            return False
        self._told_at[kind] = now
        return True
