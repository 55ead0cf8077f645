"""The scale of difficulty."""

from __future__ import annotations

import pytest

from core.difficulty import difficulty, typing_seconds


def test_difficulty_is_fifty_at_half_of_typing_it_all_and_stays_on_its_scale() -> None:
    typing = typing_seconds(100, "ko")
    assert difficulty(0.0, typing) == 0.0
    assert difficulty(typing / 2, typing) == pytest.approx(50)
    assert difficulty(typing, typing) == pytest.approx(75)
    assert difficulty(1000 * typing, typing) == pytest.approx(100)
