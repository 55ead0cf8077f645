"""The fixed lists of the development and the test part."""

from __future__ import annotations

import hashlib
from collections import Counter

from benchmarks.synthetic.plans import CONDITIONS, DEV_PLAN, PAIRS, RECORDINGS, SWITCHED, TEST_PLAN
from core.types import LANGUAGES


def test_the_test_part_is_the_list_that_reports_speak_of() -> None:
    said = "\n".join(repr(plan) for plan in TEST_PLAN)

    assert hashlib.sha256(said.encode()).hexdigest()[:16] == "834474eca0a1bea5"


def test_every_language_and_condition_is_heard_equally_often() -> None:
    alone = Counter((plan.languages, str(plan.condition)) for plan in TEST_PLAN if plan.speakers == 1)

    assert alone == {
        **{((language,), str(condition)): RECORDINGS for language in LANGUAGES for condition in CONDITIONS},
        **{(pair, "clean"): SWITCHED for pair in PAIRS},
    }


def test_every_language_and_number_of_speakers_is_heard_without_and_with_background() -> None:
    talked = Counter(
        (plan.languages, plan.speakers, str(plan.condition)) for plan in TEST_PLAN if plan.speakers > 1
    )

    assert talked == {
        ((language,), speakers, condition): 1
        for language in LANGUAGES
        for speakers in (2, 3, 4)
        for condition in ("clean", "music:10", "noise:10")
    }


def test_both_parts_have_the_same_shape_and_every_recording_a_name_of_its_own() -> None:
    dev, test = (
        [(plan.languages, plan.speakers, plan.condition, plan.seconds) for plan in part]
        for part in (DEV_PLAN, TEST_PLAN)
    )
    assert dev == test
    assert len({plan.name for plan in (*DEV_PLAN, *TEST_PLAN)}) == len(DEV_PLAN) + len(TEST_PLAN)
    assert {plan.part for plan in TEST_PLAN} == {"test"}
