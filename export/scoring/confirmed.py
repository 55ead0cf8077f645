"""Which words of a draft came through a correction as they were: what confidences are held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from rapidfuzz.distance import Levenshtein

from core.types import Correction, Draft, Language, Sentence
from export.scoring.normaliser import content
from export.scoring.results import DraftScore
from export.scoring.score import Compared, compare, scored
from models.difficulty.confidence import Confidences, count_words

Span: TypeAlias = tuple[int, int]


def confirmed_words(draft: Draft, correction: Correction) -> Confidences:
    """The draft's words by confidence, and how many of them are content of the correction, in their order.

    Another spelling, mark, case, speaker or sentence leaves a word right; a character put into it does not. Words
    of nothing but marks are not counted. Raises BadDocument when the correction is of another draft.
    """
    return _confirmed(draft, compare(draft, correction))


def score_and_confirm(draft: Draft, correction: Correction) -> tuple[DraftScore, Confidences]:
    """What `score_correction` and `confirmed_words` say, of one alignment."""
    compared = compare(draft, correction)
    return scored(draft, correction, compared), _confirmed(draft, compared)


def _confirmed(draft: Draft, compared: Compared) -> Confidences:
    kept = _kept(compared)
    judged = []
    for place, start in zip(compared.order, compared.as_drafted.starts, strict=True):
        sentence = draft.sentences[place]
        for word, found in zip(sentence.words, _places(sentence, draft.language), strict=True):
            if found is not None:
                spans = [kept[start + at] if at is not None else None for at in found]
                judged.append((word.confidence, _in_a_row(spans)))
    return count_words(judged)


def _kept(compared: Compared) -> list[Span | None]:
    """For each content character of the draft, as drafted, where it is in the correction; None where it changed.

    Of another spelling of the same words, the first character stands for all of it.
    """
    now: list[Span | None] = [None] * len(compared.ours.folded)
    for step in compared.steps:
        if step.equal:
            now[step.i0 : step.i1] = [(at, at + 1) for at in range(step.j0, step.j1)]
    kept: list[Span | None] = []
    at = behind = 0
    for one in compared.respelt:
        kept += now[behind : behind + one.i0 - at]
        behind += one.i0 - at
        spelt = now[behind : behind + one.j1 - one.j0]
        kept += _as_one(spelt, one.i1 - one.i0)
        at, behind = one.i1, behind + len(spelt)
    return kept + now[behind:]


def _as_one(spelt: Sequence[Span | None], characters: int) -> list[Span | None]:
    first, last = spelt[0], spelt[-1]
    if first is None or last is None or not _in_a_row(spelt):
        return [None] * characters
    return [(first[0], last[1]), *[(last[1], last[1])] * (characters - 1)]


def _in_a_row(spans: Sequence[Span | None]) -> bool:
    """Whether all of them were kept, and nothing was put in between."""
    kept = [span for span in spans if span is not None]
    return len(kept) == len(spans) and all(here[1] == there[0] for here, there in pairwise(kept))


def _places(sentence: Sentence, language: Language) -> Iterator[list[int | None] | None]:
    """For each word the places of its characters in the sentence's content; None for one without any.

    The text is normalised for reading and raw words are not, so there may be characters that are not in it.
    """
    text = content(sentence.text, language).folded
    words = [content(word.text, language).folded for word in sentence.words]
    raw = "".join(words)
    found: list[int | None] = [*range(len(raw))]
    if raw != text:
        found = [None] * len(raw)
        for code in Levenshtein.opcodes(raw, text):
            many = min(code.src_end - code.src_start, code.dest_end - code.dest_start)
            found[code.src_start : code.src_start + many] = range(code.dest_start, code.dest_start + many)
    at = 0
    for word in words:
        yield found[at : at + len(word)] or None
        at += len(word)
