from __future__ import annotations

from core.project import Guideline
from models.normalisation import other_script


def test_without_a_wanted_script_no_character_is_of_another_one() -> None:
    assert other_script(Guideline()) is None


def test_characters_that_only_traditional_chinese_has_are_of_another_script_than_simplified() -> None:
    found = set(other_script(Guideline(script="simplified")) or "")

    assert set("個門與體說後於裡臺灣國") <= found
    assert found.isdisjoint("个门与体说后于里台湾国乾著一二あ가aA1，。")


def test_characters_that_only_simplified_chinese_has_are_of_another_script_than_traditional() -> None:
    found = set(other_script(Guideline(script="traditional")) or "")

    assert set("个门与体说这湾国发万") <= found
    assert found.isdisjoint("個門與體說這後后里裡干台臺系云於于為爲群峰灣國一二あ가aA1，。")


def test_characters_of_another_script_stand_once_and_in_their_order() -> None:
    for script in ("simplified", "traditional"):
        found = other_script(Guideline(script=script)) or ""

        assert list(found) == sorted(set(found))
