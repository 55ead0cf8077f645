from __future__ import annotations

import numpy as np
import pytest

from models.offline.training.conversations import (
    FRAMES,
    HOP,
    SAMPLES,
    Bank,
    Scenery,
    Stream,
    cut_mask,
    make_piece,
    make_scenery,
    waveform,
)


def bank(voices: int = 6, utterances: int = 4) -> Bank:
    """Every utterance is a second and a half of a voice's own tone."""
    frames = 150
    time = np.arange(frames * HOP) / 16000
    tones = [np.sin(2 * np.pi * 110 * (voice + 1) * time) * 2000 for voice in range(voices)]
    return Bank(
        samples=np.concatenate([tone.astype(np.int16) for tone in tones for _ in range(utterances)]),
        flags=np.ones(frames * voices * utterances, np.bool_),
        starts=np.arange(voices * utterances + 1) * frames,
        voices=np.repeat(np.arange(voices), utterances),
    )


@pytest.fixture(scope="module")
def scenery() -> Scenery:
    return make_scenery(0, 2)


def test_a_piece_is_the_same_wherever_it_is_composed(scenery: Scenery) -> None:
    first, again, other = (make_piece(bank(), scenery, 0, number) for number in (3, 3, 4))
    assert np.array_equal(first.samples, again.samples)
    assert np.array_equal(first.active, again.active)
    assert not np.array_equal(first.samples, other.samples)


def test_never_more_than_two_speak_at_once_and_whoever_speaks_is_named(scenery: Scenery) -> None:
    for number in range(60):
        piece = make_piece(bank(), scenery, 1, number)
        assert waveform(piece).shape == (1, 1, SAMPLES)
        assert np.abs(waveform(piece)).max() <= 1.0
        assert piece.active.shape == (3, FRAMES)
        assert piece.active.sum(axis=0).max() <= 2
        assert np.array_equal(piece.active.any(axis=1), piece.voices >= 0)
        named = piece.voices[piece.voices >= 0]
        assert len(set(named)) == len(named)


def test_pieces_hold_one_two_and_three_speakers_overlaps_and_silence(scenery: Scenery) -> None:
    pieces = [make_piece(bank(), scenery, 2, number) for number in range(200)]
    assert {int((piece.voices >= 0).sum()) for piece in pieces} == {0, 1, 2, 3}
    together = sum(int((piece.active.sum(axis=0) == 2).sum()) for piece in pieces)
    spoken = sum(int(piece.active.any(axis=0).sum()) for piece in pieces)
    assert 0.03 < together / spoken < 0.3


def test_a_room_leaves_voices_in_their_place() -> None:
    scenery = make_scenery(5, 1)
    click = np.zeros(SAMPLES, np.float32)
    click[1000] = 1.0
    size = (scenery.rooms.shape[1] - 1) * 2
    heard = np.fft.irfft(np.fft.rfft(click, size) * scenery.rooms[0], size)
    assert abs(int(np.argmax(np.abs(heard))) - 1000) <= 2


def test_a_stream_goes_on_where_it_was_left_and_makes_nothing_twice() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    whole = Stream(make, 0, batch=4, fresh=2, held=16)
    before = [whole.examples(step) for step in range(40)]
    assert Stream(make, 0, batch=4, fresh=2, held=16).examples(39) == before[39]
    assert all(2 * step <= number < 2 * step + 16 for step in range(40) for number in before[step])
    made.clear()
    whole.examples(39)
    assert not made


def test_a_cut_mask_keeps_most_of_a_voice_or_a_second_or_two_of_it() -> None:
    alone = np.zeros(FRAMES, np.bool_)
    alone[100:400] = True
    kept = [int(cut_mask(alone, np.random.default_rng(number)).sum()) for number in range(100)]
    assert set(kept) - {300}
    assert all(count == 300 or 70 <= count <= 200 for count in kept)
