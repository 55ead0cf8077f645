"""Time arithmetic holds for any spans."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from core.spans import gap, merged, overlap, subtracted, total


@dataclass(frozen=True)
class Stretch:
    start: float
    end: float


stretches = st.builds(lambda start, length: Stretch(start, start + length), st.floats(0, 100), st.floats(0.01, 10))


def test_spans_that_touch_do_not_overlap() -> None:
    assert overlap(Stretch(0, 1), Stretch(1, 2)) == 0.0


def test_the_gap_between_spans_is_the_silence_between_them() -> None:
    assert gap(Stretch(3, 4), Stretch(0, 1)) == 2.0


def test_holes_up_to_the_limit_are_filled() -> None:
    assert merged([Stretch(0, 1), Stretch(1.2, 2), Stretch(3, 4)], join_within=0.3) == ((0, 2), (3, 4))


@given(st.lists(stretches), st.lists(stretches))
def test_what_is_subtracted_and_what_is_left_add_up(first: list[Stretch], second: list[Stretch]) -> None:
    spans, covers = merged(first), merged(second)
    left = subtracted(spans, covers)
    both = sum(
        max(0.0, min(end, cover_end) - max(start, cover_start))
        for start, end in spans
        for cover_start, cover_end in covers
    )
    assert abs(total(left) + both - total(spans)) < 1e-6
    assert all(start < end for start, end in left)
