"""Drafts with their corrections: synthetic talk, drafted by the pipeline, corrected to its truth.

    python -m benchmarks.corrected FOLDER [--part dev] [--each 40] [--languages ko en zh ja] [--models offline]

Nobody's corrections can be published, so these stand in for them. The draft is the pipeline's own, mistakes and
all, and the correction says what was said, who said it and when, because the recording was made from it. So the
effort between the two is real, for a perfect corrector who changes nothing that is right; what is not real is the
time that people need. Conditions are drawn, each for itself, so that easy and hard recordings come in all shades:
one to four speakers, how much they overlap, how fast they speak, what stands behind them and how loud.

FOLDER gets three documents for each recording: `NAME.draft.json`, `NAME.correction.json` and `NAME.situation.json`,
the last one written last. What is there is not made again, so a run that was killed goes on where it ended.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.synthetic.dialogues import CLEAN, Condition, Dialogue, Manner, choose_cast, play
from benchmarks.synthetic.files import write_sound
from benchmarks.synthetic.sentences import Part
from core.quiet import silence_libraries
from core.settings import settings
from core.store import write_atomically
from core.types import LANGUAGES, CorrectedSentence, Correction, Draft, Language
from export.corrections import SCHEMA, correction_json, parse_correction
from export.drafts import from_json, to_json

silence_libraries()

SECONDS = 60.0
BACKGROUNDS = ("clean", "music", "noise", "music", "noise")
SNR_DB = (-5.0, 25.0)
OVERLAP_SHARE = (0.0, 0.8)
PACE = (0.8, 1.7)
"""Of the voice's own words per minute, which are 140 to 195."""
EACH = 40


@dataclass(frozen=True, slots=True)
class Situation:
    """What was drawn for a recording. `pace` multiplies everybody's speed; without background `snr_db` is None."""

    part: Part
    language: Language
    seed: int
    speakers: int
    background: str
    snr_db: float | None
    overlap_share: float
    pace: float

    @property
    def name(self) -> str:
        return f"{self.part}-{self.language}-{self.seed:04}"

    def make(self) -> Dialogue:
        """The recording. Raises EspeakFailed."""
        languages = (self.language,)
        key = f"corrected {self.part} {self.language} {self.seed}"
        cast = choose_cast(random.Random(f"cast {key}"), self.part, languages, self.speakers)
        hurried = {
            name: replace(voice, words_per_minute=round(voice.words_per_minute * self.pace))
            for name, voice in cast.items()
        }
        condition = CLEAN if self.snr_db is None else Condition(self.background, self.snr_db)
        manner = Manner(overlap_share=self.overlap_share)
        return play(key, self.part, languages, hurried, SECONDS, condition=condition, manner=manner)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A recording with the pipeline's draft, and the truth as its correction."""

    situation: Situation
    draft: Draft
    correction: Correction


def draw(part: Part, language: Language, seed: int) -> Situation:
    """The situation of a seed; always the same."""
    chance = random.Random(f"situation {part} {language} {seed}")
    background = chance.choice(BACKGROUNDS)
    return Situation(
        part=part,
        language=language,
        seed=seed,
        speakers=chance.choice((1, 2, 2, 3, 4)),
        background=background,
        snr_db=None if background == "clean" else round(chance.uniform(*SNR_DB), 1),
        overlap_share=round(chance.uniform(*OVERLAP_SHARE), 2),
        pace=round(math.exp(chance.uniform(*map(math.log, PACE))), 2),
    )


def read(folder: Path) -> Iterator[Corrected]:
    """What lies in a folder, in the order of names."""
    for file in sorted(folder.glob("*.situation.json")):
        name = file.name.removesuffix(".situation.json")
        yield Corrected(
            TypeAdapter(Situation).validate_json(file.read_bytes()),
            from_json((folder / f"{name}.draft.json").read_bytes()),
            parse_correction((folder / f"{name}.correction.json").read_bytes()),
        )


def correction_of(dialogue: Dialogue, draft: Draft) -> Correction:
    """The truth as a person would send it who got everything right. No ids say what came from where."""
    return Correction(
        schema=SCHEMA,
        draft_id=draft.draft_id,
        revision=1,
        worker="truth",
        lead_time=0.0,
        sentences=tuple(
            CorrectedSentence(round(one.start, 3), round(one.end, 3), one.speaker, one.text)
            for one in dialogue.said
        ),
    )


def make(folder: Path, situations: Sequence[Situation], model_set: str) -> None:
    """Draft and correct what is not there yet. Raises EnvironmentProblem."""
    from export.queue import Queue
    from flows.drafting import Claims, Drafted, Entry, draft_recording, plainly
    from flows.plan import Choices
    from flows.work import prepare

    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in situations if not (folder / f"{one.name}.situation.json").exists()]
    with tempfile.TemporaryDirectory() as scratch, Queue(f"sqlite:///{scratch}/queue.db") as queue:
        machine = settings().model_copy(update={"store": Path(scratch) / "store"})
        run = prepare(Choices.model_validate({"model_set": model_set}), machine)
        for number, situation in enumerate(missing, 1):
            began = time.monotonic()
            dialogue = situation.make()
            file = Path(scratch) / f"{situation.name}.wav"
            write_sound(file, dialogue.mix, dialogue.sample_rate)
            drafted = draft_recording(run, Entry(str(file), situation.name), queue, Claims(), plainly)
            if not isinstance(drafted, Drafted):
                raise RuntimeError(f"{situation.name} was not drafted: {drafted}")
            file.unlink()
            (draft,) = drafted.drafts
            draft = replace(draft, recording=replace(draft.recording, uri=file.name))
            write_atomically(folder / f"{situation.name}.draft.json", to_json(draft))
            document = correction_json(correction_of(dialogue, draft))
            write_atomically(folder / f"{situation.name}.correction.json", document.encode())
            write_atomically(folder / f"{situation.name}.situation.json", json.dumps(asdict(situation)).encode())
            run.store.forget(draft.recording.id)
            took = time.monotonic() - began
            print(f"{number} of {len(missing)}: {situation.name}, {took:.0f} s", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corrected",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("dev", "test"), default="dev")
    parser.add_argument("--each", type=int, default=EACH, help=f"recordings of each language (default: {EACH})")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument("--models", default="offline", help="model set (default: offline)")
    chosen = parser.parse_args()
    situations = [draw(chosen.part, language, seed) for seed in range(chosen.each) for language in chosen.languages]
    make(chosen.folder, situations, chosen.models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
