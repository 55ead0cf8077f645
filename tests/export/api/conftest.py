from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from core.project import Project
from core.store import MediaStore
from core.types import Draft, Sentence
from export.api.app import make_app
from export.api.service import Service
from export.clips import note_clip
from export.drafts import to_json
from export.entries import QueuedDraft
from export.keys import signing_key
from export.prices import estimated_price
from export.queue import Queue
from export.tokens import SCOPES, create_token


@dataclass
class Platform:
    """A platform that talks to a server with drafts behind it: as itself, or with a token of some scopes."""

    service: Service
    client: TestClient
    drafts: list[Draft] = field(default_factory=list)

    def token(
        self, *scopes: str, name: str | None = None, of: str | None = None, worker: str | None = None
    ) -> dict[str, str]:
        """The header of a new token, of its own platform or of another one, or a person's own."""
        name = name or f"t{hashlib.sha256(repr(scopes).encode()).hexdigest()[:8]}"
        _, secret = create_token(self.service.queue, name, scopes, platform=of, worker=worker)
        return {"Authorization": f"Bearer {secret}"}

    def take(self) -> dict[str, Any]:
        """One draft, leased and acknowledged."""
        (given,) = self.client.post("/v1/leases", json={}).json()["leases"]
        answer = self.client.post(
            f"/v1/drafts/{given['draft']['draft_id']}/ack", json={"lease_token": given["lease_token"]}
        )
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]

    def submit(self, document: dict[str, Any], **headers: str) -> Any:
        """Hand a correction in."""
        return self.client.post(
            f"/v1/drafts/{document['draft_id']}/submissions",
            content=json.dumps(document),
            headers={"Content-Type": "application/json"} | headers,
        )


def correction_of(draft: Draft, revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A correction that leaves every sentence as it is."""
    return {
        "schema": "prelabel.correction/1",
        "draft_id": draft.draft_id,
        "revision": revision,
        "worker": "kim",
        "lead_time": 61.5,
        "sentences": [
            {
                "id": sentence.id,
                "from": [sentence.id],
                "start": sentence.start,
                "end": sentence.end,
                "speaker": sentence.speaker,
                "text": sentence.text,
            }
            for sentence in draft.sentences
        ],
    } | changes


@pytest.fixture
def corrected() -> Callable[..., dict[str, Any]]:
    return correction_of


@pytest.fixture
def platform(
    tmp_path: Path,
    queue: Queue,
    draft: Callable[..., Draft],
    sentence: Callable[..., Sentence],
    said: dict[str, str],
    recording: Any,
) -> Iterator[Platform]:
    """Four drafts, one in each language, behind a server; the client has every scope."""
    store = MediaStore(tmp_path / "store").open()
    project = Project(rates=({"from": "2026-01-01", "krw_per_minute": {"ko": 600}},))
    service = Service(
        queue,
        store,
        signing_key(queue),
        lambda entry: estimated_price(entry.draft.unit, entry.draft.language, project),
    )
    with TestClient(make_app(service), raise_server_exceptions=False) as client:
        platform = Platform(service, client)
        client.event_hooks["response"] = [lambda answer: insist_described(client.app.openapi(), answer)]  # type: ignore[attr-defined]
        client.headers.update(platform.token(*SCOPES, name="platform"))
        for number, (language, text) in enumerate(said.items()):
            made = draft(
                [
                    sentence(text, 0.5, 2.0, language=language),
                    sentence(text, 3.0, 5.0, speaker="S2", language=language),
                ],
                recording=recording(f"talk{number}.mp4", identity=f"{number:064x}"),
                language=language,
            )
            platform.drafts.append(made)
            put(service, made)
        yield platform


def insist_described(description: dict[str, Any], answer: Any) -> None:
    """Fail where the API's description does not know an answer: its status, its media type, a header of ours."""
    path = answer.request.url.path
    method = {"HEAD": "GET"}.get(answer.request.method, answer.request.method).lower()
    fitting = [
        operations[method]
        for template, operations in description["paths"].items()
        if method in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
    ]
    if not fitting:
        return  # a wrong address or method
    told = fitting[0]["responses"].get(str(answer.status_code))
    assert told is not None, f"{method} {path} is not said to answer {answer.status_code}"
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    assert media in told.get("content", {"": None}), (
        f"{method} {path} {answer.status_code} is not said to be {media!r}"
    )
    for header in (
        "ETag",
        "Idempotency-Replayed",
        "Retry-After",
        "WWW-Authenticate",
        "Content-Range",
        "Accept-Ranges",
    ):
        assert header not in answer.headers or header in told["headers"], (
            f"{method} {path} is not said to have {header}"
        )


def put(service: Service, draft: Draft) -> None:
    """Store and enqueue a draft as the pipeline does."""
    document = to_json(draft)
    place = f"{draft.recording.id}/{draft.draft_id}.json"
    file = service.store.root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(document)
    (file.parent / "sound.m4a").write_bytes(bytes(range(256)) * 40)
    (file.parent / "mix.peaks").write_bytes(np.array([[-32767, 32767], [-256, 0], [100, 300]], "<i2").tobytes())
    files, peaks = {"mix": "sound.m4a", "voice": "sound.m4a"}, {"mix": "mix.peaks", "voice": "voice.peaks"}
    note_clip(service.store, draft.recording.id, draft.draft_id, files, peaks)
    service.queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document).hexdigest())])
