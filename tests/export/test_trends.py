from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trends import (
    BEGIN,
    Batch,
    compared,
    drafts_of,
    four_languages,
    others,
    rates_of_recordings,
    same,
    scored_draft,
    shifted,
)
from core.types import Unit
from export.intervals import FEWEST_RECORDINGS, holm
from export.scores import ScoredDraft
from export.scoring import Edits, Figures, added
from export.trends import FEWEST_COMPARED, By, compare_versions, period_start, rates_of, trend

SEOUL_MIDNIGHT = datetime(2026, 9, 6, 15, 0, tzinfo=UTC)  # Monday, 7 September, in Seoul


def many(count: int, version: str = "p1", edits: int = 50, **changes: Any) -> list[ScoredDraft]:
    """One draft of each of so many recordings, which differ a little."""
    return [
        scored_draft(f"{version}-{number}", fingerprint=version, edits=edits + number % 7, **changes)
        for number in range(count)
    ]


# trends


def test_days_weeks_and_months_are_those_of_seoul() -> None:
    before, after = SEOUL_MIDNIGHT - timedelta(seconds=1), SEOUL_MIDNIGHT
    drafts = [scored_draft("a", at=before), scored_draft("b", at=after)]
    assert [row.start for row in trend(drafts, "day")] == [date(2026, 9, 6), date(2026, 9, 7)]
    assert [row.start for row in trend(drafts, "week")] == [date(2026, 8, 31), date(2026, 9, 7)]
    assert [row.start for row in trend(drafts, "month")] == [date(2026, 9, 1)]
    assert period_start(date(2026, 12, 31), "month") == date(2026, 12, 1)


def test_rates_are_pooled_never_means_of_rates() -> None:
    drafts = [scored_draft("a", edits=10, characters=100), scored_draft("b", edits=10, characters=900)]
    (row,) = trend(drafts)
    assert row.rates["cer"].value == pytest.approx(0.02)
    assert (row.rates["cer"].part, row.rates["cer"].whole) == (20, 1000)


def test_rates_are_those_of_the_figures() -> None:
    figures = Figures(
        edits=Edits(3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5),
        content_characters=500,
        draft_characters=510,
        words=90,
        word_errors=9,
        effort=66.0,
        typing=140.0,
        audio_seconds=60.0,
        speech_seconds=50.0,
        missed_seconds=1.0,
        confused_seconds=4.0,
    )
    rates = {name: rate.value for name, rate in rates_of([scored_draft(figures=figures)]).items()}
    assert rates == {
        "cer": figures.cer,
        "wer": figures.wer,
        "der": figures.der,
        "effort_per_minute": 66.0,
        "content_per_1000": 24.0,
        "orthography_per_1000": 12.0,
        "punctuation_per_1000": 14.0,
        "spacing_per_1000": 16.0,
        "boundary_per_1000": 12.0,
        "speaker_per_1000": 8.0,
        "time_per_1000": 10.0,
        "difficulty": figures.difficulty,
    }


def test_without_anything_to_divide_by_there_is_no_rate_and_no_interval() -> None:
    drafts = [scored_draft(f"r{n}", figures=Figures(drafts=1)) for n in range(FEWEST_RECORDINGS)]
    (row,) = trend(drafts)
    assert {(rate.value, rate.interval) for rate in row.rates.values()} == {(None, None)}
    assert json.dumps(row.to_dict(), allow_nan=False)


def test_units_of_one_recording_do_not_make_an_interval() -> None:
    units = [scored_draft("r", unit=Unit(n, 9, 600.0 * n, 600.0 * n + 600)) for n in range(9)]
    (row,) = trend(units)
    assert (row.recordings, row.figures.drafts, row.rates["cer"].interval) == (1, 9, None)


def test_an_interval_holds_its_rate() -> None:
    (row,) = trend(many(12))
    for name in ("cer", "effort_per_minute", "difficulty", "content_per_1000"):
        rate = row.rates[name]
        assert rate.value
        assert rate.interval
        assert rate.interval.low < rate.value < rate.interval.high


def test_what_nobody_has_accepted_yet_is_a_row_of_its_own() -> None:
    rows = trend([scored_draft("a", edits=10), scored_draft("b", edits=90, provisional=True)])
    assert [(row.provisional, row.rates["cer"].value) for row in rows] == [(False, 0.01), (True, 0.09)]


def test_rates_of_two_normalisers_share_no_row() -> None:
    drafts = [scored_draft("a"), replace(scored_draft("b"), normaliser="prelabel-ko-2")]
    assert [row.normaliser for row in trend(drafts)] == ["prelabel-ko-1", "prelabel-ko-2"]


def test_no_drafts_have_no_trend() -> None:
    assert trend([]) == ()


LISTED = st.lists(
    st.builds(
        scored_draft,
        st.sampled_from(["r1", "r2", "r3", "r4", "r5", "r6", "r7"]),
        fingerprint=st.sampled_from(["p1", "p2"]),
        project=st.sampled_from(["a", "b"]),
        language=st.sampled_from(["ko", "en"]),
        source=st.sampled_from(["studio", "街", ""]),
        edits=st.integers(0, 900),
        characters=st.integers(0, 900),
        at=st.integers(0, 3000).map(lambda hours: BEGIN + timedelta(hours=hours)),
        provisional=st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(
    LISTED,
    st.sampled_from(["day", "week", "month"]),
    st.lists(st.sampled_from(["source", "fingerprint"]), unique=True),
)
def test_rows_add_to_all(drafts: list[ScoredDraft], period: str, by: Sequence[By]) -> None:
    rows = trend(drafts, period, by)  # type: ignore[arg-type]
    together, expected = added(row.figures for row in rows), added(draft.figures for draft in drafts)
    assert together.edits == expected.edits
    assert together.drafts == expected.drafts == len(drafts)
    assert together.effort == pytest.approx(expected.effort)
    assert json.dumps([row.to_dict() for row in rows], allow_nan=False)


# versions


def test_a_version_that_is_much_worse_is_told_in_words() -> None:
    (found,) = compare_versions([*many(41), *many(38, "p2", edits=80)])
    assert found.verdict == "worse"
    assert (found.recordings_before, found.recordings_after, found.paired) == (41, 38, False)
    assert found.sentence.startswith(
        "default, ko: CER 5.3 → 8.3 %, +3.0 points (95 % interval 2.9 to 3.1), worse; effort "
    )
    assert found.sentence.endswith("; 41 against 38 recordings, compared within sources")


def test_a_version_that_is_much_better_is_better() -> None:
    (found,) = compare_versions([*many(20, edits=80), *many(20, "p2")])
    assert found.verdict == "better"
    assert found.cer
    assert found.cer.value < 0


def test_equal_versions_say_which_difference_would_have_been_found() -> None:
    (found,) = compare_versions([*many(20), *many(20, "p2")])
    assert found.verdict == "no_difference"
    assert found.cer
    assert 0.0 < found.cer.detectable < 0.01
    assert "no difference shown (0.2 points would usually have been)" in found.sentence


def test_handwork_may_grow_where_the_words_stay_right() -> None:
    worse = [
        replace(draft, figures=replace(draft.figures, effort=3 * draft.figures.effort)) for draft in many(20, "p2")
    ]
    (found,) = compare_versions([*many(20), *worse])
    assert found.cer
    assert found.effort
    assert (found.cer.verdict, found.effort.verdict, found.verdict) == ("no_difference", "worse", "worse")


def test_nine_recordings_are_too_few_however_bad_they_are() -> None:
    (found,) = compare_versions([*many(60), *many(FEWEST_COMPARED - 1, "p2", edits=900)])
    assert (found.verdict, found.cer, found.effort) == ("too_few", None, None)
    assert "60 against 9 recordings" in found.sentence


def test_many_units_of_one_recording_are_one_recording() -> None:
    units = [
        scored_draft("r", fingerprint="p2", edits=900, unit=Unit(n, 60, 600.0 * n, 600.0 * n + 600))
        for n in range(60)
    ]
    (found,) = compare_versions([*many(60), *units])
    assert found.verdict == "too_few"


def test_a_single_version_is_compared_with_nothing() -> None:
    (found,) = compare_versions(many(30))
    assert (found.verdict, found.before) == ("too_few", None)
    assert "one version of the pipeline only" in found.sentence


def test_the_newest_two_versions_are_compared() -> None:
    (found,) = compare_versions([*many(20, "p1", edits=200), *many(20, "p2"), *many(20, "p3")])
    assert found.before
    assert (found.before.fingerprint, found.after.fingerprint) == ("p2", "p3")


def test_a_version_that_was_taken_back_for_the_one_before_it_is_no_alert_any_more() -> None:
    first, worse = many(20, "p1"), many(20, "p2", edits=900)
    (alert,) = compare_versions([*first, *worse])
    assert alert.verdict == "worse"
    (after,) = compare_versions([*first, *worse, *many(20, "p1")])
    assert (after.after.fingerprint, after.verdict) == ("p1", "better")


def test_a_newest_version_with_too_few_recordings_hides_no_older_comparison() -> None:
    (found,) = compare_versions([*many(20), *many(20, "p2", edits=90), *many(3, "p3")])
    assert found.before
    assert (found.before.fingerprint, found.after.fingerprint, found.verdict) == ("p1", "p2", "worse")


def test_half_corrected_drafts_judge_no_version() -> None:
    (found,) = compare_versions([*many(20), *many(15, "p2"), *many(50, "p2", edits=500, provisional=True)])
    assert (found.verdict, found.provisional, found.recordings_after) == ("no_difference", 50, 15)


def test_only_provisional_drafts_are_no_comparison() -> None:
    assert compare_versions(many(30, provisional=True)) == ()
    assert compare_versions([]) == ()


def test_versions_are_not_compared_across_normalisers() -> None:
    other = [replace(draft, normaliser="prelabel-ko-2") for draft in many(20, "p2", edits=90)]
    found = compare_versions([*many(20), *other])
    assert [(one.normaliser, one.verdict) for one in found] == [
        ("prelabel-ko-1", "too_few"),
        ("prelabel-ko-2", "too_few"),
    ]


def test_drafts_without_content_have_no_cer_to_compare() -> None:
    empty = [replace(draft, figures=Figures(drafts=1)) for draft in (*many(12), *many(12, "p2"))]
    (found,) = compare_versions(empty)
    assert (found.cer, found.effort, found.verdict) == (None, None, "too_few")
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_the_same_recordings_are_compared_one_by_one() -> None:
    batches = same(20)(1.2, 0.6, np.random.default_rng(7))
    (found,) = compared(batches)
    assert (found.paired, found.verdict, found.recordings_after) == (True, "worse", 20)
    assert found.sentence.endswith("; the same 20 recordings")


def test_pairs_without_any_error_before_are_compared_all_the_same() -> None:
    old, new = (
        [scored_draft(f"r{n}", fingerprint=version, edits=edits and edits + n) for n in range(15)]
        for version, edits in (("p1", 0), ("p2", 30))
    )
    for before, after, verdict in ((old, new, "worse"), (old, old, "no_difference")):
        later = [replace(draft, fingerprint="p2") for draft in after]
        (found,) = compare_versions([*before, *later])
        assert (found.paired, found.verdict) == (True, verdict)


def test_recordings_of_which_other_parts_were_corrected_are_no_pair() -> None:
    old = [scored_draft(f"r{n}", unit=Unit(0, 2, 0.0, 600.0)) for n in range(12)]
    new = [scored_draft(f"r{n}", fingerprint="p2", unit=Unit(1, 2, 600.0, 1200.0)) for n in range(12)]
    (found,) = compare_versions([*old, *new])
    assert not found.paired


def test_recordings_that_were_cut_otherwise_are_pairs_all_the_same() -> None:
    old = [scored_draft(f"r{n}", unit=Unit(0, 1, 0.0, 1200.0)) for n in range(12)]
    new = [
        scored_draft(f"r{n}", fingerprint="p2", unit=Unit(half, 2, 600.0 * half, 600.0 * half + 600.2))
        for n in range(12)
        for half in (0, 1)
    ]
    (found,) = compare_versions([*old, *new])
    assert (found.paired, found.recordings_before, found.recordings_after) == (True, 12, 12)


def test_more_of_a_harder_source_is_no_worse_version() -> None:
    (found,) = compared(shifted(60)(1.0, 0.35, np.random.default_rng(11)))
    assert (found.by_source, found.verdict) == (True, "no_difference")
    assert [(one.source, one.compared) for one in found.sources] == [("street", True), ("studio", True)]
    pooled = [version.figures.cer for version in (found.before, found.after) if version]
    assert pooled[1] > 1.2 * pooled[0]  # type: ignore[operator]


def test_recordings_of_a_source_that_one_version_never_saw_are_left_out_and_counted() -> None:
    drafts = [*many(20), *many(20, "p2"), *many(5, "p2", edits=900, source="street")]
    drafts[-5:] = [replace(draft, recording_id=f"street-{n}") for n, draft in enumerate(drafts[-5:])]
    (found,) = compare_versions(drafts)
    assert (found.verdict, found.left_out, found.recordings_after) == ("no_difference", 5, 20)
    assert [(one.source, one.compared) for one in found.sources] == [("street", False), ("studio", True)]


def test_a_source_in_which_nothing_was_said_stops_no_comparison() -> None:
    silent = [
        replace(
            scored_draft(f"{version}-silent-{n}", fingerprint=version, source="street"), figures=Figures(drafts=1)
        )
        for version in ("p1", "p2")
        for n in range(5)
    ]
    (found,) = compare_versions([*many(20), *many(20, "p2", edits=90), *silent])
    assert (found.verdict, found.left_out) == ("worse", 10)


def test_chances_are_corrected_for_all_differences_that_are_looked_at() -> None:
    drafts = [
        draft
        for language in ("ko", "en", "zh")
        for version in ("p1", "p2")
        for draft in many(15, f"{version}-{language}", language=language)
    ]
    found = compare_versions([*drafts, *many(3, "p3", language="ja")])
    differences = [difference for one in found for difference in (one.cer, one.effort) if difference]
    assert len(differences) == 6
    assert [one.adjusted_p for one in differences] == list(holm([one.p for one in differences]))


def test_sources_without_anything_in_common_are_said_to_be() -> None:
    (found,) = compare_versions([*many(20), *many(20, "p2", source="street")])
    assert not found.by_source
    assert found.sentence.endswith("whose sources differ or are too small")


@settings(max_examples=25, deadline=None)
@given(LISTED)
def test_any_drafts_can_be_compared(drafts: list[ScoredDraft]) -> None:
    assert json.dumps([one.to_dict() for one in compare_versions(drafts)], allow_nan=False)


# how often it is right; `python -m benchmarks.trends` looks at more cases and more batches


def told(batches: Sequence[Batch]) -> set[str]:
    return {one.verdict for one in compared(batches)}


def test_equal_versions_are_rarely_told_apart() -> None:
    alarms = sum(told(others(30, 12)(1.0, 0.5, np.random.default_rng(n))) != {"no_difference"} for n in range(100))
    assert alarms <= 10  # of 100, five are expected; more than ten happen once in a hundred times


def test_four_languages_at_once_do_not_raise_four_times_as_many_false_alarms() -> None:
    alarms = sum(
        told(four_languages(15)(1.0, 0.4, np.random.default_rng(n))) != {"no_difference"} for n in range(40)
    )
    assert alarms <= 6


def test_a_fifth_more_errors_in_sixty_recordings_are_usually_found() -> None:
    chances = [np.random.default_rng(n) for n in range(20)]
    assert sum(told(others(60, 60)(1.2, 0.3, chance)) == {"worse"} for chance in chances) >= 13
    assert sum(told(same(60)(1.2, 0.6, chance)) == {"worse"} for chance in chances) >= 18


def test_rates_of_recordings_are_pooled_by_the_simulation_too() -> None:
    chance = np.random.default_rng(0)
    batch = drafts_of("p1", rates_of_recordings(300, 0.35, chance), chance, units=np.ones(300, dtype=int))
    assert added(draft.figures for draft in batch.drafts).cer == pytest.approx(0.05, rel=0.1)
