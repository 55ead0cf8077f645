"""What the correction page says of the system's own names, which its source repeats in words for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "export" / "page" / "src" / "words"

NEVER_MET = {
    "unreadable",
    "method_not_allowed",
    "key_reused",
    "name_taken",
    "media_type",
    "range",
    "if_match_missing",
    "standstill",
}
"""Problems of programs and operators: the page does not send what they answer."""


def words_of(file: str, *path: str) -> dict[str, str]:
    """The names at `path` (`en`, `sentence`) of the words in `file`, each with what stands behind it."""
    text = (WORDS / file).read_text(encoding="utf-8")
    for depth, name in enumerate(path, 1):
        indent = "  " * depth
        found = re.search(rf"^{indent}{name}: {{\n(.*?)^{indent}}},$", text, re.MULTILINE | re.DOTALL)
        assert found, f"{file} has no {name}"
        text = found[1]
    indent = "  " * (len(path) + 1)
    return dict(re.findall(rf"^{indent}(\w+):\s*(.+?)(?=^{indent}\w|\Z)", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_has_words_for_every_flag_and_for_no_other(language: str) -> None:
    assert words_of("flags.ts", language, "sentence").keys() == SENTENCE_FLAGS.keys()
    assert words_of("flags.ts", language, "draft").keys() == DRAFT_FLAGS.keys()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_has_words_for_every_problem_that_a_person_can_meet(language: str) -> None:
    table = (ROOT / "docs" / "platform.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", table, re.MULTILINE))
    assert documented > NEVER_MET
    assert documented - NEVER_MET <= words_of("problems.ts", language).keys()


def test_korean_words_are_korean_and_english_ones_english() -> None:
    for path in (("sentence",), ("draft",)):
        korean, english = words_of("flags.ts", "ko", *path), words_of("flags.ts", "en", *path)
        assert all(re.search(r"[가-힣]", text) for text in korean.values())
        assert not any(re.search(r"[가-힣]", text) for text in english.values())
