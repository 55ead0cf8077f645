from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Passage, Turn, Word
from models.attribution import attribute_speakers


def word(text: str, start: float, end: float) -> Word:
    return Word(text, start, end, 0.9)


def passage(*words: Word) -> Passage:
    start, end = (words[0].start, words[-1].end) if words else (0.0, 0.0)
    return Passage(start, end, "en", words, -0.2, 1.3, 0.1)


def turn(speaker: str, start: float, end: float) -> Turn:
    return Turn(start, end, speaker)


def exclusive(speaker: str, start: float, end: float) -> Turn:
    return Turn(start, end, speaker, exclusive=True)


def speakers(words: list[Word], turns: list[Turn]) -> list[str | None]:
    (attributed,) = attribute_speakers([passage(*words)], turns)
    return [word.speaker for word in attributed.words]


def test_word_across_two_turns_goes_to_the_longer_overlap() -> None:
    assert speakers([word("hello", 1.0, 2.0)], [turn("S1", 0.0, 1.4), turn("S2", 1.4, 3.0)]) == ["S2"]


def test_short_turns_of_one_speaker_add_up_within_a_word() -> None:
    turns = [turn("S1", 1.0, 1.3), turn("S2", 1.3, 1.7), turn("S1", 1.7, 2.0)]
    assert speakers([word("hello", 1.0, 2.0)], turns) == ["S1"]


def test_exclusive_turns_decide_and_regular_ones_tell_the_overlap() -> None:
    turns = [turn("S1", 0.0, 5.0), turn("S2", 1.0, 3.0), exclusive("S1", 0.0, 1.0), exclusive("S2", 1.0, 3.0)]
    words = [word("a", 0.0, 0.9), word("b", 1.5, 2.0)]
    (attributed,) = attribute_speakers([passage(*words)], turns)
    assert [(w.speaker, w.overlapped) for w in attributed.words] == [("S1", False), ("S2", True)]


def test_two_turns_that_follow_each_other_within_a_word_are_no_overlap() -> None:
    turns = [turn("S1", 0.0, 1.5), turn("S2", 1.5, 3.0)]
    (attributed,) = attribute_speakers([passage(word("hello", 1.0, 2.0))], turns)
    assert not attributed.words[0].overlapped


def test_word_beside_a_turn_takes_the_nearest_within_half_a_second() -> None:
    turns = [turn("S1", 0.0, 1.0), turn("S2", 2.0, 3.0)]
    assert speakers([word("a", 1.2, 1.4), word("b", 1.7, 1.9)], turns) == ["S1", "S2"]


def test_word_far_from_every_turn_is_uncertain() -> None:
    assert speakers([word("a", 1.6, 1.8)], [turn("S1", 0.0, 1.0)]) == [None]


def test_without_turns_every_word_is_uncertain() -> None:
    assert speakers([word("a", 0.0, 1.0), word("b", 1.0, 2.0)], []) == [None, None]


def test_word_without_length_belongs_to_the_turn_around_it() -> None:
    assert speakers([word("a", 1.0, 1.0)], [turn("S1", 0.0, 2.0)]) == ["S1"]


def test_tie_goes_to_the_speaker_of_the_word_before() -> None:
    turns = [turn("S1", 0.0, 1.5), turn("S2", 1.5, 3.0)]
    assert speakers([word("a", 0.0, 1.0), word("b", 1.25, 1.75)], turns) == ["S1", "S1"]


def test_blip_of_another_speaker_inside_a_run_is_smoothed() -> None:
    turns = [turn("S1", 0.0, 1.0), turn("S2", 1.0, 1.2), turn("S1", 1.2, 3.0)]
    words = [word("so", 0.5, 1.0), word("we", 1.0, 1.2), word("went", 1.2, 1.6)]
    assert speakers(words, turns) == ["S1", "S1", "S1"]


def test_backchannel_with_a_turn_of_its_own_stays() -> None:
    turns = [turn("S1", 0.0, 1.0), turn("S2", 1.0, 1.5), turn("S1", 1.5, 3.0)]
    words = [word("so", 0.5, 1.0), word("yeah", 1.0, 1.5), word("went", 1.5, 1.9)]
    assert speakers(words, turns) == ["S1", "S2", "S1"]


def test_a_border_in_mid_breath_moves_to_the_end_of_the_breath() -> None:
    words = [word("在", 0.0, 0.4), word("医院", 0.4, 1.0), word("有晚", 1.0, 1.4), word("会。", 1.4, 1.6)]
    assert speakers(words, [turn("S1", 0.0, 1.4), turn("S2", 1.4, 1.7)]) == ["S1"] * 4


def test_a_border_in_mid_breath_moves_to_the_beginning_of_the_breath() -> None:
    words = [word("我", 0.0, 0.2), word("把", 0.2, 0.4), word("自行车", 0.4, 1.0), word("忘了。", 1.0, 1.4)]
    assert speakers(words, [turn("S2", 0.0, 0.2), turn("S1", 0.2, 1.5)]) == ["S1"] * 4


def test_a_border_at_a_mark_or_a_pause_stays() -> None:
    marked = [word(" Is it?", 0.0, 1.0), word(" Yes.", 1.0, 1.3)]
    paused = [word(" I think so", 0.0, 1.0), word(" yes", 1.25, 1.5)]
    turns = [turn("S1", 0.0, 1.0), turn("S2", 1.0, 1.6)]
    assert speakers(marked, turns) == speakers(paused, turns) == ["S1", "S2"]


def test_a_long_change_in_mid_breath_stays() -> None:
    words = [word(" I", 0.0, 1.0), word(" said", 1.0, 2.0), word(" no", 2.0, 3.0), word(" never", 3.0, 4.0)]
    assert speakers(words, [turn("S1", 0.0, 2.0), turn("S2", 2.0, 4.0)]) == ["S1", "S1", "S2", "S2"]


def test_blip_between_pauses_stays() -> None:
    turns = [turn("S1", 0.0, 1.0), turn("S2", 1.5, 1.7), turn("S1", 2.2, 3.0)]
    words = [word("so", 0.5, 1.0), word("hm", 1.5, 1.7), word("went", 2.2, 2.6)]
    assert speakers(words, turns) == ["S1", "S2", "S1"]


times = st.floats(0.0, 50.0).map(lambda value: round(value, 2))


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Passage], list[Turn]]:
    passages = []
    for _ in range(draw(st.integers(0, 4))):
        spans = draw(st.lists(st.tuples(times, st.floats(0.0, 3.0)), max_size=8))
        words = tuple(word(f" w{i}", start, start + length) for i, (start, length) in enumerate(spans))
        passages.append(Passage(0.0, 50.0, "en", words, -0.2, 1.3, 0.1))
    turns = [
        Turn(start, start + length, f"S{speaker}", is_exclusive)
        for start, length, speaker, is_exclusive in draw(
            st.lists(st.tuples(times, st.floats(0.0, 9.0), st.integers(1, 3), st.booleans()), max_size=10)
        )
    ]
    return passages, turns


@settings(max_examples=150, deadline=None)
@given(recordings())
def test_words_keep_everything_but_speaker_and_overlap(recording: tuple[list[Passage], list[Turn]]) -> None:
    passages, turns = recording
    attributed = attribute_speakers(passages, turns)
    assert [replace(p, words=()) for p in attributed] == [replace(p, words=()) for p in passages]
    for before, after in zip(passages, attributed, strict=True):
        assert [replace(w, speaker=None, overlapped=False) for w in after.words] == list(before.words)
        assert {w.speaker for w in after.words} <= {None, *(t.speaker for t in turns)}
