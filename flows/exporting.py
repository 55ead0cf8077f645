"""`prelabel export`, `queue` and `forget`: what is in the queue and the store, for people and programs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import NotFound, UsageProblem
from core.settings import settings
from core.store import sha256_of_file, write_atomically, write_folder_atomically
from core.types import Draft
from export.bodies import draft_of
from export.drafts import from_json, printable
from export.entries import Event, QueueEntry
from export.estimates import BatchEstimate, estimate_batch
from export.folders.erasing import erase_everywhere
from export.formats import FOLDERS, FORMATS
from export.prices import RateCards, billable_minutes, shown_minutes
from export.queue import Queue
from export.states import GONE, State
from export.tables import Order
from export.worktimes import estimate_entry, work_models
from flows.places import media_store, queue_at
from flows.progress import clock, display_name
from flows.showing import as_text, counted, expectations, minutes_of_work, money, percent, plain_table, points


def exported(draft: str, format_name: str, queue_url: str | None, out: Path | None = None) -> str:
    """A draft, by id or by its document's path, in the format named; "" where it was written to `out`.

    `out` is a file, or a new or empty folder for a format of several files, which needs one. It appears whole or
    not at all. Raises UsageProblem.
    """
    if format_name not in FORMATS and format_name not in FOLDERS:
        raise UsageProblem(
            f"there is no format {format_name!r}",
            why=f"prelabel writes {', '.join([*FORMATS, *FOLDERS])}",
            fix="name one of them with --format",
        )
    if format_name in FOLDERS and out is None:
        raise UsageProblem(
            f"{format_name} cannot be printed",
            why="it is a folder of several files",
            fix="name a new or empty folder with --out",
        )
    body = draft_named(draft, queue_url)
    if out is None:
        return FORMATS[format_name](body)
    files = FOLDERS[format_name](body) if format_name in FOLDERS else None
    content = b"" if files is not None else FORMATS[format_name](body).encode()
    try:
        if files is not None:
            write_folder_atomically(out.absolute(), files)
        else:
            write_atomically(out.absolute(), content)
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"{printable(str(out))} cannot be written",
            why=getattr(error, "strerror", None) or "nothing can be called so",
            fix=f"name a {'new or empty folder' if format_name in FOLDERS else 'file'} in a folder that is there",
        ) from error
    return ""


def draft_named(name: str, queue_url: str | None) -> Draft:
    """The draft of an id, or the start of one, or the path of its document. Raises UsageProblem."""
    path = Path(name)
    if path.suffix == ".json" or is_file(name):
        try:
            return from_json(path.read_bytes())
        except OSError as error:
            raise UsageProblem(
                f"the draft document {name} cannot be read",
                why=error.strerror or str(error),
                fix="give the path of a document that `prelabel run` wrote, or a draft id",
            ) from error
    with queue_at(queue_url) as queue:
        return draft_of(media_store(), queue.show(name))


def insist_project(queue: Queue, project: str | None) -> None:
    """Raises NotFound for a project that the queue has no draft of: its name may be misspelt."""
    if project is not None and not queue.list(project=project, limit=1):
        raise NotFound(
            f"there is no draft of a project {project!r}",
            why="the queue has none, in whatever state",
            fix="`prelabel queue list` shows the projects",
        )


def is_file(name: str) -> bool:
    """Whether a file is called so; a name that none can have is no file's."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def queue_listing(
    queue_url: str | None,
    *,
    state: str | None,
    language: str | None,
    project: str | None,
    order: Order = "received",
    from_scratch: bool | None = None,
) -> tuple[dict[str, Any], str]:
    """The queue's entries as (document, table). Raises UsageProblem for a state that there is not."""
    if state is not None and state not in list(State):
        raise UsageProblem(
            f"there is no state {state!r}",
            why=f"a draft is {', '.join(State)}",
            fix="name one of them with --state",
        )
    with queue_at(queue_url) as queue:
        entries = queue.list(
            state=State(state) if state else None,
            language=language,
            project=project,
            order=order,
            from_scratch=from_scratch,
        )
        models = work_models(queue)
    cards = RateCards(settings().home)
    estimates = {entry.seq: estimate_entry(entry, cards.estimate(entry), models) for entry in entries}
    payable = [entry for entry in entries if entry.state not in _NEVER_PAID]
    work = estimate_batch(estimates[entry.seq] for entry in payable)
    left = estimate_batch(estimates[entry.seq] for entry in payable if entry.state is not State.ACCEPTED)
    document = {
        "drafts": [
            entry.to_dict() | cards.money(entry) | {"estimated_work": estimates[entry.seq].minutes.to_dict()}
            for entry in entries
        ],
        "totals": {
            "drafts": work.units,
            "billable_minutes": shown_minutes(work.billable_minutes),
            "estimated_price": [asdict(price) for price in work.prices],
            "without_price": work.unpriced,
            "estimated_work": left.minutes.to_dict(),
            "price_per_hour": [one.to_dict() for one in work.per_hour],
        },
        "unpriced": cards.problems,
    }
    if not entries:
        return document, "no drafts" if state or language or project or from_scratch else "the queue is empty"
    numbers = ("unit", "length", "minutes", "price", "difficulty", "work")
    table = plain_table("draft", "state", "lang", *numbers, "project", "recording", right=numbers)
    for entry in entries:
        draft, estimate = entry.draft, estimates[entry.seq]
        table.add_row(
            draft.draft_id,
            str(entry.state),
            draft.language,
            f"{draft.unit.index + 1}/{draft.unit.count}",
            clock(draft.unit.end - draft.unit.start),
            f"{float(billable_minutes(draft.unit)):.2f}",
            money(estimate.price),
            _expected(entry),
            f"{estimate.minutes.value:.0f} min",
            draft.project,
            display_name(draft.uri),
        )
    lines = [_payable_in_words(work), _work_in_words(left, work)]
    if any(entry.prediction is not None and entry.prediction.from_scratch for entry in entries):
        lines.append("!: typing it afresh is expected to be less work than mending it")
    return document, "\n".join([as_text(table), *lines, *cards.complaints()])


_NEVER_PAID = GONE | {State.WITHHELD}
"""Drafts in these states are in no total: another draft has their place, or they were taken back."""


def _payable_in_words(total: BatchEstimate) -> str:
    """What a list of drafts comes to; those without a price add minutes, and nothing to the prices."""
    prices = [f"about {money(price)} at today's rates" for price in total.prices]
    if total.prices and total.unpriced:
        prices.append(f"{total.unpriced} without a price")
    minutes = f"{float(total.billable_minutes):.2f} minutes"
    return " · ".join([f"{counted(total.units, 'draft')} to be paid for", minutes, *prices])


def _work_in_words(left: BatchEstimate, all_of_it: BatchEstimate) -> str:
    """How long people are expected to work on what is left, and what an hour of work is paid over all of it."""
    said = minutes_of_work(left.minutes, "left") if left.units else "no work left"
    hourly = all_of_it.per_hour
    paid = [f"{one.value:,.0f} {one.currency} an hour ({one.low:,.0f} to {one.high:,.0f})" for one in hourly]
    return " · ".join([said, *paid])


def _expected(entry: QueueEntry) -> str:
    """The difficulty expected of a draft; with a sign where typing it afresh is expected to be less work."""
    if entry.prediction is None:
        return points(entry.difficulty)
    return f"{entry.prediction.value:.0f}{'!' if entry.prediction.from_scratch else ''}"


def queue_entry(name: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """One draft as (document, text): its row, its history, its sentences."""
    with queue_at(queue_url) as queue:
        entry = queue.show(name)
        history = queue.history(entry.draft.draft_id)
        models = work_models(queue)
    draft = draft_of(media_store(), entry)
    cards = RateCards(settings().home)
    project, price = cards.project(draft.project), cards.estimate(entry)
    guideline = project.guideline.for_people if project else {}
    unit = draft.unit
    minutes = estimate_entry(entry, price, models).minutes
    document = (
        entry.to_dict()
        | cards.money(entry)
        | {
            "estimated_work": minutes.to_dict(),
            "guideline": guideline,
            "unpriced": cards.problems,
            "events": [one.to_dict() for one in history],
        }
    )
    lines = [
        f"{draft.draft_id}  {entry.state}  {draft.language}  project {draft.project}",
        f"{draft.recording.uri}  {clock(draft.recording.duration)}",
        f"work unit {unit.index + 1} of {unit.count}: {clock(unit.start)} to {clock(unit.end)}",
        f"{float(billable_minutes(unit)):.2f} billable minutes"
        + (f", about {money(price)} at today's rate" if price else ""),
        minutes_of_work(minutes),
        *([expectations(entry.prediction)] if entry.prediction else []),
        *cards.complaints(),
        *(f"{topic}: {text}" for topic, text in guideline.items()),
        *(f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.kind} by the {one.actor}{_said(one)}" for one in history),
        *([f"flags: {', '.join(draft.flags)}"] if draft.flags else []),
        "",
    ]
    for sentence in draft.sentences:
        flags = f"  [{', '.join(sentence.flags)}]" if sentence.flags else ""
        lines.append(f"{clock(sentence.start):>7}  {sentence.speaker or '?':3} {sentence.text}{flags}")
    return document, "\n".join(lines)


def _said(event: Event) -> str:
    """What a score or a prediction said, for the history."""
    details = event.details
    told = [f"revision {details['revision']}"] if "revision" in details else []
    if event.kind in ("scored", "predicted", "enqueued") and details.get("difficulty") is not None:
        told.append(f"difficulty {points(details['difficulty'])}")
    told += [f"CER {percent(details['cer'])}"] if event.kind == "scored" else []
    return f": {', '.join(told)}" if told else ""


def forget_recording(name: str, queue_url: str | None) -> dict[str, Any]:
    """Erase a recording from queue, store, reports and clips, by id, the start of an id, or the file itself.

    From folders of the exchange too, last of all; those that cannot be reached are `unreached`, and the next push
    or pull of each erases it there. What `--out` wrote elsewhere is the caller's own, and the index of an old
    report keeps the recording's name. Raises UsageProblem.
    """
    machine = settings()
    store = media_store()
    path = Path(name)
    wanted = sha256_of_file(path) if is_file(name) else name.lower()
    with queue_at(queue_url) as queue:
        known = {*queue.recordings(wanted), *(one for one in store.recordings() if one.startswith(wanted))}
        found = sorted(known) if wanted else []
        if len(found) != 1:
            raise UsageProblem(
                f"{name!r} names {'no recording' if not found else 'several recordings'}",
                why="neither the queue nor the store has one whose id starts so"
                if not found
                else "more than one id starts so",
                fix="give the recording's id from `prelabel queue list --json`, or its file",
            )
        drafts = queue.drafts_ever(found[0])  # also those that an attempt before this one has erased already
        gone = queue.forget(found[0])
        erased = store.forget(found[0])
        for batches in (machine.home / "batches", machine.store_path / "batches"):
            _erase_reports(batches, drafts)
        _erase_label_studio_clips(drafts)
        unreached = erase_everywhere(queue)
    return {
        "recording": found[0],
        "drafts": gone,
        "store": erased,
        "unreached": [asdict(one) for one in unreached],
    }


def tidied(days: float, queue_url: str | None) -> dict[str, Any]:
    """Drop the sound of recordings whose every draft was accepted `days` ago or earlier."""
    store = media_store()
    freed = []
    with queue_at(queue_url) as queue:
        for recording in queue.settled(days):
            _erase_label_studio_clips(queue.drafts_ever(recording))  # they may be the same files by other names
            if size := store.drop_sound(recording):
                freed.append(size)
    return {"recordings": len(freed), "bytes": sum(freed)}


def _erase_label_studio_clips(drafts: Sequence[str]) -> None:
    clips = settings().label_studio.clips
    if clips is None:
        return
    for draft in drafts:
        for clip in (*clips.glob(f"*/{draft}.m4a"), *clips.glob(f"*/.{draft}.m4a.*")):
            clip.unlink(missing_ok=True)


def _erase_reports(batches: Path, drafts: Sequence[str]) -> None:
    """Remove what reports under `batches` hold of `drafts`: documents, pages, sounds."""
    for draft in drafts:
        for document in batches.rglob(f"drafts/{draft}.json"):
            document.unlink(missing_ok=True)
        for page in batches.rglob(f"recordings/*{draft[:12]}"):
            shutil.rmtree(page, ignore_errors=True)
