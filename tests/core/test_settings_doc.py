from __future__ import annotations

from pathlib import Path

from core.settings import Settings
from core.settings_page import render

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_settings_page_is_what_the_settings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `python -m core.settings_page > docs/settings.md`"


def test_every_setting_is_on_the_page_and_works_under_its_name(monkeypatch) -> None:
    page = render()
    monkeypatch.setenv("PRELABEL_PIPELINE__LOUDNESS__TARGET_LUFS", "-20")
    monkeypatch.setenv("PRELABEL_MACHINE__DEVICE", "cpu")
    monkeypatch.setenv("PRELABEL_MODELS", "best")
    read = Settings()

    assert (read.pipeline.loudness.target_lufs, read.machine.device, read.models) == (-20.0, "cpu", "best")
    for variable in ("PRELABEL_PIPELINE__LOUDNESS__TARGET_LUFS", "PRELABEL_MACHINE__DEVICE", "PRELABEL_MODELS"):
        assert f"| `{variable}` |" in page
    sections = {"label_studio", "machine", "pipeline", "serve"}
    for name in Settings.model_fields.keys() - sections:
        assert f"| `PRELABEL_{name.upper()}` |" in page
