"""The bundled ffmpeg as a child that cannot take us along: allow-lists, limits, a watch, a sure death.

A media file reaches ffmpeg as an open file, never as a name: `fd` is then the only protocol it may use, so
nothing that a file names (a playlist entry, an external track, an address) can be opened, and neither the
file's own name nor its suffix can change what is read.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import select
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from core.errors import BadRecording
from core.settings import MachineSettings

PROTOCOL = "fd"

DEMUXERS = (
    "mov",  # with mp4, m4a, 3gp
    "matroska",  # with webm
    *("avi", "asf", "flv", "mpegts", "mpeg", "ogg", "rm", "mxf", "dv", "wtv", "ivf"),
    *("wav", "w64", "aiff", "caf", "au", "voc", "dsf"),
    *("flac", "mp3", "aac", "ac3", "eac3", "dts", "truehd", "amr", "ape", "wv", "tta", "tak", "mpc", "mpc8"),
    *("h264", "hevc", "mpegvideo", "m4v"),  # raw video: read so that the answer is "no audio"
)
"""Containers that recordings come in. What is left out: images, subtitles, playlists, game formats, devices."""

GUARDED_INPUT = ("-protocol_whitelist", PROTOCOL, "-format_whitelist", ",".join(DEMUXERS), "-i", "fd:")

CPU_SECONDS = 3600
"""Far above any honest decoding (12 hours of sound take two minutes): ends a spinning child we no longer watch."""

_QUIET = ("-hide_banner", "-nostats", "-loglevel", "error", "-y", "-filter_threads", "1")

_ERRORS_KEPT = 8192
_PIPE_BYTES = 1 << 20


@cache
def executable() -> str:
    """Path of the ffmpeg that the wheel brought; a program of that name on PATH where it brought none."""
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


class Child:
    """A running ffmpeg: `read` what it writes, `write` what it reads, `finish` it.

    Each of them raises BadRecording("timeout") when nothing moves for `stall_seconds`, and
    BadRecording("crashed") when a signal killed the child. `errors` is the start of what it wrote to stderr.
    """

    def __init__(self, process: subprocess.Popen[bytes], stall_seconds: float) -> None:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101 - for the type checker
        self._process = process
        self._stall_seconds = stall_seconds
        self._errors = bytearray()
        self._stdin = process.stdin.fileno() if process.stdin else None
        self._stdout, self._stderr = process.stdout.fileno(), process.stderr.fileno()
        self._open = {self._stdout, self._stderr}
        for pipe in (self._stdin, self._stdout, self._stderr):
            if pipe is not None:
                os.set_blocking(pipe, False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def errors(self) -> str:
        return self._errors.decode(errors="replace").strip()

    def read_into(self, buffer: memoryview) -> int:
        """Fill `buffer`; fewer bytes than it holds come back only at the end of the child's output."""
        filled = 0
        deadline = self._deadline()
        while filled < len(buffer) and self._stdout in self._open:
            if self._stdout not in self._ready(self._open, deadline):
                continue
            count = os.readv(self._stdout, [buffer[filled:]])
            filled += count
            deadline = self._deadline()
            if not count:
                self._open.discard(self._stdout)
        return filled

    def write(self, data: bytes | memoryview) -> None:
        """Hand `data` over whole. Output of the child is not read here: it must go to a file.

        A child that ended early takes nothing more; `finish` then tells how it ended.
        """
        assert self._stdin is not None  # noqa: S101 - for the type checker
        rest = memoryview(data).cast("B")
        deadline = self._deadline()
        while rest:
            if self._stdin not in self._ready({self._stdin} | (self._open - {self._stdout}), deadline):
                continue
            try:
                rest = rest[os.write(self._stdin, rest) :]
            except BrokenPipeError:
                return
            deadline = self._deadline()

    def finish(self) -> int:
        """Close its input, wait for its end, give its exit status (0 = well)."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        deadline = self._deadline()
        while self._stderr in self._open:
            self._ready({self._stderr}, deadline)
        try:
            status = self._process.wait(self._stall_seconds)
        except subprocess.TimeoutExpired:
            raise _stalled(self._stall_seconds) from None
        if status == -signal.SIGXCPU:
            raise _stalled(CPU_SECONDS)
        if status < 0:
            raise BadRecording(
                "crashed",
                f"The decoder was killed by signal {-status} while it read this file. Convert the recording to "
                "another format (for example MP4 with AAC sound) and send that.",
            )
        return status

    def _deadline(self) -> float:
        return time.monotonic() + self._stall_seconds

    def _ready(self, pipes: set[int], deadline: float) -> set[int]:
        """Which of `pipes` can move; what stands on stderr is collected on the way, so that it never blocks."""
        watch = select.poll()
        for pipe in pipes:
            watch.register(pipe, select.POLLOUT if pipe == self._stdin else select.POLLIN)
        ready = {pipe for pipe, _ in watch.poll(max(0.0, deadline - time.monotonic()) * 1000)}
        if not ready:
            raise _stalled(self._stall_seconds)
        if self._stderr in ready:
            piece = os.read(self._stderr, 65536)
            self._errors += piece[: _ERRORS_KEPT - len(self._errors)]
            if not piece:
                self._open.discard(self._stderr)
        return ready


@contextmanager
def running(
    arguments: Sequence[str], machine: MachineSettings, *, source: Path | None, program: str | None = None
) -> Iterator[Child]:
    """Run ffmpeg with `arguments`; on leaving, however that comes about, it is dead and its pipes are closed.

    With a `source` the child reads that file as `fd:` (see GUARDED_INPUT); without one it reads what `write`
    hands over, as `pipe:0`. `program` stands in for the bundled binary. Files it is told to write are
    overwritten. Raises BadRecording("unreadable") when `source` cannot be opened.
    """
    command = [program or executable(), *_QUIET, *arguments]
    stdin = subprocess.PIPE if source is None else open_regular(source)
    try:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # one group to kill, and Ctrl-C reaches us first
            env=os.environ | {"MALLOC_ARENA_MAX": "2"},  # arenas of many threads would fill the address space
        )
    finally:
        if source is not None:
            os.close(stdin)
    try:
        limit(process.pid, machine.decoder_memory_mb, CPU_SECONDS)
        if process.stdout:
            with suppress(OSError):  # a smaller pipe only costs more turns
                fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        yield Child(process, machine.stall_seconds)
    finally:
        kill(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def open_regular(path: Path) -> int:
    """A descriptor to read `path` by. Pipes, sockets and devices are never opened: reading one may block forever.

    Raises BadRecording "directory" or "unreadable".
    """
    try:
        _insist_regular(path.stat().st_mode)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(error) from error
    try:
        _insist_regular(os.fstat(descriptor).st_mode)  # it may have been exchanged in between
    except BadRecording:
        os.close(descriptor)
        raise
    return descriptor


def _insist_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise BadRecording(
            "directory", "This is a folder, not a recording. Name the files in it, for example with FOLDER/*."
        )
    if not stat.S_ISREG(mode):
        raise BadRecording(
            "unreadable",
            "This is a pipe, socket or device, not a file. Save the recording to a file and name that.",
        )


def _unreadable(error: OSError) -> BadRecording:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            advice = "There is no file of this name. Check the spelling and whether the disk is mounted."
        case errno.EACCES | errno.EPERM:
            advice = "The file may not be read by this user. Give read permission (chmod a+r) or copy it."
        case _:
            advice = f"The file cannot be opened ({error.strerror}). Copy it to a healthy local disk and try again."
    return BadRecording("unreadable", advice)


def limit(pid: int, memory_mb: int, cpu_seconds: int) -> None:
    """Cap address space, CPU time and core dumps of a process; one that already ended needs none."""
    memory = memory_mb << 20
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child that leads its own group, and whatever it started, and collect its status."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _stalled(seconds: float) -> BadRecording:
    return BadRecording(
        "timeout",
        f"Decoding gave nothing for {seconds:.0f} seconds and was stopped. Convert the recording to another "
        "format (for example MP4 with AAC sound) and send that.",
    )
