"""English sentences: everyday talk, work and news, with numbers in words.

Patterns start with a small letter and write `a` before every noun: `pieces` sets the capital, and `an` where the
next word begins with a vowel sound.
"""

from __future__ import annotations

import itertools
import random

from benchmarks.synthetic.sentences import Grammar, Piece

_PEOPLE = {
    "ROLE": """my brother,the teacher,the doctor,her sister,our manager,the driver,a student,the nurse,his father,
        the engineer,my neighbor,the reporter,my mother,his wife,her husband,our boss,the lawyer,the customer,
        the waiter,my colleague,my uncle,her aunt,the president,the mayor,a friend of mine,the police officer,
        my cousin,the director,the secretary,our guide,the pilot,his daughter,her boyfriend,my grandmother,
        the coach,the scientist,the mechanic,my roommate,the owner,an old friend""",
    "NAME": """Anna,David,Maria,Peter,Daniel,Emma,Oliver,Sophia,Thomas,Laura,Martin,Nina,Oscar,Paula,Robert,Susan,
        Victor,Helen,George,Alice,Simon,Julia,Henry,Clara,Michael,Linda,Patrick,Monica,Adam,Diana,Kevin,Olivia,
        Walter,Frank,Emily,Samuel,Barbara,Leo,Amanda,Jacob,Max,Vanessa,Gordon,Melissa,Edward,Angela,Andrew,
        Felix,Ruth,Arthur""",
    "TITLED": """Mister Wilson,Mister Murphy,Mister Robinson,Mister Tanaka,Miss Parker,Miss Collins,Miss Garcia,
        Miss Campbell,Doctor Miller,Doctor Patel,Doctor Foster,Doctor Young,Professor Walker,Professor Johnson,
        Professor Lopez,Professor King""",
    "PEOPLE": """my parents,the children,our neighbors,the students,her friends,the workers,my cousins,our guests,
        the tourists,his colleagues,the players,the doctors,my grandparents,our customers,the scientists,
        the voters,the twins,the passengers,both teams,the twelve members""",
    "ANYONE": "I,we,you,they,he,she",
    "JOB": """teacher,nurse,lawyer,pilot,engineer,electrician,accountant,actor,architect,artist,plumber,journalist,
        programmer,designer,dentist,farmer,translator,musician,photographer,firefighter,hairdresser,carpenter,
        chemist,economist,gardener,librarian,salesman,tailor,university lecturer,interpreter""",
}

_PLACES = {
    "PLACE": """hospital,library,school,market,park,office,restaurant,bank,post office,station,museum,airport,
        gallery,pharmacy,stadium,hotel,bakery,supermarket,cinema,theater,gym,swimming pool,bookstore,clinic,
        embassy,factory,church,temple,castle,zoo,garden,university,college,courthouse,town hall,police station,
        bus station,shopping mall,department store,parking lot,flower shop,toy store,laboratory,warehouse,
        aquarium,cafeteria""",
    "CITY": """London,Paris,Berlin,Chicago,Boston,Sydney,Toronto,Dublin,Seattle,Madrid,Vienna,Athens,Lisbon,Moscow,
        Istanbul,Cairo,Nairobi,Mumbai,Bangkok,Singapore,Tokyo,Osaka,Shanghai,Melbourne,Houston,Denver,Dallas,
        Miami,Atlanta,Montreal,Vancouver,Amsterdam,Brussels,Munich,Hamburg,Warsaw,Stockholm,Oslo,Helsinki,
        Edinburgh,Manchester,Barcelona,New York,San Francisco,Mexico City,Cape Town,Hong Kong""",
    "COUNTRY": """Canada,Mexico,Brazil,Argentina,Spain,Portugal,France,Germany,Italy,Egypt,Kenya,India,Thailand,
        Vietnam,Korea,Japan,China,Australia,Norway,Sweden,Finland,Poland,Austria,Ireland,Scotland,Indonesia""",
    "ROOM": """kitchen,bathroom,bedroom,living room,dining room,basement,attic,hallway,waiting room,conference room,
        classroom,garage""",
    "NATURE": "river,lake,forest,mountain,beach,desert,island,valley,waterfall,volcano,coast,village",
}

_THINGS = {
    "ITEM": """book,bag,umbrella,telephone,computer,picture,letter,bicycle,jacket,wallet,key,newspaper,camera,chair,
        watch,notebook,laptop,printer,keyboard,charger,battery,ticket,passport,suitcase,map,pencil,blanket,pillow,
        mirror,lamp,table,cup,bottle,knife,spoon,basket,hammer,ladder,candle,clock,radio,guitar,shirt,sweater,
        hat,scarf,coat,helmet,backpack,envelope,magazine,calendar,folder,microphone,tablet,ball,box,tent,towel,
        brush,necklace""",
    "ITEMS": """books,chairs,letters,tickets,pictures,umbrellas,bottles,boxes,tables,cups,envelopes,blankets,
        pencils,
        bicycles,computers,cameras,candles,towels,shirts,helmets""",
    "FOOD": """soup,coffee,milk,bread,noodles,chicken,salad,pizza,green tea,fish,rice,cheese,orange juice,chocolate,
        pancakes,pasta,apples,strawberries,grapes,yogurt,honey,butter,ice cream,curry,dumplings,tomatoes,potatoes,
        carrots,mushrooms,onions,cookies,sandwiches,lemonade,black tea,mineral water,fried eggs,roast beef,
        fresh fruit,vegetable soup,apple pie,shrimp,bananas,toast""",
    "EVENT": """meeting,lesson,concert,exam,interview,festival,game,exhibition,wedding,party,lecture,trip,
        conference,
        workshop,race,tournament,ceremony,auction,rehearsal,seminar,debate,presentation,competition,picnic,parade,
        performance,training course,book fair,board meeting,press conference,football match,birthday party""",
    "ANIMAL": "dog,cat,horse,rabbit,elephant,bird,lion,tiger,owl,monkey,goat,duck,snake,eagle,parrot,turtle",
    "VEHICLE": "bus,train,subway,tram,ferry,taxi,plane,night train,airport bus,truck",
    "DEVICE": """the app,the website,the server,the network,the robot,the database,the search engine,the screen,
        the projector,the internet,the washing machine,the alarm,the heating,the air conditioner,the dishwasher,
        the elevator""",
    "DRINK": "cup of coffee,glass of water,bottle of juice,pot of tea,glass of milk,cup of hot chocolate",
}

_TOPICS = {
    "TOPIC": """the election,climate change,artificial intelligence,the budget,public health,the new law,
        the economy,the housing market,the weather forecast,online shopping,electric cars,renewable energy,
        space travel,data protection,the school reform,interest rates,the stock market,the strike,the new vaccine,
        healthy food,social media,machine learning,mobile phones,the history of the city,food prices,
        the water supply,traffic safety,the accident,the peace talks,the plans of the company""",
    "MEASURE": """inflation,unemployment,the price of oil,the rent,production,the value of the dollar,revenue,
        the number of visitors,consumer spending,the cost of electricity,traffic,the population of the city,
        tourism,the average salary""",
    "SUBJECT": """math,history,physics,chemistry,biology,geography,music,economics,law,medicine,philosophy,
        literature,computer science,psychology""",
    "SPORT": "football,tennis,basketball,chess,golf,volleyball,badminton,table tennis,hockey,baseball",
    "INSTRUMENT": "piano,guitar,violin,flute,trumpet,drums,cello,clarinet",
    "TONGUE": "English,French,German,Spanish,Italian,Russian,Arabic,Chinese,Japanese,Korean,Portuguese,Turkish",
    "BODY": "back,head,stomach,knee,shoulder,throat,left foot,right arm,neck,elbow",
    "ILLNESS": """a cold,the flu,a headache,a fever,a sore throat,a cough,a broken arm,high blood pressure,
        an allergy,a stomach ache,an infection,a toothache""",
}

_QUALITIES = {
    "LOOK": "red,blue,white,black,yellow,small,large,new,old,expensive,green,brown,gray,heavy,cheap,empty,orange",
    "WEATHER": """sunny,cloudy,cold,hot,windy,warm,rainy,dry,foggy,snowy,humid,cool,mild,stormy,freezing,
        pleasant,terrible,nice""",
    "FEELING": """tired,happy,worried,hungry,angry,nervous,sick,surprised,excited,thirsty,disappointed,
        afraid,proud,lonely,confused,bored,sleepy,calm""",
    "QUALITY": """expensive,useful,heavy,beautiful,valuable,difficult,important,interesting,dangerous,boring,
        popular,
        simple,strange,comfortable,delicate,modern,fragile,unusual,famous,dirty""",
    "PRAISE": "beautiful,lovely,strange,wonderful,terrible,interesting,excellent,funny,amazing,ugly",
    "DEGREE": "very,really,quite,too,a little,so,rather,extremely,not very,always",
    "OFTEN": "always,usually,often,never,sometimes,rarely,almost never,still",
    "MANNER": """quickly,slowly,carefully,quietly,loudly,politely,clearly,together,alone,immediately,again,
        without any help""",
}

_TIMES = {
    "TIME": """in the morning,at noon,in the evening,at nine,at three thirty,at midnight,at two,after lunch,
        before dinner,at seven,in the afternoon,late at night,early in the morning,after work,before breakfast,
        around six,at half past eight,at a quarter to ten,at ten fifteen,during the break""",
    "DAY": """today,tomorrow,on Monday,on Tuesday,on Wednesday,on Thursday,on Friday,on Saturday,on Sunday,
        next week,next month,this weekend,this evening,tonight,this afternoon,next Friday,later this week""",
    "PASTDAY": """yesterday,last week,last month,last Monday,last Thursday,last Saturday,two days ago,a week ago,
        this morning,last night,last summer,last winter,a few years ago,three months ago,last weekend,
        the other day,a long time ago""",
    "WEEKDAY": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "MONTH": "January,February,March,April,May,June,July,August,September,October,November,December",
    "SEASON": "spring,summer,autumn,winter",
    "DURATION": """ten minutes,twenty minutes,half an hour,an hour,an hour and a half,two hours,a whole day,
        three days,two weeks,six months,a year,forty five minutes,a few seconds""",
}

_ACTIONS = {
    "DO": """call the bank,buy some milk,clean the kitchen,open the window,shut the door,check the schedule,
        send the report,book a hotel,wash the dishes,feed the cat,water the plants,pay the bill,charge the battery,
        update the software,restart the computer,print the tickets,sign the contract,take the medicine,
        walk the dog,turn off the lights,lock the office,cook dinner,bake a cake,order a taxi,cancel the order,
        move the table,fix the printer,return the books,change the password,answer the phone,write a summary,
        ask for help,take a break,drink more water,save some money,sell the old car,paint the fence,
        learn a new language,wait outside,stay at home,leave early,go for a walk,try again,talk about it,
        look at the map,pick up the package,set the table,share the screen,download the file,ask the doctor,
        wear a coat,study for the exam,practice every day,find a seat""",
    "DID": """finished the report,called the bank,bought a new phone,sold the house,found a good apartment,
        sent the package,lost the keys,missed the bus,cleaned the kitchen,paid the rent,fixed the printer,
        moved to the city,met the new manager,cooked dinner,left the office,changed jobs,canceled the trip,
        opened a restaurant,passed the exam,won the match,heard the news,made a mistake,rented a car,
        ordered a pizza,booked the tickets,painted the wall,stopped smoking,started a company,learned to swim,
        watched the film,visited the museum,signed the contract,answered the email,told the truth,
        kept the receipt,built a small house,planted a tree,stayed at home,arrived on time,talked to the lawyer,
        brought some flowers,caught a cold,updated the software,deleted the file,decided to stay,agreed to help""",
    "DONE": """taken the medicine,written a letter,seen the film,eaten lunch,gone home,spoken to the manager,
        forgotten the password,broken the window,chosen a name,driven a truck,flown to Canada,given up,
        worn a uniform,drawn a map,been to Japan,ridden a horse""",
    "DOING": """cooking dinner,reading the news,watching a film,working late,talking on the phone,
        listening to music,playing with the dog,cleaning the house,waiting for the bus,looking for a job,
        learning to drive,writing an article,swimming in the lake,shopping online,walking in the rain,
        studying for the exam,planning a vacation,repairing the car,taking pictures,drinking tea,
        preparing the presentation,sitting in the garden,traveling alone,testing the software,painting the house""",
    "DOES": """works at night,speaks three languages,lives near the beach,drives a taxi,runs every morning,
        sings in a choir,travels a lot,drinks too much coffee,collects old coins,writes for a newspaper,
        rides a motorcycle,grows tomatoes,goes to bed early,owns a small shop,knows everybody,takes the bus to work,
        needs more time,wants to be famous,has two cats,looks very young,feels much better,earns good money""",
}

_CLAUSES = {
    "NEWS": """the bridge is closed,prices are going up,the train is late,the meeting was canceled,
        the factory will open soon,the company made a profit,the weather is changing,the team lost again,
        there was an accident,the road is blocked,nobody was hurt,the flight was delayed,the shop sells bicycles,
        the exam was easy,the new law is good,the water is safe,the government will help,the museum is free,
        taxes are too high,the school needs more teachers,the test went well,the hospital is full,
        everything is under control,the answer is wrong,the tickets are sold out,it will snow in the mountains,
        the project is almost finished,the results are better than expected""",
    "CAUSE": """it was raining,the train was late,the store was closed,there was too much traffic,
        the battery was empty,the baby was sleeping,the alarm did not ring,it was too expensive,
        the boss was away,the road was icy,there was no time,the power went out,somebody took the key,
        the elevator was broken,it was getting dark,the doctor said so""",
    "CASE": """it rains,the train is late,you have time,you need help,the price is right,nobody answers,
        the battery is empty,it gets too cold,you feel sick,the traffic is bad,the store is closed,
        everything goes well,the weather is good,there is a problem,the computer crashes,they ask for money""",
    "MOMENT": """the phone rang,the lights went out,the bus arrived,the meeting ended,the door opened,
        the rain stopped,the dog started barking,the film began,somebody knocked,the guests came,
        the sun went down,the bell rang""",
}

_STATEMENTS = """
    there is a {EVENT} at the {PLACE} {DAY}. / {PERSON} went to the {PLACE} {TIME}.
    {PERSON} bought a {LOOK} {ITEM}.
    we had {FOOD} at the {PLACE}. / the weather is {WEATHER} {DAY}. / it will be {WEATHER} in {CITY} {TIME}.
    I am looking for a {LOOK} {ITEM}. / the {EVENT} starts {TIME}. / {PERSON} is going to {CITY} {DAY}.
    I am busy because of the {EVENT}. / the {LOOK} {ITEM} is in the {PLACE}. / {PERSON} came from {CITY} {PASTDAY}.
    {PERSON} came from {CITY} on {WEEKDAY}.
    I met {PERSON} near the {PLACE}. / after the {EVENT} we will have {FOOD}.
    we want to eat in {CITY}. / I left my {ITEM} at the {PLACE}.
    {PERSON} really likes {FOOD}. / we will prepare for the {EVENT} {DAY}. / the {PLACE} opens {TIME}.
    {PERSON} called me {TIME}. / the train to {CITY} leaves {TIME}. / hello everyone. / thank you very much.
    {PERSON} works as a {JOB} in {CITY}. / I want to become a {JOB}. / {PERSON} {DOES}. / {PERSON} {DID} {PASTDAY}.
    {ANYONE} {DID} {PASTDAY}. / {ANYONE} {DID}. / {PERSON} has already {DID}. / {PERSON} has never {DONE}.
    they have just {DONE}. / I have never {DONE}. / {PEOPLE} have {DONE}. / {PEOPLE} {DID} {PASTDAY}.
    {PERSON} is {DOING}. / {PEOPLE} are {DOING} in the {ROOM}. / I enjoy {DOING}. / she is tired of {DOING}.
    {PERSON} was {DOING} {PASTDAY}. / we will {DO} {DAY}. / I have to {DO} {TIME}. / {PERSON} wants to {DO}.
    {PERSON} forgot to {DO}. / we should {DO} {TIME}. / {PEOPLE} {OFTEN} {DO}. / I'm going to {DO} {DAY}.
    {PERSON} promised to {DO}. / he doesn't want to {DO}. / you don't have to {DO}. / let's {DO} {TIME}.
    I can't {DO} right now. / {PERSON} helped me to {DO}. / I'm not sure about {TOPIC}.
    {PERSON} is {DEGREE} {FEELING}. / I feel {FEELING} {TIME}. / they are {FEELING} because of {TOPIC}.
    the {ITEM} is {DEGREE} {QUALITY}. / this {ITEM} looks {QUALITY}. / what a {PRAISE} {ITEM}.
    what a {PRAISE} day it was.
    there is a {ANIMAL} in the {ROOM}. / {PERSON} has a {PRAISE} {ANIMAL}. / the {ANIMAL} ran across the road.
    {DEVICE} is not working. / {DEVICE} was repaired {PASTDAY}. / {PERSON} cannot find the {ITEM}.
    {PERSON} put the {ITEM} on the table. / {PERSON} gave me a {ITEM}. / the {ITEM} belongs to {PERSON}.
    my {BODY} still hurts. / {PERSON} has {ILLNESS}. / {PERSON} stayed home with {ILLNESS}.
    we took the {VEHICLE} to {CITY}. / the {VEHICLE} was {DURATION} late. / I live in a village near {CITY}.
    {PERSON} plays {SPORT} on {WEEKDAY}. / {PERSON} plays the {INSTRUMENT} very well.
    {PERSON} studies {SUBJECT} in {CITY}. / I was good at {SUBJECT} in school. / {PERSON} speaks {TONGUE} {MANNER}.
    {PERSON} is learning {TONGUE}. / we talked about {TOPIC} {TIME}. / {PERSON} gave a talk about {TOPIC}.
    the newspaper wrote about {TOPIC}. / {PERSON} told me that {NEWS}. / {PERSON} said that {NEWS}.
    I heard that {NEWS}. / I think {NEWS}. / they announced that {NEWS}. / everybody knows that {NEWS}.
    he answered {MANNER}. / please don't worry about {TOPIC}. / it {OFTEN} snows in {MONTH}.
    in {SEASON} we {OFTEN} go to {COUNTRY}. / {PERSON} flew to {COUNTRY} {PASTDAY}. / I come from {COUNTRY}.
    the {NATURE} is not far from {CITY}. / we walked to the {NATURE} {TIME}. / {PERSON} waited for {DURATION}.
    {NAME} and {PERSON} are good friends. / {PERSON} left because {CAUSE}. / we stayed because {CAUSE}.
    {PERSON} was late because {CAUSE}. / I will call you if {CASE}. / we can wait here until the {EVENT} ends.
    {PERSON} was born in {CITY}. / nobody came to the {EVENT}. / I am waiting for {ROLE}.
    the {EVENT} was {DEGREE} {QUALITY}.
"""

_NUMBERS = """
    this {ITEM} costs {PRICE}. / it takes {FEW} hours to reach the {PLACE}. / {PERSON} sent {FEW} letters to {CITY}.
    there are {COUNT} people at the {EVENT}. / we need {FEW} {LOOK} {ITEMS}. / we ordered {COUNT} {ITEMS}.
    {PERSON} paid {PRICE} for the {ITEM}. / the rent is {PRICE} a month.
    now it is {CLOCK}. / it's already {CLOCK}.
    the {EVENT} begins at {CLOCK}. / {PERSON} wakes up at {CLOCK}. / the {VEHICLE} leaves at {CLOCK}.
    the {EVENT} is on {DATE}. / today is {WEEKDAY}, {DATE}. / {PERSON} was born in {YEAR}.
    the {PLACE} was built in {YEAR}. / in {YEAR} I moved to {CITY}. / {PERSON} is {AGE} years old.
    {MEASURE} rose by {PERCENT} in {YEAR}. / {MEASURE} fell by {PERCENT}. / {PERCENT} of the voters said yes.
    my phone number is {PHONE}. / please call {PHONE}. / the code is {DIGITS}. / your room number is {DIGITS}.
    flight {DIGITS} to {CITY} is delayed. / turn to page {COUNT}. / take bus number {AGE} to the {PLACE}.
    the office is on the {ORDINAL} floor. / {PERSON} finished in {ORDINAL} place. / the score was {SCORE}.
    it is {DEGREES} in {CITY}. / the {PLACE} is {COUNT} meters away. / it takes {DURATION} to get to {CITY}.
    we drove {COUNT} kilometers {PASTDAY}. / {CITY} has {MILLIONS} people. / a third of the {ITEMS} are {LOOK}.
    the package weighs {COUNT} pounds. / two tickets to {CITY} cost {PRICE}. / I have been here for {FEW} years.
"""

_QUESTIONS = """
    where is the {ITEM}? / would you like {FOOD} {TIME}? / can you come to the {PLACE} {DAY}?
    how was the {EVENT} in {CITY}? / where is {NAME} {DAY}? / what is {PERSON} doing? / when does the {EVENT} start?
    who {DID}? / who is {DOING}? / did you {DO} {PASTDAY}? / did {PERSON} {DO}?
    why did {PERSON} {DO}? / can you {DO} now?
    could you {DO} {TIME}? / shall we {DO} {DAY}? / do you want to {DO}? / have you ever {DONE}?
    has {PERSON} {DONE}? / have you {DID}? / are you {FEELING} today? / why are you so {FEELING}?
    is it {WEATHER} in {CITY}?
    will it be {WEATHER} {DAY}? / is there a {PLACE} near here? / how do I get to the {PLACE}?
    which {ITEM} do you like? / whose {ITEM} is this? / how much is the {LOOK} {ITEM}? / what time is it?
    do you know {PERSON} from {CITY}? / do you think {NEWS}? / is it true that {NEWS}? / did you hear that {NEWS}?
    what do you think about {TOPIC}? / have you read about {TOPIC}? / do you speak {TONGUE}?
    does {PERSON} play {SPORT}? / how long does the {VEHICLE} take? / is {DEVICE} working again?
    does your {BODY} hurt? / what happens if {CASE}? / is the {EVENT} at {CLOCK}? / did you pay {PRICE} for it?
    is your number {PHONE}? / are there {COUNT} or {COUNT} {ITEMS}? / how often do you go to {COUNTRY}?
    would you rather {DO} or {DO}? / what should I do if {CASE}? / do you have a {LOOK} {ITEM}?
"""

_REQUESTS = """
    please give me some {FOOD}. / please {DO}. / please {DO} {TIME}. / {DO}, please. / don't forget to {DO}.
    please tell {PERSON} that {NEWS}. / a {DRINK}, please. / I'd like a {DRINK}. / please speak {MANNER}.
    bring me the {LOOK} {ITEM}. / please remember to {DO} {DAY}. / please put the {ITEM} in the {ROOM}.
    tell me about {TOPIC}. / ask {PERSON} to {DO}. / please wait for {DURATION}. / be careful with the {ITEM}.
"""

_TWO_CLAUSES = """
    if {CASE}, we will {DO}. / if {CASE}, call {PERSON}. / if {CASE}, please {DO}. / if {CASE}, I won't come {DAY}.
    when {MOMENT}, {PERSON} was {DOING}. / when {MOMENT}, I was {DOING}. / after {MOMENT}, we {DID}.
    before {MOMENT}, {PERSON} {DID}. / because {CAUSE}, {PERSON} {DID}. / because {CAUSE}, we took the {VEHICLE}.
    {PERSON} wanted to {DO}, but {CAUSE}. / I tried to {DO}, but {CAUSE}. / {CAUSE}, so we {DID}.
    {CAUSE}, so {PERSON} went home. / although {CAUSE}, {ANYONE} {DID}. / although {CAUSE}, nobody was {FEELING}.
    {PERSON} {DID}, and {PERSON} was {FEELING}. / {PERSON} {DOES}, but I don't. / I like {FOOD}, but not {FOOD}.
    {NAME} is a {JOB}, and {NAME} is a {JOB}. / first we {DID}, then we went to the {PLACE}.
    as you know, {NEWS}. / in my opinion, {NEWS}. / as far as I know, {NEWS}. / according to {PERSON}, {NEWS}.
    {NEWS}, according to {PERSON}. / {NEWS}, isn't that right? / {PERSON} is {FEELING}, isn't that so?
    {NEWS}, but {PERSON} is not {FEELING}. / unless {CASE}, we will {DO} {DAY}.
    while {PERSON} was {DOING}, I {DID}.
    to be honest, I don't like {FOOD}. / unfortunately, {NEWS}. / on {DATE}, {PERSON} {DID}.
    in {YEAR}, {PEOPLE} {DID}.
    excuse me, where is the {PLACE}? / sorry, did you say {COUNT} or {COUNT}? / no, it was {PERSON}. / yes, I {DID}.
    {NAME}, can you {DO}? / {NAME}, please {DO}. / {TITLED}, do you have time {DAY}? / good morning, {NAME}.
    we need {FOOD}, {FOOD} and {FOOD}. / I have been to {CITY}, {CITY} and {CITY}.
    on {WEEKDAY}, the {PLACE} is closed.
    the {ITEM} is {QUALITY}, so I bought it for {PRICE}. / I would {DO}, but I am too {FEELING}.
    it is {CLOCK}, let's go.
    once {PERSON} arrives, we can {DO}. / when it is {WEATHER}, I {OFTEN} {DO}. / {PERSON} said hello, and {MOMENT}.
    in {CITY} it is {WEATHER}, in {CITY} it is {WEATHER}. / the more you practice, the better you get.
"""

_FILLERS = "Well,/So,/Actually,/You know,/I mean,/Um,/Oh,/Okay,/By the way,/Anyway,/Look,/Listen,/Right,"

_BACKCHANNELS = """Yes./No./Right./Okay./I see./Really?/Sure./Of course./Exactly./That's true./Uh huh./Oh no./
    Great./
    Is it?/I agree./Me too./Not really./That's right./Thank you./Go on./Absolutely./Maybe./Good idea./No problem.
    /I understand./All right./Did you?/How nice."""

_SOUNDS_LIKE_CONSONANT = ("univers", "unit", "uniform", "use", "one", "european")
"""Words that begin with a vowel letter and take `a` all the same."""


def _pieces(text: str) -> tuple[Piece, ...]:
    words = text.split()
    words = [_article(word, following) for word, following in itertools.zip_longest(words, words[1:], fillvalue="")]
    words[0] = words[0][0].upper() + words[0][1:]
    return tuple(Piece(f" {word}", word) for word in words)


def _article(word: str, following: str) -> str:
    """`an` for `a` before a vowel sound; any other word as it is."""
    vowel = following.lower().startswith(("a", "e", "i", "o", "u", "hour", "honest"))
    return "an" if word == "a" and vowel and not following.lower().startswith(_SOUNDS_LIKE_CONSONANT) else word


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in listed.split(","))


_ONES = _words("""zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,
    sixteen,seventeen,eighteen,nineteen""")
_TENS = _words("twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety")
_ORDINALS = _words("""first,second,third,fourth,fifth,sixth,seventh,eighth,ninth,tenth,eleventh,twelfth,thirteenth,
    fourteenth,fifteenth,sixteenth,seventeenth,eighteenth,nineteenth,twentieth""")


def _number(n: int) -> str:
    """A number below one million as it is spoken in America, without `and`."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f" {_ONES[n % 10]}" if n % 10 else "")
    size, name = (100, "hundred") if n < 1000 else (1000, "thousand")
    return f"{_number(n // size)} {name}" + (f" {_number(n % size)}" if n % size else "")


def _year(year: int) -> str:
    """Two pairs of digits, `nineteen oh five`, but `two thousand five`."""
    if 2000 <= year < 2010 or year % 1000 == 0:
        return _number(year)
    century, rest = divmod(year, 100)
    return f"{_number(century)} " + (
        "hundred" if rest == 0 else f"oh {_ONES[rest]}" if rest < 10 else _number(rest)
    )


def _digits(chance: random.Random, count: int) -> str:
    """Digits one by one; nought is `oh` or `zero`, the same within a string."""
    nought = chance.choice(("oh", "zero"))
    return " ".join(_ONES[digit] if digit else nought for digit in (chance.randrange(10) for _ in range(count)))


def _spoken_numbers() -> dict[str, tuple[str, ...]]:
    """The slots whose words are numbers, the same in every run."""
    chance = random.Random("english numbers")
    ordinals = [*_ORDINALS, *(f"twenty {word}" for word in _ORDINALS[:9]), "thirtieth", "thirty first"]
    months = _words(_TIMES["MONTH"])
    hours = [*range(1, 13)]
    minutes = ["oh five", *(_number(minute) for minute in (10, 15, 20, 25, 30, 35, 40, 45, 50, 55))]
    return {
        "FEW": tuple(_number(n) for n in range(2, 13)),
        "AGE": tuple(_number(n) for n in range(2, 100)),
        "COUNT": tuple(_number(n) for n in (*range(2, 100), *sorted(chance.sample(range(100, 1000), 120)))),
        "MILLIONS": (*(f"{_number(n)} million" for n in range(2, 40)), "half a million", "two billion"),
        "PRICE": (
            *(f"{_number(n)} dollars" for n in (*range(2, 100), *sorted(chance.sample(range(100, 20000), 100)))),
            *(f"{_number(n)} dollars and {_number(cents)} cents" for n in (2, 5, 12, 40) for cents in (20, 75, 95)),
        ),
        "CLOCK": (
            *(f"{_ONES[hour]} o'clock" for hour in hours),
            *(f"{_ONES[hour]} {minute}" for hour in hours for minute in minutes),
            *(f"{part} {_ONES[hour]}" for hour in hours for part in ("half past", "a quarter past", "ten to")),
        ),
        "DATE": (
            *(f"{month} {day}" for month in months for day in ordinals[:28]),
            *(f"the {day} of {month}" for month in months for day in ordinals[:28:3]),
        ),
        "YEAR": tuple(_year(year) for year in range(1850, 2026)),
        "PERCENT": (
            *(f"{_number(n)} percent" for n in range(2, 100)),
            *(f"{_ONES[whole]} point {_ONES[part]} percent" for whole in range(12) for part in range(1, 10)),
        ),
        "PHONE": tuple(_digits(chance, chance.choice((6, 7))) for _ in range(300)),
        "DIGITS": tuple(_digits(chance, chance.choice((3, 4))) for _ in range(200)),
        "ORDINAL": tuple(ordinals),
        "SCORE": tuple(f"{_number(a)} to {_number(b)}" for a in range(1, 8) for b in range(a)),
        "DEGREES": (
            *(f"{_number(n)} degrees" for n in range(2, 41)),
            *(f"minus {_number(n)} degrees" for n in range(2, 31)),
        ),
    }


def _patterns(*groups: str) -> tuple[str, ...]:
    """Patterns are divided by a stroke or the end of a line."""
    return tuple(
        pattern.strip() for group in groups for line in group.strip().splitlines() for pattern in line.split(" / ")
    )


_LISTED = _PEOPLE | _PLACES | _THINGS | _TOPICS | _QUALITIES | _TIMES | _ACTIONS | _CLAUSES
_SLOTS = {slot: _words(listed) for slot, listed in _LISTED.items()} | _spoken_numbers()

GRAMMAR = Grammar(
    language="en",
    slots=_SLOTS | {"PERSON": (*_SLOTS["ROLE"], *_SLOTS["NAME"], *_SLOTS["TITLED"])},
    patterns=_patterns(_STATEMENTS, _NUMBERS, _QUESTIONS, _REQUESTS, _TWO_CLAUSES),
    fillers=tuple(_FILLERS.split("/")),
    backchannels=tuple(answer.strip() for answer in _BACKCHANNELS.split("/")),
    pieces=_pieces,
)
