"""`prelabel score`: what a person changed in a draft, for people and programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import UsageProblem
from core.types import Correction, Draft
from export.bodies import draft_of
from export.corrections import parse_correction
from export.reviews import submission
from export.scores import is_provisional
from export.scoring import DraftScore, Edits, SentenceScore, score_correction
from flows.exporting import draft_named, is_file
from flows.places import media_store, queue_at
from flows.progress import clock
from flows.showing import as_text, percent, plain_table, points


def scored(
    draft: str, correction: Path | None, revision: int | None, queue_url: str | None
) -> tuple[dict[str, Any], str]:
    """A correction against its draft, as (document, text).

    `draft` is a document's path or a draft id. Without `correction` it is the queue's: `revision`, else the latest
    one; the document then says whether that is `provisional`. Raises UsageProblem, BadDocument.
    """
    if correction is None:
        ours, theirs, provisional = _kept(draft, revision, queue_url)
        score = score_correction(ours, theirs)
        standing = "\nprovisional: nobody has accepted this revision" if provisional else ""
        return score.to_dict() | {"provisional": provisional}, _in_words(score, ours, theirs) + standing
    if revision is not None:
        raise UsageProblem(
            "it is not clear which correction is meant",
            why="both a file and a revision of the queue's are named",
            fix="leave out one of them",
        )
    ours, theirs = draft_named(draft, queue_url), _read(correction)
    score = score_correction(ours, theirs)
    return score.to_dict(), _in_words(score, ours, theirs)


def _read(file: Path) -> Correction:
    try:
        return parse_correction(file.read_bytes())
    except OSError as error:
        raise UsageProblem(
            f"the correction {file} cannot be read",
            why=error.strerror or str(error),
            fix="give the path of a `prelabel.correction/1` document, or leave it out to score the queue's",
        ) from error


def _kept(draft: str, revision: int | None, queue_url: str | None) -> tuple[Draft, Correction, bool]:
    """A draft of the queue, a correction of it, and whether that is provisional."""
    if is_file(draft):
        raise UsageProblem(
            f"there is nothing to score {draft} against",
            why="it is a file, and no correction of it is named",
            fix="name one: prelabel score DRAFT.json CORRECTION.json; or give a draft's id, for the queue's",
        )
    with queue_at(queue_url) as queue:
        entry = queue.show(draft)
        draft_id = entry.draft.draft_id
        wanted = entry.revision if revision is None else revision
        if not wanted:
            raise UsageProblem(
                f"draft {draft_id} has nothing to be scored",
                why=f"nobody has submitted a correction of it; it is {entry.state}",
                fix="name a correction's file: prelabel score DRAFT CORRECTION.json",
            )
        correction = submission(queue, draft_id, wanted).correction
        return draft_of(media_store(), entry), correction, is_provisional(entry, wanted)


def _in_words(score: DraftScore, draft: Draft, correction: Correction) -> str:
    figures = score.figures
    rates = [f"CER {percent(figures.cer)}"]
    rates += [f"WER {percent(figures.wer)}"] if score.language == "en" else []
    rates += [f"DER {percent(figures.der)}"]
    work = f" · {clock(figures.lead_seconds)} of work" if figures.lead_seconds else ""
    lines = [
        f"{score.draft_id}  {score.language}  revision {score.revision}",
        f"difficulty {points(figures.difficulty)} · {' · '.join(rates)} ({score.normaliser})",
        f"effort {figures.effort:.0f} s, where typing all of it takes {figures.typing:.0f} s"
        f" · {clock(figures.audio_seconds)} of audio{work}",
        f"{figures.corrected_sentences} sentences, {figures.unchanged_sentences} of them as they were drafted",
        _told(figures.edits) or "no edits",
        *(f"speaker {here or '?'} is called {there or '?'} throughout" for here, there in score.renamed),
        *([f"flags: {', '.join(score.flags)}"] if score.flags else []),
    ]
    changed = [one for one in score.sentences if one.edits.total or not one.from_ids]
    if changed or score.removed:
        lines += ["", as_text(_table(changed, score.removed, draft, correction))]
    return "\n".join(lines)


def _table(
    changed: list[SentenceScore], removed: tuple[SentenceScore, ...], draft: Draft, correction: Correction
) -> Any:
    """The sentences that changed, in the order in which they are heard."""
    drafted = {sentence.id: sentence for sentence in draft.sentences}
    rows = [(correction.sentences[one.index], one) for one in changed if one.index is not None]
    rows += [(drafted[one.from_ids[0]], one) for one in removed if one.from_ids]  # type: ignore[misc]
    table = plain_table("at", "difficulty", "edits", "draft", "correction", right=("at", "difficulty"))
    for sentence, one in sorted(rows, key=lambda row: row[0].start):
        what = "taken out" if one.index is None else _told(one.edits) if one.from_ids else "put in"
        was = " / ".join(drafted[name].text for name in one.from_ids)
        now = "" if one.index is None else sentence.text
        table.add_row(clock(sentence.start), points(one.difficulty), what, _shortened(was), _shortened(now))
    return table


_LONGEST = 48


def _shortened(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _told(edits: Edits) -> str:
    """Edits of every kind that there are, in words; the first three are characters."""
    counts = [
        (edits.substitution, "replaced", "replaced"),
        (edits.insertion, "put in", "put in"),
        (edits.deletion, "taken away", "taken away"),
        (edits.orthography, "spelling", "spellings"),
        (edits.punctuation, "mark", "marks"),
        (edits.spacing, "space", "spaces"),
        (edits.split, "split", "splits"),
        (edits.merge, "merge", "merges"),
        (edits.shift, "shift", "shifts"),
        (edits.speaker, "speaker", "speakers"),
        (edits.time, "time", "times"),
    ]
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
