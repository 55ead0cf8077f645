from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.types import Turn, Unit
from export.formats.clip import clip_ms, placed

SECONDS = st.floats(0, 40_000)


@given(SECONDS, SECONDS, SECONDS, st.floats(0, 1000))
def test_whatever_a_span_is_it_lies_inside_the_clip_and_lasts(
    start: float, length: float, from_: float, unit: float
) -> None:
    where = Unit(1, 3, from_, from_ + unit)

    first, last = placed(Turn(start, start + length, "S1"), where)

    assert 0 <= first < last <= clip_ms(where)


@given(st.integers(0, 600_000), st.integers(1, 600_000), st.integers(0, 36_000_000))
def test_a_span_inside_the_unit_keeps_its_times_to_the_millisecond(start: int, length: int, from_: int) -> None:
    where = Unit(1, 3, from_ / 1000, (from_ + 1_200_000) / 1000)
    turn = Turn((from_ + start) / 1000, (from_ + start + length) / 1000, "S1")

    assert placed(turn, where) == (start, start + length)
