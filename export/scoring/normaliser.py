"""What of a text is content, and how it is compared: letters on one side, marks and spaces on the other.

Nothing is thrown away: every content character knows how it was written, and between any two of them lies what was
written there. So one alignment of the content is enough to place every other difference on.

Never the whole text through NFKC, nor Whisper's or neologdn's normalisers: these write 〜 as nothing, take Hangul
apart, or leave … as three points. Characters are folded one by one, and only for comparing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from core.types import Language
from models.normalisation import simplified

VERSION: Final = 1
"""Goes up whenever a text gives other content, because then error rates of old and new scores do not compare."""

STEPS: Final = (
    "NFC: composed and decomposed spellings of a character are the same text",
    "content is letters, digits and what is read aloud (% & @ ° + = $); marks, pictures and spaces are not",
    "a point between two digits is content, a comma is a mark",
    "full and half width, circled and squared characters as NFKC writes them, one by one",
    "lower case",
)
_STEPS_OF: Final = {
    "ko": ("numerals in the correction's spelling where the value is the same",),
    "en": ("numerals in the correction's spelling where the value is the same",),
    "zh": (
        "traditional characters as simplified ones (OpenCC t2s)",
        "numerals in the correction's spelling where the value is the same",
    ),
    "ja": (
        "numerals in the correction's spelling where the value is the same",
        "kana and kanji in the correction's spelling where word and reading are the same (Sudachi)",
    ),
}

SPOKEN: Final = frozenset("%‰&@°")
"""Unicode calls them punctuation or symbols, but people read them aloud."""

_HOW_TO_DRAW = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""Variation selectors and skin tones: no signs of their own."""
_HALF_WIDTH_VOICING = frozenset("ﾞﾟ")
_LETTER, _MARK, _SPACE, _IGNORED = range(4)


@dataclass(frozen=True, slots=True)
class Content:
    """A text taken apart: `folded[i]` is a content character as it is compared, `written[i]` as it was written.

    `gaps[i]` is what was written before character i, and the last one what was written after all: marks and
    spaces, as they were. Where one written character is compared as several (㈱), the first one carries it, and the
    others begin where it ends. `places[i]` is where character i begins in the composed text.
    """

    folded: str
    written: tuple[str, ...]
    gaps: tuple[str, ...]
    places: tuple[int, ...]


def normaliser_name(language: Language) -> str:
    """The name of the normalisation that error rates are given with."""
    return f"prelabel-{language}-{VERSION}"


def normaliser_steps(language: Language) -> tuple[str, ...]:
    """In plain words, what is done to a text before errors are counted."""
    return STEPS + _STEPS_OF[language]


def content(text: str, language: Language) -> Content:
    """`text` taken apart; a text of nothing but marks has no content, and one gap."""
    whole = unicodedata.normalize("NFC", text)
    composed = whole.strip()
    ahead = len(whole) - len(whole.lstrip())
    compared = _one_script(composed) if language == "zh" else composed
    folded: list[str] = []
    written: list[str] = []
    gaps: list[str] = []
    places: list[int] = []
    gap: list[str] = []
    last = len(composed) - 1
    for at, character in enumerate(compared):
        kind, letters = _told_apart(character)
        if kind == _MARK and character == "." and 0 < at < last and _between_digits(compared, at):
            kind, letters = _LETTER, "."
        if kind == _LETTER:
            if character in _HALF_WIDTH_VOICING and written:
                folded[-1] = unicodedata.normalize("NFC", folded[-1] + letters)
                written[-1] += composed[at]
                continue
            folded.append(letters)
            written.append(composed[at])
            gaps.append("".join(gap))
            places.append(ahead + at)
            gap.clear()
        elif kind != _IGNORED:
            gap.append(composed[at] if kind == _MARK else " ")
    return _spread(folded, written, [*gaps, "".join(gap)], places)


def raw_places(text: str) -> Sequence[int]:
    """For every offset of the composed text, and for its end, the offset in `text` itself.

    What is composed of several characters, or composed as several, begins as one and ends as one.
    """
    if unicodedata.is_normalized("NFC", text):
        return range(len(text) + 1)
    places = [0]
    begin = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and not _parts(text[begin:end], text[end]):
            continue
        many = len(unicodedata.normalize("NFC", text[begin:end]))
        # as they come where they stay as many: only order or form changed
        places += range(begin + 1, end + 1) if many == end - begin else [end] * many
        begin = end
    return places


def _parts(before: str, character: str) -> bool:
    """Whether a character stays by itself behind such a text, whatever follows it."""
    if unicodedata.combining(character):
        return False
    apart = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", character)
    return unicodedata.normalize("NFC", before + character) == apart


def folded_marks(gap: str) -> tuple[str, ...]:
    """The marks of a gap as they are compared: in one width, with one kind of quote and dash, one per ellipsis."""
    plain = "".join(_MARKS.get(mark, mark) for mark in unicodedata.normalize("NFKC", gap) if not mark.isspace())
    for row in ("...", "。。。", "・・・", "······"):
        plain = plain.replace(row, "…")
    while "……" in plain:
        plain = plain.replace("……", "…")
    return tuple(plain.replace("--", "-"))


def _spread(folded: Sequence[str], written: Sequence[str], gaps: Sequence[str], places: Sequence[int]) -> Content:
    """Everything as one character each, where a character is compared as several."""
    if all(len(letters) == 1 for letters in folded):
        return Content("".join(folded), tuple(written), tuple(gaps), tuple(places))
    out_written: list[str] = []
    out_gaps: list[str] = []
    out_places: list[int] = []
    for letters, character, gap, place in zip(folded, written, gaps, places, strict=False):
        more = len(letters) - 1
        out_written += [character] + [""] * more
        out_gaps += [gap] + [""] * more
        out_places += [place] + [place + len(character)] * more
    return Content("".join(folded), tuple(out_written), (*out_gaps, gaps[-1]), tuple(out_places))


def _between_digits(text: str, at: int) -> bool:
    return text[at - 1].isdigit() and text[at + 1].isdigit()


def _one_script(text: str) -> str:
    """Simplified, character for character."""
    converted = simplified(text)
    if len(converted) == len(text):
        return converted
    return "".join(one if len(one) == 1 else character for character in text for one in [simplified(character)])


@cache
def _told_apart(character: str) -> tuple[int, str]:
    """What kind of character it is, and how it is compared where it is content."""
    category = unicodedata.category(character)
    if character.isspace() or category[0] == "Z":
        return _SPACE, ""
    if category in ("Cf", "Cc", "Cs", "Me") or _HOW_TO_DRAW.match(character):
        return _IGNORED, ""
    if character not in SPOKEN and (category[0] == "P" or category in ("Sk", "So") or character in _TILDES):
        # squared and circled letters are symbols to Unicode, and content to whoever reads them
        letters = _letters(character)
        return (_LETTER, letters) if letters and category == "So" else (_MARK, "")
    return _LETTER, _letters(character) or character


def _letters(character: str) -> str:
    """A character as NFKC writes it, in lower case, without what in it is no content: ㈜ gives 주."""
    plain = unicodedata.normalize("NFKC", character).lower()
    return "".join(one for one in plain if one in SPOKEN or unicodedata.category(one)[0] in "LNM" or _sum(one))


def _sum(character: str) -> bool:
    return unicodedata.category(character) in ("Sm", "Sc") and character not in _TILDES


_TILDES = frozenset("~∼〜～|")
_MARKS: Final = {
    **dict.fromkeys("“”„‟«»〝〞", '"'),
    **dict.fromkeys("‘’‚‛`´", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("〜∼", "~"),
    **dict.fromkeys("‥⋯", "…"),
    "･": "・",
}
"""Marks of which the form is a matter of typography, as one of them writes it."""
