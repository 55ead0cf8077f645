"""`python -m benchmarks.accuracy`: counts against a truth, small recordings through the stages, the options."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import NUMBERS, Bench, compared, main, told_with
from benchmarks.accuracy_table import SWITCHING, TASKS, Heard
from benchmarks.synthetic.dialogues import CLEAN, Said
from benchmarks.synthetic.plans import MUSIC, Plan
from benchmarks.synthetic.speech import Word as Spoken
from core.types import LANGUAGES, Language, Passage, Transcript, Word

SAID = (
    Said("A", 0.5, 1.5, "Good morning.", "en", (Spoken("Good", 0.5, 0.9), Spoken(" morning.", 0.9, 1.5))),
    Said("A", 2.0, 2.5, "Ann!", "en", (Spoken("Ann!", 2.0, 2.5),)),
)


def passage(language: Language, *words: tuple[str, float, float]) -> Passage:
    written = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return Passage(written[0].start, written[-1].end, language, written, -0.1, 1.0, 0.0)


def test_a_transcript_is_counted_against_what_was_said() -> None:
    transcript = Transcript(
        "en",
        1.0,
        (passage("en", (" Good", 0.6, 0.9), (" morning.", 0.9, 1.5)), passage("ko", (" En.", 2.0, 2.5))),
        (),
    )

    heard = compared(Heard("en", "clean"), SAID, transcript)

    assert (heard.edits, heard.characters) == (2, 14)
    assert (heard.speech, heard.in_text, heard.in_right) == pytest.approx((1.5, 1.4, 0.9))
    assert heard.word_times == pytest.approx((0.1, 0.0, 0.0, 0.0))
    assert heard.first_words == pytest.approx((0.1,))
    assert heard.pulled is False


def test_a_passage_in_the_language_that_most_of_its_speech_is_in_is_right() -> None:
    said = (SAID[0], replace(SAID[1], start=2.0, end=3.5, language="ko"), replace(SAID[1], start=5.0, end=6.0))
    both, silent = passage("ko", (" Good", 0.5, 3.5)), passage("zh", (" Eh", 4.0, 4.5))

    right = compared(Heard("en", SWITCHING), said, Transcript("ko", 1.0, (both, silent), ()))
    wrong = compared(Heard("en", SWITCHING), said, Transcript("en", 1.0, (replace(both, language="en"),), ()))

    assert (right.speech, right.in_text, right.in_right) == pytest.approx((3.5, 2.5, 2.5))
    assert (wrong.speech, wrong.in_text, wrong.in_right) == pytest.approx((3.5, 2.5, 0.0))


def test_a_first_word_at_zero_is_told_where_it_comes_later() -> None:
    at_zero = Transcript("en", 1.0, (passage("en", (" Good", 0.0, 0.9)),), ())

    assert compared(Heard("en", "clean"), SAID, at_zero).pulled is True
    early = (replace(SAID[0], words=(Spoken("Good", 0.0, 0.9),)),)
    assert compared(Heard("en", "clean"), early, at_zero).pulled is None
    assert compared(Heard("en", "clean"), SAID, Transcript("en", 0.0, (), ())).pulled is None


def test_an_empty_transcript_has_missed_every_letter() -> None:
    heard = compared(Heard("en", "clean"), SAID, Transcript("en", 0.0, (), ()))

    assert heard.edits == heard.characters == 14
    assert (heard.speech, heard.in_text) == (1.5, 0.0)


def test_a_table_says_what_gave_it_and_what_other_models_write_otherwise() -> None:
    offline = told_with("| table |", "python -m benchmarks.accuracy --part dev", "offline", ["transcription"])

    assert offline == "`python -m benchmarks.accuracy --part dev` (model set `offline`)\n\n| table |"
    assert told_with("| table |", "", "best", ["transcription"]).endswith(f"| table |\n\n{NUMBERS}")
    assert NUMBERS not in told_with("| table |", "", "best", ["diarization"])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The offline models: bounds on what they reach are wide, and say that the pipeline works, not how well."""
    return Bench("offline", tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clean_recording_is_written_down_as_it_is(bench: Bench, language: Language) -> None:
    heard = bench.hear(Plan("dev", (language,), 1, CLEAN, 8.0, 0), TASKS)

    assert heard.separated is False
    assert heard.in_right == heard.in_text > 0.8 * heard.speech
    assert heard.edits < 0.25 * heard.characters
    assert np.median(heard.word_times) < 0.1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_voice_under_music_is_separated_and_written_down(bench: Bench, language: Language) -> None:
    heard = bench.hear(Plan("dev", (language,), 1, MUSIC, 8.0, 0), TASKS)

    assert heard.separated is True
    assert heard.si_sdr_voice is not None and heard.si_sdr_mix is not None
    assert heard.si_sdr_voice > heard.si_sdr_mix + 1.0
    assert heard.in_right == heard.in_text > 0.8 * heard.speech
    assert heard.edits < 0.5 * heard.characters


def test_two_people_who_talk_under_music_are_told_apart(bench: Bench) -> None:
    told = bench.tell(Plan("dev", ("en",), 2, MUSIC, 20.0, 0))

    assert told.speakers.found == told.speakers.true == 2
    assert told.speakers.errors < 0.25 * told.speakers.speech


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (["--part", "dev", "--clips", "flows/clips"], "ask for one of them"),
        (["--only", "diarization"], "add --part dev"),
        (["--recordings", "2"], "add --part dev"),
        (["--jobs", "2"], "add --part dev"),
        (["--part", "dev", "--recordings", "0"], "write 1 or more"),
        (["--part", "dev", "--jobs", "0"], "write 1 or more"),
        (["--part", "train"], "choose from"),
        (["--part", "dev", "--models", "none"], "choose from"),
    ],
)
def test_options_that_cannot_be_say_what_to_do(
    options: list[str], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(options)

    assert stop.value.code == 2
    assert advice in " ".join(capsys.readouterr().err.split())
