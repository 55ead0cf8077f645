from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings

from core.types import Draft, Sentence, Word
from export.formats.tiers import tiers
from tests.drafts import drafts

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


@settings(deadline=None)
@given(drafts())
def test_nothing_overlaps_on_a_tier_and_nothing_is_lost(made: Draft) -> None:
    found = tiers(made)

    for tier in found:
        for labels in (tier.sentences, tier.words):
            assert all(first.end_ms <= second.start_ms for first, second in pairwise(labels))
            assert all(label.start_ms < label.end_ms for label in labels)
    written = Counter((tier.speaker, label.text) for tier in found for label in tier.sentences)
    assert written == Counter((sentence.speaker, sentence.text) for sentence in made.sentences)
    words = Counter("".join(label.text.split()) for tier in found for label in tier.words)
    assert sum(len(text) * n for text, n in words.items()) == sum(
        len("".join(word.text.split())) for sentence in made.sentences for word in sentence.words
    )


@settings(deadline=None)
@given(drafts())
def test_words_lie_inside_their_sentences(made: Draft) -> None:
    for tier in tiers(made):
        for word in tier.words:
            assert any(one.start_ms <= word.start_ms and word.end_ms <= one.end_ms for one in tier.sentences)


def test_overlapping_sentences_of_one_speaker_go_to_a_second_tier(draft: Make, sentence: Say) -> None:
    made = draft([sentence("one", 1, 4), sentence("two", 2, 3), sentence("three", 4, 5), sentence("?", 1, 2)])

    assert [(tier.name, [label.text for label in tier.sentences]) for tier in tiers(made)] == [
        ("S1", ["?", "two", "three"]),
        ("S1 (2)", ["one"]),
    ]


def test_speakers_stand_in_order_of_appearance_and_uncertain_ones_last(draft: Make, sentence: Say) -> None:
    made = draft(
        [sentence("uh", 0, 1, speaker=None), sentence("a", 3, 4, speaker="S1"), sentence("b", 1, 2, speaker="S2")]
    )

    assert [(tier.name, tier.words_name, tier.speaker) for tier in tiers(made)] == [
        ("S2", "S2 words", "S2"),
        ("S1", "S1 words", "S1"),
        ("uncertain", "uncertain words", None),
    ]


def test_names_are_unique_whatever_speakers_are_called(draft: Make, sentence: Say) -> None:
    names = ["S1", "S1 (2)", "S1 words", "uncertain", None]
    made = draft([sentence("x", 0, 1, speaker=name) for name in names for _ in range(2)])

    found = [name for tier in tiers(made) for name in (tier.name, tier.words_name)]
    assert len(found) == len(set(found)) == 20


def test_words_that_find_no_room_join_the_label_before_them(draft: Make, sentence: Say) -> None:
    words = tuple(Word(text, 1.0, 1.0, 0.9) for text in ("I", " do", "n't", " "))
    (tier,) = tiers(draft([sentence("I don't", 1.0, 1.0, words=words)]))

    assert [(word.start_ms, word.end_ms, word.text) for word in tier.words] == [(1000, 1001, "I don't")]


def test_words_outside_their_sentence_are_drawn_into_it(draft: Make, sentence: Say) -> None:
    words = (Word("a", 0.2, 1.4, 0.9), Word(" b", 1.3, 1.6, 0.9), Word(" c", 2.5, 3.0, 0.9))
    (tier,) = tiers(draft([sentence("a b c", 1.0, 2.0, words=words)]))

    assert [(word.start_ms, word.end_ms, word.text) for word in tier.words] == [
        (1000, 1400, "a"),
        (1400, 1600, "b"),
        (1999, 2000, "c"),
    ]
