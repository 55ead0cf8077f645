"""What is said: words with times and probabilities, by faster-whisper in batches.

Voice is cut into windows of at most the model's length at silences; each window has one language; windows go
through the network in batches, a block at a time. The batched path ignores Whisper's safety thresholds, so
windows whose result looks wrong are decoded once more, one by one; nothing is ever sampled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.settings import TranscribeSettings
from core.types import Audio, Language, Passage, Transcript
from models.attempts import Attempt, attempt_of, badness, faults, place_words
from models.devices import Device, demand_cublas12, echoes, free_cached_memory, ran_out_of_memory
from models.windows import (
    SAMPLE_RATE,
    Samples,
    Stretch,
    Window,
    blocks,
    confidence_in,
    excerpt,
    lay_windows,
    main_language,
)
from preprocess.quality import VoiceDetector

VERSION = 2

NO_REPEAT = 3
"""A third attempt at a window never writes the same so many tokens in a row twice."""
HOTWORD_TOKENS = 100
"""The glossary's share of the 448 tokens that a window's text and what is put before it share."""

T = TypeVar("T")

log = logging.getLogger("prelabel")


class FasterWhisper:
    """Whisper in CTranslate2's format from a local folder. Free to build; loads on first use; one user at a time.

    Nothing is sampled: a recording gives the same words whatever was transcribed before it.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: Device,
        compute_type: str,
        threads: int,
        batch_size: int,
        voice_detector: VoiceDetector,
    ) -> None:
        self.path = path
        self.device = device
        self.compute_type = compute_type
        self.threads = threads
        self.batch_size = batch_size
        self.voice_detector = voice_detector
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:
        if self.device == "cuda":
            demand_cublas12()
        from faster_whisper import WhisperModel

        return WhisperModel(
            str(self.path),
            device=self.device,
            compute_type=self.compute_type,
            cpu_threads=self.threads,
            local_files_only=True,
        )

    @cached_property
    def _batched(self) -> Any:
        from faster_whisper import BatchedInferencePipeline

        return BatchedInferencePipeline(self._model)

    def load(self) -> None:
        """Load the network now rather than when it is first asked. Raises EnvironmentProblem without cuBLAS 12."""
        with self._lock:
            _ = self._batched

    def transcribe(
        self,
        audio: Audio,
        *,
        language: Language | None,
        allowed: tuple[Language, ...],
        glossary: tuple[str, ...],
        settings: TranscribeSettings,
    ) -> Transcript:
        """The words of mono 16 kHz `audio`, in passages of one window each.

        `language` None: told apart window by window among `allowed`. Words are in order, do not overlap, and lie
        inside `audio`; their texts joined spell what the recogniser wrote. The confidence in the language is the
        network's own among all that it knows, so it is low where none of `allowed` is spoken; 1.0 where the
        language was given. Without voice no network is asked and the transcript is empty, in the first language
        that could have been.
        """
        samples = audio.samples[0]
        voiced = _voice_in(audio, self.voice_detector)
        fixed = language or (allowed[0] if len(allowed) == 1 else None)
        if not voiced:
            return Transcript(fixed or allowed[0], 1.0 if fixed else 0.0, (), ())
        with self._lock:
            windows = self._windows(samples, voiced, fixed, allowed, settings)
            hotwords = self._hotwords(glossary)
            passages: list[Passage] = []
            redecoded = 0
            for block in blocks(windows, settings.block_seconds):
                written, suspect = self._block(samples, block, hotwords, settings)
                passages.extend(written)
                redecoded += suspect
        main = main_language(windows)
        confidence = 1.0 if fixed else confidence_in(main, windows)
        return Transcript(main, confidence, tuple(passages), voiced, redecoded)

    def _windows(
        self,
        samples: Samples,
        voiced: Sequence[Stretch],
        fixed: Language | None,
        allowed: tuple[Language, ...],
        settings: TranscribeSettings,
    ) -> list[Window]:
        """Where the network listens, and in which language."""
        return lay_windows(
            samples,
            voiced,
            fixed,
            lambda regions: self._language_chances(samples, regions, allowed),
            # Less by one of the library's frames, so that rounding to samples never makes a window too long.
            longest=float(self._model.feature_extractor.chunk_length) - 0.01,
            detect_seconds=settings.detect_seconds,
        )

    def _language_chances(
        self, samples: Samples, regions: Sequence[Stretch], allowed: tuple[Language, ...]
    ) -> list[Mapping[Language, float]]:
        """For each region, the probability of each allowed language among all that the network knows."""
        from faster_whisper.audio import pad_or_trim

        chances: list[Mapping[Language, float]] = []

        def next_batch() -> int:
            batch = regions[len(chances) : len(chances) + self.batch_size]
            features = np.stack(
                [
                    pad_or_trim(self._model.feature_extractor(excerpt(samples, *region))[..., :-1])
                    for region in batch
                ]
            )
            answers = self._model.model.detect_language(self._model.encode(features))
            chances.extend(_heard(allowed, {token[2:-2]: chance for token, chance in answer}) for answer in answers)
            return len(chances)

        while len(chances) < len(regions):
            self._with_room(next_batch)
        return chances

    def _hotwords(self, glossary: tuple[str, ...]) -> str | None:
        """As many whole terms as fit into HOTWORD_TOKENS; the others are left out, and the log says so."""
        taken: list[str] = []
        for term in glossary:
            text = " " + ", ".join([*taken, term])
            if len(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids) > HOTWORD_TOKENS:
                log.warning(
                    "the glossary is too long for the recogniser: %d of %d terms are left out, from %r on",
                    len(glossary) - len(taken),
                    len(glossary),
                    term,
                )
                break
            taken.append(term)
        return ", ".join(taken) or None

    def _block(
        self,
        samples: Samples,
        block: Sequence[Window],
        hotwords: str | None,
        settings: TranscribeSettings,
    ) -> tuple[list[Passage], int]:
        """The passages of the windows of one block, in order, and how many windows were decoded again.

        Windows without text give no passage.
        """
        attempts: dict[Window, Attempt] = {}
        for language in dict.fromkeys(window.language for window in block):
            mine = [window for window in block if window.language == language]
            attempts.update(zip(mine, self._decode_batched(samples, mine, hotwords, settings), strict=True))
        passages: list[Passage] = []
        suspect = 0
        before = 0.0
        for window in block:
            attempt, redecoded = attempts[window], False
            if faults(attempt, window, settings):
                attempt = self._decode_carefully(samples, window, hotwords, settings, attempt)
                redecoded = True
                suspect += 1
            words = place_words(attempt.words, window, not_before=before)
            if not words:
                continue
            before = words[-1].end
            passages.append(
                Passage(
                    start=window.start,
                    end=window.end,
                    language=window.language,
                    words=words,
                    mean_log_probability=attempt.mean_log_probability,
                    compression_ratio=attempt.compression_ratio,
                    no_speech_probability=attempt.no_speech_probability,
                    redecoded=redecoded,
                )
            )
        return passages, suspect

    def _decode_batched(
        self, samples: Samples, windows: Sequence[Window], hotwords: str | None, settings: TranscribeSettings
    ) -> list[Attempt]:
        """One batched call for windows of one language; halves the batch until it fits into memory."""
        first = windows[0].start
        audio = excerpt(samples, first, windows[-1].end)
        clips = [{"start": window.start - first, "end": window.end - first} for window in windows]

        def decoded() -> dict[int, list[Any]]:
            # What an earlier call left behind when it failed half way would bound the first word's start.
            self._batched.last_speech_timestamp = 0.0
            segments, _ = self._batched.transcribe(
                audio,
                language=windows[0].language,
                beam_size=settings.beam_size,
                word_timestamps=True,
                # Without the tokens for time, text is lost and repeated far more often.
                without_timestamps=False,
                vad_filter=False,
                clip_timestamps=clips,
                batch_size=self.batch_size,
                hotwords=hotwords,
            )
            found: dict[int, list[Any]] = {}
            for segment in segments:
                found.setdefault(segment.seek, []).append(segment)
            return found

        found = self._with_room(decoded)
        attempts: list[Attempt] = []
        for window, clip in zip(windows, clips, strict=True):
            # The library's own arithmetic: a window is known by its offset, cut to hundredths, and word times
            # count from that.
            seek = int(int(clip["start"] * SAMPLE_RATE) / SAMPLE_RATE * self._model.frames_per_second)
            offset = window.start - seek / self._model.frames_per_second
            attempts.append(attempt_of(found.get(seek, []), offset))
        return attempts

    def _decode_carefully(
        self,
        samples: Samples,
        window: Window,
        hotwords: str | None,
        settings: TranscribeSettings,
        first: Attempt,
    ) -> Attempt:
        """The best of the `first` attempt at a window and up to two more, each made of this window alone.

        The second attempt is made as the first, without a batch; where that looks wrong too, a third may not
        write the same tokens again. Whisper's own fallback draws from a generator, so that a recording's text
        would depend on those before it.
        """
        audio = excerpt(samples, window.start, window.end)

        def decoded(no_repeat: int) -> Attempt:
            segments, _ = self._model.transcribe(
                audio,
                language=window.language,
                beam_size=settings.beam_size,
                temperature=[0.0],
                no_repeat_ngram_size=no_repeat,
                # Above it the library drops the text; the passage carries the probability, so checks can judge.
                no_speech_threshold=None,
                condition_on_previous_text=False,
                word_timestamps=True,
                hotwords=hotwords,
            )
            return attempt_of(list(segments), window.start)

        attempts = [first]
        for no_repeat in (0, NO_REPEAT):
            attempts.append(self._with_room(partial(decoded, no_repeat), batched=False))
            if not faults(attempts[-1], window, settings):
                break
        return min(attempts, key=lambda one: badness(one, window, settings))

    def _with_room(self, work: Callable[[], T], *, batched: bool = True) -> T:
        """What `work` gives, asked again with other memory freed, and with half the batch, where memory is short.

        The smaller batch is kept. Raises as `work` does where freeing and a batch of one do not help.
        """
        freed = short = False
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                echo = short and echoes(error)
                short = ran_out_of_memory(error)
                halves = short and batched and self.batch_size > 1
                if not echo and (not short or (freed and not halves)):
                    raise
            # Outside of the handler, where nothing holds what the failed attempt took.
            free_cached_memory()
            freed = True
            if halves:
                self.batch_size //= 2


def _voice_in(audio: Audio, voice_detector: VoiceDetector) -> tuple[Stretch, ...]:
    """Where somebody speaks in `audio`, heard a minute at a time, so that no second copy of it is made."""
    listener = voice_detector.listen()
    minute = 60 * audio.sample_rate
    for at in range(0, audio.samples.shape[1], minute):
        listener.hear(Audio(audio.samples[:, at : at + minute], audio.sample_rate, at / audio.sample_rate))
    return listener.voiced()


def _heard(allowed: tuple[Language, ...], chances: Mapping[str, float]) -> Mapping[Language, float]:
    """The chances of the allowed languages; newer networks tell Cantonese apart, which counts as Chinese here."""
    return {one: chances.get(one, 0.0) + (chances.get("yue", 0.0) if one == "zh" else 0.0) for one in allowed}
