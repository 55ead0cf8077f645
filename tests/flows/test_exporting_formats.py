from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import UsageProblem
from export.drafts import to_json
from export.formats import FOLDERS, FORMATS
from flows.exporting import exported
from tests.command import prelabel
from tests.export.conftest import build_draft, build_sentence

MADE = build_draft([build_sentence("오늘 <b>회의</b>.", 0.5, 2.0)])

Export = Callable[..., str]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """`exported` for a draft document on disk, whose folder is `tmp_path`."""
    document = tmp_path / "draft.json"
    document.write_bytes(to_json(MADE))
    return lambda name, out=None: exported(str(document), name, None, out)


@pytest.mark.parametrize("name", FORMATS)
def test_text_is_printed_or_written_the_same(export: Export, name: str, tmp_path: Path) -> None:
    out = tmp_path / "talk"
    out.write_text("old")

    assert export(name) == FORMATS[name](MADE)
    assert export(name, out) == ""
    assert out.read_bytes() == FORMATS[name](MADE).encode()


def test_a_format_of_several_files_needs_a_folder_that_is_new_or_empty(export: Export, tmp_path: Path) -> None:
    out = tmp_path / "manifests"

    with pytest.raises(UsageProblem) as nowhere:
        export("lhotse")
    assert "--out" in nowhere.value.fix
    assert export("lhotse", out) == ""
    assert {one.name: one.read_bytes() for one in out.iterdir()} == FOLDERS["lhotse"](MADE)
    with pytest.raises(UsageProblem, match="cannot be written"):
        export("lhotse", out)


def test_a_place_that_is_not_there_is_refused_with_its_fix(export: Export, tmp_path: Path) -> None:
    for name in ("srt", "lhotse"):
        with pytest.raises(UsageProblem) as refused:
            export(name, tmp_path / "nowhere" / "talk")
        assert "folder that is there" in refused.value.fix


@pytest.mark.parametrize("name", ["srt", "lhotse"])
@pytest.mark.parametrize("out", ["/", "", "..", "a\0b", "nowhere/\udcff", "x" * 300])
def test_a_place_that_nothing_can_have_is_refused_with_its_fix(
    export: Export, name: str, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "something").touch()
    monkeypatch.chdir(tmp_path / "work")

    with pytest.raises(UsageProblem, match="cannot be written") as refused:
        export(name, Path(out))
    assert refused.value.fix
    assert str(refused.value).encode()


def test_an_unknown_format_is_refused_with_the_list(export: Export) -> None:
    with pytest.raises(UsageProblem) as refused:
        export("docx")
    assert re.findall(r"\w+", refused.value.why)[2:] == [*FORMATS, *FOLDERS]


def test_the_command_prints_utf_8_whatever_the_locale_and_its_help_names_every_format(
    export: Export, tmp_path: Path
) -> None:
    document = str(tmp_path / "draft.json")
    help_text = prelabel("export", "--help", home=tmp_path).stdout
    assert all(re.search(rf"\b{name}\b", help_text) for name in (*FORMATS, *FOLDERS))
    printed = prelabel("export", document, "--format", "srt", home=tmp_path, PYTHONIOENCODING="ascii")
    assert (printed.returncode, printed.stdout) == (0, FORMATS["srt"](MADE))
    out = tmp_path / "talk.eaf"
    written = prelabel("export", document, "--format", "eaf", "--out", str(out), home=tmp_path)
    assert (written.returncode, written.stdout, out.read_text("utf-8")) == (0, "", FORMATS["eaf"](MADE))
