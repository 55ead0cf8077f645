"""What is shown of a comparison: both texts once, and colours that agree with the score."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.known_edits import KINDS, make_case
from core.types import LANGUAGES, CorrectedSentence, Correction, Draft, Language
from export.scoring import Edits, score_correction
from export.scoring.differences import Differences, Piece, SentenceDifference, differences, named_after
from tests.export.scoring.talks import corrected, drafted, row

TEXT = ("content", "orthography", "punctuation", "spacing")


def shown(before: Sequence[str], after: Sequence[str], language: Language = "ko") -> Differences:
    draft = drafted(before, language)
    return differences(draft.sentences, [row(text, place) for place, text in enumerate(after)], language)


def written(pieces: Sequence[Piece]) -> str:
    """Pieces as they are read in a failure: what is the same bare, what is not as kind(before|after)."""
    return "".join(
        one.after if one.kind == "same" and one.before == one.after else f"{one.kind}({one.before}|{one.after})"
        for one in pieces
    )


def of_kinds(edits: Edits) -> set[str]:
    return {kind for kind in TEXT if getattr(edits, kind)}


def kinds_of(rows: Sequence[SentenceDifference]) -> set[str]:
    return {piece.kind for one in rows for piece in one.pieces} - {"same"}


def insist_everything_is_there_once(draft: Draft, correction: Correction, found: Differences) -> None:
    """What holds of all differences: texts, rows, and what the score counts."""
    score = score_correction(draft, correction)
    rows = {one.index: one for one in found.sentences if one.index is not None}
    assert sorted(rows) == list(range(len(correction.sentences)))
    for place, sentence in enumerate(correction.sentences):
        assert "".join(piece.after for piece in rows[place].pieces) == sentence.text
    befores = Counter("".join(piece.before for one in found.sentences for piece in one.pieces))
    assert befores == Counter("".join(one.text for one in draft.sentences))

    removed = [one for one in found.sentences if one.index is None]
    assert len(removed) == len(score.removed)
    assert not any(piece.after for one in removed for piece in one.pieces)
    assert kinds_of(found.sentences) == of_kinds(score.figures.edits)
    assert found.renamed == score.renamed
    for one in score.sentences:
        assert one.index is not None
        difference = rows[one.index]
        assert tuple(draft.sentences[place].id for place in difference.sources) == one.from_ids
        assert Counter(difference.borders) == Counter(
            {kind: many for kind in ("split", "merge", "shift") if (many := getattr(one.edits, kind))}
        )
        assert (difference.speaker is not None) == bool(one.edits.speaker)
        assert (difference.time is not None) == bool(one.edits.time)


CASES: list[tuple[str, Language, str, str, str]] = [
    ("nothing", "ko", "오늘 회의.", "오늘 회의.", "오늘 회의."),
    ("a letter", "ko", "회의를 시작함니다.", "회의를 시작합니다.", "회의를 시작content(함|합)니다."),
    ("a word put in", "en", "We met there.", "We all met there.", "We content(|all )met there."),
    ("a word less", "en", "We all met there.", "We met there.", "We content(all |)met there."),
    ("a space", "ko", "그럴 수 밖에 없다.", "그럴 수밖에 없다.", "그럴 수spacing( |)밖에 없다."),
    ("a mark", "en", "Well I know", "Well, I know.", "Wellpunctuation(|,) I knowpunctuation(|.)"),
    ("a mark for a mark", "en", "Is it. So", "Is it? So", "Is itpunctuation(.|?) So"),
    ("a capital", "en", "we met.", "We met.", "orthography(w|W)e met."),
    ("script", "zh", "今天的會議。", "今天的会议。", "今天的orthography(會議|会议)。"),
    ("a numeral, its space", "ko", "회의는 세 시에.", "회의는 3시에.", "회의는 orthography(세 |3)시에."),
    (
        "a numeral",
        "en",
        "We met twenty-five people.",
        "We met 25 people.",
        "We met orthography(twenty-five|25) people.",
    ),
    ("kana", "ja", "それは出来ない。", "それはできない。", "それはorthography(出来|でき)ない。"),
    ("width", "zh", "好的,走。", "好的，走。", "好的orthography(,|，)走。"),
    ("width and a space", "zh", "好的，走。", "好的, 走。", "好的orthography(，|,)spacing(| )走。"),
    ("broad spaces", "ko", "오늘   회의", "오늘 회의", "same(오늘   회의|오늘 회의)"),
    ("all of it", "ko", "가 나, 다", "뷁 궳! 쀍", "content(가 나, 다|뷁 궳! 쀍)"),
    ("invisible", "ko", "오늘\u200b 회의", "오늘 회의", "same(오늘\u200b 회의|오늘 회의)"),
]


@pytest.mark.parametrize(("name", "language", "before", "after", "result"), CASES)
def test_a_sentence_is_shown_in_pieces_by_kind(
    name: str, language: Language, before: str, after: str, result: str
) -> None:
    (one,) = shown([before], [after], language).sentences
    assert written(one.pieces) == result


WORDS = {
    "ko": "오늘 회의 삼 3 세 시작 니다 가 ㅋ 네. , ? ... 한국어 이십",
    "en": "the The met three 3 at a't , . ok-ay U.S. twenty five “ ”",
    "zh": "今天 會議 会议 三 3 點 点 。 ， , 好 二十",
    "ja": "出来 でき ない 事 こと ﾊﾟ パ 三 3 。 、 です 引越し ㌢ センチ",
}


@st.composite
def talks(draw: st.DrawFn) -> tuple[Draft, Correction]:
    """Two lists of texts from few words, so that they agree in many places by chance, in any order and time."""
    language = draw(st.sampled_from(LANGUAGES))
    words = st.sampled_from([*WORDS[language].split(), "", "\u200b", "a\u0301", "\u0327\u0301", " "])
    text = st.builds(str.join, st.sampled_from(["", " ", "  "]), st.lists(words, max_size=6))
    draft = drafted(draw(st.lists(text, max_size=5)), language)
    rows = draw(
        st.lists(
            st.builds(
                row,
                text,
                st.one_of(st.integers(0, 5), st.floats(0, 6)),
                st.sampled_from(["S1", "S2", None]),
                id=st.sampled_from([None, "0001", "0003", "x"]),
            ),
            max_size=5,
        )
    )
    return draft, corrected(draft, rows)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(talks())
def test_every_text_is_there_once_and_colours_agree_with_the_score(talk: tuple[Draft, Correction]) -> None:
    draft, correction = talk
    insist_everything_is_there_once(
        draft, correction, differences(draft.sentences, correction.sentences, draft.language)
    )


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    language=st.sampled_from(LANGUAGES),
    before=st.lists(ANYTHING, max_size=5),
    after=st.lists(ANYTHING, max_size=5),
)
def test_any_characters_are_there_once(language: Language, before: list[str], after: list[str]) -> None:
    draft = drafted(before, language)
    correction = corrected(draft, [row(text, place) for place, text in enumerate(after)])
    insist_everything_is_there_once(draft, correction, differences(draft.sentences, correction.sentences, language))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=7),
    language=st.sampled_from(LANGUAGES),
    seed=st.integers(0, 2**32),
    names=st.sampled_from(["from", "id", "none"]),
)
def test_edits_that_are_known_are_shown_in_their_sentences(kinds, language, seed, names) -> None:  # type: ignore[no-untyped-def]
    case = make_case(kinds, language, random.Random(seed), names=names)
    found = differences(case.draft.sentences, case.correction.sentences, language)
    insist_everything_is_there_once(case.draft, case.correction, found)
    score = score_correction(case.draft, case.correction)
    rows = {one.index: one for one in found.sentences}
    for one in score.sentences:
        assert kinds_of([rows[one.index]]) == of_kinds(one.edits)


def test_sentences_come_by_time_with_those_that_are_gone_and_those_that_are_new() -> None:
    draft = drafted(["회의를 시작합니다.", "시청해 주셔서 감사합니다.", "다음은 내년 예산에 관한 이야기입니다."])
    rows = [row("다음은 내년 예산에 관한 이야기입니다.", 2), row("네, 그래요!", 3), row("회의를 시작합니다.", 0)]
    found = differences(draft.sentences, rows, "ko")
    assert [(one.index, one.sources, written(one.pieces)) for one in found.sentences] == [
        (2, (0,), "회의를 시작합니다."),
        (None, (1,), "content(시청해 주셔서 감사합니다.|)"),
        (0, (2,), "다음은 내년 예산에 관한 이야기입니다."),
        (1, (), "content(|네, 그래요!)"),
    ]
    assert [one.to_dict()["added"] for one in found.sentences] == [False, False, False, True]


def test_borders_are_told_of_the_sentence_that_they_are_counted_for() -> None:
    found = shown(
        ["So we went home and then we all sat down", "and talked about it.", "Good. Yes, it was."],
        ["So we went home", "and then we all sat down and talked about it.", "Good.", "Yes, it was."],
        "en",
    )
    assert [(one.sources, one.borders) for one in found.sentences] == [
        ((0,), ()),
        ((0, 1), ("split", "merge")),
        ((2,), ()),
        ((2,), ("split",)),
    ]
    assert [written(one.pieces) for one in found.sentences][:2] == [
        "same(So we went home |So we went home)",
        "same(and then we all sat downand talked about it.|and then we all sat down and talked about it.)",
    ]


def test_speakers_and_times_are_told_where_they_are_edits() -> None:
    texts = ["회의를 시작합니다.", "네, 좋습니다.", "다음은 예산입니다.", "그렇군요."]
    draft = drafted(texts, speakers=["S1", "S2", "S1", "S2"])
    rows = [
        row(text, place, name, start=2.0 * place + later)
        for place, (text, name, later) in enumerate(
            zip(texts, ["Kim", "S2", "Kim", "Kim"], [0, 0.5, 0.1, 0], strict=True)
        )
    ]
    found = differences(draft.sentences, rows, "ko")
    assert found.renamed == (("S1", "Kim"),)
    assert [one.speaker for one in found.sentences] == [None, None, None, ("S2", "Kim")]
    assert [one.time for one in found.sentences] == [None, ((2.0, 3.8), (2.5, 3.8)), None, None]
    shown_row = found.to_dict()["rows"][3]
    assert (shown_row["speaker"], shown_row["time"]) == ({"before": "S2", "after": "Kim"}, None)


def test_sentence_that_stays_behind_when_its_name_is_changed_throughout_is_told_after_that() -> None:
    texts = ["회의를 시작합니다.", "네, 좋습니다.", "다음은 예산입니다.", "그렇군요."]
    draft = drafted(texts)
    rows = [row(text, place, "Kim" if place else "S1") for place, text in enumerate(texts)]
    found = differences(draft.sentences, rows, "ko")
    assert found.renamed == (("S1", "Kim"),)
    assert [one.speaker for one in found.sentences] == [("Kim", "S1"), None, None, None]


def revised(before: Sequence[CorrectedSentence], after: Sequence[CorrectedSentence]) -> list[str]:
    """Each row of what a later correction changed in an earlier one: where it was and is, and its text."""
    found = differences(*named_after(before, after), "ko")
    return [f"{[*one.sources]} {one.index} {written(one.pieces)}" for one in found.sentences]


def test_two_corrections_are_compared_by_their_texts_whatever_the_draft_was() -> None:
    before = [row("회의를 시작합니다.", 0, from_ids=("0002", "0003")), row("네 좋습니다.", 2, from_ids=())]
    after = [row("회의를 시작합시다.", 0, from_ids=("0002", "0003")), row("네, 좋습니다.", 2, from_ids=())]
    assert revised(before, after) == ["[0] 0 회의를 시작합content(니|시)다.", "[1] 1 네punctuation(|,) 좋습니다."]
    assert revised(before, before) == ["[0] 0 회의를 시작합니다.", "[1] 1 네 좋습니다."]


@pytest.mark.parametrize("named", [{"id": "a"}, {"from_ids": ("0001",)}])
def test_sentence_of_two_corrections_that_was_typed_anew_is_followed_by_what_both_say(named: dict) -> None:  # type: ignore[type-arg]
    before = [row("뷁뷁뷁.", 0, **named), row("다음은 예산입니다.", 1)]
    after = [row("점심 먹으러 가요.", 4, **named), row("다음은 예산입니다.", 1)]
    assert revised(before, after) == ["[1] 1 다음은 예산입니다.", "[0] 0 content(뷁뷁뷁.|점심 먹으러 가요.)"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(talks(), talks())
def test_two_corrections_have_every_text_once(
    one: tuple[Draft, Correction], other: tuple[Draft, Correction]
) -> None:
    before, after = one[1].sentences, other[1].sentences
    found = differences(*named_after(before, after), one[0].language)
    rows = {row.index: row for row in found.sentences}
    for place, sentence in enumerate(after):
        assert "".join(piece.after for piece in rows[place].pieces) == sentence.text
    befores = Counter("".join(piece.before for row in found.sentences for piece in row.pieces))
    assert befores == Counter("".join(sentence.text for sentence in before))
