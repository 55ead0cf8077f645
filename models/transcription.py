"""What is said: words with times and probabilities, by faster-whisper in batches.

Voice is cut into windows of at most the model's length at silences; each window has one language; windows go
through the network in batches, a block at a time. The batched path ignores Whisper's safety thresholds, so
windows whose result looks wrong are decoded once more, one by one; nothing is ever sampled.
"""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from core.settings import TranscribeSettings
from core.spans import merged, total
from core.types import Audio, Language, Passage, Transcript, Word
from models.devices import Device, demand_cublas12, free_cached_memory, ran_out_of_memory
from preprocess.quality import VoiceDetector

VERSION = 2

SAMPLE_RATE = 16_000
PADDING_SECONDS = 0.2
"""Sound kept before and after voice, so that soft beginnings and endings are heard."""
LONGEST_SILENCE = 2.0
"""A longer silence (s) ends a window: recognisers invent text over silence."""
SNAP_WITHIN = 0.3
"""Shorter pauses (s) do not count as silence when words are moved to where voice is."""
SHORTEST_WORD = 0.02
"""The recogniser's own time step (s); no word is shorter."""
LANGUAGE_CHANGE = math.log(2.0)
"""What a change of language from one window to the next must overcome, in nats."""
NO_REPEAT = 3
"""A third attempt at a window never writes the same so many tokens in a row twice."""
UNWRITTEN_SECONDS = 1.5
"""This much voice (s) with no text, at an end of a window or in all of it, is suspect."""
HOTWORD_TOKENS = 100
"""The glossary's share of the 448 tokens that a window's text and what is put before it share."""
LOOP = re.compile(r"(.{1,40}?)\1{3,}")
LOOP_CHARACTERS = 12
"""Repetitions shorter than this many characters in all occur in honest speech."""

Samples = npt.NDArray[np.float32]
Stretch = tuple[float, float]
T = TypeVar("T")

log = logging.getLogger("prelabel")


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of the recording that goes through the network at once, and where voice is in it."""

    start: float
    end: float
    voices: tuple[Stretch, ...]
    language: Language
    probability: float

    @property
    def voiced(self) -> float:
        """Seconds of voice."""
        return total(self.voices)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one decoding of a window gave; word times are seconds from the start of the recording."""

    words: tuple[Word, ...]
    mean_log_probability: float
    compression_ratio: float
    no_speech_probability: float

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


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
            for block in _blocks(windows, settings.block_seconds):
                written, suspect = self._block(samples, block, hotwords, settings)
                passages.extend(written)
                redecoded += suspect
        main = _main_language(windows)
        confidence = 1.0 if fixed else _confidence_in(main, windows)
        return Transcript(main, confidence, tuple(passages), voiced, redecoded)

    def _windows(
        self,
        samples: Samples,
        voiced: Sequence[Stretch],
        fixed: Language | None,
        allowed: tuple[Language, ...],
        settings: TranscribeSettings,
    ) -> list[_Window]:
        """Where the network listens, and in which language."""
        # Less by one of the library's frames, so that rounding to samples never makes a window too long.
        longest = float(self._model.feature_extractor.chunk_length) - 0.01
        duration = samples.shape[0] / SAMPLE_RATE
        spans = _speakable(samples, voiced, duration, longest)
        if fixed is not None:
            return [
                _Window(start, end, _voices_within(voiced, start, end), fixed, 1.0)
                for start, end in _packed(spans, longest)
            ]
        regions = _packed(spans, min(longest, settings.detect_seconds))
        weights = [total(_voices_within(voiced, start, end)) for start, end in regions]
        chances = self._language_chances(samples, regions, allowed)
        chosen = _smoothed(
            [_among(chance) for chance in chances], [weight / settings.detect_seconds for weight in weights]
        )
        windows: list[_Window] = []
        for one, run in groupby(zip(regions, chances, chosen, strict=True), key=lambda item: item[2]):
            members = list(run)
            first, last = members[0][0][0], members[-1][0][1]
            sure = sum(chance[one] for _, chance, _ in members) / len(members)
            inside = [span for span in spans if span[0] >= first and span[1] <= last]
            windows.extend(
                _Window(start, end, _voices_within(voiced, start, end), one, sure)
                for start, end in _packed(inside, longest)
            )
        return windows

    def _language_chances(
        self, samples: Samples, regions: Sequence[Stretch], allowed: tuple[Language, ...]
    ) -> list[Mapping[Language, float]]:
        """For each region, the probability of each allowed language among all that the network knows."""
        from faster_whisper.audio import pad_or_trim

        chances: list[Mapping[Language, float]] = []

        def next_batch() -> int:
            batch = regions[len(chances) : len(chances) + self.batch_size]
            features = np.stack(
                [pad_or_trim(self._model.feature_extractor(_slice(samples, *region))[..., :-1]) for region in batch]
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
        block: Sequence[_Window],
        hotwords: str | None,
        settings: TranscribeSettings,
    ) -> tuple[list[Passage], int]:
        """The passages of the windows of one block, in order, and how many windows were decoded again.

        Windows without text give no passage.
        """
        attempts: dict[_Window, _Attempt] = {}
        for language in dict.fromkeys(window.language for window in block):
            mine = [window for window in block if window.language == language]
            attempts.update(zip(mine, self._decode_batched(samples, mine, hotwords, settings), strict=True))
        passages: list[Passage] = []
        suspect = 0
        before = 0.0
        for window in block:
            attempt, redecoded = attempts[window], False
            if _faults(attempt, window, settings):
                attempt = self._decode_carefully(samples, window, hotwords, settings, attempt)
                redecoded = True
                suspect += 1
            words = _placed(attempt.words, window, not_before=before)
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
        self, samples: Samples, windows: Sequence[_Window], hotwords: str | None, settings: TranscribeSettings
    ) -> list[_Attempt]:
        """One batched call for windows of one language; halves the batch until it fits into memory."""
        first = windows[0].start
        audio = _slice(samples, first, windows[-1].end)
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
        attempts: list[_Attempt] = []
        for window, clip in zip(windows, clips, strict=True):
            # The library's own arithmetic: a window is known by its offset, cut to hundredths, and word times
            # count from that.
            seek = int(int(clip["start"] * SAMPLE_RATE) / SAMPLE_RATE * self._model.frames_per_second)
            offset = window.start - seek / self._model.frames_per_second
            attempts.append(_attempt(found.get(seek, []), offset))
        return attempts

    def _decode_carefully(
        self,
        samples: Samples,
        window: _Window,
        hotwords: str | None,
        settings: TranscribeSettings,
        first: _Attempt,
    ) -> _Attempt:
        """The best of the `first` attempt at a window and up to two more, each made of this window alone.

        The second attempt is made as the first, without a batch; where that looks wrong too, a third may not
        write the same tokens again. Whisper's own fallback draws from a generator, so that a recording's text
        would depend on those before it.
        """
        audio = _slice(samples, window.start, window.end)

        def decoded(no_repeat: int) -> _Attempt:
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
            return _attempt(list(segments), window.start)

        attempts = [first]
        for no_repeat in (0, NO_REPEAT):
            attempts.append(self._with_room(partial(decoded, no_repeat), batched=False))
            if not _faults(attempts[-1], window, settings):
                break
        return min(attempts, key=lambda one: _badness(one, window, settings))

    def _with_room(self, work: Callable[[], T], *, batched: bool = True) -> T:
        """What `work` gives, asked again with other memory freed, and with half the batch, where memory is short.

        The smaller batch is kept. Raises as `work` does where freeing and a batch of one do not help.
        """
        freed = False
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                halves = batched and self.batch_size > 1
                if not ran_out_of_memory(error) or (freed and not halves):
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


def _slice(samples: Samples, start: float, end: float) -> Samples:
    return samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]


@dataclass(frozen=True, slots=True)
class _Span:
    start: float
    end: float


def _speakable(samples: Samples, voiced: Sequence[Stretch], duration: float, longest: float) -> list[Stretch]:
    """Voice with some sound around it, in disjoint spans of at most `longest` seconds."""
    padded = merged(
        _Span(max(0.0, start - PADDING_SECONDS), min(duration, end + PADDING_SECONDS)) for start, end in voiced
    )
    spans: list[Stretch] = []
    for start, end in padded:
        while end - start > longest:
            cut = _quietest(samples, start + longest / 2, start + longest)
            spans.append((start, cut))
            start = cut
        spans.append((start, end))
    return spans


def _quietest(samples: Samples, start: float, end: float) -> float:
    """The middle of the quietest tenth of a second between two times."""
    frame = SAMPLE_RATE // 50
    heard = _slice(samples, start, end)
    frames = heard[: heard.shape[0] // frame * frame].reshape(-1, frame)
    level = np.convolve(np.square(frames).mean(axis=1), np.ones(5), mode="valid")
    return start + (int(level.argmin()) + 2.5) * frame / SAMPLE_RATE


def _packed(spans: Sequence[Stretch], longest: float) -> list[Stretch]:
    """Neighbouring spans joined to windows of at most `longest` seconds, with no long silence inside."""
    windows: list[Stretch] = []
    for start, end in spans:
        if windows and end - windows[-1][0] <= longest and start - windows[-1][1] <= LONGEST_SILENCE:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _voices_within(voiced: Sequence[Stretch], start: float, end: float) -> tuple[Stretch, ...]:
    return tuple((max(start, a), min(end, b)) for a, b in voiced if a < end and b > start)


def _heard(allowed: tuple[Language, ...], chances: Mapping[str, float]) -> Mapping[Language, float]:
    """The chances of the allowed languages; newer networks tell Cantonese apart, which counts as Chinese here."""
    return {one: chances.get(one, 0.0) + (chances.get("yue", 0.0) if one == "zh" else 0.0) for one in allowed}


def _among(chances: Mapping[Language, float]) -> Mapping[Language, float]:
    """The same chances, adding to one; all are equal where none has any."""
    whole = sum(chances.values())
    return {one: chance / whole if whole > 0.0 else 1.0 / len(chances) for one, chance in chances.items()}


def _smoothed(chances: Sequence[Mapping[Language, float]], weights: Sequence[float]) -> list[Language]:
    """The likeliest run of languages (Viterbi), where a change must be worth its cost.

    Each region counts by its `weight`, so that a short one that sounds foreign does not change the language, and
    a long one does.
    """
    best: list[dict[Language, tuple[float, Language]]] = []
    for chance, weight in zip(chances, weights, strict=True):
        row: dict[Language, tuple[float, Language]] = {}
        for one, probability in chance.items():
            came = (0.0, one)
            if best:
                came = max(
                    (score - (LANGUAGE_CHANGE if before != one else 0.0), before)
                    for before, (score, _) in best[-1].items()
                )
            row[one] = (came[0] + weight * math.log(max(probability, 1e-4)), came[1])
        best.append(row)
    path = [max(best[-1], key=lambda one: best[-1][one][0])]
    for row in reversed(best[1:]):
        path.append(row[path[-1]][1])
    return path[::-1]


def _blocks(windows: Sequence[_Window], longest: float) -> Iterator[list[_Window]]:
    """Consecutive windows in blocks of at most `longest` seconds from start to end, at least one in each."""
    block: list[_Window] = []
    for window in windows:
        if block and window.end - block[0].start > longest:
            yield block
            block = []
        block.append(window)
    if block:
        yield block


def _attempt(segments: Sequence[Any], offset: float) -> _Attempt:
    """The library's segments of one window in our types; `offset` is added to their times."""
    from faster_whisper.transcribe import get_compression_ratio

    words = tuple(
        Word(text, word.start + offset, word.end + offset, min(1.0, max(0.0, float(word.probability))))
        for segment in segments
        for word in segment.words or ()
        # Half a character, where the network stopped in its middle, is decoded to this mark.
        if (text := word.word.replace("\N{REPLACEMENT CHARACTER}", "")).strip()
    )
    tokens = [len(segment.tokens) + 1 for segment in segments]
    weight = sum(tokens) or 1
    return _Attempt(
        words,
        mean_log_probability=sum(s.avg_logprob * n for s, n in zip(segments, tokens, strict=True)) / weight,
        compression_ratio=get_compression_ratio("".join(word.text for word in words)) if words else 0.0,
        no_speech_probability=max((float(segment.no_speech_prob) for segment in segments), default=0.0),
    )


def _faults(attempt: _Attempt, window: _Window, settings: TranscribeSettings) -> int:
    """How many things look wrong with an attempt."""
    if not attempt.words:
        return int(window.voiced >= UNWRITTEN_SECONDS and attempt.no_speech_probability < 0.6)
    return sum(
        (
            attempt.compression_ratio > settings.compression_ratio_above,
            attempt.mean_log_probability < settings.log_probability_below,
            _loops(attempt.text),
            _impossible(attempt.words, window),
            _stops_short(attempt.words, window),
        )
    )


def _loops(text: str) -> bool:
    """Whether something repeats four times or more; compression alone does not show it in short or CJK text."""
    return any(len(found.group()) >= LOOP_CHARACTERS for found in LOOP.finditer(re.sub(r"\s", "", text)))


def _impossible(words: Sequence[Word], window: _Window) -> bool:
    """Whether the times cannot be: most words without any length, or text after the end of the sound."""
    instant = sum(word.end - word.start < SHORTEST_WORD for word in words)
    return (len(words) >= 4 and instant * 2 > len(words)) or words[-1].start >= window.end


def _stops_short(words: Sequence[Word], window: _Window) -> bool:
    """Whether voice goes on where the text ends, or begins before it: a sentence left open is dropped whole."""
    before = sum(min(end, words[0].start) - start for start, end in window.voices if start < words[0].start)
    after = sum(end - max(start, words[-1].end) for start, end in window.voices if end > words[-1].end)
    return max(before, after) >= UNWRITTEN_SECONDS


def _badness(attempt: _Attempt, window: _Window, settings: TranscribeSettings) -> tuple[bool, int, float]:
    """Smaller is better. Suspect text is better than none: it is flagged for the corrector, never dropped."""
    return not attempt.words, _faults(attempt, window, settings), -attempt.mean_log_probability


def _placed(words: Sequence[Word], window: _Window, *, not_before: float) -> tuple[Word, ...]:
    """Words moved to where voice is, in order, inside their window, none shorter than a time step.

    The recogniser starts the first word of a window at the window's start, and stretches words over pauses.
    """
    near = merged((_Span(start, end) for start, end in window.voices), join_within=SNAP_WITHIN)
    floor = max(window.start, not_before)
    placed: list[Word] = []
    for word in words:
        start, end = _into_voice(word, near)
        start = max(start, floor)
        end = max(end, start + SHORTEST_WORD)
        placed.append(replace(word, start=start, end=end))
        floor = end
    ceiling = window.end
    for index in range(len(placed) - 1, -1, -1):
        word = placed[index]
        if word.end <= ceiling:
            break
        end = ceiling
        # Where more words stand at the end than fit a time step each, they share what is left.
        start = min(word.start, max(window.start, end - SHORTEST_WORD))
        placed[index] = replace(word, start=start, end=end)
        ceiling = start
    return tuple(placed)


def _into_voice(word: Word, voiced: Sequence[Stretch]) -> Stretch:
    """The part of a word that lies in the voice it shares most with; the whole word where it meets none."""
    shares = [(min(word.end, end) - max(word.start, start), start, end) for start, end in voiced]
    share, start, end = max(shares, default=(0.0, 0.0, 0.0))
    if share <= 0.0:
        return word.start, word.end
    return max(word.start, start), min(word.end, end)


def _main_language(windows: Sequence[_Window]) -> Language:
    """The language with most seconds of voice; the earlier one of two that are equal."""
    seconds: dict[Language, float] = {}
    for window in windows:
        seconds[window.language] = seconds.get(window.language, 0.0) + window.voiced
    return max(seconds, key=lambda one: seconds[one])


def _confidence_in(language: Language, windows: Sequence[_Window]) -> float:
    """The mean probability of a language over the voice that was taken for it."""
    mine = [window for window in windows if window.language == language]
    whole = sum(window.voiced for window in mine)
    return sum(window.probability * window.voiced for window in mine) / whole if whole > 0.0 else 0.0
