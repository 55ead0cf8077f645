"""Work units: a partition of [0, duration] into the pieces that one person gets."""

from __future__ import annotations

from core.types import Unit


def partition(duration: float) -> tuple[Unit, ...]:
    """The work units of a recording of `duration` seconds: disjoint, in order, without a gap.

    Every recording is one unit; whoever reads the result must nevertheless expect several.
    """
    return (Unit(index=0, count=1, start=0.0, end=duration),)
