"""The flow recording → draft → queue. It reads like the drawing in the README."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from core.errors import BadRecording, EnvironmentProblem, UsageProblem
from core.types import Decoded, Draft, Duplicate, Loudness, Recording, Rejected, Separation, SignalQuality
from export.queue import Queue
from flows import stages
from flows.observing import watched
from flows.stages import Run

T = TypeVar("T")
log = logging.getLogger("prelabel")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a manifest: a recording to draft, under the customer's own id, with words to carry along."""

    uri: str
    external_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A recording with its drafts, and what the report shows beside them."""

    recording: Recording
    drafts: tuple[Draft, ...]
    decoded: Decoded
    quality: SignalQuality
    separation: Separation
    loudness: Loudness


Outcome = Drafted | Rejected | Duplicate


class Perform(Protocol):
    """How one step of one recording is carried out: plainly, or as a Prefect task."""

    def __call__(self, stage: str, recording: str, work: Callable[[], T]) -> T: ...


def plainly(stage: str, recording: str, work: Callable[[], T]) -> T:
    """Just do it."""
    return work()


def draft_recording(run: Run, entry: Entry, queue: Queue, claims: Claims, perform: Perform) -> Outcome:
    """One recording through every stage into the queue.

    Raises EnvironmentProblem only; whatever else goes wrong with this recording is its own `Rejected`.
    """
    uri = entry.uri
    try:
        recording = perform("probe", uri, lambda: stages.probe(run, uri))
        earlier = claims.claim(recording) or queue.duplicate_of(
            recording, run.plan.pipeline.fingerprint, run.choices.project.name
        )
        if earlier is not None:
            perform("enqueue", uri, lambda: queue.add_alias(recording))
            return Duplicate(uri, of=earlier)
        decoded = perform("decode", uri, lambda: stages.decode(run, recording))
        quality = perform("quality", uri, lambda: stages.measure(run, recording, decoded))
        separation = perform("separate", uri, lambda: stages.separate(run, recording, decoded, quality))
        loudness = perform("loudness", uri, lambda: stages.level(run, recording, separation))
        turns = perform("diarize", uri, lambda: stages.diarize(run, recording, decoded, separation, loudness))
        transcript = perform("transcribe", uri, lambda: stages.transcribe(run, recording, separation, loudness))
        passages = perform("attribute", uri, lambda: stages.attribute(run, recording, transcript, turns))
        sentences = perform("sentences", uri, lambda: stages.cut(run, recording, decoded, transcript, passages))
        checked = perform("checks", uri, lambda: stages.inspect(run, recording, sentences, transcript, turns))
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
                external_id=entry.external_id or uri,
                metadata=entry.metadata,
            ),
        )
        perform("enqueue", uri, lambda: stages.enqueue(run, recording, drafts, queue))
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
    return Drafted(recording, drafts, decoded, quality, separation, loudness)


class Claims:
    """Which recordings of a batch somebody works on already: the same bytes are drafted once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: dict[str, str] = {}

    def claim(self, recording: Recording) -> str | None:
        """None for the first to come with these bytes; the first one's address for the others."""
        with self._lock:
            if recording.id in self._first:
                return self._first[recording.id]
            self._first[recording.id] = recording.uri
            return None


def draft_all(
    run: Run, entries: Sequence[Entry], queue: Queue, perform: Perform, *, lanes: int
) -> tuple[Outcome, ...]:
    """All `entries`, `lanes` at a time, so that one recording decodes while another is on the GPU.

    Outcomes come in the order of the entries. An EnvironmentProblem of one stops all: it would stop each.
    """
    claims = Claims()
    outcomes: dict[int, Outcome] = {}

    def lane(entry: Entry) -> Outcome:
        outcome = draft_recording(run, entry, queue, claims, perform)
        watched().recording_ended(entry.uri, outcome.drafts if isinstance(outcome, Drafted) else outcome)
        return outcome

    with ThreadPoolExecutor(lanes, thread_name_prefix="recording") as pool:
        waiting: dict[Future[Outcome], int] = {}
        remaining: Iterable[tuple[int, Entry]] = iter(enumerate(entries))
        try:
            for index, entry in remaining:
                waiting[pool.submit(contextvars.copy_context().run, lane, entry)] = index
                if len(waiting) >= lanes:
                    _collect(waiting, outcomes)
            while waiting:
                _collect(waiting, outcomes)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(outcomes[index] for index in range(len(entries)))


def _collect(waiting: dict[Future[Outcome], int], outcomes: dict[int, Outcome]) -> None:
    """Take what is finished, waiting for at least one."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        outcomes[waiting.pop(future)] = future.result()
