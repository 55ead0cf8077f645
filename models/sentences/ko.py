"""Where Korean sentences end: final endings, told by their morphemes, and marks.

Korean puts the end of a sentence into its last word, so endings carry a text without marks. Morphemes come from
kiwipiepy. Tags are those of the Sejong corpus as kiwi writes them: EF final ending, EC connecting ending, EP tense,
VV/VA/VX/VCP stems, NNB dependent noun, JX particle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from models.sentences.boundaries import (
    CLAUSE,
    CLOSERS,
    ENDING,
    FINAL,
    HINT,
    MARK,
    TRAILING,
    WEAK,
    Cues,
    Mark,
    blank_lines,
    is_initial,
    is_list_number,
    marks,
    past_faces,
    words_of,
)

# What follows an ending and quotes it, or carries its clause on: '간다 라고', '했다 해도', '하다 보니'.
_SAYS = re.compile(r"(?:이?라[고는며던]|이?라면서?|이?란|라기)(?![가-힣])")
_QUOTES = re.compile(
    r"(?:이?라[고는며던]|이?라면서?|이?란|고|며|면서|는|가|던|라|라기|[냐자다]고|[냐자]는|식으로|식의|하더라도"
    r"|한들|치더라도|치고)(?![가-힣])"
)
_CARRIES_ON = re.compile(
    r"(?:해도|했자|하지|하고는?|하는|하며|하면|하면서|하여|해서|할|함은|보니|보면|보니까|말고|말았|못해|싶이"
    r"|시피|마는)(?![가-힣])"
)
_WONDERS = re.compile(
    r"하[는고며면]|합니|한다|했|싶|생각|기대|전망|믿|예상|걱정|(?:잘 )?모르|궁금|말까|두려|조바심|고민|반성"
    r"|의[문심]|아니면|혹은"
    r"|또는|를|보[다면니자려고]|봐|의(?![가-힣])|에(?![가-힣])"
)
_PRONOUNS = re.compile(r"(?:뭔|누군|어딘|언젠|무언|웬|왠|어쩐)(?:가|지)$")
_ASKS = re.compile(r"(?:어떻게|어떡해|얼마나?|언제|어디|누구|누가|뭐|뭘|뭔|무슨|무엇|몇|왜|어느)")
_DENIES = re.compile(r"(?:않|못|말|마[라세시]|아니|안(?![가-힣])|모)")
_VERB_NEXT = re.compile(
    r"(?:합|한다|했|하[는고지]|버[리렸려]|보[고니세면자]|봐|있|드[리려렸]|놓|두|달라|주|줘|가지고)"
)
_CONNECTIVES = re.compile(
    r"(?:그런데|근데|그래서|그러나|하지만|그러면|따라서|그러므로|그러니까|왜냐하면|그렇지만|아무튼|어쨌든"
    r"|그러자|그럼)(?![가-힣])"
)
_DATE = re.compile(r"\s?\d{1,2}\s?[.일월]")
_WORD = re.compile(r"\S+")
_TRAILING = FINAL + CLOSERS + ",，、;:~^ㅋㅎㅠㅜ♡♥☆★-–—"
# Stages of several recordings run in threads of one process; loading is not safe there.
_LOCK = Lock()
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f]|[^\x00-\uffff]")

# Endings that kiwi calls connecting where a mark is missing, and that end a sentence all the same.
_FINAL_FORMS = words_of(
    "ᆫ다 는다 ᆸ니다 습니다 어요 아요 에요 예요 이에요 ᆸ니까 습니까 네요 죠 지요 군요 거든요 잖아요 세요 ᆯ게요 "
    "을게요 ᆯ까요 "
    "을까요 나요 ᆫ가요 은가요 는가요 는데요 ᆫ데요 은데요 고요 구요 래요 대요 ᆫ대요 더라고요 더라구요 니까요 "
    "려고요 잖아 더라 "
    "는구나 구나 는군 군 는걸 ᆫ걸 ᆯ걸 ᆯ게 을게 ᆯ래 을래 ᆸ시다 읍시다 십시오 시오 소서 냐 느냐 는지요 ᆫ지요 "
    "던데요 던가요 "
    "어야지 어야죠 어라 거라 너라 리라 으리라 니라 로다 도다 노라 게나 네 시오 오"
)
_QUESTIONS = words_of("ᆫ가 은가 는가 던가 ᆯ까 을까")
_QUOTED_FORMS = words_of("다고 ᆫ다고 는다고")
_HALF_FINAL = words_of("데 는데 ᆫ데 은데 ᆫ대 어서 ᆫ지 지마")
# '다' ends a sentence after these; after other verbs it interrupts one: '먹다 말고', '피하다 넘어져'.
_BEFORE_DA = words_of("EP VA VA-I VA-R VCP VCN XSA")
_STATES = words_of("있 없 않 싶 계시 이")
_PLAIN = words_of("어 나 니 냐 자")
_CLAUSE_ENDINGS = frozenset(
    (form, "EC")
    for form in words_of("고 며 으며 면 으면 면서 으면서 지만 는데 ᆫ데 은데 니까 으니까 어서 니 으니 므로 으므로")
)
_NOUNS = ("NNG", "NNP", "NNB", "NR")
# Endings that kiwi does not see as such without a mark: '좋잖아' comes out as a denial, '포파얀이다' as a name.
_UNSEEN = re.compile(r"(?:잖아|어때|[가-힣]{2}이다|[^서]줘)$")


def cues(text: str) -> Cues:
    """Marks and final endings; hints where an ending may as well connect two clauses."""
    found = blank_lines(text)
    for offset, weight in _ending_cues(text):
        found[offset] = max(found.get(offset, weight), weight)
    for mark in marks(text):
        end = past_faces(text, mark.end)
        if is_list_number(text, mark) or is_initial(text, mark) or _is_date(text, mark) or _quoted_on(text, mark):
            found.pop(end, None)
            continue
        found[end] = TRAILING if mark.trailing else MARK
    return found


def _is_date(text: str, mark: Mark) -> bool:
    """'2024. 3. 5.': the point belongs to the number."""
    return mark.text == "." and text[mark.start - 1].isdigit() and _DATE.match(text, mark.end) is not None


def _quoted_on(text: str, mark: Mark) -> bool:
    """'"간다."라고', '"간다." 라고': what follows quotes the sentence and belongs to it."""
    after = text[mark.end : mark.end + 12]
    if mark.text[-1] in CLOSERS:
        return "가" <= after[:1] <= "힣" or _QUOTES.match(after.lstrip()) is not None
    return _SAYS.match(after.lstrip()) is not None


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two spaces: its letters without trailing marks, where it ends, its morphemes.

    A morpheme is (form, tag, offset within the word).
    """

    letters: str
    end: int
    morphemes: tuple[tuple[str, str, int], ...]


def _ending_cues(text: str) -> Iterator[tuple[int, float]]:
    words = _words(text)
    for before, word, after in zip(("", *(word.letters for word in words)), words, words[1:], strict=False):
        following = after.letters
        weight = _weight(word, before, following)
        if weight and not _QUOTES.match(following) and not _carried_on(word, following):
            yield past_faces(text, word.end), weight
        elif word.morphemes and word.morphemes[-1][:2] in _CLAUSE_ENDINGS and not _VERB_NEXT.match(following):
            yield word.end, CLAUSE


def _carried_on(word: _Word, following: str) -> bool:
    return word.letters.endswith(("다", "라", "까", "자", "지요")) and _CARRIES_ON.match(following) is not None


def _weight(word: _Word, before: str, following: str) -> float:
    """How surely `word` ends a sentence, by its own ending and the words around it."""
    if not word.morphemes:
        return 0.0
    form, tag, offset = word.morphemes[-1]
    stem, stem_tag = word.morphemes[-2][:2] if len(word.morphemes) > 1 else ("", "")
    if form in _QUESTIONS and tag in ("EC", "EF"):
        return 0.0 if _PRONOUNS.search(word.letters) or _WONDERS.match(following) else ENDING
    if tag == "EF":
        return WEAK if form in _HALF_FINAL else ENDING
    if offset > 0 and form == "다" and tag != "EC":
        return ENDING  # kiwi's tag for an ending that it does not believe in without a mark
    if offset > 0 and ((form == "요" and tag in ("JX", "MM")) or (form == "이야" and tag == "JX")):
        return ENDING
    if tag == "EP" and word.letters.endswith("시오"):
        return ENDING
    if _UNSEEN.search(word.letters) and not _VERB_NEXT.match(following):
        return ENDING
    if tag != "EC":
        return _hint_without_ending(form, tag, following)
    return _connecting(word, form, stem, stem_tag, before, following)


def _connecting(word: _Word, form: str, stem: str, stem_tag: str, before: str, following: str) -> float:
    """Endings that kiwi calls connecting: a missing mark makes it call nearly all of them so."""
    if form in ("냐", "느냐", "리라", "으리라") and _WONDERS.match(following):
        return 0.0
    if form in _FINAL_FORMS or (form in _QUOTED_FORMS and word.letters.endswith("다")):
        return ENDING
    if form == "다":
        return ENDING if stem_tag in _BEFORE_DA or stem in _STATES or (stem_tag == "VX" and stem != "가") else 0.0
    if (
        (form == "라" and stem == "말")
        or (form == "어" and stem_tag == "EP")
        or (form == "거든" and stem_tag in ("VCP", "EP"))
    ):
        return ENDING
    if form == "라" and stem_tag in ("VV", "XSV", "VX"):
        return HINT
    if form == "지":
        return 0.0 if _DENIES.match(following) else HINT
    if form in _PLAIN and not _ASKS.match(word.letters) and (_ASKS.match(before) or _CONNECTIVES.match(following)):
        return 0.0 if _VERB_NEXT.match(following) else HINT
    if form == "어" and stem_tag == "VX" and stem in ("보", "싶") and not _VERB_NEXT.match(following):
        return HINT
    return 0.0


def _hint_without_ending(form: str, tag: str, following: str) -> float:
    """Nouns and the like: only what follows can tell."""
    if tag == "NNB" and form == "듯" and not following.startswith(("하", "한", "했", "해", "싶")):
        return HINT
    return HINT if tag in _NOUNS and _CONNECTIVES.match(following) else 0.0


def _words(text: str) -> tuple[_Word, ...]:
    spans = [match.span() for match in _WORD.finditer(text)]
    morphemes: list[list[tuple[str, str, int]]] = [[] for _ in spans]
    word = 0
    # control characters and those beyond 16 bits become one space or sign, so that kiwi's offsets are ours
    for form, tag, start, length in _analyse(_UNREADABLE.sub(" ", text)):
        while word + 1 < len(spans) and start >= spans[word + 1][0]:
            word += 1
        # a word of no length is one that kiwi thinks was left out: '했다(고 하)는'
        if tag[0] != "S" and (length or tag == "VCP"):
            morphemes[word].append((form, tag, start - spans[word][0]))
    return tuple(
        _Word(text[start:end].rstrip(_TRAILING), end, tuple(found))
        for (start, end), found in zip(spans, morphemes, strict=True)
    )


def _analyse(text: str) -> list[tuple[str, str, int, int]]:
    """The morphemes of `text` as (form, tag, start, length).

    Its patterns for addresses and numbers (`match_options`) are left out: a quarter of the time, and no ending.
    """
    with _LOCK:
        found = _kiwi().tokenize(text, match_options=0) if text.strip() else ()
    return [(token.form, token.tag, token.start, token.len) for token in found]


@lru_cache(maxsize=1)
def _kiwi() -> Any:
    """kiwi, loaded once per process.

    Its list of names of several words is left out: it costs 190 MB and a second, and ends no sentence.
    """
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1, load_multi_dict=False)
