from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from pympi.Elan import Eaf

from core.types import Draft, Recording, Sentence, Unit
from export.formats.eaf import media_name, render
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, second_unit, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]
Take = Callable[..., Recording]

ORDER = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LANGUAGE", "CONSTRAINT"]
"""The sequence that EAFv3.0.xsd demands of a document's children, as far as we write them."""


def check(text: str) -> ElementTree.Element:
    """The document, after the rules of EAFv3.0.xsd and of ELAN that concern what we write."""
    root = ElementTree.fromstring(text)
    tags = [child.tag for child in root]
    assert tags == sorted(tags, key=ORDER.index)
    assert {"AUTHOR", "DATE", "VERSION"} <= root.attrib.keys()
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    annotations = list(root.iter("ALIGNABLE_ANNOTATION"))
    ids = [*slots, *(one.attrib["ANNOTATION_ID"] for one in annotations)]
    ids += [one.attrib["LANG_ID"] for one in root.iter("LANGUAGE")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one) for one in ids)
    edges = [one.attrib[edge] for one in annotations for edge in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")]
    assert sorted(edges) == sorted(slots)
    languages = {one.attrib["LANG_ID"] for one in root.iter("LANGUAGE")}
    assert languages == {one.attrib["LANG_REF"] for one in root.iter() if "LANG_REF" in one.attrib}
    types = {one.attrib["LINGUISTIC_TYPE_ID"] for one in root.iter("LINGUISTIC_TYPE")}
    tiers = {one.attrib["TIER_ID"]: one for one in root.iter("TIER")}
    assert len(tiers) == len(list(root.iter("TIER")))
    for tier in tiers.values():
        assert tier.attrib["LINGUISTIC_TYPE_REF"] in types
        spans = _spans(tier, slots)
        assert all(start < end for start, end in spans)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))
        if "PARENT_REF" in tier.attrib:
            parents = _spans(tiers[tier.attrib["PARENT_REF"]], slots)
            assert all(any(a <= start and end <= b for a, b in parents) for start, end in spans)
    return root


def _spans(tier: ElementTree.Element, slots: dict[str, int]) -> list[tuple[int, int]]:
    return [
        (slots[one.attrib["TIME_SLOT_REF1"]], slots[one.attrib["TIME_SLOT_REF2"]])
        for one in tier.iter("ALIGNABLE_ANNOTATION")
    ]


def test_words_hang_under_their_sentences(draft: Make, sentence: Say, tmp_path: Path) -> None:
    path = tmp_path / "talk.eaf"
    path.write_text(render(draft([sentence("one two", 1.0, 2.0)])), encoding="utf-8")

    file = Eaf(str(path))

    assert file.get_annotation_data_for_tier("S1") == [(1000, 2000, "one two")]
    assert file.get_annotation_data_for_tier("S1 words") == [(1000, 1500, "one"), (1500, 2000, "two")]
    assert file.get_parameters_for_tier("S1 words")["PARENT_REF"] == "S1"
    assert file.get_parameters_for_linguistic_type("word")["CONSTRAINTS"] == "Included_In"


def test_a_tier_has_its_language_and_one_of_several_has_them_on_its_annotations(draft: Make, sentence: Say) -> None:
    made = draft(
        [
            sentence("네", 0, 1, speaker="S1", language="ko"),
            sentence("yes", 1, 2, speaker="S2", language="en"),
            sentence("はい", 2, 3, speaker="S2", language="ja"),
        ]
    )

    root = check(render(made))

    first, second = (one for one in root.iter("TIER") if one.attrib["LINGUISTIC_TYPE_REF"] == "sentence")
    assert first.attrib["LANG_REF"] == "kor"
    assert "LANG_REF" not in second.attrib
    assert [one.attrib["LANG_REF"] for one in second.iter("ALIGNABLE_ANNOTATION")] == ["eng", "jpn"]


def test_the_document_names_its_draft(draft: Make, sentence: Say) -> None:
    made = draft([sentence("x", 0, 1)])

    properties = {one.attrib["NAME"]: one.text for one in check(render(made)).iter("PROPERTY")}

    assert properties == {"draft_id": made.draft_id, "lastUsedAnnotationId": "2"}


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("talks/my talk & more.mp4", "my talk & more.mp4"),
        ("/srv/secret/talk.mp4", "talk.mp4"),
        ("C:\\Users\\kim\\talk.wav", "talk.wav"),
        ("s3://bucket/a/talk.mkv", "talk.mkv"),
        ("https://example.com/talk.mp4?signature=secret", "talk.mp4"),
    ],
)
def test_the_medium_is_the_recordings_name_and_never_where_it_lies(
    draft: Make, recording: Take, uri: str, name: str
) -> None:
    (medium,) = check(render(draft(recording=recording(uri)))).iter("MEDIA_DESCRIPTOR")

    assert (medium.attrib["MEDIA_URL"], medium.attrib["RELATIVE_MEDIA_URL"]) == (name, f"./{name}")


def test_the_medium_of_a_part_is_its_clip_or_the_times_would_be_wrong(draft: Make) -> None:
    whole = draft()
    part = replace(whole, unit=Unit(0, 2, 0.0, 5.0))

    assert media_name(whole) == "talk.mp4"
    assert media_name(part) == f"{part.draft_id}.m4a"


def test_times_count_from_the_start_of_the_unit(draft: Make, sentence: Say) -> None:
    (row,) = read_back("eaf", second_unit(draft([sentence("late", 601.0, 602.5)], seconds=1200.0), 600.0))

    assert (row.start, row.end) == (1.0, 2.5)


def test_a_draft_without_speech_has_no_tiers(draft: Make) -> None:
    root = check(render(draft(flags=["no_speech"])))

    assert list(root.iter("TIER")) == []
    assert read_back("eaf", draft(flags=["no_speech"])) == []


def test_line_breaks_stay_and_what_xml_forbids_shows_that_it_was_there(draft: Make, sentence: Say) -> None:
    texts = ["one\r\ntwo\rthree\n\tfour", "a\x00b\x0bc\ufffed"]
    made = draft([sentence(text, n, n + 1) for n, text in enumerate(texts)])

    assert [row.text for row in read_back("eaf", made)] == [texts[0], "a\ufffdb\ufffdc\ufffdd"]


def test_speakers_and_names_may_hold_what_xml_reads_as_markup(draft: Make, sentence: Say) -> None:
    made = draft([sentence("x", 0, 1, speaker='"Ann" & <Bo>')])

    assert [row.speaker for row in read_back("eaf", made)] == ['"Ann" & <Bo>']


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_pympi_reads_the_same_sentences(texts: tuple[str, ...]) -> None:
    assert read_back("eaf", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_any_draft_follows_the_rules_and_reads_the_same(made: Draft) -> None:
    check(render(made))
    assert read_back("eaf", made) == told(made)
