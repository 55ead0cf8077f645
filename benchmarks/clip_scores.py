"""How good the drafts of the demo clips are: `python -m benchmarks.accuracy` without a part of the corpus.

Runs `prelabel run` on the clips as a user would, in an empty home, and compares the drafts with the truth beside
the clips. The clips were chosen as demonstrations, so these figures say that the pipeline works, not how well it
hears.

- CER: edits per character between the sentences of the draft and of the truth, joined; after NFC, lower case, and
  without spaces and punctuation.
- DER: pyannote.metrics, overlap scored, collar 0.25 s in its meaning (0.125 s on either side of a boundary).
- SI-SDR: of the voice under the music, in the mix and in the stem that separation gave, both mono at 16 kHz. The
  clean voice is made again by `benchmarks.demo_clips`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.scores import edits, speaker_errors
from benchmarks.synthetic.levels import si_sdr
from core.quiet import silence_libraries
from core.types import Separation

silence_libraries()

SPEECH_RATE = 16000


@dataclass(frozen=True, slots=True)
class Score:
    """What came out for one clip. Counts, so that clips can be pooled; `speakers` is (found, true)."""

    language: str
    edits: int
    characters: int
    speaker_errors: float
    speech: float
    speakers: tuple[int, int]
    si_sdr: tuple[float, float] | None


def measure(clips: Path, model_set: str) -> list[Score]:
    """Draft every clip of a folder that has its truth beside it, and score the drafts."""
    truths = {path.with_name(f"{path.name.split('.')[0]}.mp4"): path for path in sorted(clips.glob("*.truth.json"))}
    with tempfile.TemporaryDirectory() as home:
        drafts = draft_clips(list(truths), model_set, Path(home))
        return [
            score(drafts[str(clip)], json.loads(truth.read_text(encoding="utf-8")), clip, Path(home) / "store")
            for clip, truth in truths.items()
        ]


def draft_clips(clips: Sequence[Path], model_set: str, home: Path) -> Mapping[str, Any]:
    """The draft document of each clip, as `prelabel run` writes it with an empty store."""
    command = [str(Path(sys.executable).with_name("prelabel")), "run", *map(str, clips)]
    command += ["--models", model_set, "--out", str(home / "out"), "--json"]
    environment = os.environ | {"PRELABEL_HOME": str(home)}
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return {
        row["recording"]: json.loads(Path(row["path"]).read_text(encoding="utf-8"))
        for row in json.loads(run.stdout)["drafts"]
    }


def score(draft: Mapping[str, Any], truth: Mapping[str, Any], clip: Path, store: Path) -> Score:
    """Compare one draft with its truth."""
    wrong, characters = edits(
        "".join(sentence["text"] for sentence in truth["sentences"]),
        "".join(sentence["text"] for sentence in draft["sentences"]),
    )
    speakers = speaker_errors(
        _spans(truth["sentences"]),
        _spans(turn for turn in draft["turns"] if not turn["exclusive"]),
        truth["duration"],
    )
    return Score(
        language=truth["language"],
        edits=wrong,
        characters=characters,
        speaker_errors=speakers.errors,
        speech=speakers.speech,
        speakers=(speakers.found, len(truth["speakers"])),
        si_sdr=separation_gain(draft, truth, clip, store),
    )


def _spans(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """(start, end) of the rows by speaker."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        spans.setdefault(row["speaker"], []).append((row["start"], row["end"]))
    return spans


def separation_gain(
    draft: Mapping[str, Any], truth: Mapping[str, Any], clip: Path, store: Path
) -> tuple[float, float] | None:
    """SI-SDR (dB) of the voice under the music before and after separation.

    None where nothing was separated, and where the clip is not the one that the script makes.
    """
    stage = next(stage for stage in draft["pipeline"]["stages"] if stage["name"] == "separate")
    folder = store / draft["recording"]["id"]
    result = json.loads((folder / f"separate-{stage['fingerprint']}.json").read_text(encoding="utf-8"))["result"]
    clean = clean_voice(truth)
    if clean is None or not result["separated"]:
        return None
    from pydantic import TypeAdapter

    from preprocess.stems import read_stem

    stem = TypeAdapter(Separation).validate_python(result).voice
    voice = read_stem(folder / stem.file, stem).samples[0]
    span = slice(int(truth["music"]["start"] * SPEECH_RATE), int(truth["music"]["end"] * SPEECH_RATE))
    return si_sdr(clean[span], mix(clip)[span]), si_sdr(clean[span], voice[span])


def clean_voice(truth: Mapping[str, Any]) -> npt.NDArray[np.float32] | None:
    """The voice of a clip without its music, made again: (n,) at 16 kHz.

    None where the script makes another clip.
    """
    from scipy.signal import resample_poly

    from benchmarks.demo_clips import PLANS, clip_truth, make_clip

    plan = PLANS[truth["language"]]
    clip = make_clip(plan)
    if clip_truth(clip, plan) != truth:
        return None
    voice: npt.NDArray[np.float32] = resample_poly(clip.dialogue.voice, SPEECH_RATE // 100, plan.sample_rate // 100)
    return voice


def mix(clip: Path) -> npt.NDArray[np.float32]:
    """The soundtrack as it is: (n,) at 16 kHz."""
    from preprocess.ffmpeg import executable

    command = [executable(), "-v", "error", "-i", str(clip), "-vn", "-ac", "1", "-ar", str(SPEECH_RATE)]
    sound = subprocess.run([*command, "-f", "f32le", "-"], stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(sound, np.float32)


def table(scores: Sequence[Score]) -> str:
    """The scores as a table; the last line pools all clips."""
    lines = ["| clip | CER | DER | speakers | SI-SDR of the voice under music |", "|---|---|---|---|---|"]
    for one in scores:
        found, true = one.speakers
        gain = "not measured"
        if one.si_sdr:
            before, after = one.si_sdr
            gain = f"{before:.1f} → {after:.1f} dB ({after - before:+.1f})"
        lines.append(
            f"| {one.language} | {one.edits / one.characters:.1%} | {one.speaker_errors / one.speech:.1%} "
            f"| {found} of {true} | {gain} |"
        )
    edits, characters = sum(one.edits for one in scores), sum(one.characters for one in scores)
    errors, speech = sum(one.speaker_errors for one in scores), sum(one.speech for one in scores)
    gains = [after - before for before, after in (one.si_sdr for one in scores if one.si_sdr)]
    mean = f"mean {np.mean(gains):+.1f} dB" if gains else "not measured"
    lines.append(f"| all | {edits / characters:.1%} | {errors / speech:.1%} | | {mean} |")
    return "\n".join(lines)
