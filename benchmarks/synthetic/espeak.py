"""espeak-ng 1.52, from the wheel `espeakng-loader`: text to samples, with the time of every word and phone.

The library itself runs in a server process of its own (`espeak_server`).
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 22050


@dataclass(frozen=True, slots=True)
class Request:
    """What to say and how. `variant` is the text of a voice variant file; `accent` the language's voice.

    `pitch` and `pitch_range` go from 0 to 99 (50 is the variant's own).
    """

    text: str
    accent: str
    variant: str
    words_per_minute: int
    pitch: int
    pitch_range: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Samples (n,) int16 at 22,050 Hz; words as (offset in the text, second); phones as (IPA, second).

    A phone without a symbol is a pause.
    """

    samples: npt.NDArray[np.int16]
    words: tuple[tuple[int, float], ...]
    phones: tuple[tuple[str, float], ...]


class EspeakFailed(RuntimeError):
    """The synthesiser could not say something."""


def say(request: Request) -> Answer:
    """Speak in this process's server, started at the first call. Raises EspeakFailed with the library's word."""
    server = _server(os.getpid())
    with server.lock:
        send(server.requests, request)
        answer = receive(server.answers)
    if not isinstance(answer, Answer):
        raise EspeakFailed(f"espeak-ng cannot say {request.text!r} as {request.accent!r}: {answer}")
    return answer


@cache
def stock_variant(name: str) -> str:
    """The text of one of the voice variants that espeak-ng brings: `f2`, `Andy`. Raises FileNotFoundError."""
    return (shipped_data() / "voices" / "!v" / name).read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True, slots=True, eq=False)
class _Server:
    requests: IO[bytes]
    answers: IO[bytes]
    lock: threading.Lock


@cache
def _server(process: int) -> _Server:
    """The server of a process; a forked process gets its own. It ends when its input closes.

    In a group of its own it gets no Ctrl-C from the terminal, so it leaves no traceback there.
    """
    command = [sys.executable, "-m", "benchmarks.synthetic.espeak_server"]
    folder = Path(__file__).parents[2]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, process_group=0)
    assert child.stdin and child.stdout
    return _Server(child.stdin, child.stdout, threading.Lock())


def send(pipe: IO[bytes], value: object) -> None:
    """Write one value to a pipe between a process and its server."""
    body = pickle.dumps(value)
    pipe.write(struct.pack("<I", len(body)) + body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> object:
    """Read one value from such a pipe; a sentence that says so where the pipe was closed."""
    head = pipe.read(4)
    if len(head) < 4:
        return "it ended without an answer"
    return pickle.loads(pipe.read(struct.unpack("<I", head)[0]))


def shipped_data() -> Path:
    """The folder of the wheel that holds dictionaries and voices."""
    import espeakng_loader

    return Path(espeakng_loader.get_data_path())
