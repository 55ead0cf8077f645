"""`prelabel labels`: drafts to a Label Studio project and corrections back, for people and programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.errors import LabelStudioUnusable, StoreUnusable, UsageProblem
from core.project import load_project
from core.settings import LabelStudioSettings, settings
from core.types import Draft
from export.bodies import draft_of
from export.clips import clips_of
from export.entries import QueueEntry
from export.label_studio.client import LabelStudio
from export.label_studio.place import Place, Refused, exchanged, find_place, make_place
from export.label_studio.pull import pull
from export.label_studio.push import AudioUrl, push
from export.label_studio.reviews import show_reviews
from export.label_studio.tasks import instruction
from export.queue import Queue
from flows.places import media_store


@dataclass(frozen=True, slots=True)
class Opened:
    """A queue and a Label Studio server, and the project between which drafts travel."""

    queue: Queue
    server: LabelStudio
    project: str

    def place(self) -> Place:
        """The Label Studio project of ours. Raises LabelStudioUnusable where it was not made, or was deleted."""
        found = find_place(self.queue, self.server, self.project)
        if found is None:
            raise LabelStudioUnusable(
                f"Label Studio has no project for {self.project!r}",
                why="it was not made yet, or was deleted there",
                fix=f"run `prelabel labels init --project {self.project}`",
            )
        return found


def initialised(project: str, queue_url: str | None, files: Path | None) -> tuple[dict[str, Any], str]:
    """Make the Label Studio project unless it is there, as (document, text)."""
    machine = _with_files(settings().label_studio, files)
    with _opened(project, queue_url) as opened:
        release = opened.server.insist_version()
        told = instruction(load_project(project, settings().home))
        place, new = make_place(opened.queue, opened.server, project, told)
        _register(opened.server, place, machine)
        url = f"{opened.server.url}/projects/{place.number}"
    document = {"project": project, "label_studio": release, "id": place.number, "url": url, "new": new}
    return document, f"{'made' if new else 'found'}: {place.title} at {url}"


def pushed(
    project: str,
    queue_url: str | None,
    *,
    audio_base: str | None,
    files: Path | None,
    most: int | None,
) -> tuple[dict[str, Any], str]:
    """Push waiting drafts and reviewers' remarks, as (document, text)."""
    machine = _with_files(settings().label_studio, files)
    with _opened(project, queue_url) as opened:
        opened.server.insist_version()
        place = opened.place()
        base = audio_base or (None if files else machine.audio_base)
        if base is None:
            _register(opened.server, place, machine)
        done = push(
            opened.queue,
            opened.server,
            place,
            read_draft=_read,
            audio_url=audio_url(machine, base, mix_of),
            most=most,
        )
        reviewed = show_reviews(opened.queue, opened.server, place)
    document = {
        "sent": list(done.sent),
        "known": list(done.known),
        "refused": [asdict(one) for one in done.refused],
        "reviews_shown": list(reviewed),
    }
    lines = [f"{len(done.sent)} drafts sent, {len(done.known)} were there, {len(done.refused)} refused"]
    lines += [f"{len(reviewed)} tasks show what their reviewer says"] if reviewed else []
    return document, "\n".join([*lines, *_refusals(done.refused)])


def pulled(project: str, queue_url: str | None, *, everything: bool) -> tuple[dict[str, Any], str]:
    """Take annotations back and bring reviewers' remarks up to date, as (document, text)."""
    with _opened(project, queue_url) as opened:
        opened.server.insist_version()
        place = opened.place()
        done = pull(opened.queue, opened.server, place, read_draft=_read, everything=everything)
        reviewed = show_reviews(opened.queue, opened.server, place)
    document = {
        "taken": [asdict(one) | {"flags": list(one.flags)} for one in done.taken],
        "refused": [asdict(one) for one in done.refused],
        "skipped": list(done.skipped),
        "unknown_tasks": list(done.unknown),
        "reviews_shown": list(reviewed),
    }
    lines = [f"{len(done.taken)} corrections taken, {len(done.refused)} refused, {len(done.skipped)} tasks skipped"]
    lines += [
        f"{one.draft_id}  revision {one.revision}  {one.lead_time:.0f} s  {' '.join(one.flags)}".rstrip()
        for one in done.taken
    ]
    lines += [f"{name}  its task was skipped" for name in done.skipped]
    lines += [f"{len(done.unknown)} tasks belong to no draft of this queue"] if done.unknown else []
    return document, "\n".join([*lines, *_refusals(done.refused)])


def standing(project: str, queue_url: str | None) -> tuple[dict[str, Any], str]:
    """How the exchange of a project stands, as (document, text)."""
    with _opened(project, queue_url) as opened:
        release = opened.server.insist_version()
        place = opened.place()
        found = exchanged(opened.queue, place)
        url = f"{opened.server.url}/projects/{place.number}"
    document = {
        "project": project,
        "label_studio": release,
        "url": url,
        "waiting": found.waiting,
        "tasks": found.tasks,
        "unsure": found.unsure,
        "states": dict(found.states),
        "refused": [asdict(one) for one in found.refused],
    }
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.states.items())) or "none"
    lines = [f"{place.title} at {url} (Label Studio {release})", f"{found.waiting} drafts wait to be pushed"]
    lines += [f"{found.tasks} tasks; their drafts: {states}"]
    lines += [f"{found.unsure} pushes were cut off; the next push settles them"] if found.unsure else []
    return document, "\n".join([*lines, *_refusals(found.refused)])


def audio_url(machine: LabelStudioSettings, base: str | None, sound_of: Callable[[QueueEntry], Path]) -> AudioUrl:
    """How a draft's clip is reached: under `base`, else in Label Studio's own files, where it is put then.

    Raises UsageProblem where neither is set.
    """
    if base is not None:
        return lambda entry: f"{base.rstrip('/')}/{entry.draft.draft_id}.m4a"
    clips = machine.clips
    if clips is None:
        raise UsageProblem(
            "Label Studio would not find the sound",
            why="neither a folder that it gives files out of nor an address of the clips is set",
            fix="give --files DIR (its LOCAL_FILES_DOCUMENT_ROOT) or --audio-base URL (docs/label-studio.md)",
        )

    def placed(entry: QueueEntry) -> str:
        name = f"{entry.draft.project}/{entry.draft.draft_id}.m4a"
        _place_clip(sound_of(entry), clips / name)
        return f"/data/local-files/?d={quote(f'{clips.name}/{name}')}"

    return placed


def mix_of(entry: QueueEntry) -> Path:
    """The mix that people hear with a draft. Raises UsageProblem where it is gone."""
    draft = entry.draft
    path = clips_of(media_store(), draft.recording_id, draft.draft_id).get("mix")
    if path is None:
        raise UsageProblem(
            f"draft {draft.draft_id} has no sound to hear",
            why="the media store does not keep its clip (any more)",
            fix="draft the recording again where its file is, or name the address of its clips with --audio-base",
        )
    return path


def _place_clip(clip: Path, place: Path) -> None:
    """Have `clip` at `place` too: linked where the two are on one disk, else copied. Raises StoreUnusable."""
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        try:
            partial.hardlink_to(clip)
        except OSError:
            shutil.copyfile(clip, partial)
        partial.replace(place)
        partial.unlink(missing_ok=True)  # renaming one link of a file over another one of it does nothing (POSIX)
    except OSError as error:
        raise StoreUnusable(
            f"the clip {place} cannot be written",
            why=error.strerror or str(error),
            fix="make the folder writable and its disk large enough, or name another one with --files",
        ) from error


def _register(server: LabelStudio, place: Place, machine: LabelStudioSettings) -> None:
    """Have Label Studio give out the folder of clips, if there is one."""
    folder = machine.clips
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(
            f"the folder {folder} for clips cannot be made",
            why=error.strerror or str(error),
            fix="make its parent writable, or name another document root with --files",
        ) from error
    there = machine.files_there or str(folder.parent.resolve())
    server.register_files(place.number, f"{there.rstrip('/')}/{folder.name}")


def _with_files(machine: LabelStudioSettings, files: Path | None) -> LabelStudioSettings:
    return machine if files is None else machine.model_copy(update={"files": files})


@contextmanager
def _opened(project: str, queue_url: str | None) -> Iterator[Opened]:
    """The queue, and the server that the settings name. Raises UsageProblem where they name none."""
    machine = settings()
    load_project(project, machine.home)
    url, token = machine.label_studio.url, machine.label_studio.token
    if url is None or token is None:
        missing = [name for name, value in (("URL", url), ("TOKEN", token)) if value is None]
        raise UsageProblem(
            "it is not said where Label Studio is",
            why=" and ".join(f"PRELABEL_LABEL_STUDIO__{name}" for name in missing) + " not set",
            fix="set its address and a token from Account & Settings there; docs/label-studio.md shows how",
        )
    with (
        Queue(queue_url or machine.queue_url) as queue,
        LabelStudio(url, token.get_secret_value()) as server,
    ):
        yield Opened(queue, server, project)


def _refusals(refused: tuple[Refused, ...]) -> list[str]:
    return [f"{one.draft_id}  refused: {one.reason}" for one in refused]


def _read(entry: QueueEntry) -> Draft:
    return draft_of(media_store(), entry)
