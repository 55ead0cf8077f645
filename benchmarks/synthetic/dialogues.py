"""People who talk with each other, or one who talks alone: clean voices apart, what stands behind them, the truth.

Turns follow what is known of conversation. The gap between two speakers is short in every language, 0.2 s in the
middle (Stivers et al., PNAS 106:26, 2009; Levinson and Torreira, Frontiers in Psychology 6:731, 2015). Overlaps
are common and short, their length about log-normal (Laskowski, Heldner and Edlund, Interspeech 2012). A speaker's
own pauses are log-normal too, 0.2 to 1 s between sentences (Campione and Véronis, Speech Prosody 2002). Listeners
say their `mhm` into the other's turn without taking it (Yngve, "On getting a word in edgewise", 1970).
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from benchmarks.synthetic import levels, music, noise, rooms
from benchmarks.synthetic.grammars import GRAMMARS
from benchmarks.synthetic.sentences import Part, Sentence, write_backchannel, write_sentence
from benchmarks.synthetic.speech import FLAGS_PER_SECOND, SilentUtterance, Utterance, Word, speak, speech_flags
from benchmarks.synthetic.voices import Voice, flite_voices, make_voices
from core.types import Language

Samples = npt.NDArray[np.float32]
Spans = tuple[tuple[float, float], ...]

SAMPLE_RATE = 44100
SPEAKERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Names of the speakers of a recording, in the order of its cast."""
VOICES: Mapping[Part, int] = {"train": 2000, "dev": 120, "test": 120}
"""How many espeak-ng voices casts are chosen from."""

LEAD_SECONDS = (0.4, 1.5)
TAIL_SECONDS = 0.4
SPEAKER_DB = 4.0
"""Speakers of one recording differ by this much either way."""
VOICE_DBFS = (-32.0, -20.0)
"""RMS of all voices of a recording while somebody speaks."""
PEAK = 10 ** (-1 / 20)
SECONDS_EACH = 12.0
"""A dialogue this long for each of its speakers lets all of them speak: in 84 dialogues of 2, 3, 4 and 8 speakers
nobody stayed silent; at 8 s somebody did in 7 of 84, at 5 s in 36."""
FILLED_PAUSE = 0.25
"""Shorter silence (s) of a speaker counts as speech, within a sentence and between two."""
LONGEST_TURN = 6
"""Sentences of one turn."""
SNR_DB = (-30.0, 60.0)
"""Voices stand this far above what is behind them, from hardly there to alone; beyond, 16 bits keep one of both."""
ATTEMPTS = 4
"""So many sentences are tried where the time is nearly up; then the recording ends."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands behind the voices, `snr_db` under them: `music`, `noise` (of any kind), a kind of `NOISES`.

    `clean`: nothing at all, and the level does not count.
    """

    background: str = "clean"
    snr_db: float = math.inf

    def __str__(self) -> str:
        return self.background if self.background == "clean" else f"{self.background}:{self.snr_db:g}"


CLEAN = Condition()


def parse_condition(text: str) -> Condition:
    """`clean`, `music:10`, `rain:0`. Raises ValueError, which says what may be asked for."""
    background, _, snr = text.partition(":")
    kinds = ("music", "noise", *noise.NOISES)
    if text == "clean":
        return CLEAN
    if background not in kinds:
        raise ValueError(
            f"{text!r} is no condition: write clean, or one of {', '.join(kinds)} with a level, music:10"
        )
    try:
        snr_db = float(snr)
    except ValueError:
        snr_db = math.nan
    if not math.isfinite(snr_db):
        raise ValueError(f"{text!r} has no level: write how many dB the voices stand above it, {background}:10")
    if not SNR_DB[0] <= snr_db <= SNR_DB[1]:
        raise ValueError(
            f"{text!r} leaves only one of both to hear: "
            f"write a level from {SNR_DB[0]:g} to {SNR_DB[1]:g} dB, {background}:10"
        )
    return Condition(background, snr_db)


@dataclass(frozen=True, slots=True)
class Manner:
    """How people talk: shares of the changes of speaker that overlap, of the turns that a listener answers into,
    and, where there are several languages, of the turns and of the sentences that are said in another."""

    overlap_share: float = 0.2
    backchannel_share: float = 0.3
    switching_share: float = 0.25


CONVERSATION = Manner()


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """An utterance and the 10 ms frame where it begins; `flags` say in which of its frames there is speech."""

    speaker: str
    frame: int
    utterance: Utterance
    flags: npt.NDArray[np.bool_]
    backchannel: bool = False

    @property
    def end(self) -> int:
        return self.frame + len(self.flags)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: seconds from the start of the recording, also in its `words`, which flite's voices lack."""

    speaker: str
    start: float
    end: float
    text: str
    language: Language
    words: tuple[Word, ...]
    backchannel: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dialogue:
    """A recording before it is mixed. `stems` (speaker, n) hold each voice with its room and microphone, mono;
    `background` is (2, n); `speaking` (speaker, frames of 10 ms) says who speaks, without the room's echo.

    `pans` puts each voice between left (-1) and right (1). `speakers` names the rows and gives their voices.
    `said` is in the order of the starts.
    """

    sample_rate: int
    languages: tuple[Language, ...]
    speakers: Mapping[str, Voice]
    condition: Condition
    voice_dbfs: float
    stems: Samples
    pans: tuple[float, ...]
    background: Samples
    speaking: npt.NDArray[np.bool_]
    said: tuple[Said, ...]

    @property
    def duration(self) -> float:
        return len(self.background[0]) / self.sample_rate

    @property
    def voice(self) -> Samples:
        """All voices together, (n,): what the mean of both channels of the mix is without its background."""
        voice: Samples = self.stems.sum(axis=0, dtype=np.float64).astype(np.float32)
        return voice

    @property
    def mix(self) -> Samples:
        """(2, n), what the microphone hears; never above -1 dBFS."""
        sides = np.array([[1 - pan, 1 + pan] for pan in self.pans]).reshape(-1, 2).T
        mixed = self.background.astype(np.float64)
        for side in range(2):
            for factor, stem in zip(sides[side], self.stems, strict=True):
                mixed[side] += factor * stem
        return mixed.astype(np.float32)

    @property
    def speech(self) -> Mapping[str, Spans]:
        """When each speaker speaks, as RTTM says it: (start, end) in seconds, sorted, disjoint."""
        return {name: _spans(flags) for name, flags in zip(self.speakers, self.speaking, strict=True)}


def make_dialogue(
    seed: int,
    part: Part,
    languages: Sequence[Language],
    speakers: int = 2,
    seconds: float = 60.0,
    *,
    condition: Condition = CLEAN,
    manner: Manner = CONVERSATION,
    flite: bool = False,
    sample_rate: int = SAMPLE_RATE,
) -> Dialogue:
    """A dialogue of exactly `seconds`, or a monologue of one speaker, in the first of the `languages`.

    With more languages, some turns and sentences are in the others. The same arguments give the same samples;
    another `condition` leaves voices, words and times as they are. `flite` lets flite's voices speak, too, in
    English. Raises EspeakFailed, FliteMissing.
    """
    key = f"{part} {'+'.join(languages)} {speakers} {seed}"
    cast = choose_cast(random.Random(f"cast {key}"), part, languages, speakers, flite=flite)
    return play(key, part, languages, cast, seconds, condition=condition, manner=manner, sample_rate=sample_rate)


def choose_cast(
    chance: random.Random, part: Part, languages: Sequence[Language], speakers: int, *, flite: bool = False
) -> dict[str, Voice]:
    """`speakers` different voices of a part that speak the languages, by the names they have in the recording."""
    pool = [*_voices(part), *(flite_voices(part) if flite else ())]
    able = [voice for voice in pool if set(languages) <= set(voice.languages)]
    return dict(zip(SPEAKERS, chance.sample(able, speakers), strict=False))


def play(
    key: str,
    part: Part,
    languages: Sequence[Language],
    cast: Mapping[str, Voice],
    seconds: float,
    *,
    condition: Condition = CLEAN,
    manner: Manner = CONVERSATION,
    sample_rate: int = SAMPLE_RATE,
    voice_dbfs: float | None = None,
) -> Dialogue:
    """What `make_dialogue` does, with a given cast and level. `key` is the seed: other keys, other dialogues.

    Without a cast there is only the background, as if somebody spoke above it.
    """
    if sample_rate % FLAGS_PER_SECOND:
        raise ValueError(
            f"{sample_rate} Hz have no whole number of samples in 10 ms: use 8000, 16000, 44100 or 48000"
        )
    frames = round(seconds * FLAGS_PER_SECOND)
    placed = _Talk(random.Random(f"talk {key}"), part, tuple(languages), cast, manner, frames, sample_rate).lines()
    return record(
        key, languages, cast, placed, frames, condition=condition, sample_rate=sample_rate, voice_dbfs=voice_dbfs
    )


def record(
    key: str,
    languages: Sequence[Language],
    cast: Mapping[str, Voice],
    placed: Sequence[Placed],
    frames: int,
    *,
    condition: Condition = CLEAN,
    sample_rate: int = SAMPLE_RATE,
    voice_dbfs: float | None = None,
) -> Dialogue:
    """A dialogue of `frames` of 10 ms whose cast says these utterances, spoken at `sample_rate`, at their times.

    `key` is the seed of the room, of the levels and of the background.
    """
    length = frames * (sample_rate // FLAGS_PER_SECOND)
    speaking = np.zeros((len(cast), frames), np.bool_)
    rows = {name: row for row, name in enumerate(cast)}
    for line in placed:
        speaking[rows[line.speaker], line.frame : line.frame + len(line.flags)] |= line.flags
    stems = _voices_in_a_room(placed, rows, length, sample_rate, generator(f"room {key}"))
    level = random.Random(f"level {key}")
    drawn_dbfs = level.uniform(*VOICE_DBFS)
    voice_dbfs = drawn_dbfs if voice_dbfs is None else voice_dbfs
    somebody: npt.NDArray[np.bool_] = np.logical_or.reduce(speaking, axis=0)
    found = levels.speech_rms(stems.sum(axis=0, dtype=np.float64), somebody, sample_rate)
    stems = (stems * (levels.amplitude(voice_dbfs) / (found or 1.0))).astype(np.float32)
    behind = make_background(condition, generator(f"background {key}"), length, sample_rate)
    dialogue = Dialogue(
        sample_rate=sample_rate,
        languages=tuple(languages),
        speakers=dict(cast),
        condition=condition,
        voice_dbfs=voice_dbfs,
        stems=stems,
        pans=_pans(len(cast), level),
        background=(behind * levels.amplitude(voice_dbfs - condition.snr_db)).astype(np.float32),
        speaking=speaking,
        said=tuple(_said(line) for line in sorted(placed, key=lambda line: (line.frame, line.speaker))),
    )
    return below_peak(dialogue)


def make_background(
    condition: Condition, chance: np.random.Generator, length: int, sample_rate: int
) -> npt.NDArray[np.float32]:
    """(2, length): silence for `clean`, else music or noise with an RMS of 1.

    Noise is the same in both channels but for a share of it, moved in time, that goes in with opposite signs: as
    wide as a pair of microphones hears a room, and unchanged in the mean of both.
    """
    if condition.background == "clean":
        return np.zeros((2, length), np.float32)
    if condition.background == "music":
        return music.compose(chance, length, sample_rate)
    kind = condition.background
    if kind == "noise":
        kind = str(chance.choice(sorted(noise.NOISES)))
    middle = noise.make_noise(kind, chance, length, sample_rate)
    moved = np.roll(middle, int(chance.integers(sample_rate // 2, max(length, sample_rate))))
    side = moved * np.float32(chance.uniform(0.0, 0.6))
    return levels.at_unit_level(np.stack((middle + side, middle - side)))


class _Talk:
    """Lets a cast talk for `frames` of 10 ms. At no time more than two speak."""

    def __init__(
        self,
        chance: random.Random,
        part: Part,
        languages: tuple[Language, ...],
        cast: Mapping[str, Voice],
        manner: Manner,
        frames: int,
        sample_rate: int,
    ) -> None:
        self._chance, self._part, self._languages, self._cast = chance, part, languages, cast
        self._manner, self._last, self._sample_rate = (
            manner,
            frames - round(TAIL_SECONDS * FLAGS_PER_SECOND),
            sample_rate,
        )

    def lines(self) -> list[Placed]:
        """Turn after turn until the time is up; then the listeners' answers are laid into the turns."""
        chance = self._chance
        turns: list[list[Placed]] = []
        waiting = chance.sample(list(self._cast), len(self._cast))  # everybody speaks before anybody speaks again
        frame = _frames(chance.uniform(*LEAD_SECONDS))
        speaker = ""
        while self._cast:
            others = [name for name in self._cast if name != speaker] or list(self._cast)
            speaker = waiting.pop() if waiting else chance.choice(others)
            turn, whole = self._turn(speaker, frame)
            turns.extend([turn] if turn else [])
            if not whole:
                break
            frame = self._next_start(turns, speaker)
        return [line for turn in turns for line in turn] + self._backchannels(turns)

    def _turn(self, speaker: str, frame: int) -> tuple[list[Placed], bool]:
        """The sentences of one turn, and whether the time was enough for all of them."""
        chance, language = self._chance, self._language(self._languages[0])
        count = 1
        while count < LONGEST_TURN and chance.random() < 0.55:
            count += 1
        turn: list[Placed] = []
        for _ in range(count):
            spoken = self._language(language)
            for _attempt in range(ATTEMPTS):
                line = self._line(speaker, frame, write_sentence(GRAMMARS[spoken], chance, self._part))
                if line and line.end <= self._last:
                    break
            else:
                return turn, False
            turn.append(line)
            frame = line.end + _frames(_log_normal(chance, 0.45, 0.4, 0.2, 1.0))
        return turn, True

    def _next_start(self, turns: Sequence[Sequence[Placed]], speaker: str) -> int:
        """Where the turn after the last one begins: after a gap, or before the one who speaks has ended."""
        chance = self._chance
        ends: dict[str, int] = {}
        for line in (line for turn in turns for line in turn):
            ends[line.speaker] = max(ends.get(line.speaker, 0), line.end)
        end = max(ends.values())
        if len(self._cast) == 1:
            return end + _frames(_log_normal(chance, 0.9, 0.4, 0.5, 2.0))
        if ends[speaker] == end and chance.random() < self._manner.overlap_share:
            overlap = min(_log_normal(chance, 0.45, 0.5, 0.1, 1.5), 0.5 * turns[-1][-1].utterance.duration)
            before = max((other for name, other in ends.items() if name != speaker), default=0)
            return max(end - _frames(overlap), before + 10)
        return end + _frames(_log_normal(chance, 0.3, 0.6, 0.1, 1.0))

    def _backchannels(self, turns: Sequence[Sequence[Placed]]) -> list[Placed]:
        """Short answers of listeners inside turns of others, where nobody else speaks."""
        chance = self._chance
        answers: list[Placed] = []
        for number, turn in enumerate(turns):
            speaker, first, last = turn[0].speaker, turn[0].frame, turn[-1].end
            listeners = [name for name in self._cast if name != speaker]
            if not listeners or chance.random() >= self._manner.backchannel_share:
                continue
            language = chance.choice(turn).utterance.language
            answer = self._line(chance.choice(listeners), 0, write_backchannel(GRAMMARS[language], chance))
            if not answer:
                continue
            first += _frames(0.8)
            first = max([first, *(line.end + 20 for turn in turns[:number] for line in turn)])
            last = (
                min([last, *(line.frame for turn in turns[number + 1 :] for line in turn)]) - len(answer.flags) - 20
            )
            if first <= last:
                frame = chance.randint(first, last)
                answers.append(Placed(answer.speaker, frame, answer.utterance, answer.flags, True))
        return answers

    def _line(self, speaker: str, frame: int, sentence: Sentence) -> Placed | None:
        """None where nothing is to be heard of it: some voices swallow a syllable that stands alone."""
        try:
            utterance = speak(sentence, self._cast[speaker], self._sample_rate, self._chance)
        except SilentUtterance:
            return None
        return Placed(speaker, frame, utterance, speech_flags(utterance.samples, self._sample_rate))

    def _language(self, usual: Language) -> Language:
        others = [language for language in self._languages if language != usual]
        if others and self._chance.random() < self._manner.switching_share:
            return self._chance.choice(others)
        return usual


def _voices_in_a_room(
    lines: Sequence[Placed], rows: Mapping[str, int], length: int, sample_rate: int, chance: np.random.Generator
) -> Samples:
    """(speaker, length): everybody's lines at their place, level and distance in one room, through one microphone.

    Four in ten recordings are made close to the mouth, without a room.
    """
    hop = sample_rate // FLAGS_PER_SECOND
    stems = np.zeros((len(rows), length), np.float32)
    for line in lines:
        first = line.frame * hop
        samples = line.utterance.samples[: length - first]
        stems[rows[line.speaker], first : first + len(samples)] += samples
    reverberation = chance.uniform(0.12, 0.6) if chance.random() < 0.6 else None
    microphone = rooms.microphone(chance, sample_rate)
    for stem in stems:
        stem *= np.float32(levels.amplitude(chance.uniform(-SPEAKER_DB, SPEAKER_DB)))
        if reverberation is not None:
            stem[:] = rooms.reverberated(stem, rooms.impulse_response(chance, sample_rate, reverberation))
        stem[:] = rooms.filtered(stem, microphone)
    return stems


def _said(line: Placed) -> Said:
    start = line.frame / FLAGS_PER_SECOND
    return Said(
        speaker=line.speaker,
        start=start,
        end=start + line.utterance.duration,
        text=line.utterance.text,
        language=line.utterance.language,
        words=tuple(Word(word.text, start + word.start, start + word.end) for word in line.utterance.words),
        backchannel=line.backchannel,
    )


def below_peak(dialogue: Dialogue) -> Dialogue:
    """The same, as much softer as its mix goes over the peak."""
    _, factor = levels.limit(dialogue.mix, PEAK)
    if factor == 1.0:
        return dialogue
    return replace(
        dialogue,
        voice_dbfs=dialogue.voice_dbfs + levels.decibels(factor),
        stems=(dialogue.stems * factor).astype(np.float32),
        background=(dialogue.background * factor).astype(np.float32),
    )


def _pans(speakers: int, chance: random.Random) -> tuple[float, ...]:
    """One speaker in the middle, more of them side by side."""
    if speakers == 1:
        return (0.0,)
    width = chance.uniform(0.0, 0.3)
    places = [width * (2 * place / (speakers - 1) - 1) for place in range(speakers)]
    chance.shuffle(places)
    return tuple(places)


def _spans(flags: npt.NDArray[np.bool_]) -> Spans:
    """Stretches of set 10 ms flags, in seconds; short silence between two is filled."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    spans: list[tuple[float, float]] = []
    for first, last in edges.reshape(-1, 2) / FLAGS_PER_SECOND:
        if spans and first - spans[-1][1] < FILLED_PAUSE:
            spans[-1] = (spans[-1][0], float(last))
        else:
            spans.append((float(first), float(last)))
    return tuple(spans)


@lru_cache(maxsize=3)
def _voices(part: Part) -> tuple[Voice, ...]:
    return make_voices(part, VOICES[part])


def generator(key: str) -> np.random.Generator:
    """A generator for a name, the same on every machine."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(key.encode()).digest()[:16])))


def _log_normal(chance: random.Random, median: float, spread: float, least: float, most: float) -> float:
    return min(most, max(least, median * math.exp(chance.gauss(0.0, spread))))


def _frames(seconds: float) -> int:
    return round(seconds * FLAGS_PER_SECOND)
