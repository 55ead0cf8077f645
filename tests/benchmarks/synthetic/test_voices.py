"""Synthetic people: each belongs to one part of the corpus."""

from __future__ import annotations

from itertools import combinations

from benchmarks.synthetic.espeak import stock_variant
from benchmarks.synthetic.sentences import PARTS
from benchmarks.synthetic.voices import STOCK, flite_voices, make_voices


def _manner(variant: str) -> set[str]:
    """What makes a voice: the lines of its variant without its name and without the tone, which is an equaliser."""
    lines = (" ".join(line.split("//")[0].split()) for line in variant.splitlines())
    return {line for line in lines if line and line.split()[0] not in ("name", "language", "gender", "tone")}


def test_no_two_parts_have_a_voice_in_common() -> None:
    voices = {part: (*make_voices(part, 400), *flite_voices(part)) for part in PARTS}

    for one, other in combinations(PARTS, 2):
        assert not {voice.variant for voice in voices[one]} & {voice.variant for voice in voices[other]}
        assert not {voice.name for voice in voices[one]} & {voice.name for voice in voices[other]}


def test_no_stock_voice_of_a_part_is_one_of_another_with_another_tone() -> None:
    manners = {part: {name: _manner(stock_variant(name)) for name in STOCK[part]} for part in PARTS}

    twins = [
        (first, second)
        for one, other in combinations(PARTS, 2)
        for first, lines in manners[one].items()
        for second, others in manners[other].items()
        if len(lines & others) >= 3 and len(lines ^ others) <= 2
    ]
    assert twins == []


def test_a_longer_list_begins_with_a_shorter_one() -> None:
    assert make_voices("dev", 30)[:12] == make_voices("dev", 12)
