"""What the queue's drafts come to, as people and programs are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.settings import settings
from core.store import MediaStore
from core.types import Unit
from export.drafts import draft_id
from export.folders.outgoing import push
from export.queue import Queue, QueuedDraft
from flows.exporting import forget_recording, queue_listing
from tests.flows.test_exchange_guide import enqueue_samples

CARD = "[[rates]]\nfrom = 2026-01-01\nkrw_per_minute = { ko = 600 }\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with an empty queue, whose project `paid` has a rate card for Korean."""
    monkeypatch.setenv("PRELABEL_HOME", str(tmp_path))
    settings.cache_clear()
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "paid.toml").write_text(CARD)
    return tmp_path


def enqueue(home: Path, *, project: str = "paid", language: str = "ko", fingerprint: str = "p1") -> None:
    """A recording of 18:20 in two units."""
    bounds = ((0.0, 600.0), (600.0, 1100.0))
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
        queue.enqueue(
            [
                QueuedDraft(
                    draft_id=draft_id(f"{language}1", n, fingerprint, project),
                    recording_id=f"{language}1",
                    uri="talk.mp4",
                    external_id="talk.mp4",
                    project=project,
                    language=language,
                    duration=1100.0,
                    unit=Unit(n, 2, start, end),
                    fingerprint=fingerprint,
                    model_set="fast",
                    body_path=f"{n}.json",
                    body_sha256="0" * 64,
                )
                for n, (start, end) in enumerate(bounds)
            ]
        )


def listing() -> tuple[dict, str]:
    document, text = queue_listing(None, state=None, language=None, project=None)
    return json.loads(json.dumps(document)), text


def priced(document: dict) -> dict:
    """The totals without what work is estimated."""
    return {
        name: value
        for name, value in document["totals"].items()
        if name not in ("estimated_work", "price_per_hour")
    }


def test_every_draft_has_its_minutes_and_price_and_the_list_their_sum(home: Path) -> None:
    enqueue(home)

    document, text = listing()

    assert [one["billable_minutes"] for one in document["drafts"]] == [10.0, 8.333]
    assert [one["estimated_price"] for one in document["drafts"]] == [
        {"amount": 6000, "currency": "KRW"},
        {"amount": 5000, "currency": "KRW"},
    ]
    assert priced(document) == {
        "drafts": 2,
        "billable_minutes": 18.333,
        "estimated_price": [{"amount": 11000, "currency": "KRW"}],
        "without_price": 0,
    }
    assert document["unpriced"] == {}
    assert "2/2" in text
    assert text.splitlines()[-2] == "2 drafts to be paid for · 18.33 minutes · about 11,000 KRW at today's rates"


def test_how_long_people_will_work_stands_beside_the_price_and_what_an_hour_of_it_is_paid(home: Path) -> None:
    enqueue(home)

    document, text = listing()

    first, second = (one["estimated_work"]["value"] for one in document["drafts"])
    together = document["totals"]["estimated_work"]
    assert together["value"] == pytest.approx(first + second)
    assert together["low"] < together["value"] < together["high"]
    (paid,) = document["totals"]["price_per_hour"]
    assert paid["value"] == pytest.approx(11000 * 60 / together["value"], abs=1)
    assert f"about {together['value']:.0f} minutes of work" in text.splitlines()[-1]
    assert f"{paid['value']:,} KRW an hour" in text.splitlines()[-1]


def test_what_was_superseded_is_in_no_total(home: Path) -> None:
    enqueue(home)
    enqueue(home, fingerprint="p2")

    document, _ = listing()

    assert [one["state"] for one in document["drafts"]] == ["superseded"] * 2 + ["ready"] * 2
    assert document["totals"]["estimated_price"] == [{"amount": 11000, "currency": "KRW"}]


def test_a_language_without_a_rate_has_minutes_and_no_price(home: Path) -> None:
    enqueue(home, language="ja")

    document, text = listing()

    assert document["drafts"][0]["estimated_price"] is None
    assert priced(document) == {
        "drafts": 2,
        "billable_minutes": 18.333,
        "estimated_price": [],
        "without_price": 2,
    }
    assert text.splitlines()[-2] == "2 drafts to be paid for · 18.33 minutes"
    enqueue(home)
    assert listing()[1].splitlines()[-2].endswith("about 11,000 KRW at today's rates · 2 without a price")


def test_a_project_that_cannot_be_read_here_is_named_and_hides_no_draft(home: Path) -> None:
    enqueue(home, project="elsewhere")
    enqueue(home)
    (home / "projects" / "paid.toml").write_text(CARD.replace("600", "-600"))

    document, text = listing()

    assert len(document["drafts"]) == 4
    assert set(document["unpriced"]) == {"elsewhere", "paid"}
    assert "no prices for project paid: rates.0.krw_per_minute.ko: Input should be greater" in text


def test_an_empty_queue_has_totals_too(home: Path) -> None:
    document, text = listing()

    assert priced(document) == {
        "drafts": 0,
        "billable_minutes": 0.0,
        "estimated_price": [],
        "without_price": 0,
    }
    assert text == "the queue is empty"


def test_forgetting_reaches_into_folders_and_names_those_that_it_cannot_reach(home: Path) -> None:
    here, away = home / "here", home / "away"
    for folder in (here, away):
        folder.mkdir()
    enqueue_samples(home)
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
        for folder in (here, away):
            push(queue, MediaStore(home / "store"), str(folder), most=1)
        first, second = (entry.draft for entry in queue.list()[:2])
    away.rename(home / "unmounted")

    assert forget_recording(first.recording_id, None)["unreached"] == []
    done = forget_recording(second.recording_id, None)

    assert done["unreached"] == [{"folder": f"file://{away}", "why": "there is no folder there"}]
    assert [file.name for file in (here / "out" / first.draft_id).iterdir()] == ["forgotten.json"]
