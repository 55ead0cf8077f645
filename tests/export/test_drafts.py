from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageProblem
from core.project import Project
from core.types import (
    Checked,
    Decoded,
    Draft,
    DraftRecording,
    Loudness,
    Passage,
    Pipeline,
    Recording,
    Sentence,
    Separation,
    SignalQuality,
    StageProvenance,
    Stem,
    Transcript,
    Turn,
    Unit,
    Word,
)
from export.drafts import draft_id, draft_schema, from_json, make_draft, rounded, to_json

Make = Callable[..., Draft]
Say = Callable[..., Sentence]

times = st.floats(min_value=0.0, max_value=43200.0)
shares = st.floats(min_value=0.0, max_value=1.0)
texts = st.text(max_size=20)
speakers = st.none() | st.sampled_from(["S1", "S2"])
languages = st.sampled_from(["ko", "en", "zh", "ja"])
words = st.builds(Word, texts, times, times, shares, speakers, st.booleans())
sentences = st.builds(
    Sentence, texts, times, times, speakers, languages, texts, texts, shares, st.just(("loop",)),
    st.lists(words, max_size=3).map(tuple),
)  # fmt: skip
plain_settings = st.dictionaries(texts, st.integers() | texts | st.none() | st.booleans(), max_size=2)
stages = st.builds(StageProvenance, texts, st.integers(1, 9), texts, plain_settings, st.dictionaries(texts, texts))
quality = st.fixed_dictionaries(
    {"snr_db": st.none() | st.floats(-99, 99), "unwritten_voice": st.lists(st.tuples(times, times).map(list))}
)
drafts = st.builds(
    Draft, st.just("prelabel.draft/1"), texts, texts, texts, st.dictionaries(texts, texts, max_size=2),
    st.builds(DraftRecording, texts, texts, times), st.builds(Unit, st.integers(0, 3), st.just(4), times, times),
    languages, st.lists(sentences, max_size=3).map(tuple),
    st.lists(st.builds(Turn, times, times, texts, st.booleans()), max_size=2).map(tuple), quality,
    st.lists(texts, max_size=2).map(tuple),
    st.builds(Pipeline, texts, texts, st.lists(stages, max_size=2).map(tuple)),
)  # fmt: skip


@given(drafts)
def test_a_draft_read_back_is_the_draft_as_rounded(made: Draft) -> None:
    document = to_json(made)

    read = from_json(document)

    assert read == rounded(made)
    assert to_json(read) == document


def test_the_document_has_the_promised_fields_and_no_others(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hello there.", 0.1, 1.0)], turns=[Turn(0.1, 1.0, "S1", True)])

    found = json.loads(to_json(made))

    assert list(found) == [
        "schema", "draft_id", "project", "external_id", "metadata", "recording", "unit", "language", "sentences",
        "turns", "quality", "flags", "pipeline",
    ]  # fmt: skip
    assert found["schema"] == "prelabel.draft/1"
    assert found["recording"] == {"id": "ab" * 32, "uri": "talk.mp4", "duration": 10.0}
    assert found["unit"] == {"index": 0, "count": 1, "start": 0.0, "end": 10.0}
    assert list(found["sentences"][0]) == [
        "id", "start", "end", "speaker", "language", "text", "raw_text", "confidence", "flags", "words",
    ]  # fmt: skip
    assert found["sentences"][0]["words"][1] == {
        "text": " there.", "start": 0.55, "end": 1.0, "confidence": 0.9, "speaker": "S1", "overlapped": False,
    }  # fmt: skip
    assert found["turns"] == [{"start": 0.1, "end": 1.0, "speaker": "S1", "exclusive": True}]
    assert list(found["pipeline"]) == ["fingerprint", "model_set", "stages"]
    assert list(found["pipeline"]["stages"][0]) == ["name", "version", "fingerprint", "settings", "models"]


def test_quality_names_what_was_measured_and_done(draft: Make) -> None:
    made = draft(
        loudness=Loudness(-41.26, -20.0, 19.0, -22.26, True),
        separation=Separation(Stem("voice.flac", 10.0, 1.0), False, "the mix is clean"),
        checked=Checked((), (), ((1.0, 3.00049),)),
        transcript=Transcript(
            "en", 0.9, tuple(Passage(s, s + 5, "en", (), -0.2, 1.2, 0.0, s > 0) for s in (0.0, 5.0)), (), 3
        ),
    )

    found = json.loads(to_json(made))["quality"]

    assert found["snr_db"] == 30.0
    assert found["voice_share"] == 0.8
    assert found["music_share"] == 0.0
    assert found["loudness"] == {
        "integrated_lufs": -41.26, "gain_db": 19.0, "reached_lufs": -22.26, "true_peak_dbtp": -20.0,
        "limited": True,
    }  # fmt: skip
    assert found["separation"] == {"separated": False, "why": "the mix is clean"}
    assert found["unwritten_voice"] == [[1.0, 3.0]]
    assert found["redecoded"] == 3


def test_flags_of_all_stages_come_together_once_in_the_catalogues_order(draft: Make) -> None:
    made = draft(
        flags=["unwritten_voice", "no_speech"],
        decoded=Decoded(1, 10.0, 0.0, 0.1, 0.5, ("silent_track_skipped", "clipped")),
        separation=Separation(Stem("voice.flac", 10.0, 1.0), False, "failed", ("separation_failed",)),
        quality=SignalQuality(0.1, -20.0, None, None, 0.0, 0.01, 15000.0, 0.0, ()),
        loudness=Loudness(-41.0, -20.0, 19.0, -22.0, True),
        model_set="offline",
    )

    assert made.flags == (
        "no_speech", "unwritten_voice", "separation_failed", "silent_track_skipped", "clipped", "loudness_limited",
        "offline_models",
    )  # fmt: skip


def test_a_flag_that_nobody_could_explain_is_refused(draft: Make) -> None:
    with pytest.raises(ValueError, match="mystery"):
        draft(flags=["mystery"])


def test_sentences_are_numbered_within_their_draft(draft: Make, sentence: Say) -> None:
    made = draft([sentence("One.", 0.0, 1.0, id="0017"), sentence("Two.", 1.0, 2.0, id="0018")])

    assert [row.id for row in made.sentences] == ["0001", "0002"]


def test_every_sentence_goes_to_exactly_one_unit(draft: Make, sentence: Say) -> None:
    units = (Unit(0, 2, 0.0, 5.0), Unit(1, 2, 5.0, 10.0))
    rows = [sentence("a", -0.1, 1.0), sentence("b", 4.9, 5.5), sentence("c", 5.0, 6.0), sentence("d", 10.0, 10.0)]
    whole = draft(rows)
    parts = {
        "decoded": Decoded(0, 10.0, 0.0, 0.1, 0.5),
        "quality": SignalQuality(0.8, None, None, None, 0.0, 0.0, 15000.0, 0.0, ()),
        "separation": Separation(Stem("voice.flac", 10.0, 1.0), False, "clean"),
        "loudness": Loudness(None, None, 0.0, None, False),
        "transcript": Transcript("en", 0.9, (), ()),
        "turns": (Turn(4.0, 6.0, "S1"), Turn(8.0, 9.0, "S2")),
        "checked": Checked(tuple(rows), (), ((4.0, 7.0),)),
        "pipeline": whole.pipeline,
    }
    recording = Recording("ab" * 32, "talk.mp4", None, None)  # type: ignore[arg-type]

    first, second = (make_draft(recording, Project(), unit, **parts) for unit in units)  # type: ignore[arg-type]

    assert [row.text for row in first.sentences] == ["a", "b"]
    assert [row.text for row in second.sentences] == ["c", "d"]
    assert [row.id for row in second.sentences] == ["0001", "0002"]
    assert [turn.speaker for turn in first.turns] == ["S1"]
    assert [turn.speaker for turn in second.turns] == ["S1", "S2"]
    assert first.quality["unwritten_voice"] == [[4.0, 5.0]]
    assert second.quality["unwritten_voice"] == [[5.0, 7.0]]
    assert first.draft_id != second.draft_id


def test_draft_id_depends_on_each_of_its_four_parts() -> None:
    ids = {
        draft_id("r", 0, "f", "p"),
        draft_id("s", 0, "f", "p"),
        draft_id("r", 1, "f", "p"),
        draft_id("r", 0, "g", "p"),
        draft_id("r", 0, "f", "q"),
    }

    assert len(ids) == 5
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


def test_external_id_is_the_address_unless_the_customer_gave_one(draft: Make) -> None:
    assert draft().external_id == "talk.mp4"
    assert draft(external_id="case 7", metadata={"show": "뉴스"}).external_id == "case 7"


def test_a_file_name_that_is_no_text_can_still_be_written(draft: Make, recording: Callable[..., Recording]) -> None:
    made = draft(recording=recording(name=b"bad\xff.mp4".decode("utf-8", "surrogateescape")))

    assert from_json(to_json(made)).recording.uri == "bad\\udcff.mp4"


def test_times_are_rounded_in_the_document_only(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hi.", 0.12345, 1.0006)], seconds=10.00049)

    assert made.sentences[0].start == 0.12345
    assert json.loads(to_json(made))["sentences"][0]["start"] == 0.123
    assert json.loads(to_json(made))["recording"]["duration"] == 10.0


def test_a_sentence_that_a_border_cuts_through_ends_there_with_its_words(draft: Make, sentence: Say) -> None:
    row = sentence("one two three four", 4.0, 8.0)

    (clipped,) = draft([row], unit=Unit(0, 2, 0.0, 5.5)).sentences

    assert (clipped.start, clipped.end, clipped.text) == (4.0, 5.5, row.text)
    assert [(word.start, word.end) for word in clipped.words] == [(4.0, 5.0), (5.0, 5.5), (5.5, 5.5), (5.5, 5.5)]
    assert draft([row], unit=Unit(1, 2, 5.5, 10.0)).sentences == ()


def test_a_unit_has_the_language_that_is_spoken_most_in_it(draft: Make, sentence: Say) -> None:
    rows = [
        sentence("안녕하세요.", 0.0, 2.0, language="ko"),
        sentence("Hello there.", 2.0, 3.0),
        sentence("How are you?", 6.0, 8.0),
    ]

    assert draft(rows, language="ja").language == "ja"
    assert draft(rows, language="ja", unit=Unit(0, 2, 0.0, 5.0)).language == "ko"
    assert draft(rows, language="ja", unit=Unit(1, 2, 5.0, 10.0)).language == "en"
    assert draft([], language="ja", unit=Unit(1, 2, 5.0, 10.0)).language == "ja"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "its schema is None"),
        (b'{"schema": "prelabel.correction/1"}', "its schema is 'prelabel.correction/1'"),
        (b'{"schema": "prelabel.draft/2"}', "written as 'prelabel.draft/2'"),
        (b'{"schema": "prelabel.draft/1"}', "draft_id: Field required"),
        (b'{"schema": "prelabel.draft/1", "unit": NaN}', "NaN is not a number"),
    ],
)
def test_what_is_no_draft_says_so(document: bytes, why: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        from_json(document)

    assert why in caught.value.why
    assert caught.value.fix


def test_a_damaged_field_is_named(draft: Make, sentence: Say) -> None:
    found = json.loads(to_json(draft([sentence("Hi.", 0.0, 1.0)])))
    found["sentences"][0]["start"] = "soon"

    with pytest.raises(UsageProblem, match=r"sentences\.0\.start"):
        from_json(json.dumps(found).encode())


def test_a_field_of_a_later_release_is_passed_over(draft: Make) -> None:
    made = draft()
    found = json.loads(to_json(made)) | {"predicted": {"value": 12}}

    assert from_json(json.dumps(found).encode()) == rounded(made)


def test_numbers_that_json_cannot_hold_are_refused(draft: Make) -> None:
    made = draft()

    with pytest.raises(ValueError, match="cannot hold nan"):
        to_json(replace(made, quality={"snr_db": float("nan")}))


def test_schema_describes_every_field() -> None:
    schema = draft_schema()

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["properties"]["schema"]["const"] == "prelabel.draft/1"
    assert set(schema["required"]) == set(schema["properties"])
    json.dumps(schema)
