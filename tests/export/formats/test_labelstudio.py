from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings

from core.types import Draft, Sentence
from export.formats.labelstudio import label_of, render, task
from export.label_studio.tasks import label_config
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, second_unit, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


def result_schema(kind: str, control: str, value: str) -> dict[str, Any]:
    seconds = {"type": "number", "minimum": 0}
    texts = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "from_name", "to_name", "type", "original_length", "value"],
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "from_name": {"const": control},
            "to_name": {"const": "audio"},
            "type": {"const": kind},
            "origin": {"const": "prediction"},
            "original_length": {"type": "number", "exclusiveMinimum": 0},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "value": {
                "type": "object",
                "additionalProperties": False,
                "required": ["start", "end", "channel", value],
                "properties": {"start": seconds, "end": seconds, "channel": {"const": 0}, value: texts},
            },
        },
    }


TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["data", "predictions"],
        "properties": {
            "data": {
                "type": "object",
                "required": ["audio", "draft_id"],
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "predictions": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["model_version", "result"],
                    "properties": {
                        "model_version": {"type": "string", "minLength": 1},
                        "score": {"type": "number", "minimum": 0, "maximum": 1},
                        "result": {
                            "type": "array",
                            "items": {
                                "oneOf": [
                                    result_schema("labels", "speaker", "labels"),
                                    result_schema("textarea", "transcription", "text"),
                                ]
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What Label Studio 1.23 took and gave back, as JSON Schema."""


def check(made: Draft) -> None:
    """The prediction follows the schema and the labelling interface made for its speakers."""
    tasks = json.loads(render(made))
    jsonschema.validate(tasks, TASKS)
    config = ElementTree.fromstring(label_config(sorted({label_of(sentence) for sentence in made.sentences})))
    controls = {tag.attrib["name"]: tag for tag in config if "toName" in tag.attrib}
    labels = {tag.attrib["value"] for tag in config.iter("Label")}
    for result in tasks[0]["predictions"][0]["result"]:
        control = controls[result["from_name"]]
        assert (control.tag.lower(), control.attrib["toName"]) == (result["type"], result["to_name"])
        assert set(result["value"].get("labels", ())) <= labels
        assert result["value"]["start"] < result["value"]["end"] <= result["original_length"]


def test_a_sentence_is_a_region_of_two_results_that_share_its_id(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hello there.", 1.0, 2.5)])

    region = {
        "id": "0001",
        "to_name": "audio",
        "origin": "prediction",
        "original_length": 10.0,
        "score": 0.9,
    }
    span = {"start": 1.0, "end": 2.5, "channel": 0}
    assert task(made, "https://example.com/a.m4a") == {
        "data": {
            "audio": "https://example.com/a.m4a",
            "draft_id": made.draft_id,
            "external_id": "talk.mp4",
            "language": "en",
        },
        "predictions": [
            {
                "model_version": "fast 0123456789abcdef",
                "score": 0.9,
                "result": [
                    region | {"from_name": "speaker", "type": "labels", "value": span | {"labels": ["S1"]}},
                    region
                    | {
                        "from_name": "transcription",
                        "type": "textarea",
                        "value": span | {"text": ["Hello there."]},
                    },
                ],
            }
        ],
    }


def test_an_uncertain_speaker_has_a_label_and_comes_back_as_null(draft: Make, sentence: Say) -> None:
    made = draft([sentence("uh", 1.0, 2.0, speaker=None)])

    assert json.loads(render(made))[0]["predictions"][0]["result"][0]["value"]["labels"] == ["?"]
    assert [row.speaker for row in read_back("labelstudio", made)] == [None]


def test_times_count_from_the_start_of_the_unit(draft: Make, sentence: Say) -> None:
    made = second_unit(draft([sentence("late", 601.0, 602.5)], seconds=1200.0), 600.0)

    (row,) = read_back("labelstudio", made)

    assert (row.start, row.end) == (1.0, 2.5)
    assert json.loads(render(made))[0]["predictions"][0]["result"][0]["original_length"] == 600.0


def test_a_null_character_which_postgresql_refuses_shows_that_it_was_there(draft: Make, sentence: Say) -> None:
    assert [row.text for row in read_back("labelstudio", draft([sentence("a\x00b\nc", 0.0, 1.0)]))] == [
        "a\ufffdb\nc"
    ]


def test_a_draft_without_speech_is_a_task_without_results_or_score(draft: Make) -> None:
    made = draft(flags=["no_speech"])

    check(made)
    assert json.loads(render(made))[0]["predictions"] == [{"model_version": "fast 0123456789abcdef", "result": []}]


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_markup_and_scripts_come_back_the_same(texts: tuple[str, ...]) -> None:
    check(talk(texts))
    assert read_back("labelstudio", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_any_draft_follows_schema_and_interface_and_reads_the_same(made: Draft) -> None:
    check(made)
    assert read_back("labelstudio", made) == told(made)
