"""`prelabel doctor`: before a run, everything that would fail during one. Each check says how to mend it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.error import URLError
from urllib.request import urlopen

from core.errors import PrelabelError
from core.settings import Settings, settings
from core.store import MediaStore
from models.catalogue import model_set

Level = Literal["ok", "warning", "error"]

DRIVER_AT_LEAST = 580
"""CUDA 13, which torch 2.11 is built for, needs this NVIDIA driver (CUDA 13 release notes, table of drivers)."""

LIBRARIES = (
    *("torch", "torchaudio", "ctranslate2", "faster_whisper", "pyannote", "demucs", "kiwipiepy", "opencc"),
    *("prefect", "sqlalchemy", "alembic", "av", "fsspec"),
)

FREE_GB_WARNING, FREE_GB_ERROR = 20.0, 2.0
"""Ten hours of voice as FLAC take about 0.6 GB; below 2 GB a batch stops within hours."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `fix` is empty where all is well."""

    check: str
    level: Level
    what: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    def as_text(self) -> str:
        mark = {"ok": "✓", "warning": "!", "error": "✗"}[self.level]
        line = f"{mark} {self.check:14} {self.what}"
        return f"{line}\n{'':17}fix: {self.fix}" if self.fix else line


def examine(set_name: str | None, *, quick: bool = False) -> Iterator[Finding]:
    """Run the checks one by one; `quick` leaves out what loads libraries or cannot change while a worker runs."""
    machine = settings()
    name = set_name or machine.models
    checks: list[Callable[[], Finding]] = [
        lambda: _gpu(machine),
        lambda: _weights(name, machine),
        lambda: _store(machine),
        lambda: _disk(machine),
        lambda: _queue(machine),
        lambda: _prefect(),
    ]
    if not quick:
        checks[1:1] = [
            lambda: _cublas(machine),
            lambda: _compute_type(name, machine),
            lambda: _libraries(),
            lambda: _media(),
        ]
        checks.insert(-3, lambda: _token(name, machine))
    for check in checks:
        yield check()


def worst(findings: Sequence[Finding]) -> Level:
    """The worst level among `findings`."""
    levels = {one.level for one in findings}
    return "error" if "error" in levels else "warning" if "warning" in levels else "ok"


def _gpu(machine: Settings) -> Finding:
    driver = _driver()
    wanted = machine.machine.device
    if driver is None:
        if wanted == "cuda":
            return Finding(
                "gpu",
                "error",
                "no NVIDIA driver, but PRELABEL_MACHINE__DEVICE is cuda",
                "install the driver, or set PRELABEL_MACHINE__DEVICE=auto",
            )
        return Finding(
            "gpu",
            "warning",
            "none; the networks run on the CPU, which only suits the offline set and trials",
            "use a machine with an NVIDIA GPU for real work",
        )
    gpus, version = driver
    major = version.split(".")[0]
    if major.isdigit() and int(major) < DRIVER_AT_LEAST:
        return Finding(
            "gpu",
            "error",
            f"{gpus}; driver {version} is too old for torch's CUDA 13",
            f"install driver {DRIVER_AT_LEAST} or later",
        )
    return Finding("gpu", "ok", f"{gpus}; driver {version}")


def _driver() -> tuple[str, str] | None:
    """(GPU names, driver version) as nvidia-smi tells them; None without a driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    query = [program, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (subprocess.SubprocessError, OSError):
        return None
    rows = [line.split(", ") for line in said.splitlines() if ", " in line]
    return (", ".join(row[0] for row in rows), rows[0][1]) if rows else None


def _cublas(machine: Settings) -> Finding:
    from models.devices import preload_cublas12

    if _driver() is None:
        return Finding("cublas", "ok", "not needed without a GPU")
    if preload_cublas12():
        return Finding("cublas", "ok", "cuBLAS 12 for CTranslate2 stands beside torch's CUDA 13")
    try:
        ctypes.CDLL("libcublas.so.12")
    except OSError:
        return Finding(
            "cublas",
            "error",
            "CTranslate2 needs libcublas.so.12, and only torch's CUDA 13 is here",
            "install the GPU extra: `make install EXTRAS=gpu`, or pip install '.[gpu]' -c constraints.txt",
        )
    return Finding("cublas", "ok", "libcublas.so.12 is on the library path")


def _compute_type(name: str, machine: Settings) -> Finding:
    from models.devices import choose_device, pick_compute_type

    chosen = model_set(name)
    try:
        device = choose_device(machine.machine)
        precision = pick_compute_type(chosen.cuda if device == "cuda" else chosen.cpu, device)
    except PrelabelError as error:
        return Finding("compute type", "error", f"{error.what}: {error.why}", error.fix)
    return Finding("compute type", "ok", f"{precision} on {device}")


def _libraries() -> Finding:
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        return Finding("libraries", "error", f"not installed: {', '.join(missing)}", "run `make install`")
    return Finding("libraries", "ok", "all installed")


def _media() -> Finding:
    from preprocess.ffmpeg import executable

    try:
        said = subprocess.run([executable(), "-version"], capture_output=True, text=True, timeout=20, check=True)
    except (subprocess.SubprocessError, OSError, RuntimeError) as error:
        return Finding("ffmpeg", "error", f"does not run: {error}", "reinstall the package imageio-ffmpeg")
    return Finding("ffmpeg", "ok", said.stdout.split("Copyright")[0].strip())


def _weights(name: str, machine: Settings) -> Finding:
    from models.weights import ensure_present

    try:
        ensure_present(name, machine)
    except PrelabelError as error:
        return Finding("weights", "error", f"{error.what}: {error.why}", error.fix)
    note = " (small models: synthetic speech only)" if name == "offline" else ""
    return Finding("weights", "ok", f"the set {name} is here{note}")


def _token(name: str, machine: Settings) -> Finding:
    gated = [ref for ref in model_set(name).refs if ref.gated]
    if not gated:
        return Finding("token", "ok", f"the set {name} needs none")
    if machine.hf_token or os.environ.get("HF_TOKEN"):
        return Finding("token", "ok", "a hub token is set; it is only used by `prelabel models pull`")
    return Finding(
        "token",
        "warning",
        f"no hub token, and {gated[0].name} is gated; only fetching needs it",
        f"accept the conditions on {gated[0].page} and set HF_TOKEN before `prelabel models pull`",
    )


def _store(machine: Settings) -> Finding:
    try:
        MediaStore(machine.store_path).open()
    except PrelabelError as error:
        return Finding("store", "error", f"{error.what}: {error.why}", error.fix)
    return Finding("store", "ok", f"{machine.store_path} can be written")


def _disk(machine: Settings) -> Finding:
    folder = next(one for one in (machine.store_path, *machine.store_path.parents) if one.exists())
    free = shutil.disk_usage(folder).free / 1e9
    level: Level = "error" if free < FREE_GB_ERROR else "warning" if free < FREE_GB_WARNING else "ok"
    fix = "" if level == "ok" else "free some, or put PRELABEL_STORE on a larger disk"
    return Finding("disk", level, f"{free:.0f} GB free for the store", fix)


def _queue(machine: Settings) -> Finding:
    from export.queue import Queue

    try:
        with Queue(machine.queue_url) as queue:
            count = queue.count()
    except PrelabelError as error:
        return Finding("queue", "error", f"{error.what}: {error.why}", error.fix)
    return Finding("queue", "ok", f"opens; {count} draft{'' if count == 1 else 's'} in it")


def _prefect() -> Finding:
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return Finding("prefect", "ok", "no server set: `prelabel run` brings its own")
    try:
        with urlopen(f"{url}/health", timeout=5):  # noqa: S310 (the operator's own setting)
            pass
    except (URLError, OSError, ValueError) as error:
        return Finding(
            "prefect",
            "error",
            f"the server at PREFECT_API_URL does not answer: {error}",
            "start it, correct the address, or unset PREFECT_API_URL",
        )
    return Finding("prefect", "ok", "the server at PREFECT_API_URL answers")


def as_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """The examination as one JSON object."""
    return {"worst": worst(findings), "findings": [one.as_json() for one in findings]}
