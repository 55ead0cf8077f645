"""Decode a recording: windows of samples on the container's own timeline, and the verdict of one whole pass."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import BadRecording
from core.settings import DecodeSettings, MachineSettings
from core.types import Audio, AudioTrack, Decoded, Media
from preprocess.ffmpeg import GUARDED_INPUT, running
from preprocess.matroska import blocks
from preprocess.probe import shortfall
from preprocess.signatures import HEAD_BYTES, is_cut, is_transport_stream

VERSION = 2

SAMPLE_RATE = 44100
CHANNELS = 2
WINDOW_SECONDS = 10.0

JITTER_SECONDS = 0.1
"""Times may stray so far from the samples before them without a gap being filled (as libswresample's own limit)."""

FLAGGED_SECONDS = 0.1
"""Sound that ends earlier than this before its declared end is flagged: codec frames round by less."""

LOUDEST_SAMPLE = 16.0
"""24 dB over full scale, more than any recorder leaves: a sample beyond it is garbage, and is cut to this."""

_SAME_DURATION_FOR_ALL = {"matroska", "avi", "asf", "flv", "rm"}
"""Containers whose header gives one duration, that of their longest stream."""

_MIX = {
    1: "pan=mono|FC=0.5*FL+0.5*FR+FC",
    2: "pan=stereo|FL=FL+FC|FR=FR+FC",
}
"""Down to one channel by the mean, up to two by copying: ffmpeg's own way would change the level by 3 dB."""


def decode(
    path: Path,
    media: Media,
    settings: DecodeSettings,
    machine: MachineSettings,
    *,
    program: str | None = None,
) -> Decoded:
    """Decode every sample once at 44.1 kHz stereo and say which track counts, how long and how loud it is.

    The first track with sound in it counts. `mean` and `deviation` are those that demucs normalises by: of the
    mean of both channels, the deviation with n - 1. Memory does not grow with length. `program` stands in
    for the bundled ffmpeg.
    Raises BadRecording: too_long, too_short, silent, truncated, unreadable, timeout or crashed.
    """
    _reject_too_long(max([track.duration or 0.0 for track in media.tracks] + [media.duration or 0.0]), settings)
    passes = []
    for track in media.tracks:
        heard = _listen(path, track, settings, machine, program)
        passes.append(heard)
        if heard.loudest_dbfs > settings.silence_dbfs and heard.duration >= settings.min_seconds:
            return _verdict(path, media, track, heard, skipped=len(passes) > 1)
    raise _nothing_to_hear(path, media, passes, settings)


def read_windows(
    path: Path,
    track: int,
    machine: MachineSettings,
    *,
    sample_rate: int = SAMPLE_RATE,
    channels: int = CHANNELS,
    window_seconds: float = WINDOW_SECONDS,
    expected: float | None = None,
    program: str | None = None,
) -> Iterator[Audio]:
    """The samples of audio track `track` in windows of `window_seconds`; only the last may be shorter.

    Time 0 is the container's start: a late beginning and gaps are silence. Samples above full scale are kept up
    to LOUDEST_SAMPLE; those that are no numbers become 0. Closing the iterator ends the decoder. `expected` is
    the `duration` that `decode` found, in seconds: a pass that gives another one raises at its end, so that
    nothing is made of half a recording.
    Raises BadRecording: unreadable, timeout or crashed.
    """
    trouble = _Trouble()
    windows = _read(path, track, machine, sample_rate, channels, window_seconds, program, trouble)
    return windows if expected is None else _as_long_as(expected, windows, sample_rate, trouble)


def read_whole(
    path: Path,
    track: int,
    machine: MachineSettings,
    *,
    sample_rate: int = 16000,
    expected: float,
    program: str | None = None,
) -> Audio:
    """Audio track `track` in one piece, mixed to mono: (1, round(expected * sample_rate)) float32.

    `expected` is the `duration` that `decode` found. Needs little more memory than what it gives.
    Raises as `read_windows` does.
    """
    whole = np.zeros((1, round(expected * sample_rate)), np.float32)
    filled = 0
    for window in read_windows(
        path, track, machine, sample_rate=sample_rate, channels=1, expected=expected, program=program
    ):
        piece = window.samples[:, : whole.shape[1] - filled]
        whole[:, filled : filled + piece.shape[1]] = piece
        filled += piece.shape[1]
    return Audio(whole, sample_rate)


@dataclass(slots=True)
class _Trouble:
    """What went wrong in a pass that went on to its end: `garbage` says that samples were no sound."""

    complaints: str = ""
    status: int = 0
    garbage: bool = False


@dataclass(slots=True)
class _Moments:
    """Count, mean and summed squared distance from it, updated block by block without cancellation.

    Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", equation 2.1.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: npt.NDArray[np.float64]) -> None:
        mean = float(values.mean())
        distances = values - mean
        squares = float(distances @ distances)
        total = self.count + values.size
        apart = mean - self.mean
        self.squares += squares + apart * apart * self.count * values.size / total
        self.mean += apart * values.size / total
        self.count = total

    @property
    def deviation(self) -> float:
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0


@dataclass(slots=True)
class _Heard:
    """What one pass over one track adds up to."""

    track: AudioTrack
    duration: float = 0.0
    loudest_dbfs: float = -math.inf
    moments: _Moments = field(default_factory=_Moments)
    peak: float = 0.0
    trouble: _Trouble = field(default_factory=_Trouble)


def _listen(
    path: Path, track: AudioTrack, settings: DecodeSettings, machine: MachineSettings, program: str | None
) -> _Heard:
    heard = _Heard(track)
    windows = _read(path, track.index, machine, SAMPLE_RATE, CHANNELS, WINDOW_SECONDS, program, heard.trouble)
    before = np.zeros((CHANNELS, 0), np.float32)
    for window in windows:
        samples = window.samples
        heard.duration = window.end
        _reject_too_long(heard.duration, settings)
        heard.moments.add(samples.mean(axis=0, dtype=np.float64))
        heard.peak = max(heard.peak, float(samples.max()), -float(samples.min()))
        joined = np.concatenate((before, samples), axis=1)
        heard.loudest_dbfs = max(heard.loudest_dbfs, loudest_dbfs(joined, window.sample_rate))
        # The last window may be shorter than the 0.4 s that a level is taken of: the end of this one completes it.
        before = samples[:, -3 * (SAMPLE_RATE // 10) :]
    return heard


def loudest_dbfs(samples: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Level of the loudest 0.4 s in the louder channel of (channel, time) `samples`; -inf for silence.

    Each 0.1 s is taken around its own mean, which removes a constant offset, and the strongest of four is left
    out, so that a click or the step where an offset begins does not pass for sound. What is left behind the last
    whole 0.1 s is not heard, unless there is nothing else.
    """
    step = sample_rate // 10
    count = samples.shape[1] // step
    if count == 0:
        return _decibels(float(samples.var(axis=1, dtype=np.float64).max())) if samples.size else -math.inf
    powers = samples[:, : count * step].reshape(samples.shape[0], count, step).var(axis=2)
    blocks_of_four = np.lib.stride_tricks.sliding_window_view(powers, min(4, count), axis=1)
    kept = np.sort(blocks_of_four, axis=2)[..., : max(1, min(4, count) - 1)]
    return _decibels(float(kept.mean(axis=2).max()))


def _decibels(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else -math.inf


def _verdict(path: Path, media: Media, track: AudioTrack, heard: _Heard, *, skipped: bool) -> Decoded:
    declared = _declared_end(path, media, track, heard.duration)
    if declared is not None and shortfall(declared, heard.duration):
        raise _truncated(declared, heard.duration)
    flags = {
        "decoder_errors": _is_damaged(media, heard),
        "shorter_than_declared": declared is not None and declared - heard.duration > FLAGGED_SECONDS,
        "silent_track_skipped": skipped,
    }
    return Decoded(
        track=track.index,
        duration=heard.duration,
        mean=heard.moments.mean,
        deviation=heard.moments.deviation,
        peak=heard.peak,
        flags=tuple(flag for flag, applies in flags.items() if applies),
    )


def _declared_end(path: Path, media: Media, track: AudioTrack, found: float) -> float | None:
    """Where the track should end by what the file declares; None where it declares nothing that binds it."""
    if track.duration is not None:
        return min(track.start + track.duration, media.duration or math.inf)
    if media.duration is None or media.container not in _SAME_DURATION_FOR_ALL:
        return None
    only_stream = not media.has_video and len(media.tracks) == 1
    if only_stream or (media.duration - found > FLAGGED_SECONDS and is_cut(path)):
        return media.duration
    return None


def _is_damaged(media: Media, heard: _Heard) -> bool:
    """Whether something was lost on the way. Complaints about the picture do not count."""
    trouble = heard.trouble
    own = re.compile(
        rf"\[(?:aist#|in#|dec:|(?:{re.escape(media.container)}|{re.escape(heard.track.codec)})\w*[, @])"
    )
    return trouble.garbage or trouble.status != 0 or own.search(trouble.complaints) is not None


def _nothing_to_hear(path: Path, media: Media, passes: list[_Heard], settings: DecodeSettings) -> BadRecording:
    """Why no track of the file can be drafted, told of the longest one."""
    longest = max(passes, key=lambda heard: heard.duration)
    found, trouble = longest.duration, longest.trouble
    if not found and trouble.status and "[in#" not in trouble.complaints:  # the file was read, but not understood
        return BadRecording(
            "unreadable",
            f"The sound is coded as {longest.track.codec} and could not be decoded; it may be protected or "
            "damaged. Export it again as MP4 with AAC sound, without copy protection.",
        )
    declared = _declared_end(path, media, longest.track, found)
    if declared is not None and shortfall(declared, found):
        return _truncated(declared, found)
    if found < settings.min_seconds:
        return BadRecording(
            "too_short",
            f"There are only {found:.2f} seconds of sound; at least {settings.min_seconds:g} are needed. Check "
            "that the right file was sent.",
        )
    return BadRecording(
        "silent",
        "No audio track of this file holds any sound. Check that the microphone was on, and export it again.",
    )


def _truncated(declared: float, found: float) -> BadRecording:
    return BadRecording(
        "truncated",
        f"The file says it lasts {declared:.1f} seconds, but the sound ends after {found:.1f}. Copy the recording "
        "again from its source.",
    )


def _reject_too_long(seconds: float, settings: DecodeSettings) -> None:
    if seconds > settings.max_hours * 3600:
        raise BadRecording(
            "too_long",
            f"The recording is longer than {settings.max_hours:g} hours. Cut it into shorter files and send those.",
        )


def _as_long_as(
    expected: float, windows: Generator[Audio, None, None], sample_rate: int, trouble: _Trouble
) -> Iterator[Audio]:
    """The same windows, which must add up to `expected` seconds.

    At the rate of the first pass to the sample. At other rates a gap may fall on the other side of
    JITTER_SECONDS, and each piece be longer or shorter by a sample.
    """
    allowed = 1 / SAMPLE_RATE if sample_rate == SAMPLE_RATE else JITTER_SECONDS + 16 / sample_rate
    found = 0.0
    with closing(windows):
        for window in windows:
            found = window.end
            if found > expected + allowed:
                break
            yield window
    if abs(found - expected) > allowed:
        raise _another_length(found, expected, trouble.status)


def _another_length(found: float, expected: float, status: int) -> BadRecording:
    lengths = f"{found:.2f} seconds of sound this time and {expected:.2f} the first time"
    if status and found < expected:
        return BadRecording(
            "crashed",
            f"The decoder failed on the way: it gave {lengths}. Run it again; if that does not help, convert the "
            "recording to MP4 with AAC sound and send that.",
        )
    return BadRecording(
        "unreadable",
        f"The file does not read alike twice: it gave {lengths}. Copy it to a healthy local disk, and run it "
        "again when nothing writes to it any more.",
    )


def _read(
    path: Path,
    track: int,
    machine: MachineSettings,
    sample_rate: int,
    channels: int,
    window_seconds: float,
    program: str | None,
    trouble: _Trouble,
) -> Generator[Audio, None, None]:
    """See `read_windows`; `trouble` is filled in as the pass goes."""
    arguments = [
        *("-threads", "1", *GUARDED_INPUT, "-map", f"0:a:{track}"),
        *("-af", f"aformat=sample_fmts=fltp:channel_layouts=mono|stereo,{_MIX[channels]},aresample={sample_rate}"),
        *("-c:a", "pcm_f32le", "-write_crc32", "0", "-f", "matroska", "pipe:1"),
    ]
    if _starts_with_its_used_streams(path):
        arguments += ["-map", "0:v?", "-c", "copy", "-f", "null", "-"]
    with running(arguments, machine, source=path, program=program) as child:
        size = round(window_seconds * sample_rate)
        for index, window in enumerate(_windows(blocks(child.read_into), size, sample_rate, channels)):
            samples = np.ascontiguousarray(window.T)
            if not max(float(samples.max()), -float(samples.min())) <= LOUDEST_SAMPLE:  # nor for NaN
                trouble.garbage = True
                samples = np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
                np.clip(samples, -LOUDEST_SAMPLE, LOUDEST_SAMPLE, out=samples)
            yield Audio(samples, sample_rate, start=index * size / sample_rate)
        trouble.status = child.finish()
        trouble.complaints = child.errors
    if trouble.status and "Cannot allocate memory" in trouble.complaints:
        raise BadRecording(
            "crashed",
            "Decoding this file needs more memory than a recording should. Convert it to MP4 with AAC sound and "
            "send that.",
        )


def _starts_with_its_used_streams(path: Path) -> bool:
    """Whether ffmpeg would count time from the sound alone unless the picture is used as well.

    It does so for formats whose clock may jump: MPEG-TS, MPEG-PS and Ogg.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return head[:4] in (b"OggS", b"\x00\x00\x01\xba") or is_transport_stream(head)


def _windows(
    timed: Iterator[tuple[int, memoryview]], size: int, sample_rate: int, channels: int
) -> Iterator[npt.NDArray[np.float32]]:
    """(time, channel) windows of `size` from blocks with times in milliseconds.

    A block that comes late leaves silence before it. One that comes early follows on at once: where times run
    backwards, sound a little late is better than sound lost.
    """
    frame_bytes = 4 * channels
    window = np.zeros((size, channels), np.float32)
    filled = passed = 0
    for milliseconds, payload in timed:
        due = (milliseconds * sample_rate + 500) // 1000
        gap = due - passed - filled
        if gap > (JITTER_SECONDS * sample_rate if passed + filled else 0):
            while gap >= size - filled:
                gap -= size - filled
                yield window
                window = np.zeros((size, channels), np.float32)
                passed, filled = passed + size, 0
            filled += gap
        while payload:
            piece = payload[: (size - filled) * frame_bytes]
            window.data.cast("B")[filled * frame_bytes : filled * frame_bytes + len(piece)] = piece
            payload = payload[len(piece) :]
            filled += len(piece) // frame_bytes
            if filled == size:
                yield window
                window = np.zeros((size, channels), np.float32)
                passed, filled = passed + size, 0
    if filled:
        yield window[:filled]
