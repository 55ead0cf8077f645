"""The Prefect flow of the loop, for a schedule; `prelabel corrections` does the same without an engine."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from core.settings import settings
from flows.giving_up import given_up
from flows.learning import Fit, Learned, learn
from flows.logs import set_up_logs
from flows.tasks import as_prefect_task

WORSE_EVENT = "prelabel.version.worse"
"""Sent for each project and language in which a new pipeline version is worse, for automations to tell somebody."""


@flow(name="corrections", persist_result=False)
def corrections(fit: Fit = "due", pull: bool = True) -> State[Any]:
    """Pull corrections, score them, fit models when due, predict what waits anew, compare pipeline versions.

    It fails where something has to be mended, after everything else is done; the next run tries that again.
    """
    if ended := given_up():
        return ended
    set_up_logs(as_json=settings().json_logs)
    learned = learn(None, as_prefect_task, pull=pull, when=fit)
    create_markdown_artifact(
        key="prelabel-corrections", markdown=_as_markdown(learned), description="What was learned from corrections"
    )
    for one in learned.worse:
        emit_event(
            WORSE_EVENT,
            resource={"prefect.resource.id": f"prelabel.project.{one.project}.{one.language}"},
            related=[
                {"prefect.resource.id": f"prefect.flow-run.{flow_run.id}", "prefect.resource.role": "flow-run"}
            ],
            payload=one.to_dict(),
        )
    if learned.failures:
        return Failed(message="; ".join([*(one.sentence for one in learned.worse), *learned.failures])[:2000])
    counts = f"{learned.scoring.scored} scored, {learned.renewal.renewed} predicted anew"
    return Completed(message="; ".join([counts, *(one.sentence for one in learned.worse)])[:2000])


def _as_markdown(learned: Learned) -> str:
    """The text of the command, whose lines hold names that others chose, as it is."""
    return "\n".join(f"    {line}" for line in learned.as_text().splitlines())
