"""What the hands of an average typist need for each kind of edit, in seconds.

The times are those of the keystroke-level model (Card, Moran and Newell, "The keystroke-level model for user
performance time with interactive systems", CACM 23(7), 1980): a key 0.28 s for an average typist, pointing 1.1 s, a
click 0.2 s, a hand from mouse to keys 0.4 s, making up one's mind 1.35 s.
"""

from __future__ import annotations

from typing import Final

from core.difficulty import KEY_SECONDS

POINT_SECONDS: Final = 1.1
CLICK_SECONDS: Final = 0.2
HOME_SECONDS: Final = 0.4
MIND_SECONDS: Final = 1.35

PLACE_SECONDS: Final = MIND_SECONDS + POINT_SECONDS + CLICK_SECONDS + HOME_SECONDS
"""Deciding that something is wrong, putting the cursor there, hands back on the keys."""
MECHANICAL_SECONDS: Final = POINT_SECONDS + CLICK_SECONDS + HOME_SECONDS + KEY_SECONDS
"""A mark or a space: seen while reading, nothing to decide."""
ORTHOGRAPHY_SECONDS: Final = MECHANICAL_SECONDS / 2
"""An assumption: every second respelling comes from a converter or from replacing all of its kind at once."""
SPLIT_SECONDS: Final = MIND_SECONDS + POINT_SECONDS + CLICK_SECONDS + HOME_SECONDS + KEY_SECONDS
MERGE_SECONDS: Final = SPLIT_SECONDS
SHIFT_SECONDS: Final = MIND_SECONDS + 2 * POINT_SECONDS + 2 * CLICK_SECONDS + 4 * KEY_SECONDS
"""Words are cut here and put in there."""
SPEAKER_SECONDS: Final = MIND_SECONDS + 2 * (POINT_SECONDS + CLICK_SECONDS)
"""A menu is opened and a name chosen."""
TIME_SECONDS: Final = MIND_SECONDS + 2 * POINT_SECONDS + CLICK_SECONDS
"""An edge is taken hold of and drawn to its place."""
SENTENCE_SECONDS: Final = MIND_SECONDS + POINT_SECONDS + CLICK_SECONDS
"""A whole sentence is taken out, or an empty one put in."""
