"""Names that were changed, and seconds given to the wrong speaker."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from core.types import CorrectedSentence
from export.scoring.speakers import SpeakerSeconds, relabelled, speaker_seconds


@pytest.mark.parametrize(
    ("pairs", "edits", "renamed"),
    [
        ([], 0, {}),
        ([("S1", "S1"), ("S2", "S2")], 0, {}),
        ([("S1", "Kim"), ("S1", "Kim"), ("S2", "S2")], 1, {"S1": "Kim"}),
        ([("S1", "Kim"), ("S1", "Kim"), ("S1", "S2"), ("S2", "S2")], 2, {"S1": "Kim"}),
        ([("S1", "S2"), ("S1", "S2"), ("S2", "S1"), ("S2", "S1")], 2, {"S1": "S2", "S2": "S1"}),
        ([("S1", "S1"), ("S3", "S1"), ("S3", "S1")], 1, {"S3": "S1"}),
        ([("S1", "S2")], 1, {}),
        ([("S1", "S2"), ("S1", "S1")], 1, {}),
        ([(None, "S1"), (None, "S1"), (None, None)], 2, {}),
    ],
)
def test_fewest_changes_of_names_are_found(pairs, edits, renamed) -> None:  # type: ignore[no-untyped-def]
    found = relabelled(pairs)
    assert (found.edits, dict(found.renamed)) == (edits, renamed)


SENTENCES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from(["A", "B", "C"])), max_size=8
).map(lambda found: [CorrectedSentence(start / 4, (start + length) / 4, name, "") for start, length, name in found])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(said=SENTENCES, drafted=SENTENCES)
def test_seconds_are_those_of_pyannote_metrics(
    said: list[CorrectedSentence], drafted: list[CorrectedSentence]
) -> None:
    def annotation(rows: list[CorrectedSentence]) -> Annotation:
        made = Annotation()
        for track, row in enumerate(rows):
            made[Segment(row.start, row.end), track] = row.speaker
        # sentences of one speaker at once are one piece of speech
        return made.support()

    parts = DiarizationErrorRate(collar=0.0, skip_overlap=False)(
        annotation(said), annotation(drafted), uem=Timeline([Segment(0.0, 20.0)]), detailed=True
    )
    expected = [parts[name] for name in ("total", "missed detection", "false alarm", "confusion")]
    found = speaker_seconds(drafted, said)
    assert [found.speech, found.missed, found.false_alarm, found.confused] == pytest.approx(expected)


def test_of_no_speech_nothing_is_missed() -> None:
    assert speaker_seconds([], []) == SpeakerSeconds()
    one = [CorrectedSentence(1.0, 3.0, "S1", "")]
    assert speaker_seconds(one, []) == SpeakerSeconds(false_alarm=2.0)
    assert speaker_seconds([], one) == SpeakerSeconds(speech=2.0, missed=2.0)
