"""A batch on a real Prefect server with real process workers: shards, crashes, reports, a queue filled once."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fleet import Fleet, fleet, kill, until
from flows.command import demo_clips


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("server")) as ours:
        assert "work pool gpu: made" in ours.prelabel("deploy")
        yield ours


def test_deploying_again_changes_nothing(server: Fleet) -> None:
    before = deployed(server)
    assert "work pool gpu: was there" in server.prelabel("deploy")
    assert deployed(server) == before
    assert len(server.ask("automations/filter", {})) == 2


def test_every_run_of_ours_beats_and_is_heard(server: Fleet) -> None:
    for deployment in server.ask("deployments/filter", {}):
        assert deployment["tags"] == ["prelabel"]
        assert deployment["job_variables"]["env"] == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    for automation in server.ask("automations/filter", {}):
        assert automation["trigger"]["match_related"] == {
            "prefect.resource.role": ["tag"],
            "prefect.resource.id": ["prefect.tag.prelabel"],
        }


def test_a_run_here_tells_the_server_neither_names_nor_addresses(server: Fleet, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    Path(os.fsdecode(name)).write_text("no video")
    command = [sys.executable, "-c", "from flows.command import main; main()", "run", os.fsdecode(name), "--json"]
    command += ["--models", "offline", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, env=server.env, capture_output=True, check=False)
    assert [one["reason"] for one in json.loads(done.stdout)["rejected"]] == ["not_media"], done.stderr
    flows = {"flows": {"name": {"any_": ["draft-here"]}}}
    (run,) = server.ask("flow_runs/filter", flows)
    assert run["state_name"] == "Completed"
    assert set(run["parameters"]) == {"recordings", "choices"}
    assert str(tmp_path) not in json.dumps(run)
    assert "queue.db" not in json.dumps(run)


def test_a_batch_whose_process_is_killed_ends_with_every_recording_accounted_for(
    server: Fleet, tmp_path: Path
) -> None:
    videos = [Path(shutil.copy(clip, tmp_path)) for clip in demo_clips()[:2]]
    lines: list[dict[str, Any]] = [
        {"uri": videos[0].name, "external_id": "talk-0", "duration": 40},
        {"uri": videos[1].name, "external_id": "talk-1", "duration": 40},
        {"uri": "nowhere.mp4", "external_id": "talk-2", "duration": 1},
        {"uri": str(videos[1]), "external_id": "talk-3", "duration": 1},
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(json.dumps(line) for line in lines))
    with server.worker("control"), server.worker("gpu"):
        options = ("--models", "offline", "--shard-hours", "0.012", "--json")
        batch = json.loads(server.prelabel("batch", str(manifest), *options))["flow_run"]
        until(server.works_on_a_recording)
        (first,) = [run for n in (0, 1) for run in server.runs(f"shard {n:04}") if run["state_name"] == "Running"]
        kill(server.processes_of(first["id"]))
        until(lambda: server.state(batch) in {"Completed", "Failed", "Crashed"})

    said = server.ask(f"flow_runs/{batch}")["state"]
    assert (said["name"], said["message"]) == (
        "Completed",
        "4 recordings, 2 drafted, 1 rejected, 1 duplicates, 2 drafts",
    )
    assert server.ask(f"flow_runs/{first['id']}")["run_count"] == 2
    first_of_all, same_bytes = server.queued()
    assert first_of_all == "talk-0"
    assert same_bytes in ("talk-1", "talk-3"), "whichever of them its shard came to first"
    folder = server.home / "prelabel/store/batches" / batch
    assert len(list(folder.glob("*/report/index.html"))) == 2
    assert json.loads((folder / "summary.json").read_bytes())["recordings"] == 4
    artifacts = {artifact["key"] for artifact in server.ask("artifacts/filter", {})}
    assert artifacts == {"prelabel-shards", "prelabel-batch"}


def test_a_run_that_has_crashed_three_times_fails(server: Fleet) -> None:
    (plan,) = [one for one in server.ask("deployments/filter", {}) if one["entrypoint"].endswith(":plan_batch")]
    parameters = {"batch": str(uuid.uuid4()), "choices": {"model_set": "offline"}}
    run = server.ask(f"deployments/{plan['id']}/create_flow_run", {"parameters": parameters})["id"]
    for state in ("RUNNING", "SCHEDULED") * 3:
        server.ask(f"flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})
    with server.worker("gpu"):
        until(lambda: server.state(run) in {"Completed", "Failed"})
    state = server.ask(f"flow_runs/{run}")["state"]
    assert state["name"] == "Failed"
    assert "crashed too often" in state["message"]


def test_a_round_of_corrections_runs_on_the_worker_of_the_batches(server: Fleet) -> None:
    (hourly,) = [one for one in server.ask("deployments/filter", {}) if one["name"] == "hourly"]
    assert hourly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    server.ask(f"deployments/{hourly['id']}/pause_deployment", {})  # this test may run at a quarter past
    run = server.ask(f"deployments/{hourly['id']}/create_flow_run", {})["id"]
    with server.worker("control"):
        until(lambda: server.state(run) in {"Completed", "Failed"})
    state = server.ask(f"flow_runs/{run}")["state"]
    assert (state["name"], state["message"]) == ("Completed", "0 scored, 0 predicted anew")
    (artifact,) = server.ask("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
    assert "    scored: 0 revisions" in artifact["data"]


def deployed(server: Fleet) -> set[tuple[str, str]]:
    return {(one["name"], one["entrypoint"]) for one in server.ask("deployments/filter", {})}
