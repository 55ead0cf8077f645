"""`prelabel score`, for people and programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BadDocument, NotFound, UsageProblem
from core.settings import settings
from core.types import CorrectedSentence, Correction, Draft
from export.corrections import SCHEMA, correction_json
from export.drafts import from_json
from export.handoff import Wanted, acknowledge, lease
from export.queue import Queue
from export.reviews import submit
from export.scoring import score_correction
from flows.scoring import scored

SAMPLES = Path(__file__).parents[2] / "flows/samples"


def sample() -> Draft:
    return from_json((SAMPLES / "ko.json").read_bytes())


def corrected(draft: Draft, revision: int = 1, *, first: str | None = None) -> Correction:
    """The draft as it is, but for its first sentence."""
    rows = [
        CorrectedSentence(one.start, one.end, one.speaker, one.text, one.id, (one.id,)) for one in draft.sentences
    ]
    rows[0] = replace(rows[0], text=first or rows[0].text)
    return Correction(SCHEMA, draft.draft_id, revision, "kim", 90.0, tuple(rows))


def written(correction: Correction, folder: Path) -> Path:
    file = folder / "correction.json"
    file.write_text(correction_json(correction), encoding="utf-8")
    return file


def test_two_documents_are_scored_as_the_contract_says(sampled_home: Path) -> None:
    draft = sample()
    correction = corrected(draft, first="[bold]안녕[/bold]\n\x1b[31m하세요")

    document, text = scored(str(SAMPLES / "ko.json"), written(correction, sampled_home), None, None)

    assert json.loads(json.dumps(document)) == score_correction(draft, correction).to_dict()
    assert {"draft_id", "revision", "normaliser", "edits", "cer", "wer", "effort", "difficulty", "flags"} <= set(
        document
    )
    assert "\x1b" not in text and "[bold]안녕[/bold] [31m하세요" in text


def test_a_draft_of_the_queue_is_scored_against_its_latest_revision_or_the_one_named(sampled_home: Path) -> None:
    draft = sample()
    with Queue(settings().queue_url) as queue:
        (leased,) = lease(queue, Wanted(holder="platform", languages=("ko",)))
        acknowledge(queue, draft.draft_id, leased.token, holder="platform")
        submit(queue, corrected(draft, first="다른 문장입니다."), source="api")
        submit(queue, corrected(draft, 2), source="api")

    latest, text = scored(draft.draft_id[:8], None, None, None)
    first, _ = scored(draft.draft_id[:8], None, 1, None)

    assert (latest["revision"], latest["difficulty"], latest["unchanged_share"]) == (2, 0.0, 1.0)
    assert "no edits" in text
    assert latest["provisional"] and text.endswith("provisional: nobody has accepted this revision")
    assert first["revision"] == 1 and first["difficulty"] > 0
    with pytest.raises(NotFound, match="no revision 3"):
        scored(draft.draft_id, None, 3, None)


def test_what_cannot_be_scored_says_why(sampled_home: Path) -> None:
    draft = sample()
    with pytest.raises(UsageProblem) as nothing:
        scored(draft.draft_id, None, None, None)
    assert "nobody has submitted a correction of it; it is ready" in nothing.value.why
    with pytest.raises(UsageProblem, match="cannot be read"):
        scored(draft.draft_id, sampled_home / "none.json", None, None)
    with pytest.raises(BadDocument, match="cannot be scored"):
        scored(str(SAMPLES / "en.json"), written(corrected(draft), sampled_home), None, None)
    with pytest.raises(UsageProblem, match="which correction"):
        scored(str(SAMPLES / "ko.json"), written(corrected(draft), sampled_home), 1, None)
    with pytest.raises(UsageProblem, match="nothing to score") as alone:
        scored(str(SAMPLES / "ko.json"), None, None, None)
    assert "no correction of it is named" in alone.value.why
    with pytest.raises(BadDocument):
        scored(draft.draft_id, SAMPLES / "ko.json", None, None)


def test_one_edit_is_told_in_the_singular_and_none_divided_by_is_a_dash(sampled_home: Path) -> None:
    draft = sample()
    longer = corrected(draft, first=draft.sentences[0].text + "?")
    empty = replace(longer, sentences=())

    assert "\n1 mark\n" in scored(str(SAMPLES / "ko.json"), written(longer, sampled_home), None, None)[1]
    assert "CER – · DER –" in scored(str(SAMPLES / "ko.json"), written(empty, sampled_home), None, None)[1]
