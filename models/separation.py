"""demucs as a separator: the voice of a batch of segments, from weights that lie on this machine."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ModelsDamaged
from core.settings import MachineSettings
from models.devices import Device, batch_size, choose_device, free_cached_memory, ran_out_of_memory

VOICE = "vocals"
GPU_BATCH = 16
CPU_BATCH = 1
"""On a CPU a batch of one is as fast as any, and takes the least memory."""


class Demucs:
    """A hybrid transformer demucs, or a bag of them, in float32; implements `preprocess.separate.Separator`.

    `path` is a `.th` file, or a folder that holds one, or a hub snapshot with `<name>.yaml` and a
    `<signature>.safetensors` for each network of the bag. Nothing is ever fetched: demucs' own search would
    try two hosts, whatever the hub's client was told. Loads on first use; one thread at a time.
    """

    def __init__(self, path: Path, machine: MachineSettings) -> None:
        self.path = path
        self.machine = machine
        self._batch_size = machine.separation_batch
        # Its own, as `cached_property` has none from Python 3.12 on; taken again within `voice`.
        self._lock = threading.RLock()

    @property
    def sample_rate(self) -> int:
        with self._lock:
            return int(self._networks[0][0].samplerate)

    @property
    def segment_samples(self) -> int:
        with self._lock:
            return _segment_samples(self._networks[0][0])

    @property
    def batch_size(self) -> int:
        """Segments that one call of `voice` runs at once; shrinks when the GPU's memory is short."""
        # No lock: whoever lays the next batch ready asks while this one runs.
        return batch_size(self._batch_size, self._device, gpu=GPU_BATCH, cpu=CPU_BATCH)

    def voice(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(batch, 2, segment) of normalised mix → the voice alone, of the same shape.

        A batch that the GPU has no memory for is halved, and so are later ones; a single segment that does
        not fit raises torch.cuda.OutOfMemoryError.
        """
        answers: list[npt.NDArray[np.float32]] = []
        done = 0
        with self._lock:
            while done < len(batch):
                part = batch[done : done + self.batch_size]
                answer = self._attempt(part)
                if answer is None:
                    self._batch_size = min(self.batch_size, len(part) // 2)
                    free_cached_memory()
                else:
                    answers.append(answer)
                    done += len(part)
        return np.concatenate(answers)

    def _attempt(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
        """The voice, or None where several segments do not fit; on return the tensors of the attempt are gone."""
        try:
            return self._run(batch)
        except (RuntimeError, MemoryError) as error:
            if len(batch) == 1 or not ran_out_of_memory(error):
                raise
            return None

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        import torch

        networks = self._networks
        heard = torch.from_numpy(batch)
        on_gpu = self._device == "cuda"
        if on_gpu:
            heard = heard.pin_memory().to(self._device, non_blocking=True)
        with torch.inference_mode():
            voice = sum(network(heard)[:, network.sources.index(VOICE)] * share for network, share in networks)
            # Into pinned memory, too: a batch of 16 came back in 32 ms otherwise, a tenth of its time.
            found: npt.NDArray[np.float32] = torch.empty(voice.shape, pin_memory=on_gpu).copy_(voice).numpy()
        return found

    @cached_property
    def _device(self) -> Device:
        return choose_device(self.machine)

    @cached_property
    def _networks(self) -> list[tuple[Any, float]]:
        """The networks that have a say in the voice, each with its share; the shares add up to 1.

        htdemucs_ft holds a specialist for each source: of its four networks only one is run.
        """
        import torch

        if self.machine.threads:
            torch.set_num_threads(self.machine.threads)
        if self._device == "cuda":
            # Full float32, as on a CPU: TF32 keeps 10 bits. pyannote switches it off in the same way.
            torch.backends.cuda.matmul.allow_tf32 = False
            torch.backends.cudnn.allow_tf32 = False
        networks, weights = _load(self.path)
        for network in networks:
            if VOICE not in network.sources or _segment_samples(network) != _segment_samples(networks[0]):
                raise _damaged(self.path, f"its networks do not all give {VOICE!r} from segments of one length")
        voice = networks[0].sources.index(VOICE)
        told = [weight[voice] for weight in weights]
        return [
            (_real_at_zero(network.to(self._device).eval()), weight / sum(told))
            for network, weight in zip(networks, told, strict=True)
            if weight
        ]


def _real_at_zero(network: Any) -> Any:
    """The network, which drops from its spectrum what no sound has at 0 Hz, an imaginary part, before inverting it.

    On a CPU that part is ignored. cuFFT in float32 makes a tone at half the sample rate of it (CUDA 13.0, H200):
    some 50 dB below the mix, and no more than 15 dB below a soft voice.
    """
    invert = network._ispec

    def inverted(spectrum: Any, *args: Any, **named: Any) -> Any:
        spectrum.imag[..., 0, :] = 0.0
        return invert(spectrum, *args, **named)

    network._ispec = inverted
    return network


def _segment_samples(network: Any) -> int:
    """As demucs.apply counts them."""
    return int(network.samplerate * network.segment)


def _load(path: Path) -> tuple[list[Any], list[list[float]]]:
    """The networks of a file or folder, and for each its weight in every source."""
    bags = sorted(path.glob("*.yaml")) if path.is_dir() else []
    pickles = sorted(path.glob("*.th")) if path.is_dir() else [path]
    if len(bags) == 1:
        return _load_bag(bags[0])
    if len(pickles) == 1 and pickles[0].is_file():
        network = _load_pickle(pickles[0])
        return [network], [[1.0] * len(network.sources)]
    raise _damaged(path, "it holds neither one .th file nor one .yaml of a bag")


def _load_bag(bag: Path) -> tuple[list[Any], list[list[float]]]:
    import yaml

    content = yaml.safe_load(bag.read_text(encoding="utf-8"))
    networks = [_load_safetensors(bag.parent / f"{signature}.safetensors") for signature in content["models"]]
    segment = content.get("segment")
    for network in networks:
        if segment is not None and segment <= network.segment:
            network.segment = segment
    weights = content.get("weights") or [[1.0] * len(network.sources) for network in networks]
    return networks, weights


def _load_safetensors(file: Path) -> Any:
    """One network. The file names the class to build, so only demucs' own hybrid transformer is let through.

    A `structure` in its metadata could name more classes; weights that are not packed have none.
    """
    from demucs.hf import load_safetensors_model
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="pt") as opened:
            metadata = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise _damaged(file, f"it cannot be read ({error})") from error
    if metadata.get("klass") != "demucs.htdemucs.HTDemucs":
        raise _damaged(file, f"it holds a {metadata.get('klass')}, not a demucs.htdemucs.HTDemucs")
    if "structure" in metadata:
        raise _damaged(file, "its metadata has a structure, in which classes can be named")
    return load_safetensors_model(file)


def _load_pickle(file: Path) -> Any:
    """One network from demucs' older format.

    A pickle can name any code; `weights_only` lets through tensors and the two classes given here, no more.
    """
    import pickle
    from fractions import Fraction

    import torch
    from demucs.htdemucs import HTDemucs
    from demucs.states import load_model

    try:
        with torch.serialization.safe_globals([HTDemucs, Fraction]):
            package = torch.load(file, "cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise _damaged(file, f"it cannot be read ({error})") from error
    return load_model(package)  # type: ignore[no-untyped-call]


def _damaged(path: Path, why: str) -> ModelsDamaged:
    return ModelsDamaged(
        f"the separation model at {path} cannot be used",
        why=why,
        fix="run `prelabel models verify`, then `prelabel models pull`",
    )
