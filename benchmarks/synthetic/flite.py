"""flite: more English voices, from another synthesiser. A Debian package, so only what asks for it needs it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

_MISSING = "cannot speak with flite: it is not installed\n  fix: `apt-get install flite`, or leave --flite out"


class FliteMissing(RuntimeError):
    """flite is not installed."""


def check_installed() -> None:
    """Raises FliteMissing."""
    if not shutil.which("flite"):
        raise FliteMissing(_MISSING)


def say(text: str, voice: str, stretch: float) -> tuple[npt.NDArray[np.int16], int]:
    """Speak English: samples (n,) int16 and their rate in Hz (8,000 or 16,000, the voice's own).

    `stretch` makes everything that much longer. Raises FliteMissing.
    """
    with tempfile.TemporaryDirectory(prefix="prelabel-flite-") as folder:
        file = Path(folder) / "said.wav"
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o", str(file)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError as error:
            raise FliteMissing(_MISSING) from error
        with wave.open(io.BytesIO(file.read_bytes())) as sound:
            return np.frombuffer(sound.readframes(sound.getnframes()), np.int16), sound.getframerate()
