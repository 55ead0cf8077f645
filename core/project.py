"""A project: languages, guideline, glossary, rate card. One TOML file; `default` exists without one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from core.errors import NotFound, UsageProblem
from core.fingerprint import short_hash
from core.patterns import insist_shared
from core.types import LANGUAGES, Language

PROJECT_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
"""Rate cards are dated there. Without summer time since 1988, so no time zone database is needed."""


class Check(BaseModel):
    """Something that is not written so: where `pattern` is found in a sentence, people are told `message`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(
        min_length=1, max_length=500, description="A regular expression that Python and JavaScript both read."
    )
    languages: tuple[Language, ...] = Field(LANGUAGES, min_length=1, description="In sentences of these.")
    message: str = Field(min_length=1, max_length=500, description="What correctors are told.")

    @field_validator("pattern")
    @classmethod
    def _shared(cls, pattern: str) -> str:
        insist_shared(pattern)
        return pattern


class Guideline(BaseModel):
    """How the customer wants text to be written.

    The stages obey `script` and `max_sentence_seconds`, which are part of the fingerprint of sentences. The rest
    informs people, beside a draft and never in its body: it may change at any time and redoes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    script: Literal["as_heard", "simplified", "traditional"] = Field(
        "as_heard", description="Chinese script of the normalised text."
    )
    max_sentence_seconds: float | None = Field(
        None, gt=0, description="Longest sentence; overrides the pipeline's own."
    )
    numerals: str | None = Field(None, max_length=2000, description="How numbers are written, for correctors.")
    fillers: str | None = Field(None, max_length=2000, description="Which fillers are kept, for correctors.")
    spacing: str | None = Field(None, max_length=2000, description="How words are spaced, for correctors.")
    checks: tuple[Check, ...] = Field((), max_length=100, description="What people are warned of while they type.")

    @property
    def for_people(self) -> dict[str, str]:
        """What a corrector is told, by topic; topics of which nothing is said are left out."""
        told = {
            "numerals": self.numerals,
            "fillers": self.fillers,
            "spacing": self.spacing,
            "script": f"Chinese is written in {self.script} characters." if self.script != "as_heard" else None,
            "sentence length": f"A sentence lasts at most {self.max_sentence_seconds:g} seconds."
            if self.max_sentence_seconds
            else None,
        }
        return {topic: text for topic, text in told.items() if text}


def _plain_date(value: Any) -> Any:
    if isinstance(value, datetime):
        raise ValueError("a day is wanted, without a time, such as 2026-01-01")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is wanted")
    return value


class Rates(BaseModel):
    """What a minute costs by language, from a day on (in Seoul) until the next entry of the card."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    since: Annotated[date, BeforeValidator(_plain_date)] = Field(alias="from")
    krw_per_minute: Mapping[Language, Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]] = Field(
        min_length=1, description="South Korean won per minute of sound, by language."
    )


class Project(BaseModel):
    """What a customer's recordings have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("default", pattern=PROJECT_NAME)
    languages: tuple[Language, ...] = Field(LANGUAGES, min_length=1)
    guideline: Guideline = Guideline()
    glossary: tuple[str, ...] = Field((), description="Names and terms, given to the recogniser as hotwords.")
    rates: tuple[Rates, ...] = Field((), description="The rate card, by date.")

    @field_validator("rates")
    @classmethod
    def _in_order(cls, rates: tuple[Rates, ...]) -> tuple[Rates, ...]:
        for before, after in pairwise(rates):
            if before.since >= after.since:
                raise ValueError(
                    f"the entry from {after.since} stands after that from {before.since}: "
                    "every entry must begin on a later day than the one before it"
                )
        return rates

    @property
    def heard_hash(self) -> str:
        """Changes when anything changes that the recogniser hears of the project: languages and glossary."""
        return short_hash([self.languages, self.glossary])

    @property
    def written_hash(self) -> str:
        """Changes when anything changes in how sentences are to be written that the stages obey."""
        return short_hash(self.guideline.model_dump(mode="json", include={"script", "max_sentence_seconds"}))

    def krw_per_minute(self, language: str, day: date) -> Decimal | None:
        """What a minute of `language` costs on `day`; None before the card begins, or where it does not say."""
        for rates in reversed(self.rates):
            if rates.since <= day:
                return {str(code): rate for code, rate in rates.krw_per_minute.items()}.get(language)
        return None


def seoul_today() -> date:
    """The day that it is in Seoul."""
    return seoul_day(datetime.now(UTC))


def seoul_day(moment: datetime) -> date:
    """The day that it is in Seoul at a moment."""
    return moment.astimezone(SEOUL).date()


def load_project(name: str, home: Path) -> Project:
    """The project `name` from `<home>/projects/<name>.toml`; `default` needs no file.

    Raises NotFound where there is no such project, and UsageProblem where its file does not hold: also where its
    rate card begins in the future only, which would leave today's work without a price.
    """
    path = home / "projects" / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if name == "default":
            return Project()
        raise NotFound(
            f"there is no project {name!r}",
            why=f"{path} does not exist",
            fix="write that file (docs/architecture.md shows one) or leave out --project",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(name, path, f"it cannot be read: {error}") from error
    try:
        project = Project.model_validate({"name": name} | tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise _unusable(name, path, f"it is not TOML: {error}") from error
    except ValidationError as error:
        raise _unusable(name, path, "; ".join(_said(one) for one in error.errors(include_url=False))) from error
    if project.name != name:
        raise _unusable(name, path, f"it calls itself {project.name!r}")
    if project.rates and project.rates[0].since > seoul_today():
        raise _unusable(name, path, f"its rate card begins on {project.rates[0].since}, after today in Seoul")
    return project


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    said = "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]
    return f"{place}: {said.removeprefix('Value error, ')}"


def _unusable(name: str, path: Path, why: str) -> UsageProblem:
    return UsageProblem(f"project {name!r} cannot be used", why=why, fix=f"correct {path}")
