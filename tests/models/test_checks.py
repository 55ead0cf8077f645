from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from core.settings import CheckSettings
from core.types import LANGUAGES, Checked, Language, Sentence, Transcript, Turn, Word
from models.checks import OUTROS, check


def sentence(
    text: str,
    start: float = 0.0,
    end: float = 2.0,
    language: Language = "en",
    confidence: float = 0.9,
    flags: tuple[str, ...] = (),
    speaker: str | None = "S1",
) -> Sentence:
    words = (Word(f" {text}", start, end, confidence, speaker),)
    return Sentence("0001", start, end, speaker, language, text, text, confidence, flags, words)


def checked(
    *sentences: Sentence,
    voiced: Sequence[tuple[float, float]] = ((0.0, 1000.0),),
    turns: Sequence[Turn] = (),
    language_confidence: float = 1.0,
) -> Checked:
    transcript = Transcript("en", language_confidence, (), tuple(voiced))
    return check(sentences, transcript, turns, CheckSettings(unwritten_seconds=1.5))


def flags(*sentences: Sentence, voiced: Sequence[tuple[float, float]] = ((0.0, 1000.0),)) -> list[tuple[str, ...]]:
    return [found.flags for found in checked(*sentences, voiced=voiced).sentences]


def test_plain_sentence_has_no_flags() -> None:
    assert flags(sentence("We went to the shop yesterday.")) == [()]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I don't know I don't know I don't know I don't know I don't know"),
        ("ko", "그래서 그렇게 그래서 그렇게 그래서 그렇게 그래서 그렇게"),
        ("zh", "我们我们我们我们我们我们我们"),
        ("ja", "そうですねそうですねそうですねそうですね"),
    ],
)
def test_repeated_words_are_a_loop_with_and_without_spaces(language: Language, text: str) -> None:
    assert flags(sentence(text, 0.0, 8.0, language)) == [("loop",)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "No, no, no, no!"),
        ("ko", "네네네네"),
        ("zh", "哈哈哈哈"),
        ("ja", "はいはいはい"),
        ("en", "1000000000"),
    ],
)
def test_short_repetitions_that_people_do_say_are_no_loop(language: Language, text: str) -> None:
    assert flags(sentence(text, 0.0, 2.0, language)) == [()]


def test_same_sentence_over_and_over_is_a_loop_in_each_of_them() -> None:
    rows = [sentence("자막 뉴스였습니다.", 3.0 * i, 3.0 * i + 2.0, "ko") for i in range(4)]
    other = sentence("오늘은 날씨가 좋습니다.", 20.0, 23.0, "ko")
    assert flags(*rows, other) == [("loop",)] * 4 + [()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_known_outro_is_recognised_however_it_is_marked(language: Language) -> None:
    for phrase in OUTROS[language]:
        assert "outro" in flags(sentence(f" {phrase.replace(' ', '')}!", 0.0, 4.0, language))[0]


def test_outro_words_inside_a_longer_sentence_are_none() -> None:
    text = "She said thanks for watching the children all afternoon while I was away."
    assert flags(sentence(text, 0.0, 5.0)) == [()]


def test_thank_you_is_an_outro_only_where_no_voice_is_heard() -> None:
    assert flags(sentence("Thank you.")) == [()]
    assert flags(sentence("Thank you."), voiced=()) == [("outro", "no_voice")]


def test_text_over_silence_has_no_voice() -> None:
    rows = (sentence("We went home.", 0.0, 2.0), sentence("It was late.", 10.0, 12.0))
    assert flags(*rows, voiced=[(0.0, 1.0), (11.7, 30.0)]) == [(), ("no_voice",)]


def test_more_letters_than_a_person_says_is_too_fast() -> None:
    assert flags(sentence("그래서 저희는 오늘 회의를 하지 않기로 했습니다", 0.0, 0.8, "ko")) == [("too_fast",)]


def test_few_letters_for_much_voice_is_too_slow_but_a_pause_is_not() -> None:
    row = sentence("Well.", 0.0, 9.0)
    assert flags(row) == [("too_slow",)]
    assert flags(row, voiced=[(0.0, 2.0)]) == [()]


def test_unsure_words_are_flagged() -> None:
    assert flags(sentence("We went home.", confidence=0.3)) == [("low_confidence",)]


def test_turn_of_another_speaker_under_a_sentence_is_overlap() -> None:
    turns = [Turn(0.0, 5.0, "S1"), Turn(1.0, 2.0, "S2"), Turn(0.0, 5.0, "S1", exclusive=True)]
    rows = (sentence("We went home.", 0.0, 2.5), sentence("It was late.", 3.0, 4.5))
    found = checked(*rows, turns=turns)
    assert [row.flags for row in found.sentences] == [("overlap",), ()]


def test_flags_that_a_sentence_has_are_kept_and_ordered() -> None:
    (found,) = checked(sentence("Thank you.", flags=("redecoded", "speaker_uncertain")), voiced=()).sentences
    assert found.flags == ("outro", "no_voice", "speaker_uncertain", "redecoded")


def test_recording_without_sentences_has_no_speech() -> None:
    assert checked(voiced=()) == Checked((), ("no_speech",), ())


def test_voice_without_text_is_reported_with_its_place() -> None:
    found = checked(sentence("We went home.", 0.0, 2.0), voiced=[(0.0, 2.2), (5.0, 9.0), (10.0, 11.0)])
    assert (found.flags, found.unwritten_voice) == (("unwritten_voice",), ((5.0, 9.0),))


def test_second_language_of_some_length_mixes_the_recording() -> None:
    korean = sentence("그래서 우리는 집에 갔습니다.", 3.0, 6.0, "ko")
    assert checked(sentence("We went home."), korean).flags == ("unwritten_voice", "mixed_languages")
    assert "mixed_languages" not in checked(sentence("We went home."), replace(korean, end=3.4)).flags


def test_unsure_language_is_flagged() -> None:
    assert "language_uncertain" in checked(sentence("We went home."), language_confidence=0.4).flags


pieces = st.sampled_from(
    ["네", "thank you", "ありがとうございました", "谢谢观看", " ", "我们", "go", "!", "😀", "1"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(pieces, max_size=12).map("".join),
            st.floats(0.0, 30.0),
            st.floats(0.05, 9.0),
            st.sampled_from(LANGUAGES),
            st.floats(0.0, 1.0),
        ),
        max_size=8,
    ),
    st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 5.0), st.booleans()), max_size=6),
    st.lists(st.floats(0.0, 40.0), max_size=6, unique=True).map(sorted),
)
def test_nothing_but_flags_changes_and_all_flags_are_known(
    rows: list[tuple[str, float, float, Language, float]],
    spans: list[tuple[float, float, bool]],
    edges: list[float],
) -> None:
    sentences = [sentence(text, start, start + length, lang, sure) for text, start, length, lang, sure in rows]
    turns = [Turn(start, start + length, "S2", own) for start, length, own in spans]
    found = checked(*sentences, voiced=list(zip(edges[::2], edges[1::2], strict=False)), turns=turns)
    assert [replace(row, flags=()) for row in found.sentences] == sentences
    assert {flag for row in found.sentences for flag in row.flags} <= set(SENTENCE_FLAGS)
    assert set(found.flags) <= set(DRAFT_FLAGS)
    assert all(end - start >= 1.5 for start, end in found.unwritten_voice)


def test_voice_that_separation_lost_is_looked_for_in_the_mix() -> None:
    lost = Transcript("ko", 1.0, (), ())
    found = check((), lost, (), CheckSettings(), heard_in_mix=((1.0, 9.0),))
    assert found.unwritten_voice == ((1.0, 9.0),)
    assert set(found.flags) == {"no_speech", "unwritten_voice"}
