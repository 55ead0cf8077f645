"""A draft as a Label Studio task, and regions as sentences again."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project import Guideline, Project
from core.types import CorrectedSentence, Correction, Draft, Unit
from export.corrections import SCHEMA, correction_json, read_correction
from export.label_studio.tasks import (
    HOW_TO,
    SPEAKERS,
    UNCERTAIN,
    Seen,
    annotations_of,
    instruction,
    label_config,
    labels_needed,
    labels_of,
    lead_seconds,
    problems_of,
    remarks,
    sentences_of,
    task_of,
    with_labels,
)
from export.reviews import Comment, Review
from tests.export.conftest import SAID, build_draft, build_sentence

LABELS = (*SPEAKERS, UNCERTAIN)


def results_of(draft: Draft) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = copy.deepcopy(task_of(draft, "a.m4a")["predictions"][0]["result"])
    return results


def region(name: str, start: float, end: float, text: str = "new", label: str = "S1") -> list[dict[str, Any]]:
    span = {"start": start, "end": end, "channel": 0}
    return [
        {"id": name, "from_name": "speaker", "type": "labels", "value": span | {"labels": [label]}},
        {"id": name, "from_name": "transcription", "type": "textarea", "value": span | {"text": [text]}},
    ]


def moved(results: list[dict[str, Any]], name: str, start: float, end: float) -> list[dict[str, Any]]:
    for result in results:
        if result["id"] == name:
            result["value"] |= {"start": start, "end": end}
    return results


def without(results: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [result for result in results if result["id"] != name]


def drafted(*spans: tuple[float, float], unit: tuple[float, float] = (0.0, 10.0)) -> Draft:
    """A draft with one sentence for each span, `unit` being cut out of its recording."""
    draft = build_draft(
        [build_sentence(f"sentence {n}", start, end) for n, (start, end) in enumerate(spans)],
        seconds=unit[1] + 10.0,
    )
    return replace(draft, unit=Unit(1 if unit[0] else 0, 3, *unit))


def origins(draft: Draft, results: list[dict[str, Any]]) -> dict[str | None, tuple[str, ...] | None]:
    return {one.id: one.from_ids for one in sentences_of(results, draft)[0]}


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Drafts of any unit of a recording, their sentences anywhere in it, one over the other, or over its end."""
    begins = draw(st.floats(0.0, 3600.0))
    lasts = draw(st.floats(5.0, 900.0))
    starts = sorted(draw(st.lists(st.floats(0.0, lasts - 1.0), max_size=8)))
    sentences = [
        build_sentence(
            draw(st.sampled_from(list(SAID.values()))) + draw(st.sampled_from(["", " <b>&\"'", "𠮟", " %20"])),
            begins + start,
            begins + start + draw(st.floats(0.1, 15.0)),
            speaker=draw(st.sampled_from(["S1", "S2", None])),
        )
        for start in starts
    ]
    language = draw(st.sampled_from(list(SAID)))
    draft = build_draft(sentences, seconds=begins + lasts + 20.0, language=language)
    return replace(draft, unit=Unit(0, 1, begins, begins + lasts))


@given(drafts())
def test_an_untouched_prediction_gives_the_sentences_of_the_draft(draft: Draft) -> None:
    task = task_of(draft, "a.m4a")

    found, flags = sentences_of(task["predictions"][0]["result"], draft)

    def as_in_the_document(seconds: float) -> float:
        return round(seconds, 3)

    assert sorted(found, key=lambda one: one.id or "") == [
        CorrectedSentence(
            start=as_in_the_document(sentence.start),
            end=as_in_the_document(sentence.end),
            speaker=sentence.speaker,
            text=sentence.text,
            id=sentence.id,
            from_ids=(sentence.id,),
        )
        for sentence in draft.sentences
    ]
    assert flags == ()
    assert problems_of(task, LABELS, draft.unit.end - draft.unit.start) == ()


@given(
    drafts(),
    st.lists(
        st.tuples(
            st.sampled_from(["0001", "0002", "x", "y"]),
            st.floats(-1.0, 900.0),
            st.floats(-1.0, 900.0),
            st.text(max_size=5),
            st.sampled_from(["S1", "?", "S7"]),
        ),
        max_size=8,
    ),
)
def test_whatever_people_draw_becomes_sentences_in_order_that_keep_their_text(draft: Draft, drawn: Any) -> None:
    results = [result for name, *rest in drawn for result in region(name, *rest)]

    found, _ = sentences_of(results, draft)

    known = {sentence.id for sentence in draft.sentences}
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert all(one.start < one.end and one.text.strip() for one in found)
    assert len({one.id for one in found}) == len(found)
    assert all(set(one.from_ids or ()) <= known for one in found)


@pytest.mark.parametrize("language", SAID)
def test_what_comes_back_is_a_correction_that_the_queue_takes(language: str) -> None:
    draft = build_draft([build_sentence(SAID[language], 0.5, 4.0)], language=language)
    results = results_of(draft)
    results[1]["value"]["text"] = [SAID[language] + "!"]

    sentences, _ = sentences_of(results, draft)

    correction = Correction(SCHEMA, draft.draft_id, 1, "a@b.c", 3.0, sentences)
    assert read_correction(correction_json(correction).encode(), draft) == correction
    assert [one.text for one in sentences] == [SAID[language] + "!"]


def test_times_in_the_task_count_from_the_start_of_the_unit() -> None:
    draft = drafted((610.25, 612.0), unit=(600.0, 1200.0))

    first = results_of(draft)[0]

    assert (first["value"]["start"], first["value"]["end"], first["original_length"]) == (10.25, 12.0, 600.0)


def test_a_worker_sees_the_name_of_a_recording_but_neither_its_folder_nor_its_signature() -> None:
    draft = drafted((0.0, 1.0))
    recording = replace(draft.recording, uri="https://media.example/secret/talk.mp4?X-Amz-Signature=abc")

    assert task_of(replace(draft, recording=recording), "a.m4a")["data"]["recording"] == "talk.mp4"


def test_a_moved_region_moves_in_the_recording_and_a_still_border_stays_as_drafted() -> None:
    draft = drafted((610.25, 612.0), unit=(600.0, 1200.0))

    found, _ = sentences_of(moved(results_of(draft), "0001", 10.2504, 12.5), draft)

    assert [(one.start, one.end) for one in found] == [(610.25, 612.5)]


def test_a_sentence_over_the_end_of_its_clip_is_cut_there_and_whole_again_when_it_comes_back() -> None:
    draft = drafted((1198.0, 1203.0), unit=(600.0, 1200.0))

    assert results_of(draft)[0]["value"]["end"] == 600.0
    assert [one.end for one in sentences_of(results_of(draft), draft)[0]] == [1203.0]


def test_a_deleted_region_is_a_deleted_sentence() -> None:
    draft = drafted((0.0, 2.0), (3.0, 5.0))

    assert origins(draft, without(results_of(draft), "0001")) == {"0002": ("0002",)}


def test_an_added_region_comes_from_nothing_even_over_another_speaker() -> None:
    draft = drafted((0.0, 4.0))

    found = origins(draft, results_of(draft) + region("aB3_x", 1.0, 3.0, label="S2") + region("late", 7.0, 8.0))

    assert found == {"0001": ("0001",), "aB3_x": (), "late": ()}


def test_a_split_sentence_is_where_both_parts_come_from() -> None:
    draft = drafted((0.0, 4.0), (5.0, 6.0))

    found = origins(draft, moved(results_of(draft), "0001", 0.0, 2.0) + region("second", 2.0, 4.0))

    assert found == {"0001": ("0001",), "second": ("0001",), "0002": ("0002",)}


def test_a_sentence_that_another_region_took_over_was_merged_into_it() -> None:
    draft = drafted((0.0, 2.0), (2.0, 4.0), (4.0, 6.0))

    found = origins(draft, moved(without(results_of(draft), "0002"), "0001", 0.0, 4.0))

    assert found == {"0001": ("0001", "0002"), "0003": ("0003",)}


def test_a_deleted_sentence_over_which_another_lay_all_along_was_not_merged() -> None:
    draft = drafted((0.0, 4.0), (1.0, 3.0))

    assert origins(draft, without(results_of(draft), "0002")) == {"0001": ("0001",)}


def test_a_border_that_moved_between_neighbours_merges_nothing() -> None:
    draft = drafted((0.0, 2.0), (2.0, 4.0))

    found = origins(draft, moved(moved(results_of(draft), "0001", 0.0, 2.5), "0002", 2.5, 4.0))

    assert found == {"0001": ("0001",), "0002": ("0002",)}


def test_a_region_drawn_anew_comes_from_the_one_it_replaces() -> None:
    draft = drafted((0.0, 2.0))

    assert origins(draft, region("other", 0.1, 1.9)) == {"other": ("0001",)}


def test_a_changed_label_is_a_changed_speaker_and_the_uncertain_one_is_nobody() -> None:
    draft = drafted((0.0, 2.0), (3.0, 5.0))
    results = results_of(draft)
    results[0]["value"]["labels"] = ["S2"]
    results[2]["value"]["labels"] = [UNCERTAIN]

    assert [one.speaker for one in sentences_of(results, draft)[0]] == ["S2", None]


def test_what_is_odd_about_a_region_is_flagged_and_the_others_stay() -> None:
    draft = drafted((0.0, 2.0), (3.0, 5.0))
    results = results_of(draft)
    results[2]["value"]["labels"] = ["S2", "S1"]
    results[3]["value"]["text"] = ["one", "", "two"]
    odd = [
        *region("empty", 6.0, 7.0, text="  "),
        region("unlabelled", 7.0, 8.0)[1],
        *region("backwards", 9.0, 8.5),
        {"id": "choice", "from_name": "quality", "type": "choices", "value": {"choices": ["bad"]}},
    ]

    found, flags = sentences_of(results + odd, draft)

    assert [(one.id, one.speaker, one.text) for one in found] == [
        ("0001", "S1", "sentence 0"),
        ("0002", "S2", "one two"),
        ("unlabelled", None, "new"),
    ]
    assert flags == (
        "region_without_text",
        "region_without_label",
        "several_labels",
        "several_texts",
        "unreadable_region",
    )


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        {"id": "a"},
        {"id": "a", "value": "text"},
        {"id": "a", "value": {"start": "0", "end": True}},
        {"id": "a", "value": {"start": float("nan"), "end": float("inf")}},
        {"id": ["a"], "from_name": "speaker", "value": {"start": 6.0, "end": 7.0, "labels": 5}},
        {"id": "a", "from_name": "transcription", "value": {"start": 6.0, "end": 7.0, "text": {"a": 1}}},
    ],
)
def test_a_result_that_no_page_sends_stops_nothing(result: Any) -> None:
    draft = drafted((0.0, 2.0))

    found, _ = sentences_of([result, *results_of(draft)], draft)

    assert [one.id for one in found] == ["0001"]


def test_half_a_character_in_a_region_s_id_stops_nothing() -> None:
    draft = drafted((0.0, 2.0))

    [_, found], _ = sentences_of([*results_of(draft), *region("\ud83d", 3.0, 4.0)], draft)

    assert (found.id, found.text) == ("\\ud83d", "new")


def test_an_empty_annotation_of_a_draft_that_had_text_is_flagged() -> None:
    assert sentences_of([], drafted((0.0, 2.0))) == ((), ("empty_annotation",))
    assert sentences_of([], drafted()) == ((), ())


def test_a_prediction_that_would_not_fit_the_project_is_found_before_it_is_sent() -> None:
    task = task_of(drafted((0.0, 2.0), (3.0, 5.0)), "a.m4a")
    results = task["predictions"][0]["result"]
    results[0]["value"]["labels"] = ["S99"]
    results[1]["value"]["text"] = [" "]
    results[2]["value"]["end"] = 11.0
    results[3]["from_name"] = "nope"

    problems = problems_of(task, LABELS, 10.0)

    assert len(problems) == 4
    assert ["S99" in problems[0], "no text" in problems[1], "11.0" in problems[2], "control" in problems[3]] == [
        True
    ] * 4


def test_speakers_are_told_apart_by_their_colours() -> None:
    colours = re.findall(r'background="(#[0-9a-f]{6})"', label_config())

    assert len(colours) == len(set(colours)) == len(LABELS)


def test_people_are_told_what_the_customer_wants_and_how_the_page_works() -> None:
    wanted = Guideline(numerals="Digits from 10 on, <never> words.")

    told = instruction(Project(guideline=wanted, glossary=("R&D", "김밥")))

    assert "<b>numerals</b>: Digits from 10 on, &lt;never&gt; words." in told
    assert "<b>names and terms</b>: R&amp;D, 김밥" in told
    assert HOW_TO[0] in told


def test_a_project_is_given_labels_without_losing_what_people_made_of_it() -> None:
    config = label_config().replace("<View>", '<View>\n  <Choices name="quality" toName="audio"/>')
    draft = build_draft(
        [build_sentence("a b", 0.0, 1.0, speaker="S12"), build_sentence("c d", 2.0, 3.0, speaker=None)]
    )

    wider = with_labels(config, ["S12"])

    assert labels_needed(draft) == ("S12", UNCERTAIN)
    assert '<Label value="S12"/>' in wider
    assert wider.replace('<Label value="S12"/>', "").split() == config.split()


def test_a_project_without_our_controls_is_known_as_foreign() -> None:
    ours: dict[str, Any] = {
        "speaker": {"type": "Labels", "to_name": ["audio"], "labels": ["S1", "?"]},
        "transcription": {"type": "TextArea", "to_name": ["audio"]},
    }

    assert labels_of(ours) == ("S1", "?")
    assert labels_of({"speaker": ours["speaker"]}) is None
    assert labels_of(ours | {"transcription": {"type": "Choices", "to_name": ["audio"]}}) is None


def test_annotations_are_in_the_order_in_which_they_were_changed_whatever_way_times_are_written() -> None:
    def one(number: int, changed: str, **more: Any) -> dict[str, Any]:
        return {"id": number, "updated_at": changed, "created_at": changed, "result": [], **more}

    task = {
        "annotations": [
            one(1, "2026-11-25T10:00:00.5Z", completed_by={"id": 7}, was_cancelled=True),
            one(2, "2026-11-25T10:00:00Z", completed_by=3, updated_by=[{"user_id": 5}], lead_time=None),
            one(3, "2026-11-25T10:00:00.1Z", completed_by=3, lead_time=float("nan")),
        ]
    }

    found = annotations_of(task)

    assert [(one.id, one.worker, one.cancelled, one.lead_time) for one in found] == [
        (2, 5, False, 0.0),
        (3, 3, False, 0.0),
        (1, 7, True, 0.0),
    ]


@pytest.mark.parametrize(
    ("seen", "seconds", "replaced"),
    [
        ([(42.5, False)], 42.5, False),
        ([(42.5, False), (60.0, False)], 60.0, False),
        ([(42.5, True), (60.0, False)], 17.5, False),
        ([(42.5, True), (10.0, False)], 10.0, True),
        ([(42.5, False), (10.0, False)], 52.5, True),
        ([(42.5, False), (10.0, True), (12.0, False)], 2.0, False),
    ],
)
def test_lead_time_counts_what_each_update_added(
    seen: list[tuple[float, bool]], seconds: float, replaced: bool
) -> None:
    assert lead_seconds([Seen(*one) for one in seen]) == (seconds, replaced)


def test_a_review_says_which_sentences_it_means() -> None:
    sentences = tuple(CorrectedSentence(600.0 + n, 601.0 + n, "S1", f"text {n}") for n in range(3))
    correction = Correction(SCHEMA, "d", 2, "a", 1.0, sentences)
    judged = Review("r", 2, "rework", "names please", (Comment(2, "Kim, not Gim"),))

    assert remarks(judged, correction, 540.0) == "Rework · names please · [1:02.0 text 2] Kim, not Gim"
    assert remarks(replace(judged, verdict="accepted"), correction, 540.0) == ""


def test_half_a_character_in_a_text_is_shown_as_what_it_is_and_stops_nothing() -> None:
    draft = drafted((0.0, 2.0))
    results = results_of(draft)
    results[1]["value"]["text"] = ["cut \ud83d"]

    (sentence,), _ = sentences_of(results, draft)

    assert sentence.text == "cut \\ud83d"
