from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import EnvironmentProblem, UsageProblem
from export.folders.places import open_folder, remove, write


@pytest.mark.parametrize("address", ["/nowhere/at/all", "https://example.org/x", "s3://", "ftp://x/y", "", "a\0b"])
def test_an_address_that_is_no_folder_is_refused(address: str) -> None:
    with pytest.raises(UsageProblem):
        open_folder(address)


def test_a_long_address_still_has_a_name_that_the_queue_can_hold(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 200)
    deep.mkdir()

    assert len(open_folder(str(deep)).target) <= 128
    assert open_folder(str(deep)).target != open_folder(str(tmp_path)).target
    assert open_folder(f"file://{tmp_path}").target == open_folder(f"{tmp_path}/").target


@pytest.mark.parametrize("there", [True, False], ids=["to a folder", "to nothing"])
def test_behind_a_link_nothing_is_made_written_or_removed(tmp_path: Path, there: bool) -> None:
    outside, root = tmp_path / "outside", tmp_path / "exchange"
    root.mkdir()
    (root / "out").symlink_to(outside)
    if there:
        outside.mkdir()
    folder = open_folder(str(root))

    for touch in (
        lambda: write(folder, "out/d1/events/1.jsonl", b"{}"),
        lambda: remove(folder, "out/d1/draft.json"),
    ):
        with pytest.raises(EnvironmentProblem, match="links are not followed"):
            touch()

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["exchange", "out", *["outside"] * there]


def test_removing_what_is_not_there_makes_no_folder_for_it(tmp_path: Path) -> None:
    remove(open_folder(str(tmp_path)), "out/d1/draft.json")

    assert list(tmp_path.iterdir()) == []
