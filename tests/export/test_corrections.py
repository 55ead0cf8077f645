from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadDocument
from core.types import CorrectedSentence, Correction, Draft, Sentence
from export.corrections import (
    BEYOND_UNIT_SECONDS,
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TEXTS,
    MOST_REVISIONS,
    MOST_SENTENCES,
    SCHEMA,
    correction_json,
    correction_sha256,
    parse_correction,
    read_correction,
)

DRAFT_ID = "d" * 32


@pytest.fixture
def corrected(draft: Callable[..., Draft], sentence: Callable[..., Sentence]) -> Draft:
    """A draft of ten seconds and two sentences, 0001 and 0002."""
    said = (sentence("hello there", 0.5, 2.0, id="0001"), sentence("good bye", 2.5, 4.0, id="0002"))
    return replace(draft(said), draft_id=DRAFT_ID)


def document(**changes: Any) -> dict[str, Any]:
    """A correction that holds; a change to `...` leaves the field out."""
    whole = {
        "schema": SCHEMA,
        "draft_id": DRAFT_ID,
        "revision": 1,
        "worker": "w1",
        "lead_time": 12.5,
        "played": [[0.0, 9.5]],
        "sentences": [sentence_of()],
    } | changes
    return {name: value for name, value in whole.items() if value is not ...}


def sentence_of(**changes: Any) -> dict[str, Any]:
    whole = {
        "id": "0001",
        "from": ["0001"],
        "start": 0.5,
        "end": 2.0,
        "speaker": "S1",
        "text": "hello there",
        "seconds": 3.5,
    } | changes
    return {name: value for name, value in whole.items() if value is not ...}


def with_sentence(**changes: Any) -> dict[str, Any]:
    return document(sentences=[sentence_of(**changes)])


def sent(whole: object) -> bytes:
    return json.dumps(whole).encode()


def refused(body: bytes, draft: Draft) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        read_correction(body, draft)
    return caught.value


def test_a_correction_is_read_as_it_was_sent(corrected: Draft) -> None:
    found = read_correction(sent(document()), corrected)

    assert found == Correction(
        SCHEMA,
        DRAFT_ID,
        1,
        "w1",
        12.5,
        (CorrectedSentence(0.5, 2.0, "S1", "hello there", "0001", ("0001",), 3.5),),
        ((0.0, 9.5),),
    )


def test_what_a_tool_need_not_know_may_be_left_out(corrected: Draft) -> None:
    body = sent(document(played=..., sentences=[sentence_of(**{"id": ..., "from": ..., "seconds": ...})]))

    found = read_correction(body, corrected)

    assert found.played is None
    assert (found.sentences[0].id, found.sentences[0].from_ids, found.sentences[0].seconds) == (None, None, None)


def test_an_added_sentence_comes_from_none_and_a_merged_one_from_several(corrected: Draft) -> None:
    sentences = [
        sentence_of(**{"id": "new-1", "from": []}),
        sentence_of(**{"id": "new-2", "from": ["0001", "0002"], "start": 2, "end": 4, "speaker": None}),
    ]

    found = read_correction(sent(document(sentences=sentences)), corrected)

    assert [one.from_ids for one in found.sentences] == [(), ("0001", "0002")]
    assert found.sentences[1].speaker is None


def test_a_sentence_bears_the_marks_that_a_person_set(corrected: Draft) -> None:
    found = read_correction(sent(with_sentence(marks=["foreign", "overlap"])), corrected)

    assert found.sentences[0].marks == ("foreign", "overlap")
    assert json.loads(correction_json(found))["sentences"][0]["marks"] == ["foreign", "overlap"]


def test_an_inaudible_sentence_may_have_no_text(corrected: Draft) -> None:
    found = read_correction(sent(with_sentence(text="", marks=["inaudible"])), corrected)

    assert (found.sentences[0].text, found.sentences[0].marks) == ("", ("inaudible",))


@pytest.mark.parametrize("marks", [..., []])
def test_a_document_without_marks_is_written_as_before_there_were_marks(corrected: Draft, marks: Any) -> None:
    """Submissions that came before are known by this hash."""
    written = correction_json(read_correction(sent(with_sentence(marks=marks)), corrected))

    assert json.loads(written)["sentences"][0].keys() == sentence_of().keys()
    assert correction_sha256(written) == "44c8b08d0c9b50a0c8b731d1220e0bac766b5690b8f04ee9a585feb61e30813f"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"\xff{}", "it is not UTF-8, at byte 0"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"[]", "it is not an object"),
        (b'{"revision": 1, "revision": 2}', "it is not JSON: the field 'revision' is there more than once"),
    ],
)
def test_what_is_no_document_is_said_in_plain_words(corrected: Draft, document: bytes, said: str) -> None:
    with pytest.raises(BadDocument) as caught:
        read_correction(document, corrected)

    assert caught.value.problems == (("", said),)


def test_a_field_that_would_be_lost_is_an_error_at_its_place(corrected: Draft) -> None:
    body = sent(document(mood="good", sentences=[sentence_of(form=["0001"])]))

    with pytest.raises(BadDocument) as caught:
        read_correction(body, corrected)

    assert set(caught.value.problems) == {
        ("/mood", "a correction has no such field"),
        ("/sentences/0/form", "a correction has no such field"),
    }


def test_a_correction_without_sentences_says_that_nothing_is_spoken(corrected: Draft) -> None:
    assert read_correction(sent(document(sentences=[])), corrected).sentences == ()


KEPT = {
    "composed and decomposed": "é e\u0301 한글 " + unicodedata.normalize("NFD", "한글"),
    "right to left": "שלום עולם مرحبا",
    "marks and isolates": "\u200fabc\u2067def\u2069\u200d",
    "half width and full width": "ｶﾞ ガ Ａ A",
    "markup": "<b>&amp;]]> --> {\\an8} \"quotes\" 'quotes' \\ /",
    "lines and tabs": "one\ntwo\r\n\tthree",
    "beyond the basic plane": "👩\u200d👩\u200d👧 𠮷野家",
    "spaces around": "  both  ",
    "a replacement and no character": "\ufffd\uffff",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_text_is_kept_letter_for_letter(corrected: Draft, text: str) -> None:
    found = read_correction(sent(with_sentence(text=text)), corrected)

    assert found.sentences[0].text == text
    assert parse_correction(correction_json(found).encode()).sentences[0].text == text


REFUSED_TEXTS = {
    "U+0000": "a\0b",
    "U+0007": "ring\a",
    "U+001B": "\x1b[31mred",
    "U+007F": "del\x7f",
    "U+0085": "next\x85line",
    "U+202E": "user\u202egnp.exe",
    "U+202A": "\u202aabc\u202c",
}


@pytest.mark.parametrize(("named", "text"), REFUSED_TEXTS.items(), ids=REFUSED_TEXTS)
def test_characters_that_no_person_can_have_meant_are_refused_by_name(
    corrected: Draft, named: str, text: str
) -> None:
    found = refused(sent(with_sentence(text=text)), corrected)

    assert found.problems == (("/sentences/0/text", f"it holds the character {named}"),)


NOT_JSON = {
    "nothing": b"",
    "half a document": sent(document())[:-5],
    "not a number": sent(document(lead_time=float("nan"))),
    "infinity": sent(document(lead_time=float("-inf"))),
    "another encoding": json.dumps(document()).encode("utf-16"),
    "bytes that are no UTF-8": sent(document()).replace(b"hello", b"\xff\xfe\xfd"),
    "half a surrogate": sent(document()).replace(b"hello", b"\\ud83d"),
    "half a surrogate in the schema": sent(document(schema="\ud83d")),
    "deep lists": b"[" * 100_000,
    "deep lists inside": sent(document()).replace(b'"w1"', b"[" * 50_000 + b"]" * 50_000),
    "deep objects": b'{"schema":' * 50_000,
    "a number of many digits": sent(document()).replace(b"12.5", b"1" * 10_000),
    "two documents": sent(document()) * 2,
    "a byte order mark": b"\xef\xbb\xbf" + sent(document()),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_refused_in_plain_words(corrected: Draft, body: bytes) -> None:
    found = refused(body, corrected)

    assert found.what == "this correction cannot be taken"
    assert found.why
    assert len(found.why) < 500
    str(found).encode()


@pytest.mark.parametrize(
    "schema", [..., None, 1, [], {}, "", "prelabel.correction/2", "prelabel.draft/1", "x" * 10_000]
)
def test_an_unknown_schema_is_refused_and_named(corrected: Draft, schema: Any) -> None:
    found = refused(sent(document(schema=schema)), corrected)

    assert [pointer for pointer, _ in found.problems] == ["/schema"]
    assert SCHEMA in found.why
    assert len(found.why) < 200


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"prelabel.correction/1"', b"true"])
def test_a_document_is_an_object(corrected: Draft, body: bytes) -> None:
    assert refused(body, corrected).problems == (("", "it is not an object"),)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no draft": (document(draft_id=...), "/draft_id"),
    "another draft": (document(draft_id="e" * 32), "/draft_id"),
    "a path for a draft": (document(draft_id="../../etc/passwd"), "/draft_id"),
    "no revision": (document(revision=...), "/revision"),
    "a true revision": (document(revision=True), "/revision"),
    "a revision in words": (document(revision="1"), "/revision"),
    "half a revision": (document(revision=1.5), "/revision"),
    "revision 0": (document(revision=0), "/revision"),
    "a negative revision": (document(revision=-1), "/revision"),
    "a revision beyond all measure": (document(revision=10**30), "/revision"),
    "the first revision too many": (document(revision=MOST_REVISIONS + 1), "/revision"),
    "no worker": (document(worker=...), "/worker"),
    "a worker without a name": (document(worker=" "), "/worker"),
    "a worker with a long name": (document(worker="w" * (LONGEST_NAME + 1)), "/worker"),
    "a worker on two lines": (document(worker="a\nb"), "/worker"),
    "a worker who is a number": (document(worker=7), "/worker"),
    "no lead time": (document(lead_time=...), "/lead_time"),
    "a negative lead time": (document(lead_time=-1), "/lead_time"),
    "a true lead time": (document(lead_time=True), "/lead_time"),
    "a lead time in words": (document(lead_time="12"), "/lead_time"),
    "a lead time of months": (document(lead_time=1e9), "/lead_time"),
    "no list of sentences": (document(sentences={}), "/sentences"),
    "no sentences at all": (document(sentences=...), "/sentences"),
    "a sentence that is none": (document(sentences=["hello"]), "/sentences/0"),
    "played backwards": (document(played=[[3, 2]]), "/played/0"),
    "played elsewhere": (document(played=[[0, 1], [100, 101]]), "/played/1"),
    "played thrice": (document(played=[[1, 2, 3]]), "/played/0"),
    "no text": (with_sentence(text=...), "/sentences/0/text"),
    "an empty text": (with_sentence(text=" \n\u3000"), "/sentences/0/text"),
    "a text that is null": (with_sentence(text=None), "/sentences/0/text"),
    "a text that is a number": (with_sentence(text=1), "/sentences/0/text"),
    "a long text": (with_sentence(text="가" * (LONGEST_TEXT + 1)), "/sentences/0/text"),
    "no speaker": (with_sentence(speaker=...), "/sentences/0/speaker"),
    "an empty speaker": (with_sentence(speaker=""), "/sentences/0/speaker"),
    "an override in a speaker": (with_sentence(speaker="S1\u202e"), "/sentences/0/speaker"),
    "an empty id": (with_sentence(id=""), "/sentences/0/id"),
    "an unknown source": (with_sentence(**{"from": ["0001", "9999"]}), "/sentences/0/from/1"),
    "the same source twice": (with_sentence(**{"from": ["0001", "0001"]}), "/sentences/0/from/1"),
    "a source that is no list": (with_sentence(**{"from": "0001"}), "/sentences/0/from"),
    "no start": (with_sentence(start=...), "/sentences/0/start"),
    "a true start": (with_sentence(start=False), "/sentences/0/start"),
    "a start in words": (with_sentence(start="0.5"), "/sentences/0/start"),
    "reversed times": (with_sentence(start=2.0, end=0.5), "/sentences/0"),
    "no time at all": (with_sentence(start=1.0, end=1.0), "/sentences/0"),
    "before the recording": (with_sentence(start=-0.1), "/sentences/0"),
    "after the unit": (with_sentence(end=10.0 + BEYOND_UNIT_SECONDS + 0.01), "/sentences/0"),
    "negative seconds": (with_sentence(seconds=-1), "/sentences/0/seconds"),
    "a mark that is none": (with_sentence(marks=["loud"]), "/sentences/0/marks/0"),
    "a mark twice": (with_sentence(marks=["overlap", "foreign", "overlap"]), "/sentences/0/marks/2"),
    "marks that are no list": (with_sentence(marks="overlap"), "/sentences/0/marks"),
    "an empty text that is not inaudible": (with_sentence(text="", marks=["overlap"]), "/sentences/0/text"),
    "a control for an inaudible text": (with_sentence(text="\x1c", marks=["inaudible"]), "/sentences/0/text"),
}


@pytest.mark.parametrize(("whole", "pointer"), WRONG.values(), ids=WRONG)
def test_what_does_not_hold_is_pointed_at(corrected: Draft, whole: dict[str, Any], pointer: str) -> None:
    found = refused(sent(whole), corrected)

    assert [place for place, _ in found.problems] == [pointer]
    assert found.why.startswith(f"{pointer}: ")
    assert "docs/platform.md" in found.fix


def test_a_number_too_large_for_a_float_is_no_time(corrected: Draft) -> None:
    body = sent(with_sentence()).replace(b'"end": 2.0', b'"end": 1e999')

    assert refused(body, corrected).problems == (("/sentences/0", "times are finite numbers of seconds"),)


def test_two_sentences_of_one_id_are_refused(corrected: Draft) -> None:
    found = refused(sent(document(sentences=[sentence_of(), sentence_of()])), corrected)

    assert found.problems == (("/sentences/1/id", "another sentence of this correction has the same id"),)


def test_a_sentence_may_reach_a_little_beyond_the_unit(corrected: Draft) -> None:
    body = sent(with_sentence(start=0, end=10.0 + BEYOND_UNIT_SECONDS))

    assert read_correction(body, corrected).sentences[0].end == 10.5


def test_every_place_that_does_not_hold_is_named_as_far_as_twenty(corrected: Draft) -> None:
    sentences = [sentence_of(id=f"n{number}", start=3, end=1) for number in range(50)]

    found = refused(sent(document(sentences=sentences)), corrected)

    assert [pointer for pointer, _ in found.problems] == [f"/sentences/{number}" for number in range(20)]
    assert "(and 49 more)" in found.why


def test_a_million_characters_are_too_many_in_one_sentence_and_in_all(corrected: Draft) -> None:
    one = refused(sent(with_sentence(text="a" * 1_000_000)), corrected)
    many = [sentence_of(id=f"n{number}", text="a" * LONGEST_TEXT) for number in range(100)]
    assert one.problems == (("/sentences", f"the texts have more than {LONGEST_TEXTS} characters together"),)
    assert refused(sent(document(sentences=many)), corrected).problems == one.problems


def test_the_most_and_longest_that_are_allowed_are_taken(corrected: Draft) -> None:
    longest = [sentence_of(id=f"n{number}", text="a" * LONGEST_TEXT) for number in range(50)]
    most = [sentence_of(id=f"n{number}", text="a") for number in range(MOST_SENTENCES)]

    assert len(read_correction(sent(document(sentences=longest)), corrected).sentences) == 50
    assert len(read_correction(sent(document(sentences=most)), corrected).sentences) == MOST_SENTENCES
    more = [*most, sentence_of(id="last")]
    assert refused(sent(document(sentences=more)), corrected).problems[0][0] == "/sentences"


patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
texts = st.text(st.characters(exclude_categories=("Cs",)))
seconds = st.floats(allow_nan=False, allow_infinity=False)
corrections = st.builds(
    Correction,
    schema=st.just(SCHEMA),
    draft_id=texts,
    revision=st.integers(),
    worker=texts,
    lead_time=seconds,
    sentences=st.lists(
        st.builds(
            CorrectedSentence,
            start=seconds,
            end=seconds,
            speaker=st.none() | texts,
            text=texts,
            id=st.none() | texts,
            from_ids=st.none() | st.lists(texts).map(tuple),
            seconds=st.none() | seconds,
            marks=st.lists(st.sampled_from(["inaudible", "overlap", "foreign"]), unique=True).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
    played=st.none() | st.lists(st.tuples(seconds, seconds), max_size=3).map(tuple),
)


@patient
@given(corrections)
def test_a_correction_and_its_document_say_the_same(one: Correction) -> None:
    written = correction_json(one)

    read = parse_correction(written.encode())

    assert read == one
    assert correction_json(read) == written
    assert correction_sha256(correction_json(read)) == correction_sha256(written)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@patient
@given(st.dictionaries(st.sampled_from(sorted(document())), json_values), st.booleans())
def test_whatever_is_sent_is_a_correction_or_refused_as_one(changes: dict[str, Any], keep_schema: bool) -> None:
    whole = document() | changes | ({"schema": SCHEMA} if keep_schema else {})

    try:
        read = parse_correction(sent(whole))
    except BadDocument as problem:
        assert problem.problems
        str(problem).encode()
    else:
        assert read.schema == SCHEMA


@patient
@given(st.binary())
def test_whatever_bytes_are_sent_are_refused_as_a_document(body: bytes) -> None:
    with pytest.raises(BadDocument):
        parse_correction(body)
