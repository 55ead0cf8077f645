"""The folder exchange by command, as docs/exchange.md shows it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
from pathlib import Path

from export.drafts import from_json
from export.entries import QueuedDraft
from export.queue import Queue
from tests.command import COMMAND, bare_environment, prelabel

ROOT = Path(__file__).parents[2]


def enqueue_samples(home: Path) -> int:
    """The drafts that `prelabel demo` makes; how many there are."""
    documents = sorted((ROOT / "flows/samples").glob("*.json"))
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
        for document in documents:
            draft = from_json(document.read_bytes())
            file = home / "store" / draft.recording.id / document.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(document.read_bytes())
            place = str(file.relative_to(home / "store"))
            queue.enqueue([QueuedDraft.of(draft, place, hashlib.sha256(document.read_bytes()).hexdigest())])
    return len(documents)


def test_the_commands_of_the_guide_run_as_they_stand_there(tmp_path: Path) -> None:
    home, desk = tmp_path / "home", tmp_path / "desk"
    desk.mkdir()
    count = enqueue_samples(home)
    block = re.search(r"```sh\n(.*?)```", (ROOT / "docs/exchange.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    script = f'prelabel() {{ {shlex.join(COMMAND)} "$@"; }}\nset -e\n{block[1]}'

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=desk,
        env=bare_environment(home) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{count} drafts written" in done.stdout
    assert f"{count} corrections accepted, 0 refused, 0 waiting" in done.stdout
    document = json.loads((desk / "exchange/reconciliation.json").read_bytes())
    assert (document["sent"]["drafts"], document["came_back"]["drafts"]) == (count, count)
    assert all(json.loads(file.read_bytes())["accepted"] for file in desk.rglob("*.receipt.json"))


def test_a_refused_file_is_exit_code_1_and_is_named(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "exchange"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "1.json").write_text("{", encoding="utf-8")
    (home / "store").mkdir(parents=True)

    done = prelabel("exchange", "pull", str(folder), "--settle", "0", home=home)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "0 corrections accepted, 1 refused, 0 waiting")
    assert "refused: 1.json" in done.stdout
    done = prelabel("exchange", "push", str(tmp_path / "nowhere"), home=home)
    assert done.returncode == 2
    assert "fix:" in done.stderr
