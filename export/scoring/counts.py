"""What is counted when a draft and its correction are compared. Counts add; rates are divided from the sums.

A rate of two drafts together is not the mean of their two rates, so nothing here is ever averaged (MeetEval, von
Neumann et al. 2023, keeps its error rates in the same way). Where there is nothing to divide by, a rate is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from core.difficulty import difficulty


class _Adding:
    """Sums field by field."""

    __slots__ = ()

    def __add__(self, other: Self) -> Self:
        mine = ((field.name, getattr(self, field.name), getattr(other, field.name)) for field in fields(self))  # type: ignore[arg-type]
        return type(self)(**{name: here + there for name, here, there in mine})


@dataclass(frozen=True, slots=True)
class Edits(_Adding):
    """Differences between a draft and its correction, each counted once, in one kind, from the person's side.

    `substitution`, `insertion`, `deletion`: content characters that the person replaced, wrote, took away. (For an
    error rate the correction is the reference, so what a person inserted the recogniser had deleted.)
    `orthography`: places where the same word is written otherwise. `punctuation`: marks. `spacing`: places with
    or without a space. `split`, `merge`, `shift`: borders of sentences. `speaker`: sentences given to another
    speaker, and names changed throughout. `time`: starts and ends moved.
    """

    substitution: int = 0
    insertion: int = 0
    deletion: int = 0
    orthography: int = 0
    punctuation: int = 0
    spacing: int = 0
    split: int = 0
    merge: int = 0
    shift: int = 0
    speaker: int = 0
    time: int = 0

    @property
    def content(self) -> int:
        return self.substitution + self.insertion + self.deletion

    @property
    def boundary(self) -> int:
        return self.split + self.merge + self.shift

    @property
    def total(self) -> int:
        return (
            self.content
            + self.orthography
            + self.punctuation
            + self.spacing
            + self.boundary
            + self.speaker
            + self.time
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "content": {
                "substitution": self.substitution,
                "insertion": self.insertion,
                "deletion": self.deletion,
            },
            "orthography": self.orthography,
            "punctuation": self.punctuation,
            "spacing": self.spacing,
            "boundary": {"split": self.split, "merge": self.merge, "shift": self.shift},
            "speaker": self.speaker,
            "time": self.time,
        }


@dataclass(frozen=True, slots=True)
class Figures(_Adding):
    """All that is counted of one or many drafts; `a + b` are the figures of both together.

    Everything ends in what it counts or is in seconds. `effort` and `typing` are seconds of handwork, for the edits
    and for typing all of the correction afresh; `fewest_typing` is for the shortest text that a draft is judged as.
    `words` and `word_errors` are of English drafts only. The speaker figures are seconds of speech, as the
    diarization error rate takes them. `lead_seconds` are active seconds of work on `lead_audio_seconds` of audio;
    drafts without a lead time are in neither.
    """

    edits: Edits = Edits()
    drafts: int = 0
    corrected_sentences: int = 0
    unchanged_sentences: int = 0
    unread_sentences: int = 0
    retype_sentences: int = 0
    draft_characters: int = 0
    content_characters: int = 0
    words: int = 0
    word_errors: int = 0
    effort: float = 0.0
    typing: float = 0.0
    fewest_typing: float = 0.0
    audio_seconds: float = 0.0
    lead_seconds: float = 0.0
    lead_audio_seconds: float = 0.0
    speech_seconds: float = 0.0
    missed_seconds: float = 0.0
    false_alarm_seconds: float = 0.0
    confused_seconds: float = 0.0

    @property
    def cer(self) -> float | None:
        """Content edits per content character of the correction; above 1 where much was taken away."""
        return _ratio(self.edits.content, self.content_characters)

    @property
    def wer(self) -> float | None:
        """Word edits per word of the correction, of English drafts."""
        return _ratio(self.word_errors, self.words)

    @property
    def der(self) -> float | None:
        """Diarization error rate of the draft's sentences: missed, false and confused seconds per spoken one."""
        wrong = self.missed_seconds + self.false_alarm_seconds + self.confused_seconds
        return _ratio(wrong, self.speech_seconds)

    @property
    def difficulty(self) -> float | None:
        """0 to 100 (see `core.difficulty`); None where neither side has any content."""
        if not self.content_characters and not self.draft_characters:
            return None
        return difficulty(self.effort, max(self.typing, self.fewest_typing))

    @property
    def work_ratio(self) -> float | None:
        """Minutes of work per minute of audio, over the drafts whose lead time is known."""
        return _ratio(self.lead_seconds, self.lead_audio_seconds) if self.lead_seconds else None

    @property
    def unchanged_share(self) -> float | None:
        return _ratio(self.unchanged_sentences, self.corrected_sentences)

    @property
    def unread_share(self) -> float | None:
        return _ratio(self.unread_sentences, self.corrected_sentences)

    def to_dict(self) -> dict[str, Any]:
        """Every count and every rate by name; seconds to a thousandth, rates to a millionth."""
        counts = {
            field.name: rounded(getattr(self, field.name), 3) for field in fields(self) if field.name != "edits"
        }
        rates = {
            name: rounded(getattr(self, name), 6)
            for name in ("cer", "wer", "der", "work_ratio", "unchanged_share", "unread_share")
        }
        return {"edits": self.edits.to_dict(), **counts, **rates, "difficulty": rounded(self.difficulty, 1)}


COUNTS: Final[Mapping[str, type]] = {
    name: type(value)
    for counts in (Edits(), Figures())
    for name, value in ((field.name, getattr(counts, field.name)) for field in fields(counts))
    if name != "edits"
}
"""Every count by name, those of edits first, with its type: int, or float for seconds."""


def flat(figures: Figures) -> dict[str, float]:
    """Every count by its name in COUNTS."""
    return {name: getattr(figures.edits if hasattr(Edits, name) else figures, name) for name in COUNTS}


def from_flat(counts: Mapping[str, float]) -> Figures:
    """The figures of such counts; more than COUNTS may be among them."""
    edits = {field.name for field in fields(Edits)}
    taken = {name: kind(counts[name]) for name, kind in COUNTS.items()}
    return Figures(
        edits=Edits(**{name: value for name, value in taken.items() if name in edits}),
        **{name: value for name, value in taken.items() if name not in edits},
    )


def read_figures(shown: Mapping[str, Any]) -> Figures:
    """The figures that `to_dict` of a draft's or a batch's score wrote down, so that stored ones can be added."""
    edits = dict(shown["edits"])
    counts = {field.name: shown[field.name] for field in fields(Figures) if field.name != "edits"}
    return Figures(edits=Edits(**edits.pop("content"), **edits.pop("boundary"), **edits), **counts)


def added(figures: Iterable[Figures]) -> Figures:
    """The figures of all together; of none, nothing but zeros and Nones."""
    return sum(figures, Figures())


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def rounded(value: float | None, digits: int) -> float | None:
    """A figure as documents say it; None stays None, and a whole number is whole."""
    return None if value is None else round(value, digits)
