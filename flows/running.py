"""`prelabel run`: the flow in this process, with a queue and a store on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from core.project import load_project
from core.quiet import forbid_hub
from core.settings import Settings, settings
from core.types import Language
from flows.drafting import Entry, plainly
from flows.logs import LogObserver, set_up_logs
from flows.metrics import metrics_of
from flows.observing import Several, watch
from flows.plan import Choices, ModelSetName
from flows.progress import TerminalProgress
from flows.stages import is_drafted
from flows.summary import Summary


def run_here(
    paths: Sequence[str],
    *,
    model_set: ModelSetName | None = None,
    language: Language | None = None,
    speakers: int | None = None,
    project: str = "default",
    out: Path | None = None,
    queue: str | None = None,
) -> Summary:
    """Draft `paths` and enqueue the drafts. Says something on stderr at once, and goes on saying.

    Raises UsageProblem and EnvironmentProblem; bad recordings are part of the summary.
    """
    console = Console(stderr=True)
    machine = settings()
    set_up_logs(as_json=machine.json_logs)
    choices = Choices(
        model_set=model_set or machine.models,
        language=language,
        speakers=speakers,
        project=load_project(project, machine.home),
        pipeline=machine.pipeline,
    )
    if not machine.json_logs:
        console.print(f"models: {choices.model_set}", highlight=False)
        if choices.model_set == "offline":
            console.print(
                "These understand synthetic speech only; for real speech use --models fast or best.",
                style="yellow",
                soft_wrap=True,
            )
    forbid_hub()
    entries = [Entry(path) for path in paths]
    with ExitStack() as stack:
        progress = TerminalProgress(console, len(entries), quiet=machine.json_logs)
        stack.enter_context(progress)
        watch(Several((LogObserver() if machine.json_logs else progress, *metrics_of(machine))))
        return _drafted(entries, choices, machine, out, queue or machine.queue_url, progress, stack)


def _drafted(
    entries: list[Entry],
    choices: Choices,
    machine: Settings,
    out: Path | None,
    queue_url: str,
    progress: TerminalProgress,
    stack: ExitStack,
) -> Summary:
    from flows.work import carry_out, prepare

    run = prepare(choices, machine)
    if all(is_drafted(run, entry.uri) for entry in entries):
        return carry_out(run, entries, out, queue_url, plainly)

    private = "PREFECT_API_URL" not in os.environ
    if private:
        from flows.server import private_server

        server = stack.enter_context(private_server(machine.home))
        os.environ |= {
            "PREFECT_API_URL": server.url,
            "PREFECT_HOME": str(machine.home / "prefect"),
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
        }
        stack.callback(os.environ.pop, "PREFECT_API_URL")
        progress.say("loading the models and starting the flow engine")
    else:
        progress.say(f"loading the models, reporting to {os.environ['PREFECT_API_URL']}")
    threading.Thread(target=run.toolbox.warm_up, name="warm-up", daemon=True).start()
    from flows.batch import draft_recordings_quietly

    if private:
        server.wait_until_ready()
    return draft_recordings_quietly(entries, choices, out, queue_url, private=private)
