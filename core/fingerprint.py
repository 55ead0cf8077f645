"""Names for results: what a stage would compute, as a short hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def short_hash(value: Any) -> str:
    """The first 16 hex digits of SHA-256 over `value` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_fingerprint(
    name: str,
    version: int,
    *,
    settings: Mapping[str, Any],
    models: Mapping[str, str],
    hints: Mapping[str, Any],
    guideline: str,
    before: Sequence[str],
) -> str:
    """Short hash of all that can change a stage's result (DESIGN section 1).

    `models` maps a model's name to its revision and compute type; `hints` are language, speakers and track;
    `guideline` is the project's guideline hash where the stage hears it, else ""; `before` are the
    fingerprints of the stages it reads from. Device, batch size and paths must not be among them.
    """
    return short_hash([name, version, dict(settings), dict(models), dict(hints), guideline, list(before)])


def sha256_of_text(text: str) -> str:
    """SHA-256 in hex of any text, also of one with half surrogates, as names of files may have them."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
