"""Styles of music: which layers may play in each, at which tempo, in which scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.synthetic.instruments import FAMILIES
from benchmarks.synthetic.tunes import SCALES


@dataclass(frozen=True, slots=True)
class Layer:
    """What one player does in a style: `role` of `ROLES`, `family` of `FAMILIES`, and how often it takes part."""

    role: str
    family: str
    level_db: float
    likely: float = 1.0


@dataclass(frozen=True, slots=True)
class Style:
    """A kind of music: beats per minute and the layers it may have."""

    tempo: tuple[float, float]
    layers: tuple[Layer, ...]
    scales: tuple[str, ...] = ("major", "minor", "dorian", "mixolydian", "harmonic minor", "pentatonic")
    swing: float = 0.0
    room: float = 0.5


_KIT = (
    Layer("beat", "kick", -2, 0.95),
    Layer("backbeat", "snare", -7, 0.9),
    Layer("ride", "hat", -16, 0.9),
    Layer("crash", "crash", -14, 0.2),
    Layer("groove", "shaker", -18, 0.2),
)
_TONES = tuple(name for name in FAMILIES if name not in ("kick", "snare", "hat", "shaker", "tom", "crash", "sweep"))
_TUNES = ("hold", "stab", "strum", "power", "arpeggio", "bass", "walk", "melody", "drone", "riser")
_HEAVY = ("minor", "dorian", "mixolydian", "phrygian")

STYLES: Mapping[str, Style] = {
    "ambient": Style(
        (60, 80),
        (
            Layer("hold", "pad", 0),
            Layer("drone", "strings", -4, 0.6),
            Layer("melody", "struck", -6, 0.6),
            Layer("riser", "sweep", -12, 0.3),
        ),
        room=1.0,
    ),
    "anything": Style(
        (60, 160),
        (
            *(Layer(role, family, -3, 3.0 / len(_TUNES) / len(_TONES)) for role in _TUNES for family in _TONES),
            *(Layer(layer.role, layer.family, layer.level_db, 0.35) for layer in _KIT),
        ),
        scales=tuple(SCALES),
        swing=0.5,
    ),
    "ballad": Style(
        (60, 84),
        (
            Layer("arpeggio", "keys", 0),
            Layer("hold", "strings", -5, 0.8),
            Layer("bass", "subbass", -3, 0.7),
            Layer("melody", "fiddle", -3, 0.5),
            Layer("groove", "shaker", -18, 0.3),
        ),
        room=0.9,
    ),
    "brass band": Style(
        (70, 130),
        (
            Layer("melody", "brass", 0),
            Layer("stab", "brass", -4, 0.8),
            Layer("bass", "brass", -3, 0.8),
            Layer("backbeat", "snare", -10, 0.6),
            Layer("beat", "kick", -6, 0.6),
        ),
    ),
    "chamber": Style(
        (60, 120),
        (
            Layer("hold", "strings", -4),
            Layer("melody", "fiddle", 0, 0.6),
            Layer("melody", "flute", -1, 0.5),
            Layer("walk", "fiddle", -5, 0.6),
            Layer("melody", "reed", -2, 0.3),
        ),
        room=0.9,
    ),
    "chip": Style(
        (100, 160),
        (
            Layer("arpeggio", "chip", -3),
            Layer("melody", "chip", 0, 0.9),
            Layer("bass", "chip", -2, 0.9),
            Layer("groove", "hat", -16, 0.7),
        ),
        room=0.1,
    ),
    "drone": Style(
        (60, 70),
        (
            Layer("drone", "strings", 0),
            Layer("drone", "organ", 0, 0.5),
            Layer("drone", "reed", -2, 0.5),
            Layer("melody", "reed", 0, 0.4),
        ),
        room=0.8,
    ),
    "east": Style(
        (60, 120),
        (
            Layer("melody", "plucked", 0),
            Layer("melody", "flute", -1, 0.6),
            Layer("drone", "strings", -8, 0.5),
            Layer("groove", "tom", -6, 0.5),
        ),
        scales=("pentatonic", "hirajoshi", "phrygian"),
    ),
    "electronic": Style(
        (110, 160),
        (
            Layer("bass", "bass", 0),
            *_KIT,
            Layer("arpeggio", "synth pluck", -4, 0.9),
            Layer("stab", "pad", -6, 0.5),
            Layer("riser", "sweep", -10, 0.3),
            Layer("riser", "lead", -10, 0.2),
        ),
    ),
    "folk": Style(
        (80, 140),
        (
            Layer("strum", "plucked", 0),
            Layer("arpeggio", "plucked", -3, 0.6),
            Layer("melody", "flute", -3, 0.5),
            Layer("groove", "tom", -6, 0.4),
            Layer("walk", "plucked", -2, 0.4),
        ),
        scales=("major", "dorian", "mixolydian", "pentatonic"),
    ),
    "jazz": Style(
        (80, 160),
        (
            Layer("walk", "bass", 0),
            Layer("ride", "hat", -14),
            Layer("beat", "kick", -8, 0.6),
            Layer("stab", "modulated", -4, 0.8),
            Layer("melody", "reed", -1, 0.7),
        ),
        scales=("major", "dorian", "mixolydian"),
        swing=1.0,
    ),
    "metal": Style(
        (120, 160),
        (
            Layer("power", "distorted", 0),
            Layer("melody", "distorted", -3, 0.5),
            *_KIT,
            Layer("bass", "bass", -3, 0.8),
        ),
        scales=_HEAVY,
        room=0.2,
    ),
    "music box": Style(
        (60, 110),
        (Layer("arpeggio", "struck", 0), Layer("melody", "struck", 0, 0.7), Layer("hold", "pad", -10, 0.4)),
        room=0.8,
    ),
    "organ": Style((60, 110), (Layer("hold", "organ", 0), Layer("melody", "organ", -2, 0.7)), room=0.9),
    "percussion": Style(
        (70, 160),
        (
            Layer("groove", "tom", 0),
            Layer("groove", "tom", -3, 0.8),
            Layer("groove", "shaker", -14, 0.8),
            Layer("beat", "kick", 0, 0.5),
            Layer("groove", "struck", -8, 0.3),
        ),
    ),
    "pop": Style(
        (84, 128),
        (
            Layer("bass", "bass", 0),
            *_KIT,
            Layer("hold", "pad", -6, 0.8),
            Layer("strum", "plucked", -5, 0.5),
            Layer("melody", "lead", -4, 0.4),
        ),
    ),
    "rock": Style(
        (90, 150),
        (
            Layer("bass", "bass", -2),
            *_KIT,
            Layer("power", "distorted", 0, 0.9),
            Layer("melody", "lead", -4, 0.4),
            Layer("hold", "organ", -6, 0.3),
        ),
        scales=_HEAVY,
    ),
    "slow groove": Style(
        (60, 96),
        (
            Layer("bass", "subbass", 0),
            *_KIT,
            Layer("stab", "modulated", -4, 0.8),
            Layer("arpeggio", "keys", -6, 0.5),
            Layer("melody", "flute", -5, 0.3),
        ),
        swing=1.0,
    ),
    "solo": Style(
        (60, 130),
        tuple(Layer("melody", family, 0, 1.3 / len(_TONES)) for family in _TONES),
        scales=tuple(SCALES),
    ),
}
