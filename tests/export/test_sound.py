from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.types import Audio
from export.sound import COLUMNS, Sound, draw_peaks, encode_audio, frequency_share, read_peaks, waveform
from tests.media import samples_of


def windows(samples: np.ndarray, rate: int = 16000, size: int = 16000) -> Iterator[Audio]:
    for at in range(0, samples.shape[1], size):
        yield Audio(samples[:, at : at + size].astype(np.float32), rate, at / rate)


def tone(seconds: float, hertz: float, rate: int = 16000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)[np.newaxis]


def brightest_row(sound: Sound) -> float:
    """Where the loudest band lies, as a share of the height from the bottom."""
    levels = np.asarray(Image.open(sound.spectrogram)).mean(axis=1)
    return 1.0 - (int(levels.argmax()) + 0.5) / len(levels)


def test_what_is_heard_is_what_went_in(tmp_path: Path) -> None:
    samples = tone(3.0, 440.0)

    sound = encode_audio(windows(samples), tmp_path / "mix.m4a")

    heard = samples_of(sound.audio)
    assert sound.duration == 3.0
    assert abs(len(heard) - 48000) < 2048
    assert np.abs(heard[8000:40000] - samples[0, 8000:40000]).max() < 0.05  # in time, too


@pytest.mark.parametrize("size", [1, 777, 16000, 10**6])
def test_windows_of_any_size_give_the_same_picture(tmp_path: Path, size: int) -> None:
    samples = tone(0.05 if size == 1 else 2.0, 1000.0)

    one = encode_audio(windows(samples, size=size), tmp_path / "one.m4a")
    other = encode_audio(windows(samples), tmp_path / "other.m4a")

    assert one.peaks.read_bytes() == other.peaks.read_bytes()
    assert np.array_equal(np.asarray(Image.open(one.spectrogram)), np.asarray(Image.open(other.spectrogram)))


@pytest.mark.parametrize(("hertz", "rate"), [(250.0, 16000), (1000.0, 16000), (4000.0, 24000), (3000.0, 44100)])
def test_a_tone_shines_at_its_place_on_the_axis(tmp_path: Path, hertz: float, rate: int) -> None:
    sound = encode_audio(windows(tone(1.0, hertz, rate), rate), tmp_path / "mix.m4a")

    assert abs(brightest_row(sound) - frequency_share(hertz, sound)) < 0.02


def test_peaks_are_the_lowest_and_highest_sample_of_each_fiftieth_second(tmp_path: Path) -> None:
    samples = np.zeros((2, 16000))
    samples[:, 8000:8320] = 0.5
    samples[:, 8320] = -0.25

    sound = encode_audio(windows(samples, size=1000), tmp_path / "mix.m4a")
    peaks, per_second = read_peaks(sound, 1000)

    assert per_second == 50.0
    assert peaks.shape == (50, 2)
    assert tuple(peaks[25]) == (127, 127)
    assert tuple(peaks[26]) == (-64, 0)
    assert not peaks[:25].any()


@pytest.mark.parametrize("size", [333, 16000])
def test_peaks_that_are_drawn_are_those_that_an_encoding_writes(tmp_path: Path, size: int) -> None:
    samples = tone(1.03, 440.0)

    drawn = draw_peaks(windows(samples, size=size))

    assert drawn == encode_audio(windows(samples), tmp_path / "mix.m4a").peaks.read_bytes()
    assert len(drawn) == 52 * 4


def test_a_waveform_is_what_audiowaveform_writes() -> None:
    """Its doc/DataFormat.md: version, flags (1: 8 bits), rate, samples of a pair, pairs, channels, then pairs."""
    peaks = np.array([[-32767, 32767], [-256, 255], [-384, 0], [100, 300]], "<i2").tobytes()

    made = waveform(peaks)

    version, flags, rate, samples, pairs, channels = struct.unpack("<iIiiIi", made[:24])
    assert (version, flags, rate / samples, pairs, channels) == (2, 1, 50.0, 4, 1)
    assert np.frombuffer(made[24:], np.int8).tolist() == [-128, 127, -1, 1, -2, 0, 0, 1]
    assert len(waveform(b"")) == 24


def test_joined_peaks_keep_the_extremes(tmp_path: Path) -> None:
    samples = np.zeros((1, 16000 * 3))
    samples[0, 20000] = 0.9

    sound = encode_audio(windows(samples), tmp_path / "mix.m4a")
    peaks, per_second = read_peaks(sound, 20)

    assert (len(peaks), per_second) == (19, 6.25)
    assert peaks.max() == 127


def test_a_spectrogram_never_grows_wide(tmp_path: Path) -> None:
    samples = np.concatenate((tone(60.0, 500.0), tone(60.0, 3000.0)), axis=1)

    sound = encode_audio(windows(samples), tmp_path / "mix.m4a")

    image = np.asarray(Image.open(sound.spectrogram))
    width = image.shape[1]
    assert COLUMNS <= width < 2 * COLUMNS + 2
    half = width // 2
    assert image[:, : half - 2].mean(axis=1).argmax() > image[:, half + 2 :].mean(axis=1).argmax()


@pytest.mark.parametrize("samples", [np.zeros((1, 16000)), np.full((1, 40), 0.1), np.full((2, 1600), 3.0)])
def test_silence_a_blink_and_overdriven_sound_still_have_pictures(tmp_path: Path, samples: np.ndarray) -> None:
    sound = encode_audio(windows(samples), tmp_path / "mix.m4a")

    assert np.asarray(Image.open(sound.spectrogram)).shape[1] >= 1
    assert len(read_peaks(sound, 100)[0]) >= 1


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    first = encode_audio(windows(tone(1.0, 440.0)), tmp_path / "a.m4a")
    second = encode_audio(windows(tone(1.0, 440.0)), tmp_path / "b.m4a")

    assert first.audio.read_bytes() == second.audio.read_bytes()


def test_no_sound_at_all_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sound"):
        encode_audio(iter(()), tmp_path / "mix.m4a")


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not write"):
        encode_audio(windows(tone(1.0, 440.0)), tmp_path / "missing" / "mix.m4a")
