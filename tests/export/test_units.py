from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from export.units import partition


@given(st.floats(min_value=0.01, max_value=43200.0))
def test_units_cover_the_recording_without_gap_or_overlap(duration: float) -> None:
    units = partition(duration)

    assert units[0].start == 0.0
    assert units[-1].end == duration
    assert all(before.end == after.start for before, after in pairwise(units))
    assert [(unit.index, unit.count) for unit in units] == [(n, len(units)) for n in range(len(units))]
