"""Where Japanese sentences end: marks, polite and plain endings, sentence particles, and openers after them.

Without a dictionary: a polite ending closes its sentence unless a particle carries it on, while a plain form may
as well describe the noun that follows. So plain forms count only before words that nothing can describe
(conjunctions, interjections, demonstratives); before other nouns 'だ' and its like do, which describe nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.sentences.boundaries import (
    CLAUSE,
    CLOSERS,
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

_QUOTED_ON = re.compile(r"\s*(?:と|って|っつ|という|なんて|など|は|が|を|に|の|で(?!も|は)|も|や|から|まで|へ|だ)")

# Nothing describes these, so a sentence begins with them wherever the one before can end.
_OPENERS = re.compile(
    r"(?:はい(?![るっらりれろえけく])|いいえ|いえ(?![ばるども])|いや(?![すだいしそでがなら])|うん(?![どてざだ])"
    r"|ううん|ええ(?!ん)|えっ(?!て)|えーっ?"
    r"|ああ|あー|あっ(?![てたちさ])|あの[うー]?|あら(?![ゆたわかず])|おお(?![いきくよむ])|おや(?!つ)|へえ|へー"
    r"|ほら|わあ|よし(?!、?あ)|じゃあ?(?!な)|では(?!な|あり|ござ|いけ)"
    r"|でも(?!な|あり|ござ)|しかし|そして|それ|そう(?!だ[がけ]|な[らの]|にか|い[うえっ])|そこ|その|そんな"
    r"|そちら|そっち|こう(?![いし])|ここ|この|これ"
    r"|こんな|こちら|こっち|あれ(?!ば)|あそこ|あちら|どう(?![かろぞ])|どこ(?!ろ)|どの|どれ|どんな|どちら|どっち"
    r"|何(?![かもら年度])|なに|なぜ|なんと|誰|だれ"
    r"|いつ(?!も|か|でも)|いくら(?!い)|いかが|なるほど|もちろん|もし(?![くれ])|もう|また(?![はま])"
    r"|まず(?![いく])|まだ|まあ|まぁ|まさか|ちょっと|とりあえず|とにかく|ところで(?!し|す|あ)|それとも"
    r"|やはり|やっぱり|やっと|たしか|確か|多分|たぶん|きっと|おそらく|恐らく|ぜひ|是非|実は|実際(?!に)|最近"
    r"|さて|さっき|先ほど|先日|ちなみに|なお|さらに|更に|つまり"
    r"|すると|しかも|例えば|たとえば|一方|ただ(?![けのいきくし])|ただし|本当に|すごい|おはよう|こんにちは"
    r"|こんばんは|ありがと|有難う|すみません|すいません|ごめん|お疲れ|おつかれ"
    r"|よろしく|宜しく|申し訳|はじめまして|初めまして|もしもし|お世話|了解|承知|かしこまり|わかりました"
    r"|分かりました|わかった(?!だ)|分かった(?!だ)|よかった|良かった"
    r"|大丈夫|残念|お願い|いいです|そりゃ|ねえ|ねぇ|せっかく|一応|まったく|全く|一体|どうぞ|どうも|ほんと"
    r"|さすが|今度|今回|今日|今(?![でまやだ])|明日|昨日|来週|先週|来月"
    r"|昨年|去年|今年|そもそも|かつて|ほとんど(?!の)|かなり(?!の)|既に|すでに|なので|なかなか|うまく|うわ"
    r"|オッケー|やあ|現在|当初|しばらく|やがて|以来|同年|彼女|彼(?=[はがのらも])"
    r"|あなた|(?:1[0-9]|20)\d\d年|\d{1,2}月\d{1,2}日)"
)
# Answers: they begin a sentence even after one that trails off ('…ですが', '…なので').
_ANSWERS = re.compile(
    r"(?:はい(?![るっらりれろえけく])|いえいえ|いいえ|うん(?![どてざだ])|うーん|えーっ?と?|えっ(?!て)"
    r"|うわ[ぁあー]|わかりました|分かりました|了解|承知|かしこまりました|そうです|そうだ[ねよな]|そうなん"
    r"|そうか"
    r"|じゃあ?(?!な)|それから|それは|もちろん(?=で|。|$)|なるほど|ありがとうござい|あ[ーあ])"
)
_TRAILS_OFF = re.compile(
    r"(?:けど|けれど|[すたるい]が|から|ので|だし|くて|して|です|ます|いて|さん|とう|でも?|思って|くらい|ぐらい"
    r"|とか|次第|どうも)$"
)
# Openers do not end what they open: 'はい、そうです', 'もうすぐ', 'よろしくお願いします'.
_OPENS_ITSELF = re.compile(
    r"(?:はい|うん|ええ|いえ|いや|ああ|あー|うーん|そう|もう|まだ|また|ただ|どう|こう|とにかく|よろしく|どうぞ"
    r"|どうも|まず|もし|何か|なんか|だれか|誰か|とか|しか|ばか|いつ|さて"
    r"|(?:そう|それで|で)です(?:か|ね|よ)|そうだ[ねよな]?|そうか|すみません|すいません|ありがとう|おはよう"
    r"|こんにちは|しまって|みたい|くらい|ぐらい|たい|といった|という|どういう|こういう|そういう|ああいう"
    r"|なかなか)$"
)
# What may stand last in a plain sentence.
_PLAIN = re.compile(r"[たいるすだねよなか]$|けど$|どうしたの$|[一-龥ろ]う$|ません$|[一-龥][くつむぶぐぬ]$")
_HEARSAY = re.compile(r"そう(?:です|だ|な)")
_POLITE = re.compile(
    r"(?:です|ます|ました|ません|でした|でしょう?|ましょう|ください|下さい|なさい|ございます)"
    r"(?:よねえ?|よね?|かねえ?|かな[あぁ]?|か|ねえ?|な[あぁ]|な(?![るらんにぜどかいの])|わね?|わよ|っけ|もの"
    r"|もん|ぞ|の(?=[よね])|のよ|のね)?"
)
_AFTER_POLITE = re.compile(
    r"(?:が(?!ん|っ)|けど|けれど|し(?![かたばまょゃっん]|っか)|ので|のに|のは|のを|のが|のも|の(?![ちで])"
    r"|から(?!ない|ん)|と(?!ても|りあえ|ころ|にかく|ても)|って|っけ"
    r"|か(?!な|し|ま|ね|の|わ|つ|え)|かしら|ね(?!え)|よ(?![かくいろしっ])|な(?![るぜんにい])|わ(?!か|た|ざ|ぁ"
    r"|あ)|を|に(?!ち|ほ)|は(?!い|じ|や)|も(?![しうちっ])|や(?![はっり])|よう(?!こそ|やく)"
    r"|[、。，．！？!?…」』）)ーっ]|ぞ|ぜ(?!ひ)|もの(?!す)|ん(?!だ)|たら|れば|て(?!い)|とき|時(?!間)|ぬ"
    r"|まで(?!も)|だけ|など|際|場合|でし[たょ]|で(?=[。、])|でしょ|ま[せし]|う(?!ん|ち|え|わ)|ら|つて|り"
    r"|か(?=つて|もし)"
    r"|こと|事(?!務)|よう)"
)
_PLAIN_FINAL = re.compile(
    r"(?:(?<=[たるいうなの])ん(?:だ|です)(?:よね?|ね|な|って)?|[いたるうくすつむぶぐぬだ]よね?|よね"
    r"|[いただる]ね|だな[あぁ]?|かな[あぁ]?|(?<!し)かも(?:ね|な|よ|しれない(?:ね|な|よ)?)?"
    r"|だろう(?:か|ね|な|よ)?|だろ|じゃん|じゃない(?:か)?|っけ|(?<![んみ])なの(?:か|ね|よ)?|わね|わよ"
    r"|のよ(?:ね)?|のね|だわ|ろうか|よな[あぁ]?|もんね|もん|てね|てよ"
    r"|んじゃ(?:ない)?|(?<!う)ぞ|ぜ|[いる]さ|(?<=[いるたの])かい(?![るたてしけ])|どういたしまして|こんにちは"
    r"|こんばんは|お疲れ様(?!です|で))"
)
_NOT_AFTER_PLAIN = re.compile(
    r"(?:[、。，．！？!?…」』）)ーっぁぃぅぇぉゃゅょん]|と(?!ても|りあえ|ころで|にかく)|って|が|を|に(?!ほ)"
    r"|は(?!い|じ)|も(?![しうちっ])|の(?!ち)|か(?!な|し)|から|けど|けれ|し(?!か)"
    r"|ので|ね(?!え)|よ(?![かくしろ])|な(?![るぜんに])|わ(?!か|ぁ|あ)|で(?![はも])|り|る|れ|ろ|ら|う(?!ん|ち)"
    r"|く|い(?![いやえつく])|え(?!え)|き|ば|た(?!だ|ぶ)|て|せ(?!っ)|さ(?![てっ])|ぞ|ぜ(?!ひ)"
    r"|だ(?![かが])|だけ|じゃ(?!あ)|知れ|場合|ひと|かしら|かな)"
)
# A plain form and a noun that a clause is about: as often 'the man who came' as 'He came. The man'.
_TOPIC = re.compile(r"(?<=[たるい])(?=[一-龥ァ-ヶーA-Za-z0-9]{2,8}(?:は|では|には|でも|によ)(?!な?い))")
_WEAK_FINAL = re.compile(r"(?:そう(?:です|だ)[ねかよな]|そうか)$")
# 'だ' describes nothing; but 'んだ' after a stem and words with 'だ' inside are something else.
_COPULA = re.compile(
    r"(?<=[一-龥ァ-ヶー々のよ])だ(?=[一-龥ァ-ヶA-Z0-9])|(?:である|であった|のだ|べきだ|ようだ|みたいだ"
    r"|はずだ)(?=[一-龥ァ-ヶA-Z0-9])"
)


# Between phrases: after a connecting form or particle, before what is not written in hiragana.
_SEAM = re.compile(
    r"(?:(?:けど|から|ので|のに|たら|れば|って|[てでしば])|[をにはがもとらり])(?=[一-龥ァ-ヶA-Za-z0-9「（])"
)
_SPACE = re.compile(r"(?<=[一-龥ぁ-ヶー])[ \u3000]+(?=[一-龥ぁ-ヶ])")


def cues(text: str) -> Cues:
    """Marks; polite endings; plain endings before openers; spaces, which recognisers write instead of marks."""
    found = {match.end(): CLAUSE for match in _SEAM.finditer(text)}
    found |= {match.start(): WEAK for match in _SPACE.finditer(text)}
    found |= blank_lines(text)
    for offset, weight in _ending_cues(text):
        found[offset] = max(found.get(offset, weight), weight)
    for mark in marks(text):
        end = past_faces(text, mark.end)
        if is_list_number(text, mark) or is_initial(text, mark) or _quoted_on(text, mark):
            found.pop(end, None)
            continue
        found[end] = TRAILING if mark.trailing else MARK
    return found


def _quoted_on(text: str, mark: Mark) -> bool:
    """'「行こう。」と言った': the particle after the bracket carries the sentence on."""
    return mark.text[-1] in CLOSERS and mark.quoted and _QUOTED_ON.match(text, mark.end) is not None


def _ending_cues(text: str) -> Iterator[tuple[int, float]]:
    for match in _POLITE.finditer(text):
        end, weight = match.end(), ENDING
        if text[end : end + 1] in ("、", ","):
            end, weight = end + 1, HINT  # a comma where a full stop should be
        elif _AFTER_POLITE.match(text, end):
            continue
        if end < len(text):
            yield (
                past_faces(text, end),
                WEAK if _WEAK_FINAL.search(text[max(0, match.end() - 6) : match.end()]) else weight,
            )
    for match in _PLAIN_FINAL.finditer(text):
        end = match.end()
        if end < len(text) and not _NOT_AFTER_PLAIN.match(text, end):
            yield end, WEAK if _WEAK_FINAL.search(text[max(0, end - 6) : end]) else HINT
    for match in _COPULA.finditer(text):
        yield match.end(), HINT
    for match in _TOPIC.finditer(text):
        yield match.end(), WEAK
    for match in _OPENERS.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()]
        if not _PLAIN.search(before) or _OPENS_ITSELF.search(before):
            continue
        if _HEARSAY.match(text, match.start()) and before[-1] in "たるいだ":
            continue
        yield match.start(), HINT
    for match in _ANSWERS.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()]
        if _TRAILS_OFF.search(before) and not _OPENS_ITSELF.search(before):
            yield match.start(), HINT
