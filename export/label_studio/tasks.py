"""A draft as a Label Studio task with a prediction, and a person's annotation as sentences of a correction.

A region is a sentence: its id is the sentence's, so that it is known again. Times in Label Studio count from the
start of the clip, which is the start of the work unit. A region is written as two results with the same id, one of
the control `speaker` and one of the control `transcription` (Label Studio 1.23, its JSON of audio regions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from math import isfinite
from typing import Any
from xml.sax.saxutils import quoteattr

from core.project import Project
from core.spans import overlap
from core.types import CorrectedSentence, Correction, Draft, Sentence
from export.drafts import printable, rounded
from export.formats.clip import clip_ms, placed
from export.formats.labelstudio import UNCERTAIN, label_of, task
from export.reviews import Review

SPEAKERS = tuple(f"S{number}" for number in range(1, 9))
"""Labels that every project has, so that a person can name a speaker whom the machine missed."""

_COLOURS = dict(
    zip(
        (*SPEAKERS, UNCERTAIN),
        ("#7b3fe4", "#e07b00", "#00838f", "#c2185b", "#2e7d32", "#1565c0", "#6d4c41", "#9e9d24", "#757575"),
        strict=True,
    )
)
"""Label Studio's own are hard to tell apart from the third speaker on, where two of them overlap most of all."""

HOW_TO = (
    "Every sentence is a region of the sound, with a speaker and a text. Click a text in the list to correct it.",
    "Press By Time above the list and choose Order by Media Start Time, once: what you add is in its place then.",
    "Ctrl + P plays the sentence that is selected, and pauses. Ctrl + scroll over the sound zooms.",
    "Another speaker: click the name of the speaker in the list, then press the number of the right one. ? is for "
    "a speaker whom nobody can tell.",
    "A sentence that was missed: press Escape and the number of its speaker, drag over the sound, and write its "
    "text in the list. Hold Shift to draw over another sentence: without it, dragging a sentence moves it.",
    "A sentence that nobody says: click its speaker in the list, then press Backspace.",
    "One sentence that is two: pull its end back, and draw the other one. Two that are one: delete one of them, "
    "and pull the other one over its place.",
    "Ctrl + Z takes back what was done last.",
    "What a reviewer wants changed stands above the sound. Correct it and press Update.",
)
"""What everybody is told who corrects in Label Studio."""

SAME_SECONDS = 0.0015
"""A border that moved by less was not moved by a person: both sides round to milliseconds."""

FLAGS: Mapping[str, str] = {
    "lead_time_incomplete": "an update of the annotation may have come and gone between two pulls",
    "several_annotations": "more than one person annotated the task; the latest annotation is the correction",
    "empty_annotation": "every sentence of the draft was deleted",
    "region_without_text": "a region without text was left out",
    "region_without_label": "a region without label became a sentence of an uncertain speaker",
    "several_labels": "a region had several labels; the first one is the speaker",
    "several_texts": "a region had several texts; they were joined",
    "unreadable_region": "a region without a span of time was left out",
}
"""What a correction from Label Studio may be flagged with, and what that means."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One person's annotation of a task, at one `version` of it: when it was last changed, in UTC.

    `worker` is the id of the user who changed it last. `lead_time` is as Label Studio tells it.
    """

    id: int
    version: str
    created: str
    worker: int | None
    lead_time: float
    cancelled: bool
    results: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of one annotation that a pull saw: its lead time, and whether a revision was made of it."""

    lead_time: float
    submitted: bool


@dataclass(slots=True)
class _Region:
    """What the results of one region id say together."""

    start: float | None = None
    end: float | None = None
    labels: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A region that becomes a sentence; `drafted` is the draft's sentence of the same id."""

    name: str
    start: float
    end: float
    speaker: str | None
    text: str
    drafted: Sentence | None


def label_config(speakers: Iterable[str] = SPEAKERS) -> str:
    """The labelling interface: what is heard, a reviewer's remarks, speakers, the sound, a text for each region."""
    labels = "".join(f"\n    {_label(name)}" for name in (*speakers, UNCERTAIN))
    return f"""<View>
  <Header value="$recording · $unit · $language" size="6"/>
  <Header value="$review" size="5"/>
  <Labels name="speaker" toName="audio">{labels}
  </Labels>
  <Audio name="audio" value="$audio" height="200"/>
  <TextArea name="transcription" toName="audio" perRegion="true" editable="true" displayMode="region-list" \
required="true" maxSubmissions="1" rows="2"/>
</View>"""


def with_labels(config: str, labels: Iterable[str]) -> str:
    """`config` with further speakers; whatever else a person made of it stays."""
    added = "".join(f"  {_label(name)}\n  " for name in labels)
    return config.replace("</Labels>", f"{added}</Labels>", 1)


def instruction(project: Project) -> str:
    """What people read before they begin, as HTML: what the customer wants, then how the page works."""
    told = project.guideline.for_people
    told |= {"names and terms": ", ".join(project.glossary)} if project.glossary else {}
    wanted = [f"<b>{escape(topic)}</b>: {escape(text)}" for topic, text in told.items()]
    return "<br><br>".join([*wanted, *(escape(text) for text in HOW_TO)])


def labels_of(parsed: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The speakers' labels of a project, from `parsed_label_config`; None where ours are not its controls."""
    speaker, transcription = parsed.get("speaker") or {}, parsed.get("transcription") or {}
    fits = (
        speaker.get("type") == "Labels"
        and "audio" in speaker.get("to_name", ())
        and transcription.get("type") == "TextArea"
        and "audio" in transcription.get("to_name", ())
    )
    return tuple(speaker.get("labels", ())) if fits else None


def labels_needed(draft: Draft) -> tuple[str, ...]:
    """The labels that a draft's prediction names, in order of appearance."""
    return tuple(dict.fromkeys(label_of(sentence) for sentence in draft.sentences))


def task_of(draft: Draft, audio_url: str) -> dict[str, Any]:
    """A draft as a task to import: data with the draft's id, and one prediction.

    A sentence that reaches beyond the unit ends where the clip ends.
    """
    data = {
        "audio": audio_url,
        "draft_id": draft.draft_id,
        "project": draft.project,
        "recording": _file_name(draft.recording.uri),
        "unit": f"{draft.unit.index + 1}/{draft.unit.count}",
        "language": draft.language,
        "review": "",
    }
    return task(draft, audio_url) | {"data": data}


def problems_of(task: Mapping[str, Any], labels: Sequence[str], seconds: float) -> tuple[str, ...]:
    """What Label Studio would take without a word, and show wrongly or not at all. () for a sound task.

    `labels` are those of the project, `seconds` is the length of the clip.
    """
    return tuple(
        problem
        for prediction in task["predictions"]
        for result in prediction["result"]
        for problem in _result_problems(result, labels, seconds)
    )


def annotations_of(task: Mapping[str, Any]) -> tuple[Annotation, ...]:
    """The annotations of a task as the server gives it, in the order in which they were changed last."""
    found = (
        Annotation(
            id=int(one["id"]),
            version=instant(one["updated_at"]),
            created=instant(one["created_at"]),
            worker=_user(one.get("updated_by")) or _user(one.get("completed_by")),
            lead_time=_number(one.get("lead_time")) or 0.0,
            cancelled=bool(one.get("was_cancelled")),
            results=tuple(one.get("result") or ()),
        )
        for one in task.get("annotations") or ()
    )
    return tuple(sorted(found, key=lambda one: (one.version, one.id)))


def instant(text: str) -> str:
    """A moment as Label Studio writes it, always with microseconds and in UTC, so that texts sort as moments do."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sentences_of(
    results: Iterable[Mapping[str, Any]], draft: Draft
) -> tuple[tuple[CorrectedSentence, ...], tuple[str, ...]]:
    """The sentences that an annotation's regions make, in order of time, and the flags that they raise.

    A region with the id of a draft's sentence is that sentence, edited or not. Label Studio says nothing of
    splitting and merging, so `from` is read off the times: a new region that took most of its time from a sentence
    was split from it, and a sentence that was deleted was merged into the region that took most of its time over.
    """
    drafted = {sentence.id: sentence for sentence in rounded(draft).sentences}
    flags: set[str] = set()
    kept = [
        one
        for name, region in _regions(results).items()
        if (one := _kept(name, region, draft, drafted.get(name), flags)) is not None
    ]
    if drafted and not kept:
        flags.add("empty_annotation")
    kept.sort(key=lambda one: (one.start, one.end, one.name))
    still = {one.drafted.id: one for one in kept if one.drafted}
    return (
        tuple(
            CorrectedSentence(
                start=one.start,
                end=one.end,
                speaker=one.speaker,
                text=one.text,
                id=one.name,
                from_ids=tuple(
                    sentence.id
                    for sentence in drafted.values()
                    if _comes_from(one, sentence, still.get(sentence.id))
                ),
            )
            for one in kept
        ),
        tuple(flag for flag in FLAGS if flag in flags),
    )


def remarks(judged: Review, correction: Correction, unit_start: float) -> str:
    """What a reviewer wants changed, in one line; sentences are named by their time in the clip and their text.

    "" where the verdict is not rework.
    """
    if judged.verdict != "rework":
        return ""
    named = (
        f"[{_clock(sentence.start - unit_start)} {sentence.text[:40]}] {comment.text}"
        for comment in judged.comments
        for sentence in (correction.sentences[comment.sentence],)
    )
    return " · ".join(("Rework", *(text for text in (judged.comment, *named) if text)))


def lead_seconds(seen: Sequence[Seen]) -> tuple[float, bool]:
    """The active seconds since the last revision, over all versions of an annotation that were seen, oldest first.

    Label Studio's own page adds a session to the lead time that the annotation has and sends the sum (`prepareData`
    in its lsf-sdk.js), so only the growth is new. Other clients send the seconds of the update alone, and the
    server puts them in the place of what was there: a lead time that shrank counts whole. Then (second value) an
    update that no pull saw would be missing.
    """
    seconds, before, replaced = 0.0, 0.0, False
    for one in seen:
        shrank = one.lead_time < before
        own = one.lead_time if shrank else one.lead_time - before
        seconds, replaced = (0.0, False) if one.submitted else (seconds + own, replaced or shrank)
        before = one.lead_time
    return round(seconds, 3), replaced


def _label(name: str) -> str:
    colour = f' background="{_COLOURS[name]}"' if name in _COLOURS else ""
    return f"<Label value={quoteattr(name)}{colour}/>"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(seconds, 0.0), 60.0)
    return f"{minutes:.0f}:{rest:04.1f}"


def _file_name(uri: str) -> str:
    """The last part of an address: workers have no business with folders, or with what signs a link."""
    return uri.partition("?")[0].rstrip("/").rpartition("/")[2]


def _in_clip(sentence: Sentence, draft: Draft) -> tuple[float, float]:
    """Where a sentence lies in the clip of its unit, as its task says."""
    start, end = placed(sentence, draft.unit)
    return start / 1000, end / 1000


def _length(draft: Draft) -> float:
    return clip_ms(draft.unit) / 1000


def _result_problems(result: Mapping[str, Any], labels: Sequence[str], seconds: float) -> Iterator[str]:
    control, value = (result["from_name"], result["type"]), result["value"]
    at = f"sentence {result['id']}"
    if result["to_name"] != "audio" or control not in (("speaker", "labels"), ("transcription", "textarea")):
        yield f"{at}: the project has no such control"
        return
    length = result["original_length"]
    if abs(length - seconds) > SAME_SECONDS or not 0.0 <= value["start"] < value["end"] <= length:
        yield f"{at}: it does not lie within the clip of {seconds:.3f} s ({value['start']} to {value['end']} s)"
    if result["type"] == "labels" and not set(value["labels"]) <= set(labels):
        yield f"{at}: the project has no label {value['labels'][0]!r}"
    if result["type"] == "textarea" and not "".join(value["text"]).strip():
        yield f"{at}: it has no text"


def _user(named: Any) -> int | None:
    """The id of a user, whom Label Studio names by the id alone, in an object, or in a list of either."""
    if isinstance(named, list):
        named = named[0] if named else None
    if isinstance(named, Mapping):
        named = named.get("id", named.get("user_id"))
    return named if isinstance(named, int) else None


def _regions(results: Iterable[Mapping[str, Any]]) -> dict[str, _Region]:
    """The regions by their ids, in the order in which they come."""
    regions: dict[str, _Region] = {}
    for result in results:
        value = result.get("value") if isinstance(result, Mapping) else None
        if not isinstance(value, Mapping) or "start" not in value or "id" not in result:
            continue
        region = regions.setdefault(printable(str(result["id"])), _Region())
        start, end = _number(value.get("start")), _number(value.get("end"))
        region.start, region.end = (start, end) if region.start is None else (region.start, region.end)
        if result.get("from_name") == "speaker":
            region.labels += _texts(value.get("labels"))
        elif result.get("from_name") == "transcription":
            region.texts += _texts(value.get("text"))
    return regions


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return tuple(printable(str(text)) for text in listed)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if is_number else None


def _kept(name: str, region: _Region, draft: Draft, drafted: Sentence | None, flags: set[str]) -> _Kept | None:
    """The sentence that a region makes, None where it makes none; what is odd about it is added to `flags`."""
    texts = [text for text in region.texts if text.strip()]
    span = _in_recording(region, draft, drafted)
    if span is None:
        flags.add("unreadable_region")
        return None
    if not texts:
        flags.add("region_without_text")
        return None
    flags |= {"several_texts"} if len(texts) > 1 else set()
    flags |= {"region_without_label"} if not region.labels else set()
    flags |= {"several_labels"} if len(region.labels) > 1 else set()
    label = region.labels[0] if region.labels else UNCERTAIN
    joint = "" if draft.language in ("zh", "ja") else " "
    return _Kept(name, *span, None if label == UNCERTAIN else label, joint.join(texts), drafted)


def _in_recording(region: _Region, draft: Draft, drafted: Sentence | None) -> tuple[float, float] | None:
    """Where a region lies in the recording, None where it is empty; a border nobody moved is the draft's own."""
    if region.start is None or region.end is None:
        return None
    start, end = (
        round(draft.unit.start + min(max(moment, 0.0), _length(draft)), 3) for moment in (region.start, region.end)
    )
    if drafted is not None:
        sent = _in_clip(drafted, draft)
        start = drafted.start if abs(region.start - sent[0]) < SAME_SECONDS else start
        end = drafted.end if abs(region.end - sent[1]) < SAME_SECONDS else end
    return (start, end) if start < end else None


def _comes_from(one: _Kept, sentence: Sentence, still: _Kept | None) -> bool:
    """Whether a region was made of a draft's sentence; `still` is the region that has the sentence's id."""
    if one.drafted is not None and one.drafted.id == sentence.id:
        return True
    shared = overlap(one, sentence)
    if one.drafted is not None:  # merged: it took over most of a sentence that is gone
        return still is None and shared - _common(one, one.drafted, sentence) > (sentence.end - sentence.start) / 2
    if still is None:  # drawn anew in the place of one that is gone
        return shared > min(one.end - one.start, sentence.end - sentence.start) / 2
    return shared - _common(one, still, sentence) > (one.end - one.start) / 2


def _common(*spans: _Kept | Sentence) -> float:
    """Seconds that all the spans share."""
    return max(0.0, min(span.end for span in spans) - max(span.start for span in spans))
