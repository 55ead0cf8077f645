"""What is true of a recording, as it is written beside it: RTTM, and timed sentences in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.synthetic.dialogues import Dialogue, Said, Spans
from benchmarks.synthetic.programmes import Programme, Segment
from benchmarks.synthetic.voices import Voice
from core.types import Language

SCHEMA = "prelabel.truth/1"


def render_rttm(name: str, speech: Mapping[str, Spans]) -> str:
    """Who speaks when, one line for each stretch of one speaker (NIST, "2009 Rich Transcription evaluation plan").

    Times are whole hundredths of a second, as the speech flags are.
    """
    stretches = sorted((start, end, speaker) for speaker, spans in speech.items() for start, end in spans)
    return "".join(
        f"SPEAKER {name} 1 {start:.2f} {end - start:.2f} <NA> <NA> {speaker} <NA> <NA>\n"
        for start, end, speaker in stretches
    )


def truth_of(dialogue: Dialogue, seed: int) -> dict[str, Any]:
    """The truth of a dialogue with the fields that the demo clips' truths have, times in seconds."""
    facts = _facts(dialogue.languages, dialogue.duration, seed, dialogue.speakers, dialogue.voice_dbfs)
    facts["condition"] = str(dialogue.condition)
    if dialogue.condition.background == "music":
        facts["music"] = {"start": 0.0, "end": facts["duration"], "below_voice_db": dialogue.condition.snr_db}
    return facts | {"sentences": sentences_of(dialogue.said)}


def truth_of_programme(programme: Programme) -> dict[str, Any]:
    """The same of a programme of which no segment has been heard yet: `add_segment` adds what each is."""
    facts = _facts(programme.languages, programme.seconds, programme.seed, programme.cast, programme.voice_dbfs)
    return facts | {"segments": [], "sentences": []}


def add_segment(truth: dict[str, Any], segment: Segment) -> None:
    """Add what a segment is and what is said in it to the truth of its programme."""
    start, dialogue = segment.start, segment.dialogue
    truth["segments"].append(
        {
            "kind": segment.kind,
            "start": round(start, 3),
            "end": round(start + dialogue.duration, 3),
            "condition": str(dialogue.condition),
        }
    )
    truth["sentences"].extend(sentences_of(dialogue.said, start))


def sentences_of(said: Iterable[Said], offset: float = 0.0) -> list[dict[str, Any]]:
    """Sentences as they stand in a truth, moved by `offset` seconds."""
    return [
        {
            "start": round(one.start + offset, 3),
            "end": round(one.end + offset, 3),
            "speaker": one.speaker,
            "text": one.text,
            "language": one.language,
            "words": [
                {"text": word.text, "start": round(word.start + offset, 3), "end": round(word.end + offset, 3)}
                for word in one.words
            ],
        }
        | ({"backchannel": True} if one.backchannel else {})
        for one in said
    ]


def _facts(
    languages: Sequence[Language], duration: float, seed: int, speakers: Mapping[str, Voice], voice_dbfs: float
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "language": languages[0],
        "languages": list(languages),
        "duration": round(duration, 3),
        "seed": seed,
        "speakers": {name: {"voice": voice.name} for name, voice in speakers.items()},
        "voice_dbfs": round(voice_dbfs, 1),
    }
