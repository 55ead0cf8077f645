"""docs/scoring.md says what scoring does: its examples come out, and every field is described."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core import handwork
from core.difficulty import typing_seconds
from core.types import CorrectedSentence, Correction, Language
from export.scoring import DraftScore, normaliser_name, score_batch, score_correction
from export.scoring.differences import differences
from tests.export.conftest import build_draft, build_sentence

PAGE = Path("docs/scoring.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))


def score_of(example: dict) -> DraftScore:  # type: ignore[type-arg]
    sentences = [
        build_sentence(text, start, end, speaker=speaker, id=f"{number:04d}", language=example["language"])
        for number, (start, end, speaker, text) in enumerate(example["draft"], start=1)
    ]
    draft = build_draft(sentences, language=example["language"])
    rows = tuple(CorrectedSentence(*row) for row in example["correction"])
    return score_correction(draft, Correction("prelabel.correction/1", draft.draft_id, 1, "kim", 30.0, rows))


@pytest.mark.parametrize(("example", "result"), EXAMPLES)
def test_examples_of_the_page_come_out(example: dict, result: dict) -> None:  # type: ignore[type-arg]
    shown = score_of(example).to_dict()
    assert {name: shown[name] for name in result} == result


SHOWN = re.findall(
    r"^\| ([A-Z]\w+) \| (.+) \| (.+) \| (.+) \|$",
    PAGE.partition("## Edits shown in the text")[2].partition("\n## ")[0],
    re.MULTILINE,
)


@pytest.mark.parametrize(("name", "before", "after", "pieces"), SHOWN)
def test_pieces_of_the_page_come_out(name: str, before: str, after: str, pieces: str) -> None:
    language: Language = {"Korean": "ko", "English": "en", "Chinese": "zh", "Japanese": "ja"}[name]  # type: ignore[assignment]
    earlier = build_sentence(before, 0.0, 2.0, language=language)
    (row,) = differences([earlier], [CorrectedSentence(0.0, 2.0, "S1", after)], language).sentences
    shown = [
        f"`{one.after}`"
        if one.kind == "same"
        else f"{one.kind}({', '.join(f'`{text}`' if text else '–' for text in (one.before, one.after))})"
        for one in row.pieces
    ]
    assert " ".join(shown) == pieces


def test_pieces_are_shown_in_every_language() -> None:
    assert [name for name, *_ in SHOWN] == ["Korean", "English", "Chinese", "Japanese"]


def test_every_field_is_described() -> None:
    score = score_of(EXAMPLES[1][0])
    shown = [score.to_dict(), score_batch([score]).to_dict(), *score.to_dict()["sentences"]]
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert {name for one in shown for name in one} <= told
    assert all(f"`{name}`" in PAGE for name in map(normaliser_name, ("ko", "en", "zh", "ja")))


def test_seconds_of_the_page_are_those_of_the_code() -> None:
    seconds = {
        "a place in the content": handwork.PLACE_SECONDS,
        "a mark, a space": handwork.MECHANICAL_SECONDS,
        "orthography": handwork.ORTHOGRAPHY_SECONDS,
        "split, merge": handwork.SPLIT_SECONDS,
        "shift": handwork.SHIFT_SECONDS,
        "speaker": handwork.SPEAKER_SECONDS,
        "time": handwork.TIME_SECONDS,
        "a sentence put in or taken out": handwork.SENTENCE_SECONDS,
    }
    for name, value in seconds.items():
        assert re.search(rf"^\| {name} \| {value:.2f}\b", PAGE, re.MULTILINE), name
    typed = re.search(r"\| a character typed \| ko ([\d.]+), en ([\d.]+), zh ([\d.]+), ja ([\d.]+)", PAGE)
    assert typed is not None
    for language, value in zip(("ko", "en", "zh", "ja"), typed.groups(), strict=True):
        assert f"{typing_seconds(1, language):.2f}" == value  # type: ignore[arg-type]
