"""The flow recording → draft → queue. It reads like the drawing in the README."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from core.errors import BadRecording, EnvironmentProblem, UsageProblem
from core.types import Draft, Duplicate, Recording, Rejected
from export.clips import Clip
from export.drafts import printable
from export.entries import QueueEntry
from export.queue import Queue
from flows import stages
from flows.observing import watched
from flows.stages import Run

T = TypeVar("T")
R = TypeVar("R")
log = logging.getLogger("prelabel")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a manifest: a recording to draft, under the customer's own id, with words to carry along."""

    uri: str
    external_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A recording with its drafts, the clip that is heard with each, and their rows in the queue."""

    recording: Recording
    drafts: tuple[Draft, ...]
    clips: tuple[Clip, ...]
    entries: tuple[QueueEntry, ...]


Outcome = Drafted | Rejected | Duplicate


class Perform(Protocol):
    """How one step of one recording is carried out: plainly, or as a Prefect task."""

    def __call__(self, stage: str, recording: str, work: Callable[[], T]) -> T: ...


def plainly(stage: str, recording: str, work: Callable[[], T]) -> T:
    """Just do it."""
    return work()


def draft_recording(run: Run, entry: Entry, queue: Queue, claims: Claims, perform: Perform) -> Outcome | Deferred:
    """One recording through every stage into the queue.

    Raises EnvironmentProblem only; whatever else goes wrong with this recording is its own `Rejected`.
    """
    uri = printable(entry.uri)
    try:
        recording = perform("probe", uri, lambda: stages.probe(run, entry.uri))
        if first := claims.held_by_another(recording.id, entry):
            return Deferred(first)
        try:
            return _through_the_stages(run, entry, recording, queue, perform)
        except BadRecording:
            stages.discard_staged(run, recording.path)
            raise
    except BadRecording as bad:
        return Rejected(uri, bad.reason, bad.advice)
    except (EnvironmentProblem, UsageProblem):
        raise
    except Exception as error:
        # A bug or a dying library must not take the batch along.
        log.exception("recording %r could not be drafted", uri)
        return Rejected(
            uri,
            "crashed",
            f"A stage failed on this recording ({type(error).__name__}: {error}). Run it again; if it fails "
            "again, send us the recording and the log.",
        )


def _through_the_stages(
    run: Run, entry: Entry, recording: Recording, queue: Queue, perform: Perform
) -> Drafted | Duplicate:
    """The drawing in the README."""
    uri = recording.uri
    decoded = perform("decode", uri, lambda: stages.decode(run, recording))
    quality = perform("quality", uri, lambda: stages.measure(run, recording, decoded))
    separation = perform("separate", uri, lambda: stages.separate(run, recording, decoded, quality))
    loudness = perform("loudness", uri, lambda: stages.level(run, recording, separation))
    turns = perform("diarize", uri, lambda: stages.diarize(run, recording, decoded, separation, loudness))
    transcript = perform("transcribe", uri, lambda: stages.transcribe(run, recording, separation, loudness))
    passages = perform("attribute", uri, lambda: stages.attribute(run, recording, transcript, turns))
    sentences = perform("sentences", uri, lambda: stages.cut(run, recording, decoded, transcript, passages))
    checked = perform("checks", uri, lambda: stages.inspect(run, recording, quality, sentences, transcript, turns))
    units = perform("units", uri, lambda: stages.divide(run, recording, decoded, transcript, checked))
    drafts = perform(
        "draft",
        uri,
        lambda: stages.assemble(
            run,
            recording,
            decoded,
            quality,
            separation,
            loudness,
            turns,
            transcript,
            checked,
            units,
            external_id=entry.external_id or uri,
            metadata=entry.metadata,
        ),
    )
    clips = perform("clips", uri, lambda: stages.make_clips(run, recording, decoded, separation, loudness, drafts))
    enqueued = perform("enqueue", uri, lambda: stages.enqueue(run, recording, drafts, queue))
    if enqueued.duplicate_of is not None:
        stages.discard_staged(run, recording.path)
        return Duplicate(uri, of=enqueued.duplicate_of)
    return Drafted(recording, drafts, clips, enqueued.entries)


@dataclass(frozen=True, slots=True)
class Deferred:
    """The same bytes are in work already, under the address `first`; this one waits until they are done."""

    first: str


class Claims:
    """Which recordings of a batch somebody works on already: the same bytes are drafted once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: dict[str, Entry] = {}

    def held_by_another(self, recording_id: str, entry: Entry) -> str | None:
        """None for the entry that came first with these bytes; the first one's address for the others."""
        with self._lock:
            holder = self._holder.setdefault(recording_id, entry)
            return None if holder is entry else printable(holder.uri)


def draft_all(
    run: Run,
    entries: Sequence[Entry],
    queue: Queue,
    perform: Perform,
    finish: Callable[[Drafted], R],
    *,
    lanes: int,
) -> tuple[R | Rejected | Duplicate, ...]:
    """All `entries`, `lanes` at a time, so that one recording decodes while another is on the GPU.

    Each drafted recording is given to `finish`, and what that makes of it is kept: of a long batch nothing
    large stays. Results come in the order of the entries and are as many. An EnvironmentProblem of one stops
    all: it would stop each.
    """
    claims = Claims()
    results: dict[int, R | Rejected | Duplicate | Deferred] = {}
    waiting: dict[Future[R | Rejected | Duplicate | Deferred], int] = {}

    def lane(entry: Entry) -> R | Rejected | Duplicate | Deferred:
        outcome = draft_recording(run, entry, queue, claims, perform)
        result = finish(outcome) if isinstance(outcome, Drafted) else outcome
        if not isinstance(outcome, Deferred):
            said = outcome.drafts if isinstance(outcome, Drafted) else outcome
            watched().recording_ended(printable(entry.uri), said)
        return result

    pool = ThreadPoolExecutor(lanes, thread_name_prefix="recording")
    try:
        for index, entry in enumerate(entries):
            waiting[pool.submit(contextvars.copy_context().run, lane, entry)] = index
            if len(waiting) >= lanes:
                _collect(waiting, results)
        while waiting:
            _collect(waiting, results)
    finally:
        # Where it ends early, by an error or by Ctrl-C, nobody waits for what is in flight.
        pool.shutdown(wait=False, cancel_futures=True)
    for index, entry in enumerate(entries):
        early = results[index]
        if isinstance(early, Deferred):
            results[index] = _settle(run, entry, early, queue, perform)
    return tuple(one for _, one in sorted(results.items()) if not isinstance(one, Deferred))


def _settle(run: Run, entry: Entry, deferred: Deferred, queue: Queue, perform: Perform) -> Rejected | Duplicate:
    """A recording whose bytes came in before it, once more: all is in the store, and the queue learns its name."""
    again = draft_recording(run, entry, queue, Claims(), perform)
    if isinstance(again, Drafted):
        stages.discard_staged(run, again.recording.path)
    outcome = again if isinstance(again, Rejected) else Duplicate(printable(entry.uri), of=deferred.first)
    watched().recording_ended(printable(entry.uri), outcome)
    return outcome


def _collect(waiting: dict[Future[R], int], results: dict[int, R]) -> None:
    """Take what is finished, waiting for at least one."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        results[waiting.pop(future)] = future.result()
