"""JSON Schemas of documents as components of an OpenAPI description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter


def schemas_of(kind: type, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """The schema of a type under its name, and those of the types in it under theirs."""
    schema = TypeAdapter(kind).json_schema(mode=mode, by_alias=True, ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = schema.pop("$defs", {})
    return {kind.__name__: schema} | inner
