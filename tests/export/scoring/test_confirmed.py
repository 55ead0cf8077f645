"""Which words of a draft came through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import BadDocument
from core.types import Draft, Language, Word
from export.scoring import score_correction
from export.scoring.confirmed import confirmed_words, score_and_confirm
from tests.export.scoring.talks import corrected, drafted, row


def confirmed(words: list[str], text: str, language: Language = "en", *, shown: str | None = None) -> list[bool]:
    """Whether each word came through a correction to `text`, known by a confidence of its own."""
    draft = worded(words, language, shown=shown)
    found = confirmed_words(draft, corrected(draft, [row(text, 0)]))
    places = [place for place, total in enumerate(found.total) if total]
    return [bool(found.right[place]) for place in places]


def worded(words: list[str], language: Language, *, shown: str | None = None) -> Draft:
    draft = drafted([shown or "".join(words).strip()], language)
    rows = tuple(
        Word(word, 0.1 * number, 0.1 * number + 0.1, (2 * number + 1) / 100) for number, word in enumerate(words)
    )
    return replace(draft, sentences=(replace(draft.sentences[0], words=rows),))


@pytest.mark.parametrize(
    ("words", "text", "language", "right"),
    [
        ([" We", " met", " their"], "We met there.", "en", [True, True, False]),
        ([" we", " met,", " there"], "We, met there", "en", [True, True, True]),
        ([" we", " met", " there"], "We there", "en", [True, False, True]),
        ([" we", " there"], "We met there", "en", [True, True]),
        ([" part", " time"], "parts time", "en", [True, True]),
        ([" partime"], "part time", "en", [False]),
        ([" twenty", " five", " men"], "25 men", "en", [True, True, True]),
        (["出来", "ない", "機械"], "できない機会", "ja", [True, True, False]),
        (["今", "天", "開", "会"], "今天开花", "zh", [True, True, True, False]),
        ([" 오늘", " 회의는", " 시작함니다."], "오늘 회의는 시작합니다.", "ko", [True, True, False]),
    ],
)
def test_a_word_is_right_where_its_content_stayed(
    words: list[str], text: str, language: Language, right: list[bool]
) -> None:
    assert confirmed(words, text, language) == right


def test_words_are_found_in_text_that_was_written_otherwise_for_reading() -> None:
    assert confirmed(["開", "會", "了"], "开会了。", "zh", shown="开会了。") == [True, True, True]
    assert confirmed([" we", " uh", " met"], "We met.", shown="We met.") == [True, False, True]


def test_words_of_nothing_but_marks_are_not_counted() -> None:
    assert confirmed([" we", " –", " met"], "We met.") == [True, True]


def test_sentences_that_were_taken_out_split_or_moved() -> None:
    draft = drafted(["We met there.", "Thank you for watching.", "It rained all day."], "en")
    gone = confirmed_words(draft, corrected(draft, [row("We met there.", 0), row("It rained all day.", 2)]))
    assert (sum(gone.total), sum(gone.right)) == (11, 7)
    split = [row("We met", 0, end=0.8), row("there.", 0, start=0.9), row("Thank you for watching.", 1)]
    found = confirmed_words(draft, corrected(draft, [*split, row("It rained all day.", 2, speaker="Kim")]))
    assert (sum(found.total), sum(found.right)) == (11, 11)


def test_drafts_and_corrections_of_nothing_confirm_nothing() -> None:
    draft = drafted(["We met there."], "en")
    everything_gone = confirmed_words(draft, corrected(draft, []))
    assert (sum(everything_gone.total), sum(everything_gone.right)) == (3, 0)
    empty = drafted([], "en")
    assert sum(confirmed_words(empty, corrected(empty, [row("New.", 0)])).total) == 0
    wordless = replace(draft, sentences=(replace(draft.sentences[0], words=()),))
    assert sum(confirmed_words(wordless, corrected(wordless, [row("We met there.", 0)])).total) == 0


def test_one_alignment_gives_both() -> None:
    draft = drafted(["We met there.", "It rained all day."], "en")
    correction = corrected(draft, [row("We met here.", 0), row("It rained all day.", 1)])
    both = score_and_confirm(draft, correction)
    assert both == (score_correction(draft, correction), confirmed_words(draft, correction))


def test_a_correction_of_another_draft_is_refused() -> None:
    draft = drafted(["We met there."], "en")
    with pytest.raises(BadDocument):
        confirmed_words(draft, replace(corrected(draft, []), draft_id="f" * 32))
