"""docs/settings.md, written from the settings themselves: `python -m core.settings_page > docs/settings.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.settings import LabelStudioSettings, MachineSettings, PipelineSettings, ServeSettings, Settings

HEAD = """# Settings

This page is written by `python -m core.settings_page > docs/settings.md`; a test compares the two.

Settings are environment variables, read once when a process starts. Sections are joined by two underscores. A
misspelt `PRELABEL_…` variable is an error, not a silent nothing.

Choices of one run (model set, language, speakers, project) are options of the command instead, because they travel
with a batch to its workers.
"""

PARTS = (
    ("Places, models, logs", "Facts of this machine and secrets. They change no text.", Settings, "PRELABEL_"),
    (
        "How this machine works",
        "Never part of a fingerprint: another batch size or device redoes nothing.",
        MachineSettings,
        "PRELABEL_MACHINE__",
    ),
    ("The API", "What `prelabel serve` obeys.", ServeSettings, "PRELABEL_SERVE__"),
    (
        "Label Studio",
        "For `prelabel labels`; docs/label-studio.md says how they are used.",
        LabelStudioSettings,
        "PRELABEL_LABEL_STUDIO__",
    ),
    (
        "What decides the text of a draft",
        "Part of the fingerprints: a change has the stages that hear it, and those behind them, computed again.\n"
        "They travel with a batch, so that all workers draft alike.",
        PipelineSettings,
        "PRELABEL_PIPELINE__",
    ),
)


def render() -> str:
    """The page: one table per part, one row per setting."""
    pieces = [HEAD]
    for title, about, kind, prefix in PARTS:
        rows = "\n".join(_rows(kind, prefix))
        pieces.append(f"## {title}\n\n{about}\n\n| variable | default | |\n|---|---|---|\n{rows}\n")
    return "\n".join(pieces)


def _rows(kind: type[BaseModel], prefix: str) -> Iterator[str]:
    sections = {part[2] for part in PARTS}
    for name, field in kind.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            if inner not in sections:
                yield from _rows(inner, f"{variable}__")
            continue
        yield f"| `{variable}` | {_default(name, field)} | {_about(field)} |"


def _default(name: str, field: FieldInfo) -> str:
    if name == "home":
        return "`~/.local/share/prelabel`"  # computed from XDG_DATA_HOME, so different on every machine
    value: Any = field.default
    if value is None or value is PydanticUndefined:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _about(field: FieldInfo) -> str:
    about = field.description or ""
    if get_origin(field.annotation) is Literal:
        about += f" One of {', '.join(f'`{choice}`' for choice in get_args(field.annotation))}."
    return about.replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    sys.stdout.write(render())
