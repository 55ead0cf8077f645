from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project import Guideline
from core.settings import SentenceSettings
from core.types import LANGUAGES, Language, Passage, Sentence, Word
from models.sentences import cut_sentences


def word(text: str, start: float, end: float, speaker: str | None = "S1", confidence: float = 0.9) -> Word:
    return Word(text, start, end, confidence, speaker)


def spoken(
    text: str,
    start: float = 0.0,
    seconds: float = 0.3,
    speaker: str | None = "S1",
    pauses: dict[str, float] | None = None,
) -> tuple[Word, ...]:
    """Words of `text`, one after another; `pauses` holds the silence before a word."""
    words = []
    for token in text.split():
        start += (pauses or {}).get(token, 0.0)
        words.append(word(f" {token}", start, start + seconds, speaker))
        start += seconds
    return tuple(words)


def letters(text: str, start: float = 0.0, seconds: float = 0.15) -> tuple[Word, ...]:
    """One word for each character, a mark joined to the one before it, as recognisers give Chinese."""
    tokens: list[str] = []
    for character in text:
        if tokens and not character.isalnum():
            tokens[-1] += character
        else:
            tokens.append(character)
    return tuple(
        word(token, start + index * seconds, start + (index + 1) * seconds) for index, token in enumerate(tokens)
    )


def passage(words: Sequence[Word], language: Language = "en", redecoded: bool = False) -> Passage:
    start, end = (words[0].start, words[-1].end) if words else (0.0, 0.0)
    return Passage(start, end, language, tuple(words), -0.2, 1.3, 0.1, redecoded)


def cut(
    *passages: Passage,
    voiced: Sequence[tuple[float, float]] = (),
    guideline: Guideline | None = None,
    duration: float = 600.0,
    settings: SentenceSettings | None = None,
) -> tuple[Sentence, ...]:
    return cut_sentences(passages, voiced, settings or SentenceSettings(), guideline or Guideline(), duration)


def texts(sentences: Sequence[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_marks_end_sentences_and_ids_count_from_one() -> None:
    sentences = cut(passage(spoken("Hello there. How are you? Fine.")))
    assert [(s.id, s.text) for s in sentences] == [
        ("0001", "Hello there."),
        ("0002", "How are you?"),
        ("0003", "Fine."),
    ]


def test_sentence_joins_words_of_neighbouring_passages() -> None:
    first, second = spoken("we went to the"), spoken("shop yesterday.", start=1.2)
    assert texts(cut(passage(first), passage(second))) == ["we went to the shop yesterday."]


def test_speakers_never_share_a_sentence() -> None:
    words = (*spoken("How are you"), *spoken("fine and you", start=1.0, speaker="S2"))
    assert [(s.speaker, s.text) for s in cut(passage(words))] == [("S1", "How are you"), ("S2", "fine and you")]


def test_backchannel_is_a_sentence_of_its_own_and_breaks_none() -> None:
    words = (
        *spoken("so we went"),
        *spoken("yeah", start=0.9, speaker="S2"),
        *spoken("to the shop.", start=1.2),
    )
    assert [(s.speaker, s.text) for s in cut(passage(words))] == [
        ("S1", "so we went to the shop."),
        ("S2", "yeah"),
    ]


def test_turn_of_another_speaker_ends_the_sentence() -> None:
    words = (
        *spoken("so we went"),
        *spoken("where did you go then", start=1.0, speaker="S2"),
        *spoken("to the shop.", start=2.6),
    )
    assert texts(cut(passage(words))) == ["so we went", "where did you go then", "to the shop."]


def test_long_pause_always_cuts() -> None:
    sentences = cut(passage(spoken("we went to the shop.", pauses={"the": 2.0})))
    assert texts(sentences) == ["we went to", "the shop."]


def test_hesitation_inside_a_marked_text_does_not_cut() -> None:
    text = "We went to the shop. It was closed. We came home again. It was late."
    assert "We went to the shop." in texts(cut(passage(spoken(text, pauses={"the": 0.8}))))


def test_pause_cuts_where_marks_are_left_out() -> None:
    text = "nobody told him about that big new machine behind their old garden wall everybody laughed a lot anyway"
    sentences = cut(passage(spoken(text, pauses={"everybody": 1.2})))
    assert any(sentence.text.startswith("everybody") for sentence in sentences)


def test_korean_without_marks_is_cut_at_its_endings() -> None:
    words = spoken("저는 어제 학교에 갔습니다 친구를 만났어요 정말 재미있었다")
    assert texts(cut(passage(words, "ko"))) == ["저는 어제 학교에 갔습니다", "친구를 만났어요", "정말 재미있었다"]


def test_languages_never_share_a_sentence() -> None:
    sentences = cut(passage(spoken("그래서"), "ko"), passage(spoken("hello there", start=0.4), "en"))
    assert [(s.language, s.text) for s in sentences] == [("ko", "그래서"), ("en", "hello there")]


def test_no_sentence_is_longer_than_the_maximum() -> None:
    words = spoken(" ".join(f"word{number}" for number in range(200)))
    sentences = cut(passage(words), voiced=[(0.0, 60.0)])
    assert max(sentence.end - sentence.start for sentence in sentences) <= 15.0 + 1e-9
    assert sum(len(sentence.words) for sentence in sentences) == 200


def test_guideline_shortens_the_maximum() -> None:
    sentences = cut(
        passage(spoken("We went home, and then, because it rained, we stayed there all the long evening.")),
        guideline=Guideline(max_sentence_seconds=2.0),
    )
    assert max(sentence.end - sentence.start for sentence in sentences) <= 2.0 + 1e-9


def test_too_long_sentence_is_cut_at_its_pause_or_comma() -> None:
    text = "we looked for the keys under every single chair, but nobody could find them anywhere in that house."
    sentences = cut(passage(spoken(text)), guideline=Guideline(max_sentence_seconds=4.0))
    assert texts(sentences)[0] == "we looked for the keys under every single chair,"


def test_single_word_may_be_longer_than_the_maximum() -> None:
    assert len(cut(passage([word(" no", 0.0, 20.0)]))) == 1


def test_numbers_and_latin_words_are_not_cut_inside() -> None:
    words = [
        word(token, index * 1.0, index + 1.0) for index, token in enumerate(["约", "2.", "5", "Open", "AI", "米"])
    ]
    sentences = cut(passage(words, "zh"), guideline=Guideline(max_sentence_seconds=2.0))
    assert all(not s.text.endswith("2.") and not s.text.startswith("AI") for s in sentences)


def test_chinese_is_cut_at_marks_between_single_characters() -> None:
    assert texts(cut(passage(letters("你好。今天怎么样？"), "zh"))) == ["你好。", "今天怎么样？"]


def test_text_is_normalised_and_raw_text_is_kept() -> None:
    words = [word(" 今日 ", 0.0, 0.5), word(" は", 0.5, 0.7), word("いい", 0.7, 1.0)]
    (sentence,) = cut(passage(words, "ja"))
    assert (sentence.text, sentence.raw_text) == ("今日はいい", "今日  はいい")


def test_chinese_takes_the_script_of_the_guideline() -> None:
    words = letters("這個問題")
    (simplified,) = cut(passage(words, "zh"), guideline=Guideline(script="simplified"))
    (as_heard,) = cut(passage(words, "zh"))
    assert (simplified.text, simplified.raw_text, as_heard.text) == ("这个问题", "這個問題", "這個問題")


def test_script_of_other_languages_is_left_alone() -> None:
    (sentence,) = cut(passage(letters("写真"), "ja"), guideline=Guideline(script="traditional"))
    assert sentence.text == "写真"


def test_bounds_reach_the_edge_of_the_voice_when_it_is_near() -> None:
    (sentence,) = cut(passage(spoken("hello there.", start=1.0)), voiced=[(0.85, 1.75)])
    assert (sentence.start, sentence.end) == (0.85, 1.75)


def test_bounds_stay_at_the_words_when_the_voice_goes_on() -> None:
    (sentence,) = cut(passage(spoken("hello there.", start=1.0)), voiced=[(0.2, 3.0)])
    assert [sentence.start, sentence.end] == pytest.approx([1.0, 1.6])


def test_word_without_length_at_the_very_end_gets_a_length_inside_the_recording() -> None:
    (sentence,) = cut(passage([word(" yes.", 5.0, 5.0)]), duration=5.0)
    assert (sentence.start, sentence.end) == (4.95, 5.0)


def test_confidence_is_the_geometric_mean_of_the_words() -> None:
    (sentence,) = cut(passage([word(" a", 0.0, 0.2, confidence=0.5), word(" b.", 0.2, 0.4, confidence=0.8)]))
    assert sentence.confidence == pytest.approx(math.sqrt(0.4))


def test_flags_tell_overlap_uncertainty_and_second_attempts() -> None:
    overlapped = Word(" yes.", 0.0, 0.3, 0.9, "S1", overlapped=True)
    sentences = cut(
        passage([overlapped, word(" no.", 5.0, 5.3, speaker=None)]),
        passage([word(" maybe.", 9.0, 9.3)], redecoded=True),
    )
    assert [s.flags for s in sentences] == [("overlap",), ("speaker_uncertain",), ("redecoded",)]


def test_recording_whose_speakers_nobody_told_apart_is_not_uncertain_row_by_row() -> None:
    (sentence,) = cut(passage(spoken("hello there.", speaker=None)))
    assert sentence.flags == ()


@pytest.mark.parametrize(
    ("language", "text", "switches"),
    [
        ("ko", "그래서 machine learning 이라고 합니다", True),
        ("ko", "그래서 API 를 씁니다", False),
        ("ko", "Zoom 으로 만나요", False),
        ("ko", "토지면(土旨面)은 면입니다", False),
        ("ko", "그래서 我们走 합니다", True),
        ("en", "it is called 김치 in Korea", True),
        ("ja", "それは 김치 です", True),
        ("zh", "我们用 App 吧", False),
    ],
)
def test_code_switch_is_a_foreign_script_or_a_latin_phrase(language: Language, text: str, switches: bool) -> None:
    flags = {flag for sentence in cut(passage(spoken(text), language)) for flag in sentence.flags}
    assert ("code_switch" in flags) is switches


def test_blank_words_make_no_sentences() -> None:
    assert cut(passage([word(" ", 0.0, 1.0), word("", 1.0, 2.0)]), passage([])) == ()


VOCABULARY = {
    "ko": [" 저는", " 갔습니다.", " 그래서", " 했어요", " 네", ",", " 3", " 😀"],
    "en": [" so", " I", " went.", " Mr.", " ok", "-ish", " 3.", "5", " "],
    "zh": ["我", "去", "吗", "。", "但是", "AI", "2.", "5", " "],
    "ja": ["です", "か", "はい", "、", "。", "「", "」", "行", " "],
}


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Passage], list[tuple[float, float]], float]:
    passages = []
    start = 0.0
    for _ in range(draw(st.integers(0, 4))):
        language = draw(st.sampled_from(LANGUAGES))
        words = []
        for _ in range(draw(st.integers(0, 14))):
            start = max(0.0, start + draw(st.sampled_from([-0.4, 0.0, 0.0, 0.1, 0.7, 2.5])))
            end = start + draw(st.sampled_from([0.0, 0.1, 0.4, 3.0]))
            text = draw(st.sampled_from(VOCABULARY[language]))
            words.append(
                Word(text, start, end, draw(st.floats(0.0, 1.0)), draw(st.sampled_from(["S1", "S2", None])))
            )
            start = end
        passages.append(passage(words, language))
    edges = sorted(draw(st.lists(st.floats(0.0, 40.0), max_size=8, unique=True)))
    voiced = list(zip(edges[::2], edges[1::2], strict=False))
    return passages, voiced, draw(st.floats(0.2, 60.0))


@settings(max_examples=200, deadline=None)
@given(recordings(), st.sampled_from([None, 1.0, 4.0]))
def test_every_word_is_in_one_sentence_and_bounds_hold(
    recording: tuple[list[Passage], list[tuple[float, float]], float], longest: float | None
) -> None:
    passages, voiced, duration = recording
    sentences = cut(*passages, voiced=voiced, duration=duration, guideline=Guideline(max_sentence_seconds=longest))
    said = sorted(w.text for p in passages for w in p.words if w.text.strip())
    assert sorted(w.text for s in sentences for w in s.words) == said
    assert [s.id for s in sentences] == [f"{number:04d}" for number in range(1, len(sentences) + 1)]
    for sentence in sentences:
        assert {w.speaker for w in sentence.words} == {sentence.speaker}
        assert sentence.raw_text == "".join(w.text for w in sentence.words).strip()
        assert 0.0 <= sentence.start < sentence.end <= duration
        assert sentence.end - sentence.start >= 0.05 - 1e-9
        for spoken_word in sentence.words:
            assert sentence.start <= spoken_word.start <= spoken_word.end <= sentence.end
        for before, after in pairwise(sentence.words):
            assert after.start - before.end < SentenceSettings().hard_pause_seconds
    assert [s.start for s in sentences] == sorted(s.start for s in sentences)
    for speaker in ("S1", "S2", None):
        own = [s for s in sentences if s.speaker == speaker]
        for earlier, later in pairwise(own):
            assert earlier.start <= later.start
            assert earlier.end <= later.end
