"""How many windows a run has before it, counted from headers while it goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.errors import VideoError
from indexer.ledger import FileRecord
from indexer.pipeline.job import Job
from indexer.pipeline.workload import Counted, Workload, in_order
from tests.doubles import RECIPE, DrawnWorker


class Headers(DrawnWorker):
    """Notes which files were looked into; one that is `shut` cannot be."""

    looked: list[str]

    def length_ms(self, path: Path) -> int:
        self.looked.append(path.name)
        if "shut" in path.name:
            raise VideoError("it cannot be opened")
        return super().length_ms(path)


@pytest.fixture
def worker() -> type[Headers]:
    class Own(Headers):
        """One for each test."""

    Own.looked = []
    return Own


def files(folder: Path, **seconds: int) -> dict[Path, int]:
    paths = [folder / f"{name}.mp4" for name in seconds]
    for path, length_s in zip(paths, seconds.values(), strict=True):
        path.write_text(f"{path.stem} {length_s}")
    return dict.fromkeys(paths, 9)


def done(*names: str) -> Callable[[Path], FileRecord | None]:
    def remembered(path: Path) -> FileRecord | None:
        stat = path.stat()
        facts = (path, path.stem, stat.st_size, stat.st_mtime_ns, "")
        return FileRecord(*facts, RECIPE.key) if path.stem in names else None

    return remembered


def job(worker: type[Headers]) -> Job:
    return Job([], RECIPE, worker, OnDemand(lambda: FakeDescriber(1)))


def test_new_files_are_counted_by_their_headers_others_not(
    tmp_path: Path, worker: type[Headers]
) -> None:
    sizes = files(tmp_path, a=25, old=90, shut=60, b=10, none=0)
    with Workload(job(worker), sizes, done("old"), begin_after_s=0) as workload:
        workload.wait()
    assert workload.sorted_out
    counted = {each.path.stem: (each.windows, each.length_ms) for each in workload.news()}
    assert counted == {"a": (3, 25_000), "old": (0, 0), "b": (1, 10_000)}
    assert list(workload.news()) == [], "each is told of once"
    assert sorted(worker.looked) == ["a.mp4", "b.mp4", "none.mp4", "shut.mp4"]


def test_of_a_single_new_file_no_header_is_read(tmp_path: Path, worker: type[Headers]) -> None:
    """It is opened at once by who decodes it."""
    sizes = files(tmp_path, a=25, old=90)
    with Workload(job(worker), sizes, done("old"), begin_after_s=0) as workload:
        workload.wait()
    assert list(workload.news()) == [Counted(tmp_path / "old.mp4", 0, 0)]
    assert worker.looked == []


def test_a_run_that_is_over_soon_needs_no_forecast(tmp_path: Path, worker: type[Headers]) -> None:
    sizes = files(tmp_path, a=25, b=25)
    with Workload(job(worker), sizes, done(), begin_after_s=600) as workload:
        pass
    workload.wait()
    assert worker.looked == []


def test_the_shortest_come_first_and_only_new_ones_are_looked_into(
    tmp_path: Path, worker: type[Headers]
) -> None:
    sizes = files(tmp_path, long=90, old=50, short=10, middle=30)
    order = [path.stem for path in in_order(sizes, "short", job(worker), done("old"))]
    assert [name for name in order if name != "old"] == ["short", "middle", "long"]
    assert "old.mp4" not in worker.looked
    worker.looked.clear()
    assert list(in_order(sizes, "found", job(worker), done())) == list(sizes)
    assert worker.looked == []
