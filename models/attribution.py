"""Every word gets its speaker, or none where that is uncertain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from core.spans import gap, overlap
from core.types import Passage, Turn, Word

VERSION = 1

# A word that no turn covers belongs to a turn this near: recogniser and diarizer place borders that far apart.
NEAR_SECONDS = 0.5
# A word is overlapped when two or more people speak during this share of it.
OVERLAPPED_SHARE = 0.3
# A single word that breaks a run of another speaker is noise when its own turn is shorter than this.
FLIP_SECONDS = 0.3
# People take turns at sentence ends and pauses; a diarizer's border that falls elsewhere is off by up to this much.
BORDER_SECONDS = 0.7
# A pause from this length on, or a mark that ends a sentence, is a place where the speaker may change.
BREATH_SECONDS = 0.2
ENDS = (".", "?", "!", "。", "？", "！", "…")


def attribute_speakers(passages: Sequence[Passage], turns: Sequence[Turn]) -> tuple[Passage, ...]:
    """Each word takes the speaker whose turns cover most of it; only `speaker` and `overlapped` change.

    Exclusive turns decide, where there are any; regular ones where they leave a word open. Ties go to the
    speaker of the word before. A word outside every turn takes the nearest within NEAR_SECONDS, else None.
    A word is overlapped when regular turns of two speakers cover OVERLAPPED_SHARE of it at once. A single word
    between two words of one other speaker, with no pause of FLIP_SECONDS on either side, goes to them when
    every turn that claimed it is shorter than FLIP_SECONDS; a backchannel with a turn of its own stays. Last,
    where a breath has one change of speaker within BORDER_SECONDS of its edge, it goes whole to who has the
    larger part: it is the diarizer's border that is off.
    No turns: all words are uncertain. Time: O(n log n) in words and turns.
    """
    words = [word for passage in passages for word in passage.words]
    order = sorted(range(len(words)), key=lambda index: (words[index].start, words[index].end))
    regular = [turn for turn in turns if not turn.exclusive]
    deciding = [turn for turn in turns if turn.exclusive] or regular
    attributed = list(words)
    claims: dict[int, float] = {}
    before: str | None = None
    for index, near, near_regular in zip(
        order,
        _turns_near(words, order, deciding),
        _turns_near(words, order, regular),
        strict=True,
    ):
        word = words[index]
        speaker = _speaker(word, near, before) or _speaker(word, near_regular, before)
        attributed[index] = replace(word, speaker=speaker, overlapped=_overlapped(word, near_regular))
        claims[index] = max(
            (turn.end - turn.start for turn in near if turn.speaker == speaker and overlap(turn, word) > 0),
            default=0.0,
        )
        before = speaker or before
    _smooth(attributed, order, claims)
    _move_borders(attributed, order)
    result = iter(attributed)
    return tuple(replace(passage, words=tuple(next(result) for _ in passage.words)) for passage in passages)


def _turns_near(words: Sequence[Word], order: Sequence[int], turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """For each word in order of start: the turns that it meets or that lie within NEAR_SECONDS of it."""
    waiting = sorted(turns, key=lambda turn: (turn.start, turn.end))
    position = 0
    active: list[Turn] = []
    for index in order:
        word = words[index]
        while position < len(waiting) and waiting[position].start <= word.end + NEAR_SECONDS:
            active.append(waiting[position])
            position += 1
        active = [turn for turn in active if turn.end >= word.start - NEAR_SECONDS]
        yield active


def _speaker(word: Word, near: Sequence[Turn], before: str | None) -> str | None:
    covered: dict[str, float] = defaultdict(float)
    for turn in near:
        covered[turn.speaker] += overlap(turn, word)
    most = max(covered.values(), default=0.0)
    if most > 0:
        best = [speaker for speaker, seconds in covered.items() if seconds == most]
        return before if before in best else best[0]
    distances = [(gap(turn, word), turn.speaker) for turn in near if gap(turn, word) <= NEAR_SECONDS]
    if not distances:
        return None
    least = min(distance for distance, _ in distances)
    nearest = [speaker for distance, speaker in distances if distance == least]
    return before if before in nearest else nearest[0]


def _overlapped(word: Word, near: Sequence[Turn]) -> bool:
    """Whether two speakers are at it during OVERLAPPED_SHARE of the word."""
    covering = [turn for turn in near if overlap(turn, word) > 0]
    if len({turn.speaker for turn in covering}) < 2:
        return False
    edges = sorted(
        {word.start, word.end}
        | {edge for turn in covering for edge in (turn.start, turn.end) if word.start < edge < word.end}
    )
    shared = 0.0
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        if len({turn.speaker for turn in covering if turn.start <= middle < turn.end}) > 1:
            shared += end - start
    return shared >= OVERLAPPED_SHARE * (word.end - word.start)


def _smooth(words: list[Word], order: Sequence[int], claims: dict[int, float]) -> None:
    """Give single words that interrupt another speaker's run to that speaker (see attribute_speakers)."""
    for before, index, after in zip(order, order[1:], order[2:], strict=False):
        word, left, right = words[index], words[before], words[after]
        if (
            word.speaker != left.speaker == right.speaker is not None
            and word.speaker is not None
            and not word.overlapped
            and word.start - left.end < FLIP_SECONDS
            and right.start - word.end < FLIP_SECONDS
            and claims[index] < FLIP_SECONDS
        ):
            words[index] = replace(word, speaker=left.speaker)


def _move_borders(words: list[Word], order: Sequence[int]) -> None:
    """Where a breath has one change of speaker near its edge, give it whole to who has the larger part."""
    for breath in _breaths(words, order):
        first, last = words[breath[0]].speaker, words[breath[-1]].speaker
        count = next((n for n, index in enumerate(breath) if words[index].speaker != first), len(breath))
        head, tail = breath[:count], breath[count:]
        if None in (first, last) or not tail or any(words[index].speaker != last for index in tail):
            continue
        small, large = sorted((head, tail), key=lambda part: _seconds_of(words, part))
        if _seconds_of(words, small) <= BORDER_SECONDS:
            for index in small:
                words[index] = replace(words[index], speaker=words[large[0]].speaker)


def _seconds_of(words: Sequence[Word], part: Sequence[int]) -> float:
    return sum(words[index].end - words[index].start for index in part)


def _breaths(words: Sequence[Word], order: Sequence[int]) -> Iterator[list[int]]:
    """The words said in one go: no pause of BREATH_SECONDS between them, no mark of an end."""
    breath: list[int] = []
    for index in order:
        if breath:
            last = words[breath[-1]]
            if words[index].start - last.end >= BREATH_SECONDS or last.text.rstrip().endswith(ENDS):
                yield breath
                breath = []
        breath.append(index)
    if breath:
        yield breath
