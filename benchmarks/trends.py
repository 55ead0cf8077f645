"""Whether comparing versions of the pipeline finds what is worse, and how often it cries wolf.

    python -m benchmarks.trends [--batches 400]   false alarms and what is found, over many simulated batches
    python -m benchmarks.trends --time            what a comparison and a trend cost

A batch is recordings of one to three work units of 100 sentences. How often its draft is wrong differs from
recording to recording (`spread`, the standard deviation of the logarithm), and from sentence to sentence within
one. Beside `export.trends` stands the interval that takes every sentence for independent evidence, as is often
done.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from core.difficulty import typing_seconds
from core.types import Language, Unit
from export.intervals import LEVEL, Sample, compare, ratio, resampled
from export.scores import ScoredDraft
from export.scoring import Edits, Figures, normaliser_name
from export.states import State
from export.trends import Comparison, compare_versions, trend

SENTENCES = 100
SENTENCE_CHARACTERS = 35
WITHIN = 0.8
"""Standard deviation of the logarithm of the error rate among the sentences of a recording."""
SECONDS_PER_EDIT = 1.5
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Batch:
    """Drafts of one version, and (sentence, [edits, characters]) for whoever counts by sentences."""

    drafts: list[ScoredDraft]
    sentences: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=400)
    parser.add_argument("--time", action="store_true")
    arguments = parser.parse_args()
    if arguments.time:
        cost()
        return
    print(f"share of {arguments.batches} batches in which a difference is told; 20 % worse: CER 5 to 6 %")
    print(
        "| recordings | spread | false alarms | by sentences | by quantiles | 20 % worse found | 50 % worse found |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, spread, make in CASES:
        told = [_shares(make, worse, spread, arguments.batches) for worse in (1.0, 1.2, 1.5)]
        shown = " | ".join(f"{100 * share:.0f} %" for share in (*told[0], told[1][0], told[2][0]))
        print(f"| {name} | {spread} | {shown} |", flush=True)
    print("\nlooked at after every ten recordings of the new version, up to 60, against 60 old ones; spread 0.35")
    print("| difference | told at some time |")
    print("|---|---|")
    for worse, name in ((1.0, "none: false alarms"), (1.2, "20 % worse"), (1.5, "50 % worse")):
        print(f"| {name} | {100 * _looked_at_often(worse, arguments.batches):.0f} % |", flush=True)


def drafts_of(
    version: str,
    rates: np.ndarray,
    chance: np.random.Generator,
    *,
    units: np.ndarray,
    name: str = "",
    language: Language = "ko",
    source: str = "studio",
) -> Batch:
    """Corrected and accepted drafts of recordings whose error rates are given, made by one version."""
    drafts, sentences = [], []
    for recording, (rate, many) in enumerate(zip(rates, units, strict=True)):
        for unit in range(many):
            characters = np.maximum(1, chance.poisson(SENTENCE_CHARACTERS, SENTENCES))
            wrong = rate * np.exp(chance.normal(-WITHIN * WITHIN / 2, WITHIN, SENTENCES))
            edits = np.minimum(chance.poisson(characters * wrong), characters)
            sentences.append(np.stack([edits, characters], axis=1))
            drafts.append(
                scored_draft(
                    f"{name or version}-{recording}",
                    fingerprint=version,
                    unit=Unit(unit, int(many), 600.0 * unit, 600.0 * (unit + 1)),
                    language=language,
                    source=source,
                    edits=int(edits.sum()),
                    characters=int(characters.sum()),
                    at=BEGIN + timedelta(hours=recording),
                )
            )
    return Batch(drafts, np.concatenate(sentences).astype(float))


def scored_draft(
    recording: str = "r1",
    *,
    fingerprint: str = "p1",
    unit: Unit | None = None,
    project: str = "default",
    language: Language = "ko",
    source: str = "studio",
    worker: str = "kim",
    edits: int = 10,
    characters: int = 1000,
    at: datetime = BEGIN,
    provisional: bool = False,
    figures: Figures | None = None,
    worked_seconds: float = 0.0,
    **changes: object,
) -> ScoredDraft:
    """A scored draft of a work unit of ten minutes in which so many of its characters were replaced."""
    unit = unit or Unit(0, 1, 0.0, 600.0)
    figures = figures or Figures(
        edits=Edits(substitution=edits),
        drafts=1,
        corrected_sentences=SENTENCES,
        draft_characters=characters,
        content_characters=characters,
        effort=SECONDS_PER_EDIT * edits,
        typing=typing_seconds(characters, language),
        fewest_typing=typing_seconds(20, language),
        audio_seconds=unit.end - unit.start,
        speech_seconds=0.9 * (unit.end - unit.start),
        lead_seconds=worked_seconds,
        lead_audio_seconds=unit.end - unit.start if worked_seconds else 0.0,
    )
    parts: dict[str, object] = {
        "draft_id": f"{recording}-{unit.index}-{fingerprint}-{project}",
        "recording_id": recording,
        "unit": unit,
        "project": project,
        "language": language,
        "source": source,
        "model_set": "fast",
        "fingerprint": fingerprint,
        "recogniser": "whisper",
        "normaliser": normaliser_name(language),
        "worker": worker,
        "state": State.SUBMITTED if provisional else State.ACCEPTED,
        "revision": 1,
        "scored_at": at,
        "corrected_at": at,
        "accepted_at": None if provisional else at,
        "provisional": provisional,
        "rework": 0,
        "worked_seconds": worked_seconds,
        "figures": figures,
        "difficulty": figures.difficulty,
        "flags": (),
        "doubts": (),
        "predicted": None,
    }
    return ScoredDraft(**(parts | changes))  # type: ignore[arg-type]


def rates_of_recordings(many: int, spread: float, chance: np.random.Generator, mean: float = 0.05) -> np.ndarray:
    return mean * np.exp(chance.normal(-spread * spread / 2, spread, many))


def others(before: int, after: int) -> Callable[[float, float, np.random.Generator], list[Batch]]:
    """Other recordings under either version."""

    def make(worse: float, spread: float, chance: np.random.Generator) -> list[Batch]:
        return [
            drafts_of(
                version,
                times * rates_of_recordings(many, spread, chance),
                chance,
                units=chance.integers(1, 4, many),
            )
            for version, many, times in (("p1", before, 1.0), ("p2", after, worse))
        ]

    return make


def same(many: int) -> Callable[[float, float, np.random.Generator], list[Batch]]:
    """The same recordings under both versions, which do not suit each alike."""

    def make(worse: float, spread: float, chance: np.random.Generator) -> list[Batch]:
        rates, units = rates_of_recordings(many, spread, chance), chance.integers(1, 4, many)
        return [
            drafts_of(
                version,
                times * rates * np.exp(chance.normal(0, 0.1, many)),
                chance,
                units=units,
                name="r",
            )
            for version, times in (("p1", 1.0), ("p2", worse))
        ]

    return make


def shifted(many: int) -> Callable[[float, float, np.random.Generator], list[Batch]]:
    """Of two sources, one twice as hard, more of the harder one come in under the new version."""

    def make(worse: float, spread: float, chance: np.random.Generator) -> list[Batch]:
        found = []
        for version, hard, times in (("p1", round(0.3 * many), 1.0), ("p2", round(0.7 * many), worse)):
            for source, recordings, mean in (("studio", many - hard, 0.0375), ("street", hard, 0.075)):
                rates = times * rates_of_recordings(recordings, spread, chance, mean)
                units = chance.integers(1, 4, recordings)
                name = f"{version}-{source}"
                found.append(drafts_of(version, rates, chance, units=units, name=name, source=source))
        return found

    return make


def four_languages(many: int) -> Callable[[float, float, np.random.Generator], list[Batch]]:
    """All four languages at once, of which only Korean may be worse: one family of eight differences."""

    def make(worse: float, spread: float, chance: np.random.Generator) -> list[Batch]:
        languages: tuple[Language, ...] = ("ko", "en", "zh", "ja")
        return [
            drafts_of(
                version,
                (worse if version == "p2" and language == "ko" else 1.0)
                * rates_of_recordings(many, spread, chance),
                chance,
                units=chance.integers(1, 4, many),
                name=f"{version}-{language}",
                language=language,
            )
            for version in ("p1", "p2")
            for language in languages
        ]

    return make


CASES = (
    ("10 against 10", 0.35, others(10, 10)),
    ("60 against 10", 0.35, others(60, 10)),
    ("60 against 60", 0.35, others(60, 60)),
    ("60 against 60", 0.6, others(60, 60)),
    ("200 against 200", 0.6, others(200, 200)),
    ("the same 20", 0.6, same(20)),
    ("the same 60", 0.6, same(60)),
    ("60 against 60, more of the harder source", 0.35, shifted(60)),
    ("60 against 60 in each of four languages", 0.35, four_languages(60)),
)


def _shares(
    make: Callable[[float, float, np.random.Generator], list[Batch]], worse: float, spread: float, batches: int
) -> tuple[float, float, float]:
    """In which share of batches a difference is told: by us, by sentences, by plain quantiles over recordings."""
    ours = naive = plain = 0
    for number in range(batches):
        found = make(worse, spread, np.random.default_rng(number))
        ours += any(one.verdict in ("worse", "better") for one in compared(found))
        sides = [[one.sentences for one in found if one.drafts[0].fingerprint == name] for name in ("p1", "p2")]
        naive += _by_sentences(np.concatenate(sides[0]), np.concatenate(sides[1]))
        plain += _by_quantiles(found)
    return ours / batches, naive / batches, plain / batches


def _looked_at_often(worse: float, batches: int) -> float:
    """In which share of batches a difference is told at one of six looks."""
    told = 0
    for number in range(batches):
        old, new = others(60, 60)(worse, 0.35, np.random.default_rng(number))
        came = list(dict.fromkeys(draft.recording_id for draft in new.drafts))
        for many in range(10, 61, 10):
            some = [draft for draft in new.drafts if draft.recording_id in set(came[:many])]
            if any(one.verdict in ("worse", "better") for one in compare_versions([*old.drafts, *some])):
                told += 1
                break
    return told / batches


def compared(batches: Sequence[Batch]) -> tuple[Comparison, ...]:
    return compare_versions(draft for batch in batches for draft in batch.drafts)


def _by_sentences(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether the interval of the difference leaves out 0 where every sentence is drawn for itself."""
    found = compare([Sample(before, -1.0), Sample(after, 1.0)], ratio, draws=2)
    return abs(found.value) > 1.96 * found.error


def _by_quantiles(batches: Sequence[Batch]) -> bool:
    """Whether 95 of 100 differences between CERs of recordings that are drawn again lie on one side of 0."""
    cers = []
    for seed, version in enumerate(("p1", "p2")):
        sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))
        for draft in (draft for batch in batches for draft in batch.drafts if draft.fingerprint == version):
            sums[draft.recording_id] += (draft.figures.edits.content, draft.figures.content_characters)
        drawn = resampled(np.array(list(sums.values())), seed=seed)
        cers.append(drawn[:, 0] / drawn[:, 1])
    low, high = np.quantile(cers[1] - cers[0], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bool(low > 0 or high < 0)


def cost() -> None:
    """Seconds for a comparison and for trends, from drafts in memory."""
    for many in (60, 1000, 10_000):
        chance = np.random.default_rng(0)
        drafts = [
            scored_draft(
                f"{version}-{number}",
                fingerprint=version,
                edits=int(chance.integers(10, 400)),
                characters=3500,
                at=BEGIN + timedelta(hours=number),
            )
            for version in ("p1", "p2")
            for number in range(many)
        ]
        for name, act in (
            ("a comparison", lambda rows: compare_versions(rows)),
            ("a trend by weeks", lambda rows: trend(rows, "week")),
            ("a trend by months and version", lambda rows: trend(rows, "month", ["fingerprint"])),
        ):
            begin = time.perf_counter()
            act(drafts)
            print(f"{2 * many} drafts, {name}: {1000 * (time.perf_counter() - begin):.0f} ms", flush=True)
    print(f"(at a level of {LEVEL})")


if __name__ == "__main__":
    main()
