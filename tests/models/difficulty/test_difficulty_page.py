"""docs/difficulty.md says what prediction does: its example comes out, and every feature and constant is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core.types import LANGUAGES, Draft, Sentence, Turn, Word
from models.difficulty import measure, predict, rules
from models.difficulty.confidence import FEWEST_OF_A_KIND, FEWEST_WORDS
from models.difficulty.features import ALL, USUAL_LETTERS_PER_SECOND, features
from models.difficulty.fitted import FEWEST_RECORDINGS, LEAST_GAIN
from models.difficulty.prediction import expected_characters
from tests.models.difficulty.talks import draft

PAGE = Path("docs/difficulty.md").read_text(encoding="utf-8")
EXAMPLE, FEATURES, PREDICTION = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def drafted(example: dict[str, Any]) -> Draft:
    rows = []
    for (start, end, speaker, text), confidences in zip(example["sentences"], example["confidences"], strict=True):
        pieces = text.split(" ")
        step = (end - start) / len(pieces)
        words = tuple(
            Word(f" {piece}", start + n * step, start + (n + 1) * step, confidence, speaker)
            for n, (piece, confidence) in enumerate(zip(pieces, confidences, strict=True))
        )
        rows.append(Sentence("0001", start, end, speaker, example["language"], text, text, 0.9, (), words))
    heard = {name: example[name] for name in ("snr_db", "music_share", "unwritten_voice")}
    turns = [Turn(*turn) for turn in example["turns"]]
    return draft(rows, turns=turns, seconds=example["seconds"], language=example["language"], **heard)


def test_the_example_comes_out() -> None:
    measures = measure(drafted(EXAMPLE))
    values = features(measures, None)
    assert {name: round(value, 3) for name, value in values.items() if value} == FEATURES
    found = predict(measures, EXAMPLE["language"])
    for name in ("value", "low", "high", "effort", "effort_low", "effort_high"):
        assert round(getattr(found, name), 1) == PREDICTION[name]
    assert [[one.feature, one.text, one.points] for one in found.reasons] == PREDICTION["reasons"]
    assert (found.from_scratch, found.model) == (PREDICTION["from_scratch"], PREDICTION["model"])
    full = {name: value or 0.0 for name, value in values.items()}
    assert f"have {expected_characters(measures, full, 'en'):.0f} letters" in PAGE
    assert f"together | {rules.share(full, 'en'):.3f} |" in PAGE
    assert f"afresh would come to {rules.afresh(full):.3f}" in PAGE


@pytest.mark.parametrize("name", ALL)
def test_every_feature_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_constants_are_those_of_the_code() -> None:
    a = rules.WRONG_TEXT
    assert f"a is {a['ko']} in Korean, {a['en']} in English, {a['zh']} in Chinese, {a['ja']} in Japanese" in PAGE
    assert f"{rules.OVERLAP_TEXT} · overlap + {rules.BROKEN_TEXT} · unfinished" in PAGE
    assert f"1 + {rules.MISSING_WITH_WRONG} · wrong + {rules.MISSING_WITH_OVERLAP} · overlap" in PAGE
    rates = ", ".join(f"{language} {USUAL_LETTERS_PER_SECOND[language]:g}" for language in LANGUAGES)
    assert f"usual rate ({rates})" in PAGE
    assert f"fewer than {FEWEST_RECORDINGS} recordings" in PAGE
    assert f"by {LEAST_GAIN} points or more" in PAGE
    assert f"{FEWEST_WORDS:,} words of five recordings with {FEWEST_OF_A_KIND} right" in PAGE
