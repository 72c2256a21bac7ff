"""What the doctor finds odd, and what it says to do."""

import os
from pathlib import Path

from search import Library
from search.integrity.health import examine
from tests.command import Run


def library() -> Library:
    return Library.open(os.environ["SCENELIST_LIBRARY"])


def test_the_doctor_finds_what_is_odd_and_says_what_to_do(run: Run, mine: Path) -> None:
    sound = library().examine()
    assert [finding.fact for finding in sound if finding.remedy] == []
    (mine / "bad.mp4").write_bytes(b"")
    run("index", mine)
    (mine / "one.mp4").unlink()
    folder = library().folder
    folder.chmod(0o755)
    told = run("doctor").out
    assert "! 1 file could not be read" in told
    assert "! 1 file cannot be found where last seen" in told
    assert f"chmod 700 {folder}" in told
    assert examine(folder, library()._store) == library().examine()


def test_the_doctor_needs_no_library(run: Run) -> None:
    outcome = run("doctor")
    assert outcome.status == 0
    assert "none there yet" in outcome.out
