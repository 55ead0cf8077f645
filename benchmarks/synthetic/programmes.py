"""Programmes of ten minutes or three hours: talk, dialogues, jingles, silence, noise, one segment after another.

A programme is a stream. Only the segment that is being made is in memory, a minute and a half at most.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.synthetic.dialogues import (
    CLEAN,
    CONVERSATION,
    SAMPLE_RATE,
    SECONDS_EACH,
    Condition,
    Dialogue,
    Manner,
    choose_cast,
    play,
)
from benchmarks.synthetic.sentences import Part
from benchmarks.synthetic.speech import FLAGS_PER_SECOND
from benchmarks.synthetic.voices import Voice
from core.types import Language

Kind = Literal["talk", "dialogue", "jingle", "silence", "noise"]

SHARES: Mapping[Kind, float] = {"talk": 0.38, "dialogue": 0.42, "jingle": 0.08, "silence": 0.06, "noise": 0.06}
"""How often each kind of segment comes."""
SECONDS: Mapping[Kind, tuple[float, float]] = {
    "talk": (30.0, 90.0),
    "dialogue": (40.0, 90.0),
    "jingle": (5.0, 12.0),
    "silence": (1.5, 8.0),
    "noise": (4.0, 15.0),
}
ACCOMPANIED_SHARE = 0.35
"""How many segments with voices have music or noise behind them, 8 to 25 dB under the voices."""
VOICE_DBFS = (-28.0, -24.0)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A stretch of a programme from `start` on. Its `dialogue` counts seconds from its own start."""

    kind: Kind
    start: float
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class _Scene:
    """A segment before it is spoken: `frames` of 10 ms, who is present, what stands behind them."""

    kind: Kind
    frames: int
    present: Mapping[str, Voice]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme before anything of it is spoken. Its speakers come and go, all at `voice_dbfs`."""

    seed: int
    part: Part
    languages: tuple[Language, ...]
    seconds: float
    cast: Mapping[str, Voice]
    voice_dbfs: float
    manner: Manner
    sample_rate: int

    def segments(self) -> Iterator[Segment]:
        """Segment after segment, exactly `seconds` together, a jingle first. The same programme, the same samples.

        Raises EspeakFailed, FliteMissing.
        """
        at = 0
        for scene in self._scenes():
            dialogue = play(
                f"{self._key} {at}",
                self.part,
                self.languages,
                scene.present,
                scene.frames / FLAGS_PER_SECOND,
                condition=scene.condition,
                manner=self.manner,
                sample_rate=self.sample_rate,
                voice_dbfs=self.voice_dbfs,
            )
            yield Segment(scene.kind, at / FLAGS_PER_SECOND, dialogue)
            at += scene.frames

    @property
    def absent(self) -> tuple[str, ...]:
        """Who of the cast has no segment that is long enough to speak in: known before anything is spoken."""
        heard: set[str] = set()
        for scene in self._scenes():
            if scene.frames >= SECONDS_EACH * FLAGS_PER_SECOND * len(scene.present):
                heard |= set(scene.present)
        return tuple(name for name in self.cast if name not in heard)

    @property
    def _key(self) -> str:
        return f"programme {self.part} {'+'.join(self.languages)} {len(self.cast)} {self.seed}"

    def _scenes(self) -> Iterator[_Scene]:
        chance = random.Random(f"segments {self._key}")
        left = round(self.seconds * FLAGS_PER_SECOND)
        kind: Kind = "jingle"
        while left > 0:
            frames = min(left, round(FLAGS_PER_SECOND * chance.uniform(*SECONDS[kind])))
            present, condition = _scene(kind, self.cast, chance)
            yield _Scene(kind, frames, present, condition)
            left -= frames
            kind = chance.choices(list(SHARES), list(SHARES.values()))[0]


def make_programme(
    seed: int,
    part: Part,
    languages: Sequence[Language],
    speakers: int = 4,
    seconds: float = 600.0,
    *,
    manner: Manner = CONVERSATION,
    flite: bool = False,
    sample_rate: int = SAMPLE_RATE,
) -> Programme:
    """Choose the cast and the level of a programme."""
    chance = random.Random(f"programme {part} {'+'.join(languages)} {speakers} {seed}")
    cast = choose_cast(chance, part, languages, speakers, flite=flite)
    level = chance.uniform(*VOICE_DBFS)
    return Programme(seed, part, tuple(languages), seconds, cast, level, manner, sample_rate)


def _scene(kind: Kind, cast: Mapping[str, Voice], chance: random.Random) -> tuple[dict[str, Voice], Condition]:
    """Who takes part in a segment, and what stands behind them."""
    if kind == "jingle":
        return {}, Condition("music", 0.0)
    if kind == "noise":
        return {}, Condition("noise", 10.0)
    if kind == "silence":
        return {}, CLEAN
    count = 1 if kind == "talk" else min(len(cast), chance.choice((2, 2, 3)))
    present = {name: cast[name] for name in sorted(chance.sample(list(cast), count))}
    if chance.random() >= ACCOMPANIED_SHARE:
        return present, CLEAN
    return present, Condition(chance.choice(("music", "noise")), round(chance.uniform(8.0, 25.0)))
