from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from benchmarks.format_readers import READERS
from core.types import Draft, Sentence
from export.drafts import from_json, rounded
from export.formats import FOLDERS, FORMATS
from tests.drafts import drafts, second_unit

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


def test_json_format_is_the_document_itself(draft: Make, sentence: Say) -> None:
    made = draft([sentence("Hello there.", 0.0, 1.0)])

    assert from_json(FORMATS["json"](made).encode()) == rounded(made)


def test_every_format_is_proven_by_a_reader_that_is_installed() -> None:
    assert set(READERS) == {*FORMATS, *FOLDERS}
    assert all(readers[0].version for readers in READERS.values())


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=20)
@given(drafts())
def test_text_ends_its_last_line_and_is_the_same_each_time(name: str, made: Draft) -> None:
    text = FORMATS[name](made)

    assert text == FORMATS[name](made)
    assert text == "" or text.endswith("\n")
    assert "\r" not in text
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize("name", FORMATS)
def test_a_draft_reads_the_same_before_it_is_stored_and_after(name: str, draft: Make, sentence: Say) -> None:
    made = draft([sentence("late", 612.3456 + n / 7, 612.8 + n / 6) for n in range(20)], seconds=1200.0)
    made = second_unit(made, 610.98765)

    assert FORMATS[name](made) == FORMATS[name](rounded(made))
