from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import BadRecording
from core.settings import DecodeSettings, MachineSettings
from core.types import Decoded, Stem
from preprocess.decode import decode, loudest_dbfs, read_whole, read_windows
from preprocess.ffmpeg import executable
from preprocess.probe import probe
from preprocess.stems import read_stem, write_stem
from tests import media

MACHINE = MachineSettings()
SETTINGS = DecodeSettings()


def decoded(path: Path, settings: DecodeSettings = SETTINGS) -> Decoded:
    return decode(path, probe(path, MACHINE), settings, MACHINE)


def refused(path: Path, settings: DecodeSettings = SETTINGS) -> BadRecording:
    with pytest.raises(BadRecording) as caught:
        decoded(path, settings)
    assert len(caught.value.advice) > 40
    return caught.value


def samples_of(path: Path, track: int = 0, **options: float) -> npt.NDArray[np.float32]:
    windows = list(read_windows(path, track, MACHINE, **options))
    return np.concatenate([window.samples for window in windows], axis=1)


def onset_of(samples: npt.NDArray[np.float32], sample_rate: int = 44100) -> float:
    return float(np.argmax(np.abs(samples[0]) > 0.05)) / sample_rate


def hertz_of(samples: npt.NDArray[np.float32], sample_rate: int = 44100) -> float:
    """The strongest frequency of the last second but a tenth."""
    piece = samples[0, -round(1.1 * sample_rate) : -round(0.1 * sample_rate)]
    return float(np.argmax(np.abs(np.fft.rfft(piece * np.hanning(piece.size)))))


@pytest.mark.parametrize(
    ("make", "late_seconds"),
    [
        (media.make_mp4, 0.0),
        (media.make_8_bit_wav, 0.0),
        (media.make_surround_flac, 0.0),
        (media.make_opus_webm, 0.0),
        (media.make_mp3, 0.0),
        (media.make_damaged_mp3, -0.03),  # the frame that is gone
        (media.make_mp3_with_cover, 0.0),
        (media.make_m4a, 0.0),
        (media.make_alac, 0.0),
        (media.make_wma, 0.046),  # its decoder's delay, which the format does not declare
        (media.make_ts, 0.023),  # AAC's first frame, likewise
        (media.make_clipped_wav, 0.0),
        (media.make_streamed_wav, 0.0),
        (media.make_long_picture, 0.0),
        (media.make_late_audio, 0.0),
        (partial(media.make_late_audio, container="matroska"), 0.0),
        (partial(media.make_late_audio, container="mpegts"), 0.0),
    ],
)
def test_every_recording_keeps_its_length_its_onset_and_its_sound(
    make: Callable[[Path], None], late_seconds: float, tmp_path: Path
) -> None:
    make(tmp_path / "recording")
    found = decoded(tmp_path / "recording")
    samples = samples_of(tmp_path / "recording")
    assert (found.track, found.flags) == (0, ())
    assert found.duration == pytest.approx(media.SECONDS, abs=0.07)
    assert samples.shape == (2, round(found.duration * 44100))
    assert onset_of(samples) == pytest.approx(media.ONSET + late_seconds, abs=0.005)
    assert hertz_of(samples) == pytest.approx(media.HERTZ, abs=1.0)


def test_the_first_audible_track_wins(tmp_path: Path) -> None:
    media.make_two_tracks(tmp_path / "two")
    found = decoded(tmp_path / "two")
    assert (found.track, found.flags) == (1, ("silent_track_skipped",))
    assert hertz_of(samples_of(tmp_path / "two", 1)) == pytest.approx(media.HERTZ, abs=1.0)


def test_mean_deviation_and_peak_are_those_that_the_separation_network_wants(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = (0.1 * rng.standard_normal((2, 30 * 44100)) + [[0.9], [0.5]]).astype(np.float32)
    media.write_wav(tmp_path / "noise.wav", noise)
    found = decoded(tmp_path / "noise.wav")
    reference = noise.astype(np.float64).mean(axis=0)
    assert found.mean == pytest.approx(reference.mean(), abs=1e-9)
    assert found.deviation == pytest.approx(reference.std(ddof=1), rel=1e-6)
    assert found.peak == pytest.approx(float(np.abs(noise).max()))
    assert found.duration == 30.0


def test_a_small_signal_on_a_large_offset_keeps_its_deviation(tmp_path: Path) -> None:
    quiet = media.tone(12.0, onset=0.0, level=0.001) + np.float32(0.9)
    media.write_wav(tmp_path / "offset.wav", quiet)
    assert decoded(tmp_path / "offset.wav").deviation == pytest.approx(0.001 / np.sqrt(2), rel=1e-3)


def test_samples_above_full_scale_are_kept(tmp_path: Path) -> None:
    media.make_clipped_wav(tmp_path / "loud.wav")
    assert decoded(tmp_path / "loud.wav").peak == pytest.approx(1.5, abs=1e-3)
    assert np.abs(samples_of(tmp_path / "loud.wav")).max() == pytest.approx(1.5, abs=1e-3)


def test_samples_that_are_no_numbers_become_zero_and_are_flagged(tmp_path: Path) -> None:
    sound = media.tone(channels=2)
    sound[0, 1000], sound[1, 2000], sound[0, 3000] = np.nan, np.inf, -np.inf
    media.write_wav(tmp_path / "broken.wav", sound)
    found = decoded(tmp_path / "broken.wav")
    samples = samples_of(tmp_path / "broken.wav")
    assert found.flags == ("decoder_errors",)
    assert np.isfinite([found.mean, found.deviation, found.peak]).all()
    assert np.isfinite(samples).all()
    np.testing.assert_allclose(samples[:, 44100:], sound[:, 44100:], atol=1e-6)


def test_one_garbage_sample_is_cut_and_flagged_and_leaves_the_sound_as_it_is(tmp_path: Path) -> None:
    sound = media.tone(channels=2)
    sound[:, 5000] = 1e5
    media.write_wav(tmp_path / "broken.wav", sound)
    found = decoded(tmp_path / "broken.wav")
    assert (found.flags, found.peak) == (("decoder_errors",), 16.0)
    stem_file = tmp_path / "voice.flac"
    windows = read_windows(tmp_path / "broken.wav", 0, MACHINE)
    stem = Stem(stem_file.name, *write_stem(windows, stem_file, peak=found.peak))
    voice = read_stem(stem_file, stem).samples[:, 16100:]
    plain = media.tone(sample_rate=16000)[:, 16100:]
    np.testing.assert_allclose(voice, plain, atol=0.003)


@pytest.mark.parametrize(("channels", "expected"), [(1, 0.25), (2, 0.25)])
def test_mixing_up_or_down_does_not_change_the_level(channels: int, expected: float, tmp_path: Path) -> None:
    media.write_wav(tmp_path / "tone.wav", media.tone(channels=channels))
    for wanted in (1, 2):
        samples = samples_of(tmp_path / "tone.wav", channels=wanted)
        assert samples.shape[0] == wanted
        np.testing.assert_allclose(np.abs(samples).max(axis=1), expected, atol=1e-3)


def test_windows_are_whole_contiguous_read_only_and_follow_one_another(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "tone.wav", media.tone(2.5))
    windows = list(
        read_windows(tmp_path / "tone.wav", 0, MACHINE, sample_rate=16000, channels=1, window_seconds=1.0)
    )
    assert [window.samples.shape for window in windows] == [(1, 16000), (1, 16000), (1, 8000)]
    assert [window.start for window in windows] == [0.0, 1.0, 2.0]
    assert windows[-1].end == 2.5
    assert all(window.samples.flags.c_contiguous for window in windows)
    with pytest.raises(ValueError, match="read-only"):
        windows[0].samples[0, 0] = 1.0


def test_a_hole_in_the_file_is_silence_of_its_length(tmp_path: Path) -> None:
    media.make_gap(tmp_path / "gap", 25.0)
    samples = samples_of(tmp_path / "gap")
    assert samples.shape[1] / 44100 == pytest.approx(26.0, abs=0.06)
    assert not samples[:, 23000 : round(25.4 * 44100)].any()
    assert np.abs(samples[:, -20000:]).max() == pytest.approx(0.25, abs=0.01)


def test_a_recording_mostly_hole_needs_no_more_memory(tmp_path: Path) -> None:
    media.make_gap(tmp_path / "gap", 7200.0)
    tight = MachineSettings(decoder_memory_mb=512)
    assert sum(1 for _ in read_windows(tmp_path / "gap", 0, tight)) == 721


@pytest.mark.parametrize("make", [media.make_silence, media.make_constant_offset])
def test_a_recording_without_sound_is_silent(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "nothing.wav")
    assert refused(tmp_path / "nothing.wav").reason == "silent"


@pytest.mark.parametrize("codec", ["flac", "libmp3lame"])
def test_an_offset_stays_silent_through_a_codec(codec: str, tmp_path: Path) -> None:
    offset = np.full((1, 3 * 48000), 0.25, np.float32)
    media.encode(tmp_path / "offset", offset, "-c:a", codec, "-f", "matroska", sample_rate=48000)
    assert refused(tmp_path / "offset").reason == "silent"


def test_a_whisper_is_not_silence() -> None:
    noise = np.zeros((2, 44100), np.float32)
    noise[1, 10000:30000] = 1e-3 * np.random.default_rng(0).standard_normal(20000)
    assert -64 < loudest_dbfs(noise, 44100) < -59
    assert loudest_dbfs(noise[:, :30], 44100) == -np.inf


def test_a_click_is_not_sound() -> None:
    click = np.zeros((1, 44100), np.float32)
    click[0, 22222] = 1.0
    assert loudest_dbfs(click, 44100) == -np.inf


@pytest.mark.parametrize("rest_seconds", [0.05, 0.1, 0.15, 0.25, 0.35])
def test_a_click_at_the_very_end_is_not_sound(rest_seconds: float, tmp_path: Path) -> None:
    click = np.zeros((1, round((10 + rest_seconds) * 44100)), np.float32)
    click[0, -100] = 1.0
    media.write_wav(tmp_path / "click.wav", click)
    assert refused(tmp_path / "click.wav").reason == "silent"


def test_sound_across_the_border_of_two_windows_is_heard_whole(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "late.wav", media.tone(10.2, onset=9.95))
    assert decoded(tmp_path / "late.wav").duration == pytest.approx(10.2)


def test_a_blip_is_too_short(tmp_path: Path) -> None:
    media.make_blip(tmp_path / "blip.wav")
    assert refused(tmp_path / "blip.wav").reason == "too_short"
    media.write_wav(tmp_path / "none.wav", np.zeros((1, 0), np.float32))
    assert refused(tmp_path / "none.wav").reason == "too_short"


def test_a_recording_declared_too_long_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    media.make_mp4(tmp_path / "long.mp4")
    found = probe(tmp_path / "long.mp4", MACHINE)
    with pytest.raises(BadRecording, match="too_long"):
        decode(tmp_path / "long.mp4", found, DecodeSettings(max_hours=2 / 3600), MACHINE, program="/nonexistent")


def test_a_recording_that_turns_out_too_long_is_refused_while_it_is_decoded(tmp_path: Path) -> None:
    media.make_streamed_wav(tmp_path / "long.wav")
    assert refused(tmp_path / "long.wav", DecodeSettings(max_hours=2 / 3600)).reason == "too_long"


@pytest.mark.parametrize("make", [media.make_half_mp4, media.make_half_webm])
def test_a_cut_recording_is_truncated(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "half")
    assert refused(tmp_path / "half").reason == "truncated"


@pytest.mark.parametrize("codec", ["flac", "libmp3lame"])
def test_cut_sound_files_are_truncated(codec: str, tmp_path: Path) -> None:
    file = tmp_path / "talk"
    media.encode(file, media.tone(8.0), "-c:a", codec, "-f", codec.removeprefix("lib").removesuffix("lame"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    assert refused(file).reason == "truncated"


@pytest.mark.parametrize(("codec", "container"), [("libmp3lame", "avi"), ("wmav2", "asf")])
def test_a_cut_video_with_one_duration_for_all_its_streams_is_truncated(
    codec: str, container: str, tmp_path: Path
) -> None:
    file = tmp_path / "film"
    media.encode(file, media.tone(8.0), "-c:a", codec, "-f", container, picture=8.0)
    assert decoded(file).duration == pytest.approx(8.0, abs=0.2)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert refused(file).reason == "truncated"


def test_a_little_less_than_declared_is_flagged(tmp_path: Path) -> None:
    sound = media.tone()
    media.write_wav(tmp_path / "talk.wav", sound, data_bytes=sound.nbytes + 20000 * 4)
    found = decoded(tmp_path / "talk.wav")
    assert (found.flags, found.duration) == (("shorter_than_declared",), media.SECONDS)


def test_damage_in_the_middle_is_flagged_and_keeps_the_rest_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "talk.m4a"
    media.encode(file, media.tone(8.0, onset=6.0), "-c:a", "aac", "-b:a", "64k", "-f", "ipod")
    data = bytearray(file.read_bytes())
    data[8000:9500] = np.random.default_rng(0).bytes(1500)
    file.write_bytes(data)
    found = decoded(file)
    assert "decoder_errors" in found.flags
    assert found.duration == pytest.approx(8.0, abs=0.1)
    assert hertz_of(samples_of(file)) == pytest.approx(media.HERTZ, abs=1.0)


def test_a_cut_right_behind_the_index_is_truncated(tmp_path: Path) -> None:
    file = tmp_path / "talk.mp4"
    media.encode(file, media.tone(), "-c:a", "aac", "-movflags", "+faststart", "-f", "mp4")
    file.write_bytes(file.read_bytes().partition(b"mdat")[0] + b"mdat")
    assert refused(file).reason == "truncated"


def test_protected_sound_is_unreadable(tmp_path: Path) -> None:
    lock = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "01" * 16, "-encryption_kid", "02" * 16]
    media.encode(tmp_path / "talk.mp4", media.tone(), "-c:a", "aac", *lock, "-f", "mp4")
    assert refused(tmp_path / "talk.mp4").reason == "unreadable"


def a_program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\necho $$ > {path}.pid\n{text}\n")
    path.chmod(0o755)
    return str(path)


def is_running(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exec sleep 60", "timeout"),
        ("exec yes >&2", "timeout"),
        ("kill -9 $$", "crashed"),
        ("exit 1", "unreadable"),
    ],
)
def test_a_decoder_that_hangs_or_dies_takes_only_its_recording_with_it(
    text: str, reason: str, tmp_path: Path
) -> None:
    media.make_silence(tmp_path / "talk.wav")
    program = a_program(tmp_path / "decoder", text)
    machine = MachineSettings(stall_seconds=0.5 if reason == "timeout" else 60.0)
    found = probe(tmp_path / "talk.wav", MACHINE)
    pipes = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(BadRecording) as caught:
        decode(tmp_path / "talk.wav", found, SETTINGS, machine, program=program)
    assert caught.value.reason == reason
    assert not is_running(tmp_path / "decoder.pid")
    assert len(list(Path("/proc/self/fd").iterdir())) == pipes


def test_closing_the_windows_ends_the_decoder(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "talk.wav", media.tone(60.0))
    program = a_program(tmp_path / "decoder", f'exec "{executable()}" "$@"')
    pipes = len(list(Path("/proc/self/fd").iterdir()))
    windows = read_windows(tmp_path / "talk.wav", 0, MACHINE, program=program, window_seconds=1.0)
    next(windows)
    assert is_running(tmp_path / "decoder.pid")
    windows.close()
    assert not is_running(tmp_path / "decoder.pid")
    assert len(list(Path("/proc/self/fd").iterdir())) == pipes


def test_a_decoder_out_of_memory_is_a_crash(tmp_path: Path) -> None:
    media.make_mp4(tmp_path / "talk.mp4")
    found = probe(tmp_path / "talk.mp4", MACHINE)
    with pytest.raises(BadRecording) as caught:
        decode(tmp_path / "talk.mp4", found, SETTINGS, MachineSettings(decoder_memory_mb=64))
    assert caught.value.reason == "crashed"


@pytest.mark.parametrize("make", [media.make_mp4, media.make_ts, media.make_wma, media.make_damaged_mp3])
@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 44100, 48000])
def test_a_second_pass_is_as_long_as_the_first_at_any_rate(
    make: Callable[[Path], None], sample_rate: int, tmp_path: Path
) -> None:
    make(tmp_path / "talk")
    expected = decoded(tmp_path / "talk").duration
    windows = list(read_windows(tmp_path / "talk", 0, MACHINE, sample_rate=sample_rate, expected=expected))
    assert windows[-1].end == pytest.approx(expected, abs=2 / sample_rate)


def test_a_gap_is_as_long_in_every_pass(tmp_path: Path) -> None:
    media.make_gap(tmp_path / "gap", 25.0)
    expected = decoded(tmp_path / "gap").duration
    assert read_whole(tmp_path / "gap", 0, MACHINE, expected=expected).end == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("status", "reason"), [(1, "crashed"), (0, "unreadable")])
def test_a_second_pass_that_ends_early_is_not_taken_for_the_recording(
    status: int, reason: str, tmp_path: Path
) -> None:
    media.write_wav(tmp_path / "talk.wav", media.tone(8.0))
    program = a_program(tmp_path / "decoder", f'"{executable()}" "$@" | head -c 1000000; exit {status}')
    talk, found = tmp_path / "talk.wav", tmp_path / "voice.flac"
    assert list(read_windows(talk, 0, MACHINE, program=program))[-1].end < 4
    with pytest.raises(BadRecording, match=r"8\.00 the first time") as caught:
        write_stem(read_windows(talk, 0, MACHINE, expected=8.0, program=program), found, peak=0.25)
    assert caught.value.reason == reason
    assert not found.exists()
    with pytest.raises(BadRecording) as caught:
        read_whole(talk, 0, MACHINE, sample_rate=44100, expected=8.0, program=program)
    assert caught.value.reason == reason


def test_a_second_pass_that_gives_more_than_the_first_is_stopped(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "talk.wav", media.tone(60.0))
    program = a_program(tmp_path / "decoder", f'exec "{executable()}" "$@"')
    for expected in (8.0, 60.0 - 3 / 44100):
        with pytest.raises(BadRecording, match="unreadable"):
            list(read_windows(tmp_path / "talk.wav", 0, MACHINE, expected=expected, program=program))
        assert not is_running(tmp_path / "decoder.pid")


def test_closing_windows_of_a_known_length_ends_the_decoder(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "talk.wav", media.tone(60.0))
    program = a_program(tmp_path / "decoder", f'exec "{executable()}" "$@"')
    windows = read_windows(tmp_path / "talk.wav", 0, MACHINE, expected=60.0, program=program)
    next(windows)
    assert is_running(tmp_path / "decoder.pid")
    windows.close()
    assert not is_running(tmp_path / "decoder.pid")


def test_a_whole_recording_is_its_windows_in_one_piece(tmp_path: Path) -> None:
    media.make_mp4(tmp_path / "talk")
    expected = decoded(tmp_path / "talk").duration
    whole = read_whole(tmp_path / "talk", 0, MACHINE, expected=expected)
    pieces = samples_of(tmp_path / "talk", sample_rate=16000, channels=1)
    assert whole.samples.shape == (1, round(expected * 16000)) and whole.sample_rate == 16000
    shared = min(pieces.shape[1], whole.samples.shape[1])
    np.testing.assert_array_equal(whole.samples[:, :shared], pieces[:, :shared])
    assert not whole.samples[:, shared:].any()


def test_a_whole_recording_needs_little_more_memory_than_its_samples(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "talk.wav", np.zeros((1, 600 * 8000), np.float32), sample_rate=8000)
    tracemalloc.start()
    try:
        whole = read_whole(tmp_path / "talk.wav", 0, MACHINE, expected=600.0)
        assert tracemalloc.get_traced_memory()[1] < 1.2 * whole.samples.nbytes
    finally:
        tracemalloc.stop()
