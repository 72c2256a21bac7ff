"""Runs the real program on a library of its own, and compares what libraries hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
FAKE = ("--model", "fake:", "--embedder", "fake:")


def start(library: Path, *arguments: str | Path, file_bytes: int = 0) -> subprocess.Popen[str]:
    """Start the program; with `file_bytes`, as if the disk had no room for larger files."""
    limit = ["sh", "-c", f'ulimit -f {file_bytes // 512}; exec "$@"', "sh"] if file_bytes else []
    return subprocess.Popen(
        [*limit, sys.executable, "-m", "cli", "--library", str(library), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(library: Path, *arguments: str | Path, file_bytes: int = 0) -> tuple[int, str, str]:
    """Run the program to its end; return exit status, stdout and stderr."""
    process = start(library, *arguments, file_bytes=file_bytes)
    out, err = process.communicate()
    return process.returncode, out, err


_EACH = """
import json, os, sys, cli
for number, command in enumerate(json.loads(sys.argv[2])):
    for name, fd in (("out", 1), ("err", 2)):
        file = os.open(f"{sys.argv[1]}/{number}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, fd)
    try:
        status = cli.run(command)
    except BaseException:
        import traceback
        traceback.print_exc()
        status = 70
    sys.stdout.flush(); sys.stderr.flush()
    open(f"{sys.argv[1]}/{number}.status", "w").write(str(status))
os._exit(0)
"""


def run_each(library: Path, *commands: Sequence[str | Path]) -> list[tuple[int, str, str]]:
    """Run several commands, one after the other in one process, which saves its start.

    Returns status, stdout and stderr of each; fewer than were asked for where it crashed.
    """
    listed = [["--library", str(library), *map(str, command)] for command in commands]
    with TemporaryDirectory() as name:
        subprocess.run(
            [sys.executable, "-c", _EACH, name, json.dumps(listed)],
            cwd=ROOT,
            env={
                **os.environ,
                "HF_HUB_OFFLINE": "1",
                "OMP_NUM_THREADS": "1",
                "LANCEDB_LOG": "error",
            },
            check=False,
            timeout=300,
            capture_output=True,
        )
        outcomes = []
        for number in range(len(commands)):
            files = [Path(name) / f"{number}.{kind}" for kind in ("status", "out", "err")]
            if not files[0].is_file():
                break
            status, out, err = (path.read_text(errors="replace") for path in files)
            outcomes.append((int(status), out, err))
        return outcomes


def can_mount() -> bool:
    """Whether this machine lets us look at a folder as if its disk were read-only."""
    if which("unshare") is None:
        return False
    return not subprocess.run(
        ["unshare", "-m", "true"], check=False, capture_output=True
    ).returncode


def run_read_only(library: Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Run the program with its library on a disk that cannot be written."""
    mounts = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    done = subprocess.run(
        [
            *("unshare", "-m", "sh", "-c", mounts, "sh", str(library)),
            *(sys.executable, "-m", "cli", "--library", str(library), *map(str, arguments)),
        ],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def exported(library: Path) -> list[str]:
    """Return all that a library has written down, in an order of its own."""
    status, out, err = run(library, "export")
    if status:
        raise RuntimeError(f"export failed: {err}")
    mark = '{"made_by": "Scenelist", '  # on whichever line is the first
    return sorted(line.replace(mark, "{", 1) for line in out.splitlines())


def size_bytes(library: Path) -> int:
    """Return what a library takes on disk."""
    return sum(path.stat().st_size for path in library.rglob("*") if path.is_file())
