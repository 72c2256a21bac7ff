"""Many files and many commits: how fast unchanged files are passed, how large a store gets."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.stress.command_line import size_bytes
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Unchanged
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from indexer.scanning.scan import scan
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from search import Library
from search.store.indexes import KEPT_FOR
from search.store.rows import FileRow, SegmentRow, VideoRow

_RECIPE = Recipe("fake:", "1", "?", 4, 10_000, 10_000, 64)


def unchanged_files(folder: Path, count: int) -> tuple[float, float]:
    """Return files per second that are found on disk, and found and passed as unchanged."""
    films = folder / "films"
    files, videos, rows = [], [], []
    for number in range(count):
        path = films / f"{number // 500:04d}" / f"{number}.mp4"
        if number % 500 == 0:
            path.parent.mkdir(parents=True)
        path.touch()
        stat = path.stat()
        name = f"{number:032x}"
        files.append(FileRow(str(path), name, stat.st_size, stat.st_mtime_ns, "", False))
        videos.append(VideoRow(name, 9, 0, 9, 64, 48, "", _RECIPE.key))
        rows.append(SegmentRow(name, 0, 9, "grey", "", _RECIPE.key, staged=False, extra=""))
    library = Library.open(folder / "library", create=True, embedder="fake:")
    with library.writing() as writer:
        writer.add_videos(files, videos)
        writer.add(rows)
    start = perf_counter()
    found = list(scan([films]))
    scan_s = perf_counter() - start
    job = Job(found, _RECIPE, DecodeWorker, OnDemand(lambda: FakeDescriber(8)))
    start = perf_counter()
    with library.writing() as writer, closing(run(job, writer)) as progress:
        passed = sum(isinstance(news, Unchanged) for news in progress)
    if passed != count:
        raise RuntimeError(f"{passed} of {count} files were passed as unchanged")
    return count / scan_s, count / (scan_s + perf_counter() - start)


def many_commits(folder: Path, commits: int) -> tuple[int, int]:
    """Return bytes on disk after `commits` commits of 10 segments, and after one of them all."""
    sizes = []
    for name, pieces in (("many", commits), ("one", 1)):
        library = Library.open(folder / name, create=True, embedder="fake:384")
        span = Window(0, 10_000 * 10 * commits)
        known = Video(Path("/films/long.mp4"), "f", 1, 2, span.end_ms, span, 640, 360)
        with library.writing() as writer:
            writer.begin(known, _RECIPE)
            each = 10 * commits // pieces
            for piece in range(pieces):
                writer.put(
                    known,
                    _RECIPE,
                    [
                        Segment(Window(10_000 * i, 10_000 * (i + 1)), f"Dog number {i} runs.")
                        for i in range(piece * each, (piece + 1) * each)
                    ],
                )
            writer.finish(known, _RECIPE)
        for _ in range(2):  # the next runs, which find nothing to do but to tidy up
            sleep(KEPT_FOR.total_seconds() + 2)
            with Library.open(library.folder).writing():
                pass
        sizes.append(size_bytes(library.folder))
    return sizes[0], sizes[1]
