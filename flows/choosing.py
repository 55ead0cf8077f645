"""What an option that may come several times may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from core.errors import UsageProblem

T = TypeVar("T")


def chosen(names: Sequence[str], known: Mapping[str, T]) -> tuple[T, ...]:
    """What the names given with `--by` stand for, each once. Raises UsageProblem for a name that there is not."""
    for name in names:
        if name not in known:
            raise UsageProblem(
                f"drafts are not told apart by {name!r}",
                why=f"there are {', '.join(known)}",
                fix="name one of them with --by",
            )
    return tuple(dict.fromkeys(known[name] for name in names))
