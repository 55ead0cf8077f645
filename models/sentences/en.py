"""Where English sentences end: marks, with the abbreviations that only look like one; capitals; openers."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    is_list_number,
    marks,
    past_faces,
    words_of,
)

# Stand before a name or number: the point after them ends nothing.
_TITLES = words_of(
    "mr mrs ms dr drs p.s ps n.b prof capt col gen lt sgt maj cmdr rev hon sen rep gov pres supt fr messrs mme "
    "mlle st mt ft "
    "vs e.g i.e eg ie cf no nos fig figs vol pp art sec ch eq al approx ca est jan feb mar apr jun jul aug sep "
    "sept oct nov dec"
)
# May end a sentence: they do before a word that opens one.
_SHORTENED = words_of(
    "inc ltd co corp dept univ assn bros jr sr esq ave blvd rd etc ext tel pvt llc plc a.m p.m am pm u.s u.k "
    "u.n e.u d.c ph.d m.d b.a m.a"
)
_OPENERS = words_of(
    "the this that these those it he she we you they there here my your his her our their its i i'm i've i'll "
    "i'd it's that's "
    "he's she's we're we've we'll they're you're there's what where when why how who whose which what's who's "
    "how's if but and so or because "
    "however then now also yes no yeah yep okay ok well oh please thanks thank hi hello hey sorry let let's "
    "can could would will "
    "should do does did is are was were have has had don't didn't isn't aren't can't in on at as for with from "
    "after before once "
    "while since although though not just all some any anyway actually maybe perhaps sure good great right "
    "exactly another one"
)
# Never, or hardly ever, the last word of a sentence.
_NEVER_LAST = words_of(
    "the a an of and or but my your his their our its to from with for at by in on onto into upon than as if "
    "because although "
    "very is am are was were be been i he she we they who which whose every each will would should could can "
    "may might must has "
    "have had do does did don't doesn't didn't isn't aren't wasn't weren't won't can't couldn't wouldn't i'm "
    "i'll i've i'd it's "
    "that's he's she's we're we'll we've they're you're you'll you've there's what's who's let's how when "
    "where why what some "
    "just also only even still most many these those this such kind able used make makes put got find let "
    "thank since wanted "
    "pretty big quite really both any no not nor between through during without within under per via about "
    "like mr mrs ms dr "
    "whether while until unless good-looking re um uh your new more other"
)
# Take a clause without 'that' ('I think it is'), lead into one ('before it'), or are described by one
# ('the way you').
_LEADS_ON = words_of(
    "think thinks thought know knows knew say says said hope guess believe mean means see sees saw feel feels "
    "felt sure glad "
    "afraid wish heard hear hears told tell tells tell's that before after though so then sorry figured figure "
    "realize realized "
    "understand ensure bet assume suppose wonder considering everything anything something nothing all thing "
    "things way ways "
    "time times one ones place places reason day first last much whatever whichever moment soon once yes yeah "
    "yep no oh well okay "
    "ok hey hi hello ah hmm alright now here actually maybe perhaps unfortunately however also besides plus "
    "everyone someone people "
    "person stuff words word else's question problem idea mind me you him her us them believe appreciate agree "
    "notice noticed show "
    "shows showed says because same long far until wherever whenever whoever provided given except only what"
)
_INTERJECTIONS = words_of(
    "yes yeah yep oh wow hi hello hey hmm ah okay ok alright thanks unfortunately however congratulations "
    "sorry huh ooh aw"
)
_STARTERS = words_of(
    "well actually anyway maybe perhaps please thank no sure of great good sounds nice let let's see excuse "
    "welcome exactly absolutely right"
)
_FIXED = words_of(
    "thank_you of_course no_problem no_worries no_way no_i no_we no_it's no_that's good_morning good_afternoon "
    "good_evening good_luck "
    "good_idea good_job sounds_good sounds_great sounds_like nice_to let_me let_us let's_see let's_go see_you "
    "excuse_me please_let please_send "
    "please_do please_call please_see please_feel please_note please_contact please_give please_take "
    "please_make please_don't well_i well_we well_it's well_you well_that's well_the "
    "well_then well_if well_thank actually_i actually_we maybe_i maybe_we maybe_you sure_i sure_thing great_i "
    "great_thank great_idea great_place great_service "
    "right_now_i that's_right that's_great that's_why how_about what_about how_are how_do how_did how_long "
    "how_much how_many "
    "what_do what_is what_are what_did what_does what_time what_kind what's_the what's_up what's_that where_do "
    "where_is where_are where_did "
    "why_don't why_do why_is why_did why_are when_is when_do when_did when_are by_the_way in_addition "
    "for_example first_of in_fact "
    "this_is there_is there_are there_was there_were here_is here_are i_see may_i could_you would_you do_you "
    "did_you have_you are_you is_it "
    "is_there is_this can_you can_i can_we could_i should_i should_we shall_we will_you does_it don't_you "
    "aren't_you isn't_it do_we do_they are_there are_they is_he is_she"
)
_SUBJECTS = words_of(
    "i we they he she i'm i'll i've i'd it's that's he's she's we're we'll we've they're they've you're you'll "
    "there's here's"
)
_IT_GOES = words_of(
    "is was will would has had can can't could should seems seemed looks looked sounds says said takes took "
    "makes made doesn't didn't won't isn't "
    "wasn't depends feels goes works appears might may does did means comes came helps gets got"
)
_ASKED = words_of(
    "what where when why how who which whose so neither nor as not and but or if that than because do does did "
    "is are can could would will have has should"
)
_SEAMS = words_of(
    "and but or because which who that when while if where so then until unless although since after before to "
    "for with"
)
_CLAUSES = words_of("but so if then also")

# Openers that also stand inside titles ('The Hague'): only before a word in small letters.
_CAPITAL = re.compile(r"[\"'“‘(\[]*([A-Z][a-z']*(?:['’][a-z]+)?)[,:]?$")
_WORD = re.compile(r"\S+")
_STRIP = "\"'“”‘’()[]{}<>,;:*_"


def cues(text: str) -> Cues:
    """Marks; capitals where only a new sentence explains them; openers and questions as hints."""
    found = blank_lines(text)
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]
    for offset, weight in _opener_cues(words):
        found[offset] = weight
    for offset, weight in _capital_cues(words):
        found[offset] = max(found.get(offset, weight), weight)
    for mark in marks(text):
        end = past_faces(text, mark.end)
        found[end] = _weight(text, mark)
    return found


def _opener_cues(words: list[tuple[int, int, str]]) -> Iterator[tuple[int, float]]:
    """Words that begin a clause and cannot go on with the one before."""
    bare = [word.strip(_STRIP + FINAL).lower().replace("’", "'") for _, _, word in words]
    cased = sum(word[0].isupper() for _, _, word in words) > 0.03 * len(words)
    for index in range(1, len(words)):
        before, word = bare[index - 1], bare[index]
        after = bare[index + 1] if index + 1 < len(words) else ""
        if not before or before in _NEVER_LAST or words[index - 1][2][-1] in FINAL:
            continue
        if cased and words[index][2][0].islower():
            continue  # a writer of capitals would have written one here
        if words[index - 1][2][-1] in ',:;–—-("' and word in ("i", "i'm", "i've", "i'll", "i'd"):
            continue  # always a capital: the comma says more
        pair = f"{word}_{after}"
        end = words[index - 1][1]
        if word in _INTERJECTIONS:
            if before not in _INTERJECTIONS:
                yield end, HINT
        elif pair in _FIXED:
            if before not in _ASKED and before not in _LEADS_ON:
                yield end, HINT
        elif word in _SUBJECTS or (word == "it" and after in _IT_GOES):
            if before not in _LEADS_ON:
                yield end, HINT
        elif word in _CLAUSES and (after in _SUBJECTS or after in ("the", "you", "this", "that", "my", "your")):
            yield end, WEAK
        elif word in _SEAMS:
            yield end, CLAUSE


def _weight(text: str, mark: Mark) -> float:
    following = text[mark.end : mark.end + 40].split(maxsplit=1)
    after = following[0].lstrip("\"'“‘([") if following else ""
    if mark.trailing:
        return WEAK if after[:1].islower() or not after[:1].isalnum() else TRAILING
    if is_list_number(text, mark):
        return 0.0
    if mark.text[-1] in CLOSERS and after[:1].islower():
        return 0.0  # '"Really?" he asked', '(really!) and'
    if mark.text.rstrip(CLOSERS) != ".":
        return MARK
    before = text[max(0, mark.start - 24) : mark.start].split()
    word = before[-1].lstrip(_STRIP).lower() if before else ""
    if word in _TITLES:
        return 0.0 if after[:1].isalnum() and not (word in ("no", "al", "art", "mar") and _opens(after)) else MARK
    if word in _SHORTENED or (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(?:[a-z]\.)+[a-z]", word):
        return MARK if not after or _opens(after) else 0.0
    return MARK


def _opens(word: str) -> bool:
    """A capital that a name would not have: 'The', 'However,'."""
    bare = word.rstrip(FINAL + CLOSERS + ",;:").replace("’", "'")
    return bare[:1].isupper() and bare.lower() in _OPENERS


def _capital_cues(words: list[tuple[int, int, str]]) -> Iterator[tuple[int, float]]:
    for index in range(1, len(words)):
        _, end, before = words[index - 1]
        word = words[index][2]
        if not word[0].isupper() and word[0] not in '"“(':
            continue
        match = _CAPITAL.match(word)
        if match is None or before[-1] in FINAL:
            continue
        opener = match.group(1).lower().replace("’", "'")
        if opener not in _OPENERS or opener in ("i", "i'm", "i've", "i'll", "i'd"):
            continue
        bare = before.strip(_STRIP).lower()
        if (
            not bare
            or bare in _NEVER_LAST
            or before[0].isupper()
            or (before[-1] == "," and word[0] in '"“')
            or before[-1] in ':(-–—"'
        ):
            continue
        after = words[index + 1][2] if index + 1 < len(words) else ""
        if after[:1].islower() or after in ("I", "I'm", "I've", "I'll", "I'd"):
            yield end, ENDING
