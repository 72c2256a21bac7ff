"""What would become of each file, and how much there is to describe, before a run is begun."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.ledger import FileRecord
from indexer.pipeline.estimate import Fate, Remembered, fate, survey
from indexer.pipeline.job import Job
from indexer.retry_policy import CRASHED, NO_PICTURE
from tests.doubles import RECIPE, DrawnWorker
from tests.media import render, steady

OTHER = replace(RECIPE, prompt="Who is seen?").key
DAMAGED = "it is damaged"


def job(*paths: Path) -> Job:
    return Job(paths, RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(2)))


def remembering(error: str = "", key: str = "", *, size: int = 0, age_ns: int = 0) -> Remembered:
    """Return a memory of any file as it is, or was when it was so much larger and older."""

    def remembered(path: Path) -> FileRecord:
        stat = path.stat()
        facts = (stat.st_size + size, stat.st_mtime_ns - age_ns)
        return FileRecord(path, "a", *facts, error, key)

    return remembered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_text("one 30")
    return path


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        (lambda path: None, Fate.NEW),
        (remembering(), Fate.NEW),
        (remembering(key=RECIPE.key), Fate.UNCHANGED),
        (remembering(key=RECIPE.key, size=1), Fate.NEW),
        (remembering(key=RECIPE.key, age_ns=1), Fate.NEW),
        (remembering(key=OTHER), Fate.OTHER),
        (remembering(DAMAGED), Fate.FAILED),
        (remembering(DAMAGED, RECIPE.key), Fate.FAILED),
        (remembering(DAMAGED, size=1), Fate.NEW),
        (remembering(NO_PICTURE), Fate.NO_VIDEO),
        (remembering(CRASHED), Fate.NEW),
        (remembering(CRASHED, OTHER), Fate.OTHER),
    ],
)
def test_what_becomes_of_a_file(path: Path, remembered: Remembered, expected: Fate) -> None:
    assert fate(path, job(path), remembered) is expected


def test_what_may_change_that(path: Path, tmp_path: Path) -> None:
    again = replace(job(path), retry=lambda path: True)
    assert fate(path, again, remembering(DAMAGED)) is Fate.NEW
    first = replace(job(path), first_look=True)
    assert fate(path, first, remembering(key=OTHER)) is Fate.UNCHANGED
    assert fate(path, first, remembering()) is Fate.NEW
    assert fate(tmp_path / "gone.mp4", job(), lambda path: None) is Fate.FAILED


def test_files_are_sorted_and_those_to_be_described_measured(tmp_path: Path) -> None:
    paths = [render(tmp_path / f"{name}.mkv", steady(12)) for name in ("new", "other", "done")]
    empty = tmp_path / "empty.mp4"
    empty.touch()
    gone = tmp_path / "gone.mp4"
    keys = {paths[1]: OTHER, paths[2]: RECIPE.key}

    def remembered(path: Path) -> FileRecord | None:
        return remembering(key=keys[path])(path) if path in keys else None

    found = survey(job(*paths, empty, gone), remembered)
    assert (found.new, found.other) == ([paths[0], empty], [paths[1]])
    assert found.todo == [paths[0], empty, paths[1]]
    assert (found.unchanged, found.failed, found.no_video) == (1, 1, 0)
    assert abs(found.video_ms - 24_000) <= 80
    assert found.windows == 4
