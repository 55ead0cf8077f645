"""The model sets: which networks do the work, where they come from, in what precision, under which licence.

A new model is one `ModelRef`; a new set is one line in `MODEL_SETS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import UsageProblem


@dataclass(frozen=True, slots=True)
class ModelRef:
    """One model: `owner/name` on the hub, or `offline/…` for a folder that is shipped in `models/offline/`.

    `files` are patterns of paths within its repository: what is fetched, and what must be there. `gated`: the
    hub wants its conditions accepted at `page` and a token.
    """

    name: str
    task: str
    licence: str
    files: tuple[str, ...]
    gated: bool = False

    @property
    def shipped(self) -> bool:
        return self.name.startswith("offline/")

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return "models/offline/README.md" if self.shipped else f"https://huggingface.co/{self.name}"


@dataclass(frozen=True, slots=True)
class ModelSet:
    """A named choice of models.

    `cuda` and `cpu` are the precisions of transcription, best first: the first one that the device supports
    is taken, and counts in the fingerprint. Separation and diarization compute in float32 everywhere.
    """

    name: str
    separation: ModelRef
    diarization: ModelRef
    transcription: ModelRef
    cuda: tuple[str, ...]
    cpu: tuple[str, ...]

    @property
    def refs(self) -> tuple[ModelRef, ...]:
        return self.separation, self.diarization, self.transcription


_PIPELINE_FILES = (
    "config.yaml",
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/plda.npz",
    "plda/xvec_transform.npz",
)
_WHISPER_FILES = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")

HTDEMUCS = ModelRef("adefossez/HTDemucs", "separation", "MIT", ("htdemucs.yaml", "*.safetensors"))
COMMUNITY_1 = ModelRef(
    "pyannote/speaker-diarization-community-1", "diarization", "CC-BY-4.0", _PIPELINE_FILES, gated=True
)
LARGE_V3 = ModelRef("Systran/faster-whisper-large-v3", "transcription", "MIT", _WHISPER_FILES)
LARGE_V3_TURBO = ModelRef("mobiuslabsgmbh/faster-whisper-large-v3-turbo", "transcription", "MIT", _WHISPER_FILES)

MODEL_SETS: Mapping[str, ModelSet] = {
    "offline": ModelSet(
        "offline",
        separation=ModelRef("offline/separation", "separation", "Apache-2.0", ("*.th",)),
        diarization=ModelRef("offline/diarization", "diarization", "Apache-2.0", _PIPELINE_FILES),
        transcription=ModelRef("offline/transcription", "transcription", "Apache-2.0", _WHISPER_FILES),
        cuda=("int8_float32", "float32"),
        cpu=("int8_float32", "float32"),
    ),
    "fast": ModelSet(
        "fast",
        separation=HTDEMUCS,
        diarization=COMMUNITY_1,
        transcription=LARGE_V3_TURBO,
        cuda=("int8_float16", "int8_float32", "float32"),
        cpu=("int8_float32", "float32"),
    ),
    "best": ModelSet(
        "best",
        separation=HTDEMUCS,
        diarization=COMMUNITY_1,
        transcription=LARGE_V3,
        cuda=("float16", "float32"),
        cpu=("float32",),
    ),
}


def model_set(name: str) -> ModelSet:
    """The set of that name. Raises UsageProblem."""
    try:
        return MODEL_SETS[name]
    except KeyError:
        raise UsageProblem(
            f"there is no model set {name!r}",
            why=f"the catalogue has {', '.join(MODEL_SETS)}",
            fix="name one of them with --models or in PRELABEL_MODELS",
        ) from None
