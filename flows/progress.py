"""What the person at the terminal sees: which stage of which recording, how fast, how long still. On stderr."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from core.types import Draft, Duplicate, Rejected

STAGES = {
    "probe": "reading the file",
    "decode": "decoding",
    "quality": "measuring the sound",
    "separate": "separating the voice",
    "loudness": "measuring loudness",
    "diarize": "finding who speaks when",
    "transcribe": "transcribing",
    "attribute": "giving words to speakers",
    "sentences": "cutting sentences",
    "checks": "checking",
    "units": "cutting work units",
    "draft": "writing the drafts",
    "clips": "writing what is heard",
    "enqueue": "handing over to the queue",
}
"""What each stage does, in the order they run, as a person would say it."""

SHARE = {"decode": 0.03, "quality": 0.04, "separate": 0.45, "diarize": 0.2, "transcribe": 0.25}
"""Rough shares of a recording's time, to move the bar within a recording (measured on the offline set)."""


@dataclass(slots=True)
class _Lane:
    """A recording in work."""

    began: float
    stage: str = "probe"
    duration: float | None = None
    done: float = 0.0
    computed_seconds: float = 0.0


@dataclass(slots=True)
class TerminalProgress:
    """Observer that draws on a terminal, or prints a line per recording where there is none."""

    console: Console
    count: int
    lanes: dict[str, _Lane] = field(default_factory=dict)
    finished: int = 0
    audio_seconds: float = 0.0
    note: str = "starting"
    quiet: bool = False
    _began: float = field(default_factory=time.monotonic)
    _working_since: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _live: Live | None = None

    def __enter__(self) -> TerminalProgress:
        if self.console.is_terminal and not self.quiet:
            self._live = Live(
                get_renderable=self._drawn, console=self.console, refresh_per_second=8, transient=True
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def say(self, note: str) -> None:
        """What is going on before the first recording starts."""
        self.note = note
        if not self._live and not self.quiet:
            self.console.print(f"… {note}", style="dim", highlight=False)

    def stage_began(self, recording: str, stage: str) -> None:
        with self._lock:
            self._working_since = self._working_since or time.monotonic()
            lane = self.lanes.setdefault(recording, _Lane(time.monotonic()))
            lane.stage = stage

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None:
        with self._lock:
            if lane := self.lanes.get(recording):
                lane.done += SHARE.get(stage, 0.0)
                lane.computed_seconds += 0.0 if from_store else seconds

    def duration_known(self, recording: str, seconds: float) -> None:
        with self._lock:
            if lane := self.lanes.get(recording):
                lane.duration = seconds

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None:
        with self._lock:
            lane = self.lanes.pop(recording, None)
            self.finished += 1
            if lane and lane.duration and isinstance(outcome, tuple):
                self.audio_seconds += lane.duration
        self.console.print(_outcome_line(recording, outcome, lane), highlight=False, soft_wrap=True)

    def _drawn(self) -> RenderableType:
        with self._lock:
            lanes = dict(self.lanes)
            within = sum(min(lane.done, 1.0) for lane in lanes.values())
        table = Table.grid(padding=(0, 1))
        if not lanes and self.finished < self.count:
            table.add_row(Spinner("dots"), Text(f"{self.note} · {time.monotonic() - self._began:.0f} s"))
        for recording, lane in lanes.items():
            said = STAGES.get(lane.stage, lane.stage)
            length = f" · {clock(lane.duration)}" if lane.duration else ""
            table.add_row(Spinner("dots"), Text(display_name(recording), overflow="ellipsis"), Text(said + length))
        share = (self.finished + within) / max(self.count, 1)
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=1.0, completed=share, width=30),
            Text(f"{self.finished}/{self.count} recordings{self._pace(share)}", style="dim"),
        )
        return Group(table, bar)

    def _pace(self, share: float) -> str:
        if self._working_since is None or share <= 0.02:
            return ""
        elapsed = time.monotonic() - self._working_since
        left = elapsed / share * (1.0 - share)
        speed = f" · {self.audio_seconds / elapsed:.1f}× real time" if self.audio_seconds else ""
        return f"{speed} · about {clock(left)} left"


def _outcome_line(recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate, lane: _Lane | None) -> Text:
    name = display_name(recording)
    if isinstance(outcome, Rejected):
        return Text.assemble(("✗ ", "red"), (name, "bold"), f"  rejected: {outcome.reason}. {outcome.advice}")
    if isinstance(outcome, Duplicate):
        return Text.assemble(
            ("= ", "yellow"), (name, "bold"), f"  the same recording as {display_name(outcome.of)}"
        )
    sentences = sum(len(draft.sentences) for draft in outcome)
    speakers = {sentence.speaker for draft in outcome for sentence in draft.sentences} - {None}
    duration = outcome[0].recording.duration
    seconds = lane.computed_seconds if lane else 0.0
    pace = f"{duration / seconds:.1f}× real time" if seconds else "from the store"
    return Text.assemble(
        ("✓ ", "green"),
        (name, "bold"),
        f"  {clock(duration)} · {outcome[0].language} · {sentences} sentences · {len(speakers)} speakers · {pace}",
    )


def display_name(uri: str) -> str:
    """The last part of an address, fit for one terminal line: nothing unprintable, at most 60 characters."""
    name = uri.rstrip("/").rsplit("/", 1)[-1] or uri
    safe = "".join(char if char.isprintable() else "·" for char in name)
    return safe if len(safe) <= 60 else f"{safe[:40]}…{safe[-19:]}"


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
