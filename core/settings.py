"""All settings. Read once in each process, frozen, never a flow parameter.

`PipelineSettings` decide what a draft says: they enter the fingerprints and travel with a batch, so that a
worker obeys the batch and not its own environment. The rest are facts of a machine.
Environment: `PRELABEL_<FIELD>`, sections with two underscores: `PRELABEL_PIPELINE__LOUDNESS__TARGET_LUFS=-20`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.errors import UsageProblem


class _Slice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DecodeSettings(_Slice):
    min_seconds: float = Field(0.2, gt=0.0, description="Shorter sound is rejected as too_short.")
    max_hours: float = Field(12.0, gt=0.0, description="Longer recordings are rejected as too_long.")
    silence_dbfs: float = Field(
        -70.0,
        le=0.0,
        description="A track whose loudest 0.4 s, without its DC offset, stays under this level is silent "
        "(the absolute gate of ITU-R BS.1770-5).",
    )


class SeparateSettings(_Slice):
    mode: Literal["auto", "always", "never"] = Field(
        "auto", description="auto skips separation where the mix is already clean."
    )
    overlap: float = Field(0.25, ge=0.0, le=0.95, description="Share of a segment that the next one covers.")
    clean_snr_db: float = Field(25.0, description="auto: cleaner than this, with no music, is left alone.")
    clean_music_share: float = Field(
        0.05, ge=0.0, le=1.0, description="auto: more music than this share is separated."
    )


class LoudnessSettings(_Slice):
    target_lufs: float = Field(-23.0, ge=-70.0, le=0.0, description="Integrated loudness to reach (EBU R 128).")
    ceiling_dbtp: float = Field(-1.0, ge=-70.0, le=0.0, description="True peak that the gain never exceeds.")


class DiarizeSettings(_Slice):
    hears: Literal["voice", "mix"] = Field("voice", description="Which signal the speakers are told by.")
    step: float = Field(0.1, ge=0.01, le=1.0, description="Window step as a share of the window, up to an hour.")
    long_step: float = Field(0.25, ge=0.01, le=1.0, description="The same for recordings above an hour.")
    clustered_at_most: int = Field(
        6000, ge=2, description="Embeddings that are clustered; the rest take the nearest cluster."
    )


class TranscribeSettings(_Slice):
    beam_size: int = Field(5, ge=1, description="Beams of the decoder.")
    block_seconds: float = Field(600.0, ge=1.0, description="Longest block given to one batched call.")
    compression_ratio_above: float = Field(2.4, gt=0.0, description="Windows above it are suspect (Whisper's own).")
    log_probability_below: float = Field(-1.0, le=0.0, description="Windows below it are suspect (Whisper's own).")
    detect_seconds: float = Field(30.0, ge=1.0, le=30.0, description="Region whose language is detected in one go.")


class SentenceSettings(_Slice):
    pause_seconds: float = Field(0.6, gt=0.0, description="A pause that counts half of a boundary.")
    hard_pause_seconds: float = Field(2.0, gt=0.0, description="A pause that always ends a sentence.")
    max_seconds: float = Field(15.0, ge=1.0, description="Longer sentences are cut at their best inner boundary.")


class CheckSettings(_Slice):
    low_confidence: float = Field(
        0.5, ge=0.0, le=1.0, description="Sentences below this mean word confidence are flagged."
    )
    loop_repeats: int = Field(4, ge=2, description="The same characters this often in a row are a loop.")
    no_voice_share: float = Field(
        0.2, ge=0.0, le=1.0, description="Less voice than this under a sentence is text without voice."
    )
    unwritten_seconds: float = Field(1.5, gt=0.0, description="Voice without text from this length on is flagged.")


class UnitSettings(_Slice):
    whole_up_to_minutes: float = Field(16.0, gt=0.0, description="Recordings up to this length are one work unit.")
    shortest_minutes: float = Field(8.0, ge=0.05, description="Work units of longer recordings last at least this.")
    longest_minutes: float = Field(12.0, ge=0.05, description="And at most this, where silences allow.")

    @model_validator(mode="after")
    def _in_order(self) -> UnitSettings:
        if self.shortest_minutes >= self.longest_minutes:
            raise ValueError("shortest_minutes must be below longest_minutes")
        return self


class PipelineSettings(_Slice):
    """What decides the text of a draft. Part of every fingerprint."""

    decode: DecodeSettings = DecodeSettings()
    separate: SeparateSettings = SeparateSettings()
    loudness: LoudnessSettings = LoudnessSettings()
    diarize: DiarizeSettings = DiarizeSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    sentences: SentenceSettings = SentenceSettings()
    checks: CheckSettings = CheckSettings()
    units: UnitSettings = UnitSettings()


class MachineSettings(_Slice):
    """How this machine does the work. Never part of a fingerprint."""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the networks run.")
    threads: int = Field(0, ge=0, le=1024, description="CPU threads of the networks; 0 = all cores.")
    separation_batch: int = Field(0, ge=0, description="Segments per batch; 0 = 16 on a GPU, 1 on a CPU.")
    transcription_batch: int = Field(0, ge=0, description="Windows per batch; 0 = 16 on a GPU, 4 on a CPU.")
    diarization_batch: int = Field(0, ge=0, description="Chunks per batch; 0 = 64 on a GPU, 16 on a CPU.")
    recordings_in_flight: int = Field(
        2, ge=1, description="Recordings in work at a time: one decodes while another is on the GPU."
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port for Prometheus metrics on this machine; 0 = none."
    )
    probe_seconds: float = Field(60.0, gt=0.0, le=86400.0, description="Time that reading a container may take.")
    stall_seconds: float = Field(
        120.0, gt=0.0, le=86400.0, description="A decoder that gives nothing for so long is killed."
    )
    decoder_memory_mb: int = Field(
        4096, ge=64, le=1 << 20, description="Address space of a probing or decoding child process."
    )


class ServeSettings(_Slice):
    """How `prelabel serve` gives drafts out."""

    one_language: bool = Field(
        False,
        description="A worker who took work in one language gets none in another; leases must name the worker.",
    )


class LabelStudioSettings(_Slice):
    """Where Label Studio runs, and how it comes by the clips."""

    url: str | None = Field(
        None, pattern=r"^https?://[^/\s]+", description="Address of Label Studio, as in http://localhost:8080."
    )
    token: SecretStr | None = Field(
        None, description="Personal access token, or legacy token, from the account settings of Label Studio."
    )
    files: Path | None = Field(
        None, description="Label Studio's LOCAL_FILES_DOCUMENT_ROOT, as this machine sees it: clips are put there."
    )
    files_there: str | None = Field(
        None, description="The same folder as Label Studio sees it, where that differs (in a container)."
    )
    audio_base: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+",
        description="Address under which browsers find clips as <draft id>.m4a; instead of `files`.",
    )

    @property
    def clips(self) -> Path | None:
        """Where clips are put: Label Studio gives out files only from folders inside its document root."""
        return self.files and self.files / "prelabel"


class Settings(BaseSettings):
    """Everything that `PRELABEL_*` can say."""

    model_config = SettingsConfigDict(
        env_prefix="PRELABEL_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    home: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "prelabel",
        description="Folder of store, default queue, projects and reports.",
    )
    store: Path | None = Field(None, description="Media store, where it is not <home>/store; may be shared.")
    queue: str | None = Field(None, description="Database URL of the queue; default SQLite in <home>.")
    models: Literal["offline", "fast", "best"] = Field("fast", description="Model set when none is named.")
    models_dir: Path | None = Field(None, description="Weights' cache, where it is not the hub's own.")
    models_lock: Path | None = Field(None, description="models.lock, where it is not in <home>.")
    hf_token: SecretStr | None = Field(None, description="Hub token for gated models; HF_TOKEN works too.")
    offline: bool = Field(False, description="Never try the network for weights.")
    app: Path | None = Field(None, description="Folder with prefect.yaml, where `prelabel deploy` finds it.")
    nightly_manifest: str = Field(
        "manifest.jsonl", description="Manifest of the nightly batch, read when `prelabel deploy` runs."
    )
    json_logs: bool = Field(False, description="Structured logs on stderr instead of a progress display.")
    pipeline: PipelineSettings = PipelineSettings()
    machine: MachineSettings = MachineSettings()
    serve: ServeSettings = ServeSettings()
    label_studio: LabelStudioSettings = LabelStudioSettings()

    @property
    def store_path(self) -> Path:
        return self.store or self.home / "store"

    @property
    def queue_url(self) -> str:
        return self.queue or f"sqlite:///{self.home / 'queue.db'}"

    @property
    def lock_path(self) -> Path:
        return self.models_lock or self.home / "models.lock"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process.

    Raises UsageProblem naming a misspelt or malformed `PRELABEL_*` variable: pydantic alone lets a misspelt
    top-level name pass in silence.
    """
    known = {f"PRELABEL_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name for name in os.environ if name.startswith("PRELABEL_") and name.split("__")[0] not in known
    )
    if unknown:
        raise UsageProblem(
            f"unknown setting {', '.join(unknown)}",
            why="no setting has this name, so it would have no effect",
            fix=f"correct or unset it; known are {', '.join(sorted(known))}",
        )
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageProblem(
            f"setting PRELABEL_{'__'.join(str(part) for part in first['loc']).upper()} cannot be used",
            why=str(first["msg"]),
            fix="correct the environment variable; docs/settings.md lists them all",
        ) from error
    except SettingsError as error:  # what pydantic-settings says where a whole section is set to no JSON
        sections = {"LABEL_STUDIO", "MACHINE", "PIPELINE", "SERVE"}
        sections |= {f"PIPELINE__{name.upper()}" for name in PipelineSettings.model_fields}
        named = sorted(name for name in os.environ if name.removeprefix("PRELABEL_") in sections)
        raise UsageProblem(
            f"setting {', '.join(named)} cannot be used",
            why="it is a whole section, and its value is not JSON",
            fix="set the section's settings one by one; docs/settings.md lists them all",
        ) from error
