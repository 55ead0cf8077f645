from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadDocument
from core.types import LANGUAGES, Draft, Sentence, Turn, Unit, Word
from models.difficulty import Measures, measure, predict, read_measures, recogniser_of
from tests.models.difficulty.talks import draft, sentence, talk


def test_counts_and_seconds_are_those_of_the_draft() -> None:
    rows = [
        sentence(0.0, confidences=[0.99, 0.3, 0.99]),
        sentence(2.0, confidences=[0.9] * 3, speaker="S2", text="Word word word"),
        sentence(4.0, confidences=[0.9] * 3, speaker=None, flags=("loop", "too_fast", "no_voice", "outro")),
    ]
    turns = [
        Turn(0.0, 3.0, "S1"),
        Turn(2.0, 5.0, "S2"),
        Turn(0.0, 5.0, "S1", exclusive=True),
        Turn(10.0, 12.0, "S1"),
    ]
    found = measure(draft(rows, turns=turns, unwritten_voice=[[10.0, 12.0], [11.0, 13.0]], redecoded=2))
    assert (found.words, found.characters, found.sentences) == (9, 36, 3)
    assert found.confidences[15] == 1
    assert found.confidences[-1] == 2
    assert (found.speakers, found.changes, found.uncertain_sentences) == (2, 2, 1)
    assert found.speech_seconds == pytest.approx(3.0)
    assert found.turn_seconds == pytest.approx(7.0)
    assert found.overlap_seconds == pytest.approx(1.0)
    assert found.silent_turn_seconds == pytest.approx(4.0)  # pauses over half a second, and the last turn
    assert found.unwritten_seconds == pytest.approx(3.0)
    assert found.unfinished_sentences == 1
    assert (found.looped_sentences, found.invented_sentences, found.hurried_sentences) == (1, 1, 1)
    assert found.redecoded == 2


def test_the_worst_words_are_those_in_a_row() -> None:
    scattered = measure(draft([sentence(0.0, confidences=[0.1, *[1.0] * 14] * 2)]))
    gathered = measure(draft([sentence(0.0, confidences=[*[1.0] * 14, 0.1, 0.1, *[1.0] * 14])]))
    assert gathered.worst_confidence == pytest.approx(0.82)
    assert scattered.worst_confidence == pytest.approx(0.91)
    assert gathered.unsure_places < scattered.unsure_places


def test_text_that_repeats_itself_packs_better() -> None:
    honest = "Every word of this is another one, so nothing here can be left out."
    plain = measure(draft([sentence(0.0, confidences=[0.9], raw_text=honest)]))
    loop = measure(draft([sentence(0.0, confidences=[0.9], raw_text="and so on " * 40)]))
    assert plain.compression_ratio is not None
    assert loop.compression_ratio is not None
    assert loop.compression_ratio > 2.4 > plain.compression_ratio


def test_what_lies_outside_the_unit_is_not_measured() -> None:
    whole = talk()
    half = measure(replace(whole, unit=Unit(0, 2, 0.0, 15.0)))
    assert half.turn_seconds == pytest.approx(10.0)
    assert half.audio_seconds == 15.0


@pytest.mark.parametrize(("start", "end"), [(math.nan, 30.0), (0.0, math.nan), (math.inf, 0.0), (30.0, 0.0)])
def test_in_a_unit_without_length_nothing_is_heard(start: float, end: float) -> None:
    found = measure(replace(talk(unwritten_voice=[[1.0, 2.0]]), unit=Unit(0, 1, start, end)))
    assert (found.audio_seconds, found.speech_seconds, found.unwritten_seconds, found.turn_seconds) == (
        0,
        0,
        0,
        None,
    )


def test_a_draft_without_words_speakers_or_sentences_is_measured() -> None:
    empty = measure(draft(quality={}))
    assert (empty.words, empty.characters, empty.sentences, empty.worst_confidence) == (0, 0, 0, None)
    assert (empty.turn_seconds, empty.overlap_seconds, empty.snr_db, empty.separated) == (None, None, None, None)
    wordless = measure(draft([sentence(0.0, confidences=[0.9], words=(), speaker=None)]))
    assert (wordless.words, wordless.characters, wordless.speakers) == (0, 4, 0)


@pytest.mark.parametrize(
    "quality",
    [
        {"snr_db": math.nan, "music_share": math.inf, "bandwidth_hz": "wide", "clipped_share": True},
        {"snr_db": 1e300, "music_share": -3.0, "voice_share": 7, "redecoded": -1},
        {"snr_db": 10**400, "bandwidth_hz": -(10**400), "unwritten_voice": [[0, 10**400], [1, 2]]},
        {"unwritten_voice": 7, "separation": "yes", "redecoded": None},
        {"unwritten_voice": [[1], "ab", [math.nan, 2.0], [5.0, 3.0], [0.0, math.inf], [-9e9, 9e9], None]},
    ],
)
def test_figures_that_are_none_are_passed_over_and_absurd_ones_bounded(quality: dict[str, Any]) -> None:
    found = measure(draft([sentence(0.0, confidences=[0.9])], quality=quality))
    read_measures(found.to_dict())
    assert found.unwritten_seconds <= 60.0


ODD = st.one_of(st.floats(), st.floats(0.0, 100.0))


@st.composite
def odd_drafts(draw: st.DrawFn) -> Draft:
    """Times, confidences and figures of any kind, in any order."""
    word = st.builds(Word, st.text(max_size=4), ODD, ODD, ODD, st.sampled_from(["S1", None]), st.booleans())
    row = st.builds(
        Sentence,
        st.just("0001"),
        ODD,
        ODD,
        st.sampled_from(["S1", "S2", None]),
        st.sampled_from(LANGUAGES),
        st.text(max_size=20),
        st.text(max_size=20),
        ODD,
        st.lists(st.sampled_from(["loop", "outro", "what", "no_voice"]), max_size=3).map(tuple),
        st.lists(word, max_size=4).map(tuple),
    )
    turn = st.builds(Turn, ODD, ODD, st.sampled_from(["S1", "S2"]), st.booleans())
    value = st.one_of(st.none(), ODD, st.text(max_size=3), st.lists(st.lists(ODD, max_size=3), max_size=3))
    names = ["snr_db", "music_share", "bandwidth_hz", "unwritten_voice", "redecoded", "separation", "clipped_share"]
    made = draft(
        draw(st.lists(row, max_size=4)),
        turns=draw(st.lists(turn, max_size=4)),
        language=draw(st.sampled_from(LANGUAGES)),
        quality=draw(st.dictionaries(st.sampled_from(names), value)),
    )
    return replace(made, unit=draw(st.builds(Unit, st.just(0), st.just(1), ODD, ODD)))


@given(odd_drafts())
@settings(max_examples=150, deadline=None)
def test_whatever_a_draft_holds_measures_can_be_kept_and_predicted_from(odd: Draft) -> None:
    found = measure(odd)
    assert read_measures(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found
    expected = predict(found, odd.language)
    numbers = [getattr(expected, name) for name in ("value", "low", "high", "effort", "effort_low", "effort_high")]
    assert all(math.isfinite(number) and number >= 0.0 for number in numbers)
    assert expected.low <= expected.value <= expected.high <= 100.0


def test_measures_that_are_damaged_or_newer_are_refused() -> None:
    kept = measure(talk()).to_dict()
    for damage in (
        {"schema": "prelabel.measures/2"},
        {"schema": None},
        {"snr_db": "loud"},
        {"words": 3},
        {"confidences": [1, 2]},
        {"characters": -1},
        {"audio_seconds": math.nan},
    ):
        with pytest.raises(BadDocument, match="measure"):
            read_measures(kept | damage)
    for field in fields(Measures):
        with pytest.raises(BadDocument):
            read_measures({name: value for name, value in kept.items() if name != field.name})
    for nothing in (None, [], "measures", 7):
        with pytest.raises(BadDocument):
            read_measures(nothing)  # type: ignore[arg-type]


def test_the_recogniser_is_what_transcribed_and_not_the_voice_detector() -> None:
    assert recogniser_of(talk()) == "whisper 1234/int8"
    unknown = replace(talk(), pipeline=replace(talk().pipeline, stages=()))
    assert recogniser_of(unknown) == "unknown"
