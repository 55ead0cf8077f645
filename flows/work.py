"""A batch's work, without an engine: `flows.batch` makes Prefect flows of it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from core.settings import Settings
from core.store import MediaStore
from core.types import Duplicate, Rejected
from export.queue import Queue
from export.report import BatchReport, write_index
from flows.drafting import Entry, Perform, draft_all
from flows.observing import Several, watch, watched
from flows.plan import Choices, make_plan
from flows.reporting import Finished, Timekeeper, finish, make_folder, unusable_folder
from flows.stages import Run
from flows.summary import Summary
from models.toolbox import toolbox


def prepare(choices: Choices, machine: Settings) -> Run:
    """Everything a run needs, models not yet loaded.

    Raises ModelsMissing, ModelsDamaged and StoreUnusable, each with its fix.
    """
    tools = toolbox(choices.model_set, machine)
    return Run(choices, make_plan(choices, tools.revisions), MediaStore(machine.store_path).open(), tools, machine)


def carry_out(run: Run, entries: Sequence[Entry], out: Path | None, queue_url: str, perform: Perform) -> Summary:
    """Draft, enqueue, report. `out` gets documents and report; by default a folder of its own in the home.

    Documents and pages are written as recordings end, so a killed run leaves what it had. Raises
    EnvironmentProblem.
    """
    began = time.monotonic()
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}"
    folder = out or run.settings.home / "batches" / name
    make_folder(folder)
    timekeeper = Timekeeper()
    watch(Several((watched(), timekeeper)))
    with Queue(queue_url) as queue:
        outcomes = draft_all(
            run,
            entries,
            queue,
            perform,
            lambda drafted: finish(run, drafted, folder, timekeeper.taken(drafted.recording.uri)),
            lanes=run.settings.machine.recordings_in_flight,
        )
    finished = [one for one in outcomes if isinstance(one, Finished)]
    rejected = tuple(one for one in outcomes if isinstance(one, Rejected))
    duplicates = tuple(one for one in outcomes if isinstance(one, Duplicate))
    rows = tuple(row for one in finished for row in one.rows)
    try:
        report = write_index(
            folder / "report",
            BatchReport(rows, rejected, duplicates, run.choices.model_set, time.monotonic() - began),
        )
    except OSError as error:
        raise unusable_folder(folder, error) from error
    return Summary(tuple(file for one in finished for file in one.files), rejected, duplicates, str(report))
