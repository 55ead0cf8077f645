"""One table of every figure, by condition and language, from what came out for each recording."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np

from benchmarks.scores import Speakers, interval, share
from benchmarks.synthetic.plans import CONDITIONS
from core.types import LANGUAGES, Language

TASKS = ("transcription", "separation", "diarization")
SWITCHING = "switching"
"""The condition of recordings in two languages: clean ones."""
EARLY = 0.2
"""A first word that is put by more than this (s) before it is said is early."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out for a recording of one speaker; None where it was not asked or cannot be told.

    `edits_off` are those with separation off. Of the seconds of `speech`, those `in_text` are said within passages,
    those `in_right` within passages in the language that is spoken most in them. `word_times` and `first_words` are
    errors in seconds, the latter of starts alone and signed; `pulled`: the first word was put at 0.00.
    """

    language: Language
    condition: str
    edits: int = 0
    characters: int = 0
    edits_off: int | None = None
    speech: float = 0.0
    in_text: float = 0.0
    in_right: float = 0.0
    word_times: tuple[float, ...] = ()
    first_words: tuple[float, ...] = ()
    pulled: bool | None = None
    separated: bool = False
    si_sdr_mix: float | None = None
    si_sdr_voice: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came out for a dialogue."""

    language: Language
    condition: str
    speakers: Speakers


Recording = TypeVar("Recording", Heard, Told)


@dataclass(frozen=True, slots=True)
class Figure(Generic[Recording]):
    """A figure, the groups of recordings that it is told for, and how its values are written."""

    name: str
    of: Callable[[Sequence[Recording]], float | None]
    written: Callable[[float], str]
    groups: Sequence[tuple[str, Callable[[Recording], bool]]]


def table(heard: Sequence[Heard], told: Sequence[Told], tasks: Collection[str]) -> str:
    """Every figure of the tasks; the last column but one pools all languages.

    A recording in two languages stands under its first.
    """
    lines = [
        f"| figure | condition | {' | '.join(LANGUAGES)} | all | recordings |",
        f"|---|---|{'---|' * (len(LANGUAGES) + 2)}",
    ]
    if "transcription" in tasks:
        lines += [line for figure in TRANSCRIPTION for line in _lines(figure, heard)]
    if "separation" in tasks:
        lines += [line for figure in SEPARATION for line in _lines(figure, heard)]
    if "diarization" in tasks:
        lines += [line for figure in DIARIZATION for line in _lines(figure, told)]
    return "\n".join(lines)


def _lines(figure: Figure[Recording], recordings: Sequence[Recording]) -> list[str]:
    """A line for each group that has recordings."""
    lines = []
    for condition, belongs in figure.groups:
        meant = [one for one in recordings if belongs(one)]
        if meant:
            cells = [_cell(figure, [one for one in meant if one.language == language]) for language in LANGUAGES]
            cells.append(_cell(figure, meant))
            lines.append(f"| {figure.name} | {condition} | {' | '.join(cells)} | {len(meant)} |")
    return lines


def _cell(figure: Figure[Recording], recordings: Sequence[Recording]) -> str:
    """`2.1% (1.0% to 3.4%)`; without an interval where recordings are few, a dash where there is no figure."""
    value = figure.of(recordings)
    if value is None:
        return "–"
    around = interval(recordings, figure.of)
    if around is None:
        return figure.written(value)
    return f"{figure.written(value)} ({figure.written(around[0])} to {figure.written(around[1])})"


# What is told


def _cer(heard: Sequence[Heard]) -> float | None:
    return share([one.edits for one in heard], [one.characters for one in heard])


def _cer_off(heard: Sequence[Heard]) -> float | None:
    return share([one.edits_off or 0 for one in heard], [one.characters for one in heard])


def _errors_left(heard: Sequence[Heard]) -> float | None:
    return share([one.edits for one in heard], [one.edits_off or 0 for one in heard])


def _language_right(heard: Sequence[Heard]) -> float | None:
    return share([one.in_right for one in heard], [one.in_text for one in heard])


def _without_text(heard: Sequence[Heard]) -> float | None:
    return share([max(0.0, one.speech - one.in_text) for one in heard], [one.speech for one in heard])


def _word_time(quantile: float, heard: Sequence[Heard]) -> float | None:
    errors = [error for one in heard for error in one.word_times]
    return float(np.quantile(errors, quantile)) if errors else None


def _first_word(heard: Sequence[Heard]) -> float | None:
    errors = _first_words(heard)
    return float(np.median(errors)) if errors else None


def _first_word_p90(heard: Sequence[Heard]) -> float | None:
    errors = _first_words(heard)
    return float(np.quantile(np.abs(errors), 0.9)) if errors else None


def _first_words_early(heard: Sequence[Heard]) -> float | None:
    errors = _first_words(heard)
    return share([error < -EARLY for error in errors], [1] * len(errors))


def _first_words(heard: Sequence[Heard]) -> list[float]:
    return [error for one in heard for error in one.first_words]


def _pulled(heard: Sequence[Heard]) -> float | None:
    known = [one.pulled for one in heard if one.pulled is not None]
    return share(known, [1] * len(known))


def _skipped(heard: Sequence[Heard]) -> float | None:
    return share([not one.separated for one in heard], [1] * len(heard))


def _si_sdr_mix(heard: Sequence[Heard]) -> float | None:
    return _mean([one.si_sdr_mix for one in heard])


def _si_sdr_voice(heard: Sequence[Heard]) -> float | None:
    return _mean([one.si_sdr_voice for one in heard])


def _gain(heard: Sequence[Heard]) -> float | None:
    return _mean(
        [
            one.si_sdr_voice - one.si_sdr_mix
            for one in heard
            if one.si_sdr_voice is not None and one.si_sdr_mix is not None
        ]
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return share(known, [1] * len(known))


def _of_speech(name: str, told: Sequence[Told]) -> float | None:
    return share([getattr(one.speakers, name) for one in told], [one.speakers.speech for one in told])


def _counted_right(told: Sequence[Told]) -> float | None:
    return share([one.speakers.found == one.speakers.true for one in told], [1] * len(told))


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _ratio(value: float) -> str:
    return f"{value:.2f}"


def _milliseconds(value: float) -> str:
    return f"{1000 * value:.0f} ms"


def _signed_milliseconds(value: float) -> str:
    return f"{1000 * value:+.0f} ms"


def _decibels(value: float) -> str:
    return f"{value:+.1f} dB"


# Of whom


def _under(condition: str, one: Heard | Told) -> bool:
    return one.condition == condition


def _degraded(one: Heard) -> bool:
    return one.condition not in ("clean", SWITCHING)


def _separated(one: Heard) -> bool:
    return one.condition == "clean" and one.separated


def _of_speakers(count: int, one: Told) -> bool:
    return one.speakers.true == count


_NAMES = tuple(str(condition) for condition in CONDITIONS)
_EACH = tuple((name, partial(_under, name)) for name in _NAMES)
_DEGRADED = _EACH[1:]
_AND_SWITCHING = (*_EACH, (SWITCHING, partial(_under, SWITCHING)))
_DIALOGUES = (
    *((f"{count} speakers", partial(_of_speakers, count)) for count in range(1, 9)),
    *_EACH,
)

TRANSCRIPTION: tuple[Figure[Heard], ...] = (
    Figure("CER", _cer, _percent, _AND_SWITCHING),
    Figure("CER, separation off", _cer_off, _percent, _DEGRADED),
    Figure("errors with / without separation", _errors_left, _ratio, (*_DEGRADED, ("all of these", _degraded))),
    Figure("language right", _language_right, _percent, _AND_SWITCHING),
    Figure("speech without text", _without_text, _percent, _AND_SWITCHING),
    Figure("word times off, median", partial(_word_time, 0.5), _milliseconds, _EACH),
    Figure("word times off, p90", partial(_word_time, 0.9), _milliseconds, _EACH),
    Figure("first words' starts off, median", _first_word, _signed_milliseconds, _EACH),
    Figure("first words' starts off, p90", _first_word_p90, _milliseconds, _EACH),
    Figure(f"first words early by over {EARLY:g} s", _first_words_early, _percent, _EACH),
    Figure("first word at 0.00", _pulled, _percent, _EACH),
)
SEPARATION: tuple[Figure[Heard], ...] = (
    Figure("SI-SDR in the mix", _si_sdr_mix, _decibels, _DEGRADED),
    Figure("SI-SDR gain", _gain, _decibels, (*_DEGRADED, ("all of these", _degraded))),
    Figure("separation skipped", _skipped, _percent, _EACH),
    Figure("SI-SDR of the voice", _si_sdr_voice, _decibels, (("clean, not skipped", _separated),)),
)
DIARIZATION: tuple[Figure[Told], ...] = (
    Figure("DER", partial(_of_speech, "errors"), _percent, _DIALOGUES),
    Figure("missed", partial(_of_speech, "missed"), _percent, _DIALOGUES),
    Figure("false alarm", partial(_of_speech, "false_alarm"), _percent, _DIALOGUES),
    Figure("confused", partial(_of_speech, "confused"), _percent, _DIALOGUES),
    Figure("speakers counted right", _counted_right, _percent, _DIALOGUES),
)
