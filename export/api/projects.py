"""The route that gives a project to those who correct for it."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from core.errors import NotFound, UsageProblem
from core.project import PROJECT_NAME
from export.api.documents import CheckGiven, GuidelineGiven, ProjectGiven
from export.api.problems import Refusal
from export.api.service import MayRead, Served, refuse_unknown_parameters
from models.normalisation import other_script

log = logging.getLogger("prelabel")

router = APIRouter(prefix="/v1", tags=["projects"], dependencies=[Depends(refuse_unknown_parameters)])

ProjectName = Annotated[
    str, Path(pattern=PROJECT_NAME, description="`project` of a draft.", examples=["default", "interviews"])
]


@router.get("/projects/{name}")
def get_project(service: Served, _token: MayRead, name: ProjectName) -> ProjectGiven:
    """A project's guideline, as it is now: how its text is to be written, and what people are warned of."""
    try:
        project = service.project(name)
    except NotFound as error:
        raise Refusal(
            404,
            "not_found",
            f"there is no project {name!r}",
            why="this server has no file of it: an operator keeps it elsewhere, or has removed it",
            fix="take the name from `project` of a draft, or go on without a guideline",
        ) from error
    except UsageProblem as error:
        log.error("%s", error)
        raise Refusal(
            503,
            "unavailable",
            f"the project {name!r} cannot be read",
            why="its file does not hold; the log of the server says why",
            fix="tell an operator, who corrects it; go on without a guideline until then",
        ) from error
    wanted = project.guideline
    return ProjectGiven(
        name=project.name,
        languages=list(project.languages),
        glossary=list(project.glossary),
        guideline=GuidelineGiven(
            script=wanted.script,
            max_sentence_seconds=wanted.max_sentence_seconds,
            numerals=wanted.numerals,
            fillers=wanted.fillers,
            spacing=wanted.spacing,
            checks=[
                CheckGiven(pattern=one.pattern, languages=list(one.languages), message=one.message)
                for one in wanted.checks
            ],
            other_script=other_script(wanted),
        ),
    )
