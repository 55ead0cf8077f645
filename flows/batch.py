"""The Prefect flows: a run in this process, one shard of recordings, and a batch of shards on the GPU workers.

Flow parameters are stored by the server and shown to whoever opens its page: the addresses of a manifest and the
choices of a run, never a setting of a machine. What only this process may know, `draft_here` gets in a context
variable.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import flow
from prefect.artifacts import acreate_table_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.deployments import arun_deployment
from prefect.runtime import flow_run
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed, Scheduled

from core.errors import EnvironmentProblem, UsageProblem
from core.project import load_project
from core.quiet import forbid_hub
from core.settings import Settings, settings
from core.store import write_atomically
from core.types import Language
from export.drafts import printable
from flows.deploying import RESUMES
from flows.drafting import Entry
from flows.giving_up import RUNS_AT_MOST, TOO_OFTEN, given_up
from flows.logs import LogObserver, set_up_logs
from flows.manifest import absolute_address, make_shards, read_manifest
from flows.metrics import metrics_of
from flows.observing import Several, is_watched, watch
from flows.plan import Choices, ModelSetName
from flows.stages import Run
from flows.summary import Summary
from flows.tasks import as_prefect_task
from flows.work import carry_out, prepare

PLAN_DEPLOYMENT = "plan-batch/gpu"
SHARD_DEPLOYMENT = "draft-recordings/gpu"
BATCH_DEPLOYMENT = "draft-batch/batch"

RESCHEDULED_WITHIN = timedelta(seconds=20)
"""A crashed shard that the automation has not scheduled again by then is scheduled by its waiting batch: a server
with SQLite can lose the event under load, and a worker may report a crash again after the automation acted."""

CRASHES_REPORTED_AT_MOST = 2 * RUNS_AT_MOST
"""A worker may report a crash twice. More reports are of a process that ends before its run begins, as on a worker
without prelabel in its place: such a run never counts as begun, and would be scheduled again for ever."""

_LOOKS_EVERY_SECONDS = 5.0

log = logging.getLogger("prelabel")


@flow(name="draft-here", persist_result=False)
def draft_here(recordings: int, choices: Choices) -> None:
    """`prelabel run`: what there is to do is in this process's hand; the server sees how many recordings."""
    _in_hand.get()()


_in_hand: ContextVar[Callable[[], None]] = ContextVar("in_hand")


def draft_recordings_quietly(
    entries: list[Entry], choices: Choices, out: Path | None, queue_url: str, *, private: bool = False
) -> Summary:
    """Draft `entries` as a flow run in this process.

    Neither the database's address, which may hold a password, nor file names, which need not be text, reach the
    server. Under a `private` one there is no heartbeat: nobody would hear it, and its end takes a second.
    """
    came: list[Summary] = []
    before = _in_hand.set(lambda: came.append(_drafted(prepare(choices, settings()), entries, out, queue_url)))
    try:
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}) if private else nullcontext():
            draft_here(len(entries), choices)
    finally:
        _in_hand.reset(before)
    return came[-1]


@flow(name="plan-batch", persist_result=False)
def plan_batch(batch: UUID, choices: Choices) -> State[Any]:
    """What the GPU workers would draft: every stage's fingerprint, into the batch's folder in the store.

    It runs on a GPU worker, since the precision of transcription is that of the device, and since only there the
    weights have to be.
    """
    if ended := given_up():
        return ended
    machine, run = _prepared(choices)
    pipeline = run.plan.pipeline
    _write(_folder(machine, batch) / "plan.json", asdict(pipeline))
    return Completed(message=f"planned: {pipeline.fingerprint}")


@flow(name="draft-recordings", persist_result=False)
def draft_recordings(
    entries: list[Entry], choices: Choices, batch: UUID, shard: int, fingerprint: str
) -> State[Any]:
    """One shard: recordings → drafts → queue, in this process. Its summary lies beside its report in the store.

    Raises UsageProblem when this machine would draft differently than the batch was planned (`fingerprint`).
    """
    if ended := given_up():
        return ended
    machine, run = _prepared(choices)
    ours = run.plan.pipeline.fingerprint
    if fingerprint != ours:
        raise UsageProblem(
            "this worker would draft differently than its batch",
            why=f"its pipeline is {ours}, the batch was planned for {fingerprint}",
            fix="bring prelabel, models.lock, device and driver here to the state of the other GPU workers",
        )
    folder = _folder(machine, batch) / f"{shard:04}"
    counts = _counts(entries, _drafted(run, entries, folder, machine.queue_url))
    _write(folder / "summary.json", counts)
    return Completed(message=_in_words(counts))


@flow(name="draft-batch", persist_result=False)
async def draft_batch(manifest: str, choices: Choices, shard_hours: float = 10.0) -> State[Any]:
    """A manifest → shards by hours of audio → one flow run per shard on the GPU workers; waits for all.

    This machine needs neither GPU nor weights, only the batch's store. A crashed run is not lost: it is scheduled
    again, by the automation that `prelabel deploy` makes or by this flow, and goes on from the store.
    """
    if ended := given_up():
        return ended
    folder, batch = _folder(settings(), UUID(flow_run.id)), str(flow_run.id)
    shards = make_shards(read_manifest(manifest), shard_hours)
    given = {"batch": batch, "choices": choices.model_dump(mode="json")}
    planned = await _finished(PLAN_DEPLOYMENT, given, key=f"{batch}-plan", name="plan")
    if not planned.is_completed():
        raise EnvironmentProblem(
            "the batch could not be planned",
            why=f"{planned.name} {planned.message or ''}".strip(),
            fix="see the log of this batch's flow run `plan`, mend the GPU worker, and run the batch again",
        )
    fingerprint = _read(folder / "plan.json")["fingerprint"]
    states = await asyncio.gather(
        *(
            _finished(
                SHARD_DEPLOYMENT,
                given
                | {"entries": [asdict(entry) for entry in shard], "shard": number, "fingerprint": fingerprint},
                key=f"{batch}-{number}",
                name=f"shard {number:04}",
            )
            for number, shard in enumerate(shards)
        )
    )
    table = [
        {"shard": number, "recordings": len(shard), "state": state.name, "message": state.message or ""}
        for number, (shard, state) in enumerate(zip(shards, states, strict=True))
    ]
    await acreate_table_artifact(key="prelabel-shards", table=table, description="The shards of this batch")
    failed = [row for row in table if row["state"] != "Completed"]
    if failed:
        raise EnvironmentProblem(
            f"{len(failed)} of {len(shards)} shards did not finish",
            why="; ".join(f"shard {row['shard']}: {row['state']} {row['message']}" for row in failed),
            fix="see these flow runs' logs, mend the cause, and run the batch again: it resumes from the store",
        )
    summaries = [_read(folder / f"{number:04}" / "summary.json") for number in range(len(shards))]
    counts = {name: sum(summary[name] for summary in summaries) for name in summaries[0]}
    _write(folder / "summary.json", counts)
    return Completed(message=_in_words(counts))


async def _finished(deployment: str, parameters: Mapping[str, Any], *, key: str, name: str) -> State[Any]:
    """Submit a run and wait until it is finished for good; the same `key` again finds the same run."""
    run = await arun_deployment(
        deployment, parameters=dict(parameters), idempotency_key=key, flow_run_name=name, timeout=0
    )
    async with get_client() as client:
        while True:
            try:
                state = (await client.read_flow_run(run.id)).state
                if state and state.is_final() and not state.is_crashed():
                    return state
                if state and (state.is_crashed() or state.message == RESUMES):
                    states = await client.read_flow_run_states(run.id)
                    if sum(one.is_crashed() for one in states) > CRASHES_REPORTED_AT_MOST:
                        await client.set_flow_run_state(run.id, Failed(message=TOO_OFTEN), force=True)
                    elif state.is_crashed() and datetime.now(UTC) - state.timestamp > RESCHEDULED_WITHIN:
                        await client.set_flow_run_state(run.id, Scheduled(message=RESUMES))
            except httpx.TransportError as error:
                # A server that is started anew is no end of a batch of days.
                log.warning("%s: the Prefect server does not answer (%s)", name, error)
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)


def _prepared(choices: Choices) -> tuple[Settings, Run]:
    """This worker's settings and run; from here on the process logs and asks no hub."""
    forbid_hub()
    machine = settings()
    if not is_watched():
        set_up_logs(as_json=machine.json_logs)
        watch(Several((LogObserver(), *metrics_of(machine))))
    return machine, prepare(choices, machine)


def _drafted(run: Run, entries: Sequence[Entry], out: Path | None, queue_url: str) -> Summary:
    """The work itself, each step a Prefect task, with a table of what came of it."""
    forbid_hub()
    summary = carry_out(run, entries, out, queue_url, as_prefect_task)
    create_table_artifact(
        key="prelabel-batch",
        table=[_counts(entries, summary) | {"report": printable(summary.report)}],
        description="What came of the recordings of this run",
    )
    return summary


def _counts(entries: Sequence[Entry], summary: Summary) -> dict[str, int]:
    """Drafted, rejected and duplicate recordings add up to `recordings`."""
    return {
        "recordings": len(entries),
        "drafted": len({draft.recording for draft in summary.drafts}),
        "rejected": len(summary.rejected),
        "duplicates": len(summary.duplicates),
        "drafts": len(summary.drafts),
    }


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _folder(machine: Settings, batch: UUID) -> Path:
    """Where a batch keeps plan, reports and summaries, by this machine's own way to the shared store."""
    return machine.store_path / "batches" / str(batch)


def _write(file: Path, document: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def _read(file: Path) -> dict[str, Any]:
    """What a worker wrote. Raises EnvironmentProblem where it is not in this machine's store."""
    try:
        document: dict[str, Any] = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise EnvironmentProblem(
            "the batch's store is not the workers' store",
            why=f"a worker finished, but {file} is not there",
            fix="let PRELABEL_STORE name the same shared folder for the control worker and for every GPU worker",
        ) from error
    return document


def submit_batch(
    manifest: str,
    *,
    model_set: ModelSetName | None,
    language: Language | None,
    project: str,
    shard_hours: float,
) -> tuple[str, str]:
    """Schedule the batch flow on the Prefect server; gives the flow run's id and its page.

    Raises EnvironmentProblem when no server is set or it does not know the deployment.
    """
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    machine = settings()
    if "PREFECT_API_URL" not in os.environ:
        raise EnvironmentProblem(
            "there is no Prefect server to give the batch to",
            why="PREFECT_API_URL is not set",
            fix="start one (`prefect server start`), set PREFECT_API_URL, run `prelabel deploy` once; "
            "or use `prelabel run`, which needs none",
        )
    manifest = absolute_address(manifest)
    read_manifest(manifest)
    choices = Choices(
        model_set=model_set or machine.models,
        language=language,
        project=load_project(project, machine.home),
        pipeline=machine.pipeline,
    )
    try:
        run: Any = run_deployment(
            BATCH_DEPLOYMENT,
            parameters={
                "manifest": manifest,
                "choices": choices.model_dump(mode="json"),
                "shard_hours": shard_hours,
            },
            timeout=0,
        )
    except ObjectNotFound as error:
        raise EnvironmentProblem(
            "the Prefect server does not know prelabel's flows",
            why=f"it has no deployment {BATCH_DEPLOYMENT}",
            fix="run `prelabel deploy` once against this server",
        ) from error
    ui = os.environ["PREFECT_API_URL"].removesuffix("/api")
    return str(run.id), f"{ui}/runs/flow-run/{run.id}"
