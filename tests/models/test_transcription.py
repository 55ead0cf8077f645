from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.scores import word_time_errors
from core.settings import TranscribeSettings
from core.types import LANGUAGES, Audio, Language, Transcript
from models.attempts import _loops
from models.checks import UNCERTAIN_LANGUAGE
from models.transcription import FasterWhisper, _heard
from models.voice_activity import SileroVoice
from tests.speech import character_errors, joined, noise, offline_tools, said, silence, speech, text_of

SETTINGS = TranscribeSettings()
MOST_ERRORS = 0.25
"""Of the letters of a clean recording: a bound for what works, no figure of how well."""


def transcribe(
    audio: Audio,
    language: Language | None = None,
    allowed: tuple[Language, ...] = LANGUAGES,
    glossary: tuple[str, ...] = (),
    **settings: Any,
) -> Transcript:
    return offline_tools().transcriber.transcribe(
        audio, language=language, allowed=allowed, glossary=glossary, settings=TranscribeSettings(**settings)
    )


def full_once(work: Callable[..., Any]) -> Callable[..., Any]:
    """`work` on a device whose memory is full the first time."""
    failures = [RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED")]

    def attempt(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return work(*args, **kwargs)

    return attempt


def in_order(transcript: Transcript, duration: float) -> bool:
    words = [word for passage in transcript.passages for word in passage.words]
    times = [0.0, *(time for word in words for time in (word.start, word.end)), duration]
    return times == sorted(times) and all(word.end > word.start for word in words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_told_and_written_down(language: Language) -> None:
    transcript = transcribe(speech(language))
    assert transcript.language == language
    assert transcript.language_confidence > UNCERTAIN_LANGUAGE
    assert {passage.language for passage in transcript.passages} == {language}
    assert character_errors(language, text_of(transcript)) < MOST_ERRORS
    assert in_order(transcript, speech(language).end)
    spoken = sum(one.end - one.start for one in said(language))
    assert sum(end - start for start, end in transcript.voiced) == pytest.approx(spoken, rel=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_begin_and_end_where_the_voice_does(language: Language) -> None:
    transcript = transcribe(speech(language))
    written = [word for passage in transcript.passages for word in passage.words]
    spoken = [word for one in said(language) for word in one.words]
    assert written[0].start == pytest.approx(spoken[0].start, abs=0.25)
    assert written[-1].end == pytest.approx(spoken[-1].end, abs=0.25)
    off = word_time_errors(spoken, written)
    assert len(off) > len(spoken)  # of the starts and ends more than half can be compared
    assert np.median(off) < 0.1
    assert np.mean(np.array(off) < 0.25) > 0.9


def test_joined_words_spell_the_raw_text_again() -> None:
    assert text_of(transcribe(speech("ko"))).startswith(" ")
    assert "\N{REPLACEMENT CHARACTER}" not in text_of(transcribe(speech("zh")))


def test_only_allowed_languages_are_chosen() -> None:
    elsewhere = transcribe(speech("en"), allowed=("ko", "ja"))
    assert elsewhere.language in ("ko", "ja")
    assert elsewhere.language_confidence < UNCERTAIN_LANGUAGE
    assert transcribe(speech("en"), allowed=("en",)).language_confidence == 1.0
    fixed = transcribe(speech("ko"), language="en")
    assert (fixed.language, fixed.language_confidence) == ("en", 1.0)


def test_two_languages_in_one_recording_are_each_written_in_their_own() -> None:
    audio = joined(speech("ko"), silence(3.0), speech("en"), silence(3.0), speech("en"))
    transcript = transcribe(audio)
    assert [passage.language for passage in transcript.passages] == ["ko", "en", "en"]
    assert transcript.language == "en"
    for passage in transcript.passages:
        written = "".join(word.text for word in passage.words)
        assert character_errors(passage.language, written) < MOST_ERRORS
    assert in_order(transcript, audio.end)


def test_without_voice_no_network_is_asked() -> None:
    nothing = FasterWhisper(
        Path("nowhere"), device="cpu", compute_type="int8", threads=1, batch_size=1, voice_detector=SileroVoice()
    )
    for audio in (silence(0.0), silence(0.01), silence(5.0), noise(5.0)):
        found = nothing.transcribe(audio, language=None, allowed=LANGUAGES, glossary=(), settings=SETTINGS)
        assert found == Transcript("ko", 0.0, (), ())


def test_blocks_change_nothing_but_the_memory_they_take() -> None:
    audio = joined(speech("en"), silence(3.0), speech("en"))
    whole, cut = transcribe(audio), transcribe(audio, block_seconds=7.0)
    assert text_of(cut) == text_of(whole)
    assert [passage.start for passage in cut.passages] == [passage.start for passage in whole.passages]
    assert in_order(cut, audio.end)


def test_suspect_windows_are_decoded_again_and_say_so() -> None:
    assert not any(passage.redecoded for passage in transcribe(speech("en")).passages)
    transcript = transcribe(speech("en"), log_probability_below=-0.001)
    assert [passage.redecoded for passage in transcript.passages] == [True]
    assert transcript.redecoded == 1
    assert character_errors("en", text_of(transcript)) < MOST_ERRORS
    assert in_order(transcript, speech("en").end)


def test_text_is_not_given_up_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_tools().transcriber._model, "transcribe", lambda *_, **__: ([], None))
    transcript = transcribe(speech("en"), log_probability_below=-0.001)
    assert text_of(transcript) == text_of(transcribe(speech("en")))
    assert transcript.redecoded == 1


def test_windows_decoded_again_count_even_where_nothing_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = offline_tools().transcriber
    transcriber.load()
    deaf = SimpleNamespace(transcribe=lambda *_, **__: ([], None))
    monkeypatch.setattr(transcriber, "_batched", deaf)
    monkeypatch.setattr(transcriber._model, "transcribe", deaf.transcribe)
    transcript = transcribe(joined(speech("en"), silence(3.0), speech("en")), "en")
    assert (transcript.passages, transcript.redecoded) == ((), 2)


def test_a_recording_gives_the_same_words_whatever_came_before_it() -> None:
    alone = transcribe(speech("en"), "ko", log_probability_below=-0.001)
    transcribe(speech("ja"), log_probability_below=-0.001)
    assert alone.redecoded == 1
    assert transcribe(speech("en"), "ko", log_probability_below=-0.001) == alone


def test_a_call_that_failed_half_way_leaves_nothing_behind() -> None:
    before = transcribe(speech("en"))
    offline_tools().transcriber._batched.last_speech_timestamp = 99.0
    assert transcribe(speech("en")) == before


def test_no_window_is_longer_than_the_network_hears() -> None:
    transcriber = offline_tools().transcriber
    transcriber.load()
    longest = transcriber._model.feature_extractor.chunk_length
    samples = noise(3.7 * longest).samples[0]
    for allowed in (("en",), LANGUAGES):
        fixed = allowed[0] if len(allowed) == 1 else None
        windows = transcriber._windows(samples, [(0.0, 3.7 * longest)], fixed, allowed, SETTINGS)
        assert len(windows) >= 4
        assert max(one.end - one.start for one in windows) < longest


def test_cantonese_counts_as_chinese() -> None:
    assert _heard(("zh", "en"), {"yue": 0.5, "zh": 0.25, "fr": 0.2, "en": 0.05}) == {"zh": 0.75, "en": 0.05}


def test_a_glossary_is_heard_up_to_the_last_whole_term_that_fits(caplog: pytest.LogCaptureFixture) -> None:
    transcriber = offline_tools().transcriber
    assert transcriber._hotwords(()) is None
    assert transcriber._hotwords(("pharmacy", "salad")) == "pharmacy, salad"
    terms = tuple(f"notebook {number}" for number in range(200))
    with caplog.at_level(logging.WARNING, "prelabel"):
        kept = transcriber._hotwords(terms)
    assert kept is not None
    left_out = 200 - len(kept.split(", "))
    assert f"{left_out} of 200 terms" in caplog.text
    assert kept.split(", ") == list(terms[: len(kept.split(", "))])
    tokens = transcriber._model.hf_tokenizer.encode(" " + kept, add_special_tokens=False).ids
    assert 80 < len(tokens) <= 100
    transcribe(speech("en"), glossary=terms)


def test_a_batch_that_does_not_fit_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = offline_tools().transcriber
    library, asked = transcriber._batched, []

    class Cramped:
        def transcribe(self, *args: Any, batch_size: int, **kwargs: Any) -> Any:
            asked.append(batch_size)
            if batch_size > 1:
                raise RuntimeError("CUDA failed with error out of memory")
            return library.transcribe(*args, batch_size=batch_size, **kwargs)

    monkeypatch.setattr(transcriber, "_batched", Cramped())
    monkeypatch.setattr(transcriber, "batch_size", 4)
    assert character_errors("en", text_of(transcribe(speech("en")))) < MOST_ERRORS
    assert asked == [4, 2, 1]

    class Echoing:
        """As CTranslate2 does on a GPU: the call after one without memory fails as well, once."""

        def transcribe(self, *args: Any, **kwargs: Any) -> Any:
            if errors:
                raise RuntimeError(errors.pop())
            return library.transcribe(*args, **kwargs)

    errors = ["parallel_for failed: cudaErrorInvalidDevice: invalid device ordinal", "CUDA failed: out of memory"]

    monkeypatch.setattr(transcriber, "_batched", Echoing())
    monkeypatch.setattr(transcriber, "batch_size", 4)
    assert character_errors("en", text_of(transcribe(speech("en")))) < MOST_ERRORS
    assert transcriber.batch_size == 2

    spare: list[str] = []
    monkeypatch.setattr("models.transcription.free_cached_memory", lambda: spare.append("freed"))
    monkeypatch.setattr(transcriber._model, "transcribe", full_once(transcriber._model.transcribe))
    assert text_of(transcribe(speech("en"), log_probability_below=-0.001))
    assert spare == ["freed"]

    class Broken:
        def transcribe(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("parallel_for failed: cudaErrorInvalidDevice: invalid device ordinal")

    monkeypatch.setattr(transcriber, "_batched", Broken())
    with pytest.raises(RuntimeError, match="InvalidDevice"):
        transcribe(speech("en"))


def test_threads_share_one_recogniser() -> None:
    alone = transcribe(speech("ja"))
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(transcribe, [speech("ja")] * 3)) == [alone] * 3


@pytest.mark.parametrize(
    "text", ["감사합니다. " * 5, "thank you. " * 5, "谢谢观看。" * 5, "ご視聴ありがとう。" * 4, "하" * 20]
)
def test_repetitions_are_seen_in_every_language(text: str) -> None:
    assert _loops("앞에 온 말. " + text)


@pytest.mark.parametrize(
    "text", ["네 네 네 네", "no no no no no", "哈哈哈哈哈", "はいはいはい", "札幌には食堂が三つあります。" * 2]
)
def test_honest_repetitions_are_let_be(text: str) -> None:
    assert not _loops(text)
