"""The report's pages: what stands on them, as text. Nothing here touches the disk but to read peaks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
from markupsafe import Markup

from core.flags import describe
from core.project import seoul_day
from core.spans import merged, total
from core.types import Draft, Sentence
from export.drafts import printable
from export.prices import added, billable_minutes
from export.report import words
from export.report.data import BatchReport, IndexRow, RecordingReport, StageTime
from export.sound import Sound, frequency_share, read_peaks

PEAK_BINS = 300_000
"""Most waveform bins on a page: 600 kB, whatever the length."""

THUMBNAIL_BINS = 96


@dataclass(frozen=True, slots=True)
class Shown:
    """One recording with the addresses of its files, relative to its page."""

    report: RecordingReport
    slug: str
    mix: str | None
    voice: str | None
    mix_picture: str | None
    voice_picture: str | None
    documents: tuple[tuple[str, str], ...]


def slug_of(uri: str, draft_id: str) -> str:
    """A folder name that is safe anywhere and belongs to one draft only."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(uri).stem.lower()).strip("-")[:40].strip("-")
    return f"{name}-{draft_id[:12]}" if name else draft_id[:12]


def name_of(uri: str) -> str:
    """The file name in an address, for headings."""
    return printable(uri.rstrip("/").rpartition("/")[2] or uri)


def recording_page(shown: Shown, model_set: str) -> str:
    """The page of one recording."""
    report, draft = shown.report, shown.report.draft
    quality, unit = draft.quality, draft.unit
    speakers = _speakers(draft)
    order = {speaker["name"]: index for index, speaker in enumerate(speakers)}
    return (
        templates()
        .get_template("recording.html")
        .render(
            shown=shown,
            title=name_of(report.recording.uri),
            draft=draft,
            unit=unit,
            minutes=float(billable_minutes(unit)),
            price=report.price,
            prediction=report.prediction,
            units=[slug_of(report.recording.uri, draft_id) for draft_id in report.draft_ids],
            state=words.STATES.get(report.state, report.state),
            media=_media_line(report),
            flags=[describe(flag) for flag in draft.flags if flag != "offline_models"],
            notice=_notice(model_set),
            speakers=speakers,
            rows=[_row(sentence, order) for sentence in draft.sentences],
            grades=_grade_counts(draft),
            loudness=quality["loudness"],
            loudness_marks=_loudness_marks(quality["loudness"], draft),
            loudness_sentences=words.loudness_sentences(quality["loudness"]),
            figures=words.signal_figures(quality),
            separation=quality["separation"],
            unwritten=quality["unwritten_voice"],
            redecoded=quality["redecoded"],
            axis=_frequency_axis(report.mix),
            times=_time_rows(report.times, draft.recording.duration),
            total_seconds=sum(time.seconds for time in report.times),
            stages=draft.pipeline.stages,
            data=_data(shown, order),
        )
    )


def index_page(batch: BatchReport) -> str:
    """The page of the whole batch."""
    seconds = sum(row.duration for row in batch.rows)
    recordings = len({row.recording_id for row in batch.rows})
    came = [time for row in batch.rows for time in row.times]
    return (
        templates()
        .get_template("index.html")
        .render(
            notice=_notice(batch.model_set),
            model_set=batch.model_set,
            audio_seconds=seconds,
            wall_seconds=batch.wall_seconds,
            speed=seconds / batch.wall_seconds if batch.wall_seconds > 0 and seconds else None,
            recordings=recordings,
            prices=added(row.price for row in batch.rows),
            went_in=recordings + len(batch.rejected) + len(batch.duplicates),
            drafted=[row.cells for row in batch.rows],
            rejected=[
                {
                    "name": name_of(one.recording),
                    "uri": printable(one.recording),
                    "reason": words.REASONS[one.reason],
                    "advice": one.advice,
                }
                for one in batch.rejected
            ],
            duplicates=[{"uri": printable(one.recording), "of": printable(one.of)} for one in batch.duplicates],
            stage_times=_stage_totals(came, seconds),
            stored=sum(time.stored for time in came),
            stages=len(came),
        )
    )


def _notice(model_set: str) -> str | None:
    return describe("offline_models") if model_set == "offline" else None


def _media_line(report: RecordingReport) -> str:
    media = report.recording.media
    track = media.tracks[0] if media.tracks else None
    parts = ["video" if media.has_video else "sound only", media.container.split(",")[0]]
    if track:
        channels = {1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels")
        parts.append(f"{track.codec} {words.number(track.sample_rate / 1000)} kHz {channels}")
    return " · ".join(parts)


def _speakers(draft: Draft) -> list[dict[str, Any]]:
    """Speakers by first appearance, with the time they speak, alone or over others."""
    turns = [turn for turn in draft.turns if not turn.exclusive] or list(draft.turns)
    names = dict.fromkeys(turn.speaker for turn in sorted(turns, key=lambda turn: turn.start))
    names |= dict.fromkeys(sentence.speaker for sentence in draft.sentences if sentence.speaker)
    spoken = {name: total(merged(turn for turn in turns if turn.speaker == name)) for name in names}
    longest = max(spoken.values(), default=0.0) or 1.0
    return [
        {
            "name": name,
            "colour": index % 8,
            "seconds": spoken[name],
            "share": spoken[name] / longest,
            "sentences": sum(sentence.speaker == name for sentence in draft.sentences),
        }
        for index, name in enumerate(names)
    ]


def _row(sentence: Sentence, order: Mapping[str, int]) -> dict[str, Any]:
    heard = "".join(word.text for word in sentence.words).strip()
    return {
        "id": sentence.id,
        "start": sentence.start,
        "end": sentence.end,
        "speaker": sentence.speaker,
        "colour": order[sentence.speaker] % 8 if sentence.speaker else None,
        "language": sentence.language,
        "text": sentence.text,
        "heard": _marked(sentence) if heard else None,
        "same": heard == sentence.text.strip(),
        "confidence": sentence.confidence,
        "grade": words.grade(sentence.confidence),
        "flags": [describe(flag) for flag in sentence.flags],
    }


def _marked(sentence: Sentence) -> Markup:
    """The words, each with its confidence; built here because a template needs five times as long for it."""
    return Markup("").join(
        Markup('{}<b class="q{}" data-p="{}">{}</b>').format(
            " " if word.text[:1].isspace() and number else "",
            words.grade(word.confidence),
            f"{word.confidence:.2f}",
            word.text.strip(),
        )
        for number, word in enumerate(sentence.words)
    )


def _grade_counts(draft: Draft) -> list[dict[str, Any]]:
    grades = [words.grade(word.confidence) for sentence in draft.sentences for word in sentence.words]
    names = ("sure", "likely", "unsure", "doubtful")
    borders = ("0.90 and above", "0.75 to 0.90", "0.50 to 0.75", "below 0.50")
    return [
        {
            "grade": grade,
            "name": names[grade],
            "border": borders[grade],
            "count": grades.count(grade),
            "share": grades.count(grade) / len(grades) if grades else 0.0,
        }
        for grade in range(4)
    ]


LOUDNESS_SCALE = (-50.0, 0.0)


def _loudness_marks(loudness: Mapping[str, Any], draft: Draft) -> dict[str, float] | None:
    """Where before, after and target lie on the scale, as shares of its width."""
    if loudness["integrated_lufs"] is None or loudness["reached_lufs"] is None:
        return None
    low, high = LOUDNESS_SCALE
    settings = next((stage.settings for stage in draft.pipeline.stages if stage.name == "loudness"), {})
    levels = {"before": loudness["integrated_lufs"], "after": loudness["reached_lufs"]}
    if isinstance(settings.get("target_lufs"), (int, float)):
        levels["target"] = settings["target_lufs"]
    return {name: min(1.0, max(0.0, (level - low) / (high - low))) for name, level in levels.items()}


def _frequency_axis(sound: Sound | None) -> list[tuple[str, float]]:
    if sound is None:
        return []
    marks = ((500.0, "500 Hz"), (1000.0, "1k"), (2000.0, "2k"), (4000.0, "4k"))
    return [(name, frequency_share(hertz, sound)) for hertz, name in marks if hertz < sound.highest_hz]


def _time_rows(times: Sequence[StageTime], duration: float) -> list[dict[str, Any]]:
    longest = max((time.seconds for time in times), default=0.0) or 1.0
    return [
        {
            "stage": time.stage,
            "seconds": time.seconds,
            "factor": time.seconds / duration if duration else 0.0,
            "share": time.seconds / longest,
            "stored": time.stored,
        }
        for time in times
    ]


def _stage_totals(times: Sequence[StageTime], duration: float) -> list[dict[str, Any]]:
    """Seconds per stage over all recordings, of what this run computed."""
    order = {stage: place for place, stage in reversed(list(enumerate(time.stage for time in times)))}
    computed = sorted((time for time in times if not time.stored), key=lambda time: order[time.stage])
    summed = [
        StageTime(stage, sum(time.seconds for time in same), False)
        for stage, same in groupby(computed, key=lambda time: time.stage)
    ]
    return _time_rows(summed, duration)


def index_row(one: Shown) -> IndexRow:
    """What the index will say of a recording."""
    draft = one.report.draft
    confidences = [word.confidence for sentence in draft.sentences for word in sentence.words]
    mean = sum(confidences) / len(confidences) if confidences else None
    cells = {
        "href": f"recordings/{one.slug}/index.html",
        "name": name_of(one.report.recording.uri),
        "uri": printable(one.report.recording.uri),
        "draft_id": draft.draft_id,
        "language": draft.language,
        "unit": draft.unit,
        "duration": draft.unit.end - draft.unit.start,
        "minutes": float(billable_minutes(draft.unit)),
        "price": one.report.price,
        "prediction": one.report.prediction,
        "speakers": len({turn.speaker for turn in draft.turns}),
        "sentences": len(draft.sentences),
        "flagged": sum(bool(sentence.flags) for sentence in draft.sentences),
        "confidence": mean,
        "grade": words.grade(mean) if mean is not None else None,
        "flags": [describe(flag) for flag in draft.flags if flag != "offline_models"],
        "state": words.STATES.get(one.report.state, one.report.state),
        "thumbnail": _thumbnail(one.report.mix),
    }
    return IndexRow(
        cells,
        recording_id=draft.recording.id,
        duration=draft.unit.end - draft.unit.start,
        price=one.report.price,
        times=one.report.times if draft.unit.index == 0 else (),
    )


def _thumbnail(sound: Sound | None) -> str | None:
    """The outline of the waveform as an SVG path in a box of 96 by 24."""
    if sound is None:
        return None
    peaks = np.abs(read_peaks(sound, PEAK_BINS)[0].astype(int)).max(axis=1)
    edges = np.linspace(0, len(peaks), THUMBNAIL_BINS + 1).astype(int)
    heights = [int(peaks[start : max(end, start + 1)].max(initial=0)) * 11 // 127 for start, end in pairwise(edges)]
    return "".join(f"M{x} {12 - height}v{2 * height + 1}" for x, height in enumerate(heights))


def _data(shown: Shown, order: Mapping[str, int]) -> Markup:
    """What the page's script draws from, as JSON that is safe inside a script element."""
    draft, mix = shown.report.draft, shown.report.mix
    peaks, per_second = read_peaks(mix, PEAK_BINS) if mix else (np.empty((0, 2), np.int8), 1.0)
    regular = [turn for turn in draft.turns if not turn.exclusive] or draft.turns
    found = {
        "start": draft.unit.start,
        "duration": round(draft.unit.end - draft.unit.start, 3),
        "peaks": base64.b64encode(peaks.tobytes()).decode(),
        "peaksPerSecond": per_second,
        "speakers": list(order),
        "turns": [[round(turn.start, 3), round(turn.end, 3), order[turn.speaker]] for turn in regular],
        "sentences": [
            [
                round(sentence.start, 3),
                round(sentence.end, 3),
                order.get(sentence.speaker or "", -1),
                words.grade(sentence.confidence),
            ]
            for sentence in draft.sentences
        ],
        "unwritten": [[round(start, 3), round(end, 3)] for start, end in draft.quality["unwritten_voice"]],
        "sounds": {"mix": shown.mix, "voice": shown.voice},
        "pictures": {"mix": shown.mix_picture, "voice": shown.voice_picture},
    }
    text = json.dumps(found, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


@cache
def templates() -> jinja2.Environment:
    """The pages to fill in; whatever is put into them is escaped."""
    folder = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": words.clock,
        "lasting": words.lasting,
        "number": words.number,
        "percent": words.percent,
        "money": words.money,
        "language": lambda code: words.LANGUAGE_NAMES.get(code, code),
        "name": name_of,
        "short": words.short,
        "day": lambda moment: f"{seoul_day(moment):%Y-%m-%d}",
        "href": lambda address: quote(address, safe="/:"),
        "settings": lambda settings: json.dumps(settings, ensure_ascii=False, indent=1, sort_keys=True),
    }
    for name, file in (("css", "page.css"), ("difficulty_css", "difficulty.css"), ("script", "page.js")):
        environment.globals[name] = Markup((folder / file).read_text(encoding="utf-8"))  # noqa: S704 - our own
    return environment
