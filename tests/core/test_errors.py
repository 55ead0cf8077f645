"""Errors that stop a run tell what, why and how to mend it, wherever they are raised."""

import pickle

from core.errors import BadRecording, ModelsMissing


def test_an_error_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(ModelsMissing("no weights", why="never fetched", fix="pull them")))
    assert isinstance(error, ModelsMissing)
    assert (error.what, error.why, error.fix, error.exit_code) == ("no weights", "never fetched", "pull them", 3)


def test_a_bad_recording_keeps_reason_and_advice_across_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(BadRecording("silent", "Record again.")))
    assert (error.reason, error.advice) == ("silent", "Record again.")


def test_an_error_reads_as_what_why_and_fix() -> None:
    text = str(ModelsMissing("no weights", why="never fetched", fix="pull them"))
    assert text == "no weights: never fetched\n  fix: pull them"
