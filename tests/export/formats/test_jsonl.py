from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Draft, Sentence
from export.drafts import to_json
from export.formats.jsonl import render
from tests.drafts import drafts, read_back, second_unit, told
from tests.export.conftest import build_draft, build_sentence

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


def test_a_line_is_the_sentence_of_the_document_with_its_origin(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hello there.", 0.5, 1.25), sentence("Yes?", 2, 3, speaker=None)])
    document = json.loads(to_json(made))

    first, second = (json.loads(line) for line in render(made).splitlines())

    origin = {name: document[name] for name in ("draft_id", "project", "external_id", "recording", "unit")}
    assert first == origin | document["sentences"][0]
    assert second == origin | document["sentences"][1]


def test_times_count_from_the_start_of_the_recording_as_in_the_document(draft: Make, sentence: Say) -> None:
    made = second_unit(draft([sentence("late", 601.0, 602.5)], seconds=1200.0), 600.0)

    line = json.loads(render(made))

    assert (line["start"], line["end"], line["unit"]["start"]) == (601.0, 602.5, 600.0)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_line_whatever_splits_the_lines(text: str) -> None:
    made = build_draft([build_sentence(text, 0.0, 1.0)])

    (line,) = render(made).splitlines()

    assert json.loads(line)["text"] == text


def test_a_draft_without_speech_has_no_lines(draft: Make) -> None:
    assert render(draft(flags=["no_speech"])) == ""


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_any_draft_reads_the_same(made: Draft) -> None:
    assert [(row.speaker, row.text) for row in read_back("jsonl", made)] == [
        (row.speaker, row.text) for row in told(made)
    ]
