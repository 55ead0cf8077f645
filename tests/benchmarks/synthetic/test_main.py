"""`python -m benchmarks.synthetic`: what it writes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.synthetic import flite
from benchmarks.synthetic.__main__ import main


def test_it_writes_a_recording_for_each_combination_and_names_it_on_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--kind", "dialogues", "--languages", "ko,zh+en", "--conditions", "clean,rain:5"]

    assert main([str(tmp_path / "out"), *options, "--seconds", "6", "--seed", "3"]) == 0

    lines = capsys.readouterr().out.splitlines()
    names = [Path(line.split(":")[0]).name for line in lines]
    assert names == [
        "dev-dialogue2-ko-clean-003.wav",
        "dev-dialogue2-ko-rain5-003.wav",
        "dev-dialogue2-zh+en-clean-003.wav",
        "dev-dialogue2-zh+en-rain5-003.wav",
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
    def say(text: str, voice: str, stretch: float) -> None:
        raise flite.FliteMissing("it is not installed; `apt-get install flite`")

    monkeypatch.setattr(flite, "say", say)
    monkeypatch.setattr("benchmarks.synthetic.dialogues._voices", lambda part: ())
    command = [str(tmp_path), "--part", "test", "--languages", "en", "--seconds", "6", "--flite"]

    assert main(command) == 3
    assert "apt-get install flite" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")

    assert main([str(tmp_path / "file" / "out")]) == 3
    assert "file" in capsys.readouterr().err
