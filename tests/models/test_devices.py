from __future__ import annotations

import os

import pytest

from core.errors import EnvironmentProblem
from core.settings import MachineSettings
from models import devices
from models.devices import (
    batch_size,
    choose_device,
    pick_compute_type,
    preload_cublas12,
    ran_out_of_memory,
    thread_count,
)


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


def test_preloading_cublas_says_whether_it_is_there() -> None:
    assert preload_cublas12() in (True, False)


def test_threads_and_batches_are_as_set_or_as_usual() -> None:
    assert thread_count(MachineSettings(threads=3)) == 3
    assert thread_count(MachineSettings()) == len(os.sched_getaffinity(0))
    assert batch_size(7, "cpu", gpu=16, cpu=4) == 7
    assert [batch_size(0, "cuda", gpu=16, cpu=4), batch_size(0, "cpu", gpu=16, cpu=4)] == [16, 4]


def test_running_out_of_memory_is_known_by_its_words() -> None:
    assert ran_out_of_memory(RuntimeError("CUDA failed with error out of memory"))
    assert not ran_out_of_memory(RuntimeError("CUDA error: device-side assert"))
    assert not ran_out_of_memory(ValueError("out of memory"))


@pytest.mark.gpu
@pytest.mark.skipif(not devices.driver_sees_gpu(), reason="no GPU on this machine")
def test_both_libraries_compute_on_the_gpu_in_one_process() -> None:
    import torch

    assert choose_device(MachineSettings(device="cuda")) == "cuda"
    assert preload_cublas12()
    assert float((torch.ones(8, 8, device="cuda") @ torch.ones(8, 8, device="cuda")).sum()) == 512.0
    assert pick_compute_type(("float16", "float32"), "cuda") == "float16"
