"""Write recordings of the synthetic corpus to a folder, the truth beside each.

    python -m benchmarks.synthetic OUT --kind dialogues --languages ko,ko+en --speakers 2 --conditions clean,rain:5
    python -m benchmarks.synthetic OUT --kind programmes --seconds 10800

For each recording NAME: NAME.wav (the mix, 44.1 kHz stereo), NAME.A.wav … (each speaker's clean voice; of a
programme NAME.voice.wav, all voices), NAME.rttm (who speaks when), NAME.truth.json (timed sentences and words). One
line on stdout for each. The same options give the same files, other options other names.
A recording's files appear when all of them are written.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.synthetic import flite
from benchmarks.synthetic.dialogues import CLEAN, SECONDS_EACH, SPEAKERS, parse_condition
from benchmarks.synthetic.espeak import EspeakFailed
from benchmarks.synthetic.files import SilentSpeaker, write_dialogue, write_programme
from benchmarks.synthetic.plans import Plan
from benchmarks.synthetic.programmes import make_programme
from benchmarks.synthetic.sentences import PARTS
from benchmarks.synthetic.voices import flite_voices
from core.errors import EnvironmentProblem
from core.types import LANGUAGES, Language

T = TypeVar("T")

LONGEST_DIALOGUE = 900.0
"""Seconds of a dialogue, which is made in memory; programmes are streamed and may be longer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of recording: how long and with how many speakers it is where nobody says."""

    seconds: float
    speakers: int
    fewest: int


KINDS = {"sentences": Kind(40.0, 1, 1), "dialogues": Kind(60.0, 2, 2), "programmes": Kind(600.0, 4, 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, write, print.

    Exit code: 0 done, 2 wrong usage, 3 a synthesiser is missing or fails, or the folder cannot be written,
    130 Ctrl-C.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    kind = KINDS[asked.kind]
    speakers = asked.speakers or [kind.speakers]
    seconds = asked.seconds or kind.seconds
    conditions = asked.conditions or [CLEAN]
    if asked.kind == "sentences" and speakers != [1]:
        parser.error("sentences have one speaker: leave --speakers out, or ask for --kind dialogues")
    if min(speakers) < kind.fewest:
        parser.error(f"{asked.kind} have {kind.fewest} speakers or more: raise --speakers")
    if asked.kind == "programmes" and asked.conditions:
        parser.error("the segments of a programme have conditions of their own: leave --conditions out")
    if asked.kind != "programmes" and seconds > LONGEST_DIALOGUE:
        parser.error(f"{asked.kind} last {LONGEST_DIALOGUE:g} s at most: ask for --kind programmes")
    if asked.flite and ("en",) not in asked.languages:
        parser.error("flite speaks English only: add en to --languages, or leave --flite out")
    if asked.kind == "dialogues" and seconds < SECONDS_EACH * max(speakers):
        parser.error(
            f"{max(speakers)} speakers need {SECONDS_EACH * max(speakers):g} s, or some would not get to speak: "
            "raise --seconds, or lower --speakers"
        )
    if asked.flite and not flite_voices(asked.part):
        having = ", ".join(f"--part {part}" for part in PARTS if flite_voices(part))
        parser.error(
            f"--flite changes nothing in the part {asked.part}, which has no voice of flite: write {having}"
        )
    try:
        if asked.flite:
            flite.check_installed()
        _make_folder(asked.out)
        combinations = itertools.product(asked.languages, speakers, conditions, range(asked.count))
        for languages, voices, condition, number in combinations:
            plan = Plan(asked.part, languages, voices, condition, seconds, asked.seed + number)
            file = _write(asked.out, asked.kind, plan, with_flite=asked.flite and languages == ("en",))
            print(f"{file}: {seconds:g} s, {file.stat().st_size / 1e6:.1f} MB", flush=True)
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped; of the recording in hand nothing is kept", file=sys.stderr)
        return 130
    except SilentSpeaker as error:
        print(f"{parser.prog}: {error}: raise --seconds, lower --speakers or take another --seed", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{parser.prog}: {_unwritable(asked.out, error)}", file=sys.stderr)
        return 3
    except (EspeakFailed, flite.FliteMissing) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 3
    return 0


def _write(folder: Path, kind: str, plan: Plan, *, with_flite: bool) -> Path:
    if kind == "programmes":
        programme = make_programme(
            plan.seed, plan.part, plan.languages, plan.speakers, plan.seconds, flite=with_flite
        )
        name = f"{plan.part}-programme{plan.speakers}-{'+'.join(plan.languages)}-{plan.length}-{plan.seed:03}"
        return write_programme(folder, name + "-flite" * with_flite, programme)
    return write_dialogue(folder, plan.name + "-flite" * with_flite, plan.make(flite=with_flite), plan.seed)


def _make_folder(folder: Path) -> None:
    """Raises OSError where it cannot be made, or nothing can be written to it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _unwritable(folder: Path, error: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"cannot write to {folder}",
        why=str(error),
        fix="name a folder that can be made and written",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.synthetic",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write to")
    parser.add_argument("--part", choices=PARTS, default="dev", help="which sentences and voices (default: dev)")
    parser.add_argument("--kind", choices=KINDS, default="sentences", help="default: sentences")
    parser.add_argument(
        "--languages",
        type=_listed(_languages),
        default=[("ko",)],
        help="such as ko,en,ko+en: three recordings, the last in Korean with English in it (default: ko)",
    )
    parser.add_argument("--speakers", type=_listed(_speakers), help="such as 2,3 (default: 1, 2 or 4, by kind)")
    parser.add_argument(
        "--conditions", type=_listed(parse_condition), help="such as clean,music:10,noise:0,rain:5 (default: clean)"
    )
    parser.add_argument("--count", type=_above_zero, default=1, help="recordings of each combination (default: 1)")
    parser.add_argument("--seconds", type=_seconds, help="length of each (default: 40, 60 or 600, by kind)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the first; the next have the next (default: 0)"
    )
    parser.add_argument("--flite", action="store_true", help="English also in the voices of flite")
    return parser


def _listed(parse: Callable[[str], T]) -> Callable[[str], list[T]]:
    """A parser of values with commas between them, whose message argparse shows."""

    def parse_all(text: str) -> list[T]:
        try:
            return [parse(one) for one in text.split(",")]
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse_all


def _languages(text: str) -> tuple[Language, ...]:
    found = tuple(language for one in text.split("+") for language in LANGUAGES if language == one)
    if len(found) != len(text.split("+")) or len(set(found)) != len(found):
        raise ValueError(f"{text!r} is no language: write {', '.join(LANGUAGES)}, or several joined by +, ko+en")
    return found


def _speakers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= len(SPEAKERS):
        raise ValueError(f"{text!r} speakers cannot be: write a number from 1 to {len(SPEAKERS)}")
    return int(text)


def _above_zero(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of recordings: write 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 5.0 <= seconds <= 4 * 3600:
        raise argparse.ArgumentTypeError(f"{text!r} s cannot be made: write seconds from 5 to 14400")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
