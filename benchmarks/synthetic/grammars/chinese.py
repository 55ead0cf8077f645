"""Mandarin sentences in simplified characters, one piece a character.

The synthesiser reads numbered pinyin. pypinyin finds it over the whole sentence, because many characters are read
by their neighbours; `_READINGS` holds what it gets wrong.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from pypinyin import Style, lazy_pinyin, load_phrases_dict

from benchmarks.synthetic.sentences import Grammar, Piece

_WORDS: Mapping[str, str] = {
    # People. One spelling for each sound of a name: nothing else could tell 张 from 章.
    "TITLED": "王老师,李医生,张经理,陈律师,刘教授,杨先生,赵女士,黄小姐,周主任,吴师傅,徐老师,孙医生,马经理,朱先生,"
    "胡女士,郭教授,何小姐,高老师,林主任,罗师傅,郑先生,梁女士,谢医生,宋老师,唐经理,韩先生,冯女士,邓教授,曹老师,彭师傅",
    "GIVEN": "小明,李华,小红,小刚,小丽,小军,小芳,小强,小美,小龙,王芳,张伟,李娜,刘洋,陈静,赵磊,周杰,杨敏",
    "RELATIVE": "妹妹,爸爸,奶奶,妈妈,哥哥,姐姐,弟弟,爷爷,叔叔,阿姨,姑姑,舅舅,儿子,女儿,丈夫,妻子,表弟",
    "ROLE": "医生,经理,司机,学生,护士,记者,警察,客人,同事,邻居,老板,秘书,房东,导游,教练,校长,同学,朋友,室友,顾客,"
    "服务员,保安,客户",
    "JOB": "医生,护士,司机,记者,警察,律师,工程师,会计,翻译,厨师,演员,作家,画家,歌手,导游,程序员,建筑师,教授,秘书,"
    "飞行员,消防员,摄影师,理发师,运动员,设计师,科学家,农民,军人,编辑,导演,法官,牙医,售货员,老师",
    # Where.
    "PLACE": "医院,图书馆,学校,市场,公园,公司,饭店,银行,邮局,地铁站,博物馆,机场,美术馆,药店,体育场,宾馆,超市,"
    "电影院,火车站,餐厅,咖啡馆,书店,健身房,游泳池,动物园,派出所,办公室,停车场,加油站,商场,幼儿园,植物园,理发店,面包店,法院,"
    "大使馆,展览馆,实验室,工厂,食堂",
    "CITY": "北京,上海,广州,深圳,成都,杭州,西安,南京,天津,武汉,重庆,苏州,青岛,大连,厦门,昆明,长沙,郑州,哈尔滨,沈阳,"
    "济南,合肥,福州,海口,拉萨,兰州,贵阳,桂林,香港,澳门",
    "COUNTRY": "中国,美国,英国,法国,德国,日本,韩国,加拿大,俄罗斯,意大利,西班牙,巴西,印度,泰国,新加坡,澳大利亚,埃及,"
    "越南,墨西哥,荷兰",
    "SIDE": "对面,旁边,后面,门口,附近",
    # When.
    "NEARDAY": "今天,明天,昨天,后天,前天,下周,下周一,下周五,这周末",
    "WEEKDAY": "星期一,星期二,星期三,星期四,星期五,星期六,星期天",
    "FUTURE": "明天,后天,下周,下个月,明年,周末,下周三,国庆节,春节,暑假,寒假,月底,年底,今天晚上,明天早上,过几天",
    "PAST": "昨天,前天,上周,上个月,去年,前几天,昨天晚上,今天早上,上周五,去年冬天,半年前,上个周末",
    "TIME": "早上,中午,晚上,上午九点,下午三点,半夜,下午两点,傍晚,上午十一点,晚上七点,清晨,下午,上午十点半,下班以后",
    "SEASON": "春天,夏天,秋天,冬天",
    "OFTEN": "每天,经常,总是,有时候,很少,偶尔,每个周末,每天晚上",
    "DURATION": "十分钟,半个小时,一个小时,两个小时,一整天,两天,三个星期,一个月,半年,十几年",
    # Things, by their measure word.
    "VOLUME": "书,词典,小说,杂志,笔记本,相册,课本,护照",
    "HANDLED": "雨伞,椅子,钥匙,剪刀,梳子,吉他",
    "FLAT": "照片,地图,桌子,名片,火车票,电影票,银行卡,明信片",
    "GARMENT": "衬衫,毛衣,外套,大衣,雨衣",
    "PARCEL": "行李,礼物,包裹",
    "LONG": "裤子,裙子,围巾,毛巾,领带,项链",
    "MACHINE": "电脑,照相机,电视机,冰箱,洗衣机,打印机,空调,收音机",
    "WHEELED": "自行车,汽车,摩托车,卡车,电动车",
    "OBJECT": "书包,钱包,杯子,盘子,箱子,闹钟,充电器,手电筒,足球,玩具,耳机,灯泡",
    "PAIR": "鞋,筷子,袜子,手套",
    "ANIMAL": "狗,猫,鸟,兔子,羊,鸭子",
    "BELONGING": "信,电话,报纸,手表,眼镜,帽子,身份证,日记,手机",
    # Food.
    "DISH": "面条,米饭,烤鸭,饺子,豆腐,鸡汤,鱼,炒饭,包子,火锅,红烧肉,牛肉面,馄饨,春卷,沙拉,汉堡,三明治,炸鸡,牛排,"
    "年糕,粽子,月饼,面包,蛋糕,粥",
    "DRINK": "咖啡,牛奶,绿茶,果汁,红茶,可乐,豆浆,酸奶,热水,柠檬水,奶茶,啤酒",
    "FRUIT": "苹果,西瓜,香蕉,葡萄,橙子,草莓,桃子,芒果,樱桃,柠檬,荔枝",
    "TREAT": "巧克力,饼干,糖,冰淇淋,花生",
    # What happens, and what it is like.
    "LESSON": "课,体育课,英语课,数学课",
    "OCCASION": "会议,演出,考试,面试,节日活动,比赛,展览,婚礼,晚会,讲座,旅行,培训,音乐会,生日聚会,运动会,毕业典礼,"
    "招聘会,发布会,画展,家长会",
    "WEATHER": "晴朗,多云,寒冷,炎热,凉快,暖和,很好,干燥,潮湿,很冷,很热,不错,不太好",
    "FALLING": "下雨,下雪,刮风,打雷,降温,下大雨",
    "COLOR": "红色的,蓝色的,白色的,黑色的,黄色的,绿色的,灰色的,小小的,很大的,新的,旧的,昂贵的,便宜的,漂亮的,好看的,"
    "朋友送的,在网上买的",
    "QUALITY": "重要,有意思,复杂,简单,特别,有用,有趣,普通,难懂,实用,严重,精彩",
    "FEELING": "高兴,难过,紧张,生气,着急,兴奋,害怕,失望,满意,放心,孤单,激动,惊讶,轻松,无聊,累,困,饿",
    "AILMENT": "头疼,肚子疼,发烧,咳嗽,牙疼,嗓子疼,腰疼,失眠,过敏,流鼻涕",
    # What people do and talk about.
    "SPORT": "游泳,跑步,爬山,打篮球,打网球,踢足球,骑马,滑雪,打太极拳,打羽毛球,打乒乓球,做瑜伽",
    "PASTIME": "唱歌,跳舞,画画,做饭,钓鱼,看电影,看书,听音乐,下棋,弹钢琴,拉小提琴,写毛笔字,旅游,拍照,逛街,上网,养花",
    "TASK": "写报告,修改合同,整理文件,打扫房间,洗衣服,买菜,打印材料,预订机票,联系客户,检查设备,付房租,办签证,"
    "取包裹,寄快递,接孩子,修电脑,回复邮件,填表格,倒垃圾,浇花,交电费,翻译文章,订酒店,搬家具",
    "FINISHED": "把报告写完,把作业做完,把房间打扫干净,把合同签好,把灯关掉,把门锁好,把行李收拾好,把机票订好,"
    "把车修好,把菜洗干净,把会议记录发出去,把钱转过去,把文件打印出来,把窗户关上",
    "TOPIC": "人工智能,手机软件,网络安全,电动汽车,机器人,健康饮食,睡眠,心理健康,房价,股票,保险,税收,奥运会,高考,"
    "教育改革,气候变化,环境保护,交通问题,国际新闻,经济形势,古典音乐,中国历史,现代文学,太空探索,新能源,养老,就业,"
    "食品安全,疫苗,数据分析,项目预算,市场营销,售后服务,天气预报,世界杯",
    "SUBJECT": "数学,物理,化学,历史,地理,生物,语文,美术,经济学,法律,心理学,建筑",
    "TONGUE": "汉语,英语,法语,德语,日语,韩语,西班牙语,俄语,阿拉伯语,广东话",
    "VEHICLE": "火车,飞机,地铁,公交车,出租车,高铁,轮船,大巴",
    "REASON": "路上堵车,身体不舒服,家里有事,天气太热,工作太忙,手机没电了,没赶上火车,起得太晚,钱不够,忘了带钥匙,"
    "要加班,要照顾孩子,飞机晚点了,找不到停车位",
    "RUMOUR": "公司要搬到郊区,地铁要涨价,那家商店要关门,学校要提前放假,新机场快要开放了,油价又要上涨,台风快要来了,"
    "工资要上涨,考试要推迟,比赛取消了,合同已经签了,航班晚点了,这条路正在修,他们要结婚了,新产品卖得很好",
    "ADVICE": "多喝水,早点休息,少吃糖,多运动,按时吃药,戴口罩,注意安全,多穿衣服,少喝酒,早睡早起,吃清淡一点,"
    "每天散步,保持安静,相信自己",
    # Numbers up to twelve before a measure word.
    "COUNT": "两,三,四,五,六,七,八,九,十,十二",
}

_UNIONS: Mapping[str, str] = {
    "NAME": "TITLED GIVEN",
    "PERSON": "TITLED GIVEN RELATIVE ROLE",
    "DAY": "NEARDAY WEEKDAY",
    "EVENT": "LESSON OCCASION",
    "HOBBY": "SPORT PASTIME",
    "ITEM": "VOLUME HANDLED FLAT GARMENT PARCEL LONG MACHINE WHEELED OBJECT BELONGING",
}

_PATTERNS = """
{DAY}天气{WEATHER}。
{CITY}的天气{WEATHER}。
{DAY}{TIME}在{PLACE}有{EVENT}。
{EVENT}{TIME}开始。
{PERSON}去了{PLACE}。
{PERSON}的{ITEM}在哪里？
我把{ITEM}忘在{PLACE}了。
我在找{COLOR}{ITEM}。
{TIME}吃{DISH}怎么样？
{PERSON}非常喜欢{DISH}。
请给我{COUNT}份{DISH}。
{PLACE}{TIME}开门。
去{CITY}的火车{TIME}出发。
走到{PLACE}要{COUNT}个小时。
我和{PERSON}一起去{CITY}。
我们在{PLACE}吃了{DISH}。
{PERSON}{PAST}买了{COLOR}{ITEM}。
{EVENT}{CLOCK}开始，请不要迟到。
{PLACE}{CLOCK}开门，很晚才关门。
现在是{CLOCK}。
我们{CLOCK}在{PLACE}{SIDE}见面吧。
去{CITY}的{VEHICLE}几点出发？
我是{DATE}出生的。
{PERSON}的生日是{DATE}。
会议改到{DATE}{TIME}了。
这家公司是{YEAR}成立的。
{PERSON}{YEAR}从{COUNTRY}回来了。
这个{OBJECT}多少钱？
这本{VOLUME}要{PRICE}。
这件{GARMENT}打完折{PRICE}。
我的电话号码是{PHONE}。
请打这个电话，{PHONE}。
我住在{ROOM}房间。
今年的销售额增长了{PERCENT}。
有{PERCENT}的人对结果不满意。
我买了{COUNT}本{VOLUME}。
桌子上有{COUNT}张{FLAT}。
{PERSON}带来了{COUNT}件{PARCEL}。
门口停着{COUNT}辆{WHEELED}。
办公室需要{COUNT}台{MACHINE}。
妈妈给我买了{COUNT}双{PAIR}。
爷爷家养了{COUNT}只{ANIMAL}。
我要{COUNT}杯{DRINK}。
请给我称{COUNT}斤{FRUIT}。
一共有{NUMBER}个人报名参加{OCCASION}。
我以前没去过{COUNTRY}。
你{FUTURE}有时间吗？
你会说{TONGUE}吗？
你最喜欢吃什么？
{PERSON}{OFTEN}去{HOBBY}吗？
谁知道{PLACE}怎么走？
你为什么对{TOPIC}感兴趣？
{NAME}，你{FUTURE}想去哪里？
我长大以后想当{JOB}。
{PERSON}是一名{JOB}。
{PERSON}{OFTEN}{HOBBY}。
我正在{TASK}，等一下再说。
请帮我{TASK}。
麻烦你先{FINISHED}。
你{FINISHED}了没有？
{PERSON}已经{FINISHED}了。
因为{REASON}，{PERSON}没有来。
要是{FUTURE}{FALLING}，我们就不去{CITY}了。
虽然我很{FEELING}，但是还要{TASK}。
听说{RUMOUR}，是真的吗？
{PERSON}告诉我，{RUMOUR}。
医生说，我应该{ADVICE}。
{PERSON}从{PAST}开始一直{AILMENT}。
如果你{AILMENT}，最好{ADVICE}。
我觉得{TOPIC}很{QUALITY}。
今天我们来谈谈{TOPIC}。
{PERSON}{TIME}打来电话。
{COLOR}{ITEM}是{PERSON}的。
{CITY}有{COUNT}个{PLACE}。
我给{PERSON}送了{COLOR}{ITEM}。
{OCCASION}结束以后吃{DISH}。
{DAY}开始准备{OCCASION}。
有{COUNT}个人参加{OCCASION}。
我在{PLACE}门口见到了{PERSON}。
我{PAST}在{PLACE}遇到了{PERSON}。
我们需要{COUNT}台{COLOR}{MACHINE}。
{SEASON}的{CITY}很漂亮。
{PERSON}在{CITY}工作了{DURATION}。
{PERSON}是从{COUNTRY}来的。
{PERSON}的专业是{SUBJECT}。
{PERSON}看起来很{FEELING}。
{PERSON}把{ITEM}弄丢了。
{PERSON}让我{TASK}。
{PERSON}不想{HOBBY}。
{PERSON}给我们介绍了{TOPIC}。
{PERSON}比我大{COUNT}岁。
{PERSON}喝了{COUNT}杯{DRINK}。
他写了一本关于{TOPIC}的书。
他们正在讨论{TOPIC}。
我对{TOPIC}不太了解。
我不喜欢吃{TREAT}。
我太{FEELING}了。
我想把{PARCEL}寄给{PERSON}。
我每天{CLOCK}起床。
我{FUTURE}必须{TASK}。
我借给{PERSON}{PRICE}。
那条新闻跟{TOPIC}有关。
这些{FRUIT}是{PERSON}送的。
{FRUIT}一斤{PRICE}。
这个月的电费是{PRICE}。
{CITY}今天的最高气温是{DEGREES}。
这是我{ORDINAL}次来{COUNTRY}。
{PERSON}在比赛中得了{ORDINAL}名。
我们昨天{SCORE}赢了。
这本{VOLUME}{DATE}以前要还给{PERSON}。
请把{ITEM}放在桌子上。
请{CLOCK}叫我起床。
帮我拿一下{ITEM}好吗？
咱们{FUTURE}一起去{HOBBY}吧。
{NAME}，早上好。
大家好。
非常感谢你。
祝你生日快乐。
请问，{PLACE}在哪里？
喂，请问{NAME}在吗？
{PERSON}是{JOB}吧？
{PERSON}在{PLACE}{SIDE}等谁？
{PERSON}什么时候去{COUNTRY}？
{PAST}的{EVENT}怎么样？
{CLOCK}的{EVENT}取消了吗？
你{FUTURE}去{PLACE}吗？
你看见我的{ITEM}了吗？
你学{TONGUE}学了多久？
你住在{ROOM}房间吗？
您想喝{DRINK}，还是吃{TREAT}？
坐{VEHICLE}去{CITY}要多久？
从这里到{PLACE}有多远？
为什么{PERSON}这么{FEELING}？
谁把{ITEM}放在{PLACE}了？
这里可以{HOBBY}吗？
这条{LONG}有别的颜色吗？
我可以用一下你的{HANDLED}吗？
好久不见，你最近怎么样？
这个{OBJECT}太贵了，能便宜一点吗？
我的{MACHINE}坏了，能帮我修一下吗？
听起来很{QUALITY}，你再说一遍好吗？
你好，我想订{COUNT}张去{CITY}的票。
我叫{GIVEN}，是{CITY}人。
除了{SPORT}，{PERSON}还喜欢{PASTIME}。
一到{SEASON}，{PERSON}就想{HOBBY}。
我先{TASK}，再去{PLACE}。
我本来想去{HOBBY}，可是{REASON}。
{EVENT}结束以后，我们去{PLACE}吧。
只要你{ADVICE}，很快就会好的。
{PERSON}不但会说{TONGUE}，还学过{SUBJECT}。
你要是觉得{FEELING}，就休息一下吧。
不管{FUTURE}天气怎么样，我都要去{PLACE}。
{PLACE}离这里不远，走路{COUNT}分钟就到。
从{CITY}到{COUNTRY}，坐飞机要{COUNT}个小时。
{PERSON}说，{FUTURE}要去{COUNTRY}出差。
{PERSON}问我，{EVENT}几点开始。
新闻里说，{RUMOUR}。
天气预报说，{FUTURE}会{FALLING}。
我也不清楚，你去问{PERSON}吧。
对不起，{PERSON}现在不在，请{CLOCK}再打来。
真不好意思，{REASON}。
别忘了，{WEEKDAY}{CLOCK}有{EVENT}。
我刚到{CITY}，还不认识路。
如果{PERSON}打电话来，就说我在{PLACE}。
既然大家都到了，我们就开始讨论{TOPIC}吧。
自从搬到{CITY}，我{OFTEN}{HOBBY}。
等{PERSON}来了，我们就去吃{DISH}。
你先坐一下，{PERSON}马上就来。
我想买一台{MACHINE}，可是要{PRICE}。
为了准备{OCCASION}，我们忙了{DURATION}。
幸好你提醒我，不然我就忘了{TASK}。
外面正在{FALLING}，你带雨伞了吗？
{TOPIC}的文章我看了，写得很不错。
"""

_FILLERS = "嗯，/呃，/那个，/对了，/其实，/你看，/怎么说呢，/说实话，/是这样，/不过，"

_BACKCHANNELS = (
    "嗯。/对。/是的。/好的。/没错。/明白了。/真的吗？/当然。/原来如此。/是吗？/我知道了。/太好了。/可以。/没问题。/"
    "对对对。/有道理。/我也是。/然后呢？/好啊。/真不错。/不客气。/谢谢。/为什么？/确实。"
)

_READINGS: dict[str, str] = {
    "嗯": "en4",
    "呃": "e4",
    "还给": "huan2 gei3",
    "生还": "sheng1 hai2",
    "游说": "you2 shuo1",
    "人参": "ren2 can1",
    "从重": "cong2 chong2",
    "了结": "le5 jie2",
    "明了": "ming2 le5",
    "当作家": "dang1 zuo4 jia1",
    "卖得": "mai4 de5",
    "起得": "qi3 de5",
    "写得": "xie3 de5",
    "妻子": "qi1 zi5",
    "照片": "zhao4 pian4",
    "炸鸡": "zha2 ji1",
    "不好意思": "bu4 hao3 yi4 si5",
}
"""Words that pypinyin reads otherwise than people do, and pairs that it takes for a word across two of ours."""

_NEUTRAL = """
    爸爸 妈妈 哥哥 姐姐 妹妹 爷爷 奶奶 叔叔 舅舅 姑姑 先生 朋友 学生 护士 师傅 认识 知道 告诉 喜欢 休息 收拾
    谢谢 衣服 早上 晚上 时候 窗户 行李 豆腐 葡萄 漂亮 舒服 明白 清楚 麻烦 客气 凉快
"""
"""Words whose second syllable has no tone of its own, which pypinyin gives it."""

_MARKS = {"。": ".", "？": "?", "，": ","}
_DIGITS = "零一二三四五六七八九"
_BEFORE_ORDERS = frozenset(f"第周期十百{_DIGITS}")
_AFTER_ORDERS = frozenset(f"月号十{_DIGITS}")
"""Beside these 一 is a digit or an order: 第一, 星期一, 二十一, 一月."""


def _number(value: int) -> str:
    """A number under a thousand as it is said: 12 is 十二, 105 is 一百零五."""
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    words = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        words += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones else "")


def _digits(value: int) -> str:
    """A number digit by digit, as in years and telephone numbers."""
    return "".join(_DIGITS[int(digit)] for digit in str(value))


def _numbers() -> dict[str, tuple[str, ...]]:
    """The slots whose words are counted out instead of listed."""
    chance = random.Random("chinese")
    hours = {"早上": (6, 7, 8), "上午": (9, 10, 11), "下午": (1, 2, 3, 4, 5), "晚上": (6, 7, 8, 9, 10)}
    minutes = ("", "半", "一刻", "十分", "二十分", "四十分", "五十分")
    return {
        "CLOCK": tuple(
            f"{half}{'两' if hour == 2 else _number(hour)}点{minute}"
            for half, choices in hours.items()
            for hour in choices
            for minute in minutes
        ),
        "DATE": tuple(f"{_number(month)}月{_number(day)}号" for month in range(1, 13) for day in range(1, 29)),
        "YEAR": tuple(f"{_digits(year)}年" for year in range(1978, 2025)),
        "NUMBER": tuple(_number(value) for value in range(13, 400)),
        "PRICE": tuple(f"{_number(value)}块钱" for value in range(13, 400)),
        "PERCENT": tuple(
            f"百分之{_number(value)}{fraction}" for value in range(1, 96) for fraction in ("", "点五", "点八")
        ),
        "DEGREES": tuple(f"{below}{_number(value)}度" for below in ("", "零下") for value in range(3, 39)),
        "ORDINAL": tuple(f"第{_number(value)}" for value in range(1, 31)),
        "SCORE": tuple(f"{_number(ours)}比{_DIGITS[theirs]}" for ours in range(1, 10) for theirs in range(ours)),
        "PHONE": tuple(_digits(chance.randrange(62000000, 89000000)) for _ in range(300)),
        "ROOM": tuple(_digits(floor * 100 + room) for floor in range(2, 10) for room in range(1, 21)),
    }


def _slots() -> dict[str, tuple[str, ...]]:
    listed = {slot: tuple(words.split(",")) for slot, words in _WORDS.items()}
    joined = {
        slot: tuple(word for part in parts.split() for word in listed[part]) for slot, parts in _UNIONS.items()
    }
    return listed | joined | _numbers()


def _pieces(text: str) -> tuple[Piece, ...]:
    """One piece a character, with the mark that follows it."""
    text = text.replace(" ", "")
    readings = _with_sandhi(text, lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))
    pieces: list[Piece] = []
    for character, reading in zip(text, readings, strict=True):
        if character in _MARKS:
            before = pieces.pop()
            pieces.append(Piece(before.written + character, before.spoken + _MARKS[character]))
        else:
            pieces.append(Piece(character, reading))
    return tuple(pieces)


def _with_sandhi(text: str, readings: Sequence[str]) -> list[str]:
    """不 and 一 in the tone they take from what follows (Chao, "A grammar of spoken Chinese", 1968).

    一 keeps its own where it is part of a number, an order or a date. The synthesiser itself knows that a third
    tone rises before another.
    """
    said = list(readings)
    for index, character in enumerate(text):
        following = text[index + 1 : index + 2]
        tone = readings[index + 1][-1] if following and following not in _MARKS else ""
        if character == "不":
            said[index] = "bu2" if tone == "4" else "bu4"
        elif character == "一":
            counts = text[index - 1 : index] not in _BEFORE_ORDERS and following not in _AFTER_ORDERS
            said[index] = "yi1" if not tone or not counts else "yi2" if tone in "45" else "yi4"
    return said


def _without_last_tone(word: str) -> str:
    first, last = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
    return f"{first} {last[:-1]}5"


load_phrases_dict(
    {
        word: [[sound] for sound in sounds.split()]
        for word, sounds in (_READINGS | {word: _without_last_tone(word) for word in _NEUTRAL.split()}).items()
    }
)

GRAMMAR = Grammar(
    language="zh",
    slots=_slots(),
    patterns=tuple(_PATTERNS.split()),
    fillers=tuple(_FILLERS.split("/")),
    backchannels=tuple(_BACKCHANNELS.split("/")),
    pieces=_pieces,
)
