"""The folder exchange by command, as docs/exchange.md shows it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from core.store import MediaStore
from export.drafts import from_json
from export.entries import QueuedDraft
from export.folders.incoming import pull
from export.folders.outgoing import push
from export.queue import Queue
from export.reviews import Comment, Review, review, submit
from export.states import State
from tests.command import COMMAND, bare_environment, prelabel
from tests.queues import correction

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


def test_the_reader_of_the_guide_hears_of_rework_and_leaves_nothing_that_it_dealt_with(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "exchange"
    folder.mkdir()
    enqueue_samples(home)
    store = MediaStore(home / "store")
    with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
        push(queue, store, str(folder), most=1)
        (draft_id,) = [entry.draft.draft_id for entry in queue.list(state=State.DELIVERED)]
        submit(queue, correction(draft_id), source="folder")
        review(queue, draft_id, Review("lee", 1, "rework", "digits", (Comment(0, "두 사람"),)))
        pull(queue, store, str(folder))
    block = re.search(r"```python\n(.*?)```", (ROOT / "docs/exchange.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None

    runs = [
        subprocess.run([sys.executable, "-c", block[1]], cwd=tmp_path, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]

    kinds = [line.split()[0] for line in runs[0].stdout.splitlines()]
    assert (kinds, runs[1].stdout) == (["delivered", "submitted", "rework"], "")
    assert "두 사람" in runs[0].stdout
    assert list((folder / "out/events").iterdir()) == []


def test_a_refused_file_is_exit_code_1_and_is_named_in_a_line(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "exchange"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "1.json").write_text("{", encoding="utf-8")
    (home / "store").mkdir(parents=True)

    done = prelabel("exchange", "pull", str(folder), "--settle", "0", home=home)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "0 corrections accepted, 1 refused, 0 waiting")
    assert "refused: 1.json" in done.stdout
    (folder / "in" / "a\nb\x1b[2J한국.json").write_text("{", encoding="utf-8")
    done = prelabel("exchange", "pull", str(folder), "--settle", "0", home=home)
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 2)
    assert "refused: a\\nb\\x1b[2J한국.json: " in done.stdout
    done = prelabel("exchange", "push", str(tmp_path / "nowhere"), home=home)
    assert done.returncode == 2
    assert "fix:" in done.stderr
