from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.synthetic.levels import si_sdr
from core.errors import ModelsDamaged
from core.settings import MachineSettings, SeparateSettings
from core.types import Audio, Decoded
from models.separation import Demucs
from preprocess.separate import separate_voice

FOLDER = Path(__file__).parents[2] / "models" / "offline" / "separation"
CPU = MachineSettings(device="cpu")


@pytest.fixture(scope="module")
def offline() -> Demucs:
    return Demucs(FOLDER, CPU)


def test_building_one_imports_and_opens_nothing() -> None:
    code = (
        "import sys; from pathlib import Path; from core.settings import MachineSettings;"
        "from models.separation import Demucs; Demucs(Path('nowhere'), MachineSettings());"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parents[2]).returncode == 0


def test_the_voice_equals_that_of_the_library(offline: Demucs) -> None:
    import torch
    from demucs.api import Separator

    mix = talk_over_chords(9.0)
    library = Separator(model="tinyvoice", repo=FOLDER, device="cpu", shifts=0, overlap=0.25)
    expected = library.separate_tensor(torch.from_numpy(mix))[1]["vocals"].numpy()
    mono = mix.mean(0)
    decoded = Decoded(0, 9.0, float(mono.mean()), float(mono.std()), 1.0)
    windows = (Audio(mix[:, at : at + 100_000], 44100, at / 44100) for at in range(0, mix.shape[1], 100_000))
    found = np.concatenate(
        [window.samples for window in separate_voice(windows, offline, decoded, SeparateSettings())], axis=1
    )
    assert found.shape == mix.shape
    assert si_sdr(expected, found) > 60


def test_a_batch_gives_what_its_segments_give_alone(offline: Demucs) -> None:
    length = offline.segment_samples
    batch = np.stack([noise(length, 1), noise(length, 2)])
    alone = np.concatenate([offline.voice(batch[:1]), offline.voice(batch[1:])])
    offline._batch_size = 2
    assert np.abs(offline.voice(batch) - alone).max() < 1e-4


def test_short_memory_halves_the_batch_and_the_voice_is_whole(offline: Demucs) -> None:
    short = ShortOfMemory(FOLDER, MachineSettings(device="cpu", separation_batch=5))
    batch = np.stack([noise(offline.segment_samples, seed) for seed in range(3)])
    found = short.voice(batch)
    assert short.tried == [3, 1, 1, 1] and short.batch_size == 1
    assert np.abs(found - np.concatenate([offline.voice(batch[k : k + 1]) for k in range(3)])).max() < 1e-4


def test_one_segment_that_does_not_fit_is_an_error() -> None:
    import torch

    short = ShortOfMemory(FOLDER, CPU, fits=0)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        short.voice(np.zeros((1, 2, 100), np.float32))


def test_a_hub_snapshot_gives_what_the_same_weights_give_as_a_file(offline: Demucs, tmp_path: Path) -> None:
    write_snapshot(tmp_path, weights=None)
    segment = noise(offline.segment_samples, 3)[None]
    found = Demucs(tmp_path, CPU)
    assert found.sample_rate == 44100 and found.segment_samples == offline.segment_samples
    assert np.abs(found.voice(segment) - offline.voice(segment)).max() < 1e-5


def test_a_bag_runs_only_networks_that_have_a_say_in_the_voice(offline: Demucs, tmp_path: Path) -> None:
    write_snapshot(tmp_path, weights=[[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    bag = Demucs(tmp_path, CPU)
    assert [share for _, share in bag._networks] == [2 / 3, 1 / 3]
    segment = noise(offline.segment_samples, 4)[None]
    assert np.abs(bag.voice(segment) - offline.voice(segment)).max() < 1e-5


def test_weights_that_name_other_code_are_refused_unrun(tmp_path: Path) -> None:
    import torch

    torch.save({"klass": subprocess.run, "args": (), "kwargs": {}, "state": {}}, tmp_path / "evil.th")
    with pytest.raises(ModelsDamaged, match="cannot be read"):
        Demucs(tmp_path, CPU).sample_rate  # noqa: B018 - reading it loads the weights
    write_snapshot(tmp_path, weights=None, klass="subprocess.Popen")
    with pytest.raises(ModelsDamaged, match=r"subprocess\.Popen"):
        Demucs(tmp_path, CPU).sample_rate  # noqa: B018
    write_snapshot(tmp_path, weights=None, structure='{"_class": "subprocess.Popen"}')
    with pytest.raises(ModelsDamaged, match="structure"):
        Demucs(tmp_path, CPU).sample_rate  # noqa: B018


def test_threads_share_one_network_and_their_batches_stay_their_own() -> None:
    shared = Demucs(FOLDER, CPU)
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(lambda _: (shared.segment_samples, id(shared._networks[0][0]))[1], range(4)))
        assert len(set(networks)) == 1
        batches = [noise(shared.segment_samples, seed)[None] for seed in range(3)]
        found = list(pool.map(shared.voice, batches))
    for batch, voice in zip(batches, found, strict=True):
        assert np.abs(shared.voice(batch) - voice).max() < 1e-5


@pytest.mark.parametrize("content", [None, b"", b"not weights"])
def test_missing_or_damaged_weights_say_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "voice.th").write_bytes(content)
    with pytest.raises(ModelsDamaged, match="prelabel models verify"):
        Demucs(tmp_path, CPU).sample_rate  # noqa: B018


def test_no_spectrum_with_an_imaginary_part_at_0_hz_is_inverted(
    offline: Demucs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cuFFT makes a tone of it; a CPU ignores it, so only the spectrum itself shows."""
    import torch

    seen: list[float] = []
    invert = torch.istft

    def watched(spectrum: torch.Tensor, *args: Any, **named: Any) -> torch.Tensor:
        seen.append(float(spectrum[..., 0, :].imag.abs().max()))
        return invert(spectrum, *args, **named)

    monkeypatch.setattr("torch.istft", watched)
    offline.voice(noise(offline.segment_samples, 5)[None])
    assert seen == [0.0]


@pytest.mark.gpu
def test_on_a_gpu_the_voice_is_that_of_the_cpu(offline: Demucs) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU")
    batch = np.stack([noise(offline.segment_samples, seed) for seed in range(3)])
    gpu = Demucs(FOLDER, MachineSettings(device="cuda"))
    assert gpu.batch_size == 16
    assert si_sdr(offline.voice(batch), gpu.voice(batch)) > 40


@pytest.mark.gpu
def test_a_gpu_that_is_short_of_memory_gives_the_same_voice_in_smaller_batches() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU")
    gpu = Demucs(FOLDER, MachineSettings(device="cuda", separation_batch=32))
    batch = np.stack([noise(gpu.segment_samples, seed) for seed in range(32)])
    torch.cuda.reset_peak_memory_stats()
    expected = gpu.voice(batch)
    peak = torch.cuda.max_memory_allocated()
    torch.cuda.empty_cache()
    try:
        torch.cuda.set_per_process_memory_fraction(peak / 3 / torch.cuda.get_device_properties(0).total_memory)
        found = gpu.voice(batch)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert 1 <= gpu.batch_size < 32
    assert si_sdr(expected, found) > 40


class ShortOfMemory(Demucs):
    """The real network on a device that has memory for `fits` segments."""

    def __init__(self, path: Path, machine: MachineSettings, fits: int = 1) -> None:
        super().__init__(path, machine)
        self.fits = fits
        self.tried: list[int] = []

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        import torch

        self.tried.append(len(batch))
        if len(batch) > self.fits:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return super()._run(batch)


def write_snapshot(folder: Path, *, weights: Any, klass: str = "demucs.htdemucs.HTDemucs", **more: str) -> None:
    """The offline network as demucs' hub repositories hold theirs: a yaml, and safetensors with metadata."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    with torch.serialization.safe_globals([HTDemucs, Fraction]):
        package = torch.load(FOLDER / "tinyvoice.th", weights_only=True)
    metadata = {"klass": klass, "args": "[]", "kwargs": json.dumps(package["kwargs"], default=as_fraction)} | more
    save_file(
        {name: tensor.contiguous() for name, tensor in package["state"].items()},
        folder / "0a1b2c3d.safetensors",
        metadata,
    )
    count = len(weights) if weights else 1
    bag = {"models": ["0a1b2c3d"] * count} | ({"weights": weights} if weights else {})
    (folder / "htdemucs.yaml").write_text(json.dumps(bag))


def as_fraction(value: Fraction) -> dict[str, Any]:
    return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}


def noise(length: int, seed: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((2, length)).astype(np.float32)


def talk_over_chords(seconds: float) -> npt.NDArray[np.float32]:
    """Stereo: pulsed harmonics over three sines and a little noise."""
    time = np.arange(int(seconds * 44100)) / 44100
    voice = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 20)) * (np.sin(8 * np.pi * time) > 0)
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220, 277, 330))
    mix = np.stack([0.1 * voice + 0.05 * chord, 0.1 * voice + 0.03 * chord])
    return (mix + np.random.default_rng(0).standard_normal(mix.shape) * 0.001).astype(np.float32)
