"""Runs the real program on a library of its own, and compares what libraries hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

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
