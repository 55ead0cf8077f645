"""Timed words become sentences: one speaker, one language, one time span each."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

from core.project import Guideline
from core.settings import SentenceSettings
from core.types import Language, Passage, Sentence, Word
from models.normalisation import readable
from models.sentences.boundaries import (
    CLAUSE,
    ENDING,
    FINAL,
    HINT,
    SENTENCE_CHARACTERS,
    THRESHOLD,
    WEAK,
    leaves_marks_out,
)
from models.sentences.splitting import FINDERS

VERSION = 1

# Words of others that a speaker may talk across: a backchannel ('yes', '네네') does not end the sentence.
BACKCHANNEL_SECONDS = 1.0
BACKCHANNEL_WORDS = 3
# Density of marks is judged over this much speech around a boundary.
WINDOW_SECONDS = 60.0
# How far a bound may move to reach the edge of the voice, and the shortest sentence.
SNAP_SECONDS = 0.2
SHORTEST_SECONDS = 0.05
# A speaker's pauses count against these: the usual pause within speech, and how many make a habit of it.
USUAL_PAUSE_SECONDS = 0.3
PAUSES_FOR_HABIT = 50

# Borders of which the text says nothing, where marks are written and where they are left out.
NOTHING = -1.0
NOTHING_BARE = -0.5
# What a score at the threshold is worth; the price of length; of pieces below this share of a usual sentence.
MARGIN = 0.5
LENGTH_PRICE = 0.15
SCRAP = 0.2
SCRAP_PRICE = 0.4
TOO_LONG_PRICE = 1000.0

_COMMAS = ",，、،;；:："
_LATIN_END = re.compile(r"[0-9A-Za-z][.,]?$", re.ASCII)
_LATIN_PHRASE = re.compile(r"\b[A-Za-z]*[a-z][A-Za-z']*(?: +[A-Za-z]*[a-z][A-Za-z']*)+\b")
_FOREIGN = {
    "ko": re.compile(
        r"(?<![(（\u4e00-\u9fff])[\u4e00-\u9fff]{2,}|[\u3040-\u30ff\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]"
    ),
    "en": re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]"),
    "zh": re.compile(r"[\u3040-\u309f\u30a1-\u30fa\uac00-\ud7a3\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]"),
    "ja": re.compile(r"[\uac00-\ud7a3\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]"),
}


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with what its passage says of it."""

    word: Word
    language: Language
    redecoded: bool


def cut_sentences(
    passages: Sequence[Passage],
    voiced: Sequence[tuple[float, float]],
    settings: SentenceSettings,
    guideline: Guideline,
    duration: float,
) -> tuple[Sentence, ...]:
    """The words of attributed passages as sentences, in order of start, with ids from '0001'.

    Every word with text is in exactly one sentence. A sentence has one speaker and one language; it never
    crosses a pause of `hard_pause_seconds` and lasts no longer than `max_seconds` (the guideline's maximum wins)
    unless it is a single word. Within these limits, boundaries are chosen together, by marks, endings and
    openers of the language, pauses against the speaker's own, and length. Word times that run backwards or
    beyond [0, duration] are brought into order; a sentence contains its words and reaches up to SNAP_SECONDS
    further where the voice begins or ends there. `confidence` is the geometric mean of its words' probabilities.
    """
    tokens = _tokens(passages, duration)
    habits = _habits(tokens)
    stretches = [_Stretch(found) for found in _stretches(tokens, settings.hard_pause_seconds)]
    bareness = _Bareness(stretches)
    longest = guideline.max_sentence_seconds or settings.max_seconds
    found: list[list[_Token]] = []
    for stretch in stretches:
        unit = settings.pause_seconds * habits.get(stretch.tokens[0].word.speaker, 1.0)
        found += _cut(stretch, unit, longest, bareness)
    bounds = _bounds(found, voiced, longest, duration)
    told_apart = any(token.word.speaker is not None for token in tokens)
    rows = sorted(zip(bounds, found, strict=True), key=lambda row: row[0])
    return tuple(
        _sentence(f"{number:04d}", span, sentence, guideline, told_apart)
        for number, (span, sentence) in enumerate(rows, start=1)
    )


def _tokens(passages: Sequence[Passage], duration: float) -> list[_Token]:
    """All words with text, in order of their passages, each speaker's in order of time and inside the recording."""
    tokens = []
    reached: dict[str | None, float] = defaultdict(float)
    for passage in sorted(passages, key=lambda passage: passage.start):
        for word in passage.words:
            if not word.text.strip():
                continue
            start = min(max(word.start, reached[word.speaker]), duration)
            end = min(max(word.end, start), duration)
            if (start, end) != (word.start, word.end):
                word = replace(word, start=start, end=end)
            reached[word.speaker] = end
            tokens.append(_Token(word, passage.language, passage.redecoded))
    return tokens


def _habits(tokens: Sequence[_Token]) -> dict[str | None, float]:
    """Per speaker, how long their usual pause is against USUAL_PAUSE_SECONDS, within a factor of 1.5."""
    pauses: dict[str | None, list[float]] = defaultdict(list)
    last: dict[str | None, float] = {}
    for token in tokens:
        word = token.word
        pause = word.start - last.get(word.speaker, word.start)
        if 0.1 <= pause <= 2.0:
            pauses[word.speaker].append(pause)
        last[word.speaker] = word.end
    return {
        speaker: min(1.5, max(1 / 1.5, median(found) / USUAL_PAUSE_SECONDS))
        for speaker, found in pauses.items()
        if len(found) >= PAUSES_FOR_HABIT
    }


class _Stretch:
    """Words of one speaker and language that nothing has cut yet, and what their text says of each border.

    `cues[i]` is the weight of the border before word i, None where the text says nothing; `borders[i]` is
    whether a word ends there at all.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.language = tokens[0].language
        texts = [token.word.text for token in tokens]
        self.ends = list(accumulate(len(text) for text in texts))
        cues = FINDERS[self.language]("".join(texts))
        offsets = sorted(cues)
        self.cues: list[float | None] = [None] * len(tokens)
        self.borders = [True] * len(tokens)
        for index, (before, after) in enumerate(pairwise(texts), start=1):
            left = self.ends[index - 1] - (len(before) - len(before.rstrip()))
            right = self.ends[index - 1] + (len(after) - len(after.lstrip()))
            found = offsets[bisect_left(offsets, left) : bisect_right(offsets, right)]
            self.cues[index] = max((cues[offset] for offset in found), default=None)
            self.borders[index] = _is_border(before, after, self.language)


class _Bareness:
    """Whether the recogniser leaves final marks out around a moment, in a language; see `leaves_marks_out`."""

    def __init__(self, stretches: Sequence[_Stretch]) -> None:
        borders: dict[str, list[tuple[float, int, bool, bool]]] = defaultdict(list)
        for stretch in stretches:
            last = len(stretch.tokens) - 1
            for index, token in enumerate(stretch.tokens):
                cue = stretch.cues[index + 1] if index < last else None
                marked = (
                    cue > ENDING if cue is not None else index == last and token.word.text.rstrip()[-1] in FINAL
                )
                borders[stretch.language].append((token.word.start, len(token.word.text), marked, cue == ENDING))
        self._starts: dict[str, list[float]] = {}
        self._sums: dict[str, list[list[int]]] = {}
        for language, found in borders.items():
            found.sort()
            self._starts[language] = [start for start, *_ in found]
            self._sums[language] = [[0, *accumulate(column)] for column in list(zip(*found, strict=True))[1:]]

    def __call__(self, language: str, moment: float) -> bool:
        starts = self._starts[language]
        first = bisect_left(starts, moment - WINDOW_SECONDS / 2)
        last = bisect_right(starts, moment + WINDOW_SECONDS / 2)
        characters, marked, unmarked = (sums[last] - sums[first] for sums in self._sums[language])
        # a short answer without a mark proves nothing
        return characters > SENTENCE_CHARACTERS[language] and leaves_marks_out(
            characters, marked, unmarked, language
        )


def _stretches(tokens: Sequence[_Token], hard_pause_seconds: float) -> list[list[_Token]]:
    """Words of one speaker and language without a pause that always cuts, and without others' turns between.

    A speaker's stretch goes on across a backchannel of others, which stays a stretch of its own.
    """
    stretches: list[list[_Token]] = []
    index = 0
    runs = _runs(tokens)
    while index < len(runs):
        stretch = list(runs[index])
        # a run may be continued after one backchannel, whose run is then taken out of the order
        while index + 2 < len(runs) and _spoken_across(stretch, runs[index + 1], runs[index + 2]):
            stretches.append(list(runs[index + 1]))
            stretch += runs[index + 2]
            index += 2
        index += 1
        begin = 0
        for position in range(1, len(stretch)):
            if stretch[position].word.start - stretch[position - 1].word.end >= hard_pause_seconds:
                stretches.append(stretch[begin:position])
                begin = position
        stretches.append(stretch[begin:])
    return stretches


def _runs(tokens: Sequence[_Token]) -> list[list[_Token]]:
    runs: list[list[_Token]] = []
    for token in tokens:
        if runs and (runs[-1][-1].word.speaker, runs[-1][-1].language) == (token.word.speaker, token.language):
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _spoken_across(before: Sequence[_Token], between: Sequence[_Token], after: Sequence[_Token]) -> bool:
    first, last = before[-1], after[0]
    return (
        (first.word.speaker, first.language) == (last.word.speaker, last.language)
        and first.word.speaker is not None
        and between[0].word.speaker is not None
        and between[0].word.speaker != first.word.speaker
        and len(between) <= BACKCHANNEL_WORDS
        and between[-1].word.end - between[0].word.start <= BACKCHANNEL_SECONDS
        and last.word.start - first.word.end <= BACKCHANNEL_SECONDS
        and first.word.text.rstrip()[-1] not in FINAL
    )


def _cut(stretch: _Stretch, pause_unit: float, longest: float, bareness: _Bareness) -> list[list[_Token]]:
    """The stretch cut where the sum of scores above the threshold, less the price of lengths, is highest.

    Dynamic programming over borders, O(words x words per `longest`). What is longer than one and a half usual
    sentences costs by the square of the rest; scraps cost a little, so that only a mark makes one.
    """
    tokens, ends = stretch.tokens, stretch.ends
    count = len(tokens)
    if count == 1:
        return [tokens]
    usual = SENTENCE_CHARACTERS[stretch.language]
    bare = [bareness(stretch.language, token.word.start) for token in tokens]
    starts = [token.word.start for token in tokens]
    best = [0.0] + [-math.inf] * count
    came_from = [0] * (count + 1)
    for end in range(1, count + 1):
        if end < count and not stretch.borders[end]:
            continue
        gain = _score(stretch, end, pause_unit, bare[end]) - THRESHOLD + MARGIN if end < count else 0.0
        reach = tokens[end - 1].word.end - longest
        for begin in range(end - 1, -1, -1):
            too_long = starts[begin] < reach and begin < end - 1
            if too_long and best[end] > -math.inf:
                break
            if best[begin] == -math.inf:
                continue
            length = (ends[end - 1] - (ends[begin - 1] if begin else 0)) / usual
            price = LENGTH_PRICE * (length - 1.5) ** 2 if length > 1.5 else SCRAP_PRICE if length < SCRAP else 0.0
            # a word without a border in it may be longer than allowed: better so than cut in the middle
            value = best[begin] + gain - price - (TOO_LONG_PRICE if too_long else 0.0)
            if value > best[end]:
                best[end], came_from[end] = value, begin
    cuts = []
    end = count
    while end > 0:
        cuts.append(tokens[came_from[end] : end])
        end = came_from[end]
    return cuts[::-1]


def _score(stretch: _Stretch, index: int, pause_unit: float, bare: bool) -> float:
    """How much speaks for a cut before word `index`.

    What the text says (4 mark, 3 ending, 2 hint, 1 weak, 0.5 seam of clauses; where marks are left out a hint
    counts 3), plus 1.5 for each pause unit of silence, at most 3. A comma counts as a seam, or as weak where final
    marks are left out; where there is nothing at all a cut costs.
    """
    before, word = stretch.tokens[index - 1].word, stretch.tokens[index].word
    weight = stretch.cues[index]
    if weight is None:
        weight = NOTHING_BARE if bare else NOTHING
        if before.text.rstrip()[-1] in _COMMAS:
            weight = WEAK if bare else CLAUSE
    elif before.text.rstrip()[-1] in _COMMAS:
        weight = max(weight, WEAK if bare else CLAUSE)
    if weight == HINT and bare:
        weight = ENDING
    return weight + 1.5 * min(max(0.0, word.start - before.end) / pause_unit, 2.0)


def _is_border(before: str, after: str, language: str) -> bool:
    """Whether a word ends between two tokens: not within 'well|-known', '20|26', '2.|5', 'Open|AI'."""
    if before[-1].isspace() or after[0].isspace():
        return True
    if language in ("ko", "en"):
        return before[-1] in FINAL and not after[0].isalnum()
    return not (_LATIN_END.search(before) and after[0].isascii() and after[0].isalnum())


def _bounds(
    sentences: Sequence[Sequence[_Token]], voiced: Sequence[tuple[float, float]], longest: float, duration: float
) -> list[tuple[float, float]]:
    """Start and end of each sentence: its words', moved outwards to the edge of the voice where that is near.

    Bounds of one speaker keep their order: a bound moves at most half of the way to the neighbour's words.
    """
    onsets = [start for start, _ in voiced]
    offsets = [end for _, end in voiced]
    spans = [(sentence[0].word.start, max(token.word.end for token in sentence)) for sentence in sentences]
    by_speaker: dict[str | None, list[int]] = defaultdict(list)
    for index, sentence in enumerate(sentences):
        by_speaker[sentence[0].word.speaker].append(index)
    bounds = list(spans)
    for indices in by_speaker.values():
        indices.sort(key=lambda index: spans[index])
        for position, index in enumerate(indices):
            start, end = spans[index]
            before = spans[indices[position - 1]][1] if position else 0.0
            after = spans[indices[position + 1]][0] if position + 1 < len(indices) else duration
            room = max(0.0, longest - (end - start))
            onset = bisect_right(onsets, start) - 1
            floor = start - min(SNAP_SECONDS, room, max(0.0, (start - before) / 2 if position else start))
            if onset >= 0 and onsets[onset] >= floor:
                room -= start - onsets[onset]
                start = onsets[onset]
            offset = bisect_left(offsets, end)
            ceiling = end + min(SNAP_SECONDS, room, max(0.0, (after - end) / (2 if after < duration else 1)))
            if offset < len(offsets) and offsets[offset] <= ceiling:
                end = offsets[offset]
            end = min(max(end, start + SHORTEST_SECONDS), duration)
            bounds[index] = (max(0.0, min(start, end - SHORTEST_SECONDS)), end)
    return bounds


def _sentence(
    number: str, span: tuple[float, float], tokens: Sequence[_Token], guideline: Guideline, told_apart: bool
) -> Sentence:
    words = tuple(token.word for token in tokens)
    language = tokens[0].language
    raw = "".join(word.text for word in words).strip()
    flags = {
        "overlap": any(word.overlapped for word in words),
        "speaker_uncertain": told_apart and words[0].speaker is None,
        "code_switch": _switches(raw, language),
        "redecoded": any(token.redecoded for token in tokens),
    }
    return Sentence(
        id=number,
        start=span[0],
        end=span[1],
        speaker=words[0].speaker,
        language=language,
        text=readable(raw, language, guideline),
        raw_text=raw,
        confidence=math.exp(sum(math.log(max(word.confidence, 1e-6)) for word in words) / len(words)),
        flags=tuple(flag for flag, raised in flags.items() if raised),
        words=words,
    )


def _switches(text: str, language: str) -> bool:
    """Letters that the language is not written in, or a phrase of Latin words; one Latin word is a name."""
    return _FOREIGN[language].search(text) is not None or (
        language != "en" and _LATIN_PHRASE.search(text) is not None
    )
