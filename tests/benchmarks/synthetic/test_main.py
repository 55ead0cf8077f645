"""`python -m benchmarks.synthetic`: what it writes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.synthetic.__main__ import main


def test_it_writes_a_recording_for_each_combination_and_names_it_on_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--kind", "dialogues", "--languages", "ko,zh+en", "--conditions", "clean,rain:5"]

    assert main([str(tmp_path / "out"), *options, "--seconds", "24", "--seed", "3"]) == 0

    lines = capsys.readouterr().out.splitlines()
    names = [Path(line.split(":")[0]).name for line in lines]
    assert names == [
        "dev-dialogue2-ko-clean-24s-003.wav",
        "dev-dialogue2-ko-rain5-24s-003.wav",
        "dev-dialogue2-zh+en-clean-24s-003.wav",
        "dev-dialogue2-zh+en-rain5-24s-003.wav",
    ]
    assert {Path(name).stem for name in names} == {
        file.name.removesuffix(".truth.json") for file in (tmp_path / "out").glob("*.truth.json")
    }


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (["--languages", "kr"], "write ko, en, zh, ja"),
        (["--languages", "ko+ko"], "joined by +"),
        (["--speakers", "2"], "--kind dialogues"),
        (["--kind", "dialogues", "--speakers", "1"], "raise --speakers"),
        (["--kind", "dialogues", "--speakers", "many"], "a number from 1 to 26"),
        (["--conditions", "musik:3"], "music, noise"),
        (["--conditions", "music"], "music:10"),
        (["--count", "0"], "1 or more"),
        (["--seconds", "1"], "from 5 to 14400"),
        (["--kind", "dialogues", "--seconds", "5000"], "--kind programmes"),
        (["--kind", "programmes", "--conditions", "clean"], "leave --conditions out"),
        (["--flite"], "add en to --languages"),
        (["--flite", "--languages", "en"], "--part train, --part test"),
        (["--kind", "dialogues", "--speakers", "26", "--seconds", "5"], "raise --seconds"),
        (["--conditions", "rain:1e9"], "from -30 to 60 dB"),
    ],
)
def test_options_that_cannot_be_say_what_to_do(
    options: list[str], advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path), *options])

    assert stop.value.code == 2
    assert advice in " ".join(capsys.readouterr().err.split())


def test_flite_is_needed_only_where_its_voices_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    command = [str(tmp_path), "--part", "test", "--languages", "en", "--seconds", "6", "--flite"]

    assert main(command) == 3
    assert "apt-get install flite" in capsys.readouterr().err
    assert main(command[:-1]) == 0


@pytest.mark.parametrize("out", ["file", "file/out", "/proc/nothing"])
def test_a_folder_that_cannot_be_made_or_written_is_told(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert main([str(tmp_path / out)]) == 3
    said = capsys.readouterr().err
    assert f"cannot write to {tmp_path / out}" in said
    assert "fix: name a folder" in said


def test_a_programme_in_which_somebody_never_speaks_is_refused_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--kind", "programmes", "--speakers", "26", "--seconds", "5"]) == 2
    assert "A, B, C" in (said := capsys.readouterr().err)
    assert "raise --seconds" in said
    assert list(tmp_path.iterdir()) == []


def test_other_seconds_leave_earlier_recordings_as_they_are(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--seconds", "8"]) == 0
    assert main([str(tmp_path), "--seconds", "7.5"]) == 0
    assert sorted(file.name for file in tmp_path.glob("*.truth.json")) == [
        "dev-sentences-ko-clean-7.5s-000.truth.json",
        "dev-sentences-ko-clean-8s-000.truth.json",
    ]


def test_ctrl_c_in_a_programme_leaves_nothing_of_it_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_arguments: object) -> None:
        assert list(tmp_path.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmarks.synthetic.files.add_segment", stopped)
    assert main([str(tmp_path), "--kind", "programmes"]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
