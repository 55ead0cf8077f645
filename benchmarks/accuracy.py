"""How well a model set hears, separates and tells speakers apart, on the synthetic corpus or on the demo clips.

    python -m benchmarks.accuracy --part dev [--models offline] [--only diarization] [--recordings 2] [--jobs 2]
    python -m benchmarks.accuracy [--clips flows/clips]

With a part of the corpus (`benchmarks.synthetic.plans`): its recordings are made, go through the pipeline's own
stages, and one table tells every figure by condition and language, with the interval in which it lies in 95 of 100
draws of as many such recordings. Of fewer than about twenty recordings it is narrower than it should be, of fewer
than five there is none. The test part is for reports: it is looked at once.

- CER: edits per character, after NFC and lower case, without spaces and punctuation; whole pipeline (separation
  `auto`, loudness, transcription), and with separation off.
- errors with / without: all edits under music and noise, separation `auto` over separation off.
- language right: of the speech within windows that gave text, that in windows with the right language, which is the
  one in which most of the speech in it is said; speech without text: that in no such window, of all.
- switching: clean recordings of one speaker in two languages, which stand under the first (ko with en, ja with en,
  zh with en).
- word times: how far starts and ends of correctly recognised words are off (single characters in Chinese).
- first words: how far the start of a window's first word is off, where that is correctly recognised (the median
  with its sign: early is negative), and how many are put more than 0.2 s early;
  first word at 0.00: recordings whose first word is put there although it comes later.
- SI-SDR gain: of the voice that separation gives over that in the mix, mono at 16 kHz. Skipped recordings count.
- DER: pyannote.metrics, overlap scored, collar 0.25 s in its meaning (0.125 s on either side of a boundary).

Without a part: the drafts of the demo clips, which say that the pipeline works, not how well (`clip_scores`).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import numpy.typing as npt

from benchmarks import clip_scores
from benchmarks.accuracy_table import SWITCHING, TASKS, Heard, Told, table
from benchmarks.scores import edits, first_word_errors, speaker_errors, word_time_errors
from benchmarks.synthetic.dialogues import SAMPLE_RATE, Dialogue, Said
from benchmarks.synthetic.files import write_sound
from benchmarks.synthetic.levels import si_sdr
from benchmarks.synthetic.plans import Plan, diarization_plan, switching_plan, transcription_plan
from benchmarks.synthetic.sentences import Part
from core.errors import PrelabelError
from core.quiet import silence_libraries
from core.settings import PipelineSettings, SeparateSettings, Settings, settings
from core.spans import duration, overlap
from core.types import LANGUAGES, Language, Passage, Transcript, Turn, Word
from models.devices import thread_count
from preprocess.resample import Resampler

if TYPE_CHECKING:
    from flows.stages import Run

silence_libraries()

SPEECH_RATE = 16000
AT_ZERO = 0.01
LATE_START = 0.2
"""A recording whose first word begins later (s) tells whether first words are put at 0.00."""

NUMBERS = (
    "The truth has numbers in words: with model sets other than `offline`, which may write digits, the CER counts"
    " spellings of numbers as errors."
)
"""What stands under a table of other models: "twelve dollars" is said, Whisper writes "12 dollars"."""

Samples = npt.NDArray[np.float32]


class Prepared:
    """A recording that went through the stages up to its voice at the right loudness."""

    def __init__(self, run: Run, file: Path) -> None:
        from flows import stages

        self._stages, self._run = stages, run
        self.recording = stages.probe(run, str(file))
        self.decoded = stages.decode(run, self.recording)
        quality = stages.measure(run, self.recording, self.decoded)
        self.separation = stages.separate(run, self.recording, self.decoded, quality)
        self.loudness = stages.level(run, self.recording, self.separation)

    def voice(self) -> Samples:
        """(n,) at 16 kHz."""
        samples: Samples = self._stages.normalised_voice(
            self._run, self.recording, self.separation, self.loudness
        ).samples[0]
        return samples

    def transcript(self) -> Transcript:
        return self._stages.transcribe(self._run, self.recording, self.separation, self.loudness)

    def turns(self) -> tuple[Turn, ...]:
        return self._stages.diarize(self._run, self.recording, self.decoded, self.separation, self.loudness)


class Bench:
    """Takes recordings through the stages of a run, with separation `auto` and with separation off.

    Models are those of the machine's settings; the media store is a folder of its own. Raises EnvironmentProblem.
    """

    def __init__(self, model_set: str, folder: Path, *, threads: int = 0) -> None:
        from flows.plan import Choices
        from flows.work import prepare

        own = settings()
        machine = own.model_copy(
            update={
                "store": folder / "store",
                "machine": own.machine.model_copy(update={"threads": threads or own.machine.threads}),
            }
        )
        off = PipelineSettings(separate=SeparateSettings(mode="never"))
        self._folder = folder
        self._run = prepare(Choices.model_validate({"model_set": model_set}), machine)
        self._off = prepare(Choices.model_validate({"model_set": model_set, "pipeline": off}), machine)

    def hear(self, plan: Plan, tasks: Collection[str]) -> Heard:
        """One speaker: what is written, and how the voice is separated."""
        dialogue = plan.make()
        heard = Heard(plan.languages[0], str(plan.condition) if len(plan.languages) == 1 else SWITCHING)
        with self._file(plan, dialogue) as file:
            prepared = Prepared(self._run, file)
            heard = replace(heard, separated=prepared.separation.separated)
            if "separation" in tasks:
                true, mixed = _for_speech(dialogue.voice), _for_speech(dialogue.mix.mean(axis=0))
                heard = replace(heard, si_sdr_mix=si_sdr(true, mixed), si_sdr_voice=si_sdr(true, prepared.voice()))
            if "transcription" in tasks:
                heard = compared(heard, dialogue.said, prepared.transcript())
                if plan.condition.background != "clean":
                    off = prepared if not heard.separated else Prepared(self._off, file)
                    written = "".join(word.text for word in _words(off.transcript()))
                    heard = replace(heard, edits_off=edits(_text(dialogue.said), written)[0])
        return heard

    def tell(self, plan: Plan) -> Told:
        """A dialogue: who speaks when."""
        dialogue = plan.make()
        found: dict[str, list[tuple[float, float]]] = {}
        with self._file(plan, dialogue) as file:
            for turn in Prepared(self._run, file).turns():
                if not turn.exclusive:
                    found.setdefault(turn.speaker, []).append((turn.start, turn.end))
        return Told(
            plan.languages[0], str(plan.condition), speaker_errors(dialogue.speech, found, dialogue.duration)
        )

    @contextmanager
    def _file(self, plan: Plan, dialogue: Dialogue) -> Iterator[Path]:
        """The mix as a file, for as long as it is needed."""
        file = self._folder / f"{plan.name}.wav"
        write_sound(file, dialogue.mix, dialogue.sample_rate)
        try:
            yield file
        finally:
            file.unlink()


def compared(heard: Heard, said: Sequence[Said], transcript: Transcript) -> Heard:
    """The same with what is written counted against what one speaker said."""
    words = _words(transcript)
    true = [word for one in said for word in one.words]
    inside = [_speech_in(passage, said) for passage in transcript.passages]
    right = [
        seconds
        for passage, seconds in zip(transcript.passages, inside, strict=True)
        if seconds[passage.language] == max(seconds.values())
    ]
    wrong, characters = edits(_text(said), "".join(word.text for word in words))
    late = bool(words) and bool(true) and true[0].start >= LATE_START
    return replace(
        heard,
        edits=wrong,
        characters=characters,
        speech=sum(duration(one) for one in said),
        in_text=sum(sum(seconds.values()) for seconds in inside),
        in_right=sum(sum(seconds.values()) for seconds in right),
        word_times=word_time_errors(true, words),
        first_words=first_word_errors(true, [passage.words for passage in transcript.passages]),
        pulled=words[0].start < AT_ZERO if late else None,
    )


def _speech_in(passage: Passage, said: Sequence[Said]) -> Mapping[Language, float]:
    """How many seconds are said in each language between the start and the end of a passage."""
    seconds = dict.fromkeys(LANGUAGES, 0.0)
    for one in said:
        seconds[one.language] += overlap(one, passage)
    return seconds


def _words(transcript: Transcript) -> list[Word]:
    return [word for passage in transcript.passages for word in passage.words]


def _text(said: Sequence[Said]) -> str:
    return " ".join(one.text for one in said)


def _for_speech(samples: Samples) -> Samples:
    """(n,) at the corpus' rate to (m,) at 16 kHz, as the stages resample."""
    resampler = Resampler(SAMPLE_RATE, SPEECH_RATE)
    return np.concatenate((resampler.push(samples), resampler.finish()))


def measure(part: Part, model_set: str, tasks: Collection[str], recordings: int | None, jobs: int = 1) -> str:
    """The table of a part; `recordings` bounds how many of each language and condition, or number of speakers.

    `jobs` processes share the recordings and the cores. Raises EnvironmentProblem where a model is missing.
    """
    spoken = transcription_plan(part) if {"transcription", "separation"} & set(tasks) else ()
    mixed = switching_plan(part) if "transcription" in tasks else ()
    talked = diarization_plan(part) if "diarization" in tasks else ()
    plans = [plan for plan in (*spoken, *mixed, *talked) if recordings is None or plan.seed < recordings]
    heard: list[Heard] = []
    told: list[Told] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool,
    ):
        began = time.monotonic()
        one = partial(_one, model_set, tasks, jobs, Path(folder))
        for number, (plan, outcome) in enumerate(zip(plans, pool.map(one, plans), strict=True), 1):
            heard += [outcome] if isinstance(outcome, Heard) else []
            told += [outcome] if isinstance(outcome, Told) else []
            took = time.monotonic() - began
            print(f"{number} of {len(plans)}: {plan.name}, {took:.0f} s", file=sys.stderr, flush=True)
    return table(heard, told, tasks)


def told_with(measured: str, command: str, model_set: str, tasks: Collection[str]) -> str:
    """A table in Markdown with the command that gave it above, and below what its figures do not say."""
    lines = [f"`{command}` (model set `{model_set}`)", "", measured]
    if "transcription" in tasks and model_set != "offline":
        lines += ["", NUMBERS]
    return "\n".join(lines)


def _one(model_set: str, tasks: Collection[str], jobs: int, folder: Path, plan: Plan) -> Heard | Told:
    """What came out for one recording, in a process of the pool."""
    bench = _bench(model_set, jobs, folder / str(os.getpid()))
    return bench.hear(plan, tasks) if plan.speakers == 1 else bench.tell(plan)


@cache
def _bench(model_set: str, jobs: int, folder: Path) -> Bench:
    """The bench of this process, with its share of the cores."""
    folder.mkdir()
    return Bench(model_set, folder, threads=max(1, thread_count(settings().machine) // jobs))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, measure, print. Exit code: 0 done, 2 wrong usage, 3 something on this machine is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sets = get_args(Settings.model_fields["models"].annotation)
    parser.add_argument("--models", choices=sets, default="offline", help="model set (default: offline)")
    parser.add_argument("--part", choices=("dev", "test"), help="part of the corpus; without it the demo clips")
    parser.add_argument("--only", choices=TASKS, help="figures of one task (default: of all)")
    parser.add_argument("--recordings", type=int, help="so many of each language and condition (default: all)")
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes that share recordings and cores (default: 1)"
    )
    parser.add_argument("--clips", type=Path, help="folder of clips with their truths (default: flows/clips)")
    chosen = parser.parse_args(arguments)
    if chosen.part and chosen.clips:
        parser.error("--part scores the corpus and --clips scores clips: ask for one of them")
    if not chosen.part and (chosen.only or chosen.recordings is not None or chosen.jobs != 1):
        parser.error("--only, --recordings and --jobs are for the corpus: add --part dev")
    if chosen.recordings is not None and chosen.recordings < 1:
        parser.error("--recordings is a number of recordings: write 1 or more")
    if chosen.jobs < 1:
        parser.error("--jobs is a number of processes: write 1 or more")
    try:
        if chosen.part:
            tasks = [chosen.only] if chosen.only else TASKS
            command = f"{parser.prog} {shlex.join(sys.argv[1:] if arguments is None else arguments)}"
            measured = measure(chosen.part, chosen.models, tasks, chosen.recordings, chosen.jobs)
            print(told_with(measured, command, chosen.models, tasks))
        else:
            clips = chosen.clips or Path("flows/clips")
            print(clip_scores.table(clip_scores.measure(clips.resolve(), chosen.models)))
    except PrelabelError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
