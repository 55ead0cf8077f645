from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sentences import split
from models.sentences.splitting import FINDERS


def squashed(text: str) -> str:
    return "".join(text.split())


CASES = [
    # marks
    ("ko", "안녕하세요. 반갑습니다! 잘 지냈어요?", ["안녕하세요.", "반갑습니다!", "잘 지냈어요?"]),
    ("en", "Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
    ("zh", "你好。今天怎么样？很好！", ["你好。", "今天怎么样？", "很好！"]),
    ("ja", "こんにちは。元気ですか？はい！", ["こんにちは。", "元気ですか？", "はい！"]),
    ("ko", "그랬다.그리고 갔다.", ["그랬다.", "그리고 갔다."]),
    # abbreviations, initials, decimals, addresses
    ("en", "Dr. Smith met Mr. J. Lee at 3.5 p.m. yesterday. It went well.", None),
    ("en", "We work for Acme Inc. in the U.S. and abroad.", ["We work for Acme Inc. in the U.S. and abroad."]),
    ("en", "He lives in the U.S. The house is big.", ["He lives in the U.S.", "The house is big."]),
    (
        "en",
        "See https://example.com/a.b?c=d for more. Thanks.",
        ["See https://example.com/a.b?c=d for more.", "Thanks."],
    ),
    ("en", "Bring pens, e.g. Parker ones. Then sign.", ["Bring pens, e.g. Parker ones.", "Then sign."]),
    ("ko", "이율은 3.5 퍼센트입니다. B.C. 5세기입니다.", ["이율은 3.5 퍼센트입니다.", "B.C. 5세기입니다."]),
    ("zh", "价格是3.5元。版本2.0已发布。", ["价格是3.5元。", "版本2.0已发布。"]),
    # ellipses
    ("en", "I was... well, late. Sorry.", ["I was... well, late.", "Sorry."]),
    ("en", "I don't know... Maybe tomorrow.", ["I don't know...", "Maybe tomorrow."]),
    ("zh", "不要紧。……但是我们走吧。", ["不要紧。", "……但是我们走吧。"]),
    # quotes and brackets
    ("ja", "彼は「行こう。早く。」と言った。私も行った。", ["彼は「行こう。早く。」と言った。", "私も行った。"]),
    ("zh", "他说：“走吧！快点。”我们就走了。", ["他说：“走吧！快点。”", "我们就走了。"]),
    ("zh", "「誰會想要聽呢？」他說。好。", ["「誰會想要聽呢？」他說。", "好。"]),
    ("en", '"Really?" he asked. "Yes."', ['"Really?" he asked.', '"Yes."']),
    ("en", "It works (really! it does) well. Good.", ["It works (really! it does) well.", "Good."]),
    ("ko", "그는 “가자.”라고 말했다. 나도 갔다.", ["그는 “가자.”라고 말했다.", "나도 갔다."]),
    ("ko", "그는 '좋다.' 라고 말했다. 끝났다.", ["그는 '좋다.' 라고 말했다.", "끝났다."]),
    # numbered lists and dates
    ("en", "1. Open the file. 2. Close it.", ["1. Open the file.", "2. Close it."]),
    ("en", "It was built in 1995. People came.", ["It was built in 1995.", "People came."]),
    ("ko", "1. 파일을 엽니다. 2. 닫습니다.", ["1. 파일을 엽니다.", "2. 닫습니다."]),
    ("ko", "2024. 3. 5. 회의가 열렸다.", ["2024. 3. 5. 회의가 열렸다."]),
    # Korean endings
    ("ko", "저는 학교에 갔습니다, 그리고 밥을 먹었어요.", ["저는 학교에 갔습니다,", "그리고 밥을 먹었어요."]),
    (
        "ko",
        "밥을 먹었습니다 그리고 집에 갔어요 정말 좋았다",
        ["밥을 먹었습니다", "그리고 집에 갔어요", "정말 좋았다"],
    ),
    ("ko", "그가 온다 라고 들었다 그래서 기다렸다", ["그가 온다 라고 들었다", "그래서 기다렸다"]),
    ("ko", "밥을 먹다 말고 나갔다", ["밥을 먹다 말고 나갔다"]),
    # smileys and laughter belong to what they follow
    ("ko", "정말 재미있어요 ㅋㅋㅋ 또 봐요", ["정말 재미있어요 ㅋㅋㅋ", "또 봐요"]),
    ("en", "Great day! :) See you.", ["Great day! :)", "See you."]),
    # capitals where a mark was lost
    ("en", "We have data today, The sources are fine.", ["We have data today,", "The sources are fine."]),
    # Japanese and Chinese without marks
    ("ja", "承知しましたでは来週お願いします", ["承知しました", "では来週お願いします"]),
    ("ja", "昨日は会議でしたとても長かったです", ["昨日は会議でした", "とても長かったです"]),
    ("ja", "そう思いますが違いますと言いました", ["そう思いますが違いますと言いました"]),
    ("zh", "你去吗我也想去", ["你去吗", "我也想去"]),
    ("zh", "我们去酒吧喝酒", ["我们去酒吧喝酒"]),
    ("en", "yes that works for me thank you so much", None),
]


@pytest.mark.parametrize(("language", "text", "expected"), CASES)
def test_known_texts_are_cut_where_a_reader_would(language: str, text: str, expected: list[str] | None) -> None:
    if expected is not None:
        assert split(text, language) == expected
    assert squashed("".join(split(text, language))) == squashed(text)


def test_titles_and_initials_end_no_sentence() -> None:
    pieces = split("Dr. Smith met Mr. J. Lee at 3.5 p.m. yesterday. It went well.", "en")
    assert pieces == ["Dr. Smith met Mr. J. Lee at 3.5 p.m. yesterday.", "It went well."]


def test_unknown_language_is_cut_at_marks_alone() -> None:
    assert split("¿Qué tal? Muy bien. يا صديقي؟ نعم۔ आप कैसे हैं। ठीक", "xx") == [
        "¿Qué tal?",
        "Muy bien.",
        "يا صديقي؟",
        "نعم۔",
        "आप कैसे हैं।",
        "ठीक",
    ]


def test_single_long_sentence_with_its_mark_is_left_whole() -> None:
    text = "新しい利用者というと普段はあまり外食をしない一人暮らしの方や小さなお子さんを持つご家族のことです。"
    assert split(text, "ja") == [text]


def test_empty_text_has_no_sentences() -> None:
    assert [split(text, "ko") for text in ("", " \n\t ")] == [[], []]


def test_marks_alone_are_one_piece() -> None:
    assert split("... !? ...", "en") == ["... !? ..."]


def test_long_unmarked_korean_is_cut_by_its_endings() -> None:
    text = " ".join(["저는 어제 학교에 갔습니다", "친구를 만났어요", "정말 재미있었다"] * 10)
    assert len(split(text, "ko")) == 30


SPICE = st.sampled_from(
    [
        *"。「」()“”…각é가我了，、,؟।|😀\u202e\u200b\r\x00\x1f\u2028",
        "습니다 ",
        "했다. ",
        "요 ",
        "です。",
        "ます",
        "吗",
        "但是",
        "Dr. ",
        "... ",
        "1. ",
        "3.14",
        "http://a.b/c? ",
        "👨\u200d👩\u200d👧",
        "ㅋㅋ",
        ":) ",
        "So ",
        "i ",
        "and ",
        "\n\n",
        "나는 ",
        "はい",
        "それ",
        "2024年",
        " ",
    ]
)
TEXTS = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=120),
    st.lists(SPICE, max_size=40).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from([*FINDERS, "xx", ""]))
def test_pieces_spell_the_text_again(text: str, language: str) -> None:
    pieces = split(text, language)
    assert squashed("".join(pieces)) == squashed(text)
    assert all(piece and piece == piece.strip() for piece in pieces)
