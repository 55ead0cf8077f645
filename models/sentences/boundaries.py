"""What the marks in a text say about where sentences end; the same for every language.

A *boundary* is an offset into the text: one sentence ends before it, the next begins at the first character
after it that is not white space. *Cues* give boundaries a weight: 4 as good as a final mark, 3 enough for a cut
by itself, less only together with a pause or where marks are missing; 0.5 marks the seam of two clauses.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

Cues = dict[int, float]
Finder = Callable[[str], Cues]

MARK = 4.0
TRAILING = 3.5
ENDING = 3.0
HINT = 2.0
WEAK = 1.0
CLAUSE = 0.5
THRESHOLD = 3.0

# Characters of text after which, with no final mark, text counts as bare: three times the usual sentence length
# of each language in Universal Dependencies (white space counted; other languages as English).
SENTENCE_CHARACTERS = {"ko": 44, "en": 63, "zh": 29, "ja": 18}
# How far around a boundary marks are counted: about a minute of speech.
WINDOW_CHARACTERS = {"ko": 350, "en": 900, "zh": 260, "ja": 350}

FINAL = ".?!。？！．｡…‥⋯؟۔।॥။។።։"
ELLIPSIS = re.compile(r"(?:…|‥|⋯|\.{2,}|。{2,}|・{2,}|．{2,})+")
CLOSERS = "\"'”’»›」』）)】》〉〕]｝}"
_PAIRS = dict(zip("「『（(【《〈〔“[｢", "」』）)】》〉〕”]｣", strict=True))
_BRACKET = re.compile("[" + re.escape("".join(_PAIRS) + "".join(_PAIRS.values())) + "]")
_QUOTED_AT_MOST = 250
_RUN = re.compile(rf"(?:[{re.escape(FINAL)}]|・{{2,}})(?:[{re.escape(FINAL)}・]|[{re.escape(CLOSERS)}])*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_FACES = re.compile(
    r"(?:\s*(?:[:;=]-?[)(DPpO]+(?!\w)|\^\^+|[ㅋㅎㅠㅜ]{2,}(?!\w)|~+"
    r"|[♡♥☆★\u2600-\u27bf\U0001f300-\U0001faff\ufe0f\u200d]+))+"
)
_LIST_NUMBER = re.compile(rf"(?:^|[{re.escape(FINAL + CLOSERS)}:;,\n]\s*)\d{{1,3}}$")
_INITIAL = re.compile(r"(?:^|[^A-Za-z0-9])[A-Za-z]$")
_ASCII_WORD = re.compile(r"[!-~]+")
_ADDRESS_SIGNS = ("://", "www.", "@")


@dataclass(frozen=True, slots=True)
class Mark:
    """One run of final marks with the brackets and quotes it closes: text[start:end].

    `quoted`: it lies inside brackets that this run closes; `trailing`: it is nothing but an ellipsis.
    """

    start: int
    end: int
    text: str
    quoted: bool
    trailing: bool


def marks(text: str) -> Iterator[Mark]:
    """Every run of final marks that may end a sentence, in order.

    Not among them: points within numbers, names and addresses, marks inside brackets that close later, and a
    run at the very start, which has nothing to end.
    """
    inside = _enclosed(text)
    addresses = _addresses(text)
    for match in _RUN.finditer(text):
        start, end, run = match.start(), match.end(), match.group()
        if start == 0 or not _stands_free(text, start, end, run) or _is_inside(addresses, start, end):
            continue
        enclosing = _around(inside, start)
        if enclosing is not None and enclosing[1] > end:
            continue
        bare = run.rstrip(CLOSERS)
        yield Mark(start, end, run, enclosing is not None, ELLIPSIS.fullmatch(bare) is not None)


def words_of(text: str) -> frozenset[str]:
    """A set of words, written in one string."""
    return frozenset(text.split())


def past_faces(text: str, offset: int) -> int:
    """`offset` moved behind smileys, laughter and hearts, which belong to the sentence before them."""
    match = _FACES.match(text, offset)
    return match.end() if match else offset


def blank_lines(text: str) -> Cues:
    """A blank line ends a sentence whatever stands before it."""
    return {match.start(): MARK for match in _BLANK_LINE.finditer(text)}


def marks_only(text: str) -> Cues:
    """The cues of a language that we know nothing of."""
    return {past_faces(text, mark.end): TRAILING if mark.trailing else MARK for mark in marks(text)}


def leaves_marks_out(characters: int, marked: int, unmarked: int, language: str) -> bool:
    """Whether a stretch of text was written without final marks, or with holes in them.

    `marked` boundaries end in a mark, `unmarked` ones are endings that need one and have none. There are holes
    when the text has less than a third of the marks its length would have, or when a tenth of its sure
    endings go without.
    """
    expected = characters / SENTENCE_CHARACTERS.get(language, SENTENCE_CHARACTERS["en"])
    # one mark shows that its writer knows marks: a single long sentence is not yet bare
    return marked + (marked > 0) < expected / 3 or (unmarked > 0 and unmarked >= 0.1 * (marked + unmarked))


def bare_stretches(text: str, cues: Mapping[int, float], language: str) -> list[tuple[int, int]]:
    """Where the writer of a text leaves marks out, as sorted, disjoint spans; judged over WINDOW_CHARACTERS."""
    width = WINDOW_CHARACTERS.get(language, WINDOW_CHARACTERS["en"])
    marked = sorted(offset for offset, weight in cues.items() if weight > ENDING)
    unmarked = sorted(offset for offset, weight in cues.items() if weight == ENDING)
    spans: list[tuple[int, int]] = []
    step = max(1, width // 4)
    for start in range(0, max(1, len(text)), step):
        left = max(0, min(start + step // 2 - width // 2, len(text) - width))
        right = min(len(text), left + width)
        counts = [bisect_right(found, right) - bisect_left(found, left) for found in (marked, unmarked)]
        if leaves_marks_out(right - left, counts[0], counts[1], language):
            end = min(len(text), start + step)
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans


def is_list_number(text: str, mark: Mark) -> bool:
    """'1. Open it. 2. Close it.': the point belongs to the number, which opens a sentence."""
    return mark.text == "." and _LIST_NUMBER.search(text[max(0, mark.start - 8) : mark.start]) is not None


def is_initial(text: str, mark: Mark) -> bool:
    """'B.C. 5', 'J. Smith': the point belongs to a single Latin letter."""
    return mark.text == "." and _INITIAL.search(text[max(0, mark.start - 2) : mark.start]) is not None


def pieces(text: str, boundaries: Iterable[int]) -> list[str]:
    """`text` cut at `boundaries`, stripped. A piece without a letter or digit joins the one before it."""
    cut: list[str] = []
    begin = 0
    for end in [*sorted(boundaries), len(text)]:
        piece = text[begin:end]
        if not _speaks(piece) and end < len(text):
            if cut:
                cut[-1] += piece
                begin = end
            continue
        if cut and not _speaks(piece):
            cut[-1] += piece
        else:
            cut.append(piece)
        begin = end
    return [piece.strip() for piece in cut if piece.strip()]


def _speaks(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _stands_free(text: str, start: int, end: int, run: str) -> bool:
    """Whether marks end a word: white space, the end, or another script's letter follows them."""
    after = text[end : end + 1]
    if not after or after.isspace() or not run[0].isascii():
        return True
    before = text[start - 1]
    if after in CLOSERS or after in "—–-「『“(（《":
        return after in "「『“(（《—–"
    if _is_cjk(after) and run[-1] not in CLOSERS:
        return not (before.isascii() and before.isdigit() and run == ".")
    return run[-1] in "?!" and after.isupper() and not before.isdigit()


def _is_cjk(character: str) -> bool:
    return (
        "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"
    )


def _addresses(text: str) -> list[tuple[int, int]]:
    """Words of plain characters that look like an address of a page or a person."""
    if not any(sign in text for sign in _ADDRESS_SIGNS):
        return []
    return [
        match.span() for match in _ASCII_WORD.finditer(text) if any(sign in match[0] for sign in _ADDRESS_SIGNS)
    ]


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Bracketed spans that are not too long to be meant; of nested ones the outermost."""
    open_at: list[tuple[int, str]] = []
    spans: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        offset, character = match.start(), match[0]
        if character in _PAIRS:
            open_at.append((offset, _PAIRS[character]))
            continue
        # a bracket that nobody closed must not swallow those around it, so a few are looked past
        for depth in range(len(open_at) - 1, max(-1, len(open_at) - 4), -1):
            if open_at[depth][1] == character:
                begin = open_at[depth][0]
                del open_at[depth:]
                if offset - begin <= _QUOTED_AT_MOST:
                    spans.append((begin, offset + 1))
                break
    outer: list[tuple[int, int]] = []
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not outer or begin >= outer[-1][1]:
            outer.append((begin, end))
    return outer


def _around(spans: list[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    index = bisect_right(spans, (offset, inf)) - 1
    return spans[index] if index >= 0 and offset < spans[index][1] else None


def _is_inside(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    span = _around(spans, start)
    return span is not None and span[0] < start and end < span[1]
