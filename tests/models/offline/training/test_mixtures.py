import numpy as np
import pytest

from benchmarks.synthetic.levels import rms
from models.offline.training import mixtures
from models.offline.training.mixtures import SAMPLE_RATE, Backgrounds, Bank, make_mix, make_test_mix, record_bank


@pytest.fixture(scope="module")
def bank() -> Bank:
    return record_bank("dev", 2, 2, 0)


@pytest.fixture
def tones(monkeypatch: pytest.MonkeyPatch) -> Backgrounds:
    """Backgrounds that are quickly made; each tells its number and whether it is music by its pitch."""

    def tone(number: int, seed: int, length: int) -> mixtures.Samples:
        wave = np.sqrt(2) * np.sin(2 * np.pi * (100 + 10 * number + seed) * np.arange(length) / SAMPLE_RATE)
        return np.stack([wave, wave]).astype(np.float32)

    monkeypatch.setattr(mixtures, "make_background", tone)
    return Backgrounds(8, 0)


def _pitches(backgrounds: Backgrounds, step: int, music: bool) -> set[int]:
    chance = np.random.default_rng(0)
    drawn = (backgrounds.draw(step, music, SAMPLE_RATE, chance) for _ in range(40))
    return {int(np.abs(np.fft.rfft(piece[0])).argmax()) for piece in drawn}


def test_a_banked_utterance_comes_back_at_its_level(bank: Bank) -> None:
    assert len(bank) == 4
    for index in range(len(bank)):
        said = bank.utterance(index)
        assert len(said) > SAMPLE_RATE / 4 and 0.7 < rms(said) < 1.05


def test_the_same_seed_records_the_same_bank(bank: Bank) -> None:
    again = record_bank("dev", 1, 2, 0)
    assert np.array_equal(again.samples, bank.samples[: len(again.samples)])


def test_three_backgrounds_of_four_are_music(tones: Backgrounds) -> None:
    assert _pitches(tones, 0, True) == {100, 110, 120, 140, 150, 160}
    assert _pitches(tones, 0, False) == {130, 170}


def test_backgrounds_change_with_the_steps(tones: Backgrounds) -> None:
    assert _pitches(tones, 4, True) == {120, 140, 150, 160, 180, 190}


def test_a_mix_depends_on_its_number_alone(bank: Bank, tones: Backgrounds) -> None:
    mix = make_mix(bank, tones, 1.0, 5, 7, 2)
    make_mix(bank, tones, 1.0, 5, 30, 0)
    assert mix.shape == (2, 2, SAMPLE_RATE) and mix.dtype == np.float32
    assert np.array_equal(mix, make_mix(bank, Backgrounds(8, 0), 1.0, 5, 7, 2))
    assert not np.array_equal(mix, make_mix(bank, tones, 1.0, 5, 7, 1))
    assert not np.array_equal(mix, make_mix(bank, tones, 1.0, 6, 7, 2))


def test_some_mixes_have_no_background_and_some_no_voice(bank: Bank, tones: Backgrounds) -> None:
    stems = [make_mix(bank, tones, 0.5, 0, 0, index) for index in range(150)]
    without_rest = sum(not rest.any() for _, rest in stems)
    without_voice = sum(not voice.any() for voice, _ in stems)
    assert 5 <= without_rest <= 30 and 2 <= without_voice <= 40
    assert all(np.isfinite(mix).all() for mix in stems)


def test_a_test_mix_has_the_level_that_was_asked_for(bank: Bank) -> None:
    background = np.random.default_rng(0).standard_normal((2, 4 * SAMPLE_RATE)).astype(np.float32)
    voice, loud = make_test_mix(bank, background, 0.0, 0, 0)
    same, soft = make_test_mix(bank, background, 20.0, 0, 0)
    assert np.array_equal(voice, same) and np.array_equal(voice[0], voice[1])
    assert rms(loud) == pytest.approx(10 * rms(soft), rel=1e-3)
    assert rms(loud) == pytest.approx(rms(voice), rel=0.25)


def test_a_test_mix_without_a_level_is_a_voice_alone(bank: Bank) -> None:
    voice, rest = make_test_mix(bank, np.ones((2, SAMPLE_RATE), np.float32), None, 0, 0)
    assert voice.any() and not rest.any()
