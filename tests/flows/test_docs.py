"""The documents say nothing that the code does not know."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from benchmarks.format_readers import READERS
from core.project import Project
from export.formats import FOLDERS, FORMATS
from flows.plan import Choices, make_plan
from models.catalogue import MODEL_SETS

ROOT = Path(__file__).parents[2]
PAGES = (
    sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "flows/clips").glob("*.md"))
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_project_in_the_architecture_page_is_one() -> None:
    block = re.search(r"```toml\n(.*?)```", text("docs/architecture.md"), re.DOTALL)
    assert block is not None

    project = Project.model_validate({"name": "interviews"} | tomllib.loads(block[1]))

    assert project.languages == ("ko", "en")
    assert project.guideline.max_sentence_seconds == 12.0


def test_every_stage_and_the_files_it_lies_in_are_in_the_architecture_page() -> None:
    page = text("docs/architecture.md")
    rows = dict(re.findall(r"^\| (\w+) \| (`[^|]*`) \|", page, re.MULTILINE))

    assert [stage.name for stage in make_plan(Choices(), {}).stages if stage.name not in rows] == []
    files = [file for cell in rows.values() for file in re.findall(r"`([\w/]+(?:\.py|/))`", cell)]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_readme_names_every_model_set() -> None:
    page = text("README.md")

    assert [name for name in MODEL_SETS if f"`{name}`" not in page] == []


def test_the_page_of_formats_has_a_row_for_each_and_its_readers() -> None:
    page = text("docs/formats.md")

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [*FORMATS, *FOLDERS]
    proven = [f"| {name} | {reader.distribution} " for name, readers in READERS.items() for reader in readers]
    assert [row for row in proven if row not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_that_a_page_runs_exist(page: Path) -> None:
    modules = re.findall(r"python -m ([\w.]+)", page.read_text(encoding="utf-8"))
    own = [module for module in modules if module.split(".")[0] in ("benchmarks", "core", "models")]

    places = {module: ROOT / module.replace(".", "/") for module in own}
    found = [one for one, at in places.items() if at.with_suffix(".py").exists() or (at / "__main__.py").exists()]
    assert [module for module in own if module not in found] == []
