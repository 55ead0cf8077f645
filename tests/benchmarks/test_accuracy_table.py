"""The table of all figures."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.accuracy_table import SWITCHING, TASKS, Heard, Told, table
from benchmarks.scores import Speakers

HEARD = Heard(
    "ko",
    "clean",
    edits=3,
    characters=100,
    speech=20.0,
    in_text=16.0,
    in_right=16.0,
    word_times=(0.01, 0.03),
    first_words=(-0.01, 0.03, 0.0),
    pulled=False,
)


def rows(text: str) -> dict[tuple[str, str], list[str]]:
    cut = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {(cells[0], cells[1]): cells[2:] for cells in cut}


def test_edits_are_pooled_over_languages_and_recordings() -> None:
    heard = [*[HEARD] * 4, replace(HEARD, language="en", edits=0, characters=300)]

    found = rows(table(heard, [], ["transcription"]))

    ko, en, zh, ja, together, recordings = found["CER", "clean"]
    assert (ko, en, zh, ja, recordings) == ("3.0%", "0.0%", "–", "–", "5")
    assert together.startswith("1.7% (0.5% to 3.0%)")


def test_only_conditions_that_were_heard_have_rows() -> None:
    found = rows(table([HEARD], [], ["transcription"]))

    assert {condition for _, condition in found} == {"clean"}
    assert ("CER, separation off", "clean") not in found


def test_errors_with_separation_are_told_as_a_share_of_those_without() -> None:
    noisy = replace(HEARD, condition="noise:10", edits=10, edits_off=40)
    worse = replace(HEARD, condition="music:0", edits=50, edits_off=60)

    found = rows(table([HEARD, noisy, worse], [], ["transcription"]))

    assert found["CER, separation off", "noise:10"][0] == "40.0%"
    assert found["errors with / without separation", "noise:10"][0] == "0.25"
    assert found["errors with / without separation", "all of these"][0] == "0.60"
    assert found["errors with / without separation", "all of these"][-1] == "2"


def test_word_times_language_and_first_words_are_told() -> None:
    other = replace(HEARD, in_text=4.0, in_right=0.0, first_words=(-0.3, -0.02), pulled=True)

    found = rows(table([HEARD, other], [], ["transcription"]))

    assert found["word times off, median", "clean"][0] == "20 ms"
    assert found["language right", "clean"][0] == "80.0%"
    assert found["speech without text", "clean"][0] == "50.0%"
    assert found["first words' starts off, median", "clean"][0] == "-10 ms"
    assert found["first words' starts off, p90", "clean"][0] == "192 ms"
    assert found["first words early by over 0.2 s", "clean"][0] == "20.0%"
    assert found["first word at 0.00", "clean"][0] == "50.0%"


def test_recordings_in_two_languages_have_rows_of_their_own() -> None:
    mixed = replace(HEARD, condition=SWITCHING, edits=50, in_right=8.0)
    noisy = replace(HEARD, condition="noise:10", edits=10, edits_off=40)

    found = rows(table([HEARD, mixed, noisy], [], ["transcription"]))

    assert found["CER", "clean"][0] == "3.0%"
    assert found["CER", SWITCHING][0] == "50.0%"
    assert found["language right", SWITCHING][0] == "50.0%"
    assert found["errors with / without separation", "all of these"][-1] == "1"


def test_figures_without_recognised_words_have_a_dash() -> None:
    found = rows(table([Heard("en", "clean", characters=10)], [], ["transcription"]))

    cells = {figure: cells[1] for (figure, _), cells in found.items()}
    assert {figure for figure, cell in cells.items() if cell == "–"} == set(cells) - {"CER"}


def test_separation_is_told_by_its_gain_and_by_what_it_leaves_of_a_clean_voice() -> None:
    noisy = replace(HEARD, condition="noise:0", separated=True, si_sdr_mix=-1.0, si_sdr_voice=6.5)
    clean = replace(HEARD, separated=True, si_sdr_mix=80.0, si_sdr_voice=22.0)

    found = rows(table([HEARD, noisy, clean], [], ["separation"]))

    assert found["SI-SDR gain", "noise:0"][0] == "+7.5 dB"
    assert found["separation skipped", "clean"][0] == "50.0%"
    assert found["SI-SDR of the voice", "clean, not skipped"][0] == "+22.0 dB"


def test_diarization_is_told_by_the_number_of_speakers_and_by_condition() -> None:
    two = Told("ja", "clean", Speakers(100.0, 2.0, 3.0, 5.0, found=2, true=2))
    three = Told("ja", "noise:10", Speakers(300.0, 0.0, 0.0, 30.0, found=2, true=3))

    found = rows(table([], [two, three], ["diarization"]))

    assert found["DER", "2 speakers"][3] == "10.0%"
    assert found["confused", "3 speakers"][4] == "10.0%"
    assert found["speakers counted right", "3 speakers"][4] == "0.0%"
    assert found["missed", "clean"][4] == "2.0%"


def test_a_table_of_nothing_has_only_its_head() -> None:
    assert len(table([], [], TASKS).splitlines()) == 2
