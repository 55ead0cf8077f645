"""What two people say in the demo clips: one scene in four languages, in patterns and words of the grammars."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import Grammar, NoSuchSentence, Part, Sentence, write_sentence
from core.types import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a scene and who says it."""

    speaker: str
    sentence: Sentence


SPEAKERS = "AAABBBAAABBBAAB"
"""Who says which line: several sentences in most turns, enough of a voice to know it by."""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


SCENES: Mapping[Language, tuple[str, ...]] = {
    "ko": _lines("""
        {NAME} 씨, {WEEKDAY}에 {PLACE}에서 만나요.
        {DAY} 날씨가 {WEATHER}.
        {DAY} {TIME}에 {PLACE}에서 {EVENT1}@이가 있습니다.
        {DAY} {EVENT1}@은는 {TIME}에 시작합니다.
        {LOOK} {ITEM1}@을를 찾고 있어요.
        {ITEM1}@을를 {PLACE}에 두고 왔어요.
        {LOOK} {ITEM1}@은는 {PERSON}의 것입니다.
        {TIME}에 {FOOD1}@을를 먹을까요?
        {PERSON}@은는 {FOOD1}@을를 아주 좋아합니다.
        {PLACE}에서 {FOOD1}@을를 먹었습니다.
        전부 {PRICE}입니다.
        {VEHICLE}@을를 타면, {MINUTES} 걸립니다.
        {CITY1}행 기차는 {TIME}에 출발합니다.
        {CITY1}의 기온은 {DEGREES}입니다.
        {PERSON}@와과 함께 {CITY1}@으로 떠납니다.
    """),
    "en": _lines("""
        good morning, {NAME}.
        the weather is {WEATHER} {DAY}.
        there is a {EVENT1} at the {PLACE} {DAY}.
        the {EVENT1} begins at {CLOCK}.
        I am looking for a {LOOK} {ITEM1}.
        I left my {ITEM1} at the {PLACE}.
        the {LOOK} {ITEM1} is in the {PLACE}.
        would you like {FOOD1} {TIME}?
        {PERSON} really likes {FOOD1}.
        we had {FOOD1} at the {PLACE}.
        {PERSON} told me that {NEWS}.
        if {CASE}, we will {DO}.
        we took the {VEHICLE} to {CITY1}.
        it is {DEGREES} in {CITY1}.
        {PERSON} is going to {CITY1} {DAY}.
    """),
    "zh": _lines("""
        {NAME}，早上好。
        {DAY}天气{WEATHER}。
        {DAY}{TIME}在{PLACE}有{EVENT1}。
        {EVENT1}{TIME}开始。
        我在找{COLOR}{ITEM1}。
        我把{ITEM1}忘在{PLACE}了。
        {COLOR}{ITEM1}是{PERSON}的。
        {TIME}吃{DISH1}怎么样？
        {PERSON}非常喜欢{DISH1}。
        请给我{COUNT}份{DISH1}。
        {PERSON}告诉我，{RUMOUR}。
        因为{REASON}，{PERSON}没有来。
        去{CITY1}的火车{TIME}出发。
        {CITY1}今天的最高气温是{DEGREES}。
        我和{PERSON}一起去{CITY1}。
    """),
    "ja": _lines("""
        おはよう ございます、 {PERSON} は もう 来ましたか|きましたか？
        {DAY} の 天気|てんき は {WEATHER}。
        {DAY} {TIME} に {PLACE} で {EVENT1} が あります。
        {EVENT1} は {CLOCK} から です。
        {COLOR} {ITEM1} を 探しています|さがしています。
        {ITEM1} を {PLACE} に 忘れました|わすれました。
        {COLOR} {ITEM1} は {PERSON} の ものです。
        {TIME} に {FOOD1} を 食べませんか|たべませんか？
        {PERSON} は {FOOD1} が 大好きです|だいすきです。
        {FOOD1} を {THINGS} ください。
        {REASON} ので、 {RESULT}。
        {CONDITION}、 {ADVICE}。
        {CITY1} 行き|いき の 電車|でんしゃ は {TIME} に 出ます|でます。
        {CITY1} まで {VEHICLE} で {HOURS} かかります。
        {PERSON} と 一緒に|いっしょに {CITY1} へ 行きます|いきます。
    """),
}
"""Patterns of the grammars. A slot with a digit keeps its word through the scene: so the lines hang together."""

_KEPT = re.compile(r"\{([A-Z]+)\d\}")


def write_scene(language: Language, part: Part, seed: int) -> tuple[Line, ...]:
    """The lines of one scene, each a sentence of the part. The same seed gives the same lines.

    A line may begin with a filler, as any sentence of the grammar.
    """
    chance = random.Random(f"scene {language} {part} {seed}")
    while True:
        with suppress(NoSuchSentence):  # with other kept words there will be one
            return _write_lines(GRAMMARS[language], chance, part)


def _write_lines(grammar: Grammar, chance: random.Random, part: Part) -> tuple[Line, ...]:
    patterns = SCENES[grammar.language]
    kept = {slot[0]: chance.choice(grammar.slots[slot[1]]) for slot in _KEPT.finditer(" ".join(patterns))}
    return tuple(
        Line(speaker, write_sentence(replace(grammar, patterns=(_with_kept(pattern, kept),)), chance, part))
        for speaker, pattern in zip(SPEAKERS, patterns, strict=True)
    )


def _with_kept(pattern: str, kept: Mapping[str, str]) -> str:
    return _KEPT.sub(lambda slot: kept[slot[0]], pattern)
