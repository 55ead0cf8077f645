"""Every flag a draft may carry, and the plain sentence that a person reads for it."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCE_FLAGS: Mapping[str, str] = {
    "loop": "The same words repeat; the recogniser may have been caught in a loop.",
    "outro": "This is a phrase that recognisers invent over silence and music; check that it is said.",
    "no_voice": "There is text here, but hardly any voice is heard.",
    "too_fast": "More is written than a person can say in this time.",
    "too_slow": "Very little is written for this long a time; something may be missing.",
    "low_confidence": "The recogniser was unsure of these words.",
    "overlap": "Two people speak at once here.",
    "speaker_uncertain": "It is not certain who speaks.",
    "code_switch": "The sentence mixes languages.",
    "redecoded": "The first attempt looked wrong and was decoded again.",
}

DRAFT_FLAGS: Mapping[str, str] = {
    "no_speech": "Nobody seems to speak in this recording.",
    "unwritten_voice": "Voice is heard where nothing is written.",
    "separation_failed": "The voice could not be separated; the recogniser heard the full mix.",
    "decoder_errors": "Parts of the file were damaged and were skipped or concealed.",
    "shorter_than_declared": "The file is a little shorter than it says.",
    "silent_track_skipped": "The first audio track was silent; a later one was used.",
    "clipped": "The sound is clipped in many places.",
    "loudness_limited": "The target loudness was not reached, because peaks would have clipped.",
    "mixed_languages": "More than one language is spoken.",
    "language_uncertain": "The language could not be told with certainty.",
    "offline_models": "Drafted by the small offline models, which understand synthetic speech only.",
}


def describe(flag: str) -> str:
    """The sentence for `flag`, of a sentence or a draft."""
    return SENTENCE_FLAGS.get(flag) or DRAFT_FLAGS[flag]
