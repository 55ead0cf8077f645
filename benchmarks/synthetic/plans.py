"""Which recordings the development and the test part consist of: fixed lists.

The test part is looked at once, for a report; whoever tries things out uses the development part, which has the
same shape with other sentences and other voices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.synthetic.dialogues import CLEAN, Condition, Dialogue, make_dialogue
from benchmarks.synthetic.sentences import Part
from core.types import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Plan:
    """One recording to make: with one speaker sentences after one another, with more a dialogue."""

    part: Part
    languages: tuple[Language, ...]
    speakers: int
    condition: Condition
    seconds: float
    seed: int

    @property
    def name(self) -> str:
        """A file name of its own: other values, another name."""
        kind = "sentences" if self.speakers == 1 else f"dialogue{self.speakers}"
        condition = str(self.condition).replace(":", "").replace(" ", "-")
        return f"{self.part}-{kind}-{'+'.join(self.languages)}-{condition}-{self.length}-{self.seed:03}"

    @property
    def length(self) -> str:
        """The seconds as a name holds them: `40s`, `7.5s`. Recordings last whole hundredths of a second."""
        return f"{self.seconds:.2f}".rstrip("0").rstrip(".") + "s"

    def make(self, *, flite: bool = False) -> Dialogue:
        """Make it; `flite` lets flite's English voices take part. Raises EspeakFailed, FliteMissing."""
        return make_dialogue(
            self.seed,
            self.part,
            self.languages,
            self.speakers,
            self.seconds,
            condition=self.condition,
            flite=flite,
        )


MUSIC, NOISE = Condition("music", 10.0), Condition("noise", 10.0)
CONDITIONS = (CLEAN, MUSIC, NOISE, Condition("music", 0.0), Condition("noise", 0.0))
RECORDINGS = 12
"""Of each language; the same sentences and voices under every condition."""
SWITCHED = 4
"""Of each pair of languages."""
FIRST_SEED: Mapping[Part, int] = {"dev": 0, "test": 100}
"""The test part from seed 0 on was looked at for an earlier report."""
PAIRS: tuple[tuple[Language, Language], ...] = (("ko", "en"), ("ja", "en"), ("zh", "en"))
"""Languages that one speaker mixes."""


def transcription_plan(part: Part) -> tuple[Plan, ...]:
    """One speaker, 20 seconds, in every language and condition."""
    return tuple(
        Plan(part, (language,), 1, condition, 20.0, seed)
        for language in LANGUAGES
        for condition in CONDITIONS
        for seed in range(FIRST_SEED[part], FIRST_SEED[part] + RECORDINGS)
    )


def switching_plan(part: Part) -> tuple[Plan, ...]:
    """One speaker, 20 seconds, who goes from one language to another between sentences."""
    first = FIRST_SEED[part]
    return tuple(
        Plan(part, pair, 1, CLEAN, 20.0, seed) for pair in PAIRS for seed in range(first, first + SWITCHED)
    )


def diarization_plan(part: Part) -> tuple[Plan, ...]:
    """Dialogues of two, three and four speakers, a minute each: in every language without and with background."""
    return tuple(
        Plan(part, (language,), speakers, condition, 60.0, seed)
        for speakers in (2, 3, 4)
        for language in LANGUAGES
        for seed, condition in enumerate((CLEAN, MUSIC, NOISE), FIRST_SEED[part])
    )


DEV_PLAN = (*transcription_plan("dev"), *switching_plan("dev"), *diarization_plan("dev"))
TEST_PLAN = (*transcription_plan("test"), *switching_plan("test"), *diarization_plan("test"))
