"""The command answers at once, prints results to stdout and everything else to stderr."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import prelabel

HEAVY = ("torch", "prefect", "ctranslate2", "faster_whisper", "pyannote", "demucs", "sqlalchemy", "numpy", "av")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom flows.command import app\n"
        "try: app(['run', '--help'])\nexcept SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "verb",
    [
        ("run",),
        ("demo",),
        ("batch",),
        ("deploy",),
        ("export",),
        ("forget",),
        ("tidy",),
        ("doctor",),
        ("models", "list"),
        ("models", "pull"),
        ("models", "verify"),
        ("queue", "list"),
        ("queue", "show"),
        ("queue", "redrive"),
        ("queue", "return"),
        ("queue", "withhold"),
        ("queue", "release"),
        ("queue", "reopen"),
        ("queue", "withdraw"),
        ("queue", "prioritise"),
        ("token", "create"),
        ("token", "list"),
        ("token", "revoke"),
        ("worker", "list"),
        ("worker", "reset"),
        ("serve",),
        ("webhook", "add"),
        ("webhook", "list"),
        ("webhook", "test"),
        ("webhook", "rotate"),
        ("webhook", "disable"),
        ("webhook", "enable"),
        ("webhook", "remove"),
        ("webhook", "redrive"),
        ("webhook", "send"),
        ("exchange", "push"),
        ("exchange", "pull"),
        ("exchange", "status"),
    ],
)
def test_every_verb_has_help_with_an_example(verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    from flows.command import app

    with pytest.raises(SystemExit) as left:
        app([*verb, "--help"])
    assert left.value.code == 0
    assert "Example: " in capsys.readouterr().out


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert prelabel("run", home=tmp_path).returncode == 2
    assert prelabel("run", "a.mp4", "--language", "fr", home=tmp_path).returncode == 2
    done = prelabel("run", "a.mp4", "--models", "offline", "--project", "nobody", home=tmp_path)
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "fix:" in done.stderr


def test_missing_weights_are_exit_code_3_and_name_pull_and_the_trial(tmp_path: Path) -> None:
    done = prelabel("run", "a.mp4", "--models", "best", home=tmp_path, HF_HOME=str(tmp_path / "hf"))
    assert done.returncode == 3
    assert "prelabel models pull --models best" in done.stderr
    assert "--models offline" in done.stderr
    assert done.stdout == ""


def test_the_default_set_is_fast_unless_the_environment_names_one(tmp_path: Path) -> None:
    done = prelabel("doctor", "--json", home=tmp_path, HF_HOME=str(tmp_path / "hf"))
    weights = next(one for one in json.loads(done.stdout)["findings"] if one["check"] == "weights")
    assert "'fast'" in weights["what"]
    done = prelabel("doctor", "--json", home=tmp_path, PRELABEL_MODELS="offline")
    weights = next(one for one in json.loads(done.stdout)["findings"] if one["check"] == "weights")
    assert weights["level"] == "ok"


def test_an_empty_queue_says_so(tmp_path: Path) -> None:
    done = prelabel("queue", "list", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "the queue is empty\n")
    assert json.loads(prelabel("queue", "list", "--json", home=tmp_path).stdout)["drafts"] == []


def test_a_batch_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    done = prelabel("batch", "manifest.jsonl", home=tmp_path)
    assert done.returncode == 3
    assert "PREFECT_API_URL" in done.stderr
