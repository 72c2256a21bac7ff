"""The progress bar's sums: speed in multiples of real time, and the time that is left."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.terminal.console import plain, size
from commands.terminal.progress_bar import Speedometer
from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import (
    Batch,
    Described,
    Failed,
    Finished,
    Progress,
    Started,
    Unchanged,
)
from indexer.pipeline.workload import Workload
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window, tile
from playlist.tracks import clock
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger


def video(name: str | Path, seconds: int = 40) -> Video:
    span = Window(0, seconds * 1_000)
    return Video(Path(name), str(name), 1000, 0, span.end_ms, span, 64, 48)


def counted(paths: list[Path], ledger: MemoryLedger | None = None) -> Workload:
    """Return a workload that has counted already."""
    job = Job(paths, RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(4)))
    sizes = {path: path.stat().st_size for path in paths}
    with Workload(job, sizes, (ledger or MemoryLedger()).file, begin_after_s=0) as workload:
        workload.wait()
    return workload


def films(folder: Path, *seconds: int) -> list[Path]:
    """Write files for a `DrawnWorker`, so long and of the same size each."""
    paths = [folder / f"{number}.mp4" for number in range(len(seconds))]
    for number, (path, length) in enumerate(zip(paths, seconds, strict=True)):
        path.write_text(f"film{number} {length}".ljust(40))
    return paths


def test_speed_and_time_left(tmp_path: Path) -> None:
    now = [100.0]
    paths = films(tmp_path, 40, 40, 40, 400)
    meter = Speedometer(dict.fromkeys(paths, 40), counted(paths), now=lambda: now[0])
    meter.hear(Unchanged(paths[0]))
    assert meter.left_s is None
    film = video(paths[1])
    meter.hear(Started(film, 4, 0))
    windows = tile(film.span, 10_000)
    for number, took_s in enumerate((20, 5, 5)):
        now[0] += took_s
        meter.hear(Described(film, Segment(windows[number], "x")))
        meter.hear(Batch(1))
    assert meter.speed == 30 / 30
    assert meter.left_s == (1 + 4 + 40) * 5, "windows count, not bytes; the first batch warmed up"
    assert meter.sure
    now[0] += 2
    assert meter.left_s == (1 + 4 + 40) * 5 - 2, "it counts down between batches"
    meter.hear(Failed(paths[3], "it is empty"))
    assert meter.left_s == 5 * 5 - 2
    meter.hear(Finished(film))
    assert (meter.indexed, meter.unchanged, meter.segments) == (1, 1, 3)
    assert meter.wall_s == 32


def test_a_resumed_file_counts_what_is_to_be_done(tmp_path: Path) -> None:
    now = [0.0]
    paths = films(tmp_path, 40)
    meter = Speedometer(dict.fromkeys(paths, 40), counted(paths), now=lambda: now[0])
    meter.hear(Started(video(paths[0]), 2, 2))
    now[0] = 4.0
    meter.hear(Described(video(paths[0]), Segment(Window(20_000, 30_000), "x")))
    assert meter.left_s is None
    meter.hear(Batch(1))
    assert meter.left_s == 4.0
    assert not meter.sure, "one batch, and that warmed up"


def test_files_that_do_not_say_how_long_they_are_count_by_their_bytes(tmp_path: Path) -> None:
    now = [0.0]
    paths = films(tmp_path, 40, 80, 0, 0)
    meter = Speedometer(dict.fromkeys(paths, 40), counted(paths), now=lambda: now[0])
    meter.hear(Started(video(paths[0]), 4, 0))
    now[0] = 4.0
    for window in tile(Window(0, 40_000), 10_000):
        meter.hear(Described(video(paths[0]), Segment(window, "x")))
    meter.hear(Batch(4))
    assert meter.left_s == 8 + 6 + 6
    assert not meter.sure


def test_what_is_done_already_is_not_looked_into(tmp_path: Path) -> None:
    paths = films(tmp_path, 40, 80, 120)
    ledger = MemoryLedger()
    stat = paths[0].stat()
    ledger.link(paths[0], "film0", stat.st_size, stat.st_mtime_ns)
    ledger.done["film0"] = RECIPE.key
    told = {item.path: (item.windows, item.length_ms) for item in counted(paths, ledger).news()}
    assert told == {paths[0]: (0, 0), paths[1]: (8, 80_000), paths[2]: (12, 120_000)}


def quick_pass(tmp_path: Path, now: list[float]) -> tuple[Speedometer, list[Path]]:
    """Return the meter of a quick pass, a window a minute, over an hour and two short clips."""
    paths = films(tmp_path, 20, 40, 3600)
    recipe = replace(RECIPE, stride_ms=60_000)
    job = Job(paths, recipe, DrawnWorker, OnDemand(lambda: FakeDescriber(4)), first_look=True)
    with Workload(job, dict.fromkeys(paths, 40), MemoryLedger().file, begin_after_s=0) as workload:
        workload.wait()
    return Speedometer(
        dict.fromkeys(paths, 40), workload, now=lambda: now[0], first_look=True
    ), paths


def look(meter: Speedometer, film: Video, windows: int) -> None:
    for number in range(windows):
        at_ms = number * 60_000
        meter.hear(Described(film, Segment(Window(at_ms, at_ms + 10_000), "x")))
    meter.hear(Batch(windows))


def test_hours_of_a_quick_pass_are_those_of_the_videos(tmp_path: Path) -> None:
    now = [0.0]
    meter, paths = quick_pass(tmp_path, now)
    short, other, long = video(paths[0], 20), video(paths[1], 40), video(paths[2], 3600)
    meter.hear(Started(short, 1, 0))
    assert (meter.running.done_ms, meter.running.left_ms) == (0, 3_660_000)
    meter.hear(Started(other, 1, 0))
    meter.hear(Started(long, 60, 0))
    now[0] = 5.0
    look(meter, short, 1)
    look(meter, other, 1)
    assert (meter.running.files_done, meter.running.done_ms) == (2, 60_000), "though not yet kept"
    now[0] = 11.0
    look(meter, long, 30)
    assert (meter.running.done_ms, meter.running.left_ms) == (1_860_000, 1_800_000)
    assert (meter.indexed, meter.video_ms, meter.segments) == (2, 1_860_000, 32)
    look(meter, long, 30)
    meter.hear(Finished(long))
    meter.hear(Finished(short))
    assert (meter.indexed, meter.running.files_done, meter.running.left_ms) == (3, 3, 0)
    assert meter.video_ms == 3_660_000


def test_as_long_as_there_are_windows_there_is_time_left(tmp_path: Path) -> None:
    """A long file that is being opened keeps the model waiting for longer than all that is left."""
    now = [0.0]
    meter, paths = quick_pass(tmp_path, now)
    short, other = video(paths[0], 20), video(paths[1], 40)
    meter.hear(Started(short, 1, 0))
    now[0] = 1.0
    look(meter, short, 1)
    meter.hear(Started(other, 1, 0))
    now[0] = 1.25
    look(meter, other, 1)
    assert meter.left_s == 60 * 0.25
    now[0] = 31.25
    meter.hear(Started(video(paths[2], 3600), 60, 0))
    each_s = (0.25 + 30) / 2
    assert meter.left_s == pytest.approx(60 * each_s - each_s)
    assert meter.left_s > 0 and meter.running.left_ms == 3_600_000


def run_of(
    lengths: list[int], each_s: Callable[[int], float], now: list[float], paths: list[Path]
) -> Iterator[Progress]:
    """Yield a run's news, moving the clock: batches of four, a commit every ten seconds."""
    batch, number, kept_at = 0, 0, 0.0
    for path, seconds in zip(paths, lengths, strict=True):
        film = video(path, seconds)
        windows = tile(film.span, 10_000)
        yield Started(film, len(windows), 0)
        for window in windows:
            now[0] += each_s(number) + (1.5 if number < 4 else 0)  # the first batch warms up
            number += 1
            yield Described(film, Segment(window, "x"))
            batch += 1
            if batch == 4:
                yield Batch(batch)
                batch = 0
                if now[0] - kept_at > 10:
                    now[0] += 0.4
                    kept_at = now[0]
        yield Finished(film)


PACES = {
    "even": lambda number: 2.0,
    "fast": lambda number: 0.05,
    "noisy": lambda number: random.Random(number).uniform(0.5, 3.5),
    "hours": lambda number: 7.0,
}


@pytest.mark.parametrize("pace", PACES)
def test_after_a_minute_the_time_left_is_right(tmp_path: Path, pace: str) -> None:
    """Films of unequal length and bitrate: what is said from then on is within a fifth."""
    chance = random.Random(4)
    many = 120 if pace == "fast" else 12
    lengths = [round(chance.lognormvariate(6, 1.2)) + 10 for _ in range(many)]
    paths = films(tmp_path, *lengths)
    sizes = {
        path: length * chance.randint(50, 4_000)
        for path, length in zip(paths, lengths, strict=True)
    }
    now = [0.0]
    meter = Speedometer(sizes, counted(paths), now=lambda: now[0])
    said: list[tuple[float, float]] = []
    for item in run_of(lengths, PACES[pace], now, paths):
        meter.hear(item)
        if now[0] > 60 and meter.left_s is not None:
            said.append((now[0], meter.left_s))
    assert said[0][0] < 90
    # To a fifth of what is left, or a batch and a commit.
    batch_s = 4 * max(PACES[pace](number) for number in range(40)) + 1
    wrong = [
        (at, left, now[0] - at)
        for at, left in said
        if abs(left - (now[0] - at)) > 0.2 * (now[0] - at) + batch_s
    ]
    assert wrong == []


def test_without_a_terminal_it_is_said_every_half_minute(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    lengths = [600, 1200]
    paths = films(tmp_path, *lengths)
    with Speedometer(dict.fromkeys(paths, 40), counted(paths), now=lambda: now[0]) as meter:
        for item in run_of(lengths, lambda number: 1.0, now, paths):
            meter.hear(item)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 6
    assert re.fullmatch(
        r"0/2 files · 2:\d\d left · 9:00 done, 21:00 to go · 0.mp4 · \d\.\dx real time", lines[1]
    )


def test_times_and_sizes_are_readable() -> None:
    assert [clock(ms) for ms in (0, 59_999, 60_000, 3_723_000)] == [
        "0:00",
        "0:59",
        "1:00",
        "1:02:03",
    ]
    assert [size(b) for b in (0, 999, 1_000, 5_600_000_000)] == ["0 B", "999 B", "1.0 kB", "5.6 GB"]
    assert plain("a\x1b[2J\u202eb\nc\ud800") == "a [2J b c\\ud800"
