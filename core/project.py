"""A project: languages, guideline, glossary. One TOML file; `default` exists without one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import UsageProblem
from core.fingerprint import short_hash
from core.types import LANGUAGES, Language


class Guideline(BaseModel):
    """How the customer wants text to be written. Part of the fingerprints of the stages that hear it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    script: Literal["as_heard", "simplified", "traditional"] = Field(
        "as_heard", description="Chinese script of the normalised text."
    )
    max_sentence_seconds: float | None = Field(
        None, gt=0, description="Longest sentence; overrides the pipeline's own."
    )


class Project(BaseModel):
    """What a customer's recordings have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("default", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    languages: tuple[Language, ...] = LANGUAGES
    guideline: Guideline = Guideline()
    glossary: tuple[str, ...] = Field((), description="Names and terms, given to the recogniser as hotwords.")

    @property
    def heard_hash(self) -> str:
        """Changes when anything changes that the recogniser hears of the project: languages and glossary."""
        return short_hash([self.languages, self.glossary])

    @property
    def written_hash(self) -> str:
        """Changes when anything changes in how sentences are to be written."""
        return short_hash(self.guideline.model_dump(mode="json"))


def load_project(name: str, home: Path) -> Project:
    """The project `name` from `<home>/projects/<name>.toml`; `default` needs no file.

    Raises UsageProblem when there is no such project or its file does not hold.
    """
    path = home / "projects" / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if name == "default":
            return Project()
        raise UsageProblem(
            f"there is no project {name!r}",
            why=f"{path} does not exist",
            fix="write that file (docs/architecture.md shows one) or leave out --project",
        ) from None
    try:
        return Project.model_validate({"name": name} | tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageProblem(f"project {name!r} cannot be used", why=str(error), fix=f"correct {path}") from error
