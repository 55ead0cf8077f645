"""The Prefect flows: one shard of recordings, and a batch of shards on the GPU workers."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.deployments import arun_deployment
from prefect.runtime import flow_run
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from core.errors import EnvironmentProblem, UsageProblem
from core.project import load_project
from core.quiet import forbid_hub
from core.settings import settings
from core.types import Duplicate, Language, Rejected
from flows.drafting import Entry
from flows.logs import LogObserver, set_up_logs
from flows.manifest import make_shards, read_manifest
from flows.metrics import metrics_of
from flows.observing import Several, is_watched, watch
from flows.plan import Choices, ModelSetName
from flows.summary import DraftedFile, Summary
from flows.tasks import as_prefect_task
from flows.work import carry_out, prepare

SHARD_DEPLOYMENT = "draft-recordings/gpu"
BATCH_DEPLOYMENT = "draft-batch/batch"
RUNS_AT_MOST = 3
"""A crashed shard is scheduled again by the server's automation until it has run so often."""


@flow(name="draft-recordings", persist_result=False)
def draft_recordings(
    entries: list[Entry],
    choices: Choices,
    out: Path | None = None,
    queue_url: str | None = None,
    fingerprint: str | None = None,
) -> dict[str, Any]:
    """One shard: recordings → drafts → queue, in this process. Gives the summary of `prelabel run --json`.

    Raises UsageProblem when this machine would draft differently than the batch was planned (`fingerprint`).
    """
    forbid_hub()
    machine = settings()
    if not is_watched():
        set_up_logs(as_json=machine.json_logs)
        watch(Several((LogObserver(), *metrics_of(machine))))
    run = prepare(choices, machine)
    ours = run.plan.pipeline.fingerprint
    if fingerprint not in (None, ours):
        raise UsageProblem(
            "this worker would draft differently than its batch",
            why=f"its pipeline is {ours}, the batch was planned for {fingerprint}",
            fix="bring prelabel and models.lock on this worker to the state of the machine that planned the batch",
        )
    summary = carry_out(run, entries, out, queue_url or machine.queue_url, as_prefect_task)
    create_table_artifact(
        key="prelabel-batch",
        table=[
            {"recordings": len(entries)}
            | {"drafts": len(summary.drafts), "rejected": len(summary.rejected)}
            | {"duplicates": len(summary.duplicates), "report": summary.report}
        ],
        description="What came of the recordings of this run",
    )
    return summary.as_json()


def draft_recordings_quietly(entries: list[Entry], choices: Choices, out: Path | None, queue_url: str) -> Summary:
    """The flow in this process, without the heartbeat that a run under a private server has no use for."""
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        document = draft_recordings(entries, choices, out, queue_url)
    return _summary(document)


@flow(name="draft-batch", persist_result=False)
async def draft_batch(manifest: str, choices: Choices, shard_hours: float = 10.0) -> dict[str, Any]:
    """A manifest → shards by hours of audio → one flow run per shard on the GPU workers; waits for all.

    A crashed shard is not lost: the server schedules it again (`prelabel deploy` makes the automation), and it
    goes on from the store. Gives the summed counts; the reports are the shards'.
    """
    machine = settings()
    plan = prepare(choices, machine).plan
    entries = read_manifest(manifest)
    shards = make_shards(entries, shard_hours)
    batch = str(flow_run.id or uuid.uuid4())
    states = await asyncio.gather(
        *(_shard(batch, number, shard, choices, plan.pipeline.fingerprint) for number, shard in enumerate(shards))
    )
    table = [
        {"shard": number, "recordings": len(shard), "state": state.name, "message": state.message or ""}
        for number, (shard, state) in enumerate(zip(shards, states, strict=True))
    ]
    create_table_artifact(key="prelabel-shards", table=table, description="The shards of this batch")
    failed = [row for row in table if row["state"] != "Completed"]
    if failed:
        raise EnvironmentProblem(
            f"{len(failed)} of {len(shards)} shards did not finish",
            why="; ".join(f"shard {row['shard']}: {row['state']} {row['message']}" for row in failed),
            fix="see these flow runs' logs, mend the cause, and run the batch again: it resumes from the store",
        )
    return {"batch": batch, "recordings": len(entries), "shards": len(shards)}


async def _shard(
    batch: str, number: int, entries: Sequence[Entry], choices: Choices, fingerprint: str
) -> State[Any]:
    """Submit one shard and wait until it is finished for good."""
    run = await arun_deployment(
        SHARD_DEPLOYMENT,
        parameters={
            "entries": [asdict(entry) for entry in entries],
            "choices": choices.model_dump(mode="json"),
            "out": str(settings().store_path / "batches" / batch / f"{number:04}"),
            "fingerprint": fingerprint,
        },
        idempotency_key=f"{batch}-{number}",
        flow_run_name=f"shard {number:04}",
        timeout=0,
    )
    async with get_client() as client:
        while True:
            now = await client.read_flow_run(run.id)
            state = now.state
            # A crash is final only when the automation has given up.
            if state and state.is_final() and not (state.is_crashed() and now.run_count < RUNS_AT_MOST):
                return state
            await asyncio.sleep(5)


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


def _summary(document: dict[str, Any]) -> Summary:
    return Summary(
        tuple(DraftedFile(**draft) for draft in document["drafts"]),
        tuple(Rejected(**one) for one in document["rejected"]),
        tuple(Duplicate(**one) for one in document["duplicates"]),
        document["report"],
    )
