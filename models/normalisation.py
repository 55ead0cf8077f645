"""Text as people read it, beside the raw text that is always kept.

Only what loses nothing a corrector would miss: composed characters, white space, and the Chinese script that the
guideline asks for. Never NFKC: it rewrites …, ℃, ㈜ and full-width marks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from core.project import Guideline
from core.types import Language

_CJK = r"\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003134f"
_CHINESE = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3134F))
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}]) +(?=[{_CJK}])")


def readable(text: str, language: Language, guideline: Guideline) -> str:
    """`text` in NFC, white space collapsed, without spaces between Chinese or Japanese characters.

    Chinese is brought into the guideline's script, character by character or phrase by phrase as OpenCC knows
    it; `as_heard` leaves it alone. Marks keep their width.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if language in ("zh", "ja"):
        text = _BETWEEN_CJK.sub("", text)
    if language == "zh" and guideline.script != "as_heard":
        text = simplified(text) if guideline.script == "simplified" else _converter("s2t").convert(text)
    return text


def simplified(text: str) -> str:
    """Chinese in simplified characters; only the script changes, never the words."""
    converted: str = _converter("t2s").convert(text)
    return converted


def other_script(guideline: Guideline) -> str | None:
    """Characters that are not of the Chinese script which the guideline wants; None where it wants none.

    They are those that OpenCC writes otherwise in that script, one by one, but for what the script's own standard
    counts among its common characters: 后, 里 and 台 are words of traditional Chinese too, as 乾 is of simplified.
    """
    match guideline.script:
        case "simplified":
            return _written_otherwise("t2s", "gb2312", (b"\xb0\xa1", b"\xd7\xf9"))
        case "traditional":
            return _written_otherwise("s2t", "big5", (b"\xa4\x40", b"\xc6\x7e"))
    return None


@cache
def _written_otherwise(converter: str, standard: str, common: tuple[bytes, bytes]) -> str:
    """`common`: between which codes the standard has its first level."""
    characters = [chr(number) for first, last in _CHINESE for number in range(first, last + 1)]
    converted = _converter(converter).convert("\n".join(characters)).split("\n")
    return "".join(
        before
        for before, after in zip(characters, converted, strict=True)
        if before != after and not common[0] <= before.encode(standard, "ignore") <= common[1]
    )


def letters(text: str) -> str:
    """Letters and digits alone, in small letters: what a person says, however it is spaced and marked."""
    return "".join(character for character in unicodedata.normalize("NFC", text).casefold() if character.isalnum())


@lru_cache(maxsize=2)
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)
