"""Dialogues: the same from the same seed, with a truth that is true."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.synthetic import levels
from benchmarks.synthetic.dialogues import (
    PEAK,
    SPEAKER_DB,
    Condition,
    Dialogue,
    make_background,
    make_dialogue,
    parse_condition,
)
from benchmarks.synthetic.files import as_integers
from benchmarks.synthetic.sentences import PARTS, part_of
from core.types import LANGUAGES, Language
from tests.fillers import without_filler

RATE = 8000


@cache
def dialogue(
    seed: int = 0, speakers: int = 3, seconds: float = 60.0, languages: tuple[Language, ...] = ("ko",)
) -> Dialogue:
    return make_dialogue(seed, "dev", languages, speakers, seconds, sample_rate=RATE)


def digest(made: Dialogue) -> str:
    return hashlib.sha256(as_integers(made.mix).tobytes()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("languages", "speakers", "condition", "expected"),
    [
        (("ko",), 1, "clean", "b30b142a2632cd2d"),
        (("zh", "en"), 2, "music:10", "7ddae566adb79fe0"),
        (("ja",), 2, "noise:0", "ffffb7462f57a6e3"),
    ],
)
def test_the_same_seed_gives_the_same_16_bit_samples_on_any_machine(
    languages: tuple[Language, ...], speakers: int, condition: str, expected: str
) -> None:
    made = make_dialogue(
        7, "dev", languages, speakers, 10.0, condition=parse_condition(condition), sample_rate=RATE
    )

    assert digest(made) == expected


def test_another_seed_is_another_dialogue() -> None:
    one, two = dialogue(seed=0, seconds=10.0), dialogue(seed=1, seconds=10.0)

    assert [said.text for said in one.said] != [said.text for said in two.said]
    assert digest(one) != digest(two)


def test_another_condition_leaves_what_is_said_and_how_as_it_is() -> None:
    clean = dialogue(speakers=2, seconds=10.0)
    noisy = make_dialogue(0, "dev", ("ko",), 2, 10.0, condition=Condition("noise", 0.0), sample_rate=RATE)

    assert noisy.said == clean.said
    louder = levels.amplitude(clean.voice_dbfs - noisy.voice_dbfs)
    np.testing.assert_allclose(noisy.stems * louder, clean.stems, atol=1e-5)


@pytest.mark.parametrize("snr_db", [10.0, 0.0, -5.0])
@pytest.mark.parametrize("background", ["music", "noise", "rain"])
def test_the_voices_stand_as_far_above_the_background_as_was_asked(background: str, snr_db: float) -> None:
    made = make_dialogue(1, "dev", ("en",), 2, 10.0, condition=Condition(background, snr_db), sample_rate=RATE)

    voice = levels.speech_rms(made.voice, np.logical_or.reduce(made.speaking), RATE)
    assert levels.decibels(voice / levels.rms(made.background)) == pytest.approx(snr_db, abs=0.05)
    assert np.abs(made.mix).max() <= PEAK + 1e-4


def test_a_recording_is_exactly_as_long_as_was_asked_and_its_arrays_agree() -> None:
    made = dialogue()

    assert made.duration == 60.0
    assert made.mix.shape == made.background.shape == (2, 60 * RATE)
    assert made.stems.shape == (3, 60 * RATE)
    assert made.speaking.shape == (3, 6000)
    assert list(made.speakers) == ["A", "B", "C"]


def test_the_mean_of_both_channels_is_the_voices_and_the_background() -> None:
    made = make_dialogue(0, "dev", ("ja",), 3, 10.0, condition=Condition("music", 5.0), sample_rate=RATE)

    together = made.voice + made.background.mean(axis=0)
    np.testing.assert_allclose(made.mix.mean(axis=0), together, atol=1e-6)


def test_a_stem_sounds_where_its_speaker_speaks_and_only_there() -> None:
    made = dialogue()

    for spans, stem in zip(made.speech.values(), made.stems, strict=True):
        spoken = np.zeros(len(stem), np.bool_)
        echoes = np.zeros(len(stem), np.bool_)
        for start, end in spans:
            spoken[int(start * RATE) : int(end * RATE)] = True
            echoes[int((start - 0.05) * RATE) : int((end + 0.6) * RATE)] = True
        energy = np.square(stem, dtype=np.float64)
        assert energy[spoken].sum() > 0.9 * energy.sum()
        assert energy[~echoes].sum() < 1e-4 * energy.sum()
        for start, end in spans:
            assert energy[int(start * RATE) : int(end * RATE)].mean() > 0.01 * energy[spoken].mean()


def test_speech_covers_the_sentences_of_each_speaker() -> None:
    made = dialogue()

    for speaker, spans in made.speech.items():
        for said in (said for said in made.said if said.speaker == speaker):
            assert any(start - 0.05 <= said.start and said.end <= end + 0.05 for start, end in spans)
        assert all(end < start for (_, end), (start, _) in pairwise(spans))


def test_words_are_in_order_inside_their_sentence_and_spell_it() -> None:
    for language in LANGUAGES:
        for said in dialogue(speakers=2, seconds=20.0, languages=(language,)).said:
            assert "".join(word.text for word in said.words).strip() == said.text
            assert said.words[0].start >= said.start
            assert said.words[-1].end <= said.end + 1e-6
            assert all(one.start <= one.end <= two.start + 1e-6 for one, two in pairwise(said.words))


def test_everybody_speaks_and_never_more_than_two_at_once() -> None:
    for seed in range(2):
        made = dialogue(seed=seed, speakers=4)

        assert {said.speaker for said in made.said} == set(made.speakers)
        assert made.speaking.sum(axis=0).max() <= 2


def test_overlaps_and_answers_inside_turns_occur() -> None:
    made = [dialogue(seed=seed, speakers=speakers) for seed in range(2) for speakers in (3, 4)]

    overlapped = sum((one.speaking.sum(axis=0) > 1).sum() for one in made)
    assert 0.01 < overlapped / sum(one.speaking.any(axis=0).sum() for one in made) < 0.2
    answers = [(one, said) for one in made for said in one.said if said.backchannel]
    assert answers
    for one, answer in answers:
        others = [said for said in one.said if said.speaker != answer.speaker and not said.backchannel]
        assert min(said.start for said in others) < answer.start
        assert max(said.end for said in others) > answer.end


def test_speakers_change_within_a_second_and_a_half() -> None:
    made = dialogue()

    turns = [said for said in made.said if not said.backchannel]
    changes = [two.start - one.end for one, two in pairwise(turns) if one.speaker != two.speaker]
    assert changes
    assert all(-1.6 <= change <= 1.05 for change in changes)


def test_a_monologue_has_one_speaker_in_the_middle_who_does_not_interrupt_himself() -> None:
    made = dialogue(speakers=1)

    assert made.pans == (0.0,)
    np.testing.assert_array_equal(made.mix[0], made.mix[1])
    assert all(one.end <= two.start for one, two in pairwise(made.said))


def test_people_switch_between_the_languages_of_a_dialogue() -> None:
    made = [dialogue(seed=seed, speakers=2, languages=("ko", "en")) for seed in range(2)]

    spoken = [said.language for one in made for said in one.said if not said.backchannel]
    assert 0.1 < spoken.count("en") / len(spoken) < 0.8
    within = [
        (one.language, two.language)
        for each in made
        for one, two in pairwise(said for said in each.said if not said.backchannel)
        if one.speaker == two.speaker
    ]
    assert any(one != two for one, two in within)


def test_speakers_of_one_recording_differ_in_voice_and_level() -> None:
    made = dialogue(speakers=4)

    assert len({voice.variant for voice in made.speakers.values()}) == 4
    loud = [levels.speech_rms(stem, flags, RATE) for stem, flags in zip(made.stems, made.speaking, strict=True)]
    assert 0.5 < levels.decibels(max(loud) / min(loud)) < 2 * SPEAKER_DB + 3


def test_parts_share_no_sentence_and_no_voice() -> None:
    made = {part: make_dialogue(3, part, ("en",), 3, 30.0, sample_rate=RATE) for part in PARTS}

    for part, one in made.items():
        assert {part_of(without_filler(said.text, "en")) for said in one.said if not said.backchannel} == {part}
        assert {voice.part for voice in one.speakers.values()} == {part}
    names = [voice.variant for one in made.values() for voice in one.speakers.values()]
    assert len(set(names)) == 9


def test_noise_is_as_loud_as_music_and_differs_between_the_channels() -> None:
    for background in ("music", "noise", "hiss"):
        sound = make_background(Condition(background, 0.0), np.random.default_rng(1), 3 * RATE, RATE)

        assert levels.rms(sound) == pytest.approx(1.0, abs=1e-3)
        assert sound.shape == (2, 3 * RATE)


@pytest.mark.parametrize("text", ["", "musik:3", "music", "music:loud", "music:nan", "clean:3"])
def test_a_condition_that_cannot_be_says_what_can(text: str) -> None:
    with pytest.raises(ValueError, match=r"write"):
        parse_condition(text)


@pytest.mark.parametrize("text", ["rain:1e9", "rain:-400", "music:60.1", "noise:-30.5", "hum:inf"])
def test_a_level_that_drowns_voice_or_background_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_condition(text)
    assert parse_condition("rain:-30").snr_db == -30
    assert parse_condition("rain:60").snr_db == 60


def test_a_condition_reads_as_it_is_written() -> None:
    assert [str(parse_condition(text)) for text in ("clean", "music:10", "room tone:-2.5")] == [
        "clean",
        "music:10",
        "room tone:-2.5",
    ]


def test_a_rate_without_whole_hundredths_is_refused() -> None:
    with pytest.raises(ValueError, match="22050 Hz"):
        make_dialogue(0, "dev", ("ko",), 2, 10.0, sample_rate=22050)
