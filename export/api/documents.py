"""What the API takes and gives, beside drafts and corrections, which are documents of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.types import LANGUAGES, Language
from export.actions import ACTIONS
from export.corrections import LONGEST_NAME
from export.handoff import LONGEST_LEASE_SECONDS, MOST_LEASED
from export.reviews import LONGEST_COMMENT, MOST_COMMENTS, Source, Verdict
from export.states import Actor, State

ID = r"^[0-9a-f]{32}$"
_CLEAN = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=_CLEAN)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_COMMENT, pattern=r"^[^\x00]*$")]
ActionName = Literal[
    "return", "start_review", "stop_review", "reopen", "redrive", "release", "withhold", "withdraw"
]
assert set(ActionName.__args__) == set(ACTIONS)  # type: ignore[attr-defined]  # noqa: S101


class _Given(BaseModel):
    """What the API answers. Fields may be added within /v1; a reader passes over what it does not know."""


class _Taken(BaseModel):
    """What the API is asked. A misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class UnitPlace(_Given):
    """The work unit: `start` and `end` are seconds of the recording."""

    index: int
    count: int
    start: float
    end: float


class Links(_Given):
    """Addresses on this server. Those of sound carry their own permission, until `expires`."""

    document: str
    mix: str | None = Field(description="What the corrector hears: m4a, with Range. null: not kept any more.")
    voice: str | None = Field(description="The voice alone, for hard passages.")
    expires: datetime | None


class PriceGiven(_Given):
    """A whole amount of the currency's smallest unit."""

    amount: int
    currency: str


class DraftEntry(_Given):
    """A draft as it stands in the queue. Its sentences are in the document that `links` names."""

    draft_id: str
    state: State
    version: int = Field(description='Counts the changes; the ETag is `"v"` and this number.')
    project: str
    external_id: str
    recording: str
    recording_id: str
    duration: float
    unit: UnitPlace
    language: str
    model_set: str
    fingerprint: str
    billable_minutes: float = Field(description="Minutes of the work unit, silence included.")
    estimated_price: PriceGiven | None = Field(
        description="At the rate of the day of acceptance, or today's before that. null: no rate is known."
    )
    priority: int
    difficulty: float | None = Field(description="Predicted, 0 to 100; null before anybody predicted.")
    revision: int = Field(description="Of the latest submission; 0: none.")
    worker: str | None
    holder: str | None
    received: int
    leased_until: datetime | None
    accepted_at: datetime | None
    dead_reason: str | None
    links: Links


class DraftPage(_Given):
    """Drafts in the order they came."""

    drafts: list[DraftEntry]
    next: str | None = Field(description="Ask again with `after` set to this; null: that was all for now.")


class Bounds(_Taken):
    """Predicted difficulty, both ends included."""

    easiest: float | None = Field(None, ge=0, le=100)
    hardest: float | None = Field(None, ge=0, le=100)


class LeaseRequest(_Taken):
    """Which drafts are wanted, and for how long they may be in custody before they are acknowledged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"count": 5, "seconds": 60, "languages": ["ko"], "project": "default"}]}
    )

    count: int = Field(1, ge=1, le=MOST_LEASED)
    seconds: float = Field(60.0, ge=1, le=LONGEST_LEASE_SECONDS)
    languages: list[Language] = Field(list(LANGUAGES), min_length=1, max_length=len(LANGUAGES))
    project: str | None = Field(None, max_length=64, pattern=_CLEAN)
    difficulty: Bounds = Bounds()
    worker: Name | None = Field(None, description="For whom, where the platform knows already.")


class LeaseGiven(_Given):
    """Custody of one draft: `lease_token` proves it until `draft.leased_until`."""

    lease_token: str
    draft: DraftEntry


class LeasesGiven(_Given):
    """As many as were wanted, or as many as wait."""

    leases: list[LeaseGiven]


class Acknowledgement(_Taken):
    lease_token: str = Field(max_length=200)


class LeaseRefusal(_Taken):
    """Why the platform cannot take a draft, and whether another attempt may help."""

    lease_token: str = Field(max_length=200)
    reason: Text = Field(min_length=1)
    again: bool = True


class Renewal(_Taken):
    lease_token: str = Field(max_length=200)
    seconds: float = Field(60.0, ge=1, le=LONGEST_LEASE_SECONDS)


class SubmissionEntry(_Given):
    """A revision without its sentences."""

    draft_id: str
    revision: int
    worker: str
    lead_time: float
    sentences: int
    source: Source
    flags: list[str]
    at: datetime


class SubmissionTaken(_Given):
    """`replayed`: this very revision had come before, and nothing was changed."""

    draft: DraftEntry
    replayed: bool


class SubmissionList(_Given):
    submissions: list[SubmissionEntry]


class CommentDocument(_Taken):
    """`sentence` is the place of a sentence in the revision, from 0."""

    sentence: int = Field(ge=0)
    text: Text = Field(min_length=1)


class ReviewRequest(_Taken):
    """A judgement on the latest revision."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reviewer": "kim",
                    "revision": 1,
                    "verdict": "rework",
                    "comment": "Numbers in digits, please.",
                    "comments": [{"sentence": 3, "text": "Two people speak here."}],
                }
            ]
        }
    )

    reviewer: Name
    revision: int = Field(ge=1)
    verdict: Verdict
    comment: Text = ""
    comments: list[CommentDocument] = Field([], max_length=MOST_COMMENTS)


class ReviewEntry(_Given):
    reviewer: str
    revision: int
    verdict: Verdict
    comment: str
    comments: list[CommentDocument]
    at: datetime


class ReviewTaken(_Given):
    """`replayed`: this very judgement had come before, and nothing was changed."""

    draft: DraftEntry
    replayed: bool


class ReviewList(_Given):
    reviews: list[ReviewEntry]


class TransitionRequest(_Taken):
    """An action by name; docs/platform.md says which fits which state and scope."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "return", "reason": "worker left"}]})

    action: ActionName
    reason: Text | None = None


class EventEntry(_Given):
    """One change. `from` and `to` are states; `details` depend on `kind`."""

    seq: int
    at: datetime
    kind: str
    actor: Actor
    by: str | None
    draft_id: str
    recording_id: str
    from_state: State | None = Field(alias="from")
    to_state: State | None = Field(alias="to")
    version: int | None
    details: dict[str, Any]


class EventPage(_Given):
    """Events in the order of their numbers, none left out. A number that is missing was never given."""

    events: list[EventEntry]
    next: int = Field(description="Ask again with `after` set to this, whether or not there were any.")


class StateTotals(_Given):
    """How many drafts are in a state, and how many minutes they are worth."""

    drafts: int
    minutes: float


class Reconciliation(_Given):
    """What was sent, is held, came back: as of event `event`."""

    event: int
    states: dict[State, StateTotals]
    sent: StateTotals = Field(description="Delivered at some time, wherever they are now.")
    held: StateTotals = Field(description="With the platform now: leased, delivered or in rework.")
    came_back: StateTotals = Field(description="Submitted, in review or accepted.")


class HeldDrafts(_Taken):
    """Every draft that the platform believes to hold."""

    draft_ids: list[Annotated[str, StringConstraints(pattern=ID)]] = Field(max_length=100_000)


class HeldDraftsCompared(_Given):
    """Where the two sides differ; three empty lists: they agree."""

    event: int
    agreed: int
    unknown: list[str] = Field(description="Named, but the queue has no such draft.")
    not_held: dict[str, State] = Field(
        description="Named, but in a state in which nobody holds them, or held by another caller."
    )
    not_named: list[str] = Field(description="Delivered or in rework by this caller, but not named.")


class Health(_Given):
    status: Literal["ok"]
