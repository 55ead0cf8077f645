"""What was sent to a folder, is held, came back: counted once a day, or when asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from export.database import Database
from export.folders.places import OUR_MOST_BYTES, Folder, as_json, open_folder, reaching, read, write
from export.states import WITH_PEOPLE, State
from export.totals import Total, reconcile, total_of

SCHEMA: Final = "prelabel.reconciliation/1"
FILE: Final = "reconciliation.json"


def reconciliation(database: Database, address: str, *, write_it: bool) -> dict[str, Any]:
    """The document `prelabel.reconciliation/1` of a folder; with `write_it` it is put there too."""
    folder = open_folder(address)
    document = _document(database, folder)
    if write_it:
        with reaching(folder):
            write(folder, FILE, as_json(document))
    return document


def count_daily(database: Database, folder: Folder) -> None:
    """Write the reconciliation where there is none, or one of yesterday."""
    with reaching(folder):
        before = _written_at(folder)
        if before is None or datetime.now(UTC) - before >= timedelta(days=1):
            write(folder, FILE, as_json(_document(database, folder)))


def _written_at(folder: Folder) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(read(folder, FILE, OUR_MOST_BYTES) or b"")["at"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        return None


def _document(database: Database, folder: Folder) -> dict[str, Any]:
    found = reconcile(database, target=folder.target)

    def shown(total: Total) -> dict[str, Any]:
        count, seconds = total
        return {"drafts": count, "minutes": round(seconds / 60, 3)}

    return {
        "schema": SCHEMA,
        "folder": folder.address,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "event": found.event,
        "states": {str(state): shown(found.states[state]) for state in State if state in found.states},
        "sent": shown(found.sent),
        "held": shown(total_of(found.states, WITH_PEOPLE)) | {"draft_ids": list(found.awaited)},
        "came_back": shown(found.came_back),
    }
