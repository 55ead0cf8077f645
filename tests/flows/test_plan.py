"""Fingerprints change when a result could, and only then."""

import pytest

from core.project import Guideline, Project
from core.settings import LoudnessSettings, PipelineSettings, UnitSettings
from flows.plan import Choices, make_plan

REVISIONS = {"separate": {"htdemucs": "a1/float32"}, "transcribe": {"whisper": "b2/float16"}}


def fingerprints(choices: Choices, revisions: dict[str, dict[str, str]] | None = None) -> dict[str, str]:
    plan = make_plan(choices, REVISIONS if revisions is None else revisions)
    return {stage.name: stage.fingerprint for stage in plan.stages}


def changed(choices: Choices, revisions: dict[str, dict[str, str]] | None = None) -> set[str]:
    before, after = fingerprints(Choices()), fingerprints(choices, revisions)
    return {name for name in before if before[name] != after[name]}


AFTER_LOUDNESS = {"loudness", "diarize", "transcribe", "attribute", "sentences", "checks", "units", "draft"}
AFTER_WORDS = {"transcribe", "attribute", "sentences", "checks", "units", "draft"}


def test_the_same_choices_give_the_same_fingerprints() -> None:
    assert changed(Choices()) == set()


def test_a_setting_changes_its_stage_and_all_that_follow() -> None:
    loud = PipelineSettings(loudness=LoudnessSettings(target_lufs=-16))
    assert changed(Choices(pipeline=loud)) == AFTER_LOUDNESS


def test_a_speaker_hint_changes_diarization_and_what_follows_but_not_the_words() -> None:
    assert changed(Choices(speakers=2)) == AFTER_WORDS - {"transcribe"} | {"diarize"}


def test_a_language_hint_changes_the_words_but_not_the_turns() -> None:
    assert changed(Choices(language="ko")) == AFTER_WORDS


def test_another_revision_or_precision_of_a_model_changes_its_stage() -> None:
    assert changed(Choices(), REVISIONS | {"transcribe": {"whisper": "b2/int8"}}) == AFTER_WORDS
    everything = {"separate", *AFTER_LOUDNESS}
    assert changed(Choices(), REVISIONS | {"separate": {"htdemucs": "c3/float32"}}) == everything


@pytest.mark.parametrize("project", [Project(glossary=("판교",)), Project(languages=("ko",))])
def test_what_the_recogniser_hears_of_a_project_changes_the_words(project: Project) -> None:
    assert changed(Choices(project=project)) == AFTER_WORDS


def test_how_sentences_are_to_be_written_changes_no_word() -> None:
    project = Project(guideline=Guideline(script="simplified"))
    assert changed(Choices(project=project)) == {"sentences", "checks", "units", "draft"}


def test_other_bounds_of_work_units_change_units_and_drafts_only() -> None:
    short = PipelineSettings(units=UnitSettings(longest_minutes=10))
    assert changed(Choices(pipeline=short)) == {"units", "draft"}


@pytest.mark.parametrize("topic", ["numerals", "fillers", "spacing"])
def test_what_only_people_are_told_redoes_nothing(topic: str) -> None:
    project = Project(guideline=Guideline.model_validate({topic: "as in the last batch"}))
    assert changed(Choices(project=project)) == set()


def test_another_rate_card_redoes_nothing() -> None:
    project = Project.model_validate({"rates": [{"from": "2026-01-01", "krw_per_minute": {"ko": 600}}]})
    assert changed(Choices(project=project)) == set()


def test_a_projects_name_alone_changes_nothing() -> None:
    assert changed(Choices(project=Project(name="talks"))) == set()


def test_choices_survive_the_way_to_a_worker() -> None:
    rates = [{"from": "2026-01-01", "krw_per_minute": {"ja": "1500.50"}}]
    project = Project.model_validate({"name": "talks", "glossary": ["東京"], "rates": rates})
    choices = Choices(language="ja", speakers=3, project=project)
    assert Choices.model_validate(choices.model_dump(mode="json")) == choices
    assert Choices.model_validate_json(choices.model_dump_json()) == choices
