from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UsageProblem
from export.folders.places import open_folder


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
