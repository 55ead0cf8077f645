"""A correction against its draft: every difference counted once, in one kind, per sentence and altogether."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from core import handwork
from core.difficulty import FEWEST_CHARACTERS, difficulty, typing_seconds
from core.errors import BadDocument
from core.spans import merged, overlap
from core.types import CorrectedSentence, Correction, Draft, Language
from export.scoring import effort
from export.scoring.alignment import Step, align, cost, gathered, slid
from export.scoring.counts import Edits, Figures
from export.scoring.links import Link, borders, found_elsewhere, hinted_order, hints, links
from export.scoring.marks import between, other_forms
from export.scoring.normaliser import Content, content, normaliser_name
from export.scoring.respelling import Respelling, respellings, respelt
from export.scoring.results import DraftScore, SentenceScore
from export.scoring.sides import Drafted, Side, Timed, joined, liking, words
from export.scoring.speakers import relabelled, speaker_seconds

SCORER: Final = 1
"""Goes up whenever the same two documents give other counts: kept scores of an older number are made anew."""

TIME_SECONDS: Final = 0.2
"""An edge that moved no further was not meant to move: sentences are snapped to the voice within as much
(`models.sentences.cutting.SNAP_SECONDS`), and scoring of speech forgives 0.25 s (NIST md-eval's collar)."""
FASTEST_PLAYBACK: Final = 2.0
"""Speech that is played faster is not understood well any more (Murphy et al., "Learning in double time", Applied
Cognitive Psychology 2022: no loss up to twice the speed)."""
UNHEARD_SHARE: Final = 0.1
"""Of a sentence that was not played, players still report its edges."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides and how they are aligned: `order` are places in the draft, `listed` places in the correction.

    `ours` is spelt as the correction spells it; `as_drafted` is the same row of sentences before that. `apart` are
    the texts of both sides, taken apart.
    """

    apart: Mapping[str, Content]
    as_drafted: Side
    ours: Side
    theirs: Side
    steps: Sequence[Step]
    respelt: Sequence[Respelling]
    links: Sequence[Link]
    order: Sequence[int]
    listed: Sequence[int]

    def by_target(self) -> dict[int, list[Link]]:
        """What each corrected sentence was made of; those that were put in are missing."""
        return _grouped(self.links, lambda link: link.target)

    def by_source(self) -> dict[int, list[Link]]:
        """What became of each sentence of the draft; those that are gone are missing."""
        return _grouped(self.links, lambda link: link.source)


def _grouped(links: Sequence[Link], key: Callable[[Link], int]) -> dict[int, list[Link]]:
    groups: dict[int, list[Link]] = {}
    for link in links:
        groups.setdefault(key(link), []).append(link)
    return groups


def score_correction(draft: Draft, correction: Correction) -> DraftScore:
    """Every edit from `draft` to `correction`, and what follows from them.

    Raises BadDocument when the correction is of another draft. Whatever else may be odd about either (no sentences,
    no words, no speakers, ids twice or unknown, any order, any length) is scored as it stands.
    """
    return scored(draft, correction, compare(draft, correction))


def compare(draft: Draft, correction: Correction) -> Compared:
    """How the two are aligned. Raises BadDocument when the correction is of another draft."""
    if correction.draft_id != draft.draft_id:
        raise BadDocument(
            "this correction cannot be scored",
            why=f"it is of draft {correction.draft_id}, and the draft is {draft.draft_id}",
            fix="score it against the draft that it names",
            problems=(("/draft_id", f"it names another draft than {draft.draft_id}"),),
        )
    return compare_sentences(draft.sentences, correction.sentences, draft.language)


def content_texts(draft: Draft, correction: Correction) -> tuple[str, str]:
    """Draft and correction as they are compared: normalised, in one order and one spelling. English has its spaces.

    What another tool counts between these two is what error rates here are made of.
    """
    compared = compare_sentences(draft.sentences, correction.sentences, draft.language)
    if draft.language == "en":
        return " ".join(words(compared.ours)), " ".join(words(compared.theirs))
    return compared.ours.folded, compared.theirs.folded


def compare_sentences(
    drafted: Sequence[Drafted], corrected: Sequence[CorrectedSentence], language: Language
) -> Compared:
    """Both sides by time, the draft's sentences where the correction has them, aligned, and spelt alike."""
    timed = sorted(range(len(drafted)), key=lambda place: drafted[place].start)
    listed = sorted(range(len(corrected)), key=lambda place: corrected[place].start)
    rows = [drafted[place] for place in timed]
    # most sentences are on both sides
    texts = {row.text for row in drafted} | {row.text for row in corrected}
    apart = {text: content(text, language) for text in texts}
    theirs = joined([apart[corrected[place].text] for place in listed])
    parts = [apart[row.text] for row in rows]
    given = hints(rows, [corrected[place] for place in listed])

    order = list(range(len(rows)))
    ours = joined(parts)
    steps = _aligned(ours, theirs)
    hinted = hinted_order([len(part.folded) for part in parts], given)
    if hinted != order:
        order, ours, steps = _cheaper(parts, theirs, (order, ours, steps), hinted)
    moved = found_elsewhere(ours, theirs, order, steps, given, language)
    if moved is not None:
        hinted = hinted_order([len(part.folded) for part in parts], moved)
        order, ours, steps = _cheaper(parts, theirs, (order, ours, steps), hinted)

    as_drafted = ours
    spelt = respellings(ours, theirs, steps, language)
    if spelt:
        ours = respelt(ours, theirs, spelt)
        steps = _aligned(ours, theirs)
    spans = [rows[place] for place in order], [corrected[place] for place in listed]
    found = links(ours, theirs, *spans, order, steps, given, language)
    return Compared(apart, as_drafted, ours, theirs, steps, spelt, found, [timed[place] for place in order], listed)


def _aligned(ours: Side, theirs: Side) -> list[Step]:
    steps = align(ours.folded, theirs.folded, ours.starts, theirs.starts)
    steps = gathered(steps, ours.folded, theirs.folded)
    return slid(steps, ours.folded, theirs.folded, liking(ours), liking(theirs))


def _cheaper(
    parts: Sequence[Content], theirs: Side, now: tuple[list[int], Side, list[Step]], order: list[int]
) -> tuple[list[int], Side, list[Step]]:
    """The draft in another order, if fewer edits come of it: a hint that costs more than it saves is wrong."""
    ours = joined([parts[place] for place in order])
    steps = _aligned(ours, theirs)
    return (order, ours, steps) if cost(steps) < cost(now[2]) else now


def scored(draft: Draft, correction: Correction, compared: Compared) -> DraftScore:
    """What follows from an alignment of the two."""
    language, ours, theirs = draft.language, compared.ours, compared.theirs
    by_target, by_source = compared.by_target(), compared.by_source()

    counted: dict[int, Counter[str]] = defaultdict(Counter)
    taken_out: dict[int, Counter[str]] = defaultdict(Counter)
    stretches: dict[int, list[Change]] = defaultdict(list)
    for change in content_changes(compared, by_source):
        if change.gone:
            taken_out[change.sentence].update(change.kinds)
        else:
            counted[change.sentence].update(change.kinds)
            stretches[change.sentence].append(change)
    for changes in stretches.values():
        changes.sort(key=lambda one: (one.at, one.end))
    last = len(theirs.folded) - 1
    for found in (
        *other_forms(ours, theirs, compared.steps),
        *between(ours, theirs, compared.steps, compared.respelt),
    ):
        if compared.listed:
            target = theirs.sentence_at(min(found.at, last)) if last >= 0 else 0
            counted[target][found.kind] += found.edits
    for one in compared.respelt:
        counted[theirs.sentence_at(one.j0)]["orthography"] += 1
    for target, kind in borders(compared.links, theirs, language):
        counted[target][kind] += 1
    given = speakers_given(draft.sentences, correction.sentences, compared, by_target)
    for target in given.changed:
        counted[target]["speaker"] += 1
    for target, moved in edges_moved(draft.sentences, correction.sentences, compared, by_target, by_source).items():
        counted[target]["time"] += moved.edges

    played = merged([Timed(*span) for span in correction.played]) if correction.played is not None else None
    sentences: list[SentenceScore] = [None] * len(correction.sentences)  # type: ignore[list-item]
    for target, place in enumerate(compared.listed):
        row = correction.sentences[place]
        sources = tuple(draft.sentences[compared.order[link.source]].id for link in by_target.get(target, ()))
        characters = theirs.ends[target] - theirs.starts[target]
        edits = Edits(**counted[target])
        seconds = _effort(edits, stretches.get(target, []), characters, bool(sources), language)
        sentences[place] = _sentence_score(
            place, sources, edits, characters, seconds, language, row, _played_share(row, played)
        )
    removed = tuple(
        _removed(draft.sentences[compared.order[source]].id, Edits(**taken_out[source]), language)
        for source in range(len(compared.order))
        if source not in by_source
    )
    return _draft_score(draft, correction, compared, sentences, removed, given.names(), played)


class Change(NamedTuple):
    """Changed characters in a row: ours[i0:i1] became theirs[at:end], within one corrected `sentence`.

    What was replaced is as long on both sides. What was taken away belongs, at `at`, to the nearest corrected
    sentence that was made of its sentence; where there is none, `sentence` is that one of the draft, and `gone`.
    """

    sentence: int
    gone: bool
    i0: int
    i1: int
    at: int
    end: int

    @property
    def kinds(self) -> dict[str, int]:
        taken, typed = self.i1 - self.i0, self.end - self.at
        both = min(taken, typed)
        return {"substitution": both, "insertion": typed - both, "deletion": taken - both}


def content_changes(compared: Compared, by_source: Mapping[int, Sequence[Link]]) -> Iterator[Change]:
    """Changed stretches of content, each within one sentence of those it is counted for."""
    ours, theirs = compared.ours, compared.theirs
    for step in compared.steps:
        if step.equal:
            continue
        at = step.j0
        while at < step.j1:
            target = theirs.sentence_at(at)
            end = min(step.j1, theirs.ends[target])
            taken = (step.i0 + at - step.j0, step.i0 + end - step.j0) if step.i1 > step.i0 else (step.i0, step.i0)
            yield Change(target, False, *taken, at, end)
            at = end
        if step.j1 > step.j0:
            continue
        at = step.i0
        while at < step.i1:
            source = ours.sentence_at(at)
            end = min(step.i1, ours.ends[source])
            near = by_source.get(source, ())
            if near:
                target = min(near, key=lambda link: (_distance(theirs, link.target, step.j0), link.target)).target
                # the place in the sentence: its start or end where the text lies beside it
                place = min(max(step.j0, theirs.starts[target]), theirs.ends[target])
                yield Change(target, False, at, end, place, place)
            else:
                yield Change(source, True, at, end, step.j0, step.j0)
            at = end


def _distance(theirs: Side, target: int, at: int) -> int:
    return max(theirs.starts[target] - at, at - theirs.ends[target], 0)


class SpeakersGiven(NamedTuple):
    """`renamed`: names that changed throughout; `changed`: corrected sentences given to another speaker besides,
    with the name that they had (after such a change) and the one that they have."""

    renamed: Mapping[str | None, str | None]
    changed: Mapping[int, tuple[str | None, str | None]]

    def names(self) -> tuple[tuple[str | None, str | None], ...]:
        """What changed throughout, in order."""
        return tuple(sorted(self.renamed.items(), key=lambda names: (names[0] or "", names[1] or "")))


def speakers_given(
    drafted: Sequence[Drafted],
    corrected: Sequence[CorrectedSentence],
    compared: Compared,
    by_target: Mapping[int, Sequence[Link]],
) -> SpeakersGiven:
    """Who was given other sentences; a sentence that was made of several had the name of most of its text."""
    targets = [target for target in range(len(compared.listed)) if by_target.get(target)]
    pairs = []
    for target in targets:
        most = max(by_target[target], key=lambda link: (link.characters, -link.source))
        name = drafted[compared.order[most.source]].speaker
        pairs.append((name, corrected[compared.listed[target]].speaker))
    found = relabelled(pairs)
    changed = {
        targets[place]: (found.renamed.get(name, name), now)
        for place, (name, now) in ((place, pairs[place]) for place in found.changed)
    }
    return SpeakersGiven(found.renamed, changed)


class Moved(NamedTuple):
    """How many edges of a sentence moved, and where they were."""

    edges: int
    start: float
    end: float


def edges_moved(
    drafted: Sequence[Drafted],
    corrected: Sequence[CorrectedSentence],
    compared: Compared,
    by_target: Mapping[int, Sequence[Link]],
    by_source: Mapping[int, Sequence[Link]],
) -> dict[int, Moved]:
    """By corrected sentence. Edges that a split or a shift made are part of it, as inner ones of a merge are."""
    found = {}
    for target, place in enumerate(compared.listed):
        sources = by_target.get(target)
        if not sources:
            continue
        row = corrected[place]
        first, last = sources[0].source, sources[-1].source
        start, end = drafted[compared.order[first]].start, drafted[compared.order[last]].end
        edges = 0
        if by_source[first][0].target == target:
            edges += abs(row.start - start) > TIME_SECONDS + 1e-6
        if by_source[last][-1].target == target:
            edges += abs(row.end - end) > TIME_SECONDS + 1e-6
        if edges:
            found[target] = Moved(edges, start, end)
    return found


def _effort(edits: Edits, changes: Sequence[Change], characters: int, known: bool, language: Language) -> float:
    """Seconds of handwork on one corrected sentence; its text never costs more than typing it afresh."""
    if not known:
        # an empty sentence is put in and typed: no cursor to place, marks and spaces come with it
        text = handwork.SENTENCE_SECONDS + typing_seconds(characters, language)
    else:
        text = effort.content_seconds(_stretches(changes), language)
        text += handwork.ORTHOGRAPHY_SECONDS * edits.orthography
        text += handwork.MECHANICAL_SECONDS * (edits.punctuation + edits.spacing)
        text = min(text, effort.retyping_seconds(characters, language))
    return text + (
        handwork.SPLIT_SECONDS * edits.split
        + handwork.MERGE_SECONDS * edits.merge
        + handwork.SHIFT_SECONDS * edits.shift
        + handwork.SPEAKER_SECONDS * edits.speaker
        + handwork.TIME_SECONDS * edits.time
    )


def _stretches(changes: Sequence[Change]) -> Iterator[effort.Stretch]:
    for number, change in enumerate(changes):
        following = changes[number + 1].at if number + 1 < len(changes) else change.end
        yield effort.Stretch(change.i1 - change.i0, change.end - change.at, max(0, following - change.end))


def _sentence_score(
    place: int,
    sources: tuple[str, ...],
    edits: Edits,
    characters: int,
    seconds: float,
    language: Language,
    row: CorrectedSentence,
    played_share: float | None,
) -> SentenceScore:
    cer = edits.content / characters if characters else None
    flags = []
    if cer is not None and cer > effort.RETYPE_RATE and sources:
        flags.append("retype")
    hurried = row.seconds is not None and row.seconds < (row.end - row.start) / FASTEST_PLAYBACK
    unheard = played_share is not None and played_share < UNHEARD_SHARE
    if not edits.total and sources and (hurried or unheard):
        flags.append("unread")
    fewest = typing_seconds(max(characters, FEWEST_CHARACTERS), language)
    return SentenceScore(
        place,
        sources,
        edits,
        characters,
        cer,
        seconds,
        difficulty(seconds, fewest) if characters or edits.total else None,
        tuple(flags),
        played_share,
        row.seconds,
    )


def _removed(name: str, edits: Edits, language: Language) -> SentenceScore:
    seconds = handwork.SENTENCE_SECONDS
    fewest = typing_seconds(FEWEST_CHARACTERS, language)
    return SentenceScore(None, (name,), edits, 0, None, seconds, difficulty(seconds, fewest), ())


def _draft_score(
    draft: Draft,
    correction: Correction,
    compared: Compared,
    sentences: Sequence[SentenceScore],
    removed: tuple[SentenceScore, ...],
    renamed: tuple[tuple[str | None, str | None], ...],
    played: Sequence[tuple[float, float]] | None,
) -> DraftScore:
    language, ours, theirs = draft.language, compared.ours, compared.theirs
    edits = sum((one.edits for one in (*sentences, *removed)), Edits(speaker=len(renamed)))
    truth = words(theirs) if language == "en" else []
    audio = draft.unit.end - draft.unit.start
    lead = correction.lead_time if correction.lead_time > 0.0 else 0.0
    spoken = speaker_seconds(draft.sentences, correction.sentences)
    typing = typing_seconds(len(theirs.folded), language)
    figures = Figures(
        edits=edits,
        drafts=1,
        corrected_sentences=len(sentences),
        unchanged_sentences=sum(1 for one in sentences if not one.edits.total and one.from_ids),
        unread_sentences=sum("unread" in one.flags for one in sentences),
        retype_sentences=sum("retype" in one.flags for one in sentences),
        draft_characters=len(ours.folded),
        content_characters=len(theirs.folded),
        words=len(truth),
        word_errors=Levenshtein.distance(words(ours), truth) if language == "en" else 0,
        effort=sum(one.effort for one in (*sentences, *removed)) + handwork.SPEAKER_SECONDS * len(renamed),
        typing=typing,
        fewest_typing=typing_seconds(FEWEST_CHARACTERS, language),
        audio_seconds=audio,
        lead_seconds=lead,
        lead_audio_seconds=audio if lead else 0.0,
        speech_seconds=spoken.speech,
        missed_seconds=spoken.missed,
        false_alarm_seconds=spoken.false_alarm,
        confused_seconds=spoken.confused,
    )
    return DraftScore(
        draft.draft_id,
        correction.revision,
        language,
        normaliser_name(language),
        figures,
        tuple(sentences),
        removed,
        renamed,
        _flags(figures, correction, played),
    )


def _flags(
    figures: Figures, correction: Correction, played: Sequence[tuple[float, float]] | None
) -> tuple[str, ...]:
    flags = []
    rate = figures.wer if figures.words else figures.cer
    if rate is not None and rate > effort.RETYPE_RATE and figures.draft_characters:
        flags.append("retype")
    speech = sum(end - start for start, end in merged(correction.sentences))
    shares = [_played_share(row, played) for row in correction.sentences]
    unheard = bool(shares) and all(share is not None and share < UNHEARD_SHARE for share in shares)
    # later revisions answer a review: nobody hears all of it again
    hurried = correction.revision == 1 and 0.0 < figures.lead_seconds < speech / FASTEST_PLAYBACK
    if not figures.edits.total and (unheard or hurried):
        flags.append("unread")
    return tuple(flags)


def _played_share(row: CorrectedSentence, played: Sequence[tuple[float, float]] | None) -> float | None:
    if played is None or row.end <= row.start:
        return None
    return sum(overlap(row, Timed(*span)) for span in played) / (row.end - row.start)
