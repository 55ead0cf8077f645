"""Manifests: what a batch is made of, and how it is cut into shards."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import UsageProblem
from flows.drafting import Entry

ASSUMED_SECONDS = 600.0
"""A recording whose length the manifest does not tell counts as ten minutes, the platform's usual length."""


class Line(BaseModel):
    """One recording of a manifest; `duration` in seconds only helps to cut even shards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str
    external_id: str | None = None
    duration: float | None = None
    metadata: dict[str, str] = {}


def absolute_address(uri: str) -> str:
    """The address `uri` as machines with the same folders understand it: a local path begins at the root."""
    return uri if "://" in uri else str(Path(uri).absolute())


def read_manifest(uri: str) -> tuple[Line, ...]:
    """The lines of a manifest, local or remote: JSON Lines, or a plain address per line.

    A relative address is one beside the manifest, wherever that lies.
    Raises UsageProblem naming the line that does not hold, or when there is no line at all.
    """
    import fsspec

    try:
        with fsspec.open(uri, "rt", encoding="utf-8") as file:
            texts = [line.strip() for line in file]
    except (OSError, ValueError, ImportError) as error:
        raise UsageProblem(
            f"the manifest {uri} cannot be read", why=str(error), fix="check the address and the access to it"
        ) from error
    lines: list[Line] = []
    for number, text in enumerate(texts, start=1):
        if not text or text.startswith("#"):
            continue
        try:
            line = Line.model_validate_json(text) if text.startswith("{") else Line(uri=text)
            lines.append(line.model_copy(update={"uri": _beside(uri, line.uri)}))
        except ValidationError as error:
            first: Any = error.errors()[0]
            raise UsageProblem(
                f"line {number} of {uri} does not hold",
                why=f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}",
                fix=f"write {json.dumps({'uri': '…', 'external_id': '…', 'metadata': {}}, ensure_ascii=False)}",
            ) from error
    if not lines:
        raise UsageProblem(f"the manifest {uri} is empty", why="it names no recording", fix="add one per line")
    return tuple(lines)


def _beside(manifest: str, uri: str) -> str:
    """`uri`, or where it is relative, the address of that name in the manifest's folder."""
    if "://" in uri or Path(uri).is_absolute():
        return uri
    if manifest.startswith(("http://", "https://")):
        manifest = manifest.partition("?")[0]
    if "://" in manifest and not manifest.startswith("file://"):
        return f"{manifest.rpartition('/')[0]}/{uri}"
    return os.path.join(Path(manifest.removeprefix("file://")).absolute().parent, uri)  # noqa: PTH118


def make_shards(lines: Sequence[Line], hours: float) -> tuple[tuple[Entry, ...], ...]:
    """Cut `lines`, in order, into shards of about `hours` of audio; a longer recording is a shard of its own."""
    shards: list[list[Entry]] = [[]]
    filled = 0.0
    for line in lines:
        seconds = line.duration or ASSUMED_SECONDS
        if shards[-1] and filled + seconds > hours * 3600:
            shards.append([])
            filled = 0.0
        shards[-1].append(Entry(line.uri, line.external_id, dict(line.metadata)))
        filled += seconds
    return tuple(tuple(shard) for shard in shards)
