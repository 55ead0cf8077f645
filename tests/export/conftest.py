from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.project import Project
from core.store import MediaStore
from core.types import (
    AudioTrack,
    Checked,
    Decoded,
    Draft,
    Loudness,
    Media,
    Passage,
    Pipeline,
    Recording,
    Sentence,
    Separation,
    SignalQuality,
    StageProvenance,
    Stem,
    Transcript,
    Turn,
    Unit,
    Word,
)
from export.drafts import make_draft
from tests.queues import SqliteFiles, fresh_queue, queue, url  # noqa: F401 - fixtures

SAID = {
    "ko": "오늘 회의는 세 시에 시작합니다.",
    "en": "The meeting starts at three today.",
    "zh": "今天的会议三点开始。",
    "ja": "今日の会議は三時に始まります。",
}


def build_sentence(text: str, start: float, end: float, **changes: Any) -> Sentence:
    """A sentence of one speaker whose words share its time evenly."""
    pieces = text.split(" ")
    step = (end - start) / len(pieces)
    speaker = changes.get("speaker", "S1")
    words = tuple(
        Word(f" {piece}" if n else piece, start + n * step, start + (n + 1) * step, 0.9, speaker)
        for n, piece in enumerate(pieces)
    )
    plain = Sentence("0000", start, end, "S1", "en", text, text, 0.9, (), words)
    return replace(plain, **changes)


def build_recording(name: str = "talk.mp4", seconds: float = 10.0, identity: str = "ab" * 32) -> Recording:
    track = AudioTrack(0, "aac", 48000, 2, 0.0, seconds)
    return Recording(identity, name, Path("/media") / "talk.mp4", Media("mov,mp4", seconds, 123456, True, (track,)))


def build_draft(
    sentences: Sequence[Sentence] = (),
    *,
    recording: Recording | None = None,
    seconds: float = 10.0,
    flags: Sequence[str] = (),
    turns: Sequence[Turn] = (),
    language: Any = "en",
    fingerprint: str = "0123456789abcdef",
    model_set: str = "fast",
    project: str = "default",
    unit: Unit | None = None,
    **changes: Any,
) -> Draft:
    """A whole draft around `sentences`; what `make_draft` takes may be given by name."""
    recording = recording or build_recording(seconds=seconds)
    stages = (
        StageProvenance("decode", 1, "d" * 16, {"silence_dbfs": -70.0}, {}),
        StageProvenance("transcribe", 1, "e" * 16, {"beam_size": 5}, {"whisper": "abc123 int8"}),
    )
    parts: dict[str, Any] = {
        "decoded": Decoded(0, seconds, 0.0, 0.1, 0.5),
        "quality": SignalQuality(0.8, -20.0, -50.0, 30.0, 0.0, 0.0, 15000.0, 0.0, ((0.0, seconds),)),
        "separation": Separation(Stem("voice.flac", seconds, 1.0), True, "music under the voice"),
        "loudness": Loudness(-30.0, -8.0, 7.0, -23.0, False),
        "transcript": Transcript(language, 0.99, (Passage(0.0, seconds, language, (), -0.2, 1.2, 0.01),), ()),
        "turns": turns or tuple(Turn(s.start, s.end, s.speaker) for s in sentences if s.speaker),
        "checked": Checked(tuple(sentences), tuple(flags), ()),
        "pipeline": Pipeline(fingerprint, model_set, stages),
    } | changes
    return make_draft(recording, Project(name=project), unit or Unit(0, 1, 0.0, seconds), **parts)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("queues"))


@pytest.fixture(scope="session")
def sentence() -> Callable[..., Sentence]:
    return build_sentence


@pytest.fixture(scope="session")
def recording() -> Callable[..., Recording]:
    return build_recording


@pytest.fixture(scope="session")
def draft() -> Callable[..., Draft]:
    return build_draft


@pytest.fixture(scope="session")
def said() -> dict[str, str]:
    """One sentence in each language."""
    return SAID


@pytest.fixture
def desk(tmp_path: Path, queue: Any) -> Any:  # noqa: F811 - it takes the other fixture
    """A queue and a store."""
    from tests.export.exchanges import Desk  # which takes its drafts from here

    return Desk(queue, MediaStore(tmp_path / "store").open())
