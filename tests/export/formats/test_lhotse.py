from __future__ import annotations

import gzip
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from core.store import write_folder_atomically
from core.types import Draft, Sentence
from export.formats.lhotse import recording, render
from tests.drafts import MARKUP, SCRIPTS, drafts, read_back, second_unit, talk, told

Make = Callable[..., Draft]
Say = Callable[..., Sentence]


def test_a_supervision_has_the_text_and_keeps_the_rest_in_custom(
    draft: Make, sentence: Say, tmp_path: Path
) -> None:
    from lhotse import SupervisionSet

    made = draft([sentence("Two words.", 1.0, 2.0, raw_text=" two words", flags=("low_confidence",))])
    write_folder_atomically(tmp_path / "manifests", render(made))

    (found,) = SupervisionSet.from_file(tmp_path / "manifests" / "supervisions.jsonl.gz")

    assert (found.id, found.recording_id) == (f"{made.draft_id}-0001", made.draft_id)
    assert (found.text, found.language, found.speaker) == ("Two words.", "en", "S1")
    assert found.custom == {
        "draft_id": made.draft_id,
        "external_id": "talk.mp4",
        "unit_start": 0.0,
        "raw_text": " two words",
        "confidence": 0.9,
        "flags": ["low_confidence"],
    }
    assert [(one.symbol, one.start, one.end, one.score) for one in found.alignment["word"]] == [
        ("Two", 1.0, 1.5, 0.9),
        ("words.", 1.5, 2.0, 0.9),
    ]


def test_times_count_from_the_start_of_the_unit(draft: Make, sentence: Say) -> None:
    (row,) = read_back("lhotse", second_unit(draft([sentence("late", 601.0, 602.5)], seconds=1200.0), 600.0))

    assert (row.start, row.end) == (1.0, 2.5)


def test_lhotse_cuts_the_sound_of_a_sentence(draft: Make, sentence: Say, tmp_path: Path) -> None:
    from lhotse import CutSet, Recording, RecordingSet, SupervisionSet, validate_recordings_and_supervisions

    made = draft([sentence("Hello.", 0.25, 0.75)], seconds=1.0)
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 16000, 16000, "NONE", "not compressed"))
        file.writeframes(bytes(8000) + b"\x00\x40" * 8000 + bytes(8000))
    write_folder_atomically(tmp_path / "manifests", render(made))
    recordings = RecordingSet.from_recordings([Recording.from_dict(recording(made, str(sound), 16000))])
    supervisions = SupervisionSet.from_file(tmp_path / "manifests" / "supervisions.jsonl.gz")

    validate_recordings_and_supervisions(recordings, supervisions, read_data=True)
    (cut,) = CutSet.from_manifests(recordings, supervisions).trim_to_supervisions()

    assert cut.load_audio().shape == (1, 8000)
    assert (cut.load_audio() == 0.5).all()


def test_a_draft_without_speech_has_a_recording_and_no_supervisions(draft: Make) -> None:
    files = render(draft(flags=["no_speech"]))

    assert gzip.decompress(files["supervisions.jsonl.gz"]) == b""
    assert gzip.decompress(files["recordings.jsonl.gz"]).count(b"\n") == 1
    assert read_back("lhotse", draft(flags=["no_speech"])) == []


def test_the_same_draft_gives_the_same_bytes_and_drafts_may_be_joined(
    draft: Make, sentence: Say, tmp_path: Path
) -> None:
    from lhotse import SupervisionSet

    one = draft([sentence("one", 0, 1)])
    two = replace(one, draft_id="ff" * 16)
    assert render(one) == render(one)
    joined = tmp_path / "supervisions.jsonl.gz"
    joined.write_bytes(render(one)["supervisions.jsonl.gz"] + render(two)["supervisions.jsonl.gz"])

    assert len({found.id for found in SupervisionSet.from_file(joined)}) == 2


def test_texts_of_control_characters_come_back_the_same(draft: Make, sentence: Say) -> None:
    texts = ["a\x00b\x1f", "one\r\ntwo\u2028three"]
    made = draft([sentence(text, n, n + 1) for n, text in enumerate(texts)])

    assert [row.text for row in read_back("lhotse", made)] == texts


@pytest.mark.parametrize("texts", [MARKUP, SCRIPTS])
def test_lhotse_reads_the_same_sentences(texts: tuple[str, ...]) -> None:
    assert read_back("lhotse", talk(texts)) == told(talk(texts))


@settings(deadline=None, max_examples=25)
@given(drafts())
def test_lhotse_takes_any_draft_as_valid_and_reads_the_same(made: Draft) -> None:
    assert read_back("lhotse", made) == told(made)
