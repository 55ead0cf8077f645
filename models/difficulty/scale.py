"""The scale on which shares of effort are learned, compared and given bounds."""

from __future__ import annotations

import math
from typing import Final

SOFT: Final = 0.05
"""By ratio where there is work, by difference where there is next to none: a twentieth of typing it is little."""
MOST: Final = 20.0
"""No draft is twenty times the work of typing it: what lies beyond is as hard."""


def softened(share: float) -> float:
    """ln(r + SOFT) of a share r of 0 or more."""
    return math.log(min(share, MOST) + SOFT)


def hardened(value: float) -> float:
    """The share again, 0 to MOST."""
    return min(max(math.exp(min(value, 10.0)) - SOFT, 0.0), MOST)
