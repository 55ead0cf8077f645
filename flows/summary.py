"""What came of a batch: the contract of `prelabel run --json`, and the same for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.types import Duplicate, Rejected, Unit
from export.prices import Price


@dataclass(frozen=True, slots=True)
class DraftedFile:
    """A draft document of a batch: `recording` is the address as given, `path` where the document lies.

    `estimated_price` is what its correction would cost if it were accepted today, None without a rate.
    """

    draft_id: str
    recording: str
    recording_id: str
    language: str
    path: str
    unit: Unit
    billable_minutes: float
    estimated_price: Price | None


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
