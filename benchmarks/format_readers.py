"""Libraries of others that read what `export.formats` writes; each gives back rows of the same form.

Those that the development environment has not, because of their licence (Praat is GPL) or their size (the SDK of
Label Studio), are used where they are installed.
"""

from __future__ import annotations

import html
import importlib.metadata
import json
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.formats.labelstudio import UNCERTAIN
from export.label_studio.tasks import label_config

WORD_JOINER = "\u2060"
STANDARD_LIBRARY = "Python's json"


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, or a turn, as a reader gives it back, in the format's own time.

    `speaker` is None for uncertain ones, `text` is None in a format without text.
    """

    start: float
    end: float
    speaker: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A library, by the name of its distribution, and how it reads a file or folder."""

    distribution: str
    read: Callable[[Path], list[Row]]

    @property
    def version(self) -> str | None:
        """None where it is not installed; that of Python for its own library."""
        if self.distribution == STANDARD_LIBRARY:
            return platform.python_version()
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None


def pysubs2(path: Path) -> list[Row]:
    import pysubs2

    lines = pysubs2.load(str(path), encoding="utf-8", format_="srt")
    return [_with_prefix(line.start / 1000, line.end / 1000, line.text) for line in lines]


def _with_prefix(start: float, end: float, text: str) -> Row:
    """A row from `S1: text`, without the word joiners that SRT needs."""
    found = re.fullmatch(r"(?:(S\d+): )?(.*)", text.replace(WORD_JOINER, ""), re.DOTALL)
    assert found is not None
    return Row(start, end, found[1], found[2])


def webvtt(path: Path) -> list[Row]:
    import webvtt

    return [
        Row(_seconds(cue.start), _seconds(cue.end), cue.voice or None, html.unescape(cue.text))
        for cue in webvtt.read(str(path))
    ]


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def praatio(path: Path) -> list[Row]:
    from praatio import textgrid

    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    return [
        Row(entry.start, entry.end, _speaker_of(name), entry.label)
        for name in grid.tierNames
        if not name.endswith(" words")
        for entry in grid.getTier(name).entries
    ]


def praat(path: Path) -> list[Row]:
    import parselmouth
    from parselmouth.praat import call

    grid = parselmouth.read(str(path))
    rows = []
    for tier in range(1, call(grid, "Get number of tiers") + 1):
        name = call(grid, "Get tier name", tier)
        if name.endswith(" words"):
            continue
        for number in range(1, call(grid, "Get number of intervals", tier) + 1):
            text = call(grid, "Get label of interval", tier, number)
            start, end = (call(grid, f"Get {edge} time of interval", tier, number) for edge in ("start", "end"))
            if text:
                rows.append(Row(start, end, _speaker_of(name), text))
    return rows


def _speaker_of(tier: str) -> str | None:
    name = re.sub(r" \(\d+\)$", "", tier)
    return None if name == "uncertain" else name


def pympi(path: Path) -> list[Row]:
    from pympi.Elan import Eaf

    file = Eaf(str(path))
    return [
        Row(start / 1000, end / 1000, file.get_parameters_for_tier(name).get("PARTICIPANT"), text)
        for name in file.get_tier_ids_for_linguistic_type("sentence")
        for start, end, text in file.get_annotation_data_for_tier(name)
    ]


def pyannote(path: Path) -> list[Row]:
    from pyannote.database.util import load_rttm

    if not path.read_bytes():  # pandas refuses an empty table
        return []
    return [
        Row(segment.start, segment.end, speaker, None)
        for annotation in load_rttm(str(path)).values()
        for segment, _, speaker in annotation.itertracks(yield_label=True)
    ]


def label_studio(path: Path) -> list[Row]:
    """The regions of a Label Studio task: results that share an id."""
    rows = []
    for task in json.loads(path.read_bytes()):
        regions: dict[str, dict[str, Any]] = {}
        for result in task["predictions"][0]["result"]:
            regions.setdefault(result["id"], {}).update(result["value"])
        for region in regions.values():
            (speaker,), (text,) = region["labels"], region["text"]
            rows.append(Row(region["start"], region["end"], None if speaker == UNCERTAIN else speaker, text))
    return rows


def label_studio_sdk(path: Path) -> list[Row]:
    """The same, after Label Studio's own check of the prediction against the labelling interface."""
    from label_studio_sdk.label_interface import LabelInterface

    rows = label_studio(path)
    interface = LabelInterface(label_config(sorted({row.speaker for row in rows if row.speaker is not None})))
    interface.validate()
    for task in json.loads(path.read_bytes()):
        errors = interface.validate_prediction(task["predictions"][0], return_errors=True)
        if errors:
            raise ValueError(f"Label Studio refuses the prediction: {errors}")
    return rows


def json_lines(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        return _sentences(json.loads(line) for line in lines)


def json_document(path: Path) -> list[Row]:
    return _sentences(json.loads(path.read_bytes())["sentences"])


def _sentences(found: Iterable[Mapping[str, Any]]) -> list[Row]:
    return [Row(one["start"], one["end"], one["speaker"], one["text"]) for one in found]


def lhotse(path: Path) -> list[Row]:
    from lhotse import RecordingSet, SupervisionSet, validate_recordings_and_supervisions

    recordings = RecordingSet.from_file(path / "recordings.jsonl.gz")
    supervisions = SupervisionSet.from_file(path / "supervisions.jsonl.gz")
    if supervisions is None:  # how lhotse reads a manifest without lines, its own as well
        return []
    validate_recordings_and_supervisions(recordings, supervisions)
    return [Row(one.start, one.end, one.speaker, one.text) for one in supervisions]


READERS: Mapping[str, tuple[Reader, ...]] = {
    "json": (Reader(STANDARD_LIBRARY, json_document),),
    "jsonl": (Reader(STANDARD_LIBRARY, json_lines),),
    "srt": (Reader("pysubs2", pysubs2),),
    "vtt": (Reader("webvtt-py", webvtt),),
    "textgrid": (Reader("praatio", praatio), Reader("praat-parselmouth", praat)),
    "eaf": (Reader("pympi-ling", pympi),),
    "rttm": (Reader("pyannote-database", pyannote),),
    "labelstudio": (Reader(STANDARD_LIBRARY, label_studio), Reader("label-studio-sdk", label_studio_sdk)),
    "lhotse": (Reader("lhotse", lhotse),),
}
"""The readers of each format; the first is in the development environment."""
