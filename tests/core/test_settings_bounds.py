"""A value that no stage could work with is named when it is read, not met as a crash hours later."""

import pytest
from pydantic import ValidationError

from core.errors import UsageProblem
from core.settings import MachineSettings, PipelineSettings, settings

NONSENSE = {
    "PIPELINE__DECODE__MIN_SECONDS": ("0", "-1", "nan"),
    "PIPELINE__DECODE__MAX_HOURS": ("0", "inf"),
    "PIPELINE__DECODE__SILENCE_DBFS": ("1", "-inf", "nan"),
    "PIPELINE__SEPARATE__OVERLAP": ("1", "0.999", "-0.1"),
    "PIPELINE__SEPARATE__CLEAN_SNR_DB": ("nan", "inf"),
    "PIPELINE__SEPARATE__CLEAN_MUSIC_SHARE": ("-0.1", "1.1"),
    "PIPELINE__LOUDNESS__TARGET_LUFS": ("nan", "1", "-71"),
    "PIPELINE__LOUDNESS__CEILING_DBTP": ("nan", "0.1", "-71"),
    "PIPELINE__DIARIZE__STEP": ("0", "1.1", "-0.1", "1e-9"),
    "PIPELINE__DIARIZE__LONG_STEP": ("0", "1.1"),
    "PIPELINE__DIARIZE__CLUSTERED_AT_MOST": ("1", "0", "-5"),
    "PIPELINE__TRANSCRIBE__BEAM_SIZE": ("0",),
    "PIPELINE__TRANSCRIBE__BLOCK_SECONDS": ("-1", "0"),
    "PIPELINE__TRANSCRIBE__COMPRESSION_RATIO_ABOVE": ("0", "nan"),
    "PIPELINE__TRANSCRIBE__LOG_PROBABILITY_BELOW": ("0.1", "nan"),
    "PIPELINE__TRANSCRIBE__DETECT_SECONDS": ("0", "30.1"),
    "PIPELINE__SENTENCES__PAUSE_SECONDS": ("0", "-1"),
    "PIPELINE__SENTENCES__HARD_PAUSE_SECONDS": ("0", "nan"),
    "PIPELINE__SENTENCES__MAX_SECONDS": ("0", "inf"),
    "PIPELINE__CHECKS__LOW_CONFIDENCE": ("-0.1", "1.1"),
    "PIPELINE__CHECKS__LOOP_REPEATS": ("1", "0"),
    "PIPELINE__CHECKS__NO_VOICE_SHARE": ("-0.1", "1.1"),
    "PIPELINE__CHECKS__UNWRITTEN_SECONDS": ("0", "nan"),
    "PIPELINE__UNITS__WHOLE_UP_TO_MINUTES": ("0", "inf"),
    "PIPELINE__UNITS__SHORTEST_MINUTES": ("0", "0.01", "nan"),
    "PIPELINE__UNITS__LONGEST_MINUTES": ("0", "nan"),
    "MACHINE__DEVICE": ("gpu",),
    "MACHINE__THREADS": ("-1", "100000"),
    "MACHINE__SEPARATION_BATCH": ("-1",),
    "MACHINE__TRANSCRIPTION_BATCH": ("-1",),
    "MACHINE__DIARIZATION_BATCH": ("-1",),
    "MACHINE__RECORDINGS_IN_FLIGHT": ("0",),
    "MACHINE__METRICS_PORT": ("-1", "65536"),
    "MACHINE__PROBE_SECONDS": ("0", "inf"),
    "MACHINE__STALL_SECONDS": ("0", "1e9"),
    "MACHINE__DECODER_MEMORY_MB": ("0", "10000000000"),
}


@pytest.fixture(autouse=True)
def fresh() -> None:
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values]
)
def test_nonsense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PRELABEL_{name}", value)
    with pytest.raises(UsageProblem, match=f"PRELABEL_{name} cannot be used"):
        settings()


@pytest.mark.parametrize("name", ["PRELABEL_PIPELINE", "PRELABEL_MACHINE", "PRELABEL_PIPELINE__DECODE"])
def test_a_section_that_is_no_section_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "loud")
    with pytest.raises(UsageProblem, match=name):
        settings()


def test_every_number_has_been_thought_of() -> None:
    sections = {f"PIPELINE__{name.upper()}": section for name, section in PipelineSettings()}
    sections["MACHINE"] = MachineSettings()
    numbers = {
        f"{section}__{name.upper()}"
        for section, values in sections.items()
        for name, value in values
        if isinstance(value, int | float)
    }
    assert numbers <= NONSENSE.keys()


def test_a_batch_cannot_bring_nonsense_along() -> None:
    with pytest.raises(ValidationError, match="step"):
        PipelineSettings.model_validate_json('{"diarize": {"step": 0}}')
