"""The doctor finds before a run what would fail during one, and each finding has its fix."""

from pathlib import Path

import pytest

from core.settings import settings
from flows.doctor import Finding, examine, worst


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.cache_clear()
    monkeypatch.setenv("PRELABEL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return tmp_path / "home"


def by_check(set_name: str = "offline") -> dict[str, Finding]:
    return {one.check: one for one in examine(set_name)}


def test_a_sound_machine_has_no_error() -> None:
    findings = by_check()
    assert worst(list(findings.values())) != "error"
    assert {"gpu", "cublas", "compute type", "ffmpeg", "weights", "store", "queue", "disk", "prefect"} <= set(
        findings
    )


def test_every_finding_that_is_not_ok_says_how_to_mend_it() -> None:
    assert all(one.fix for one in examine("best") if one.level != "ok")


def test_missing_weights_and_an_unwritable_store_are_errors(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    (tmp_path / "file").touch()
    monkeypatch.setenv("PRELABEL_STORE", str(tmp_path / "file"))
    findings = by_check("best")
    assert findings["weights"].level == findings["store"].level == "error"
    assert "prelabel models pull --models best" in findings["weights"].fix


def test_a_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert by_check()["prefect"].level == "error"


def test_a_database_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database" * 100)
    monkeypatch.setenv("PRELABEL_QUEUE", f"sqlite:///{tmp_path / 'notes.txt'}")
    assert by_check()["queue"].level == "error"


def test_a_wish_for_a_gpu_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRELABEL_MACHINE__DEVICE", "cuda")
    monkeypatch.setenv("PATH", "")
    assert by_check()["gpu"].level == "error"
