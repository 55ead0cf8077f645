"""What the voices of the demo clips say: one scene in four languages, in words that the `offline` set knows.

The recogniser of that set learned 32 sentence shapes and about 134 words per language from synthetic speech, and
nothing else, so the clips stay inside them. Each sentence is one that was kept out of its training: a tenth of all
sentences was, chosen by hash (`was_held_out`).

A word or phrase is written `label|reading` where the synthesiser must read something other than the label: kana
for Japanese, numbered pinyin for Chinese (the synthesiser reads hanzi badly), joined with `_` inside one word.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.types import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of one speaker: `text` as it is written, `spoken` as the synthesiser gets it."""

    speaker: str
    text: str
    spoken: str


SPEAKERS = "AAABBBAAABBBAAB"
"""Who says which line of a scene: mostly several sentences in a turn, enough of a voice to know it by."""

_SCENES: Mapping[Language, str] = {
    # A slot is {NAME}; a slot with a digit keeps its word through the scene, so that the lines hang together.
    "ko": """{D} 날씨가 {A}. / {G}의 날씨는 {A}. / {D} {T}에 {L}에서 {E1}@이가 있습니다.
        {D} {E1}@은는 {T}에 시작합니다. / {P}@은는 {L}에 갔습니다. / {P}의 {O1}@이가 어디에 있습니까?
        {O1}@을를 {L}에 두고 왔어요. / {C} {O1}@을를 찾고 있어요. / {T}에 {F1}@을를 먹을까요?
        {P}@은는 {F1}@을를 아주 좋아합니다. / {F1} {N} 그릇 주세요. / {L}@은는 {T}에 문을 엽니다.
        {G}행 기차는 {T}에 출발합니다. / {L}까지 걸어서 {N} 시간 걸립니다. / {P}@와과 함께 {G}@으로 떠납니다.""",
    "en": """The weather is {A} {D}. / It will be {A} in {G} {T}. / There is a {E1} at the {L} {D}.
        The {E1} starts {T}. / {P} went to the {L} {T}. / I am looking for a {C} {O1}. / I left my {O1} at the {L}.
        The {C} {O1} is in the {L}. / Would you like {F1} {T}? / {P} really likes {F1}.
        We had {F1} at the {L}. / The {L} opens {T}. / The train to {G} leaves {T}.
        It takes {N} hours to reach the {L}. / {P} is going to {G} {D}.""",
    "zh": """{D} 天气|tian1_qi4 {A} 。 / {G} 的|de5 天气|tian1_qi4 {A} 。 / {D} {T} 在|zai4 {L} 有|you3 {E1} 。
        {E1} {T} 开始|kai1_shi3 。 / {P} 去了|qu4_le5 {L} 。 / {P} 的|de5 {O1} 在|zai4 哪里|na3_li3 ？
        我把|wo3_ba3 {O1} 忘在|wang4_zai4 {L} 了|le5 。 / 我在找|wo3_zai4_zhao3 {C} {O1} 。
        {T} 吃|chi1 {F1} 怎么样|zen3_me5_yang4 ？ / {P} 非常喜欢|fei1_chang2_xi3_huan1 {F1} 。
        请给我|qing3_gei3_wo3 {N} 份|fen4 {F1} 。 / {L} {T} 开门|kai1_men2 。
        去|qu4 {G} 的|de5 火车|huo3_che1 {T} 出发|chu1_fa1 。
        走到|zou3_dao4 {L} 要|yao4 {N} 个小时|ge4_xiao3_shi2 。 / 我和|wo3_he2 {P} 一起去|yi4_qi3_qu4 {G} 。""",
    "ja": """{D} の 天気は|てんきわ {A} 。 / {G} の 天気は|てんきわ {A} 。 / {D} {T} に {L} で {E1} が あります 。
        {E1} は|わ {T} に 始まります|はじまります 。 / {P} は|わ {L} に 行きました|いきました 。
        {P} の {O1} は|わ どこに ありますか ？ / {O1} を {L} に 忘れました|わすれました 。
        {C} {O1} を 探しています|さがしています 。 / {T} に {F1} を 食べませんか|たべませんか ？
        {P} は|わ {F1} が 大好きです|だいすきです 。 / {F1} を {N} ください 。
        {L} は|わ {T} に 開きます|ひらきます 。 / {G} 行きの|いきの 電車は|でんしゃわ {T} に 出ます|でます 。
        {P} は|わ {G} に 住んでいます|すんでいます 。 / {P} と 一緒に|いっしょに {G} へ|え 行きます|いきます 。""",
}

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "ko": {
        "P": "민수,지영,선생님,할머니,동생,친구,의사,기자,학생,부장님,언니,아버지,이웃,손님,직원,경찰관",
        "L": "병원,도서관,학교,시장,공원,회사,식당,은행,우체국,지하철역,박물관,공항,미술관,호텔",
        "T": "아침,점심,저녁,오전 아홉 시,오후 세 시,밤 열 시,오후 두 시,오전 열한 시,저녁 일곱 시",
        "D": "오늘,내일,월요일,수요일,금요일,토요일,일요일,다음 주",
        "O": "책,가방,우산,전화기,컴퓨터,사진,자전거,안경,지갑,열쇠,카메라,시계,공책",
        "F": "김치찌개,비빔밥,냉면,라면,떡볶이,만두",
        "E": "회의,수업,공연,시험,축제,전시회,발표",
        "A": "맑습니다,흐립니다,춥습니다,덥습니다,시원합니다,따뜻합니다",
        "N": "한,두,세,네,다섯,여섯,일곱,여덟",
        "C": "빨간,파란,하얀,검은,노란,작은,커다란,새로운,오래된,비싼",
        "G": "서울,부산,대구,인천,광주,대전,제주,강릉",
    },
    "en": {
        "P": "my brother,the teacher,the doctor,her sister,our manager,the driver,the nurse,"
        "Anna,David,the engineer,my neighbor,the reporter,Maria,Peter",
        "L": "hospital,library,school,market,park,office,restaurant,bank,post office,station,museum,airport,"
        "gallery,hotel",
        "T": "in the morning,at noon,in the evening,at nine,at three thirty,at two,after lunch,"
        "before dinner,at seven",
        "D": "today,tomorrow,on Monday,on Wednesday,on Friday,on Saturday,on Sunday,next week",
        "O": "book,bag,umbrella,telephone,computer,picture,letter,bicycle,jacket,wallet,key,camera,watch,notebook",
        "F": "soup,coffee,noodles,chicken,salad,pizza,green tea,pancakes",
        "E": "meeting,lesson,concert,festival,game,wedding,lecture",
        "A": "sunny,cloudy,cold,hot,windy,warm,rainy,dry",
        "N": "two,three,four,five,six,seven,eight,nine,ten",
        "C": "red,blue,white,black,yellow,small,large,new",
        "G": "London,Paris,Berlin,Chicago,Boston,Sydney,Toronto,Dublin",
    },
    "zh": {
        "P": "小明|xiao3_ming2,王老师|wang2_lao3_shi1,医生|yi1_sheng1,妹妹|mei4_mei4,经理|jing1_li3,"
        "学生|xue2_sheng1,护士|hu4_shi4,"
        "爸爸|ba4_ba4,李华|li3_hua2,邻居|lin2_ju1,记者|ji4_zhe3,奶奶|nai3_nai3,客人|ke4_ren2,同事|tong2_shi4",
        "L": "医院|yi1_yuan4,图书馆|tu2_shu1_guan3,学校|xue2_xiao4,公园|gong1_yuan2,公司|gong1_si1,"
        "饭店|fan4_dian4,银行|yin2_hang2,邮局|you2_ju2,宾馆|bin1_guan3,"
        "地铁站|di4_tie3_zhan4,博物馆|bo2_wu4_guan3,机场|ji1_chang3,美术馆|mei3_shu4_guan3",
        "T": "早上|zao3_shang4,中午|zhong1_wu3,晚上|wan3_shang4,上午九点|shang4_wu3_jiu3_dian3,"
        "下午三点|xia4_wu3_san1_dian3,下午两点|xia4_wu3_liang3_dian3,傍晚|bang4_wan3,"
        "上午十一点|shang4_wu3_shi2_yi4_dian3,晚上七点|wan3_shang4_qi1_dian3",
        "D": "今天|jin1_tian1,明天|ming2_tian1,星期一|xing1_qi1_yi1,星期三|xing1_qi1_san1,星期五|xing1_qi1_wu3,"
        "星期六|xing1_qi1_liu4,星期天|xing1_qi1_tian1,下周|xia4_zhou1",
        "O": "书包|shu1_bao1,雨伞|yu3_san3,电话|dian4_hua4,照片|zhao4_pian1,自行车|zi4_xing2_che1,"
        "眼镜|yan3_jing4,钱包|qian2_bao1,照相机|zhao4_xiang4_ji1,笔记本|bi3_ji4_ben3",
        "F": "面条|mian4_tiao2,米饭|mi3_fan4,烤鸭|kao3_ya1,饺子|jiao3_zi5,豆腐|dou4_fu3,鸡汤|ji1_tang1",
        "E": "会议|hui4_yi4,演出|yan3_chu1,考试|kao3_shi4,比赛|bi3_sai4,展览|zhan3_lan3,晚会|wan3_hui4,"
        "讲座|jiang3_zuo4",
        "A": "晴朗|qing2_lang3,多云|duo1_yun2,寒冷|han2_leng3,炎热|yan2_re4,凉快|liang2_kuai4,很好|hen3_hao3",
        "N": "两|liang3,三|san1,四|si4,五|wu3,六|liu4,七|qi1,八|ba1,九|jiu3,十|shi2",
        "C": "红色的|hong2_se4_de5,蓝色的|lan2_se4_de5,白色的|bai2_se4_de5,黑色的|hei1_se4_de5,"
        "黄色的|huang2_se4_de5,小小的|xiao3_xiao3_de5,很大的|hen3_da4_de5,新的|xin1_de5,旧的|jiu4_de5",
        "G": "北京|bei3_jing1,上海|shang4_hai3,广州|guang3_zhou1,深圳|shen1_zhen4,成都|cheng2_du1,"
        "杭州|hang2_zhou1,西安|xi1_an1,南京|nan2_jing1",
    },
    "ja": {
        "P": "田中さん|たなかさん,先生|せんせい,医者|いしゃ,妹|いもうと,部長|ぶちょう,運転手|うんてんしゅ,"
        "学生|がくせい,友達|ともだち,"
        "山田さん|やまださん,記者|きしゃ,警察官|けいさつかん,祖母|そぼ,お客さん|おきゃくさん,店員|てんいん",
        "L": "病院|びょういん,図書館|としょかん,学校|がっこう,公園|こうえん,会社|かいしゃ,食堂|しょくどう,"
        "銀行|ぎんこう,郵便局|ゆうびんきょく,駅|えき,"
        "博物館|はくぶつかん,空港|くうこう,美術館|びじゅつかん,ホテル|ほてる",
        "T": "朝|あさ,昼|ひる,夜|よる,午前九時|ごぜんくじ,午後三時|ごごさんじ,午後二時|ごごにじ,夕方|ゆうがた,"
        "午前十一時|ごぜんじゅういちじ,"
        "夜七時|よるしちじ",
        "D": "今日|きょう,明日|あした,月曜日|げつようび,水曜日|すいようび,金曜日|きんようび,土曜日|どようび,"
        "日曜日|にちようび,来週|らいしゅう",
        "O": "本|ほん,鞄|かばん,傘|かさ,電話|でんわ,写真|しゃしん,自転車|じてんしゃ,眼鏡|めがね,財布|さいふ,"
        "カメラ|かめら,時計|とけい",
        "F": "ラーメン|らーめん,パン|ぱん,寿司|すし,餃子|ぎょうざ,豆腐|とうふ,うどん,チーズ|ちーず",
        "E": "会議|かいぎ,授業|じゅぎょう,公演|こうえん,試験|しけん,祭り|まつり,試合|しあい,展覧会|てんらんかい,"
        "発表|はっぴょう",
        "A": "晴れです|はれです,曇りです|くもりです,寒いです|さむいです,暑いです|あついです,"
        "涼しいです|すずしいです,暖かいです|あたたかいです",
        "N": "二つ|ふたつ,三つ|みっつ,四つ|よっつ,五つ|いつつ,六つ|むっつ,七つ|ななつ,八つ|やっつ",
        "C": "赤い|あかい,青い|あおい,白い|しろい,黒い|くろい,黄色い|きいろい,小さい|ちいさい,大きい|おおきい,"
        "新しい|あたらしい,"
        "古い|ふるい",
        "G": "東京|とうきょう,大阪|おおさか,京都|きょうと,名古屋|なごや,札幌|さっぽろ,福岡|ふくおか,神戸|こうべ,"
        "奈良|なら",
    },
}

_PARTICLES = {"이가": ("이", "가"), "은는": ("은", "는"), "을를": ("을", "를"), "와과": ("과", "와")}
_SPOKEN_MARKS = {"。": ".", "？": "?"}


def write_scene(language: Language, seed: int) -> tuple[Line, ...]:
    """The fifteen lines of one scene, every one of them held out from the recogniser's training.

    The same seed gives the same lines.
    """
    chance = random.Random(f"{language}-{seed}")
    shapes = re.split(r"\s*/\s*|\n\s*", _SCENES[language])
    words = {slot: choices.split(",") for slot, choices in _WORDS[language].items()}
    kept: dict[str, list[str]] = {}
    for slot in ("E1", "O1", "F1"):
        using = [shape for shape in shapes if f"{{{slot}}}" in shape]
        possible = [
            word
            for word in words[slot[0]]
            if all(_held_out_lines("", shape, language, words | {slot: [word]}) for shape in using)
        ]
        kept[slot] = [chance.choice(possible)]
    return tuple(
        chance.choice(_held_out_lines(speaker, shape, language, words | kept))
        for speaker, shape in zip(SPEAKERS, shapes, strict=True)
    )


def was_held_out(text: str, language: Language) -> bool:
    """Whether the recogniser never saw this sentence: the hash by which its training data was divided.

    That hash was taken with a space before every word, so Korean and English sentences get one in front.
    """
    hashed = f" {text}" if language in ("ko", "en") else text
    return int(hashlib.md5(hashed.encode()).hexdigest(), 16) % 10 == 0


def _held_out_lines(speaker: str, shape: str, language: Language, words: Mapping[str, list[str]]) -> list[Line]:
    """All sentences of one shape that were held out, in a fixed order."""
    slots = re.findall(r"\{(\w+)\}", shape)
    lines = []
    for choice in itertools.product(*(words[slot] for slot in slots)):
        filling = iter(choice)
        line = _line(speaker, re.sub(r"\{\w+\}", lambda _: next(filling), shape), language)  # noqa: B023
        if was_held_out(line.text, language):
            lines.append(line)
    return lines


def _line(speaker: str, filled: str, language: Language) -> Line:
    if language in ("ko", "en"):
        text = _with_particles(filled)
        text = text[0].upper() + text[1:]
        return Line(speaker, text, text)
    labels: list[str] = []
    readings: list[str] = []
    for token in filled.split():
        label, _, reading = token.partition("|")
        labels.append(label)
        if label in _SPOKEN_MARKS:
            readings[-1] += _SPOKEN_MARKS[label]
        else:
            readings.extend((reading or label).split("_"))
    return Line(speaker, "".join(labels), " ".join(readings))


def _with_particles(text: str) -> str:
    """Korean particles take their form from the sound before them: after a consonant 이, after a vowel 가."""

    def attach(found: re.Match[str]) -> str:
        final = (ord(found[1]) - ord("가")) % 28  # index of the final consonant in the Unicode block; 0 = none
        if found[2] == "으로":
            return found[1] + ("로" if final in (0, 8) else "으로")  # 8 = ㄹ, which counts as a vowel here
        after_consonant, after_vowel = _PARTICLES[found[2]]
        return found[1] + (after_consonant if final else after_vowel)

    return re.sub(r"(.)@(이가|은는|을를|와과|으로)", attach, text)
