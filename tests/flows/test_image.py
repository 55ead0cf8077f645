"""gpu.Dockerfile says nothing that the checkout does not hold."""

from __future__ import annotations

from pathlib import Path

from benchmarks.image_install import environment_of, parse
from core.settings import Settings

ROOT = Path(__file__).parents[2]
INSTRUCTIONS = parse((ROOT / "gpu.Dockerfile").read_text(encoding="utf-8"))


def texts(name: str) -> list[str]:
    return [one.text for one in INSTRUCTIONS if one.name == name]


def test_continued_lines_become_one_instruction() -> None:
    parsed = parse("# about\nFROM a\nRUN one \\\n    && two\nENV A=1 \\\n    B=2\n")

    assert [(one.name, one.text) for one in parsed] == [("FROM", "a"), ("RUN", "one  && two"), ("ENV", "A=1  B=2")]


def test_everything_that_is_copied_is_there_and_reaches_the_build() -> None:
    sources = [source for text in texts("COPY") for source in text.split()[:-1]]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in ignored] == []


def test_the_settings_in_the_image_exist() -> None:
    named = [name for name in environment_of(INSTRUCTIONS, Path("/site")) if name.startswith("PRELABEL_")]

    assert named
    assert [name for name in named if name.removeprefix("PRELABEL_").lower() not in Settings.model_fields] == []


def test_it_runs_without_rights_and_keeps_no_secret() -> None:
    assert texts("USER") == ["prelabel"]
    assert [text for text in texts("ENV") + texts("ARG") + texts("RUN") if "TOKEN" in text] == []
