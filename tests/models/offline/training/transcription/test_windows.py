from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from models.offline.training.transcription.clips import Clip, make_shard, read_shard
from models.offline.training.transcription.network import FRAMES, MELS, POSITIONS
from models.offline.training.transcription.tokens import Tokens, learn_tokens
from models.offline.training.transcription.windows import IGNORED, Composer, Spectrogram, batches


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with a small shard of clips."""
    import pickle

    run = tmp_path_factory.mktemp("run")
    (run / "clips-000.pickle").write_bytes(pickle.dumps(make_shard(0, count=24)))
    return run


@pytest.fixture(scope="module")
def tokens(folder: Path) -> Tokens:
    return learn_tokens(folder / "tokens.json")


@pytest.fixture(scope="module")
def composer(folder: Path, tokens: Tokens) -> Composer:
    phones = sorted({symbol for clip in read_shard(folder, 0) for symbol, _ in clip.phones} | {""})
    return Composer(folder, tokens, phones, seed=3)


def test_a_clip_knows_when_each_character_is_said(folder: Path) -> None:
    clips: list[Clip] = read_shard(folder, 0)
    assert {clip.language for clip in clips} == {"ko", "en", "zh", "ja"}
    for clip in clips:
        if len(clip.spans):
            assert len(clip.spans) == len(clip.text)
            assert np.all(clip.spans[:, 1] >= clip.spans[:, 0])
            assert clip.spans.max() <= len(clip.samples) / 16_000 + 1e-3


def test_the_same_window_comes_out_twice(composer: Composer, folder: Path, tokens: Tokens) -> None:
    again = Composer(folder, tokens, list(composer._phones), seed=3)
    for number in (0, 17):
        one, two = composer.window(number), again.window(number)
        assert torch.equal(one.spectrogram, two.spectrogram)
        assert one.tokens == two.tokens


def test_labels_are_the_tokens_one_step_on(composer: Composer, tokens: Tokens) -> None:
    for number in range(60):
        window = composer.window(number)
        assert len(window.tokens) == len(window.labels) == len(window.spans)
        for given, label in zip(window.tokens[1:], window.labels[:-1], strict=True):
            assert label in (given, IGNORED)
        if window.labels[-1] != tokens.special("nospeech"):
            assert window.labels[-1] == tokens.special("endoftext")


def test_spans_of_labels_grow_and_stay_inside_the_window(composer: Composer, tokens: Tokens) -> None:
    for number in range(60):
        window = composer.window(number)
        spans = [span for span, label in zip(window.spans, window.labels, strict=True) if 0 <= label < tokens.words]
        known = [span for span in spans if span != (-1, -1)]
        assert all(0 <= first < last < POSITIONS for first, last in known)
        assert all(one[0] <= two[0] + 4 for one, two in itertools.pairwise(known))


def test_a_run_that_goes_on_gets_the_batches_it_would_have_got(composer: Composer) -> None:
    stream = batches(composer, 0, size=2, together=2)
    uninterrupted = [next(stream) for _ in range(4)]
    resumed = next(batches(composer, 2, size=2, together=2))
    assert all(torch.equal(one, two) for one, two in zip(uninterrupted[2], resumed, strict=True))


def test_spectrograms_are_those_of_faster_whisper() -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    class Plain(random.Random):
        """A chance that never colours."""

        def random(self) -> float:
            return 0.99

    sound = np.random.default_rng(0).standard_normal(48_000).astype(np.float32) * 0.1
    mine = Spectrogram().of(sound, Plain())
    theirs = FeatureExtractor(feature_size=MELS)(sound, padding=0)
    assert mine.shape == (MELS, FRAMES)
    assert np.allclose(mine[:, : theirs.shape[1] - 1], theirs[:, :-1], atol=1e-3)
    assert not mine[:, theirs.shape[1] + 1 :].any()
