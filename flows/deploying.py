"""`prelabel deploy`: work pools, deployments and recovery automations on the Prefect server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from prefect.automations import Automation
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectAlreadyExists

from core.errors import EnvironmentProblem
from core.settings import settings
from flows.manifest import absolute_address

DEPLOYMENTS = (
    *("plan-batch/gpu", "draft-recordings/gpu", "draft-batch/batch", "draft-batch/nightly"),
    "corrections/hourly",
)
"""What `prefect.yaml` makes."""

POOLS = {
    "gpu": "Plans and shards; one worker per GPU, each with --limit 1.",
    "control": "Batches that wait, and what is learned from corrections.",
}

DEAD_AFTER_SECONDS = 90
"""A run without a heartbeat for so long counts as crashed: three beats (`prefect.yaml` sets 30 s), since a late one
is not yet dead."""

RESUMES = "resumes from the store"

_LIFE = "prefect.flow-run."
_ANY_RUN = ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]})
_OURS = ResourceSpecification({"prefect.resource.role": ["tag"], "prefect.resource.id": ["prefect.tag.prelabel"]})
"""Only runs of our deployments, which `prefect.yaml` tags: the server may serve other flows, and `prelabel run`
reports to it from processes that no worker could start again."""


def deploy_all() -> Iterator[str]:
    """Make everything that is missing and apply `prefect.yaml`; says a line for each thing done.

    Running it again changes nothing but what changed. Raises EnvironmentProblem.
    """
    if "PREFECT_API_URL" not in os.environ:
        raise EnvironmentProblem(
            "there is no Prefect server to deploy to",
            why="PREFECT_API_URL is not set",
            fix="start one (`prefect server start`) and set PREFECT_API_URL to its /api address",
        )
    machine = settings()
    app = (machine.app or Path(__file__).parents[1]).resolve()
    if not (app / "prefect.yaml").exists():
        raise EnvironmentProblem(
            "the deployments cannot be found",
            why=f"there is no prefect.yaml in {app}",
            fix="run this in prelabel's checkout or image, or name its folder in PRELABEL_APP",
        )
    with get_client(sync_client=True) as client:
        for name, description in POOLS.items():
            yield _made_pool(client, name, description)
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=app,
        env=os.environ
        | {"PRELABEL_APP": str(app), "PRELABEL_NIGHTLY_MANIFEST": absolute_address(machine.nightly_manifest)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EnvironmentProblem(
            "the deployments could not be made",
            why=(done.stderr or done.stdout).strip()[-800:],
            fix="mend prefect.yaml or the server, then run `prelabel deploy` again",
        )
    yield f"deployments: {', '.join(DEPLOYMENTS)}"
    for automation in (_crash_the_dead(), _run_the_crashed_again()):
        yield asyncio.run(_made_automation(automation))


def _made_pool(client: SyncPrefectClient, name: str, description: str) -> str:
    pool = WorkPoolCreate(name=name, type="process", description=description)
    try:
        client.create_work_pool(pool)
    except ObjectAlreadyExists:
        return f"work pool {name}: was there"
    return f"work pool {name}: made"


async def _made_automation(automation: Automation) -> str:
    try:
        existing = await Automation.aread(name=automation.name)
    except ValueError:
        await automation.acreate()
        return f"automation {automation.name!r}: made"
    automation.id = existing.id
    await automation.aupdate()
    return f"automation {automation.name!r}: brought up to date"


def _crash_the_dead() -> Automation:
    """A run that stopped beating is crashed: on a server of one's own, Prefect leaves it running for ever."""
    ends = {_LIFE + state for state in ("Completed", "Failed", "Cancelled", "Crashed")}
    return Automation(
        name="prelabel: a run without heartbeat has crashed",
        trigger=EventTrigger(
            after={_LIFE + "heartbeat"},
            expect={_LIFE + "heartbeat"} | ends,
            match=_ANY_RUN,
            match_related=_OURS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=DEAD_AFTER_SECONDS),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat")],
    )


def _run_the_crashed_again() -> Automation:
    """A crashed run is scheduled again; the flow itself ends when it has been run too often."""
    return Automation(
        name="prelabel: a crashed run is scheduled again",
        trigger=EventTrigger(
            expect={_LIFE + "Crashed"},
            match=_ANY_RUN,
            match_related=_OURS,
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[ChangeFlowRunState(state=StateType.SCHEDULED, message=RESUMES)],
    )
