from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.settings import MachineSettings
from core.store import MediaStore
from core.types import Audio, Unit
from export.clips import clips_of, encode_clips, note_clip, peaks_of
from tests.media import samples_of

RATE = 24000
MACHINE = MachineSettings()


def units(*bounds: float) -> list[Unit]:
    return [Unit(n, len(bounds) - 1, start, end) for n, (start, end) in enumerate(pairwise(bounds))]


def speechlike(seconds: float) -> np.ndarray:
    """Noise that swells and fades, with nothing above 4 kHz: no two places of it are alike."""
    random = np.random.default_rng(7)
    noise = np.convolve(random.standard_normal(round(seconds * RATE)), np.hanning(12) / 6, "same")
    return (0.2 * noise * (1.2 + np.sin(np.arange(len(noise)) / 5000))).astype(np.float32)


def windows(samples: np.ndarray, size: int) -> Iterator[Audio]:
    for at in range(0, len(samples), size):
        yield Audio(samples[np.newaxis, at : at + size], RATE, at / RATE)


def shift(heard: np.ndarray, expected: np.ndarray) -> int:
    """By how many samples `heard` is late, from the peak of the cross-correlation."""
    size = 2 * len(expected)
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(expected, size))
    peak = int(np.fft.irfft(product, size).argmax())
    return peak if peak < len(expected) else peak - size


@pytest.mark.parametrize("size", [RATE * 30, 7777])
def test_clips_begin_and_end_on_the_sample_that_their_unit_does(tmp_path: Path, size: int) -> None:
    samples = speechlike(9.5)
    parts = units(0.0, 2.0404, 5.5, 9.5)

    sounds = encode_clips(windows(samples, size), parts, tmp_path, "mix", MACHINE)

    for sound, (start, end) in zip(sounds, ((0, 48960), (48960, 132000), (132000, 228000)), strict=True):
        expected, heard = samples[start:end], samples_of(sound.audio)
        assert len(heard) == len(expected)
        assert sound.duration == len(expected) / RATE
        assert shift(heard, expected) == 0
        edge = RATE // 4
        assert shift(heard[:edge], expected[:edge]) == 0
        assert shift(heard[-edge:], expected[-edge:]) == 0


def test_one_unit_takes_all_there_is(tmp_path: Path) -> None:
    (sound,) = encode_clips(windows(speechlike(2.1), 10000), units(0.0, 2.0), tmp_path, "voice", MACHINE)

    assert sound.duration == 2.1
    assert sound.audio == tmp_path / "voice-0.m4a"


def test_sound_that_ends_before_the_last_unit_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mix ends in work unit 2 of 3"):
        encode_clips(windows(speechlike(2.0), 10000), units(0.0, 1.0, 3.0, 4.0), tmp_path, "mix", MACHINE)


def test_a_clip_is_found_by_the_name_of_its_draft(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    store.folder("r1").mkdir()
    store.path("r1", "clips-1.m4a").touch()

    note_clip(store, "r1", "d1", {"mix": "clips-1.m4a", "voice": "clips-2.m4a"}, {})

    assert clips_of(store, "r1", "d1").get("mix") == store.path("r1", "clips-1.m4a")
    assert clips_of(store, "r1", "d1").get("voice") is None
    assert clips_of(store, "r1", "d2").get("mix") is None
    store.path("r1", "clips-3.m4a").touch()
    note_clip(store, "r1", "d1", {"mix": "clips-3.m4a", "voice": "clips-3.m4a"}, {})
    assert clips_of(store, "r1", "d1").get("voice") == store.path("r1", "clips-3.m4a")


def test_peaks_are_found_by_the_name_of_their_draft_as_far_as_they_are_kept(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    store.folder("r1").mkdir()
    store.path("r1", "clips-1.peaks").touch()

    note_clip(store, "r1", "d1", {"mix": "clips-1.m4a"}, {"mix": "clips-1.peaks", "voice": "clips-2.peaks"})
    store.path("r1", "d2.clips.json").write_text('{"mix": "clips-1.m4a"}')  # as it was before peaks were noted

    assert peaks_of(store, "r1", "d1") == {"mix": store.path("r1", "clips-1.peaks")}
    assert peaks_of(store, "r1", "d2") == {}
    assert peaks_of(store, "r1", "d3") == {}
