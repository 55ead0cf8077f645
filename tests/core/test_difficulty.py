"""The scale of difficulty."""

from __future__ import annotations

import pytest

from core.difficulty import difficulty, effort_share, typing_seconds


def test_difficulty_is_fifty_at_half_of_typing_it_all_and_stays_on_its_scale() -> None:
    typing = typing_seconds(100, "ko")
    assert difficulty(0.0, typing) == 0.0
    assert difficulty(typing / 2, typing) == pytest.approx(50)
    assert difficulty(typing, typing) == pytest.approx(75)
    assert difficulty(1000 * typing, typing) == pytest.approx(100)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0, 4.0])
def test_the_share_of_an_effort_is_what_its_difficulty_was_made_of(share: float) -> None:
    assert effort_share(difficulty(share * 7.0, 7.0)) == pytest.approx(share)
