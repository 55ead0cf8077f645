"""Synthetic people: the voices of the corpus, each in one part of it only.

A voice is a variant of espeak-ng (one that it brings, or one whose formants, pitch, tone and breath are drawn here)
or a voice of flite. A factor shifts its pitch and formants together, as a smaller or larger head would.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.synthetic.espeak import stock_variant
from benchmarks.synthetic.sentences import Part
from core.types import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Voice:
    """One synthetic person. `name` is unique over all parts.

    `variant` is the text of an espeak-ng voice variant, or the name of a flite voice; `accents` holds the espeak-ng
    voice for each language (empty for flite). Pitch and its range go from 0 to 99. `factor` multiplies pitch and
    formants and shortens what is said by as much.
    """

    name: str
    part: Part
    engine: Literal["espeak-ng", "flite"]
    languages: tuple[Language, ...]
    variant: str
    accents: Mapping[Language, str]
    words_per_minute: int
    pitch: int
    pitch_range: int
    factor: float


ACCENTS: Mapping[Language, tuple[str, ...]] = {
    "ko": ("ko",),
    "en": ("en-us", "en-us", "gmw/en"),
    "zh": ("cmn-latn-pinyin",),
    "ja": ("ja",),
}
"""The espeak-ng voices that can say each language; `cmn` reads pinyin as English letters."""

STOCK: Mapping[Part, tuple[str, ...]] = {
    "train": (
        *(
            "f1",
            "f2",
            "f3",
            "f4",
            "m1",
            "m2",
            "m3",
            "m4",
            "m5",
            "m6",
            "klatt2",
            "klatt4",
            "Alex",
            "Andrea",
            "Diogo",
        ),
        *("Gene", "Henrique", "Hugo", "Jacky", "Marco", "Mario", "Mike", "Nguyen", "Reed", "RicishayMax", "adam"),
        *("antonio", "aunty", "belinda", "boris", "caleb", "david", "edward", "grandma", "gustave", "ian", "iven"),
        *("iven3", "kaukovalta", "marcelo", "max", "miguel", "norbert", "pablo", "pedro", "quincy", "robert"),
        *("shelby", "steph2", "travis", "zac"),
    ),
    "dev": ("m8", "klatt", "Annie", "Denis", "benjamin", "grandpa", "mike2", "rob"),
    "test": (
        "f5",
        "m7",
        "klatt3",
        "Andy",
        "Alicia",
        "Lee",
        "anika",
        "ed",
        "linda",
        "paul",
        "sandro",
        "victor",
    ),
}
"""The variants that espeak-ng brings, without whispers, robots and monsters; without john, michel and Michael, each
a variant of the training part with another tone."""

_FLITE: Mapping[Part, tuple[str, ...]] = {"train": ("kal16", "awb", "slt"), "dev": (), "test": ("rms",)}
_FLITE_FACTORS = (1.0, 0.9, 1.1)
_STOCK_SHARE = 0.3


def make_voices(part: Part, count: int, seed: int = 0) -> tuple[Voice, ...]:
    """`count` espeak-ng voices of a part; those of a shorter list are the first of a longer one.

    Three in ten wear a variant that espeak-ng brings, until those are used up; the rest are drawn.
    """
    stock = list(STOCK[part])
    random.Random(f"stock {part} {seed}").shuffle(stock)
    voices = []
    for index in range(count):
        chance = random.Random(f"voice {part} {seed} {index}")
        variant = stock.pop() if stock and chance.random() < _STOCK_SHARE else None
        voices.append(_make_voice(f"{part}-{seed}-{index}", part, variant, chance))
    return tuple(voices)


def flite_voices(part: Part) -> tuple[Voice, ...]:
    """The English voices of flite that belong to a part, each as it is, lower and higher. None for development."""
    return tuple(
        Voice(f"flite-{name}-{factor}", part, "flite", ("en",), name, {}, 165, 50, 50, factor)
        for name in _FLITE[part]
        for factor in _FLITE_FACTORS
    )


def _make_voice(name: str, part: Part, variant: str | None, chance: random.Random) -> Voice:
    return Voice(
        name=name,
        part=part,
        engine="espeak-ng",
        languages=LANGUAGES,
        variant=stock_variant(variant) if variant else _draw_variant(chance),
        accents={language: chance.choice(accents) for language, accents in ACCENTS.items()},
        words_per_minute=chance.randint(140, 195),
        pitch=chance.randint(34, 66),
        pitch_range=chance.randint(30, 75),
        factor=round(chance.uniform(0.92, 1.1), 3),
    )


def _draw_variant(chance: random.Random) -> str:
    """A voice variant of our own, in the format of espeak-ng's docs/voices.md.

    One length of the vocal tract scales all formants (women's are about 17 % above men's; Peterson and Barney,
    1952), each formant deviates from it, and the pitch follows it loosely.
    """
    tract = chance.uniform(0.9, 1.2)
    pitch = max(70.0, min(260.0, 110 * 2 ** (chance.gauss((tract - 1.0) * 4.0, 0.28))))
    lines = [
        "language variant",
        "name drawn",
        f"pitch {pitch:.0f} {pitch * chance.uniform(1.25, 1.75):.0f}",
        f"voicing {chance.randint(70, 125)}",
        f"flutter {chance.randint(0, 6)}",
        f"roughness {chance.choice((0, 0, 1, 2, 3))}",
        f"consonants {chance.randint(70, 130)} {chance.randint(70, 130)}",
    ]
    if chance.random() < 0.2:
        lines.append(f"klatt {chance.choice((2, 3, 4))}")
    for formant in range(9):
        spread = 0.02 if formant == 0 else 0.06
        frequency = 100 * tract * chance.gauss(1.0, spread)
        strength = 100 * 10 ** (chance.gauss(0.0, 2.5) / 20)
        lines.append(f"formant {formant} {frequency:.0f} {strength:.0f} {chance.randint(80, 150)}")
    low, middle, high = (chance.randint(100, 230), chance.randint(90, 180), chance.randint(70, 160))
    lines.append(f"tone 500 {low} 1300 {middle} 3200 {high}")
    if chance.random() < 0.4:
        lines.append("breath " + " ".join(str(chance.randint(0, 4)) for _ in range(8)))
    return "\n".join(lines) + "\n"
