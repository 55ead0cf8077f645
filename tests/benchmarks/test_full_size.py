from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import full_size, gpu
from core.settings import Settings
from models.catalogue import MODEL_SETS
from models.weights import ensure_present


def test_whisper_recites_its_text_whatever_it_hears_and_nothing_is_decoded_again(tmp_path: Path) -> None:
    """How much the recogniser has to do in a benchmark must not hang on random weights."""
    full_size.write_whisper(tmp_path / "whisper", full_size.TINY_WHISPER)
    recogniser = gpu._recogniser(tmp_path / "whisper", "float32", gpu.SMOKE, 2)
    sound = np.random.default_rng(0).standard_normal(60 * 16000, np.float32) * 0.1
    transcript = gpu._transcript(recogniser, sound)
    said = " ".join(full_size.RECITED).replace(" ,", ",").replace(" .", ".")
    for passage in transcript.passages:
        assert "".join(word.text for word in passage.words).strip() == said
    assert len(transcript.passages) == 2 and transcript.redecoded == 0


def test_the_set_fast_lies_as_the_hub_would_lay_it(tmp_path: Path) -> None:
    full_size.write_fast_set(tmp_path, tiny=True)
    assert len(ensure_present("fast", Settings(models_dir=tmp_path))) == len(MODEL_SETS["fast"].refs)
