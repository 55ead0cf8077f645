"""`prelabel models`: what is there, fetching it, proving it."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from core.settings import settings
from models.catalogue import MODEL_SETS
from models.hub import pull
from models.weights import status, verify


def listing() -> tuple[dict[str, Any], str]:
    """Every model of the catalogue as (document, text)."""
    rows = status(settings())
    document = {
        "sets": {name: [ref.name for ref in one.refs] for name, one in MODEL_SETS.items()},
        "models": [
            {
                "name": row.name,
                "task": row.task,
                "sets": list(row.sets),
                "present": row.present,
                "revision": row.revision,
                "bytes": row.size_bytes,
                "gated": row.gated,
                "licence": row.licence,
                "page": row.page,
            }
            for row in rows
        ],
    }
    lines = []
    for row in rows:
        state = f"present, {row.size_bytes / 1e6:.1f} MB" if row.present else "not here"
        gated = ", gated" if row.gated else ""
        lines.append(
            f"{row.name}\n  {row.task} of {', '.join(row.sets)}; {state}; {row.licence}{gated}; {row.page}"
        )
    lines.append("fetch with `prelabel models pull --models fast`; the offline set is shipped")
    return document, "\n".join(lines)


def pulled(set_name: str | None) -> tuple[dict[str, Any], str]:
    """Fetch a set; progress on stderr."""
    machine = settings()
    name = set_name or machine.models
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=Console(file=sys.stderr)) as bars:
        tasks: dict[str, Any] = {}

        def progress(model: str, done: int, total: int) -> None:
            if model not in tasks:
                tasks[model] = bars.add_task(model, total=total)
            bars.update(tasks[model], completed=done, total=total)

        located = pull(name, machine, progress)
    refs = MODEL_SETS[name].refs
    document = {
        "set": name,
        "lock": str(machine.lock_path),
        "models": [
            {"name": ref.name, "revision": one.revision, "path": str(one.path)}
            for ref, one in zip(refs, located, strict=True)
        ],
    }
    text = "\n".join(f"{ref.name} at {one.revision}" for ref, one in zip(refs, located, strict=True))
    recorded = "" if name == "offline" else f"\nrecorded in {machine.lock_path}"
    return document, text + recorded


def verified(set_name: str | None) -> tuple[dict[str, Any], str, bool]:
    """Hash a set again: (document, text, whether all is as recorded)."""
    name = set_name or settings().models
    verdicts = verify(name, settings())
    sound = bool(verdicts) and all(one.verdict == "ok" for one in verdicts)
    document = {
        "set": name,
        "sound": sound,
        "files": [{"model": one.model, "file": one.file, "verdict": one.verdict} for one in verdicts],
    }
    lines = [f"{one.verdict:9} {one.model}/{one.file}" for one in verdicts]
    fix = "" if sound else f"\nfetch what is missing or changed with `prelabel models pull --models {name}`"
    return document, "\n".join(lines) + fix, sound
