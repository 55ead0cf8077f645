"""Settings are read once, and a misspelt one is an error, not a silence."""

import pytest

from core.errors import UsageProblem
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


def test_units_whose_bounds_are_the_wrong_way_round_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRELABEL_PIPELINE__UNITS__SHORTEST_MINUTES", "13")
    with pytest.raises(UsageProblem, match=r"PIPELINE__UNITS.*shortest_minutes must be below"):
        settings()
