from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.difficulty import typing_seconds
from core.types import LANGUAGES, Cause, Language, Turn
from models.difficulty import ConfidenceModel, Measures, confidence_scope, measure, predict, rules
from models.difficulty.confidence import Curve, Reliability
from models.difficulty.features import ALL, CAUSES, features
from tests.models.difficulty.talks import RECOGNISER, draft, examples, measured, sentence, talk


def told(reasons: tuple[Cause, ...]) -> dict[str, str]:
    return {cause.feature: cause.text for cause in reasons}


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=len(ALL), max_size=len(ALL)),
    st.sampled_from(ALL),
    st.floats(0.0, 1.0),
)
def test_more_of_anything_hard_never_makes_a_draft_easier(
    language: Language, values: list[float], name: str, more: float
) -> None:
    easier = dict(zip(ALL, values, strict=True))
    harder = easier | {name: min(easier[name] + more, 1.0)}
    assert rules.share(harder, language) >= rules.share(easier, language) - 1e-9


@pytest.mark.parametrize("language", LANGUAGES)
def test_unsure_drafts_are_harder(language: Language) -> None:
    values = [predict(measure(talk(sure, language=language)), language).value for sure in (0.99, 0.9, 0.7, 0.4)]
    assert values == sorted(values)
    assert values[-1] > values[0] + 30


def test_effort_grows_with_the_text_and_difficulty_does_not() -> None:
    short, long = (predict(measure(talk(sentences=many)), "en") for many in (10, 40))
    assert long.value == pytest.approx(short.value, abs=0.5)
    assert long.effort == pytest.approx(4 * short.effort, rel=0.02)
    assert long.effort_low < long.effort < long.effort_high


def test_voice_that_nobody_wrote_down_is_work() -> None:
    whole = predict(measure(talk(seconds=60.0)), "en")
    unwritten = predict(measure(talk(seconds=60.0, unwritten_voice=[[30.0, 50.0]])), "en")
    assert unwritten.effort > whole.effort + 0.9 * typing_seconds(20 * 12, "en")
    assert told(unwritten.reasons)["unwritten_voice"] == "20 s of voice without text"


def test_a_draft_of_nothing_is_typed_afresh_where_there_is_voice_and_nothing_to_do_where_there_is_none() -> None:
    silent = predict(measure(draft(flags=("no_speech",))), "ko")
    assert (silent.value, silent.effort, silent.from_scratch) == (0.0, 0.0, False)
    lost = predict(measure(draft(unwritten_voice=[[0.0, 30.0]], language="ko")), "ko")
    assert lost.from_scratch
    assert lost.effort > typing_seconds(30 * 6.5, "ko")


def test_a_draft_that_is_nearly_all_wrong_is_typed_afresh() -> None:
    assert predict(measure(talk(0.1)), "en").from_scratch
    assert not predict(measure(talk(0.9)), "en").from_scratch


def test_sentences_in_a_loop_are_wrong_however_sure_they_are() -> None:
    rows = [sentence(n * 3.0, confidences=[0.99] * 6, flags=("loop",)) for n in range(10)]
    looped = predict(measure(draft(rows, seconds=30.0)), "en")
    assert looped.value > predict(measure(talk(0.99)), "en").value + 40
    assert "100 % of the sentences repeat themselves" in told(looped.reasons).values()


def test_what_was_not_measured_is_taken_as_usual_and_is_no_reason() -> None:
    bare = predict(measure(talk(quality={})), "en")
    assert "noise" not in told(bare.reasons)


def test_reasons_are_told_with_what_was_measured_most_points_first() -> None:
    rows = [sentence(n * 2.1, confidences=[0.6] * 6, speaker=f"S{n % 3 + 1}", language="en") for n in range(12)]
    turns = [*(Turn(one.start, one.end, str(one.speaker)) for one in rows), Turn(0.0, 5.0, "S9")]
    heard = draft(rows, turns=turns, seconds=26.0, snr_db=0.2, music_share=0.9)
    found = predict(measure(heard), "en")
    points = [cause.points for cause in found.reasons]
    assert points == sorted(points, reverse=True)
    texts = told(found.reasons)
    assert texts["noise"] == "music 0 dB below the voice"
    assert texts["overlap"] == "three speakers, overlapping 20 %"
    assert texts["wrong_words"] == "45 % of the words expected to be wrong"
    assert told(predict(measure(replace(heard, quality={"snr_db": -4.0})), "en").reasons)["noise"] == (
        "noise 4 dB above the voice"
    )


def test_a_reason_is_worth_what_the_draft_would_be_easier_without_it() -> None:
    found = predict(measure(talk(snr_db=0.0)), "en")
    without = predict(measure(talk(snr_db=15.0)), "en")
    noise = next(cause for cause in found.reasons if cause.feature == "noise")
    # confidences stay as they are, so the words that noise usually costs are told as its doing
    assert noise.points > found.value - without.value >= 0.0


def test_every_feature_belongs_to_one_cause() -> None:
    assert sorted(feature for cause in CAUSES.values() for feature in cause.features) == sorted(ALL)
    assert all(cause.features[0] == name for name, cause in CAUSES.items())


def test_a_model_of_confidences_counts_for_its_own_language_and_recogniser_only() -> None:
    nothing = Reliability(0, 0, None, None, None)
    curve = Curve(low=0.0, high=0.0, offset=-5.0)

    def of(scope: str) -> ConfidenceModel:
        return ConfidenceModel("c", scope, True, curve, 9, nothing, nothing, nothing)

    found = measure(talk())
    own = predict(found, "en", confidence=of(confidence_scope("en", RECOGNISER)))
    assert own.value > predict(found, "en").value + 20
    for scope in (confidence_scope("ko", RECOGNISER), confidence_scope("en", "whisper 2")):
        assert predict(found, "en", confidence=of(scope)) == predict(found, "en")


def test_features_are_none_where_nothing_says_so_and_never_infinite() -> None:
    unknown = features(measure(draft([sentence(0.0, confidences=[0.9], words=())], turns=(), quality={})), None)
    assert [name for name in ("noise", "overlap", "wrong_words", "fast_speech") if unknown[name] is None] == [
        "noise",
        "overlap",
        "wrong_words",
        "fast_speech",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bounds_of_the_rules_hold_eight_in_ten_even_where_drafts_vary_twice_as_much(language: Language) -> None:
    """In the test bed, two in three recordings were within 15 %; the rules allow for stranger ones."""
    many = examples(200, language, spread=0.25)
    inside = 0
    for example in many:
        found = predict(example.measures, language)
        share = rules_share(example.share)
        inside += found.low <= share <= found.high
    assert inside / len(many) >= 0.8


def rules_share(share: float) -> float:
    from core.difficulty import difficulty

    return difficulty(share, 1.0)


def test_words_of_hardly_any_length_say_nothing_of_how_fast_people_speak() -> None:
    rushed = replace(measure(talk(unwritten_voice=[[20.0, 30.0]])), speech_seconds=5e-324)
    found = predict(rushed, "en")
    assert found.effort_high < 60 * typing_seconds(10 * 100, "en")
    assert not any("inf" in cause.text.split() for cause in found.reasons)


def test_the_same_measures_give_the_same_prediction() -> None:
    one: Measures = measured(random.Random(3))
    assert predict(one, "en") == predict(one, "en")
    assert predict(one, "en").model == rules.NAME == "rules-1"


def test_importing_is_cheap() -> None:
    heavy = "import sys, models.difficulty; print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "[]\n"
    )
