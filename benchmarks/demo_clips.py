"""Make the four demo clips: `python -m benchmarks.demo_clips`.

Two synthetic voices take turns over a scene of held-out sentences (`clip_sentences`), music plays under the middle
of it, and the whole becomes a small video with its truth beside it. The same seed gives the same sound and truth.

Needs espeak-ng 1.51 (`apt-get install espeak-ng`); the picture shows the language's own name where a font for it is
found (`apt-get install fonts-noto-cjk`). Voices and seeds were chosen so that the small models of the `offline` set
do well: the clips demonstrate, they are no test set.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy.signal import resample_poly

from benchmarks.clip_sentences import Line, write_scene
from core.types import Language

Samples = npt.NDArray[np.float32]

RATE = 44100
SYNTHESISER_RATE = 22050
WIDTH, HEIGHT, FRAMES_PER_SECOND = 480, 270, 12
PEAK = 10 ** (-1 / 20)
"""No sample of a clip goes above −1 dBFS."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice variant of the synthesiser, its pitch (0 to 99), words per minute, level and place."""

    variant: str
    pitch: int
    words_per_minute: int
    level_db: float
    pan: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How one clip is made. `voice_dbfs` is the level of the voices while they speak (RMS)."""

    language: Language
    title: str
    synthesiser: str
    seed: int
    voices: Mapping[str, Voice]
    voice_dbfs: float
    music_below_db: float
    sample_rate: int
    colour: tuple[int, int, int]
    overlap_before: int | None = None


def _pair(
    low: str, low_pitch: int, low_pace: int, high: str, high_pitch: int, high_pace: int
) -> Mapping[str, Voice]:
    return {
        "A": Voice(low, low_pitch, low_pace, 0.0, -0.18),
        "B": Voice(high, high_pitch, high_pace, -2.0, 0.18),
    }


VOICES: Mapping[Language, Mapping[str, Voice]] = {
    "ko": _pair("klatt2", 30, 162, "m3", 70, 168),
    "en": _pair("klatt2", 30, 162, "m3", 70, 168),
    "zh": _pair("m7", 34, 162, "f2", 66, 168),
    "ja": _pair("m2", 32, 162, "f5", 64, 168),
}
PLANS: Mapping[Language, Plan] = {
    "ko": Plan("ko", "한국어", "ko", 1, VOICES["ko"], -36.0, 10.0, 44100, (79, 134, 198)),
    "en": Plan("en", "English", "en-us", 4, VOICES["en"], -24.0, 10.0, 48000, (198, 118, 79)),
    "zh": Plan("zh", "中文", "cmn-latn-pinyin", 2, VOICES["zh"], -29.0, 10.0, 44100, (176, 84, 110)),
    "ja": Plan("ja", "日本語", "ja", 1, VOICES["ja"], -22.5, 10.0, 48000, (96, 158, 118)),
}

LATIN_TITLES: Mapping[Language, str] = {"ko": "Korean", "en": "English", "zh": "Chinese", "ja": "Japanese"}
FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence where it lies in the clip: seconds, speaker, written text."""

    start: float
    end: float
    speaker: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip before it is encoded: (2, n) voice and music at 44.1 kHz, and what is said."""

    voice: Samples
    music: Samples
    said: tuple[Said, ...]
    music_span: tuple[float, float]


def make_clip(plan: Plan) -> Clip:
    """Speak, place and mix one clip. Raises FileNotFoundError where espeak-ng is not installed."""
    chance = random.Random(f"clip-{plan.language}-{plan.seed}")
    scene = write_scene(plan.language, plan.seed)
    spoken = [_speak(line, plan) for line in scene]
    starts = _place(scene, [len(sound) for sound in spoken], plan, chance)
    length = starts[-1] + len(spoken[-1]) + RATE
    voice = np.zeros((2, length), np.float32)
    for line, start, sound in zip(scene, starts, spoken, strict=True):
        settings = plan.voices[line.speaker]
        amplitude = 10 ** ((plan.voice_dbfs + settings.level_db) / 20)
        sides = np.array([[1 - max(0.0, settings.pan)], [1 + min(0.0, settings.pan)]], np.float32)
        voice[:, start : start + len(sound)] += amplitude * sides * sound
    said = tuple(
        Said(round(start / RATE, 3), round((start + len(sound)) / RATE, 3), line.speaker, line.text)
        for line, start, sound in zip(scene, starts, spoken, strict=True)
    )
    span = (round(said[4].start - 0.5, 3), round(said[9].end + 0.5, 3))
    music = _under(voice, span, plan)
    peak = float(np.abs(voice + music).max())
    if peak > PEAK:
        raise ValueError(f"{plan.language}: the mix peaks at {peak:.2f}; lower voice_dbfs")
    return Clip(voice, music, said, span)


def _speak(line: Line, plan: Plan) -> Samples:
    """One sentence at 44.1 kHz, without the silence around it, at an RMS of 1.

    espeak-ng writes a wrong length into the WAV header of `--stdout`, so the header is skipped.
    """
    voice = plan.voices[line.speaker]
    command = ["espeak-ng", "-v", f"{plan.synthesiser}+{voice.variant}", "-p", str(voice.pitch)]
    command += ["-s", str(voice.words_per_minute), "-z", "-b", "1", "--stdout"]
    wav = subprocess.run(command, input=line.spoken.encode(), capture_output=True, check=True).stdout
    sound = np.frombuffer(wav[44 : len(wav) // 2 * 2], np.int16).astype(np.float32) / 32768
    heard = np.flatnonzero(np.abs(sound) > 0.002)
    sound = sound[max(0, heard[0] - SYNTHESISER_RATE // 100) : heard[-1] + SYNTHESISER_RATE // 50]
    sound = resample_poly(sound, RATE, SYNTHESISER_RATE).astype(np.float32)
    return _at_unit_level(sound)


def _place(scene: Sequence[Line], lengths: Sequence[int], plan: Plan, chance: random.Random) -> list[int]:
    """First samples of the sentences: short pauses within a turn, longer ones between, one overlap if planned."""
    starts = [int(0.8 * RATE)]
    for index in range(1, len(scene)):
        same = scene[index].speaker == scene[index - 1].speaker
        pause = chance.uniform(0.35, 0.6) if same else chance.uniform(0.8, 1.2)
        if index == plan.overlap_before:
            pause = -0.25
        starts.append(starts[-1] + lengths[index - 1] + int(pause * RATE))
    return starts


def _under(voice: Samples, span: tuple[float, float], plan: Plan) -> Samples:
    """Music for `span`, faded in and out, `music_below_db` under the voices."""
    first, last = int(span[0] * RATE), int(span[1] * RATE)
    music = np.zeros_like(voice)
    tune = compose(last - first, plan.seed)
    fade = np.minimum(1.0, np.minimum(np.arange(last - first), np.arange(last - first)[::-1]) / (1.2 * RATE))
    level = 10 ** ((plan.voice_dbfs - plan.music_below_db) / 20)
    music[:, first:last] = level * tune * fade.astype(np.float32)
    return music


def compose(length: int, seed: int) -> Samples:
    """A calm loop of four chords at 44.1 kHz, (2, length) with an RMS of 1.

    Bass and drums carry it and the chords stay soft: the small separation network tells those from a voice best.
    """
    chance = np.random.default_rng(seed)
    beat = 60 / chance.uniform(84, 104)
    root = 196.0 * 2 ** (chance.integers(-3, 4) / 12)
    chords = [(0, 4, 7), (-3, 0, 4), (-7, -3, 0), (-5, -1, 2)]  # semitones above the root: I, vi, IV, V
    sound = np.zeros((2, length + 8 * RATE), np.float32)
    for bar in range(int(length / RATE / (4 * beat)) + 1):
        chord = chords[bar % 4]
        at = bar * 4 * beat
        bass = root / 2 * 2 ** (chord[0] / 12)
        for step in chord:
            _add(sound, at, 0.05 * _pad(2 * root * 2 ** (step / 12), 4 * beat, chance), 0.0)
        for pulse in range(4):
            _add(sound, at + pulse * beat, 0.8 * _pluck(bass, beat, 3.5), 0.0)
            _add(sound, at + pulse * beat, (0.8 * _kick() if pulse % 2 == 0 else 0.5 * _brush(chance, 25)), 0.0)
            _add(sound, at + (pulse + 0.5) * beat, 0.25 * _brush(chance, 60), 0.3)
        if bar % 2:
            _add(sound, at + 3.5 * beat, 0.5 * _pluck(2 * bass, beat / 2, 6.0), -0.3)
    return _at_unit_level(sound[:, :length])


def _at_unit_level(sound: Samples) -> Samples:
    level = np.float32(np.sqrt(np.mean(sound**2)))
    return np.divide(sound, level, dtype=np.float32)


def _pad(frequency: float, seconds: float, chance: np.random.Generator) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * frequency * h * time + chance.uniform(0, 6.28)) / h**2 for h in range(1, 4))
    swell = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.25)
    return (tone * swell).astype(np.float32)


def _pluck(frequency: float, seconds: float, decay: float) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    ends = np.minimum(1.0, np.minimum(time / 0.004, time[::-1] / 0.02))
    return (np.sin(2 * np.pi * frequency * time) * np.exp(-decay * time) * ends).astype(np.float32)


def _kick() -> Samples:
    time = np.arange(int(0.18 * RATE)) / RATE
    return (np.sin(2 * np.pi * (50 + 80 * np.exp(-40 * time)) * time) * np.exp(-18 * time)).astype(np.float32)


def _brush(chance: np.random.Generator, decay: float) -> Samples:
    time = np.arange(int(0.15 * RATE)) / RATE
    return (np.diff(chance.standard_normal(len(time) + 1)) * np.exp(-decay * time)).astype(np.float32)


def _add(sound: Samples, at: float, note: Samples, pan: float) -> None:
    """Lay `note` into `sound` in place; `pan` from −1 (left) to 1 (right)."""
    first = int(at * RATE)
    piece = note[: max(0, sound.shape[1] - first)]
    sound[0, first : first + len(piece)] += (1 - max(0.0, pan)) * piece
    sound[1, first : first + len(piece)] += (1 + min(0.0, pan)) * piece


def truth_of(clip: Clip, plan: Plan) -> dict[str, Any]:
    """What is true of a clip, as it is written beside it; times in seconds from its start."""
    return {
        "schema": "prelabel.truth/1",
        "language": plan.language,
        "duration": round(clip.voice.shape[1] / RATE, 3),
        "seed": plan.seed,
        "speakers": {
            name: {"voice": f"{plan.synthesiser}+{voice.variant}", "pitch": voice.pitch}
            for name, voice in plan.voices.items()
        },
        "voice_dbfs": plan.voice_dbfs,
        "music": {
            "start": clip.music_span[0],
            "end": clip.music_span[1],
            "below_voice_db": plan.music_below_db,
        },
        "sentences": [
            {"start": said.start, "end": said.end, "speaker": said.speaker, "text": said.text} for said in clip.said
        ],
    }


def write_video(clip: Clip, plan: Plan, file: Path, font: Path | None) -> None:
    """Encode sound and picture as H.264 and AAC in an mp4, without any date or machine in it."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "mix.f32"
        sound.write_bytes(np.ascontiguousarray((clip.voice + clip.music).T).tobytes())
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
        command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES_PER_SECOND)]
        command += ["-i", "pipe:0", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", str(sound)]
        command += ["-c:v", "libx264", "-preset", "slow", "-crf", "27", "-pix_fmt", "yuv420p", "-threads", "1"]
        command += ["-c:a", "aac", "-b:a", "112k", "-ar", str(plan.sample_rate), "-map_metadata", "-1"]
        command += ["-fflags", "+bitexact", "-flags", "+bitexact", "-movflags", "+faststart", str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
            assert encoder.stdin is not None
            for frame in draw_frames(clip, plan, font):
                encoder.stdin.write(frame.tobytes())
            encoder.stdin.close()
            if encoder.wait() != 0:
                raise RuntimeError(f"ffmpeg could not write {file}")


def draw_frames(clip: Clip, plan: Plan, font: Path | None) -> Iterator[npt.NDArray[np.uint8]]:
    """The picture, (height, width, 3) per frame: a title, who speaks, the waveform and where it is being played."""
    still, played = _card(clip, plan, font, bright=False), _card(clip, plan, font, bright=True)
    duration = clip.voice.shape[1] / RATE
    for number in range(int(duration * FRAMES_PER_SECOND)):
        now = number / FRAMES_PER_SECOND
        frame = still.copy()
        edge = 24 + int((WIDTH - 48) * now / duration)
        frame[150:250, 24:edge] = played[150:250, 24:edge]
        frame[150:250, edge : edge + 2] = 255
        for said in clip.said:
            if said.start <= now < said.end:
                top = 52 if said.speaker == "A" else 92
                frame[top : top + 28, WIDTH - 130 : WIDTH - 24] = played[top : top + 28, WIDTH - 130 : WIDTH - 24]
        yield frame


def _card(clip: Clip, plan: Plan, font: Path | None, *, bright: bool) -> npt.NDArray[np.uint8]:
    shade = 1.0 if bright else 0.45
    image = Image.new("RGB", (WIDTH, HEIGHT), (22, 24, 31))
    draw = ImageDraw.Draw(image)
    colour = tuple(int(part * shade) for part in plan.colour)
    large, small = _font(font, 52), _font(font, 15)
    draw.text((24, 34), plan.title if font else LATIN_TITLES[plan.language], font=large, fill=(240, 240, 244))
    draw.text((26, 108), "two synthetic voices, held-out sentences", font=small, fill=(150, 154, 166))
    for name, top in (("voice A", 52), ("voice B", 92)):
        draw.rounded_rectangle((WIDTH - 130, top, WIDTH - 25, top + 27), 8, fill=colour)
        draw.text((WIDTH - 106, top + 4), name, font=small, fill=(255, 255, 255) if bright else (170, 174, 186))
    mix = np.abs((clip.voice + clip.music).mean(axis=0))
    columns = WIDTH - 48
    peaks = mix[: len(mix) // columns * columns].reshape(columns, -1).max(axis=1)
    for column, peak in enumerate(peaks / peaks.max()):
        half = max(1, int(48 * peak))
        draw.line((24 + column, 200 - half, 24 + column, 200 + half), fill=colour)
    return np.asarray(image)


def _font(font: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(font, size) if font else ImageFont.load_default(size)


def write_stems(clip: Clip, plan: Plan, folder: Path) -> None:
    """The clean voice and the music apart, as 44.1 kHz FLAC: what separation is measured against."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, stem in (("voice", clip.voice), ("music", clip.music)):
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-y",
            "-f",
            "f32le",
            "-ar",
            str(RATE),
            "-ac",
            "2",
        ]
        command += ["-i", "pipe:0", "-sample_fmt", "s32", str(folder / f"{plan.language}.{name}.flac")]
        subprocess.run(command, input=np.ascontiguousarray(stem.T).tobytes(), check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the clips asked for, their truth, and the stems where a folder for them is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo_clips", description="Make the demo clips.")
    parser.add_argument("--out", type=Path, default=Path("flows/clips"))
    parser.add_argument("--stems", type=Path, help="also write voice and music apart into this folder")
    parser.add_argument("--only", choices=PLANS, action="append", help="this language only; may be repeated")
    parser.add_argument("--font", type=Path, help="font with the languages' own letters")
    chosen = parser.parse_args(arguments)
    font = chosen.font or next((path for path in FONTS if path.exists()), None)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for language in chosen.only or PLANS:
        plan = PLANS[language]
        clip = make_clip(plan)
        video = chosen.out / f"{language}.mp4"
        write_video(clip, plan, video, font)
        truth = json.dumps(truth_of(clip, plan), ensure_ascii=False, indent=1)
        (chosen.out / f"{language}.truth.json").write_text(f"{truth}\n", encoding="utf-8")
        if chosen.stems:
            write_stems(clip, plan, chosen.stems)
        print(f"{video}: {clip.voice.shape[1] / RATE:.1f} s, {video.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
