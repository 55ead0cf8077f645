"""Where Chinese sentences end: marks; particles and openers where marks are missing. Both scripts.

Chinese shows the end of a sentence only by its final particles, and few sentences have one. Without marks the
rest is for pauses: conjunctions and subjects after a completed clause are hints, and a comma or space, which
recognisers write instead of marks, is a weak one.
"""

from __future__ import annotations

import re

from models.sentences.boundaries import (
    CLAUSE,
    CLOSERS,
    ELLIPSIS,
    ENDING,
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
)

_SAYS = re.compile(r"[^，。？！,.?!]{0,4}?(?:(?<!不)[说說問问喊叫答]|道[：:]|的(?![时時确確]))")
# After one of these an ellipsis is a hesitation: the clause cannot end there.
_HESITATES = re.compile(
    r"(?:[的地得把被在和跟與与及給给對对從从向往又就那這这我你他她們们是會会能要想]|因[为為]|但是?|如果|所以)$"
)
# Final particles that are not part of a word ('酒吧', '卡拉啦').
_PARTICLE = re.compile(
    r"(?<![乾干])[吗嗎](?![啡])|(?<=[\u3400-\u9fff])呢(?![子喃])|(?<![酒网網贴貼水氧])吧(?![台檯唧])|嘛"
    r"|(?<=[\u3400-\u9fff])[啦喔耶](?![啦隊队ＯO卡])|(?<=[\u3400-\u9fff])啊"
)
_AFTER_PARTICLE = re.compile(r"[，、。？！；：,.?!;:…⋯」』”）)~～的啊呀了吗嗎呢吧嘛啦]|\s*$")
# A clause before these is complete, unless one of the words that lead into them stands there.
_OPENER = re.compile(
    r"(?<![是就正只也都而不并並又和与與及或主要的地得当當由对對、，,])(?:但是|但(?=[我你他她它这這那如在请請])"
    r"|不[过過](?=[我你他她它这這那如])|因[为為](?!了)|由[于於]|如果|假如|要是|所以|然而|此外|另外"
    r"|其[实實](?!际|際)|[总總]之|即使(?!是)|[虽雖]然|[尽儘]管"
    r"|[于於]是(?!否)|[随隨][后後]|目前|[现現]在(?![的是])|今天(?![的既])|根[据據]|否[则則]|除了"
    r"|[为為]了(?=[让讓能使])|[关關][于於]|那[么麼](?![多大高长長])|接[着著](?!该|該)|首先|是的|唉呀?|喂"
    r"|没[错錯]|沒錯"
    r"|当然(?!也)|當然(?!也)|大家好|[谢謝]{2}|[对對]不起|不好意思|[请請][问問])"
)
_YEAR = re.compile(
    r"(?<![在于於自从從至到和与與及的、－\-—~～0-9是年为為由达達約约近选選过過])(?:1[0-9]|20)\d\d年(?=[，,]"
    r"|\d{1,2}月|[\u3400-\u9fff]{3})"
)
# Clauses begin with these as often as sentences: for stretches that are far too long.
_CLAUSE = re.compile(
    r"(?<![是就正只也都而不并並又和與与及或主要的地得當当由對对在於于從从、，,])(?:但(?![凡願愿])|不[过過]|因此"
    r"|其中|同[时時](?!也|期|代)|[后後][来來]|最[后後](?![的一])|然[后後]|[随隨]着|[随隨]著"
    r"|[她他它](?=[们們]?(?:是|在|於|于|也|曾|的|[为為]))|[该該](?=[㐀-鿿])|[这這](?=是|[个個些种種])"
    r"|第[一二三四五])"
)
_DONE = re.compile(
    r"(?:了|[过過]了|而已|不要[紧緊]|之一)(?=我|你|他|她|它|[这這]|那|[您咱]|大家|但|所以|因|不[过過]|如果"
    r"|第[一二三四五])"
)
_SPACE = re.compile(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])")


_SEAM = re.compile(
    r"(?<=[\u3400-\u9fff])(?=而(?!且|是|已)|[并並](?!不|非|列)|以及|或者|[还還]有|而且|又(?!是)|也(?!是)|就是"
    r"|[让讓]|[为為]了|在(?!于|於)|[将將]|把|被|由(?!于|於)|[从從]|[对對](?!于|於)|向|使)"
)


def cues(text: str) -> Cues:
    """Marks; final particles; conjunctions, subjects and dates after a complete clause as hints."""
    found = {match.start(): CLAUSE for match in _SEAM.finditer(text)}
    found |= blank_lines(text)
    for match in _SPACE.finditer(text):
        found[match.start()] = WEAK
    for pattern, weight in ((_CLAUSE, WEAK), (_YEAR, WEAK), (_OPENER, HINT)):
        for match in pattern.finditer(text):
            if match.start():
                found[match.start()] = weight
    for match in _DONE.finditer(text):
        found[match.end()] = HINT
    for match in _PARTICLE.finditer(text):
        if not _AFTER_PARTICLE.match(text, match.end()):
            found[match.end()] = ENDING
    for mark in marks(text):
        if is_list_number(text, mark) or is_initial(text, mark):
            continue
        end, weight = _placed(text, mark)
        found[end] = weight
    return found


def _placed(text: str, mark: Mark) -> tuple[int, float]:
    """Where a mark cuts and how surely; an ellipsis behind a final mark opens the next sentence."""
    end = past_faces(text, mark.end)
    after = text[mark.end : mark.end + 8].lstrip()
    if mark.trailing:
        hesitates = after[:1] in "，,、" or _HESITATES.search(text[max(0, mark.start - 3) : mark.start])
        return end, WEAK if hesitates else TRAILING
    if mark.quoted and mark.text[-1] in CLOSERS and _SAYS.match(after):
        return end, 0.0
    opening = re.search(r"[。？！?!](?=(?:…|⋯|\.{3})+$)", mark.text)
    if opening and after and ELLIPSIS.search(mark.text):
        return mark.start + opening.end(), MARK
    return end, MARK
