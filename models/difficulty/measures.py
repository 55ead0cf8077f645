"""What a draft and its sound say about how hard it will be: counts and figures, measured once and kept.

A prediction is made from these alone, so it can be renewed with other models without opening the draft again. They
are as they were found; what they mean for the work, `models.difficulty.features` says.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Annotated, Any, Final, NamedTuple

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from core.errors import BadDocument
from core.spans import merged, subtracted, total
from core.types import Draft, Language, Sentence, Unit
from models.difficulty.confidence import BINS, bin_of
from models.normalisation import letters
from models.sentences.boundaries import CLOSERS, FINAL
from models.voice_activity import SileroVoice

SCHEMA: Final = "prelabel.measures/1"

JOINED_SECONDS: Final = 0.5
"""Silence between words that counts as written, as in `models.checks`."""
WINDOW_WORDS: Final = 10
"""The least sure so many words in a row: about a sentence."""
WINDOW_SECONDS: Final = 30.0
"""How well text packs is asked of so much at a time, as Whisper does."""
QUIETEST_DB, LOUDEST_DB = -100.0, 100.0
LONGEST_SECONDS: Final = 1e6
"""No work unit is longer: eleven days."""

Amount = Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Decibels = Annotated[float, Field(ge=QUIETEST_DB, le=LOUDEST_DB, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Measures:
    """Of one draft. Counts and seconds are those of its work unit; None where there is nothing to measure by.

    `confidences` are words by confidence, in equal bins. `worst_confidence` is the mean of the least sure
    WINDOW_WORDS in a row, `unsure_places` how many places to mend that comes to, neighbouring wrong words being
    one. `speech_seconds` have words, `turn_seconds` a speaker, `silent_turn_seconds` a speaker and no words;
    `overlap_seconds` have two speakers at once, and `unwritten_seconds` a voice that nobody wrote down. `changes`
    are sentences by another speaker than the one before. `quality` figures are those of the mix, of the whole
    recording.
    """

    language: Language
    recogniser: str
    audio_seconds: Amount
    characters: Count
    confidences: Annotated[tuple[Count, ...], Field(min_length=BINS, max_length=BINS)]
    worst_confidence: Share | None
    unsure_places: Amount
    sentences: Count
    unfinished_sentences: Count
    speech_seconds: Amount
    turn_seconds: Amount | None
    silent_turn_seconds: Amount | None
    overlap_seconds: Amount | None
    overlapped_words: Count
    unwritten_seconds: Amount
    speakers: Count
    changes: Count
    uncertain_sentences: Count
    other_language_sentences: Count
    mixed_sentences: Count
    looped_sentences: Count
    invented_sentences: Count
    hurried_sentences: Count
    sparse_sentences: Count
    redecoded: Count
    compression_ratio: Amount | None
    snr_db: Decibels | None
    music_share: Share | None
    clipped_share: Share | None
    bandwidth_hz: Amount | None
    voice_share: Share | None
    separated: bool | None
    flags: tuple[str, ...]

    @property
    def words(self) -> int:
        return sum(self.confidences)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; `read_measures` reads it back."""
        return {"schema": SCHEMA, **asdict(self)}


def read_measures(document: Mapping[str, Any]) -> Measures:
    """The measures that `to_dict` wrote down. Raises BadDocument where they are damaged or of another version."""
    found = dict(document) if isinstance(document, Mapping) else {}
    schema = found.pop("schema", None)
    if schema != SCHEMA:
        raise _unreadable(f"they are {schema!r}, and this prelabel reads {SCHEMA!r}")
    try:
        return _adapter().validate_python(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise _unreadable(f"{place}: {first['msg']}") from error


def _unreadable(why: str) -> BadDocument:
    return BadDocument("these measures of a draft cannot be read", why=why, fix="measure the draft again")


@cache
def _adapter() -> TypeAdapter[Measures]:
    return TypeAdapter(Measures)


def recogniser_of(draft: Draft) -> str:
    """Name and revision of what wrote the draft down; `unknown` where its provenance does not say."""
    for stage in draft.pipeline.stages:
        if stage.name == "transcribe":
            named = [f"{name} {revision}" for name, revision in stage.models.items() if name != SileroVoice.name]
            return ", ".join(sorted(named)) or "unknown"
    return "unknown"


def measure(draft: Draft) -> Measures:
    """What `draft` says, whatever it lacks: no words, no speakers, no turns, partial or absurd figures."""
    unit = draft.unit
    sentences = draft.sentences
    words = [word for sentence in sentences for word in sentence.words]
    confidences = [0] * BINS
    sure = [min(max(word.confidence, 0.0), 1.0) for word in words if math.isfinite(word.confidence)]
    for confidence in sure:
        confidences[bin_of(confidence)] += 1
    written = _within(((word.start, word.end) for word in words), unit)
    covered = merged(written, join_within=JOINED_SECONDS)
    regular = [turn for turn in draft.turns if not turn.exclusive] or list(draft.turns)
    turns = _within(((turn.start, turn.end) for turn in regular), unit)
    spoken = merged(turns)
    flagged = [flag for sentence in sentences for flag in set(sentence.flags)]
    quality = draft.quality
    return Measures(
        language=draft.language,
        recogniser=recogniser_of(draft),
        audio_seconds=_length(unit),
        characters=sum(len(letters(sentence.text)) for sentence in sentences),
        confidences=tuple(confidences),
        worst_confidence=_worst(sure),
        unsure_places=sum((1.0 - here) * before for before, here in pairwise([1.0, *sure])),
        sentences=len(sentences),
        unfinished_sentences=sum(not _is_finished(sentence.text) for sentence in sentences),
        speech_seconds=total(merged(written)),
        turn_seconds=total(spoken) if turns else None,
        silent_turn_seconds=total(subtracted(spoken, covered)) if turns else None,
        overlap_seconds=_overlapping(turns) if turns else None,
        overlapped_words=sum(word.overlapped for word in words),
        unwritten_seconds=total(merged(_within(_pairs(quality.get("unwritten_voice")), unit))),
        speakers=len({sentence.speaker for sentence in sentences if sentence.speaker is not None}),
        changes=sum(here.speaker != there.speaker for here, there in pairwise(sentences)),
        uncertain_sentences=sum(sentence.speaker is None for sentence in sentences),
        other_language_sentences=sum(sentence.language != draft.language for sentence in sentences),
        mixed_sentences=flagged.count("code_switch"),
        looped_sentences=flagged.count("loop"),
        invented_sentences=sum(bool({"outro", "no_voice"} & set(sentence.flags)) for sentence in sentences),
        hurried_sentences=flagged.count("too_fast"),
        sparse_sentences=flagged.count("too_slow"),
        redecoded=int(_number(quality, "redecoded", 0.0, 1e9) or 0),
        compression_ratio=_compression_ratio(sentences),
        snr_db=_number(quality, "snr_db", QUIETEST_DB, LOUDEST_DB),
        music_share=_number(quality, "music_share", 0.0, 1.0),
        clipped_share=_number(quality, "clipped_share", 0.0, 1.0),
        bandwidth_hz=_number(quality, "bandwidth_hz", 0.0, 1e6),
        voice_share=_number(quality, "voice_share", 0.0, 1.0),
        separated=_separated(quality.get("separation")),
        flags=tuple(draft.flags),
    )


class _Stretch(NamedTuple):
    start: float
    end: float


def _length(unit: Unit) -> float:
    seconds = unit.end - unit.start
    return min(seconds, LONGEST_SECONDS) if math.isfinite(seconds) and seconds > 0.0 else 0.0


def _within(spans: Iterable[tuple[float, float]], unit: Unit) -> list[_Stretch]:
    """What of `spans` lies in the unit; whoever wrote a time that is none is passed over."""
    length = _length(unit)
    if not length:
        return []
    last = unit.start + length
    cut = (
        _Stretch(max(start, unit.start), min(end, last))
        for start, end in spans
        if math.isfinite(start) and math.isfinite(end)
    )
    return [span for span in cut if span.end > span.start]


def _pairs(found: Any) -> Iterator[tuple[float, float]]:
    """Spans as a draft's quality holds them, as far as they are some."""
    for span in found if isinstance(found, list | tuple) else ():
        match span:
            case [int() | float() as start, int() | float() as end]:
                with suppress(OverflowError):  # an int may be too large for a time
                    yield float(start), float(end)


def _overlapping(turns: Sequence[_Stretch]) -> float:
    """Seconds in which two or more of `turns` go on."""
    edges = sorted([(turn.start, 1) for turn in turns] + [(turn.end, -1) for turn in turns])
    at_once, seconds = 0, 0.0
    for (here, step), (there, _) in pairwise(edges):
        at_once += step
        if at_once > 1:
            seconds += there - here
    return seconds


def _worst(confidences: Sequence[float]) -> float | None:
    if not confidences:
        return None
    width = min(WINDOW_WORDS, len(confidences))
    sums = [0.0, *accumulate(confidences)]
    least = min(sums[at + width] - sums[at] for at in range(len(confidences) - width + 1))
    return min(max(least / width, 0.0), 1.0)


def _is_finished(text: str) -> bool:
    return text.rstrip("".join(CLOSERS) + " ")[-1:] in FINAL


def _compression_ratio(sentences: Sequence[Sentence]) -> float | None:
    """Of the text that packs best, WINDOW_SECONDS at a time; loops pack well."""
    windows: dict[float, list[str]] = {}
    for sentence in sentences:
        if math.isfinite(sentence.start):
            windows.setdefault(sentence.start // WINDOW_SECONDS, []).append(sentence.raw_text)
    texts = [joined.encode("utf-8", "replace") for window in windows.values() if (joined := "".join(window))]
    return max((len(text) / len(zlib.compress(text)) for text in texts), default=None)


def _number(quality: Mapping[str, Any], name: str, lowest: float, highest: float) -> float | None:
    """A figure within its bounds; None where there is none."""
    value = quality.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):  # an int may be too large to be asked
        return None
    return float(min(max(value, lowest), highest))


def _separated(found: Any) -> bool | None:
    separated = found.get("separated") if isinstance(found, Mapping) else None
    return separated if isinstance(separated, bool) else None
