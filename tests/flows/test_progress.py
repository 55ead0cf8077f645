"""The terminal shows every outcome on one line, whatever the file is called."""

import io

from rich.console import Console

from core.types import Duplicate, Rejected
from flows.progress import TerminalProgress, clock, display_name


def test_outcomes_are_one_line_each() -> None:
    screen = io.StringIO()
    progress = TerminalProgress(Console(file=screen, width=200), count=2)
    with progress:
        progress.stage_began("a\nb.mp4", "probe")
        progress.recording_ended("a\nb.mp4", Rejected("a\nb.mp4", "silent", "Record it again."))
        progress.recording_ended("c.mp4", Duplicate("c.mp4", of="a.mp4"))
    assert screen.getvalue().splitlines() == [
        "✗ a·b.mp4  rejected: silent. Record it again.",
        "= c.mp4  the same recording as a.mp4",
    ]


def test_markup_in_a_file_name_is_shown_as_it_is() -> None:
    screen = io.StringIO()
    progress = TerminalProgress(Console(file=screen, width=200), count=1)
    progress.recording_ended("[red]x.mp4", Rejected("[red]x.mp4", "silent", "No."))
    assert "[red]x.mp4" in screen.getvalue()


def test_a_long_name_keeps_its_start_and_its_end() -> None:
    name = display_name("/videos/" + "a" * 100 + "-end.mp4")
    assert len(name) == 60
    assert name.endswith("-end.mp4")


def test_a_clock_reads_as_people_write_it() -> None:
    assert [clock(one) for one in (0, 59.6, 61, 3725)] == ["0:00", "1:00", "1:01", "1:02:05"]


def test_the_drawing_tells_stage_speed_and_time_left() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    progress = TerminalProgress(console, count=2)
    progress.stage_began("talk.mp4", "probe")
    progress.duration_known("talk.mp4", 60.0)
    progress.stage_ended("talk.mp4", "separate", 3.0, from_store=False)
    progress.stage_began("talk.mp4", "transcribe")
    with console.capture() as drawn:
        console.print(progress._drawn())
    assert "talk.mp4" in drawn.get()
    assert "transcribing · 1:00" in drawn.get()
    assert "left" in drawn.get()
