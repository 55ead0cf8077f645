"""How fast corrections that came in are scored and learnt from: `python -m benchmarks.stored_scores`.

Puts units of ten minutes, in turn in each language, into a queue with a store (`--corrections 1000`), 2 to 20 % of
their characters wrong, and measures one after another: scoring them all, going through the scores, summing them,
predicting anew as many drafts as wait, fitting one language. Memory is what the process has at most above what it
had before. On SQLite and on a PostgreSQL server of its own that writes to the disk before it answers.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.postgresql import postgresql
from benchmarks.scoring import peak_mb, spoilt
from core.store import MediaStore
from core.types import LANGUAGES, Correction, Draft, DraftRecording, Word
from export.drafts import draft_id, to_json
from export.entries import QueuedDraft, values_of
from export.fitting import fit
from export.predictions import renew
from export.queue import Queue
from export.reviews import submit
from export.scores import observed, score_corrections, summed
from export.states import State
from export.tables import drafts

MADE = 40
"""So many different units are made, because making one takes longer than scoring it."""


def main() -> None:
    """Measure both databases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, default=1000)
    chosen = parser.parse_args()
    made = [_unit(number) for number in range(min(MADE, chosen.corrections))]
    print("| database | what | how many | seconds | each | memory |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgresql(durable=True) as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/queue.db"), ("PostgreSQL", server)):
            store = MediaStore(Path(folder) / f"store-{name}").open()
            with Queue(url) as queue:
                _fill(queue, store, made, chosen.corrections)
                _measure(name, queue, store, chosen.corrections)


def _measure(name: str, queue: Queue, store: MediaStore, count: int) -> None:
    def shown(what: str, work: Callable[[], Any], many: int = count) -> None:
        before, began = peak_mb(), time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        print(
            f"| {name} | {what} | {many:,} | {seconds:.2f} | {1e3 * seconds / many:.2f} ms "
            f"| {peak_mb() - before:.0f} MB |",
            flush=True,
        )

    shown("scoring", lambda: score_corrections(queue, store))
    shown("nothing to score", lambda: score_corrections(queue, store), 1)
    shown("going through the scores", lambda: sum(1 for _ in observed(queue)))
    shown("summing by language and worker", lambda: summed(queue, by=["language", "worker"]), 1)
    shown("predicting, with measuring", lambda: renew(queue, store))
    shown("predicting anew, nothing moves", lambda: renew(queue, store))
    shown("fitting Korean, with measuring", lambda: fit(queue, store, "ko"), max(1, count // len(LANGUAGES)))
    shown("fitting Korean", lambda: fit(queue, store, "ko"), max(1, count // len(LANGUAGES)))


def _unit(number: int) -> tuple[Draft, Correction]:
    """Ten minutes and their correction, some better heard than others; words are given confidences."""
    language = LANGUAGES[number % len(LANGUAGES)]
    draft, correction = spoilt(language, 10, share=0.02 * (1 + number // len(LANGUAGES)), seed=number)
    sentences = []
    for place, sentence in enumerate(draft.sentences):
        pieces = sentence.text.split(" ")
        step = (sentence.end - sentence.start) / len(pieces)
        words = tuple(
            Word(
                f" {piece}" if at else piece,
                sentence.start + at * step,
                sentence.start + (at + 1) * step,
                0.99 - 0.05 * ((place + at) % 10) - 0.02 * (number // len(LANGUAGES)),
                sentence.speaker,
            )
            for at, piece in enumerate(pieces)
        )
        sentences.append(replace(sentence, words=words))
    return replace(draft, sentences=tuple(sentences)), correction


def _fill(queue: Queue, store: MediaStore, made: list[tuple[Draft, Correction]], count: int) -> None:
    """So many drafts with a correction each, and as many that wait."""
    for number in range(2 * count):
        draft, correction = made[number % len(made)]
        recording = hashlib.sha256(str(number).encode()).hexdigest()
        name = draft_id(recording, 0, draft.pipeline.fingerprint, "default")
        own = replace(draft, draft_id=name, recording=DraftRecording(recording, f"{number}.mp4", 600.0))
        document = to_json(own)
        place = f"{recording}/{name}.json"
        (store.root / recording).mkdir()
        (store.root / place).write_bytes(document)
        row = values_of(QueuedDraft.of(own, place, hashlib.sha256(document).hexdigest()))
        state = State.DELIVERED if number < count else State.READY
        with queue.writing() as transaction:
            transaction.connection.execute(drafts.insert().values(row | {"state": state, "version": 1}))
        if number < count:
            submit(queue, replace(correction, draft_id=name, worker=f"w{number % 20}"), source="api")


if __name__ == "__main__":
    main()
