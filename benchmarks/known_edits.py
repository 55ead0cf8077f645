"""Drafts and corrections that differ by edits that are known, one by one: what scoring must give back.

Texts are sentences of the synthetic corpus' grammars. Edits keep a distance from one another and put in characters
that occur nowhere else: otherwise fewer edits may explain the same difference, and those would be right too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import write_sentence
from core.types import CorrectedSentence, Correction, Draft, Language, Sentence, Unit, Word
from export.scoring import Edits

FRESH: Mapping[Language, str] = {"ko": "뷁궳쀍뙇휅뮳", "en": "þøŧđħŋ", "zh": "龘靐齉爩麤灪", "ja": "ЖЩЮЯЭФ"}
"""Characters that the sentences do not have; in Japanese none that has a reading."""

PAIRS: Mapping[Language, tuple[tuple[str, str], ...]] = {
    "ko": (
        ("우리는 스물다섯 개를 샀습니다.", "우리는 25 개를 샀습니다."),
        ("회의는 세 시에 시작합니다.", "회의는 3 시에 시작합니다."),
        ("이천이십육년에 만나요.", "2026년에 만나요."),
        ("어제 kubernetes 설명을 들었어요.", "어제 Kubernetes 설명을 들었어요."),
        ("이번에는 ＡＢＣ 회사입니다.", "이번에는 ABC 회사입니다."),
        ("거기에 삼십 명이 있었어요.", "거기에 30 명이 있었어요."),
    ),
    "en": (
        ("We bought twenty five of them.", "We bought 25 of them."),
        ("The meeting starts at three today.", "The meeting starts at 3 today."),
        ("They met in nineteen ninety nine here.", "They met in 1999 here."),
        ("We talked about kubernetes again.", "We talked about Kubernetes again."),
        ("It was the ＡＢＣ company then.", "It was the ABC company then."),
        ("She came third in that race.", "She came 3rd in that race."),
    ),
    "zh": (
        ("我們昨天见到老师了。", "我们昨天见到老师了。"),
        ("会议三点开始。", "会议3点开始。"),
        ("他买了二十五本书。", "他买了25本书。"),
        ("现在是二〇二六年。", "现在是2026年。"),
        ("我在ＡＢＣ公司工作。", "我在ABC公司工作。"),
        ("他說明天再来。", "他说明天再来。"),
    ),
    "ja": (
        ("それは出来ないと思います。", "それはできないと思います。"),
        ("会議は三時に始まります。", "会議は3時に始まります。"),
        ("来週引越しをします。", "来週引っ越しをします。"),
        ("大事な事を忘れました。", "大事なことを忘れました。"),
        ("新しいﾊﾟｿｺﾝを買いました。", "新しいパソコンを買いました。"),
        ("二十五人が来ました。", "25人が来ました。"),
        ("少し待って下さい。", "少し待ってください。"),
        ("そう言う話を聞きました。", "そういう話を聞きました。"),
    ),
}
"""Sentences in two spellings that differ in one place."""

SPACED: frozenset[Language] = frozenset({"ko", "en"})
OPPOSED: Mapping[str, frozenset[str]] = {
    "sentence added": frozenset({"sentence removed", "sentence moved", "deletion", "orthography"}),
    "sentence removed": frozenset({"insertion", "orthography"}),
}
"""What is not in one case: to write the new over the old, or over another spelling, may be fewer edits."""
DISTANCE = 5
"""Content characters between two edits of one sentence."""


@dataclass(slots=True)
class Case:
    """A draft, its correction, and what lies between them."""

    draft: Draft
    correction: Correction
    expected: Edits


@dataclass(slots=True)
class _Row:
    """A corrected sentence in the making; `used` are content offsets of edits, `busy` ones are left alone."""

    text: str
    start: float
    end: float
    speaker: str | None
    sources: tuple[int, ...]
    busy: bool = False
    used: list[int] = field(default_factory=list)
    timed: bool = False


class NoPlace(LookupError):
    """No sentence is left in which an edit of this kind has a place."""


def make_case(
    kinds: Sequence[str],
    language: Language,
    chance: random.Random,
    *,
    sentences: int = 12,
    names: str = "from",
    opposed: bool = False,
) -> Case:
    """A draft of `sentences` and a correction with one edit for each of `kinds`; what finds no place is left out.

    `names`: whether the correction names what it was made of, by "from", by "id", or not at all ("none").
    `opposed`: kinds that OPPOSED keeps apart may stand in one case.
    """
    spelt = sum(kind == "orthography" for kind in kinds)
    texts = chance.sample(PAIRS[language], min(spelt, len(PAIRS[language])))
    while len(texts) < sentences:
        text = write_sentence(GRAMMARS[language], chance, "train").text
        if len(text) > 8 and text not in [one for one, _ in texts]:
            texts.append((text, text))
    chance.shuffle(texts)
    speakers = [("S1", "S1", "S2", "S2", "S1", "S1")[place % 6] for place in range(len(texts))]
    rows: list[_Row] = []
    drafted: list[Sentence] = []
    for place, (text, _) in enumerate(texts):
        start, end = 4.0 * place, 4.0 * place + 3.5
        word = Word(text, start, end, 0.9, speakers[place])
        drafted.append(
            Sentence(f"{place + 1:04d}", start, end, speakers[place], language, text, text, 0.9, (), (word,))
        )
        # in another spelling, and nothing else happens to it
        other = texts[place][1]
        rows.append(_Row(other, start, end, speakers[place], (place,), busy=other != text))
    expected = Edits(orthography=sum(row.busy for row in rows))
    for kind in kinds:
        if kind == "orthography" or not (opposed or OPPOSED.get(kind, frozenset()).isdisjoint(kinds)):
            continue
        try:
            expected += EDITS[kind](rows, language, chance)
        except NoPlace:
            continue
    draft = _draft(drafted, language)
    by_time = sorted(rows, key=lambda row: row.start)
    return Case(draft, _correction(draft, by_time, names), expected)


def talk(language: Language, characters: int, chance: random.Random) -> Draft:
    """A draft of at least so many content characters, a sentence every four seconds, two speakers in turn."""
    sentences: list[Sentence] = []
    written = 0
    while written < characters:
        place, text = len(sentences), write_sentence(GRAMMARS[language], chance, "train").text
        written += sum(character.isalnum() for character in text)
        speaker, start = f"S{1 + place // 3 % 2}", 4.0 * place
        word = Word(text, start, start + 3.5, 0.9, speaker)
        sentences.append(
            Sentence(f"{place + 1:04d}", start, start + 3.5, speaker, language, text, text, 0.9, (), (word,))
        )
    return _draft(sentences, language)


def _draft(sentences: Sequence[Sentence], language: Language) -> Draft:
    from core.types import DraftRecording, Pipeline

    end = max((sentence.end for sentence in sentences), default=0.0) + 60.0
    recording = DraftRecording("ab" * 32, "talk.mp4", end)
    pipeline = Pipeline("0123456789abcdef", "offline", ())
    unit = Unit(0, 1, 0.0, end)
    return Draft(
        "prelabel.draft/1",
        "d" * 16,
        "default",
        "talk",
        {},
        recording,
        unit,
        language,
        tuple(sentences),
        (),
        {},
        (),
        pipeline,
    )


def _correction(draft: Draft, rows: Sequence[_Row], names: str) -> Correction:
    used: set[int] = set()
    sentences = []
    for row in rows:
        ids = tuple(draft.sentences[source].id for source in row.sources)
        one = CorrectedSentence(row.start, row.end, row.speaker, row.text)
        if names == "from":
            one = replace(one, from_ids=ids)
        elif names == "id" and row.sources and row.sources[0] not in used:
            # a tool that knows ids only keeps the first one of what it joins
            used.add(row.sources[0])
            one = replace(one, id=ids[0])
        sentences.append(one)
    return Correction("prelabel.correction/1", draft.draft_id, 1, "kim", 60.0, tuple(sentences))


def _places(row: _Row) -> list[int]:
    """Offsets of content characters, in the text."""
    return [at for at, character in enumerate(row.text) if character.isalnum()]


def _inner(rows: Sequence[_Row], chance: random.Random, suits: Callable[[str, int], bool]) -> tuple[_Row, int]:
    """A row and an offset in its text, away from its ends and from other edits, that suits."""
    candidates = []
    for row in rows:
        if row.busy:
            continue
        places = _places(row)
        for number, at in enumerate(places[2:-2], start=2):
            if all(abs(number - other) >= DISTANCE for other in row.used) and suits(row.text, at):
                candidates.append((row, at, number))
    if not candidates:
        raise NoPlace
    row, at, number = chance.choice(candidates)
    row.used.append(number)
    return row, at


def _moved(row: _Row, by: int, behind: int) -> None:
    """Content offsets of edits behind the last one, after so many characters were put in or taken away."""
    row.used[:] = [one + by if one > behind else one for one in row.used]


def _within_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and text[at].isalnum() and text[at + 1].isalnum()


def _is_letter(text: str, at: int) -> bool:
    return _within_word(text, at) and not text[at].isdigit() and not text[at - 1].isdigit()


def _is_kanji(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _is_hiragana(character: str) -> bool:
    return "\u3041" <= character <= "\u309f"


def _substitute(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    row, at = _inner(rows, chance, _is_letter)
    row.text = row.text[:at] + chance.choice(FRESH[language]) + row.text[at + 1 :]
    return Edits(substitution=1)


def _insert(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    row, at = _inner(rows, chance, _is_letter)
    many = chance.randint(1, 3)
    row.text = row.text[:at] + "".join(chance.choices(FRESH[language], k=many)) + row.text[at:]
    _moved(row, many, row.used[-1] - 1)
    return Edits(insertion=many)


def _delete(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    # 引っ越し and 引越し, 大好き and 大好: kana behind a kanji may be left out without another word coming of it
    row, at = _inner(
        rows,
        chance,
        lambda text, at: _is_letter(text, at) and not (_is_kanji(text[at - 1]) and _is_hiragana(text[at])),
    )
    row.text = row.text[:at] + row.text[at + 1 :]
    _moved(row, -1, row.used[-1])
    return Edits(deletion=1)


def _mark(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    """A comma put in, or the final mark exchanged."""
    comma = {"ko": ",", "en": ",", "zh": "，", "ja": "、"}[language]
    ending = [row for row in rows if not row.busy and row.text[-1] in ".。" and row.text[-2].isalnum()]
    if ending and chance.random() < 0.4:
        row = chance.choice(ending)
        row.text = row.text[:-1] + ("？" if row.text[-1] == "。" else "?")
        row.used.append(len(row.text) + DISTANCE)
        return Edits(punctuation=1)
    if language in SPACED:
        row, at = _inner(rows, chance, lambda text, at: text[at - 1] == " " and text[at - 2].isalnum())
        row.text = row.text[: at - 1] + comma + row.text[at - 1 :]
    else:
        row, at = _inner(rows, chance, _is_letter)
        row.text = row.text[:at] + comma + row.text[at:]
    return Edits(punctuation=1)


def _space(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    if language in SPACED and chance.random() < 0.5:
        row, at = _inner(rows, chance, lambda text, at: text[at - 1] == " " and text[at - 2].isalnum())
        row.text = row.text[: at - 1] + row.text[at:]
    else:
        row, at = _inner(rows, chance, _is_letter)
        row.text = row.text[:at] + " " + row.text[at:]
    return Edits(spacing=1)


def _cut_at(row: _Row, language: Language, chance: random.Random) -> int:
    """Where a sentence may be cut in two, each of at least 6 content characters."""
    places = [at for number, at in enumerate(_places(row)) if 6 <= number <= len(_places(row)) - 6]
    if language in SPACED:
        places = [at for at in places if row.text[at - 1] == " "]
    if not places:
        raise NoPlace
    return chance.choice(places)


def _untouched(rows: Sequence[_Row], chance: random.Random) -> list[int]:
    """Rows that nothing has happened to, in random order."""
    free = [place for place, row in enumerate(rows) if not row.busy and not row.used and not row.timed]
    chance.shuffle(free)
    return free


def _split(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    for place in _untouched(rows, chance):
        row = rows[place]
        try:
            at = _cut_at(row, language, chance)
        except NoPlace:
            continue
        middle = (row.start + row.end) / 2
        rows[place : place + 1] = [
            replace(row, text=row.text[:at].strip(), end=middle, busy=True),
            replace(row, text=row.text[at:].strip(), start=middle, busy=True, used=[]),
        ]
        return Edits(split=1)
    raise NoPlace


def _neighbours(rows: Sequence[_Row], chance: random.Random) -> list[int]:
    free = set(_untouched(rows, chance))
    return [
        place
        for place in free
        if place + 1 in free
        and rows[place].speaker == rows[place + 1].speaker
        and rows[place].sources[-1:] < rows[place + 1].sources[:1]
        and rows[place].start < rows[place + 1].start
    ]


def _merge(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    places = _neighbours(rows, chance)
    if not places:
        raise NoPlace
    place = chance.choice(sorted(places))
    one, other = rows[place], rows[place + 1]
    space = " " if language in SPACED else ""
    rows[place : place + 2] = [
        replace(
            one, text=one.text + space + other.text, end=other.end, sources=one.sources + other.sources, busy=True
        )
    ]
    return Edits(merge=1)


def _shift(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    """The last word (three characters in Chinese and Japanese) of a sentence goes to the next one."""
    for place in sorted(_neighbours(rows, chance)):
        one, other = rows[place], rows[place + 1]
        if language in SPACED:
            kept, _, moved = one.text.rpartition(" ")
        else:
            kept, moved = one.text[:-4], one.text[-4:]
        if len(kept) < 6 or len(moved) < 2:
            continue
        space = " " if language in SPACED else ""
        rows[place] = replace(one, text=kept, end=one.end - 1.0, busy=True)
        rows[place + 1] = replace(
            other,
            text=moved + space + other.text,
            start=one.end - 0.5,
            sources=one.sources + other.sources,
            busy=True,
        )
        return Edits(shift=1)
    raise NoPlace


def _speaker(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    """A sentence given to another speaker, while most of its own stay: else a new name would be fewer edits."""
    many = Counter(row.speaker for row in rows)
    free = [row for row in rows if not row.busy and row.speaker in ("S1", "S2") and many[row.speaker] > 3]
    if not free:
        raise NoPlace
    row = chance.choice(free)
    row.speaker, row.busy = f"S{3 + many['S3'] + many['S4']}", True
    return Edits(speaker=1)


def _rename(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    """A name changed throughout; the other sentences of its speaker outnumber what was changed by hand."""
    if sum(row.speaker == "S1" for row in rows) < 4:
        raise NoPlace
    for row in rows:
        if row.speaker == "S1":
            row.speaker = "Kim"
    return Edits(speaker=1)


def _time(rows: Sequence[_Row], language: Language, chance: random.Random) -> Edits:
    free = [row for row in rows if not row.busy and not row.timed]
    if not free:
        raise NoPlace
    row = chance.choice(free)
    row.timed = True
    if chance.random() < 0.5:
        row.start += 0.4
    else:
        row.end += 0.4
    return Edits(time=1)


def _take_out(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    free = _untouched(rows, chance)
    if not free:
        raise NoPlace
    row = rows.pop(free[0])
    return Edits(deletion=len(_places(row)))


def _put_in(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    """A sentence that nobody had written down, between two others."""
    place = chance.randrange(len(rows))
    text = write_sentence(GRAMMARS[language], chance, "dev").text
    row = _Row(text, rows[place].end, rows[place].end + 0.3, "S1", (), busy=True)
    rows.insert(place + 1, row)
    return Edits(insertion=len(_places(row)))


def _move(rows: list[_Row], language: Language, chance: random.Random) -> Edits:
    """A sentence goes behind all others: its two times moved."""
    free = [place for place in _untouched(rows, chance) if place < len(rows) // 2]
    moved = sum(row.start > 4.0 * (row.sources[-1] + 1) for row in rows if row.sources)
    # most of them stay, or it is the others that moved
    if not free or moved > 2:
        raise NoPlace
    row = rows.pop(free[0])
    start = max(one.end for one in rows) + 2.0
    rows.append(replace(row, start=start, end=start + 3.5, busy=True))
    return Edits(time=2)


EDITS: Mapping[str, Callable[[list[_Row], Language, random.Random], Edits]] = {
    "substitution": _substitute,
    "insertion": _insert,
    "deletion": _delete,
    "punctuation": _mark,
    "spacing": _space,
    "split": _split,
    "merge": _merge,
    "shift": _shift,
    "speaker": _speaker,
    "rename": _rename,
    "time": _time,
    "sentence removed": _take_out,
    "sentence added": _put_in,
    "sentence moved": _move,
}
KINDS: tuple[str, ...] = (*EDITS, "orthography")
