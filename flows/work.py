"""A batch's work, without an engine: `flows.batch` makes Prefect flows of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from core.settings import Settings
from core.store import MediaStore
from export.queue import Queue
from flows.drafting import Drafted, Entry, Perform, draft_all
from flows.observing import Several, watch, watched
from flows.plan import Choices, make_plan
from flows.reporting import Timekeeper, report_batch
from flows.stages import Run, discard_staged
from flows.summary import Summary, summarise
from models.toolbox import toolbox


def prepare(choices: Choices, machine: Settings) -> Run:
    """Everything a run needs, models not yet loaded.

    Raises ModelsMissing, ModelsDamaged and StoreUnusable, each with its fix.
    """
    tools = toolbox(choices.model_set, machine)
    return Run(choices, make_plan(choices, tools.revisions), MediaStore(machine.store_path).open(), tools, machine)


def carry_out(run: Run, entries: Sequence[Entry], out: Path | None, queue_url: str, perform: Perform) -> Summary:
    """Draft, enqueue, report. `out` gets documents and report; by default a folder of its own in the home."""
    began = time.monotonic()
    timekeeper = Timekeeper()
    watch(Several((watched(), timekeeper)))
    with Queue(queue_url) as queue:
        outcomes = draft_all(run, entries, queue, perform, lanes=run.settings.machine.recordings_in_flight)
    folder = out or run.settings.home / "batches" / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    wall_seconds = time.monotonic() - began
    report = report_batch(run, outcomes, folder / "report", timekeeper.times, wall_seconds)
    for outcome in outcomes:
        if isinstance(outcome, Drafted):
            discard_staged(run, outcome.recording.path)
    return summarise(outcomes, folder, report)
