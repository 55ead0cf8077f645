from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.trends import scored_draft
from core.types import CorrectedSentence, Correction, Language, Unit
from export.corrections import SCHEMA
from export.pairs import Agreement, Corrected, Pair, compare_pair, corrected_twice, human_floor, pool
from export.queue import Queue
from export.reviews import submit
from export.scores import ScoredDraft
from export.states import State
from tests.queues import bring_to, queued

Said = tuple[str | None, str]

TALK: list[Said] = [
    ("A", "오늘 회의는 세 시에 시작합니다."),
    ("B", "네, 알겠습니다."),
    ("A", "자료는 어제 보냈습니다."),
    ("B", "아직 못 봤어요."),
]


def corrected(
    said: Sequence[Said],
    worker: str = "kim",
    *,
    recording: str = "r1",
    language: Language = "ko",
    draft: str | None = None,
    revision: int = 1,
    unit: Unit | None = None,
    fingerprint: str = "p1",
) -> Corrected:
    """Sentences of three seconds each."""
    rows = tuple(
        CorrectedSentence(3.0 * n, 3.0 * n + 2.8, who, text, f"{n:04d}") for n, (who, text) in enumerate(said)
    )
    correction = Correction(SCHEMA, draft or f"d-{worker}", revision, worker, 60.0, rows)
    return Corrected(recording, language, unit or Unit(0, 1, 0.0, 600.0), "default", fingerprint, correction)


def pair(one: Sequence[Said], other: Sequence[Said], **changes: Language) -> Pair:
    return compare_pair(corrected(one, "kim", **changes), corrected(other, "lee", **changes))  # type: ignore[arg-type]


def test_two_who_agree_agree_in_everything() -> None:
    found = pair(TALK, TALK)
    assert (found.kind, found.workers, found.agreement.figures.edits.total) == ("two_people", ("kim", "lee"), 0)
    assert found.agreement.rates() == {
        "cer": 0.0,
        "wer": None,
        "der": 0.0,
        "effort_share": 0.0,
        "difficulty": 0.0,
        "boundary_f1": 1.0,
        "speaker_agreement": 1.0,
        "speaker_alpha": 1.0,
    }


def test_error_rates_are_of_both_directions_together() -> None:
    """One letter too many is an error in a hundred one way, and in a hundred and one the other way."""
    found = pair([("A", "가" * 100)], [("A", "가" * 101)]).agreement.figures
    assert (found.edits.content, found.content_characters) == (2, 201)
    assert (found.edits.insertion, found.edits.deletion) == (1, 1)


def test_who_is_first_makes_no_difference() -> None:
    other = [
        ("X", "오늘 회의는 3시에 시작합니다. 네, 알겠습니다."),
        ("Y", "자료는 어제 보냈어요."),
        ("Y", "못 봤어요."),
    ]
    here, there = pair(TALK, other).agreement, pair(other, TALK).agreement
    assert here.rates() == pytest.approx(there.rates())


@pytest.mark.parametrize(
    ("other", "shared", "borders"),
    [
        (TALK, 6, 6),
        ([("A", " ".join(text for _, text in TALK))], 0, 3),
        ([TALK[0], ("B", TALK[1][1] + TALK[2][1]), TALK[3]], 4, 5),
        ([*TALK[:2], ("C", "잠깐만요 제가 말할게요."), *TALK[2:]], 6, 7),
        ([TALK[0], ("B", "네"), ("B", "알겠습니다."), *TALK[2:]], 6, 7),
        ([], 0, 3),
    ],
)
def test_borders_are_shared_where_they_stand_at_the_same_place(
    other: list[Said], shared: int, borders: int
) -> None:
    found = pair(TALK, other).agreement
    assert (found.borders_shared, found.borders) == (shared, borders)


def test_a_border_within_words_that_differ_is_shared() -> None:
    one = [("A", "가나다라마바사 물물"), ("A", "불불 아자차카타파하")]
    other = [("A", "가나다라마바사 산산"), ("A", "강강 아자차카타파하")]
    assert pair(one, other).agreement.boundary_f1 == 1.0


def test_other_names_for_the_same_speakers_are_no_disagreement() -> None:
    found = pair(TALK, [({"A": "김", "B": None}[who or ""], text) for who, text in TALK])
    assert (found.agreement.speaker_agreement, found.agreement.speaker_alpha) == (1.0, 1.0)


def test_alpha_is_krippendorffs() -> None:
    """Of 40 characters 10 differ: labels A 20+30, B 20+10, so chance brings 1 − (50·49 + 30·29)/(80·79)."""
    one = [("A", "가" * 20), ("B", "나" * 20)]
    other = [("A", "가" * 20 + "나" * 10), ("B", "나" * 10)]
    found = pair(one, other).agreement
    expected = 1 - (50 * 49 + 30 * 29) / (80 * 79)
    assert (found.speaker_characters, found.speaker_disagreed) == (40, 10)
    assert found.speaker_by_chance == pytest.approx(40 * expected)
    assert found.speaker_alpha == pytest.approx(1 - (10 / 40) / expected)


def test_speakers_at_random_have_an_alpha_of_about_nothing() -> None:
    chance = np.random.default_rng(1)
    texts = ["".join(chr(0xAC00 + n) for n in chance.integers(0, 11000, 12)) for _ in range(200)]
    one, other = ([(str(chance.choice(["A", "B"])), text) for text in texts] for _ in range(2))
    alpha = pair(one, other).agreement.speaker_alpha
    assert alpha is not None
    assert abs(alpha) < 0.2


def test_with_one_speaker_there_is_nothing_to_agree_on() -> None:
    assert pair(TALK[:1], TALK[:1]).agreement.speaker_alpha is None


def test_nothing_on_either_side_has_no_rates() -> None:
    found = pair([], [])
    assert set(found.agreement.rates().values()) == {None}
    assert json.dumps(found.to_dict(), allow_nan=False)
    assert json.dumps([one.to_dict() for one in pool([found])], allow_nan=False)


def test_only_the_audio_that_both_have_is_compared() -> None:
    one = corrected(TALK, "kim", unit=Unit(0, 1, 0.0, 600.0))
    other = corrected([("A", "다른 말"), *TALK[1:]], "lee", unit=Unit(1, 2, 3.0, 600.0))
    found = compare_pair(one, other)
    assert (found.start, found.end, found.agreement.figures.edits.total) == (3.0, 600.0, 0)


def test_recordings_and_languages_are_not_mixed() -> None:
    for changes in ({"recording": "r2"}, {"language": "ja"}):
        with pytest.raises(ValueError, match="one recording in one language"):
            compare_pair(corrected(TALK), corrected(TALK, "lee", **changes))  # type: ignore[arg-type]


def test_english_has_a_word_error_rate() -> None:
    found = pair([("A", "we met them there")], [("A", "we met them here")], language="en").agreement.figures
    assert (found.wer, found.words, found.word_errors) == (0.25, 8, 2)


def test_pairs_are_pooled_by_language_and_kind() -> None:
    korean = [pair(TALK, TALK) for _ in range(2)]
    own = compare_pair(corrected(TALK, "kim"), corrected(TALK, "kim", draft="other", fingerprint="p2"))
    rows = pool([*korean, own, pair([("A", "hello")], [("A", "hello")], language="en")])
    assert [(one.language, one.kind, one.pairs, one.same_pipeline, one.recordings) for one in rows] == [
        ("en", "two_people", 1, 1, 1),
        ("ko", "one_person", 1, 0, 1),
        ("ko", "two_people", 2, 2, 1),
    ]


def test_pooled_counts_add_and_intervals_are_over_recordings() -> None:
    pairs = [
        compare_pair(
            corrected(TALK, recording=f"r{n}"),
            corrected(
                [*TALK[:3], ("B", "아직 못 봤어요." if n % 2 else "벌써 다 봤어요.")], "lee", recording=f"r{n}"
            ),
        )
        for n in range(8)
    ]
    (found,) = pool(pairs)
    assert found.agreement == sum((one.agreement for one in pairs), Agreement())
    bounds, cer = found.intervals["cer"], found.agreement.figures.cer
    assert bounds
    assert cer
    assert bounds.low < cer < bounds.high
    assert found.intervals["wer"] is None
    assert human_floor([found], "ko") is found
    assert human_floor([found], "ja") is None
    assert human_floor(pool(pairs[:4]), "ko") is None


# from the queue


def handed_in(queue: Queue, recording: str, project: str, worker: str, text: str, revision: int = 1) -> ScoredDraft:
    rows = queued(recording, project=project)
    queue.enqueue(rows)
    draft = rows[0].draft_id
    bring_to(queue, draft, State.DELIVERED)
    sentences = (CorrectedSentence(0.0, 5.0, "S1", text),)
    submit(queue, Correction(SCHEMA, draft, revision, worker, 9.0, sentences), source="api")
    return scored_draft(recording, draft_id=draft, project=project, worker=worker, revision=revision)


def test_drafts_of_two_projects_are_found_where_they_share_the_audio(queue: Queue) -> None:
    drafts = [
        handed_in(queue, "r1", "a", "kim", "안녕하세요"),
        handed_in(queue, "r1", "b", "lee", "안녕하십니까"),
        handed_in(queue, "r2", "a", "kim", "혼자"),
    ]
    ((one, other),) = corrected_twice(queue, drafts)
    found = compare_pair(one, other)
    assert (found.workers, found.kind, found.same_pipeline) == (("kim", "lee"), "two_people", True)
    assert found.agreement.figures.edits.content > 0


def test_what_another_person_went_on_from_is_a_revision(queue: Queue) -> None:
    handed_in(queue, "r1", "a", "kim", "안녕하세요")
    draft = handed_in(queue, "r1", "a", "lee", "안녕하십니까", revision=2)
    ((one, other),) = corrected_twice(queue, [draft])
    assert compare_pair(one, other).kind == "revision"
    assert compare_pair(one, other).revisions == (1, 2)


def test_what_nobody_has_accepted_or_forgot_is_no_pair(queue: Queue) -> None:
    waiting = handed_in(queue, "r1", "a", "kim", "안녕하세요"), handed_in(queue, "r1", "b", "lee", "안녕")
    halves = [scored_draft("r1", draft_id=one.draft_id, project=one.project, provisional=True) for one in waiting]
    assert list(corrected_twice(queue, halves)) == []
    queue.forget("r1")
    assert list(corrected_twice(queue, waiting)) == []
