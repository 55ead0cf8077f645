"""What a file's first bytes say, before any library parses it: a playlist, a picture, a container, its size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 65536

_PLAYLIST_STARTS = (
    "#extm3u",  # HLS and M3U
    "ffconcat version",
    "[playlist]",  # PLS
    "[reference]",  # ASX of old
    "[internetshortcut]",
    "rtsptext",
    "smilplaylist",
    "v=0",  # SDP
)
_PLAYLIST_ROOTS = {
    *("mpd", "smil", "asx", "playlist", "smoothstreamingmedia", "manifest", "wpl"),
    *("assetlist", "assetmap", "compositionplaylist", "packinglist"),
}
"""Root elements: DASH, SMIL, ASX, XSPF, Smooth Streaming, F4M, Windows Media, IMF."""

_LISTED = re.compile(r"file\s+(['\"]|\S*[./]\S*$)|[a-z][a-z0-9+]{2,9}://\S")
"""A line of ffmpeg's concat list, or a bare address: both name what should be played instead."""

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}

_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}

_CONTAINERS = (
    (4, b"ftyp"),
    (4, b"moov"),
    (4, b"mdat"),
    (4, b"wide"),
    (0, b"\x1a\x45\xdf\xa3"),  # Matroska, WebM
    (0, b"RIFF"),
    (0, b"RF64"),
    (0, b"BW64"),
    (0, b"riff\x2e\x91\xcf\x11"),  # Wave64
    (0, b"FORM"),  # AIFF
    (0, b"caff"),
    (0, b".snd"),
    (0, b"fLaC"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # ASF: WMA, WMV
    (0, b"FLV\x01"),
    (0, b".RMF"),
    (0, b"MAC "),
    (0, b"wvpk"),
    (0, b"TTA1"),
    (0, b"tBaK"),
    (0, b"MPCK"),
    (0, b"#!AMR"),
    (0, b"\x00\x00\x01\xba"),  # MPEG-PS
)

_STREAMED = (range(1), range(0x7FFFE000, 0x80001001), range(0xFFFFE000, 0x100000000))
"""Sizes that a program leaves in a WAV which it writes into a pipe, for it cannot come back to correct them."""

_MATROSKA_SEGMENT = b"\x18\x53\x80\x67"
_ASF_FILE_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"


def is_playlist(head: bytes) -> bool:
    """Whether `head` starts a document that only names other media: what it names is never opened."""
    text = _as_text(head).lstrip("\ufeff \t\r\n\v\f\x00").lower()
    if text.startswith(_PLAYLIST_STARTS):
        return True
    if text.startswith("<"):
        bare = re.sub(r"<\?.*?\?>|<!--.*?-->|<!doctype[^>]*>", "", text, flags=re.DOTALL)
        root = re.match(r"\s*<(?:[\w.-]+:)?([\w.-]+)", bare)
        return root is not None and root[1] in _PLAYLIST_ROOTS
    lines = (line.strip() for line in text[:4096].splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return _LISTED.match(first) is not None


def is_picture(head: bytes) -> bool:
    """Whether `head` starts a picture file; a sound file with cover art does not."""
    match head[:4]:
        case b"\x89PNG" | b"GIF8" | b"II*\x00" | b"MM\x00*" | b"8BPS" | b"\x00\x00\x01\x00":
            return True
        case b"RIFF":
            return head[8:12] == b"WEBP"
    if head[:3] == b"\xff\xd8\xff" or head[4:12] in (b"jP  \r\n\x87\n", b"JXL \r\n\x87\n"):
        return True
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return True
    if head[4:8] == b"ftyp":
        return head[8:12] in _HEIF_BRANDS
    return (
        re.match(r"\s*(<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype[^>]*>\s*)*<svg\b", _as_text(head).lower())
        is not None
    )


def is_container(head: bytes) -> bool:
    """Whether `head` starts a container of sound or video: one that cannot be opened is then cut or damaged."""
    if any(head[at : at + len(mark)] == mark for at, mark in _CONTAINERS):
        return not (head[:4] == b"FORM" and head[8:12] not in (b"AIFF", b"AIFC"))
    return is_transport_stream(head)


def is_transport_stream(head: bytes) -> bool:
    """MPEG-TS: its sync byte in three packets running, in any of its packet sizes."""
    return any(
        len(head) > lead + 2 * size and all(head[lead + size * packet] == 0x47 for packet in range(3))
        for lead, size in ((0, 188), (4, 192), (0, 204))
    )


def wav_promise(file: BinaryIO, size_bytes: int) -> tuple[float, float] | None:
    """Seconds of sound that a WAV's header promises, and those that the file holds.

    None where `file` is no WAV, its header is broken, or the length was left open by a program that streamed.
    """
    file.seek(0)
    riff = file.read(12)
    if riff[:4] not in (b"RIFF", b"RF64", b"BW64") or riff[8:12] != b"WAVE":
        return None
    bytes_per_second, long_size = 0, None
    for _ in range(256):
        head = file.read(8)
        if len(head) < 8:
            return None
        name, size = head[:4], int.from_bytes(head[4:], "little")
        begin = file.tell()
        if name == b"fmt ":
            bytes_per_second = int.from_bytes(file.read(16)[8:12], "little")
        elif name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:16], "little")
        elif name == b"data":
            promised = long_size if size == 0xFFFFFFFF and long_size is not None else size
            if not bytes_per_second or any(promised in sizes for sizes in _STREAMED):
                return None
            return promised / bytes_per_second, max(0, size_bytes - begin) / bytes_per_second
        file.seek(begin + size + size % 2)
    return None


def header_seconds(head: bytes) -> float | None:
    """The length that the header of an AVI or ASF file gives; None for others, and for ASF of open length.

    Of a cut one, libraries give what the bytes that are left would make instead, and so hide the cut.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"AVI " and head[24:28] == b"avih":
        return int.from_bytes(head[32:36], "little") * int.from_bytes(head[48:52], "little") / 1e6
    at = head.find(_ASF_FILE_PROPERTIES) if head[:4] == b"\x30\x26\xb2\x75" else -1
    if at < 0 or len(head) < at + 92 or head[at + 88] & 1:
        return None
    played, lead = (int.from_bytes(head[at + begin : at + begin + 8], "little") for begin in (64, 80))
    return max(0.0, played / 1e7 - lead / 1e3)


def is_cut(path: Path) -> bool:
    """Whether a Matroska, AVI or ASF file is shorter than the size its own header gives.

    Their headers declare one duration for all streams, so only this tells a cut file from one whose picture
    goes on after the sound. False where the header says nothing.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    size = path.stat().st_size
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return size < 8 + int.from_bytes(head[4:8], "little")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        at = head.find(_MATROSKA_SEGMENT) + len(_MATROSKA_SEGMENT)
        if at < len(_MATROSKA_SEGMENT) or at >= len(head) or not head[at]:
            return False
        length = 9 - head[at].bit_length()
        declared = int.from_bytes(head[at : at + length], "big") & ((1 << 7 * length) - 1)
        return declared != (1 << 7 * length) - 1 and size < at + length + declared
    if head[:4] == b"\x30\x26\xb2\x75":
        at = head.find(_ASF_FILE_PROPERTIES)
        return at > 0 and size < int.from_bytes(head[at + 40 : at + 48], "little")
    return False


def _as_text(head: bytes) -> str:
    """`head` in the encoding that it seems to have; bytes that fit none become marks."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", errors="replace")
    if head[:1] == b"\x00" and head[1:2] != b"\x00":
        return head.decode("utf-16-be", errors="replace")
    if head[1:2] == b"\x00" and head[3:4] == b"\x00":
        return head.decode("utf-16-le", errors="replace")
    return head.decode("utf-8-sig", errors="replace")
