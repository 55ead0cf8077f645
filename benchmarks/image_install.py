"""Carry out what `gpu.Dockerfile` says, without a container engine: `python -m benchmarks.image_install`.

The file is parsed; its COPY lines fill an empty folder, its pip lines install into a fresh virtual environment with
this Python, its ENV lines hold for all of that. Then the image's own questions are asked: does every package
import, are both cuBLAS found, does the command answer, is a clip drafted (`--demo`). At the end it says what could
not be checked here. Needs about 10 GB of disk and ten minutes; installs nothing outside its folder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCKERFILE = Path("gpu.Dockerfile")
IMAGE_PYTHON = "/usr/local/lib/python3.11/site-packages"
IMAGE_FOLDERS = ("/app", "/cache", "/models", "/work")
IMPORTS = (
    "core.types,preprocess.decode,models.toolbox,export.queue,flows.command,flows.batch,torch,torchaudio,ctranslate2,"
    "faster_whisper,demucs.htdemucs,pyannote.audio,kiwipiepy,opencc,av,prefect,sqlalchemy,alembic,psycopg,s3fs"
)
CUBLAS = """
import ctypes, torch
ctypes.CDLL("libcublas.so.12"); ctypes.CDLL("libcublas.so.13")
maps = open("/proc/self/maps").read()
print("cuBLAS 12 and 13 mapped into one process:", "libcublas.so.12" in maps and "libcublas.so.13" in maps)
"""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, its continued lines joined."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was done about one line: `how` is executed, simulated or not checked."""

    line: str
    how: str
    ok: bool
    note: str = ""


def parse(dockerfile: str) -> tuple[Instruction, ...]:
    """The instructions in order, without comments."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return tuple(
        Instruction(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1])
        for line in joined.splitlines()
        if line.strip()
    )


def environment_of(instructions: Sequence[Instruction], site_packages: Path) -> Mapping[str, str]:
    """What ENV sets, with the image's Python folder replaced by `site_packages`."""
    pairs = (pair.split("=", 1) for one in instructions if one.name == "ENV" for pair in shlex.split(one.text))
    return {name: value.replace(IMAGE_PYTHON, str(site_packages)) for name, value in pairs}


def carry_out(instructions: Sequence[Instruction], folder: Path) -> list[Result]:
    """COPY and RUN lines, in order, with `folder` as the image's root and its `venv` as the image's Python."""
    results: list[Result] = []
    workdir = folder
    for one in instructions:
        if one.name == "WORKDIR":
            workdir = folder / one.text.lstrip("/")
            workdir.mkdir(parents=True, exist_ok=True)
        elif one.name == "COPY":
            results.append(_copy(one.text, workdir))
        elif one.name == "RUN":
            results += [_run(command.strip(), folder, workdir) for command in one.text.split("&&")]
    return results


def _copy(text: str, workdir: Path) -> Result:
    *sources, target = text.split()
    for source in map(Path, sources):
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, workdir / target, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy(source, workdir / target)
    return Result(f"COPY {text}", "executed", True)


def _run(command: str, folder: Path, workdir: Path) -> Result:
    words = shlex.split(command)
    if words[0] == "pip":
        pip = [str(folder / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "-q"]
        done = subprocess.run([*pip, *words[1:]], cwd=workdir, stderr=subprocess.PIPE, text=True)
        return Result(command, "executed", done.returncode == 0, done.stderr[-400:] if done.returncode else "")
    if words[:2] == ["apt-get", "install"]:
        done = subprocess.run(["apt-get", "--simulate", *words[1:]], capture_output=True, text=True)
        new = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
        note = f"would install {', '.join(new)}" if new else done.stderr.strip()[-200:]
        return Result(command, "simulated on this machine's Debian", done.returncode == 0, note)
    return Result(command, "not checked", True, "it changes the system it runs on")


def ask(folder: Path, environment: Mapping[str, str], *, demo: bool) -> list[Result]:
    """What the finished image would be asked, from a folder that is not the checkout."""
    binaries, work = folder / "venv/bin", folder / "work"
    for place in IMAGE_FOLDERS:
        (folder / place.lstrip("/")).mkdir(exist_ok=True)
    inside = {
        name: f"{folder}{value}" if value.startswith(IMAGE_FOLDERS) else value
        for name, value in environment.items()
    }
    here = inside | {"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(work)}
    questions = [
        ("pip check", [str(binaries / "python"), "-m", "pip", "check"]),
        *((f"import {name}", [str(binaries / "python"), "-c", f"import {name}"]) for name in IMPORTS.split(",")),
        ("libcublas.so.12 beside torch", [str(binaries / "python"), "-c", CUBLAS]),
        ("prelabel --help", [str(binaries / "prelabel"), "--help"]),
        ("health check", [str(binaries / "prelabel"), "doctor", "--quick", "--models", "offline"]),
        ("models list", [str(binaries / "prelabel"), "models", "list"]),
    ]
    if demo:
        questions.append(("prelabel demo", [str(binaries / "prelabel"), "demo", "--out", str(work / "out")]))
    results = []
    for question, command in questions:
        done = subprocess.run(command, cwd=work, env=here, capture_output=True, text=True)
        said = (done.stdout if done.returncode == 0 else done.stdout + done.stderr).strip().splitlines()
        results.append(Result(question, "executed", done.returncode == 0, "; ".join(said[-4:])[:300]))
    return results


def pins(folder: Path, constraints: str) -> list[str]:
    """Packages that the image would have in a version that constraints.txt does not name."""
    listing = subprocess.run(
        [str(folder / "venv/bin/python"), "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    ).stdout
    named = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in constraints.splitlines() if "==" in line
    }
    return [
        f"{package['name']}=={package['version']}"
        for package in json.loads(listing)
        if re.sub(r"[-_.]+", "-", package["name"]).lower() not in named | {"pip", "setuptools", "prelabel"}
    ]


NOT_CHECKED = """Not checked here, for want of a container engine and a GPU:
- that the base image exists and has what the wheels need (this machine's libraries were used);
- that the volumes take over their owner, and that the user may write what it must;
- that the container toolkit obeys NVIDIA_REQUIRE_CUDA, and anything that computes on a GPU."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.image_install",
        description="Carry out gpu.Dockerfile without a container engine.",
    )
    parser.add_argument(
        "--folder", type=Path, help="where to install (default: a temporary folder, removed at the end)"
    )
    parser.add_argument("--demo", action="store_true", help="also draft the demo clips with what was installed")
    chosen = parser.parse_args(arguments)
    instructions = parse(DOCKERFILE.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.folder or Path(temporary)).resolve()
        venv.create(folder / "venv", with_pip=True)
        site_packages = next((folder / "venv/lib").glob("python3*")) / "site-packages"
        results = carry_out(instructions, folder)
        results += ask(folder, environment_of(instructions, site_packages), demo=chosen.demo)
        unpinned = pins(folder, Path("constraints.txt").read_text(encoding="utf-8"))
    for one in results:
        print(f"{'ok  ' if one.ok else 'FAIL'} {one.how}: {one.line}" + (f"\n     {one.note}" if one.note else ""))
    print(f"not pinned by constraints.txt: {', '.join(unpinned) or 'nothing'}")
    print(NOT_CHECKED)
    sys.exit(0 if all(one.ok for one in results) else 1)


if __name__ == "__main__":
    main()
