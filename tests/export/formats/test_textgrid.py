from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from praatio import textgrid

from core.types import Draft, Sentence
from export.formats.textgrid import render
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, second_unit, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


def test_every_tier_is_filled_from_end_to_end(draft: Make, sentence: Say, tmp_path: Path) -> None:
    made = draft([sentence("one two", 1.0, 2.0), sentence("three", 2.0, 3.0), sentence("uh", 4, 10, speaker=None)])
    path = tmp_path / "talk.TextGrid"
    path.write_text(render(made), encoding="utf-8")

    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True)

    assert (grid.minTimestamp, grid.maxTimestamp) == (0, 10)
    tiers = {name: [tuple(entry) for entry in grid.getTier(name).entries] for name in grid.tierNames}
    assert tiers == {
        "S1": [(0, 1, ""), (1, 2, "one two"), (2, 3, "three"), (3, 10, "")],
        "S1 words": [(0, 1, ""), (1, 1.5, "one"), (1.5, 2, "two"), (2, 3, "three"), (3, 10, "")],
        "uncertain": [(0, 4, ""), (4, 10, "uh")],
        "uncertain words": [(0, 4, ""), (4, 10, "uh")],
    }


def test_the_text_is_that_of_the_praat_manual(draft: Make, sentence: Say) -> None:
    assert render(draft([sentence('"No"', 0.0, 10.0, words=())])) == (
        'File type = "ooTextFile"\n'
        'Object class = "TextGrid"\n'
        "\n"
        "xmin = 0\n"
        "xmax = 10.0\n"
        "tiers? <exists>\n"
        "size = 2\n"
        "item []:\n"
        "    item [1]:\n"
        '        class = "IntervalTier"\n'
        '        name = "S1"\n'
        "        xmin = 0\n"
        "        xmax = 10.0\n"
        "        intervals: size = 1\n"
        "        intervals [1]:\n"
        "            xmin = 0.0\n"
        "            xmax = 10.0\n"
        '            text = """No"""\n'
        "    item [2]:\n"
        '        class = "IntervalTier"\n'
        '        name = "S1 words"\n'
        "        xmin = 0\n"
        "        xmax = 10.0\n"
        "        intervals: size = 1\n"
        "        intervals [1]:\n"
        "            xmin = 0.0\n"
        "            xmax = 10.0\n"
        '            text = ""\n'
    )


def test_times_count_from_the_start_of_the_unit(draft: Make, sentence: Say) -> None:
    made = second_unit(draft([sentence("late", 601.0, 602.5)], seconds=1200.0), 600.0)

    (row,) = read_back("textgrid", made)

    assert (row.start, row.end) == (1.0, 2.5)
    assert "xmax = 600.0\n" in render(made)


def test_a_draft_without_speech_is_one_empty_tier(draft: Make) -> None:
    text = render(draft(flags=["no_speech"]))

    assert 'size = 1\nitem []:\n    item [1]:\n        class = "IntervalTier"\n        name = "uncertain"\n' in text
    assert read_back("textgrid", draft(flags=["no_speech"])) == []


def test_line_breaks_stay_and_control_characters_show_that_they_were_there(draft: Make, sentence: Say) -> None:
    made = draft([sentence("one\ntwo\tthree", 0.0, 1.0), sentence("a\x00b\x1fc", 2.0, 3.0)])

    assert [row.text for row in read_back("textgrid", made)] == ["one\ntwo\tthree", "a\ufffdb\ufffdc"]


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_praatio_reads_the_same_sentences(texts: tuple[str, ...]) -> None:
    assert read_back("textgrid", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=50)
@given(drafts())
def test_praatio_reads_what_any_draft_says(made: Draft) -> None:
    assert read_back("textgrid", made) == told(made)
