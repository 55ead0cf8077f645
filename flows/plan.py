"""What a run will do, before anything heavy is loaded: its choices, and the fingerprint of every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.fingerprint import stage_fingerprint
from core.project import Project
from core.settings import PipelineSettings
from core.types import Language, Pipeline, StageProvenance
from export import drafts, units
from models import attribution, checks, diarization, sentences, transcription
from preprocess import decode, loudness, probe, quality, separate

ModelSetName = Literal["offline", "fast", "best"]


class Choices(BaseModel):
    """The choices of a run. They travel as a flow parameter, whole, so that a worker needs no file of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_set: ModelSetName = "fast"
    language: Language | None = Field(None, description="None: detected among the project's languages.")
    speakers: int | None = Field(None, ge=1, le=20, description="None: counted.")
    project: Project = Project()
    pipeline: PipelineSettings = PipelineSettings()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every stage with its fingerprint; `stages` is in the order they run."""

    model_set: str
    stages: tuple[StageProvenance, ...]

    def fingerprint(self, stage: str) -> str:
        return next(one.fingerprint for one in self.stages if one.name == stage)

    @property
    def pipeline(self) -> Pipeline:
        """The plan as a draft states it."""
        return Pipeline(self.fingerprint("draft"), self.model_set, self.stages)


def make_plan(choices: Choices, revisions: Mapping[str, Mapping[str, str]]) -> Plan:
    """Fingerprint every stage. `revisions` maps a stage to its models' revisions and compute types."""
    settings = choices.pipeline
    heard = "loudness" if settings.diarize.hears == "voice" else "decode"
    stages: dict[str, StageProvenance] = {}

    def add(
        name: str,
        version: int,
        *before: str,
        settings: BaseModel | None = None,
        hints: Mapping[str, Any] | None = None,
        guideline: str = "",
    ) -> None:
        models = dict(revisions.get(name, {}))
        said = settings.model_dump(mode="json") if settings else {}
        fingerprint = stage_fingerprint(
            name,
            version,
            settings=said,
            models=models,
            hints=hints or {},
            guideline=guideline,
            before=[stages[one].fingerprint for one in before],
        )
        stages[name] = StageProvenance(name, version, fingerprint, said | dict(hints or {}), models)

    add("probe", probe.VERSION)
    add("decode", decode.VERSION, "probe", settings=settings.decode)
    add("quality", quality.VERSION, "decode")
    add("separate", separate.VERSION, "quality", settings=settings.separate)
    add("loudness", loudness.VERSION, "separate", settings=settings.loudness)
    add("diarize", diarization.VERSION, heard, settings=settings.diarize, hints={"speakers": choices.speakers})
    add(
        "transcribe",
        transcription.VERSION,
        "loudness",
        settings=settings.transcribe,
        hints={"language": choices.language},
        guideline=choices.project.heard_hash,
    )
    add("attribute", attribution.VERSION, "diarize", "transcribe")
    add(
        "sentences",
        sentences.VERSION,
        "attribute",
        settings=settings.sentences,
        guideline=choices.project.written_hash,
    )
    add("checks", checks.VERSION, "sentences", settings=settings.checks)
    add("units", units.VERSION, "checks", settings=settings.units)
    add("draft", drafts.VERSION, "units")
    return Plan(choices.model_set, tuple(stages.values()))
