"""`prelabel labels` where no Label Studio is needed: usage, errors, and where clips are put."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UsageProblem
from core.settings import LabelStudioSettings
from export.entries import QueuedDraft, QueueEntry
from export.queue import Queue
from export.states import State
from flows.exporting import forget_recording
from flows.labelling import audio_url
from tests.command import prelabel
from tests.export.conftest import build_draft, build_sentence

NOBODY = {"PRELABEL_LABEL_STUDIO__URL": "http://127.0.0.1:9", "PRELABEL_LABEL_STUDIO__TOKEN": "f" * 40}


def entry() -> QueueEntry:
    draft = build_draft([build_sentence("hello", 0.0, 1.0)])
    return QueueEntry(1, State.READY, 1, QueuedDraft.of(draft, "draft.json", "0" * 64))


def test_without_an_address_and_a_token_the_command_says_which_settings_are_missing(tmp_path: Path) -> None:
    result = prelabel("labels", "pull", home=tmp_path)

    assert result.returncode == 2
    assert "PRELABEL_LABEL_STUDIO__URL and PRELABEL_LABEL_STUDIO__TOKEN not set" in result.stderr


def test_a_server_that_is_not_there_is_exit_code_3_and_nothing_is_leased(tmp_path: Path) -> None:
    waiting = entry()
    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
        queue.enqueue([waiting.draft])

        result = prelabel("labels", "push", "--audio-base", "http://localhost/", home=tmp_path, **NOBODY)

        assert queue.get(waiting.draft.draft_id).state is State.READY
    assert (
        result.returncode,
        "cannot be reached" in result.stderr,
        NOBODY["PRELABEL_LABEL_STUDIO__TOKEN"] in result.stderr,
    ) == (3, True, False)


def test_a_clip_is_put_into_the_folder_that_label_studio_gives_out(tmp_path: Path) -> None:
    clip = tmp_path / "mix.m4a"
    clip.write_bytes(b"sound")
    waiting = entry()
    url_of = audio_url(LabelStudioSettings(files=tmp_path / "files"), None, lambda _: clip)

    urls = {url_of(waiting), url_of(waiting)}

    name = f"prelabel/default/{waiting.draft.draft_id}.m4a"
    assert urls == {f"/data/local-files/?d={name}"}
    assert (tmp_path / "files" / name).read_bytes() == b"sound"
    assert len(list((tmp_path / "files").rglob("*.*"))) == 1


def test_an_address_of_clips_wins_over_local_files(tmp_path: Path) -> None:
    url_of = audio_url(LabelStudioSettings(files=tmp_path), "http://clips.example/a/", lambda _: tmp_path / "none")

    assert url_of(entry()) == f"http://clips.example/a/{entry().draft.draft_id}.m4a"


def test_without_files_and_address_nothing_is_pushed() -> None:
    with pytest.raises(UsageProblem, match="--audio-base"):
        audio_url(LabelStudioSettings(), None, lambda _: Path("a"))


def test_no_clip_stays_of_what_is_forgotten_even_if_an_attempt_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core import settings

    monkeypatch.setenv("PRELABEL_HOME", str(tmp_path))
    monkeypatch.setenv("PRELABEL_LABEL_STUDIO__FILES", str(tmp_path / "files"))
    settings.settings.cache_clear()
    waiting = entry()
    clip = tmp_path / "files/prelabel/default" / f"{waiting.draft.draft_id}.m4a"
    clip.parent.mkdir(parents=True)
    clip.touch()
    with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
        queue.enqueue([waiting.draft])
    try:
        with Queue(f"sqlite:///{tmp_path / 'queue.db'}") as queue:
            queue.forget(waiting.draft.recording_id)  # as far as an attempt came that was killed
        forget_recording(waiting.draft.recording_id, None)
    finally:
        settings.settings.cache_clear()

    assert not clip.exists()
