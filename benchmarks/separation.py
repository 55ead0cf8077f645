"""Our batched, streamed overlap-add against demucs' own loop, with the same weights, on this machine's CPU.

    python -m benchmarks.separation [--minutes 1 10] [--batch 1 4] [--threads 2]

Every way runs in a process of its own. `peak` is its memory above the loaded network, `own work` is ours with a
network that costs nothing, `SI-SDR` compares the voice with the one of the library's loop (inf: every sample is the
same). The sound is synthetic.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic.levels import si_sdr
from core.quiet import forbid_hub, silence_libraries
from core.types import Audio

silence_libraries()
forbid_hub()

RATE = 44100
WEIGHTS = Path(__file__).parents[1] / "models" / "offline" / "separation"
WINDOW = 10 * RATE

Samples = npt.NDArray[np.float32]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--one", nargs=3, metavar=("WAY", "MIX", "VOICE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        way, mix, voice = options.one
        print(json.dumps(measure(way, Path(mix), Path(voice), options.threads)))
        return
    ways = ["library", *(f"ours, batch {batch}" for batch in options.batch), "own work"]
    print(
        f"{'minutes':>7}  {'way':15} {'wall s':>8} {'CPU s':>8} {'x real time':>11} {'peak MB':>8} {'SI-SDR dB':>9}"
    )
    for minutes in options.minutes:
        with tempfile.TemporaryDirectory() as folder:
            mix = Path(folder, "mix.f32")
            write_mix(mix, minutes * 60)
            for way in ways:
                voice = Path(folder, f"{way}.f32")
                wall, cpu, peak = in_a_process(way, mix, voice, options.threads)
                without = way in ("library", "own work")
                apart = "" if without else f"{_likeness(Path(folder, 'library.f32'), voice):9.1f}"
                speed = minutes * 60 / wall
                print(
                    f"{minutes:7g}  {way:15} {wall:8.1f} {cpu:8.1f} {speed:11.1f} {peak:8.0f} {apart:>9}",
                    flush=True,
                )


def in_a_process(way: str, mix: Path, voice: Path, threads: int) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and megabytes of one way."""
    command = [sys.executable, "-m", "benchmarks.separation", "--threads", str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [*command, "--one", way, str(mix), str(voice)],
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
        text=True,
    )
    wall, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu, peak


def measure(way: str, mix: Path, voice: Path, threads: int) -> tuple[float, float, float]:
    """Separate `mix` into `voice` here: wall seconds, CPU seconds, megabytes above the loaded network."""
    import torch

    torch.set_num_threads(threads)
    separate = library() if way == "library" else ours(way)
    before = megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    wall, cpu = time.perf_counter(), time.process_time()
    separate(mix, voice)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall, cpu, megabytes("VmHWM") - before


def library() -> Callable[[Path, Path], None]:
    """demucs' Separator, without random shifts, on the whole recording."""
    import torch
    from demucs.api import Separator

    separator = Separator(model="tinyvoice", repo=WEIGHTS, device="cpu", shifts=0, overlap=0.25, progress=False)

    def separate(mix: Path, voice: Path) -> None:
        heard = torch.from_numpy(np.ascontiguousarray(np.fromfile(mix, np.float32).reshape(-1, 2).T))
        found = separator.separate_tensor(heard)[1]["vocals"].numpy()
        found.T.tofile(voice)

    return separate


def ours(way: str) -> Callable[[Path, Path], None]:
    """`separate_voice` on windows as they are read, the voice written as it comes."""
    from core.settings import MachineSettings, SeparateSettings
    from core.types import Decoded
    from models.separation import Demucs
    from preprocess.separate import Separator, separate_voice

    batch = int(way.rsplit(" ", 1)[1]) if way.startswith("ours") else 1
    demucs = Demucs(WEIGHTS, MachineSettings(device="cpu", separation_batch=batch))
    separator: Separator = demucs if way.startswith("ours") else Nothing(demucs.segment_samples)
    demucs.segment_samples  # noqa: B018 - loads the network

    def separate(mix: Path, voice: Path) -> None:
        count, total, squares = 0, 0.0, 0.0
        for window in read(mix):
            mono = window.samples.mean(axis=0, dtype=np.float64)
            count, total, squares = count + mono.size, total + mono.sum(), squares + mono @ mono
        mean = total / count
        deviation = float(np.sqrt((squares - count * mean * mean) / (count - 1)))
        decoded = Decoded(0, count / RATE, mean, deviation, 1.0)
        with voice.open("wb") as file:
            for window in separate_voice(read(mix), separator, decoded, SeparateSettings(overlap=0.25)):
                file.write(np.ascontiguousarray(window.samples.T).tobytes())

    return separate


class Nothing:
    """A separator that hears and gives at no cost, so that only our own work is left."""

    sample_rate = RATE
    batch_size = 1

    def __init__(self, segment_samples: int) -> None:
        self.segment_samples = segment_samples

    def voice(self, batch: Samples) -> Samples:
        return batch


def read(mix: Path) -> Iterator[Audio]:
    with mix.open("rb") as file:
        start = 0
        while data := file.read(WINDOW * 8):
            samples = np.frombuffer(data, np.float32).reshape(-1, 2).T
            yield Audio(samples, RATE, start / RATE)
            start += samples.shape[1]


def write_mix(mix: Path, seconds: float) -> None:
    """Pulsed harmonics over a chord and noise, interleaved stereo float32."""
    rng = np.random.default_rng(0)
    with mix.open("wb") as file:
        for first in range(0, round(seconds * RATE), WINDOW):
            time_ = np.arange(first, min(first + WINDOW, round(seconds * RATE))) / RATE
            voice = sum(np.sin(2 * np.pi * 130 * k * time_) / k for k in range(1, 12)) * (
                np.sin(8 * np.pi * time_) > 0
            )
            chord = sum(np.sin(2 * np.pi * hertz * time_) for hertz in (220, 277, 330))
            mixed = np.stack([0.1 * voice + 0.05 * chord, 0.1 * voice + 0.03 * chord], axis=1)
            file.write((mixed + rng.standard_normal(mixed.shape) * 0.003).astype(np.float32).tobytes())


def _likeness(library: Path, voice: Path) -> float:
    """SI-SDR in dB of one raw file against another."""
    return si_sdr(*(np.fromfile(file, np.float32) for file in (library, voice)))


def megabytes(field: str) -> float:
    """A field of /proc/self/status, which counts in kB."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])
