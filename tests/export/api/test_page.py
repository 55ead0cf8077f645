from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from export.api.app import COMPRESSED_FROM
from export.clips import note_clip
from tests.export.api.conftest import put


def test_the_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame(platform: Any) -> None:
    page = platform.client.get("/", headers={"Authorization": ""})

    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"https?://(?!www\.w3\.org/)", page.text)
    assert page.headers["Cache-Control"] == "no-cache"


def test_what_the_page_names_is_there_and_may_be_kept_for_good(platform: Any) -> None:
    named = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', platform.client.get("/").text)

    assert named
    for name in named:
        answer = platform.client.get(f"/{name}", headers={"Authorization": ""})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"


def test_the_licences_of_what_is_built_in_are_given_with_it(platform: Any) -> None:
    answer = platform.client.get("/licenses.md", headers={"Authorization": ""})
    given = answer.text

    assert answer.headers["Cache-Control"] == "no-cache"  # the next release has others at the same address
    for package in ("preact", "wavesurfer.js", "idb-keyval", "openapi-fetch"):
        assert f"## {package} - " in given
    assert "Redistribution and use in source and binary forms" in given


def test_a_file_that_the_page_does_not_have_is_a_problem_document(platform: Any) -> None:
    for path in ("/assets/none.js", "/assets/../export/keys.py", "/assets/"):
        answer = platform.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_long_answers_are_compressed_for_those_who_take_them_so(platform: Any) -> None:
    (first, *_) = platform.drafts
    long = replace(first, draft_id="f" * 32, sentences=first.sentences * 200)
    put(platform.service, long)
    address = f"/v1/drafts/{long.draft_id}/document"

    plain = platform.client.get(address, headers={"Accept-Encoding": "identity"})
    packed = platform.client.get(address, headers={"Accept-Encoding": "gzip"})

    assert len(plain.content) > COMPRESSED_FROM
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content


def test_sound_is_never_compressed_so_that_ranges_of_it_hold(platform: Any) -> None:
    draft = platform.drafts[0]
    file = platform.service.store.path(draft.recording.id, "clip.m4a")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(4 * COMPRESSED_FROM))
    note_clip(platform.service.store, draft.recording.id, draft.draft_id, {"mix": "clip.m4a"}, {})

    whole = platform.client.get(f"/v1/drafts/{draft.draft_id}/audio/mix", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in whole.headers
    assert whole.headers["Content-Length"] == str(4 * COMPRESSED_FROM)
