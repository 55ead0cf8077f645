"""A killed run loses nothing, doubles nothing, redoes no finished stage and leaves no process behind."""

from pathlib import Path

from benchmarks.killed import kill_in
from flows.command import demo_clips


def test_a_run_killed_in_a_stage_goes_on_where_it_was(tmp_path: Path) -> None:
    damage = kill_in("separate", demo_clips()[0], tmp_path)
    assert damage.finished_before > 0
    assert (damage.lost, damage.doubled, damage.done_twice, damage.left_behind) == (0, 0, 0, 0)
