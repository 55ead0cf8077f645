"""Makes the drafts that `prelabel serve --sandbox` serves: `python -m benchmarks.sample_drafts`.

They are what `prelabel demo` drafts from the clips in flows/clips/, under addresses that nobody has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from export.drafts import from_json, to_json

SAMPLES = Path(__file__).parents[1] / "flows" / "samples"


def main() -> None:
    """Draft the clips and write one document per language."""
    command = [sys.executable, "-c", "from flows.command import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            [*command, "demo", "--json", "--out", f"{folder}/out"],
            env=os.environ | {"PRELABEL_HOME": f"{folder}/home"},
            stdout=subprocess.PIPE,
            check=True,
        )
        for drafted in json.loads(answer.stdout)["drafts"]:
            name = Path(drafted["recording"]).stem
            draft = from_json((Path(folder) / "out" / drafted["path"]).read_bytes())
            neutral = replace(
                draft,
                external_id=f"sample-{name}",
                recording=replace(draft.recording, uri=f"https://videos.example/{name}.mp4"),
            )
            SAMPLES.mkdir(exist_ok=True)
            (SAMPLES / f"{name}.json").write_bytes(to_json(neutral))
            print(f"{name}: {len(draft.sentences)} sentences", flush=True)


if __name__ == "__main__":
    main()
