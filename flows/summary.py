"""What came of a batch: the contract of `prelabel run --json`, and the same for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.store import write_atomically
from core.types import Duplicate, Rejected
from export.drafts import to_json
from flows.drafting import Drafted, Outcome


@dataclass(frozen=True, slots=True)
class DraftedFile:
    """A draft document of a batch: `recording` is the address as given, `path` where the document lies."""

    draft_id: str
    recording: str
    recording_id: str
    language: str
    path: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Drafted, rejected and duplicate recordings add up to what went in."""

    drafts: tuple[DraftedFile, ...]
    rejected: tuple[Rejected, ...]
    duplicates: tuple[Duplicate, ...]
    report: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        recordings = len({draft.recording for draft in self.drafts})
        counts = [f"{recordings} drafted"]
        if self.rejected:
            counts.append(f"{len(self.rejected)} rejected")
        if self.duplicates:
            counts.append(f"{len(self.duplicates)} duplicate{'s' if len(self.duplicates) > 1 else ''}")
        return "\n".join(
            [
                f"{', '.join(counts)}",
                *(f"  {draft.draft_id}  {draft.language}  {draft.path}" for draft in self.drafts),
                f"report: {self.report}",
            ]
        )


def summarise(outcomes: Sequence[Outcome], folder: Path, report: Path) -> Summary:
    """Write the draft documents into `folder/drafts` and say what came of every recording."""
    drafts_folder = folder / "drafts"
    drafts_folder.mkdir(parents=True, exist_ok=True)
    drafts: list[DraftedFile] = []
    for outcome in outcomes:
        if not isinstance(outcome, Drafted):
            continue
        for draft in outcome.drafts:
            path = drafts_folder / f"{draft.draft_id}.json"
            write_atomically(path, to_json(draft))
            drafts.append(
                DraftedFile(draft.draft_id, outcome.recording.uri, outcome.recording.id, draft.language, str(path))
            )
    return Summary(
        tuple(drafts),
        tuple(one for one in outcomes if isinstance(one, Rejected)),
        tuple(one for one in outcomes if isinstance(one, Duplicate)),
        str(report),
    )
