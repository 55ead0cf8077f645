"""`prelabel difficulty` and `prelabel evidence`: what stands in a queue whose drafts were corrected."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import NotFound, UsageProblem
from core.settings import settings
from core.types import Draft
from export.drafts import draft_id, from_json, to_json
from export.entries import QueuedDraft
from export.handoff import Wanted, acknowledge, lease
from export.predictions import models_in_use, predict_draft
from export.queue import Queue
from export.reviews import Review, review, submit
from export.scores import Selection, score_corrections
from export.tables import fitted_models
from flows.difficulty import fitted, model_listing, predicted, reported, trends
from flows.evidence import pair_evidence, work_evidence
from flows.exporting import queue_entry, queue_listing
from flows.places import media_store
from tests.flows.test_scoring import SAMPLES, corrected, sample

MANY = 10
"""Recordings that a version needs to be compared, and drafts to be told a share of."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRELABEL_HOME", str(tmp_path))
    settings.cache_clear()
    return tmp_path


def drafted(number: int, fingerprint: str = "p1") -> Draft:
    """The Korean sample as another recording, drafted by some version of the pipeline."""
    draft = sample()
    recording = f"{number:064x}"
    return replace(
        draft,
        draft_id=draft_id(recording, 0, fingerprint, draft.project),
        recording=replace(draft.recording, id=recording, uri=f"talk-{number}.mp4"),
        pipeline=replace(draft.pipeline, fingerprint=fingerprint),
    )


def enqueue(home: Path, draft: Draft) -> None:
    document = to_json(draft)
    place = f"{draft.recording.id}/{draft.draft_id}.json"
    file = home / "store" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(document)
    with Queue(settings().queue_url) as queue:
        expected = {draft.draft_id: predict_draft(draft, models_in_use(queue))}
        queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())], predicted=expected)


def accept(drafts: list[Draft], first: str | None = None, worker: str = "kim") -> None:
    """Have waiting drafts corrected, in their first sentence only, and accepted; and score them."""
    with Queue(settings().queue_url) as queue:
        for number, draft in enumerate(drafts):
            (leased,) = lease(queue, Wanted(holder="platform"))
            assert leased.entry.draft.draft_id == draft.draft_id
            acknowledge(queue, draft.draft_id, leased.token)
            text = first and first[number % 5 :]
            submit(queue, replace(corrected(draft, first=text), worker=worker), source="api")
            review(queue, draft.draft_id, Review("lee", 1, "accepted"))
        score_corrections(queue, media_store())


def made(home: Path, numbers: range, fingerprint: str = "p1") -> list[Draft]:
    drafts = [drafted(number, fingerprint) for number in numbers]
    for draft in drafts:
        enqueue(home, draft)
    return drafts


def test_what_is_expected_of_a_draft_is_told_by_id_and_by_document_alike(home: Path) -> None:
    enqueue(home, sample())

    by_id, text = predicted(sample().draft_id[:8], None)
    by_document, _ = predicted(str(SAMPLES / "ko.json"), None)

    assert by_id == by_document
    assert 0 <= by_id["low"] <= by_id["value"] <= by_id["high"] <= 100
    assert by_id["model"] == "rules-1"
    assert f"expected difficulty {by_id['value']:.0f}" in text and "expected handwork" in text


def test_a_list_shows_what_is_expected_and_can_be_ordered_by_it(home: Path) -> None:
    for language in ("ko", "en", "zh", "ja"):
        enqueue(home, from_json((SAMPLES / f"{language}.json").read_bytes()))
    wanted = {"state": None, "language": None, "project": None}

    document, text = queue_listing(None, **wanted, order="-difficulty")
    easiest, _ = queue_listing(None, **wanted, order="difficulty")

    values = [one["prediction"]["value"] for one in document["drafts"]]
    assert values == sorted(values, reverse=True) and len(set(values)) == 4
    assert [one["prediction"]["value"] for one in easiest["drafts"]] == values[::-1]
    assert f"{values[0]:.0f}" in text.splitlines()[1]
    assert queue_listing(None, **wanted, from_scratch=True)[1] == "no drafts"
    assert len(queue_listing(None, **wanted, from_scratch=False)[0]["drafts"]) == 4


def test_fitting_says_what_there_is_too_little_of(home: Path) -> None:
    accept(made(home, range(1, 3)))

    document, text, learned = fitted("ko", None)

    assert not learned
    assert {one["outcome"] for one in document["fitted"]} == {"not_fitted"}
    assert "none was made" in text
    assert model_listing(None) == (
        {"models": []},
        "no model was fitted yet: rules predict (prelabel difficulty fit)",
    )


@pytest.mark.parametrize("kind", ["difficulty", "confidence", "work"])
def test_a_model_that_cannot_be_read_is_listed_as_that(home: Path, kind: str) -> None:
    row = {"kind": kind, "scope": "ko", "name": f"ko-{kind}-1", "at": datetime.now(UTC), "good": True}
    with Queue(settings().queue_url) as queue, queue.writing() as transaction:
        transaction.connection.execute(fitted_models.insert().values(row | {"examples": 20, "document": []}))

    assert "cannot be read: " in model_listing(None)[1]


def test_a_version_that_is_worse_is_told_and_one_that_is_not_is_not(home: Path) -> None:
    accept(made(home, range(1, 1 + MANY)))
    nothing, _, good = trends("week", [], Selection(), None)
    assert good and [one["verdict"] for one in nothing["versions"]] == ["too_few"]
    accept(made(home, range(100, 100 + MANY), "p2"), first="전혀 다른 말을 여기에서 했습니다.")

    document, text, good = trends("month", ["version"], Selection(language="ko"), None)

    assert not good, text
    assert [one["verdict"] for one in json.loads(json.dumps(document))["versions"]] == ["worse"]
    assert [row["fingerprint"] for row in document["rows"]] == ["p1", "p2"]
    assert document["versions"][0]["sentence"] in text
    assert trends("week", [], Selection(language="en"), None)[1:] == (
        "no corrections are scored yet (prelabel corrections)",
        True,
    )
    with pytest.raises(UsageProblem, match="'colour'"):
        trends("week", ["colour"], Selection(), None)


def test_evidence_has_counts_and_what_it_may_mean_and_says_too_few_of_few(home: Path) -> None:
    accept(made(home, range(1, 1 + MANY)), worker="[red]kim[/red]")
    accept(made(home, range(50, 52)), first="다른 말입니다.", worker="park")

    document, text = work_evidence(["worker"], Selection(), None, drafts=True)

    many, few = document["groups"]
    told, untold = (group["findings"]["accepted_unchanged"] for group in (many, few))
    assert (many["worker"], told["value"], told["drafts"]) == ("[red]kim[/red]", 1.0, MANY)
    assert (few["worker"], untold["value"], untold["too_few"]) == ("park", None, True)
    assert len(document["drafts"]) == MANY + 2
    assert "worker [red]kim[/red]: 10 drafts of 10 recordings" in text
    assert "too few" in text and "not known of any" in text and "It may also have been heard" in text
    assert work_evidence([], Selection(language="ja"), None, drafts=False)[0]["groups"] == []
    with pytest.raises(UsageProblem, match="'colour'"):
        work_evidence(["colour"], Selection(), None, drafts=False)


def test_what_two_people_corrected_is_compared(home: Path) -> None:
    assert pair_evidence(Selection(), None)[0] == {"pairs": [], "together": []}
    firsts = made(home, range(1, 6))
    accept(firsts)
    again = [replace(one, project="blind", draft_id=draft_id(one.recording.id, 0, "p1", "blind")) for one in firsts]
    for one in again:
        enqueue(home, one)
    accept(again, first="전혀 다른 말을 했습니다.", worker="park")

    document, text = pair_evidence(Selection(), None)

    assert len(document["pairs"]) == 5
    assert all(sorted(one["workers"]) == ["kim", "park"] and one["cer"] > 0 for one in document["pairs"])
    assert document["together"][0]["recordings"] == 5
    assert "two people" in text and "ko: two people are " in text


def test_a_report_is_written_and_a_place_that_refuses_it_is_told(home: Path) -> None:
    accept(made(home, range(1, 3)))

    document, _ = reported(home / "new" / "page.html", Selection(), None)

    page = Path(document["report"]).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "How hard" in page
    for place in (home / "queue.db" / "page.html", home):
        with pytest.raises(UsageProblem, match="cannot be written"):
            reported(place, Selection(), None)
    (home / "link.html").symlink_to(home / "new" / "page.html")
    (home / "new" / "page.html").write_text("older")
    reported(home / "link.html", Selection(), None)
    assert (home / "link.html").is_symlink()
    assert "How hard" in (home / "new" / "page.html").read_text(encoding="utf-8")


def test_a_project_that_nobody_has_drafts_of_is_no_empty_answer(home: Path) -> None:
    accept(made(home, range(1, 3)))

    wanted = Selection(project="misspelt")
    for ask in (
        lambda: trends("week", [], wanted, None),
        lambda: work_evidence([], wanted, None, drafts=False),
        lambda: pair_evidence(wanted, None),
        lambda: reported(home / "page.html", wanted, None),
    ):
        with pytest.raises(NotFound, match="'misspelt'"):
            ask()


def test_a_name_that_no_file_can_have_is_no_draft(home: Path) -> None:
    for name in ("x" * 5000, "a\0b"):
        with pytest.raises(UsageProblem, match="there is no draft"):
            predicted(name, None)


def test_the_history_of_a_draft_tells_what_its_score_was(home: Path) -> None:
    (draft,) = made(home, range(1, 2))
    accept([draft], first="다른 말입니다.")

    _, text = queue_entry(draft.draft_id, None)

    assert "scored by the pipeline: revision 1, difficulty " in text and "CER " in text
