"""How well sentences are cut from text alone, against other tools that happen to be installed.

    python benchmarks/sentences.py FOLDER [FOLDER ...] [--language ko] [--turns] [--each-source]

Each FOLDER holds *.jsonl files with one passage a line: {"lang", "source", "variant", "text", "ends"} and, where
known, "turn_ends"; `ends` are offsets behind each sentence, the last one the end of the text. Scored are the
boundaries inside passages, the end of a passage is free, pooled over all passages (micro-average). White space
does not count. With --turns a passage is cut at its turns first, as diarized speech is. Tools that are not
installed are left out of the table; a tool that changes the text fails.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from models.sentences import split

Splitter = Callable[[str, str], list[str]]

_MARKS = re.compile(r"[.?!。？！…．]+[\"'”’」』）)\]]*(?:\s+|$)|[。？！?!…]+[\"”’」』）)]*")


@dataclass(slots=True)
class Counts:
    """Boundaries found, found rightly, and true; characters and seconds."""

    found: int = 0
    right: int = 0
    true: int = 0
    characters: int = 0
    seconds: float = 0.0

    def __iadd__(self, other: Counts) -> Counts:
        self.found += other.found
        self.right += other.right
        self.true += other.true
        self.characters += other.characters
        self.seconds += other.seconds
        return self

    def row(self) -> str:
        """F1, precision and recall in percent, milliseconds per 1000 characters."""
        precision = self.right / self.found if self.found else 0.0
        recall = self.right / self.true if self.true else 0.0
        both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        pace = 1e6 * self.seconds / max(1, self.characters)
        return f"{100 * both:6.1f} {100 * precision:6.1f} {100 * recall:6.1f} {pace:9.2f}"


def main() -> None:
    arguments = _arguments()
    passages = list(_passages(arguments.folders, arguments.language))
    print(f"{'lang':4} {'variant':9} {'source':14} {'tool':12} {'F1':>6} {'P':>6} {'R':>6} {'ms/1000':>9}")
    results: dict[tuple[str, str, str, str], Counts] = defaultdict(Counts)
    for name, (languages, tool) in TOOLS.items():
        if name not in ("prelabel", "marks") and importlib.util.find_spec(name) is None:
            continue
        for language in languages:
            tool("warm up.", language)  # dictionaries load outside the timing
        for passage in passages:
            if passage["lang"] in languages:
                counts = score(tool, passage, arguments.turns)
                sources = ("all", passage["source"]) if arguments.each_source else ("all",)
                for source in sources:
                    results[passage["lang"], passage["variant"], source, name] += counts
    for (language, variant, source, name), counts in sorted(results.items()):
        print(f"{language:4} {variant:9} {source:14} {name:12} {counts.row()}")


def score(tool: Splitter, passage: Mapping[str, Any], turns: bool) -> Counts:
    """The counts of one passage."""
    text = passage["text"]
    stretches = [text]
    if turns and "turn_ends" in passage:
        starts = [0, *passage["turn_ends"]]
        stretches = [text[a:b].strip() for a, b in zip(starts, [*passage["turn_ends"], len(text)], strict=True)]
    begin = time.perf_counter()
    pieces = [piece for stretch in stretches if stretch for piece in tool(stretch, passage["lang"])]
    seconds = time.perf_counter() - begin
    if _squashed("".join(pieces)) != _squashed(text):
        raise SystemExit(f"the text of passage {passage.get('id')} was changed: {pieces}")
    found = set(accumulate(len(_squashed(piece)) for piece in pieces))
    true = {len(_squashed(text[:end])) for end in passage["ends"]}
    free = {0, len(_squashed(text))}
    return Counts(len(found - free), len((found & true) - free), len(true - free), len(text), seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--language", choices=["ko", "en", "zh", "ja"])
    parser.add_argument("--turns", action="store_true", help="cut at turns first, where the passages have them")
    parser.add_argument("--each-source", action="store_true", help="a row for each source as well")
    return parser.parse_args()


def _passages(folders: Iterable[Path], language: str | None) -> Iterator[dict[str, Any]]:
    for file in sorted(file for folder in folders for file in folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                passage = json.loads(line)
                if language in (None, passage["lang"]):
                    yield passage


def _squashed(text: str) -> str:
    return "".join(text.split())


def _at_marks(text: str, language: str) -> list[str]:
    """What anybody writes first: a cut behind every run of final marks."""
    ends = [match.end() for match in _MARKS.finditer(text)]
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if text[a:b].strip()]


@lru_cache(maxsize=1)
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def _by_kiwi(text: str, language: str) -> list[str]:
    return [sentence.text for sentence in _kiwi().split_into_sents(text)]


@lru_cache(maxsize=4)
def _pysbd(language: str) -> Any:
    return importlib.import_module("pysbd").Segmenter(language=language, clean=False)


def _by_pysbd(text: str, language: str) -> list[str]:
    # it has no Korean; its English rules are what people use instead
    return list(_pysbd("en" if language == "ko" else language).segment(text))


def _by_sentencex(text: str, language: str) -> list[str]:
    return list(importlib.import_module("sentencex").segment(language, text))


_ALL = ("ko", "en", "zh", "ja")
# Named for the package that must be installed.
TOOLS: Mapping[str, tuple[tuple[str, ...], Splitter]] = {
    "prelabel": (_ALL, split),
    "marks": (_ALL, _at_marks),
    "kiwipiepy": (("ko",), _by_kiwi),
    "pysbd": (_ALL, _by_pysbd),
    "sentencex": (_ALL, _by_sentencex),
}

if __name__ == "__main__":
    main()
