from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.settings import SeparateSettings
from core.types import Audio, Decoded, SignalQuality
from preprocess.separate import separate_voice, worth_separating

RATE = 1000
SEGMENT = 600
SETTINGS = SeparateSettings()
CLEAN = SignalQuality(0.6, -20.0, -60.0, 40.0, 0.0, 0.0, 16000.0, 0.0, ((0.0, 6.0),))


@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.25, 0.5, 0.75])
@pytest.mark.parametrize("length", [1, 7, 449, 451, 600, 601, 1049, 1050, 1051, 1200, 5003])
def test_every_length_and_overlap_comes_out_as_from_demucs(length: int, overlap: float) -> None:
    mix = noise(length)
    voice = joined(separated(mix, Smoothing(batch_size=3), overlap=overlap))
    assert voice.shape == mix.shape
    assert np.abs(voice - as_demucs_does(mix, overlap)).max() < 1e-5


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
@pytest.mark.parametrize("window", [1, 137, 600, 5003])
def test_batches_and_windows_of_any_size_give_the_same_voice(window: int, batch_size: int) -> None:
    mix = noise(5003)
    voice = joined(separated(mix, Smoothing(batch_size), window=window))
    assert np.abs(voice - as_demucs_does(mix, SETTINGS.overlap)).max() < 1e-5


def test_windows_follow_one_another_from_the_start_of_the_recording() -> None:
    expected = 0.0
    for window in separated(noise(5003), Smoothing(4)):
        assert window.start == pytest.approx(expected)
        expected = window.end
    assert expected == pytest.approx(5.003)


def test_a_separator_that_shrinks_its_batch_is_given_smaller_ones() -> None:
    separator = Shrinking(8)
    mix = noise(20 * SEGMENT)
    voice = joined(separated(mix, separator))
    assert separator.sizes[0] == 8 and max(separator.sizes[2:]) == 4  # the second may lie ready by then
    assert np.abs(voice - as_demucs_does(mix, SETTINGS.overlap)).max() < 1e-5


def test_a_voice_comes_before_the_recording_is_read_to_its_end() -> None:
    read = 0

    def windows() -> Iterator[Audio]:
        nonlocal read
        for read in range(1000):
            yield Audio(noise(100), RATE, read / 10)

    next(separate_voice(windows(), Smoothing(2), Decoded(0, 100.0, 0.0, 1.0, 1.0), SETTINGS))
    assert read < 30


def test_the_next_batch_is_laid_ready_while_the_network_has_one() -> None:
    second = threading.Event()

    class Patient(Smoothing):
        def voice(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
            assert second.wait(10.0)
            return super().voice(batch)

    def windows() -> Iterator[Audio]:
        yield Audio(noise(3 * SEGMENT), RATE, 0.0)
        second.set()
        yield Audio(noise(3 * SEGMENT), RATE, 3 * SEGMENT / RATE)

    decoded = Decoded(0, 6 * SEGMENT / RATE, 0.0, 1.0, 1.0)
    assert joined(list(separate_voice(windows(), Patient(2), decoded, SETTINGS))).shape == (2, 6 * SEGMENT)


def test_silence_stays_silence_and_nothing_stays_nothing() -> None:
    assert not joined(separated(np.zeros((2, 900), np.float32), Smoothing(1))).any()
    assert list(separate_voice([], Smoothing(1), Decoded(0, 0.0, 0.0, 0.0, 0.0), SETTINGS)) == []


def test_mono_and_other_rates_are_refused() -> None:
    for window in (Audio(noise(100)[:1], RATE), Audio(noise(100), 2 * RATE)):
        with pytest.raises(ValueError, match="stereo at 1000 Hz"):
            list(separate_voice([window], Smoothing(1), Decoded(0, 0.1, 0.0, 1.0, 1.0), SETTINGS))


def test_always_and_never_ask_nothing_of_the_signal() -> None:
    assert worth_separating(CLEAN, SeparateSettings(mode="always")) == (True, "Separation is set to always.")
    assert worth_separating(CLEAN, SeparateSettings(mode="never")) == (False, "Separation is set to never.")


def test_a_clean_voice_is_left_alone() -> None:
    worth, why = worth_separating(CLEAN, SETTINGS)
    assert not worth and "clean" in why


@pytest.mark.parametrize(
    ("quality", "because"),
    [
        (replace(CLEAN, music_share=0.2), "music in 20%"),
        (replace(CLEAN, snr_db=12.0), "12 dB above the noise"),
        (replace(CLEAN, snr_db=None, noise_level_dbfs=None), "never pauses"),
        (replace(CLEAN, voice_share=0.0, snr_db=None, voice_level_dbfs=None, voiced=()), "No voice was heard"),
    ],
)
def test_music_noise_and_doubt_are_separated(quality: SignalQuality, because: str) -> None:
    worth, why = worth_separating(quality, SETTINGS)
    assert worth and because in why


class Smoothing:
    """A stand-in network whose answer depends on its neighbourhood, its edges and its channels."""

    sample_rate = RATE
    segment_samples = SEGMENT
    kernel = np.hanning(201).astype(np.float32) / 100

    def __init__(self, batch_size: int) -> None:
        self.batch_size = self.largest = batch_size

    def voice(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        assert batch.shape[1:] == (2, SEGMENT) and len(batch) <= self.largest
        smooth = [[np.convolve(channel, self.kernel, "same") for channel in item] for item in batch]
        return np.asarray(smooth, np.float32)[:, ::-1] + 0.1 * np.abs(batch)


class Shrinking(Smoothing):
    def __init__(self, batch_size: int) -> None:
        super().__init__(batch_size)
        self.sizes: list[int] = []

    def voice(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        self.sizes.append(len(batch))
        answer = super().voice(batch)
        self.batch_size = 4
        return answer


def as_demucs_does(mix: npt.NDArray[np.float32], overlap: float) -> npt.NDArray[np.float32]:
    """The same network in the library's own loop, normalised as demucs.api.Separator does."""
    import torch
    from demucs.apply import apply_model

    class Network(torch.nn.Module):
        samplerate, segment, sources = RATE, SEGMENT / RATE, ("vocals",)

        def valid_length(self, length: int) -> int:
            return SEGMENT

        def forward(self, batch: Any) -> Any:
            return torch.from_numpy(Smoothing(len(batch)).voice(batch.numpy()))[:, None]

    mono = mix.mean(0)
    mean, deviation = mono.mean(), mono.std() + 1e-8
    normalised = torch.from_numpy((mix - mean) / deviation)[None]
    found = apply_model(Network(), normalised, shifts=0, split=True, overlap=overlap)
    return np.asarray(found[0, 0].numpy() * deviation + mean)


def noise(length: int) -> npt.NDArray[np.float32]:
    return (np.random.default_rng(length).standard_normal((2, length)) * 0.1 + 0.05).astype(np.float32)


def separated(
    mix: npt.NDArray[np.float32], separator: Smoothing, *, overlap: float = 0.25, window: int = 250
) -> list[Audio]:
    mono = mix.mean(0)
    decoded = Decoded(0, mix.shape[1] / RATE, float(mono.mean()), float(mono.std()), 1.0)
    windows = (Audio(mix[:, at : at + window], RATE, at / RATE) for at in range(0, mix.shape[1], window))
    return list(separate_voice(windows, separator, decoded, SeparateSettings(overlap=overlap)))


def joined(windows: list[Audio]) -> npt.NDArray[np.float32]:
    return np.concatenate([window.samples for window in windows], axis=1)
