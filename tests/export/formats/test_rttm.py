from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.format_readers import Row
from core.types import Draft, Turn, Unit
from export.formats.rttm import render
from tests.drafts import in_order, read_back, second_unit

Make = Callable[..., Draft]


def test_a_turn_is_a_line_of_ten_fields(draft: Make) -> None:
    made = draft(turns=[Turn(0.5, 2.0, "S1"), Turn(1.25, 3.0, "S2")])

    assert render(made) == (
        f"SPEAKER {made.draft_id} 1 0.500 1.500 <NA> <NA> S1 <NA> <NA>\n"
        f"SPEAKER {made.draft_id} 1 1.250 1.750 <NA> <NA> S2 <NA> <NA>\n"
    )


def test_regular_turns_are_written_and_exclusive_ones_only_alone(draft: Make) -> None:
    regular, exclusive = Turn(0.0, 2.0, "S1"), Turn(0.0, 1.0, "S1", exclusive=True)

    assert read_back("rttm", draft(turns=[exclusive, regular])) == [Row(0.0, 2.0, "S1", None)]
    assert read_back("rttm", draft(turns=[exclusive])) == [Row(0.0, 1.0, "S1", None)]


def test_white_space_in_a_name_becomes_an_underscore(draft: Make) -> None:
    made = draft(turns=[Turn(0.0, 1.0, " Kim\u3000Min Jun\t2 "), Turn(2.0, 3.0, " ")])

    assert [line.split()[7] for line in render(made).splitlines()] == ["Kim_Min_Jun_2", "<NA>"]


def test_a_turn_that_reaches_over_the_unit_ends_at_its_border(draft: Make) -> None:
    made = draft(seconds=1200.0, turns=[Turn(590.0, 610.0, "S1"), Turn(1100.0, 1300.0, "S2")])

    assert read_back("rttm", second_unit(made, 600.0)) == [
        Row(0.0, 10.0, "S1", None),
        Row(500.0, 600.0, "S2", None),
    ]


def test_a_draft_without_turns_is_empty(draft: Make) -> None:
    assert render(draft()) == ""


@settings(deadline=None, max_examples=50)
@given(
    st.sets(st.tuples(st.integers(0, 9000), st.integers(1, 900), st.sampled_from(["S1", "S2", "S3"])), max_size=8)
)
def test_pyannote_reads_the_turns_of_any_draft(turns: set[tuple[int, int, str]]) -> None:
    from tests.export.conftest import build_draft

    made = build_draft(turns=[Turn(start / 1000, (start + length) / 1000, who) for start, length, who in turns])

    assert read_back("rttm", replace(made, unit=Unit(0, 1, 0.0, 10.0))) == in_order(
        Row(start / 1000, (start + length) / 1000, who, None) for start, length, who in turns
    )
