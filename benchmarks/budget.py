"""Where the time and the memory of a run go (DESIGN section 11).

    python -m benchmarks.budget work [--minutes 10]      own work per recording, in CPU-seconds, stage by stage
    python -m benchmarks.budget memory [--minutes 10 60 180]   peak memory above the loaded process
    python -m benchmarks.budget                          both, for ten minutes

`own` is what is neither decoding (ffmpeg and probing children) nor networks (separation, voice detection,
diarization, recogniser). Budget: at most 1 s + 3 % of the duration. Offline models on this CPU.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.quiet import forbid_hub, silence_libraries

silence_libraries()
forbid_hub()


def long_recording(minutes: float, folder: Path) -> Path:
    """The English demo clip's sound, repeated to `minutes`, as AAC in mp4."""
    from flows.command import demo_clips
    from preprocess.ffmpeg import executable

    clip = next(one for one in demo_clips() if "en" in Path(one).stem)
    file = folder / f"{minutes:g}min.m4a"
    command = [executable(), "-v", "error", "-y", "-stream_loop", "-1", "-i", clip, "-t", str(minutes * 60)]
    subprocess.run([*command, "-vn", "-c:a", "aac", "-b:a", "128k", str(file)], check=True)
    return file


class Meter:
    """CPU-seconds of this process and of the children it waited for, with the networks' share kept apart."""

    def __init__(self) -> None:
        self.networks = 0.0
        self._inside = False

    def now(self) -> tuple[float, float]:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time(), children.ru_utime + children.ru_stime

    def as_network(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, its CPU time counted as a network's; once, where networks call one another."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return call(*args, **kwargs)
            self._inside, began = True, time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                self.networks += time.process_time() - began
                self._inside = False

        return timed


def own_work(minutes: float) -> None:
    """One recording through all stages, stage by stage."""
    from core.settings import Settings
    from export.queue import Queue
    from flows.drafting import Entry, draft_all
    from flows.plan import Choices
    from flows.reporting import Finished, finish, make_folder
    from flows.work import prepare

    meter = Meter()
    rows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])

    def perform(stage: str, recording: str, work: Callable[[], Any]) -> Any:
        (cpu, children), networks = meter.now(), meter.networks
        try:
            return work()
        finally:
            (cpu_after, children_after) = meter.now()
            row = rows[stage]
            row[0] += cpu_after - cpu
            row[1] += children_after - children
            row[2] += meter.networks - networks

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        file = long_recording(minutes, home)
        run = prepare(Choices(model_set="offline"), Settings(home=home))
        run.toolbox.warm_up()
        _count_networks(run.toolbox, meter)
        make_folder(home / "out")
        began = time.monotonic()
        with Queue(f"sqlite:///{home / 'queue.db'}") as queue:
            outcomes = draft_all(
                run,
                [Entry(str(file))],
                queue,
                perform,
                lambda drafted: perform("report", "", lambda: finish(run, drafted, home / "out")),
                lanes=1,
            )
        assert isinstance(outcomes[0], Finished), outcomes[0]
        wall = time.monotonic() - began
    own_total = 0.0
    print(f"{minutes:g} minutes of audio, CPU-seconds")
    print(f"{'stage':12} {'own':>8} {'networks':>9} {'children':>9}")
    for stage, (cpu, children, networks) in rows.items():
        own_total += cpu - networks
        print(f"{stage:12} {cpu - networks:8.2f} {networks:9.2f} {children:9.2f}")
    budget = 1 + 0.03 * minutes * 60
    print(f"own work {own_total:.1f} CPU-s (budget {budget:.1f}); whole run {wall:.0f} s of wall time")


def _count_networks(toolbox: Any, meter: Meter) -> None:
    """Time the networks' own calls: what is inside them is the libraries', what is around them is ours."""
    from demucs.htdemucs import HTDemucs
    from faster_whisper.transcribe import BatchedInferencePipeline, WhisperModel
    from onnxruntime import InferenceSession
    from pyannote.audio.pipelines import SpeakerDiarization

    HTDemucs.__call__ = meter.as_network(HTDemucs.__call__)
    InferenceSession.run = meter.as_network(InferenceSession.run)
    SpeakerDiarization.__call__ = meter.as_network(SpeakerDiarization.__call__)
    for kind in (BatchedInferencePipeline, WhisperModel):
        kind.transcribe = _exhausted(kind.transcribe, meter)
    WhisperModel.encode = meter.as_network(WhisperModel.encode)


def _exhausted(transcribe: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    """`transcribe` gives a lazy generator: run it dry inside the measurement."""

    def whole(*args: Any, **kwargs: Any) -> Any:
        segments, info = transcribe(*args, **kwargs)
        return list(segments), info

    return meter.as_network(whole)


def memory(lengths: list[float]) -> None:
    """Peak memory of `prelabel run` for each length, above that of the loaded process (a 10 s recording)."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        loaded = _peak_mb(long_recording(1 / 6, home), home)
        print(f"loaded process (10 s of audio): {loaded:.0f} MB")
        for minutes in lengths:
            file = long_recording(minutes, home)
            began = time.monotonic()
            peak = _peak_mb(file, home)
            print(
                f"{minutes:6g} min: peak {peak:6.0f} MB, {peak - loaded:6.0f} MB above loaded; "
                f"{time.monotonic() - began:.0f} s of wall time",
                flush=True,
            )


def _peak_mb(file: Path, home: Path) -> float:
    """Peak resident memory of a whole `prelabel run`, its decoding children not counted, in MB."""
    command = [sys.executable, "-c", "from flows.command import main; main()", "run", str(file)]
    env = os.environ | {"PRELABEL_HOME": str(home / "home")}
    process = subprocess.Popen(
        [*command, "--models", "offline"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        for line in status.splitlines():
            if line.startswith("VmHWM"):
                peak = max(peak, int(line.split()[1]) / 1024)
        time.sleep(0.2)
    if process.wait() != 0:
        raise SystemExit(f"the run of {file.name} failed with status {process.returncode}")
    return peak


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["work", "memory"])
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0])
    asked = parser.parse_args()
    if asked.what != "memory":
        own_work(asked.minutes[0])
    if asked.what != "work":
        memory(asked.minutes)


if __name__ == "__main__":
    main()
