"""Make the four demo clips: `python -m benchmarks.demo_clips`.

Two people of the synthetic corpus take turns over a scene (`benchmarks.synthetic.scenes`), music plays under the
middle of it, and the whole becomes a small video with its truth beside it. Sentences and voices are those of the
development part, from which no training learns. The same seed gives the same sound and truth.

The picture shows the language's own name where a font for it is found (`apt-get install fonts-noto-cjk`). Voices,
seeds and styles of music were chosen so that the small models of the `offline` set tell the speakers apart: the
clips demonstrate, they are no test set.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from benchmarks.synthetic import levels, music
from benchmarks.synthetic.dialogues import (
    SPEAKERS,
    VOICES,
    Condition,
    Dialogue,
    Placed,
    below_peak,
    generator,
    record,
)
from benchmarks.synthetic.files import write_sound, write_truth
from benchmarks.synthetic.scenes import write_scene
from benchmarks.synthetic.speech import FLAGS_PER_SECOND, speak, speech_flags
from benchmarks.synthetic.truth import truth_of
from benchmarks.synthetic.voices import Voice, make_voices
from core.types import Language

Samples = npt.NDArray[np.float32]

MUSIC = Condition("music", 10.0)
MUSIC_LINES = (4, 9)
"""Music plays under these lines of the scene and those between them."""
MUSIC_EDGE_SECONDS, FADE_SECONDS = 0.5, 1.2
LEAD_SECONDS, TAIL_SECONDS = 0.8, 1.0
PAUSE_SECONDS, CHANGE_SECONDS = (0.35, 0.6), (0.8, 1.2)
"""Between two sentences of one speaker, and before the other speaks."""
PANS = (-0.18, 0.18)

WIDTH, HEIGHT, FRAMES_PER_SECOND = 480, 270, 12


@dataclass(frozen=True, slots=True)
class Plan:
    """How one clip is made. `voices` are numbers of voices of the development part, `style` is one of the music's.

    `voice_dbfs` is the level of the voices while they speak (RMS).
    """

    language: Language
    title: str
    seed: int
    voices: tuple[int, int]
    style: str
    voice_dbfs: float
    sample_rate: int
    colour: tuple[int, int, int]


PLANS: Mapping[Language, Plan] = {
    "ko": Plan("ko", "한국어", 2, (111, 45), "rock", -36.0, 44100, (79, 134, 198)),
    "en": Plan("en", "English", 5, (33, 80), "jazz", -24.0, 48000, (198, 118, 79)),
    "zh": Plan("zh", "中文", 2, (21, 27), "folk", -29.0, 44100, (176, 84, 110)),
    "ja": Plan("ja", "日本語", 7, (54, 61), "ballad", -22.5, 48000, (96, 158, 118)),
}

LATIN_TITLES: Mapping[Language, str] = {"ko": "Korean", "en": "English", "zh": "Chinese", "ja": "Japanese"}
FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip before it is encoded, and the seconds between which there is music."""

    dialogue: Dialogue
    music_span: tuple[float, float]


def make_clip(plan: Plan) -> Clip:
    """Speak, place and mix one clip. Raises EspeakFailed."""
    key = f"clip {plan.language} {plan.seed}"
    pool = make_voices("dev", VOICES["dev"])
    cast = {name: pool[number] for name, number in zip(SPEAKERS, plan.voices, strict=False)}
    placed = _place(plan, cast, random.Random(f"talk {key}"))
    frames = placed[-1].end + round(TAIL_SECONDS * FLAGS_PER_SECOND)
    rate, level = plan.sample_rate, plan.voice_dbfs
    clean = record(key, (plan.language,), cast, placed, frames, sample_rate=rate, voice_dbfs=level)
    first, last = (clean.said[line] for line in MUSIC_LINES)
    span = (round(first.start - MUSIC_EDGE_SECONDS, 2), round(last.end + MUSIC_EDGE_SECONDS, 2))
    background = _music(plan, span, clean.background.shape[1], generator(f"background {key}"))
    mixed = replace(clean, condition=MUSIC, pans=PANS, background=background)
    return Clip(below_peak(mixed), span)


def _place(plan: Plan, cast: Mapping[str, Voice], chance: random.Random) -> list[Placed]:
    """The lines of the scene, spoken one after another: short pauses within a turn, longer ones between two."""
    placed: list[Placed] = []
    for line in write_scene(plan.language, "dev", plan.seed):
        frame = round(LEAD_SECONDS * FLAGS_PER_SECOND)
        if placed:
            pause = PAUSE_SECONDS if line.speaker == placed[-1].speaker else CHANGE_SECONDS
            frame = placed[-1].end + round(chance.uniform(*pause) * FLAGS_PER_SECOND)
        utterance = speak(line.sentence, cast[line.speaker], plan.sample_rate, chance)
        placed.append(Placed(line.speaker, frame, utterance, speech_flags(utterance.samples, plan.sample_rate)))
    return placed


def _music(plan: Plan, span: tuple[float, float], length: int, chance: np.random.Generator) -> Samples:
    """(2, length) with music in the `span`, which fades in and out."""
    first, last = (round(second * plan.sample_rate) for second in span)
    tune = music.compose_style(plan.style, chance, last - first, plan.sample_rate)
    inwards = np.arange(last - first)
    fade = np.minimum(1.0, np.minimum(inwards, inwards[::-1]) / (FADE_SECONDS * plan.sample_rate))
    background = np.zeros((2, length), np.float32)
    background[:, first:last] = levels.at_unit_level(tune * fade) * levels.amplitude(plan.voice_dbfs - MUSIC.snr_db)
    return background


def clip_truth(clip: Clip, plan: Plan) -> dict[str, Any]:
    """What is true of a clip, as it is written beside it; times in seconds from its start."""
    truth = truth_of(clip.dialogue, plan.seed)
    start, end = clip.music_span
    return truth | {"music": truth["music"] | {"start": start, "end": end}}


def write_video(clip: Clip, plan: Plan, file: Path, font: Path | None) -> None:
    """Encode sound and picture as H.264 and AAC in an mp4, without any date or machine in it."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "mix.wav"
        write_sound(sound, clip.dialogue.mix, plan.sample_rate)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
        command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES_PER_SECOND)]
        command += ["-i", "pipe:0", "-i", str(sound)]
        command += ["-c:v", "libx264", "-preset", "slow", "-crf", "27", "-pix_fmt", "yuv420p", "-threads", "1"]
        command += ["-c:a", "aac", "-b:a", "112k", "-map_metadata", "-1"]
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
    duration = clip.dialogue.duration
    for number in range(int(duration * FRAMES_PER_SECOND)):
        now = number / FRAMES_PER_SECOND
        frame = still.copy()
        edge = 24 + int((WIDTH - 48) * now / duration)
        frame[150:250, 24:edge] = played[150:250, 24:edge]
        frame[150:250, edge : edge + 2] = 255
        for said in clip.dialogue.said:
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
    mix = np.abs(clip.dialogue.mix.mean(axis=0))
    columns = WIDTH - 48
    peaks = mix[: len(mix) // columns * columns].reshape(columns, -1).max(axis=1)
    for column, peak in enumerate(peaks / peaks.max()):
        half = max(1, int(48 * peak))
        draw.line((24 + column, 200 - half, 24 + column, 200 + half), fill=colour)
    return np.asarray(image)


def _font(font: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(font, size) if font else ImageFont.load_default(size)


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
        write_truth(chosen.out, language, clip_truth(clip, plan))
        if chosen.stems:
            chosen.stems.mkdir(parents=True, exist_ok=True)
            write_sound(chosen.stems / f"{language}.voice.wav", clip.dialogue.voice, plan.sample_rate)
            write_sound(chosen.stems / f"{language}.music.wav", clip.dialogue.background, plan.sample_rate)
        print(f"{video}: {clip.dialogue.duration:.1f} s, {video.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
