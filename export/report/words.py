"""Figures in words and with units, as a person who is no sound engineer reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from export.prices import Price

LANGUAGE_NAMES = {"ko": "Korean", "en": "English", "zh": "Chinese", "ja": "Japanese"}

REASONS = {
    "empty": "The file is empty",
    "not_media": "Not a sound or video file",
    "still_image": "A picture, not a recording",
    "truncated": "The file is incomplete",
    "no_audio": "The file has no sound track",
    "silent": "The sound track is silent",
    "too_short": "Too short",
    "too_long": "Too long",
    "directory": "A folder, not a file",
    "unreadable": "Cannot be read",
    "playlist": "A playlist, not a recording",
    "timeout": "Reading it took too long",
    "crashed": "Reading it made the decoder crash",
}

STATES = {
    "ready": "ready",
    "withheld": "withheld: an earlier draft is in somebody's hands",
    "superseded": "superseded",
}

LONGEST_TEXT = 120

CONFIDENT, LIKELY, UNSURE = 0.9, 0.75, 0.5
"""Borders of the four confidence grades."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: its name, its value with unit, what it means."""

    name: str
    value: str
    meaning: str


def grade(confidence: float) -> int:
    """0 sure, 1 likely, 2 unsure, 3 doubtful."""
    return sum(confidence < border for border in (CONFIDENT, LIKELY, UNSURE))


def clock(seconds: float) -> str:
    """`1:02.5`, with hours where there are any."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{tenths // 10:02d}.{tenths % 10}"


def lasting(seconds: float) -> str:
    """`9 min 58 s`, `2 h 3 min`, `3.2 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds else "0 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def number(value: float, decimals: int = 1) -> str:
    """With a true minus sign, and thousands set apart."""
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−").replace(",", "\u202f")


def money(price: Price) -> str:
    """`5 200 KRW`."""
    return f"{number(price.amount, 0)} {price.currency}"


def short(text: str) -> str:
    """`text`, cut where it would make a page long."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def many(count: int, what: str) -> str:
    """`3 drafts`, `1 draft`, `no drafts`."""
    return f"{number(count, 0) if count else 'no'} {what}{'' if count == 1 else 's'}"


def share(count: int, of: int) -> str:
    """`79 % (118 of 150)`; says so where there are none."""
    return f"{percent(count / of)} ({number(count, 0)} of {number(of, 0)})" if of else "none of none"


def rate(value: float) -> str:
    """`5.8 %`."""
    return f"{number(100 * value, 1)} %"


def between(low: float, high: float) -> str:
    """`4.1 to 6.3 %`."""
    return f"{number(100 * low, 1)} to {number(100 * high, 1)} %"


def percent(share: float) -> str:
    """Whole percent; less than half of one, yet not nothing, says so."""
    if 0 < share < 0.005:
        return "under 1 %"
    return f"{share * 100:.0f} %"


def signal_figures(quality: Mapping[str, Any]) -> list[Figure]:
    """The sound of the mix, before anything was done to it."""
    return [
        _noise(quality.get("snr_db"), quality.get("noise_level_dbfs")),
        Figure("Voice", percent(quality["voice_share"]), "of the time somebody is heard"),
        _music(quality["music_share"]),
        _clipping(quality["clipped_share"]),
        _bandwidth(quality["bandwidth_hz"]),
        _offset(quality["dc_offset"]),
    ]


def _noise(snr_db: float | None, noise_level_dbfs: float | None) -> Figure:
    if snr_db is None:
        return Figure("Voice above noise", "–", "could not be told: there is no voice, or no pause to compare")
    meaning = next(
        text
        for least, text in (
            (25.0, "clean"),
            (15.0, "some noise, easy to follow"),
            (5.0, "noisy"),
            (float("-inf"), "very noisy, hard to follow"),
        )
        if snr_db >= least
    )
    floor = f"; noise at {number(noise_level_dbfs, 0)} dBFS" if noise_level_dbfs is not None else ""
    return Figure("Voice above noise", f"{number(snr_db)} dB", meaning + floor)


def _music(share: float) -> Figure:
    if share < 0.05:
        meaning = "hardly any" if share else "none heard"
    else:
        meaning = "now and then" if share < 0.5 else "most of the time"
    return Figure("Music", percent(share), meaning)


def _clipping(share: float) -> Figure:
    meaning = "none" if share == 0 else "a few peaks" if share < 0.001 else "audible distortion is likely"
    return Figure("Clipped samples", f"{number(share * 100, 2)} %", meaning)


def _bandwidth(hertz: float) -> Figure:
    if hertz >= 10000:
        meaning = "full sound"
    elif hertz >= 6500:
        meaning = "wide enough for all of speech"
    else:
        meaning = "dull, like an old video" if hertz >= 4200 else "narrow, like a telephone"
    return Figure("Bandwidth", f"{number(hertz / 1000)} kHz", meaning)


def _offset(offset: float) -> Figure:
    meaning = (
        "none" if abs(offset) < 0.001 else "small, harmless" if abs(offset) < 0.02 else "a fault of the recorder"
    )
    return Figure("DC offset", number(offset, 4), meaning)


def loudness_sentences(loudness: Mapping[str, Any]) -> list[str]:
    """What normalisation did, and why it stopped where it did."""
    before, reached, gain = loudness["integrated_lufs"], loudness["reached_lufs"], loudness["gain_db"]
    if before is None or reached is None:
        return ["Too short or too quiet to have a loudness, so it was left as it is."]
    change = "raised" if gain > 0.05 else "lowered" if gain < -0.05 else "left as it is"
    by = f" by {number(abs(gain))} dB" if abs(gain) > 0.05 else ""
    sentences = [f"The voice was {change}{by}."]
    if loudness["true_peak_dbtp"] is not None:
        after = loudness["true_peak_dbtp"] + gain
        sentences.append(f"True peak {number(loudness['true_peak_dbtp'])} dBTP before, {number(after)} dBTP after.")
    if loudness["limited"]:
        sentences.append("It stopped short of the target: the highest peak had reached its ceiling.")
    return sentences
