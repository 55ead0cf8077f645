"""Text as people read it, beside the raw text that is always kept.

Only what loses nothing a corrector would miss: composed characters, white space, and the Chinese script that the
guideline asks for. Never NFKC: it rewrites …, ℃, ㈜ and full-width marks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from core.project import Guideline
from core.types import Language

_CJK = r"\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003134f"
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


def letters(text: str) -> str:
    """Letters and digits alone, in small letters: what a person says, however it is spaced and marked."""
    return "".join(character for character in unicodedata.normalize("NFC", text).casefold() if character.isalnum())


@lru_cache(maxsize=2)
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)
