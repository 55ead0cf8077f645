"""Korean sentences: everyday and work speech, polite and plain.

A particle that depends on the sound before it is written as a marker: `{ITEM}@을를`. Slots whose name ends in STEM
hold verb stems that end in a vowel, and slots whose name ends in PAST hold stems with 었 in them, so that one
pattern may put any ending of its own behind them.
"""

from __future__ import annotations

import random
import re

from benchmarks.synthetic.sentences import Grammar, Piece


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


_NAMES = _words("""
    민수,지영,서연,민준,지훈,수진,현우,은지,준호,유진,동현,미영,성민,하은,도윤,소영,태현,지민,정우,보라,상우,나영,
    영호,민지,우진,수빈,건우,다은,승현,주희,진호,경수,윤아,석진,가영,철수,영희,규리,한결,슬기,아름,선우,병호,미나,
    혜진,재훈,경민,기태
""")
_RELATIONS = _words("""
    동생,친구,언니,오빠,누나,여동생,남동생,이모,삼촌,고모,사촌,조카,아들,남편,아내,이웃,선배,후배,동료,아버지,
    어머니,할머니,선생님,부장님,손님
""")
_JOBS = _words("""
    의사,기자,학생,직원,경찰관,간호사,변호사,요리사,소방관,기술자,디자이너,화가,가수,배우,작가,농부,약사,회계사,
    통역사,연구원,비서,건축가,군인,과학자,미용사,승무원,감독,판사,운전기사,개발자
""")
_DISHES = _words("""
    김치찌개,비빔밥,냉면,라면,떡볶이,만두,칼국수,우동,설렁탕,된장찌개,삼계탕,미역국,볶음밥,갈비탕,자장면,짬뽕,카레,
    호박죽
""")
_SNACKS = _words("""
    빵,사과,불고기,생선,두부,수박,김밥,피자,햄버거,샌드위치,돈가스,샐러드,초콜릿,아이스크림,과자,포도,딸기,치즈,
    케이크,잡채
""")
_TIMES = _words("""
    아침,점심,저녁,새벽,오전 아홉 시,오후 세 시,밤 열 시,오후 두 시,오전 열한 시,저녁 일곱 시
""")
_WEEKDAYS = _words("월요일,화요일,수요일,목요일,금요일,토요일,일요일")
_MONTHS = _words("일월,이월,삼월,사월,오월,유월,칠월,팔월,구월,시월,십일월,십이월")
_COUNTS = _words("한,두,세,네,다섯,여섯,일곱,여덟,아홉,열,열한,열두,스무")
_HOURS = _COUNTS[:12]

_SLOTS: dict[str, tuple[str, ...]] = {
    "PERSON": _NAMES + _RELATIONS + _JOBS,
    "NAME": _NAMES,
    "JOB": _JOBS,
    "KIN": _words("동생,언니,오빠,누나,여동생,남동생,이모,삼촌,고모,조카,아들,남편,아내,딸"),
    "ANIMAL": _words("강아지,고양이,토끼,거북이,앵무새,오리,염소,햄스터,송아지,병아리"),
    "ELDER": _words("""
        김 과장님,이 대리님,박 부장님,최 선생님,정 교수님,강 원장님,조 사장님,윤 팀장님,장 기사님,임 변호사님,
        한 박사님,오 감독님,서 실장님,권 이사님,할머니,할아버지,어머니,아버지,선생님,교수님,사장님,원장님,손님
    """),
    "PLACE": _words("""
        병원,도서관,학교,시장,공원,회사,식당,은행,우체국,지하철역,박물관,공항,미술관,약국,운동장,호텔,백화점,편의점,
        영화관,카페,빵집,서점,체육관,수영장,교회,대사관,경찰서,주유소,세탁소,미용실,동물원,주차장,기숙사,연구소,
        공장
    """),
    "ROOM": _words("사무실,회의실,거실,부엌,침실,교실,복도,현관,지하실,옥상,마당,창고,휴게실,강당"),
    "CITY": _words("""
        서울,부산,대구,인천,광주,대전,제주,강릉,전주,수원,울산,포항,춘천,여수,경주,속초,목포,청주,창원,천안
    """),
    "COUNTRY": _words("""
        미국,일본,중국,독일,프랑스,영국,캐나다,호주,베트남,태국,인도,스페인,이탈리아,브라질,멕시코,이집트
    """),
    "TONGUE": _words("한국어,영어,일본어,중국어,독일어,프랑스어,스페인어,베트남어"),
    "DAY": ("오늘", "내일", "모레", *_WEEKDAYS, "다음 주", "이번 주"),
    "WEEKDAY": _WEEKDAYS,
    "THEN": _words("어제,그저께,지난주에,지난달에,작년에,어젯밤에,며칠 전에,방금,아까,얼마 전에"),
    "SINCE": _words("어제,지난달,지난주,작년,그저께,올해 초,지난봄,작년 가을"),
    "MONTH": _MONTHS,
    "SEASON": _words("봄,여름,가을,겨울"),
    "TIME": _TIMES,
    "OFTEN": _words("자주,가끔,매일,항상,보통,거의 매일,주말마다,저녁마다,아침마다,종종"),
    "ITEM": _words("""
        책,가방,우산,전화기,컴퓨터,사진,편지,자전거,안경,지갑,열쇠,신문,카메라,의자,시계,공책,이어폰,충전기,노트북,
        모자,장갑,신발,목도리,외투,셔츠,치마,지도,여권,수첩,연필,볼펜,가위,접시,컵,냄비,수건,비누,칫솔,거울,담요,
        베개,장난감,인형,상자,선물,꽃병,라디오,기타,달력,사전
    """),
    "DEVICE": _words("""
        프린터,모니터,키보드,냉장고,세탁기,에어컨,엘리베이터,복사기,스피커,텔레비전,청소기,전자레인지,보일러,
        마이크,선풍기
    """),
    "DOCUMENT": _words("""
        보고서,계약서,이력서,제안서,견적서,영수증,회의록,신청서,설문지,논문,기사,원고,발표 자료,일정표,예산안
    """),
    "LOOK": _words("""
        빨간,파란,하얀,검은,노란,작은,커다란,새로운,오래된,비싼,가벼운,무거운,예쁜,튼튼한,낡은,깨끗한,멋진,평범한
    """),
    "FOOD": _DISHES + _SNACKS,
    "DISH": _DISHES,
    "FRUIT": _words("사과,복숭아,감자,고구마,귤,바나나,달걀,토마토,양파,레몬,오이,당근"),
    "DRINK": _words("커피,우유,녹차,홍차,주스,물,콜라,식혜,두유,코코아,보리차"),
    "EVENT": _words("""
        회의,수업,공연,시험,면접,축제,경기,전시회,결혼식,행사,발표,여행,강연,세미나,졸업식,송별회,연주회,설명회,
        상담,훈련,봉사 활동,토론회,시상식,모임
    """),
    "WEATHER": _words("""
        맑습니다,흐립니다,춥습니다,덥습니다,시원합니다,따뜻합니다,좋습니다,건조합니다,쌀쌀합니다,포근합니다,
        나쁩니다,화창합니다
    """),
    "WEATHERPAST": _words("맑았,흐렸,추웠,더웠,시원했,따뜻했,좋았,건조했,쌀쌀했,나빴"),
    "RAIN": _words("비,눈,소나기,장맛비,진눈깨비"),
    "TOPIC": _words("""
        기술,건강,경제,환경,교육,정치,역사,문화,예술,과학,스포츠,음악,주식,부동산,요리,육아,취업,인공지능,자동차,
        우주,영화,문학,법률,관광,농업,에너지
    """),
    "SUBJECT": _words("수학,과학,국어,물리,화학,미술,체육,생물,지리,철학,통계학,심리학,경제학,세계사"),
    "SPORT": _words("축구,농구,야구,테니스,배구,탁구,수영,등산,배드민턴,태권도,요가,달리기"),
    "HOBBY": _words("음악 감상,독서,사진 촬영,낚시,바둑,게임,노래,캠핑,뜨개질,명상,악기 연주,영화 감상"),
    "VEHICLE": _words("버스,지하철,기차,택시,비행기,오토바이,고속버스,배"),
    "BODY": _words("머리,배,목,허리,어깨,무릎,다리,팔,발목,손가락,눈,귀"),
    "ILLNESS": _words("감기,두통,독감,몸살,복통,불면증,알레르기,식중독,치통"),
    "OFFICE": _words("정부,국회,시청,대학교,본사,방송국,구청,법원,협회,위원회,교육청,경찰청"),
    "ORDINAL": tuple(f"{count} 번째" for count in ("첫", *_COUNTS[1:])),
    "ITEMPAST": _words("""
        샀,팔았,찾았,잃어버렸,골랐,빌렸,고쳤,주문했,가져왔,보냈,받았,바꿨,버렸,숨겼,떨어뜨렸,포장했,돌려줬,나눠 줬
    """),
    "ITEMSTEM": _words("사,고치,보내,빌리,바꾸,버리,가져오,고르,포장하,주문하,정리하,치우,꺼내,옮기,챙기"),
    "PAPERPAST": _words("""
        작성했,검토했,제출했,수정했,인쇄했,번역했,저장했,확인했,복사했,읽었,완성했,공유했
    """),
    "PAPERSTEM": _words("작성하,검토하,제출하,수정하,인쇄하,번역하,저장하,확인하,복사하,완성하,공유하"),
    "ACTPAST": _words("""
        숙제를 끝냈,운동을 했,책을 읽었,음악을 들었,낮잠을 잤,청소를 했,일찍 일어났,늦게 도착했,영화를 봤,산책을 했,
        저녁을 준비했,길을 잃었,전화를 받았,사진을 찍었,일기를 썼,옷을 갈아입었,회의에 참석했,버스를 놓쳤,
        면허증을 땄,집을 구했,약을 먹었,이메일을 보냈
    """),
    "ACTSTEM": _words("""
        운동을 하,텔레비전을 보,기타를 배우,낮잠을 자,청소를 하,일찍 일어나,영화를 보,산책을 하,친구를 만나,
        차를 마시,일기를 쓰,빨래를 하,설거지를 하,노래를 부르,그림을 그리,집에서 쉬,일을 시작하,은행에 가,
        편지를 보내,강아지를 돌보,돈을 모으,춤을 추
    """),
    "FEELSTEM": _words("기쁘,슬프,바쁘,아프,배고프,피곤하,행복하,졸리,심심하,답답하,불안하,우울하"),
    "FEELING": _words("기뻐요,슬퍼요,바빠요,배고파요,피곤해요,행복해요,졸려요,심심해요,답답해요,불안해요,외로워요"),
    "TRAITSTEM": _words("비싸,편리하,중요하,복잡하,간단하,유명하,특별하,조용하,깨끗하,훌륭하,튼튼하,느리,빠르"),
    "PLACESTEM": _words("조용하,깨끗하,유명하,복잡하,크,훌륭하,한적하,편안하,화려하,안전하"),
    "TRAIT": _words("""
        친절합니다,성실합니다,똑똑합니다,재미있습니다,부지런합니다,조용합니다,정직합니다,활발합니다,엄격합니다
    """),
    "COUNT": _COUNTS,
}

_PATTERNS = _lines("""
    {DAY} {TIME}에 {PLACE}에서 {EVENT}@이가 있습니다.
    {DAY} {EVENT}@은는 {TIME}에 시작합니다.
    {PERSON}@은는 {PLACE}에 갔습니다.
    {PERSON}의 {ITEM}@이가 어디에 있습니까?
    {ITEM}@을를 {PLACE}에 두고 왔어요.
    {LOOK} {ITEM}@을를 찾고 있어요.
    {TIME}에 {FOOD}@을를 먹을까요?
    {PERSON}@은는 {FOOD}@을를 아주 좋아합니다.
    {DISH} {COUNT} 그릇 주세요.
    {PLACE}@은는 {TIME}에 문을 엽니다.
    {CITY}행 기차는 {TIME}에 출발합니다.
    {PLACE}까지 걸어서 {COUNT} 시간 걸립니다.
    {PERSON}@와과 함께 {CITY}@으로 떠납니다.
    {DAY} 날씨가 {WEATHER}.
    {CITY}의 날씨는 {WEATHER}.
    {PERSON}@이가 {ITEM}@을를 {ITEMPAST}어요.
    {PERSON}에게 {ITEM}@을를 보냈습니다.
    {PLACE}에서 {FOOD}@을를 먹었습니다.
    이 {ITEM}@은는 {COUNT} 개에 {PRICE}입니다.
    {EVENT} 때문에 {DAY} 바쁩니다.
    {LOOK} {ITEM}@은는 {PERSON}의 것입니다.
    {CITY}에는 {COUNT} 개의 {PLACE}@이가 있습니다.
    {PERSON}@은는 {THEN} {CITY}에서 왔습니다.
    {PLACE} 앞에서 {PERSON}@을를 만났습니다.
    {EVENT}@이가 끝나면 {FOOD}@을를 먹겠습니다.
    {DAY}부터 {EVENT} 준비를 합니다.
    {COUNT} 명이 {EVENT}에 왔습니다.
    안녕하세요 여러분.
    정말 감사합니다.
    {PERSON}@이가 {TIME}에 전화했습니다.
    {DAY} {PLACE}에 가시겠습니까?
    {LOOK} {ITEM} {COUNT} 개가 필요합니다.
    {NAME} 씨, {DOCUMENT} 좀 보내 주세요.
    {NAME} 씨는 {JOB}@이에요.
    {ELDER}께서 {PLACE}에 가셨습니다.
    {ELDER}께서는 {FOOD}@을를 드셨어요.
    {ELDER}, {DOCUMENT}@을를 {PAPERPAST}습니다.
    {THEN} {ITEM}@을를 {ITEMPAST}습니다.
    {THEN} {ACTPAST}어요.
    나는 {THEN} {ACTPAST}다.
    저는 {OFTEN} {ACTSTEM}고 있어요.
    {PERSON}@은는 {ACTSTEM}고 싶다고 말했어요.
    {ACTSTEM}려고 {CITY}에 왔어요.
    {ACTPAST}지만, 여전히 {FEELING}.
    {PERSON}@이가 {ACTPAST}는데, 저는 몰랐어요.
    {FEELSTEM}면, 언제든지 저에게 전화하세요.
    {RAIN}@이가 오니까, 우산을 가져가세요.
    {RAIN}@이가 내려서, {EVENT}@이가 취소됐습니다.
    {BODY}@이가 아파서, {PLACE}에 못 갔어요.
    {ILLNESS} 때문에, {THEN} 병원에 갔어요.
    {DEVICE}@이가 고장 나서, 수리 기사를 불렀어요.
    {DOCUMENT}@을를 {PAPERSTEM}기 전에, 저에게 전화해 주세요.
    {TOPIC}에 관심이 있으면, 이 책을 읽어 보세요.
    {VEHICLE}@을를 타면, {MINUTES} 걸립니다.
    지금 시각은 {CLOCK}입니다.
    {CLOCK}에 {PLACE} 앞에서 만나요.
    제 생일은 {DATE}이에요.
    {DATE}에 {EVENT}@이가 있습니다.
    {PERSON}@은는 {YEAR}에 태어났습니다.
    {OFFICE}@은는 {YEAR}에 {TOPIC} 계획을 세웠습니다.
    {FRUIT} 값이 {PERCENT} 올랐습니다.
    전부 {PRICE}입니다.
    제 전화번호는 {PHONE}입니다.
    {PERSON}@은는 올해 {AGE}입니다.
    {CITY}의 기온은 {DEGREES}입니다.
    {ROOM}@은는 {FLOOR}에 있어요.
    예약하신 방은 {DOOR}입니다.
    {LINE} 버스를 타고 {PLACE}에서 내리세요.
    {DRINK} {COUNT} 잔 주시겠어요?
    {FRUIT} {COUNT} 개를 샀습니다.
    {TOPIC}에 대해 어떻게 생각하세요?
    왜 {PLACE}에 안 가셨어요?
    누가 {ITEM}@을를 {ITEMPAST}습니까?
    언제 {CITY}@으로 떠나십니까?
    {SPORT}@을를 좋아하세요?
    이 {ITEM}@은는 얼마예요?
    {EVENT}@은는 몇 시에 끝나요?
    {PERSON}@은는 무슨 일을 하나요?
    {TOPIC} 책은 어디에 있나요?
    얼마나 자주 {SPORT}@을를 하세요?
    {DISH} 맛이 어때요?
    {CITY}에 가 본 적이 있어요?
    {THEN} {PERSON}@을를 만났어요?
    그 {ITEM}@은는 누구 거예요?
    {DAY} 뭐 할 거예요?
    {COUNTRY} 음식을 좋아하세요?
    요즘 {TOPIC} 소식 들었어요?
    {DAY} {RAIN}@이가 올까요?
    {WEEKDAY}에 시간이 있으세요?
    혹시 {TONGUE}@을를 할 줄 아세요?
    {NAME} 씨는 {JOB}입니까?
    {PLACE}@은는 여기서 멉니까?
    {PLACE}에 어떻게 가요?
    {CITY}까지 {VEHICLE}@으로 갈까요?
    다음 {VEHICLE}@은는 언제 옵니까?
    {ITEM}@을를 어디서 {ITEMSTEM}나요?
    {ITEM}@을를 {ITEMSTEM}는 게 어때요?
    그 {DOCUMENT}@은는 누가 {PAPERPAST}나요?
    왜 {DOCUMENT}@을를 아직 {PAPERSTEM}지 않으셨어요?
    {SUBJECT} 숙제는 다 했니?
    너는 {OFTEN} {ACTSTEM}니?
    왜 그렇게 {FEELSTEM}세요?
    {NAME}@아야, 많이 {FEELSTEM}니?
    혹시 {ACTPAST}나요?
    {BODY}@이가 언제부터 아프셨어요?
    {PRICE}만 빌려 줄 수 있어?
    너 내 {ITEM} 봤어?
    너희 {KIN}@이가 뭐라고 했어?
    {DRINK}@이나 한잔할까요?
    {DRINK} 드시겠어요, 아니면 {FOOD} 드시겠어요?
    {ELDER}, 지금 시간 있으세요?
    {NAME}@아야, 지금 어디야?
    {NAME}@아야, {ITEM} 좀 빌려 줄래?
    전화번호가 {PHONE}@이가 맞나요?
    {ITEM} 좀 보여 주시겠어요?
    {TONGUE}@으로 말씀해 주세요.
    {PHONE}@으로 연락해 주세요.
    {CITY}까지 표 {COUNT} 장 주세요.
    {DAY}까지 {NAME} 씨에게 전해 주세요.
    {ITEM}@을를 {ITEMSTEM}지 마세요.
    앞으로는 {ACTSTEM}지 마세요.
    {DEVICE}@을를 껐다가 다시 켜 보세요.
    책의 {SUM} 쪽을 펴 주세요.
    이 약을 하루에 {COUNT} 번 드세요.
    {DAY} 같이 {FOOD} 먹자.
    {PERSON}@은는 {TONGUE}@을를 아주 잘합니다.
    {PERSON}@은는 {COUNTRY}에서 {COUNT} 달 동안 살았어요.
    {SEASON}에 {COUNTRY}@으로 여행을 가려고 해요.
    {COUNTRY}의 {TOPIC}@이가 요즘 화제입니다.
    {MONTH}에는 {COUNTRY} 날씨가 {WEATHER}.
    {MONTH}에는 {EVENT}@이가 많아요.
    {MONTH} 말까지 {DOCUMENT}@을를 끝내야 합니다.
    저는 {SEASON}@을를 제일 좋아해요.
    올해 {SEASON} 날씨는 유난히 {WEATHERPAST}어요.
    {SINCE}부터 {BODY}@이가 계속 아파요.
    {SINCE}부터 {SUBJECT}@을를 공부하고 있습니다.
    {WEEKDAY}에는 {PLACE}@이가 쉽니다.
    {WEEKDAY}마다 {SPORT}@을를 합니다.
    {WEEKDAY}까지 {DOCUMENT}@을를 {PAPERSTEM}시면 됩니다.
    제 취미는 {HOBBY}입니다.
    {PERSON}의 취미는 {HOBBY}@이라고 들었어요.
    {PERSON}@은는 대학교에서 {SUBJECT}@을를 가르칩니다.
    {SUBJECT} 선생님은 아주 {TRAIT}.
    새로 온 {JOB}@은는 정말 {TRAIT}.
    우리 {KIN}@은는 {JOB}@이야.
    {NAME}@은는 예전에 {JOB}@이었습니다.
    저는 나중에 {JOB}@이가 되고 싶어요.
    {NAME}@이랑 {SPORT}@을를 하기로 했어.
    {NAME}@이라면 잘할 수 있을 거야.
    {DOCUMENT}@을를 {PAPERSTEM}는 데 {COUNT} 시간 걸렸어요.
    {ITEM}@을를 {ITEMSTEM}러 {PLACE}에 갔어요.
    {LOOK} {ITEM}@을를 {ITEMSTEM}고 싶어요.
    {KIN}에게 {ITEM}@을를 {ITEMSTEM}라고 했어요.
    {ACTSTEM}자고 {PERSON}@이가 말했어요.
    같이 {ACTSTEM}면 좋겠어요.
    {ACTSTEM}는 것이 건강에 좋습니다.
    {DAY}부터 {ACTSTEM}기로 했어요.
    {PERSON}@은는 {ACTSTEM}기 싫어해요.
    {TIME}에 {ACTSTEM}는 사람이 많아요.
    {ACTPAST}다고 {PERSON}@이가 말했어요.
    {PERSON}@은는 벌써 {ACTPAST}대.
    저도 {THEN} {ACTPAST}거든요.
    {PERSON}@은는 {FEELSTEM}다고 했어요.
    저는 요즘 너무 {FEELING}.
    {OFFICE}@은는 {TOPIC} 정책을 발표했습니다.
    {OFFICE} 관계자는 {TOPIC} 문제가 심각하다고 말했습니다.
    {TOPIC} 분야의 투자가 {PERCENT} 늘었습니다.
    {COUNTRY} 대표가 {WEEKDAY}에 {CITY}@을를 방문합니다.
    {OFFICE}@은는 {TOPIC} 예산을 {PERCENT} 줄였습니다.
    {COUNTRY} 선수가 {SPORT} 대회에서 우승했습니다.
    {SUM} 명이 {EVENT}에 왔습니다.
    {CITY}의 인구는 약 {SUM}만 명입니다.
    {ITEM} 값으로 {PRICE}을 냈어요.
    내 통장에는 {PRICE}밖에 없다.
    배터리가 {PERCENT} 남았습니다.
    이 프로그램은 {TOPIC} 자료를 분석합니다.
    비밀번호를 {COUNT} 번 잘못 입력했습니다.
    {DEVICE} 소리가 너무 커요.
    이 {DEVICE}@은는 {TRAITSTEM}다고 합니다.
    {CITY}의 {PLACE}@은는 {PLACESTEM}다고 들었어요.
    {ILLNESS}에는 {DRINK}@이가 좋대요.
    {PLACE} 옆에 {LOOK} 건물이 있습니다.
    {ROOM}에 {ITEM}@이가 {COUNT} 개 있어요.
    {ROOM} 문이 열려 있어요.
    {AGE} 때부터 {SPORT}@을를 배웠어요.
    {PERSON}@은는 저보다 {COUNT} 살 많아요.
    우리 {KIN}@은는 {ANIMAL} {COUNT} 마리를 키워요.
    {PLACE}에서 책 {COUNT} 권을 빌렸어요.
    주차장에 {LOOK} 자동차 {COUNT} 대가 있습니다.
    {FOOD}@이가 정말 맛있네요.
    벌써 {CLOCK}@이네요.
    나는 {FOOD}@이가 먹고 싶다.
    이 {ITEM}@은는 내 것이 아니다.
    {PERSON}@은는 {DAY} 여기에 올 것이다.
    어제는 온종일 {RAIN}@이가 내렸다.
    나도 {CITY}에 가 보고 싶어.
    그들은 {ROOM}에서 {TOPIC} 이야기를 나누었다.
    우리는 {THEN} {COUNTRY}에서 돌아왔다.
    {PERSON}@은는 {CITY}에 산다고 했습니다.
    {PERSON}@이가 {PLACE}에서 기다리겠다고 했어요.
    {ELDER}께서 {DAY} 오신다고 합니다.
    {ELDER}께 {LOOK} {ITEM}@을를 드렸어요.
    {ELDER}께서는 {TIME}에 오실 거예요.
    {ELDER}, {CLOCK}에 {EVENT}@이가 있습니다.
    {ELDER}께서 편찮으셔서, {PLACE}에 모시고 갔어요.
    {PERSON}@은는 {FOOD}@을를 안 먹는다고 해요.
    {PERSON}@이가 {CLOCK}에 온다고 했는데, 아직 안 왔어요.
    일기 예보에 따르면, {DAY} {RAIN}@이가 온대요.
    뉴스에 따르면, {COUNTRY}의 물가가 {PERCENT} 올랐습니다.
    {CITY}에서 사고가 나서, {COUNT} 명이 다쳤습니다.
    주가가 {PERCENT} 떨어졌지만, 전문가들은 걱정하지 않습니다.
    {NAME}@은는 {ITEM}@을를 {ITEMPAST}지만, 나는 {ITEM}@을를 {ITEMPAST}다.
    나는 {ACTPAST}고, {NAME}@은는 {ACTPAST}다.
    {THEN} {DEVICE}@을를 샀는데, 벌써 고장 났어요.
    새 {DEVICE}@을를 설치했는데, 아주 마음에 들어요.
    이 {DEVICE}@은는 {PRICE}인데, 조금 비싸네요.
    이 {DEVICE}@은는 {TRAITSTEM}지만, 자주 고장이 나요.
    {CITY}@은는 {PLACESTEM}고, 음식도 맛있어요.
    {PLACE}@이가 {PLACESTEM}니까, 거기서 만납시다.
    {ACTSTEM}고 나서, {FOOD}@을를 먹었어요.
    {ACTSTEM}기 전에, {ITEM}@을를 챙기세요.
    {ACTSTEM}느라고, 전화를 못 받았어요.
    {ACTSTEM}다가, {THEN} {PERSON}@을를 만났어요.
    {OFTEN} {ACTSTEM}니까, 마음이 편해요.
    {ACTPAST}기 때문에, 지금은 {FEELING}.
    {ACTPAST}으니까, 이제 집에 가자.
    {ACTPAST}으면, 저에게 알려 주세요.
    {FEELSTEM}니까, 잠깐 혼자 있고 싶어요.
    {ITEM}@을를 {ITEMSTEM}려면, {PLACE}에 가야 해요.
    {ITEM}@을를 {ITEMSTEM}려고 했는데, {PLACE}@이가 문을 닫았어요.
    {DOCUMENT}@을를 {PAPERSTEM}고 있으니까, 조금만 기다려 주세요.
    {DOCUMENT}@을를 {PAPERSTEM}지 않으면, {EVENT}에 갈 수 없어요.
    인터넷이 느려서, {DOCUMENT}@을를 못 보냈어요.
    {TONGUE}@을를 배우려고, {COUNTRY}@으로 떠났어요.
    {TONGUE}@은는 어렵지만, 정말 재미있어요.
    {SUBJECT} 시험이 어려워서, 밤늦게까지 공부했어요.
    {SPORT}@을를 잘하려면, 매일 연습해야 합니다.
    {SEASON}@이가 오면, {SPORT}@을를 시작할 거예요.
    어제 {CITY} 날씨는 {WEATHERPAST}지만, 오늘은 {WEATHER}.
    날씨가 {WEATHERPAST}기 때문에, {EVENT}@을를 미루었습니다.
    {ILLNESS} 증상이 있으면, 의사와 상담하세요.
    {ILLNESS}@이가 심해서, {COUNT} 시간밖에 못 잤어요.
    {COUNTRY}에 가려면, 여권이 필요합니다.
    {VEHICLE}@이가 늦게 와서, {EVENT}에 늦었어요.
    월급이 {PERCENT} 올라서, {LOOK} {ITEM}@을를 샀어요.
    {ANIMAL}@이가 아파서, 동물병원에 데려갔어요.
    {ANIMAL}@을를 키우고 싶지만, 집이 너무 좁아요.
    {ROOM}@을를 청소하고, {ITEM}@을를 정리했어요.
    {NAME} 씨, {WEEKDAY}에 {PLACE}에서 만나요.
    괜찮으시면, {WEEKDAY} {CLOCK}에 전화드리겠습니다.
    아니요, 저는 {DRINK}@을를 안 마셔요.
    네, {DAY} {TIME}에 가겠습니다.
    {COUNTRY} 팀이 {SCORE}@으로 이겼습니다.
    {CITY}까지 아직 {SUM} 킬로미터 남았습니다.
    {ORDINAL} 문제가 제일 어려웠어요.
    {ORDINAL} 질문은 {TOPIC}에 관한 것입니다.
    {NAME}@은는 {SUBJECT} 시험에서 {ORDINAL}@으로 잘했어요.
    하나, 둘, 셋, 넷, 다섯, 여섯, 일곱, 여덟, 아홉, 열.
    미안하지만, {WEEKDAY}에는 시간이 없어.
""")

_FILLERS = _words("음,어,저,그,아,자,글쎄요,있잖아요,그러니까,사실,뭐,참")

_BACKCHANNELS = _lines("""
    네.
    네, 맞아요.
    네, 알겠습니다.
    그래요?
    정말요?
    진짜요?
    아, 그렇군요.
    맞습니다.
    좋아요.
    그럼요.
    물론이죠.
    글쎄요.
    아니요.
    괜찮아요.
    그렇죠.
    아, 네.
    잘됐네요.
    그러네요.
    네, 그렇습니다.
    아, 정말요?
    그건 아니에요.
    저도 그렇게 생각해요.
""")

_DIGITS = "영일이삼사오육칠팔구"


def _number(number: int) -> str:
    """A Sino-Korean number below a hundred million: 12500 is 만 이천오백."""
    if number >= 10000:
        thousands = "만" if number < 20000 else _number(number // 10000) + "만"
        return f"{thousands} {_number(number % 10000)}" if number % 10000 else thousands
    if not number:
        return "영"
    digits = [int(digit) for digit in f"{number:04}"]
    return "".join(
        ("" if digit == 1 and unit else _DIGITS[digit]) + unit
        for digit, unit in zip(digits, ("천", "백", "십", ""), strict=True)
        if digit
    )


def _age(years: int) -> str:
    tens = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든")[years // 10]
    return "스무 살" if years == 20 else f"{tens}{('', *_COUNTS[:9])[years % 10]} 살"


def _phone(chance: random.Random) -> str:
    """Eleven digits as they are read out; zero is 공 here."""
    groups = ("010", f"{chance.randrange(10000):04}", f"{chance.randrange(10000):04}")
    return " ".join("".join("공" if digit == "0" else _DIGITS[int(digit)] for digit in group) for group in groups)


def _number_slots() -> dict[str, tuple[str, ...]]:
    """Numbers in words, as they are spoken."""
    chance = random.Random("korean numbers")
    minutes = ("", " 반", *(f" {_number(minute)} 분" for minute in (5, 10, 15, 20, 25, 40, 45, 50, 55)))
    prices = (*range(1000, 10000, 500), *range(10000, 50000, 1500), *range(50000, 1000000, 35000))
    return {
        "SUM": tuple(_number(number) for number in (*range(30, 100, 3), *range(120, 10000, 110))),
        "PRICE": tuple(f"{_number(price)} 원" for price in prices),
        "CLOCK": tuple(
            f"{half} {hour} 시{minute}" for half in ("오전", "오후") for hour in _HOURS for minute in minutes
        ),
        "DATE": tuple(f"{month} {_number(day)}일" for month in _MONTHS for day in range(1, 29)),
        "YEAR": tuple(f"{_number(year)} 년" for year in range(1950, 2031)),
        "PERCENT": tuple(f"{_number(share)} 퍼센트" for share in range(2, 100)),
        "PHONE": tuple(_phone(chance) for _ in range(200)),
        "MINUTES": tuple(f"{_number(minute)} 분" for minute in range(5, 60)),
        "AGE": tuple(_age(years) for years in range(5, 90)),
        "DEGREES": tuple(f"{sign}{_number(degree)} 도" for sign in ("", "영하 ") for degree in range(1, 20)),
        "FLOOR": tuple(f"{_number(floor)} 층" for floor in range(1, 21)),
        "DOOR": tuple(f"{_number(100 * floor + door)} 호" for floor in range(1, 13) for door in range(1, 13)),
        "SCORE": tuple(f"{_number(ours)} 대 {_number(theirs)}" for ours in range(1, 10) for theirs in range(ours)),
        "LINE": tuple(f"{_number(line)} 번" for line in range(11, 800, 9)),
    }


_FORMS = {
    "이가": ("이", "가"),
    "은는": ("은", "는"),
    "을를": ("을", "를"),
    "와과": ("과", "와"),
    "으로": ("으로", "로"),
    "이에요": ("이에요", "예요"),
    "이었": ("이었", "였"),
    "이네": ("이네", "네"),
    "이랑": ("이랑", "랑"),
    "이나": ("이나", "나"),
    "이라": ("이라", "라"),
    "이야": ("이야", "야"),
    "아야": ("아", "야"),
}
"""What follows a final consonant, and what follows a vowel."""

_MARKER = re.compile(rf"(.)@({'|'.join(_FORMS)})")


def _attach(found: re.Match[str]) -> str:
    final = (ord(found[1]) - ord("가")) % 28  # index of the final consonant in the Unicode block; 0 = none
    if found[2] == "으로" and final == 8:  # ㄹ counts as a vowel here
        final = 0
    return found[1] + _FORMS[found[2]][final == 0]


def pieces(text: str) -> tuple[Piece, ...]:
    """One piece a written word (eojeol), its particle chosen by the sound before it."""
    return tuple(Piece(f" {word}", word) for word in _MARKER.sub(_attach, text).split())


GRAMMAR = Grammar(
    language="ko",
    slots=_SLOTS | _number_slots(),
    patterns=_PATTERNS,
    fillers=tuple(f"{filler}," for filler in _FILLERS),
    backchannels=_BACKCHANNELS,
    pieces=pieces,
)
