from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import pytest

from core.errors import EnvironmentProblem
from core.settings import MachineSettings, Settings, TranscribeSettings
from core.types import LANGUAGES
from models import devices
from models.devices import (
    batch_size,
    choose_device,
    demand_cublas12,
    free_cached_memory,
    pick_compute_type,
    preload_cublas12,
    ran_out_of_memory,
    thread_count,
)
from models.toolbox import toolbox
from tests.speech import character_errors, speech, text_of


def test_the_cpu_is_taken_where_it_is_asked_for_or_nothing_else_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device(MachineSettings(device="cpu")) == "cpu"
    monkeypatch.setattr(devices, "driver_sees_gpu", lambda: False)
    assert choose_device(MachineSettings()) == "cpu"


def test_a_gpu_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "driver_sees_gpu", lambda: False)
    with pytest.raises(EnvironmentProblem, match="driver reports none") as caught:
        choose_device(MachineSettings(device="cuda"))
    assert "PRELABEL_MACHINE__DEVICE=cpu" in caught.value.fix
    monkeypatch.setattr(devices, "driver_sees_gpu", lambda: True)
    monkeypatch.setattr(devices, "_torch_sees_gpu", lambda: False)
    assert choose_device(MachineSettings()) == "cpu"
    with pytest.raises(EnvironmentProblem, match="driver may be older"):
        choose_device(MachineSettings(device="cuda"))


def test_the_best_precision_that_the_device_supports_is_taken() -> None:
    assert pick_compute_type(("float16", "int8_float32", "float32"), "cpu") == "int8_float32"
    assert pick_compute_type(("float32",), "cpu") == "float32"
    with pytest.raises(EnvironmentProblem, match="bfloat17"):
        pick_compute_type(("bfloat17",), "cpu")


def test_without_cublas_12_the_recogniser_says_so_before_any_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(devices, "preload_cublas12", lambda: False)
    monkeypatch.setattr("ctypes.CDLL", nowhere)
    with pytest.raises(EnvironmentProblem, match="GPU") as caught:
        demand_cublas12()
    assert "libcublas.so.12" in caught.value.why
    assert "[gpu]" in caught.value.fix
    monkeypatch.setattr(devices, "preload_cublas12", lambda: True)
    demand_cublas12()


def test_threads_and_batches_are_as_set_or_as_usual() -> None:
    assert thread_count(MachineSettings(threads=3)) == 3
    assert thread_count(MachineSettings()) == len(os.sched_getaffinity(0))
    assert batch_size(7, "cpu", gpu=16, cpu=4) == 7
    assert [batch_size(0, "cuda", gpu=16, cpu=4), batch_size(0, "cpu", gpu=16, cpu=4)] == [16, 4]


def test_running_out_of_memory_is_known_by_its_words() -> None:
    assert ran_out_of_memory(RuntimeError("CUDA failed with error out of memory"))
    assert ran_out_of_memory(RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"))
    assert ran_out_of_memory(MemoryError("batch_size ( 32) is probably too large."))
    assert not ran_out_of_memory(RuntimeError("CUDA error: device-side assert"))
    assert not ran_out_of_memory(ValueError("out of memory"))


def test_freeing_memory_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch.cuda", raising=False)
    free_cached_memory()
    freed: list[str] = []
    monkeypatch.setitem(sys.modules, "torch.cuda", SimpleNamespace(empty_cache=lambda: freed.append("all")))
    free_cached_memory()
    assert freed == ["all"]


@pytest.mark.gpu
@pytest.mark.skipif(not devices.driver_sees_gpu(), reason="no GPU on this machine")
def test_both_libraries_compute_on_the_gpu_in_one_process() -> None:
    import torch

    machine = Settings(machine=MachineSettings(device="cuda"))
    assert choose_device(machine.machine) == "cuda"
    assert preload_cublas12()
    assert float((torch.ones(8, 8, device="cuda") @ torch.ones(8, 8, device="cuda")).sum()) == 512.0
    assert pick_compute_type(("float16", "float32"), "cuda") == "float16"
    written = toolbox("offline", machine).transcriber.transcribe(
        speech("en"), language=None, allowed=LANGUAGES, glossary=(), settings=TranscribeSettings()
    )
    assert written.language == "en"
    assert character_errors("en", text_of(written)) < 0.25
