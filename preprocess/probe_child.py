"""The child of `probe`: opens a hostile file so that our own process need not.

Run as a script, isolated (`python -I`), with the file as standard input and the allow-lists as arguments. It
writes one JSON object: what the container says, or `{"refused": …}`. It imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import av
import av.logging
from av.stream import Disposition

OWN_DURATION = {"mov", "mp3", "wav", "w64", "aiff", "au", "caf", "flac", "ape", "wv", "tta", "tak", "mpc", "mpc8"}
"""Containers whose header says how long each audio stream is. Others copy or guess the stream's duration."""

WEAKLY_MARKED = {
    *("mp3", "aac", "ac3", "eac3", "dts", "truehd", "amr", "mpeg", "mpegvideo", "h264", "hevc", "m4v", "dv"),
}
"""Formats told by a few bits that noise contains too: they must decode before we believe them."""

TRACKS_AT_MOST = 64
PACKETS_TRIED = 200
FRAMES_WANTED = 3


def describe(protocols: str, formats: str) -> dict[str, Any]:
    """The container on standard input, as plain data; seconds count from the container's start."""
    options = {"fd": "0", "protocol_whitelist": protocols, "format_whitelist": formats}
    av.logging.set_level(av.logging.WARNING)
    with (
        av.logging.Capture(local=False) as messages,
        av.open("fd:", options=options, metadata_errors="replace") as container,
    ):
        name = container.format.name.split(",")[0]
        said = " ".join(message for _, _, message in messages)
        if "Skipped opening external track" in said:
            return {"refused": "external"}
        guessed = "Estimating duration from bitrate" in said
        videos = [stream for stream in container.streams.video if not _is_cover(stream)]
        audios = list(container.streams.audio)[:TRACKS_AT_MOST]
        origin = (container.start_time or 0) / av.time_base
        result = {
            "container": name,
            "duration": None if guessed or container.duration is None else container.duration / av.time_base,
            "has_video": bool(videos),
            "tracks": [_track(index, stream, name, origin, guessed) for index, stream in enumerate(audios)],
        }
        if name in WEAKLY_MARKED and not _decodes(container, (audios or videos)[:1]):
            return {"refused": "noise"}
        return result


def _track(index: int, stream: Any, container: str, origin: float, guessed: bool) -> dict[str, Any]:
    context = stream.codec_context
    start = 0.0
    if stream.start_time is not None and stream.time_base is not None:
        start = max(0.0, float(stream.start_time * stream.time_base) - origin)
    duration = None
    if container == "matroska":
        end = _clock(stream.metadata.get("DURATION", ""))
        duration = None if end is None else max(0.0, end - origin - start)
    elif container in OWN_DURATION and not guessed and stream.duration:
        duration = float(stream.duration * stream.time_base)
    return {
        "index": index,
        "codec": context.codec.canonical_name if context is not None else "unknown",
        "sample_rate": context.sample_rate if context is not None else 0,
        "channels": context.channels if context is not None else 0,
        "start": start,
        "duration": duration,
    }


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _clock(text: str) -> float | None:
    """Seconds of `01:02:03.456`; None for anything else."""
    try:
        hours, minutes, seconds = text.strip("\x00 ").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _decodes(container: Any, streams: list[Any]) -> bool:
    """Whether a few packets of a stream give frames; damage before and between them is allowed for."""
    if not streams or streams[0].codec_context is None:
        return False
    frames = 0
    for count, packet in enumerate(container.demux(streams)):
        try:
            frames += len(packet.decode())
        except av.FFmpegError:
            continue
        if frames >= FRAMES_WANTED or count >= PACKETS_TRIED:
            break
    return frames >= 1


def main() -> None:
    try:
        result = describe(*sys.argv[1:3])
    except (av.FFmpegError, ValueError) as error:
        result = {"refused": "invalid", "message": str(error)}
    except MemoryError:
        sys.exit(3)
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
