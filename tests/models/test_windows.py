from __future__ import annotations

import numpy as np
import pytest

from models.windows import _packed, _smoothed, _speakable


def test_a_short_foreign_sounding_stretch_does_not_change_the_language() -> None:
    surely = {"ko": {"ko": 0.99, "en": 0.01}, "en": {"ko": 0.01, "en": 0.99}}
    told = [surely[one] for one in ("ko", "ko", "en", "ko")]
    assert _smoothed(told, [1.0, 1.0, 0.05, 1.0]) == ["ko"] * 4
    assert _smoothed(told, [1.0, 1.0, 1.0, 1.0]) == ["ko", "ko", "en", "ko"]
    assert _smoothed([{"ko": 0.6, "en": 0.4}], [0.01]) == ["ko"]


def test_voice_without_a_pause_is_cut_where_it_is_quietest() -> None:
    samples = np.ones(16000 * 14, np.float32)
    samples[int(7.0 * 16000) : int(7.2 * 16000)] = 0.01
    spans = _speakable(samples, [(0.0, 14.0)], 14.0, 10.0)
    assert [end for _, end in spans] == [pytest.approx(7.1, abs=0.1), 14.0]
    assert spans[0][1] == spans[1][0]


def test_windows_hold_what_fits_and_no_long_silence() -> None:
    assert _packed([(0.0, 3.0), (4.0, 9.0), (9.5, 12.0), (15.0, 16.0)], 10.0) == [
        (0.0, 9.0),
        (9.5, 12.0),
        (15.0, 16.0),
    ]
