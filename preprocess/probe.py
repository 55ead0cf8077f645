"""Look at a media file without trusting it: what the container says, or why it cannot be drafted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadRecording
from core.settings import MachineSettings
from core.types import AudioTrack, Media
from preprocess.ffmpeg import DEMUXERS, PROTOCOL, kill, limit, open_regular
from preprocess.signatures import HEAD_BYTES, header_seconds, is_container, is_picture, is_playlist, wav_promise

VERSION = 1

CHILD = (sys.executable, "-I", str(Path(__file__).with_name("probe_child.py")))

_PLAYLIST = (
    "This file holds no sound itself, it only names other files or addresses, and those are never followed. "
    "Send the recordings that it names."
)


def probe(path: Path, machine: MachineSettings, *, child: Sequence[str] = CHILD) -> Media:
    """What the container at `path` says of itself. Its bytes alone decide, never its name.

    The container is opened by a child process with limits on time and memory; `child` is its command line.
    Raises BadRecording: directory, unreadable, empty, playlist, still_image, not_media, truncated, no_audio,
    timeout or crashed.
    """
    descriptor = open_regular(path)
    with os.fdopen(descriptor, "rb") as file:
        size_bytes = os.fstat(descriptor).st_size
        head = _head(file)
        _reject_what_is_no_container(head, size_bytes)
        promise = wav_promise(file, size_bytes)
        if promise is not None and shortfall(promise[0], promise[1]):
            raise BadRecording(
                "truncated",
                f"The header promises {promise[0]:.0f} seconds of sound, but the file holds only "
                f"{promise[1]:.0f}. Copy the recording again from its source.",
            )
        os.lseek(descriptor, 0, os.SEEK_SET)  # the child shares this position; `file` only moved its own buffer
        said = _ask_child(descriptor, machine, child)
    if "refused" in said:
        raise _refusal(said["refused"], head)
    media = _media(said, size_bytes, promise, header_seconds(head))
    if not media.tracks:
        raise BadRecording(
            "no_audio",
            "This file has no sound. Export the video again with its audio track, or send the track itself."
            if media.has_video
            else "There is no audio track in this file. Send the file that holds the sound.",
        )
    return media


def shortfall(declared: float, found: float) -> bool:
    """Whether `found` seconds are so far from the `declared` that the file must have been cut: 1 s and 1 %."""
    return declared - found > max(1.0, 0.01 * declared)


def _head(file: Any) -> bytes:
    try:
        return bytes(file.read(HEAD_BYTES))
    except OSError as error:
        raise BadRecording(
            "unreadable",
            f"Reading the file failed ({error.strerror}). Copy it to a healthy local disk and try again.",
        ) from error


def _reject_what_is_no_container(head: bytes, size_bytes: int) -> None:
    if not size_bytes:
        raise BadRecording(
            "empty", "The file holds no bytes. The upload or copy probably failed; send the recording again."
        )
    if is_playlist(head):
        raise BadRecording("playlist", _PLAYLIST)
    if is_picture(head):
        raise BadRecording("still_image", "This is a picture; there is nothing to hear in it. Send the recording.")


def _ask_child(descriptor: int, machine: MachineSettings, child: Sequence[str]) -> dict[str, Any]:
    process = subprocess.Popen(
        [*child, PROTOCOL, ",".join(DEMUXERS)],
        stdin=descriptor,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"MALLOC_ARENA_MAX": "2"},
    )
    try:
        limit(process.pid, machine.decoder_memory_mb, int(machine.probe_seconds) + 1)
        output, _ = process.communicate(timeout=machine.probe_seconds)
    except subprocess.TimeoutExpired:
        raise BadRecording(
            "timeout",
            f"Reading the file's structure took more than {machine.probe_seconds:.0f} seconds and was stopped. "
            "Convert the recording to MP4 with AAC sound and send that.",
        ) from None
    finally:
        kill(process)
        if process.stdout:
            process.stdout.close()
    if process.returncode:
        raise BadRecording(
            "crashed",
            "The media library broke down while it opened this file, which is damaged or malicious. Convert the "
            "recording to MP4 with AAC sound and send that.",
        )
    said: dict[str, Any] = json.loads(output)
    return said


def _refusal(refused: str, head: bytes) -> BadRecording:
    if refused == "external":
        return BadRecording("playlist", _PLAYLIST)
    if refused == "invalid" and is_container(head):
        return BadRecording(
            "truncated",
            "The file begins like a recording but cannot be opened: its index is missing or damaged, as when an "
            "upload stops early. Copy the recording again from its source.",
        )
    return BadRecording(
        "not_media",
        "This is no sound or video file that we know. Send the recording as MP4, WebM, WAV, FLAC, MP3 or M4A.",
    )


def _media(
    said: dict[str, Any], size_bytes: int, promise: tuple[float, float] | None, header: float | None
) -> Media:
    """`said` as our own type, corrected by what the headers of WAV (`promise`), AVI and ASF declare themselves."""
    duration, tracks = said["duration"], said["tracks"]
    if said["container"] == "wav":  # the library takes what the file holds for what the header declares
        duration = promise[0] if promise else None
        tracks = [track | {"duration": duration} for track in tracks]
    if header:
        duration = max(header, duration or 0.0)
    return Media(
        container=said["container"],
        duration=duration,
        size_bytes=size_bytes,
        has_video=said["has_video"],
        tracks=tuple(AudioTrack(**track) for track in tracks),
    )
