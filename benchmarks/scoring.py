"""Whether scoring counts what was edited, and what that costs.

    python -m benchmarks.scoring                all of it
    python -m benchmarks.scoring recovery [--cases 200]   edits that are known, and whether exactly those come back
    python -m benchmarks.scoring cost           time and memory of a ten-minute unit and of three hours
    python -m benchmarks.scoring jiwer          error rates and time beside jiwer's, on the same texts
    python -m benchmarks.scoring blocks         what cutting long texts into blocks costs in exactness
    python -m benchmarks.scoring keys           keys per content character

Texts are sentences of the synthetic corpus' grammars. In `cost` and `jiwer` a tenth of the characters are wrong at
random places, which is harder to align than what recognisers write.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.known_edits import FRESH, KINDS, make_case, talk
from core.types import LANGUAGES, CorrectedSentence, Correction, Draft, Language
from export.scoring import content_texts, score_correction
from export.scoring.alignment import align, cost
from export.scoring.differences import differences
from export.scoring.numerals import value

CHARACTERS = {"ko": 3_500, "en": 8_000, "zh": 2_800, "ja": 4_500}
"""Content characters of ten minutes of talk: 350 syllables, 800 letters, 280 and 450 characters a minute."""
MIXED = ("six kinds together", "six kinds, opposed ones too")
NAMES = ("from", "id", "none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(arguments.one[0], float(arguments.one[1]))
        return
    for name, part in PARTS.items():
        if arguments.part in (name, "all"):
            part(arguments.cases)
            print()


def recovery(cases: int) -> None:
    """Cases in which all counts came back exactly, by kind of edit and language."""
    print(f"cases in which exactly the known edits come back, of {cases}; ids named in a third, from in a third")
    print("| edits | " + " | ".join(LANGUAGES) + " |")
    print("|---|" + "---|" * len(LANGUAGES))
    for kind in (*KINDS, *MIXED):
        row = []
        for language in LANGUAGES:
            found = [_recovered(kind, language, number) for number in range(cases)]
            tried = [one for one in found if one is not None]
            row.append(f"{sum(tried)}/{len(tried)}")
        print(f"| {kind} | " + " | ".join(row) + " |")


def _recovered(kind: str, language: Language, number: int) -> bool | None:
    """None where the sentences had no place for such an edit."""
    chance = random.Random(f"{language} {kind} {number}")
    kinds = [kind] * 3 if kind in KINDS else chance.sample(KINDS, 6)
    case = make_case(kinds, language, chance, names=NAMES[number % 3], opposed=kind == MIXED[1])
    if not case.expected.total:
        return None
    return score_correction(case.draft, case.correction).figures.edits == case.expected


def spoilt(language: Language, minutes: float, share: float = 0.1, seed: int = 0) -> tuple[Draft, Correction]:
    """A draft of so many minutes with a share of its characters wrong, and what was said."""
    chance = random.Random(f"{language} {minutes} {seed}")
    draft = talk(language, round(CHARACTERS[language] * minutes / 10), chance)
    rows = tuple(
        CorrectedSentence(one.start, one.end, one.speaker, one.text, from_ids=(one.id,)) for one in draft.sentences
    )
    wrong = tuple(replace(one, text=_spoilt(one.text, language, share, chance)) for one in draft.sentences)
    return replace(draft, sentences=wrong), Correction(
        "prelabel.correction/1", draft.draft_id, 1, "kim", minutes * 60.0, rows
    )


def _spoilt(text: str, language: Language, share: float, chance: random.Random) -> str:
    out = []
    for character in text:
        if chance.random() >= share or not character.isalnum():
            out.append(character)
        elif (kind := chance.random()) < 0.6:
            out.append(chance.choice(text))
        elif kind < 0.8:
            out.append(character + chance.choice(FRESH[language]))
    return "".join(out) or text


def costs(cases: int) -> None:
    """Each in a process of its own; the memory of the loaded process is taken off."""
    print("| language | audio | content characters | first | again | shown | memory above the loaded process |")
    print("|---|---|---|---|---|---|---|")
    for language in LANGUAGES:
        for minutes in (10, 180):
            subprocess.run(
                [sys.executable, "-m", "benchmarks.scoring", "--one", language, str(minutes)], check=True
            )


def measure(language: str, minutes: float) -> None:
    warm = spoilt(language, 0.2, seed=1)  # type: ignore[arg-type]
    draft, correction = spoilt(language, minutes)  # type: ignore[arg-type]
    before = peak_mb()
    score_correction(*warm)  # dictionaries load
    loaded = peak_mb()
    times = []
    for _ in range(4):
        begin = time.perf_counter()
        score = score_correction(draft, correction)
        times.append(time.perf_counter() - begin)
    memory = peak_mb() - loaded
    shown = []
    for _ in range(3):
        begin = time.perf_counter()
        differences(draft.sentences, correction.sentences, draft.language)
        shown.append(time.perf_counter() - begin)
    print(
        f"| {language} | {minutes:g} min | {score.figures.content_characters:,} | {1e3 * times[0]:.0f} ms "
        f"| {1e3 * min(times[1:]):.0f} ms | {1e3 * min(shown):.0f} ms "
        f"| {memory:.0f} MB (dictionaries {loaded - before:.0f} MB) |",
        flush=True,
    )


def beside_jiwer(cases: int) -> None:
    import jiwer

    print("| language | share wrong | CER | jiwer's CER | WER | jiwer's WER | score | jiwer, rates alone |")
    print("|---|---|---|---|---|---|---|---|")
    for language in LANGUAGES:
        for share in (0.02, 0.1, 0.3):
            draft, correction = spoilt(language, 10, share)
            score_correction(draft, correction)
            begin = time.perf_counter()
            figures = score_correction(draft, correction).figures
            ours = time.perf_counter() - begin
            said, written = content_texts(draft, correction)[::-1]
            begin = time.perf_counter()
            cer = jiwer.process_characters(said.replace(" ", ""), written.replace(" ", "")).cer
            wer = jiwer.process_words(said, written).wer if language == "en" else None
            theirs = time.perf_counter() - begin
            print(
                f"| {language} | {share:.0%} | {figures.cer:.6f} | {cer:.6f} | {_shown(figures.wer)} "
                f"| {_shown(wer)} | {1e3 * ours:.0f} ms | {1e3 * theirs:.0f} ms |"
            )


def blocks(cases: int) -> None:
    """Edits found in blocks against the fewest there are, for texts too long to be sure."""
    from rapidfuzz.distance import Levenshtein

    print("| language | share wrong | characters | edits in blocks | fewest edits | blocks | whole |")
    print("|---|---|---|---|---|---|---|")
    for language in LANGUAGES:
        for share in (0.1, 0.3, 0.5):
            draft, correction = spoilt(language, 100, share)
            written, said = (text.replace(" ", "") for text in content_texts(draft, correction))
            begin = time.perf_counter()
            found = cost(align(written, said, [0], [0]))
            ours = time.perf_counter() - begin
            begin = time.perf_counter()
            fewest = Levenshtein.editops(written, said)
            whole = time.perf_counter() - begin
            print(
                f"| {language} | {share:.0%} | {len(said):,} | {found:,} | {len(fewest):,} | {1e3 * ours:.0f} ms "
                f"| {1e3 * whole:.0f} ms |"
            )


def keys(cases: int) -> None:
    """Keys per content character, with spaces and choices: what `core.difficulty.KEYS` is rounded from."""
    chance = random.Random(0)
    print("| language | keys per content character |")
    print("|---|---|")
    for language, count in {
        "ko": _korean_keys,
        "en": _english_keys,
        "zh": _chinese_keys,
        "ja": _japanese_keys,
    }.items():
        draft = talk(language, 10_000, chance)  # type: ignore[arg-type]
        text = " ".join(one.text for one in draft.sentences)
        content = sum(character.isalnum() for character in text)
        print(f"| {language} | {count(text) / content:.2f} |")


_TWO_KEY_VOWELS = frozenset((9, 10, 11, 14, 15, 16, 19))
_TWO_KEY_FINALS = frozenset((3, 5, 6, 9, 10, 11, 12, 13, 14, 15, 18))
_SHIFTED_INITIALS = frozenset((1, 4, 8, 10, 13))


def _korean_keys(text: str) -> float:
    """On a two-set keyboard; doubled consonants take Shift."""
    keys = 0
    for character in text:
        if "가" <= character <= "힣":
            initial, rest = divmod(ord(character) - ord("가"), 588)
            vowel, final = divmod(rest, 28)
            keys += 1 + (initial in _SHIFTED_INITIALS) + 1 + (vowel in _TWO_KEY_VOWELS)
            keys += bool(final) + (final in _TWO_KEY_FINALS)
        elif character == " " or character.isalnum():
            keys += 1
    return keys


def _english_keys(text: str) -> float:
    return sum(character.isalnum() or character == " " for character in text)


def _chinese_keys(text: str) -> float:
    """Pinyin, and a choice for every two characters."""
    from pypinyin import lazy_pinyin

    plain = "".join(character for character in text if character.isalnum())
    return sum(map(len, lazy_pinyin(plain))) + len(plain) / 2


def _japanese_keys(text: str) -> float:
    """Latin letters; a word with kanji or katakana is converted and confirmed."""
    from export.scoring.readings import read_words

    keys = 0
    for sentence in text.split():
        for word in read_words(sentence):
            surface = sentence[word.start : word.end]
            if not surface.isalnum():
                continue
            small = sum(kana in "ャュョァィゥェォ" for kana in word.reading)
            single = sum(kana in "アイウエオンーッ" for kana in word.reading)
            keys += 2 * len(word.reading) - single - small
            converted = any("\u4e00" <= kana <= "\u9fff" or "\u30a0" <= kana <= "\u30ff" for kana in surface)
            keys += 2 * (converted and value(surface) is None)
    return keys


def _shown(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.6f}"


def peak_mb() -> float:
    """Of this program alone: what getrusage tells may be of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


PARTS: dict[str, Callable[[int], None]] = {
    "recovery": recovery,
    "cost": costs,
    "jiwer": beside_jiwer,
    "blocks": blocks,
    "keys": keys,
}

if __name__ == "__main__":
    main()
