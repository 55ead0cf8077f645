"""Which device the networks run on, in which precision, with how many threads."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from core.errors import EnvironmentProblem
from core.settings import MachineSettings

Device = Literal["cpu", "cuda"]


def choose_device(machine: MachineSettings) -> Device:
    """`cuda` or `cpu`; `auto` takes the GPU where torch can use one.

    Imports torch only where the driver reports a GPU. Raises EnvironmentProblem where `cuda` was asked for and
    cannot be had.
    """
    if machine.device == "cpu":
        return "cpu"
    if driver_sees_gpu() and _torch_sees_gpu():
        return "cuda"
    if machine.device == "cuda":
        raise EnvironmentProblem(
            "no CUDA GPU can be used",
            why="the NVIDIA driver reports none"
            if not driver_sees_gpu()
            else "torch cannot use the one that the driver reports; the driver may be older than torch's CUDA",
            fix="run `prelabel doctor`; or set PRELABEL_MACHINE__DEVICE=cpu",
        )
    return "cpu"


@cache
def driver_sees_gpu() -> bool:
    """Whether the NVIDIA driver reports a GPU; heeds CUDA_VISIBLE_DEVICES, loads nothing of CUDA itself."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


@cache
def preload_cublas12() -> bool:
    """Map cuBLAS 12 into this process; False where its wheel is not installed.

    CTranslate2 opens `libcublas.so.12` by its bare name, while torch brings cuBLAS 13, and the loader does not
    look into wheels. Loaded once by its path, the name resolves. Both versions keep apart: their symbols carry
    version tags.
    """
    spec = importlib.util.find_spec("nvidia")
    for base in spec.submodule_search_locations or () if spec else ():
        folder = Path(base, "cublas", "lib")
        if (folder / "libcublas.so.12").exists():
            for library in ("libcublasLt.so.12", "libcublas.so.12"):
                ctypes.CDLL(str(folder / library))
            return True
    return False


def demand_cublas12() -> None:
    """Have cuBLAS 12 ready for CTranslate2, from its wheel or from the system. Raises EnvironmentProblem.

    Otherwise the first recording would fail in it, and so would each one after.
    """
    if preload_cublas12():
        return
    try:
        ctypes.CDLL("libcublas.so.12")
    except OSError as error:
        raise EnvironmentProblem(
            "the recogniser cannot compute on the GPU",
            why=f"CTranslate2 needs cuBLAS 12, which is not installed ({error})",
            fix="install the extra gpu: `pip install '.[gpu]' -c constraints.txt`; "
            "or set PRELABEL_MACHINE__DEVICE=cpu",
        ) from error


def pick_compute_type(wanted: Sequence[str], device: Device) -> str:
    """The first of `wanted` that CTranslate2 supports on `device`. Raises EnvironmentProblem where none is."""
    supported = _compute_types(device)
    for one in wanted:
        if one in supported:
            return one
    raise EnvironmentProblem(
        f"the recogniser cannot compute in {' or '.join(wanted)} on {device}",
        why=f"CTranslate2 supports {', '.join(sorted(supported))} here",
        fix="choose another model set, or another device in PRELABEL_MACHINE__DEVICE",
    )


def thread_count(machine: MachineSettings) -> int:
    """CPU threads for the networks: as set, else the cores that this process may use."""
    return machine.threads or len(os.sched_getaffinity(0))


def share_cores() -> None:
    """Let idle threads of the networks sleep. Call before torch is imported: OpenMP reads this once.

    By default they spin, and where several recordings are in flight they spin on the cores that the others
    need: on two busy cores diarization took 9 times the CPU and 6 times as long.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def batch_size(asked: int, device: Device, *, gpu: int, cpu: int) -> int:
    """The batch as set, else the usual one of the device."""
    return asked or (gpu if device == "cuda" else cpu)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether a network failed for want of memory, on its device or on this machine.

    CTranslate2 and cuBLAS say it in words only; pyannote turns what torch says into a MemoryError of its own.
    """
    said = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in said or "alloc_failed" in said)
    )


def echoes(error: BaseException) -> bool:
    """Whether CTranslate2 reports, late, that the call before had no memory: it says so once, whatever was asked.

    Seen with 4.8.5 on an H200; the same call made again succeeds, or says itself what it lacks.
    """
    return isinstance(error, RuntimeError) and "cudaErrorInvalidDevice" in str(error)


def free_cached_memory() -> None:
    """Give back the GPU memory that torch keeps for itself, where torch is loaded at all.

    CTranslate2 allocates beside torch and cannot ask for it.
    """
    empty = getattr(sys.modules.get("torch.cuda"), "empty_cache", None)
    if empty is not None:
        empty()


@cache
def _torch_sees_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


@cache
def _compute_types(device: Device) -> frozenset[str]:
    if device == "cuda":
        preload_cublas12()
    import ctranslate2

    return frozenset(ctranslate2.get_supported_compute_types(device))
