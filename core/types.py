"""What flows between the stages: frozen, slotted values that hold tuples.

`start` and `end` are always seconds from the start of the recording (0 = container start); every other
quantity carries its unit in its name. Times are rounded only when they leave the process.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, with_config

from core.errors import Reason

Language = Literal["ko", "en", "zh", "ja"]
LANGUAGES: tuple[Language, ...] = ("ko", "en", "zh", "ja")

Mark = Literal["inaudible", "overlap", "foreign"]
"""What a person says of a sentence beside its text: (part of) it cannot be understood, two people speak at once,
(part of) it is in another language."""


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Decoded samples: (channel, time) float32, nominally in [-1, 1]; `start` places a window in the recording."""

    samples: npt.NDArray[np.float32]
    sample_rate: int
    start: float = 0.0

    def __post_init__(self) -> None:
        view = self.samples.view()
        view.flags.writeable = False
        object.__setattr__(self, "samples", view)

    @property
    def end(self) -> float:
        return self.start + float(self.samples.shape[1]) / self.sample_rate


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One audio stream of a media file; `index` counts audio streams only, from 0.

    `start` is where its first sample lies after the container's start; `duration` is what the file declares
    for this very stream, None where it declares nothing.
    """

    index: int
    codec: str
    sample_rate: int
    channels: int
    start: float
    duration: float | None


@dataclass(frozen=True, slots=True)
class Media:
    """What a container says of itself before anything is decoded."""

    container: str
    duration: float | None
    size_bytes: int
    has_video: bool
    tracks: tuple[AudioTrack, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """A media file known by its content. Small: this, never samples, is what tasks exchange.

    `id` is the SHA-256 of the bytes in hex, `uri` the address as it was given, `path` where the bytes lie
    on this machine.
    """

    id: str
    uri: str
    path: Path
    media: Media


@dataclass(frozen=True, slots=True)
class Rejected:
    """A recording that cannot be drafted: why, and what its owner can do."""

    recording: str
    reason: Reason
    advice: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A recording whose bytes came in before, in this batch or an earlier one, under the address `of`."""

    recording: str
    of: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """The verdict of one whole decoding pass at 44.1 kHz stereo.

    `track` is the audio track chosen; `mean` and `deviation` are those of the mono mix, which the separation
    network is normalised by; `peak` is the largest absolute sample (above 1.0 in clipped float files).
    """

    track: int
    duration: float
    mean: float
    deviation: float
    peak: float
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalQuality:
    """How the mix sounds before anything is done to it; None where there is nothing to measure by."""

    voice_share: float
    voice_level_dbfs: float | None
    noise_level_dbfs: float | None
    snr_db: float | None
    music_share: float
    clipped_share: float
    bandwidth_hz: float
    dc_offset: float
    voiced: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Stem:
    """A stored mono 16 kHz FLAC of one recording.

    `file` is its name in the media store; a stored sample times `gain` is the sample as it was before
    storing (stems are stored with headroom so that nothing clips).
    """

    file: str
    duration: float
    gain: float


@dataclass(frozen=True, slots=True)
class Separation:
    """The voice stem: separated, or the plain mix where `separated` is False; `why` says which and why."""

    voice: Stem
    separated: bool
    why: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loudness:
    """One linear gain to be applied to the voice stem, and what it reaches.

    `integrated_lufs` is None for silence and for stems under 0.4 s, whose gain is 0 dB. `limited` says that
    the true-peak ceiling won over the target.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    gain_db: float
    reached_lufs: float | None
    limited: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of one speaker. Exclusive turns never overlap one another; regular turns may."""

    start: float
    end: float
    speaker: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised token; `confidence` is the recogniser's own probability, 0 to 1.

    `text` keeps the leading space that the recogniser wrote, so joined words spell the raw text again.
    """

    text: str
    start: float
    end: float
    confidence: float
    speaker: str | None = None
    overlapped: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What the recogniser wrote for one window, in one language, with the figures that say how it went.

    `redecoded`: the window looked suspect after the batched pass and was decoded again, by itself.
    """

    start: float
    end: float
    language: Language
    words: tuple[Word, ...]
    mean_log_probability: float
    compression_ratio: float
    no_speech_probability: float
    redecoded: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """All passages of a recording, in order; `language` is the one with most seconds of speech.

    `voiced` is where the voice detector hears somebody in what was transcribed: sorted, disjoint. `redecoded`
    counts the windows that were decoded again, with those that gave no passage.
    """

    language: Language
    language_confidence: float
    passages: tuple[Passage, ...]
    voiced: tuple[tuple[float, float], ...]
    redecoded: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person corrects: one row, one speaker, one time span, one language.

    `text` is normalised for reading, `raw_text` exactly what the recogniser wrote; `speaker` is None where
    it is uncertain.
    """

    id: str
    start: float
    end: float
    speaker: str | None
    language: Language
    text: str
    raw_text: str
    confidence: float
    flags: tuple[str, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Sentences with their flags, the flags of the recording, and voice that nobody wrote down."""

    sentences: tuple[Sentence, ...]
    flags: tuple[str, ...]
    unwritten_voice: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """The piece of a recording that one person gets: [start, end) seconds, `index` of `count`."""

    index: int
    count: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class DraftRecording:
    """The recording as a draft names it: `id` SHA-256, `uri` as given, `duration` in decoded seconds."""

    id: str
    uri: str
    duration: float


@dataclass(frozen=True, slots=True)
class StageProvenance:
    """How one stage was set: enough to run it again. Devices, batch sizes and paths are not part of it."""

    name: str
    version: int
    fingerprint: str
    settings: dict[str, Any]
    models: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Where a draft comes from: the draft stage's fingerprint, the model set, every stage."""

    fingerprint: str
    model_set: str
    stages: tuple[StageProvenance, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The machine's sentences for one work unit: `prelabel.draft/1`. Immutable; no clock time, host or price."""

    schema: Literal["prelabel.draft/1"]
    draft_id: str
    project: str
    external_id: str
    metadata: dict[str, str]
    recording: DraftRecording
    unit: Unit
    language: Language
    sentences: tuple[Sentence, ...]
    turns: tuple[Turn, ...]
    quality: dict[str, Any]
    flags: tuple[str, ...]
    pipeline: Pipeline


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class CorrectedSentence:
    """A sentence as a person left it. `start` and `end` are seconds from the start of the recording.

    `from_ids` (in documents `from`) names the draft's sentences that it was made of: none for an added one, several
    for merged ones, None where the tool does not know. `seconds` is how long the person worked on it. `marks` are
    written where there are any, so that older documents keep their hashes; only a sentence marked `inaudible`
    may have an empty text.
    """

    start: float
    end: float
    speaker: str | None
    text: str
    id: str | None = None
    from_ids: Annotated[tuple[str, ...] | None, Field(alias="from")] = None
    seconds: float | None = None
    marks: Annotated[tuple[Mark, ...], Field(exclude_if=operator.not_)] = ()


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Correction:
    """A person's version of a draft: `prelabel.correction/1`. Each submission is a new revision, from 1 on.

    `lead_time` is the active seconds of this revision alone. `played` says which spans of the recording were heard,
    None where the tool does not know.
    """

    schema: Literal["prelabel.correction/1"]
    draft_id: str
    revision: int
    worker: str
    lead_time: float
    sentences: tuple[CorrectedSentence, ...]
    played: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a draft is expected to be as hard as it is: a plain sentence, and the points of difficulty that it adds.

    `feature` is the name of the measure that says so (`models.difficulty.features`); `points` may be negative.
    """

    feature: str
    text: str
    points: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """How hard a draft is expected to be, before anybody edits it.

    `value` is a difficulty, 0 to 100; eight drafts in ten are expected to turn out between `low` and `high`.
    `effort` is what that comes to in seconds of handwork on this very draft, with the ends of the same interval.
    `from_scratch`: typing it afresh is expected to be less work than mending it. `model` names what predicted it,
    and `reasons` are those with most points first.
    """

    value: float
    low: float
    high: float
    effort: float
    effort_low: float
    effort_high: float
    from_scratch: bool
    model: str
    reasons: tuple[Cause, ...]
