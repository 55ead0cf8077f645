"""What the API takes and gives, beside drafts and corrections, which are documents of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.types import LANGUAGES, Language
from export.actions import ACTIONS
from export.corrections import LONGEST_NAME, MOST_REVISIONS
from export.handoff import LONGEST_LEASE_SECONDS, MOST_LEASED
from export.reviews import LONGEST_COMMENT, MOST_COMMENTS, Source, Verdict
from export.states import KINDS, Actor, State
from export.tables import Order
from export.tokens import Scope
from export.webhooks.endpoints import LONGEST_URL

ID = r"^[0-9a-f]{32}$"
_CLEAN = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=_CLEAN)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_COMMENT, pattern=r"^[^\x00]*$")]
ActionName = Literal[
    "return", "start_review", "stop_review", "reopen", "redrive", "release", "withhold", "withdraw"
]
assert set(ActionName.__args__) == set(ACTIONS)  # type: ignore[attr-defined]  # noqa: S101

DeliveryState = Literal["waiting", "dead"]

Kind = Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
"""A kind of events. Which there are is checked where an endpoint is kept, for the command's sake as well."""


class _Given(BaseModel):
    """What the API answers. Fields may be added within /v1; a reader passes over what it does not know."""


class _Taken(BaseModel):
    """What the API is asked. A misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class TokenEntry(_Given):
    """A token, without its secret."""

    name: str = Field(description="As it stands in the events of what was done with it.")
    platform: str = Field(description="Whose drafts it takes over, hands in and gives back.")
    worker: str | None = Field(description="Whose own it is; null: nobody's.")
    scopes: list[Scope] = Field(description="What it allows; `admin` allows what the others do as well.")
    expires_at: datetime | None = Field(description="From when on it is refused; null: it stays good.")


class UnitPlace(_Given):
    """The work unit."""

    index: int = Field(description="Its number among the units of the recording, from 0.")
    count: int = Field(description="How many units the recording has.")
    start: float = Field(description="Where it begins, in seconds of the recording.")
    end: float = Field(description="Where it ends, in seconds of the recording.")


class Links(_Given):
    """Addresses on this server. Those of sound and peaks carry their own permission, until `expires`; they answer
    404 `no_sound` where it is not kept (any more)."""

    document: str = Field(description="The draft itself, `prelabel.draft/1`.")
    mix: str = Field(description="What the corrector hears: m4a, with Range.")
    voice: str = Field(description="The voice alone, for hard passages.")
    mix_peaks: str = Field(description="The waveform of `mix`, as audiowaveform writes it.")
    voice_peaks: str = Field(description="The waveform of `voice`, likewise.")
    expires: datetime = Field(description="Until when the links to sound are good.")


class PriceGiven(_Given):
    """A sum of money."""

    amount: int = Field(description="A whole number of the currency's smallest unit.")
    currency: str = Field(description="ISO 4217, as in KRW.")


class MinutesGiven(_Given):
    """Expected minutes of work; eight drafts in ten are expected to turn out between `low` and `high`."""

    value: float = Field(description="Minutes.")
    low: float = Field(description="The lower end.")
    high: float = Field(description="The upper end.")
    basis: str = Field(description="What it stands on, in words (docs/evidence.md).")


class CauseGiven(_Given):
    """Why a draft is expected to be as hard as it is."""

    feature: str = Field(description="The name of what was measured.")
    text: str = Field(description="In a plain sentence.")
    points: float = Field(description="Points of difficulty that it adds; below 0: that it takes away.")


class PredictionGiven(_Given):
    """How hard a draft is expected to be, before anybody edits it (docs/difficulty.md)."""

    value: float = Field(description="Difficulty, 0 to 100; 50 is half the work of typing all of it.")
    low: float = Field(description="Of ten drafts one is expected to turn out easier than this.")
    high: float = Field(description="Of ten drafts one is expected to turn out harder than this.")
    effort: float = Field(description="Seconds of handwork that `value` comes to on this draft.")
    effort_low: float = Field(description="Seconds that `low` comes to.")
    effort_high: float = Field(description="Seconds that `high` comes to.")
    from_scratch: bool = Field(description="Typing it afresh is expected to be less work than mending it.")
    model: str = Field(description="What predicted: the rules, or a fitted model by name.")
    reasons: list[CauseGiven] = Field(description="Those with most points first.")


class DraftEntry(_Given):
    """A draft as it stands in the queue. Its sentences are in the document that `links` names."""

    draft_id: str = Field(description="32 hex digits, for ever.")
    state: State = Field(description="docs/platform.md has the table of states.")
    version: int = Field(description='Counts the changes; the ETag is `"v"` and this number.')
    project: str = Field(description="The project that it was drafted for.")
    external_id: str = Field(description="The customer's own name for the recording, or its address.")
    recording: str = Field(description="The recording's address.")
    recording_id: str = Field(description="SHA-256 of the recording's bytes.")
    duration: float = Field(description="Seconds of the whole recording.")
    unit: UnitPlace = Field(description="The piece of the recording that this draft is for.")
    language: str = Field(description="The language with most speech: ko, en, zh or ja.")
    model_set: str = Field(description="The set of models that drafted it.")
    fingerprint: str = Field(description="Of the pipeline that drafted it.")
    billable_minutes: float = Field(description="Minutes of the work unit, silence included.")
    estimated_price: PriceGiven | None = Field(
        description="At the rate of the day of acceptance, or today's before that. null: no rate is known."
    )
    estimated_work: MinutesGiven = Field(description="How long correcting it is expected to take.")
    priority: int = Field(description="Higher ones are given out first; 0 is usual.")
    difficulty: float | None = Field(description="Predicted, 0 to 100; null before anybody predicted.")
    prediction: PredictionGiven | None = Field(description="What is behind that number; null likewise.")
    revision: int = Field(description="Of the latest submission; 0: none.")
    worker: str | None = Field(description="Who corrects or corrected it, where the platform said so.")
    holder: str | None = Field(description="The platform that has or had it last.")
    received: int = Field(description="Leases since it was last delivered or redriven; after five it is dead.")
    leased_until: datetime | None = Field(description="When its lease ends; null where there is none.")
    accepted_at: datetime | None = Field(description="When it was accepted; null where it is not.")
    dead_reason: str | None = Field(description="Why it is dead, or was last.")
    links: Links = Field(description="Where its document and its sound are.")


class DraftPage(_Given):
    """Drafts in the order that was asked for."""

    drafts: list[DraftEntry] = Field(description="At most `limit`.")
    next: str | None = Field(description="Ask again with `after` set to this; null: that was all for now.")


class Bounds(_Taken):
    """Predicted difficulty, both ends included."""

    easiest: float | None = Field(None, ge=0, le=100, description="At least so difficult; null: no bound.")
    hardest: float | None = Field(None, ge=0, le=100, description="At most so difficult; null: no bound.")


class LeaseRequest(_Taken):
    """Which drafts are wanted, and for how long they may be in custody before they are acknowledged."""

    count: int = Field(1, ge=1, le=MOST_LEASED, description="At most so many.")
    seconds: float = Field(60.0, ge=1, le=LONGEST_LEASE_SECONDS, description="How long the lease lasts.")
    languages: list[Language] = Field(
        list(LANGUAGES), min_length=1, max_length=len(LANGUAGES), description="In one of these; all by default."
    )
    project: str | None = Field(None, max_length=64, pattern=_CLEAN, description="Of this project; null: of any.")
    difficulty: Bounds = Field(Bounds(), description="A draft of unknown difficulty is within no bounds.")
    draft_id: str | None = Field(
        None,
        pattern=ID,
        description="This very draft, whatever the other wishes say; refused where it is not ready. null: any.",
    )
    worker: Name | None = Field(
        None, description="For whom, where the platform knows already; null: for whose own the token is."
    )
    order: Order = Field(
        "received",
        description="Among those of one priority: the oldest first (`received`), the easiest first (`difficulty`), "
        "the hardest first (`-difficulty`).",
    )


class LeaseGiven(_Given):
    """Custody of one draft."""

    lease_token: str = Field(description="Proves the lease until `draft.leased_until`.")
    draft: DraftEntry = Field(description="The draft as it stands now.")


class LeasesGiven(_Given):
    """As many as were wanted, or as many as wait."""

    leases: list[LeaseGiven] = Field(description="The highest priority first, then in `order`; [] if none waits.")


class Acknowledgement(_Taken):
    """You have the draft safe."""

    lease_token: str = Field(max_length=200, description="As the lease gave it.")


class LeaseRefusal(_Taken):
    """Why the platform cannot take a draft, and whether another attempt may help."""

    lease_token: str = Field(max_length=200, description="As the lease gave it.")
    reason: Text = Field(min_length=1, description="For the operator who looks at it.")
    again: bool = Field(True, description="false: it is dead at once, until an operator redrives it.")
    counts: bool = Field(
        True, description="false: the draft is not at fault, and this brings it no nearer to being dead."
    )


class Renewal(_Taken):
    """A lease that should last longer."""

    lease_token: str = Field(max_length=200, description="As the lease gave it.")
    seconds: float = Field(60.0, ge=1, le=LONGEST_LEASE_SECONDS, description="How long from now.")


class WorkingCopyRequest(_Taken):
    """What a person has typed and not handed in."""

    worker: Name | None = Field(None, description="The person; null: for whose own the token is.")
    revision: int = Field(ge=0, le=MOST_REVISIONS, description="Which revision it builds on; 0: the draft.")
    document: dict[str, Any] = Field(description="An object of your own, kept as it is sent.")


class WorkingCopyEntry(_Given):
    """A working copy without its document."""

    draft_id: str = Field(description="The draft that is being corrected.")
    worker: str = Field(description="The person.")
    version: int = Field(description='Counts the saves; the ETag is `"w"` and this number.')
    revision: int = Field(description="Which revision it builds on; 0: the draft.")
    saved_at: datetime = Field(description="When it was saved.")


class WorkingCopyGiven(WorkingCopyEntry):
    """A working copy."""

    document: dict[str, Any] = Field(description="As it was sent.")


class SubmissionEntry(_Given):
    """A revision without its sentences."""

    draft_id: str = Field(description="The draft that was corrected.")
    revision: int = Field(description="1, 2, 3 …")
    worker: str = Field(description="Who corrected.")
    lead_time: float = Field(description="Active seconds, for this revision alone.")
    sentences: int = Field(description="How many it has.")
    source: Source = Field(description="The way by which it came.")
    flags: list[str] = Field(description="What its adapter is not sure of, as `lead_time_incomplete`.")
    at: datetime = Field(description="When it came.")


class SubmissionTaken(_Given):
    """A submission is on the disk."""

    draft: DraftEntry = Field(description="The draft as it stands now.")
    replayed: bool = Field(description="This very revision had come before, and nothing was changed.")


class SubmissionList(_Given):
    """The revisions of a draft, the first one first."""

    submissions: list[SubmissionEntry] = Field(description="None is ever missing or changed.")


class CommentDocument(_Taken):
    """What a reviewer says of one sentence."""

    sentence: int = Field(ge=0, description="Its place in the revision that is judged, from 0.")
    text: Text = Field(min_length=1, description="For the person who corrects.")


class ReviewRequest(_Taken):
    """A judgement on the latest revision."""

    reviewer: Name = Field(description="Who judges: a name of yours.")
    revision: int = Field(ge=1, description="The latest one; another is refused.")
    verdict: Verdict = Field(description="`accepted`, or `rework` to have it corrected again.")
    comment: Text = Field("", description="Of the whole.")
    comments: list[CommentDocument] = Field([], max_length=MOST_COMMENTS, description="Of single sentences.")


class ReviewEntry(_Given):
    """A judgement that was given."""

    reviewer: str = Field(description="Who judged.")
    revision: int = Field(description="What was judged.")
    verdict: Verdict = Field(description="`accepted` or `rework`.")
    comment: str = Field(description="Of the whole.")
    comments: list[CommentDocument] = Field(description="Of single sentences.")
    at: datetime = Field(description="When it was given.")


class ReviewTaken(_Given):
    """A judgement is on the disk."""

    draft: DraftEntry = Field(description="The draft as it stands now.")
    replayed: bool = Field(description="This very judgement had come before, and nothing was changed.")


class ReviewList(_Given):
    """The judgements on a draft, the first one first."""

    reviews: list[ReviewEntry] = Field(description="None is ever missing or changed.")


class ContentEdits(_Given):
    """Content characters, from the person's side."""

    substitution: int = Field(description="Replaced.")
    insertion: int = Field(description="Written where the draft had nothing.")
    deletion: int = Field(description="Taken away.")


class BoundaryEdits(_Given):
    """Borders of sentences."""

    split: int = Field(description="Sentences cut in two.")
    merge: int = Field(description="Sentences put together.")
    shift: int = Field(description="Borders that moved by a few words.")


class EditsGiven(_Given):
    """Differences between a draft and its correction, each counted once, in one kind."""

    content: ContentEdits = Field(description="Characters of what was said.")
    orthography: int = Field(description="Places where the same words are written otherwise.")
    punctuation: int = Field(description="Marks.")
    spacing: int = Field(description="Places with or without a space.")
    boundary: BoundaryEdits = Field(description="Where sentences begin and end.")
    speaker: int = Field(description="Sentences given to another speaker; a name changed throughout is one.")
    time: int = Field(description="Starts and ends that moved by more than 0.2 s.")


class FiguresGiven(_Given):
    """What is counted of one or many drafts (docs/scoring.md). Rates are null without anything to divide by."""

    edits: EditsGiven = Field(description="What was changed.")
    drafts: int = Field(description="How many drafts these are of.")
    corrected_sentences: int = Field(description="Sentences of the corrections.")
    unchanged_sentences: int = Field(description="Without any edit.")
    unread_sentences: int = Field(description="Unchanged, and not played or done faster than they can be heard.")
    retype_sentences: int = Field(description="With more than 30 % of their text wrong.")
    draft_characters: int = Field(description="Content characters of the drafts.")
    content_characters: int = Field(description="Content characters of the corrections.")
    words: int = Field(description="Words of the corrections, of English drafts.")
    word_errors: int = Field(description="Words replaced, put in or taken away, of English drafts.")
    effort: float = Field(description="Seconds of handwork for the edits.")
    typing: float = Field(description="Seconds of typing all of it afresh.")
    fewest_typing: float = Field(description="Seconds of typing the shortest texts that drafts are judged as.")
    audio_seconds: float = Field(description="Length of the work units.")
    lead_seconds: float = Field(description="Active seconds of these revisions, where they say so.")
    lead_audio_seconds: float = Field(description="Length of the work units whose revision says so.")
    speech_seconds: float = Field(description="Seconds of speech, by the corrections.")
    missed_seconds: float = Field(description="Of these, in no sentence of the draft.")
    false_alarm_seconds: float = Field(description="In a sentence of the draft, and no speech.")
    confused_seconds: float = Field(description="Given to another speaker.")
    cer: float | None = Field(description="Content edits per content character of the correction.")
    wer: float | None = Field(description="Word errors per word, of English drafts.")
    der: float | None = Field(description="Missed, false and confused seconds per second of speech.")
    work_ratio: float | None = Field(description="Minutes of work per minute of audio.")
    unchanged_share: float | None = Field(description="Unchanged sentences per sentence.")
    unread_share: float | None = Field(description="Unread sentences per sentence.")
    difficulty: float | None = Field(description="Observed, 0 to 100; null where there is no content at all.")


class SentenceScoreGiven(_Given):
    """What happened to one sentence."""

    index: int | None = Field(description="Its place in the correction, from 0; null: it was taken out.")
    from_ids: list[str] = Field(alias="from", description="The draft's sentences that it was made of.")
    edits: EditsGiven = Field(description="What was changed.")
    content_characters: int = Field(description="Of the correction.")
    cer: float | None = Field(description="null: it has no content.")
    effort: float = Field(description="Seconds of handwork.")
    difficulty: float | None = Field(description="0 to 100; null: there was nothing to change.")
    flags: list[Literal["retype", "unread"]] = Field(description="Evidence, no verdicts (docs/scoring.md).")
    played_share: float | None = Field(description="How much of it was heard; null: the correction does not say.")
    seconds: float | None = Field(description="Spent on it; null: the correction does not say.")


class RenamedSpeaker(_Given):
    """A speaker's name that was changed throughout: one edit."""

    from_name: str | None = Field(alias="from", description="In the draft.")
    to_name: str | None = Field(alias="to", description="In the correction.")


class ScoreGiven(FiguresGiven):
    """One revision of a correction against its draft (docs/scoring.md)."""

    draft_id: str = Field(description="The draft that was corrected.")
    revision: int = Field(description="Of the correction.")
    provisional: bool = Field(description="This revision is not accepted: another one may count in its place.")
    language: Language = Field(description="Of the draft.")
    normaliser: str = Field(description="What decided what is content; rates of different ones do not compare.")
    normaliser_steps: list[str] = Field(description="What it does, step by step.")
    flags: list[Literal["retype", "unread"]] = Field(description="Evidence, no verdicts (docs/scoring.md).")
    renamed: list[RenamedSpeaker] = Field(description="Names that were changed throughout.")
    sentences: list[SentenceScoreGiven] = Field(description="Those of the correction, in its order.")
    removed: list[SentenceScoreGiven] = Field(description="The draft's that nothing is left of.")


class PieceShown(_Given):
    """A stretch of text of which all was edited in one kind, or nothing. Either text may be empty."""

    kind: Literal["same", "content", "orthography", "punctuation", "spacing"] = Field(
        description="The kind of edit that is counted for it; `same`: none is."
    )
    before: str = Field(description="What was written.")
    after: str = Field(description="What is written now; of `same` also where nobody sees a difference.")


class SpeakerChanged(_Given):
    """A sentence that was given to another speaker."""

    before: str | None = Field(description="Whose it was, after the names that changed throughout.")
    after: str | None = Field(description="Whose it is.")


class TimesChanged(_Given):
    """A start or an end that moved by more than 0.2 s. Each is `[start, end]` in seconds of the recording."""

    before: tuple[float, float] = Field(description="Of all that it was made of.")
    after: tuple[float, float] = Field(description="Now.")


class EditedRow(_Given):
    """One sentence of a revision, or one that was taken out."""

    index: int | None = Field(description="Its place in the revision, from 0; null: it was taken out.")
    from_places: list[int] = Field(alias="from", description="Places in the base of what it was made of.")
    pieces: list[PieceShown] = Field(description="Its text; what was, by `before`, and what is, by `after`.")
    boundaries: list[Literal["split", "merge", "shift"]] = Field(
        description="What was done to the border before it or to those within it, each as it is counted."
    )
    speaker: SpeakerChanged | None = Field(description="null: no edit, but for names that changed throughout.")
    time: TimesChanged | None = Field(description="null: no edit.")
    added: bool = Field(description="It was made of no sentence of the base.")


class EditsShown(_Given):
    """Where a revision differs from the draft or from an earlier revision (docs/scoring.md)."""

    draft_id: str = Field(description="The draft that was corrected.")
    language: Language = Field(description="Of the draft.")
    base: int = Field(description="What it is compared with: a revision; 0: the draft.")
    revision: int = Field(description="Of the correction.")
    rows: list[EditedRow] = Field(description="By time, those that were taken out among the others.")
    renamed: list[RenamedSpeaker] = Field(description="Names that were changed throughout.")


class ScoreKey(_Given):
    """What the drafts of a sum have in common; what was not asked for is null."""

    project: str | None = Field(None, description="The project.")
    language: str | None = Field(None, description="The language of the drafts.")
    source: str | None = Field(None, description="Where the recordings came from: `source` of the manifest.")
    model_set: str | None = Field(None, description="The set of models that drafted.")
    fingerprint: str | None = Field(None, description="Of the pipeline that drafted.")
    recogniser: str | None = Field(None, description="What wrote the text, with its revision.")
    worker: str | None = Field(None, description="Who corrected.")


class ScoreSum(FiguresGiven):
    """The scores of some drafts, added up."""

    key: ScoreKey = Field(description="What they have in common.")
    provisional: int = Field(description="How many of the drafts are not accepted yet.")
    normaliser: str | None = Field(description="null: there are several, and error rates of them do not compare.")


class ScoreSums(_Given):
    """Sums in the order of their keys."""

    sums: list[ScoreSum] = Field(description="[]: no draft has a score.")


class FittedModel(_Given):
    """A model that was fitted to corrections."""

    name: str = Field(description="Its name, as `prediction.model` says it.")
    kind: Literal["difficulty", "confidence", "work"] = Field(
        description="What it tells: how hard a draft will be, how sure a word is, how long work takes."
    )
    scope: str = Field(description="Its language; of confidence also the recogniser.")
    at: datetime = Field(description="When it was fitted.")
    good: bool = Field(description="false: no better than what there was without it, and not used.")
    in_use: bool = Field(description="Predictions are made with it.")
    examples: int = Field(description="How many corrected drafts it was fitted to.")
    document: dict[str, Any] = Field(description="All of it, with its measured quality.")


class FittedModels(_Given):
    """Every model that was ever fitted, the newest first."""

    models: list[FittedModel] = Field(description="[]: the rules predict.")


class RateGiven(_Given):
    """A rate with what it was divided from. `low` to `high`: its 95 % interval over recordings."""

    value: float | None = Field(description="null: nothing to divide by.")
    low: float | None = Field(description="null: fewer than five recordings.")
    high: float | None = Field(description="As `low`.")
    part: float = Field(description="What was counted.")
    whole: float = Field(description="By what it is divided.")


class TrendRowGiven(_Given):
    """Drafts of one language that were corrected in one period (docs/evidence.md)."""

    period: Literal["day", "week", "month"] = Field(description="How long it is.")
    start: date = Field(description="Its first day, in Seoul.")
    language: Language = Field(description="Of the drafts.")
    normaliser: str = Field(description="What decided what is content.")
    project: str | None = Field(None, description="null: not asked for, as the three below.")
    source: str | None = Field(None, description="Where the recordings came from.")
    model_set: str | None = Field(None, description="The set of models that drafted.")
    fingerprint: str | None = Field(None, description="Of the pipeline that drafted.")
    provisional: bool = Field(description="Of drafts that are not accepted yet.")
    recordings: int = Field(description="What intervals are over; one may be in several rows.")
    figures: FiguresGiven = Field(description="What was counted; figures of rows add.")
    rates: dict[str, RateGiven] = Field(description="By name (docs/evidence.md).")


class DifferenceGiven(_Given):
    """How much a share has grown from one version to the next. `low` to `high`: its 95 % interval."""

    before: float = Field(description="The share under the version before.")
    after: float = Field(description="Under the newest one, in the same mix of sources.")
    value: float = Field(description="How much it has grown; below zero it fell.")
    low: float | None = Field(description="null: no interval can be told.")
    high: float | None = Field(description="As `low`.")
    p: float = Field(description="How often chance alone would bring as much.")
    adjusted_p: float = Field(description="The same, since several differences are looked at (Holm).")
    detectable: float = Field(description="A difference that would usually have been shown.")
    verdict: Literal["worse", "better", "no_difference", "too_few"] = Field(description="What that comes to.")


class VersionGiven(_Given):
    """What one version of the pipeline has come to, over its accepted drafts."""

    fingerprint: str = Field(description="Of the pipeline.")
    model_set: str = Field(description="The set of models.")
    recordings: int = Field(description="How many recordings.")
    figures: FiguresGiven = Field(description="What was counted.")


class SourceMixGiven(_Given):
    """One source under both versions."""

    source: str = Field(description="Where the recordings came from.")
    recordings_before: int = Field(description="Under the version before.")
    recordings_after: int = Field(description="Under the newest one.")
    cer_before: float | None = Field(description="For orientation; nothing is judged by it.")
    cer_after: float | None = Field(description="As `cer_before`.")
    compared: bool = Field(description="Whether it is part of the comparison.")


class ComparisonGiven(_Given):
    """The newest version of a project's pipeline against the one before it, in one language (docs/evidence.md)."""

    project: str = Field(description="The project.")
    language: Language = Field(description="Of the drafts.")
    normaliser: str = Field(description="What decided what is content.")
    verdict: Literal["worse", "better", "no_difference", "too_few"] = Field(description="worse: an alert.")
    sentence: str = Field(description="All of it in words.")
    before: VersionGiven | None = Field(description="null: there is one version only.")
    after: VersionGiven = Field(description="The newest version.")
    paired: bool = Field(description="On the same recordings.")
    by_source: bool = Field(description="Otherwise: each source with itself.")
    recordings_before: int = Field(description="Compared, of the version before.")
    recordings_after: int = Field(description="Compared, of the newest one.")
    left_out: int = Field(description="Recordings that were not compared.")
    provisional: int = Field(description="Drafts that are not accepted yet, and were not looked at.")
    cer: DifferenceGiven | None = Field(description="Of the character error rate; null: too few.")
    effort: DifferenceGiven | None = Field(description="Of handwork per typing all afresh; null: too few.")
    sources: list[SourceMixGiven] = Field(description="What is known of the mix of recordings.")


class TrendsGiven(_Given):
    """Error rates over time, and whether a new version of the pipeline is worse."""

    rows: list[TrendRowGiven] = Field(description="The oldest first.")
    versions: list[ComparisonGiven] = Field(description="One for each project and language.")


class ExpectedGiven(_Given):
    """What the same drafts would have come to with everybody else."""

    value: float = Field(description="Expected.")
    part: float = Field(description="What came, of those drafts that can be compared.")
    whole: float = Field(description="Of how much.")
    drafts: int = Field(description="How many drafts can be compared.")


class FindingGiven(_Given):
    """`part` of `whole`, over the drafts of which it is known. `low` to `high`: its 95 % interval."""

    value: float | None = Field(description="null: too few, or nothing known.")
    low: float | None = Field(description="null: none can be told.")
    high: float | None = Field(description="As `low`.")
    part: float = Field(description="What was counted.")
    whole: float = Field(description="Of how much.")
    drafts: int = Field(description="Of how many drafts it is known.")
    too_few: bool = Field(description="Fewer than ten: only counts are told.")
    expected: ExpectedGiven | None = Field(description="null: nothing to compare with.")


class EvidenceGiven(_Given):
    """The work on drafts that have something in common."""

    worker: str | None = Field(None, description="Who corrected; null: not asked for, as the three below.")
    project: str | None = Field(None, description="The project.")
    language: Language | None = Field(None, description="Of the drafts.")
    source: str | None = Field(None, description="Where the recordings came from.")
    drafts: int = Field(description="How many drafts.")
    provisional: int = Field(description="Of these, not accepted yet.")
    recordings: int = Field(description="How many recordings.")
    findings: dict[str, FindingGiven] = Field(description="By name; `meanings` says what each is.")


class EvidenceList(_Given):
    """What happened in the work: evidence, no verdicts (docs/evidence.md)."""

    groups: list[EvidenceGiven] = Field(description="In the order of their names.")
    meanings: dict[str, str] = Field(description="What each finding says, and what else may lie behind it.")


class TransitionRequest(_Taken):
    """An action by name; docs/platform.md says which fits which state and scope."""

    action: ActionName = Field(description="What to do.")
    reason: Text | None = Field(None, description="For the history of the draft.")


class EventEntry(_Given):
    """One change."""

    seq: int = Field(description="Its number; later ones are greater.")
    at: datetime = Field(description="When it happened.")
    kind: Kind = Field(description="What happened.")
    actor: Actor = Field(description="As whom it was done.")
    by: str | None = Field(description="The token, target or operator that did it, where known.")
    draft_id: str = Field(description="The draft that changed.")
    recording_id: str = Field(description="The recording that it is of.")
    from_state: State | None = Field(alias="from", description="The state before; null: it was new.")
    to_state: State | None = Field(alias="to", description="The state after.")
    version: int | None = Field(description="The draft's version after it.")
    details: dict[str, Any] = Field(description="More, by kind: a reason, a revision, a priority.")


class EventPage(_Given):
    """Events in the order of their numbers, none left out. A number that is missing was never given."""

    events: list[EventEntry] = Field(description="At most `limit`.")
    next: int = Field(description="Ask again with `after` set to this, whether or not there were any.")


class _Posted(_Given):
    """CloudEvents 1.0, structured mode."""

    specversion: Literal["1.0"] = Field(description="Of CloudEvents.")
    id: str = Field(description="With `source` it names the event among those of all queues.")
    source: str = Field(description="Which queue: `urn:prelabel:queue:` and 8 hex digits.")
    time: datetime = Field(description="When it happened.")
    datacontenttype: Literal["application/json"] = Field(description="Of `data`.")


class PostedEvent(_Posted):
    """One change, as it is posted to endpoints."""

    type: str = Field(pattern=r"^prelabel\.draft\.", description="`prelabel.draft.` and the kind.")
    subject: str = Field(description="The draft that changed.")
    data: EventEntry = Field(description="The event as the feed gives it.")


class PostedPing(_Posted):
    """What is posted when somebody asks whether an endpoint answers."""

    type: Literal["prelabel.ping"] = Field(description="So it is told from an event; it has no `subject`.")
    data: dict[str, Any] = Field(max_length=0, description="Nothing.")


class EndpointRequest(_Taken):
    """Where events shall be posted: an https:// address that the internet can reach."""

    name: str = Field(max_length=64, description="Small letters, digits, dots, dashes and underscores.")
    url: str = Field(max_length=LONGEST_URL, description="Where to post.")
    kinds: list[Kind] = Field([], max_length=len(KINDS), description="Kinds of events as in the feed; none: all.")


class EndpointEntry(_Given):
    """Where events are posted, and how that goes."""

    name: str = Field(description="Its name, for ever.")
    url: str = Field(description="Where events are posted.")
    kinds: list[Kind] = Field(description="The kinds that are wanted; none: all.")
    private: bool = Field(description="It may lie inside our network: an operator added it so by command.")
    version: int = Field(description='Counts what operators changed; the ETag is `"v"` and this number.')
    created_at: datetime = Field(description="When it was added.")
    disabled_reason: str | None = Field(description="Why nothing is posted there; null: it is enabled.")
    failing_since: datetime | None = Field(description="Nothing has been answered 2xx since; null: it is well.")
    next_at: datetime | None = Field(description="While it fails: nothing is posted before.")
    waiting: int = Field(description="Deliveries that are still to be sent.")
    dead: int = Field(description="Deliveries that were given up.")


class EndpointSecret(_Given):
    """An endpoint and its secret, which is shown this once."""

    secret: str = Field(description="What is posted is signed with it.")
    endpoint: EndpointEntry = Field(description="How it stands.")


class EndpointList(_Given):
    """Every endpoint, the oldest first."""

    endpoints: list[EndpointEntry] = Field(description="All of them.")


class PingAnswered(_Given):
    """What came of a signed `prelabel.ping`."""

    status: int | None = Field(description="What was answered; 2xx is good. null: nothing.")
    error: str | None = Field(description="Why there was no answer.")


class DeliveryEntry(_Given):
    """An event that an endpoint has not got."""

    event: int = Field(description="Its number in the feed.")
    state: DeliveryState = Field(description="`dead`: it was given up.")
    attempts: int = Field(description="How often it was posted.")
    next_at: datetime | None = Field(description="When its next turn comes, unless the endpoint fails meanwhile.")
    error: str | None = Field(description="What the last attempt came to.")


class DeliveryPage(_Given):
    """Deliveries in the order of their events."""

    deliveries: list[DeliveryEntry] = Field(description="At most `limit`.")
    next: str | None = Field(description="Ask again with `after` set to this; null: that was all for now.")


class Redriven(_Given):
    """How many deliveries that had been given up will be sent again."""

    redriven: int = Field(description="How many.")


class StateTotals(_Given):
    """Drafts counted."""

    drafts: int = Field(description="How many.")
    minutes: float = Field(description="Minutes of their work units.")


class Reconciliation(_Given):
    """What was sent, is held, came back."""

    event: int = Field(description="The number of the last event that is in it.")
    states: dict[State, StateTotals] = Field(description="By state.")
    sent: StateTotals = Field(description="Delivered at some time, wherever they are now.")
    held: StateTotals = Field(description="With the platform now: leased, delivered or in rework.")
    came_back: StateTotals = Field(description="Submitted, in review or accepted.")


class HeldDrafts(_Taken):
    """Every draft that the platform believes to hold."""

    draft_ids: list[Annotated[str, StringConstraints(pattern=ID)]] = Field(
        max_length=100_000, description="Their ids, each once or several times."
    )


class HeldDraftsCompared(_Given):
    """Where the two sides differ; three empty lists: they agree."""

    event: int = Field(description="The number of the last event that is in it.")
    agreed: int = Field(description="How many of the named ones you hold.")
    unknown: list[str] = Field(description="Named, but the queue has no such draft.")
    not_held: dict[str, State] = Field(
        description="Named, but in a state in which nobody holds them, or held by another platform."
    )
    not_named: list[str] = Field(description="Delivered to this platform or in rework with it, but not named.")


class CheckGiven(_Given):
    """Something that is not written so; it informs people, and nothing is refused for it."""

    pattern: str = Field(
        description="A regular expression that both Python and JavaScript (flag `u`) read: what it finds in the "
        "text of a sentence should not be there."
    )
    languages: list[Language] = Field(description="In sentences of these languages.")
    message: str = Field(description="What to tell the person who types.")


class GuidelineGiven(_Given):
    """How the customer wants text to be written."""

    script: Literal["as_heard", "simplified", "traditional"] = Field(
        description="The Chinese script that is wanted; `as_heard`: either."
    )
    max_sentence_seconds: float | None = Field(
        description="No sentence should be longer than this; null: none is too long."
    )
    numerals: str | None = Field(description="How numbers are written; null: nothing is said of it.")
    fillers: str | None = Field(description="Which fillers are kept; null likewise.")
    spacing: str | None = Field(description="How words are spaced; null likewise.")
    checks: list[CheckGiven] = Field(description="What people are warned of while they type.")
    other_script: str | None = Field(
        description="The characters that are not of that script, in the order of Unicode; null where either will "
        "do. A few that both scripts have in common words (后, 台) are not among them."
    )


class ProjectGiven(_Given):
    """What a customer's recordings have in common, as far as it concerns those who correct."""

    name: str = Field(description="Drafts and lists call it so.")
    languages: list[Language] = Field(description="That are spoken in its recordings.")
    glossary: list[str] = Field(description="Names and terms, as they are written.")
    guideline: GuidelineGiven = Field(description="How text is to be written.")


class Health(_Given):
    """The server answers."""

    status: Literal["ok"] = Field(description="Anything else is a problem document.")
