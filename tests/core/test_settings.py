"""Settings are read once, and a misspelt one is an error, not a silence."""

from pathlib import Path

import pytest

from core.errors import UsageProblem
from core.project import load_project
from core.settings import settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()


def test_a_nested_setting_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRELABEL_PIPELINE__LOUDNESS__TARGET_LUFS", "-20")
    assert settings().pipeline.loudness.target_lufs == -20


@pytest.mark.parametrize(
    ("name", "value"),
    [("PRELABEL_MODLES", "best"), ("PRELABEL_MACHINE__DEVISE", "cpu"), ("PRELABEL_MODELS", "huge")],
)
def test_a_setting_that_does_not_hold_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageProblem, match=name):
        settings()


def test_the_default_project_needs_no_file(tmp_path: Path) -> None:
    assert load_project("default", tmp_path).languages == ("ko", "en", "zh", "ja")


def test_a_project_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "talks.toml").write_text(
        'languages = ["ko"]\nglossary = ["판교"]\n[guideline]\nscript = "simplified"\n', encoding="utf-8"
    )
    project = load_project("talks", tmp_path)
    assert (project.name, project.languages, project.glossary) == ("talks", ("ko",), ("판교",))
    assert project.heard_hash != load_project("default", tmp_path).heard_hash
    assert project.written_hash != load_project("default", tmp_path).written_hash


@pytest.mark.parametrize("text", ['languages = ["fr"]', "speling = 1", "not toml"])
def test_a_project_that_does_not_hold_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "talks.toml").write_text(text)
    with pytest.raises(UsageProblem, match="talks"):
        load_project("talks", tmp_path)


def test_a_missing_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="nobody"):
        load_project("nobody", tmp_path)
