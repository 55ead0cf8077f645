"""What is counted between a draft and its correction, case by case."""

from __future__ import annotations

import json
import math
import random
import unicodedata
from dataclasses import replace

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.known_edits import KINDS, make_case
from core.errors import BadDocument
from core.types import LANGUAGES, Language
from export.scoring import (
    Edits,
    Figures,
    added,
    content_texts,
    read_figures,
    score_batch,
    score_correction,
)
from tests.export.scoring.talks import corrected, drafted, row, scored

CASES: list[tuple[str, Language, list[str], list[str], Edits]] = [
    ("nothing", "ko", ["오늘 회의는 세 시에 시작합니다."], ["오늘 회의는 세 시에 시작합니다."], Edits()),
    (
        "a letter",
        "ko",
        ["오늘 회의는 시작합니다."],
        ["오늘 회의는 시작합니까?"],
        Edits(substitution=1, punctuation=1),
    ),
    ("a word", "en", ["We met yesterday."], ["We all met yesterday."], Edits(insertion=3)),
    ("a word less", "en", ["We all met yesterday."], ["We met yesterday."], Edits(deletion=3)),
    ("spaces only", "ko", ["그럴 수 밖에 없다."], ["그럴 수밖에 없다."], Edits(spacing=1)),
    ("spaces only", "zh", ["我们 明天去。"], ["我们明天去。"], Edits(spacing=1)),
    ("script", "zh", ["今天的會議三點開始。"], ["今天的会议三点开始。"], Edits(orthography=2)),
    ("script and a letter", "zh", ["今天的會議開始。"], ["今天的会议结始。"], Edits(orthography=1, substitution=1)),
    ("taiwan's words stay", "zh", ["我叫計程車。"], ["我叫出租车。"], Edits(substitution=2, orthography=1)),
    ("kana", "ja", ["それは出来ない事です。"], ["それはできないことです。"], Edits(orthography=2)),
    ("okurigana", "ja", ["引越しをします。"], ["引っ越しをします。"], Edits(orthography=1)),
    ("homophones", "ja", ["機械があります。"], ["機会があります。"], Edits(substitution=1)),
    ("kanji of one word", "ja", ["よく解りました。"], ["よく分かりました。"], Edits(orthography=1)),
    ("inflected", "ja", ["私が言う。"], ["私が言った。"], Edits(substitution=1, insertion=1)),
    ("half width", "ja", ["ﾊﾟｿｺﾝを買う。"], ["パソコンを買う。"], Edits(orthography=1)),
    ("numeral", "ko", ["회의는 세 시에 시작합니다."], ["회의는 3시에 시작합니다."], Edits(orthography=1)),
    ("numeral", "ko", ["그때는 이천이십육년이다."], ["그때는 2026년이다."], Edits(orthography=1)),
    ("numeral", "zh", ["他买了二十五本书。"], ["他买了25本书。"], Edits(orthography=1)),
    ("numeral", "ja", ["三十人が来た。"], ["30人が来た。"], Edits(orthography=1)),
    ("numeral", "en", ["I have twenty-five books."], ["I have 25 books."], Edits(orthography=1)),
    ("numeral", "en", ["One hundred and three people."], ["103 people."], Edits(orthography=1)),
    ("numeral", "en", ["103 people."], ["One hundred and three people."], Edits(orthography=1)),
    ("numerals in a row", "en", ["One, two, three, go."], ["1, 2, 3, go."], Edits(orthography=3)),
    ("numerals in a row", "ko", ["하나, 둘, 셋, 시작."], ["1, 2, 3, 시작."], Edits(orthography=3)),
    ("numerals in a row", "ko", ["오만 오천 원입니다."], ["5만 5천 원입니다."], Edits(orthography=2)),
    (
        "numeral, and a sign for a word",
        "en",
        ["It costs twenty-five percent."],
        ["It costs 25%."],
        Edits(substitution=1, deletion=6, orthography=1),
    ),
    (
        "another number",
        "en",
        ["I have twenty-five books."],
        ["I have 26 books."],
        Edits(substitution=2, deletion=8),
    ),
    ("said otherwise", "ko", ["스물다섯 개입니다."], ["이십오 개입니다."], Edits(substitution=3, deletion=1)),
    ("case", "en", ["we met paul."], ["We met Paul."], Edits(orthography=2)),
    ("full width", "en", ["The ＡＢＣ is here."], ["The ABC is here."], Edits(orthography=1)),
    ("full-width mark", "zh", ["好的,走吧。"], ["好的，走吧。"], Edits(orthography=1)),
    ("quotes", "en", ["He said “yes” twice."], ['He said "yes" twice.'], Edits(orthography=2)),
    ("ellipsis", "ko", ["글쎄... 모르겠어요."], ["글쎄… 모르겠어요."], Edits(orthography=1)),
    ("squared", "ja", ["㈱山田です。"], ["(株)山田です。"], Edits(orthography=1, punctuation=2)),
    ("decomposed", "ko", ["한국어 문장이다."], [unicodedata.normalize("NFD", "한국어 문장이다.")], Edits()),
    ("emoji", "ko", ["정말요 😀"], ["정말요 👍🏽"], Edits(punctuation=1)),
    ("skin", "ko", ["정말요 👍"], ["정말요 👍🏽"], Edits()),
    ("a mark", "en", ["Well I know."], ["Well, I know."], Edits(punctuation=1)),
    ("apostrophe", "en", ["I dont know."], ["I don't know."], Edits(punctuation=1)),
    ("hyphen", "en", ["A well known man."], ["A well-known man."], Edits(punctuation=1)),
    ("decimal point", "en", ["It is 35 percent."], ["It is 3.5 percent."], Edits(insertion=1)),
    ("wave dash", "ja", ["2～3人です。"], ["2〜3人です。"], Edits(orthography=1)),
    ("no draft", "ko", [], ["오늘 회의"], Edits(insertion=4)),
    ("no correction", "ko", ["오늘 회의", "네"], [], Edits(deletion=5)),
    ("neither", "ko", [], [], Edits()),
    ("all replaced", "ko", ["가나다라"], ["완전히요"], Edits(substitution=4)),
    ("marks only", "ko", ["…"], ["♪"], Edits(punctuation=1)),
    (
        "join",
        "ko",
        ["회의는 시작합니다.", "네 알겠습니다."],
        ["회의는 시작합니다. 네 알겠습니다."],
        Edits(merge=1, time=1),
    ),
    (
        "cut",
        "ko",
        ["회의는 시작합니다. 네 알겠습니다."],
        ["회의는 시작합니다.", "네 알겠습니다."],
        Edits(split=1, time=1),
    ),
    (
        "shift",
        "ko",
        ["회의는 시작합니다 네", "알겠습니다."],
        ["회의는 시작합니다", "네 알겠습니다."],
        Edits(shift=1),
    ),
    (
        "a long way",
        "en",
        ["So we went home and then we all sat down", "and talked about the weather."],
        ["So we went home", "and then we all sat down and talked about the weather."],
        Edits(split=1, merge=1),
    ),
    (
        "one taken out",
        "en",
        ["We met at noon.", "Thank you for watching.", "Then we left."],
        ["We met at noon.", "Then we left."],
        Edits(deletion=19, time=2),
    ),
]


@pytest.mark.parametrize(("name", "language", "before", "after", "edits"), CASES)
def test_each_difference_is_counted_once_in_one_kind(
    name: str, language: Language, before: list[str], after: list[str], edits: Edits
) -> None:
    assert scored(before, after, language).figures.edits == edits


TENS = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
ONES = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]


def native(number: int) -> str:
    return "스무" if number == 20 else f"{TENS[number // 10]}{ONES[number % 10]}"


def sino(number: int, digits: str, ten: str) -> str:
    tens, ones = number // 10, number % 10
    digit = ["", *digits]
    return f"{digit[tens] if tens > 1 else ''}{ten if tens else ''}{digit[ones]}"


@pytest.mark.parametrize(
    "before", ["", "사람이 ", "철수가 ", "저는 ", "책은 ", "책을 ", "사과를 ", "저도 ", "제일 "]
)
def test_every_korean_number_in_words_is_its_digits_behind_any_particle(before: str) -> None:
    for number in range(1, 100):
        said = sino(number, "일이삼사오육칠팔구", "십")
        for words, digits in (
            (f"{native(number)} 명", f"{number}명"),
            (f"{native(number)}시에", f"{number}시에"),
            (f"{said} 분", f"{number}분"),
            (f"{said}만 원", f"{number}만 원"),
            (f"{said}만 원", f"{number}0,000원"),
        ):
            for one, other in ((words, digits), (digits, words)):
                edits = scored([before + one], [before + other]).figures.edits
                assert edits == Edits(orthography=1), (before + one, before + other)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("zh", "", "个"),
        ("zh", "统一", "个"),
        ("zh", "星期一", "点开会"),
        ("zh", "第", "页"),
        ("zh", "万一", "岁"),
        ("ja", "全部で", "人です"),
        ("ja", "その一", "円です"),
        ("ja", "午後", "時"),
    ],
)
def test_every_number_in_kanji_is_its_digits_behind_any_character(
    language: Language, before: str, after: str
) -> None:
    for number in range(1, 100):
        one = f"{before}{sino(number, '一二三四五六七八九', '十')}{after}"
        other = f"{before}{number}{after}"
        assert scored([one], [other], language).figures.edits == Edits(orthography=1), one
        assert scored([other], [one], language).figures.edits == Edits(orthography=1), other


@pytest.mark.parametrize(
    ("language", "before", "after", "content"),
    [
        ("ko", "저녁 일곱 시", "저녁 8시", 2),
        ("ko", "이십오 명", "20명", 3),
        ("ko", "이십오 명", "5명", 3),
        ("ko", "스물일곱 명", "20명", 4),
        ("ko", "스물일곱 명", "7명", 4),
        ("ko", "값이 이천 원", "값이 3000원", 4),
        ("ko", "일곱 명", "칠 명", 2),
        ("zh", "二十五个", "20个", 3),
        ("zh", "二十五个", "5个", 3),
    ],
)
def test_number_that_was_misheard_stays_an_error(language: Language, before: str, after: str, content: int) -> None:
    edits = scored([before], [after], language).figures.edits
    assert (edits.content, edits.orthography) == (content, 0)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=7),
    language=st.sampled_from(LANGUAGES),
    seed=st.integers(0, 2**32),
    names=st.sampled_from(["from", "id", "none"]),
)
def test_edits_that_are_known_come_back_exactly(kinds, language, seed, names) -> None:  # type: ignore[no-untyped-def]
    case = make_case(kinds, language, random.Random(seed), names=names)
    score = score_correction(case.draft, case.correction)
    assert score.figures.edits == case.expected
    parts = [one.edits for one in (*score.sentences, *score.removed)]
    assert sum(parts, Edits(speaker=len(score.renamed))) == score.figures.edits


WORDS = {
    "ko": "오늘 회의 삼 3 시작 니다 가 ㅋ 네. , ? 한국어 이십",
    "en": "the The met three 3 at a't , . ok-ay U.S. twenty five",
    "zh": "今天 會議 会议 三 3 點 点 。 ， 好 二十",
    "ja": "出来 でき ない 事 こと ﾊﾟ パ 三 3 。 、 です 引越し",
}


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Language, list[str], list[str]]:
    """Two lists of texts from few words, so that they agree in many places by chance."""
    language = draw(st.sampled_from(LANGUAGES))
    text = st.lists(st.sampled_from(WORDS[language].split()), max_size=6).map(" ".join)
    return language, draw(st.lists(text, max_size=6)), draw(st.lists(text, max_size=6))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(spoken())
def test_error_rates_are_those_of_jiwer(talk: tuple[Language, list[str], list[str]]) -> None:
    language, before, after = talk
    draft = drafted(before, language)
    correction = corrected(draft, [row(text, place) for place, text in enumerate(after)])
    figures = score_correction(draft, correction).figures
    written, said = content_texts(draft, correction)
    if not said:
        assert figures.cer is None
        return
    assert figures.cer == jiwer.cer(said.replace(" ", ""), written.replace(" ", ""))
    if language == "en":
        assert figures.wer == jiwer.wer(said, written)
    else:
        assert figures.wer is None


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    language=st.sampled_from(LANGUAGES),
    before=st.lists(ANYTHING, max_size=5),
    after=st.lists(st.tuples(ANYTHING, st.floats(0, 20), st.sampled_from(["S1", "S2", None])), max_size=5),
    names=st.lists(st.one_of(st.none(), st.sampled_from(["0001", "0002", "x"])), min_size=5, max_size=5),
)
def test_whatever_is_handed_in_is_scored_and_adds_up(language, before, after, names) -> None:  # type: ignore[no-untyped-def]
    draft = drafted(before, language)
    rows = [
        row(text, 0, speaker, start=start, end=start + 1.0, id=names[place])
        for place, (text, start, speaker) in enumerate(after)
    ]
    score = score_correction(draft, corrected(draft, rows))
    assert [one.index for one in score.sentences] == list(range(len(rows)))
    parts = [one.edits for one in (*score.sentences, *score.removed)]
    assert sum(parts, Edits(speaker=len(score.renamed))) == score.figures.edits
    assert score.figures.difficulty is None or 0.0 <= score.figures.difficulty <= 100.0
    shown = json.dumps(score.to_dict(), allow_nan=False)
    assert json.loads(shown)["edits"] == score.figures.edits.to_dict()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(language=st.sampled_from(LANGUAGES), texts=st.lists(ANYTHING, max_size=5))
def test_what_nobody_changed_has_no_edits(language: Language, texts: list[str]) -> None:
    score = scored(texts, texts, language)
    assert score.figures.edits == Edits()
    assert score.figures.effort == 0.0
    assert score.figures.unchanged_sentences == len(texts)
    assert not score.removed


def test_correction_of_another_draft_is_refused_with_a_pointer() -> None:
    draft = drafted(["네."])
    correction = replace(corrected(draft, []), draft_id="another")
    with pytest.raises(BadDocument, match="of draft another") as refused:
        score_correction(draft, correction)
    assert refused.value.problems[0][0] == "/draft_id"


@pytest.mark.parametrize("named", ["from", "id", "none"])
def test_sentence_that_moved_is_followed_and_costs_its_times_only(named: str) -> None:
    draft = drafted(["회의를 시작합니다.", "다음은 예산 이야기입니다.", "질문이 있으면 말씀하세요."])
    places = [1, 2, 0]
    rows = [
        row(
            draft.sentences[source].text,
            place,
            from_ids=(draft.sentences[source].id,) if named == "from" else None,
            id=draft.sentences[source].id if named == "id" else None,
        )
        for place, source in enumerate(places)
    ]
    score = score_correction(draft, corrected(draft, rows))
    assert score.figures.edits == Edits(time=6)
    assert [one.from_ids for one in score.sentences] == [("0002",), ("0003",), ("0001",)]


@pytest.mark.parametrize("joined", [True, False])
def test_sentence_that_moved_and_was_joined_or_cut_is_followed_without_ids(joined: bool) -> None:
    stays = [
        "회의를 시작하기 전에 드릴 말씀이 있습니다.",
        "다음은 내년 예산에 관한 이야기입니다.",
        "질문이 있으면 말씀해 주세요.",
    ]
    first, second = "저, 기술에 대해 어떻게 생각하세요?", "수원에 가 본 적이 있어요?"
    parts, whole = [first, second], [f"{first} {second}"]
    before, after = (parts, whole) if joined else (whole, parts)
    draft = drafted([*before, *stays])
    rows = [row(text, place) for place, text in enumerate([*stays, *after])]
    edits = score_correction(draft, corrected(draft, rows)).figures.edits
    assert (edits.content, edits.merge, edits.split) == ((0, 1, 0) if joined else (0, 0, 1))


def test_ids_that_are_wrong_do_not_count_against_the_text() -> None:
    draft = drafted(["회의를 시작합니다.", "다음은 예산 이야기입니다.", "질문이 있으면 말씀하세요."])
    rows = [
        row(one.text, place, from_ids=(draft.sentences[2 - place].id,)) for place, one in enumerate(draft.sentences)
    ]
    score = score_correction(draft, corrected(draft, rows))
    assert score.figures.edits == Edits()
    assert [one.from_ids for one in score.sentences] == [("0001",), ("0002",), ("0003",)]


def test_ids_twice_and_rows_in_any_order_change_nothing() -> None:
    texts = ["회의를 시작합니다.", "다음은 예산 이야기입니다.", "질문이 있으면 말씀하세요."]
    draft = drafted(texts)
    rows = [row(text, place, id="0001", from_ids=None) for place, text in enumerate(texts)]
    assert score_correction(draft, corrected(draft, rows)).figures.edits == Edits()
    score = score_correction(draft, corrected(draft, rows[::-1]))
    assert score.figures.edits == Edits()
    assert [one.from_ids for one in score.sentences] == [("0003",), ("0002",), ("0001",)]


def test_sentence_written_anew_keeps_its_origin_where_the_correction_names_it() -> None:
    draft = drafted(["회의를 시작합니다.", "뷁뷁뷁뷁뷁."])
    rows = [row("회의를 시작합니다.", 0), row("점심 먹으러 가요.", 4, from_ids=("0002",))]
    score = score_correction(draft, corrected(draft, rows))
    assert score.sentences[1].from_ids == ("0002",)
    assert not score.removed
    assert score.sentences[1].flags == ("retype",)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_inaudible_sentence_is_scored_as_one_with_no_content(place: int) -> None:
    texts = ["회의를 시작합니다.", "다음은 예산입니다.", "질문이 있으면 말씀하세요."]
    draft = drafted(texts)
    rows = [row(text, at, from_ids=(draft.sentences[at].id,)) for at, text in enumerate(texts)]
    inaudible = [replace(one, text="", marks=("inaudible",)) if at == place else one for at, one in enumerate(rows)]
    without = [replace(one, text=".") if at == place else one for at, one in enumerate(rows)]
    score = score_correction(draft, corrected(draft, inaudible))
    deleted = score.figures.draft_characters - score.figures.content_characters
    assert [one.from_ids for one in score.sentences] == [("0001",), ("0002",), ("0003",)]
    assert score.sentences[place].edits.deletion == score.figures.edits.content == deleted
    assert score.sentences[place].cer is None
    assert not score.removed
    other = score_correction(draft, corrected(draft, without))
    assert [one.edits.content for one in other.sentences] == [one.edits.content for one in score.sentences]


def test_sentence_that_is_gone_is_told_beside_the_others() -> None:
    draft = drafted(["회의를 시작합니다.", "시청해 주셔서 감사합니다."])
    score = score_correction(draft, corrected(draft, [row("회의를 시작합니다.", 0)]))
    assert [one.from_ids for one in score.removed] == [("0002",)]
    assert score.removed[0].index is None
    assert score.removed[0].edits == Edits(deletion=11)
    assert score.figures.edits == Edits(deletion=11)


def test_hundred_times_the_text_and_none_of_it_are_scored() -> None:
    draft = drafted(["회의를 시작합니다."] * 20)
    rows = [row("회의를 시작합니다. " * 100, place) for place in range(20)]
    score = score_correction(draft, corrected(draft, rows))
    assert score.figures.edits.insertion == 8 * 99 * 20
    assert score.figures.edits.content == score.figures.edits.insertion
    empty = score_correction(draft, corrected(draft, []))
    assert (empty.figures.cer, empty.figures.wer, empty.figures.der) == (None, None, None)
    assert empty.figures.difficulty == pytest.approx(100, abs=1)


def test_draft_without_words_or_speakers_is_scored() -> None:
    draft = drafted(["네 알겠습니다.", "고마워요."], speakers=[None, None])
    bare = replace(draft, sentences=tuple(replace(one, words=()) for one in draft.sentences), turns=())
    rows = [row("네 알겠습니다.", 0, "S1"), row("고마워요.", 1, "S2")]
    assert score_correction(bare, corrected(bare, rows)).figures.edits == Edits(speaker=2)


def test_name_changed_throughout_is_one_edit_and_a_sentence_of_another_is_one_more() -> None:
    texts = ["회의를 시작합니다.", "네, 좋습니다.", "다음은 예산입니다.", "그렇군요.", "질문 있습니까?"]
    draft = drafted(texts, speakers=["S1", "S2", "S1", "S2", "S1"])
    names = ["Kim", "S2", "Kim", "Kim", "Kim"]
    rows = [row(text, place, names[place]) for place, text in enumerate(texts)]
    score = score_correction(draft, corrected(draft, rows))
    assert score.figures.edits == Edits(speaker=2)
    assert score.renamed == (("S1", "Kim"),)
    assert [one.edits.speaker for one in score.sentences] == [0, 0, 0, 1, 0]


def test_correction_of_a_tool_that_knows_no_speakers_is_one_edit_for_each_name() -> None:
    texts = ["회의를 시작합니다.", "네, 좋습니다.", "다음은 예산입니다.", "그렇군요."]
    draft = drafted(texts, speakers=["S1", "S2", "S1", "S2"])
    rows = [row(text, place, None) for place, text in enumerate(texts)]
    assert score_correction(draft, corrected(draft, rows)).figures.edits == Edits(speaker=2)


@pytest.mark.parametrize(("moved", "edits"), [(0.2, 0), (0.21, 1)])
def test_edges_that_moved_a_little_did_not_move(moved: float, edits: int) -> None:
    draft = drafted(["회의를 시작합니다."])
    rows = [row("회의를 시작합니다.", 0, start=0.0 + moved)]
    assert score_correction(draft, corrected(draft, rows)).figures.edits == Edits(time=edits)


def test_unread_is_unchanged_and_never_played_or_faster_than_it_can_be_heard() -> None:
    texts = ["회의를 시작합니다.", "네, 좋습니다.", "다음은 예산입니다.", "그렇군요."]
    draft = drafted(texts)
    rows = [
        row(texts[0], 0, seconds=5.0),
        row(texts[1], 1, seconds=5.0),
        row(texts[2], 2, seconds=0.5),
        row("그렇군요!", 3, seconds=0.1),
    ]
    score = score_correction(draft, corrected(draft, rows, played=((0.0, 1.9), (4.0, 8.0))))
    assert [one.flags for one in score.sentences] == [(), ("unread",), ("unread",), ()]
    assert [one.played_share for one in score.sentences] == pytest.approx([1.0, 0.0, 1.0, 1.0])
    assert score.figures.unread_sentences == 2
    assert score.flags == ()


def test_draft_is_unread_when_nothing_changed_and_nothing_was_heard() -> None:
    draft = drafted(["회의를 시작합니다."] * 10)
    rows = [row("회의를 시작합니다.", place) for place in range(10)]
    assert score_correction(draft, corrected(draft, rows)).flags == ()
    assert score_correction(draft, corrected(draft, rows, played=())).flags == ("unread",)
    assert score_correction(draft, corrected(draft, rows, lead_time=8.0)).flags == ("unread",)
    assert score_correction(draft, corrected(draft, rows, lead_time=8.0, revision=2)).flags == ()
    assert score_correction(draft, corrected(draft, rows, lead_time=0.0)).flags == ()


def test_retype_is_told_above_three_errors_in_ten() -> None:
    assert scored(["one two three four."], ["one two thrae four."], "en").flags == ()
    assert scored(["one two three four."], ["one twa thrae four."], "en").flags == ("retype",)
    assert scored(["가나다라마바사아자차."], ["가나다라마바사뷁뷁뷁."]).flags == ()
    assert scored(["가나다라마바사아자차."], ["가나다라마바뷁뷁뷁뷁."]).flags == ("retype",)


def test_figures_of_two_drafts_are_those_of_both_together() -> None:
    one = scored(["회의를 시작합니다.", "네."], ["회의를 시작합니까?", "네."])
    other = scored(["그렇군요."], ["그렇지요."])
    both = one.figures + other.figures
    assert both.edits == one.figures.edits + other.figures.edits
    assert both.cer == pytest.approx((1 + 1) / (9 + 4))
    assert both.drafts == 2
    assert added([one.figures, other.figures]) == both
    batch = score_batch([one, other, scored(["Hello there."], ["Hello there."], "en")])
    assert batch.by_language["ko"] == both
    assert batch.all.drafts == 3
    assert batch.to_dict()["by_language"]["ko"]["normaliser"] == "prelabel-ko-1"


def test_figures_that_were_stored_can_be_added_again() -> None:
    score = scored(["We met twenty five people.", "Bye"], ["We met 26 people!", "Bye"], "en")
    stored = json.loads(json.dumps(score.to_dict()))
    assert read_figures(stored).to_dict() == score.figures.to_dict()
    assert read_figures(score_batch([score, score]).to_dict()).edits == score.figures.edits + score.figures.edits


def test_where_there_is_nothing_to_divide_by_there_is_no_rate() -> None:
    shown = score_batch([]).to_dict()
    for name in ("cer", "wer", "der", "work_ratio", "difficulty", "unchanged_share", "unread_share"):
        assert shown[name] is None
    nothing = Figures()
    assert nothing.cer is None
    assert nothing.difficulty is None


def test_work_is_set_against_audio_only_where_the_lead_time_is_known() -> None:
    draft = drafted(["회의를 시작합니다."])
    rows = [row("회의를 시작합니다.", 0)]
    known = score_correction(draft, corrected(draft, rows, lead_time=9.0)).figures
    unknown = score_correction(draft, corrected(draft, rows, lead_time=0.0)).figures
    assert known.work_ratio == pytest.approx(9.0 / 3.0)
    assert unknown.work_ratio is None
    assert (known + unknown).work_ratio == known.work_ratio
    assert (known + unknown).audio_seconds == pytest.approx(6.0)


def test_effort_is_never_more_than_typing_the_sentence_afresh() -> None:
    few = scored(["가나다라마바사아자차카타파하."], ["가뷁다라마바사아자차카타파하."]).figures
    all_of_it = scored(["가나다라마바사아자차카타파하."], ["뷁뷁뷁뷁뷁뷁뷁뷁뷁뷁뷁뷁뷁뷁."]).figures
    assert 0 < few.effort < all_of_it.effort
    assert math.isclose(all_of_it.effort, all_of_it.typing, rel_tol=0.4)
