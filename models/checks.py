"""What is suspect about the sentences: flagged for the corrector, never dropped."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from core.flags import DRAFT_FLAGS, SENTENCE_FLAGS
from core.settings import CheckSettings
from core.spans import duration, merged, overlap, subtracted, total
from core.types import Checked, Sentence, Transcript, Turn
from models.normalisation import letters

VERSION = 1

# Letters and digits per second that nobody exceeds, and that speech does not fall below. Usual rates: English 6.2,
# Japanese 7.8, Mandarin 5.2 syllables a second (Pellegrino, Coupé & Marsico 2011, doi:10.1353/lan.2011.0057);
# one syllable is one letter in Korean and Chinese, some 2.6 in English, and 0.8 in Japanese with its kanji.
# The bounds are twice and a sixth of that; Korean, not in that study, is taken between Mandarin and Japanese.
LETTERS_PER_SECOND = {"ko": (1.1, 13.0), "en": (2.7, 32.0), "zh": (0.9, 10.5), "ja": (1.1, 12.5)}
# Rates say nothing of fewer letters, or of less voice than this.
RATED_LETTERS = {"ko": 8, "en": 20, "zh": 8, "ja": 8}
RATED_SECONDS = 3.0
# Laughter and 'no, no, no, no' are no loops: a loop is at least so many letters long.
LOOP_LETTERS = {"ko": 12, "en": 24, "zh": 12, "ja": 12}
_LOOP_UNIT = 80
# Another speaker's turn this long under a sentence is overlap, even where none of the other's words were written.
OVERLAP_SECONDS = 0.5
# Silence between words that counts as written; below this share of a sentence a known outro is only part of it.
JOINED_SECONDS = 0.5
OUTRO_SHARE = 0.6
# A second language is one when so many seconds and such a share are in it.
MIXED_SECONDS = 2.0
MIXED_SHARE = 0.03
UNCERTAIN_LANGUAGE = 0.7

# What Whisper is known to write over silence and music: subtitles' credits and the ends of videos it learned from.
OUTROS: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "시청해주셔서 감사합니다",
        "시청해주신 여러분 감사합니다",
        "끝까지 시청해주셔서 감사합니다",
        "구독과 좋아요 부탁드립니다",
        "구독과 좋아요 알림설정 부탁드립니다",
        "좋아요와 구독 부탁드립니다",
        "다음 영상에서 만나요",
        "다음 영상에서 뵙겠습니다",
        "다음 시간에 만나요",
        "한글자막 제공",
        "한국어 자막 제공",
        "자막 제공 및 자막을 사용하였습니다",
        "이 영상은 유료 광고를 포함하고 있습니다",
        "MBC 뉴스 이덕영입니다",
    ),
    "en": (
        "Thanks for watching",
        "Thank you for watching",
        "Thank you so much for watching",
        "Thanks for watching and see you next time",
        "Please subscribe to my channel",
        "Don't forget to like and subscribe",
        "Please like and subscribe",
        "I'll see you in the next video",
        "See you in the next video",
        "Subtitles by the Amara.org community",
        "Transcribed by https://otter.ai",
        "Transcription by CastingWords",
    ),
    "zh": (
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "請不吝點贊 訂閱 轉發 打賞支持明鏡與點點欄目",
        "字幕由Amara.org社区提供",
        "字幕由Amara.org社群提供",
        "谢谢观看",
        "謝謝觀看",
        "感谢观看",
        "感謝觀看",
        "谢谢大家的观看",
        "謝謝大家的觀看",
        "谢谢收看",
        "謝謝收看",
        "感谢收看",
        "我们下期再见",
        "我們下期再見",
        "字幕志愿者",
        "字幕志願者",
        "中文字幕志愿者",
        "欢迎订阅我的频道",
        "歡迎訂閱我的頻道",
    ),
    "ja": (
        "ご視聴ありがとうございました",
        "ご視聴いただきありがとうございました",
        "ご視聴ありがとうございます",
        "最後までご視聴いただきありがとうございました",
        "最後までご視聴ありがとうございました",
        "チャンネル登録をお願いします",
        "チャンネル登録お願いします",
        "チャンネル登録よろしくお願いします",
        "高評価とチャンネル登録をお願いします",
        "次の動画でお会いしましょう",
        "また次の動画でお会いしましょう",
        "字幕視聴ありがとうございました",
    ),
}
# People say these all the time; they are suspect only where no voice is heard.
_OUTROS_WITHOUT_VOICE: Mapping[str, tuple[str, ...]] = {
    "ko": ("감사합니다", "고맙습니다", "안녕히 계세요", "네"),
    "en": ("Thank you", "Thank you very much", "Thanks", "Bye", "Bye-bye", "You", "Okay", "The end"),
    "zh": ("谢谢", "謝謝", "谢谢大家", "謝謝大家", "再见", "再見", "字幕"),
    "ja": ("ありがとうございました", "ありがとうございます", "おやすみなさい", "お疲れ様でした", "ん"),
}

LOST_VOICE_SHARE = 0.5
"""With less than this share of the mix's voice left in the stem, the stem is not to be believed. Music that passes
for voice in the mix is seldom as long as the voice itself (chosen on the demo clips)."""


def check(
    sentences: Sequence[Sentence],
    transcript: Transcript,
    turns: Sequence[Turn],
    settings: CheckSettings,
    *,
    heard_in_mix: Sequence[tuple[float, float]] = (),
) -> Checked:
    """`sentences` with what is suspect about each as flags; none is dropped, none changes otherwise.

    Flags of the recording: no_speech, unwritten_voice, mixed_languages, language_uncertain. `unwritten_voice`
    spans are where the voice detector hears somebody for `unwritten_seconds` or longer and no word is written;
    it hears the voice stem, or the mix (`heard_in_mix`) where separation seems to have lost the voice.
    """
    voice = _Coverage(transcript.voiced)
    loops = _loops(sentences, settings.loop_repeats)
    overlaps = _overlaps(sentences, turns)
    flagged = []
    for index, sentence in enumerate(sentences):
        flags = set(sentence.flags)
        voiced_seconds = voice.seconds(sentence.start, sentence.end)
        if voiced_seconds < settings.no_voice_share * duration(sentence):
            flags.add("no_voice")
        if index in loops:
            flags.add("loop")
        if index in overlaps:
            flags.add("overlap")
        if _is_outro(sentence, "no_voice" in flags):
            flags.add("outro")
        flags |= _rate_flags(sentence, voiced_seconds)
        if sentence.confidence < settings.low_confidence:
            flags.add("low_confidence")
        flagged.append(replace(sentence, flags=_in_order(flags, SENTENCE_FLAGS)))
    kept = total(transcript.voiced) >= LOST_VOICE_SHARE * total(heard_in_mix)
    unwritten = _unwritten(sentences, transcript.voiced if kept else heard_in_mix, settings.unwritten_seconds)
    draft_flags = {
        "no_speech": not sentences,
        "unwritten_voice": bool(unwritten),
        "mixed_languages": _is_mixed(sentences),
        "language_uncertain": bool(sentences) and transcript.language_confidence < UNCERTAIN_LANGUAGE,
    }
    return Checked(
        tuple(flagged), _in_order({flag for flag, raised in draft_flags.items() if raised}, DRAFT_FLAGS), unwritten
    )


class _Coverage:
    """Sorted, disjoint spans that tell in O(log n) how much of a stretch they cover."""

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._before = [0.0, *accumulate(end - start for start, end in spans)]

    def seconds(self, start: float, end: float) -> float:
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if first >= last:
            return 0.0
        covered = self._before[last] - self._before[first]
        return covered - max(0.0, start - self._starts[first]) - max(0.0, self._ends[last - 1] - end)


def _loops(sentences: Sequence[Sentence], repeats: int) -> set[int]:
    """Sentences, by index, that mostly lie in something said `repeats` times in a row, within or across them."""
    texts = [letters(sentence.raw_text) for sentence in sentences]
    starts = [0, *accumulate(len(text) for text in texts)]
    pattern = re.compile(rf"(.{{1,{_LOOP_UNIT}}}?)\1{{{max(1, repeats - 1)},}}", re.DOTALL)
    found: set[int] = set()
    for match in pattern.finditer("".join(texts)):
        index = max(0, bisect_right(starts, match.start()) - 1)
        if match.end() - match.start() < LOOP_LETTERS[sentences[index].language]:
            continue
        while index < len(sentences) and starts[index] < match.end():
            shared = min(match.end(), starts[index + 1]) - max(match.start(), starts[index])
            if shared >= min(LOOP_LETTERS[sentences[index].language], max(1, len(texts[index]) / 2)):
                found.add(index)
            index += 1
    return found


def _overlaps(sentences: Sequence[Sentence], turns: Sequence[Turn]) -> set[int]:
    """Sentences, by index, under which a regular turn of another speaker lies for OVERLAP_SECONDS."""
    order = sorted(range(len(sentences)), key=lambda index: sentences[index].start)
    waiting = sorted((turn for turn in turns if not turn.exclusive), key=lambda turn: turn.start)
    position = 0
    active: list[Turn] = []
    found: set[int] = set()
    for index in order:
        sentence = sentences[index]
        while position < len(waiting) and waiting[position].start < sentence.end:
            active.append(waiting[position])
            position += 1
        active = [turn for turn in active if turn.end > sentence.start]
        own = merged(turn for turn in active if turn.speaker == sentence.speaker)
        if not own:
            continue
        for turn in active:
            if turn.speaker != sentence.speaker:
                start, end = max(turn.start, sentence.start), min(turn.end, sentence.end)
                if _Coverage(own).seconds(start, end) >= OVERLAP_SECONDS and overlap(turn, sentence) > 0:
                    found.add(index)
    return found


def _is_outro(sentence: Sentence, silent: bool) -> bool:
    said = letters(sentence.raw_text)
    if not said:
        return False
    known = _OUTRO_LETTERS.get(sentence.language, ())
    if any(phrase in said and len(phrase) >= OUTRO_SHARE * len(said) for phrase in known):
        return True
    return silent and said in _SILENT_OUTRO_LETTERS.get(sentence.language, ())


def _rate_flags(sentence: Sentence, voiced_seconds: float) -> set[str]:
    """too_fast by the whole span; too_slow by its voiced part, so that a pause is no missing text."""
    many = len(letters(sentence.raw_text))
    slowest, fastest = LETTERS_PER_SECOND[sentence.language]
    if many >= RATED_LETTERS[sentence.language] and many > fastest * duration(sentence):
        return {"too_fast"}
    if voiced_seconds >= RATED_SECONDS and many < slowest * voiced_seconds:
        return {"too_slow"}
    return set()


def _unwritten(
    sentences: Sequence[Sentence], voiced: Sequence[tuple[float, float]], seconds: float
) -> tuple[tuple[float, float], ...]:
    words = merged((word for sentence in sentences for word in sentence.words), join_within=JOINED_SECONDS)
    return tuple((start, end) for start, end in subtracted(voiced, words) if end - start >= seconds)


def _is_mixed(sentences: Sequence[Sentence]) -> bool:
    seconds: dict[str, float] = defaultdict(float)
    for sentence in sentences:
        seconds[sentence.language] += duration(sentence)
    others = sum(seconds.values()) - max(seconds.values(), default=0.0)
    return others >= MIXED_SECONDS and others >= MIXED_SHARE * sum(seconds.values())


def _in_order(flags: set[str], known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(flag for flag in known if flag in flags)


_OUTRO_LETTERS = {language: tuple(map(letters, phrases)) for language, phrases in OUTROS.items()}
_SILENT_OUTRO_LETTERS = {
    language: frozenset(map(letters, phrases)) for language, phrases in _OUTROS_WITHOUT_VOICE.items()
}
