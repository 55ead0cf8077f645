"""The private server never outlives its run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CODE = """
import sys, time
from pathlib import Path
from flows.server import private_server
with private_server(Path(sys.argv[1])) as server:
    server.wait_until_ready()
    print(server._process.pid, flush=True)
    time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def test_a_killed_run_leaves_no_server_behind(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", CODE, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert run.stdout
    server = int(run.stdout.readline())
    assert is_alive(server)
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 20
    while is_alive(server) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(server)
