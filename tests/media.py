"""Makers of the media files that tests need: `make_…(path)` writes one, sound or unsound, to exactly that path.

What they make by default is `SECONDS` long: silence, then from `ONSET` on a tone of `HERTZ`.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from preprocess.ffmpeg import executable

SECONDS = 3.0
ONSET = 1.0
HERTZ = 440.0

Samples = npt.NDArray[np.float32]


def tone(
    seconds: float = SECONDS,
    *,
    onset: float = ONSET,
    hertz: float = HERTZ,
    level: float = 0.25,
    sample_rate: int = 44100,
    channels: int = 1,
) -> Samples:
    """(channels, time) samples: silence, then from `onset` on a sine of peak `level`."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    wave = np.where(times >= onset, level * np.sin(2 * np.pi * hertz * times), 0.0)
    return np.tile(wave.astype(np.float32), (channels, 1))


def encode(path: Path, samples: Samples, *options: str, sample_rate: int = 44100, picture: float = 0.0) -> None:
    """Encode `samples` by the bundled ffmpeg with its `options`; `picture` adds so many seconds of video."""
    video = ["-f", "lavfi", "-i", f"testsrc=duration={picture}:size=64x48:rate=10"] if picture else []
    codecs = ["-map", "1:v", "-c:v", "mpeg4", "-map", "0:a"] if picture else []
    _ffmpeg(
        *("-f", "f32le", "-ar", str(sample_rate), "-ac", str(samples.shape[0]), "-i", "pipe:0"),
        *(*video, *codecs, *options),
        path=path,
        data=np.ascontiguousarray(samples.T, "<f4").tobytes(),
    )


def write_wav(path: Path, samples: Samples, *, sample_rate: int = 44100, data_bytes: int | None = None) -> None:
    """A 32-bit float WAV; `data_bytes` is what its header says instead of the truth."""
    data = np.ascontiguousarray(samples.T, "<f4").tobytes()
    declared = len(data) if data_bytes is None else data_bytes
    frame = 4 * samples.shape[0]
    form = struct.pack("<HHIIHH", 3, samples.shape[0], sample_rate, sample_rate * frame, frame, 32)
    riff = min(declared + 36, 0xFFFFFFFF)
    header = b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data"
    path.write_bytes(header + struct.pack("<I", declared) + data)


def samples_of(path: Path) -> npt.NDArray[np.float32]:
    """What the bundled ffmpeg decodes of a mono file, at the file's own rate."""
    command = [executable(), "-loglevel", "error", "-i", f"file:{path}", "-f", "f32le", "-ac", "1", "pipe:1"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)


def make_mp4(path: Path) -> None:
    encode(path, tone(), "-c:a", "aac", "-f", "mp4", picture=SECONDS)


# What must simply work.


def make_8_bit_wav(path: Path) -> None:
    encode(path, tone(sample_rate=8000), "-c:a", "pcm_u8", "-f", "wav", sample_rate=8000)


def make_surround_flac(path: Path) -> None:
    encode(path, tone(sample_rate=96000, channels=6), "-c:a", "flac", "-f", "flac", sample_rate=96000)


def make_opus_webm(path: Path) -> None:
    encode(path, tone(sample_rate=48000), "-c:a", "libopus", "-f", "webm", sample_rate=48000)


def make_mp3(path: Path) -> None:
    encode(path, tone(), "-c:a", "libmp3lame", "-f", "mp3")


def make_damaged_mp3(path: Path) -> None:
    """An MP3 whose first 600 bytes, tag and first frame among them, are noise."""
    make_mp3(path)
    data = path.read_bytes()
    path.write_bytes(np.random.default_rng(0).bytes(600) + data[600:])


def make_mp3_with_cover(path: Path) -> None:
    cover = path.with_name(path.name + ".cover.png")
    Image.new("RGB", (32, 32), "navy").save(cover)
    _ffmpeg(
        *(
            "-f",
            "f32le",
            "-ar",
            "44100",
            "-ac",
            "1",
            "-i",
            "pipe:0",
            "-i",
            str(cover),
            "-map",
            "0:a",
            "-map",
            "1:v",
        ),
        *("-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic", "-f", "mp3"),
        path=path,
        data=tone().tobytes(),
    )
    cover.unlink()


def make_m4a(path: Path) -> None:
    encode(path, tone(), "-c:a", "aac", "-f", "ipod")


def make_alac(path: Path) -> None:
    encode(path, tone(), "-c:a", "alac", "-f", "ipod")


def make_wma(path: Path) -> None:
    encode(path, tone(), "-c:a", "wmav2", "-f", "asf")


def make_ts(path: Path) -> None:
    encode(path, tone(), "-c:a", "aac", "-f", "mpegts", picture=SECONDS)


def make_clipped_wav(path: Path) -> None:
    """Float samples that go up to 1.5."""
    write_wav(path, tone(level=1.5))


def make_streamed_wav(path: Path) -> None:
    """As written by a program into a pipe: its length is a placeholder."""
    write_wav(path, tone(), data_bytes=0xFFFFFFFF)


def make_two_tracks(path: Path) -> None:
    """The first track is digital silence, the second has the tone."""
    stereo = np.concatenate([np.zeros_like(tone()), tone()])
    split = "[0:a]channelsplit=channel_layout=stereo[silence][sound]"
    encode(
        path,
        stereo,
        *("-filter_complex", split, "-map", "[silence]", "-map", "[sound]", "-c:a", "flac", "-f", "matroska"),
    )


def make_late_audio(path: Path, container: str = "mp4") -> None:
    """A picture from 0 on; the sound, which is all tone, begins at ONSET."""
    sound = tone(SECONDS - ONSET, onset=0.0)
    encode(path, sound, "-af", f"asetpts=PTS+{ONSET}/TB", "-c:a", "aac", "-f", container, picture=SECONDS)


def make_gap(path: Path, gap_seconds: float = 5.0) -> None:
    """Half a second of tone, `gap_seconds` for which the file has no packets, half a second of tone."""
    encode(
        path,
        tone(1.0, onset=0.0),
        *("-af", f"asetnsamples=2205,asetpts=PTS+gte(T\\,0.5)*{gap_seconds}/TB"),
        *("-c:a", "pcm_s16le", "-f", "matroska"),
    )


def make_long_picture(path: Path) -> None:
    """Video that goes on for three seconds after the sound has ended."""
    encode(path, tone(), "-c:a", "aac", "-f", "mp4", picture=SECONDS + 3)


# What must be refused, each with its own reason.


def make_empty(path: Path) -> None:
    path.write_bytes(b"")


def make_text(path: Path) -> None:
    path.write_text("Minutes of the meeting: nothing was recorded.\n" * 50)


def make_random_bytes(path: Path, seed: int = 0) -> None:
    path.write_bytes(np.random.default_rng(seed).bytes(100_000))


def make_cut_mp4(path: Path) -> None:
    make_mp4(path)
    path.write_bytes(path.read_bytes()[:700])


def make_half_mp4(path: Path) -> None:
    """Its index stands first and is whole; half of the sound is gone."""
    encode(path, tone(8.0), "-c:a", "aac", "-movflags", "+faststart", "-f", "mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_half_webm(path: Path) -> None:
    encode(path, tone(8.0, sample_rate=48000), "-c:a", "libopus", "-f", "webm", sample_rate=48000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_mp4_without_audio(path: Path) -> None:
    _ffmpeg(*("-f", "lavfi", "-i", "testsrc=duration=1:size=64x48:rate=10"), *("-f", "mp4"), path=path)


def make_silence(path: Path) -> None:
    write_wav(path, np.zeros((1, 2 * 44100), np.float32))


def make_constant_offset(path: Path) -> None:
    write_wav(path, np.full((1, 2 * 44100), 0.25, np.float32))


def make_blip(path: Path) -> None:
    """0.05 s of tone."""
    write_wav(path, tone(0.05, onset=0.0))


def make_overpromising_wav(path: Path) -> None:
    """The header promises three hours; three seconds are there."""
    write_wav(path, tone(), data_bytes=3 * 3600 * 44100 * 4)


def make_directory(path: Path) -> None:
    path.mkdir()


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_unreadable(path: Path) -> None:
    """Mode 0; for root, whom no mode stops, a link that leads to itself."""
    if os.geteuid():
        path.write_bytes(b"RIFF")
        path.chmod(0)
    else:
        path.symlink_to(path)


def make_picture(path: Path, format: str = "png") -> None:
    Image.new("RGB", (64, 48), "teal").save(path, format)


def make_heic(path: Path) -> None:
    """The start of one: no encoder for it is at hand."""
    path.write_bytes(struct.pack(">I4s4sI8s", 24, b"ftyp", b"heic", 0, b"mif1heic") + bytes(1000))


PLAYLISTS: Mapping[str, Callable[[str], bytes]] = {
    "m3u8": lambda target: (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + target.encode() + b"\n#EXT-X-ENDLIST\n"
    ),
    "m3u8 with mark": lambda target: ("\ufeff\r\n #EXTM3U\r\n#EXTINF:10,\r\n" + target + "\r\n").encode(),
    "m3u8 in UTF-16": lambda target: ("#EXTM3U\n#EXTINF:10,\n" + target + "\n").encode("utf-16"),
    "bare address": lambda target: f"http://{target.removeprefix('http://').lstrip('/')}\n".encode(),
    "ffconcat": lambda target: f"ffconcat version 1.0\nfile '{target}'\n".encode(),
    "concat list": lambda target: f"# made by hand\nfile '{target}'\n".encode(),
    "pls": lambda target: f"[playlist]\nFile1={target}\nNumberOfEntries=1\n".encode(),
    "dash": lambda target: (
        '<?xml version="1.0"?>\n<!-- a manifest -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="64000" codecs="mp4a.40.2">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ).encode(),
    "smil": lambda target: f'<smil><body><audio src="{target}"/></body></smil>'.encode(),
    "asx": lambda target: f'<ASX version="3.0"><Entry><Ref href="{target}"/></Entry></ASX>'.encode(),
    "xspf": lambda target: (
        '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>'
        f"{target}</location></track></trackList></playlist>"
    ).encode(),
    "smooth": lambda target: (
        f'<SmoothStreamingMedia MajorVersion="2"><StreamIndex Url="{target}"/></SmoothStreamingMedia>'
    ).encode(),
    "sdp": lambda target: f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={target}\nm=audio 5004 RTP/AVP 0\n".encode(),
}


def make_playlist(path: Path, kind: str, target: str) -> None:
    """A document of a `kind` in PLAYLISTS that names `target`, a path or an address."""
    path.write_bytes(PLAYLISTS[kind](target))


def make_external_mov(path: Path, target: Path) -> None:
    """A QuickTime film whose sound lies, so it says, in the file `target` beside it."""
    encode(path, tone(), "-c:a", "pcm_s16le", "-f", "mov")
    record = bytearray(150)  # an alias record of version 2: its fixed part, then type-length-value entries
    record[4:8] = struct.pack(">HH", 150, 2)
    record[10:14] = b"\x03Mac"
    record[50:53] = b"\x02to"
    name = str(target.absolute()).encode()
    record += struct.pack(">hH", 2, len(name)) + name + bytes(len(name) % 2)
    record += struct.pack(">hH", -1, 0)
    alias = struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record
    dref = struct.pack(">II", 0, 1) + alias
    path.write_bytes(_with_box(path.read_bytes(), (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"), dref))


def _with_box(data: bytes, way: tuple[bytes, ...], content: bytes) -> bytes:
    """`data`, a row of MP4 boxes, with the box at the end of `way` holding `content`."""
    if not way:
        return content
    result, at = b"", 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        box = data[at : at + size]
        if box[4:8] == way[0]:
            body = _with_box(box[8:], way[1:], content)
            box = struct.pack(">I", 8 + len(body)) + way[0] + body
        result += box
        at += size
    return result


def _ffmpeg(*arguments: str, path: Path, data: bytes = b"") -> None:
    command = [executable(), "-hide_banner", "-loglevel", "error", "-y", *arguments, f"file:{path}"]
    subprocess.run(command, input=data, check=True)
