from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.format_readers import READERS, Reader, Row, json_document
from benchmarks.formats import Trip, round_trip
from tests.export.conftest import build_draft, build_sentence


def test_a_reader_that_loses_and_changes_rows_is_seen() -> None:
    made = build_draft([build_sentence(text, n, n + 0.5) for n, text in enumerate("abc")])

    def careless(path: Path) -> list[Row]:
        first, second, _ = json_document(path)
        return [first, replace(second, text="other", end=second.end + 0.25)]

    trip = round_trip("json", Reader("json", careless), made)

    assert trip == Trip(said=3, read=2, equal=1, largest_error_ms=250.0)


def test_times_of_a_part_are_compared_with_its_clip() -> None:
    made = build_draft([build_sentence("late", 601.0, 602.0)], seconds=1200.0)
    made = replace(made, unit=replace(made.unit, index=1, count=2, start=600.0))

    for name in ("json", "labelstudio"):
        assert round_trip(name, READERS[name][0], made) == Trip(1, 1, 1, 0.0)


def test_versions_say_what_is_not_installed() -> None:
    assert Reader("json-reader-of-nobody", json_document).version is None
    assert READERS["srt"][0].version
