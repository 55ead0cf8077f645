from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import UnitSettings
from core.spans import merged
from core.types import Unit
from export.units import partition

USUAL = UnitSettings()
MINUTE = 60.0


@dataclass(frozen=True)
class Said:
    """As much of a sentence as a partition looks at."""

    start: float
    end: float


Gap = tuple[float, float]


def cut(duration: float, said: Sequence[Said] = (), voiced: Sequence[Gap] = ()) -> tuple[Unit, ...]:
    return partition(duration, said, voiced, USUAL)


def cuts(units: Sequence[Unit]) -> list[float]:
    return [unit.start for unit in units[1:]]


def lengths(units: Sequence[Unit]) -> list[float]:
    return [(unit.end - unit.start) / MINUTE for unit in units]


def talk(*pieces: float, sentence: float = 7.0, duration: float) -> list[Said]:
    """Sentences that touch one another from 0 to `duration`, but for 2 s of silence around each of `pieces`."""
    said, at = [], 0.0
    for border in (*pieces, duration + 1.0):
        while at < border - 1.0:
            said.append(Said(at, min(at + sentence, border - 1.0)))
            at = said[-1].end
        at = border + 1.0
    return said


@st.composite
def conversations(draw: st.DrawFn) -> tuple[float, list[Said], list[Gap]]:
    """Up to two hours in which one or two people talk, one after the other or at once; voice is heard anywhere."""
    duration = draw(st.floats(min_value=1.0, max_value=7200.0))
    said: list[Said] = []
    for pauses in draw(
        st.lists(st.sampled_from([(0.0,), (0.0, 0.4), (0.2, 1.5, 4.0), (0.0, 60.0, 900.0)]), max_size=2)
    ):
        random = draw(st.randoms(use_true_random=False))
        at = random.uniform(0, 30)
        while (end := at + random.uniform(0.5, 15)) < duration:
            said.append(Said(at, end))
            at = end + random.choice(pauses)
    return duration, said, list(merged(Said(row.start - 0.1, row.end + 0.3) for row in said[::2]))


@given(conversations())
@settings(deadline=None, max_examples=60)
def test_units_cover_the_recording_without_gap_or_overlap(
    conversation: tuple[float, list[Said], list[Gap]],
) -> None:
    duration, said, voiced = conversation

    units = cut(duration, said, voiced)

    assert units[0].start == 0.0
    assert units[-1].end == duration
    assert all(before.end == after.start for before, after in pairwise(units))
    assert all(unit.start < unit.end for unit in units)
    assert [(unit.index, unit.count) for unit in units] == [(n, len(units)) for n in range(len(units))]
    assert cut(duration, said[::-1], voiced) == units


@given(conversations())
@settings(deadline=None, max_examples=60)
def test_no_sentence_is_cut_through_while_places_between_sentences_lie_within_reach(
    conversation: tuple[float, list[Said], list[Gap]],
) -> None:
    duration, said, voiced = conversation
    between = [0.0, *(t for t in sorted({row.end for row in said}) if not inside(t, said)), duration]
    crossed = [t for t in cuts(cut(duration, said, voiced)) if inside(t, said)]

    holes = [(a, b) for a, b in pairwise(between) if b - a > 2 * MINUTE * USUAL.longest_minutes]
    assert all(any(a < t < b for a, b in holes) for t in crossed)


def inside(time: float, said: Sequence[Said]) -> bool:
    return any(row.start < time < row.end for row in said)


@given(
    st.lists(st.floats(min_value=8.0, max_value=12.0), min_size=2, max_size=30),
    st.floats(min_value=1.0, max_value=15.0),
)
@settings(deadline=None, max_examples=60)
def test_where_silences_allow_the_bounds_hold(minutes: list[float], sentence: float) -> None:
    """Sentences touch everywhere but at the ends of units of 8 to 12 minutes."""
    borders = [MINUTE * sum(minutes[: n + 1]) for n in range(len(minutes))]
    duration = borders.pop()
    voiced = [(0.0, duration)]

    units = cut(duration, talk(*borders, sentence=sentence, duration=duration), voiced)

    if duration > 16 * MINUTE:
        assert all(8 - 1e-6 <= length <= 12 + 1e-6 for length in lengths(units))
    else:
        assert len(units) == 1


@given(st.floats(min_value=16.0001, max_value=720.0))
@settings(deadline=None, max_examples=40)
def test_music_without_speech_is_cut_into_even_units_within_the_bounds(minutes: float) -> None:
    found = lengths(cut(minutes * MINUTE))

    assert all(8 - 1e-6 <= length <= 12 + 1e-6 for length in found)
    assert max(found) - min(found) < 0.01


@pytest.mark.parametrize(
    ("minutes", "count"), [(0.01, 1), (16.0, 1), (16.01, 2), (24.0, 2), (24.01, 3), (180.0, 18)]
)
def test_up_to_sixteen_minutes_are_one_unit(minutes: float, count: int) -> None:
    assert len(cut(minutes * MINUTE)) == count


def test_a_cut_falls_in_the_middle_of_a_silence() -> None:
    said = [Said(n * 10.0, n * 10.0 + 9.2) for n in range(120)]

    assert all(t % 10.0 == pytest.approx(9.6) for t in cuts(cut(1200.0, said)))


def test_a_long_silence_is_worth_an_uneven_length() -> None:
    said = [Said(n * 10.0, n * 10.0 + 9.9) for n in range(120)]
    said[65] = Said(650.0, 656.0)

    assert cuts(cut(1200.0, said)) == [658.0]


def test_voice_that_nobody_wrote_down_is_cut_only_where_no_silence_serves() -> None:
    said = talk(600.0, 640.0, duration=1200.0)

    assert cuts(cut(1200.0, said, [(598.0, 602.0)])) == [640.0]
    assert cuts(cut(1200.0, said, [(0.0, 1200.0)])) == [600.0]


def test_who_talks_for_an_hour_without_a_pause_is_cut_where_sentences_touch() -> None:
    said = talk(sentence=7.0, duration=3600.0)

    units = cut(3600.0, said, [(0.0, 3600.0)])

    assert all(8 <= length <= 12 for length in lengths(units))
    assert set(cuts(units)) <= {row.start for row in said}


def test_length_gives_way_before_a_sentence_does() -> None:
    said = [Said(n * 5.0, n * 5.0 + 9.0) for n in range(239)]  # up to 20:00 two people always talk at once
    said += [Said(1201.0 + n * 10.0, 1210.0 + n * 10.0) for n in range(120)]

    units = cut(2400.0, said)

    assert cuts(units)[0] == pytest.approx(1200.0)
    assert not [t for t in cuts(units) if inside(t, said)]


def test_where_all_sentences_overlap_for_hours_the_cut_goes_through_as_few_as_can_be() -> None:
    said = [Said(n * 5.0, n * 5.0 + 9.0) for n in range(1439)]  # two at once, but one alone for 1 s of 5

    units = cut(7200.0, said)

    assert all(8 <= length <= 12 for length in lengths(units))
    assert all(sum(row.start < t < row.end for row in said) == 1 for t in cuts(units))


def test_twelve_hours_of_dense_talk_are_cut_like_any_other() -> None:
    said = [Said(n * 3.0, n * 3.0 + 2.8) for n in range(14400)]

    units = cut(43200.0, said, [(row.start, row.end) for row in said])

    assert all(9.5 < length < 10.5 for length in lengths(units))
    assert all(t % 3.0 == pytest.approx(2.9) for t in cuts(units))


def test_shorter_units_are_a_setting() -> None:
    seconds = UnitSettings(whole_up_to_minutes=9 / 60, shortest_minutes=5 / 60, longest_minutes=8 / 60)

    assert [unit.end for unit in partition(12.0, [Said(0.0, 5.0), Said(6.5, 12.0)], [], seconds)] == [5.75, 12.0]
