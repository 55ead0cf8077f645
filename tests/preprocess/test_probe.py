from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BadRecording
from core.settings import MachineSettings
from core.types import Media
from preprocess.ffmpeg import executable
from preprocess.probe import probe
from tests import media

MACHINE = MachineSettings()


def refused(path: Path, machine: MachineSettings = MACHINE, *child: str) -> BadRecording:
    with pytest.raises(BadRecording) as caught:
        probe(path, machine, **({"child": child} if child else {}))
    assert len(caught.value.advice) > 40
    return caught.value


def look_at(make: Callable[[Path], None], path: Path) -> Media:
    make(path)
    return probe(path, MACHINE)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (media.make_empty, "empty"),
        (media.make_text, "not_media"),
        (media.make_random_bytes, "not_media"),
        (media.make_cut_mp4, "truncated"),
        (media.make_overpromising_wav, "truncated"),
        (media.make_mp4_without_audio, "no_audio"),
        (media.make_directory, "directory"),
        (media.make_fifo, "unreadable"),
        (media.make_unreadable, "unreadable"),
        (media.make_heic, "still_image"),
    ],
)
@pytest.mark.parametrize("name", ["talk.mp4", "no suffix"])
def test_what_is_no_recording_is_refused_with_its_own_reason(
    make: Callable[[Path], None], reason: str, name: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    assert refused(tmp_path / name).reason == reason


@pytest.mark.parametrize(
    "text",
    ["file a complaint\n", "https is a protocol\n", "<?xml version='1.0'?><rss/>", "v=1\n", "{}", "\0", "RIFF"],
)
def test_text_that_only_looks_like_a_playlist_is_no_media(text: str, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text(text)
    assert refused(tmp_path / "notes").reason in ("not_media", "truncated")


@pytest.mark.parametrize("seed", range(1, 6))
def test_noise_is_never_taken_for_a_recording(seed: int, tmp_path: Path) -> None:
    media.make_random_bytes(tmp_path / "noise.mp3", seed)
    assert refused(tmp_path / "noise.mp3").reason == "not_media"


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_a_picture_is_refused_under_any_name(kind: str, tmp_path: Path) -> None:
    media.make_picture(tmp_path / "talk.mp4", kind)
    assert refused(tmp_path / "talk.mp4").reason == "still_image"


def test_a_song_with_cover_art_is_no_picture(tmp_path: Path) -> None:
    found = look_at(media.make_mp3_with_cover, tmp_path / "song")
    assert (found.container, found.has_video, len(found.tracks)) == ("mp3", False, 1)


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, list[object]]]:
    """An address, and who connected to it."""
    visitors: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, visitor = server.accept()
                    visitors.append(visitor)
                    connection.close()

        threading.Thread(target=wait, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts", visitors


@pytest.mark.parametrize("kind", media.PLAYLISTS)
@pytest.mark.parametrize("name", ["talk.mp4", "list.m3u8", "no suffix"])
def test_a_playlist_is_refused_and_no_address_in_it_is_asked(kind: str, name: str, tmp_path: Path) -> None:
    with listening() as (address, visitors):
        media.make_playlist(tmp_path / name, kind, address)
        assert refused(tmp_path / name).reason == "playlist"
        assert visitors == []


@contextlib.contextmanager
def waiting_for_readers(path: Path) -> Iterator[list[Path]]:
    """A named pipe at `path`, and who opened it to read: access times would not do, they may be switched off."""
    readers: list[Path] = []
    over = threading.Event()
    os.mkfifo(path)

    def wait() -> None:
        while True:
            with path.open("wb"):  # waits until somebody opens the other end
                if over.is_set():
                    return
                readers.append(path)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    try:
        yield readers
    finally:
        over.set()
        end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # lets the waiter through, however far it is
        waiter.join(10)
        os.close(end)


def test_who_reads_a_file_that_a_playlist_names_would_be_seen(tmp_path: Path) -> None:
    with waiting_for_readers(tmp_path / "secret.mp3") as readers:
        media.make_playlist(tmp_path / "talk.mp4", "ffconcat", str(tmp_path / "secret.mp3"))
        reading = ("-safe", "0", "-f", "concat", "-i", str(tmp_path / "talk.mp4"))
        unguarded = [executable(), *reading, "-f", "null", "-"]
        assert subprocess.run(unguarded, capture_output=True, timeout=60, check=False).returncode != 0
        assert readers != []


@pytest.mark.parametrize("kind", media.PLAYLISTS)
def test_no_file_that_a_playlist_names_is_read(kind: str, tmp_path: Path) -> None:
    with waiting_for_readers(tmp_path / "secret.mp3") as readers:
        media.make_playlist(tmp_path / "talk.mp4", kind, str(tmp_path / "secret.mp3"))
        assert refused(tmp_path / "talk.mp4").reason == "playlist"
        assert readers == []


def test_a_film_whose_sound_lies_in_another_file_is_refused(tmp_path: Path) -> None:
    media.make_m4a(tmp_path / "secret.m4a")
    media.make_external_mov(tmp_path / "talk.mov", tmp_path / "secret.m4a")
    assert refused(tmp_path / "talk.mov").reason == "playlist"


def test_the_name_of_a_file_is_never_read_as_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a|b", "pipe:0", "-i", "http:", "two\nlines", os.fsdecode(b"\xff.wav")):
        media.make_mp3(tmp_path / "song")
        (tmp_path / "song").rename(name)
        assert probe(Path(name), MACHINE).container == "mp3"


def test_a_wav_that_was_written_into_a_pipe_has_no_known_length(tmp_path: Path) -> None:
    for size in (0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        media.write_wav(tmp_path / "talk.wav", media.tone(), data_bytes=size)
        found = probe(tmp_path / "talk.wav", MACHINE)
        assert (found.duration, found.tracks[0].duration) == (None, None)


def test_a_wav_that_lost_its_last_half_second_is_left_to_the_decoder(tmp_path: Path) -> None:
    media.write_wav(tmp_path / "talk.wav", media.tone(), data_bytes=round(3.5 * 44100) * 4)
    assert probe(tmp_path / "talk.wav", MACHINE).container == "wav"


def test_tracks_are_described_from_the_start_of_the_container(tmp_path: Path) -> None:
    found = look_at(media.make_late_audio, tmp_path / "late")
    (track,) = found.tracks
    assert (found.container, found.has_video, track.codec, track.channels) == ("mov", True, "aac", 1)
    assert track.start == pytest.approx(media.ONSET, abs=0.03)
    assert track.duration == pytest.approx(media.SECONDS - media.ONSET, abs=0.05)
    assert found.duration == pytest.approx(media.SECONDS, abs=0.1)
    assert found.size_bytes == (tmp_path / "late").stat().st_size


def test_every_audio_track_is_counted_from_zero(tmp_path: Path) -> None:
    found = look_at(media.make_two_tracks, tmp_path / "two")
    assert [(track.index, track.codec) for track in found.tracks] == [(0, "flac"), (1, "flac")]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; time.sleep(60)", "timeout"),
        ("while True: pass", "timeout"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed"),
        ("bytearray(1 << 40)", "crashed"),
        ("raise SystemExit(1)", "crashed"),
    ],
)
def test_a_reader_that_hangs_or_dies_takes_only_its_recording_with_it(
    program: str, reason: str, tmp_path: Path
) -> None:
    media.make_silence(tmp_path / "talk.wav")
    machine = MachineSettings(probe_seconds=0.7 if reason == "timeout" else 60.0)
    assert refused(tmp_path / "talk.wav", machine, sys.executable, "-c", program).reason == reason
