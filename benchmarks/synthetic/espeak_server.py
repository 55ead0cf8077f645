"""The server behind `espeak`: `python -m benchmarks.synthetic.espeak_server`, started by it.

espeak-ng keeps a memory of what it spoke (phases, noise, flutter), so the same words come out otherwise the second
time. This process opens the library with a fixed seed and speaks each text in a child of its own, forked before
anything was spoken: the samples depend on the request alone, whatever was asked for before.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.espeak import SAMPLE_RATE, Answer, Request, receive, send, shipped_data

_SEED = 1
_VARIANT = "asked"
_WORD, _PHONE = 1, 7  # espeak_EVENT_TYPE in speak_lib.h
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_SYNCHRONOUS, _PHONES_IN_IPA = 2, 3
_UTF8 = 1


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h. `id` is a union; only the phone's symbol (8 bytes) is read from it."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_uint64),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def serve() -> None:
    """Answer requests from standard input until it closes."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with _writable_data() as data:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data.parent), _PHONES_IN_IPA)
        library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
        library.espeak_ng_SetRandSeed(_SEED)
        library.espeak_ListVoices(None)  # reads all voices once, rather than in each child
        while isinstance(request := receive(requests), Request):
            child = os.fork()
            if not child:
                send(answers, _answer(library, data, request))
                os._exit(0)
            if os.waitpid(child, 0)[1]:
                send(answers, "it crashed")


def _answer(library: ctypes.CDLL, data: Path, request: Request) -> Answer | str:
    file = data / "voices" / "!v" / _VARIANT
    file.write_text(request.variant, encoding="utf-8")
    if library.espeak_SetVoiceByName(f"{request.accent}+{_VARIANT}".encode()):
        return "it has no such voice"
    for parameter, value in (
        (_RATE, request.words_per_minute),
        (_PITCH, request.pitch),
        (_RANGE, request.pitch_range),
    ):
        library.espeak_SetParameter(parameter, value, 0)
    blocks: list[npt.NDArray[np.int16]] = []
    words: list[tuple[int, float]] = []
    phones: list[tuple[str, float]] = []

    def hear(wave: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if wave and count > 0:
            blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _WORD:
                words.append((event.text_position - 1, event.sample / SAMPLE_RATE))
            elif event.type == _PHONE:
                symbol = struct.pack("<Q", event.id).split(b"\0")[0].decode("utf-8", "replace")
                phones.append((symbol, event.sample / SAMPLE_RATE))
            index += 1
        return 0

    callback = _Callback(hear)
    library.espeak_SetSynthCallback(callback)
    text = request.text.encode() + b"\0"
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
    if not blocks:
        return "it gave no sound"
    return Answer(np.concatenate(blocks), tuple(words), tuple(phones))


@contextmanager
def _writable_data() -> Iterator[Path]:
    """The library's data with an empty folder for the voice variant that is asked for."""
    shipped = shipped_data()
    with tempfile.TemporaryDirectory(prefix="prelabel-espeak-") as folder:
        data = Path(folder) / "espeak-ng-data"
        (data / "voices" / "!v").mkdir(parents=True)
        for entry in shipped.iterdir():
            if entry.name != "voices":
                (data / entry.name).symlink_to(entry)
        yield data


if __name__ == "__main__":
    serve()
