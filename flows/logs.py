"""Logs: quiet at a terminal, one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from core.types import Draft, Duplicate, Rejected

log = logging.getLogger("prelabel")

_NOISY = (
    "prefect",
    "httpx",
    "faster_whisper",
    "pyannote",
    "speechbrain",
    "lightning",
    "fsspec",
    "torio",
    "py.warnings",
)


def set_up_logs(*, as_json: bool, stream: TextIO | None = None) -> None:
    """Our own messages from INFO (as JSON) or WARNING; the libraries' from ERROR; no warnings of theirs."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else logging.Formatter("%(levelname)s %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.INFO if as_json else logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


class _JsonLines(logging.Formatter):
    """`{"time", "level", "message", …}`; whatever a message carries under `extra={"facts": …}` is put beside."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class LogObserver:
    """Observer that logs every step with recording and draft ids."""

    def stage_began(self, recording: str, stage: str) -> None:
        return

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None:
        facts = {"recording": recording, "stage": stage, "seconds": round(seconds, 3), "from_store": from_store}
        log.info("stage done", extra={"facts": facts})

    def duration_known(self, recording: str, seconds: float) -> None:
        return

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None:
        facts: dict[str, object] = {"recording": recording}
        if isinstance(outcome, Rejected):
            log.warning("rejected", extra={"facts": facts | {"reason": outcome.reason, "advice": outcome.advice}})
        elif isinstance(outcome, Duplicate):
            log.info("duplicate", extra={"facts": facts | {"of": outcome.of}})
        else:
            facts |= {
                "recording_id": outcome[0].recording.id,
                "draft_ids": [draft.draft_id for draft in outcome],
            }
            log.info("drafted", extra={"facts": facts})
